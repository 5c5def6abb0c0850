"""The check whether a build can be skipped because none of its inputs changed.

It scans all files and reads none. It imports little, because most builds are skipped.
"""

import json
import marshal
import os
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from feeds.content.listing import ScanResult
from feeds.system.files import write_atomic

NAME = "last-build.json"


class BuildStamp(NamedTuple):
    """The inputs and the report of the last build.

    Attributes:
        inputs_hash: A hash of the config, the folders and the program with its libraries: `fingerprints.build_key`.
        files_hash: A hash of the paths, sizes and dates of the content and of the output folder.
        since: Time of the build. If the clock went back, the stamp is not used.
        next_due: Time at which the next entry becomes due; None for never.
        written_paths: The content folder and the output folder as the config names them.
        report: The report as JSON, which is parsed only if the build is skipped.
    """

    inputs_hash: str
    files_hash: str
    since: datetime
    next_due: datetime | None
    written_paths: tuple[str, str]
    report: str

    def is_current(self, scanned: ScanResult, output: Path, now: datetime) -> bool:
        """Return whether no file changed and no entry became due since that build."""
        return (
            self.since <= now
            and not (self.next_due and now >= self.next_due)
            and self.files_hash == hash_files(scanned, output)
        )


def read(state: Path) -> BuildStamp | None:
    """Read the stamp of the last build; return None if it is missing or damaged."""
    try:
        values = json.loads((state / NAME).read_bytes())
        values["since"] = datetime.fromisoformat(values["since"])
        values["next_due"] = values["next_due"] and datetime.fromisoformat(values["next_due"])
        content, output = map(str, values["written_paths"])
        return BuildStamp(**values | {"written_paths": (content, output)})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def write(state: Path, stamp: BuildStamp) -> None:
    """Store the stamp of a build; a failure only costs time."""
    dates = {"since": stamp.since.isoformat(), "next_due": stamp.next_due and stamp.next_due.isoformat()}
    with suppress(OSError):
        write_atomic(state / NAME, json.dumps(stamp._asdict() | dates).encode())


def forget(state: Path) -> None:
    """Remove the stamp, so that the next build is not skipped."""
    with suppress(OSError):
        (state / NAME).unlink()


def hash_files(scanned: ScanResult, output: Path) -> str:
    """Return a hash of the names, sizes and dates of the content and of the output folder."""
    file_states, waiting = [], [str(output)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as items:
            for item in items:
                if item.is_dir(follow_symlinks=False):
                    waiting.append(item.path)
                else:
                    status = item.stat(follow_symlinks=False)
                    file_states.append((item.path, status.st_size, status.st_mtime_ns))
    return blake2b(marshal.dumps((scanned.hash, sorted(file_states)), 2), digest_size=16).hexdigest()
