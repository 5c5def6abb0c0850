"""Make text and URLs from outside safe to publish, and HTML from Markdown.

Plain text comes out decoded once and free of markup rules. Nothing here escapes: that is for
the formats, on the way out. HTML is made safe in `sanitiser`. XML 1.0 section 2.2 says which
characters exist; RFC 3986 how a URL is written.
"""

import html
import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

# XML 1.0 section 2.2, less the C1 controls, which no reader shows.
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Only references that end in a semicolon: "AT&T &copy that" is not a copyright sign.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")
_NUMBER = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
# Copied HTML is often escaped once too much: "&amp;#8217;" was meant to be an apostrophe.
_ESCAPED_TWICE = re.compile(r"&(?:amp;)+(?=(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,6});)")
_CODE = re.compile(r"<(?:code|pre|kbd|samp)\b", re.IGNORECASE)
_LATIN_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_NOT_IN_SLUG = re.compile(r"[\W_]+")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# More characters than a letter has marks, in a row that may be marks.
_MARKS = re.compile(r"[^\x00-\u02ff\w\s]{31,}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")

# RFC 3986: what may stand in a path, a query or a fragment without being encoded.
# "%" stays, so that a URL that is encoded already is left as it is.
_URL_SAFE = "/:@!$&'()*+,;=-._~%?"
_MAX_URL = 4096
# File systems end at 255 bytes, and a suffix comes after it.
MAX_NAME = 200


def drop_controls(value: str) -> str:
    """Return `value` without the characters that no document may hold.

    These are control characters, lone surrogates and noncharacters.
    """
    # What is printable is text, and that is quickly known.
    if value.isprintable() or value.replace("\n", "").replace("\t", "").replace("\xa0", "").isprintable():
        return value
    return _NOT_TEXT.sub("", value)


def has_controls(value: str) -> re.Match[str] | None:
    """Return the first character that `drop_controls` would drop."""
    return None if value.replace("\n", "").isprintable() else _NOT_TEXT.search(value)


def line(value: str) -> str:
    """Return plain text on one line: entities decoded once, white space collapsed."""
    if "&" in value or not value.isprintable():
        value = _decode(value)
    return " ".join(value.split())


def lines(value: str) -> str:
    """Return plain text that keeps its line breaks; blank lines and trailing blanks go."""
    return "\n".join(filter(None, (" ".join(row.split()) for row in _decode(value).splitlines())))


def _decode(value: str) -> str:
    if "&" in value:
        value = _REFERENCE.sub(lambda match: html.unescape(match[0]), value)
    return drop_controls(value)


def numbered(code: int) -> str:
    """Return the character that a numeric reference stands for (HTML 13.2.5.80).

    A number that is no character gives U+FFFD, one that no document may hold nothing.
    """
    return drop_controls(html.unescape(f"&#{code};"))


def has_bad_reference(value: str) -> bool:
    """Tell whether a numeric reference in a text is to a character that no document may hold."""
    for hexadecimal, decimal in _NUMBER.findall(value) if "&#" in value else ():
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if code != 0xFFFD and numbered(code) in ("", "\ufffd"):
            return True
    return False


