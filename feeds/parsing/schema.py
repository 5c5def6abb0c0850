"""Building blocks for the JSON Schemas of the config and the front matter (draft 2020-12).

The readers take the key names from the schemas, so editors complete exactly the keys that are read.
A schema gives the type of a value and an example; the readers define its meaning.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]
MOST = {
    "topics": 50,
    "tags": 100,
    "images": 50,
    "authors": 50,
    "publishers": 50,
    "related": 100,
    "actions": 50,
    "levels": 20,
}
"""Most items of a list in a content file; further items are left out with a warning."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATE = r"^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$"


def key_schema(about: str, example: object = None, **rest: Any) -> Schema:
    return rest | {"description": about} | ({} if example is None else {"examples": [example]})


def text_schema(about: str, example: str = "", **rest: Any) -> Schema:
    # YAML may read a text as a number or a boolean, so all three types are allowed.
    return key_schema(about, example or None, type=["string", "number", "boolean", "null"], **rest)


def url_schema(about: str, example: str = "https://example.com/") -> Schema:
    return key_schema(about, example, type=["string", "null"], format="uri-reference")


def date_schema(about: str, example: str = "2026-01-31T09:30:00Z") -> Schema:
    return key_schema(about, example, type=["string", "null"], pattern=_DATE)


def number_schema(about: str, example: float, **rest: Any) -> Schema:
    return key_schema(about, example, type=["number", "null"], **rest)


def integer_schema(about: str, example: int, least: int = 1) -> Schema:
    return key_schema(about, example, type=["integer", "null"], minimum=least)


def flag_schema(about: str, example: bool) -> Schema:
    return key_schema(about, example, enum=[True, False, "yes", "no", "on", "off", 1, 0, None])


def choice_schema(about: str, *values: str) -> Schema:
    return key_schema(about, values[0], enum=[*values])


def texts_schema(about: str, *example: str, most: int | None = None) -> Schema:
    items = {"type": ["string", "number", "boolean", "null"]}
    made = key_schema(about, list(example) or None, type=["array", "null"], items=items)
    return made | ({} if most is None else {"maxItems": most})


def mapping_schema(about: str, keys: Mapping[str, Schema], required: Sequence[str] = (), strict: bool = True) -> Schema:
    made = key_schema(about, type=["object", "null"], properties=dict(keys))
    return made | ({"additionalProperties": False} if strict else {}) | ({"required": [*required]} if required else {})


def named_schema(about: str, each: Schema) -> Schema:
    return key_schema(about, type=["object", "null"], additionalProperties=each)


def mappings_schema(about: str, most: int, keys: Mapping[str, Schema]) -> Schema:
    each = mapping_schema(about, keys, strict=False) | {"type": "object"}
    return key_schema(about, anyOf=[{"type": "array", "items": each, "maxItems": most}, each, {"type": "null"}])


BOUND = {
    "count": integer_schema("Changes up to this number never stop a build.", 5, 0),
    "share": integer_schema("Changes up to this percentage of the total never stop a build.", 25, 0) | {"maximum": 100},
}
PROTECT = {
    "removals": mapping_schema("Limit for removed entries and feeds.", BOUND),
    "new_ids": mapping_schema("Limit for entries with a new id, which readers would announce again.", BOUND),
}


def find_schema(table: Mapping[str, Schema], path: Sequence[str]) -> Schema | None:
    """Return what the table says of a key, given with its parents' names before it."""
    if not path or path[0] not in table:
        return None
    found = table[path[0]]
    for name in path[1:]:
        if "anyOf" in found:
            found = found["anyOf"][1]
        inner = found.get("properties", {}).get(name, found.get("additionalProperties"))
        if not isinstance(inner, dict):
            return None
        found = inner
    return found


AUTHOR = {
    "name": text_schema("The name.", "Ada Lovelace"),
    "url": url_schema("The page."),
    "email": text_schema("The e-mail address.", "ada@example.com"),
}
PICTURE = {
    "url": url_schema("The picture.", "/assets/logo.png"),
    "width": integer_schema("The width in pixels.", 512),
    "height": integer_schema("The height in pixels.", 512),
}
