"""Conversion of front-matter fields to an `Entry`.

It knows nothing about files, bytes or YAML; problems are reported through the fields.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from feeds.model import Category, Enclosure, Entry, Link, Person, Related, Site, SourceFile
from feeds.parsing.dates import to_datetime, to_seconds
from feeds.parsing.fields import Fields, quoted
from feeds.parsing.schema import MOST
from feeds.text import languages, markdown, media_types, sanitiser, slugs, urls
from feeds.text import markup as text_markup
from feeds.text.urls import resolve

_FILE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=[-_.]|$)")
_IRI = re.compile(r"(?:https?://|tag:|urn:)\S+", re.IGNORECASE)
# Jekyll's markers for literal braces, which Jekyll removes.
_LIQUID_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
# RFC 4151, section 2.1: `specific` consists of path characters.
_TAG_SAFE = "/-._~!$'()*+,;=:@&"
# RFC 3987, section 2.2: characters that no IRI has.
_NOT_IRI = re.compile(r'["<>\\^`{|}]')
_SRC = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_YOUTUBE = re.compile(r"(www\.)?youtube(-nocookie)?\.com")


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
        identity: The id that the site's generator made; None for one of this product.
        authors: The authors; those of the provider come after them.
    """
    fields.base = site.content_base_url
    title = fields.text("title") or fields.text("name")
    if not title:
        fields.error("title", "entry.missing_title")
    published = fields.date("publishedDateTime") or _date_in_name(fields, source)
    undated = published is None and not fields.given("publishedDateTime")
    if undated:
        fields.error("publishedDateTime", "entry.missing_date")
    updated = fields.date("updatedDateTime")
    if published and updated and updated < published:
        fields.warn("updatedDateTime", "entry.updated_before_published")
        updated = None
    link, original, amp = _links(fields)
    player, video = _video(fields)
    summary, provider, duration = fields.lines("excerpt"), fields.provider("provider"), _duration(fields)
    topics, related = fields.texts("topics", MOST["topics"]), tuple(_related(fields))
    tags = tuple({tag.casefold(): tag for tag in reversed(fields.texts("tags", MOST["tags"]))}.values())[::-1]
    images, actions, facts = fields.images("images"), tuple(_actions(fields)), tuple(_facts(fields, duration))
    authors, language = (*authors, *_authors(fields)), _language(fields)
    if fields.failed or not (title and published and link):
        return None, undated
    entry = Entry(
        id=identity or _identity(fields, source, site),
        title=title,
        link=link,
        published=published,
        updated=updated or published,
        source=source.path,
        collection=source.collection,
        summary=summary,
        content=_content(fields, body, source, link),
        type=fields.text("type"),
        language=language,
        provider=provider,
        authors=authors,
        categories=tuple(Category(slugs.slug(name), name) for name in topics),
        tags=tags,
        images=images,
        enclosures=tuple(_enclosures(fields)),
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


def _content(fields: Fields, body: str, source: SourceFile, link: str) -> str | None:
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
        try:
            return urls.url(urljoin(link, value.strip()))
        except ValueError:
            return None

    try:
        markup = text_markup.repair_references(body) if is_html else markdown.render_markdown(body)
        made = sanitiser.sanitise(markup, absolute, len(body))
    except markdown.ExcessError:
        made = sanitiser.to_paragraphs(body)
    if made.is_plain:
        fields.report(0, "", "entry.body_too_complex", (), "warning")
    # The Markdown parser replaces such a character itself.
    if made.has_controls or (not is_html and made.html.count("\ufffd") > body.count("\ufffd")):
        fields.report(0, "", "entry.body_control_character", (), "warning")
    return made.html or None


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


def _enclosures(fields: Fields) -> Iterator[Enclosure]:
    """Yield the enclosures with a known size in bytes, because clients need the size before a download."""
    for item in fields.mappings("actions"):
        href, length = item.url("url"), item.size("length")
        if href and length and (kind := media_types.media_type(href)):
            yield Enclosure(href, kind, length)


def _video(fields: Fields) -> tuple[str | None, str | None]:
    """Return the player's URL and its page, from the HTML of a frame."""
    frame = fields.block("featuredContent")
    match = _SRC.search(frame) if frame else None
    if frame is None or match is None:
        return None, None
    player = resolve(match[1] or match[2] or match[3] or "", fields.base)
    if player is None:
        fields.warn("featuredContent", "entry.bad_frame_url", value=quoted(match[0]))
        return None, None
    parts = urlsplit(player)
    name = parts.path.rsplit("/", 1)[-1]
    if _YOUTUBE.fullmatch(parts.netloc) and parts.path.startswith("/embed/"):
        if name == "videoseries":
            playlist = parse_qs(parts.query).get("list", [""])[0]
            return player, urls.url(f"https://www.youtube.com/playlist?list={quote(playlist)}")
        return player, urls.url(f"https://www.youtube.com/watch?v={quote(unquote(name))}")
    if parts.netloc == "player.vimeo.com" and name.isdigit():
        return player, f"https://vimeo.com/{name}"
    return player, player


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
