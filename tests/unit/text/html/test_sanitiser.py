"""HTML from outside becomes HTML that is safe, and that every parser reads alike."""

import re

import pytest
from hypothesis import given
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from feeds.text import urls
from feeds.text.html import sanitiser
from feeds.text.html.elements import MATH_TEXT, WRITTEN
from feeds.text.plain import line, lines
from tests.support.html import once_more, sanitise, soup

URL_ATTRIBUTES = {"href", "src", "cite", "poster"}


NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        ("<p onclick='x()'>a</p>", "<p>a</p>"),
        ("<script>alert(1)</script>b", "b"),
        ("<style>p{}</style><title>t</title>b", "b"),
        ("<a href='javascript:x()'>a</a>", "<a>a</a>"),
        ("<a href=' JaVa\tScript:x()'>a</a>", "<a>a</a>"),
        ("<a href='data:text/html,x'>a</a>", "<a>a</a>"),
        ("<a href='mailto:a@b.example'>a</a>", '<a href="mailto:a@b.example">a</a>'),
        ("<a href='/x'>a</a>", '<a href="https://a.example/x">a</a>'),
        ("<img src='x.png' onerror=y>", '<img src="https://a.example/x.png">'),
        ("<svg><script>x</script></svg>b", "b"),
        ("<p>open", "<p>open</p>"),
        ("a<!-- comment -->b", "ab"),
        ("bell\x07", "bell"),
    ],
)
def test_html_is_sanitised_and_its_urls_are_absolute(markup: str, clean: str) -> None:
    assert sanitise(markup) == clean


@pytest.mark.parametrize(
    "attack",
    [
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<p title='--><script>alert(1)</script>'>",
        "<textarea><script>alert(1)</script></textarea>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<a href='jav&#x09;ascript:alert(1)'>a</a>",
        "<a href='&#106;avascript&colon;alert(1)'>a</a>",
        "<a href='vbscript:x'>a</a><img src='javascript:x'><blockquote cite='javascript:x'>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<img src=x:alert(1) onerror=eval(src)>",
        "<body onload=alert(1)><input autofocus onfocus=alert(1)><details open ontoggle=alert(1)>",
        "<p style='background:url(javascript:x)' id=x class=y>a",
        "<!--><img src=x onerror=alert(1)>-->",
        "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
        "<plaintext><img src=x onerror=alert(1)>",
        "<template><script>alert(1)</script></template><base href='https://evil.example/'>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<a href=x title='\"><script>alert(1)</script>'>a</a>",
        "<object data='javascript:x'><embed src='javascript:x'>",
        "<select><option><style></select><img src=x onerror=alert(1)></style>",
        "<b><p><script></b>alert(1)</script>",
        "<img src='x' alt='`onerror=alert(1)'><meta http-equiv=refresh content='0;url=javascript:x'>",
    ],
)
def test_an_attack_leaves_no_script_no_handler_and_no_scheme(attack: str) -> None:
    made = sanitise(attack)
    tree = etree.HTML(f"<html><body>{made}</body></html>")
    for element in tree.iter():
        assert element.tag in WRITTEN.keys() | {"html", "body"}
        for name, value in element.attrib.items():
            assert name in WRITTEN[element.tag]
            if name in URL_ATTRIBUTES:
                assert value.startswith("https://")


@given(soup)
def test_an_html5_parser_reads_what_is_made_as_it_is_written(html: str) -> None:
    made = sanitise(html)
    assert once_more(made) == re.sub(r"(<pre[^>]*>)\n+", r"\1", made)
    assert sanitise(made) == made


@given(soup)
def test_another_html5_parser_finds_allowed_elements_alone(html: str) -> None:
    for node in LexborHTMLParser(sanitise(html)).css("body *"):
        name = node.tag or ""
        assert name in WRITTEN
        assert set(node.attributes) <= WRITTEN[name]
        assert name != "img" or node.attributes["src"]
        assert name not in MATH_TEXT or not node.css("*")[1:]


@given(soup)
def test_whatever_comes_in_is_xml_text_when_it_comes_out(html: str) -> None:
    plain = sanitiser.to_paragraphs(html).html
    for made in (sanitise(html), plain, line(html), lines(html), urls.url("https://a.example/" + html) or ""):
        assert not NOT_XML.search(made)
        etree.Element("x").text = made
        etree.Element("x").set("y", made)


def test_plain_text_has_no_tag_and_no_attribute() -> None:
    made = sanitise("<p title='a>b'>x &lt;b&gt; &amp;amp;</p>y<br>z")
    assert sanitiser.to_plain_text(made) == " x <b> &amp; y z"


def test_pictures_go_whatever_their_text_is() -> None:
    made = sanitise("a<img src=x alt='1 > 0 <img>'>b<p>c</p>&lt;img&gt;")
    assert sanitiser.drop_images(made) == "ab<p>c</p>&lt;img&gt;"
