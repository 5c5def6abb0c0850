"""Topics of a site: slugs, labels and the topic hierarchy.

It knows nothing about feeds. Names that differ only in case or in the form of their
characters are one name. A topic without a file in
`_data/topics` takes its label from its name.
"""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from feeds.errors import Param, Problem, problem
from feeds.model import Category, EntryMeta, Topic
from feeds.text import slugs as text_slugs
from feeds.text import unicode

_DEEPEST = 20


class Taxonomy:
    """The topics of a site.

    Two topics never share a slug: the first one keeps it, in the order of `_data/topics` and then of
    the entries by date.

    Attributes:
        topics: Topics with a feed.
        problems: Topics without a feed, and parents that do not exist.
    """

    def __init__(self, topics: Sequence[Topic], entries: Sequence[EntryMeta]) -> None:
        self.topics: list[Topic] = []
        self.problems: list[Problem] = []
        self._by_name: dict[str, Topic] = {}
        self._by_slug: dict[str, Topic] = {}
        self._by_path: dict[str, Topic] = {}
        for topic in topics:
            self._add(topic)
        # `power-apps` in an entry means the topic with this _id. A slug that is not an _id is not a name: "C" is
        # not "C++".
        self._by_name = {unicode.fold_name(slug): topic for slug, topic in self._by_slug.items()} | self._by_name
        seen = set()
        for entry in reversed(entries):
            for category in entry.categories:
                if category.label not in seen:
                    seen.add(category.label)
                    if unicode.fold_name(category.label) not in self._by_name:
                        self._add(Topic(text_slugs.slug(category.label), category.label, source=entry.source))
        self._parents = self._find_parents()
        self._lineage = {topic.slug: self._ancestors(topic) for topic in self.topics}
        self._named: dict[tuple[Category, ...], tuple[Category, ...]] = {}
        self._properties: dict[tuple[Category, ...], tuple[tuple[str, str], ...]] = {}

    def _add(self, topic: Topic) -> None:
        first = self._by_path.get(unicode.fold_case(topic.slug)) or self._by_name.get(unicode.fold_name(topic.name))
        if topic.slug and first is None:
            self.topics.append(topic)
            self._by_slug[topic.slug] = self._by_path[unicode.fold_case(topic.slug)] = topic
        elif first is None:
            self.problems.append(problem(topic.source, 0, "topics", "topic.entry_no_slug", topic=repr(topic.name)))
        elif first.slug != topic.slug and unicode.fold_name(first.name) == unicode.fold_name(topic.name):
            duplicate = problem(topic.source, 0, "name", "topic.duplicate", topic=repr(topic.name), other=first.source)
            self.problems.append(duplicate)
        elif first.slug == topic.slug:
            conflict = problem(
                topic.source,
                0,
                "topics",
                "topic.path_conflict",
                topic=repr(topic.name),
                source=topic.source,
                other=repr(first.name),
                other_source=first.source,
                slug=topic.slug,
            )
            self.problems.append(conflict)
        else:
            conflict = problem(
                topic.source,
                0,
                "topics",
                "topic.case_conflict",
                topic=repr(topic.name),
                source=topic.source,
                other=repr(first.name),
                other_source=first.source,
                slug=topic.slug,
                other_slug=first.slug,
            )
            self.problems.append(conflict)
        self._by_name.setdefault(unicode.fold_name(topic.name), topic)

    def find(self, name: str) -> Topic | None:
        """Return the topic with this name or slug, if it has a feed."""
        topic = self._by_name.get(unicode.fold_name(name)) or self._by_slug.get(name)
        return topic if topic and self._by_slug.get(topic.slug) is topic else None

    def _find_parents(self) -> dict[str, str]:
        """Return the slug of each topic's parent, limited to a number of levels."""
        parents = {}
        for topic in self.topics:
            parent = self.find(topic.parent) if topic.parent else None
            if parent:
                parents[topic.slug] = parent.slug
            elif topic.parent:
                self._warn(topic, "topic.unknown_parent", name=repr(topic.parent), similar=self.similar(topic.parent))
        by_slug = {topic.slug: topic for topic in self.topics}
        levels: dict[str, int] = {}
        for slug in by_slug:
            above: dict[str, None] = {}
            ancestor: str | None = slug
            while ancestor and ancestor not in levels and ancestor not in above:
                above[ancestor] = None
                ancestor = parents.get(ancestor)
            level = levels.get(ancestor or "", 0)
            for ancestor in reversed(above):
                level += 1
                if level > _DEEPEST:
                    del parents[ancestor]
                    self._warn(by_slug[ancestor], "topic.too_deep", limit=_DEEPEST - 1)
                    level = 1
                levels[ancestor] = level
        return parents

    def similar(self, name: str) -> str:
        """Return the quoted name of a topic that is spelt like this, or nothing."""
        close = difflib.get_close_matches(unicode.fold_name(name), self._by_name, 1)
        return repr(self._by_name[close[0]].name) if close else ""

    def _warn(self, topic: Topic, code: str, /, **params: Param) -> None:
        warning = Problem(topic.source, 0, "parent", code, tuple(params.items()), "warning")
        if warning not in self.problems:
            self.problems.append(warning)

    def _ancestors(self, topic: Topic) -> tuple[str, ...]:
        slugs = {topic.slug: None}
        last = topic.slug
        while parent := self._parents.get(last):
            if parent in slugs:
                self._warn(self._by_slug[last], "topic.own_ancestor")
                break
            slugs[parent] = None
            last = parent
        return tuple(slugs)

    def lineage(self, slug: str) -> tuple[str, ...]:
        """Return a topic and its ancestors, nearest first."""
        return self._lineage.get(slug, ())

    def properties(self, categories: tuple[Category, ...]) -> tuple[tuple[str, str], ...]:
        """Return the topics of an entry and their ancestors, without duplicates, for use by rules."""
        properties = self._properties.get(categories)
        if properties is None:
            slugs = dict.fromkeys(slug for category in categories for slug in self.lineage(category.term))
            properties = self._properties[categories] = tuple(("topic", slug) for slug in slugs)
        return properties

    def name(self, entry: EntryMeta) -> EntryMeta:
        """Return the entry with its topics labelled as in the taxonomy."""
        original = entry.categories
        categories = self._named.get(original)
        if categories is None:
            categories = self._named[original] = tuple(dict.fromkeys(map(self._category, original)))
        tags = entry.tags
        if tags:
            named = {unicode.fold_name(category.label) for category in categories}
            # A tag that repeats a topic is dropped.
            tags = tuple(tag for tag in tags if unicode.fold_name(tag) not in named)
        if (categories, tags) == (original, entry.tags):
            return entry
        return replace(entry, categories=categories, tags=tags)

    def _category(self, category: Category) -> Category:
        topic = self.find(category.label)
        # A topic without a feed has no slug, and its label is unique.
        return Category(topic.slug, topic.name) if topic else Category(category.label, category.label)
