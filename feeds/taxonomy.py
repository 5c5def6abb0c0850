"""What topics are called in paths, and which lie under which.

Knows nothing of feeds. A topic is what has its name, in whatever case; one that
`_data/topics` does not have is called after its name.
"""

from collections.abc import Sequence
from dataclasses import replace

from feeds import text
from feeds.errors import Problem
from feeds.model import Category, Head, Topic


class Taxonomy:
    """The topics of a site.

    Two never share a slug: the earlier, first of those in `_data/topics`, then of
    the entries by date, keeps it.

    Attributes:
        topics: Those that have a feed.
        problems: The topics that have none, and parents that do not exist.
    """

    def __init__(self, topics: Sequence[Topic], entries: Sequence[Head]) -> None:
        self.topics: list[Topic] = []
        self.problems: list[Problem] = []
        self._by_name: dict[str, Topic] = {}
        self._by_slug: dict[str, Topic] = {}
        for topic in topics:
            self._add(topic)
        # Who writes `power-apps` means the topic with this _id. Without an _id a slug is
        # no name: "C" is not "C++".
        self._by_name = self._by_slug | self._by_name
        seen = set()
        for entry in reversed(entries):
            for category in entry.categories:
                if category.label not in seen:
                    seen.add(category.label)
                    if category.label.casefold() not in self._by_name:
                        self._add(Topic(text.slug(category.label), category.label, source=entry.source))
        self._lineage = {topic.slug: self._ancestors(topic) for topic in self.topics}
        self._named: dict[tuple[Category, ...], tuple[Category, ...]] = {}
        self._properties: dict[tuple[Category, ...], tuple[tuple[str, str], ...]] = {}

    def _add(self, topic: Topic) -> None:
        first = self._by_slug.get(topic.slug) or self._by_name.get(topic.name.casefold())
        if topic.slug and first is None:
            self.topics.append(topic)
            self._by_slug[topic.slug] = topic
        elif first is None:
            message = f"the topic {topic.name!r} gives no name for a path: give it an _id in _data/topics"
            self.problems.append(Problem(topic.source, 0, "topics", message))
        elif first.slug != topic.slug:
            message = f"the topic {topic.name!r} stands in {first.source} too, and that one counts"
            self.problems.append(Problem(topic.source, 0, "name", message))
        else:
            called, other = (f"the topic {each.name!r} ({each.source})" for each in (topic, first))
            remedy = "give one of them another name or _id"
            message = f"{called} and {other} would both be /feeds/{topic.slug}.xml: {remedy}"
            self.problems.append(Problem(topic.source, 0, "topics", message))
        self._by_name.setdefault(topic.name.casefold(), topic)

    def find(self, name: str) -> Topic | None:
        """Return the topic of this name or slug that has a feed."""
        topic = self._by_name.get(name.casefold()) or self._by_slug.get(name)
        return topic if topic and self._by_slug.get(topic.slug) is topic else None

    def _ancestors(self, topic: Topic) -> tuple[str, ...]:
        slugs = [topic.slug]
        while topic.parent:
            parent = self.find(topic.parent)
            if parent is None or parent.slug in slugs:
                why = "lies under itself" if parent else f"no such topic: {topic.parent!r}"
                problem = Problem(topic.source, 0, "parent", why, "warning")
                if problem not in self.problems:
                    self.problems.append(problem)
                break
            slugs.append(parent.slug)
            topic = parent
        return tuple(slugs)

    def lineage(self, slug: str) -> tuple[str, ...]:
        """Return a topic and all it lies under, nearest first."""
        return self._lineage.get(slug, ())

    def properties(self, categories: tuple[Category, ...]) -> tuple[tuple[str, str], ...]:
        """Return the topics of an entry and all they lie under, as rules ask for them, each once."""
        found = self._properties.get(categories)
        if found is None:
            slugs = dict.fromkeys(slug for category in categories for slug in self.lineage(category.term))
            found = self._properties[categories] = tuple(("topic", slug) for slug in slugs)
        return found

    def name(self, entry: Head) -> Head:
        """Return the entry with its topics called what the taxonomy calls them."""
        given = entry.categories
        categories = self._named.get(given)
        if categories is None:
            categories = self._named[given] = tuple(dict.fromkeys(map(self._category, given)))
        tags = entry.tags
        if tags:
            named = {category.label.casefold() for category in categories}
            # What is a topic need not be a tag too.
            tags = tuple(tag for tag in tags if tag.casefold() not in named)
        if (categories, tags) == (given, entry.tags):
            return entry
        return replace(entry, categories=categories, tags=tags)

    def _category(self, category: Category) -> Category:
        topic = self.find(category.label)
        # A topic that has no feed has no slug either; its name is no other topic's.
        return Category(topic.slug, topic.name) if topic else Category(category.label, category.label)
