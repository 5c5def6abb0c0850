"""Parser of content files: front matter and body become an entry, or problems.

`parse` takes bytes and reports all problems at once. It does not read files, know the time, or decide
which feed has the entry. The format is a YAML block between two lines of dashes, followed by a
Markdown or HTML body.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from feeds.content import schema
from feeds.content.entry import read_entry
from feeds.errors import NO_SUGGESTION, Params, Problem, Suggestion
from feeds.model import Entry, FileFacts, Site, SourceFile, Status
from feeds.parsing import yaml
from feeds.parsing.fields import Fields, Level, Report
from feeds.parsing.yaml_types import Mapping, ParseError, YamlError
from feeds.text import plain

if TYPE_CHECKING:
    from frontmatter.default_handlers import YAMLHandler


KEYS = frozenset(schema.ENTRY)
"""All keys of the format; other keys are ignored and counted."""
TOML = "+++\n"
"""The first line of TOML front matter."""
TOML_REMEDY = "write YAML between two lines of dashes (`hugo convert toYAML` does)"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed file; it has an entry exactly if the status is `published`.

    Attributes:
        unknown: Unknown keys, each with its 1-based line.
        held_by: The key that keeps an entry unpublished.
    """

    status: Status
    entry: Entry | None = None
    problems: tuple[Problem, ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()
    held_by: str = field(default="", compare=False)


class RefusedError(ParseError):
    """The whole file is rejected; the 1-based line is the place of the error."""


def parse(data: bytes, source: SourceFile, site: Site) -> Parsed:
    """Parse a content file.

    The same bytes, source and site always give the same result. An error with an obvious meaning is
    corrected and reported as a warning; any other error costs the entry.

    Args:
        data: The file's bytes, UTF-8.
        source: The file's name in problems, and its path in the tree.
        site: The tagging entity of ids, and the base of relative URLs.
    """
    problems: list[Problem] = []
    report = collect_problems(problems, source.name)
    try:
        content = decode_file(data, report)
        if not content.strip():
            raise RefusedError("file.empty")
        if source.facts is not None:
            return _parse_translated(content, source, source.facts, site, problems)
        if content.startswith(TOML):
            raise RefusedError("file.toml", 1)
        if not has_front_matter(content):
            return Parsed("plain", problems=tuple(problems))
        front, body, first = split_front_matter(content)
        fields = load_fields(front, first, report)
    except RefusedError as refused:
        report(refused.line, "", refused.code, refused.params, "error", refused.suggestion)
        return Parsed("invalid", problems=tuple(problems))
    unknown = tuple((key, fields.line(key)) for key in sorted(fields.data.keys() - KEYS))
    # Checked before all other rules, because an unpublished entry may be incomplete.
    if held_by := _held_back(fields):
        return Parsed("unpublished", unknown=unknown, held_by=held_by)
    entry, undated = read_entry(fields, body.strip(), source, site)
    # A part that is parsed twice is reported once.
    reported = tuple(sorted(set(problems)))
    if entry is None:
        return Parsed("undated" if undated else "invalid", None, reported, unknown)
    return Parsed("published", entry, reported, unknown)


def _parse_translated(
    content: str, source: SourceFile, facts: FileFacts, site: Site, problems: list[Problem]
) -> Parsed:
    """Parse a file in the format of another generator."""
    from feeds.content import front_formats
    from feeds.content.tree_reader import translate

    report = collect_problems(problems, source.name)
    try:
        form = front_formats.find_form(content, facts.format.front_matter or ())
    except ParseError as error:
        raise RefusedError(error.code, error.line) from None
    if not form:
        return Parsed("plain", problems=tuple(problems))
    if form == "yaml":
        front, body, first = split_front_matter(content)
        fields = load_fields(front, first, report)
    elif form == "none":
        fields, body = Fields(Mapping(), 1, report), content
    else:
        read = {"toml": front_formats.read_toml, "json": front_formats.read_json, "headers": front_formats.read_headers}
        try:
            values, body, first = read[form](content)
        except ParseError as error:
            refused = RefusedError(error.code, error.line)
            refused.params = error.params
            raise refused from None
        fields = Fields(values, first, report)
    file = translate(fields, body.strip(), source, facts, site)
    if file.fields is None:
        status: Status = "unpublished" if file.held_by else "undated" if file.is_undated else "invalid"
        return Parsed(status, None, tuple(sorted(set(problems))), file.unknown, file.held_by)
    entry, _ = read_entry(file.fields, file.body.strip(), source, site, file.identity, file.authors)
    reported = tuple(sorted(set(problems)))
    if entry is None:
        return Parsed("invalid", None, reported, file.unknown)
    if file.expires:
        entry = replace(entry, expires=file.expires)
    return Parsed("published", entry, reported, file.unknown)


def collect_problems(problems: list[Problem], name: str) -> Report:
    def report(
        line: int,
        key: str,
        code: str,
        params: Params = (),
        level: Level = "error",
        suggestion: Suggestion = NO_SUGGESTION,
        /,
    ) -> None:
        problems.append(Problem(name, line, key, code, params, level, suggestion))

    return report


def decode_file(data: bytes, report: Report) -> str:
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError("file.not_utf8", data.count(b"\n", 0, error.start) + 1) from None
    if content.startswith("\ufeff"):
        content = content[1:]
        report(1, "", "file.byte_order_mark", (), "warning")
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    if bad := plain.has_controls(content):
        line = content.count("\n", 0, bad.start()) + 1
        report(line, "", "file.control_character", (("character", f"U+{ord(bad[0]):04X}"),), "warning")
        content = plain.drop_controls(content)
    return content


@cache
def _handler() -> "YAMLHandler":
    from frontmatter.default_handlers import YAMLHandler  # imported here because it imports PyYAML

    return YAMLHandler()


def has_front_matter(content: str) -> bool:
    return content.startswith("---\n") or bool(_handler().detect(content.lstrip()))


def split_front_matter(content: str) -> tuple[str, str, int]:
    """Return the YAML text, the body, and the 1-based line on which the YAML text starts."""
    if content.startswith("---\n"):
        # The usual form; the handler splits other lines of dashes.
        end = content.find("\n---", 3)
        if end >= 4 and content.startswith("\n", end + 4):
            return content[3 : end + 1], content[end + 4 :], 1
    blank = len(content) - len(content.lstrip())
    try:
        front, body = _handler().split(content[blank:])
    except ValueError:
        raise RefusedError("file.unclosed_front_matter", 1) from None
    start = content.index(front, blank + 3) if front else blank
    return front, body, content.count("\n", 0, start) + 1


def load_fields(front: str, first: int, report: Report) -> Fields:
    try:
        value = yaml.read(front)
    except YamlError as error:
        refused = RefusedError(error.code, first + error.line, suggestion=error.suggestion)
        refused.params = error.params
        raise refused from None
    if value is None:
        value = Mapping()
    if not isinstance(value, Mapping):
        kind = "a list" if isinstance(value, list) else "a text"
        raise RefusedError("file.not_mapping", first, kind=kind)
    return Fields(value, first, report, drops_tags=True)


def _held_back(fields: Fields) -> str:
    """Return the key that keeps the entry unpublished, or the empty string."""
    shown = fields.flag("published", default=True)
    hidden = [key for key in ("removed", "deleted", "draft") if fields.flag(key, default=False)]
    # An invalid flag is an error and does not decide anything.
    if fields.failed:
        return ""
    return hidden[0] if shown and hidden else "" if shown else "published"
