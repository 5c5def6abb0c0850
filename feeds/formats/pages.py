"""HTML pages for people: one for each feed, and the list of all feeds.

The templates are next to this module, or in a folder next to the config. They escape all text,
and load nothing from other hosts except the entries' images. An entry looks the same on every
page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from feeds.errors import ConfigError
from feeds.formats.attribution import credit
from feeds.formats.contrast import readable
from feeds.formats.grouping import grouped
from feeds.model import ArchivePosition, Category, Entry, FeedDefinition, FeedDocument, Image, Site
from feeds.text import languages, plain, slugs
from feeds.text.html.sanitiser import to_plain_text

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment
    from markupsafe import Markup

    from feeds.model import ArchiveMonth, EntryMeta


SUFFIX = ".html"
TYPE = "text/html; charset=utf-8"
PATH = "index.html"
MISSING_PATH = "404.html"
ICON_TYPE = "image/png"
STYLE_PATH = "style.css"
SCRIPT_PATH = "site.js"
SCRIPT_TYPE = "text/javascript; charset=utf-8"
ACCENT = "0b57d0"
_EXCERPT = 180  # characters
_SIZE = (16, 9)  # of an image without a size; all images are shown in this ratio
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed document as templates see it.

    Attributes:
        weeks: Number of entries in each of the last weeks, newest last; only on the start page.
    """

    document: FeedDocument
    site: Site
    weeks: tuple[int, ...] = ()

    @property
    def spec(self) -> FeedDefinition:
        return self.document.spec

    @property
    def id(self) -> str:
        return self.document.id(self.site)

    @property
    def title(self) -> str:
        return self.document.title

    @property
    def description(self) -> str:
        return self.document.description

    @property
    def path(self) -> str:
        return self.document.path

    @property
    def entries(self) -> "tuple[EntryMeta, ...]":
        return self.document.entries

    @property
    def count(self) -> int:
        return self.document.count

    @property
    def updated(self) -> "datetime":
        return self.document.updated

    @property
    def history(self) -> ArchivePosition:
        return self.document.position

    @property
    def archives(self) -> "tuple[ArchiveMonth, ...]":
        return self.document.months

    @property
    def hubs(self) -> tuple[str, ...]:
        return self.document.hubs(self.site)

    @property
    def page(self) -> str:
        return self.document.page(self.site)

    def url(self, suffix: str, path: str | None = None) -> str:
        return self.document.url(self.site, suffix, path)


class Listed(NamedTuple):
    """A feed on the start page, with the feeds of its subtopics."""

    feed: FeedView
    below: "list[Listed]"


