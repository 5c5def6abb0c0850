"""Time the service's answers against nginx's and a plain Flask view's; write a Markdown table.

Three servers serve the same folder under the same load by wrk on the same machine: 32 connections, each with one
request at a time.

- nginx as `docs/deploy.md` has it, with `gzip_static`, a worker for each core and no log.
- `feeds serve` with its defaults.
- `send_file` in a Flask view (`bench/plain.py`), under the same server with the same settings.
  It does not use the compressed copies, so it sends many times as much to clients that accept gzip.

First, each server must answer every feed correctly: with the bytes of the file, or their compressed form, or 304 for
its own ETag. In a round, all three get the same requests in alternating order; ratios are taken within a round,
because the machine may be slower in the next. The first round is a second a case and is not counted. wrk uses the
cores too: if a response is cheap, the result measures wrk as much as the server.

usage: python bench/serve.py [COUNT [RUNS [SECONDS]]]
"""

import gzip
import os
import platform
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import click
from corpus import CONFIG, make

# As in Debian's nginx.conf, without a log. Workers of another user could not read the folder.
NGINX = """\
user root; daemon off; worker_processes auto; pid pid; error_log stderr; events {}
http { access_log off; sendfile on; tcp_nopush on; include feeds.conf; }
"""
HERE = Path(__file__).parent
FEEDS = str(Path(sys.executable).with_name("feeds"))
ONE = "feeds/all.xml"
STATIC, OURS, PLAIN = SERVERS = "nginx", "feeds serve", "plain view"
IDENTITY, GZIP, KNOWN = CASES = "200, identity", "200, gzip", "304"
CODING = {IDENTITY: "identity", GZIP: "gzip", KNOWN: "gzip"}
Answers = dict[str, tuple[str, int]]  # for a path the tag, and the bytes of the body


class Run(NamedTuple):
    """The result of wrk: responses per second, and the milliseconds within which 50 % and 99 % arrived."""

    rate: float
    half: float
    most: float


