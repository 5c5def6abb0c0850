"""The keys of `config.yaml`: types, defaults, ranges and help texts, as a JSON Schema (draft 2020-12).

The one source for them: the reader takes defaults, ranges and choices from here, and `feeds schema
config` and the tables in `docs/config.md` show them. A default that the core has too is taken from its dataclass.
"""

from datetime import timedelta

from feeds.config.file import DEFAULT_PATHS
from feeds.config.model import Serving
from feeds.config.tree_schema import TREE
from feeds.model import Bound, ContentFilter, Policy, Protection, Site
from feeds.parsing.schema import (
    AUTHOR,
    DIALECT,
    PICTURE,
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

_MOST = 1_000_000_000
_MAX_DAYS = 36_500  # a longer time ends before the year 1
_SITE = Site("", "", "", "")
_HOURS = _SITE.window.recent_period // timedelta(hours=1)
_SERVING = Serving()
_PROTECTION = Protection()

SITE = {
    "title": text_schema("The name of the publication. Required.", "Everyday AI"),
    "url": url_schema("The public address of the documents. Required.", "https://feeds.example.org/"),
    "base": url_schema(
        "The base of URLs that start with `/` in the content. Default: `url`. `content/assets` is published only if "
        "both are equal.",
        "https://example.org/",
    ),
    "tag": text_schema(
        "The prefix of all ids: your domain or e-mail address, and a date on which it was yours (RFC "
        "4151). Never change it. Required.",
        "example.org,2026",
    ),
    "description": text_schema(
        "A description of the feed `all`. Default: the title.", "What happens in artificial intelligence."
    ),
    "language": text_schema("The language tag of the feeds.", "en-GB", default=_SITE.language),
    "author": mapping_schema("The default author. Default: the title.", AUTHOR, ["name"]),
    "copyright": text_schema("The copyright of the feeds. Default: none.", "© Example"),
    "icon": url_schema("A square picture. Default: a feed icon.", "/assets/icon.png"),
    "image": mapping_schema("The logo. Default: the icon.", PICTURE),
    "accent": text_schema(
        "The colour of the pages, and of feeds in readers that support it. Default: a blue for the pages.", "#0b57d0"
    ),
}
COLLECTIONS = {
    "include": texts_schema("Patterns for the collections to read. Default: all.", "news", "learning/*"),
    "exclude": texts_schema("Patterns for collections to skip. Default: none.", "drafts"),
}
SERVE = {
    "cache_mb": integer_schema(
        "The size of the response cache in megabytes.", 64, most=_MOST, default=_SERVING.cache_mb
    ),
    "delta": flag_schema(
        "Send only new entries to readers that ask for it (RFC 3229). rss2email loses entries with it.",
        example=False,
        default=_SERVING.delta,
    ),
    "max_edition_age": integer_schema(
        "The age in minutes after which `/readyz` answers 503. Default: no limit.", 120, most=_MOST
    ),
    "access_log": text_schema(
        "A file for the access log in JSON, one line for each request; `-` for standard output. Default: none.",
        "access.log",
    ),
    "log_clients": flag_schema(
        "Write client addresses to the access log; behind a proxy on the same machine, those of `X-Forwarded-For`.",
        example=False,
        default=_SERVING.log_clients,
    ),
}
HUB = {
    "networks": texts_schema(
        "Networks whose subscribers the hub may call, at any port, besides public addresses. Default: none.",
        "10.0.0.0/8",
    ),
    "queue": text_schema(
        "The URL of a Redis, if several machines serve the site. Needs the package `redis`. Default: "
        "`hub.sqlite` in the state folder.",
        "redis://127.0.0.1:6379/0",
    ),
}
POLICY = {
    "excerpt": integer_schema(
        "The maximum length of the excerpt in characters. The body is left out. `0` for no excerpt.",
        200,
        0,
        _MOST,
    ),
    "images": flag_schema("`false` for no pictures.", example=False, default=Policy().images),
    "link": choice_schema(
        "The URL that entries link to: `web` (`webUrl`), `original` (`originalUrl`) or `amp` (`ampWebUrl`).",
        "web",
        "original",
        "amp",
    ),
    "credit": text_schema("The credit line, instead of the name of the provider.", "© Example"),
    "license": url_schema("The URL of the terms.", "https://example.com/terms"),
}
CONDITION = {
    "topics": texts_schema("The entry has the topic, by name or slug, or a topic below it.", "AI"),
    "providers": texts_schema("The entry is from the provider, by domain.", "nature.com"),
    "collections": texts_schema("The entry is in the collection.", "news"),
    "types": texts_schema("The entry has this `type`.", "video"),
    "title": texts_schema("The title contains the word or phrase. Case is ignored.", "language model"),
    "text": texts_schema("The title, excerpt or body contains the word or phrase.", "language model"),
    "title_pattern": texts_schema("The regular expression matches a part of the title.", "GPT-[0-9]"),
    "text_pattern": texts_schema("The regular expression matches a part of the title, excerpt or body.", "GPT-[0-9]"),
}
KEEP = {
    "quality": number_schema("An entry of the feed leaves it below this quality.", 60),
    "heat": number_schema("An entry of the feed leaves it below this heat.", 20),
}
FEED = {
    "title": text_schema("The title in readers; the title of the site is added.", "Language models"),
    "description": text_schema("A description of the feed.", "The models that read and write."),
    "any": mapping_schema("At least one of these conditions is true.", CONDITION),
    "all": mapping_schema("All of these conditions are true.", CONDITION),
    "none": mapping_schema("None of these conditions is true.", CONDITION),
    "quality": number_schema("The minimum `quality`. An entry without the number does not match.", 80),
    "heat": number_schema("The minimum `heat`. An entry without the number does not match.", 50),
    "keep": mapping_schema("Lower bounds, below which an entry leaves the feed.", KEEP),
    "after": date_schema("Published on this date or later.", "2025-01-01"),
    "before": date_schema("Published before this date.", "2026-01-01"),
    "limit": integer_schema("The exact number of entries, newest first. Overrides `window`.", 25, most=_MOST),
    "max_per_provider": integer_schema("The maximum number of entries of one provider.", 3, most=_MOST),
    "clusters": choice_schema("`collapse`: one entry stands for a story and lists the others.", "expand", "collapse"),
    "links": choice_schema(
        "`unique`: of several entries with one link, the feed has only the one that was there first.", "all", "unique"
    ),
    "content": choice_schema(
        "The part of an entry that the feed shows: `full`, `excerpt` or `none`.",
        "full",
        "excerpt",
        "none",
    ),
    "order": choice_schema(
        "`entered`: sort by when an entry first matched, so that late matches are at the top.",
        "published",
        "entered",
    ),
    "archive": flag_schema(
        "`true`: the complete history, in one document for each month (RFC 5005). Not with `limit`, "
        "`max_per_provider` or `order: entered`.",
        example=True,
        default=False,
    ),
}


def _bound_keys(default: Bound) -> dict[str, Schema]:
    return {
        "count": integer_schema("Changes up to this number never stop a build.", 5, 0, _MOST, default.count),
        "share": integer_schema(
            "Changes up to this percentage of the total never stop a build.", 25, 0, 100, default.share
        ),
    }


REMOVALS = _bound_keys(_PROTECTION.removals)
NEW_IDS = _bound_keys(_PROTECTION.new_ids)
PROTECT = {
    "removals": mapping_schema("Limit for removed entries and feeds.", REMOVALS),
    "new_ids": mapping_schema("Limit for entries with a new id, which readers would announce again.", NEW_IDS),
}
CONFIG = {
    "site": mapping_schema("The publication. Required.", SITE, ["title", "url", "tag"]) | {"type": "object"},
    "content": key_schema(
        "The content tree: its folder, or a mapping if the tree has another format.",
        example="content",
        default=DEFAULT_PATHS["content"],
        anyOf=[
            text_schema("The folder of the tree.", "content"),
            mapping_schema("The format of the tree.", TREE),
        ],
    ),
    "output": text_schema(
        "The output folder. It must not contain the content tree or the state folder.",
        "public",
        default=DEFAULT_PATHS["output"],
    ),
    "state": text_schema(
        "The state folder for caches, locks and `hub.sqlite`. Only the last is not a cache.",
        ".feeds",
        default=DEFAULT_PATHS["state"],
    ),
    "previous": url_schema(
        "The URL of the published manifest, for a machine that starts with an empty output folder. Default: none.",
        "https://feeds.example.org/manifest.json",
    ),
    "hubs": texts_schema(
        "WebSub hubs that the feeds name and `feeds push` notifies. Default: none.", "https://hub.example/"
    ),
    "hub": key_schema(
        "`yes`: a WebSub hub of the site itself, at `/hub` of `feeds serve`. Or a mapping with its settings.",
        example=True,
        default=False,
        anyOf=[flag_schema("Turn the hub on or off.", example=True), mapping_schema("The settings of the hub.", HUB)],
    ),
    "max_age": integer_schema(
        "Minutes for which readers and caches may keep a response; also the `ttl` of RSS.",
        30,
        most=_MOST,
        default=_SITE.max_age // 60,
    ),
    "max_file_kb": integer_schema(
        "The maximum size of a content file in KB. A larger file is skipped.",
        1024,
        most=_MOST,
        default=ContentFilter().max_file_bytes // 1024,
    ),
    "collections": mapping_schema("The collections to read. Default: all.", COLLECTIONS),
    "window": integer_schema(
        f"The number of entries in a feed. All of the last {_HOURS} hours are added.",
        50,
        most=_MOST,
        default=_SITE.window.entries,
    ),
    "tombstones": integer_schema(
        f"Days for which Atom feeds list a removed entry (RFC 6721). At most {_MAX_DAYS}.",
        30,
        0,
        _MAX_DAYS,
        _SITE.tombstones.days,
    ),
    "protect": mapping_schema("Limits that stop a build before it publishes.", PROTECT),
    "aliases": named_schema("Old names of feeds, each with the new name.", text_schema("The new name.", "ai")),
    "providers": named_schema("The policy for each provider, by domain.", mapping_schema("The policy.", POLICY)),
    "feeds": named_schema(
        "Feeds by rule, and settings for the automatic feeds.",
        mapping_schema("A feed by rule, or settings of an automatic feed.", FEED) | {"type": "object"},
    ),
    "templates": text_schema("A folder with your own templates, such as `templates`. Default: none."),
    "pages": flag_schema(
        "`false`: no HTML pages, no script and no sitemap; feeds link to `site.base`.",
        example=True,
        default=_SITE.pages,
    ),
    "executor": text_schema(
        "The executor that parses many files, as `module:function`. Default: one process for each core.",
        "cluster:make",
        pattern=r"^[\w.]+:[\w.]+$",
    ),
    "serve": mapping_schema("The settings of `feeds serve`.", SERVE),
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
