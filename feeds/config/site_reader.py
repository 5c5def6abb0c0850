"""Read the part of `config.yaml` about the site: its metadata, hubs, providers and aliases."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

from feeds.config.feed_reader import is_feed_name, report_case_conflicts
from feeds.config.model import Hub
from feeds.config.section import Named, Section
from feeds.edition.paths import FEEDS_PREFIX
from feeds.model import ICON_PATH, Image, Person, Policy, Site, Window
from feeds.parsing.fields import quoted
from feeds.text import languages, unicode, urls

# RFC 4151, section 2.1: a domain or an e-mail address, and a date on which its owner used it.
_TAG = re.compile(r"(?:[\w.+-]+@)?[a-z0-9.-]+,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_COLOUR = re.compile(r"[0-9A-Fa-f]{6}")


def read_site(config: Section, templates: tuple[tuple[str, str], ...], source: str) -> tuple[Site, Hub | None]:
    """Return the site and the settings of its own hub, if it has one.

    Args:
        config: The whole config.
        templates: The templates next to it.
        source: Its path, for messages.
    """
    section = config.given_section("site")
    if section is None:
        config.error("site", "config.missing_site")
    site = _metadata(section) if section else Site("", "", "", "")
    hub = _hub(config)
    aliases = _Aliases(config.named("aliases"))
    site = replace(
        site,
        hubs=_hubs(config, site.url if hub else None),
        max_age=config.whole_or_default("max_age") * 60,
        window=Window(entries=config.whole_or_default("window")),
        policies=_policies(config.named("providers")),
        aliases=aliases.paths(),
        alias_sources=aliases.sources(source),
        pages=config.flag("pages"),
        tombstones=timedelta(days=config.whole_or_default("tombstones")),
        templates=templates,
    )
    return site, hub


def _metadata(section: Section) -> Site:
    title, tag = section.text("title", required=True), section.text("tag", required=True)
    if tag and not _is_tag(tag):
        section.error("tag", "config.tag", value=quoted(tag))
    url = section.folder_url("url") or ""
    if not section.given("url"):
        section.error("url", "config.missing_url")
    base = (section.folder_url("base") or "") if section.given("base") else url
    language = section.text_or_default("language")
    if not languages.is_language(language):
        section.error("language", "value.not_language", value=quoted(language))
    accent = (section.text("accent") or "").removeprefix("#")
    if accent and not _COLOUR.fullmatch(accent):
        section.error("accent", "config.accent", value=quoted(accent))
    icon = section.url_below("icon", base)
    default_icon = f"{url}{ICON_PATH}"
    return Site(
        title=title or "",
        url=url,
        tag=tag or "",
        content_base_url=base,
        description=section.text("description"),
        language=language,
        author=_author(section),
        copyright=section.text("copyright"),
        icon=icon or default_icon,
        image=_image(section, base) or (Image(icon) if icon else Image(default_icon, 512, 512)),
        accent=accent or None,
    )


def _author(site: Section) -> Person | None:
    author = site.given_section("author")
    if author is None:
        return None
    name, url, email = author.text("name", required=True), author.url("url"), author.text("email")
    return Person(name, url, email) if name else None


def _image(site: Section, base: str) -> Image | None:
    image = site.given_section("image")
    if image is None:
        return None
    url, width, height = image.url_below("url", base), image.whole("width"), image.whole("height")
    return Image(url, width, height) if url else None


def _is_tag(tag: str) -> bool:
    try:
        return bool(_TAG.fullmatch(tag)) and bool(Site("", "", tag, "").tag_date)
    except ValueError:  # the 31st of February, the year 0
        return False


def _hub(config: Section) -> Hub | None:
    if not config.has_mapping("hub"):
        return Hub() if config.flag("hub") else None
    hub = config.section("hub")
    networks = []
    for value in hub.texts("networks"):
        try:
            networks.append(ip_network(value))
        except ValueError:
            line = hub.item_line("networks", value)
            hub.error("networks", "config.network", at_line=line, value=quoted(value))
    queue = hub.text("queue")
    if queue and not queue.startswith(("redis://", "rediss://")):
        # The value is not shown, because it may contain a password.
        hub.error("queue", "config.queue")
    return Hub(tuple(networks), queue)


def _hubs(config: Section, url_with_hub: str | None) -> tuple[str, ...]:
    hubs: dict[str, None] = {}
    for value in config.texts("hubs"):
        hub = urls.url(value)
        if hub:
            hubs[hub] = None
        else:
            config.error("hubs", "value.not_url", at_line=config.item_line("hubs", value), value=quoted(value))
    if url_with_hub and (hub := urls.url(f"{url_with_hub}hub")):
        hubs[hub] = None
    return tuple(hubs)


def _policies(providers: Named) -> dict[str, Policy]:
    policies: dict[str, Policy] = {}
    names: dict[str, str] = {}
    for name, section in providers.sections():
        if section is None:
            continue
        domain = urls.domain(name)
        if domain is None:
            providers.error(name, "config.provider_domain", value=quoted(name))
        elif domain in policies:
            other = names[domain]
            providers.error(name, "config.same_provider", other=f"providers.{other}", other_line=providers.line(other))
        policy = Policy(
            excerpt=section.whole("excerpt"),
            images=section.flag("images"),
            link=section.choice("link"),
            credit=section.text("credit"),
            license=section.url("license"),
        )
        if domain is not None:
            policies[domain], names[domain] = policy, name
    return policies


class _Aliases:
    """The old names of feeds, each with the new name."""

    def __init__(self, names: Named) -> None:
        self._names = names
        self._targets: dict[str, str] = {}
        report_case_conflicts(names, "aliases")
        for old, new in names.texts():
            if new is None or not is_feed_name(old) or not is_feed_name(new):
                names.error(old, "config.alias")
            elif unicode.fold_case(old) == unicode.fold_case(new):
                names.error(old, "config.alias_case", other=new)
            else:
                self._targets[old] = new

    def paths(self) -> Mapping[str, str]:
        """Return the old paths with the last new path: a feed that was renamed twice needs one redirect."""
        return {f"{FEEDS_PREFIX}{old}": f"{FEEDS_PREFIX}{self._last_target(old)}" for old in self._targets}

    def sources(self, path: str) -> Mapping[str, tuple[str, int]]:
        """Return the file and line of each old path."""
        return {f"{FEEDS_PREFIX}{old}": (path, self._names.line(old)) for old in self._targets}

    def _last_target(self, old: str) -> str:
        visited, target = {old}, self._targets[old]
        while target in self._targets:
            if target in visited:
                self._names.error(old, "config.alias_loop")
                break
            visited.add(target)
            target = self._targets[target]
        return target
