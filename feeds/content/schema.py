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
    "title": text_schema("What is to be seen.", "The quadcopter in a race"),
    "attribution": text_schema("Whom to thank for it.", "Leonard Bauersfeld"),
}
_PERSON = {key: AUTHOR[key] for key in ("name", "url")}
_PROVIDER = {
    "name": text_schema("What it is called.", "Nature"),
    "domain": text_schema("Its domain, which names its feed.", "nature.com"),
    "images": mappings_schema("Its logo.", MOST["images"], _IMAGE),
    "authors": mappings_schema("Who wrote the piece.", MOST["authors"], _PERSON),
    "publishers": mappings_schema("Who is named where there is no author.", MOST["publishers"], _PERSON),
}
ENTRY = {
    "title": text_schema("The title.", "A title"),
    "name": text_schema("The title, where there is no `title`.", "A title"),
    "excerpt": text_schema("A summary in plain text.", "What it is about, in a sentence or two."),
    "publishedDateTime": date_schema("When it was published; the file's name may begin with the date instead."),
    "updatedDateTime": date_schema("When it was last changed.", "2026-02-01T10:00:00Z"),
    "webUrl": url_schema("The page that the entry links to.", "https://example.com/a"),
    "originalUrl": url_schema("Where the piece first appeared.", "https://example.com/a"),
    "ampWebUrl": url_schema("Its accelerated page.", "https://example.com/a/amp"),
    "cdnAmpWebUrl": url_schema("A copy of its accelerated page.", "https://cdn.example.com/a"),
    "type": text_schema("What kind of piece it is.", "article"),
    "topics": texts_schema("The topics; each has a feed.", "AI", most=MOST["topics"]),
    "tags": texts_schema("Words that have no feeds.", "drones", most=MOST["tags"]),
    "provider": mapping_schema("Who published the original.", _PROVIDER, strict=False),
    "images": mappings_schema("Its pictures.", MOST["images"], _IMAGE),
    "related": mappings_schema(
        "Coverage of the same story somewhere else.",
        MOST["related"],
        {
            "title": text_schema("Its title.", "A title"),
            "name": text_schema("Its title, where there is no `title`.", "A title"),
            "webUrl": url_schema("Its page."),
            "originalUrl": url_schema("Where it first appeared."),
            "publishedDateTime": date_schema("When it was published."),
            "provider": mapping_schema("Who published it.", {"name": _PROVIDER["name"]}, strict=False),
        },
    ),
    "featuredContent": text_schema("A frame with a video.", '<iframe src="https://player.vimeo.com/video/1"></iframe>'),
    "actions": mappings_schema(
        "What can be done with it: links, and files if their length is known.",
        MOST["actions"],
        {
            "title": text_schema("What it is.", "Slides"),
            "type": text_schema("What it is, where there is no title.", "download"),
            "url": url_schema("Where it is.", "https://example.com/slides.pdf"),
            "length": integer_schema("The size of the file in bytes.", 123456),
        },
    ),
    "length": text_schema("How long it takes (ISO 8601, or minutes and seconds).", "PT9M22S"),
    "price": text_schema("What it costs.", "free"),
    "levels": texts_schema("For whom it is.", "beginner", most=MOST["levels"]),
    "ratings": mapping_schema(
        "What others think of it.",
        {"average": number_schema("The mean.", 4.5), "count": integer_schema("Of so many.", 120, 0)},
        strict=False,
    ),
    "quality": number_schema("How good it is, for rules.", 80),
    "heat": number_schema("How much it is talked about, for rules.", 50),
    "locale": text_schema("Its language tag.", "en-GB"),
    "id": text_schema(
        "Its id for good: an IRI, or a name. Without one it is made from the file's place.", "news/a-title"
    ),
    "body": text_schema("The body, where it does not follow the front matter.", "<p>A body.</p>"),
    "published": flag_schema("false keeps it out of everything.", example=True),
    "draft": flag_schema("true keeps it out of everything.", example=False),
    "removed": flag_schema("true keeps it out of everything.", example=False),
    "deleted": flag_schema("true keeps it out of everything.", example=False),
    "category": key_schema("Known and not read: the folder is the collection."),
    "highlight": key_schema("Known and not read."),
    "items": key_schema("Known and not read."),
    "secured": key_schema("Known and not read."),
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
