"""Which keys the config and the front matter have, as JSON Schemas (draft 2020-12).

The readers take the names of keys from here, so what an editor completes is what they
know. What a value means is theirs: a schema says of what kind it is, and gives an
example of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]
MOST = {
    "topics": 50,
    "tags": 100,
    "images": 50,
    "authors": 50,
    "publishers": 50,
    "related": 100,
    "actions": 50,
    "levels": 20,
}
"""How many items of a list in a content file count; the others are left out with a warning."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATE = r"^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$"


def _key(about: str, example: object = None, **rest: Any) -> Schema:
    return rest | {"description": about} | ({} if example is None else {"examples": [example]})


def _text(about: str, example: str = "", **rest: Any) -> Schema:
    # What YAML takes for a number or a truth value is the text that was written.
    return _key(about, example or None, type=["string", "number", "boolean", "null"], **rest)


def _url(about: str, example: str = "https://example.com/") -> Schema:
    return _key(about, example, type=["string", "null"], format="uri-reference")


def _date(about: str, example: str = "2026-01-31T09:30:00Z") -> Schema:
    return _key(about, example, type=["string", "null"], pattern=_DATE)


def _number(about: str, example: float, **rest: Any) -> Schema:
    return _key(about, example, type=["number", "null"], **rest)


def _whole(about: str, example: int, least: int = 1) -> Schema:
    return _key(about, example, type=["integer", "null"], minimum=least)


def _flag(about: str, example: bool) -> Schema:
    return _key(about, example, enum=[True, False, "yes", "no", "on", "off", 1, 0, None])


def _one_of(about: str, *values: str) -> Schema:
    return _key(about, values[0], enum=[*values])


def _texts(about: str, *example: str, most: int | None = None) -> Schema:
    items = {"type": ["string", "number", "boolean", "null"]}
    made = _key(about, list(example) or None, type=["array", "null"], items=items)
    return made | ({} if most is None else {"maxItems": most})


def _mapping(about: str, keys: Mapping[str, Schema], required: Sequence[str] = (), strict: bool = True) -> Schema:
    made = _key(about, type=["object", "null"], properties=dict(keys))
    return made | ({"additionalProperties": False} if strict else {}) | ({"required": [*required]} if required else {})


def _named(about: str, each: Schema) -> Schema:
    return _key(about, type=["object", "null"], additionalProperties=each)


def _mappings(about: str, most: int, keys: Mapping[str, Schema]) -> Schema:
    each = _mapping(about, keys, strict=False) | {"type": "object"}
    return _key(about, anyOf=[{"type": "array", "items": each, "maxItems": most}, each, {"type": "null"}])


