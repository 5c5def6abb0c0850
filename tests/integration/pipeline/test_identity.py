"""An id belongs to its entry, even if the file is renamed, moved or copied: seen by a reader of all three formats.

The reader knows an entry by a mark in its text. Each step is one edit as authors make it, and a build.
"""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from lxml import etree

from feeds.content import loader
from feeds.content.scan import ContentTree
from feeds.edition.manifest import from_manifest, to_manifest
from feeds.edition.model import Edition
from feeds.model import Window
from feeds.pipeline.compose import ComposeResult, compose
from feeds.store.content_index import ContentIndex
from tests.support.exhaustive import EXHAUSTIVE
from tests.support.factories import NOW, SITE

ATOM, TOMBSTONE = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
BLOG = replace(SITE, pages=False, window=Window(entries=500), tombstones=timedelta(days=3000))
FOLDERS = ("news", "notes", "old/deep")
NAMES = ("a", "b", "C", "c", "2026-01-05-d")
LINK_FORMS = ("https://{}", "http://{}", "https://www.{}", "https://{}/")
WORDS = 16


@dataclass(frozen=True)
class Note:
    """An entry as its author sees it.

    Attributes:
        mark: What the reader knows it by; no edit changes it.
        edits: Number of edits of its text.
        form: The form of its link.
    """

    mark: str
    title: str
    page: str
    day: int
    edits: int = 0
    form: str = LINK_FORMS[0]
    own_id: str = ""
    is_draft: bool = False

    @property
    def text(self) -> str:
        words = [f"{self.mark}w{number}" for number in range(WORDS)]
        words[1 + self.edits % (WORDS - 1)] += f"e{self.edits}" if self.edits else ""
        return " ".join(words)

    @property
    def file(self) -> str:
        date = (NOW - timedelta(days=3000 - self.day)).date()
        own = f"id: {self.own_id}\n" if self.own_id else ""
        draft = "draft: true\n" if self.is_draft else ""
        return (
            f"---\ntitle: {self.title}\npublishedDateTime: {date}\nwebUrl: {self.form.format(self.page)}\n"
            f"{own}{draft}---\n({self.mark}) {self.text}\n"
        )


def mark_in(text: str) -> str:
    return text.split("(", 1)[1].split(")", 1)[0]


def seen_in_json(composed: ComposeResult) -> dict[str, str]:
    items = json.loads(composed.edition.documents["feeds/all.json"].body or b"")["items"]
    return {item["id"]: mark_in(item["content_html"]) for item in items}


def seen_in_atom(composed: ComposeResult) -> dict[str, str]:
    root = etree.fromstring(composed.edition.documents["feeds/all.atom"].body)
    entries = root.findall(f"{ATOM}entry")
    return {entry.findtext(f"{ATOM}id"): mark_in("".join(entry.find(f"{ATOM}content").itertext())) for entry in entries}


def seen_in_rss(composed: ComposeResult) -> dict[str, str]:
    root = etree.fromstring(composed.edition.documents["feeds/all.xml"].body)
    return {item.findtext("guid"): mark_in("".join(item.itertext())) for item in root.iter("item")}


def tombstones(composed: ComposeResult) -> set[str]:
    root = etree.fromstring(composed.edition.documents["feeds/all.atom"].body)
    return {each.get("ref") for each in root.findall(f"{TOMBSTONE}deleted-entry")}


STEPS = settings(
    max_examples=12 if EXHAUSTIVE else 4,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a failing run is short, and shrinking it takes minutes
)


pick = st.integers(0, 10**6)


