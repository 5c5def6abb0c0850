"""The keys of `config.yaml` as a JSON Schema (draft 2020-12)."""

from feeds.parsing.schema import (
    AUTHOR,
    DIALECT,
    PICTURE,
    PROTECT,
    Schema,
    choice_schema,
    date_schema,
    flag_schema,
    integer_schema,
    key_schema,
    mapping_schema,
    named_schema,
    number_schema,
    text_schema,
    texts_schema,
    url_schema,
)

SITE = {
    "title": text_schema("The name of the publication.", "Everyday AI"),
    "url": url_schema("Where the documents will be.", "https://feeds.example.org/"),
    "base": url_schema("What URLs that begin with / in the content are relative to.", "https://example.org/"),
    "tag": text_schema(
        "A domain or an e-mail address that was yours, and the date (RFC 4151). All ids begin with it, for ever.",
        "example.org,2026",
    ),
    "description": text_schema("A sentence for the feed of everything.", "What happens in artificial intelligence."),
    "language": text_schema("A language tag.", "en-GB"),
    "author": mapping_schema("Who speaks where an entry has no author.", AUTHOR, ["name"]),
    "copyright": text_schema("The copyright of the feeds.", "© Example"),
    "icon": url_schema("A square picture.", "/assets/icon.png"),
    "image": mapping_schema("The logo.", PICTURE),
    "accent": text_schema("A colour of the pages, and for readers that show one.", "#0b57d0"),
}
COLLECTIONS = {
    "include": texts_schema("Patterns on the names of collections: no others are read.", "news", "learning/*"),
    "exclude": texts_schema("Patterns on the names of collections: these are not read.", "drafts"),
}
SERVE = {
    "cache_mb": integer_schema("Megabytes that finished answers may take.", 64),
    "delta": flag_schema("Readers that ask for it (RFC 3229) are sent only what is new.", example=False),
    "max_edition_age": integer_schema("Minutes after which /readyz says that nothing was published for too long.", 120),
    "access_log": text_schema("A file for a line of JSON a request, or - for standard output.", "access.log"),
    "log_clients": flag_schema("Whether addresses are in the access log.", example=False),
}
HUB = {
    "networks": texts_schema("May be called besides public addresses, at any port.", "10.0.0.0/8"),
    "queue": text_schema("The URL of a Redis, where several machines serve.", "redis://127.0.0.1:6379/0"),
}
POLICY = {
    "excerpt": integer_schema("Most characters of the excerpt, and then no body; 0 for no excerpt.", 200, 0),
    "images": flag_schema("false for none.", example=False),
    "link": choice_schema("Which URL an entry links to.", "web", "original", "amp"),
    "credit": text_schema("What to say instead of the provider's name.", "© Example"),
    "license": url_schema("The terms.", "https://example.com/terms"),
}
CONDITION = {
    "topics": texts_schema("It has the topic, by name or slug, or one below it.", "AI"),
    "providers": texts_schema("It is from the provider, by domain.", "nature.com"),
    "collections": texts_schema("It is in the collection.", "news"),
    "types": texts_schema("Its type is this.", "video"),
    "title": texts_schema("Its title has the word or phrase, in whatever case.", "language model"),
    "text": texts_schema("Its title, excerpt or body has the word or phrase.", "language model"),
    "title_pattern": texts_schema("The regular expression is found in its title.", "GPT-[0-9]"),
    "text_pattern": texts_schema("The regular expression is found in its title, excerpt or body.", "GPT-[0-9]"),
}
KEEP = {
    "quality": number_schema("It stays until its quality is below.", 60),
    "heat": number_schema("It stays until its heat is below.", 20),
}
FEED = {
    "title": text_schema("What readers show; the site's title is added.", "Language models"),
    "description": text_schema("What the feed is about.", "The models that read and write."),
    "any": mapping_schema("At least one of these is true of an entry.", CONDITION),
    "all": mapping_schema("Every one of these is true of an entry.", CONDITION),
    "none": mapping_schema("Not one of these is true of an entry.", CONDITION),
    "quality": number_schema("At least so much quality.", 80),
    "heat": number_schema("At least so much heat.", 50),
    "keep": mapping_schema("Lower bounds: an entry that is in stays until it is below these.", KEEP),
    "after": date_schema("Published on this date or later.", "2025-01-01"),
    "before": date_schema("Published before this date.", "2026-01-01"),
    "limit": integer_schema("Exactly the newest so many.", 25),
    "max_per_provider": integer_schema("No more than so many of one provider.", 3),
    "clusters": choice_schema("collapse: one entry stands for a story and lists the others.", "expand", "collapse"),
    "content": choice_schema("How much of an entry is shown.", "full", "excerpt", "none"),
    "order": choice_schema("entered: by when an entry first qualified.", "published", "entered"),
    "archive": flag_schema("The complete history, in documents by month (RFC 5005).", example=True),
}
CONFIG = {
    "site": mapping_schema("The publication.", SITE, ["title", "url", "tag"]) | {"type": "object"},
    "content": text_schema("The content tree.", "content"),
    "output": text_schema("The exported folder.", "public"),
    "state": text_schema("A folder for what can be deleted and is made again.", ".feeds"),
    "previous": url_schema(
        "The published manifest, for a machine that starts with an empty output.",
        "https://feeds.example.org/manifest.json",
    ),
    "hubs": texts_schema("WebSub hubs that the feeds name.", "https://hub.example/"),
    "hub": key_schema(
        "A WebSub hub of the site's own, at /hub of `feeds serve`.",
        example=True,
        anyOf=[flag_schema("It is there.", example=True), mapping_schema("It is there, and how.", HUB)],
    ),
    "max_age": integer_schema("Minutes for which readers and caches need not ask again.", 30),
    "max_file_kb": integer_schema("A larger content file is left out.", 1024),
    "collections": mapping_schema("Which collections are read.", COLLECTIONS),
    "window": integer_schema("Entries in a feed; all of the last 48 hours are in it besides.", 50),
    "tombstones": integer_schema("Days for which Atom tells of a removed entry (RFC 6721).", 30, 0),
    "protect": mapping_schema("What stops a build before it publishes.", PROTECT),
    "aliases": named_schema("Old names of feeds and their new ones.", text_schema("The new name.", "ai")),
    "providers": named_schema(
        "What is agreed with each provider, by domain.", mapping_schema("What is agreed.", POLICY)
    ),
    "feeds": named_schema(
        "Feeds by rules, and settings for those that are there anyway.",
        mapping_schema("A feed by rules, or settings.", FEED) | {"type": "object"},
    ),
    "pages": flag_schema("false: no pages for people beside the feeds.", example=True),
    "executor": text_schema(
        "What parses many files at once, as module:function.", "cluster:make", pattern=r"^[\w.]+:[\w.]+$"
    ),
    "serve": mapping_schema("How `feeds serve` serves.", SERVE),
}


def config_schema() -> Schema:
    """Return the schema of `config.yaml`."""
    return {
        "$schema": DIALECT,
        "title": "The config of Everyday Feeds",
        "type": "object",
        "properties": CONFIG,
        "required": ["site"],
        "additionalProperties": False,
    }
