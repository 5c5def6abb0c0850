"""The time for untrusted text grows in proportion to its length.

Eight times the text may take about eight times the time. Quadratic growth would take 64 times, so a limit in between
detects it on a busy machine too.
"""

import ast
import gc
import importlib
import pkgutil
import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import BuiltinMethodType
from typing import Any

import pytest

import feeds
from feeds.cli import suggestions
from feeds.content import frontmatter
from feeds.errors import Problem, Suggestion
from feeds.model import SourceFile
from feeds.parsing import yaml
from feeds.parsing.yaml_types import YamlError
from feeds.selection.rules import _has_words, _words
from feeds.server import negotiation
from feeds.stats import counters, log_parser, user_agents
from feeds.text import markdown, plain, slugs, unicode, urls
from feeds.text.html import sanitiser
from feeds.text.markup import is_html, strip_tags
from tests.support.factories import SITE

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

LENGTH = 2000
MOST = 24  # times the work for eight times the text


def cost(run: Callable[[Any], object], value: str | bytes, repeats: int) -> int:
    """Return the CPU time that a call takes, the best of a few."""
    costs = []
    gc.disable()  # a collection visits all earlier objects
    try:
        for _ in range(repeats):
            began = time.thread_time_ns()
            run(value)
            costs.append(time.thread_time_ns() - began)
    finally:
        gc.enable()
    return min(costs) or 1


def growth(run: Callable[[Any], object], make: Callable[[int], str | bytes], small: int, large: int) -> float:
    """Return the ratio of the times of `large` and `small`; a large ratio is measured again."""
    found = cost(run, make(large), 1) / cost(run, make(small), 3)
    for _ in range(4):
        if found <= MOST:
            break
        found = min(found, cost(run, make(large), 2) / cost(run, make(small), 5))
    return found


