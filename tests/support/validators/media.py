"""Check the elements of Media RSS anywhere in a feed.

Does not fetch a medium, and does not check the community, embed, price, licence and scene elements.

Spec: Media RSS 1.5.1.
"""

import re

from .report import Report
from .values import is_integer, is_language, is_media_type, is_web_iri
from .xmldoc import MEDIA, Element, attribute, children, elements, local_name, namespace, text_of, where

INTEGERS = frozenset({"fileSize", "width", "height", "duration"})
DECIMALS = frozenset({"bitrate", "framerate", "samplingrate", "channels"})
MEDIUMS = frozenset("image audio video document executable".split())
EXPRESSIONS = frozenset("sample full nonstop".split())
CONTENT_ATTRIBUTES = INTEGERS | DECIMALS | frozenset("url type medium isDefault expression lang".split())
NAMES = frozenset(
    "group content rating title description keywords thumbnail category hash player credit copyright text restriction "
    "community comments comment embed param responses response backLinks backLink status price license subTitle "
    "peerLink location rights scenes scene sceneTitle sceneDescription sceneStartTime sceneEndTime starRating "
    "statistics tags".split()
)


def check_media(root: Element, report: Report) -> None:
    """Check each element of Media RSS below `root`."""
    for element in elements(root):
        if namespace(element) != MEDIA:
            continue
        name = local_name(element)
        report.rule("media-element", name in NAMES, f"{where(element)} is no element of Media RSS")
        check = _CHECKS.get(name)
        if check:
            check(element, report)


def check_enclosed(entry: Element, enclosed: object, report: Report) -> None:
    """Check that a file of sound or film is also an enclosure, the only form that podcast clients read."""
    for content in elements(entry):
        if content.tag == _name("content") and attribute(content, "url"):
            kind = attribute(content, "medium") or (attribute(content, "type") or "").partition("/")[0]
            silent = enclosed or kind not in {"audio", "video"}
            report.rule("media-enclosure", silent, f"{where(content)} is {kind}, and there is no enclosure")


def _check_content(content: Element, report: Report) -> None:
    url = attribute(content, "url")
    if url is None:
        report.rule(
            "media-content-url", children(content, _name("player")), f"{where(content)} has no url and no player"
        )
    else:
        report.rule("media-content-url", is_web_iri(url), f"{where(content)}: url {url!r} is not absolute")
    given = {str(key): str(value) for key, value in content.attrib.items() if not str(key).startswith("{")}
    for key in sorted(given.keys() - CONTENT_ATTRIBUTES):
        report.rule("media-content-attribute", key in CONTENT_ATTRIBUTES, f"{where(content)} has {key}")
    for key in sorted(given.keys() & INTEGERS):
        report.rule("media-content-number", is_integer(given[key]), f"{where(content)}: {key} {given[key]!r}")
    for key in sorted(given.keys() & DECIMALS):
        number = re.fullmatch(r"\d+(?:\.\d+)?", given[key])
        report.rule("media-content-number", number, f"{where(content)}: {key} {given[key]!r}")
    _check_words(content, given, report)


def _check_words(content: Element, given: dict[str, str], report: Report) -> None:
    medium, expression = given.get("medium", "image"), given.get("expression", "full")
    report.rule("media-content-medium", medium in MEDIUMS, f"{where(content)}: medium {medium!r}")
    report.rule("media-content-expression", expression in EXPRESSIONS, f"{where(content)}: {expression!r}")
    report.rule(
        "media-content-type", is_media_type(given.get("type", "a/b")), f"{where(content)}: type is no MIME type"
    )
    report.rule("media-content-lang", is_language(given.get("lang", "en")), f"{where(content)}: lang is no language")
    default = given.get("isDefault", "true") in {"true", "false"}
    report.rule("media-content-default", default, f"{where(content)}: isDefault is neither true nor false")


def _check_group(group: Element, report: Report) -> None:
    contents = children(group, _name("content"))
    report.rule("media-group", len(contents) > 1, f"{where(group)} has no alternatives")
    defaults = [content for content in contents if attribute(content, "isDefault") == "true"]
    report.rule("media-group-default", len(defaults) < 2, f"{where(group)} has {len(defaults)} defaults")


def _check_thumbnail(thumbnail: Element, report: Report) -> None:
    url = attribute(thumbnail, "url") or ""
    report.rule("media-thumbnail-url", is_web_iri(url), f"{where(thumbnail)}: url {url!r}")
    for key in ("width", "height"):
        value = attribute(thumbnail, key)
        report.rule("media-thumbnail-size", value is None or is_integer(value), f"{where(thumbnail)}: {key} {value!r}")
    time = attribute(thumbnail, "time")
    right = time is None or re.fullmatch(r"(?:\d+:\d\d:\d\d|\d+:\d\d|\d+)(?:\.\d+)?", time)
    report.rule("media-thumbnail-time", right, f"{where(thumbnail)}: time {time!r}")


def _check_rating(rating: Element, report: Report) -> None:
    report.rule("media-rating", text_of(rating).strip(), f"{where(rating)} is empty")
    scheme = attribute(rating, "scheme")
    report.rule("media-rating", scheme is None or ":" in scheme, f"{where(rating)}: scheme {scheme!r} is no URI")


def _check_text(text: Element, report: Report) -> None:
    kind = attribute(text, "type")
    report.rule("media-text-type", kind in {None, "plain", "html"}, f"{where(text)}: type {kind!r}")
    report.rule("media-text-empty", text_of(text).strip(), f"{where(text)} is empty")


def _check_credit(credit: Element, report: Report) -> None:
    report.rule("media-credit", text_of(credit).strip(), f"{where(credit)} is empty")
    role = attribute(credit, "role")
    report.rule(
        "media-credit", role is None or role == role.lower(), f"{where(credit)}: role {role!r} is not lower case"
    )


def _check_player(player: Element, report: Report) -> None:
    url = attribute(player, "url") or ""
    report.rule("media-player-url", is_web_iri(url), f"{where(player)}: url {url!r}")


def _check_copyright(copyright_: Element, report: Report) -> None:
    url = attribute(copyright_, "url")
    report.rule("media-copyright-url", url is None or is_web_iri(url), f"{where(copyright_)}: url {url!r}")


def _name(name: str) -> str:
    return f"{{{MEDIA}}}{name}"


_CHECKS = {
    "content": _check_content,
    "group": _check_group,
    "thumbnail": _check_thumbnail,
    "rating": _check_rating,
    "title": _check_text,
    "description": _check_text,
    "credit": _check_credit,
    "player": _check_player,
    "copyright": _check_copyright,
}
