"""`feeds serve`, as a person runs it."""

import os
import shutil
import socket
import sqlite3
import subprocess
import urllib.request

import pytest

from tests.support.factories import article
from tests.support.processes import free_port, run, serving, until
from tests.support.trees import CONFIG, Tree


def test_serve_with_watch_builds_first_and_again_after_a_change(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    output = root / "public"
    with serving(output, "--watch", cwd=root):
        tree({"content/news/b.md": article("Another", url="https://news.example/b")})
        until(lambda: b"Another" in (output / "feeds/all.xml").read_bytes())


def test_serve_builds_first_if_nothing_was_published(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    with serving(root / "public", cwd=root) as address:
        assert urllib.request.urlopen(f"{address}/feeds/all.xml").status == 200


def test_serve_ends_with_the_exit_code_of_a_first_build_that_fails(tree: Tree) -> None:
    root = tree({"content/news/a.md": "---\ntitle: No link\n---\n"})
    built = run("build", cwd=root, check=False)
    with free_port() as port:
        served = run("serve", "--port", str(port), cwd=root, check=False)
    assert served.returncode == built.returncode == 2
    assert "nothing published yet: building" in served.stderr


NEWSBOAT = shutil.which("newsboat")


@pytest.mark.skipif(not NEWSBOAT, reason="newsboat is not installed: apt-get install newsboat")
def test_newsboat_subscribes_and_shows_the_entries(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tree(
        {
            f"content/news/{name}.md": article(
                f"Story {name}", url=f"https://news.example/{name}", more="topics: [AI]\n"
            )
            for name in "abc"
        }
    )
    run("build", cwd=root)
    home = tmp_path_factory.mktemp("home")
    with serving(root / "public", cwd=root) as address:
        (home / "urls").write_text(f"{address}/feeds/ai.xml\n")
        files = ["-u", str(home / "urls"), "-c", str(home / "cache.db"), "-C", str(home / "config")]
        (home / "config").write_text("")
        environment = os.environ | {"HOME": str(home), "LC_ALL": "C.UTF-8"}
        subprocess.run([str(NEWSBOAT), *files, "-x", "reload"], check=True, env=environment, timeout=60)
        done = subprocess.run(
            [str(NEWSBOAT), *files, "-x", "print-unread"],
            check=True,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.stdout.startswith("3 unread")
    with sqlite3.connect(home / "cache.db") as cache:
        rows = cache.execute("select title, url from rss_item order by title").fetchall()
    cache.close()
    assert rows == [(f"Story {name}", f"https://news.example/{name}") for name in "abc"]


def test_a_port_in_use_is_reported(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    run("build", cwd=root)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run("serve", "--port", str(other.getsockname()[1]), cwd=root, check=False)
    assert done.returncode == 2
    assert "Address already in use" in done.stderr
    assert run("serve", "--host", "no.such.host.invalid", cwd=root, check=False).returncode == 2


def test_serve_with_watch_notices_a_config_saved_by_renaming(tree: Tree) -> None:
    root = tree({"content/news/a.md": article()})
    output = root / "public"
    with serving(output, "--watch", cwd=root):
        for title in ("One", "Two"):
            tree({"config.new": CONFIG.replace("title: Test", f"title: {title}")})
            (root / "config.new").rename(root / "config.yaml")
            until(lambda title=title: title.encode() in (output / "feeds/all.xml").read_bytes())  # type: ignore[misc]
