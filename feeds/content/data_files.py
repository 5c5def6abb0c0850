"""Data files of topics and organizations in `_data`."""

from collections.abc import Callable

from feeds.content.frontmatter import (
    RefusedError,
    T,
    collect_problems,
    decode_file,
    has_front_matter,
    load_fields,
    split_front_matter,
)
from feeds.errors import Problem
from feeds.model import Organization, Site, Topic
from feeds.parsing.fields import Fields
from feeds.text import slugs


def parse_topic(data: bytes, name: str) -> tuple[Topic | None, tuple[Problem, ...]]:
    """Return the topic in a file of `_data/topics`, and the problems of the file."""

    def make(fields: Fields) -> Topic | None:
        title = fields.text("name", required=True)
        slug = slugs.slug(fields.text("_id") or title or "")
        if title and not slug:
            fields.error("name", "topic.no_slug")
        if not (title and slug):
            return None
        return Topic(slug, title, fields.text("parent"), fields.text("description"), name)

    return _parse_data(data, name, "", make)


def parse_organization(data: bytes, name: str, site: Site) -> tuple[Organization | None, tuple[Problem, ...]]:
    """Return the provider in a file of `_data/organizations`, and the problems of the file."""

    def make(fields: Fields) -> Organization | None:
        title, domain = fields.text("name", required=True), fields.domain("domain")
        if not (title and domain):
            return None
        return Organization(domain, title, fields.text("description"), fields.images("images"))

    return _parse_data(data, name, site.content_base_url, make)


def _parse_data(
    data: bytes, name: str, base: str, make: Callable[[Fields], T | None]
) -> tuple[T | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    report = collect_problems(problems, name)
    try:
        content, first = decode_file(data, report), 1
        if has_front_matter(content) and name.endswith((".md", ".markdown", ".html")):
            content, _, first = split_front_matter(content)
        fields = load_fields(content, first, report)
        fields.base = base
        return make(fields), tuple(problems)
    except RefusedError as refused:
        report(refused.line, "", refused.code, refused.params, "error", refused.suggestion)
        return None, tuple(problems)
