"""Write an edition to a folder so that nobody ever sees half of it.

Each document is written under another name and renamed; the manifest is renamed
last, and that is the commit. What a crash leaves behind is whole files and the
manifest before, and the next export repairs it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self

from feeds import assets, cores, manifest
from feeds.coding import ENCODE
from feeds.edition import CODED, Document, Edition, Store, codings, compare, fingerprint
from feeds.errors import ExportError

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_MAX_MANIFEST = 256 * 1024 * 1024
# So many files, and so many bytes of documents, may wait to be written.
_AHEAD = 64
_AHEAD_BYTES = 16 * 1024 * 1024
_REMOVED = ".removed.json"  # a list of what is to be removed, while it is
_ENCODE = {suffix: ENCODE[coding] for coding, suffix in CODED.items()}


def read(folder: Path, memory: bool = True) -> Edition | None:
    """Return the edition in a folder without its bytes, or None if there is none.

    Args:
        folder: Where it was exported to.
        memory: Whether what only the next build needs is wanted too.

    Raises:
        EditionError: There is a manifest, and it is not one of ours.
        ExportError: It cannot be read.
    """
    path = folder / manifest.PATH
    try:
        return manifest.from_manifest(path.read_bytes(), os.path.relpath(path), memory)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExportError(os.path.relpath(path), error.strerror or "cannot be read") from None


def stamp(folder: Path) -> str:
    """Return a hash of the manifest in a folder; the empty text if there is none to read."""
    try:
        with (folder / manifest.PATH).open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()
    except OSError:
        return ""


def fetch(url: str) -> Edition | None:
    """Return the edition whose manifest is at a URL, or None if nothing is there yet.

    Raises:
        EditionError: What is there is no manifest.
        ExportError: The server cannot be asked: going on would forget what only it knows.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(url, headers={"User-Agent": "everyday-feeds"}), timeout=30) as answer:  # noqa: S310 - the config admits http(s) only
            return manifest.from_manifest(answer.read(_MAX_MANIFEST), url)
    except HTTPError as error:
        if error.code in (404, 410):
            return None
        raise ExportError(url, f"answers {error.code}") from None
    except (URLError, HTTPException, OSError) as error:
        raise ExportError(url, str(getattr(error, "reason", error))) from None


def intact(before: Edition, folder: Path) -> frozenset[str]:
    """Return the documents of the edition in a folder that are there, whole, with their coded twins."""
    try:
        written = os.stat(folder / manifest.PATH).st_mtime_ns
    except OSError:
        return frozenset()
    return frozenset(path for path, each in before.documents.items() if _is_whole(each, _place(folder, path), written))


def _is_whole(document: Document, place: str, written: int) -> bool:
    try:
        # What was written after the manifest is not what the manifest says for certain: a
        # build that was killed, a hand that helped.
        status = os.stat(place)
        if status.st_size != document.size:
            return False
        suspect = status.st_mtime_ns > written
        for suffix in _suffixes(document):
            suspect |= os.stat(place + suffix).st_mtime_ns > written
        if any(os.path.exists(place + suffix) for suffix in _ENCODE.keys() - _suffixes(document)):
            return False  # servers would send that
        if not suspect:
            return True
        body = Path(place).read_bytes()
        return fingerprint(body) == document.etag and all(
            Path(place + suffix).read_bytes() == _ENCODE[suffix](body) for suffix in _suffixes(document)
        )
    except OSError:
        return False


