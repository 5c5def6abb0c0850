"""The fuzzed functions: a table with the input of each one, and the rules for its result.

A target gets bytes and returns the size of its result. It raises `BrokenError` if an invariant does not hold; any
other exception is a finding too. Errors that the function documents are caught in the target.
"""

import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

import feedparser

# Lazy imports of the code under test are done here, once for all processes.
import huey.storage  # noqa: F401
import markdown_it  # noqa: F401
import nh3  # noqa: F401
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from feeds.config.model import Config
from feeds.config.reader import read_config
from feeds.content import data_files, workers
from feeds.content.model import FULL_ENTRIES, Content, EntryRepository
from feeds.edition.model import Edition
from feeds.errors import FeedsError
from feeds.formats.entry_html import content
from feeds.formats.registry import FORMATS, render_parts
from feeds.model import Category, Entry, EntryMeta, FeedDefinition, FeedDocument, Provider, Site, SourceFile
from feeds.parsing import yaml_full, yaml_subset, yaml_types
from feeds.pipeline.compose import compose
from feeds.selection import provider_policy
from feeds.selection.rules import Matcher, RuleContext, properties
from feeds.selection.topics import Taxonomy
from feeds.server.app import create_app
from feeds.server.config import ServerConfig
from feeds.stats import log_parser, render, report
from feeds.store import serialize
from feeds.text.plain import drop_controls
from feeds.websub import endpoint
from tests.fuzz import inputs
from tests.fuzz.inputs import MARK
from tests.support.factories import NOW, SITE, make_entry
from tests.support.trees import CONFIG, publish

# XML 1.0, section 2.2, independent of the code under test.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DENIED_TAGS = frozenset(
    "script style iframe frame frameset object embed applet base meta link form input button textarea select template"
    " noscript svg foreignobject plaintext xmp title portal".split()
)
_URL_ATTRIBUTES = frozenset("href src cite action formaction poster background data srcset xlink:href longdesc".split())
_SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


class BrokenError(Exception):
    """An invariant does not hold."""


class Target(NamedTuple):
    """A function that is fuzzed.

    Attributes:
        generate: Makes an input.
        run: Calls the function, checks its result, and returns the size of the result.
        plain: Makes an ordinary input of a size; its time and memory are the reference for others.
        share: The percentage of the inputs that it gets.
        sample: Checks more, for one input in `every`; its time and memory are not measured.
    """

    name: str
    generate: Callable[[Random], bytes]
    run: Callable[[bytes], int]
    plain: Callable[[int], bytes]
    share: int
    sample: Callable[[bytes], None] | None = None
    every: int = 1


def require(holds: object, what: str) -> None:
    if not holds:
        raise BrokenError(what)


# Documents


def check_xml(document: bytes) -> Any:
    try:
        root = etree.fromstring(document, _PARSER)
    except etree.XMLSyntaxError as error:
        raise BrokenError(f"not well-formed: {error.msg}") from None
    require(not _FORBIDDEN.search(document.decode()), "a character that XML 1.0 forbids")
    return root


def check_json(document: bytes) -> Any:
    found = json.loads(document, parse_constant=lambda name: require(None, f"{name} is no JSON"))
    for each in _texts(found):
        require(not _FORBIDDEN.search(each), "a character in JSON that XML 1.0 forbids")
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def check_html(markup: str) -> None:
    """Check that an HTML5 parser finds no script, handler or script URL, also when it parses its own output."""
    for _ in range(2):
        parsed = LexborHTMLParser(markup)
        for node in parsed.root.traverse() if parsed.root else ():
            tag = (node.tag or "").lower()
            require(tag not in _DENIED_TAGS, f"<{tag}> in sanitised HTML")
            require(tag != "-comment", "a comment in sanitised HTML")
            for given, value in node.attributes.items():
                name = given.lower()
                require(not name.startswith("on") and name not in ("style", "srcdoc"), f"{name}= in sanitised HTML")
                if name in _URL_ATTRIBUTES:
                    plain = re.sub(r"[\x00-\x20\x7f-\xa0]", "", value or "")
                    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", plain)
                    require(not scheme or scheme[1].lower() in _SCHEMES, f"{name}={value!r} in sanitised HTML")
        markup = parsed.body.html if parsed.body and parsed.body.html else ""


