"""Read the format of the content tree from the config: the keys of `content`."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from feeds.config.section import Section
from feeds.model.tree import (
    DATE_SOURCES,
    FRONT_MATTER,
    IDS,
    KEYS,
    TITLE_SOURCES,
    TOKENS,
    Condition,
    TreeFormat,
)
from feeds.parsing.fields import quoted
from feeds.parsing.yaml_types import Mapping

_TOKEN = re.compile(r":([a-z_]+)")
_FORMULA = re.compile(r"(?:https?://|tag:|urn:)[^\s{}]*(?:\{[a-z_]+\}[^\s{}]*)+", re.IGNORECASE)
_PART = re.compile(r"\{([a-z_]+)\}")
ID_PARTS = ("file", "stem", "path", "slug", "date", "url", "host")
"""The parts of a template for ids, in braces."""


def read_tree(config: Section) -> TreeFormat | None:
    """Return the format of the tree, or None if it is the product's own without changes."""
    if not config.has_mapping("content"):
        return None
    section = config.section("content")
    tree = TreeFormat(
        preset=section.choice("preset"),
        files=_patterns(section, "files"),
        exclude=_patterns(section, "exclude"),
        front_matter=_choices(section, "front_matter", FRONT_MATTER),
        keys=dict(_keys(section)),
        date=_choices(section, "date", DATE_SOURCES),
        title=_choices(section, "title", TITLE_SOURCES),
        permalink=_permalink(section),
        id=_formula(section),
        id_until=section.date("id_until"),
        zone=_zone(section),
        held=_held(section),
        until=_texts(section, "until"),
    )
    return None if tree == TreeFormat() else tree


def _texts(section: Section, key: str) -> tuple[str, ...] | None:
    return section.texts(key) if key in section.fields.data else None


def _patterns(section: Section, key: str) -> tuple[str, ...] | None:
    found = _texts(section, key)
    for pattern in found or ():
        if pattern.startswith(("/", "./", "../")) or "\\" in pattern:
            section.error(key, "config.file_pattern", at_line=section.item_line(key, pattern), value=quoted(pattern))
    return found


def _choices(section: Section, key: str, choices: tuple[str, ...]) -> tuple[str, ...] | None:
    found = _texts(section, key)
    for value in found or ():
        if value not in choices:
            line = section.item_line(key, value)
            section.error(key, "config.not_one_of", at_line=line, value=quoted(value), choices=", ".join(choices))
    return found


def _keys(section: Section) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each key of Everyday Feeds with the keys of the tree that stand for it."""
    named = section.named("keys")
    for ours in named.names:
        if ours not in KEYS:
            named.error(ours, "config.tree_key", known=", ".join(KEYS))
            continue
        value = named.fields.data[ours]
        theirs = [value] if isinstance(value, str) else value
        if not isinstance(theirs, list) or not all(isinstance(key, str) and key.strip() for key in theirs):
            named.error(ours, "config.tree_key_names")
            continue
        yield ours, tuple(key.strip() for key in theirs)


def _permalink(section: Section) -> dict[str, str] | None:
    if not section.given("permalink"):
        return None
    if section.has_mapping("permalink"):
        named = section.fields.mapping("permalink")
        found = {name: named.text(name) or "" for name in named.data} if named else {}
        return {name: _pattern(section, name, value) for name, value in found.items()}
    return {"": _pattern(section, "", section.text("permalink") or "")}


def _pattern(section: Section, name: str, value: str) -> str:
    """Report the unknown tokens of a pattern, and return the pattern."""
    for token in _TOKEN.findall(value):
        if token not in TOKENS:
            section.error(
                "permalink",
                "config.permalink_token",
                token=f":{token}",
                known=", ".join(f":{token}" for token in sorted(TOKENS)),
            )
    if not value:
        section.error("permalink", "config.permalink_empty", folder=name)
    return value


def _formula(section: Section) -> str | None:
    value = section.text("id")
    if value is None or value in IDS:
        return value
    unknown = [part for part in _PART.findall(value) if part not in ID_PARTS]
    if unknown or not _FORMULA.fullmatch(value):
        parts = ", ".join(f"{{{part}}}" for part in ID_PARTS)
        section.error("id", "config.id_formula", value=quoted(value), choices=", ".join(IDS), parts=parts)
    return value


def _zone(section: Section) -> str | None:
    value = section.text("zone")
    if value is None:
        return None
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        section.error("zone", "config.zone", value=quoted(value))
    return value


def _held(section: Section) -> tuple[Condition, ...] | None:
    if "held" not in section.fields.data:
        return None
    value = section.fields.data["held"]
    conditions: list[Condition] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            conditions.append((item, ("true", "yes", "on", "1")))
        elif isinstance(item, Mapping):
            for key, wanted in item.items():
                texts = wanted if isinstance(wanted, list) else [wanted]
                conditions.append((key, tuple(str(text).lower() for text in texts)))
        elif item is not None:
            section.error("held", "config.held")
    return tuple(conditions)
