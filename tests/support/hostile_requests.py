"""A server under attack, and the rules for its responses."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, make_entry
from tests.support.raw_http import Answer, Server
from tests.support.trees import CONFIG, publish

FEED = "/feeds/ai.xml"


MARK = "zq7mark"


SECRET = "do-not-tell-9f2c"


def edition() -> Edition:
    entries = tuple(
        make_entry(f"n{n}", n, categories=(Category("ai", "AI"), Category("x", "漢字"))) for n in range(1, 25)
    )
    return compose(Content(entries), [], replace(SITE, aliases={"feeds/old": "feeds/ai"}), Edition(), NOW).edition


def prepare(folder: Path, config: str = CONFIG) -> Path:
    """Create a site in a folder, with secrets in it and around it."""
    (folder / "config.yaml").write_text(f"# {SECRET}\n{config}")
    public = folder / "public"
    publish(edition(), public)
    for name in (
        "secret.txt",
        ".env",
        ".feed.new",
        "feeds/.ai.xml.new",
        "feeds/secret.xml",
        "_secret",
        "secret.txt.gz",
    ):
        (public / name).write_text(SECRET)
    (folder / "secret").mkdir()
    (folder / "secret/secret.txt").write_text(SECRET)
    (folder / "publicly").mkdir()  # begins like the served folder
    (folder / "publicly/secret.txt").write_text(SECRET)
    (public / "link.xml").symlink_to(folder / "config.yaml")
    return folder


def is_harmless(answer: Answer, site: Path) -> bool:
    """Return whether a response reveals nothing of the request, the machine and its secrets."""
    raw = (answer.head + answer.body).lower()
    assert answer.status < 500, answer.head
    for told in (MARK, SECRET, "traceback", "site-packages", str(site).lower(), 'file "', "evil.example"):
        assert told.encode() not in raw, told
    for name in ("X-Injected", "Set-Cookie"):
        assert name not in answer
    if "Location" in answer:
        assert answer["Location"].startswith(SITE.url)
    return True


def refused_or_harmless(served: Server, site: Path, data: bytes, method: str = "GET") -> Answer | None:
    """Send bytes unchanged; return the response, or nothing if the connection was closed."""
    with served.connect() as connection:
        # A server may reject a request before it has read all of it.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send(data)
        answer = connection.receive_if_any(method)
        if answer is None:
            return None
        assert is_harmless(answer, site)
        return answer
