"""Help, completion, colours, progress and verbosity."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.support.sites import WRONG, Tree
from tests.support.trees import PROJECT


def test_the_help_of_every_command_has_examples() -> None:
    from feeds.cli.main import _COMMANDS

    for command in _COMMANDS:
        said = run(command, "--help", cwd=PROJECT).stdout
        assert "Examples:" in said, command
        assert f"feeds {command}" in said, command
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert [command for command in _COMMANDS if f"`feeds {command}" not in readme] == []


def test_shells_complete_commands_and_feeds(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n")})
    run("build", cwd=root)
    for shell in ("bash", "zsh", "fish"):
        assert "_FEEDS_COMPLETE" in run("completion", shell, cwd=root).stdout

    def completed(words: str, at: int) -> str:
        # The shell calls the command by its own name.
        code = "from feeds.cli.main import main; main('feeds')"
        given = os.environ | {"_FEEDS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        return subprocess.run([sys.executable, "-c", code], cwd=root, env=given, capture_output=True, text=True).stdout

    assert completed("feeds wh", 1) == "plain,why\n"
    assert completed("feeds show a", 2) == "plain,all\nplain,ai\n"


def on_a_terminal(*arguments: str, cwd: Path, program: tuple[str, str] = ("-m", "feeds"), **environment: str) -> str:
    """Return the output of the command on a terminal."""
    master, slave = pty.openpty()
    given = {**os.environ, "TERM": "xterm", **environment}
    command = [sys.executable, *program, *arguments]
    process = subprocess.Popen(command, cwd=cwd, stdout=slave, stderr=slave, env=given)
    os.close(slave)
    said = b""
    try:
        while data := os.read(master, 4096):
            said += data
    except OSError:  # the other side is closed
        pass
    process.wait(60)
    os.close(master)
    return said.decode()


def test_colours_are_used_only_on_terminals_without_no_color(tree: Tree) -> None:
    root = tree(WRONG)
    environment = {key: value for key, value in os.environ.items() if key == "NO_COLOR"}
    assert not environment
    assert "\x1b[" in on_a_terminal("check", cwd=root)
    assert "\x1b[" not in on_a_terminal("check", cwd=root, NO_COLOR="1")
    assert "\x1b[" not in run("check", cwd=root, check=False).stdout


def test_a_progress_bar_with_rate_and_remaining_time_appears_on_terminals_only(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n")})
    # Without patience, the progress bar appears at once.
    code = "import feeds.cli.progress as p; p._PATIENCE = 0; from feeds.cli.main import main; main()"
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_a_terminal("build", cwd=root, program=("-c", code), COLUMNS="100"))
    assert re.search(r"Reading ━+ 1/1 \d+/s", said)
    assert re.search(r"Rendering ━+ 2/2 \d+/s 0:00:00", said)
    done = subprocess.run([sys.executable, "-c", code, "build"], cwd=root, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unwanted", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_and_dumb_terminals_get_no_progress_bar(tree: Tree, unwanted: dict[str, str]) -> None:
    root = tree({"content/news/a.md": article(more="topics: [AI]\n")})
    code = "import feeds.cli.progress as p; p._PATIENCE = 0; from feeds.cli.main import main; main()"
    assert "\x1b[" not in on_a_terminal("build", cwd=root, program=("-c", code), **unwanted)


def test_quiet_prints_only_problems_and_verbose_lists_entries(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.md": article(date="soon")})
    assert "  + tag:feeds.example,2026:news/a" in run("build", "--verbose", cwd=root).stdout
    tree({"content/news/c.md": article("C", "soon", "https://news.example/c")})
    done = run("build", "--quiet", cwd=root)
    assert (done.stdout, "c.md:3" in done.stderr) == ("", True)
    assert "entries of" not in run("check", "--quiet", cwd=root, check=False).stdout
