"""Read `config.yaml`: what the site is, where things lie, which feeds there are besides.

Everything wrong with it is said at once, with file, line and key; nothing is
guessed. `docs/config.md` has every key.

Over 350 lines: each key is read in one place.
"""

import difflib
import re
import warnings
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from feeds.config import file
from feeds.config.file import DEFAULT_PATHS, ConfigFile
from feeds.config.model import Config, Hub, Serving, are_nested, is_inside
from feeds.config.schema import COLLECTIONS, CONDITION, CONFIG, FEED, HUB, KEEP, POLICY, SERVE, SITE
from feeds.edition.paths import FEEDS_PREFIX
from feeds.errors import NO_SUGGESTION, ConfigError, Params, Problem, Suggestion
from feeds.model import (
    ICON_PATH,
    Bound,
    Condition,
    ContentFilter,
    FeedDefinition,
    Image,
    Person,
    Policy,
    Protection,
    Rule,
    Site,
    Window,
)
from feeds.parsing import schema, yaml
from feeds.parsing.fields import Fields, Level, quoted
from feeds.parsing.schema import AUTHOR, PICTURE
from feeds.parsing.yaml_types import Mapping, YamlError
from feeds.text import languages, slugs, unicode, urls
from feeds.text.patterns import MAX_PATTERNS, PatternError, compile_pattern
from feeds.text.urls import resolve

