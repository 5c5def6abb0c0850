"""Creation of a new site: a config, and a first entry.

Existing files are never overwritten. Values come from the existing site's config; a value that is
not there gets a placeholder with a comment that says to change it.
"""

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from feeds.errors import ScaffoldError
from feeds.scaffold.detect import DetectedSite
from feeds.scaffold.entry import EXAMPLE, make_entry
from feeds.scaffold.files import quote_yaml, write_new_file
from feeds.text import languages, urls


def create_site(
    folder: Path, found: DetectedSite, now: datetime, title: str | None = None, url: str | None = None
) -> list[Path]:
    """Write a config, and a first entry for a new site. Return the paths of the new files.

    Raises:
        ScaffoldError: A config exists, the URL is invalid, or the folder cannot be written.
    """
    path = folder / "config.yaml"
    files = {path: make_config(folder, found, now, title, url)}
    if not found.kind and not (folder / found.content).exists():
        name = f"{now:%Y-%m-%d}-hello.md"
        files[folder / found.content / "news" / name] = make_entry(
            "Hello", "https://example.com/", now, topics=("News",), summary="The first entry: change it or delete it."
        )
    for new_path, text in files.items():
        write_new_file(new_path, text)
    return list(files)


def make_config(
    folder: Path, found: DetectedSite, now: datetime, title: str | None = None, url: str | None = None
) -> str:
    """Return the text of a config.

    Raises:
        ScaffoldError: The URL is invalid, or has a query or a fragment.
    """
    site_url = _folder_url(url or "")
    if url and not site_url:
        if urls.url(url):
            raise ScaffoldError(url, "config.url_query")
        raise ScaffoldError(url, "value.not_url", value=repr(url))
    name = title or found.title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    # A URL that is only a path has no host, so it gives no base.
    base = _folder_url(found.url)
    address = site_url or (f"{base}subscribe/" if base else EXAMPLE)
    host = urlsplit(address).hostname or "example.org"
    lines = ["# Paths are relative to this file. `feeds schema config` lists every key.", "site:"]
    lines += [f"  title: {quote_yaml(name)}"]
    lines += [f"  description: {quote_yaml(found.description)}"] if found.description else []
    lines += ["  # The URL of the published documents." + ("" if url or base else " Change it.")]
    lines += [f"  url: {address}"]
    lines += ["  # The base of URLs in the content that begin with a slash.", f"  base: {base}"] if base else []
    lines += ["  # Prefix of all ids: a domain that you owned on that date. Never change it."]
    lines += [f"  tag: {host},{now:%Y}"]
    language = found.language.replace("_", "-")
    lines += [f"  language: {language}"] if language and languages.is_language(language) else []
    # Neither folder may contain the other.
    inside = found.content == "."
    lines += [
        "",
        f"content: {found.content}",
        f"output: {'../' + folder.resolve().name + '-feeds' if inside else 'public-feeds' if found.kind else 'public'}",
    ]
    if found.collections:
        lines += ["collections:", f"  include: [{', '.join(map(quote_yaml, found.collections))}]"]
    lines += [
        "",
        "# Feeds by rule. Topic and provider feeds are automatic.",
        "feeds:",
        "  all:",
        "    archive: true",
    ]
    return "\n".join(lines) + "\n"


def _folder_url(value: str) -> str:
    """Return a folder URL in the config's form, or the empty string if `value` is not one."""
    url = urls.url(value)
    return f"{url.rstrip('/')}/" if url and "?" not in url and "#" not in url else ""
