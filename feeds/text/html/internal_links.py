"""Links from a body to a place in the same body, and the ids of these places.

Footnotes and tables of contents have such links. A page or a feed reader may show many bodies at once, so each id
gets a prefix, and an id that no link needs is not written.
"""

import re
from html import unescape
from urllib.parse import quote, unquote

from feeds.text.html.attributes import Resolve
from feeds.text.html.limits import OutputBudget
from feeds.text.html.serialisation import escape

_HREF = re.compile(r"""\bhref\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_ID = re.compile(r"""\b(?:id|name)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)
_WRITTEN_ID = re.compile(r'(<[a-z][^<>]*?) id="([^"]*+)"')
_WRITTEN_LINK = re.compile(r'(<a\b[^<>]*? href=")(#[^"]*+)')
_MOST_ID = 200  # characters
_FRAGMENT_SAFE = "/:@!$'()*,;-._~?"


class InternalLinks:
    """The links of one body to its own ids.

    Attributes:
        targets: The ids in the source to which a link in the source leads.
    """

    def __init__(self, markup: str, resolve: Resolve, prefix: str, budget: OutputBudget) -> None:
        self.targets = _link_targets(markup)
        self._resolve = resolve
        self._prefix = prefix
        self._budget = budget
        # The ids that were written, with their prefix.
        self._ids: set[str] = set()
        # The links that were written, and their absolute URLs.
        self._urls: dict[str, str] = {}

    def link(self, value: str) -> str | None:
        """Return the link to an id of the body, or None if a `href` leads elsewhere."""
        fragment = value.strip().partition("#")[2]
        target = unquote(fragment)
        absolute = self._resolve(value) if target in self.targets else None
        if absolute is None or absolute != self._resolve(f"#{fragment}"):
            return None
        link = f"#{quote(self._with_prefix(target), safe=_FRAGMENT_SAFE)}"
        self._urls[link] = absolute
        self._budget.spend(len(absolute))
        return link

    def id(self, value: str) -> str | None:
        """Return the id to write for an id of the source, or None if no link needs it."""
        name = self._with_prefix(value)
        if value not in self.targets or name in self._ids:
            return None
        self._ids.add(name)
        self._budget.spend(len(self._prefix))
        return name

    def finish(self, html: str) -> str:
        """Return the whole output with matching links and ids.

        A link to an id that was not written gets its absolute URL. An id goes if no link needs it, and so does
        the second one if a reopened format repeats it.
        """
        if self._urls:
            html = _WRITTEN_LINK.sub(self._resolve_link, html)
        if self._ids:
            needed = {unquote(link[1:]) for link in self._urls}
            html = _WRITTEN_ID.sub(lambda match: match[0 if _discard(needed, unescape(match[2])) else 1], html)
        return html

    def _resolve_link(self, match: re.Match[str]) -> str:
        link = unescape(match[2])
        if link not in self._urls or unquote(link[1:]) in self._ids:
            return match[0]
        return match[1] + escape(self._urls[link], is_quoted=True)

    def _with_prefix(self, name: str) -> str:
        return name if name.startswith(self._prefix) else self._prefix + name


def _link_targets(markup: str) -> frozenset[str]:
    """Return the ids in a body that links in the same body may lead to."""
    if "#" not in markup:
        return frozenset()
    linked = {unquote(unescape("".join(groups).strip().partition("#")[2])) for groups in _HREF.findall(markup)} - {""}
    if not linked:
        return frozenset()
    ids = {unescape("".join(groups)) for groups in _ID.findall(markup)}
    return frozenset(name for name in linked & ids if name and len(name) <= _MOST_ID and name.split() == [name])


def _discard(names: set[str], name: str) -> bool:
    """Remove a name from a set. Return whether the set had it."""
    is_there = name in names
    names.discard(name)
    return is_there
