"""HTML from outside becomes HTML that is safe, bounded and read by every parser alike."""

import re
from collections.abc import Callable
from time import process_time

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.text import markdown, urls
from feeds.text.html import limits, sanitiser
from feeds.text.html.elements import ELEMENTS, MATH_ELEMENTS, RENAMED, WRITTEN
from feeds.text.plain import line, lines

URL_ATTRIBUTES = {"href", "src", "cite", "poster"}
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def resolve(value: str) -> str | None:
    return urls.url(value, "https://a.example/")


def sanitise(html: str) -> str:
    return sanitiser.sanitise(html, resolve).html


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
    ("markup", "clean"),
    [
        ("<p>a<div>b</div>c", "<p>a</p><div>b</div>c"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<p>a<section>b</section>c", "<p>a</p><section>b</section>c"),
        ("<table><tr><td>a<td>b</table>", "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>"),
        ("<td>a</td><tr>b", "ab"),
        ("a</p>b</br>c", "a<p></p>b<br>c"),
        ("<p><b>a<p>b</b>c", "<p><b>a</b></p><p><b>b</b>c</p>"),
        ("<b>a<i>b</b>c</i>d", "<b>a<i>b</i></b><i>c</i>d"),
        ("<a href=x>a<a href=y>b</a>", '<a href="https://a.example/x">a</a><a href="https://a.example/y">b</a>'),
        ("<h1>a<h2>b", "<h1>a</h1><h2>b</h2>"),
        ("<image src=x>", '<img src="https://a.example/x">'),
        ("<P LANG=en>a</P>", '<p lang="en">a</p>'),
        ("<p title='a\"b'>", '<p title="a&quot;b"></p>'),
        ("<p title=a title=b>", '<p title="a"></p>'),
        ("<a href='?a=1&copy=2&amp;b'>a</a>", '<a href="https://a.example/?a=1&amp;copy=2&amp;b">a</a>'),
        ("a < b & c &lt;b&gt; &amp;lt; &nbsp;", "a &lt; b &amp; c &lt;b&gt; &amp;lt; &nbsp;"),
        ("a&#128;b&#x2014;c&notit;", "a€b—c¬it;"),
        ("a<!-->b<!--->c<!-- > -->d<!-- x --!>e<!x>f<?x?>g</>h</ x>i", "abcdefghi"),
        ("<![CDATA[a]]>b", "b"),
        ("<pre>\n\n a</pre>", "<pre>\n\n a</pre>"),
        ("<svg><p>a</svg>b", "<p>ab</p>"),
        ("<svg><desc><p>a</p></desc></svg>b", "b"),
        ("<svg/>a<svg><path/></svg>b", "ab"),
        ("<svg><style></svg>a<b></style>b", "a<b>b</b>"),
        ("<object><object>a</object>b</object>c", "a b c"),
        ("<b><template></b>a</template>b", "<b>b</b>"),
        ("<p><object data=x type=image/a></p>a</object>b", '<p><img src="https://a.example/x" alt="">b</p>'),
        ("<p><svg><g></p>a</svg>", "<p></p>a"),
        ("<table><xmp>a</xmp></table>", "<table><tbody><tr><td><pre>a</pre></td></tr></tbody></table>"),
        ("<div><object>a</div>b", "<div>&lt;object&gt;a</div>b"),
        ("<xmp><b>a</b></xmp>", "<pre>&lt;b&gt;a&lt;/b&gt;</pre>"),
        ("a<b title='x", "a"),
    ],
)
def test_html_is_read_as_a_browser_reads_it(markup: str, clean: str) -> None:
    assert sanitise(markup) == clean


def test_content_between_the_cells_of_a_table_gets_a_cell() -> None:
    assert sanitise("<table>a<tr>b</table>") == ("<table><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table>")


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


soup = st.lists(
    st.one_of(
        st.builds(
            "<{}{}{}>".format,
            st.sampled_from(["", "", "/"]),
            st.sampled_from(sorted(ELEMENTS))
            | st.sampled_from(
                ["tr", "td", "p", "b", "li", "a", "K", "PRE", "desc", "o:p", "x-y", "ruby", "math", "mtext"]
            )
            | st.sampled_from(sorted(MATH_ELEMENTS | RENAMED.keys() | {"maction", "mglyph", "annotation-xml"})),
            st.sampled_from(["", "", " href=x", " title='a\"&lt;>'", " title=&#7;", "/", " onclick=x src=a", ' lang="'])
            | st.sampled_from([" href='javascript&#58;x'", " href=?a&copy=2&amp;x", " =b", " SRC='&#xFFFE;'"])
            | st.sampled_from(
                [" id=x", " href=#x", " srcset='a 2x, b 900w'", " data-src=c.png", " style=text-align:right"]
            )
            | st.sampled_from(
                [" type=checkbox", " alt=d", " data=e.pdf", " name=movie value=f", " poster=g", " width=1"]
            )
            | st.sampled_from([" dir=RTL", " value=3", " align=center display=block", " href=mailto:?subject=h"]),
        ),
        st.sampled_from(["x", " ", "\n", "&", "&lt;b&gt;", "<", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?", "&#13;"])
        | st.sampled_from(
            ["&#29;", "&#xFFFE;", "&#12;", "&#0;", "&#xD800;", "\0", "\x1f", "\xa0", "&notit;", '"', "'"]
        ),
        st.text(max_size=4),
    ),
    max_size=25,
).map("".join)


def once_more(html: str) -> str:
    """Return HTML as an HTML5 parser reads and writes it, with everything in it that we keep."""
    attributes = {name: set(allowed) for name, allowed in WRITTEN.items()}
    # What ammonia refuses by itself is kept here, so that it would be seen.
    read = nh3.clean(
        html,
        tags=set(WRITTEN),
        attributes=attributes,
        clean_content_tags=set(),
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    # Its serializer forgets that a parser takes away the first line break.
    return re.sub(r"(<pre[^>]*>)\n+", r"\1", read)


@given(soup)
def test_an_html5_parser_reads_what_is_made_as_it_is_written(html: str) -> None:
    made = sanitise(html)
    assert once_more(made) == re.sub(r"(<pre[^>]*>)\n+", r"\1", made)
    assert sanitise(made) == made


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


def test_paragraphs_keep_text_alone() -> None:
    made = sanitiser.to_paragraphs("<div>a &lt;b&gt;\nc</div><script>x</script>d<br>e\n\nf < g")
    assert made.html == "<p>a &lt;b&gt; c</p>\n<p>d e</p>\n<p>f &lt; g</p>"
    assert made.is_plain


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


@pytest.mark.parametrize("shape", GROWING)
def test_time_and_output_grow_with_the_input_alone(shape: str) -> None:
    small, large = GROWING[shape](500), GROWING[shape](4000)
    # What is quadratic takes 64 times as long.
    assert seconds(large) <= 24 * seconds(small) + 0.02
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


def seconds(html: str) -> float:
    """Return the least processor time of a few runs."""
    taken = []
    for _ in range(3):
        start = process_time()
        made(html)
        taken.append(process_time() - start)
    return min(taken)