class Blog(RuleBasedStateMachine):
    """A folder of notes, its author, and a reader."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.content = self.root / "content"
        self.notes: dict[str, Note] = {}
        self.removed: list[Note] = []
        self.count = 0
        self.edition = Edition()
        self.steps = 0
        self.id_of: dict[str, str] = {}
        self.mark_of: dict[str, str] = {}
        self.shown: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # What the author does.

    def new_note(self, page: str = "", *, has_own_id: bool = False) -> Note:
        self.count += 1
        number = self.count
        own_id = f"own-{number}" if has_own_id else ""
        return Note(f"m{number}", f"Title {number}", page or f"page.example/{number}", number, own_id=own_id)

    def place(self, number: int) -> str:
        """Return a path without a note, or an empty text."""
        free = [f"{folder}/{name}.md" for folder in FOLDERS for name in NAMES]
        free = [path for path in free if path not in self.notes]
        return free[number % len(free)] if free else ""

    def any_path(self, number: int, *, published: bool = False) -> str:
        paths = sorted(path for path, note in self.notes.items() if not (published and note.is_draft))
        return paths[number % len(paths)] if paths else ""

    def move(self, old: str, new: str, note: Note | None = None) -> None:
        moved = self.notes.pop(old)
        self.notes[new] = note or moved

    @initialize()
    def begin(self) -> None:
        self.notes = {f"news/{name}.md": self.new_note(has_own_id=name == "b") for name in "abc"}

    @rule(where=pick, own=st.booleans())
    def write(self, where: int, own: bool) -> None:
        if path := self.place(where):
            self.notes[path] = self.new_note(has_own_id=own)

    @rule(which=pick, where=pick, own=st.booleans())
    def write_on_the_same_page(self, which: int, where: int, own: bool) -> None:
        if (other := self.any_path(which)) and (path := self.place(where)):
            self.notes[path] = self.new_note(self.notes[other].page, has_own_id=own)

    @rule(which=pick, where=pick)
    def copy_with_the_id_and_another_text(self, which: int, where: int) -> None:
        if (old := self.any_path(which, published=True)) and (path := self.place(where)):
            original, new = self.notes[old], self.new_note()
            self.notes[path] = replace(new, page=original.page, own_id=original.own_id)

    @rule(which=pick, where=pick)
    def copy_and_edit_the_original(self, which: int, where: int) -> None:
        if (old := self.any_path(which, published=True)) and (path := self.place(where)):
            original, new = self.notes[old], self.new_note()
            self.notes[path] = replace(new, page=original.page)
            self.notes[old] = replace(original, edits=original.edits + 1)

    @rule(which=pick, where=pick)
    def link(self, which: int, where: int) -> None:
        if (target := self.any_path(which)) and (path := self.place(where)):
            link = self.content / path
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(self.content / target)

    @rule(which=pick, page=st.booleans())
    def replace_in_place(self, which: int, page: bool) -> None:
        if path := self.any_path(which):
            old = self.notes[path]
            self.removed.append(old)
            self.notes[path] = replace(self.new_note(old.page if page else ""), own_id=old.own_id)

    @rule(which=pick, where=pick, own=st.booleans())
    def replace_a_note_by_another_on_its_page(self, which: int, where: int, own: bool) -> None:
        if (old := self.any_path(which)) and (path := self.place(where)):
            note = self.notes.pop(old)
            self.removed.append(note)
            self.notes[path] = self.new_note(note.page, has_own_id=own)

    @rule(which=pick)
    def unpublish_or_publish(self, which: int) -> None:
        if path := self.any_path(which):
            self.notes[path] = replace(self.notes[path], is_draft=not self.notes[path].is_draft)

    @rule(which=pick, where=pick, edit=st.booleans(), form=st.sampled_from(LINK_FORMS))
    def rename(self, which: int, where: int, edit: bool, form: str) -> None:
        if (old := self.any_path(which)) and (path := self.place(where)):
            note = self.notes[old]
            self.move(old, path, replace(note, edits=note.edits + edit, form=form))

    @rule(which=pick, where=pick)
    def rename_and_publish_again(self, which: int, where: int) -> None:
        if (old := self.any_path(which)) and (path := self.place(where)):
            self.move(old, path, replace(self.notes[old], is_draft=False))

    @rule(which=pick, what=st.sampled_from(["text", "title", "day", "page", "form"]), form=st.sampled_from(LINK_FORMS))
    def edit(self, which: int, what: str, form: str) -> None:
        if path := self.any_path(which):
            note, self.count = self.notes[path], self.count + 1
            changes: dict[str, dict[str, object]] = {
                "text": {"edits": note.edits + 1},
                "title": {"title": f"Title {self.count}"},
                "day": {"day": self.count},
                "page": {"page": f"page.example/{self.count}"},
                "form": {"form": form},
            }
            self.notes[path] = replace(note, **changes[what])  # type: ignore[arg-type]

    @rule(old=st.sampled_from(FOLDERS), new=st.sampled_from((*FOLDERS, "moved")))
    def move_folder(self, old: str, new: str) -> None:
        if any(path.startswith(f"{new}/") for path in self.notes):
            return
        for path in [path for path in self.notes if path.startswith(f"{old}/")]:
            self.move(path, f"{new}/{path.rpartition('/')[2]}")

    @rule(which=pick)
    def remove(self, which: int) -> None:
        if path := self.any_path(which):
            self.removed.append(self.notes.pop(path))

    @rule(which=pick, where=pick)
    def restore(self, which: int, where: int) -> None:
        if self.removed and (path := self.place(where)):
            self.notes[path] = replace(self.removed.pop(which % len(self.removed)), is_draft=False)

    @rule(one=pick, other=pick, edit=st.booleans())
    def swap_names(self, one: int, other: int, edit: bool) -> None:
        first, second = self.any_path(one), self.any_path(other)
        if first != second:
            a, b = self.notes[first], self.notes[second]
            edit = edit and not a.is_draft and not b.is_draft
            self.notes[first] = replace(b, edits=b.edits + edit)
            self.notes[second] = replace(a, edits=a.edits + edit)

    @rule(which=pick)
    def give_an_id_to_a_note_that_was_left_out(self, which: int) -> None:
        out = [path for path, note in sorted(self.notes.items()) if note.mark not in self.id_of and not note.is_draft]
        if out:
            self.count += 1
            path = out[which % len(out)]
            self.notes[path] = replace(self.notes[path], own_id=f"given-{self.count}")

    # What the reader sees.

    def save(self) -> None:
        """Write the files that differ, and remove the others."""
        self.content.mkdir(exist_ok=True)
        for folder, _, names in os.walk(self.content):
            for name in names:
                file = Path(folder) / name
                path = file.relative_to(self.content).as_posix()
                if (not file.is_symlink() and path not in self.notes) or (file.is_symlink() and path in self.notes):
                    file.unlink()
        for path, note in self.notes.items():
            file = self.content / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(note.file)

    @invariant()
    def an_id_belongs_to_its_entry(self) -> None:
        self.save()
        self.steps += 1
        now = NOW + timedelta(hours=self.steps)
        with ContentIndex(None) as index:
            tree = ContentTree(self.content)
            loaded = loader.load(tree, BLOG, index)
            entries = loader.IndexedEntries(index, tree, BLOG)
            composed = compose(loaded.content, (), BLOG, self.edition, now, entries=entries)
        assert not [each for each in composed.problems if each.level == "bug"]
        self.edition = from_manifest(to_manifest(composed.edition), "manifest.json")
        seen = seen_in_json(composed)
        assert seen == seen_in_atom(composed) == seen_in_rss(composed)
        for entry_id, mark in seen.items():
            assert self.mark_of.setdefault(entry_id, mark) == mark, f"{entry_id} shows another entry"
            assert self.id_of.setdefault(mark, entry_id) == entry_id, f"{mark} has another id"
        assert not composed.id_changes
        assert not seen.keys() & tombstones(composed)
        marks = set(seen.values())
        # What was published before is published whenever its file is.
        there = {note.mark for note in self.notes.values() if not note.is_draft}
        assert there & self.id_of.keys() == marks
        problems = {(each.path, each.code) for each in composed.problems}
        named = {path for path, _ in problems}
        for path, note in self.notes.items():
            if not note.is_draft and note.mark not in marks:
                assert path in named, f"{path} is left out and not named"
        withdrawn = {each.params[0][1] for each in composed.problems if each.code == "id.withdrawn"}
        assert withdrawn == {self.id_of[mark] for mark in self.shown - marks}
        self.shown = marks
        assert self.steps > 1 or marks == there


def test_an_id_belongs_to_its_entry_after_any_edits() -> None:
    run_state_machine_as_test(Blog, settings=STEPS)
