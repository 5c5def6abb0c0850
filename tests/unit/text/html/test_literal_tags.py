"""A tag that is not escaped by mistake is text."""

import pytest

from feeds.text import markdown
from tests.support.html import SITE, sanitise


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
