"""What of a body a reader gets: the element, a link or text in its place, or a count of what is left out."""

import pytest
from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from feeds.text import markdown, urls
from feeds.text.html import players, sanitiser
from feeds.text.html.elements import MATH_TEXT, WRITTEN
from tests.unit.text.test_sanitiser import sanitise, soup

SITE = "https://a.example"


def resolve(value: str) -> str | None:
    return urls.url(value, f"{SITE}/")


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


@pytest.mark.parametrize(
    ("markup", "source"),
    [
        ("<img src=a.png>", "a.png"),
        ("<img src=a.png srcset='b.png 2x, c.png 1.5x'>", "b.png"),
        ("<img src=a.png srcset='a.png 1x'>", "a.png"),
        ("<img srcset='b.png 320w,\n c.png 1600w ,d.png 800w'>", "c.png"),
        ("<img srcset='data:image/png,x,y 9000w, c,d.png 10w'>", "c,d.png"),
        ("<img srcset='a.png, b.png 3x'>", "b.png"),
        ("<img src=data:image/gif;base64,R0 data-src=a.png>", "a.png"),
        ("<img src=blank.gif data-original='/a.png'>", "a.png"),
        ("<img src=blank.gif data-lazy-src=a.png data-lazy-srcset='b.png 900w'>", "b.png"),
        ("<img src=a.png data-src=12>", "a.png"),
        ("<picture><source srcset='b.avif 2x' type=image/avif><img src=a.jpg></picture>", "a.jpg"),
        ("<picture><source srcset='b.avif'><source srcset=c.webp><img alt=''></picture>", "c.webp"),
        ("<picture><source srcset='b.jpg 900w'><img src=a.jpg srcset='a.jpg 90w'></picture>", "b.jpg"),
        ("<picture><source data-srcset=b.jpg><img src=data:x></picture>", "b.jpg"),
        ("<noscript><img src=a.png></noscript>", "a.png"),
        ("<img src=data:x data-src=a.png><noscript><img src=a.png></noscript>", "a.png"),
        ("<noscript><img src=a.png></noscript><img src=data:x data-src=a.png>", "a.png"),
        ("<img src=b.png data-lazy-src=a.png> <noscript><img src=https://cdn.example/a.png></noscript>", "a.png"),
        ("<amp-img src=a.png></amp-img>", "a.png"),
        ("<embed src=a.svg type=image/svg+xml>", "a.svg"),
    ],
)
def test_the_best_picture_is_shown_once(markup: str, source: str) -> None:
    made = sanitiser.sanitise(markup, resolve)
    assert made.html.count("<img ") == made.html.count(f'src="{SITE}/{source}"') == 1
    assert not made.lost


