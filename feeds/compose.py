"""Make the edition: from content, the edition before and the moment to every document.

The same arguments give the same bytes on any machine;
no file, clock, network or environment is looked at, here or above.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feeds import fallback, history, memory, selection, text
from feeds.edition import Document, Edition, InMemory, Listing, Removal, State, Store, fingerprint
from feeds.errors import NOT_ISOLATED, Bug, Problem, bug_in
from feeds.fallback import Rendered
from feeds.formats import formats_of, html, opml, sitemap, stylesheet
from feeds.memory import Renamed
from feeds.model import ICON_PATH, Asset, Feed, FeedSpec, Head, Site, Tombstone
from feeds.press import ENTRY_SHARE, Press
from feeds.selection import Content, Past, Selected

# So many that nobody notices, so few that a feed stays small.
_TOMBSTONES = 250


@dataclass(frozen=True, slots=True)
class Composed:
    """An edition, and what there is to say of it.

    Attributes:
        problems: What is wrong with the content as a whole.
        renamed: The entries whose ids changed.
        published: The ids of the entries that are due.
        refused: How many had the id of another one.
        until: The moment at which the same content gives another edition; None for never.
        feeds: What the documents of the edition hold.
        faulty: Files whose entries an exception of ours kept from being selected or rendered.
        stale: The ids of entries that keep their last good rendering.
    """

    edition: Edition
    problems: tuple[Problem, ...]
    renamed: tuple[Renamed, ...]
    published: frozenset[str]
    refused: int
    until: datetime | None = None
    feeds: tuple[Feed, ...] = ()
    faulty: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Arranged:
    """The entries that feeds are chosen from, and what is known of them from before.

    Attributes:
        before: The edition before, with its feeds called what they are called now.
        kept: The entries, and which id each file has.
        removals: What was removed.
        twice: Entries that have the id of another one.
    """

    before: Edition
    kept: memory.Kept
    ids: frozenset[str]
    removals: dict[str, Removal]
    past: Past
    twice: tuple[Problem, ...]
    refused: int


def arrange(content: Content, site: Site, before: Edition, now: datetime) -> Arranged:
    """Return the entries of this content that are due at this moment, each with the id it has for good."""
    before = memory.follow(before, site.aliases)
    entries, twice = selection.due(content.entries, now)
    kept = memory.keep_ids(entries, before, content.broken)
    ids = frozenset([entry.id for entry in kept.entries])
    removals = memory.removals(before, ids, content.broken, now, site.tombstones)
    # What is forgotten now is forgotten everywhere, or the next build would come to something else.
    known = frozenset([each.id for each in kept.files.values()]) | removals.keys()
    listings = {listing.path: listing for listing in before.state.feeds}
    past = Past(before.state.stays, known, memory.archived(before), listings)
    refused = len(twice) + len(entries) - len(kept.entries)
    return Arranged(before, kept, ids, removals, past, twice, refused)


def compose(
    content: Content,
    custom: Sequence[FeedSpec],
    site: Site,
    before: Edition,
    now: datetime,
    store: Store | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Composed:
    """Return the edition of this content at this moment.

    A feed that is made from the same as before is not made again where the store has
    its documents already, which it has only if the same program made them.

    Args:
        content: What the content tree says.
        custom: The feeds that the configuration defines.
        site: The publication.
        before: The edition that is published now; an empty one if there is none.
        now: Decides which entries are due, and since when documents, stays and
            removals are what they are.
        store: Where the bytes go; None leaves them in the documents.
        progress: Told how many of the feeds are made.
    """
    now = now.replace(microsecond=0)
    store = store or InMemory()
    bugs: dict[str, Bug] = {}
    while True:
        try:
            return _compose(without(content, bugs), custom, site, before, now, store, progress, bugs)
        except _EntriesError as error:
            # What feeds have depends on all entries, so they are made from the beginning without these.
            bugs |= error.bugs
            store.clear()


def without(content: Content, sources: Collection[str]) -> Content:
    """Return the content as if the entries of these files could not be read because of a bug of ours."""
    if not sources:
        return content
    return replace(
        content,
        entries=tuple(entry for entry in content.entries if entry.source not in sources),
        broken=content.broken.union(sources),
        faulty=content.faulty.union(sources),
    )


class _EntriesError(Exception):
    """Exceptions of ours that single entries cause, by their files."""

    def __init__(self, bugs: Mapping[str, Bug]) -> None:
        super().__init__(*bugs)
        self.bugs = bugs


def _select(
    content: Content, custom: Sequence[FeedSpec], site: Site, before: Edition, now: datetime, maker: "_Maker"
) -> tuple[Arranged, Selected]:
    """Return the feeds of the content.

    Raises:
        _EntriesError: An exception of ours that single entries cause.
    """

    def select(entries: Sequence[Head]) -> tuple[Arranged, Selected]:
        some = replace(content, entries=tuple(entries))
        arranged = arrange(some, site, before, now)
        past = replace(arranged.past, stale=maker.stale_heads)
        return arranged, selection.select(replace(some, entries=arranged.kept.entries), custom, site, past, now)

    try:
        return select(content.entries)
    except NOT_ISOLATED:
        raise
    except Exception:
        select(())  # otherwise the entries are not to blame
        if not (bugs := _culprits(content.entries, select)):
            raise
        raise _EntriesError(bugs) from None


def _culprits(entries: Sequence[Head], select: Callable[[Sequence[Head]], object]) -> dict[str, Bug]:
    """Return the entries that cannot be selected even alone, found by halving."""
    try:
        select(entries)
    except NOT_ISOLATED:
        raise
    except Exception as error:  # noqa: BLE001 - it costs this entry, whatever it is
        if len(entries) == 1:
            return {entries[0].source: bug_in(entries[0].source, error)}
        half = len(entries) // 2
        return _culprits(entries[:half], select) | _culprits(entries[half:], select)
    return {}


def _compose(
    content: Content,
    custom: Sequence[FeedSpec],
    site: Site,
    given: Edition,
    now: datetime,
    store: Store,
    progress: Callable[[str, int, int], None] | None,
    bugs: Mapping[str, Bug],
) -> Composed:
    maker = _Maker(memory.follow(given, site.aliases), now, store)
    maker.keep_stale(content.faulty)
    arranged, selected = _select(content, custom, site, given, now, maker)
    before, kept, past, removals = arranged.before, arranged.kept, arranged.past, arranged.removals
    logos = selection.logos(content.organizations)
    press = Press(content, site, past.archived, logos)
    press.expect(selected.feeds)
    made = []
    for feed in (_bury(feed, removals) for feed in selected.feeds):
        for rendered in maker.stale.get(feed.spec.path, ()):
            press.keep(rendered, feed.spec.content)
        carried = _carried(feed, maker, press) if press.digest_all(feed) else None
        if carried:
            made.append(carried)
        elif press.render_entries(feed):
            made.append(_made(feed, press, maker, site))
        press.forget(feed)
        if progress and not press.faults:
            progress("Rendering", len(made), len(selected.feeds))
    if press.faults:
        raise _EntriesError(press.faults)
    feeds = [each.feed for each in made]
    newest = max((feed.updated for feed in feeds), default=site.since)
    documents = {document.path: document for each in made for document in each.documents}
    missed = memory.missed(before, {feed.spec.path for feed in feeds}, content.broken)
    # What cannot be read for now takes nothing from its subscribers.
    documents |= {each.path: each for listing in missed for each in maker.whole(listing.path)}
    more = list(_site_documents(feeds, documents, site, maker, newest))
    assets = [maker.asset(asset, site.since) for asset in content.assets]
    more += [each for each in assets if isinstance(each, Document)]
    unread = {each.path for each, made in zip(content.assets, assets, strict=True) if isinstance(made, Problem)}
    more += maker.kept(content.broken | unread)
    documents |= {document.path: document for document in more}
    moved = memory.moved(before, set(documents), site.aliases)
    gone = memory.gone(before, set(documents), moved)
    documents |= {document.path: document for document in _signposts(moved, gone, documents, site, maker)}
    state = State(
        url=site.url,
        max_age=site.max_age,
        hubs=site.hubs,
        feeds=(*(each.listing for each in made), *missed),
        files=kept.files,
        removals=removals,
        stays=selected.stays,
        moved=moved,
        gone=gone,
        changed=_changed(before, documents, now),
    )
    problems = (
        *arranged.twice,
        *kept.problems,
        *(bugs[source] for source in sorted(bugs)),
        *selected.problems,
        *(each for each in assets if isinstance(each, Problem)),
        *_shortened(made, site),
        *_sizes(made, site),
        *_lost(site, state.feeds, documents),
    )
    coming = (selection.next_due(content.entries, now), memory.next_forgotten(removals.values(), site.tombstones))
    until = min((moment for moment in coming if moment), default=None)
    return Composed(
        Edition(documents, state),
        problems,
        kept.renamed,
        arranged.ids,
        arranged.refused,
        until,
        tuple(feeds),
        frozenset(bugs),
        frozenset(each.head.id for kept in maker.stale.values() for each in kept),
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """A feed with its documents; `had` is how many entries it had before it was made to fit."""

    feed: Feed
    documents: tuple[Document, ...]
    listing: Listing
    had: int


def _carried(feed: Feed, maker: "_Maker", press: Press) -> _Made | None:
    """Return the feed with the documents it has, if it is made from the same as these were."""
    listing = maker.listings.get(feed.spec.path)
    if listing is None or listing.fingerprint != press.fingerprint(feed):
        return None
    documents = maker.held.get(feed.spec.path, ())
    needed = {f"{feed.spec.path}{each.suffix}" for each in formats_of(press.site)}
    paths = {document.path for document in documents}
    if not maker.store.trusted or not needed <= paths or not paths <= maker.store.intact:
        return None
    fitting = replace(feed, entries=feed.entries[: listing.window], updated=listing.updated)
    return _Made(fitting, tuple(documents), listing, len(feed.entries))


def _made(feed: Feed, press: Press, maker: "_Maker", site: Site) -> _Made:
    fitting = replace(press.fit(feed), tombstones=feed.tombstones, reach=feed.reach, weeks=feed.weeks)
    if len(fitting.entries) < len(feed.entries) and not feed.spec.archive:
        fitting = replace(fitting, reach=fitting.entries[-1].published)
    if feed.tombstones:
        fitting = replace(fitting, updated=max(fitting.updated, *(each.when for each in feed.tombstones)))
    documents = tuple(
        maker.document(f"{each.path}{format_.suffix}", format_.type, press.render(each, format_), each.updated)
        for each in (fitting, *history.archives(fitting))
        for format_ in formats_of(site)
    )
    # In the order in which the manifest has them, so that it makes no difference where they come from.
    ordered = tuple(sorted(documents, key=lambda each: each.path))
    # What keeps its last good rendering is tried again by every build.
    made_from = "" if maker.stale.get(feed.spec.path) else press.fingerprint(feed)
    return _Made(fitting, ordered, _listing(fitting, made_from, press.shortened(fitting)), len(feed.entries))


def _site_documents(
    feeds: Sequence[Feed],
    documents: Mapping[str, Document],
    site: Site,
    maker: "_Maker",
    newest: datetime,
) -> Iterator[Document]:
    yield maker.document(opml.PATH, opml.TYPE, opml.render_site(site, feeds), newest)
    if site.pages:
        yield maker.document(html.PATH, html.TYPE, html.render_site(site, feeds), newest)
        yield maker.document(html.MISSING_PATH, html.TYPE, html.render_missing(site), site.since)
        yield maker.document(html.STYLE_PATH, stylesheet.TYPE, html.render_style(site), site.since)
        yield maker.document(html.SCRIPT_PATH, html.SCRIPT_TYPE, html.render_script(site), site.since)
        pages = {path: document.modified for path, document in documents.items() if path.endswith(html.SUFFIX)}
        yield maker.document(sitemap.PATH, sitemap.TYPE, sitemap.render_site(site, pages), newest)
    yield maker.document(stylesheet.PATH, stylesheet.TYPE, stylesheet.render_site(site), site.since)
    if site.icon == f"{site.url}{ICON_PATH}":
        yield maker.document(ICON_PATH, html.ICON_TYPE, html.render_icon(), site.since)


def _signposts(
    moved: dict[str, str], gone: frozenset[str], documents: dict[str, Document], site: Site, maker: "_Maker"
) -> Iterator[Document]:
    """Yield what a static host shows where a feed was: it cannot answer 301 or 410."""
    for old, new in sorted(moved.items()):
        target = documents[new]
        if old.endswith(html.SUFFIX):
            yield maker.document(old, html.TYPE, html.render_moved(site, new), target.modified)
        else:
            # Readers go on as if nothing had happened: the ids are the same.
            yield maker.copy(old, target)
    taken = {text.fold(path) for path in documents} if gone else set()
    for path in sorted(gone):
        if path.endswith(html.SUFFIX) and site.pages and text.fold(path) not in taken:
            yield maker.document(path, html.TYPE, html.render_gone(site), site.since)


def _changed(before: Edition, documents: dict[str, Document], now: datetime) -> datetime:
    if not before.documents:
        # As with documents: what every machine agrees on.
        return max(each.modified for each in documents.values())
    if documents == before.documents:
        return before.state.changed
    return max(now, before.state.changed + timedelta(seconds=1))


def _bury(feed: Feed, removals: dict[str, Removal]) -> Feed:
    dead = [Tombstone(entry, each.when) for entry, each in removals.items() if feed.spec.path in each.feeds]
    if not dead:
        return feed
    dead = sorted(sorted(dead, key=lambda each: each.ref), key=lambda each: each.when, reverse=True)[:_TOMBSTONES]
    # RFC 6721, section 3: a reader that looks at `updated` first has to see them.
    updated = max(feed.updated, *(each.when for each in dead))
    return replace(feed, tombstones=tuple(dead), updated=updated)


def _listing(feed: Feed, made_from: str, shortened: Mapping[str, tuple[int, int]]) -> Listing:
    ids = dict.fromkeys(entry.id for entry in feed.held)
    return Listing(
        feed.spec.path,
        feed.title,
        feed.spec.kind,
        tuple(ids),
        len(feed.entries),
        feed.updated,
        made_from,
        feed.reach,
        history.most(feed.spec, feed.site),
        shortened,
    )


def _shortened(made: Sequence[_Made], site: Site) -> Iterator[Problem]:
    """Yield the entries that were too large for a feed, each once."""
    sizes: dict[str, tuple[int, int]] = {}
    for each in made:
        if each.listing.shortened:
            sources = {entry.id: entry.source for entry in each.feed.held}
            for identity, size in each.listing.shortened.items():
                source = sources.get(identity, identity)
                sizes[source] = max(size, sizes.get(source, size))
    limit = site.window.max_bytes // ENTRY_SHARE
    for source, (was, now) in sorted(sizes.items()):
        said = f"{_kb(was)} in a feed, over {_kb(limit)}: shortened to its beginning and a link, {_kb(now)}"
        yield Problem(source, 0, "", said, "warning")


def _kb(size: int) -> str:
    return f"{-(-size // 1024)} KB"


def _sizes(made: Sequence[_Made], site: Site) -> Iterator[Problem]:
    limits = site.window
    for each in made:
        path, holds = each.feed.spec.path, len(each.feed.entries)
        for document in each.documents:
            if document.path.startswith(f"{path}/") and document.size > limits.max_bytes:
                said = f"{_kb(document.size)} in an archive, over {_kb(limits.max_bytes)}: archives are not cut"
                yield Problem(document.path, 0, "", said, "warning")
        current = [document for document in each.documents if not document.path.startswith(f"{path}/")]
        largest = max((document.size for document in current), default=0)
        if holds < each.had:
            said = f"over {_kb(limits.max_bytes)}, cut from {each.had} to {holds} entries: {_kb(largest)} now"
            said += ", still over it" if largest > limits.max_bytes else ""
            yield Problem(f"{path}.xml", 0, "", said, "warning")
        elif largest > limits.max_bytes:
            said = f"{_kb(largest)}, over {_kb(limits.max_bytes)}: what it has cannot be cut"
            yield Problem(f"{path}.xml", 0, "", said, "warning")
        elif largest > limits.warn_bytes:
            said = f"{largest // 1024} KB: some readers give up on large feeds"
            yield Problem(f"{path}.xml", 0, "", said, "warning")


def _lost(site: Site, feeds: Sequence[Listing], documents: dict[str, Document]) -> Iterator[Problem]:
    for old, new in site.aliases.items():
        key = f"aliases.{old.removeprefix('feeds/')}"
        if f"{new}.xml" not in documents:
            yield Problem("config", 0, key, f"there is no feed /{new}.xml")
        elif text.fold(old) in (text.fold(feed.path) for feed in feeds):
            yield Problem("config", 0, key, "there is a feed of this name, so nobody is sent on")


class _Maker:
    """Makes documents, their dates carried over from the edition before while their bytes stay.

    Attributes:
        listings: What the edition before says of its feeds, by path.
        held: The documents of each.
        stale: By the path of a feed the entries that keep their last good rendering in it.
    """

    def __init__(self, before: Edition, now: datetime, store: Store) -> None:
        self.store = store
        self._before = before
        self._now = now
        self.listings = {listing.path: listing for listing in before.state.feeds}
        self.held: dict[str, list[Document]] = {}
        self.stale: dict[str, tuple[Rendered, ...]] = {}
        # A page that says where an archive went is none.
        signposts = before.state.gone | before.state.moved.keys()
        for path, document in before.documents.items():
            if path in signposts:
                continue
            feed = path.rpartition(".")[0]
            parent, _, name = feed.rpartition("/")
            owner = parent if parent in self.listings and history.is_month(name) else feed
            self.held.setdefault(owner, []).append(document)

    @property
    def stale_heads(self) -> dict[str, tuple[Head, ...]]:
        return {path: tuple(each.head for each in kept) for path, kept in self.stale.items()}

    def keep_stale(self, sources: frozenset[str]) -> None:
        """Find the last good rendering of the entries of these files in each feed that had them."""
        files = self._before.state.files
        wanted = {files[source].id: source for source in sources if source in files}
        for path, listing in self.listings.items() if wanted else ():
            if wanted.keys().isdisjoint(listing.entries):
                continue
            bodies = {each.path: self.store.read(each) for each in self.held.get(path, ())}
            found = fallback.find({each: body for each, body in bodies.items() if body is not None}, wanted)
            if found:
                self.stale[path] = tuple(found.values())

    def whole(self, feed: str) -> Iterator[Document]:
        """Yield the documents of a feed of the edition before that are there, whole."""
        return (document for document in self.held.get(feed, ()) if document.path in self.store.intact)

    def kept(self, broken: frozenset[str]) -> Iterator[Document]:
        """Yield the assets of the edition before that are there, and of which the files cannot be read now."""
        for path, document in self._before.documents.items():
            if path.startswith("assets/") and path in self.store.intact and memory.is_broken(path, broken):
                yield document

    def document(self, path: str, content_type: str, body: bytes, newest: datetime) -> Document:
        made = Document(path, content_type, fingerprint(body), len(body), newest, body)
        return self.store.put(self._dated(made))

    def asset(self, asset: Asset, newest: datetime) -> Document | Problem:
        """Return the document of an asset, unread where it is published already, or why it cannot be read."""
        made = self._dated(Document(asset.path, asset.type, asset.etag, asset.size, newest))
        if made.path in self.store.intact and made == self._before.documents.get(made.path):
            return made
        body = asset.read()
        return body if isinstance(body, Problem) else self.document(asset.path, asset.type, body, newest)

    def copy(self, path: str, document: Document) -> Document:
        """Return a document with the bytes of another one."""
        return self._dated(self.store.copy(path, document))

    def _dated(self, made: Document) -> Document:
        """Return a document with the date on which its bytes first appeared."""
        old = self._before.documents.get(made.path)
        if old and old.etag == made.etag and old.type == made.type:
            return replace(made, modified=old.modified)
        if old:
            # RFC 9110, section 8.8.2.2: a date has a grain of one second, so a
            # second change within one needs the next.
            return replace(made, modified=max(self._now, old.modified + timedelta(seconds=1)))
        if self._before.documents:
            return replace(made, modified=self._now)
        # Nobody remembers when; the newest date inside is what every machine agrees on.
        return made
