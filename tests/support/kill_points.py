"""Kill an export with SIGKILL before each of its steps, in a separate process without threads.

`python -W ignore -m tests.support.kill_points FOLDER whole 1` tries all pairs of steps, which takes minutes.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from feeds.edition.folder import load_manifest
from feeds.edition.model import Edition
from feeds.errors import EditionError
from feeds.server.served_edition import ServedEdition
from tests.support.trees import publish
from tests.unit.pipeline.test_export import edition, files_in

LARGE = b"<a>" + b"large " * 200
FIRST = edition(a=LARGE, b=b"1", c=b"removed", d=b"a file", e__f=b"in a folder", g__h=b"twice", g__i=LARGE)
SECOND = edition(a=LARGE + b"2", b=b"1", d__x=b"in a folder now", e=b"a file now", n=b"new", g=b"a file now as well")
THIRD = edition(a=LARGE + b"3", b=b"3", d=b"a file again", e__f=b"in a folder again", m=b"newest")
_EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.utime"}


def kill_at(step: int, action: Callable[[], None]) -> bool:
    """Run an action in a fork that is killed before a step; return whether there was such a step.

    A file that was opened for writing exists and is empty when the process dies.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left, is_busy = step, False

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left, is_busy
        writes = event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if is_busy or not (writes or event in _EVENTS):
            return
        if left == 0:
            is_busy = True
            if writes:
                os.close(os.open(arguments[0], arguments[2], 0o644))
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sys.addaudithook(count)
    action()
    os._exit(0)


def check_served(folder: Path) -> None:
    """Raise unless the service serves each document of the edition, or knows that it was removed."""
    published = ServedEdition(folder, load_manifest(folder), 10**6)
    for path in published.edition.documents:
        try:
            assert published.answer(f"/{path}", ("identity",)) is not None, path
        except EditionError:
            assert published.is_dropped(f"/{path}"), path


def check_complete(folder: Path, expected: Edition) -> None:
    """Raise unless a folder has exactly the files of an edition."""
    files = {path: body for path, body in files_in(folder).items() if not path.endswith((".gz", ".br", ".zst"))}
    assert files.keys() == expected.documents.keys() | {"manifest.json"}, files.keys()
    assert all(files[path] == document.body for path, document in expected.documents.items())


def main(folder: Path, damage: str, stride: int) -> int:
    """Kill an export at each step, and the next one at all or some of its steps; return the number of pairs.

    Args:
        damage: `lost` if a temporary file is deleted in between, else `whole`.
        stride: Distance of the steps at which the second export is killed; the first one differs.
    """
    os.sync = lambda: None
    begun, killed, again = folder / "begun", folder / "killed", folder / "again"
    publish(FIRST, begun)
    pairs = step = 0
    while True:
        shutil.copytree(begun, killed)
        if not kill_at(step, lambda: publish(SECOND, killed)):
            return pairs
        check_served(killed)
        if damage == "lost":
            (killed / ".n.new").unlink(missing_ok=True)
        second = step % stride
        while True:
            shutil.copytree(killed, again)
            was_killed = kill_at(second, lambda: publish(THIRD, again))
            check_served(again)
            publish(THIRD, again)
            check_served(again)
            check_complete(again, THIRD)
            shutil.rmtree(again)
            if not was_killed:
                break
            second += stride
            pairs += 1
        shutil.rmtree(killed)
        step += 1


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))}\n")
