"""Conversion of front-matter fields to an `Entry`.

It knows nothing about files, bytes or YAML; problems are reported through the fields.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from urllib.parse import quote

from feeds.content.enclosures import read_enclosures
from feeds.content.pictures import first_picture
from feeds.model import Category, Entry, Link, Person, Related, Site, SourceFile
from feeds.parsing.dates import to_datetime, to_seconds
from feeds.parsing.fields import Fields, quoted
from feeds.parsing.schema import MOST
from feeds.text import languages, markdown, plain, slugs, unicode, urls
from feeds.text import markup as text_markup
from feeds.text.html import players, sanitiser
from feeds.text.urls import resolve

_FILE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=[\W_]|$)")
_IRI = re.compile(r"(?:https?://|tag:|urn:)\S+", re.IGNORECASE)
# Jekyll's markers for literal braces, which Jekyll removes.
_LIQUID_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
# RFC 4151, section 2.1: `specific` consists of path characters.
_TAG_SAFE = "/-._~!$'()*+,;=:@&"
# RFC 3987, section 2.2: characters that no IRI has.
_NOT_IRI = re.compile(r'["<>\\^`{|}]')
_MOST_NAMED = 20
_SRC = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)


def read_entry(
    fields: Fields,
    body: str,
    source: SourceFile,
    site: Site,
    identity: str | None = None,
    authors: tuple[Person, ...] = (),
) -> tuple[Entry | None, bool]:
    """Return the entry, or None and whether it only lacks a date.

    Args:
        identity: The id that the site's generator made; None for one of Everyday Feeds.
        authors: The authors; those of the provider come after them.
    """
    fields.base = site.content_base_url
    title = fields.text("title") or fields.text("name")
    if not title:
        fields.error("title", "entry.missing_title")
    published = fields.date("publishedDateTime") or _date_in_name(fields, source)
    undated = published is None and not fields.given("publishedDateTime")
    if undated and (match := _FILE_DATE.match(source.stem)):
        fields.error("publishedDateTime", "entry.bad_date_in_name", value=quoted(match[0]))
    elif undated:
        fields.error("publishedDateTime", "entry.missing_date")
    updated = fields.date("updatedDateTime")
    if published and updated and updated < published:
        fields.warn("updatedDateTime", "entry.updated_before_published")
        updated = None
    link, original, amp = _links(fields)
    player, video = _video(fields)
    summary, provider, duration = fields.lines("excerpt"), fields.provider("provider"), _duration(fields)
    topics, tags, related = _names(fields, "topics"), _names(fields, "tags"), tuple(_related(fields))
    images, actions, facts = fields.images("images"), tuple(_actions(fields)), tuple(_facts(fields, duration))
    authors, language = (*authors, *_authors(fields)), _language(fields)
    if fields.failed or not (title and published and link):
        return None, undated
    content = _content(fields, body, source, link, f"{link} {published.isoformat()} {title}")
    if content and not images:
        written = body or fields.block("body") or ""
        images = tuple(filter(None, [first_picture(content, written, link, fields.base)]))
    entry = Entry(
        id=identity or _identity(fields, source, site),
        title=title,
        link=link,
        published=published,
        updated=updated or published,
        source=source.path,
        collection=source.collection,
        summary=summary,
        content=content,
        type=fields.text("type"),
        language=language,
        provider=provider,
        authors=authors,
        # The taxonomy replaces these slugs: a topic's data file may give another one.
        categories=tuple(Category(slugs.slug(name), name) for name in topics),
        tags=tags,
        images=images,
        enclosures=tuple(read_enclosures(fields)),
        original=original,
        amp=amp,
        player=player,
        video=video,
        related=related,
        actions=actions,
        facts=facts,
        duration=duration,
        quality=fields.number("quality"),
        heat=fields.number("heat"),
        has_own_id=fields.given("id"),
    )
    return entry, False


def _names(fields: Fields, key: str) -> tuple[str, ...]:
    """Return the names in a list, each once, however it is spelt."""
    names: dict[str, str] = {}
    for name in fields.texts(key, MOST[key]):
        names.setdefault(unicode.fold_name(name), unicode.normalize("NFC", name))
    return tuple(names.values())


def _links(fields: Fields) -> tuple[str | None, str | None, str | None]:
    """Return the link of an entry, its original URL, and its accelerated page."""
    keys = ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")
    given = [key for key in keys if fields.given(key)]
    if not given:
        fields.error("webUrl", "entry.missing_url")
    usable = any(resolve(str(fields.data[key]), fields.base) for key in given)
    web, original, amp, cached = (fields.url(key, needed=not usable) for key in keys)
    return web or original or amp or cached, original, amp or cached


def _date_in_name(fields: Fields, source: SourceFile) -> datetime | None:
    match = None if fields.given("publishedDateTime") else _FILE_DATE.match(source.stem)
    return to_datetime(match[0]) if match else None


def _identity(fields: Fields, source: SourceFile, site: Site) -> str:
    """Return the entry's IRI: its own id, or a tag URI (RFC 4151) from its path in the tree."""
    own = fields.text("id")
    if own and _IRI.fullmatch(own) and not _NOT_IRI.search(own):
        return own
    place = own or (f"{source.collection}/{source.stem}" if source.collection else source.stem)
    return f"tag:{site.tag}:{quote(place, safe=_TAG_SAFE)}"


