"""Create the file of a new entry."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from feeds.content import frontmatter
from feeds.content.scan import collection_of, is_collection
from feeds.edition.paths import is_safe_path
from feeds.errors import ScaffoldError
from feeds.model import ContentFilter, Site, SourceFile
from feeds.scaffold.files import quote_yaml, write_new_file
from feeds.text import slugs, urls

EXAMPLE = "https://feeds.example.org/"


def make_entry(
    title: str,
    url: str,
    now: datetime,
    topics: tuple[str, ...] = (),
    summary: str = "",
    kind: str = "",
    draft: bool = False,
) -> str:
    """Return the text of a new content file.

    Raises:
        ScaffoldError: The entry would not be valid.
    """
    host = urls.domain((urlsplit(url).hostname or "").removeprefix("www."))
    lines = ["---", f"title: {quote_yaml(title)}"]
    lines += [f"excerpt: {quote_yaml(summary)}"] if summary else []
    lines += [f"publishedDateTime: {now:%Y-%m-%dT%H:%M:%SZ}", f"webUrl: {quote_yaml(url)}"]
    lines += [f"type: {quote_yaml(kind)}"] if kind else []
    lines += ["provider:", f"  name: {host}", f"  domain: {host}"] if host else []
    lines += ["topics:", *(f"  - {quote_yaml(topic)}" for topic in topics)] if topics else []
    text = "\n".join([*lines, *(["draft: true"] if draft else []), "---", ""])
    site = Site("", EXAMPLE, "example.org,2026", EXAMPLE)
    # Drafts are not validated, so the entry is validated as if it were published.
    published = text.replace("\ndraft: true\n---", "\n---")
    parsed = frontmatter.parse(published.encode(), SourceFile("the entry", "news/entry.md", "news"), site)
    if parsed.entry is None or parsed.problems:
        reasons = "; ".join(f"{problem.key}: {problem.message}" for problem in parsed.problems)
        raise ScaffoldError("the entry", "new.not_valid", reasons=reasons)
    return text


def create_entry(
    content: Path, limits: ContentFilter, collection: str, title: str, now: datetime, written: str
) -> Path:
    """Write a new content file into the folder of a collection and return its path.

    Args:
        content: The content folder.
        limits: The filter of collections.
        collection: The collection's name.
        title: The title, from which the file name is made.
        now: The date in the file name.
        written: The text of the file.

    Raises:
        ScaffoldError: The collection is not read, the file exists, or the file cannot be written.
    """
    if not is_safe_path(collection):
        raise ScaffoldError(collection, "new.not_collection")
    folder = _folder(content, limits, collection)
    if not is_collection(folder, limits):
        raise ScaffoldError(collection, "new.not_read")
    name = slugs.slug(title)[:60].strip("-") or "entry"
    path = content / folder / f"{now.astimezone(UTC):%Y-%m-%d}-{name}.md"
    write_new_file(path, written)
    return path


def _folder(content: Path, limits: ContentFilter, collection: str) -> str:
    """Return the folder of a collection; its name can have underscores that the collection's name omits."""
    folders = (path.relative_to(content).as_posix() for path in sorted(content.rglob("*")) if path.is_dir())
    named = (folder for folder in folders if collection_of(folder) == collection and is_collection(folder, limits))
    return next(named, collection)
