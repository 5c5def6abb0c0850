"""The fuzz run works: every target accepts its inputs, and each failure is found, reduced and stored."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from tests.fuzz import __main__ as fuzz
from tests.fuzz import targets
from tests.fuzz.__main__ import Finding, Job
from tests.fuzz.targets import TARGETS, Target, require


@pytest.fixture(autouse=True, scope="module")
def clean() -> Iterator[None]:
    yield
    targets.clean()


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.name)
def test_a_few_inputs_of_each_target_have_no_finding(target: Target) -> None:
    for index in range(30):
        data = target.generate(Random(f"43/{target.name}/{index}"))
        assert fuzz.examine(target, data) is None, data
    ordinary = target.plain(500)
    assert len(ordinary) > 100
    assert fuzz.examine(target, ordinary) is None
    assert fuzz.sample(target, ordinary) is None


def test_an_input_depends_on_the_seed_and_its_index_alone() -> None:
    for target in TARGETS:
        made = [[fuzz._input(target, seed, index) for index in range(20)] for seed in (1, 1, 2)]
        assert made[0] == made[1] != made[2]


def test_the_number_of_inputs_is_the_requested_one() -> None:
    for count in (1000, 200_000):
        made = list(fuzz.jobs(count))
        assert abs(sum(job.last - job.first for job in made) - count) < len(TARGETS)
        assert {job.target.name for job in made} == {target.name for target in TARGETS}


# Kinds of failures


def fail(data: bytes) -> int:
    if b"7" in data:
        raise KeyError("seven")
    return 0


def break_a_law(data: bytes) -> int:
    require(b"7" not in data, "no seven")
    return 0


def grow(data: bytes) -> int:
    return 10**6 if b"7" in data else len(data)


def hang(data: bytes) -> int:
    while b"7" in data:
        pass
    return 0


def crash(data: bytes) -> int:
    if b"7" in data:
        os.abort()
    return 0


def take_memory(data: bytes) -> int:
    return len(b"x" * 120 * 2**20) * 0 if b"7" in data else 0


def wait(data: bytes) -> int:
    if b"7" in data:
        time.sleep(60)
    return 0


def be_cubic(data: bytes) -> int:
    if b"7" in data:
        sum(1 for _ in data for _ in data for _ in data)
    return 0


def planted(run: Callable[[bytes], int], length: int = 4) -> Target:
    """Return a target whose 7th input makes `run` fail."""

    def generate(random: Random) -> bytes:
        numbers.append(len(numbers))
        return (b"7" if numbers[-1] % 10 == 7 else b"x").rjust(length, b"-").ljust(2 * length, b"-")

    numbers: list[int] = []
    return Target(run.__name__, generate, run, lambda size: b"." * size, 100)


@pytest.mark.parametrize(
    "run, kind",
    [
        (fail, "exception"),
        (break_a_law, "invariant"),
        (grow, "growth"),
        (hang, "hang"),
        (crash, "crash"),
        (take_memory, "memory"),
        (wait, "hang"),
    ],
)
def test_each_kind_of_failure_is_found_once_and_the_run_continues(
    run: Callable[[bytes], int], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "_END", 1.0)
    monkeypatch.setattr(fuzz, "_STUCK", 1.0)
    target = planted(run)
    # An input depends on its index, and not on the first index of the run.
    monkeypatch.setattr(fuzz, "_input", lambda _, seed, index: b"-7-" if index == 7 else b"---")
    found: list[Finding] = []
    done: list[int] = []
    fuzz.run(iter([Job(target, 0, 10)]), 1, 1, lambda number, each: found.append(each) if each else done.append(number))
    assert [(each.kind, each.index, each.data) for each in found] == [(kind, 7, b"-7-")]
    assert sum(done) == 10


def test_more_than_linear_work_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "_FLOOR", 0.0)
    target = planted(be_cubic)
    data = b"7" + b"-" * 100
    finding = fuzz.look_at_slow(target, data, fuzz._measured(target, data).seconds)
    assert finding is not None
    assert "twice as many" in finding.message
    data = b"-" * 600
    assert fuzz.look_at_slow(target, data, fuzz._measured(target, data).seconds) is None


def test_a_finding_is_reduced_stored_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "TARGETS", (planted(fail, 40),))
    done = CliRunner().invoke(fuzz.main, ["--count", "30", "--seed", "1", "--workers", "1", "--folder", str(tmp_path)])
    assert done.exit_code == 1, done.output
    assert "seed 1" in done.output
    assert "KeyError" in done.output
    written = {path.suffix: path for path in tmp_path.iterdir()}
    assert written[""].read_bytes() == b"7"
    assert str(written[""]) in done.output
    assert "seven" in written[".json"].read_text()


def test_without_findings_the_exit_code_is_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "TARGETS", (planted(len, 4),))
    done = CliRunner().invoke(fuzz.main, ["--count", "30", "--workers", "1", "--folder", str(tmp_path / "none")])
    assert (done.exit_code, (tmp_path / "none").exists()) == (0, False), done.output


# The checks


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x</script>",
        "<p onclick=x>",
        "<a href='java\nscript:x'>x</a>",
        "<a href=' &#1;JaVaScript:x'>x</a>",
        "<img src=data:image/svg+xml,x>",
        "<svg><p></svg>",
        "<p style='color:red'>",
        "<!-- x -->",
        "<iframe srcdoc=x>",
        "<math><annotation-xml encoding=text/html><style>x</style></math>",
    ],
)
def test_unsanitised_html_is_detected(markup: str) -> None:
    with pytest.raises(targets.BrokenError):
        targets.check_html(f"<p>before {markup}")


@pytest.mark.parametrize("document", [b"<a>", b"<a>&x;</a>", b"<a>\x07</a>", b"<a>&#7;</a>", b"", b"<a>\xff</a>"])
def test_invalid_xml_is_detected(document: bytes) -> None:
    with pytest.raises(targets.BrokenError):
        targets.check_xml(document)


@pytest.mark.parametrize("document", [b'["\\u0007"]', b'["\\ud800"]', b"[NaN]", b'{"\\ufffe": 1}'])
def test_invalid_json_feed_values_are_detected(document: bytes) -> None:
    with pytest.raises(targets.BrokenError):
        targets.check_json(document)
