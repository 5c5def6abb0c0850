"""What is left out or replaced is counted by element."""

import pytest

from feeds.text.html import sanitiser
from tests.support.html import SITE, resolve


def test_what_was_left_out_is_counted() -> None:
    made = sanitiser.sanitise(
        "<script>a</script><svg><p></p></svg><svg x=y /><iframe srcdoc=a></iframe><iframe src=b></iframe><a href=c:d>e</a>"
        "<form><select><option>f</select></form><img src=data:g><math><mtext><style>h</style></mtext></math><b c='",
        resolve,
    )
    assert made.lost == {"script": 1, "svg": 2, "iframe": 1, "img": 1, "style": 1, "unclosed tag": 1}
    assert made.links == {"iframe": 1}
    assert made.texts == {"a": 1, "form": 1, "select": 1}
    assert not made.is_plain


@pytest.mark.parametrize(
    ("markup", "html", "lost"),
    [
        ("a<script>b</script><style>c</style>d", "ad", {"script": 1, "style": 1}),
        ("a<svg><title>b <c></title><text>d</text></svg>e", "a b e", {"svg": 1}),
        ("<template><p>a</p></template>b", "b", {"template": 1}),
        ("a<x-player id=1></x-player><o:p></o:p>b", "ab", {"x-player": 1}),
        ("<iframe src=/x width=0 height=0></iframe>a", "a", {"iframe": 1}),
        ("a<iframe srcdoc='<p>b'></iframe>c<iframe src=data:d title=e></iframe>f", "ac e f", {"iframe": 2}),
        ("a<video src=blob:b>c</video>d", "a c d", {"video": 1}),
        ("<video>a<p>b<source src=c></p></video>", "a<p>b</p>", {"video": 1}),
        ("<video poster=p.png><source src=blob:b></video>", f'<img src="{SITE}/p.png" alt="">', {"video": 1}),
        ("a<img src=data:image/png;base64,AA alt=b>c", "a b c", {"img": 1}),
        ("a<input name=b>c", "a c", {"input": 1}),
        ("<head><title>a</title></head><body>b", "b", {"title": 1}),
        ("<title>a</title><p>b", "<p>b</p>", {"title": 1}),
        ("a<b c='", "a", {"unclosed tag": 1}),
        ("<math><mtext>a<style>b</style></mtext></math>", "<math><mtext>a</mtext></math>", {"style": 1}),
        ("<noscript><img width=1 height=1 src=/pixel></noscript>", "", {"img": 1}),
    ],
)
def test_what_is_left_out_is_counted(markup: str, html: str, lost: dict[str, int]) -> None:
    made = sanitiser.sanitise(markup, resolve)
    assert made.html == html
    assert made.lost == lost
    assert (made.links, made.texts) == ({}, {})
