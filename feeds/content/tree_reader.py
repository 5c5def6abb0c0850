"""Reader of a generator's files: turns its front matter into the keys of Everyday Feeds.

It knows the format of the tree, and neither files nor feeds. `entry` reads the resulting keys.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urljoin, urlsplit

from feeds.content.presets import dates, permalinks, slugs, table
from feeds.content.presets.ids import make_id
from feeds.content.presets.permalinks import Page, UnknownTokenError
from feeds.content.tree_keys import EVERYDAY_KEYS, OWN_KEYS, unknown_keys
from feeds.content.tree_values import (
    Values,
    author_names,
    picture_paths,
    rename_keys,
    split_heading,
    split_texts,
    title_of_name,
)
from feeds.model import FileFacts, Person, Site, SourceFile
from feeds.parsing.fields import Fields, quoted
from feeds.parsing.yaml_types import Items, Mapping
from feeds.text import urls

_TEMPLATE_MARKS = ("{{", "{%", "<%", "${")


class TranslatedFile(NamedTuple):
    """The front matter of a file in the keys of Everyday Feeds.

    Attributes:
        fields: The values; None if the file is no entry now, or has a mistake if no reason is given.
        body: The body, without a heading that became the title.
        identity: The id that the generator makes; None for that of Everyday Feeds.
        authors: The authors.
        expires: The date on which the entry leaves all feeds.
        unknown: Unknown keys with their 1-based lines.
        held_by: The key that keeps the entry unpublished.
        is_undated: The file has no date, so it is no entry.
    """

    fields: Fields | None
    body: str
    identity: str | None = None
    authors: tuple[Person, ...] = ()
    expires: datetime | None = None
    unknown: tuple[tuple[str, int], ...] = ()
    held_by: str = ""
    is_undated: bool = False


def translate(fields: Fields, body: str, source: SourceFile, facts: FileFacts, site: Site) -> TranslatedFile:
    """Return the front matter of a file in the keys of Everyday Feeds."""
    return _Translation(fields, body, source, facts, site).result()


class _Translation:
    """The translation of one file."""

    def __init__(self, fields: Fields, body: str, source: SourceFile, facts: FileFacts, site: Site) -> None:
        self._theirs = fields
        self._body = body
        self._source = source
        self._facts = facts
        self._format = facts.format
        self._preset = facts.format.preset
        self._zone = dates.zone_of(facts.format.zone)
        self._site = site
        self._values = Values(fields.data, facts.defaults)
        self._out = Mapping()
        self._names: dict[str, str] = {}

    def result(self) -> TranslatedFile:
        unknown = unknown_keys(self._theirs, self._format)
        if held := self._values.held_by(self._format.held or ()):
            return TranslatedFile(None, self._body, unknown=unknown, held_by=held)
        name, folders = permalinks.place_of(self._preset, self._source.path)
        in_name, name = dates.date_in_name(name, self._preset, self._zone)
        if self._preset == "jekyll" and in_name is None:
            return TranslatedFile(None, self._body, unknown=unknown, is_undated=True)
        published = self._published(in_name)
        if published is None:
            return TranslatedFile(None, self._body, unknown=unknown, is_undated=not self._theirs.failed)
        title = self._title(name)
        topics = self._topics(folders)
        authors = tuple(self._authors())
        self._put("publishedDateTime", _utc(published))
        self._updated(published)
        slug = self._text("slug")
        author = authors[0].name if authors else ""
        categories = self._categories(folders)
        page = Page(self._preset, self._source.path, name, folders, title, slug, published, categories, author)
        link = self._link(page)
        if self._theirs.failed:
            return TranslatedFile(None, self._body, unknown=unknown)
        self._texts("excerpt", "locale")
        self._list("topics", topics)
        self._list("tags", tuple(self._collected("tags")) if "tags" in self._format.keys else ())
        self._images(link)
        for key in (*OWN_KEYS, *(EVERYDAY_KEYS if self._preset == "everyday" else ())):
            if key in self._theirs.data and key not in self._out:
                self._put(key, self._theirs.data[key], key)
        if self._preset == "everyday":
            self._texts("type", "id", "body")
        identity = None
        if link and not self._is_later(published):
            identity = make_id(self._format.id or "own", link, page, self._site.content_base_url)
        report = rename_keys(self._theirs.report, self._names)
        ours = Fields(self._out, self._theirs.first, report, failed=self._theirs.failed, at=1)
        return TranslatedFile(ours, self._body, identity, authors, self._expires(), unknown)

    def _is_later(self, published: datetime) -> bool:
        return self._format.id_until is not None and published >= self._format.id_until

    def _put(self, ours: str, value: Any, theirs: str = "") -> None:
        if value is None:
            return
        self._out[ours] = value
        if theirs in self._theirs.data.lines:
            self._out.lines[ours] = self._theirs.data.lines[theirs]
            self._names[ours] = theirs

    def _keys(self, ours: str) -> tuple[str, ...]:
        keys = self._format.keys.get(ours, ())
        # The product's own names of these keys belong to no generator.
        return (ours, *keys) if ours in ("webUrl", "publishedDateTime", "updatedDateTime") else keys

    def _text(self, ours: str) -> str:
        """Return the first text of a key, on one line."""
        for key in self._keys(ours):
            value = self._values.find(key)[1]
            if isinstance(value, str) and value.strip():
                return " ".join(value.split())
        return ""

    def _texts(self, *names: str) -> None:
        for ours in names:
            for key in self._keys(ours):
                written, value = self._values.find(key)
                if isinstance(value, str) and value.strip():
                    self._put(ours, value, written)
                    break

    def _list(self, ours: str, texts: tuple[str, ...]) -> None:
        if texts:
            items = Items()
            items.extend(texts)
            items.lines.extend([0] * len(texts))
            self._put(ours, items, self._values.first(self._keys(ours))[0])

    def _collected(self, ours: str) -> Iterable[str]:
        """Return the texts of all keys of a list, without repetitions."""
        found: dict[str, None] = {}
        for key in (ours, *self._keys(ours)) if ours == "topics" else self._keys(ours):
            value = self._values.find(key)[1]
            if value is not None:
                found |= dict.fromkeys(split_texts(value, self._preset, key.lower()))
        return found

    def _topics(self, folders: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(self._collected("topics"))
        if self._preset == "jekyll":
            return tuple(dict.fromkeys((*folders, *found)))
        has_category = self._values.first(("category", "categories"))[1] is not None
        if self._preset == "pelican" and not has_category:
            return tuple(dict.fromkeys((folders[-1] if folders else "misc", *found)))
        if self._preset == "plain" and not has_category and folders:
            return tuple(dict.fromkeys((folders[-1], *found)))
        return found

    def _categories(self, folders: tuple[str, ...]) -> tuple[str, ...]:
        """Return the categories that permalinks can have, which are no tags."""
        texts = [*folders] if self._preset == "jekyll" else []
        for key in ("category", "categories"):
            texts += split_texts(self._values.find(key)[1], self._preset, key)
        if self._preset == "pelican" and not texts:
            texts = [folders[-1] if folders else "misc"]
        return tuple(dict.fromkeys(texts))

    def _authors(self) -> Iterable[Person]:
        for key in self._keys("authors"):
            value = self._values.find(key)[1]
            if value is not None:
                for name, url in author_names(value, self._facts.authors, self._preset, key.lower()):
                    yield Person(name[:200], urls.url(url) if url else None)
                return

    def _title(self, name: str) -> str:
        for place in self._format.title or ():
            if place == "key":
                written, value = self._values.first(self._keys("title"))
                if isinstance(value, str):
                    self._put("title", value, written)
                    return " ".join(value.split())
            elif place == "heading":
                title, body = split_heading(self._body)
                if title:
                    self._body = body
                    self._put("title", title)
                    return title
            else:
                title = title_of_name(name, self._preset)
                self._put("title", title)
                return title
        return ""

    def _published(self, in_name: datetime | None) -> datetime | None:
        found: datetime | None = None
        for place in self._format.date or ():
            if place == "key":
                found = self._date("publishedDateTime", is_error=True)
                if found is None and self._theirs.failed:
                    return None
            elif place == "name":
                found = in_name
            elif place == "path":
                found = dates.date_in_path(self._source.path, self._zone)
            else:
                found = self._facts.created
            if found:
                return found
        return None

    def _date(self, ours: str, *, is_error: bool) -> datetime | None:
        for key in self._keys(ours):
            written, value = self._values.find(key)
            if not isinstance(value, str) or not value.strip():
                continue
            moment = dates.read_date(value, self._preset, self._zone)
            if moment is None and is_error:
                self._theirs.error(written or key, "value.not_date", value=quoted(value))
            elif moment is None:
                self._theirs.warn(written or key, "value.not_date", value=quoted(value))
            return moment
        return None

    def _updated(self, published: datetime) -> None:
        updated = self._date("updatedDateTime", is_error=False)
        # Generators accept an earlier date of a change, for instance after a date was corrected.
        if updated and updated > published:
            self._put("updatedDateTime", _utc(updated))

    def _expires(self) -> datetime | None:
        for key in self._format.until or ():
            value = self._values.find(key)[1]
            if isinstance(value, str) and (moment := dates.read_date(value, self._preset, self._zone)):
                return moment.astimezone(UTC)
        return None

    def _link(self, page: Page) -> str | None:
        """Put the link of an entry, and return it; a link that is not known is an error."""
        written, value = self._values.first(self._keys("webUrl"))
        base = self._site.content_base_url
        if isinstance(value, str) and urlsplit(value).scheme in ("http", "https"):
            self._put("webUrl", value, written)
            return urls.url(value)
        pattern = self._pattern(page, value if isinstance(value, str) else None)
        if not pattern:
            return None
        if any(mark in pattern for mark in _TEMPLATE_MARKS):
            self._theirs.error(written or "permalink", "tree.permalink_program", value=quoted(pattern))
            return None
        try:
            path = permalinks.expand(pattern, page) if ":" in pattern else pattern
            if self._preset == "hugo" and not value and pattern != table.default_permalink("hugo"):
                # Hugo decodes an expanded pattern like a query, in which a plus sign is a space.
                path = slugs.hugo(unquote_plus(path))
        except UnknownTokenError as error:
            self._theirs.error(written or "permalink", "tree.permalink_token", token=str(error))
            return None
        if (
            self._preset in ("pelican", "zola")
            and ":slug" in pattern
            and not page.slug
            and not slugs.is_latin(page.title)
        ):
            self._theirs.warn("slug", "tree.slug_unsure", slug=quoted(path))
        link = urls.url(base + path.lstrip("/").replace("?", "%3F").replace("#", "%23"))
        self._put("webUrl", link, written)
        return link

    def _pattern(self, page: Page, value: str | None) -> str:
        """Return the pattern of the permalink: that of the file, or else that of its folder."""
        if value:
            value = "/" + value.strip().lstrip("/")
            if self._preset == "jekyll":
                # Only the config can name a style.
                return value
            if self._preset == "zola":
                return f"{value.rstrip('/')}/"
            if self._preset == "hugo" and "." not in value:
                return f"{value.rstrip('/')}/"
            return value.removesuffix("index.html") if value.endswith("/index.html") else value
        patterns = self._format.permalink or {}
        first = page.folders[0] if page.folders else ""
        pattern = patterns.get(first) or patterns.get("") or table.default_permalink(self._preset)
        if self._preset == "hugo" and not pattern.endswith(".html"):
            return f"{pattern.rstrip('/')}/"
        return permalinks.style_of(pattern) if self._preset == "jekyll" else pattern

    def _images(self, link: str | None) -> None:
        """Put the pictures whose address is known."""
        written, value = self._values.first(self._keys("images"))
        is_bundle = self._source.stem.lower() == "index"
        items = Items()
        for path in picture_paths(value):
            if self._preset == "astro" and path.startswith("."):
                # The build gives such a picture a name with a hash.
                self._theirs.warn(written, "tree.picture_hashed", value=quoted(path))
                continue
            base = link if is_bundle and link and not path.startswith("/") else self._site.content_base_url
            address = urls.url(urljoin(base, path.lstrip("/")))
            if address:
                item = Mapping()
                item["url"] = address
                items.append(item)
                items.lines.append(0)
        if items:
            self._put("images", items, written)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