def _content(fields: Fields, body: str, source: SourceFile, link: str, name: str) -> str | None:
    """Return the sanitised body.

    Args:
        name: A text that differs between entries, and does not depend on the place of the file.
    """
    body = body or (fields.block("body") or "").strip()
    if not body:
        return None
    body = _LIQUID_RAW.sub("", body)
    is_html = source.path.lower().endswith((".html", ".htm")) or text_markup.is_html(body)

    def absolute(value: str) -> str | None:
        # A body quotes the page that it is about, so its URLs are relative to that page. URLs of the tree's
        # own assets belong to this site.
        if value.startswith("/assets/"):
            return resolve(value, fields.base)
        return urls.url(value, link)

    try:
        markup = body if is_html else markdown.render_markdown(body)
        prefix = f"e{blake2b(name.encode(), digest_size=4).hexdigest()}-"
        made = sanitiser.sanitise(markup, absolute, len(body), prefix)
    except markdown.ExcessError:
        made = sanitiser.to_paragraphs(body)
    if made.is_plain:
        fields.report(0, "", "entry.body_too_complex", (), "warning")
    if made.links:
        fields.report(0, "", "entry.body_linked", (("elements", _counted(made.links)),), "warning")
    if made.texts:
        fields.report(0, "", "entry.body_text_only", (("elements", _counted(made.texts)),), "warning")
    if made.lost:
        fields.report(0, "", "entry.body_left_out", (("elements", _counted(made.lost)),), "warning")
    # The Markdown parser replaces such a character itself.
    if made.has_controls or (not is_html and made.html.count("\ufffd") > body.count("\ufffd")):
        fields.report(0, "", "entry.body_control_character", (), "warning")
    return made.html or None


def _counted(elements: Mapping[str, int]) -> str:
    """Return counts for people: `2 iframe, 1 form`."""
    named = [f"{count} {plain.shorten(name, 40)}" for name, count in sorted(elements.items())]
    return ", ".join(named[:_MOST_NAMED] + ["…"] * (len(named) > _MOST_NAMED))


def _authors(fields: Fields) -> Iterator[Person]:
    provider = fields.mapping("provider")
    if provider is not None:
        for item in provider.mappings("authors" if provider.given("authors") else "publishers"):
            if name := item.text("name"):
                yield Person(name, item.url("url"))


def _related(fields: Fields) -> Iterator[Related]:
    for item in fields.mappings("related"):
        title = item.text("title") or item.text("name")
        link = item.url("webUrl") or item.url("originalUrl")
        if title and link:
            provider = item.mapping("provider")
            yield Related(title, link, provider.text("name") if provider else None, item.date("publishedDateTime"))
        else:
            item.warn("title" if link else "webUrl", "entry.related_incomplete")


def _actions(fields: Fields) -> Iterator[Link]:
    for item in fields.mappings("actions"):
        if href := item.url("url"):
            yield Link(href, "related", title=item.text("title") or item.text("type"))
        elif not item.given("url"):
            item.warn("url", "entry.action_without_url")


def _video(fields: Fields) -> tuple[str | None, str | None]:
    """Return the player's URL and its page, from the HTML of a frame."""
    frame = fields.block("featuredContent")
    match = _SRC.search(frame) if frame else None
    if frame is None or match is None:
        if frame and frame.strip():
            fields.warn("featuredContent", "entry.frame_without_url")
        return None, None
    player = resolve(match[1] or match[2] or match[3] or "", fields.base)
    if player is None:
        fields.warn("featuredContent", "entry.bad_frame_url", value=quoted(match[0]))
        return None, None
    return player, players.page_of(player) or player


def _duration(fields: Fields) -> int | None:
    value = fields.text("length")
    seconds = to_seconds(value) if value else None
    if value and seconds is None:
        fields.warn("length", "entry.bad_duration", value=quoted(value))
    return seconds


def _facts(fields: Fields, duration: int | None) -> Iterator[str]:
    if duration:
        hours, minutes = divmod(max(1, (duration + 30) // 60), 60)
        yield f"{hours} h {minutes} min" if hours else f"{minutes} min"
    if price := fields.text("price"):
        yield price
    yield from fields.texts("levels", MOST["levels"])
    if (ratings := fields.mapping("ratings")) and (average := ratings.number("average")):
        count = ratings.size("count")
        yield f"rated {average:.1f}" + (f" by {count:,}" if count else "")


def _language(fields: Fields) -> str | None:
    value = fields.text("locale") or ""
    tag = value.replace("_", "-")
    if value and not languages.is_language(tag):
        fields.warn("locale", "value.not_language", value=quoted(value))
        return None
    return tag or None
