"""How much of a large test runs: a few cases by default, and all of them with FEEDS_EXHAUSTIVE=1.

`make test` runs a representative of each rule. `make test-exhaustive` runs every case of each matrix, and more
random examples.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

EXHAUSTIVE = bool(os.environ.get("FEEDS_EXHAUSTIVE"))


def default_or_all(default: Iterable[Any], every: Iterable[Any]) -> list[Any]:
    """Return the parameters of a test; those that are not in `default` have the mark `exhaustive`."""
    default, every = list(default), list(every)
    unknown = [case for case in default if case not in every]
    assert not unknown, f"not a case: {unknown}"
    return [case if case in default else marked(case) for case in every]


def marked(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.exhaustive)


def examples(default: int, exhaustive: int) -> settings:
    """Return the settings of a property test whose examples take long."""
    return settings(max_examples=exhaustive if EXHAUSTIVE else default)
