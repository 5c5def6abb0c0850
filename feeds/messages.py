"""The text of each problem and error, by its code.

The one place for the wording of problems; `cli/output.py` adds remedies that depend on the command. A code is
a stable name: programs compare codes, people read texts. `make docs` writes `docs/problems.md` from this table.

Over 350 lines: the table of all texts is in one place.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Level = Literal["error", "warning", "note", "either", "bug", "stop"]


class Message(NamedTuple):
    """The text of a code.

    Attributes:
        level: The usual level; `either` depends on the key, `stop` ends the command.
        text: The mistake.
        effect: What happens because of it. Shown for warnings only, because a mistake in the config is an error.
        remedy: What to do. Replaced by "did you mean" where a parameter `similar` names a candidate.
    """

    level: Level
    text: str
    effect: str = ""
    remedy: str = ""

    def render(self, params: Mapping[str, object], level: str) -> str:
        """Return the text with its parameters filled in."""
        text = self.text.format_map(params)
        if self.effect and level == "warning":
            text += f"; {self.effect.format_map(params)}"
        remedy = "did you mean {similar}?" if params.get("similar") else self.remedy
        return f"{text} ({remedy.format_map(params)})" if remedy else text


MESSAGES = {
    # Values of the front matter and the config.
    "key.repeated": Message(
        "warning", "the key occurs more than once", "the last one counts", "delete the other lines with this key"
    ),
    "value.missing": Message("error", "missing", remedy="add a value"),
    "value.empty": Message("error", "empty", remedy="write a value"),
    "value.not_text": Message("warning", "expected text, found {kind}", "ignored", "write one text"),
    "value.control_character": Message(
        "warning", "contains a character that feeds cannot contain", "the character is removed", "delete the character"
    ),
    "value.markup": Message("warning", "contains HTML tags", "shown without them", "write plain text"),
    "value.too_long": Message("warning", "{count} characters, the limit is {limit}", "shortened", "shorten it"),
    "value.not_boolean": Message("error", "neither true nor false: {value}", remedy="write true or false"),
    "value.not_number": Message("warning", "not a number: {value}", "ignored", "write digits, such as 50"),
    "value.not_date": Message("error", "not a date: {value}", remedy="expected YYYY-MM-DD or RFC 3339"),
    "value.date_too_early": Message("error", "a date before the year {year}: {value}", remedy="write a later date"),
    "value.not_url": Message(
        "either", "not an http(s) URL: {value}", "ignored", "expected https:// or http:// and a domain name"
    ),
    "value.not_language": Message(
        "warning", "not a language tag: {value}", "ignored", "expected a BCP 47 tag such as en or en-GB"
    ),
    "list.not_list": Message(
        "warning", "expected a list, found one value: {value}", "read as a list of one item", "put it in [brackets]"
    ),
    "list.mapping": Message(
        "warning", "expected a list of texts, found a mapping", "ignored", "write a list in [brackets]"
    ),
    "list.bad_item": Message(
        "warning", "an item of the list is not text", "the item is ignored", "write one text for each item"
    ),
    "list.item_too_long": Message(
        "warning", "an item has {count} characters, the limit is {limit}", "the item is shortened", "shorten it"
    ),
    "list.too_many": Message("warning", "{count} items, the limit is {limit}", "only the first {limit} items are used"),
    "mapping.expected": Message("warning", "expected keys with values", "ignored", "write `key: value` lines below it"),
    "mapping.bad_item": Message("warning", "an item of the list has no keys", "the item is ignored"),
    "provider.missing_domain": Message("warning", "missing", "the provider has no feed", "add its domain name"),
    "provider.bad_domain": Message("warning", "not a domain name: {value}", "the provider has no feed"),
    # Entries.
    "entry.missing_title": Message("error", "missing", remedy="every entry needs a title"),
    "entry.missing_date": Message(
        "error",
        "missing, and the file name does not begin with a date",
        remedy="add the key, or begin the file name with YYYY-MM-DD",
    ),
    "entry.bad_date_in_name": Message(
        "error",
        "missing, and the file name begins with {value}, which is not a calendar date",
        remedy="add the key, or correct the file name",
    ),
    "entry.updated_before_published": Message("warning", "earlier than publishedDateTime", "ignored"),
    "entry.missing_url": Message("error", "the entry has no URL", remedy="add webUrl or originalUrl"),
    "entry.related_incomplete": Message(
        "warning", "missing", "the related item is ignored", "a related item needs a title and a webUrl"
    ),
    "entry.action_without_url": Message(
        "warning", "missing", "the action is ignored", "add the URL of its page or file"
    ),
    "enclosure.unknown_length": Message(
        "warning",
        "the size of {url} is not known",
        "published without a size, and some podcast clients refuse such a file",
        "write its size in bytes; `feeds check --online` asks for it",
    ),
    "enclosure.bad_length": Message(
        "warning",
        "not the size of {url} in bytes: {value}",
        "published without a size",
        "write digits, such as 1234567; `feeds check --online` asks for the size",
    ),
    "enclosure.unknown_type": Message(
        "warning",
        "the media type of {url} is not known",
        "published as a link, not as a file",
        "write a media type, such as audio/mpeg; `feeds check --online` asks for it",
    ),
    "enclosure.no_response": Message("warning", "{url}: {reason}", remedy="open the URL in a browser"),
    "enclosure.not_reported": Message(
        "warning", "the server does not report the {key} of {url}", remedy="look at the file itself"
    ),
    "enclosure.web_page": Message(
        "warning", "the server sends a web page for {url}", remedy="write the URL of the file itself"
    ),
    "image.without_url": Message("warning", "missing", "the picture is ignored", "add the URL of the picture"),
    "entry.frame_without_url": Message("warning", "the frame has no src", "ignored", "add the src of the video"),
    "entry.bad_frame_url": Message("warning", "the src of the frame is not an http(s) URL: {value}", "ignored"),
    "entry.bad_duration": Message(
        "warning",
        "not a duration: {value}",
        "ignored",
        "expected ISO 8601 such as PT9M22S, or minutes and seconds 9:22",
    ),
    "entry.body_too_complex": Message(
        "warning", "the body is nested too deeply or becomes too large", "only its plain text is published"
    ),
    "entry.body_linked": Message(
        "warning", "links take the place of elements of the body that feeds cannot show: {elements}"
    ),
    "entry.body_text_only": Message(
        "warning", "only the text is kept of elements of the body that feeds cannot show: {elements}"
    ),
    "entry.body_left_out": Message("warning", "left out of the body: {elements}"),
    "entry.body_control_character": Message(
        "warning", "the body contains a character that feeds cannot contain", "the character is removed"
    ),
    "entry.unknown_key": Message("warning", "unknown key{files}", "ignored"),
    # Trees of other generators.
    "tree.permalink_program": Message(
        "error",
        "a permalink with a program, which is not run: {value}",
        remedy="write the permalink out, or set `content.permalink` in the config",
    ),
    "tree.permalink_token": Message(
        "error", "the permalink has a token without a value: {token}", remedy="correct the pattern"
    ),
    "tree.slug_unsure": Message(
        "warning",
        "a title with letters that are not Latin: the generator may make another slug than {slug}",
        "the link may be wrong",
        "write the slug into the file",
    ),
    "tree.picture_hashed": Message(
        "warning", "a picture whose published name has a hash: {value}", "the picture is left out"
    ),
    "file.suffix_not_read": Message(
        "warning", "{count} files with the suffix {suffix}, which is not read", "they are no entries"
    ),
    "tree.data_program": Message("warning", "{count} data files are programs, which are not run", "they are ignored"),
    "tree.data_broken": Message("warning", "the data file is neither YAML nor JSON", "it is ignored"),
    # Files of the content folder.
    "file.empty": Message("error", "the file is empty", remedy="write front matter between two lines '---'"),
    "file.toml": Message(
        "error",
        "its front matter is TOML, and `content.front_matter` does not name it",
        remedy="write YAML between two lines '---'; `hugo convert toYAML` converts a site",
    ),
    "file.unclosed_toml": Message(
        "error", "the front matter has no end", remedy="write a line '+++' after its last key"
    ),
    "file.front_matter_program": Message(
        "error", "the front matter is a program, which is not run", remedy="write it in YAML between two lines '---'"
    ),
    "file.bad_toml": Message("error", "not TOML: {reason}"),
    "file.bad_json": Message("error", "not JSON: {reason}"),
    "file.not_utf8": Message("error", "not UTF-8", remedy="save the file as UTF-8"),
    "file.byte_order_mark": Message(
        "warning",
        "the file starts with a byte order mark",
        "the mark is ignored",
        "save the file as UTF-8 without a byte order mark",
    ),
    "file.control_character": Message(
        "warning", "contains the character {character}, which feeds cannot contain", "the character is removed"
    ),
    "file.unclosed_front_matter": Message(
        "error", "the front matter has no end", remedy="write a line '---' after its last key"
    ),
    "file.not_mapping": Message("error", "the front matter is {kind}", remedy="write `key: value` lines"),
    "file.unreadable": Message("error", "cannot be read: {reason}"),
    "file.unlistable": Message("error", "cannot be listed: {reason}"),
    "file.too_large": Message(
        "error", "{size} KB, over the limit of {limit} KB: not read", remedy="raise max_file_kb or split the file"
    ),
    "file.outside_link": Message(
        "error", "a link out of the content folder, not followed", remedy="copy the file into the content folder"
    ),
    "file.same_name": Message(
        "error",
        "not read: in URLs its name is the same as that of {other}",
        remedy="rename one of the two files",
    ),
    "file.same_file": Message(
        "warning", "a link to {other}", "the file is one entry, and is not read again", "delete the link"
    ),
    "file.name_not_utf8": Message("error", "the file name is not UTF-8: not read", remedy="rename the file"),
    "file.name_not_url": Message(
        "error", "the file name contains a character that URLs cannot contain: not read", remedy="rename the file"
    ),
    "file.changed": Message("stop", "changed while it was read", remedy="build again"),
    "asset.case_conflict": Message(
        "error",
        "not published: the name differs only in case from {other}; on macOS and Windows they are one file",
        remedy="rename one of the two files",
    ),
    "asset.looks_compressed": Message(
        "error", "not published: servers would take it for {other} in compressed form", remedy="rename the file"
    ),
    "asset.path_too_long": Message(
        "error", "not published: its path is longer than {limit} bytes", remedy="shorten the path"
    ),
    "asset.no_reader": Message(
        "error", "not published: `compose` was called without a reader of assets", remedy="pass a `TreeAssets`"
    ),
    # YAML.
    "yaml.syntax": Message("error", "not YAML: {detail}"),
    "yaml.tab": Message("error", "a tab where YAML needs spaces", remedy="replace the tab with spaces"),
    "yaml.no_break_space": Message(
        "error", "a no-break space, which YAML takes for a letter", remedy="replace it with an ordinary space"
    ),
    "yaml.smart_quotes": Message(
        "error", "typographic quotes, which YAML takes for letters", remedy="use straight quotes"
    ),
    "yaml.missing_space": Message("error", "no space after the colon of the key", remedy="write a space after it"),
    "yaml.reserved_character": Message(
        "error", "a value cannot begin with {character}", remedy="put the value in quotes"
    ),
    "yaml.unbalanced_quote": Message("error", "a quote is opened and not closed", remedy="close it or remove it"),
    "yaml.text_after_quote": Message("error", "text follows the closing quote", remedy="put the whole value in quotes"),
    "yaml.colon_in_value": Message(
        "error", "a value that contains a colon and a space needs quotes", remedy="put the value in quotes"
    ),
    "yaml.no_key": Message("error", "a line without a key", remedy="write `key: value`, or indent it below its key"),
    "yaml.too_deep": Message("error", "not YAML: nested too deeply"),
    "yaml.too_large": Message("error", "not YAML: aliases make it too large", remedy="write the values out"),
    "yaml.key_not_text": Message("error", "not YAML: a key is not text", remedy="put the key in quotes"),
    "yaml.merge_key": Message(
        "error", "merge keys (<<) are not supported", remedy="write the keys out where they are needed"
    ),
    # Topics, ids, feeds.
    "topic.no_slug": Message("error", "the name gives no URL path", remedy="add an _id of letters and digits"),
    "topic.entry_no_slug": Message(
        "error", "the topic {topic} gives no URL path", remedy="add a file with an _id for it to _data/topics"
    ),
    "topic.duplicate": Message(
        "error", "the topic {topic} is in {other} too, which is used", remedy="delete one of the two"
    ),
    "topic.path_conflict": Message(
        "error",
        "the topic {topic} ({source}) and the topic {other} ({other_source}) would both be /feeds/{slug}.xml",
        remedy="give one of them another name or _id",
    ),
    "topic.case_conflict": Message(
        "error",
        "the topic {topic} ({source}) and the topic {other} ({other_source}) would be /feeds/{slug}.xml and "
        "/feeds/{other_slug}.xml, which differ only in case",
        remedy="give one of them another name or _id",
    ),
    "topic.unknown_parent": Message("warning", "no such topic: {name}", "the topic has no parent"),
    "topic.too_deep": Message(
        "warning", "more than {limit} topics above this one", "the topic has no parent", "choose a parent higher up"
    ),
    "topic.own_ancestor": Message(
        "warning", "the topic is its own ancestor", "the loop is cut here", "choose another parent"
    ),
    "id.withdrawn": Message("note", "no longer published; the id {id} stays reserved for this entry"),
    "link.shared": Message(
        "note",
        "the same link as {others}: each is an entry",
        remedy="`links: unique` of a feed keeps one of them",
    ),
    "link.stands_back": Message("note", "left out of {feeds}: {other} has the same link or story"),
    "id.duplicate": Message(
        "error", "not published: {other} has the same id: {id}", remedy="give one of the two entries another id"
    ),
    "id.taken": Message(
        "error",
        "not published: {other} already has this id and was published first",
        remedy="add a unique id to this entry",
    ),
    "id.reserved": Message(
        "error",
        "not published: the id {id} belongs to another entry, last published from {other}",
        remedy="add a unique id to this entry",
    ),
    "id.not_recognised": Message(
        "warning",
        "not recognised as the entry from {other}, whose id {old} is withdrawn",
        "readers will show the entry as new",
        "if it is the same entry, rename the file first, and edit it after the next build",
    ),
    "id.changed": Message("warning", "the id was {old} before", "readers will show the entry as new"),
    "id.renamed_file": Message(
        "warning",
        "the file was renamed",
        "the entry keeps its id",
        "add the line `id: {id}`, so that the id does not depend on the published manifest",
    ),
    "feed.path_conflict": Message(
        "error", "{feed} and {other} would both be /{path}.xml", remedy="give one of them another name or _id"
    ),
    "feed.case_conflict": Message(
        "error",
        "{feed} and {other} would be /{path}.xml and /{other_path}.xml, which differ only in case",
        remedy="give one of them another name or _id",
    ),
    "feed.moved": Message(
        "warning",
        "the feed {old} is called {new} now, by the current rules for names in paths",
        "its old URL leads to the new one",
        "use the new name in the config",
    ),
    "feed.no_rules": Message(
        "warning",
        "the feed has no rules, and no topic or provider has this name",
        "the feed is not published",
        "add a rule such as `any`, or correct the name",
    ),
    "rule.unknown_topic": Message("warning", "no such topic: {name}", "the rule finds nothing for it"),
    "rule.unknown_value": Message("warning", "no entry has this {property}: {name}", "the rule finds nothing for it"),
    "alias.no_feed": Message("error", "there is no feed /{path}.xml", remedy="name a feed that exists"),
    "alias.feed_exists": Message(
        "error", "a feed of this name exists, so no request is redirected", remedy="delete the alias or rename the feed"
    ),
    # Sizes of documents and entries.
    "size.entry_shortened": Message(
        "warning", "{size} KB in a feed, over {limit} KB", "shortened to its beginning and a link, {result} KB"
    ),
    "size.archive": Message("warning", "{size} KB in an archive, over {limit} KB", "archives are not cut"),
    "size.feed_cut": Message("warning", "over {limit} KB", "cut from {before} to {after} entries: {size} KB now"),
    "size.feed_cut_still_large": Message(
        "warning", "over {limit} KB", "cut from {before} to {after} entries: {size} KB now, still over the limit"
    ),
    "size.feed_too_large": Message("warning", "{size} KB, over {limit} KB", "it cannot be cut further"),
    "size.feed_large": Message(
        "warning", "{size} KB", "some readers cannot load large feeds", "lower `limit` or `window`"
    ),
    "internal.bug": Message("bug", "bug in Everyday Feeds: {error}", remedy="please report it"),
    # The config.
    "config.not_found": Message("stop", "no such file", remedy="`feeds init` creates one; --config names another"),
    "config.no_keys": Message("stop", "the file contains no keys", remedy="write `key: value` lines"),
    "config.not_checked": Message("error", "the keys were not checked", remedy="correct the YAML first"),
    "config.unknown_key": Message("error", "unknown key", remedy="known keys: {known}"),
    "config.not_whole": Message(
        "error", "not a whole number of at least {least}: {value}", remedy="write a number such as 50, without a unit"
    ),
    "config.not_one_of": Message("error", "not a known value: {value}", remedy="expected one of: {choices}"),
    "config.file_pattern": Message(
        "error", "not a pattern for paths in the content folder: {value}", remedy="write it relative to the folder"
    ),
    "config.tree_key": Message("error", "not a key of an entry", remedy="known keys: {known}"),
    "config.tree_key_names": Message("error", "not the names of keys", remedy="write one name or a list of names"),
    "config.permalink_token": Message("error", "unknown token: {token}", remedy="known tokens: {known}"),
    "config.permalink_empty": Message(
        "error", "no pattern for the folder {folder}", remedy="write a pattern such as /:section/:slug/"
    ),
    "config.id_formula": Message(
        "error",
        "not a formula of ids: {value}",
        remedy="expected {choices}, or an IRI with one of the parts {parts}",
    ),
    "config.zone": Message("error", "not a time zone: {value}", remedy="expected a name such as Europe/Berlin"),
    "config.held": Message("error", "not a key or a key with values", remedy="write `draft` or `status: [draft]`"),
    "config.executor": Message("error", "not a module and a function: {value}", remedy="expected module:function"),
    "config.over_maximum": Message("error", "over the maximum of {most}: {value}", remedy="write a lower number"),
    "config.network": Message("error", "not a network: {value}", remedy="expected an address and a prefix length"),
    "config.queue": Message("error", "not the URL of a Redis", remedy="expected redis:// or rediss://, host and port"),
    "config.missing_site": Message("error", "missing", remedy="add `site` with title, url and tag"),
    "config.missing_url": Message("error", "missing", remedy="add the URL at which the feeds are published"),
    "config.tag": Message(
        "error",
        "not a domain and a date: {value}",
        remedy="expected a domain you owned and the year, separated by a comma (RFC 4151)",
    ),
    "config.accent": Message(
        "error", "not a colour: {value}", remedy="expected # and six hexadecimal digits, in quotes"
    ),
    "config.url_query": Message("error", "the URL has a query or a fragment", remedy="end it before ? or #"),
    "config.provider_domain": Message(
        "error", "not a domain name: {value}", remedy="write it without https:// and path"
    ),
    "config.same_provider": Message("error", "the same domain as {other} (line {other_line})", remedy="delete one"),
    "config.alias": Message(
        "error",
        "not the old and the new name of a feed",
        remedy="write `old-name: new-name` with names such as ai, without a slash at the start and without a suffix",
    ),
    "config.alias_case": Message(
        "error", "differs only in case from {other}; on macOS and Windows they are one file", remedy="delete the alias"
    ),
    "config.alias_loop": Message("error", "the aliases lead back to this one", remedy="delete one of them"),
    "config.feed_case": Message(
        "error",
        "differs only in case from {other} (line {other_line})",
        remedy="give one of them another name",
    ),
    "config.feed_empty": Message("error", "the feed has no keys", remedy="add rules, or settings for a topic's feed"),
    "config.feed_name": Message("error", "not a name for a feed", remedy="use letters, digits and hyphens"),
    "config.feed_archive": Message(
        "error", "cannot be combined with archive, which publishes every entry", remedy="delete one of the two keys"
    ),
    "config.empty_condition": Message("error", "the condition is empty", remedy="add topics, title or another key"),
    "config.before_after": Message("error", "not later than `after`, so no entry matches", remedy="swap the two dates"),
    "config.keep_bound": Message(
        "error", "not below the {key} of the feed", remedy="write a number below it, or add {key} to the feed"
    ),
    "config.too_many_patterns": Message("error", "more than {limit} patterns", remedy="combine patterns with |"),
    "pattern.syntax": Message(
        "error", "not a regular expression: {value}", remedy="write a backslash before special characters"
    ),
    "pattern.too_large": Message("error", "the pattern is too large: {value}", remedy="shorten it"),
    "pattern.unsupported": Message("error", "a pattern cannot contain {feature}: {value}", remedy="write it without"),
    "config.content_output": Message(
        "error", "content and output must not contain each other", remedy="choose another folder"
    ),
    "config.state_output": Message(
        "error", "state must not be in the output folder, which is published", remedy="choose another folder"
    ),
    "config.executor_failed": Message("stop", "{name}: {reason}"),
    "config.templates_line": Message("error", "not on one line", remedy="write `templates: FOLDER` on one line"),
    "config.templates_missing": Message("error", "no such folder: {value}", remedy="create it, or delete the key"),
    "config.templates_unread": Message(
        "warning",
        "the folder templates is not read any more unless the config names it",
        "the default templates are used",
        "add `templates: templates`",
    ),
    "config.template": Message("stop", "the template failed: {reason}"),
    "config.template_missing": Message("stop", "no such template: {name}"),
    # Errors that stop a command.
    "system.error": Message("stop", "{reason}"),
    "content.nothing": Message(
        "stop",
        "none of the {count} files is an entry, so the first build would publish nothing",
        remedy="`feeds check` says why",
    ),
    "content.no_folder": Message("stop", "no such folder", remedy="set `content` in the config, or --content"),
    "output.answers": Message("stop", "the server answers {status}"),
    "output.document_and_folder": Message("stop", "the path would be a document and a folder at the same time"),
    "edition.older": Message("stop", "older than the edition that is served"),
    "edition.damaged": Message("stop", "the document cannot be served: {reason}"),
    "edition.none": Message("stop", "contains no edition", remedy="run `feeds build`"),
    "edition.manifest_version": Message(
        "stop", "not a manifest of this version", remedy="without it the next build starts without a history"
    ),
    "edition.manifest_broken": Message(
        "stop",
        "not a manifest: {reason}",
        remedy="restore an older one, or delete it and lose the history of ids and removals",
    ),
    "ids.limit": Message("stop", "{entries} would get another id, so readers would show them as new{changes}"),
    "removals.limit": Message("stop", "{count} of {total} {kind} would be removed"),
    "lock.running": Message("stop", "another {command} is running"),
    "hub.newer_database": Message("stop", "a newer version of this program wrote it", remedy="install that version"),
    "hub.no_answer": Message("stop", "it does not answer"),
    "hub.disabled": Message("stop", "this site does not run a hub", remedy="write `hub: yes` into the config"),
    "program.not_installed": Message("stop", "not installed", remedy="pip install {package}"),
    "serve.granian_version": Message(
        "stop", "this version cannot serve a hub", remedy="install a version that pyproject.toml allows"
    ),
    "git.no_folder": Message("stop", "has no {folder}"),
    "git.no_revision": Message("stop", "git has no such revision"),
    "hub.no_subscription": Message("stop", "no subscription has this callback"),
    "hub.no_subscribers": Message("stop", "the feed has no subscribers"),
    "entry.not_found": Message(
        "stop", "no entry has this file, id or link", remedy="only files in collections are entries"
    ),
    "feed.not_found": Message("stop", "there is no such feed", remedy="`feeds list` shows all"),
    "new.exists": Message("stop", "already exists and is not changed"),
    "new.not_valid": Message("stop", "{reasons}"),
    "new.not_collection": Message(
        "stop", "not the name of a collection", remedy="write its folders with slashes between them, such as news"
    ),
    "new.not_read": Message(
        "stop", "no entries are read there", remedy="choose another collection, or change `collections` in the config"
    ),
}
