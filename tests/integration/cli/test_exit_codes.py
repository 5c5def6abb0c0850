"""The exit code of every command in every situation, and with streams that are missing, closed or full."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.exhaustive import EXHAUSTIVE, default_or_all
from tests.support.factories import article
from tests.support.processes import free_port, run, until
from tests.support.trees import CONFIG, PROJECT

Tree = Callable[..., Path]
LOG = '192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET /feeds/all.xml HTTP/1.1" 200 9 "-" "Reader/1"\n'
FILES = {"content/news/a.md": article(), "access.log": LOG}

# Commands that only print fail if their output cannot be written. Commands with another effect do not.
ANSWERS = (
    "check",
    "list",
    "show all",
    "why content/news/a.md",
    "diff",
    "diff --json",
    "build --dry-run",
    "stats access.log",
    "stats access.log --format json",
    "schema config",
    "completion bash",
    "hub list --json",
    "--help",
    "build --help",
    "--version",
)
EFFECTS = (
    "build",
    "build --json",
    "build -v",
    "push",
    "push --json",
    "hub retry",
    "init site",
    "new Title --url https://news.example/new",
)
MISTAKES = ("nonsense", "list --nonsense", "show nonsense", "check --config nowhere.yaml", "stats nowhere.log")
# One command of each kind, because the same code handles the streams of all commands.
ONE_OF_EACH = ("check", "diff --json", "--version", "build", "build --json", "init site", "hub retry", "nonsense")
FEW = ("check", "build", "init site", "nonsense")
ALL_COMMANDS_WITH = (">&-", ">/dev/full 2>/dev/full")
STREAMS = (
    ">&-",
    "2>&-",
    ">&- 2>&-",
    "<&- >&- 2>&-",
    ">/dev/full",
    "2>/dev/full",
    ">/dev/full 2>/dev/full",
    "| true",
    "2>&1 >&- | true",
)


def shell(command: str, folder: Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command line whose first word `feeds` is the command."""
    line = command.replace("feeds ", f"'{sys.executable}' -m feeds ", 1)
    # A pipe that is closed before the first byte: its reader has ended when the command starts.
    line = re.sub(r"^(.*) \| true$", r"set -o pipefail; (sleep 0.05; exec \1) | true", line)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    for said in (done.stdout, done.stderr):
        assert "Traceback" not in said, (command, said)
        assert "Exception ignored" not in said, (command, said)
    return done


