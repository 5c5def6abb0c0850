"""What of a body a reader gets: harmless elements and attributes, in their usual form."""

import pytest

from feeds.text.html import sanitiser
from tests.support.html import SITE, resolve


@pytest.mark.parametrize(
    "html",
    [
        "<section>a</section><article>b</article><aside>c</aside><address>d</address>",
        "<header>a</header><main>b</main><footer>c</footer><nav>d</nav><hgroup><h1>e</h1><p>f</p></hgroup>",
        '<details open=""><summary>a</summary>b</details>',
        "<figure><p>a</p><figcaption>b</figcaption></figure>",
        "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl>",
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        '<bdo dir="rtl">a</bdo> <bdi>b</bdi><p dir="auto">c</p>',
        '<ol reversed="" start="5" type="A"><li value="3">a</li><li>b</li></ol>',
        '<del cite="https://a.example/x" datetime="2026-01-01">a</del><ins>b</ins><dfn>c</dfn>',
        '<table><thead><tr><th scope="col" align="right">a</th></tr></thead>'
        '<tbody valign="top"><tr align="center"><td colspan="2" rowspan="3">b</td></tr></tbody></table>',
        '<audio src="https://a.example/a.mp3" controls=""></audio>',
        '<video poster="https://a.example/p.jpg" width="3" height="2" loop="" controls="">'
        '<source src="https://a.example/v.webm" type="video/webm"><track src="https://a.example/t.vtt"'
        ' kind="captions" srclang="en" label="English" default="">no video</video>',
        '<math display="block"><mfrac linethickness="2px"><mi mathvariant="normal">x</mi><mn>2</mn></mfrac>'
        '<mo stretchy="false">(</mo><mspace width="1em"></mspace><mtable columnalign="left"><mtr><mtd><ms>a</ms></mtd>'
        "</mtr></mtable></math>",
        '<a href="mailto:a@b.example?subject=Hi%20there&amp;cc=c@d.example">a</a><a href="tel:+4930123">b</a>',
    ],
)
def test_what_is_harmless_stays(html: str) -> None:
    made = sanitiser.sanitise(html, resolve)
    assert made.html == html
    assert (made.lost, made.links, made.texts) == ({}, {}, {})


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<center>a</center><fieldset><legend>b</legend>c</fieldset>", "<div>a</div><div><div>b</div>c</div>"),
        ("a<dialog>b</dialog>c<search>d</search>", "a<div>b</div>c<div>d</div>"),
        ("<dir><li>a</dir><menu><li>b</menu>", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
        (
            "<strike>a</strike> <tt>b</tt> <acronym title=d>c</acronym>",
            '<s>a</s> <code>b</code> <abbr title="d">c</abbr>',
        ),
        ("<listing>\na</listing><xmp><b></xmp>", "<pre>a</pre><pre>&lt;b&gt;</pre>"),
        ("<td style='Text-Align : right'>a", "a"),
        (
            "<table><td style='text-align:end' align=left>a",
            '<table><tbody><tr><td align="right">a</td></tr></tbody></table>',
        ),
        (
            "<table><td align=CENTER valign=x scope=col>a",
            '<table><tbody><tr><td align="center">a</td></tr></tbody></table>',
        ),
        ("<li value=x>a<li value=' -2'>b", '<li>a</li><li value="-2">b</li>'),
        ("<ol type=z><li>a</ol>", "<ol><li>a</li></ol>"),
        ("<ruby>a<rt>b<rp>c</ruby>", "<ruby>a<rt>b</rt><rp>c</rp></ruby>"),
        ("<ruby><rb>a</rb><rtc><rt>b</rtc></ruby>", "<ruby>a<rt>b</rt></ruby>"),
        ("<p dir=RTL>a<p dir=x>b", '<p dir="rtl">a</p><p>b</p>'),
        ("<details><summary>a<p>b</details>c", "<details><summary>a<p>b</p></summary></details>c"),
        ("<video autoplay muted src=v.mp4 onplay=x>a</video>", f'<video src="{SITE}/v.mp4" controls="">a</video>'),
        ("<audio><source data-src=a.mp3></audio>", f'<audio controls=""><source src="{SITE}/a.mp3"></audio>'),
        ("<p>a<video data-src=v.mp4></video>b", f'<p>a<video src="{SITE}/v.mp4" controls=""></video>b</p>'),
        ("<a href='tel:+49 (30) 12-3'>a</a>", '<a href="tel:+49(30)12-3">a</a>'),
        ("<a href='MAILTO:?subject=a&amp;body=b%0Ac&x=d'>a</a>", '<a href="mailto:?subject=a&amp;body=b%0Ac">a</a>'),
        (
            "<a href='mailto:a@b.example?subject=&quot;&lt;é'>a</a>",
            '<a href="mailto:a@b.example?subject=%22%3C%C3%A9">a</a>',
        ),
    ],
)
def test_old_and_loose_markup_becomes_the_usual_one(markup: str, html: str) -> None:
    made = sanitiser.sanitise(markup, resolve)
    assert made.html == html
    assert (made.lost, made.links, made.texts) == ({}, {}, {})
