"""Turn the text of a content file into an entry, or say why it is none.

`parse` is given bytes and says all that is wrong with them at once. It does not
read files, know the time, or decide which feed an entry belongs to. The format
is a YAML block between two lines of dashes, then a Markdown or HTML body.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from frontmatter.default_handlers import YAMLHandler

from feeds import text, yamltext
from feeds.errors import Problem
from feeds.fields import MAX_TITLE, Fields, Level, Report, quoted, resolve, to_datetime, to_seconds
from feeds.model import Category, Enclosure, Entry, Link, Organization, Person, Related, Site, Topic

KEYS = frozenset(
    "category title name excerpt publishedDateTime updatedDateTime originalUrl webUrl ampWebUrl cdnAmpWebUrl type"
    " quality heat published removed deleted draft provider topics tags images related featuredContent highlight"
    " actions length price levels ratings items locale id body secured".split()
)
"""Every key the format has; any other is ignored and counted."""

Status = Literal["published", "unpublished", "undated", "invalid", "plain"]
T = TypeVar("T")

_FILE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=[-_.]|$)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_IRI = re.compile(r"(?:https?://|tag:|urn:)\S+", re.IGNORECASE)
# What Jekyll needs around braces, and takes out itself.
_LIQUID_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
# RFC 4151, section 2.1: `specific` is made of the characters of a path.
_TAG_SAFE = "/-._~!$'()*+,;=:@&"
_SRC = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file stands: its name for messages, its path inside the content folder."""

    name: str
    path: str
    collection: str

    @property
    def stem(self) -> str:
        return posixpath.splitext(posixpath.basename(self.path))[0]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file came to: an entry exactly if the status is `published`."""

    status: Status
    entry: Entry | None = None
    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()


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
        handler = YAMLHandler()
        if not handler.detect(content.lstrip()):
            return Parsed("plain", problems=tuple(problems))
        front, body, first = _split(handler, content)
        fields = _load(front, first, report)
    except _RefusedError as refused:
        report(refused.line, "", str(refused), "error")
        return Parsed("invalid", problems=tuple(problems))
    unknown = tuple(sorted(fields.data.keys() - KEYS))
    # Held back comes before any other rule: a draft may be as wrong as it likes.
    if _held_back(fields):
        return Parsed("unpublished", unknown=unknown)
    entry, undated = _entry(fields, body.strip(), source, site)
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
        handler = YAMLHandler()
        if handler.detect(content.lstrip()) and name.endswith((".md", ".markdown", ".html")):
            content, _, first = _split(handler, content)
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


def _split(handler: YAMLHandler, content: str) -> tuple[str, str, int]:
    """Return the YAML text, the body and the 1-based line on which the YAML text begins."""
    blank = len(content) - len(content.lstrip())
    try:
        front, body = handler.split(content[blank:])
    except ValueError:
        raise _RefusedError("the front matter has no end: close it with a line '---'", 1) from None
    start = content.index(front, blank + 3) if front else blank
    return front, body, content.count("\n", 0, start) + 1


def _load(front: str, first: int, report: Report) -> Fields:
    try:
        value = yamltext.read(front)
    except yamltext.YamlError as error:
        raise _RefusedError(f"not YAML: {error.message}", first + error.line) from None
    if value is None:
        value = yamltext.Mapping()
    if not isinstance(value, yamltext.Mapping):
        kind = "a list" if isinstance(value, list) else "a text"
        raise _RefusedError(f"the front matter is {kind}, not keys with values", first)
    return Fields(value, first, report)


def _held_back(fields: Fields) -> bool:
    shown = fields.flag("published", default=True)
    hidden = [fields.flag(key, default=False) for key in ("removed", "deleted", "draft")]
    # A flag that cannot be read is an error of its own, not a decision.
    return not fields.failed and (not shown or any(hidden))


def _entry(fields: Fields, body: str, source: Source, site: Site) -> tuple[Entry | None, bool]:
    """Return the entry, or None and whether that is for want of a date."""
    fields.base = site.base
    title = fields.text("title") or fields.text("name")
    if not title:
        fields.error("title", "missing")
    published = fields.date("publishedDateTime") or _date_in_name(fields, source)
    undated = published is None and not fields.given("publishedDateTime")
    if undated:
        fields.error("publishedDateTime", "missing, and the file name does not begin with a date")
    updated = fields.date("updatedDateTime")
    if published and updated and updated < published:
        fields.warn("updatedDateTime", "before publishedDateTime, left out")
        updated = None
    link, original, amp = _links(fields)
    player, video = _video(fields)
    summary, provider, duration = fields.lines("excerpt"), fields.provider("provider"), _duration(fields)
    topics, related = fields.texts("topics"), tuple(_related(fields))
    named = {name.casefold() for name in topics}
    tags = tuple(tag for tag in fields.texts("tags") if tag.casefold() not in named)
    images, actions, facts = fields.images("images"), tuple(_actions(fields)), tuple(_facts(fields, duration))
    authors, language = tuple(_authors(fields)), _language(fields)
    if fields.failed or not (title and published and link):
        return None, undated
    entry = Entry(
        id=_identity(fields, source, site),
        title=title,
        link=link,
        published=published,
        updated=updated or published,
        source=source.path,
        collection=source.collection,
        summary=summary,
        content=_content(fields, body, source, link),
        type=fields.text("type"),
        language=language,
        provider=provider,
        authors=authors,
        categories=tuple(Category(text.slug(name), name) for name in topics),
        tags=tags,
        images=images,
        enclosures=tuple(_enclosures(fields)),
        original=original,
        amp=amp,
        player=player,
        video=video,
        related=related,
        actions=actions,
        facts=facts,
        duration=duration,
        quality=fields.number("quality"),
        heat=fields.number("heat"),
        has_own_id=fields.given("id"),
    )
    return entry, False


def _links(fields: Fields) -> tuple[str | None, str | None, str | None]:
    """Return what the entry links to, the original and the accelerated page."""
    keys = ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")
    given = [key for key in keys if fields.given(key)]
    if not given:
        fields.error("webUrl", "no URL: give webUrl or originalUrl")
    usable = any(resolve(str(fields.data[key]), fields.base) for key in given)
    web, original, amp, cached = (fields.url(key, needed=not usable) for key in keys)
    return web or original or amp or cached, original, amp or cached


def _date_in_name(fields: Fields, source: Source) -> datetime | None:
    match = None if fields.given("publishedDateTime") else _FILE_DATE.match(source.stem)
    return to_datetime(match[0]) if match else None


def _identity(fields: Fields, source: Source, site: Site) -> str:
    """Return the entry's IRI: its own, or a tag URI (RFC 4151) of its place in the tree."""
    own = fields.text("id")
    if own and _IRI.fullmatch(own):
        return own
    place = own or (f"{source.collection}/{source.stem}" if source.collection else source.stem)
    return f"tag:{site.tag}:{quote(place, safe=_TAG_SAFE)}"


