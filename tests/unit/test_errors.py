"""Every error says what, which and why."""

from feeds import errors
from feeds.errors import FeedsError, Problem


def test_every_error_has_a_message_of_its_own_and_reads_the_same() -> None:
    kinds = FeedsError.__subclasses__()
    assert len({kind.message for kind in kinds} | {FeedsError.message}) == len(kinds) + 1
    for kind in kinds:
        assert kind.__doc__
        assert str(kind("subject", "cause")) == f"{kind.message}: subject: cause"
        assert str(kind("subject")) == f"{kind.message}: subject"


def test_a_problem_reads_as_editors_expect_it() -> None:
    assert str(Problem("content/a.md", 4, "title", "missing")) == "content/a.md:4: title: missing"
    assert str(Problem("content/a.md", 0, "", "empty file")) == "content/a.md: empty file"
    assert errors.Problem("a", 1, "", "") < Problem("a", 2, "", "")
