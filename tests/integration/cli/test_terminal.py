"""Names and titles from content do not control the terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run

Tree = Callable[..., Path]


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["check", "--format", "github"],
        ["check", "--format", "json"],
        ["build"],
        ["build", "--json"],
        ["diff"],
    ],
)
def test_names_and_titles_are_escaped_for_terminals(tree: Tree, command: list[str]) -> None:
    name = "evil\x9b2J\u202etxt"
    root = tree(
        {
            f"content/news/{name}.md": article("A \u202e title\u2066", more="topics: [{}]\nodd\u202e: 1\n"),
            f"content/news/{name}2.md": "---\n",
        }
    )
    done = run(*command, cwd=root, check=False)
    said = done.stdout + done.stderr
    assert not {"\x9b", "\u202e", "\u2066"} & set(said)
    if "json" in command or "--json" in command:
        assert any(name in problem["path"] for problem in json.loads(done.stdout)["problems"])
    elif command != ["diff"]:
        assert "evil\\u009b2J\\u202etxt" in said
