"""A link or text takes the place of frames, embedded files and controls."""

import pytest

from feeds.text.html import sanitiser
from tests.support.html import SITE, resolve


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<iframe src=/x title='A  map'></iframe>", f'<p><a href="{SITE}/x">A map</a></p>'),
        (
            "<p>a<iframe src=https://www.b.example/x></iframe>b</p>",
            '<p>a <a href="https://www.b.example/x">b.example</a> b</p>',
        ),
        ("<iframe src=about:blank data-src=/x></iframe>", f'<p><a href="{SITE}/x">a.example</a></p>'),
        ("<h2>a <iframe src=/x></iframe></h2>", f'<h2>a <a href="{SITE}/x">a.example</a></h2>'),
        ("<ul><li><iframe src=/x></iframe></ul>", f'<ul><li><p><a href="{SITE}/x">a.example</a></p></li></ul>'),
        (
            "<table><tr><iframe src=/x></iframe></table>",
            f'<table><tbody><tr><td><p><a href="{SITE}/x">a.example</a></p></td></tr></tbody></table>',
        ),
        ("<iframe src=/x>a<p>b</p>", f'<p><a href="{SITE}/x">a.example</a></p>a<p>b</p>'),
        ("<frameset><frame src=/x></frameset>", f'<div><p><a href="{SITE}/x">a.example</a></p></div>'),
        ("<embed src=/a%20b.swf>", f'<p><a href="{SITE}/a%20b.swf">a b.swf</a></p>'),
        ("<object data=a.pdf><p>Not shown</p></object>b", f'<p><a href="{SITE}/a.pdf">a.pdf</a></p>b'),
        (
            "<object><param name=movie value=a.swf><embed src=a.swf></object>",
            f'<p><a href="{SITE}/a.swf">a.swf</a></p>',
        ),
        ("<map><area href=x alt=North></map>", f'<p><a href="{SITE}/x">North</a></p>'),
        (
            "<iframe src=https://www.youtube.com/embed/a1 title='A &amp; <b>'></iframe>",
            '<p><a href="https://www.youtube.com/watch?v=a1">▶ A &amp; &lt;b&gt;</a></p>',
        ),
    ],
)
def test_a_link_takes_the_place_of_a_frame(markup: str, html: str) -> None:
    made = sanitiser.sanitise(markup, resolve)
    assert made.html == html
    named = markup.count(" src=") + sum(markup.count(each) for each in ("data=", "<area", "movie"))
    assert sum(made.links.values()) == named
    assert (made.lost, made.texts) == ({}, {})


@pytest.mark.parametrize(
    ("markup", "html", "texts"),
    [
        ("<form>a<select><option>b<option>c</select>d</form>", "<div>a b c d</div>", {"form": 1, "select": 1}),
        ("a<button>b</button><button>c</button>d", "a b c d", {"button": 2}),
        ("a<textarea>b <i> &amp; c</textarea>d", "a b &lt;i&gt; &amp; c d", {"textarea": 1}),
        ("<li><input type=checkbox checked>a<li><input type=checkbox>b", "<li>☑ a</li><li>☐ b</li>", {"input": 2}),
        ("a<input type=submit value='b &amp; c'>d<input type=hidden value=e>", "a b &amp; c d", {"input": 1}),
        ("a<canvas>b</canvas>c", "a b c", {"canvas": 1}),
        ("a<object>b</object>c", "a b c", {"object": 1}),
        ("<a href=ftp://b.example/>a</a><a href=sms:1>b</a><a href=''>c</a>", "<a>a</a><a>b</a><a>c</a>", {"a": 2}),
    ],
)
def test_text_takes_the_place_of_what_cannot_stay(markup: str, html: str, texts: dict[str, int]) -> None:
    made = sanitiser.sanitise(markup, resolve)
    assert made.html in (html, html.replace("<a>c</a>", f'<a href="{SITE}/">c</a>'))
    assert made.texts == texts
    assert (made.lost, made.links) == ({}, {})