AUTHOR = {
    "name": _text("What they are called.", "Ada Lovelace"),
    "url": _url("Their page."),
    "email": _text("Their address.", "ada@example.com"),
}
PICTURE = {
    "url": _url("The picture.", "/assets/logo.png"),
    "width": _whole("Its width in pixels.", 512),
    "height": _whole("Its height in pixels.", 512),
}
SITE = {
    "title": _text("The name of the publication.", "Everyday AI"),
    "url": _url("Where the documents will be.", "https://feeds.example.org/"),
    "base": _url("What URLs that begin with / in the content are relative to.", "https://example.org/"),
    "tag": _text(
        "A domain or an e-mail address that was yours, and the date (RFC 4151). All ids begin with it, for ever.",
        "example.org,2026",
    ),
    "description": _text("A sentence for the feed of everything.", "What happens in artificial intelligence."),
    "language": _text("A language tag.", "en-GB"),
    "author": _mapping("Who speaks where an entry has no author.", AUTHOR, ["name"]),
    "copyright": _text("The copyright of the feeds.", "© Example"),
    "icon": _url("A square picture.", "/assets/icon.png"),
    "image": _mapping("The logo.", PICTURE),
    "accent": _text("A colour of the pages, and for readers that show one.", "#0b57d0"),
}
COLLECTIONS = {
    "include": _texts("Patterns on the names of collections: no others are read.", "news", "learning/*"),
    "exclude": _texts("Patterns on the names of collections: these are not read.", "drafts"),
}
SERVE = {
    "cache_mb": _whole("Megabytes that finished answers may take.", 64),
    "delta": _flag("Readers that ask for it (RFC 3229) are sent only what is new.", example=False),
    "max_edition_age": _whole("Minutes after which /readyz says that nothing was published for too long.", 120),
    "access_log": _text("A file for a line of JSON a request, or - for standard output.", "access.log"),
    "log_clients": _flag("Whether addresses are in the access log.", example=False),
}
HUB = {
    "networks": _texts("May be called besides public addresses, at any port.", "10.0.0.0/8"),
    "queue": _text("The URL of a Redis, where several machines serve.", "redis://127.0.0.1:6379/0"),
}
POLICY = {
    "excerpt": _whole("Most characters of the excerpt, and then no body; 0 for no excerpt.", 200, 0),
    "images": _flag("false for none.", example=False),
    "link": _one_of("Which URL an entry links to.", "web", "original", "amp"),
    "credit": _text("What to say instead of the provider's name.", "© Example"),
    "license": _url("The terms.", "https://example.com/terms"),
}
CONDITION = {
    "topics": _texts("It has the topic, by name or slug, or one below it.", "AI"),
    "providers": _texts("It is from the provider, by domain.", "nature.com"),
    "collections": _texts("It is in the collection.", "news"),
    "types": _texts("Its type is this.", "video"),
    "title": _texts("Its title has the word or phrase, in whatever case.", "language model"),
    "text": _texts("Its title, excerpt or body has the word or phrase.", "language model"),
    "title_pattern": _texts("The regular expression is found in its title.", "GPT-[0-9]"),
    "text_pattern": _texts("The regular expression is found in its title, excerpt or body.", "GPT-[0-9]"),
}
KEEP = {
    "quality": _number("It stays until its quality is below.", 60),
    "heat": _number("It stays until its heat is below.", 20),
}
FEED = {
    "title": _text("What readers show; the site's title is added.", "Language models"),
    "description": _text("What the feed is about.", "The models that read and write."),
    "any": _mapping("At least one of these is true of an entry.", CONDITION),
    "all": _mapping("Every one of these is true of an entry.", CONDITION),
    "none": _mapping("Not one of these is true of an entry.", CONDITION),
    "quality": _number("At least so much quality.", 80),
    "heat": _number("At least so much heat.", 50),
    "keep": _mapping("Lower bounds: an entry that is in stays until it is below these.", KEEP),
    "after": _date("Published on this date or later.", "2025-01-01"),
    "before": _date("Published before this date.", "2026-01-01"),
    "limit": _whole("Exactly the newest so many.", 25),
    "max_per_provider": _whole("No more than so many of one provider.", 3),
    "clusters": _one_of("collapse: one entry stands for a story and lists the others.", "expand", "collapse"),
    "content": _one_of("How much of an entry is shown.", "full", "excerpt", "none"),
    "order": _one_of("entered: by when an entry first qualified.", "published", "entered"),
    "archive": _flag("The complete history, in documents by month (RFC 5005).", example=True),
}
BOUND = {
    "count": _whole("So many may always change.", 5, 0),
    "share": _whole("So many per cent may change.", 25, 0) | {"maximum": 100},
}
PROTECT = {
    "removals": _mapping("Entries, or feeds, that would be gone.", BOUND),
    "new_ids": _mapping("Entries that readers would announce again.", BOUND),
}
CONFIG = {
    "site": _mapping("The publication.", SITE, ["title", "url", "tag"]) | {"type": "object"},
    "content": _text("The content tree.", "content"),
    "output": _text("The exported folder.", "public"),
    "state": _text("A folder for what can be deleted and is made again.", ".feeds"),
    "previous": _url(
        "The published manifest, for a machine that starts with an empty output.",
        "https://feeds.example.org/manifest.json",
    ),
    "hubs": _texts("WebSub hubs that the feeds name.", "https://hub.example/"),
    "hub": _key(
        "A WebSub hub of the site's own, at /hub of `feeds serve`.",
        example=True,
        anyOf=[_flag("It is there.", example=True), _mapping("It is there, and how.", HUB)],
    ),
    "max_age": _whole("Minutes for which readers and caches need not ask again.", 30),
    "max_file_kb": _whole("A larger content file is left out.", 1024),
    "collections": _mapping("Which collections are read.", COLLECTIONS),
    "window": _whole("Entries in a feed; all of the last 48 hours are in it besides.", 50),
    "tombstones": _whole("Days for which Atom tells of a removed entry (RFC 6721).", 30, 0),
    "protect": _mapping("What stops a build before it publishes.", PROTECT),
    "aliases": _named("Old names of feeds and their new ones.", _text("The new name.", "ai")),
    "providers": _named("What is agreed with each provider, by domain.", _mapping("What is agreed.", POLICY)),
    "feeds": _named(
        "Feeds by rules, and settings for those that are there anyway.",
        _mapping("A feed by rules, or settings.", FEED) | {"type": "object"},
    ),
    "pages": _flag("false: no pages for people beside the feeds.", example=True),
    "executor": _text(
        "What parses many files at once, as module:function.", "cluster:make", pattern=r"^[\w.]+:[\w.]+$"
    ),
    "serve": _mapping("How `feeds serve` serves.", SERVE),
}

