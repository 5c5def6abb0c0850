"""Explanation of why a feed has or lacks an entry, step by step.

This module decides nothing: it evaluates the same rules and selection steps as a build at this time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeds.content.frontmatter import Parsed
from feeds.content.model import Content, EntryRepository
from feeds.edition.model import Edition, Membership
from feeds.edition.paths import FEEDS_PREFIX, SUFFIXES, feed_name
from feeds.errors import Bug, NotFoundError, Problem
from feeds.model import EntryMeta, FeedDefinition, FeedDocuments, Site
from feeds.selection import select
from feeds.selection.candidates import Candidates, prepare_candidates
from feeds.selection.clusters import stories
from feeds.selection.entry_index import EntryIndex
from feeds.selection.paging import paginate
from feeds.selection.rules import ConditionResult, Matcher, RuleContext, listed
from feeds.selection.select import SelectionTrace

_BOUNDS = {"after": "a date from {} on", "before": "a date before {}"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the selection, and whether the entry passed it."""

    text: str
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation for one entry.

    Attributes:
        source: The entry's file, relative to the tree.
        id: The entry's id; empty if it has none.
        steps: The steps up to publication, or up to the one that prevented it.
        feeds: Paths of the feeds with the entry, and the part of the rule that matches.
        path: The requested feed.
        feed_steps: The steps of the selection for that feed.
    """

    source: str
    title: str
    id: str
    steps: tuple[Step, ...]
    feeds: tuple[tuple[str, str], ...] = ()
    path: str = ""
    feed_steps: tuple[Step, ...] = ()


def find(wanted: str, path: str, content: Content, feeds: Iterable[FeedDocuments]) -> str | None:
    """Return the file of the entry with this path, id or link."""
    for entry in content.entries:
        if entry.source == path or entry.id == wanted or wanted in entry.links:
            return entry.source
    # The id of a renamed file is in the previous edition and not in the file.
    published = (entry for feed in feeds for entry in feed.all_entries)
    kept = (entry.source for entry in published if entry.id == wanted)
    return next(kept, next((unreadable for unreadable in content.unreadable if unreadable == path), None))


@dataclass(frozen=True, slots=True)
class BuildTrace:
    """The inputs and the results of a build.

    Attributes:
        content: The loaded content.
        custom: The feeds that the configuration defines.
        site: The publication.
        before: The published edition.
        now: The time.
        feeds: The feeds of a build at that time.
        problems: Problems of the content, including bugs.
    """

    content: Content
    custom: Sequence[FeedDefinition]
    site: Site
    before: Edition
    now: datetime
    feeds: Sequence[FeedDocuments]
    problems: Sequence[Problem]


def explain(
    source: str, parsed: Parsed, trace: BuildTrace, repository: EntryRepository, feed: str | None = None
) -> Explanation:
    """Explain the state of the entry in a file, and its selection for one feed if requested.

    Args:
        source: The file, relative to the tree.
        parsed: The parsed file.
        trace: The build of the whole tree.
        repository: Loads full entries, for rules that search their text.
        feed: The feed's path, without `feeds/`.

    Raises:
        NotFoundError: The feed does not exist.
    """
    arranged = prepare_candidates(trace.content, trace.site, trace.before, trace.now)
    due = replace(trace.content, entries=arranged.stable_ids.entries)
    specs, index, _ = select.prepare(due, trace.custom, trace.site, repository)
    spec = find_spec(specs, feed) if feed else None
    bugs = [problem for problem in trace.problems if isinstance(problem, Bug) and problem.path == source]
    steps = (*_published(source, parsed, arranged, trace.now), *(Step(bug.message, passed=False) for bug in bugs))
    head = next((entry for entry in arranged.stable_ids.entries if entry.source == source), None)
    title = parsed.entry.title if parsed.entry else ""
    path = spec.path if spec else ""
    if head is None:
        return Explanation(source, title, "", steps, path=path)
    subject = index.subject(next(indexed for indexed in index.all if indexed.source == source))
    built = {feed_documents.spec.path: feed_documents for feed_documents in trace.feeds}
    have = tuple(
        (candidate.path, _ground(_matcher(candidate, index), subject))
        for candidate in specs
        if any(entry.id == head.id for entry in built[candidate.path].all_entries)
    )
    steps_to_feed: tuple[Step, ...] = ()
    if spec:
        followed = select.select_feed(spec, index, arranged.past, trace.now)
        stay = arranged.past.memberships.get(spec.path, {}).get(head.id)
        steps_to_feed = tuple(_steps_to_feed(spec, subject, index, followed, built[spec.path], stay))
    return Explanation(source, title, head.id, steps, have, path, steps_to_feed)


def find_spec(specs: Sequence[FeedDefinition], name: str) -> FeedDefinition:
    """Return the feed with this path, with or without `feeds/` and a suffix.

    Raises:
        NotFoundError: The feed does not exist; the message suggests a similar one.
    """
    import difflib

    path = FEEDS_PREFIX + feed_name(name.strip("/"))
    for suffix in SUFFIXES:
        path = path.removesuffix(suffix)
    named = {spec.path: spec for spec in specs}
    if path not in named:
        lower = {known_path.lower(): known_path for known_path in named}
        close = [lower[lower_path] for lower_path in difflib.get_close_matches(path.lower(), lower, 1)]
        similar = repr(feed_name(close[0])) if close else ""
        raise NotFoundError(name, "feed.not_found", similar=similar)
    return named[path]


def _matcher(spec: FeedDefinition, index: EntryIndex) -> Matcher:
    return Matcher(spec.rule, index.taxonomy)


def _ground(matcher: Matcher, subject: RuleContext) -> str:
    """Return the part of a rule by which a feed has an entry."""
    parts = [_describe(part, subject) for part in matcher.parts(subject, inside=True) if part.name != "none"]
    return "; ".join(parts) or ("no condition excludes the entry" if matcher.none else "the feed takes every entry")


def _published(source: str, parsed: Parsed, arranged: Candidates, now: datetime) -> Iterator[Step]:
    """Yield the steps that decide whether an entry is published."""
    if parsed.status == "unpublished":
        yield Step(f"held back by {parsed.held_by} in the front matter", passed=False)
    elif parsed.status == "plain":
        yield Step("not an entry: the file has no front matter", passed=False)
    elif parsed.entry is None:
        for problem in parsed.problems:
            if problem.level != "warning":
                yield Step(f"{parsed.status}: {problem}", passed=False)
    if (entry := parsed.entry) is None:
        return
    yield Step("the entry is valid")
    if entry.published > now:
        yield Step(f"scheduled: the date {entry.published:%Y-%m-%d %H:%M} UTC is in the future", passed=False)
        return
    yield Step(f"the date {entry.published:%Y-%m-%d %H:%M} UTC is in the past")
    refused = [problem for problem in arranged.stable_ids.problems if problem.path == source]
    for problem in refused:
        yield Step(f"{problem.key}: {problem.message}", passed=problem.level == "warning")
    if any(head.source == source for head in arranged.stable_ids.entries):
        yield Step("the entry is published")


def _steps_to_feed(
    spec: FeedDefinition,
    subject: RuleContext,
    index: EntryIndex,
    trace: SelectionTrace,
    built: FeedDocuments,
    stay: Membership | None,
) -> Iterator[Step]:
    """Yield the selection steps of an entry for a feed, up to the first one that it does not pass."""
    entry = subject.entry
    matcher = _matcher(spec, index)
    parts = list(matcher.parts(subject, inside=stay is not None and stay.active))
    for part in parts:
        yield Step(_describe(part, subject), part.holds)
        if not part.holds:
            return
    if not parts:
        yield Step("the feed takes every entry")
    if not _has(trace.after_collapse, entry):
        story = next(group for group in stories(trace.matching) if _has(group, entry))
        first = next(representative for representative in trace.after_collapse if _has(story, representative))
        yield Step(f"collapsed: {first.source} stands for the story", passed=False)
        return
    if not _has(trace.after_dedup, entry):
        link = index.link(entry)
        first = next(representative for representative in trace.after_dedup if index.link(representative) == link)
        yield Step(f"duplicate: {first.source} has the link {link}", passed=False)
        return
    if not _has(trace.after_provider_cap, entry):
        yield Step(
            f"max_per_provider: {spec.max_per_provider} newer entries of its provider are in the feed", passed=False
        )
        return
    main = built.main.entries
    if _has(main, entry):
        yield Step(f"in the feed: the {_ordinal(main, entry)} of {len(main)} entries")
        return
    for archive in built.archives:
        if _has(archive.entries, entry):
            yield Step(f"in the archive /{archive.path}.xml, not in the main document")
            return
    untrimmed = paginate(trace.selection, index.site).main.entries
    if _has(untrimmed, entry):
        yield Step("size limit: the document lost its oldest entries", passed=False)
    elif spec.limit:
        yield Step(f"limit: {spec.limit} newer entries are in the feed", passed=False)
    elif len(untrimmed) < min(len(trace.after_provider_cap), index.site.window.entries):
        yield Step("window: older than the oldest entry before a removal", passed=False)
    else:
        yield Step(f"window: {len(untrimmed)} newer entries are in the feed", passed=False)


def _describe(part: ConditionResult, subject: RuleContext) -> str:
    if not part.properties:
        required = _BOUNDS.get(part.name, "{} or more").format(part.required)
        return f"{part.name}: needs {required}; the entry has {part.has}"
    true = [required for required in part.properties if subject.is_true(required)]
    if part.name == "all" and not part.holds:
        return f"all: the entry has no {listed(required for required in part.properties if required not in true)}"
    values = listed(true) if true else f"no {listed(part.properties)}"
    return f"{part.name}: the entry has {values}"


def _has(entries: Sequence[EntryMeta], entry: EntryMeta) -> bool:
    return any(member.id == entry.id for member in entries)


def _ordinal(entries: Sequence[EntryMeta], entry: EntryMeta) -> str:
    number = 1 + next(index for index, member in enumerate(entries) if member.id == entry.id)
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
