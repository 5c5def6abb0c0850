"""Pages for people: one for each feed, and the list of all feeds.

The templates are beside this module, or in a folder beside the config; they escape
everything, and ask nothing of other hosts but the entries' pictures. What an entry looks
like does not depend on the feed that shows it.
"""

from collections.abc import Iterable, Sequence
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
from feeds.model import Category, Entry, Feed, Image, Site
from feeds.text import plain, slugs
from feeds.text.sanitiser import to_plain_text

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment
    from markupsafe import Markup


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
_SIZE = (16, 9)  # of a picture that does not say; all are shown in this shape
_MONTHS = "January February March April May June July August September October November December".split()


class Listed(NamedTuple):
    """A feed on the start page, with those of the topics below its own."""

    feed: Feed
    below: "list[Listed]"


@lru_cache(maxsize=8)
def _templates(overriding: tuple[tuple[str, str], ...]) -> "Environment":
    # Not before it is needed: a site without pages has no use for it.
    from jinja2 import ChoiceLoader, Environment, FunctionLoader, PackageLoader, PrefixLoader, StrictUndefined

    ours = PackageLoader("feeds.formats")
    given = dict(overriding)
    # With a file's name, by which a mistake in it is told from one in ours.
    theirs = FunctionLoader(lambda name: (given[name], f"templates/{name}", None) if name in given else None)
    environment = Environment(
        # What stands for a template of ours can still extend it, as `default/feed.html`.
        loader=ChoiceLoader([theirs, ours, PrefixLoader({"default": ours})]),
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
    environment.globals |= {"readable": readable, "ACCENT": ACCENT}
    return environment


def _render(name: str, site: Site, **values: Any) -> bytes:
    try:
        made: str = _templates(site.templates).get_template(name).render(site=site, root=site.base_path, **values)
    except Exception as error:
        # What a template does can fail with anything.
        lines = [each for each in extract_tb(error.__traceback__) if each.filename.startswith("templates/")]
        if not lines:
            raise
        from jinja2 import TemplateNotFound

        place = f"{lines[-1].filename}:{lines[-1].lineno}"
        if isinstance(error, TemplateNotFound):
            raise ConfigError(place, "config.template_missing", name=str(error)) from error
        raise ConfigError(place, "config.template", reason=str(error) or type(error).__name__) from error
    return made.encode()


def _safe(html: str) -> "Markup":
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - escaped where it was made


def render_entry(entry: Entry, site: Site, body: str) -> bytes:
    """Return the card of an entry; its body is for the feeds, a page of fifty shows excerpts."""
    topics = [each for each in entry.categories if _has_feed(each)]
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
    """Return the beginning of what an entry says, as plain text."""
    said = entry.summary or to_plain_text(entry.content or "")
    return plain.shorten(" ".join(said.split()), _EXCERPT)


def _has_feed(category: Category) -> bool:
    # One without is called in paths what it is called by people, and that is no path.
    return category.term != category.label or slugs.slug(category.term) == category.term


def _width(image: Image) -> int:
    return image.width or 10_000


def _size(image: Image) -> tuple[int, int]:
    return (image.width, image.height) if image.width and image.height else _SIZE


def render_feed(feed: Feed, articles: Iterable[bytes]) -> bytes:
    """Return the page of a feed with these cards."""
    inner = _safe(b"".join(articles).decode())
    years = [(year, list(months)) for year, months in groupby(feed.archives, key=lambda each: each[0][:4])]
    return _render("feed.html", feed.site, feed=feed, articles=inner, years=years)


def render_site(site: Site, feeds: Sequence[Feed]) -> bytes:
    """Return the page that lists all feeds."""
    groups = [(title, _nested(members)) for title, members in grouped(feeds)]
    everything = next((feed for feed in feeds if feed.spec.kind == "all"), None)
    return _render(PATH, site, groups=groups, everything=everything, count=len(feeds))


def _nested(feeds: Sequence[Feed]) -> list[Listed]:
    """Return the feeds in their order, those of topics under the topics that they lie under."""
    listed = {feed.spec.path: Listed(feed, []) for feed in feeds}
    top: list[Listed] = []
    for each in listed.values():
        above = listed.get(each.feed.spec.parent or "")
        (above.below if above else top).append(each)
    return top


def render_moved(site: Site, path: str) -> bytes:
    """Return the page that leads to the document at `path` from where it was."""
    return _render("moved.html", site, url=f"{site.url}{quote(path)}")


def render_gone(site: Site) -> bytes:
    """Return the page that stands where a feed was."""
    return _render("gone.html", site)


def render_missing(site: Site) -> bytes:
    """Return the page that static hosts show where there is no document."""
    return _render("missing.html", site)


def render_style(site: Site) -> bytes:
    """Return the style sheet of all pages."""
    return _render(STYLE_PATH, site)


def render_script(site: Site) -> bytes:
    """Return what pages can do beyond what they can do without it: search and copy."""
    given = dict(site.templates).get(SCRIPT_PATH)
    return (files("feeds.formats") / "templates" / SCRIPT_PATH).read_bytes() if given is None else given.encode()


def render_icon() -> bytes:
    """Return the icon of a site that has none of its own, 512 by 512 pixels."""
    return (files("feeds.formats") / "templates" / "icon.png").read_bytes()


def _day(moment: "datetime", site: Site) -> str:
    """Return a date for people: in English, or as everybody writes it."""
    if site.language.partition("-")[0].lower() != "en":
        return _date(moment)
    return f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}"


def _date(moment: "datetime") -> str:
    return f"{moment:%Y-%m-%d}"


def _month(month: str) -> str:
    """Return what the month `2023-06` is called."""
    return _MONTHS[int(month[5:]) - 1]


def _quoted(url: str) -> str:
    """Return an address as a part of another one."""
    return quote(url, safe="")


def _local(url: str, site: Site) -> str:
    """Return a URL of the site as its path, so that the pages can be looked at on any host."""
    return f"{site.base_path}{url.removeprefix(site.url)}" if url.startswith(site.url) else url


def _spark(weeks: Sequence[int]) -> str:
    """Return a path with a bar for each week, four wide and sixteen high at most."""
    most = max(weeks, default=0)
    bars = (
        f"M{4 * place + 2} 17v-{max(2, round(16 * count / most)) + 1}" if count else ""
        for place, count in enumerate(weeks)
    )
    return "".join(bars)
