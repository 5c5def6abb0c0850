"""Every code has one text, and every text gets its parameters."""

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import feeds
from feeds.messages import MESSAGES
from tests.support import problem_docs

ROOT = Path(feeds.__file__).parent
OPTIONS = {"level", "trace", "suggestion", "at_line", "remedy", "problems"}
"""Arguments in addition to the parameters of a text."""
REPORTERS = {"error", "warn", "problem", "_warn", "_report", "_unreadable"}


def placeholders(code: str) -> set[str]:
    message = MESSAGES[code]
    texts = (message.text, message.effect, message.remedy)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


@cache
def all_calls() -> list[tuple[Path, ast.Call]]:
    """Return each call with its file; parsing takes most of the time."""
    return [
        (path, node)
        for path in sorted(ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Yield each call with a code as an argument, with the file and the code."""
    for path, node in all_calls():
        for argument in node.args:
            if not isinstance(argument, ast.Constant) or argument.value not in MESSAGES:
                continue
            if ast.unparse(node.func) != "PatternError":  # the config reader reports it
                yield f"{path.name}:{node.lineno}", node, argument.value


def test_every_code_is_used() -> None:
    assert set(MESSAGES) - {code for _, _, code in calls()} == set()


def test_every_call_passes_the_parameters_of_its_text() -> None:
    for place, call, code in calls():
        given = {keyword.arg for keyword in call.keywords if keyword.arg} - OPTIONS
        if any(isinstance(argument, ast.Tuple) for argument in call.args):
            pairs = next(argument for argument in call.args if isinstance(argument, ast.Tuple))
            given |= {pair.elts[0].value for pair in pairs.elts}  # type: ignore[attr-defined]
        # A candidate replaces any remedy.
        assert given - {"similar"} == placeholders(code) - {"similar"}, f"{place}: {code}"


def test_every_report_and_every_error_has_a_code_that_is_in_the_table() -> None:
    for path, node in all_calls():
        name = ast.unparse(node.func).rpartition(".")[2]
        is_error = isinstance(node.func, ast.Name) and name in ERRORS
        is_report = name in REPORTERS and not ast.unparse(node.func).partition(".")[0].endswith("log")
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        sentences = [text for text in texts[-1:] if " " in text and "%" not in text and is_report]
        assert not sentences, f"{path.name}:{node.lineno}: {sentences}"
        if is_error and len(node.args) > 1 and path.name != "errors.py":
            assert ast.literal_eval(node.args[1]) in MESSAGES, f"{path.name}:{node.lineno}"


ERRORS = {kind.__name__ for kind in feeds.FeedsError.__subclasses__()} | {"FeedsError"}


def test_every_text_is_unique() -> None:
    texts = [message[1:] for message in MESSAGES.values()]
    assert len(set(texts)) == len(texts)


def test_every_text_renders() -> None:
    for code, message in MESSAGES.items():
        params = dict.fromkeys(placeholders(code), "x")
        for level in ("error", "warning"):
            text = message.render(params, level)
            assert text
            assert "{" not in text, code
        assert message.render(params | {"similar": "'y'"}, "error").endswith("(did you mean 'y'?)")


def test_the_page_about_problems_is_current() -> None:
    assert problem_docs.PAGE.read_text("utf-8") == problem_docs.page(), "run python -m tests.support.problem_docs"
