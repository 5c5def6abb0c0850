"""The format of a content tree: its files, and the meaning of their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PRESETS = (
    "everyday",
    "jekyll",
    "hugo",
    "zola",
    "eleventy",
    "astro",
    "pelican",
    "mkdocs",
    "obsidian",
    "plain",
)
"""The formats of trees whose keys, dates and permalinks are known; the first is the product's own."""
FRONT_MATTER = ("yaml", "toml", "json", "headers", "none")
"""The forms of front matter."""
DATE_SOURCES = ("key", "name", "path", "git")
"""The places where a date is looked for."""
TITLE_SOURCES = ("key", "heading", "name")
"""The places where a title is looked for."""
IDS = ("own", "permalink", "jekyll-feed", "pelican")
"""The formulas of ids that have a name; any other value is a template."""
DATE_TOKENS = {
    "year": "%Y",
    "short_year": "%y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
    "y_day": "%j",
    "week": "%V",
    "short_month": "%b",
    "long_month": "%B",
    "monthname": "%B",
    "short_day": "%a",
    "long_day": "%A",
    "weekdayname": "%A",
    "weekday": "%w",
}
"""The tokens of permalinks for a part of the date, with the pattern of `strftime`."""
NAME_TOKENS = (
    "i_month",
    "i_day",
    "yearday",
    "title",
    "slug",
    "name",
    "basename",
    "filename",
    "slugorname",
    "slugorfilename",
    "contentbasename",
    "slugorcontentbasename",
    "contentbasenameorslug",
    "file",
    "folder",
    "folders",
    "section",
    "sections",
    "path",
    "collection",
    "categories",
    "slugified_categories",
    "category",
    "author",
    "output_ext",
)
"""The other tokens of permalinks."""
TOKENS = frozenset((*DATE_TOKENS, *NAME_TOKENS))
KEYS = (
    "title",
    "publishedDateTime",
    "updatedDateTime",
    "webUrl",
    "originalUrl",
    "slug",
    "excerpt",
    "topics",
    "tags",
    "authors",
    "images",
    "type",
    "locale",
    "id",
    "body",
)
"""The keys of Everyday Feeds that keys of a tree can stand for."""
Condition = tuple[str, tuple[str, ...]]
"""A key, and the values with which an entry is held back, in lower case."""


@dataclass(frozen=True, slots=True)
class TreeFormat:
    """The format of a content tree, as the config gives it; None for the value of the preset.

    Attributes:
        files: Patterns for the paths of entries.
        exclude: Patterns for paths that are no entries.
        front_matter: The forms of front matter that are read.
        keys: The keys of Everyday Feeds, each with the keys of the tree that have its value.
        date: The places where a date is looked for, in this order.
        title: The places where a title is looked for, in this order.
        permalink: The pattern of links for each first folder; the empty name is for all others.
        id: The formula of ids: one of `IDS`, or a template.
        id_until: An entry that was published later has the id of Everyday Feeds.
        zone: The time zone of dates that have none, and of permalinks.
        held: Conditions that hold an entry back.
        until: Keys with the date on which an entry expires.
    """

    preset: str = PRESETS[0]
    files: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    front_matter: tuple[str, ...] | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date: tuple[str, ...] | None = None
    title: tuple[str, ...] | None = None
    permalink: Mapping[str, str] | None = None
    id: str | None = None
    id_until: datetime | None = None
    zone: str | None = None
    held: tuple[Condition, ...] | None = None
    until: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts about a content file that other files of the tree have.

    Attributes:
        format: The format of the tree, with the values of its preset.
        defaults: Front matter that data files give to the files of a folder.
        authors: The names of authors, by the ids that files use.
        created: The date of the file's first commit.
    """

    format: TreeFormat
    defaults: Mapping[str, Any] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
