"""Evaluation of rules: whether a rule matches an entry, and which conditions hold.

It evaluates one entry at a time. `feed_definitions` decides which feeds there are.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from feeds.model import Condition, Entry, EntryMeta, Rule
from feeds.selection.topics import Taxonomy
from feeds.text.html.sanitiser import to_plain_text
from feeds.text.patterns import compile_pattern
from feeds.text.unicode import fold, is_mark, normalize

Property = tuple[str, str]
"""A property of an entry that a condition can require, such as `("topic", "ai")`."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff]")
_PROPERTIES = frozenset({"topic", "provider", "collection", "type"})


class RuleContext:
    """The properties and words of an entry, as rules see them.

    Args:
        entry: The entry's metadata.
        have: The entry's properties.
        load_entry: Loads the full entry, for rules that search its text.
    """

    __slots__ = ("_load_entry", "_text", "_title", "entry", "have")

    def __init__(self, entry: EntryMeta, have: tuple[Property, ...], load_entry: Callable[[EntryMeta], Entry]) -> None:
        self.entry = entry
        self.have = have
        self._load_entry = load_entry
        self._title: str | None = None
        self._text: str | None = None

    @property
    def title(self) -> str:
        if self._title is None:
            self._title = _plain(self.entry.title)
        return self._title

    @property
    def text(self) -> str:
        """The title, the summary and the body without its markup."""
        if self._text is None:
            entry = self._load_entry(self.entry)
            body = to_plain_text(entry.content or "")
            self._text = " ".join((entry.title, entry.summary or "", body))
        return self._text

    def is_true(self, required: Property) -> bool:
        kind, value = required
        if kind == "title":
            return _has_words(value, self.title)
        if kind == "text":
            return _has_words(value, _plain(self.text))
        if kind == "title_pattern":
            return compile_pattern(value)(normalize("NFC", self.entry.title))
        if kind == "text_pattern":
            return compile_pattern(value)(normalize("NFC", self.text))
        return required in self.have


def properties(entry: EntryMeta, taxonomy: Taxonomy) -> tuple[Property, ...]:
    """Return the properties of an entry; a topic includes its parent topics."""
    domain = entry.provider and entry.provider.domain
    providers = (("provider", domain),) if domain else ()
    have = ("collection", entry.collection), ("type", fold(entry.type or ""))
    return have + providers + taxonomy.properties(entry.categories)


class ConditionResult(NamedTuple):
    """The result of one condition for one entry.

    Attributes:
        name: The condition's key in the config.
        holds: Whether the condition holds.
        properties: The required properties, for conditions on properties.
        required: The required value, for other conditions.
        has: The entry's value.
    """

    name: str
    holds: bool
    properties: tuple[Property, ...] = ()
    required: str = ""
    has: str = ""


class Matcher:
    """A compiled rule, which can be evaluated for many entries."""

    def __init__(self, rule: Rule, taxonomy: Taxonomy) -> None:
        self.rule = rule
        self.any, self.all, self.none = (
            _required_properties(condition, taxonomy) for condition in (rule.any, rule.all, rule.none)
        )

    @property
    def index_key(self) -> Property | None:
        """The property that every matching entry has; None if there is no single one."""
        return self.any[0] if len(self.any) == 1 and self.any[0][0] in _PROPERTIES else None

    @property
    def is_exact_index_match(self) -> bool:
        """True if every entry with `index_key` matches; without an `index_key`, if every entry matches."""
        return self.rule == replace(Rule(), any=self.rule.any) and (not self.any or self.index_key is not None)

    def matches(self, subject: RuleContext, inside: bool = False) -> bool:
        """Return whether the rule matches, with the bounds of `keep` for an entry that is `inside` the feed."""
        return all(part.holds for part in self.parts(subject, inside))

    def parts(self, subject: RuleContext, inside: bool = False) -> Iterator[ConditionResult]:
        """Yield the result of each condition, in order of evaluation."""
        rule, entry = self.rule, subject.entry
        if self.any:
            yield ConditionResult("any", any(map(subject.is_true, self.any)), self.any)
        if self.all:
            yield ConditionResult("all", all(map(subject.is_true, self.all)), self.all)
        if self.none:
            yield ConditionResult("none", not any(map(subject.is_true, self.none)), self.none)
        if rule.after:
            yield ConditionResult(
                "after", entry.published >= rule.after, (), f"{rule.after:%Y-%m-%d}", f"{entry.published:%Y-%m-%d}"
            )
        if rule.before:
            yield ConditionResult(
                "before", entry.published < rule.before, (), f"{rule.before:%Y-%m-%d}", f"{entry.published:%Y-%m-%d}"
            )
        for name, number, least, keep in (
            ("quality", entry.quality, rule.quality, rule.keep_quality),
            ("heat", entry.heat, rule.heat, rule.keep_heat),
        ):
            minimum = keep if inside and keep is not None else least
            if minimum is not None:
                has = "no value" if number is None else f"{number:g}"
                yield ConditionResult(name, number is not None and number >= minimum, (), f"{minimum:g}", has)


def _required_properties(condition: Condition, taxonomy: Taxonomy) -> tuple[Property, ...]:
    topics = ((name, taxonomy.find(name)) for name in condition.topics)
    required = {("topic", topic.slug if topic else name) for name, topic in topics}
    required |= {("type", fold(name)) for name in condition.types}
    for kind, values in (
        ("provider", condition.providers),
        ("collection", condition.collections),
        ("title", condition.title),
        ("text", condition.text),
        ("title_pattern", condition.title_pattern),
        ("text_pattern", condition.text_pattern),
    ):
        required |= {(kind, value) for value in values}
    return tuple(sorted(required))


def listed(required: Iterable[Property]) -> str:
    """Return properties in the form that messages show."""
    return ", ".join(f"{kind} {value!r}" for kind, value in required)


def _plain(text: str) -> str:
    """Return text in which equivalent spellings are equal: case, apostrophes, composed letters."""
    return " ".join(fold(text.replace("’", "'")).split())


def _has_words(phrase: str, text: str) -> bool:
    """Return whether text from `_plain` has the words; combining marks belong to their letter."""
    match = _words(phrase).search(text)
    while match and not _is_whole(text, match):
        # The next match may begin inside this one.
        match = _words(phrase).search(text, match.start() + 1)
    return match is not None


def _is_whole(text: str, match: re.Match[str]) -> bool:
    """Return whether a match begins and ends with a letter and all its marks."""
    start, end = match.span()
    if end < len(text) and is_mark(text[end]):
        return False
    return not (start and is_mark(text[start - 1])) or _is_unspaced(text[start])


@lru_cache(maxsize=1024)
def _words(phrase: str) -> re.Pattern[str]:
    words = _plain(phrase)
    # "\b" would not work: "C++" ends in no word character, and must not match "C". Scripts without spaces
    # have no word boundaries.
    before = "" if _is_unspaced(words[:1]) else r"(?<!\w)"
    after = "" if _is_unspaced(words[-1:]) else r"(?![\w+#])"
    return re.compile(f"{before}{re.escape(words)}{after}")


def _is_unspaced(letter: str) -> bool:
    return bool(_UNSPACED.match(letter))
