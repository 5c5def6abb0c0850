"""Read the feeds of `config.yaml`: their names, rules and settings."""

import re
import warnings
from collections.abc import Iterator

from feeds.config.section import Named, Section
from feeds.edition.paths import FEEDS_PREFIX
from feeds.model import Condition, FeedDefinition, Rule
from feeds.parsing.fields import quoted
from feeds.text import slugs, unicode, urls
from feeds.text.patterns import MAX_PATTERNS, PatternError, compile_pattern

_NAME = re.compile(r"\w+(?:-\w+)*")
_KINDS = ("topics", "providers", "collections", "types")
"""The keys of a condition whose values occur in the content, so that a misspelt value can be reported."""
Reference = tuple[str, str, int]


def read_feeds(feeds: Named, site_title: str, source: str) -> Iterator[FeedDefinition]:
    """Yield the feeds of the config.

    Args:
        feeds: The feeds by name.
        site_title: Part of their titles.
        source: The path of the config, for messages.
    """
    report_case_conflicts(feeds, "feeds")
    for name, section in feeds.sections():
        if section is not None:
            if not is_feed_name(name):
                feeds.error(name, "config.feed_name")
            yield _feed(section, name, site_title, source, feeds.line(name))
        elif feeds.fields.data[name] is None:
            feeds.error(name, "config.feed_empty")


def report_case_conflicts(names: Named, key: str) -> None:
    """Report names that differ only in case: on macOS and Windows, their documents are the same files."""
    first: dict[str, str] = {}
    for name in names.names:
        earlier_name = first.setdefault(unicode.fold_case(name), name)
        if earlier_name != name:
            names.error(name, "config.feed_case", other=f"{key}.{earlier_name}", other_line=names.line(earlier_name))


def is_feed_name(name: str) -> bool:
    """Return whether a feed can have this name: a slug, or `providers/` and a domain."""
    if name.startswith("providers/"):
        return urls.domain(name.removeprefix("providers/")) == name.removeprefix("providers/")
    return bool(_NAME.fullmatch(name)) and len(name.encode()) <= slugs.MAX_NAME


def _feed(section: Section, name: str, site_title: str, source: str, line: int) -> FeedDefinition:
    title = section.text("title") or name
    references: list[Reference] = []
    spec = FeedDefinition(
        path=f"{FEEDS_PREFIX}{name}",
        name=title,
        title=f"{title} – {site_title}" if site_title else title,
        kind="custom",
        rule=_rule(section, references),
        description=section.text("description"),
        limit=section.whole("limit"),
        max_per_provider=section.whole("max_per_provider"),
        collapse=section.choice("clusters") == "collapse",
        unique_links=section.choice("links") == "unique",
        content=section.choice("content"),
        order_by_first_match=section.choice("order") == "entered",
        archive=section.flag("archive"),
        source=source,
        line=line,
        rule_references=tuple(references),
    )
    for key, value in (
        ("limit", spec.limit),
        ("max_per_provider", spec.max_per_provider),
        ("order", spec.order_by_first_match),
    ):
        if spec.archive and value:
            section.error(key, "config.feed_archive")
    return spec


def _rule(section: Section, references: list[Reference]) -> Rule:
    keep = section.section("keep")
    rule = Rule(
        any=_condition(section, "any", references),
        all=_condition(section, "all", references),
        none=_condition(section, "none", references),
        quality=section.number("quality"),
        heat=section.number("heat"),
        after=section.date("after"),
        before=section.date("before"),
        keep_quality=keep.number("quality"),
        keep_heat=keep.number("heat"),
    )
    if rule.after and rule.before and rule.after >= rule.before:
        section.error("before", "config.before_after")
    for key, enter, leave in (("quality", rule.quality, rule.keep_quality), ("heat", rule.heat, rule.keep_heat)):
        is_wrong = enter is None and section.given(key)  # reported already
        if leave is not None and not is_wrong and (enter is None or leave > enter):
            keep.error(key, "config.keep_bound", key=key)
    return rule


def _condition(feed: Section, key: str, references: list[Reference]) -> Condition:
    section = feed.given_section(key)
    if section is None:
        if feed.is_null(key):
            feed.error(key, "config.empty_condition")
        return Condition()
    values = {kind: section.texts(kind) for kind in section.keys}
    if not any(values.values()) and not section.fields.failed:
        feed.error(key, "config.empty_condition")
    references += [(kind, value, section.item_line(kind, value)) for kind in _KINDS for value in values[kind]]
    values["providers"] = tuple(_domains(section, values["providers"]))
    for kind in ("title_pattern", "text_pattern"):
        if len(values[kind]) > MAX_PATTERNS:
            section.error(kind, "config.too_many_patterns", limit=MAX_PATTERNS)
            continue
        for pattern in sorted(values[kind]):
            _check_pattern(section, kind, pattern)
    return Condition(**{kind: frozenset(texts) for kind, texts in values.items()})


def _domains(section: Section, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if domain := urls.domain(name):
            yield domain
        else:
            line = section.item_line("providers", name)
            section.error("providers", "config.provider_domain", at_line=line, value=quoted(name))


def _check_pattern(section: Section, key: str, pattern: str) -> None:
    """Report a pattern that cannot be used."""
    line, value = section.item_line(key, pattern), quoted(pattern)
    try:
        with warnings.catch_warnings():
            # Python warns about syntax whose meaning may change.
            warnings.simplefilter("error")
            compile_pattern(pattern)
    except PatternError as error:
        if error.feature:
            section.error(key, "pattern.unsupported", at_line=line, feature=error.feature, value=value)
        elif error.code == "pattern.too_large":
            section.error(key, "pattern.too_large", at_line=line, value=value)
        else:
            section.error(key, "pattern.syntax", at_line=line, value=value)
    except Warning:
        section.error(key, "pattern.syntax", at_line=line, value=value)
