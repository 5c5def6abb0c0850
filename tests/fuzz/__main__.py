"""Run the fuzz targets: `python -m tests.fuzz --count 200000 --seed 1`.

Each input is made from the seed, the target and an index, so a run can be repeated.
Workers run blocks of inputs in turn and never stop by themselves; this process watches
how much CPU time each input takes, and ends a worker whose input takes far more than an
ordinary one of the same size. Nothing is dropped silently: every ended input is a finding.

A finding is an exception, a broken invariant, a hang, a crash, slowness or growth. Each is reduced, written to a
folder with its details, and printed.
"""

import faulthandler
import json
import mmap
import multiprocessing
import os
import pickle
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random, SystemRandom
from typing import NamedTuple

import click

from tests.fuzz import targets
from tests.fuzz.targets import TARGETS, Target

BLOCK = 2000
"""After this number of inputs, a new process continues."""
SLOW = 25
"""An input is checked again if it takes this many times as long as an ordinary one of its size."""
HANG = 400
"""An input is ended if it takes this many times as long as an ordinary one of its size."""
_FLOOR = 0.02  # seconds of CPU time below which no input is slow
_END = 5.0  # seconds of CPU time before which no input is ended
_STUCK = 600.0  # seconds after which an input is ended that uses no CPU time: it waits for something
_DOUBLED = 3.0  # times the CPU time for twice the input: more than linear
_OUTPUT, _MEMORY = 16, 512  # times the size of the input
_SPARE_OUTPUT, _SPARE_MEMORY = 16 * 1024, 48 * 2**20  # bytes besides
_ADDRESS_SPACE = 4 * 2**30
_ENDING = ("hang", "crash")  # kinds of findings that end a process


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: its kind, its message, its place in the code, and its input."""

    target: str
    kind: str
    message: str
    place: str
    data: bytes
    trace: str = ""
    index: int = -1

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return a key that differs for findings with different causes."""
        return self.target, self.kind, self.place, self.message[:24] if self.kind == "invariant" else ""


class Job(NamedTuple):
    target: Target
    first: int
    last: int


class _Seen(NamedTuple):
    seconds: float
    finding: Finding | None


def _input(target: Target, seed: int, index: int) -> bytes:
    return target.generate(Random(f"{seed}/{target.name}/{index}"))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}feeds{os.sep}" in frame.filename]
    frame = (ours or frames)[-1]
    return f"{os.path.relpath(frame.filename)}:{frame.lineno}"


def examine(target: Target, data: bytes) -> Finding | None:
    """Run one input and return its finding, without measuring time and memory."""
    finding, size = _outcome(target, data, target.run)
    if not finding and size > _OUTPUT * len(data) + _SPARE_OUTPUT:
        return Finding(target.name, "growth", f"{len(data)} bytes became {size}", "", data)
    return finding


def sample(target: Target, data: bytes) -> Finding | None:
    """Check more of an input, if the target has such a check."""
    return _outcome(target, data, target.sample)[0] if target.sample else None


def _outcome(target: Target, data: bytes, do: Callable[[bytes], int | None]) -> tuple[Finding | None, int]:
    try:
        return None, do(data) or 0
    except targets.BrokenError as error:
        return Finding(target.name, "invariant", str(error), _place(error), data), 0
    except Exception as error:  # noqa: BLE001 - which ones there are is the question
        trace = "".join(traceback.format_exception(error))
        return Finding(target.name, "exception", f"{type(error).__name__}: {error}", _place(error), data, trace), 0


def _nothing() -> None:
    pass


def _measured(target: Target, data: bytes, begin: Callable[[], None] = _nothing) -> _Seen:
    begin()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.thread_time()
    finding = examine(target, data)
    seconds = time.thread_time() - start
    # The peak never falls, so an input counts with its increase of the peak.
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if finding is None and grown > _MEMORY * len(data) + _SPARE_MEMORY:
        finding = Finding(target.name, "memory", f"{len(data)} bytes took {grown >> 20} MB more", "", data)
    return _Seen(seconds, finding)


@cache
def _ordinary(target: Target, size: int) -> float:
    """Return the seconds that an ordinary input of this size takes."""
    data = target.plain(size)
    return max(min(_measured(target, data).seconds for _ in range(3)), 1e-4)


def _usual(target: Target, data: bytes) -> float:
    return _ordinary(target, 1 << max(8, len(data)).bit_length())


def _is_slow(target: Target, data: bytes, seconds: float) -> bool:
    return seconds > _FLOOR and seconds > SLOW * _usual(target, data)


