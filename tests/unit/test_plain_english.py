"""The rules of plain English that a program can check.

`CONTRIBUTING.md`, "Plain English", has the rules for people. This test checks two of them in the
docs, docstrings, comments, strings and templates: no phrase of the deny list, and no sentence over
`MAX_WORDS` words.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.trees import PROJECT

MAX_WORDS = 32
"""Most words in a sentence; the rule for writers is 25, and this leaves room for code and names."""

DENIED = {
    r"\bwhoever\b": "name the actor",
    r"\b(?:nobody|somebody|no one|someone)\b": "name the actor",
    r"\b(?:anew|thereof|be it|of ours|of theirs)\b": "say it in present-day words",
    r"\bby heart\b": "in memory",
    r"\bc[ao]mes? to (?:the same|be)\b": "is equal to, becomes",
    r"\b(?:would|what (?:it|they|a \w+)) c[ao]mes? to\b": "the result",
    r"\b(?:is|are|was|be) (?:not )?begun\b": "starts, started",
    r"\blies? (?:beside|under|in|on|there)\b": "is in, is next to",
    r"\bon its way\b": "pending",
    r"\bas it comes\b": "by default",
    r"\bto be had\b": "available",
    r"\bwho (?:asks|has|is|was|hangs|gets|got|can|wants)\b": "name the actor",
    r"\bthat which\b": "name the thing",
    r"\bwhat there is\b": "name the thing",
    r"\bthere is to (?:say|tell|be)\b": "name the thing",
    r"\bwhat (?:is|was) (?:said|wrong with|known of|left of)\b": "name the thing",
    r"\b(?:said|told|tells|told) of\b": "reported",
    r"\bin (?:his|her) right mind\b": "say it plainly",
    r"\bnone (?:that|which) (?:is|are) not\b": "say it without two negations",
    r"\bnot always is\b": "use the normal word order",
    r"\bso (?:many|few) that\b": "give the number",
    r"\bhave a look\b": "read",
    r"\bas (?:far|long) as it (?:goes|can)\b": "give the limit",
    r"\bwhatever\b": "any, every",
    r"\bhowever (?:many|much|deep|long|large|old|often)\b": "for any number",
    r"\b(?:it|that|which) (?:is|are|was) none\b": "is missing, is invalid",
    r"\bnone of (?:it|them|the usual)\b": "no …",
    r"\basked (?:for|of|about)\b": "requested",
    r"\b(?:is|are|was|were|be|been) (?:not )?(?:told|said)\b": "notified, reported",
    r"\bbeside\b": "next to",
    r"\bonly then\b": "use the normal word order",
    r"\bnothing but\b": "only",
    r"\bfor ever\b": "forever",
    r"\ball the same\b": "still",
    r"\bheed(?:s|ed)?\b": "honour, follow",
    r"\bhas to say\b": "name the thing",
    r"\bsays? so\b": "name the message",
    r"\bwhat (?:it|they|one) (?:names?|found|says?|said|has|had)\b": "name the thing",
    r"\bin an? \w+ of (?:its|their) own\b": "in its own …",
    r"\bhow long \w+ \w+ is to be\b": "the length",
    r"\bis to be (?:taken|had|said)\b": "name the actor",
    r"\btell (?:whether|if)\b": "return whether",
    r"\bso many \w+(?! that)\b": "give the number",
}
DOCS = [PROJECT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
SOURCES = sorted(
    path
    for folder in ("feeds", "bench", "tests")
    for path in (PROJECT / folder).rglob("*.*")
    if path.suffix in (".py", ".html") and path != Path(__file__) and not {"data", "node_modules"} & set(path.parts)
)


def prose_of_markdown(text: str) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs of a Markdown file with their lines; code and tables' rules are left out."""
    text = re.sub(r"```.*?```", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)
    line = 1
    for block in re.split(r"(\n[ \t]*\n|\n(?=[-*|#>] )|\n(?=\|))", text):
        if block.strip():
            for cell in block.split("|") if block.lstrip().startswith("|") else [block]:
                yield line + block[: len(block) - len(block.lstrip())].count("\n"), cell
        line += block.count("\n")


def prose_of_python(text: str) -> Iterator[tuple[int, str]]:
    """Yield docstrings, comments and strings with spaces, with their lines; word lists (`"a b".split()`) are left out."""
    tree = ast.parse(text)
    word_lists = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "split"}
    for node in ast.walk(tree):
        if id(node) in word_lists:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield from paragraphs(node)
    yield from comments(text)


def prose_of_tests(text: str) -> Iterator[tuple[int, str]]:
    """Yield docstrings and comments with their lines; other strings are test data."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from paragraphs(node.value)
    yield from comments(text)


def paragraphs(node: ast.Constant) -> Iterator[tuple[int, str]]:
    parts = re.split(r"\n[ \t]*\n|\n(?=\s+\w+: )", node.value)
    yield from ((node.lineno, part) for part in parts if not part.lstrip().startswith("\b"))


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments with their lines; comments on adjacent lines are one."""
    block: list[str] = []
    first = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or token.string.startswith(("# type:", "# noqa", "#!")):
            continue
        number, comment = token.start[0], token.string.lstrip("# ")
        is_trailing = not token.line.lstrip().startswith("#")
        if block and (is_trailing or number != first + len(block)):
            yield first, " ".join(block)
            block = []
        if is_trailing:
            yield number, comment
            continue
        first = first if block else number
        block.append(comment)
    if block:
        yield first, " ".join(block)


def prose_of_template(text: str) -> Iterator[tuple[int, str]]:
    """Yield the texts between the tags of a Jinja template, and its comments; each with its line."""
    text = re.sub(r"\{\{.*?\}\}", "code", text, flags=re.DOTALL)
    for match in re.finditer(r"[^<>{}]+", re.sub(r"\{%.*?%\}|<(?:script|style)\b.*?</", "<>", text, flags=re.DOTALL)):
        if " " in match[0].strip():
            yield text.count("\n", 0, match.start()) + 1, match[0]


def sentences(text: str) -> list[str]:
    text = re.sub(r"`[^`]*`", "code", " ".join(text.split()))
    return re.split(r"(?<=[.!?:;])\s+", text)


PROSE = {".py": prose_of_python, ".md": prose_of_markdown, ".html": prose_of_template}


def problems(path: Path) -> Iterator[str]:
    read = prose_of_tests if "tests" in path.parts else PROSE[path.suffix]
    for line, prose in read(path.read_text("utf-8")):
        plain = " ".join(re.sub(r"`[^`]*`", "code", prose).split())
        for pattern, remedy in DENIED.items():
            if match := re.search(pattern, plain, re.IGNORECASE):
                yield f"{line}: {match[0]!r} ({remedy}): {plain[max(0, match.start() - 40) : match.end() + 40]}"
        for sentence in sentences(prose):
            if len(sentence.split()) > MAX_WORDS:
                yield f"{line}: {len(sentence.split())} words: {sentence[:80]}…"


@pytest.mark.parametrize(
    "path",
    [
        *DOCS,
        *sorted((PROJECT / "docs").rglob("*.md")),
        # The tests are half of the text, and `make fast` does not read them.
        *(pytest.param(path, marks=[pytest.mark.slow] * ("tests" in path.parts)) for path in SOURCES),
    ],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_text_follows_the_rules_of_plain_english(path: Path) -> None:
    found = list(problems(path))
    assert not found, "\n".join([path.name, *found])
