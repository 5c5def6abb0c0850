"""Values of a generator's front matter: lists of texts, authors, pictures and conditions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feeds.errors import NO_SUGGESTION, Params, Suggestion
from feeds.model.tree import Condition
from feeds.parsing.fields import Level, Report
from feeds.parsing.yaml_types import Mapping as YamlMapping

_HEADING = re.compile(r"^#[ \t]++([^\n]++)$", re.MULTILINE)
_CLOSING = re.compile(r"(?<![ \t])[ \t]++(?:#++[ \t]*+)?(?:\{[^{}\n]*+\})?[ \t]*+$")
_LINK = re.compile(r"!?\[([^\[\]\n]*+)\]\([^()\n]*+\)")
_MARKS = re.compile(r"[*`]{1,3}(?=\S)|(?<=\S)[*`]{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")


class Values:
    """Front matter whose keys are found in any case, with a dot for a key in a mapping.

    Args:
        data: The front matter of the file.
        defaults: The values of keys that it lacks.
    """

    def __init__(self, data: YamlMapping, defaults: Mapping[str, Any]) -> None:
        self.data = data
        self._folded = {key.lower(): key for key in data}
        self._defaults = {key.lower(): value for key, value in defaults.items()} if defaults else {}

    def find(self, key: str) -> tuple[str, Any]:
        """Return the key as it is written at the top level, and its value; None if the key is missing."""
        folded = key.lower()
        if (written := self._folded.get(folded)) is not None and self.data[written] is not None:
            return written, self.data[written]
        if "." in folded:
            first, *rest = folded.split(".")
            written = self._folded.get(first, "")
            value = _inner(self.data.get(written), rest)
            if value is not None:
                return written, value
        return "", self._defaults.get(folded)

    def first(self, keys: Iterable[str]) -> tuple[str, Any]:
        """Return the first of these keys that has a value, as it is written, and the value."""
        for key in keys:
            written, value = self.find(key)
            if value is not None and value != "":
                return written, value
        return "", None

    def held_by(self, conditions: Iterable[Condition]) -> str:
        """Return the key that holds the entry back, or an empty text."""
        for key, wanted in conditions:
            value = self.find(key)[1]
            found = value if isinstance(value, list) else [value]
            if any(str(each).strip().lower() in wanted for each in found if each is not None):
                return key
        return ""


def _inner(value: Any, path: list[str]) -> Any:
    for part in path:
        if not isinstance(value, dict):
            return None
        value = next((inner for key, inner in value.items() if key.lower() == part), None)
    return value


def split_texts(value: Any, preset: str, key: str) -> list[str]:
    """Return the texts of a list, or of one text as the generator splits it."""
    if isinstance(value, list):
        named = (item.get("name") or item.get("title") if isinstance(item, dict) else item for item in value)
        texts = [str(item) for item in named if item is not None and not isinstance(item, dict | list)]
    elif isinstance(value, dict) or value is None:
        texts = []
    elif preset == "jekyll":
        texts = value.split() if key in ("categories", "tags") else [value]
    elif preset == "pelican":
        texts = [value] if key == "category" else value.split(";" if ";" in value else ",")
    elif preset in ("plain", "obsidian"):
        texts = value.split(",")
    else:
        texts = [value]
    if preset == "obsidian":
        texts = [text.strip().removeprefix("#") for text in texts]
    return [text.strip() for text in texts if text.strip()]


def author_names(value: Any, authors: Mapping[str, str], preset: str, key: str) -> Iterator[tuple[str, str | None]]:
    """Yield the name and the URL of each author; an author may be the id of one in a data file."""
    if isinstance(value, list):
        for item in value:
            yield from author_names(item, authors, preset, "")
    elif isinstance(value, dict):
        name = value.get("name") or value.get("display_name")
        url = value.get("url") or value.get("uri") or value.get("link")
        if isinstance(name, str) and name.strip():
            yield name.strip(), url if isinstance(url, str) else None
    elif isinstance(value, str):
        for text in split_texts(value, preset, "category") if key == "author" else split_texts(value, preset, key):
            yield authors.get(text, text), None


def picture_paths(value: Any) -> Iterator[str]:
    """Yield the URL or path of each picture."""
    if isinstance(value, list):
        for item in value:
            yield from picture_paths(item)
    elif isinstance(value, dict):
        yield from picture_paths(next((value[key] for key in ("url", "src", "path", "image") if value.get(key)), None))
    elif isinstance(value, str) and value.strip():
        yield value.strip()


def split_heading(body: str) -> tuple[str, str]:
    """Return the text of the first heading, and the body without it; an empty text if a block of code comes first."""
    match = _HEADING.search(body)
    if match is None or "```" in body[: match.start()] or "~~~" in body[: match.start()]:
        return "", body
    title = _CLOSING.sub("", match[1].rstrip())
    title = _MARKS.sub("", _LINK.sub(r"\1", title)).strip()
    return title, body[: match.start()] + body[match.end() :]


def title_of_name(name: str, preset: str) -> str:
    """Return a title made of a file's name."""
    if preset == "jekyll":
        return " ".join(part.capitalize() for part in name.split("-"))
    text = name.replace("-", " ").replace("_", " ") if preset != "obsidian" else name
    return text[:1].upper() + text[1:]


def rename_keys(report: Report, names: dict[str, str]) -> Report:
    """Return a report that names keys as the file has them."""

    def renamed(
        line: int,
        key: str,
        code: str,
        params: Params = (),
        level: Level = "error",
        suggestion: Suggestion = NO_SUGGESTION,
        /,
    ) -> None:
        first, dot, rest = key.partition(".")
        report(line, names.get(first, first) + dot + rest, code, params, level, suggestion)

    return renamed
