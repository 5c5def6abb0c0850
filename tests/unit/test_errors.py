"""Every error names its kind, its subject and its cause."""

import pickle

from feeds import errors
from feeds.errors import ConfigError, FeedsError, IdChangeLimitError, Problem, Suggestion, problem


def test_every_error_has_a_message_of_its_own_and_reads_the_same() -> None:
    kinds = FeedsError.__subclasses__()
    assert len({kind.message for kind in kinds} | {FeedsError.message}) == len(kinds) + 1
    for kind in kinds:
        assert kind.__doc__
        assert str(kind("subject", "system.error", reason="cause")) == f"{kind.message}: subject: cause"
        assert str(kind("subject")) == f"{kind.message}: subject"


def test_an_error_keeps_its_code_and_parameters_in_another_process() -> None:
    error = pickle.loads(pickle.dumps(ConfigError("a", "hub.disabled", problems=(problem("a", 1, "", "file.empty"),))))
    assert (str(error), error.code, error.problems[0].code) == (
        str(ConfigError("a", "hub.disabled")),
        "hub.disabled",
        "file.empty",
    )
    limit = pickle.loads(pickle.dumps(IdChangeLimitError("2 entries", "ids.limit", remedy="accept", changes="")))
    assert (limit.remedy, limit.params) == ("accept", {"changes": ""})


def test_a_problem_has_the_form_that_editors_expect() -> None:
    text = "missing (every entry needs a title)"
    assert str(Problem("content/a.md", 4, "title", "entry.missing_title")) == f"content/a.md:4: title: {text}"
    assert str(Problem("content/a.md", 0, "", "file.unreadable", (("reason", "x"),))) == (
        "content/a.md: cannot be read: x"
    )
    assert errors.Problem("a", 1, "", "") < Problem("a", 2, "", "")


def test_a_problem_is_a_value() -> None:
    one = problem("a", 1, "k", "value.not_date", suggestion=Suggestion("value", "x"), value="'y'")
    assert pickle.loads(pickle.dumps(one)) == one
    assert len({one, problem("a", 1, "k", "value.not_date", suggestion=Suggestion("value", "x"), value="'y'")}) == 1
    assert one < problem("a", 1, "k", "value.not_date", suggestion=Suggestion("value", "z"), value="'y'")


def test_an_effect_is_shown_only_in_warnings() -> None:
    assert problem("a", 1, "k", "value.not_number", level="warning", value="x").message == (
        "not a number: x; ignored (write digits, such as 50)"
    )
    assert problem("a", 1, "k", "value.not_number", value="x").message == "not a number: x (write digits, such as 50)"
