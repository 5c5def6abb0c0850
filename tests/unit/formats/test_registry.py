"""The list of formats agrees with the list of suffixes."""

from feeds.edition import paths
from feeds.formats.registry import FORMATS


def test_every_format_has_a_suffix_that_paths_are_classified_by() -> None:
    assert {feed_format.suffix for feed_format in FORMATS} == set(paths.SUFFIXES)