@pytest.mark.parametrize(
    "name", ["title", "style", "script", "textarea", "iframe", "xmp", "noembed", "noscript", "svg"]
)
def test_a_tag_that_nothing_closes_is_text(name: str) -> None:
    assert sanitise(f"<p>a <{name}> b</p><p>c</p>") == f"<p>a &lt;{name}&gt; b</p><p>c</p>"


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("List<String> and Map<K, V>", "List&lt;String&gt; and Map&lt;K, V&gt;"),
        ("<think>a</think> <system>", "&lt;think&gt;a&lt;/think&gt; &lt;system&gt;"),
        ("<plaintext>a<b>c</b>", "&lt;plaintext&gt;a<b>c</b>"),
        ("use <title>a</title>b", "use &lt;title&gt;a&lt;/title&gt;b"),
        (
            "<img> <input> <embed> <link> <source>",
            "&lt;img&gt; &lt;input&gt; &lt;embed&gt; &lt;link&gt; &lt;source&gt;",
        ),
        ("<https://a.example/> <a@b.example>", "&lt;https://a.example/&gt; &lt;a@b.example&gt;"),
        ("The <a> and the <b>x</b> element", "The &lt;a&gt; and the <b>x</b> element"),
        ("ssh <your-host>", "ssh &lt;your-host&gt;"),
        ("<a><iframe src=/x></iframe>b", f'&lt;a&gt;<p><a href="{SITE}/x">a.example</a></p>b'),
        ("<o:p>a</o:p><x-y z=1>b", "ab"),
        ("I </3 you <p>a</p>", "I &lt;/3 you <p>a</p>"),
        ("a <!-- b <i>c</i>", "a &lt;!-- b <i>c</i>"),
        ("a <?b", "a &lt;?b"),
        ("if a <b then", "if a &lt;b then"),
        ("a <b c='d <i>e</i>", "a &lt;b c='d <i>e</i>"),
        ("Sign up <Oct 20th, 2019 to claim a <b>c</b>", "Sign up &lt;Oct 20th, 2019 to claim a <b>c</b>"),
        ("if a <b and <i>c</i>", "if a &lt;b and <i>c</i>"),
        ("while (i <n && k> 3)", "while (i &lt;n &amp;&amp; k&gt; 3)"),
        ("if (a <b && c> d)", "if (a &lt;b &amp;&amp; c&gt; d)"),
        ("<insert name here> me <me@a.example>.", "&lt;insert name here&gt; me &lt;me@a.example&gt;."),
        ("<x &lt; y>", "&lt;x &lt; y&gt;"),
        ("a<script>b(1)<p>c", "a<p>c</p>"),
        ("a<script src=x><p>c", "a<p>c</p>"),
    ],
)
def test_a_tag_that_somebody_forgot_to_escape_is_text(markup: str, html: str) -> None:
    assert sanitise(markup) == html


def test_ids_have_a_prefix_and_links_follow() -> None:
    body = (
        '<h2 id="other">a</h2><p>b<sup id="fnref:1"><a href="#fn:1">1</a></sup></p>'
        '<ol><li id=fn:1>c <a href="https://a.example/#fnref:1">back</a></li></ol><a href="#gone">d</a><a name=é>e</a><a href=#%C3%A9>f</a>'
    )
    made = sanitiser.sanitise(body, resolve, prefix="e1-").html
    assert made == (
        '<h2>a</h2><p>b<sup id="e1-fnref:1"><a href="#e1-fn:1">1</a></sup></p>'
        '<ol><li id="e1-fn:1">c <a href="#e1-fnref:1">back</a></li></ol>'
        '<a href="https://a.example/#gone">d</a><a id="e1-é">e</a><a href="#e1-%C3%A9">f</a>'
    )
    assert sanitiser.sanitise(made, resolve, prefix="e1-").html == made


def test_a_link_to_an_id_that_is_not_written_leads_to_the_page() -> None:
    assert sanitise("<script id=x>a</script><a href=#x>b</a>") == '<a href="https://a.example/#x">b</a>'
    assert sanitise("<p><b id=x>a<p>b</b><a href=#x>c</a>").count("id=") == 1


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<math><mtext>a<b onclick=x>b</b><img src=c></mtext></math>", "<math><mtext>ab</mtext></math>"),
        ("<math><mi href=javascript:x style=y class=z>a</mi></math>", "<math><mi>a</mi></math>"),
        ("<math><maction><mi>a</mi></maction></math>", "<math><mrow><mi>a</mi></mrow></math>"),
        (
            "<math><semantics><mi>a</mi><annotation-xml encoding=text/html><p>b</annotation-xml>"
            "<annotation>c</annotation></semantics></math>d",
            "<math><mi>a</mi></math>d",
        ),
        ("<math><mi>a</mi><p>b</p></math>", "<math><mi>a</mi></math><p>b</p>"),
        ("<p><math><mn>1</p>b</math>", "<p><math><mn>1</mn></math></p>b"),
        (
            "<span><math><mi>a</mi></math></span><span class='katex-html'><span>a</span></span>b",
            "<span><math><mi>a</mi></math></span>b",
        ),
        ("<math><mspace/><mi>a</math>b", "<math><mspace></mspace><mi>a</mi></math>b"),
        ("<math><mglyph src=x><mi>a</mi></mglyph></math>", "<math></math>"),
        ("<math><svg><mi>a</mi></svg></math>", "<math></math>"),
    ],
)
def test_formulas_keep_their_elements_and_no_html(markup: str, html: str) -> None:
    assert sanitise(markup) == html


