"""Start the command `feeds` without importing the program each time: a server that forks itself.

The server imports the program once and forks for each command. The command is then a separate process with its own
folder, environment, streams and memory, but it starts in a few milliseconds instead of half a second.

`start` in `tests.support.processes` uses it. Tests of the start itself run `python -m feeds`.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NoReturn

LIBRARIES = ("concurrent.futures.process", "difflib", "granian.server.mp", "rich.progress", "sqlite3", "subprocess")
"""Modules that commands import when they run."""
NUMBER = struct.Struct("!i")


class ForkServer:
    """The server's process, as the tests see it."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one_at_a_time = Lock()
        with theirs:
            # No process waits for it: it ends when the channel closes.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())],
                cwd=Path(__file__).parents[2],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def start(
        self, arguments: Sequence[str], cwd: Path, environment: dict[str, str], out: int, err: int
    ) -> "ForkedProcess":
        """Start a command that writes to two file descriptors."""
        ours, theirs = socket.socketpair()
        request = json.dumps([arguments, str(cwd), environment]).encode()
        with theirs, self._one_at_a_time:
            socket.send_fds(self._channel, [request], [theirs.fileno(), out, err])
        return ForkedProcess(ours)


class ForkedProcess:
    """A process of the server, with the methods of `subprocess.Popen` that the tests use."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._channel.settimeout(30)
        self.pid = self._read()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise `subprocess.TimeoutExpired` after `timeout` seconds."""
        if self.returncode is None:
            self._channel.settimeout(timeout)
            try:
                status = self._read()
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("feeds", timeout or 0) from None
            self._channel.close()
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self) -> int:
        data = self._channel.recv(NUMBER.size, socket.MSG_WAITALL)
        number: int = NUMBER.unpack(data)[0]
        return number


@cache
def fork_server() -> ForkServer:
    """Return the server of this process, started on the first call."""
    return ForkServer()


def preload() -> None:
    """Import the modules of the commands."""
    for module in pkgutil.walk_packages(importlib.import_module("feeds").__path__, "feeds."):
        if module.name != "feeds.__main__":
            importlib.import_module(module.name)
    for name in LIBRARIES:
        importlib.import_module(name)


def fork_for_each_request(channel: socket.socket) -> None:
    """Fork for each request, and return only in the process that runs the command."""
    # No process waits for the waiters.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, 1 << 20, 3)
        if not request:
            sys.exit()
        if os.fork() == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
    channel.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    arguments, folder, environment = json.loads(request)
    answer, out, err = descriptors
    if pid := os.fork():
        wait_and_answer(pid, answer)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in descriptors:
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["feeds", *arguments]
    # The first import path of `python -m feeds`.
    sys.path[0] = folder


def wait_and_answer(pid: int, answer: int) -> NoReturn:
    """Send the number of a process, and its status when it has ended."""
    with suppress(BrokenPipeError):
        os.write(answer, NUMBER.pack(pid))
        os.write(answer, NUMBER.pack(os.waitpid(pid, 0)[1]))
    os._exit(0)


if __name__ == "__main__":
    preload()
    # Without garbage collection no object is written, so the memory stays shared.
    gc.freeze()
    fork_for_each_request(socket.socket(fileno=int(sys.argv[1])))
    importlib.import_module("feeds.cli.main").main(prog_name="feeds")