_IMAGE = PICTURE | {
    "title": _text("What is to be seen.", "The quadcopter in a race"),
    "attribution": _text("Whom to thank for it.", "Leonard Bauersfeld"),
}
_PERSON = {key: AUTHOR[key] for key in ("name", "url")}
_PROVIDER = {
    "name": _text("What it is called.", "Nature"),
    "domain": _text("Its domain, which names its feed.", "nature.com"),
    "images": _mappings("Its logo.", MOST["images"], _IMAGE),
    "authors": _mappings("Who wrote the piece.", MOST["authors"], _PERSON),
    "publishers": _mappings("Who is named where there is no author.", MOST["publishers"], _PERSON),
}
ENTRY = {
    "title": _text("The title.", "A title"),
    "name": _text("The title, where there is no `title`.", "A title"),
    "excerpt": _text("A summary in plain text.", "What it is about, in a sentence or two."),
    "publishedDateTime": _date("When it was published; the file's name may begin with the date instead."),
    "updatedDateTime": _date("When it was last changed.", "2026-02-01T10:00:00Z"),
    "webUrl": _url("The page that the entry links to.", "https://example.com/a"),
    "originalUrl": _url("Where the piece first appeared.", "https://example.com/a"),
    "ampWebUrl": _url("Its accelerated page.", "https://example.com/a/amp"),
    "cdnAmpWebUrl": _url("A copy of its accelerated page.", "https://cdn.example.com/a"),
    "type": _text("What kind of piece it is.", "article"),
    "topics": _texts("The topics; each has a feed.", "AI", most=MOST["topics"]),
    "tags": _texts("Words that have no feeds.", "drones", most=MOST["tags"]),
    "provider": _mapping("Who published the original.", _PROVIDER, strict=False),
    "images": _mappings("Its pictures.", MOST["images"], _IMAGE),
    "related": _mappings(
        "Coverage of the same story somewhere else.",
        MOST["related"],
        {
            "title": _text("Its title.", "A title"),
            "name": _text("Its title, where there is no `title`.", "A title"),
            "webUrl": _url("Its page."),
            "originalUrl": _url("Where it first appeared."),
            "publishedDateTime": _date("When it was published."),
            "provider": _mapping("Who published it.", {"name": _PROVIDER["name"]}, strict=False),
        },
    ),
    "featuredContent": _text("A frame with a video.", '<iframe src="https://player.vimeo.com/video/1"></iframe>'),
    "actions": _mappings(
        "What can be done with it: links, and files if their length is known.",
        MOST["actions"],
        {
            "title": _text("What it is.", "Slides"),
            "type": _text("What it is, where there is no title.", "download"),
            "url": _url("Where it is.", "https://example.com/slides.pdf"),
            "length": _whole("The size of the file in bytes.", 123456),
        },
    ),
    "length": _text("How long it takes (ISO 8601, or minutes and seconds).", "PT9M22S"),
    "price": _text("What it costs.", "free"),
    "levels": _texts("For whom it is.", "beginner", most=MOST["levels"]),
    "ratings": _mapping(
        "What others think of it.",
        {"average": _number("The mean.", 4.5), "count": _whole("Of so many.", 120, 0)},
        strict=False,
    ),
    "quality": _number("How good it is, for rules.", 80),
    "heat": _number("How much it is talked about, for rules.", 50),
    "locale": _text("Its language tag.", "en-GB"),
    "id": _text("Its id for good: an IRI, or a name. Without one it is made from the file's place.", "news/a-title"),
    "body": _text("The body, where it does not follow the front matter.", "<p>A body.</p>"),
    "published": _flag("false keeps it out of everything.", example=True),
    "draft": _flag("true keeps it out of everything.", example=False),
    "removed": _flag("true keeps it out of everything.", example=False),
    "deleted": _flag("true keeps it out of everything.", example=False),
    "category": _key("Known and not read: the folder is the collection."),
    "highlight": _key("Known and not read."),
    "items": _key("Known and not read."),
    "secured": _key("Known and not read."),
}


def config() -> Schema:
    """Return the schema of `config.yaml`."""
    return {
        "$schema": DIALECT,
        "title": "The config of Everyday Feeds",
        "type": "object",
        "properties": CONFIG,
        "required": ["site"],
        "additionalProperties": False,
    }


def entry() -> Schema:
    """Return the schema of an entry's front matter; a key that it does not have is ignored."""
    held = [(key, True) for key in ("draft", "removed", "deleted")] + [("published", False)]
    is_held = [{"properties": {key: {"const": value}}, "required": [key]} for key, value in held]
    return {
        "$schema": DIALECT,
        "title": "The front matter of an entry of Everyday Feeds",
        "type": "object",
        "properties": ENTRY,
        # What is held back may be as unfinished as it likes.
        "if": {"not": {"anyOf": is_held}},
        "then": {
            "allOf": [
                {"anyOf": [{"required": [key]} for key in ("title", "name")]},
                {"anyOf": [{"required": [key]} for key in ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")]},
            ]
        },
    }


def find(table: Mapping[str, Schema], path: Sequence[str]) -> Schema | None:
    """Return what the table says of a key, given with its parents' names before it."""
    if not path or path[0] not in table:
        return None
    found = table[path[0]]
    for name in path[1:]:
        if "anyOf" in found:
            found = found["anyOf"][1]
        inner = found.get("properties", {}).get(name, found.get("additionalProperties"))
        if not isinstance(inner, dict):
            return None
        found = inner
    return found
