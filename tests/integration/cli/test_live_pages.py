"""Pages that `feeds serve --watch` loads again."""

import urllib.request
from email.message import Message

from tests.support.factories import article
from tests.support.processes import serving, until
from tests.support.sites import Tree


def get(url: str) -> tuple[str, Message]:
    asked = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(asked) as answer:
        return answer.read().decode(), answer.headers


def test_pages_reload_with_watch_only(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    with serving(root / "public", "--watch", cwd=root) as address:
        page, headers = get(f"{address}/")
        assert page.endswith('<script src="/-/reload.js"></script>\n')
        assert (headers["Content-Length"], headers["Cache-Control"]) == (str(len(page.encode())), "no-store")
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].endswith("connect-src 'self'")
        assert "location.reload()" in get(f"{address}/-/reload.js")[0]
        assert "reload.js" not in get(f"{address}/feeds/all.xml")[0]
        asked = urllib.request.Request(f"{address}/manifest.json", method="HEAD")
        tag = urllib.request.urlopen(asked).headers["ETag"]
        tree({"content/news/b.md": article("Another", url="https://news.example/b")})
        until(lambda: urllib.request.urlopen(asked).headers["ETag"] != tag)
    with serving(root / "public", cwd=root) as address:
        assert "reload.js" not in get(f"{address}/")[0]
