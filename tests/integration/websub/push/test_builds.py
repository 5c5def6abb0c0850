"""Pushes and builds together."""

import itertools
import json
import os
import random
import re
import shlex
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import feeds
from feeds.edition.model import strong_etag
from feeds.errors import EditionError, ExportError
from feeds.system.locks import exclusive_lock
from feeds.websub import notify
from feeds.websub.notify import push
from tests.support.processes import run, until
from tests.support.recording_hub import (
    AI,
    ALL,
    FINE,
    URL,
    Answer,
    Hub,
    Tree,
    built,
    config_with,
    files,
    many,
    remembered,
)
from tests.support.trees import PROJECT


def test_without_announced_json_every_topic_is_announced_again(tree: Tree, hub: Hub) -> None:
    config = built(root := tree(files(b="One"), config_with(hub)))
    push(config)
    for broken in ("", "{", "[]", '{"a": 1}', "null"):
        (root / ".feeds/announced.json").write_text(broken)
        hub.forget()
        push(config)
        assert Counter(hub.tried) == Counter(ALL), broken
        assert push(config) == ()


def test_no_topic_is_announced_if_announced_json_cannot_be_written(tree: Tree, hub: Hub) -> None:
    config = built(root := tree(files(b="One"), config_with(hub)))
    (root / ".feeds/announced.json").mkdir()
    with pytest.raises(ExportError, match=r"announced\.json"):
        push(config)
    assert hub.tried == []


