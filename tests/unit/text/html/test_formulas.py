"""Formulas keep MathML and no HTML."""

import pytest

from tests.support.html import sanitise


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