class Export(Store):
    """Makes a folder hold an edition: each document is written beside its place, and `commit` renames.

    Leaving it without a commit leaves the folder as it was. A document that is there
    already is not touched. Only what the manifest before listed is removed.

    Args:
        folder: Where the documents go; it is made if it is not there.
        before: The edition that the folder holds.
        trusted: The same program made it, so that what is intact need not be made again.

    Raises:
        ExportError: The folder cannot be written; what it held is still there.
    """

    def __init__(self, folder: Path, before: Edition, trusted: bool = False) -> None:
        super().__init__(intact(before, folder), trusted)
        self._folder = folder
        self._before = before
        self._manifest = _place(folder, manifest.PATH)
        self._list = folder / _REMOVED
        self._written: dict[str, None] = {}
        self._outdated: list[str] = []  # twins of what is too small for them now
        self._folders: dict[str, set[str]] = {}  # and what is a folder in each
        self._writers: ThreadPoolExecutor | None = None
        self._writing: list[Future[None]] = []
        self._waiting = 0  # bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writers:
            self._writers.shutdown(cancel_futures=True)
        for place in self._written:
            with suppress(OSError):
                Path(_beside(place)).unlink(missing_ok=True)

    def put(self, document: Document) -> Document:
        old = self._before.documents.get(document.path)
        if document.path not in self.intact or old is None or old.etag != document.etag:
            self._begin()
            place, body = _place(self._folder, document.path), document.body or b""
            self._make_room(place)
            for suffix in ("", *_suffixes(document)):
                self._write(place, suffix, body)
            self._outdated += [place + suffix for suffix in _ENCODE.keys() - _suffixes(document)]
        return replace(document, body=None)

    def copy(self, path: str, document: Document) -> Document:
        self._wait()
        source = _place(self._folder, document.path)
        place = _beside(source) if source in self._written else source
        return self.put(replace(document, path=path, body=Path(place).read_bytes()))

    def commit(self, edition: Edition) -> None:
        """Make the folder hold the edition, whose documents were all put or are intact."""
        removed = {*compare(self._before, edition).removed, *_left(self._list)} - edition.documents.keys()
        plain = {path: text for path, text in _for_hosts(edition) if not _holds(self._folder / path, text)}
        if not (self._written or removed or plain) and _holds(Path(self._manifest), manifest.to_manifest(edition)):
            return
        self._begin()
        for path, content in plain.items():
            place = _place(self._folder, path)
            self._write(place, "", content)
        self._wait()
        with self._failing(self._manifest):
            with open(_beside(self._manifest), "wb") as file:
                file.writelines(manifest.pieces(edition))
            if removed:
                # The manifest will not know them any more: whoever ends early leaves this behind.
                self._list.write_text(json.dumps(sorted(removed)), "utf-8")
            # One sync for all is a fraction of an fsync for each.
            os.sync()
        for place in self._written:
            if place != self._manifest:
                with self._failing(place):
                    os.replace(_beside(place), place)
        for place in self._outdated:
            with self._failing(place):
                Path(place).unlink(missing_ok=True)
        with self._failing(self._manifest):
            # It was written first, and is dated last: what is newer than it is suspect.
            os.utime(_beside(self._manifest))
            os.replace(_beside(self._manifest), self._manifest)
            _fsync(self._folder)
            _remove(self._folder, sorted(removed))
            self._list.unlink(missing_ok=True)
        self._written.clear()

    def _write(self, place: str, suffix: str, body: bytes) -> None:
        if self._writers is None:
            from concurrent.futures import ThreadPoolExecutor

            # Compressing and writing leave the interpreter to who renders.
            self._writers = ThreadPoolExecutor(cores.count())
        self._written[place + suffix] = None
        self._writing.append(self._writers.submit(_write, place, suffix, body))
        self._waiting += 0 if suffix else len(body)  # its twins are made from the same bytes
        if len(self._writing) > _AHEAD or self._waiting > _AHEAD_BYTES:
            self._wait()

    def _begin(self) -> None:
        """Write the first file: where it is left behind an export died."""
        if self._written:
            return
        with self._failing(self._manifest):
            self._folder.mkdir(parents=True, exist_ok=True)
            marker = Path(_beside(self._manifest))
            if marker.exists():
                _sweep(self._folder)
            marker.write_bytes(b"")
        self._written[self._manifest] = None

    def _make_room(self, place: str) -> None:
        folder, _, name = place.rpartition("/")
        with self._failing(place):
            if folder not in self._folders:
                Path(folder).mkdir(parents=True, exist_ok=True)
                with os.scandir(folder) as items:
                    self._folders[folder] = {item.name for item in items if item.is_dir()}
            if name in self._folders[folder]:
                raise IsADirectoryError(None, "a folder is in the way")

    def _wait(self) -> None:
        writing, self._writing, self._waiting = self._writing, [], 0
        with self._failing(str(self._folder)):
            for each in writing:
                each.result()

    @contextmanager
    def _failing(self, place: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = os.path.relpath(error.filename or place)
            raise ExportError(path, error.strerror or str(error)) from None


def _for_hosts(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Yield what static hosts read and do not publish."""
    # GitHub Pages leaves out what begins with an underscore, were it not told otherwise.
    yield ".nojekyll", b""
    # Netlify and Cloudflare Pages; of the latter's rules each has one asterisk, and values of
    # one name that several rules give are joined.
    rules = [
        "/*",
        "  X-Content-Type-Options: nosniff",
        "  Access-Control-Allow-Origin: *",
        # Not for the manifest: an old copy of it would be taken for the edition before.
        "/feeds/*",
        f"  Cache-Control: {edition.state.cache_control}",
    ]
    types = {PurePosixPath(path).suffix: each.type for path, each in edition.documents.items() if path[:6] == "feeds/"}
    for suffix, content_type in sorted(types.items()):
        rules += [f"/feeds/*{suffix}", f"  Content-Type: {content_type}"] if suffix else []
    paths = [path for path in edition.documents if assets.is_asset(path)]
    rules += [f"/{assets.FOLDER}*", f"  Content-Security-Policy: {assets.POLICY}"] if paths else []
    for suffix in sorted({PurePosixPath(path).suffix for path in paths if assets.is_runnable(path)}):
        rules += [f"/{assets.FOLDER}*{suffix}", f"  Content-Type: {assets.TYPE}"]
        rules += [f"  Content-Disposition: {assets.DISPOSITION}"]
    yield "_headers", "".join(f"{line}\n" for line in rules).encode()


def _suffixes(document: Document) -> tuple[str, ...]:
    """Return the suffixes of the coded twins that a document has."""
    return tuple(CODED[coding] for coding in codings(document))


def _write(place: str, suffix: str, body: bytes) -> None:
    with open(_beside(place + suffix), "wb") as file:
        file.write(_ENCODE[suffix](body) if suffix else body)


def remember(path: Path, text: str) -> bool:
    """Tell whether a file has this text, and see that it does; it can be deleted at any time."""
    data = text.encode("utf-8", "surrogateescape")
    if _holds(path, data):
        return True
    with suppress(OSError):
        path.write_bytes(data)
    return False


def _place(folder: Path, path: str) -> str:
    # Names are UTF-8 on the disk whatever the locale says: cron has its own.
    return f"{folder}/{path if path.isascii() else os.fsdecode(path.encode())}"


def _beside(place: str) -> str:
    folder, slash, name = place.rpartition("/")
    return f"{folder}{slash}.{name}.new"


def _sweep(folder: Path) -> None:
    for path in folder.rglob(".*.new"):
        path.unlink(missing_ok=True)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _left(path: Path) -> list[str]:
    """Return what the export before came to its end too early to remove."""
    try:
        return [str(each) for each in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError):
        return []


def _remove(folder: Path, paths: Iterable[str]) -> None:
    for path in paths:
        for suffix in ("", *_ENCODE):
            Path(_place(folder, path) + suffix).unlink(missing_ok=True)
        for parent in list(PurePosixPath(path).parents)[:-1]:
            with suppress(OSError):  # not empty, so not only ours
                Path(_place(folder, str(parent))).rmdir()
