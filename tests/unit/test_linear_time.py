"""Whatever a stranger writes, the work grows no faster than its length.

Eight times the text may take about eight times the work. Quadratic growth would take 64
times, so that a limit in between tells them apart on a busy machine too.
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
from feeds.selection.rules import _words
from feeds.server import negotiation
from feeds.stats import counters, log_parser, user_agents
from feeds.text import markdown, plain, sanitiser, slugs, unicode, urls
from feeds.text.markup import is_html, repair_references
from tests.support.factories import SITE

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

LENGTH = 2000
MOST = 24  # times the work for eight times the text


def cost(run: Callable[[Any], object], value: str | bytes, repeats: int) -> int:
    """Return the CPU time that a call takes, the best of a few."""
    costs = []
    gc.disable()  # it looks at all that was made so far, now and then
    try:
        for _ in range(repeats):
            began = time.thread_time_ns()
            run(value)
            costs.append(time.thread_time_ns() - began)
    finally:
        gc.enable()
    return min(costs) or 1


def growth(run: Callable[[Any], object], make: Callable[[int], str | bytes], small: int, large: int) -> float:
    """Return how many times the work of `small` the work of `large` is; a large growth is measured again."""
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
    # Exponential growth is found here, before it takes for ever.
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
    """Return every pattern that a module keeps, by where it is found first."""
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
    """Return the characters that a pattern names, and of its letters a few."""
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


# How each pattern is used, and texts that are hard for it: a unit to repeat, or what comes before it, the
# unit and what comes after. The characters that it names are tried for every pattern besides.
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
    "content.entry._YOUTUBE": ("fullmatch", ["www.youtube"]),
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
    "text.urls._BARE_PERCENT": ("sub", ["%", "%a", "%aa"]),
    "text.markup._CODE": ("search", ["<", "<code", "<pre_", "<samp0"]),
    "text.urls._DOMAIN": ("fullmatch", ["a.", "a-", "a", "-"]),
    "text.markup._ESCAPED_TWICE": (
        "sub",
        [("&", "amp;", ""), "&amp;", "&amp;amp;", ("&amp;#", "1", ""), ("&", "amp;", "lt")],
    ),
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
    "text.slugs._NOT_IN_SLUG": ("sub", ["_", "-a"]),
    "text.plain._NOT_TEXT": ("sub", ["\x01", "a\ud800"]),
    "text.plain._REFERENCE": ("sub", ["&", "&a", "&#", "&#x1", ("&", "a", ""), ("&#", "1", "")]),
    "text.urls._SCHEME": ("match", ["a", "a+"]),
    "text.plain._NUMBER": ("sub", ["&#", "&#1", "&#x1", ("&#", "1", "")]),
    "text.markdown._DELIMITER_ROW": ("fullmatch", ["|", ":-", " ", "|-"]),
    "text.sanitiser._TAG": ("sub", ["<", "<a", "<>", "<a>", "<a <"]),
    "text.sanitiser._IMAGE": ("sub", ["<img", "<img ", "<img>"]),
    "text.sanitiser._PARAGRAPH": ("split", ["\n", "\n ", ("\n", " ", "a"), " \n"]),
    "text.html_tokenizer._TAG": (
        "match",
        ["a", ("a", " b", ""), ("a", ' b="c"', ""), ("a", ' b="', ""), ("a ", " ", "x"), ("a", ' b="c', "")],
    ),
    "text.html_tokenizer._USUAL_ATTRIBUTE": ("findall", ["a", 'a="b"', 'a="', "="]),
    "text.html_tokenizer._ATTRIBUTE": ("match", [" ", "a", ("a", " ", "b"), ("a=", " ", "b")]),
    "text.html_tokenizer._UNQUOTED": ("match", ["a"]),
    "text.html_tokenizer._TAG_END": ("match", [" ", "/"]),
    "text.html_tokenizer._REFERENCE": (
        "sub",
        ["&", "&a", "&#", "&#x1", ("&", "a", ""), ("&#", "1", ""), ("&#x", "1", "")],
    ),
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


def test_every_pattern_has_texts_that_are_hard_for_it() -> None:
    assert set(PATTERNS) == set(USES)


@pytest.mark.parametrize("name", sorted(USES))
def test_the_work_of_a_pattern_is_linear(name: str) -> None:
    pattern = PATTERNS[name]
    method, attacks = USES[name]
    is_bytes = isinstance(pattern.pattern, bytes)
    run = partial(pattern.sub, b"" if is_bytes else "") if method == "sub" else getattr(pattern, method)
    for attack in [*attacks, *sorted(literals(pattern))]:
        before, unit, after = attack if isinstance(attack, tuple) else ("", attack, "\0")
        assert_linear(run, unit, before, after, as_bytes=is_bytes)


def test_patterns_are_kept_by_modules_where_they_are_found() -> None:
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
        "html_tokenizer._end_tag",
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
    repair_references: ["&amp;", "amp;", "<cod"],
    is_html: ["<!-- -->", "<p>\n\n<p>", ("<p>", "\n", ">")],
    sanitise_text: ["<", "<a", "&", "&lt;", "&#1", "<b class=a>", "<p>", "<b><p>", "<!--", "<![CDATA[", "<title>", "<td>", "<table>", "</b>", '<a href="', "<a b='", "<a b ", "<pre>\n"],
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
    _words("a" * 200).search: ["a", "a b"],
}  # fmt: skip


def named(run: object) -> str:
    return f"{run.func.__name__} {run.args}" if isinstance(run, partial) else getattr(run, "__qualname__", "")


@pytest.mark.parametrize(("run", "attacks"), FUNCTIONS.items(), ids=map(named, FUNCTIONS))
def test_the_work_of_what_reads_foreign_text_is_linear(
    run: Callable[[Any], object], attacks: list[str | tuple[str, str, str]]
) -> None:
    for attack in attacks:
        before, unit, after = attack if isinstance(attack, tuple) else ("", attack, "\0")
        assert_linear(run, unit, before, after if run not in (parse, parse_front) else "")
