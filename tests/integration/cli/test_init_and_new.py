"""`feeds init` and `feeds new`."""

from pathlib import Path

import pytest

from feeds.config.reader import read_config
from tests.support.factories import article
from tests.support.processes import run
from tests.support.sites import Tree
from tests.support.trees import CONFIG, files_in


def test_init_creates_a_site_that_builds_and_overwrites_nothing(tmp_path: Path) -> None:
    said = run("init", "my-site", "--title", "Mine: all", cwd=tmp_path).stdout.splitlines()
    assert said[0] == "my-site/config.yaml"
    root = tmp_path / "my-site"
    assert run("check", "--strict", cwd=root).stdout == "1 entries of 1 files, 0 problems\n"
    run("build", cwd=root)
    before = files_in(root)
    done = run("init", ".", cwd=root, check=False)
    assert (done.returncode, "config.yaml: already exists" in done.stderr) == (2, True)
    assert files_in(root) == before


SITES = {
    "Jekyll": {
        "_config.yml": "title: A blog\nurl: https://blog.example\nbaseurl: /b\nlang: de\ncollections: {news: {}}\n",
        "_posts/2026-01-02-a.md": "---\ntitle: A\nwebUrl: https://x.example/\n---\n",
        "_news/b.md": article("B", url="https://x.example/b"),
        "README.md": "# Not an entry\n",
    },
    "Hugo": {
        "hugo.toml": 'title = "A blog"\nbaseURL = "https://blog.example/b/"\nlanguageCode = "de"\n',
        "content/news/a.md": article("A"),
        "content/news/b.md": article("B", url="https://x.example/b"),
    },
    "Eleventy": {
        "eleventy.config.js": 'export default function (c) { return { dir: { input: "src" } } };\n',
        "src/_data/metadata.json": '{"title": "A blog", "url": "https://blog.example/b", "language": "de"}',
        "src/blog/a.md": article("A"),
        "src/blog/b.md": article("B", url="https://x.example/b"),
    },
}


@pytest.mark.parametrize("kind", list(SITES))
def test_init_derives_the_config_from_an_existing_site(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "blog"
    for name, text in SITES[kind].items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    done = run("init", ".", cwd=root)
    assert done.stdout == "feeds.yaml\n"
    assert f"made by {kind}" in done.stderr
    config = read_config(root / "feeds.yaml")
    found = config.site
    assert (found.title, found.content_base_url, found.language) == ("A blog", "https://blog.example/b/", "de")
    assert found.url == "https://blog.example/b/subscribe/"
    count = 1 if kind == "Jekyll" else 2
    assert run("check", "--strict", cwd=root).stdout.startswith(f"{count} entries of {count} files")
    assert ("not taken over: files of the collection news" in done.stderr) == (kind == "Jekyll")
    run("build", cwd=root)


@pytest.mark.parametrize("said", ['baseurl: "/blog"', 'url: ""', "url: blog.example", "url: https://a.example/?b"])
def test_init_requires_the_url_if_an_existing_site_has_none(tmp_path: Path, said: str) -> None:
    (tmp_path / "_config.yml").write_text(f"title: A blog\n{said}\n")
    run("init", cwd=tmp_path)
    found = read_config(tmp_path / "feeds.yaml").site
    assert (found.url, found.content_base_url) == ("https://feeds.example.org/", "https://feeds.example.org/")
    assert "Change it." in (tmp_path / "feeds.yaml").read_text()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("feeds.example", "not an http(s) URL: 'feeds.example' (expected"),
        ("https://a.example/?b", "the URL has a query or a fragment"),
    ],
)
def test_init_rejects_an_invalid_url(tmp_path: Path, url: str, said: str) -> None:
    done = run("init", "site", "--url", url, cwd=tmp_path, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr.startswith(f"feeds: cannot create: {url}: {said}")


def test_init_normalises_the_url_for_the_config(tmp_path: Path) -> None:
    run("init", "--url", "https://été.example/a: b", cwd=tmp_path)
    site = read_config(tmp_path / "config.yaml").site
    assert (site.url, site.tag[:19]) == ("https://xn--t-9fab.example/a:%20b/", "xn--t-9fab.example,")


def test_new_writes_a_valid_file_once(tree: Tree) -> None:
    root = tree({"content/_learning/videos/a.md": article()})
    title = 'Quotes "and": a #hash, \\ and 人工'
    arguments = ["new", title, "--url", "https://www.example.com/x?a=b", "--topic", "C++", "--topic", "AI"]
    (name,) = run(*arguments, "--date", "2026-01-02", "--collection", "learning/videos", cwd=root).stdout.split()
    assert name == "content/_learning/videos/2026-01-02-quotes-and-a-hash-and-人工.md"
    assert run("check", "--strict", cwd=root).stdout == "2 entries of 2 files, 0 problems\n"
    assert title in run("show", "c", cwd=root).stdout
    again = run(*arguments, "--date", "2026-01-02", "--collection", "learning/videos", cwd=root, check=False)
    assert (again.returncode, "already exists" in again.stderr) == (2, True)
    bad = run("new", "Bad", "--url", "nonsense", "--draft", cwd=root, check=False)
    assert (bad.returncode, "webUrl: not an http(s) URL" in bad.stderr) == (2, True)
    outside = run("new", "Bad", "--url", "https://example.com/", "--collection", "../out", cwd=root, check=False)
    assert (outside.returncode, (root / "out").exists()) == (2, False)


def test_new_rejects_a_collection_that_is_not_read(tree: Tree) -> None:
    root = tree({"content/_data/topics/ai.yaml": "name: AI\n"}, config=CONFIG + "collections: {exclude: [old*]}\n")
    for collection in ("_data", "assets", "old/news"):
        done = run("new", "A", "--url", "https://example.com/", "--collection", collection, cwd=root, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"feeds: cannot create: {collection}: no entries are read there")
    # A folder whose name only begins like a special one is an ordinary collection.
    made = run("new", "A", "--url", "https://example.com/", "--collection", "data", cwd=root).stdout
    assert made.startswith("content/data/")
    assert run("check", "--strict", cwd=root).stdout.startswith("1 entries of 1 files")
