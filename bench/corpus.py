"""Make a content tree of N entries that is shaped like a real one; the same seed, the same tree.

Sizes, keys and shares follow a curated news site: 2.3 kB a file, 40 % with related
coverage, 20 topics, 400 providers with a long tail, and an opaque block that is
published nowhere.

usage: python bench/corpus.py COUNT FOLDER
"""

import random
import sys
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

CONFIG = """\
site: {title: Bench, url: "https://feeds.example.org/", tag: "feeds.example.org,2026", description: Bench}
content: content
output: public
state: state
pages: no
"""
"""A config without pages, with the state folder next to the output."""
ARCHIVES = (
    CONFIG.replace("public", "archived").replace("state: state", "state: archived-state").replace("pages: no\n", "")
    + "feeds:\n  all: {archive: true}\n  topic-00: {archive: true}\n"
)
"""A config of another site with pages, and with archives of two feeds."""
WORDS = (
    "model data system research chip agent robot image language policy market cloud team learning vision speech code"
    " tool safety energy health science company launch report study growth price user network training test release"
).split()
TOPICS = [f"Topic {number:02}" for number in range(20)]
PROVIDERS = [f"provider{number:03}.example" for number in range(400)]


def make(count: int, folder: Path, seed: int = 1) -> None:
    """Write the tree."""
    chance = random.Random(seed)  # noqa: S311 - the same tree every time is the point
    topics = folder / "_data" / "topics"
    topics.mkdir(parents=True, exist_ok=True)
    for number, topic in enumerate(TOPICS):
        parent = f"parent: {TOPICS[0]}\n" if number else ""
        (topics / f"{number:02}.yaml").write_text(f"_id: topic-{number:02}\nname: {topic}\n{parent}")
    # So far apart that the 48-hour window adds no entry to the 50.
    end = datetime(2024, 7, 4, 5, 20, tzinfo=UTC)
    for number in range(count):
        moment = end - timedelta(minutes=(count - number) * 250 - chance.randrange(3))
        kind = "_news" if number % 10 else "_videos"
        path = folder / kind / f"{moment:%Y}" / f"{moment:%Y-%m-%d}-{slug(chance)}-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(entry(chance, number, moment), encoding="utf-8")


def entry(chance: random.Random, number: int, moment: datetime) -> str:
    """Return a content file."""
    provider = PROVIDERS[min(int(chance.paretovariate(0.6)) - 1, 399)]
    parts = [
        "---\n",
        "category: news\n",
        f'title: "{sentence(chance, 9)}"\n',
        f'excerpt: "{sentence(chance, 38)}"\n',
        f"publishedDateTime: {moment:%Y-%m-%dT%H:%M:%SZ}\n",
        f'originalUrl: "https://{provider}/articles/{number}"\n',
        f'webUrl: "https://{provider}/articles/{number}"\n',
        f"type: {'article' if number % 10 else 'video'}\n",
        f"quality: {chance.randrange(20, 120)}\nheat: {chance.randrange(-1, 90)}\n",
        "published: true\n\n",
        f"provider:\n  name: {provider.partition('.')[0].title()}\n  domain: {provider}\n\n",
        "topics:\n" + "".join(f"  - {topic}\n" for topic in chance.sample(TOPICS, chance.choice([1, 1, 2]))) + "\n",
        picture(chance, provider, number, ""),
    ]
    if chance.random() < 0.4:
        parts.append("related:\n" + "".join(related(chance) for _ in range(chance.choice([2, 3, 3]))))
    secret = b64encode(chance.randbytes(300)).decode()
    return "".join([*parts, f'\nsecured: "{secret};{secret[:24]}"\n', "---\n"])


def related(chance: random.Random) -> str:
    provider = chance.choice(PROVIDERS)
    number = chance.randrange(10**6)
    return (
        f'  - title: "{sentence(chance, 9)}"\n    excerpt: "{sentence(chance, 30)}"\n'
        f"    publishedDateTime: 2023-06-07T15:00:00Z\n"
        f'    webUrl: "https://{provider}/articles/{number}"\n    type: article\n'
        f"    provider:\n      name: {provider.partition('.')[0].title()}\n      domain: {provider}\n"
        f"    quality: {chance.randrange(20, 120)}\n" + picture(chance, provider, number, "    ")
    )


def picture(chance: random.Random, provider: str, number: int, indent: str) -> str:
    return (
        f'{indent}images:\n{indent}  - url: "https://img.{provider}/{number}/{slug(chance)}.jpg"\n'
        f"{indent}    width: 1280\n{indent}    height: 640\n{indent}    isCached: true\n\n"
    )


def sentence(chance: random.Random, words: int) -> str:
    text = " ".join(chance.choices(WORDS, k=words))
    return (text[0].upper() + text[1:]).replace(" data", "’s data", 1)


def slug(chance: random.Random) -> str:
    return "-".join(chance.choices(WORDS, k=6))


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
