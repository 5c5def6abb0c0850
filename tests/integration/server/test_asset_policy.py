"""Files in assets are shown as media and run nothing, on every server."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from feeds.http import asset_policy
from feeds.server import app
from feeds.server.config import ServerConfig
from tests.support.factories import article
from tests.support.processes import run, serving
from tests.support.trees import CONFIG, PROJECT
from tests.system.test_pages_in_browser import browsing, needs_chromium

GUIDE = (PROJECT / "docs/deploy.md").read_text("utf-8")
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><style>rect { fill: red; }</style><rect width="9" height="9"/>'
    '<title>before</title><script href="/assets/x.js"/><script>document.title = "inline"</script></svg>'
)
FILES = {
    "x.svg": SVG,
    "x.js": 'document.title = "loaded"',
    "x.HTML": "<title>before</title><script>document.title = 'inline'</script>",
    "x.xml": "<a/>",
    "x.pdf": "%PDF-1.4",
    "x.css": "a {}",
    "x.png": "no picture",
    "x": "<script>1</script>",
    "html": "a name without a suffix",
}
RUNNABLE = {"x.js", "x.HTML", "x.xml", "x.pdf"}


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    files = {"config.yaml": CONFIG, "content/news/a.md": article("One")}
    for name, text in (files | {f"content/assets/{name}": text for name, text in FILES.items()}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    run("build", cwd=folder)
    return folder / "public"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_assets_are_sandboxed_and_runnable_types_are_downloads(public: Path, name: str, coding: str) -> None:
    answer = (
        app.create_app(ServerConfig(public)).test_client().get(f"/assets/{name}", headers={"Accept-Encoding": coding})
    )
    assert answer.status_code == 200
    assert answer.headers.get_all("Content-Security-Policy") == [asset_policy.POLICY]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.get("Content-Disposition") == ("attachment" if name in RUNNABLE else None)
    if name in RUNNABLE:
        assert answer.content_type == "application/octet-stream"


def test_the_asset_policy_allows_no_script_and_no_origin() -> None:
    rules = dict(each.strip().partition(" ")[::2] for each in asset_policy.POLICY.split(";"))
    assert rules["sandbox"] == ""
    assert rules["default-src"] == "'none'"
    assert not rules.keys() & {"script-src", "script-src-elem", "worker-src", "object-src"}
    assert "'self'" not in asset_policy.POLICY


def test_the_headers_file_has_the_same_asset_policy(public: Path) -> None:
    rules: dict[str, list[str]] = {}
    for line in (public / "_headers").read_text("utf-8").splitlines():
        if line.startswith("/"):
            path = line
        else:
            rules.setdefault(path, []).append(line.strip())
    assert rules["/assets/*"] == [f"Content-Security-Policy: {asset_policy.POLICY}"]
    for name in FILES:
        own = rules.get(f"/assets/*.{name.rpartition('.')[2]}")
        wanted = ["Content-Type: application/octet-stream", "Content-Disposition: attachment"]
        assert own == (wanted if name in RUNNABLE else None)


def test_a_site_without_assets_has_no_header_rule_for_assets(tree: Callable[..., Path]) -> None:
    root = tree({"content/n/a.md": article("One")})
    run("build", cwd=root)
    assert "/assets/" not in (root / "public/_headers").read_text("utf-8")


def test_the_deploy_guide_has_the_asset_policy_and_suffixes() -> None:
    lists = re.findall(r"\^/assets/\.\*\\\.\(([a-z|]+)\)\$", GUIDE)
    assert len(lists) == 3  # nginx has it twice
    assert {frozenset(each.split("|")) for each in lists} == {asset_policy.RUNNABLE}
    assert GUIDE.count(asset_policy.POLICY) == 3


@pytest.fixture(scope="module")
def address(public: Path) -> Iterator[str]:
    with serving(public, cwd=public.parent) as served:
        yield served


@needs_chromium
def test_a_browser_shows_an_svg_asset_and_runs_no_script_of_it(address: str, tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        browser.get(f"{address}/assets/x.svg")
        assert _title(browser) == "before"
        assert (
            browser.execute_script("return getComputedStyle(document.querySelector('rect')).fill") == "rgb(255, 0, 0)"
        )
        said = " ".join(each["message"] for each in browser.get_log("browser"))
        assert "x.js" in said or "script" in said.lower()
    # Without the policy the script runs, so the test can detect it.
    assert b'document.title = "loaded"' in urlopen(f"{address}/assets/x.js").read()


def _title(browser: Any) -> str:
    return str(browser.execute_script("return document.querySelector('title').textContent"))
