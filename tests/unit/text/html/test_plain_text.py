"""The plain text of a body says what its markup says."""

from feeds.text.html import sanitiser


def test_paragraphs_keep_text_alone() -> None:
    made = sanitiser.to_paragraphs("<div>a &lt;b&gt;\nc</div><script>x</script>d<br>e\n\nf < g")
    assert made.html == "<p>a &lt;b&gt; c</p>\n<p>d e</p>\n<p>f &lt; g</p>"
    assert made.is_plain


def test_plain_text_says_what_the_markup_says() -> None:
    made = sanitiser.to_paragraphs(
        "The <title> tag, <think> &amp;lt; <form>a<button>b</button></form><script>c</script>"
    )
    assert made.html == "<p>The &lt;title&gt; tag, &lt;think&gt; &amp;lt;</p>\n<p>a b</p>"
    assert made.lost == {"script": 1}