def assert_linear(
    run: Callable[[Any], object], unit: str, before: str = "", after: str = "\0", *, as_bytes: bool = False
) -> None:
    def make(count: int) -> str | bytes:
        made = before + unit * count + after
        return made.encode() if as_bytes else made

    most = max(LENGTH // len(unit), 8)
    # Exponential growth is detected here, before it takes too long.
    count = 4
    while count * 2 <= most:
        assert growth(run, make, count, count * 2) <= MOST, (before, unit, after, count)
        count *= 2
    assert growth(run, make, most, most * 8) <= MOST, (before, unit, after)


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(feeds.__path__, "feeds."):
        if found.name != "feeds.__main__":
            yield importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[Any]]:
    """Return every pattern at module level, with the place of its first use."""
    found: dict[int, tuple[str, re.Pattern[Any]]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("__"):
                continue
            inner = value.items() if isinstance(value, dict) else [("", value)]
            for key, each in inner:
                # `is_one = re.compile(...).fullmatch` keeps a pattern too.
                pattern = each.__self__ if isinstance(each, BuiltinMethodType) else each
                if isinstance(pattern, re.Pattern):
                    found.setdefault(id(pattern), (f"{module.__name__}.{name}{key}".removeprefix("feeds."), pattern))
    return dict(found.values())


def literals(pattern: re.Pattern[Any]) -> set[str]:
    """Return the special characters of a pattern, and a few of its letters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
        parsed = sre_parse.parse(source, pattern.flags & ~re.UNICODE)
    found: set[str] = {" ", "a", "0", "\n"}

    def walk(node: Any) -> None:
        if isinstance(node, tuple) and len(node) == 2 and str(node[0]) in ("LITERAL", "NOT_LITERAL"):
            found.add(chr(node[1]))
        elif isinstance(node, tuple | list | sre_parse.SubPattern):
            for each in node:
                walk(each)

    walk(parsed)
    letters = sorted(each for each in found if each.isalpha())
    return {each for each in found if each.isascii() and not each.isalpha()} | set(letters[:6])


# The use of each pattern, and adversarial texts for it: a unit to repeat, or a prefix, the unit and a suffix. The
# characters in a pattern are tried too.
USES: dict[str, tuple[str, list[str | tuple[str, str, str]]]] = {
    "cli.suggestions._KEY": (
        "match",
        [("a:", " ", "b"), ("", " ", "a"), ("", "- ", ""), ("a", " ", "b"), ("a: b", " ", "c")],
    ),
    "config.site_reader._COLOUR": ("fullmatch", ["a"]),
    "config.reader._EXECUTOR": ("fullmatch", ["a.", "a:"]),
    "config.feed_reader._NAME": ("fullmatch", ["a-", "a", "é-"]),
    "config.site_reader._TAG": ("fullmatch", ["a", "a@", ("", "a", ",20"), "a,2026-01"]),
    "formats.splitting.ENTRY_PATTERNS.atom": (
        "findall",
        ["<entry>", "<entry></entry>\n", "<entry>\n</entry>", " ", "\t<entry "],
    ),
    "formats.splitting.ENTRY_PATTERNS.html": ("findall", ["<article>", "<article></article>", "<article ", " "]),
    "formats.splitting.ENTRY_PATTERNS.xml": (
        "findall",
        ["<item>", "<item></item>\n", "<item>\n</item>", " ", "\t<item>"],
    ),
    "edition.paths._SAFE_PATH": ("fullmatch", ["a/", "a", "a.", "/."]),
    "content.entry._FILE_DATE": ("match", ["2026-01-01"]),
    "content.entry._IRI": ("fullmatch", ["http://", "urn:"]),
    "content.entry._LIQUID_RAW": ("sub", ["{%", "{% ", ("{%", " ", ""), "{% raw", ("{%raw", " ", ""), "{%endraw -"]),
    "content.entry._NOT_IRI": ("search", ['"']),
    "content.entry._SRC": (
        "search",
        ["src=", 'src="', "src='\"", ("src", " ", ""), ("src=", " ", ""), "src ", "src=\"'"],
    ),
    "parsing.dates._CLOCK_DURATION": ("fullmatch", ["1:", "11"]),
    "parsing.dates._ISO_DURATION": ("fullmatch", ["PT1", ("P", "1", ""), ("PT1.", "1", "")]),
    "parsing.dates._MOMENT": (
        "fullmatch",
        [("2026-01-01", " ", ""), ("2026-01-01T00:00:00.", "0", ""), ("2026-01-01T00:00", " ", "")],
    ),
    "formats.feedgen_adapter._DECLARATION": ("sub", [' xmlns:a="', " xmlns:", " xmlns:a", ' xmlns:a=""']),
    "formats.rss._CHANNEL_DESCRIPTION": ("sub", ["<description>", "<description><"]),
    "formats.rss._PLAIN": ("sub", ["<title ", "<title>", "<dc:a", "<dc:a ", "<title a", "<media:title "]),
    "edition.paths._MONTH": ("fullmatch", ["2026-01"]),
    "edition.manifest._CONTENT_TYPE": ("fullmatch", ["a"]),
    "edition.manifest._ETAG": ("fullmatch", ["a"]),
    "edition.manifest._IRI": ("fullmatch", ["a:", "a+"]),
    "text.patterns._MARKED": ("sub", ["_", "é", "a", "é_"]),
    "selection.rules._UNSPACED": ("match", ["人"]),
    "stats.log_parser._COMBINED": (
        "match",
        [
            ("a - ", "[", ""),
            ("a - ", " [", ""),
            ("a - ", "[01/Jan/2026:00:00:00 +0000] ", ""),
            ("a - ", '[01/Jan/2026:00:00:00 +0000] "', ""),
            ("a - ", '[01/Jan/2026:00:00:00 +0000] "" 200 1', ""),
            ('a - [01/Jan/2026:00:00:00 +0000] "', "\\a", ""),
            ('a - [01/Jan/2026:00:00:00 +0000] "', "\\", ""),
            ('a - [01/Jan/2026:00:00:00 +0000] "" 200 1 "', "\\\\", ""),
            ('a - [01/Jan/2026:00:00:00 +0000] "" 200 1 "" "', 'a"', ""),
            "a ",
            "a - ",
            " - ",
        ],
    ),
    "stats.log_parser._ESCAPED": ("sub", ["\\x", "\\x4", "\\"]),
    "stats.user_agents._BOT": ("search", ["a.", "bo", "craw", "yandex", "a-"]),
    "stats.user_agents._BROWSERS": ("findall", ["Edg", "Chrom"]),
    "stats.user_agents._COMPATIBLE": (
        "search",
        ["; compatible; ", ("(compatible;", " ", "MSIE"), "(compatible; MSIE", "; "],
    ),
    "stats.user_agents._FEED_ID": ("search", ["feed-id:", "feed-", "feedid= "]),
    "stats.user_agents._PRODUCT": ("match", ["a", ";"]),
    "stats.user_agents._READERS": ("search", ["feed", "/feedly", "a", "tiny tiny "]),
    "stats.user_agents._READING": ("search", ["feed", "rss", "news reade"]),
    "stats.user_agents._SUBSCRIBERS": ("search", ["1", "1 ", "123456789 ", "1 subscriber", "1 readers"]),
    "text.urls.PLAIN_URL": (
        "fullmatch",
        [
            ("https://", "a.", ""),
            ("https://a.b/", "%20", "%"),
            ("https://a.b?", "&", ""),
            ("https://a.b/", "/", " "),
            ("https://", "a-", ""),
        ],
    ),
    "text.urls._NOT_URL_SAFE": ("sub", ["%", "%a", "%aa", "é"]),
    "text.urls._NOT_HOST": ("search", ["a", "é."]),
    "text.urls._NO_PATH": ("match", ["a", ("http:", "/", ""), ("http://", "a", ""), "a:"]),
    "text.urls._DOMAIN": ("fullmatch", ["a.", "a-", "a", "-"]),
    "text.markup._HTML_START": (
        "match",
        [
            "<!-- more -->\n",
            "<!---->",
            ("", "<!-- a -->\n", "\n\ntext"),
            "<!--",
            "<!-- --",
            "<!doctype a>",
            "<!doctype ",
            ("<!---->", " ", ""),
            ("", "<!doctype>\n<!-- -->\n\n", "<"),
            ("<!--", "--", ""),
        ],
    ),
    "text.languages._LANGUAGE": ("fullmatch", ["aa-", "aaaaaaaa-", "a"]),
    "text.slugs._LATIN_ACCENTS": ("sub", ["\u0300", "a\u0300", ("é", "\u0300", "")]),
    "text.markup._MARKDOWN_BLOCK": ("search", ["\n", "\n ", ("\n", " ", ""), "\n\n<", "\n \t\n   ", " \n   <"]),
    "text.unicode._MARKS": ("sub", ["\u0300", "…", ("", "\u0300", "a"), "\u0300" * 30 + "a", "\u0300" * 31 + "a"]),
    "text.slugs._FINAL_SIGMA": ("sub", ["σ", "σ ", "ασ"]),
    "text.unicode._IGNORABLE": ("sub", ["\u200b", "é"]),
    "text.unicode._SEPARATE": ("fullmatch", ["é"]),
    "text.plain._SPACES": ("sub", [" ", "\u3000", " \xa0"]),
    "text.plain._SPACES_AT_NO_BREAK": ("sub", [" ", "\xa0", " \xa0"]),
    "text.plain._DIRECTIONS": ("search", ["\u202e", "a"]),
    "text.markup._TEXT_TAG": (
        "findall",
        ["<", "<b", "<b ", "<b>", "</b>", "<!--", "<!-- -->", ("<b", " ", ""), "<b x"],
    ),
    "text.slugs._NOT_IN_SLUG": ("sub", ["_", "-a"]),
    "text.plain._NOT_TEXT": ("sub", ["\x01", "a\ud800"]),
    "text.plain._REFERENCE": ("sub", ["&", "&a", "&#", "&#x1", ("&", "a", ""), ("&#", "1", "")]),
    "text.urls._SCHEME": ("match", ["a", "a+"]),
    "text.plain._NUMBER": ("sub", ["&#", "&#1", "&#x1", ("&#", "1", "")]),
    "text.markdown._DELIMITER_ROW": ("fullmatch", ["|", ":-", " ", "|-"]),
    "text.markdown._ENDLESS": ("match", ["<", "<scrip", "<script"]),
    "text.html.attributes._INTEGER": ("fullmatch", ["1", "+"]),
    "text.html.attributes._MATH_VALUE": ("fullmatch", ["a", " "]),
    "text.html.attributes._RARE_FORMAT": ("search", ["avi", "hei", "jp"]),
    "text.html.attributes._TELEPHONE": ("fullmatch", ["1", "+"]),
    "text.html.attributes._TEXT_ALIGN": (
        "search",
        ["text-align:", ("text-align", " ", ""), ("text-align:", " ", ""), "text-align: lef"],
    ),
    "text.html.elements.EXTENSION_NAME": ("fullmatch", ["a", "a-", "a:", ("a-", "a", "!"), ("a", "a", "!")]),
    "text.html.players._NAME": ("fullmatch", ["a", "-"]),
    "text.html.tokenizer._CODE": ("search", ["a", "a ", "_"]),
    "text.html.tokenizer._CUT_TAG": ("match", [("<a", " ", "b"), ("<", "a", ""), ("<a ", "b", "")]),
    "text.html.tokenizer._END_TAG": ("findall", ["</", "</a", ("</", "a", ""), "</a>", "</a "]),
    "text.html.internal_links._HREF": (
        "findall",
        ["href=", 'href="', "href='", ("href", " ", ""), ("href=", " ", ""), "href=a"],
    ),
    "text.html.media._SRC": ("search", ["src=", "src='", ("src", " ", ""), ("src=", " ", ""), "src ", "src=\"'"]),
    "text.html.media._TAG": ("findall", ["<", "<a", "<a ", ("<", "a", ""), ("<a", " ", ""), "</a>"]),
    "text.html.internal_links._ID": (
        "findall",
        ["id=", 'id="', "id='", ("id", " ", ""), ("id=", " ", ""), "name=a", ("id=", "a", ""), "id=\"'"],
    ),
    "text.html.internal_links._WRITTEN_LINK": (
        "sub",
        ["<a", "<a ", '<a href="', '<a href="#', ' href="#"', '<a href="#a"'],
    ),
    "text.html.sanitiser._POSTER": ("sub", [" poster", ' poster="', ' poster="a"']),
    "text.html.sanitiser._VIDEO": ("sub", ["<video", "<video ", "<video>"]),
    "text.html.internal_links._WRITTEN_ID": ("sub", ["<a", "<a ", '<a id="', ' id="', '<a id="a"']),
    "text.html.sanitiser._TAG": ("sub", ["<", "<a", "<>", "<a>", "<a <"]),
    "text.html.sanitiser._IMAGE": ("sub", ["<img", "<img ", "<img>"]),
    "text.html.sanitiser._PARAGRAPH_BREAK": ("split", ["\n", "\n ", ("\n", " ", "a"), " \n"]),
    "text.html.tokenizer._TAG": (
        "match",
        ["a", ("a", " b", ""), ("a", ' b="c"', ""), ("a", ' b="', ""), ("a ", " ", "x"), ("a", ' b="c', "")],
    ),
    "text.html.tokenizer._USUAL_ATTRIBUTE": ("findall", ["a", 'a="b"', 'a="', "="]),
    "text.html.tokenizer._ATTRIBUTE": ("match", [" ", "a", ("a", " ", "b"), ("a=", " ", "b")]),
    "text.html.tokenizer._UNQUOTED": ("match", ["a"]),
    "text.html.tokenizer._TAG_END": ("match", [" ", "/"]),
    "text.html.tokenizer._REFERENCE": (
        "sub",
        ["&", "&a", "&#", "&#x1", ("&", "a", ""), ("&#", "1", ""), ("&#x", "1", "")],
    ),
    "content.pictures._ATTRIBUTE": ("findall", ["a", " a", ' a="', ' a="b"', " ", (" ", "a", "")]),
    "content.pictures._DECORATION": ("search", ["/", "//", "/emoji", "//stats", "/b"]),
    "content.pictures._PICTURE": ("findall", ["<img", "<img ", "<video ", "<img>"]),
    "content.pictures._PIXELS": ("fullmatch", ["1", "1px"]),
    "content.pictures._SIGN": ("search", ["display", "display ", ("display", " ", ""), "width:", ("width:", " ", "")]),
    "content.pictures._SOURCE_IMAGE": ("findall", ["<img", "<img ", "<"]),
    "content.pictures._SOURCE_URL": ("search", ["src", "src=", 'src="', "src ", ("src", " ", ""), ("src='", "a", "")]),
    "content.enclosures._SIZE": ("fullmatch", ["1", "1,234", ",234", ("1", ",234", ""), ("1", ".234", "")]),
    "text.media_types._WRITTEN": (
        "fullmatch",
        ["a", ("audio/", "a", " x"), ("audio/a", " ", "x"), ("audio/a", ";", "\n")],
    ),
    "cli.online._BLOCK": ("match", [" ", ("- ", " ", ""), "a", ("a", " ", "x"), ("a:", " ", "{")]),
    "cli.online._LENGTH": ("sub", ["{", "{length:", ("{length:", "a", ""), "{length:'"]),
    "cli.online._TYPE": ("sub", ["{", "{type:", ("{type:", "a", ""), '{type:"']),
    "content.scan._PLAIN": ("fullmatch", ["a/", "a", "a.", "./"]),
    "server.fast_path._is_host": ("fullmatch", ["a", "a.", ("[", "a:", ""), ("a:", "1", "")]),
    "server.fast_path._is_one": ("fullmatch", ["a", '"', "W/", ('"', "!", "")]),
    "websub.callback_urls._ENCODED": ("sub", ["%", "%a", "%aa"]),
    "websub.callback_urls._is_host": ("fullmatch", ["a.", "a:"]),
    "websub.callback_urls._is_unreserved": ("fullmatch", ["a"]),
    "websub.callback_urls._is_url": ("fullmatch", ["http://", ("http://", "a", " ")]),
    "parsing.fields._PLAIN_ITEM": ("fullmatch", ["a", "a "]),
    "parsing.yaml_mistakes._ENTRY": ("fullmatch", [("a:", " ", "b"), ("", " ", "a"), ("a: b", " ", "c"), "a"]),
    "parsing.yaml_mistakes._NO_SPACE": ("fullmatch", [("a:b", " ", "c"), ("", " ", "a"), "a"]),
    "parsing.yaml_mistakes._QUOTED": (
        "fullmatch",
        [('"', "\\a", '"'), ("'", "''", "'"), ('"a"', " ", "b"), ('"', "a", "")],
    ),
    "parsing.yaml_mistakes._SPACES": ("search", ["a", " "]),
    "parsing.yaml_mistakes._SPACE_AFTER_COLON": ("search", ["a", ":"]),
    "parsing.yaml_mistakes._WORDS": ("fullmatch", ["a", "a "]),
    "parsing.yaml_subset._ESCAPE": ("sub", ["\\", "\\n"]),
    "parsing.yaml_subset._ESCAPED": ("fullmatch", ["a", "\\n", "\\"]),
    "parsing.yaml_subset._LINE": (
        "findall",
        [" ", "- ", "a", "a:", "a: ", " a: b\n", ("- ", "a-", ""), ("a:", " ", ""), "\n"],
    ),
    "config.file._COMMENT": ("sub", [" ", " #", "#"]),
    "config.file._TEMPLATES_KEY": ("search", ["templates:", "templates: ", ("templates:", " ", ""), "\n"]),
    "config.tree_reader._FORMULA": ("fullmatch", ["tag:", ("tag:", "{a}", " "), ("tag:", "{", ""), ("tag:", "a", " ")]),
    "config.tree_reader._PART": ("findall", ["{", "{a", "{a}"]),
    "config.tree_reader._TOKEN": ("findall", [":", ":a"]),
    "content.folder_data._DATA_PROGRAM": ("search", [".11tydata", ".11tydata.cjs"]),
    "content.front_formats._AT": ("search", ["line ", "line 1"]),
    "content.front_formats._HEADER": ("fullmatch", ["a", "a:", ("a:", " ", ""), " "]),
    "content.front_formats._JSON_KEY": ("match", ['"', " ", ('"', "a", ""), ('"a"', " ", "x")]),
    "content.front_formats._TOML_END": ("search", ["+++", "+++ ", "\n", "+++ x\n", ("+++", " ", "x")]),
    "content.front_formats._TOML_KEY": ("match", ['"', " ", "a", ("a", " ", "x"), ("'", "a", "")]),
    "content.front_formats._TOML_TABLE": ("match", ["[", " ", ("[", " ", ""), ("[", "a", "")]),
    "content.presets.dates._DATE_NAME": ("fullmatch", ["1", "2024-1-1-", ("2024-1-1", " ", "")]),
    "content.presets.dates._JEKYLL_NAME": ("fullmatch", ["1", "24-1-1-", ("2024-1-1-", "a", "")]),
    "content.presets.dates._PATH_DATE": ("search", ["/", "/2024", "/2024/1", "/2024/1/2"]),
    "content.presets.dates._ZOLA_NAME": (
        "fullmatch",
        ["2024-01-01T", ("2024-01-01T", "1", ""), ("2024-01-01", " ", "")],
    ),
    "content.presets.permalinks._SLASHES": ("sub", ["/", "/a"]),
    "content.presets.slugs._BLANKS": ("sub", ["-", " ", "a "]),
    "content.presets.slugs._NOT_JEKYLL": ("sub", ["_", "-", "a"]),
    "content.presets.slugs._NOT_MKDOCS": ("sub", ["a", "."]),
    "content.presets.slugs._NOT_PELICAN": ("sub", ["a", "."]),
    "content.presets.slugs._NOT_PRETTY": ("sub", ["a", "-"]),
    "content.presets.slugs._PLAIN_WORDS": ("fullmatch", ["a", "a ", "a-", " "]),
    "content.presets.slugs._TAG": ("sub", ["<", "<a", "<>", ("<", "a", "")]),
    "content.tree_files._PARTS": ("findall", ["*", "**/", "?", "a"]),
    "content.tree_values._CLOSING": ("sub", [" ", " #", "#", " {", " {a", (" {", "a ", "")]),
    "content.tree_values._HEADING": ("search", ["#", "# ", "\n# ", ("#", " ", "")]),
    "content.tree_values._LINK": ("sub", ["[", "![", "[](", "[a]", ("[a](", "b", "")]),
    "content.tree_values._MARKS": ("sub", ["*", "_", "`a", " _", "a_"]),
    "scaffold.data_configs._DATE_PARTS": ("sub", ["y", "M", "d", "yyyy"]),
    "scaffold.program_configs._GLOB_BASE": ("search", ["base", "base ", "base:", ("base", " ", ""), "base: '"]),
    "scaffold.program_configs._INPUT": ("search", ["input", "input ", "input:", ("input", " ", ""), "input: '"]),
    "scaffold.program_configs._INPUT_DIRECTORY": (
        "search",
        ["setInputDirectory(", ("setInputDirectory(", " ", ""), "setInputDirectory('"],
    ),
    "scaffold.program_configs._PELICAN_PART": ("sub", ["{", "{a", "{a:", ("{a:", "b", ""), ("{", "a", "")]),
    "scaffold.program_configs._ROUTE": ("fullmatch", ["[", "[...", "[id]"]),
    "system.packages._SEPARATORS": ("sub", ["-", "a-", "_."]),
    "text.terminal._HIDDEN": ("sub", ["\x1b", "a", "\u202e"]),
    "text.terminal._HIDDEN_FROM_TERMINAL": ("sub", ["\x1b[", "\x1b[0;", ("\x1b[", "1", "x"), "\x1b[?25"]),
}
PATTERNS = patterns()


def test_every_pattern_has_adversarial_texts() -> None:
    assert set(PATTERNS) == set(USES)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(USES))
def test_matching_a_pattern_takes_linear_time(name: str) -> None:
    pattern = PATTERNS[name]
    method, attacks = USES[name]
    is_bytes = isinstance(pattern.pattern, bytes)
    run = partial(pattern.sub, b"" if is_bytes else "") if method == "sub" else getattr(pattern, method)
    for attack in [*attacks, *sorted(literals(pattern))]:
        before, unit, after = attack if isinstance(attack, tuple) else ("", attack, "\0")
        assert_linear(run, unit, before, after, as_bytes=is_bytes)


@pytest.mark.slow
def test_patterns_are_compiled_at_module_level() -> None:
    """A pattern in the middle of a function would escape the test of its work."""
    inside = []
    for path in sorted(Path(feeds.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            inside += [
                f"{path.stem}.{getattr(function, 'name', 'lambda')}"
                for call in ast.walk(function)
                if isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == "re"
                and call.func.attr not in ("escape", "error")
            ]
    # Words of a rule and names of elements, which are escaped; sets of characters; patterns for paths in the config;
    # and names of settings, which are constants.
    assert set(inside) == {
        "rules._words",
        "patterns._category",
        "tokenizer._end_tag",
        "tree_files.compile_glob",
        "program_configs._literal",
    }


def read_yaml(value: str) -> None:
    with suppress(YamlError):
        yaml.read(value)


def parse(body: str) -> None:
    frontmatter.parse(
        f"---\ntitle: a\nwebUrl: https://a.example/\n---\n{body}".encode(), SourceFile("a.md", "a.md", ""), SITE
    )


def parse_front(front: str) -> None:
    frontmatter.parse(f"---\n{front}\n---\n".encode(), SourceFile("a.md", "a.md", ""), SITE)


def sanitise_text(markup: str) -> None:
    with suppress(markdown.ExcessError):
        sanitiser.sanitise(markup, str)


def cut_last(text: str) -> None:
    unicode.cut(text, len(text) - 1)


def render_markdown(source: str) -> None:
    with suppress(markdown.ExcessError):
        markdown.render_markdown(source)


def say_instead(line: str) -> None:
    for suggestion in (Suggestion("key", "name"), Suggestion("value", line)):
        problem = Problem("a.md", 1, "title", "entry.unknown_key", suggestion=suggestion)
        suggestions.suggest_replacement(problem, line)


FUNCTIONS: dict[Callable[[Any], object], list[str | tuple[str, str, str]]] = {
    plain.line: ["&", "&amp;", " ", "a ", "\u0315\u0300"],
    plain.lines: ["&", "\n", " \n", "&#1;"],
    plain.close_directions: ["\u202e", "\u2067", "\u2069", "\u202c", "\u2067\u202e", "\u2067\u202e\u2069"],
    strip_tags: ["<b>", "</b>", "<b></b>", "<b", "<!--", "<br>", "<b x"],
    slugs.former_slug.__wrapped__: ["\u0315\u0300", "a-"],
    unicode.fold_name.__wrapped__: ["\u0315\u0300", "é", "\u200b"],
    cut_last: ["\u0300", "\u200d", "é", "\U0001f1e6", "\u1100"],
    is_html: ["<!-- -->", "<p>\n\n<p>", ("<p>", "\n", ">")],
    sanitise_text: ["<", "<a", "&", "&lt;", "&#1", "<b class=a>", "<p>", "<b><p>", "<!--", "<![CDATA[", "<title>", "<td>", "<table>", "</b>", "<x>", "<x-y>", "<x-y></x-y>", "</3", "<script>", "<style x>", "<video>", "<video><source>", "<noembed>", "<svg>", "<math><mi>", "<math><mi></math>", "<iframe src=a>", "<object data=a>", "<picture><source srcset='a 2x, b 3x'>", "<img srcset='a 2x,'>", ("<img srcset='", "a 1w,", "'>"), "<a href=#x>", "<b id=x><a href=#x>", ("<a href='#", "x", "'>"), "<input type=radio>", "<ruby><rt>", "<dd><ruby>", '<a href="', "<a b='", "<a b ", "<pre>\n"],
    sanitiser.to_plain_text: ["<", "<a", "&", "&lt;", "&#1"],
    sanitiser.drop_images: ["<img", "<img ", "<"],
    slugs.slug.__wrapped__: ["\u0315\u0300", "\u0300", "a-", "é", "_"],
    urls.domain.__wrapped__: ["a.", "é", "xn--", "."],
    urls.url: [("https://a.example/", "%", ""), ("https://a.example/", "é", ""), "[", "@"],
    plain.has_controls: ["\n", "\x01"],
    partial(unicode.normalize, "NFC"): ["\u0315\u0300", "\u0345\u0334", "a\u0315\u0300", "\u0300", "…", "\u1100"],
    partial(unicode.normalize, "NFKD"): ["\u0315\u0300", "ﷺ", "\u0344\u0334"],
    render_markdown: ["<", ">", "> ", "- ", "*", "*a ", "**a", "_", "`", "``a` ", "[", "![", "](", "|", "~~", "&", "\\", "<!--", "[a]: b\n"],
    read_yaml: ["a: b\n", "- ", "- a\n", "a:\n", " ", "\n", '"', "'", "[", "{", "&a ", "*a", "a", ("a: '", "''", ""), ('a: "', "\\n", ""), "? ", "!", "# ", ": "],
    parse: ["<!-- more -->\n", "\n", " ", "---\n", "{% ", "{{"],
    parse_front: ["\n", "---", "- ", "title: a\n", "a: b\n", ("topics: [", "a, ", "]"), ("title: ", "\u0315\u0300", ""), ("length: PT", "1", "S"), ("quality: ", "1", ""), ("featuredContent: ", "src='", "")],
    log_parser.parse: ["a", " ", "[", '{"', ("{", '"a":', ""), ('{"status":', "1", "}"), '{"a":'],
    user_agents.identify.__wrapped__: ["a", "(compatible; ", "1 subscribers", "bot", "feed", "Mozilla/"],
    counters.classify_path.__wrapped__: [("/feeds/", "/2026-01", ""), "/"],
    negotiation.codings_for: ["gzip;q=1,", ",", ";", "a"],
    negotiation.wants_only_new: ["feed;", ",", ";q=", "a"],
    negotiation.tags: ['"', ",", ("", " ", ""), 'W/"', '"", ', "a", '"a,'],
    say_instead: ["a", ("title: a", " ", "b"), ("title: ", "(write ", ""), " "],
    partial(_has_words, "a"): ["a", "a ", "a\u0302 "],
    _words("a" * 200).search: ["a", "a b"],
}  # fmt: skip


def named(run: object) -> str:
    return f"{run.func.__name__} {run.args}" if isinstance(run, partial) else getattr(run, "__qualname__", "")


@pytest.mark.slow
@pytest.mark.parametrize(("run", "attacks"), FUNCTIONS.items(), ids=map(named, FUNCTIONS))
def test_parsing_untrusted_text_takes_linear_time(
    run: Callable[[Any], object], attacks: list[str | tuple[str, str, str]]
) -> None:
    for attack in attacks:
        before, unit, after = attack if isinstance(attack, tuple) else ("", attack, "\0")
        assert_linear(run, unit, before, after if run not in (parse, parse_front) else "")