def test_an_interrupted_push_stores_its_announcements(tree: Tree, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    config = built(root := tree(many(8), config_with(hub)))

    def interrupted(answers: Iterable[Any]) -> Iterator[Any]:
        for number, each in enumerate(answers):
            if number == 5:
                raise KeyboardInterrupt
            yield each

    whole = notify._send
    monkeypatch.setattr(notify, "_send", lambda pending: interrupted(whole(pending)))
    with pytest.raises(KeyboardInterrupt):
        push(config)
    assert len(remembered(root)[hub.url]) == 5
    monkeypatch.setattr(notify, "_send", whole)
    push(config)
    assert len(remembered(root)[hub.url]) == 27


def test_before_the_first_edition_nothing_is_announced(tree: Tree, hub: Hub) -> None:
    root = tree({}, config_with(hub))
    with pytest.raises(EditionError, match="run `feeds build`"):
        push(feeds.read_config(root / "config.yaml"))


def test_a_hub_gets_every_change_once_after_any_failure(tree: Tree, hub: Hub) -> None:
    chance = random.Random(1)
    root = tree({}, config_with(hub))
    said: dict[str, list[str]] = {}

    def yes(topic: str, _path: str) -> Answer:
        said.setdefault(topic, []).append(strong_etag((root / "public" / topic.removeprefix(URL)).read_bytes()))
        return FINE

    def perhaps(topic: str, path: str) -> Answer:
        status = chance.choice([204, 204, 500, 404, 302, 429, 429, 429])
        return yes(topic, path) if status == 204 else (status, {})

    hub.answer = perhaps
    for step in range(12):
        tree(files(**{chance.choice(["ai", "b", "c"]): f"Title {step}"}), config_with(hub))
        push(built(root))
    hub.answer = yes
    push(config := built(root))
    assert push(config) == ()
    assert said.keys() == ALL | AI
    for topic, tags in said.items():
        assert all(old != new for old, new in itertools.pairwise(tags)), topic
        assert tags[-1] == remembered(root)[hub.url][topic]
        assert tags[-1] == strong_etag((root / "public" / topic.removeprefix(URL)).read_bytes())


# The command


def test_a_push_prints_a_line_for_each_hub(tree: Tree, hub: Hub, other: Hub) -> None:
    other.answer = lambda _topic, _path: (404, {})
    root = tree(many(8), config_with(hub, other))
    built(root)
    done = run("push", cwd=root, check=False)
    assert (done.returncode, done.stdout) == (3, f"{hub.url}: 27 notified\n")
    said = re.fullmatch(r"(.*): 0 notified, (\d+) failed \(answers 404\), (\d+) skipped \(will retry\)\n", done.stderr)
    assert said
    assert (said[1], int(said[2]) + int(said[3])) == (other.url, 27)
    tree({}, config_with(hub))
    built(root)
    assert run("push", "--quiet", cwd=root).stdout == ""
    done = run("push", cwd=root)
    assert (done.stdout, done.stderr) == ("", "")
    assert json.loads(run("push", "--json", cwd=root).stdout) == []


def test_push_has_json_output(tree: Tree, hub: Hub) -> None:
    hub.answer = lambda topic, _path: FINE if topic.endswith(".xml") else (404, {})
    built(root := tree(files(b="One"), config_with(hub)))
    done = run("push", "--json", cwd=root, check=False)
    why = {f"{URL}feeds/all.{suffix}": "answers 404" for suffix in ("atom", "json")}
    expected = {"hub": hub.url, "notified": [f"{URL}feeds/all.xml"], "failed": why, "skipped": []}
    assert (done.returncode, json.loads(done.stdout)) == (3, [expected])


def test_a_build_with_push_announces_its_changes_and_earlier_failures(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two"), config_with(hub))
    for path in (root / "content").rglob("*.md"):
        os.utime(path, (10**9, 10**9))  # long enough ago for a build to see that nothing changed
    # Two, because a push stops after three failures in a row.
    refused = {f"{URL}feeds/ai.{suffix}" for suffix in ("atom", "json")}
    hub.answer = lambda topic, _path: (404, {}) if topic in refused else FINE
    done = run("build", "--push", cwd=root, check=False)
    assert (done.returncode, Counter(hub.told)) == (3, Counter((ALL | AI) - refused))
    assert done.stdout.startswith("2 entries")
    assert done.stderr == f"{hub.url}: 4 notified, 2 failed (answers 404)\n"
    hub.forget()
    named = run("push", "--verbose", cwd=root, check=False).stderr.splitlines()[1:]
    assert named == [f"  - {topic}: answers 404" for topic in sorted(refused)]
    hub.answer = lambda topic, path: FINE
    hub.forget()
    # Nothing changed, something is pending.
    assert run("build", "--push", cwd=root).stdout == f"{hub.url}: 2 notified\n"
    assert Counter(hub.tried) == Counter(refused)
    hub.forget()
    assert run("build", "--push", cwd=root).stdout == ""
    value = json.loads(run("build", "--push", "--json", cwd=root).stdout)
    assert (value["push"], hub.tried) == ([], [])
    tree(files(b="Edited"), config_with(hub))
    value = json.loads(run("build", "--push", "--json", cwd=root).stdout)
    assert (set(value["push"][0]["notified"]), value["documents"]["changed"]) == (ALL, ANY_CHANGED)


ANY_CHANGED = ["feeds/all.atom", "feeds/all.json", "feeds/all.xml"]


def test_without_a_published_build_no_hub_is_notified(tree: Tree, hub: Hub) -> None:
    root = tree(files(ai="One", b="Two", c="Three"), config_with(hub))
    run("build", "--push", "--dry-run", cwd=root)
    assert not (root / "public").exists()
    run("build", cwd=root)
    assert hub.tried == []
    push(feeds.read_config(root / "config.yaml"))
    hub.forget()
    for path in (root / "content/news").iterdir():
        path.unlink()
    assert run("build", "--push", cwd=root, check=False).returncode == 2
    tree({}, "nonsense: true\n")
    assert run("build", "--push", cwd=root, check=False).returncode == 2
    assert hub.tried == []


def test_two_concurrent_pushes_announce_once(tree: Tree, hub: Hub) -> None:
    root = tree(files(b="One"), config_with(hub))
    run("build", cwd=root)
    with exclusive_lock(root / ".feeds", "push.lock"):
        done = run("push", cwd=root, check=False)
        assert (done.returncode, done.stderr) == (3, "feeds: lock: .feeds/push.lock: another push is running\n")
        assert run("build", "--push", cwd=root, check=False).returncode == 3
        assert run("build", "--push", "--skip-if-running", cwd=root).stdout == ""
        assert hub.tried == []
        # A slow push does not delay a build.
        tree(files(b="Edited"), config_with(hub))
        assert "3 changed" in run("build", cwd=root).stdout
    assert run("push", cwd=root).stdout == f"{hub.url}: 3 notified\n"


def test_after_a_kill_during_a_push_the_next_push_announces(tree: Tree, hub: Hub, other: Hub) -> None:
    root = tree(files(ai="One"), config_with(hub, other))
    done = threading.Event()

    def never(_topic: str, _path: str) -> Answer:
        done.wait(60)
        return 500, {}

    hub.answer = never
    process = subprocess.Popen([sys.executable, "-m", "feeds", "build", "--push"], cwd=root, stdout=subprocess.DEVNULL)
    try:
        until(lambda: len(hub.tried) >= 4 and len(other.told) == 6)
    finally:
        process.kill()
        process.wait(20)
        done.set()
    assert (root / "public/manifest.json").exists()
    hub.answer = lambda _topic, _path: FINE
    hub.forget()
    run("build", "--push", cwd=root)
    assert Counter(hub.told) == Counter(hub.tried) == Counter(ALL | AI)
    assert remembered(root)[hub.url] == remembered(root)[other.url]
    assert set(other.told) == ALL | AI


def test_the_cron_line_of_the_guide_builds_and_notifies(tree: Tree, hub: Hub) -> None:
    guide = (PROJECT / "docs/websub.md").read_text("utf-8")
    (line,) = re.findall(r"^```crontab\n(.*)\n```$", guide, re.MULTILINE)
    root = tree(files(b="One"), config_with(hub))
    command = shlex.split(line.split(maxsplit=5)[5].replace("/srv/feeds/config.yaml", str(root / "config.yaml")))
    assert command[0] == "/srv/feeds/.venv/bin/feeds"
    run(*command[1:], cwd=root)
    assert Counter(hub.told) == Counter(ALL)
