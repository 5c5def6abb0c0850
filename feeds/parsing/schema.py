"""Building blocks for the JSON Schemas of the config and the front matter (draft 2020-12).

The readers take the names of the keys from the schemas, so editors complete exactly the keys that are read.
The reader of the config takes the defaults and ranges from the schema too.
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


def key_schema(about: str, example: object = None, default: object = None, **rest: Any) -> Schema:
    """Return the schema of a key.

    Args:
        about: The help text; editors and the tables of the docs show it.
        example: A valid value.
        default: The value of a missing key; None if there is none, or if `about` explains it.
        rest: More keywords of JSON Schema.
    """
    schema = rest | {"description": about}
    if default is not None:
        shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        schema = rest | {"description": f"{about} Default: {shown}.", "default": default}
    return schema | ({} if example is None else {"examples": [example]})


def text_schema(about: str, example: str = "", **rest: Any) -> Schema:
    # YAML may read a text as a number or a boolean, so all three types are allowed.
    return key_schema(about, example or None, type=["string", "number", "boolean", "null"], **rest)


def url_schema(about: str, example: str = "https://example.com/") -> Schema:
    return key_schema(about, example, type=["string", "null"], format="uri-reference")


def date_schema(about: str, example: str = "2026-01-31T09:30:00Z") -> Schema:
    return key_schema(about, example, type=["string", "null"], pattern=_DATE)


def number_schema(about: str, example: float, **rest: Any) -> Schema:
    return key_schema(about, example, type=["number", "null"], **rest)


def integer_schema(
    about: str, example: int, least: int = 1, most: int | None = None, default: int | None = None
) -> Schema:
    limits = {"minimum": least} | ({} if most is None else {"maximum": most})
    return key_schema(about, example, default, type=["integer", "null"], **limits)


def flag_schema(about: str, example: bool, default: bool | None = None) -> Schema:
    return key_schema(about, example, default, enum=[True, False, "yes", "no", "on", "off", 1, 0, None])


def choice_schema(about: str, *values: str) -> Schema:
    """Return the schema of a key with a choice of values; the first is the default."""
    return key_schema(about, values[0], values[0], enum=[*values, None])


def texts_schema(about: str, *example: str, most: int | None = None) -> Schema:
    items = {"type": ["string", "number", "boolean", "null"]}
    schema = key_schema(about, [*example] or None, type=["array", "null"], items=items)
    return schema | ({} if most is None else {"maxItems": most})


def mapping_schema(about: str, keys: Mapping[str, Schema], required: Sequence[str] = (), strict: bool = True) -> Schema:
    schema = key_schema(about, type=["object", "null"], properties=dict(keys))
    return (
        schema | ({"additionalProperties": False} if strict else {}) | ({"required": [*required]} if required else {})
    )


def named_schema(about: str, value: Schema) -> Schema:
    """Return the schema of a mapping whose keys are names."""
    return key_schema(about, type=["object", "null"], additionalProperties=value)


def mappings_schema(about: str, most: int, keys: Mapping[str, Schema]) -> Schema:
    item = mapping_schema(about, keys, strict=False) | {"type": "object"}
    return key_schema(about, anyOf=[{"type": "array", "items": item, "maxItems": most}, item, {"type": "null"}])


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
