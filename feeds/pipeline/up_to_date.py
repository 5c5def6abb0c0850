"""The check whether a build can be skipped because none of its inputs changed.

It scans all files and reads none. It imports little, because most builds are skipped.
"""

import marshal
import os
import pickle
import sys
from contextlib import suppress
from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import feeds
from feeds.content.scan import ContentTree


class BuildStamp(NamedTuple):
    """The inputs and the report of the last build.

    Attributes:
        inputs_hash: Hash of the config, the folders and the program.
        files_hash: Hash of the scan of the content and the published documents.
        pages: Whether there are pages, which depend on more parts of the program.
        since: Time of the build; if the clock went back, the stamp is not current.
        next_due: Time when an entry or edit becomes due; None for never.
        report: The pickled report.
    """

    inputs_hash: bytes
    files_hash: bytes
    pages: bool
    since: datetime
    next_due: datetime | None
    report: bytes

    def is_current(self, tree: ContentTree, output: Path, now: datetime) -> bool:
        """Return whether no input changed and nothing has become due."""
        return (
            self.since <= now
            and not (self.next_due and now >= self.next_due)
            and self.files_hash == hash_files(tree, output)
        )


def read(state: Path) -> BuildStamp | None:
    """Read the stamp of the last build; return None if it is missing or damaged."""
    try:
        return BuildStamp(*pickle.loads((state / "settled").read_bytes()))  # noqa: S301 - written by this program
    except Exception:  # noqa: BLE001 - a damaged pickle can raise any exception
        return None


def write(state: Path, settled: BuildStamp | None) -> None:
    """Store the stamp of a build; None forces the next build to run."""
    with suppress(OSError):
        (state / "settled").write_bytes(pickle.dumps(settled and tuple(settled)))


def hash_inputs(config: str, content: Path, output: Path, pages: bool) -> bytes:
    """Return a hash of an edition's inputs except content and time; `config` is the config's hash."""
    return blake2b(repr((config, str(content), str(output), hash_code(pages))).encode(), digest_size=16).digest()


def hash_files(tree: ContentTree, output: Path) -> bytes:
    """Return a hash of the names, sizes and dates of content files and published documents."""
    seen, waiting = [], [str(output)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as items:
            for item in items:
                if item.is_dir(follow_symlinks=False):
                    waiting.append(item.path)
                else:
                    status = item.stat(follow_symlinks=False)
                    seen.append((item.path, status.st_size, status.st_mtime_ns))
    return blake2b(marshal.dumps((tree.scan_hash, sorted(seen)), 2), digest_size=16).digest()


@cache
def hash_code(pages: bool) -> str:
    """Return a hash of the code and of the libraries that render documents."""
    import feedgen.version
    import lxml

    code = blake2b(f"{feedgen.version.version_full_str} {lxml.__version__} {sys.version_info[:2]}".encode())
    if pages:
        from importlib.metadata import version

        code.update(f"{version('Jinja2')} {version('MarkupSafe')}".encode())
    for path in sorted(Path(feeds.__file__).parent.rglob("*")):
        if path.suffix in (".py", ".html", ".css", ".js", ".png"):
            code.update(path.read_bytes())
    return code.hexdigest()[:16]