@lru_cache(maxsize=8)
def _templates(overriding: tuple[tuple[str, str], ...]) -> "Environment":
    # Imported here because a site without pages does not need it.
    from jinja2 import ChoiceLoader, Environment, FunctionLoader, PackageLoader, PrefixLoader, StrictUndefined

    built_in = PackageLoader("feeds.formats")
    own_templates = dict(overriding)
    # The file name tells an error in a site's template from an error in a built-in one.
    overriding_loader = FunctionLoader(
        lambda name: (own_templates[name], f"templates/{name}", None) if name in own_templates else None
    )
    environment = Environment(
        # A site's template can still extend the built-in one, as `default/feed.html`.
        loader=ChoiceLoader([overriding_loader, built_in, PrefixLoader({"default": built_in})]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "day": _day,
        "date": _date,
        "local": _local,
        "month": _month,
        "quoted": _quoted,
        "spark": _spark,
    }
    environment.globals |= {"readable": readable, "ACCENT": ACCENT, "is_right_to_left": languages.is_right_to_left}
    return environment


def _render(name: str, site: Site, **values: Any) -> bytes:
    try:
        page: str = _templates(site.templates).get_template(name).render(site=site, root=site.base_path, **values)
    except Exception as error:
        # A template can raise any exception.
        lines = [frame for frame in extract_tb(error.__traceback__) if frame.filename.startswith("templates/")]
        if not lines:
            raise
        from jinja2 import TemplateNotFound

        position = f"{lines[-1].filename}:{lines[-1].lineno}"
        if isinstance(error, TemplateNotFound):
            raise ConfigError(position, "config.template_missing", name=str(error)) from error
        raise ConfigError(position, "config.template", reason=str(error) or type(error).__name__) from error
    return page.encode()


def _safe(html: str) -> "Markup":
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - escaped where it was made


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Render the card of an entry; it shows an excerpt instead of the body."""
    topics = [category for category in entry.categories if _has_feed(category)]
    logo = min(entry.provider.images, key=_width, default=None) if entry.provider else None
    picture = entry.images[0] if entry.images else None
    return _render(
        "entry.html",
        site,
        entry=entry,
        credit=credit(entry),
        excerpt=_excerpt(entry),
        topics=topics,
        logo=logo,
        picture=picture,
        size=_size(picture) if picture else _SIZE,
        domain=entry.provider.domain if entry.provider else None,
    )


def _excerpt(entry: Entry) -> str:
    """Return the beginning of an entry's text, as plain text."""
    text = entry.summary or to_plain_text(entry.content or "")
    return plain.shorten(plain.flatten(text), _EXCERPT)


def _has_feed(category: Category) -> bool:
    # Without a feed the term is the label, and the label is not a path.
    return category.term != category.label or slugs.slug(category.term) == category.term


def _width(image: Image) -> int:
    return image.width or 10_000


def _size(image: Image) -> tuple[int, int]:
    return (image.width, image.height) if image.width and image.height else _SIZE


def render_feed(feed: FeedDocument, site: Site, articles: Iterable[bytes]) -> bytes:
    """Render the page of a feed with these cards."""
    inner = _safe(b"".join(articles).decode())
    years = [(year, list(months)) for year, months in groupby(feed.months, key=lambda month: month.name[:4])]
    return _render("feed.html", site, feed=FeedView(feed, site), articles=inner, years=years)


def render_site(site: Site, feeds: Sequence[FeedDocument], weeks: Mapping[str, tuple[int, ...]]) -> bytes:
    """Render the page that lists all feeds.

    Args:
        feeds: The main document of each feed.
        weeks: By feed path, the number of entries in each of the last weeks, newest last.
    """
    views = {feed.spec.path: FeedView(feed, site, weeks.get(feed.spec.path, ())) for feed in feeds}
    groups = [(title, _nested([views[feed.spec.path] for feed in members])) for title, members in grouped(feeds)]
    everything = next((view for view in views.values() if view.spec.kind == "all"), None)
    return _render(PATH, site, groups=groups, everything=everything, count=len(feeds))


def _nested(feeds: Sequence[FeedView]) -> list[Listed]:
    """Return the feeds in order, with the feeds of subtopics nested under their parent topic."""
    listed = {feed.spec.path: Listed(feed, []) for feed in feeds}
    top: list[Listed] = []
    for item in listed.values():
        above = listed.get(item.feed.spec.parent or "")
        (above.below if above else top).append(item)
    return top


def render_moved(site: Site, path: str) -> bytes:
    """Render the page at the old address of a document; it links to the new address `path`."""
    return _render("moved.html", site, url=f"{site.url}{quote(path)}")


def render_gone(site: Site) -> bytes:
    """Render the page at the address of a removed feed."""
    return _render("gone.html", site)


def render_missing(site: Site) -> bytes:
    """Render the 404 page for static hosts."""
    return _render("missing.html", site)


def render_style(site: Site) -> bytes:
    """Render the style sheet of all pages."""
    return _render(STYLE_PATH, site)


def render_script(site: Site) -> bytes:
    """Render the script of all pages, which adds search and copy buttons."""
    own_script = dict(site.templates).get(SCRIPT_PATH)
    return (
        (files("feeds.formats") / "templates" / SCRIPT_PATH).read_bytes() if own_script is None else own_script.encode()
    )


def render_icon() -> bytes:
    """Return the default icon, 512 by 512 pixels."""
    return (files("feeds.formats") / "templates" / "icon.png").read_bytes()


def _day(moment: "datetime", site: Site) -> str:
    """Format a date for people: in English, or in ISO 8601 for other languages."""
    if site.language.partition("-")[0].lower() != "en":
        return _date(moment)
    return f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}"


def _date(moment: "datetime") -> str:
    return f"{moment:%Y-%m-%d}"


def _month(month: str) -> str:
    """Return the name of a month: `2023-06` -> `June`."""
    return _MONTHS[int(month[5:]) - 1]


def _quoted(url: str) -> str:
    """Quote a URL for use inside another URL."""
    return quote(url, safe="")


def _local(url: str, site: Site) -> str:
    """Return a URL of the site as a path, so that the pages work on any host."""
    return f"{site.base_path}{url.removeprefix(site.url)}" if url.startswith(site.url) else url


def _spark(weeks: Sequence[int]) -> str:
    """Return an SVG path with one bar for each week, at most 16 high and 4 wide."""
    most = max(weeks, default=0)
    bars = (
        f"M{4 * week + 2} 17v-{max(2, round(16 * count / most)) + 1}" if count else ""
        for week, count in enumerate(weeks)
    )
    return "".join(bars)
