"""Text, URLs and HTML come in as they are found and go on as they may be published."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import markdown, markup, slugs, urls
from feeds.text.plain import has_bad_reference, line, lines, shorten


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("It&#8217;s", "It’s"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom & Jerry", "Tom & Jerry"),
        ("AT&T &copy that", "AT&T &copy that"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("I <3 <b>bold</b>", "I <3 <b>bold</b>"),
        ("  a\r\n\tb  c  ", "a b c"),
        ("Quoi\u202f? «\u00a0Rien\u00a0» \u00a0", "Quoi\u202f? «\u00a0Rien\u00a0»"),
        ("a\u3000b\u2003c", "a b c"),
        ("\u200b\u2060\ufeff\u00ad", ""),
        ("\u3164 \u2800", ""),
        ("bell\x07 nul\x00 \ud800 \ufffe", "bell nul"),
        ("&#7;&#x1b;", ""),
        ("漢字 עברית 👩‍🚀", "漢字 עברית 👩‍🚀"),
    ],
)
def test_a_line_is_decoded_once_and_has_no_breaks(raw: str, plain: str) -> None:
    assert line(raw) == plain


def test_lines_keep_their_breaks_only() -> None:
    assert lines(" one \r\n\r\n\u200b\n two\u2003 three ") == "one\ntwo three"


@given(st.text())
def test_plain_text_is_always_xml_text(value: str) -> None:
    for made in (line(value), lines(value)):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", made)


@given(st.text(max_size=300), st.integers(10, 100))
def test_shortened_text_is_not_longer_than_asked(value: str, length: int) -> None:
    assert len(shorten(value, length)) <= length


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Machine Learning", "machine-learning"),
        ("C++", "c"),
        ("C#", "c"),
        ("  Café_Été ", "cafe-ete"),
        ("人工智能", "人工智能"),
        ("がんばれ", "がんばれ"),
        ("../../etc", "etc"),
        ("!!!", ""),
        ("a" * 300, ""),
        ("漢" * 80, ""),
    ],
)
def test_a_slug_keeps_letters_and_digits(name: str, slug: str) -> None:
    assert slugs.slug(name) == slug


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("WSJ.com", "wsj.com"),
        (" example.org. ", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("example。org", "example.org"),
        ("é@a.example", None),
        ("é.example/x", None),
        ("../../etc", None),
        ("localhost", None),
        ("a b.com", None),
        ("x" * 64 + ".com", None),
        ("", None),
    ],
)
def test_a_domain_is_a_host_name_or_nothing(value: str, domain: str | None) -> None:
    assert urls.domain(value) == domain


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("HTTPS://A.Example/x", "https://a.example/x"),
        ("https://a.example/a b\"c'", "https://a.example/a%20b%22c'"),
        ("https://a.example/é?q=ü#ñ", "https://a.example/%C3%A9?q=%C3%BC#%C3%B1"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://a.example/100%/%41", "https://a.example/100%25/%41"),
        ("https://a.example/?a=1&amp;copy=2", "https://a.example/?a=1&copy=2"),
        ("https://a.example:8080/[x]", "https://a.example:8080/%5Bx%5D"),
        ("http://[::1]:81/", "http://[::1]:81/"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://example。com/", "https://example.com/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://1.2.3/", "http://1.2.0.3/"),
        ("http://a.example:80/", "http://a.example/"),
        ("https://a.example/b/../c/./%2e%2E/d", "https://a.example/d"),
        ("https://a.example/.well-known/x", "https://a.example/.well-known/x"),
        ("https://a.example\\@evil.example/", "https://a.example/@evil.example/"),
        ("https:a.example", "https://a.example"),
        ("https://a.example", "https://a.example"),
        ("https://a.example?q", "https://a.example?q"),
        ("https://a.example/?#", "https://a.example/"),
        ("https://a%2eexample/", "https://a.example/"),
        ("https://a.example%2f@evil.example/", None),
        ("http://256.256.256.256/", None),
        ("https://a.example:99999/", None),
        ("https://a b.example/", None),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//a.example/x", None),
        ("/x", None),
        ("x", None),
        ("https://", None),
        ("https://user:secret@a.example/", None),
        ("https://a.example:port/", None),
        ("https://[bad/", None),
        ("https://a.example/" + "x" * 5000, None),
        ("", None),
    ],
)
def test_a_url_is_absolute_and_encoded_or_nothing(value: str, url: str | None) -> None:
    assert urls.url(value) == url


@given(
    st.sampled_from(["https://a.example/", "https://a.example", "http:", "https://"]),
    st.text(alphabet="ab0/:@!$'()*,;=._~-%?&#amp;2Fe[]{}|\\ \"<>éß\t", max_size=14),
)
def test_a_url_once_parsed_is_parsed_to_itself(start: str, rest: str) -> None:
    made = urls.url(start + rest)
    if made is not None:
        assert urls.url(made) == made
        # What follows a space is looked at the long way.
        assert urls.url(f" {made}") == made
        assert "@" not in made.partition("//")[2].partition("/")[0].partition("?")[0].partition("#")[0]


@given(st.text(max_size=200))
def test_a_url_that_was_made_stays_as_it_is(value: str) -> None:
    made = urls.url("https://a.example/" + value)
    assert made is None or (made.isascii() and " " not in made and urls.url(made) == made)


def test_markdown_has_tables_and_may_hold_html() -> None:
    made = markdown.render_markdown("# H\n\n- *a*\n\n|x|y|\n|-|-|\n|1|2|\n\n<b>b</b>")
    assert "<h1>H</h1>" in made
    assert "<table>" in made
    assert "<b>b</b>" in made


@pytest.mark.parametrize(
    "source",
    [
        "[" * 20_001,
        "> " * 25 + "deep",
        "[a]: http://a.example/" + "x" * 4000 + "\n\n" + "[a] " * 2000,
        "|a" * 500 + "|\n" + "|-" * 500 + "|\n" + "|\n" * 500,
    ],
    ids=["delimiters", "depth", "references", "table"],
)
def test_markdown_that_would_cost_far_more_than_its_size_is_refused(source: str) -> None:
    with pytest.raises(markdown.ExcessError):
        markdown.render_markdown(source)


def test_markdown_of_a_usual_shape_is_not_refused() -> None:
    table = "|a|b|c|\n|-|-|-|\n" + "|1|2|3|\n" * 2000
    links = (
        "".join(f"[{n}]: https://a.example/{n}\n" for n in range(300)) + "\n" + "".join(f"[{n}] " for n in range(300))
    )
    assert markdown.render_markdown(table).count("<td>") == 6000
    assert markdown.render_markdown(links).count("<a ") == 300
    assert "deep" in markdown.render_markdown("> " * 10 + "deep")


@pytest.mark.parametrize("value", ["&#7;", "&#x1D;", "&#12;", "&#xFFFE;", "&#xD800;", "&#0;", "a &#x110000; b"])
def test_a_reference_to_what_no_document_may_hold_is_found(value: str) -> None:
    assert has_bad_reference(value)
    assert not has_bad_reference("&#65;&#x2014;&#10;&#9;&amp;&#7 &#x80;&#xFFFD;")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("<p>a</p>", True),
        ("<!-- c -->\n<div>a</div>", True),
        ("<!doctype html><html><body>a</body></html>", True),
        ("<p>a</p>\n\n    <p>b</p>", True),
        ("<p>a</p>\n\n# Head\n\n<hr>", False),
        ("<p>a</p>\n\n- one\n\n<hr>", False),
        ("<p>a</p>\n\n**bold**\n\n<p>c</p>", False),
        ("<b>a</b> *b* <i>c</i>", False),
        ("<https://a.example/>", False),
        ("<!-- c -->\n# Head <br>", False),
        ("<p>a</p> and more", False),
    ],
)
def test_a_body_is_html_if_it_is_from_end_to_end(body: str, html: bool) -> None:
    assert markup.is_html(body) is html


@given(st.text(alphabet="ab0/:@!$'()*,;=._~-%?&#amp;2F[]{}|\\ \"<>é", max_size=12))
def test_a_url_that_is_taken_as_it_is_would_not_change(value: str) -> None:
    plain = f"https://a.example/{value}"
    if urls.PLAIN_URL.fullmatch(plain):
        # What follows a space is looked at the long way.
        assert urls.url(f" {plain}") == plain
