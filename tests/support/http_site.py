"""The site of the HTTP tests, and helpers for comparisons."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime

import brotli
import zstandard

from feeds.content.model import Content
from feeds.edition.model import Edition
from feeds.model import Category
from feeds.pipeline.compose import compose
from tests.support.factories import NOW, SITE, make_entry
from tests.support.raw_http import Answer
from tests.support.trees import CONFIG

HUBS = ("https://hub.example/", "https://two.hub.example/push?site=1")


FEED = "/feeds/ai.xml"


CODINGS = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}


IMF_FIXDATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
)


SITE_CONFIG = f"""{CONFIG}hubs: [{", ".join(HUBS)}]
aliases:
  old-name: ai
feeds:
  all:
    archive: true
"""


def plain(data: bytes) -> bytes:
    return data


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


DECODE: dict[str, Callable[[bytes], bytes]] = {
    "identity": plain,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": unzstd,
}


def coding_of(answer: Answer) -> str:
    return answer["Content-Encoding"].lower() if "Content-Encoding" in answer else "identity"


def decoded(answer: Answer) -> bytes:
    return DECODE[coding_of(answer)](answer.body)


# Changes: 8.3 and 8.4


def edition_of(*names: str, before: Edition = Edition(), now: datetime = NOW) -> Edition:
    """Return an edition with these entries, all of the topic AI."""
    return edition_with(dict.fromkeys(names, 0), before, now)


def edition_with(versions: dict[str, int], before: Edition, now: datetime) -> Edition:
    """Return an edition with these entries, each in its version."""
    entries = tuple(
        make_entry(
            name,
            day,
            title=f"Title {name}, version {version}",
            updated=datetime(2026, 1, day, version, tzinfo=UTC),
            categories=(Category("ai", "AI"),),
        )
        for day, (name, version) in enumerate(versions.items(), 1)
    )
    return compose(Content(entries), [], SITE, before, now).edition
