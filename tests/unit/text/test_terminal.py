"""Nothing foreign controls a terminal, a log or a mail: what would is shown as an escape."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.errors import ConfigError, Problem
from feeds.text.terminal import escape_controls

Tree = Callable[..., Path]

ODD = "\x9b2J\x85\u202e\u2066\u2028\ufeff"
SHOWN = "\\u009b2J\\u0085\\u202e\\u2066\\u2028\\ufeff"


@pytest.mark.parametrize("has_colours", [True, False])
def test_what_controls_a_terminal_is_shown_and_all_else_stays(has_colours: bool) -> None:
    assert escape_controls(ODD, has_colours) == SHOWN
    for text in ("a\tb\n", "Füße", "日本語", "עברית", "👩\u200d💻", "نص", '{"a": "\\u202e"}'):
        assert escape_controls(text, has_colours) == text


def test_only_colours_and_moves_of_the_progress_bar_reach_a_terminal() -> None:
    for text in ("\x1b[1m", "\x1b[0m", "\x1b[38;5;1m", "\x1b[2K", "\x1b[1A", "\x1b[?25l", "\r"):
        assert escape_controls(text, has_colours=True) == text
        assert "\x1b" not in escape_controls(text)
        assert "\r" not in escape_controls(text)
    for text in ("\x1b]0;title\x07", "\x1bc", "\x1b[6n", "\x07", "\x1b"):
        assert escape_controls(text, has_colours=True).isprintable()


def test_escapes_in_json_say_the_same() -> None:
    value = {"title": ODD + '"\\\x00\x1b'}
    assert json.loads(escape_controls(json.dumps(value, ensure_ascii=False))) == value


def test_messages_have_no_controls_however_they_are_logged() -> None:
    assert (
        str(Problem(f"a{ODD}\x1b[1m\n::error::b", 1, "key", "m\x9b"))
        == f"a{SHOWN}\\u001b[1m\\n::error::b:1: key: m\\u009b"
    )
    assert str(ConfigError(f"a{ODD}", "\x1b[2K")) == f"config: a{SHOWN}: \\u001b[2K"
