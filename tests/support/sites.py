"""Sites of the command tests."""

from collections.abc import Callable
from pathlib import Path

from tests.support.factories import article
from tests.support.trees import CONFIG

Tree = Callable[..., Path]


RULES = """
feeds:
  models:
    any: {topics: [AI], title: [GPT]}
    none: {types: [video]}
    quality: 80
  few: {limit: 1, any: {topics: [AI]}}
  one-each: {max_per_provider: 1, any: {topics: [AI]}}
  pages: {links: unique, any: {topics: [AI]}}
  stories: {clusters: collapse, any: {topics: [AI]}}
  monthly: {archive: true, any: {topics: [AI]}}
window: 1
"""


PROVIDER = "provider: {name: News, domain: news.example}\n"


def site(tree: Tree) -> Path:
    ai = f"topics: [AI]\n{PROVIDER}"
    return tree(
        {
            "content/news/new.md": article("New GPT", "2026-02-02", "https://news.example/new", ai + "quality: 90\n"),
            "content/news/old.md": article("Old", "2026-01-02", "https://news.example/old", ai + "quality: 10\n"),
            "content/news/twin.md": article("Twin", "2025-12-02", "https://news.example/new", "topics: [AI]\n"),
            "content/news/film.md": article("Film", "2025-11-02", "https://news.example/f", ai + "type: video\n"),
            "content/news/later.md": article("Later", "2999-01-01"),
            "content/news/draft.md": article("Draft", more="draft: true\n"),
            "content/news/wrong.md": article("Wrong", date="soon"),
            "content/news/plain.md": "no front matter\n",
        },
        CONFIG + RULES,
    )


WRONG = {
    "content/news/a.md": article(date="soon", more="topics: AI\n"),
    "content/news/b.md": "---\nexcerpt: x\n---\n",
}