def _content(fields: Fields, body: str, source: Source, link: str) -> str | None:
    body = body or (fields.block("body") or "").strip()
    if not body:
        return None
    if text.is_excessive(body):
        fields.report(0, "", "the body has more markup than a text can have, left out", "warning")
        return None
    body = _LIQUID_RAW.sub("", body)
    is_html = source.path.endswith(".html") or text.is_html(body)
    markup = text.mend(body) if is_html else text.markdown(body)

    def absolute(value: str) -> str | None:
        # A body quotes the page it is about, so its URLs are relative to that
        # page; the files in the tree's own assets folder are this site's.
        if value.startswith("/assets/"):
            return resolve(value, fields.base)
        try:
            return text.url(urljoin(link, value.strip()))
        except ValueError:
            return None

    return text.sanitise(markup, absolute) or None


def _authors(fields: Fields) -> Iterator[Person]:
    provider = fields.mapping("provider")
    if provider is not None:
        for item in provider.mappings("authors" if provider.given("authors") else "publishers"):
            if name := item.text("name"):
                yield Person(name, item.url("url"))


def _related(fields: Fields) -> Iterator[Related]:
    for item in fields.mappings("related"):
        title = item.text("title") or item.text("name")
        link = item.url("webUrl") or item.url("originalUrl")
        if title and link:
            provider = item.mapping("provider")
            yield Related(title, link, provider.text("name") if provider else None, item.date("publishedDateTime"))
        else:
            item.warn("title" if link else "webUrl", "missing, so this one is left out")


def _actions(fields: Fields) -> Iterator[Link]:
    for item in fields.mappings("actions"):
        if href := item.url("url"):
            yield Link(href, "related", title=item.text("title") or item.text("type"))


def _enclosures(fields: Fields) -> Iterator[Enclosure]:
    """Yield the files whose size is known, in bytes: without it a client cannot tell what it would fetch."""
    for item in fields.mappings("actions"):
        href, length = item.url("url"), item.size("length")
        if href and length and (kind := text.media_type(href)):
            yield Enclosure(href, kind, length)


def _video(fields: Fields) -> tuple[str | None, str | None]:
    """Return the player's URL and the page to watch it on, from the HTML of a frame."""
    frame = fields.block("featuredContent")
    match = _SRC.search(frame) if frame else None
    if frame is None or match is None:
        return None, None
    player = resolve(match[1] or match[2] or match[3] or "", fields.base)
    if player is None:
        fields.warn("featuredContent", f"the frame's src is no http(s) URL, left out: {quoted(match[0])}")
        return None, None
    parts = urlsplit(player)
    name = parts.path.rsplit("/", 1)[-1]
    if re.fullmatch(r"(www\.)?youtube(-nocookie)?\.com", parts.netloc) and parts.path.startswith("/embed/"):
        if name == "videoseries":
            playlist = parse_qs(parts.query).get("list", [""])[0]
            return player, text.url(f"https://www.youtube.com/playlist?list={quote(playlist)}")
        return player, text.url(f"https://www.youtube.com/watch?v={quote(unquote(name))}")
    if parts.netloc == "player.vimeo.com" and name.isdigit():
        return player, f"https://vimeo.com/{name}"
    return player, player


def _duration(fields: Fields) -> int | None:
    value = fields.text("length")
    seconds = to_seconds(value) if value else None
    if value and seconds is None:
        fields.warn("length", f"not a duration, left out: {quoted(value)} (write PT9M22S)")
    return seconds


def _facts(fields: Fields, duration: int | None) -> Iterator[str]:
    if duration:
        hours, minutes = divmod(max(1, (duration + 30) // 60), 60)
        yield f"{hours} h {minutes} min" if hours else f"{minutes} min"
    if price := fields.text("price"):
        yield price
    yield from fields.texts("levels")
    if (ratings := fields.mapping("ratings")) and (average := ratings.number("average")):
        count = ratings.size("count")
        yield f"rated {average:.1f}" + (f" by {count:,}" if count else "")


def _language(fields: Fields) -> str | None:
    value = fields.text("locale", limit=MAX_TITLE)
    if value and not _LANGUAGE.fullmatch(value):
        fields.warn("locale", f"not a language tag, left out: {quoted(value)} (write en-GB)")
        return None
    return value.replace("_", "-") if value else None
