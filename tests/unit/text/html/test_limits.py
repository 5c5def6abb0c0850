"""Time, depth and size of sanitised HTML are bounded."""

from collections.abc import Callable
from time import process_time

import pytest

from feeds.text import markdown
from feeds.text.html import limits, sanitiser
from tests.support.html import sanitise

GROWING: dict[str, Callable[[int], str]] = {
    "formats": lambda n: "<p>" + "".join(f"<b lang={i}>" for i in range(n)) + "<p>a" * n,
    "few formats": lambda n: "<p>" + "".join(f"<b lang={i}>" for i in range(150)) + "<p>a" * n,
    "urls": lambda n: "<a href=x>" * n,
    "long base": lambda n: "<img src=/long>" * n,
    "div": lambda n: "<div>" * n,
    "blockquote": lambda n: "<blockquote>" * n,
    "lists": lambda n: "<ul><li>" * n,
    "deep lists": lambda n: "<div>" * 190 + "<li>" * n,
    "end tags": lambda n: "<div>" * 190 + "</span></b></p>" * n,
    "tables": lambda n: "<table>" * n,
    "nested tables": lambda n: "<table><td>" * n,
    "rows": lambda n: "<table>" + "x<tr>" * n,
    "select": lambda n: "<select><option>" * n,
    "template": lambda n: "<template>" * n,
    "svg": lambda n: "<svg><desc>" + "<g>" * 150 + "<p></p>" * n,
    "brackets": lambda n: "<" * n,
    "comments": lambda n: "<!-- --!" * n,
    "cdata": lambda n: "<![CDATA[" * n,
    "titles": lambda n: "<title></titl" * n,
    "attributes": lambda n: "<a " + "x=y " * n + ">",
    "quotes": lambda n: "<a x='" * n,
    "tags in tags": lambda n: "<a x" * n,
    "blanks": lambda n: ("<a" + " " * 50) * n,
    "value": lambda n: '<a title="' + "x" * 9 * n + '" href="' + "y" * 9 * n + '">',
    "ampersands": lambda n: "&a" * n,
    "digits": lambda n: "&#" + "1" * n,
    "entities": lambda n: "&notit;&#1;" * n,
    "ended": lambda n: "<b><p></b>" * n,
    "unknown": lambda n: "<x y=z>" * n,
    "custom": lambda n: "".join(f"<x-{i}>" for i in range(n)),
    "hearts": lambda n: "</3" * n + ">",
    "open scripts": lambda n: "<script>" * n + "<script src=x>" * n,
    "open code": lambda n: "<style>a{" * n,
    "frames": lambda n: "<iframe src=x></iframe>" * n,
    "frame urls": lambda n: "".join(f"<embed src=/{i}>" for i in range(n)),
    "objects": lambda n: "<object data=x><object>" * n + "</object>",
    "videos": lambda n: "<video><source src=x>" * n,
    "empty videos": lambda n: "<video poster=x>" * n + "</video>",
    "source sets": lambda n: "<picture>" + "<source srcset='" + "a 2x," * n + "'><img srcset='" + "b 1w,c " * n + "'>",
    "pictures": lambda n: "<img data-src=x srcset='a 1w'>" * n,
    "formulas": lambda n: "<math><mi>" * n + "</math>",
    "deep formulas": lambda n: "<math>" + "<mrow>" * n + "</math>",
    "ruby": lambda n: "<ruby><rt><li>" * n,
    "jumps": lambda n: "".join(f"<a href=#{i}>" for i in range(n)) + "".join(f"<b id={i}>" for i in range(n)),
    "one jump": lambda n: "<a href=#x>" * n + "<i id=x>" * n,
    "false ids": lambda n: "<a href=#x>" + "<script id=x></script>" * n + "<p title='id=x'>" * n,
    "prefixes": lambda n: "<a href=#x>" + "<p id=x>" * n,
    "titles in drawings": lambda n: "<svg><title>" + "x" * n + "</title></svg>" + "<svg><title>x</svg>" * n,
    "empty titles": lambda n: "<title></title> " * 4 * n,
    "tags inside": lambda n: "<x <y " * n + ">",
    "cut tags": lambda n: "<a b='<a b=\"" * n + ">",
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", GROWING)
def test_time_and_output_grow_with_the_input_alone(shape: str) -> None:
    small, large = GROWING[shape](500), GROWING[shape](4000)
    # What is quadratic takes 64 times as long. A large ratio is measured again, because the machine may be busy.
    assert any(seconds(large, runs) <= 24 * seconds(small, 3) + 0.02 for runs in (1, 2, 3))
    assert len(made(large)) <= limits.MAX_GROWTH * len(large) + 20_000


def test_html_that_nests_too_deep_or_grows_is_refused() -> None:
    for shape in ("formats", "few formats", "div", "nested tables"):
        with pytest.raises(markdown.ExcessError):
            sanitise(GROWING[shape](3000))


def made(html: str) -> str:
    try:
        return sanitise(html)
    except markdown.ExcessError:
        return sanitiser.to_paragraphs(html).html


def seconds(html: str, runs: int) -> float:
    """Return the least processor time of a few runs."""
    taken = []
    for _ in range(runs):
        start = process_time()
        made(html)
        taken.append(process_time() - start)
    return min(taken)
