"""Read `config.yaml`: what the site is, where things lie, which feeds there are besides.

Everything wrong with it is said at once, with file, line and key; nothing is
guessed. `README.md` has every key.
"""

import difflib
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from feeds import text, yamltext
from feeds.errors import ConfigError
from feeds.fields import Fields, Level, resolve
from feeds.loader import Limits
from feeds.model import Condition, FeedSpec, Image, Person, Rule, Site, Window

# RFC 4151, section 2.1: a domain or an address, and a date on which it was one's own.
_TAG = re.compile(r"(?:[\w.+-]+@)?[a-z0-9.-]+,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What is merely left out of an entry is a mistake here.
_LEFT_OUT = re.compile("[,;] left out")
_CONDITIONS = ("any", "all", "none")


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, its paths absolute."""

    site: Site
    content: Path
    output: Path
    limits: Limits
    feeds: tuple[FeedSpec, ...] = ()
    previous: str | None = None


def read_config(path: Path) -> Config:
    """Return the configuration in the file at `path`.

    Raises:
        ConfigError: It cannot be read, or something in it is wrong; the message
            has a line for each mistake.
    """
    shown = os.path.relpath(path)
    mistakes: list[str] = []

    def report(line: int, key: str, message: str, level: Level) -> None:
        mistakes.append(f"{shown}:{line}: {key}: {_LEFT_OUT.sub('', message)}")

    try:
        value = yamltext.read(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(shown, error.strerror or "cannot be read") from None
    except yamltext.YamlError as error:
        raise ConfigError(f"{shown}:{error.line + 1}", f"not YAML: {error.message}") from None
    except UnicodeDecodeError:
        raise ConfigError(shown, "not UTF-8") from None
    if value is None:
        value = yamltext.Mapping()
    if not isinstance(value, yamltext.Mapping):
        raise ConfigError(shown, "has no keys")
    config = _config(Fields(value, 1, report), path.parent.absolute())
    if mistakes or config is None:
        raise ConfigError("\n  ".join(dict.fromkeys(mistakes)))
    return config


def _config(fields: Fields, folder: Path) -> Config | None:
    _only(
        fields,
        "site",
        "content",
        "output",
        "previous",
        "hubs",
        "max_age",
        "max_file_kb",
        "collections",
        "window",
        "feeds",
    )
    site = _site(fields)
    collections = fields.mapping("collections")
    limits = Limits(max_file_bytes=(_whole(fields, "max_file_kb") or 1024) * 1024)
    if collections:
        _only(collections, "include", "exclude")
        limits = Limits(collections.texts("include"), collections.texts("exclude"), limits.max_file_bytes)
    feeds = fields.mapping("feeds")
    names = list(feeds.data) if feeds else []
    specs = tuple(spec for name in names if feeds and (spec := _spec(feeds, name, site)))
    if site is None:
        return None
    return Config(
        site,
        folder / (fields.text("content") or "content"),
        folder / (fields.text("output") or "public"),
        limits,
        specs,
        fields.url("previous"),
    )


def _site(fields: Fields) -> Site | None:
    inner = fields.mapping("site")
    if inner is None:
        fields.error("site", "missing: a site needs a title, a url and a tag")
        return None
    _only(inner, "title", "url", "base", "tag", "description", "language", "author", "copyright", "icon", "image")
    title, tag = inner.text("title", required=True), inner.text("tag", required=True)
    if tag and not _TAG.fullmatch(tag):
        inner.error("tag", f"not a domain and a date on which it was yours: {tag!r} (write example.org,2026)")
    url = _folder_url(inner, "url")
    if not inner.given("url"):
        inner.error("url", "missing: where will the documents be?")
    base = (_folder_url(inner, "base") if inner.given("base") else url) or ""
    author = inner.mapping("author")
    if author:
        _only(author, "name", "url", "email")
    image = inner.mapping("image")
    if image:
        _only(image, "url", "width", "height")
    language = inner.text("language") or "en"
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", language):
        inner.error("language", f"not a language tag: {language!r} (write en-GB)")
    fields.base = base
    hubs = tuple(filter(None, (_hub(fields, hub) for hub in fields.texts("hubs"))))
    minutes = _whole(fields, "max_age") or 30
    name = author.text("name", required=True) if author else None
    icon = inner.text("icon")
    picture = image.text("url", required=True) if image else None
    window = _whole(fields, "window") or 50
    if inner.failed or not (title and url and tag):
        return None
    return Site(
        title=title,
        url=url,
        tag=tag,
        base=base,
        description=inner.text("description"),
        language=language,
        author=Person(name, author.url("url"), author.text("email")) if author and name else None,
        copyright=inner.text("copyright"),
        icon=_address(inner, "icon", icon, base),
        image=_image(image, _address(image, "url", picture, base)) if image else None,
        hubs=hubs,
        max_age=minutes * 60,
        window=Window(entries=window, within=timedelta(hours=48)),
    )


def _image(fields: Fields, url: str | None) -> Image | None:
    return Image(url, fields.size("width"), fields.size("height")) if url else None


def _address(fields: Fields, key: str, value: str | None, base: str) -> str | None:
    found = resolve(value, base) if value else None
    if value and not found:
        fields.error(key, f"not an http(s) URL: {value!r}")
    return found


def _hub(fields: Fields, value: str) -> str | None:
    return _address(fields, "hubs", value, "")


def _folder_url(fields: Fields, key: str) -> str | None:
    url = fields.url(key)
    if url and ("?" in url or "#" in url):
        fields.error(key, "has a query or a fragment")
    return url and url.rstrip("/") + "/"


def _whole(fields: Fields, key: str) -> int | None:
    number = fields.number(key)
    if number is not None and (number < 1 or number != int(number) or number > 1e9):
        fields.error(key, f"not a whole number above 0: {number}")
    return int(number) if number else None


def _spec(feeds: Fields, name: str, site: Site | None) -> FeedSpec | None:
    fields = feeds.mapping(name)
    if fields is None:
        if feeds.data[name] is None:
            feeds.error(name, "has no rules")
        return None
    if not _NAME.fullmatch(name) or name == "all":
        feeds.error(name, "not a name for a feed: lower-case letters, digits and hyphens, and not 'all'")
    _only(fields, "title", "description", *_CONDITIONS, "quality", "heat", "limit")
    conditions = {key: _condition(fields, key) for key in _CONDITIONS}
    title = fields.text("title") or name
    rule = Rule(**conditions, quality=fields.number("quality"), heat=fields.number("heat"))
    description, limit = fields.text("description"), _whole(fields, "limit")
    full_title = f"{title} – {site.title}" if site else title
    return FeedSpec(f"feeds/{name}", title, full_title, "custom", rule, description, limit)


def _condition(fields: Fields, key: str) -> Condition:
    inner = fields.mapping(key)
    if inner is None:
        return Condition()
    _only(inner, "topics", "providers", "collections", "types")
    providers = []
    for name in inner.texts("providers"):
        domain = text.domain(name)
        if domain is None:
            inner.error("providers", f"not a domain: {name!r}")
        else:
            providers.append(domain)
    topics, collections, types = (frozenset(inner.texts(each)) for each in ("topics", "collections", "types"))
    return Condition(topics, frozenset(providers), collections, types)


def _only(fields: Fields, *known: str) -> None:
    for key in fields.data:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            fields.error(
                key, "no such key" + (f": did you mean {close[0]!r}?" if close else f": there is {', '.join(known)}")
            )