def look_at_slow(target: Target, data: bytes, seconds: float, begin: Callable[[], None] = _nothing) -> Finding | None:
    """Return a finding if an input is slow again, or if twice as much of it takes more than twice the time."""
    if not _is_slow(target, data, seconds):
        return None
    again = min(_measured(target, data, begin).seconds for _ in range(2))
    if not _is_slow(target, data, again):
        return None
    usual = _usual(target, data)
    middle = len(data) // 2
    # The repeated part of an input is mostly in its middle.
    half = max(1, len(data) // 4)
    larger = data[: middle - half] + data[middle - half : middle + half] * 3 + data[middle + half :]
    growth = min(_measured(target, larger, begin).seconds for _ in range(2)) / again
    said = f"{len(data)} bytes take {again:.3f} s, {again / usual:.0f} times as long as ordinary ones"
    if growth > _DOUBLED:
        return Finding(target.name, "slow", f"{said}; twice as many take {growth:.1f} times as long", "", data)
    return Finding(target.name, "slow", said, "", data) if again > HANG / 4 * usual else None


_STATE = struct.Struct("qqd")
"""The index of the input that is run, the number of runs, and the seconds of CPU time that it may take."""


class Worker:
    """A process that runs a block of inputs, and its state as seen from outside."""

    def __init__(self, seed: int, job: Job) -> None:
        self.job = job
        self._shared = mmap.mmap(-1, _STATE.size)
        self._shared[:] = _STATE.pack(job.first, 0, float("inf"))
        self._trace = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process works
        self._read, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            self._work(seed, write)
        os.close(write)
        os.set_blocking(self._read, False)
        self._answer = b""
        self._runs, self._since, self._cpu = 0, time.monotonic(), 0.0

    def _work(self, seed: int, write: int) -> None:
        status = 1
        try:
            os.close(self._read)
            faulthandler.register(signal.SIGUSR1, file=self._trace, all_threads=False)
            resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
            for finding in self._findings(seed):
                # Written at once: the end of this process must not lose earlier findings.
                os.write(write, pickle.dumps(finding))
            status = 0
        finally:
            if status:
                traceback.print_exc()
            targets.clean()
            sys.stderr.flush()
            os._exit(status)  # the threads of the application no longer work

    def _findings(self, seed: int) -> Iterator[Finding]:
        target, runs = self.job.target, 0
        # The first run imports and compiles, which must not count for an input.
        with suppress(Exception):
            target.run(target.plain(256))

        def begin() -> None:
            nonlocal runs
            runs += 1
            self._shared[:] = _STATE.pack(index, runs, limit)

        for index in range(self.job.first, self.job.last):
            data, limit = _input(target, seed, index), float("inf")
            begin()
            limit = max(_END, HANG * _usual(target, data))
            seconds, finding = _measured(target, data, begin)
            finding = finding or look_at_slow(target, data, seconds, begin)
            if not finding and index % target.every == 0:
                begin()
                finding = sample(target, data)
            if finding:
                yield replace(finding, index=index)

    def look(self) -> list[Finding] | None:
        """Return the finding of an ended worker, or None; end the worker if its input takes too long."""
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        with suppress(BlockingIOError):
            while part := os.read(self._read, 1 << 16):
                self._answer += part
        index, runs, limit = _STATE.unpack(self._shared)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return self._end(index, "crash", f"the process ended with {code}") if code else self._end()
        cpu = _cpu_of(self.pid)
        if runs != self._runs:
            self._runs, self._since, self._cpu = runs, time.monotonic(), cpu
        is_busy = cpu - self._cpu > limit
        if not is_busy and time.monotonic() - self._since < _STUCK:
            return None
        os.kill(self.pid, signal.SIGUSR1)
        time.sleep(0.1)  # while the place is being written
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return self._end(index, "hang", f"{cpu - self._cpu:.0f} s of CPU time" if is_busy else "waits for something")

    def _end(self, index: int = 0, kind: str = "", message: str = "") -> list[Finding]:
        """Return the findings, and last the reason for the end of the process."""
        answer, found = BytesIO(self._answer), []
        while answer.tell() < len(self._answer):
            found.append(pickle.load(answer))
        if kind:
            self._trace.seek(0)
            trace = self._trace.read().decode("utf-8", "replace")
            lines = [line for line in trace.splitlines() if f"{os.sep}feeds{os.sep}" in line]
            place = lines[0].strip() if lines else "no one place"
            found.append(Finding(self.job.target.name, kind, message, place, b"", trace, index))
        os.close(self._read)
        self._trace.close()
        self._shared.close()
        return found


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def jobs(count: int, only: tuple[str, ...] = ()) -> Iterator[Job]:
    """Yield blocks of inputs, each target's in turn, until there are `count` inputs."""
    some = [target for target in TARGETS if not only or target.name in only]
    total = sum(target.share for target in some)
    ends = {target: max(1, round(count * target.share / total)) for target in some}
    for first in range(0, max(ends.values()), BLOCK):
        for target, end in ends.items():
            if first < end:
                yield Job(target, first, min(first + BLOCK, end))


def run(waiting: Iterator[Job], seed: int, workers: int, told: Callable[[int, Finding | None], None]) -> None:
    """Run all jobs in some processes; `told` receives the number of finished inputs, and each finding."""
    again: list[Job] = []
    busy: list[Worker] = []
    while True:
        while len(busy) < workers and (job := again.pop() if again else next(waiting, None)):
            busy.append(Worker(seed, job))
        if not busy:
            return
        time.sleep(0.02)
        for worker in list(busy):
            found = worker.look()
            if found is None:
                continue
            busy.remove(worker)
            job = worker.job
            last = job.last
            if found and found[-1].kind in _ENDING:
                at = max(found[-1].index, job.first)
                found[-1] = replace(found[-1], data=_input(job.target, seed, at), index=at)
                last = at + 1
                if last < job.last:
                    again.append(job._replace(first=last))
            for finding in found:
                told(0, finding)
            told(last - job.first, None)


def _in_child(target: Target, data: bytes) -> Finding | None:
    """Run an input in its own process and return its finding."""
    alone = target._replace(generate=lambda _: data)
    worker = Worker(0, Job(alone, 0, 1))
    while (found := worker.look()) is None:
        time.sleep(0.01)
    return replace(found[0], data=data) if found else None


def reduce(finding: Finding, seconds: float = 30) -> Finding:
    """Return the finding with the smallest input that is found in this time."""
    # A smaller input is faster, so a slow input would only become less slow.
    if finding.kind not in ("exception", "invariant"):
        return finding
    context = multiprocessing.get_context("fork")
    mine, other = context.Pipe(duplex=False)
    process = context.Process(target=_reduce, args=(finding, other), daemon=True)
    process.start()
    other.close()
    end = time.monotonic() + seconds
    with suppress(EOFError):
        while mine.poll(max(0, end - time.monotonic())):
            finding = mine.recv()
    process.kill()
    process.join()
    return finding


def _reduce(best: Finding, told: Connection) -> None:
    target = next(target for target in TARGETS if target.name == best.target)
    size = max(1, len(best.data) // 2)
    while size:
        start = 0
        while start < len(best.data):
            tried = best.data[:start] + best.data[start + size :]
            found = examine(target, tried) or sample(target, tried)
            if found and found.key == best.key:
                best = replace(found, index=best.index)
                told.send(best)
            else:
                start += size
        size //= 2
    targets.clean()
    told.close()
    os._exit(0)


def write(finding: Finding, folder: Path) -> Path:
    """Write the input and its finding into the folder; return the input's path."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{finding.target}-{finding.kind}-{blake2b(finding.data, digest_size=4).hexdigest()}"
    (folder / name).write_bytes(finding.data)
    told = {key: getattr(finding, key) for key in ("target", "kind", "message", "place", "index", "trace")}
    (folder / f"{name}.json").write_text(json.dumps(told, indent=1), "utf-8")
    return folder / name


@click.command()
@click.option("--count", default=200_000, help="The number of inputs. Default: 200000.")
@click.option("--seed", type=int, help="Make the inputs of an earlier run again. Default: another seed each time.")
@click.option(
    "--only", multiple=True, type=click.Choice([target.name for target in TARGETS]), help="Run this target only."
)
@click.option("--workers", default=os.cpu_count() or 1, help="The number of processes. Default: one for each core.")
@click.option("--folder", type=click.Path(path_type=Path), help="Write findings here. Default: a temporary folder.")
@click.option(
    "--reproduce", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Run one input of --only."
)
def main(
    count: int, seed: int | None, only: tuple[str, ...], workers: int, folder: Path | None, reproduce: Path | None
) -> None:
    """Fuzz bodies, front matter, config, requests, log lines and rules."""
    if reproduce:
        name = only[0] if only else next((each.name for each in TARGETS if reproduce.name.startswith(each.name)), "")
        target = next((each for each in TARGETS if each.name == name), None)
        if target is None:
            raise click.UsageError("name the target with --only")
        found = _in_child(target, reproduce.read_bytes())
        click.echo(f"{found.kind}: {found.message}\n{found.place}\n{found.trace}" if found else "nothing is wrong")
        sys.exit(1 if found else 0)
    seed = SystemRandom().randrange(10**9) if seed is None else seed
    folder = folder or Path(tempfile.gettempdir()) / f"feeds-fuzz-{seed}"
    click.echo(f"seed {seed}, {count} inputs, {workers} processes")
    start, done = time.monotonic(), 0
    kept: dict[tuple[str, str, str, str], list[Finding]] = {}

    def told(number: int, finding: Finding | None) -> None:
        nonlocal done
        if finding is None:
            before, done = done, done + number
            if done * 10 // count != before * 10 // count:
                click.echo(f"{done} inputs, {time.monotonic() - start:.0f} s, {len(kept)} findings", err=True)
            return
        same = kept.setdefault(finding.key, [])
        same.append(finding)
        if len(same) == 1:
            click.echo(f"found: {finding.target}: {finding.kind}: {finding.message[:200]!r} {finding.place}", err=True)

    run(jobs(count, only), seed, workers, told)
    click.echo(f"{done} inputs in {time.monotonic() - start:.0f} s: {len(kept)} findings")
    for same in kept.values():
        smallest = reduce(min(same, key=lambda each: len(each.data)))
        path = write(smallest, folder)
        click.echo(f"\n{smallest.target}: {smallest.kind}, {len(same)} times: {smallest.message[:300]!r}")
        click.echo(f"  at {smallest.place or 'no one place'}, input {smallest.index}: {path}")
        click.echo(f"  {smallest.data[:300]!r}")
    sys.exit(1 if kept else 0)


if __name__ == "__main__":
    main()
