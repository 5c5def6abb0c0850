"""Run the command and a real server as separate processes."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryFile

from tests.support.fork_server import fork_server

READ_AT_THE_START = ("LANG", "LC_", "PYTHON", "TZ")
"""The prefix of variables that the interpreter reads when it starts."""


def read_at_the_start(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment variables that the interpreter reads when it starts, with these additions."""
    given = os.environ | environment
    return {name: value for name, value in given.items() if name.startswith(READ_AT_THE_START)}


READ_HERE = read_at_the_start({})


def run(*arguments: str | Path, cwd: Path, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command `feeds` as a separate process."""
    command = [str(each) for each in arguments]
    if read_at_the_start(environment) != READ_HERE:
        done = run_from_the_start(command, cwd, environment)
    else:
        done = run_by_fork(command, cwd, environment)
    assert "Traceback" not in done.stderr, done.stderr
    if check:
        assert done.returncode == 0, done.stderr
    return done


def run_from_the_start(command: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feeds", *command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def run_by_fork(command: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    with TemporaryFile() as out, TemporaryFile() as err:
        started = fork_server().start(command, cwd, dict(os.environ | environment), out.fileno(), err.fileno())
        code = started.wait(60)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(command, code, *said)


@contextmanager
def free_port() -> Iterator[int]:
    """Yield a free port, which no other test gets meanwhile."""
    with socket.socket() as held:
        # Linux lets two sockets share a port if both allow it and one of them does not listen.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if sys.platform != "linux":
            held.close()
        yield port


@contextmanager
def serving(output: Path, *arguments: str, cwd: Path, port: int | None = None) -> Iterator[str]:
    """Run `feeds serve` on a port, else on a free one, and yield its address."""
    with free_port() if port is None else nullcontext(port) as port:
        command = [sys.executable, "-m", "feeds", "serve", "--output", str(output), "--port", str(port), *arguments]
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: urllib.request.urlopen(f"{address}/manifest.json").status == 200)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until a condition is true; an OSError counts as false.

    The limit only ends hanging tests, so it is far above the time of a busy machine.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
