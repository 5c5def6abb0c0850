"""Elements are opened and closed where an HTML5 parser opens and closes them."""

import pytest

from tests.support.html import sanitise


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
        # An end tag for an element outside ends the dropped element too, so that a body never loses its rest.
        ("<div><template></div>a</template>b", "<div></div>ab"),
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
