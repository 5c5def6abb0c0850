"""Check each rule of the checker: valid documents give no message, broken ones are named.

Does not test the code that writes feeds; the samples are written by hand.

Spec: as in the modules under test.
"""

import re
from pathlib import Path

import pytest

from tests.support.validators import check, html_problems
from tests.support.validators.cases_atom import CASES as ATOM
from tests.support.validators.cases_json import CASES as JSON_AND_OPML
from tests.support.validators.cases_rss import CASES as RSS

HERE = Path(__file__).parent
SAMPLES = sorted((HERE / "samples").iterdir())
CASES = [*RSS, *ATOM, *JSON_AND_OPML]


def codes(messages: list[str]) -> set[str]:
    return {message.partition(":")[0] for message in messages}


def run(name: str, data: bytes) -> list[str]:
    return check(data, name.rpartition(".")[2], f"https://example.org/{name}")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_valid_document_has_no_problem(sample: Path) -> None:
    assert run(sample.name, sample.read_bytes()) == []
    assert check(sample.read_bytes(), sample.suffix[1:]) == []


@pytest.mark.parametrize("name, old, new, expected", CASES)
def test_only_the_broken_document_is_reported(name: str, old: str, new: str, expected: str) -> None:
    good = (HERE / "samples" / name).read_text(encoding="utf-8")
    assert old in good
    count = -1 if name.startswith("minimal") and expected.endswith("-root") else 1
    broken = good.replace(old, new, count).encode("utf-8", "surrogateescape")
    assert codes(run(name, broken)) == set(expected.split())


def test_every_rule_has_a_case() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (HERE.parents[1] / "support/validators").glob("*.py")
    )
    written = set(re.findall(r"\.rule\(\s*\"([a-z0-9-]+)\"", sources))
    assert written == {code for case in CASES for code in case[3].split()}


def test_no_two_cases_are_the_same() -> None:
    assert len({case[:3] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "Tom & Jerry, AT&T",
        "<p>One<p>Two",
        '<a href="mailto:rose@example.org">write</a>',
        '<img src="data:image/png;base64,AA==" alt="">',
        "<pre>&amp;lt;b&amp;gt;</pre>",
        "<table><tr><td>1<td>2</table>",
        "<video controls poster='https://example.org/p.jpg'></video>",
        "<!-- a < comment -->",
        '<img src="https://example.org/1.png" alt="1 < 2 > 0">',
    ],
)
def test_html_for_a_reader_is_safe(html: str) -> None:
    assert html_problems(html) == []


@pytest.mark.parametrize("kind", ["rss", "atom", "json", "opml"])
@pytest.mark.parametrize("data", [b"", b"\x00", b"{}", b"[]", b"<a/>", b"\xff\xfe<\x00", b"nonsense", b"[" * 100_000])
def test_invalid_input_gives_a_message_and_no_exception(kind: str, data: bytes) -> None:
    assert check(data, kind)


def test_an_entity_is_never_loaded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss>&x;</rss>'
    assert "xml-doctype" in codes(check(bomb, "rss"))
