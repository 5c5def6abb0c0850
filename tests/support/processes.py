"""Run the command and a real server as processes of their own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def run(*arguments: str | Path, cwd: Path, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command `feeds` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "feeds", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    if check:
        assert done.returncode == 0, done.stderr
    return done


@contextmanager
def free_port() -> Iterator[int]:
    """Yield a port on which a server may listen, and which nobody else is given meanwhile."""
    with socket.socket() as held:
        # Two may have a port, as Linux sees it, if neither minds and one of them does not listen.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if sys.platform != "linux":
            held.close()
        yield port


@contextmanager
def serving(output: Path, *arguments: str, cwd: Path) -> Iterator[str]:
    """Run `feeds serve` on a free port and yield its address."""
    with free_port() as port:
        command = [sys.executable, "-m", "feeds", "serve", "--output", str(output), "--port", str(port), *arguments]
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: urllib.request.urlopen(f"{address}/manifest.json").status == 200)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true; what raises OSError is not true yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