@click.command()
@click.argument("count", type=click.IntRange(min=2), default=2000)
@click.argument("rounds", metavar="[RUNS]", type=click.IntRange(min=1), default=3)
@click.argument("seconds", type=click.IntRange(min=1, max=60), default=5)
def main(count: int, rounds: int, seconds: int) -> None:
    """Request the feeds of COUNT entries; each case takes SECONDS and runs RUNS times."""
    os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where daemons are
    missing = [program for program in ("wrk", "nginx") if not shutil.which(program)]
    hold(not missing, f"not installed: apt-get install {' '.join(missing)}")
    load, runs = os.getloadavg()[0], defaultdict[tuple[str, str, str], list[Run]](list)
    with tempfile.TemporaryDirectory(prefix="feeds-bench-") as name, ExitStack() as stack:
        folder, public = Path(name), Path(name) / "public"
        (folder / "config.yaml").write_text(CONFIG)
        make(count, folder / "content")
        subprocess.run([FEEDS, "build", "--config", f"{folder}/config.yaml"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        found = (str(path.relative_to(public)) for path in public.glob("feeds/**/*.*"))
        every = sorted(path for path in found if path.endswith((".xml", ".atom", ".json")))
        random.Random(1).shuffle(every)  # noqa: S311 - the same order every time is the point
        ports = {server: stack.enter_context(running(server, folder)) for server in SERVERS}
        answers = {server: check(server, port, public, every) for server, port in ports.items()}
        for number in range(rounds + 1):
            for what, paths in (("one feed", [ONE]), ("all feeds", every)):
                for case in CASES:
                    for server in SERVERS if number % 2 else SERVERS[::-1]:
                        expected = {path: answers[server][case][path] for path in paths}
                        run = ask(folder, ports[server], case, expected, seconds if number else 1)
                        click.echo(f"round {number}: {what}, {case}: {server}: {run.rate:,.0f} a second", err=True)
                        runs[what, case, server] += [run] if number else []
        click.echo("\n".join(report(public, every, runs)) + f"\n\nLoad {load:.1f} before.")


@contextmanager
def running(server: str, folder: Path) -> Iterator[int]:
    """Run a server and yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    program = [FEEDS] if server == OURS else [sys.executable, f"{HERE}/plain.py"]
    command = [*program, "serve", "--config", f"{folder}/config.yaml", "--port", f"{port}"]
    if server == STATIC:
        example = (HERE.parent / "docs/deploy.md").read_text("utf-8").partition("```nginx\n")[2].partition("\n```")[0]
        for old, new in (
            ("listen 80;", f"listen 127.0.0.1:{port};"),
            ("listen [::]:80;", ""),
            ("root /srv/feeds/public;", f"root {folder}/public;"),
            ("include mime.types;", ""),
        ):
            hold(old in example, f"nginx in docs/deploy.md has no {old}")
            example = example.replace(old, new)
        (folder / "feeds.conf").write_text(example)
        (folder / "nginx.conf").write_text(NGINX)
        command = ["nginx", "-p", f"{folder}/", "-e", "stderr", "-c", f"{folder}/nginx.conf"]
    with (folder / f"{server}.log").open("w+") as log:
        environment = os.environ | {"FEEDS_OUTPUT": f"{folder}/public"}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)  # noqa: S603 - nothing of it is from outside
        try:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
                    break
                time.sleep(0.1)
            hold(process.poll() is None, f"{server} does not run: {Path(log.name).read_text()}")
            yield port
        finally:
            process.terminate()
            process.wait(20)


def check(server: str, port: int, public: Path, paths: list[str]) -> dict[str, Answers]:
    """Check that a server answers each path correctly in each case, and return its responses."""
    answers: dict[str, Answers] = {case: {} for case in CASES}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    for path in paths:
        coded = server != PLAIN and (public / f"{path}.gz").exists()
        for case in CASES:
            known = {"If-None-Match": answers[GZIP][path][0]} if case == KNOWN else {}
            connection.request("GET", f"/{path}", headers={"Accept-Encoding": CODING[case]} | known)
            answer = connection.getresponse()
            body, coding = answer.read(), answer.getheader("Content-Encoding")
            right = answer.status == int(case[:3]) and coding == ("gzip" if coded and case == GZIP else None)
            expected = b"" if case == KNOWN else (public / path).read_bytes()
            right = right and (gzip.decompress(body) if coding else body) == expected
            hold(right, f"{server} answers for {path}, {case}, with {answer.status}, {coding}, {len(body)} bytes")
            answers[case][path] = answer.getheader("ETag", ""), len(body)
    connection.close()
    return answers


def ask(folder: Path, port: int, case: str, expected: Answers, seconds: int) -> Run:
    """Request all paths of a server repeatedly, and return the result of wrk."""
    lines = (f"/{path} {tag if case == KNOWN else ''}\n" for path, (tag, _) in expected.items())
    (paths := folder / "paths").write_text("".join(lines))
    options = ["-t2", "-c32", f"-d{seconds}", "-s", f"{HERE}/serve.lua", "-H", f"Accept-Encoding: {CODING[case]}"]
    command = ["wrk", *options, f"http://127.0.0.1:{port}", "--", str(paths)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)  # noqa: S603
    found = said.stdout.partition("found:")[2].split()
    hold(found and found[0] == "0", f"not all was answered: {said.stdout}{said.stderr}")
    answers, micros, size, half, most = map(float, found[1:])
    # Not exact: responses have headers, and some paths got one more request than others.
    size, wanted = size / answers, mean(size for _, size in expected.values())
    hold(wanted / 2 < size < wanted * 2 + 1000, f"{case} should have {wanted:.0f} bytes and has {size:.0f}")
    return Run(answers / micros * 1e6, half / 1000, most / 1000)


def report(public: Path, every: list[str], runs: dict[tuple[str, str, str], list[Run]]) -> Iterator[str]:
    """Yield the lines of the report."""
    model = re.search(r"\nmodel name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    sizes = {path: (public / path).stat().st_size / 1000 for path in every}
    yield f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores that wrk uses too;"
    yield f"Python {platform.python_version()}, granian {version('granian')}. One feed is {ONE}, {sizes[ONE]:.0f} kB;"
    yield f"all feeds are {len(every)} documents of {mean(sizes.values()):.0f} kB on average. Medians of answers"
    yield "a second, and of the ms that half of them and 99 of 100 took at most.\n"
    yield "| | " + " | ".join(f"{server} | ms" for server in SERVERS) + f" | ours : {STATIC} | ours : {PLAIN} |"
    yield "|---" + "|--:" * (2 * len(SERVERS) + 2) + "|"
    for what, case in dict.fromkeys(key[:2] for key in runs):
        row = [f"{what}, {case}"]
        for server in SERVERS:
            rate, half, most = (median(column) for column in zip(*runs[what, case, server], strict=True))
            row += [f"{rate:,.0f}", f"{half:.1f}, {most:.1f}"]
        for other in (STATIC, PLAIN):
            pairs = zip(runs[what, case, OURS], runs[what, case, other], strict=True)
            row.append(f"{median(ours.rate / its.rate for ours, its in pairs):.2f}")
        yield f"| {' | '.join(row)} |"


def hold(condition: object, otherwise: str) -> None:
    if not condition:
        sys.exit(f"bench: {otherwise}")


if __name__ == "__main__":
    main()
