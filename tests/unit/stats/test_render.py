"""Statistics as a table, as JSON and as a page; untrusted text is harmless in all of them."""

import json
import re
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from rich.cells import cell_len

from feeds.stats.log_parser import parse
from feeds.stats.render import to_json, to_page, to_table
from feeds.stats.report import ClientStats, Dead, Failure, FeedStats, Stats, count
from tests.support.trees import PROJECT
from tests.unit.stats.test_report import FEEDLY, edition_of, refused, request


def everything() -> Stats:
    edition = edition_of("feeds/ai", "feeds/lonely", moved={"feeds/old.xml": "feeds/ai.xml"})
    return count(
        [
            *(request(FEEDLY.format(16), hours=hour) for hour in range(60)),
            request('<script>alert("x")</script>', '/feeds/"><script>.xml'),
            request("'onload='x", "/<img src=x onerror=y>", status=404),
            request("</style><b>", "/feeds/</svg>.xml", status=410),
            request("漢字 Reader (RSS)", "/feeds/漢字.xml"),
            refused(301),
            None,
        ],
        edition,
    )


def test_json_has_every_attribute_and_the_docs_name_it() -> None:
    value = json.loads(to_json(everything()))
    docs = (PROJECT / "docs" / "stats.md").read_text("utf-8")
    for kind, found in [
        (Stats, value),
        (FeedStats, value["audiences"][0]),
        (ClientStats, value["manners"][0]),
        (Failure, value["failures"][0]),
        (Dead, value["dead"][0]),
    ]:
        names = [each.name for each in fields(kind)]
        assert list(found) == names
        assert [name for name in names if f"`{name}`" not in docs] == []
    assert value["since"] == "2026-05-01T00:00:00Z"
    assert value["audiences"][0]["declared"] == [["Feedly", 16]]


def test_a_table_has_a_line_for_each_thing_and_respects_the_width() -> None:
    stats = everything()
    lines = to_table(stats).splitlines()
    assert re.split(r"  +", lines[4]) == ["FEED", "SUBSCRIBERS", "POLLERS", "POLLS", "304", "SENT", "DECLARED"]
    assert re.split(r"  +", lines[5]) == ["/feeds/ai", "16", "0", "60", "0 %", "60 kB", "Feedly 16"]
    assert all(line == line.rstrip() for line in lines)
    narrow = to_table(count([request(path=f"/feeds/{'漢字' * 20}.xml"), request(FEEDLY.format(16) * 3)]), 80)
    assert max(map(cell_len, narrow.splitlines())) <= 80
    assert "漢 …" in narrow


def test_a_long_table_ends_with_the_number_of_omitted_rows() -> None:
    stats = count(request(path=f"/{number}", status=404) for number in range(25))
    assert to_table(stats).splitlines()[-1] == "and 5 more"


def test_an_empty_log_gives_a_report() -> None:
    stats = count([])
    assert to_table(stats) == "0 requests"
    assert json.loads(to_json(stats))["since"] is None
    assert b"0 requests" in to_page(stats)


def test_a_page_is_well_formed_and_self_contained() -> None:
    page = to_page(everything())
    root = etree.fromstring(page)
    assert {each.tag for each in root.iter()} & {"script", "link", "img", "iframe", "object", "use", "image"} == set()
    assert not [
        name for each in root.iter() for name in each.attrib if name in ("src", "href") or name.startswith("on")
    ]
    assert b"//" not in page
    assert b"url(" not in page
    assert b"@import" not in page


def test_a_page_escapes_untrusted_text() -> None:
    root = etree.fromstring(to_page(everything()))
    shown = {"".join(each.itertext()) for each in root.iter("th")}
    assert {'/feeds/"><script>', "/<img src=x onerror=y>", "<script>alert", "'onload='x", "<"} <= shown
    assert "/feeds/漢字" in shown


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([200, 301, 404, 410]))
def test_a_page_is_well_formed_with_any_untrusted_text(agent: str, name: str, status: int) -> None:
    line = {"time": "2026-05-01T00:00:00Z", "method": "GET", "status": status, "bytes": 1, "agent": agent}
    found = parse(json.dumps(line | {"path": f"/feeds/{name}.xml"}))
    assert found
    stats = count([found, found])
    etree.fromstring(to_page(stats))
    assert to_table(stats).replace("\n", "").isprintable()
    to_json(stats).encode()


def test_every_chart_of_a_page_has_its_numbers_as_text() -> None:
    root = etree.fromstring(to_page(everything()))
    charts = list(root.iter("svg"))
    assert len(charts) > 5
    for chart in charts:
        assert chart.get("aria-hidden") == "true"
        # The numbers of a row are in the row, and the chart of days has a table below it.
        assert chart.getparent().tag == "td" or chart.getnext().tag == "details"
    for cell in root.iter("rect"):
        assert all(0 <= float(cell.get(name, "0")) <= 100 for name in ("x", "width", "height"))
