"""Recognise the values that feed formats share: dates, addresses, media types, languages, people.

Does not resolve, fetch or correct anything: a value is valid or invalid.

Spec: RFC 822 with RFC 1123 years, RFC 3339, W3C-DTF, RFC 3986 and 3987, RFC 4151, RFC 6838, RFC 5646.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
# ISO 639-1; a two-letter code outside it can be well-formed but names no language.
ISO_639_1 = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss "
    "st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)

_RFC822 = re.compile(
    rf"(?:({'|'.join(DAYS)}), )?(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}}) "
    r"(\d\d):(\d\d)(?::(\d\d))? (?:GMT|([+-])(\d\d)([0-5]\d))"
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)")
_W3CDTF = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NOT_IN_IRI = re.compile(r"[\x00-\x20\x7f-\x9f<>\"{}|\\^`\u2028\u2029\ufffe\uffff]|%(?![0-9A-Fa-f]{2})|\s")
_TAG = re.compile(r"tag:(?:[\w.+-]+@)?[\w.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:\S*")
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:\S+")
_UUID = re.compile(r"urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*(?:\s*;\s*[\w!#$&^.+-]+=(?:[^\s;\"]+|\"[^\"]*\"))*"
)
_LANGUAGE = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]{2,8}",
    re.IGNORECASE,
)
_MAIL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"


def rfc822_date(text: str) -> datetime | None:
    """Return the time in `text` without regard to its weekday, or None if the form is wrong."""
    match = _RFC822.fullmatch(text)
    if not match:
        return None
    _, day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        # The grammar allows a leap second, but datetime does not.
        whole = min(int(second or 0), 59) if (second or "0") <= "60" else int(second)
        return datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), whole, tzinfo=zone)
    except ValueError:
        return None


def weekday_is_right(text: str) -> bool:
    """Return whether the weekday of an RFC 822 date, if it has one, matches its day."""
    moment = rfc822_date(text)
    return moment is None or "," not in text or text[:3] == DAYS[moment.weekday()]


def rfc3339_date(text: str) -> datetime | None:
    """Return the time in `text`, or None if it is not RFC 3339 with upper-case T and Z."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(T\d\d:\d\d):60", r"\1:59", text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_w3cdtf(text: str) -> bool:
    """Return whether `text` is a date of one of the six granularities of W3C-DTF."""
    if not _W3CDTF.fullmatch(text):
        return False
    whole = text + "-01-01"[len(text) - 4 :] if len(text) <= 7 else text
    try:
        datetime.fromisoformat(whole)
    except ValueError:
        return False
    return True


def is_iri(text: str) -> bool:
    """Return whether `text` is an absolute IRI, in the form its scheme asks for."""
    if not _SCHEME.match(text) or _NOT_IN_IRI.search(text) or text.endswith(":"):
        return False
    scheme = text.partition(":")[0].lower()
    if scheme in {"http", "https"}:
        return _has_host(text)
    if scheme == "tag":
        return bool(_TAG.fullmatch(text))
    if text.lower().startswith("urn:uuid:"):
        return bool(_UUID.fullmatch(text))
    return scheme != "urn" or bool(_URN.fullmatch(text))


def is_uri(text: str) -> bool:
    """Return whether `text` is an absolute IRI of ASCII characters only."""
    return text.isascii() and is_iri(text)


def is_web_iri(text: str) -> bool:
    """Return whether `text` is an absolute http or https address, possibly with letters beyond ASCII."""
    return text.lower().startswith(("http://", "https://")) and is_iri(text)


def is_web_url(text: str) -> bool:
    """Return whether `text` is an absolute http or https address of ASCII characters only."""
    return text.isascii() and is_web_iri(text)


def is_media_type(text: str) -> bool:
    """Return whether `text` is a media type, with or without parameters."""
    return bool(_MEDIA_TYPE.fullmatch(text))


def is_language(text: str) -> bool:
    """Return whether `text` is a well-formed language tag whose two-letter code, if any, is registered."""
    first = text.partition("-")[0].lower()
    return bool(_LANGUAGE.fullmatch(text)) and (len(first) != 2 or first in ISO_639_1)


def is_mail(text: str) -> bool:
    """Return whether `text` is a bare e-mail address."""
    return bool(re.fullmatch(_MAIL, text))


def is_mail_with_name(text: str) -> bool:
    """Return whether `text` is `address (Real Name)`, the form of RSS for people."""
    return bool(re.fullmatch(rf"{_MAIL} \([^()]*[^()\s][^()]*\)", text))


def is_integer(text: str) -> bool:
    """Return whether `text` is a non-negative integer in ASCII digits, small enough for any reader's own integers."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _has_host(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