@pytest.fixture
def copies(tree: Tree) -> Callable[[], Path]:
    """Return a function that copies a site that was built, and whose content then changed."""
    root = tree(FILES)
    run("build", cwd=root)
    tree({"content/news/later.md": article("Later", url="https://news.example/later")})
    count = iter(range(1000))

    def copy() -> Path:
        folder = root.parent / f"{root.name}-{next(count)}"
        shutil.copytree(root, folder)
        return folder

    return copy


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("streams", default_or_all((">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "| true"), STREAMS))
def test_missing_closed_or_full_streams_give_no_traceback_and_the_right_exit_code(
    copies: Callable[[], Path], streams: str
) -> None:
    is_lost = streams != "2>&-" and not streams.startswith("2>/dev/full")
    expected = dict.fromkeys(ANSWERS, 2 if is_lost else 0) | dict.fromkeys(EFFECTS, 0) | dict.fromkeys(MISTAKES, 2)
    if streams not in ALL_COMMANDS_WITH:
        expected = {command: expected[command] for command in (ONE_OF_EACH if EXHAUSTIVE else FEW)}
    elif not EXHAUSTIVE:
        expected = {command: expected[command] for command in ONE_OF_EACH}
    with ThreadPoolExecutor(4) as pool:
        folders = {command: copies() for command in expected}
        for command in {"hub retry", "hub list --json"} & folders.keys():
            (folders[command] / "config.yaml").write_text(f"{CONFIG}hub: yes\n")
        done = dict(
            zip(expected, pool.map(lambda each: shell(f"feeds {each} {streams}", folders[each]), expected), strict=True)
        )
    assert {command: each.returncode for command, each in done.items()} == expected
    for command in {"build", "build --json", "build -v"} & folders.keys():
        assert "news/later" in (folders[command] / "public/feeds/all.xml").read_text("utf-8")
    assert (folders["init site"] / "site/config.yaml").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_the_higher_of_two_exit_codes_is_used(tree: Tree) -> None:
    root = tree(FILES | ERROR)
    for streams, code in (("", 1), (">/dev/full", 2), (">&-", 2)):
        assert shell(f"feeds check {streams}", root).returncode == code


def test_lost_output_is_reported_on_standard_error(copies: Callable[[], Path]) -> None:
    folder = copies()
    assert shell("feeds list >/dev/full", folder).stderr == "feeds: standard output: No space left on device\n"
    assert shell("feeds list >&-", folder).stderr == "feeds: standard output: closed\n"
    assert shell("feeds list | true", folder).stderr == ""
    assert shell("feeds build >&-", folder).stderr == ""


def test_no_file_gets_the_descriptor_of_a_missing_stream(copies: Callable[[], Path]) -> None:
    folder = copies()
    code = "import os; from feeds.cli import streams; streams.install(); print(os.open('config.yaml', os.O_RDONLY) > 2)"
    line = f"'{sys.executable}' -c \"{code}; os.write(9, str(os.open('config.yaml', os.O_RDONLY)).encode())\""
    done = shell(f"{line} 9>&1 <&- >&- 2>&-", folder)
    assert int(done.stdout) > 2


@pytest.mark.parametrize("streams", [">&- 2>&-", ">/dev/full 2>/dev/full"])
def test_serve_works_without_standard_streams(copies: Callable[[], Path], streams: str) -> None:
    import urllib.request

    folder = copies()
    (folder / "config.yaml").write_text(f"{CONFIG}serve: {{access_log: '-'}}\n")
    run("build", cwd=folder)
    with free_port() as port:
        line = f"exec '{sys.executable}' -m feeds serve --port {port} {streams}"
        process = subprocess.Popen(["bash", "-c", line], cwd=folder, env=os.environ | {"PYTHONPATH": str(PROJECT)})
        try:
            for _ in range(3):
                until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/feeds/all.xml").status == 200)
        finally:
            process.terminate()
            assert process.wait(30) == 0


ERROR = {"content/news/b.md": article("B", "soon", "https://news.example/b")}
WARNING = {"content/news/a.md": article(more="topics: AI\n")}
UNKNOWN = {"content/news/a.md": article(more="surprise: 1\n")}
PLAIN = {"content/news/plain.md": "No front matter.\n", "README.md": article(), "content/empty/x.txt": "x"}


@pytest.mark.parametrize(
    "files, command, code",
    [
        ({}, "check", 0),
        ({}, "check --strict", 0),
        (WARNING, "check", 0),
        (WARNING, "check --strict", 1),
        (UNKNOWN, "check", 0),
        (UNKNOWN, "check --strict", 1),
        (ERROR, "check", 1),
        (ERROR, "check --format json", 1),
        (ERROR, "check --format github", 1),
        (ERROR, "check content/news/a.md", 0),
        (ERROR, "check content/news/b.md", 1),
        (ERROR, "check content/news", 1),
        ({}, "check .", 0),
        ({}, "check config.yaml", 0),
        ({}, "check nope.md", 2),
        ({}, "check content/news/a.md nope.md", 2),
        (PLAIN, "check README.md", 2),
        (PLAIN, "check content/news/plain.md", 2),
        (PLAIN, "check content/empty", 2),
        ({}, "build", 0),
        (ERROR, "build", 0),
        (ERROR, "build --strict", 1),
        (WARNING, "build --strict", 1),
        (UNKNOWN, "build --strict", 1),
        (UNKNOWN, "build --strict --json", 1),
        (ERROR, "build --dry-run", 0),
        (ERROR, "build --dry-run --strict", 1),
        ({}, "build --strict", 0),
        (ERROR, "list", 0),
        (ERROR, "show all", 0),
        (ERROR, "diff", 0),
        (ERROR, "why content/news/b.md", 0),
        ({}, "show nope", 2),
        ({}, "why nope", 2),
        ({}, "diff nope", 2),
        ({}, "push", 2),
        ({}, "hub list", 2),
        ({}, "hub retry", 2),
        ({}, "hub remove nope", 2),
        ({}, "schema nope", 2),
        ({}, "completion nope", 2),
        ({}, "stats access.log", 0),
        ({}, "stats nope.log", 2),
        ({}, "init .", 2),
        ({}, "new Title", 2),
        ({}, "new Title --url nope", 2),
        ({}, "serve --port 0", 2),
        ({}, "nope", 2),
    ],
)
def test_exit_codes_are_as_documented(tree: Tree, files: dict[str, str], command: str, code: int) -> None:
    done = run(*command.split(), cwd=tree(FILES | files), check=False)
    assert done.returncode == code, done.stderr


def test_strict_also_applies_to_a_skipped_build(tree: Tree) -> None:
    root = tree(FILES | UNKNOWN)
    for _ in range(2):
        done = run("build", "--strict", cwd=root, check=False)
        assert (done.returncode, "surprise: unknown key" in done.stderr) == (1, True)
    assert run("build", cwd=root).stderr == ""


def test_every_command_is_in_the_table_of_exit_codes() -> None:
    from feeds.cli.main import _COMMANDS

    tested = {command.split()[0] for command in (*ANSWERS, *EFFECTS, *MISTAKES)} | {"serve"}
    assert set(_COMMANDS) <= tested


def test_check_fails_if_a_build_would_stop(tree: Tree) -> None:
    root = tree(FILES)
    run("build", cwd=root)
    (root / "content/news/a.md").unlink()
    for command in ("check", "build", "build --dry-run"):
        assert run(*command.split(), cwd=root, check=False).returncode == (1 if command == "check" else 2)
