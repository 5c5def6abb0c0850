"""Permalinks as the generators make them, from a pattern with tokens such as `:year`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from posixpath import dirname, splitext

from feeds.content.presets import slugs
from feeds.model.tree import DATE_TOKENS, TOKENS

_TOKEN = re.compile(r":([a-z_]+)")
_SLASHES = re.compile(r"/{2,}")
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
"""Jekyll's names of patterns."""
_BUNDLES = frozenset({"hugo", "zola", "eleventy", "astro"})
"""Presets in which a file `index` stands for its folder."""


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of a file's permalink.

    Attributes:
        preset: The preset of the tree.
        path: The path of the file in the content folder.
        name: The name of the file, or of its folder for a bundle, without a date that the generator removes.
        folders: The folders that are part of the permalink.
        title: The title.
        slug: The slug in the front matter; empty for none.
        date: The date in the zone of the permalink; None for none.
        categories: The categories, as they are written.
        author: The first author.
    """

    preset: str
    path: str
    name: str
    folders: tuple[str, ...]
    title: str
    slug: str = ""
    date: datetime | None = None
    categories: tuple[str, ...] = ()
    author: str = ""


class UnknownTokenError(ValueError):
    """A pattern has a token that has no value for a file."""


def place_of(preset: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a file and the folders above it, as the generator sees them."""
    *folders, base = path.split("/")
    name = splitext(base)[0]
    if preset in _BUNDLES and folders and name.lower() == "index":
        return folders[-1], tuple(folders[:-1])
    if preset == "eleventy" and folders and name == folders[-1]:
        return name, tuple(folders[:-1])
    if preset == "jekyll" and "_posts" in folders:
        return name, tuple(folders[: folders.index("_posts")])
    return name, tuple(folders)


def style_of(pattern: str) -> str:
    """Return the pattern of a style of Jekyll, or the pattern itself."""
    return _STYLES.get(pattern, pattern)


def expand(pattern: str, page: Page) -> str:
    """Return the path of a page, which starts with a slash.

    Raises:
        UnknownTokenError: The pattern has an unknown token, or one whose value the file lacks.
    """

    def replace(match: re.Match[str]) -> str:
        token, rest = match[1], ""
        # A token may be followed by letters: Jekyll has `:title:output_ext`, Hugo has `:slug_x`.
        while token not in TOKENS and "_" in token:
            token, _, last = token.rpartition("_")
            rest = f"_{last}{rest}"
        if token not in TOKENS:
            raise UnknownTokenError(match[0])
        return _value(token, page) + rest

    return _SLASHES.sub("/", "/" + _TOKEN.sub(replace, pattern))


def _value(token: str, page: Page) -> str:
    if (maker := _NAMES.get(token)) is not None:
        return maker(page)
    if page.date is None:
        raise UnknownTokenError(f":{token}")
    return _date_part(token, page.date)


def _date_part(token: str, date: datetime) -> str:
    # Names of months and days are English in every locale.
    names = {
        "i_month": str(date.month),
        "i_day": str(date.day),
        "yearday": str(date.timetuple().tm_yday),
        "short_month": _MONTHS[date.month - 1][:3],
        "long_month": _MONTHS[date.month - 1],
        "monthname": _MONTHS[date.month - 1].lower(),
        "short_day": _DAYS[date.weekday()][:3],
        "long_day": _DAYS[date.weekday()],
        "weekdayname": _DAYS[date.weekday()].lower(),
    }
    return names[token] if token in names else date.strftime(DATE_TOKENS[token])


def _name(page: Page) -> str:
    if page.preset == "hugo":
        return slugs.hugo_name(page.name)
    if page.preset in ("zola", "astro", "pelican"):
        return slugs.slug_function(page.preset)(page.name)
    if page.preset == "jekyll":
        return slugs.jekyll(page.name)
    return page.name


def _given_slug(page: Page) -> str:
    """Return the slug of the front matter, in the form of the generator."""
    # The other generators take it as it is.
    if page.preset in ("hugo", "zola"):
        return slugs.slug_function(page.preset)(page.slug)
    if page.preset == "jekyll":
        return slugs.jekyll(page.slug)
    return page.slug


def _base_name(page: Page) -> str:
    """Return the name in a token of Hugo, which is not the form of a name in a path."""
    return slugs.hugo(page.name) if page.preset == "hugo" else _name(page)


def _title(page: Page) -> str:
    if page.preset == "jekyll":
        # The slug, and not the title.
        return slugs.jekyll_pretty(page.slug or page.name)
    title = page.title.replace("/", "-") if page.preset == "hugo" else page.title
    return slugs.slug_function(page.preset)(title)


def _slug(page: Page) -> str:
    if page.slug:
        return _given_slug(page)
    if page.preset in ("hugo", "pelican", "mkdocs"):
        return _title(page)
    if page.preset == "astro":
        return "/".join([*map(slugs.astro, page.folders[1:]), _name(page)])
    return _name(page)


def _slug_or_name(page: Page) -> str:
    return _given_slug(page) if page.slug else _name(page)


def _slug_or_base_name(page: Page) -> str:
    return _given_slug(page) if page.slug else _base_name(page)


def _folder_names(folders: Sequence[str], page: Page) -> str:
    if page.preset == "hugo":
        return "/".join(map(slugs.hugo_name, folders))
    if page.preset == "astro":
        return "/".join(map(slugs.astro, folders))
    return "/".join(folders)


def _category(page: Page) -> str:
    if not page.categories:
        return ""
    first = page.categories[0]
    return slugs.slug_function(page.preset)(first) if page.preset == "pelican" else first


def _categories(page: Page) -> str:
    if page.preset == "jekyll":
        return "/".join(dict.fromkeys(category.lower() for category in page.categories))
    return "/".join(dict.fromkeys(map(slugs.slug_function(page.preset), page.categories)))


_NAMES: dict[str, Callable[[Page], str]] = {
    "title": _title,
    "slug": _slug,
    "name": _name,
    "basename": _name,
    "file": lambda page: splitext(page.path)[0],
    "filename": _base_name,
    "slugorname": _slug_or_name,
    "slugorfilename": _slug_or_base_name,
    "contentbasename": _base_name,
    "slugorcontentbasename": _slug_or_base_name,
    "contentbasenameorslug": _base_name,
    "folder": lambda page: dirname(page.path).rpartition("/")[2],
    "folders": lambda page: _folder_names(page.folders, page),
    "sections": lambda page: _folder_names(page.folders, page),
    "section": lambda page: _folder_names(page.folders[:1], page),
    "path": lambda page: splitext(page.path)[0],
    "collection": lambda page: "posts" if page.preset == "jekyll" else "".join(page.folders[:1]),
    "categories": _categories,
    "slugified_categories": lambda page: "/".join(dict.fromkeys(map(slugs.jekyll, page.categories))),
    "category": _category,
    "author": lambda page: slugs.slug_function(page.preset)(page.author),
    "output_ext": lambda page: ".html",
}
