"""Read `config.yaml`: what the site is, where things lie, which feeds there are besides.

Everything wrong with it is said at once, with file, line and key; nothing is
guessed. `docs/config.md` has every key.
"""

import difflib
import os
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path

from feeds import schema, text, yamltext
from feeds.errors import ConfigError, Problem
from feeds.fields import Fields, Level, quoted, resolve
from feeds.model import ICON_PATH, Condition, FeedSpec, Image, Person, Policy, Rule, Site, Window
from feeds.tree import Limits
from feeds.yamllines import Mapping, YamlError

# RFC 4151, section 2.1: a domain or an address, and a date on which it was one's own.
_TAG = re.compile(r"(?:[\w.+-]+@)?[a-z0-9.-]+,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_NAME = re.compile(r"\w+(?:-\w+)*")
TEMPLATES = "templates"
# What is merely left out of an entry is a mistake here.
_LEFT_OUT = re.compile("[,;] left out")


@dataclass(frozen=True, slots=True)
class Serving:
    """How the edition is served.

    Attributes:
        cache_mb: Megabytes that answers may take together.
        delta: Readers that ask for it are sent what is new alone (RFC 3229).
        max_edition_age: Minutes after which an edition is too old to be called ready; None for never.
        access_log: A file, or `-` for standard output.
        log_clients: Whether addresses are logged.
    """

    cache_mb: int = 64
    delta: bool = False
    max_edition_age: int | None = None
    access_log: str | None = None
    log_clients: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, its paths absolute.

    Attributes:
        state: What can be deleted and is made again.
        previous: Where the edition before is published.
        max_removed: Per cent of the entries or feeds that one build may take away.
        executor: What makes the executor of large builds, as `module:function`; None for the cores there are.
        fingerprint: A hash of the file.
        folder: Where it lies.
    """

    site: Site
    content: Path
    output: Path
    state: Path
    limits: Limits
    feeds: tuple[FeedSpec, ...] = ()
    previous: str | None = None
    max_removed: int = 25
    executor: str | None = None
    serving: Serving = Serving()
    fingerprint: str = ""
    folder: Path = Path()


def read_config(path: Path) -> Config:
    """Return the configuration in the file at `path`.

    Raises:
        ConfigError: It cannot be read, or something in it is wrong; the message
            has a line for each mistake.
    """
    shown = os.path.relpath(path)
    mistakes: list[Problem] = []

    def report(line: int, key: str, message: str, level: Level) -> None:
        mistakes.append(Problem(shown, line, key, _LEFT_OUT.sub("", message)))

    try:
        written = path.read_text("utf-8")
        value = yamltext.read(written)
    except FileNotFoundError:
        raise ConfigError(shown, "no such file: `feeds init` makes one, --config names another") from None
    except OSError as error:
        raise ConfigError(shown, error.strerror or "cannot be read") from None
    except YamlError as error:
        said = f"not YAML: {error.message}"
        problem = Problem(shown, error.line + 1, "", said)
        raise ConfigError(f"{shown}:{error.line + 1}", said, (problem,)) from None
    except UnicodeDecodeError:
        raise ConfigError(shown, "not UTF-8") from None
    if value is None:
        value = Mapping()
    if not isinstance(value, Mapping):
        raise ConfigError(shown, "has no keys")
    config = _config(Fields(value, 1, report), path.parent.absolute(), shown)
    if mistakes or config is None:
        each = tuple(dict.fromkeys(mistakes))
        raise ConfigError("\n  ".join(map(str, each)), problems=each)
    templates = read_templates(config.folder / TEMPLATES)
    made_from = blake2b(repr((written, templates)).encode(), digest_size=16).hexdigest()
    return replace(config, site=replace(config.site, templates=templates), fingerprint=made_from)


def read_templates(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the templates in a folder beside the config, by their names; none where there is no such folder.

    Raises:
        ConfigError: One of them cannot be read.
    """
    found = []
    for path in sorted(folder.glob("*")):
        if path.suffix in (".html", ".css", ".js") and not path.name.startswith("."):
            try:
                found.append((path.name, path.read_text("utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                said = getattr(error, "strerror", None) or "not UTF-8"
                raise ConfigError(os.path.relpath(path), said) from None
    return tuple(found)


def _config(fields: Fields, folder: Path, shown: str) -> Config | None:
    _only(fields, schema.CONFIG)
    executor = fields.text("executor")
    if executor and not re.fullmatch(r"[\w.]+:[\w.]+", executor):
        fields.error("executor", f"not a module and a function: {quoted(executor)} (write cluster:make_executor)")
    site = _site(fields)
    collections = fields.mapping("collections")
    limits = Limits(max_file_bytes=(_whole(fields, "max_file_kb") or 1024) * 1024)
    if collections:
        _only(collections, schema.COLLECTIONS)
        limits = Limits(collections.texts("include"), collections.texts("exclude"), limits.max_file_bytes)
    feeds = fields.mapping("feeds")
    names = list(feeds.data) if feeds else []
    specs = tuple(spec for name in names if feeds and (spec := _spec(feeds, name, site, shown)))
    if site is None:
        return None
    return Config(
        site,
        folder / (fields.text("content") or "content"),
        folder / (fields.text("output") or "public"),
        folder / (fields.text("state") or ".feeds"),
        limits,
        specs,
        fields.url("previous"),
        _whole(fields, "max_removed") or 25,
        executor,
        _serving(fields, folder),
        folder=folder,
    )


def _serving(fields: Fields, folder: Path) -> Serving:
    inner = fields.mapping("serve")
    if inner is None:
        return Serving()
    _only(inner, schema.SERVE)
    log = inner.text("access_log")
    return Serving(
        cache_mb=_whole(inner, "cache_mb") or 64,
        delta=inner.flag("delta", default=False),
        max_edition_age=_whole(inner, "max_edition_age"),
        access_log=str(folder / log) if log and log != "-" else log,
        log_clients=inner.flag("log_clients", default=False),
    )


def _site(fields: Fields) -> Site | None:
    inner = fields.mapping("site")
    if inner is None:
        fields.error("site", "missing: a site needs a title, a url and a tag")
        return None
    _only(inner, schema.SITE)
    title, tag = inner.text("title", required=True), inner.text("tag", required=True)
    if tag and not _is_tag(tag):
        inner.error("tag", f"not a domain and a date on which it was yours: {tag!r} (write example.org,2026)")
    url = _folder_url(inner, "url")
    if not inner.given("url"):
        inner.error("url", "missing: where will the documents be?")
    base = (_folder_url(inner, "base") if inner.given("base") else url) or ""
    author = inner.mapping("author")
    if author:
        _only(author, schema.AUTHOR)
    image = inner.mapping("image")
    if image:
        _only(image, schema.PICTURE)
    language = inner.text("language") or "en"
    if not text.is_language(language):
        inner.error("language", f"not a language tag: {language!r} (write en-GB)")
    accent = (inner.text("accent") or "").removeprefix("#")
    if accent and not re.fullmatch(r"[0-9A-Fa-f]{6}", accent):
        inner.error("accent", f"not a colour: {accent!r} (write '#0b57d0', with the quotes)")
    name = author.text("name", required=True) if author else None
    picture = _address(image, "url", base) if image else None
    icon = _address(inner, "icon", base)
    own = f"{url}{ICON_PATH}"
    site = Site(
        title=title or "",
        url=url or "",
        tag=tag or "",
        base=base,
        description=inner.text("description"),
        language=language,
        author=Person(name, author.url("url"), author.text("email")) if author and name else None,
        copyright=inner.text("copyright"),
        icon=icon or own,
        image=_image(image, picture) or (Image(icon) if icon else Image(own, 512, 512)),
        hubs=_hubs(fields),
        max_age=(_whole(fields, "max_age") or 30) * 60,
        window=Window(entries=_whole(fields, "window") or 50),
        accent=accent or None,
        policies=_policies(fields),
        aliases=_aliases(fields),
        pages=fields.flag("pages", default=True),
        tombstones=timedelta(days=30 if (days := _whole(fields, "tombstones", least=0)) is None else days),
    )
    return site if title and url and tag and not inner.failed else None


def _image(fields: Fields | None, url: str | None) -> Image | None:
    return Image(url, fields.size("width"), fields.size("height")) if fields and url else None


def _is_tag(tag: str) -> bool:
    try:
        return bool(_TAG.fullmatch(tag)) and bool(Site("", "", tag, "").since)
    except ValueError:  # the 31st of February, the year 0
        return False


def _hubs(fields: Fields) -> tuple[str, ...]:
    hubs = {value: text.url(value) for value in fields.texts("hubs")}
    for value in (value for value, url in hubs.items() if url is None):
        fields.error("hubs", f"not an http(s) URL: {value!r}")
    return tuple(url for url in hubs.values() if url)


def _policies(fields: Fields) -> dict[str, Policy]:
    outer = fields.mapping("providers")
    made = {}
    for name in outer.data if outer else ():
        inner = outer.mapping(name) if outer else None
        if outer is None or inner is None:
            continue
        _only(inner, schema.POLICY)
        domain = text.domain(name)
        if domain is None:
            outer.error(name, "not a domain")
            continue
        made[domain] = Policy(
            excerpt=_whole(inner, "excerpt", least=0),
            images=inner.flag("images", default=True),
            link=_one_of(inner, "link", "web", "original", "amp"),
            credit=inner.text("credit"),
            license=inner.url("license"),
        )
    return made


def _aliases(fields: Fields) -> dict[str, str]:
    inner = fields.mapping("aliases")
    made = {}
    for old in inner.data if inner else ():
        new = inner.text(old) if inner else None
        if inner and (new is None or not _is_name(old) or not _is_name(new)):
            inner.error(old, "not the old name of a feed and its new one (write old-name: new-name)")
        elif new:
            made[old] = new
    # A feed may be renamed twice over the years; readers are sent on once.
    return {f"feeds/{old}": f"feeds/{_last(made, old, inner)}" for old in made}


def _last(aliases: dict[str, str], old: str, fields: Fields | None) -> str:
    seen, new = {old}, aliases[old]
    while new in aliases:
        if new in seen:
            if fields:
                fields.error(old, "leads back to itself")
            break
        seen.add(new)
        new = aliases[new]
    return new


def _is_name(name: str) -> bool:
    """Tell whether a feed can be called this: a slug, or a provider's domain."""
    if name.startswith("providers/"):
        return text.domain(name.removeprefix("providers/")) == name.removeprefix("providers/")
    return bool(_NAME.fullmatch(name)) and len(name.encode()) <= text.MAX_NAME


def _spec(feeds: Fields, name: str, site: Site | None, shown: str) -> FeedSpec | None:
    fields = feeds.mapping(name)
    if fields is None:
        if feeds.data[name] is None:
            feeds.error(name, "says nothing: give it rules, or settings for the topic of this name")
        return None
    if not _is_name(name):
        feeds.error(name, "not a name for a feed: letters, digits and hyphens")
    _only(fields, schema.FEED)
    title = fields.text("title") or name
    spec = FeedSpec(
        path=f"feeds/{name}",
        name=title,
        title=f"{title} – {site.title}" if site else title,
        kind="custom",
        rule=_rule(fields),
        description=fields.text("description"),
        limit=_whole(fields, "limit"),
        max_per_provider=_whole(fields, "max_per_provider"),
        collapse=_one_of(fields, "clusters", "expand", "collapse") == "collapse",
        content=_one_of(fields, "content", "full", "excerpt", "none"),
        by_entry=_one_of(fields, "order", "published", "entered") == "entered",
        archive=fields.flag("archive", default=False),
        source=shown,
        line=feeds.line(name),
        places=tuple(
            (kind, value, part.item_line(kind, value))
            for key in ("any", "all", "none")
            if (part := fields.mapping(key)) is not None
            for kind in ("topics", "collections", "types")
            for value in part.texts(kind)
        ),
    )
    for key, given in (("limit", spec.limit), ("max_per_provider", spec.max_per_provider), ("order", spec.by_entry)):
        if spec.archive and given:
            fields.error(key, "does not go with archive: an archive has everything, by months")
    return spec


def _rule(fields: Fields) -> Rule:
    keep = fields.mapping("keep")
    if keep:
        _only(keep, schema.KEEP)
    rule = Rule(
        any=_condition(fields, "any"),
        all=_condition(fields, "all"),
        none=_condition(fields, "none"),
        quality=fields.number("quality"),
        heat=fields.number("heat"),
        after=fields.date("after"),
        before=fields.date("before"),
        keep_quality=keep.number("quality") if keep else None,
        keep_heat=keep.number("heat") if keep else None,
    )
    if rule.after and rule.before and rule.after >= rule.before:
        fields.error("before", "not later than after, so there is nothing between them")
    for key, enter, leave in (("quality", rule.quality, rule.keep_quality), ("heat", rule.heat, rule.keep_heat)):
        if keep and leave is not None and (enter is None or leave > enter):
            keep.error(key, f"not a lower bound than the {key} at which an entry comes in")
    return rule


def _condition(fields: Fields, key: str) -> Condition:
    inner = fields.mapping(key)
    if inner is None:
        if key in fields.data:
            fields.error(key, "asks for nothing")
        return Condition()
    _only(inner, schema.CONDITION)
    values = {kind: frozenset(inner.texts(kind)) for kind in schema.CONDITION}
    if not any(values.values()):
        fields.error(key, "asks for nothing")
    for kind in schema.CONDITION:
        if any(value.endswith("…") for value in values[kind]):
            inner.error(kind, "too long for a rule")
    values["providers"] = frozenset(
        domain
        for name in sorted(values["providers"])
        if (domain := _checked(inner, "providers", name, text.domain, "a domain"))
    )
    for kind in ("title_pattern", "text_pattern"):
        for pattern in sorted(values[kind]):
            _checked(inner, kind, pattern, _compiled, "a regular expression")
    return Condition(**values)


def _checked(fields: Fields, key: str, value: str, check: Callable[[str], str | None], what: str) -> str | None:
    found = check(value)
    if found is None:
        fields.error(key, f"not {what}: {quoted(value)}", fields.item_line(key, value))
    return found


def _compiled(pattern: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(pattern).pattern
    except (re.error, RecursionError, OverflowError, Warning):
        return None


def _address(fields: Fields, key: str, base: str) -> str | None:
    value = fields.text(key)
    found = resolve(value, base) if value else None
    if value and not found:
        fields.error(key, f"not an http(s) URL: {value!r}")
    return found


def _folder_url(fields: Fields, key: str) -> str | None:
    url = fields.url(key)
    if url and ("?" in url or "#" in url):
        fields.error(key, "has a query or a fragment")
    return url and url.rstrip("/") + "/"


def _whole(fields: Fields, key: str, least: int = 1) -> int | None:
    number = fields.number(key)
    if number is not None and (number < least or number != int(number) or number > 1e9):
        fields.error(key, f"not a whole number from {least} on: {number}")
        return None
    return None if number is None else int(number)


def _one_of(fields: Fields, key: str, default: str, *others: str) -> str:
    value = fields.text(key) or default
    if value not in (default, *others):
        fields.error(key, f"not one of {', '.join((default, *others))}: {value!r}")
    return value


def _only(fields: Fields, known: Iterable[str]) -> None:
    for key in fields.data:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known)}"
            fields.error(key, f"no such key: {hint}")
