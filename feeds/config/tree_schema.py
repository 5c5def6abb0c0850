"""The keys of `content` in the config: the format of the content tree."""

from feeds.config.file import DEFAULT_PATHS
from feeds.model.tree import DATE_SOURCES, FRONT_MATTER, PRESETS, TITLE_SOURCES
from feeds.parsing.schema import date_schema, key_schema, named_schema, text_schema, texts_schema

_PRESET = "Default: that of the preset."
_NAMES = {"type": ["array", "string", "null"], "items": {"type": "string"}}

TREE = {
    "folder": text_schema(f"The folder of the tree. Default: `{DEFAULT_PATHS['content']}`.", "content"),
    "preset": key_schema(
        f"The generator of the site, which gives the defaults of the other keys. Default: `{PRESETS[0]}`.",
        "jekyll",
        enum=[*PRESETS, None],
    ),
    "files": texts_schema(f"Patterns for the files with entries; `**` stands for any folders. {_PRESET}", "blog/**"),
    "exclude": texts_schema("Patterns for files without entries. Default: none.", "**/README.md"),
    "front_matter": texts_schema(
        f"The forms of front matter: {', '.join(f'`{name}`' for name in FRONT_MATTER)}. {_PRESET}", "yaml", "toml"
    ),
    "keys": named_schema(
        "Keys of Everyday Feeds, each with the keys of the tree that have its value. A dot leads into a mapping; "
        f"case is ignored. {_PRESET}",
        key_schema("The keys of the tree.", ["date", "created.at"], **_NAMES),
    ),
    "date": texts_schema(
        f"Where to look for the date, in this order: {', '.join(f'`{name}`' for name in DATE_SOURCES)}. {_PRESET}",
        "key",
        "name",
    ),
    "title": texts_schema(
        f"Where to look for the title, in this order: {', '.join(f'`{name}`' for name in TITLE_SOURCES)}. {_PRESET}",
        "key",
        "heading",
    ),
    "permalink": key_schema(
        "The links of the entries below `site.base`. Or a mapping: the first folder, and the links of its entries. "
        f"{_PRESET}",
        "/:year/:month/:slug/",
        type=["string", "object", "null"],
        additionalProperties={"type": "string"},
    ),
    "id": text_schema(
        f"The ids: `permalink`, `jekyll-feed`, `pelican`, `own` for those of Everyday Feeds, or a template. {_PRESET}",
        "tag:example.org,2026:{file}",
    ),
    "id_until": date_schema(
        "An entry that is published on this date or later has the id of Everyday Feeds. Default: no date.", "2026-12-01"
    ),
    "zone": text_schema("The time zone of dates without one, and of permalinks. Default: UTC.", "Europe/Berlin"),
    "held": key_schema(
        f"Keys that hold an entry back: a key that is true, or a key with values. {_PRESET}",
        ["draft", {"status": ["draft", "hidden"]}],
        type=["array", "null"],
        items={"type": ["string", "object"]},
    ),
    "until": texts_schema(f"Keys with the date on which an entry leaves all feeds. {_PRESET}", "expiryDate"),
}
