"""The keys of an entry's front matter as a JSON Schema (draft 2020-12)."""

from feeds.parsing.schema import (
    AUTHOR,
    DIALECT,
    MOST,
    PICTURE,
    Schema,
    date_schema,
    flag_schema,
    integer_schema,
    key_schema,
    mapping_schema,
    mappings_schema,
    number_schema,
    text_schema,
    texts_schema,
    url_schema,
)

_IMAGE = PICTURE | {
    "title": text_schema("A description of the picture.", "The quadcopter in a race"),
    "attribution": text_schema("The credit of the picture.", "Leonard Bauersfeld"),
}
_PERSON = {key: AUTHOR[key] for key in ("name", "url")}
_PROVIDER = {
    "name": text_schema("The name.", "Nature"),
    "domain": text_schema("The domain, which names the feed of the provider.", "nature.com"),
    "images": mappings_schema("The logo.", MOST["images"], _IMAGE),
    "authors": mappings_schema("The authors of the original.", MOST["authors"], _PERSON),
    "publishers": mappings_schema("The publishers, named if there is no author.", MOST["publishers"], _PERSON),
}
ENTRY = {
    "title": text_schema("The title. An entry needs `title` or `name`.", "A title"),
    "name": text_schema("The title, if `title` is missing.", "A title"),
    "excerpt": text_schema(
        "A summary in plain text, up to 2,000 characters.", "What it is about, in a sentence or two."
    ),
    "publishedDateTime": date_schema(
        "The date of publication. Default: the date at the start of the file name. A future date holds the entry back."
    ),
    "updatedDateTime": date_schema("The date of the last important change.", "2026-02-01T10:00:00Z"),
    "webUrl": url_schema(
        "The page that the entry links to. An entry needs one of the four URLs.", "https://example.com/a"
    ),
    "originalUrl": url_schema(
        "The page of the original. The link of the entry, if `webUrl` is missing.", "https://example.com/a"
    ),
    "ampWebUrl": url_schema(
        "The AMP page. The link of the entry, if both others are missing.", "https://example.com/a/amp"
    ),
    "cdnAmpWebUrl": url_schema(
        "The cached copy of the AMP page. The last choice for the link.", "https://cdn.example.com/a"
    ),
    "type": text_schema("The kind of entry, for rules.", "article"),
    "topics": texts_schema("The topics. Each topic has a feed.", "AI", most=MOST["topics"]),
    "tags": texts_schema("Keywords. They have no feeds.", "drones", most=MOST["tags"]),
    "provider": mapping_schema("The publisher of the original.", _PROVIDER, strict=False),
    "images": mappings_schema("The pictures. The first one is the picture of the entry.", MOST["images"], _IMAGE),
    "related": mappings_schema(
        "Coverage of the same story on other sites.",
        MOST["related"],
        {
            "title": text_schema("The title.", "A title"),
            "name": text_schema("The title, if `title` is missing.", "A title"),
            "webUrl": url_schema("The page."),
            "originalUrl": url_schema("The page of the original."),
            "publishedDateTime": date_schema("The date of publication."),
            "provider": mapping_schema("The publisher.", {"name": _PROVIDER["name"]}, strict=False),
        },
    ),
    "featuredContent": text_schema(
        "An HTML frame with a video. Only its `src` is used.",
        '<iframe src="https://player.vimeo.com/video/1"></iframe>',
    ),
    "actions": mappings_schema(
        "Links and files. A file becomes an enclosure.",
        MOST["actions"],
        {
            "title": text_schema("The label.", "Slides"),
            "type": text_schema("The media type of a file. Or the label, if `title` is missing.", "audio/mpeg"),
            "url": url_schema("The URL.", "https://example.com/slides.pdf"),
            "length": integer_schema("The size of the file in bytes.", 123456, 0),
        },
    ),
    "length": text_schema("The duration, in ISO 8601 or as minutes and seconds.", "PT9M22S"),
    "price": text_schema("The price.", "free"),
    "levels": texts_schema("The audience.", "beginner", most=MOST["levels"]),
    "ratings": mapping_schema(
        "The ratings by other people.",
        {"average": number_schema("The mean.", 4.5), "count": integer_schema("The number of ratings.", 120, 0)},
        strict=False,
    ),
    "quality": number_schema("A number for rules: how good the entry is.", 80),
    "heat": number_schema("A number for rules: how much people talk about the entry.", 50),
    "locale": text_schema("The language tag, if it differs from `site.language`.", "en-GB"),
    "id": text_schema(
        "The permanent id: an IRI or a name. Default: made from the path of the file, and kept if the file is renamed.",
        "news/a-title",
    ),
    "body": text_schema("The body in Markdown or HTML, if it does not follow the front matter.", "<p>A body.</p>"),
    "published": flag_schema("`false` keeps the entry out of all feeds.", example=True),
    "draft": flag_schema("`true` keeps the entry out of all feeds.", example=False),
    "removed": flag_schema("`true` keeps the entry out of all feeds.", example=False),
    "deleted": flag_schema("`true` keeps the entry out of all feeds.", example=False),
    "category": key_schema("Ignored: the folder is the collection."),
    "highlight": key_schema("Ignored."),
    "items": key_schema("Ignored."),
    "secured": key_schema("Ignored."),
}


def entry_schema() -> Schema:
    """Return the schema of an entry's front matter; unknown keys are ignored."""
    held = [(key, True) for key in ("draft", "removed", "deleted")] + [("published", False)]
    is_held = [{"properties": {key: {"const": value}}, "required": [key]} for key, value in held]
    return {
        "$schema": DIALECT,
        "title": "The front matter of an entry of Everyday Feeds",
        "type": "object",
        "properties": ENTRY,
        # An unpublished entry may be incomplete.
        "if": {"not": {"anyOf": is_held}},
        "then": {
            "allOf": [
                {"anyOf": [{"required": [key]} for key in ("title", "name")]},
                {"anyOf": [{"required": [key]} for key in ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")]},
            ]
        },
    }