def shorten(value: str, length: int) -> str:
    """Return `value` cut at a word to `length` characters at most, the ellipsis included."""
    if len(value) <= length:
        return value
    cut = value[: length - 1]
    word_end = cut.rfind(" ")
    return (cut[:word_end] if word_end > length // 2 else cut).rstrip() + "…"


def duration(seconds: float) -> str:
    """Return seconds as people read them, in the largest unit of which there are two: `90 s`, `3 h`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def normalize(form: Literal["NFC", "NFKD"], value: str) -> str:
    """Return `value` in a normalization form of Unicode, in time linear in its length.

    Sorting a long run of combining marks takes quadratic time. A run of more than 30 is
    divided by a grapheme joiner first (Unicode Standard Annex 15, Stream-Safe Text Process).
    """
    return unicodedata.normalize(form, value if value.isascii() else _MARKS.sub(_divide, value))


def _divide(run: re.Match[str]) -> str:
    divided = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > 30:
            divided.append("\u034f")
            marks = 1
        divided.append(character)
    return "".join(divided)


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return what a topic is called in a path: `Machine Learning` -> `machine-learning`.

    Letters and digits of every script stay, accents on Latin letters go. Empty if
    the name has neither, or more than a file name can hold.
    """
    plain = normalize("NFKD", name).lower()
    plain = _LATIN_ACCENTS.sub("", plain)
    made = _NOT_IN_SLUG.sub("-", normalize("NFC", plain)).strip("-")
    return made if len(made.encode()) <= MAX_NAME else ""


def fold(path: str) -> str:
    """Return what paths have in common that are one file on macOS and Windows, where case makes no difference."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


@lru_cache(maxsize=4096)
def domain(value: str) -> str | None:
    """Return a host name in lower case and in ASCII (RFC 5890), or None if it is none."""
    host = value.strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if _DOMAIN.fullmatch(host) and len(host) <= MAX_NAME else None


# What most URLs are, and `url` would give back unchanged.
PLAIN_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/(?:[A-Za-z0-9/:@!$'()*+,;=._~-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9/:@!$'()*+,;=._~?-]|&(?!amp;)|%[0-9A-Fa-f]{2})+)?"
)


def is_language(value: str) -> bool:
    """Tell whether a text has the form of a language tag (RFC 5646)."""
    return bool(_LANGUAGE.fullmatch(value))


def url(value: str, base: str | None = None, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
    """Return an absolute URL in ASCII (RFC 3986), or None if `value` gives none.

    Spaces, quotes and letters outside ASCII are encoded; what is encoded already
    stays. `base` is what a relative reference is resolved against; without one a
    relative reference gives None.
    """
    if len(value) <= _MAX_URL and PLAIN_URL.fullmatch(value) and "http" in schemes:
        return value
    # A URL is copied from HTML now and then; its other references would be
    # guesses ("&copy=2" is a parameter), "&amp;" is certain.
    value = drop_controls(value).replace("&amp;", "&").strip()
    # WHATWG URL, 4.4: tabs and newlines inside are removed, or "java\nscript:" passes.
    value = value.replace("\t", "").replace("\n", "").replace("\r", "")
    if not value or len(value) > _MAX_URL:
        return None
    try:
        if base and not _SCHEME.match(value):
            value = urljoin(base, value)
        parts = urlsplit(value)
        scheme = parts.scheme.lower()
        if scheme not in schemes:
            return None
        if scheme == "mailto":
            return f"mailto:{quote(parts.path, _URL_SAFE)}" if "@" in parts.path else None
        host = parts.hostname
        if not host or parts.username is not None or any(c in host for c in " \"'<>\\"):
            return None
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        netloc = f"[{host}]" if ":" in host else host
        if parts.port is not None:
            netloc += f":{parts.port}"
    except (ValueError, UnicodeError):
        return None
    # A bare "%" would make a URL that nobody can decode.
    path, query, fragment = (_BARE_PERCENT.sub("%25", quote(part, _URL_SAFE)) for part in parts[2:])
    return urlunsplit((scheme, netloc, path, query, fragment))


# Not the `mimetypes` of the machine: documents are the same everywhere.
_MEDIA_TYPES = {
    "image": {"avif": "avif", "gif": "gif", "ico": "x-icon", "jpeg": "jpeg", "jpg": "jpeg", "png": "png"}
    | {"svg": "svg+xml", "webp": "webp"},
    "audio": {"flac": "flac", "m4a": "mp4", "mp3": "mpeg", "oga": "ogg", "ogg": "ogg", "opus": "ogg", "wav": "wav"},
    "video": {"m4v": "mp4", "mov": "quicktime", "mp4": "mp4", "ogv": "ogg", "webm": "webm"},
    "application": {"epub": "epub+zip", "json": "json", "pdf": "pdf", "zip": "zip"},
    "text": {"css": "css", "csv": "csv", "js": "javascript", "txt": "plain"},
    "font": {"woff": "woff", "woff2": "woff2"},
}
_BY_SUFFIX = {end: f"{kind}/{name}" for kind, names in _MEDIA_TYPES.items() for end, name in names.items()}


def media_type(url: str) -> str | None:
    """Return the media type that the end of a path or a URL tells, or None."""
    path = url.partition("?")[0].partition("#")[0]
    return _BY_SUFFIX.get(path.rpartition("/")[2].rpartition(".")[2].lower())


def mend(markup: str) -> str:
    """Return copied HTML without what its copying did to it: references escaped twice.

    Where it shows code nothing is changed, because there they may be meant.
    """
    return markup if _CODE.search(markup) else _ESCAPED_TWICE.sub("&", markup)


class ExcessError(ValueError):
    """A text nests too deep, or becomes many times its size."""


# Each of these costs the Markdown parser a search.
_MAX_DELIMITERS = 20_000
# The parser leaves out what is deeper, without a word.
_MAX_NESTING = 20
# So many characters may come out of links to definitions beside ten times the text.
_MAX_REFERENCES = 2_000_000
_DELIMITER_ROW = re.compile(r"[|:\-+*> \t]*")


def markdown(source: str) -> str:
    """Return the HTML of a Markdown text (CommonMark with tables); it is not yet sanitised.

    Raises:
        ExcessError: The text would take much more time or memory than its size accounts for.
    """
    if any(source.count(character) > _MAX_DELIMITERS for character in "<[*_`&") or _has_sparse_table(source):
        raise ExcessError
    return str(_markdown().render(source))


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    parser.core.ruler.after("block", "bound", _bound)
    return parser


def _bound(state: "StateCore") -> None:
    """Refuse what lies too deep, and links that would repeat a long definition many times."""
    if any(token.level >= _MAX_NESTING - 1 for token in state.tokens):
        raise ExcessError
    definitions = state.env.get("references", {}).values()
    longest = max((len(each["href"]) + len(each["title"]) for each in definitions), default=0)
    if longest * state.src.count("[") > 10 * len(state.src) + _MAX_REFERENCES:
        raise ExcessError


def _has_sparse_table(source: str) -> bool:
    """Tell whether a table has far more columns than its rows write, because the parser fills them."""
    columns = bars = rows = 0
    for row in source.split("\n"):
        if "|" in row and _DELIMITER_ROW.fullmatch(row):
            columns = max(columns, row.count("|"))
        if not row.strip():
            columns = bars = rows = 0
        bars += row.count("|")
        rows += 1
        if columns * rows > 4 * bars + 1000:
            return True
    return False


_BLOCK = "article|blockquote|body|center|dd|div|dl|figure|h[1-6]|head|header|hr|html|main|ol|p|pre|section|table|ul"
# Atomic: a comment ends at its first "-->", whatever comes after it.
_HTML_START = re.compile(rf"(?>(?>(?:<!--.*?--|<!doctype[^>]*)>\s*)*)<(?:{_BLOCK})[\s>/]", re.IGNORECASE | re.DOTALL)
_MARKDOWN_BLOCK = re.compile(r"\n[ \t]*\n {0,3}[^<\s]")


def is_html(body: str) -> bool:
    """Tell whether a body that may be Markdown is HTML from its first tag to its last."""
    return bool(_HTML_START.match(body)) and body.endswith(">") and not _MARKDOWN_BLOCK.search(body)
