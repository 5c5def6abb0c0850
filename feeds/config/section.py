"""Typed access to a section of the config, with the defaults, ranges and choices of `schema`."""

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from feeds.errors import NO_SUGGESTION, Param, Suggestion
from feeds.parsing.fields import Fields, quoted
from feeds.parsing.schema import Schema
from feeds.parsing.yaml_types import Mapping as YamlMapping
from feeds.text.urls import resolve


class Section:
    """A mapping of the config, whose keys have a table of schemas; unknown keys are reported.

    Args:
        fields: The mapping.
        keys: The schema of each key.
    """

    def __init__(self, fields: Fields, keys: Mapping[str, Schema]) -> None:
        self.fields = fields
        self.keys = keys
        for key in fields.data:
            if key not in keys:
                similar = difflib.get_close_matches(key, keys, 1)
                self.error(
                    key,
                    "config.unknown_key",
                    suggestion=Suggestion("key", similar[0]) if similar else NO_SUGGESTION,
                    known=", ".join(keys),
                    similar=repr(similar[0]) if similar else "",
                )

    def error(
        self,
        key: str,
        code: str,
        /,
        *,
        at_line: int | None = None,
        suggestion: Suggestion = NO_SUGGESTION,
        **params: Param,
    ) -> None:
        """Report a mistake in the value of a key."""
        self.fields.error(key, code, at_line=at_line, suggestion=suggestion, **params)

    def given(self, key: str) -> bool:
        """Return whether the key has a value other than white space."""
        return self.fields.given(key)

    def is_null(self, key: str) -> bool:
        """Return whether the key is there without a value."""
        return key in self.fields.data and self.fields.data[key] is None

    def _default(self, key: str) -> Any:
        return self.keys[key].get("default")

    def text(self, key: str, required: bool = False) -> str | None:
        return self.fields.text(key, required) or self._default(key)

    def text_or_default(self, key: str) -> str:
        """Return the text of a key whose schema has a default."""
        return self.fields.text(key) or str(self._default(key))

    def texts(self, key: str) -> tuple[str, ...]:
        return self.fields.texts(key)

    def item_line(self, key: str, item: str) -> int:
        """Return the line of an item in a list of texts."""
        return self.fields.item_line(key, item)

    def flag(self, key: str) -> bool:
        return self.fields.flag(key, default=bool(self._default(key)))

    def number(self, key: str) -> float | None:
        return self.fields.number(key)

    def whole(self, key: str) -> int | None:
        """Return a whole number in the range of the schema, or the default."""
        number = self.fields.number(key)
        default: int | None = self._default(key)
        if number is None:
            return default
        least, most = self.keys[key]["minimum"], self.keys[key].get("maximum")
        if number < least or number != int(number):
            self.error(key, "config.not_whole", least=least, value=number)
        elif most is not None and number > most:
            self.error(key, "config.over_maximum", most=most, value=number)
        else:
            return int(number)
        return default

    def whole_or_default(self, key: str) -> int:
        """Return the whole number of a key whose schema has a default."""
        number = self.whole(key)
        return int(self._default(key)) if number is None else number

    def choice(self, key: str) -> str:
        """Return one of the values in the schema; the first is the default."""
        choices = [choice for choice in self.keys[key]["enum"] if choice is not None]
        value = self.fields.text(key) or choices[0]
        if value not in choices:
            similar = difflib.get_close_matches(value, choices, 1)
            suggestion = Suggestion("value", similar[0]) if similar else NO_SUGGESTION
            self.error(key, "config.not_one_of", suggestion=suggestion, value=quoted(value), choices=", ".join(choices))
        return str(value)

    def date(self, key: str) -> datetime | None:
        return self.fields.date(key)

    def url(self, key: str) -> str | None:
        return self.fields.url(key)

    def url_below(self, key: str, base: str) -> str | None:
        """Return a URL that may be relative to `base`."""
        value = self.fields.text(key)
        url = resolve(value, base) if value else None
        if value and not url:
            self.error(key, "value.not_url", value=quoted(value))
        return url

    def folder_url(self, key: str) -> str | None:
        """Return a URL without query and fragment, with a slash at the end."""
        url = self.fields.url(key, needed=True)
        if url and ("?" in url or "#" in url):
            self.error(key, "config.url_query")
        return url and url.rstrip("/") + "/"

    def section(self, key: str) -> "Section":
        """Return the section of a key; without a mapping, one that has the defaults alone."""
        return self.given_section(key) or Section(self._empty(key), self._inner_keys(key))

    def given_section(self, key: str) -> "Section | None":
        """Return the section of a key, or None if there is none."""
        fields = self.fields.mapping(key)
        return Section(fields, self._inner_keys(key)) if fields else None

    def has_mapping(self, key: str) -> bool:
        """Return whether the value of the key is a mapping."""
        return isinstance(self.fields.data.get(key), YamlMapping)

    def _empty(self, key: str) -> Fields:
        fields = self.fields
        return Fields(YamlMapping(), fields.first, fields.report, f"{fields.prefix}{key}.", at=fields.line(key))

    def _inner_keys(self, key: str) -> Mapping[str, Schema]:
        schema = self.keys[key]
        keys: Mapping[str, Schema] = (schema["anyOf"][1] if "anyOf" in schema else schema)["properties"]
        return keys

    def named(self, key: str) -> "Named":
        """Return the values of a mapping whose keys are names."""
        fields = self.fields.mapping(key) or self._empty(key)
        return Named(fields, self.keys[key]["additionalProperties"])


class Named:
    """A mapping of the config whose keys are names.

    Args:
        fields: The mapping.
        schema: The schema of each value.
    """

    def __init__(self, fields: Fields, schema: Schema) -> None:
        self.fields = fields
        self._schema = schema

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.fields.data)

    def line(self, name: str) -> int:
        return self.fields.line(name)

    def error(self, name: str, code: str, /, **params: Param) -> None:
        """Report a mistake in a name or its value."""
        self.fields.error(name, code, at_line=None, suggestion=NO_SUGGESTION, **params)

    def texts(self) -> Iterator[tuple[str, str | None]]:
        """Yield each name with its text."""
        for name in self.names:
            yield name, self.fields.text(name)

    def sections(self) -> Iterator[tuple[str, Section | None]]:
        """Yield each name with its section, or None if its value is no mapping."""
        for name in self.names:
            fields = self.fields.mapping(name)
            yield name, Section(fields, self._schema["properties"]) if fields else None