@given(soup)
def test_another_html5_parser_finds_allowed_elements_alone(html: str) -> None:
    for node in LexborHTMLParser(sanitise(html)).css("body *"):
        name = node.tag or ""
        assert name in WRITTEN
        assert set(node.attributes) <= WRITTEN[name]
        assert name != "img" or node.attributes["src"]
        assert name not in MATH_TEXT or not node.css("*")[1:]


@pytest.mark.parametrize(
    ("player", "page"),
    [
        ("https://www.youtube-nocookie.com/embed/x1?start=3", "https://www.youtube.com/watch?v=x1"),
        ("https://www.youtube.com/embed/videoseries?list=P1", "https://www.youtube.com/playlist?list=P1"),
        ("https://www.youtube.com/v/x1&hl=en", "https://www.youtube.com/watch?v=x1"),
        ("https://www.youtube.com/feed", None),
        ("https://player.vimeo.com/video/12", "https://vimeo.com/12"),
        ("https://player.vimeo.com/video/12?h=ab1", "https://vimeo.com/12/ab1"),
        ("https://www.dailymotion.com/embed/video/x1", "https://www.dailymotion.com/video/x1"),
        ("https://open.spotify.com/embed/episode/a1?si=2", "https://open.spotify.com/episode/a1"),
        ("https://player.twitch.tv/?video=v12&parent=a", "https://www.twitch.tv/videos/12"),
        ("https://player.twitch.tv/?channel=a&parent=a", "https://www.twitch.tv/a"),
        ("https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b", "https://soundcloud.com/a/b"),
        ("https://w.soundcloud.com/player/?url=https%3A//evil.example/", None),
        ("https://embed.ted.com/talks/a_b", "https://www.ted.com/talks/a_b"),
        ("https://tube.example/videos/embed/1-2", "https://tube.example/videos/watch/1-2"),
        ("https://codepen.io/a/embed/b", "https://codepen.io/a/pen/b"),
        ("https://cdn.embedly.com/widgets/media.html?url=https%3A%2F%2Fa.example%2Fv", "https://a.example/v"),
        ("https://cdn.embedly.com/widgets/media.html?url=javascript:x", None),
        ("https://maps.example/embed", None),
    ],
)
def test_a_known_player_has_a_page(player: str, page: str | None) -> None:
    assert players.page_of(player) == page


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<style> is a tag.\n\nSecond *p*.", "<p>&lt;style&gt; is a tag.</p>\n<p>Second <em>p</em>.</p>"),
        ("<!-- open\n\nSecond *p*.", "<p>&lt;!-- open</p>\n<p>Second <em>p</em>.</p>"),
        ("<script>\nx\n\ny\n</script>\n\n*a*", "<p><em>a</em></p>"),
        ("The <title> element.\n\nSecond.", "<p>The &lt;title&gt; element.</p>\n<p>Second.</p>"),
        ("Say `&lt;` and &amp;lt;", "<p>Say <code>&amp;lt;</code> and &amp;lt;</p>"),
    ],
)
def test_markdown_after_a_tag_without_an_end_is_markdown(source: str, html: str) -> None:
    assert sanitise(markdown.render_markdown(source)) == html


def test_plain_text_says_what_the_markup_says() -> None:
    made = sanitiser.to_paragraphs(
        "The <title> tag, <think> &amp;lt; <form>a<button>b</button></form><script>c</script>"
    )
    assert made.html == "<p>The &lt;title&gt; tag, &lt;think&gt; &amp;lt;</p>\n<p>a b</p>"
    assert made.lost == {"script": 1}
