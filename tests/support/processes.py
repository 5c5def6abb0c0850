"""Run the command and a real server as separate processes."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.support.fork_server import ForkedProcess, fork_server

Process = subprocess.Popen[bytes] | ForkedProcess

READ_AT_THE_START = ("LANG", "LC_", "PYTHON", "TZ")
"""The prefix of variables that the interpreter reads when it starts."""


def read_at_the_start(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment variables that the interpreter reads when it starts, with these additions."""
    given = os.environ | environment
    return {name: value for name, value in given.items() if name.startswith(READ_AT_THE_START)}


READ_HERE = read_at_the_start({})


def start(arguments: Sequence[str], cwd: Path, environment: dict[str, str], out: IO[bytes], err: IO[bytes]) -> Process:
    """Start the command `feeds` as a separate process: by a fork, if its environment lets it start as this process did."""
    if read_at_the_start(environment) != READ_HERE:
        command = [sys.executable, "-m", "feeds", *arguments]
        return subprocess.Popen(command, cwd=cwd, env=os.environ | environment, stdout=out, stderr=err)
    return fork_server().start(arguments, cwd, dict(os.environ | environment), out.fileno(), err.fileno())


def run(*arguments: str | Path, cwd: Path, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command `feeds` as a separate process."""
    command = [str(argument) for argument in arguments]
    with TemporaryFile() as out, TemporaryFile() as err:
        process = start(command, cwd, environment, out, err)
        try:
            code = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode().replace("\r\n", "\n"))
    done = subprocess.CompletedProcess(command, code, *texts)
    assert "Traceback" not in done.stderr, done.stderr
    if check:
        assert done.returncode == 0, done.stderr
    return done


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
        command = ["serve", "--output", str(output), "--port", str(port), *arguments]
        with Path(os.devnull).open("wb") as devnull:
            process = start(command, cwd, {}, devnull, devnull)
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