# RFC 4151, section 2.1: a domain or an address, and a date on which it was one's own.
_TAG = re.compile(r"(?:[\w.+-]+@)?[a-z0-9.-]+,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_NAME = re.compile(r"\w+(?:-\w+)*")
_EXECUTOR = re.compile(r"[\w.]+:[\w.]+")
_COLOUR = re.compile(r"[0-9A-Fa-f]{6}")


def read_config(path: Path, content: Path | None = None, output: Path | None = None) -> Config:
    """Return the configuration in the file at `path`.

    Args:
        path: The file.
        content: The content tree, if not that of the file.
        output: Where the documents go, if not where the file says.

    Raises:
        ConfigError: It cannot be read, or something in it is wrong; the message
            has a line for each mistake.
    """
    config = file.read(path)
    mistakes: list[Problem] = []

    def report(
        line: int,
        key: str,
        code: str,
        params: Params = (),
        _level: Level = "error",
        suggestion: Suggestion = NO_SUGGESTION,
        /,
    ) -> None:
        # A mistake that costs an entry one value costs the whole config: nothing in it is guessed.
        mistakes.append(Problem(config.display_path, line, key, code, params, "error", suggestion))

    try:
        keys = yaml.read(config.text)
    except YamlError as error:
        mistake = Problem(
            config.display_path, error.line + 1, "", error.code, error.params, suggestion=error.suggestion
        )
        raise ConfigError(str(mistake), problems=(mistake,)) from None
    if keys is None:
        keys = Mapping()
    if not isinstance(keys, Mapping):
        raise ConfigError(config.display_path, "config.no_keys")
    try:
        made = _config(Fields(keys, 1, report), config, content, output)
    except ConfigError:
        # A mistake in a folder's line may be the cause of this error.
        if not mistakes:
            raise
        made = None
    if mistakes or made is None:
        each = tuple(dict.fromkeys(mistakes))
        raise ConfigError("\n  ".join(map(str, each)), problems=each)
    return made


def _config(fields: Fields, config: ConfigFile, content: Path | None, output: Path | None) -> Config | None:
    folder = config.folder
    _only(fields, CONFIG)
    executor = fields.text("executor")
    if executor and not _EXECUTOR.fullmatch(executor):
        fields.error("executor", "config.executor", value=quoted(executor))
    site = _site(fields)
    collections = fields.mapping("collections")
    limits = ContentFilter(max_file_bytes=(_whole(fields, "max_file_kb") or 1024) * 1024)
    if collections:
        _only(collections, COLLECTIONS)
        limits = ContentFilter(collections.texts("include"), collections.texts("exclude"), limits.max_file_bytes)
    feeds = fields.mapping("feeds")
    names = list(feeds.data) if feeds else []
    if feeds:
        _differ(feeds, "feeds")
    specs = tuple(spec for name in names if feeds and (spec := _spec(feeds, name, site, config.display_path)))
    written = {key: fields.text(key) or default for key, default in DEFAULT_PATHS.items()}
    places = {key: folder / path for key, path in written.items()}
    content, output = content or places["content"], output or places["output"]
    if are_nested(content, output):
        fields.error("output" if fields.given("output") else "content", "config.content_output")
    if is_inside(places["state"], output):
        fields.error("state" if fields.given("state") else "output", "config.state_output")
    previous, protection = fields.url("previous"), _protection(fields)
    serving, hub = _serving(fields, folder), _hub(fields)
    if site is None or fields.failed:
        return None
    return Config(
        replace(site, templates=config.templates),
        content,
        output,
        places["state"],
        limits,
        specs,
        previous,
        protection,
        executor,
        serving,
        hub,
        config.text_hash,
        folder,
        (written["content"], written["output"]),
    )


def _protection(fields: Fields) -> Protection:
    inner, usual = fields.mapping("protect"), Protection()
    if inner is None:
        return usual
    _only(inner, schema.PROTECT)
    return Protection(_bound(inner, "removals", usual.removals), _bound(inner, "new_ids", usual.new_ids))


def _bound(fields: Fields, key: str, usual: Bound) -> Bound:
    inner = fields.mapping(key)
    if inner is None:
        return usual
    _only(inner, schema.BOUND)
    count, share = _whole(inner, "count", least=0), _whole(inner, "share", least=0)
    if share is not None and share > 100:
        inner.error("share", "config.share", value=share)
    return Bound(usual.count if count is None else count, usual.share if share is None else share)


def _serving(fields: Fields, folder: Path) -> Serving:
    inner = fields.mapping("serve")
    if inner is None:
        return Serving()
    _only(inner, SERVE)
    log = inner.text("access_log")
    return Serving(
        cache_mb=_whole(inner, "cache_mb") or 64,
        delta=inner.flag("delta", default=False),
        max_edition_age=_whole(inner, "max_edition_age"),
        access_log=str(folder / log) if log and log != "-" else log,
        log_clients=inner.flag("log_clients", default=False),
    )


def _has_hub(fields: Fields) -> bool:
    return isinstance(fields.data.get("hub"), Mapping) or fields.flag("hub", default=False)


def _hub(fields: Fields) -> Hub | None:
    if not _has_hub(fields):
        return None
    inner = fields.mapping("hub") if isinstance(fields.data["hub"], Mapping) else None
    if inner is None:
        return Hub()
    _only(inner, HUB)
    networks = []
    for value in inner.texts("networks"):
        try:
            networks.append(ip_network(value))
        except ValueError:
            line = inner.item_line("networks", value)
            inner.error("networks", "config.network", at_line=line, value=quoted(value))
    queue = inner.text("queue")
    if queue and not queue.startswith(("redis://", "rediss://")):
        inner.error("queue", "config.queue")
    return Hub(tuple(networks), queue)


def _site(fields: Fields) -> Site | None:
    inner = fields.mapping("site")
    if inner is None:
        fields.error("site", "config.missing_site")
        return None
    _only(inner, SITE)
    title, tag = inner.text("title", required=True), inner.text("tag", required=True)
    if tag and not _is_tag(tag):
        inner.error("tag", "config.tag", value=quoted(tag))
    url = _folder_url(inner, "url")
    if not inner.given("url"):
        inner.error("url", "config.missing_url")
    base = (_folder_url(inner, "base") if inner.given("base") else url) or ""
    author = inner.mapping("author")
    if author:
        _only(author, AUTHOR)
    image = inner.mapping("image")
    if image:
        _only(image, PICTURE)
    language = inner.text("language") or "en"
    if not languages.is_language(language):
        inner.error("language", "value.not_language", value=quoted(language))
    accent = (inner.text("accent") or "").removeprefix("#")
    if accent and not _COLOUR.fullmatch(accent):
        inner.error("accent", "config.accent", value=quoted(accent))
    name = author.text("name", required=True) if author else None
    picture = _address(image, "url", base) if image else None
    icon = _address(inner, "icon", base)
    own = f"{url}{ICON_PATH}"
    site = Site(
        title=title or "",
        url=url or "",
        tag=tag or "",
        content_base_url=base,
        description=inner.text("description"),
        language=language,
        author=Person(name, author.url("url"), author.text("email")) if author and name else None,
        copyright=inner.text("copyright"),
        icon=icon or own,
        image=_image(image, picture) or (Image(icon) if icon else Image(own, 512, 512)),
        hubs=_hubs(fields, url),
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
        return bool(_TAG.fullmatch(tag)) and bool(Site("", "", tag, "").tag_date)
    except ValueError:  # the 31st of February, the year 0
        return False


def _hubs(fields: Fields, url: str | None) -> tuple[str, ...]:
    own = [f"{url}hub"] if url and _has_hub(fields) else []
    hubs = {value: urls.url(value) for value in (*fields.texts("hubs"), *own)}
    for value in (value for value, url in hubs.items() if url is None):
        fields.error("hubs", "value.not_url", at_line=fields.item_line("hubs", value), value=quoted(value))
    return tuple(dict.fromkeys(url for url in hubs.values() if url))


def _policies(fields: Fields) -> dict[str, Policy]:
    outer = fields.mapping("providers")
    made = {}
    for name in outer.data if outer else ():
        inner = outer.mapping(name) if outer else None
        if outer is None or inner is None:
            continue
        _only(inner, POLICY)
        domain = urls.domain(name)
        if domain is None:
            outer.error(name, "config.provider_domain", value=quoted(name))
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
    if inner:
        _differ(inner, "aliases")
    made = {}
    for old in inner.data if inner else ():
        new = inner.text(old) if inner else None
        if inner and (new is None or not _is_name(old) or not _is_name(new)):
            inner.error(old, "config.alias")
        elif inner and new and unicode.fold_case(old) == unicode.fold_case(new):
            inner.error(old, "config.alias_case", other=new)
        elif new:
            made[old] = new
    # A feed may be renamed twice over the years; readers are sent on once.
    return {f"{FEEDS_PREFIX}{old}": f"{FEEDS_PREFIX}{_last(made, old, inner)}" for old in made}


def _differ(named: Fields, key: str) -> None:
    """Report names that differ only in case: on macOS and Windows their documents are the same files."""
    first: dict[str, str] = {}
    for name in named.data:
        other = first.setdefault(unicode.fold_case(name), name)
        if other != name:
            named.error(name, "config.feed_case", other=f"{key}.{other}", other_line=named.line(other))


def _last(aliases: dict[str, str], old: str, fields: Fields | None) -> str:
    seen, new = {old}, aliases[old]
    while new in aliases:
        if new in seen:
            if fields:
                fields.error(old, "config.alias_loop")
            break
        seen.add(new)
        new = aliases[new]
    return new


def _is_name(name: str) -> bool:
    """Tell whether a feed can be called this: a slug, or a provider's domain."""
    if name.startswith("providers/"):
        return urls.domain(name.removeprefix("providers/")) == name.removeprefix("providers/")
    return bool(_NAME.fullmatch(name)) and len(name.encode()) <= slugs.MAX_NAME


def _spec(feeds: Fields, name: str, site: Site | None, shown: str) -> FeedDefinition | None:
    fields = feeds.mapping(name)
    if fields is None:
        if feeds.data[name] is None:
            feeds.error(name, "config.feed_empty")
        return None
    if not _is_name(name):
        feeds.error(name, "config.feed_name")
    _only(fields, FEED)
    title = fields.text("title") or name
    spec = FeedDefinition(
        path=f"{FEEDS_PREFIX}{name}",
        name=title,
        title=f"{title} – {site.title}" if site else title,
        kind="custom",
        rule=_rule(fields),
        description=fields.text("description"),
        limit=_whole(fields, "limit"),
        max_per_provider=_whole(fields, "max_per_provider"),
        collapse=_one_of(fields, "clusters", "expand", "collapse") == "collapse",
        content=_one_of(fields, "content", "full", "excerpt", "none"),
        order_by_first_match=_one_of(fields, "order", "published", "entered") == "entered",
        archive=fields.flag("archive", default=False),
        source=shown,
        line=feeds.line(name),
        rule_references=tuple(
            (kind, value, part.item_line(kind, value))
            for key in ("any", "all", "none")
            if (part := fields.mapping(key)) is not None
            for kind in ("topics", "providers", "collections", "types")
            for value in part.texts(kind)
        ),
    )
    for key, given in (
        ("limit", spec.limit),
        ("max_per_provider", spec.max_per_provider),
        ("order", spec.order_by_first_match),
    ):
        if spec.archive and given:
            fields.error(key, "config.feed_archive")
    return spec


def _rule(fields: Fields) -> Rule:
    keep = fields.mapping("keep")
    if keep:
        _only(keep, KEEP)
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
        fields.error("before", "config.before_after")
    for key, enter, leave in (("quality", rule.quality, rule.keep_quality), ("heat", rule.heat, rule.keep_heat)):
        if keep and leave is not None and (enter is None or leave > enter):
            keep.error(key, "config.keep_bound", key=key)
    return rule


def _condition(fields: Fields, key: str) -> Condition:
    inner = fields.mapping(key)
    if inner is None:
        if key in fields.data and fields.data[key] is None:
            fields.error(key, "config.empty_condition")
        return Condition()
    _only(inner, CONDITION)
    values = {kind: frozenset(inner.texts(kind)) for kind in CONDITION}
    if not any(values.values()) and not inner.failed:
        fields.error(key, "config.empty_condition")
    values["providers"] = frozenset(domain for name in sorted(values["providers"]) if (domain := _domain(inner, name)))
    for kind in ("title_pattern", "text_pattern"):
        if len(values[kind]) > MAX_PATTERNS:
            inner.error(kind, "config.too_many_patterns", limit=MAX_PATTERNS)
            continue
        for pattern in sorted(values[kind]):
            _check_pattern(inner, kind, pattern)
    return Condition(**values)


def _domain(fields: Fields, value: str) -> str | None:
    domain = urls.domain(value)
    if domain is None:
        line = fields.item_line("providers", value)
        fields.error("providers", "config.provider_domain", at_line=line, value=quoted(value))
    return domain


def _check_pattern(fields: Fields, key: str, pattern: str) -> None:
    """Report a pattern that cannot be used."""
    line, value = fields.item_line(key, pattern), quoted(pattern)
    try:
        with warnings.catch_warnings():
            # Python warns of what it may read in another way one day.
            warnings.simplefilter("error")
            compile_pattern(pattern)
    except PatternError as error:
        if error.feature:
            fields.error(key, "pattern.unsupported", at_line=line, feature=error.feature, value=value)
        elif error.code == "pattern.too_large":
            fields.error(key, "pattern.too_large", at_line=line, value=value)
        else:
            fields.error(key, "pattern.syntax", at_line=line, value=value)
    except Warning:
        fields.error(key, "pattern.syntax", at_line=line, value=value)


def _address(fields: Fields, key: str, base: str) -> str | None:
    value = fields.text(key)
    found = resolve(value, base) if value else None
    if value and not found:
        fields.error(key, "value.not_url", value=quoted(value))
    return found


def _folder_url(fields: Fields, key: str) -> str | None:
    url = fields.url(key, needed=True)
    if url and ("?" in url or "#" in url):
        fields.error(key, "config.url_query")
    return url and url.rstrip("/") + "/"


def _whole(fields: Fields, key: str, least: int = 1) -> int | None:
    number = fields.number(key)
    if number is not None and (number < least or number != int(number) or number > 1e9):
        fields.error(key, "config.not_whole", least=least, value=number)
        return None
    return None if number is None else int(number)


def _one_of(fields: Fields, key: str, default: str, *others: str) -> str:
    value = fields.text(key) or default
    if value not in (default, *others):
        choices = (default, *others)
        close = difflib.get_close_matches(value, choices, 1)
        suggestion = Suggestion("value", close[0]) if close else NO_SUGGESTION
        fields.error(key, "config.not_one_of", suggestion=suggestion, value=quoted(value), choices=", ".join(choices))
    return value


def _only(fields: Fields, known: Iterable[str]) -> None:
    for key in fields.data:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            suggestion = Suggestion("key", close[0]) if close else NO_SUGGESTION
            similar = repr(close[0]) if close else ""
            fields.error(key, "config.unknown_key", suggestion=suggestion, known=", ".join(known), similar=similar)
