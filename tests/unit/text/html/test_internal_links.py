"""Links to places in the same body, and their ids."""

from feeds.text.html import sanitiser
from tests.support.html import resolve, sanitise


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
