"""Turn the text of a content file into an entry, or say why it is none.

`parse` is given bytes and says all that is wrong with them at once. It does not
read files, know the time, or decide which feed an entry belongs to. The format
is a YAML block between two lines of dashes, then a Markdown or HTML body.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar

from feeds import schema, text, yamltext
from feeds.entry import Source, read_entry
from feeds.errors import Problem
from feeds.fields import Fields, Level, Report
from feeds.model import Entry, Organization, Site, Topic
from feeds.yamllines import Mapping, YamlError

if TYPE_CHECKING:
    from frontmatter.default_handlers import YAMLHandler

KEYS = frozenset(schema.ENTRY)
"""Every key the format has; any other is ignored and counted."""

TOML = "+++\n"
"""What a file with front matter in TOML begins with."""
TOML_REMEDY = "write YAML between two lines of dashes (`hugo convert toYAML` does)"

Status = Literal["published", "unpublished", "undated", "invalid", "plain"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file came to: an entry exactly if the status is `published`.

    Attributes:
        unknown: Keys that the format does not have, each with its 1-based line.
        held_by: The key that holds an unpublished one back.
    """

    status: Status
    entry: Entry | None = None
    problems: tuple[Problem, ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()
    held_by: str = field(default="", compare=False)


class _RefusedError(Exception):
    """The file as a whole is not read; the 1-based line says where it went wrong."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def parse(data: bytes, source: Source, site: Site) -> Parsed:
    """Return what a content file says.

    The same bytes, source and site always give the same answer. A mistake that
    leaves no doubt what was meant is mended and reported as a warning; any other
    costs the entry.

    Args:
        data: The file's bytes, UTF-8.
        source: The name the problems carry and the entry's place in the tree.
        site: The tagging entity for the id and the base of relative URLs.
    """
    problems: list[Problem] = []
    report = _into(problems, source.name)
    try:
        content = _decode(data, report)
        if not content.strip():
            raise _RefusedError("empty file")
        if content.startswith(TOML):
            raise _RefusedError(f"its front matter is TOML, which is not read: {TOML_REMEDY}", 1)
        if not _is_front_matter(content):
            return Parsed("plain", problems=tuple(problems))
        front, body, first = _split(content)
        fields = _load(front, first, report)
    except _RefusedError as refused:
        report(refused.line, "", str(refused), "error")
        return Parsed("invalid", problems=tuple(problems))
    unknown = tuple((key, fields.line(key)) for key in sorted(fields.data.keys() - KEYS))
    # Held back comes before any other rule: a draft may be as wrong as it likes.
    if held_by := _held_back(fields):
        return Parsed("unpublished", unknown=unknown, held_by=held_by)
    entry, undated = read_entry(fields, body.strip(), source, site)
    # A part that is looked at twice is reported once.
    found = tuple(sorted(set(problems)))
    if entry is None:
        return Parsed("undated" if undated else "invalid", None, found, unknown)
    return Parsed("published", entry, found, unknown)


def parse_topic(data: bytes, name: str) -> tuple[Topic | None, tuple[Problem, ...]]:
    """Return the topic that a file of `_data/topics` describes, and what is wrong with it."""

    def make(fields: Fields) -> Topic | None:
        title = fields.text("name", required=True)
        slug = text.slug(fields.text("_id") or title or "")
        if title and not slug:
            fields.error("name", "gives no name for a path: add an _id")
        if not (title and slug):
            return None
        return Topic(slug, title, fields.text("parent"), fields.text("description"), name)

    return _parse_data(data, name, "", make)


def parse_organization(data: bytes, name: str, site: Site) -> tuple[Organization | None, tuple[Problem, ...]]:
    """Return the provider that a file of `_data/organizations` describes, and what is wrong with it."""

    def make(fields: Fields) -> Organization | None:
        title, domain = fields.text("name", required=True), fields.domain("domain")
        if not (title and domain):
            return None
        return Organization(domain, title, fields.text("description"), fields.images("images"))

    return _parse_data(data, name, site.base, make)


def _parse_data(
    data: bytes, name: str, base: str, make: Callable[[Fields], T | None]
) -> tuple[T | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    report = _into(problems, name)
    try:
        content, first = _decode(data, report), 1
        if _is_front_matter(content) and name.endswith((".md", ".markdown", ".html")):
            content, _, first = _split(content)
        fields = _load(content, first, report)
        fields.base = base
        return make(fields), tuple(problems)
    except _RefusedError as refused:
        report(refused.line, "", str(refused), "error")
        return None, tuple(problems)


def _into(problems: list[Problem], name: str) -> Report:
    def report(line: int, key: str, message: str, level: Level) -> None:
        problems.append(Problem(name, line, key, message, level))

    return report


def _decode(data: bytes, report: Report) -> str:
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _RefusedError("not UTF-8: save it as UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    if content.startswith("\ufeff"):
        content = content[1:]
        report(1, "", "starts with a byte-order mark: save it as UTF-8 without one", "warning")
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    if bad := text.has_controls(content):
        line = content.count("\n", 0, bad.start()) + 1
        report(line, "", f"has a character that no feed may hold, dropped: U+{ord(bad[0]):04X}", "warning")
        content = text.drop_controls(content)
    return content


@cache
def _handler() -> "YAMLHandler":
    from frontmatter.default_handlers import YAMLHandler  # brings PyYAML, which most texts have no need of

    return YAMLHandler()


def _is_front_matter(content: str) -> bool:
    return content.startswith("---\n") or bool(_handler().detect(content.lstrip()))


def _split(content: str) -> tuple[str, str, int]:
    """Return the YAML text, the body and the 1-based line on which the YAML text begins."""
    if content.startswith("---\n"):
        # What nearly all files are; any other line of dashes is for the handler.
        end = content.find("\n---", 3)
        if end >= 4 and content.startswith("\n", end + 4):
            return content[3 : end + 1], content[end + 4 :], 1
    blank = len(content) - len(content.lstrip())
    try:
        front, body = _handler().split(content[blank:])
    except ValueError:
        raise _RefusedError("the front matter has no end: close it with a line '---'", 1) from None
    start = content.index(front, blank + 3) if front else blank
    return front, body, content.count("\n", 0, start) + 1


def _load(front: str, first: int, report: Report) -> Fields:
    try:
        value = yamltext.read(front)
    except YamlError as error:
        raise _RefusedError(f"not YAML: {error.message}", first + error.line) from None
    if value is None:
        value = Mapping()
    if not isinstance(value, Mapping):
        kind = "a list" if isinstance(value, list) else "a text"
        raise _RefusedError(f"the front matter is {kind}, not keys with values", first)
    return Fields(value, first, report)


def _held_back(fields: Fields) -> str:
    """Return the key that holds the entry back, or nothing."""
    shown = fields.flag("published", default=True)
    hidden = [key for key in ("removed", "deleted", "draft") if fields.flag(key, default=False)]
    # A flag that cannot be read is an error of its own, not a decision.
    if fields.failed:
        return ""
    return hidden[0] if shown and hidden else "" if shown else "published"