def check_documents(documents: dict[str, bytes]) -> None:
    """Check that every document of a site is well-formed."""
    for path, data in documents.items():
        if path.endswith((".xml", ".atom", ".opml")):
            check_xml(data)
        elif path.endswith(".json"):
            check_json(data)
        elif path.endswith(".html"):
            require(not _FORBIDDEN.search(data.decode()), "a character in a page that XML 1.0 forbids")


# Entries


def run_entry(data: bytes, name: str = "news/2026-01-02-a.md") -> int:
    """Parse a content file, serialise it as the index does, and render its entry in every format."""
    found = _parsed(data, name)
    if found is None:
        return 0
    head, entry = found
    require(head.id == entry.id and head.digest == entry.digest, "the head is not the entry's")
    check_html(entry.content or "")
    check_html(content(entry))
    made = _filled(provider_policy.apply_display_policy(entry, head, "full", SITE.policies))
    check_xml(made[".xml"])
    check_xml(made[".atom"])
    (item,) = check_json(made[".json"])["items"]
    require(item["id"] == entry.id, "another id in JSON")
    require(not _FORBIDDEN.search(made[".html"].decode()), "a character in a page that XML 1.0 forbids")
    return max(map(len, made.values())) - _frame_size()


def see_entry(data: bytes, name: str = "news/2026-01-02-a.md") -> None:
    """Build a whole site of one entry, and read its feeds with feedparser."""
    found = _parsed(data, name)
    if found is None:
        return
    head, entry = found
    check_documents(_compose(Content((head,)), [], SITE, OneEntry(entry)))
    made = _filled(provider_policy.apply_display_policy(entry, head, "full", SITE.policies))
    for suffix in (".xml", ".atom"):
        parsed = feedparser.parse(BytesIO(made[suffix]), sanitize_html=False)
        require(not parsed.bozo, f"feedparser: {parsed.get('bozo_exception')}")
        require([each.id for each in parsed.entries] == [entry.id], "feedparser reads another id")


def _parsed(data: bytes, name: str) -> tuple[EntryMeta, Entry] | None:
    source = SourceFile(f"content/{name}", name, "news")
    (packed,) = workers.parse_files([(data, source)], SITE)
    for problem in packed.problems:
        require(problem.message and problem.line >= 0, "a problem without a text")
    if packed.head is None:
        require(packed.status != "published", "published without an entry")
        return None
    (head,) = serialize.unpack_metas([(name, packed.head)])
    return head, serialize.unpack(packed.entry)


_PART = b"{the only part}"


@cache
def _frames() -> dict[str, bytes]:
    """Return the documents of a feed in which an entry's part is missing: a frame takes longer than the entry."""
    spec = FeedDefinition("feeds/all", "All", "All", "all")
    feed = FeedDocument(spec, spec.path, ENTRIES[:1], NOW)
    return {each.suffix: each.render_feed(feed, SITE, [_PART]) for each in FORMATS}


@cache
def _frame_size() -> int:
    return min(map(len, _frames().values()))


def _filled(entry: Entry) -> dict[str, bytes]:
    """Return the documents of a feed with this entry alone."""
    parts = render_parts(entry, SITE)
    return {suffix: document.replace(_PART, parts[suffix]) for suffix, document in _frames().items()}


