"""An index of ordered entries by property."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from feeds.content.model import FULL_ENTRIES
from feeds.model import Entry, EntryMeta, Site
from feeds.selection.provider_policy import displayed_link, policy_of
from feeds.selection.rules import Matcher, Property, RuleContext, properties
from feeds.selection.topics import Taxonomy


class EntryIndex:
    """The entries in order, and for each property the entries that have it."""

    def __init__(
        self,
        entries: Sequence[EntryMeta],
        taxonomy: Taxonomy,
        site: Site,
        load_entry: Callable[[EntryMeta], Entry] = FULL_ENTRIES.load_entry,
    ) -> None:
        self.taxonomy = taxonomy
        self.site = site
        self.all = entries
        self.by_property: dict[Property, list[EntryMeta]] = defaultdict(list)
        self._whole = load_entry
        self._subjects: dict[str, RuleContext] = {}
        for entry in entries:
            for entry_property in properties(entry, taxonomy):
                self.by_property[entry_property].append(entry)
        links = list(map(self.link, entries)) if site.policies else [entry.link for entry in entries]
        self.has_shared_links = len(set(links)) < len(links)

    def subject(self, entry: EntryMeta) -> RuleContext:
        """Return the rule context of an entry; few rules need it."""
        # Keyed by source, because two entries can have one id if a file could not be read before.
        subject = self._subjects.get(entry.source)
        if subject is None:
            subject = self._subjects[entry.source] = RuleContext(entry, properties(entry, self.taxonomy), self._whole)
        return subject

    def matching(self, matcher: Matcher) -> Sequence[EntryMeta]:
        """Return all entries that a rule matches, in order."""
        candidates = self.all if matcher.index_key is None else self.by_property.get(matcher.index_key, ())
        if matcher.is_exact_index_match:
            return candidates
        return [entry for entry in candidates if matcher.matches(self.subject(entry))]

    def by_link(self, entries: Sequence[EntryMeta]) -> dict[str, list[EntryMeta]]:
        """Return the entries of each link that several entries have."""
        groups: dict[str, list[EntryMeta]] = {}
        for entry in entries if self.has_shared_links else ():
            groups.setdefault(self.link(entry), []).append(entry)
        return {link: group for link, group in groups.items() if len(group) > 1}

    def link(self, entry: EntryMeta) -> str:
        """Return the URL that feeds link to for an entry."""
        return displayed_link(entry, policy_of(entry, self.site.policies))
