"""The direction of a language follows from its script."""

import pytest

from feeds.text.languages import is_right_to_left


@pytest.mark.parametrize(
    ("tag", "is_rtl"),
    [
        ("ar", True),
        ("ar-EG", True),
        ("he", True),
        ("fa_IR", True),
        ("UR", True),
        ("az-Arab", True),
        ("zh-yue-Arab", True),
        ("ar-Latn", False),
        ("en", False),
        ("en-x-arab", False),
        ("ku", False),
        ("ckb-IQ", True),
    ],
)
def test_the_script_of_a_tag_decides_and_then_the_language(tag: str, is_rtl: bool) -> None:
    assert is_right_to_left(tag) is is_rtl