class OneEntry:
    """The repository of one entry."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def load_entry(self, entry: EntryMeta) -> Entry:
        return self._entry


def _compose(
    made: Content, feeds: Sequence[FeedDefinition], site: Site, repository: EntryRepository = FULL_ENTRIES
) -> dict[str, bytes]:
    """Return the bytes of all documents of a site."""
    documents = compose(made, feeds, site, Edition(), NOW, entries=repository).edition.documents
    return {path: document.body or b"" for path, document in documents.items()}


_HTML = "news/2026-01-02-a.html"


def run_html(data: bytes) -> int:
    return run_entry(data, _HTML)


def see_html(data: bytes) -> None:
    see_entry(data, _HTML)


def run_front_matter(data: bytes) -> int:
    # The reader of a file drops these characters before it parses YAML.
    front = drop_controls(data.decode("utf-8", "replace").split("\n---\n")[0].removeprefix("---\n"))
    with suppress(yaml_types.UnsureError):
        quick = yaml_subset.read_quickly(front)
        try:
            full = yaml_full.read_fully(front)
        except yaml_types.YamlError as error:
            raise BrokenError(f"yamllines reads what PyYAML refuses: {error.code}") from None
        require(quick == full, "yamllines and PyYAML differ")
    for parse in (
        lambda: data_files.parse_topic(data, "content/_data/topics/a.yaml"),
        lambda: data_files.parse_organization(data, "content/_data/organizations/a.md", SITE),
    ):
        made, problems = parse()
        require(made or problems, "neither a value nor a problem")
    return run_entry(data)


# Configuration


@cache
def _folder() -> Path:
    """Return a folder for this process, in memory if the system has such a folder."""
    place = tempfile.TemporaryDirectory(
        prefix="feeds-fuzz-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    )
    _folders.append(place)
    return Path(place.name)


_folders: list[tempfile.TemporaryDirectory[str]] = []


def clean() -> None:
    """Remove the folders of this process."""
    while _folders:
        _folders.pop().cleanup()
    for each in (_folder, _app):
        each.cache_clear()


ENTRIES = tuple(
    make_entry(
        f"n{number}",
        number,
        title=f"Robots {number} GPT-{number}",
        summary="A summary.",
        content="<p>A body.</p>",
        categories=(Category("ai", "AI"),),
        provider=Provider("A", "a.example"),
        quality=number * 20,
        heat=number,
    )
    for number in range(1, 5)
)


def _read(data: bytes) -> Config | None:
    path = _folder() / "config.yaml"
    path.write_bytes(data)
    try:
        return read_config(path)
    except FeedsError as error:
        require(str(error), "an error without a text")
        return None


def run_config(data: bytes) -> int:
    config = _read(data)
    if config is None:
        return 0
    return len(repr(config))


def see_config(data: bytes) -> None:
    """Build a site with this config."""
    if config := _read(data):
        check_documents(_compose(Content(ENTRIES), config.feeds, config.site))


def run_rule(data: bytes) -> int:
    rule, _, body = data.decode("utf-8", "replace").partition("\n")
    config = _read(f"{CONFIG}feeds: {{x: {{any: {rule}}}}}\n".encode())
    if config is None:
        return 0
    entry = replace(ENTRIES[0], title=" ".join(body.split())[:500] or "x", content=f"<p>{body}</p>")
    taxonomy = Taxonomy((), (entry,))
    with suppress(FeedsError):
        Matcher(config.feeds[0].rule, taxonomy).matches(
            RuleContext(entry, properties(entry, taxonomy), lambda _: entry)
        )
    return 0


# The service


class _App(NamedTuple):
    call: Callable[..., Any]
    etag: str
    desk: Any


@cache
def _app() -> _App:
    folder = _folder() / "site"
    folder.mkdir()
    path = folder / "config.yaml"
    path.write_text(f"{CONFIG}hub: yes\naliases: {{old: ai}}\nserve: {{delta: yes}}\n", "utf-8")
    config = read_config(path)
    edition = compose(Content(ENTRIES), config.feeds, config.site, Edition(), NOW).edition
    publish(edition, config.output)
    desks = []
    add_hub = endpoint.add_hub

    def keep(app: Any, hub: Any) -> None:
        desks.append(hub)
        add_hub(app, hub)

    endpoint.add_hub = keep
    try:
        app = create_app(ServerConfig.from_site(config))
    finally:
        endpoint.add_hub = add_hub
    return _App(app.wsgi_app, edition.documents["feeds/ai.xml"].etag, desks[0])


_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110, section 5.5: the header values that a server accepts.
_FIELD = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(rb"[!-~\x80-\xff]+")


def environ_of(data: bytes) -> dict[str, Any] | None:
    """Return a request in WSGI form (PEP 3333), or None if a server would reject it."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not _TARGET.fullmatch(parts[1]):
        return None
    path, _, query = parts[1].partition(b"#")[0].partition(b"?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": parts[0].decode("ascii"),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": parts[2].decode("latin-1"),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }
    if b"X-Forwarded-For" not in head:
        # Another client each time, because the requests of a client are limited.
        environ["REMOTE_ADDR"] = ".".join(map(str, blake2b(data, digest_size=4).digest()))
    for line in lines:
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not _TOKEN.fullmatch(name) or not _FIELD.fullmatch(value):
            return None
        key = name.decode("ascii").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        if key != "CONTENT_LENGTH":
            environ[key] = f"{environ[key]},{value.decode('latin-1')}" if key in environ else value.decode("latin-1")
    return environ


def run_http(data: bytes) -> int:
    """Send a request to the real application, and check that the response is valid and repeats nothing of the request."""
    app = _app()
    environ = environ_of(data.replace(b"{etag}", app.etag.encode()))
    if environ is None:
        return 0
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        require(exc_info is None, "an exception on the way")
        started.append((status, headers))
        return lambda _: None

    answer = app.call(environ, start)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    require(len(started) == 1, "not started once")
    status, headers = int(started[0][0][:3]), started[0][1]
    require(status < 500 or (status == 503 and path.startswith("/hub")), f"status {status}")
    found = {name.lower(): value for name, value in headers}
    for name, value in headers:
        require(
            re.fullmatch(r"[A-Za-z-]+", name) and re.fullmatch(r"[\t\x20-\x7e]*", value), f"header {name}: {value!r}"
        )
    require(len(found) == len(headers) or "set-cookie" not in found, "a cookie")
    length = found.get("content-length")
    if method == "HEAD" or status in (204, 304):
        require(not body, "a body that is not allowed")
    elif length is not None:
        require(int(length) == len(body), "Content-Length is not that of the body")
    if "location" in found:
        require(urlsplit(found["location"]).netloc == "feeds.example", f"Location: {found['location']}")
    if path != "/metrics":
        told = (repr(headers).encode() + body).lower()
        require(MARK.encode() not in told and b"traceback" not in told, "the response repeats a part of the request")
    return 0


def run_hub(data: bytes) -> int:
    """Send a request to the hub; only this function empties its queue."""
    desk = _app().desk
    if desk._opened is not None and desk._opened.queue.waiting() > 500:
        desk._opened.queue._huey.storage.flush_queue()
        desk._opened.rates.clean(math.inf)
        desk._spent.clear()
    return run_http(data)


# Access logs


def run_log(data: bytes) -> int:
    """Read lines of an access log and show their statistics."""
    found = [log_parser.parse(line) for line in data.decode("utf-8", "replace").splitlines(keepends=True)]
    for request in found:
        for told in (request.client or "", request.method, request.path, request.agent) if request else ():
            require(told.isprintable() and len(told) <= 1000, f"not printable or not short: {told[:40]!r}")
    stats = report.count(found, _edition())
    json.loads(render.to_json(stats))
    return 0


def see_log(data: bytes) -> None:
    """Show the statistics of the lines of an access log, as a table and as a page."""
    stats = report.count(map(log_parser.parse, data.decode("utf-8", "replace").splitlines(keepends=True)), _edition())
    table = render.to_table(stats, 80)
    require(table.replace("\n", "").isprintable(), "a table that cannot be shown")
    page = render.to_page(stats).decode()
    require(not _FORBIDDEN.search(page), "a character in a page that XML 1.0 forbids")
    require(not LexborHTMLParser(page).css("script"), "a script in the page")


@cache
def _edition() -> Edition:
    return compose(Content(ENTRIES), [], SITE, Edition(), NOW).edition


TARGETS = (
    Target("html", inputs.html_body, run_html, inputs.plain_body, 15, see_html, 20),
    Target("markdown", inputs.markdown_body, run_entry, inputs.plain_body, 12, see_entry, 20),
    Target("front-matter", inputs.front_matter, run_front_matter, inputs.plain_yaml, 18, see_entry, 20),
    Target("config", inputs.config, run_config, inputs.plain_config, 10, see_config, 4),
    Target("http", inputs.http, run_http, inputs.plain_http, 17),
    Target("hub", inputs.hub, run_hub, inputs.plain_hub, 6),
    Target("log", inputs.log_lines, run_log, inputs.plain_log, 16, see_log, 100),
    Target("rule", inputs.rule, run_rule, inputs.plain_rule, 6),
)
