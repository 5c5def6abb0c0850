"""Begin a site or an entry: what to write, found out from what is there.

Never overwrites a file. What an existing site says of itself is taken over; what it does
not say is a value to change, and said to be one.
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
    """Write a config for a site, and an entry to begin with if it is a new one; return what was written.

    Raises:
        StartError: There is a config already, the URL is none, or the folder cannot be written.
    """
    path = folder / "config.yaml"
    files = {path: make_config(folder, found, now, title, url)}
    if not found.kind and not (folder / found.content).exists():
        name = f"{now:%Y-%m-%d}-hello.md"
        files[folder / found.content / "news" / name] = make_entry(
            "Hello", "https://example.com/", now, topics=("News",), summary="The first entry: change it, or delete it."
        )
    for each, written in files.items():
        write_new_file(each, written)
    return list(files)


def make_config(
    folder: Path, found: DetectedSite, now: datetime, title: str | None = None, url: str | None = None
) -> str:
    """Return the text of a config.

    Raises:
        StartError: The URL that was given is none, or no folder's.
    """
    given = _folder_url(url or "")
    if url and not given:
        if urls.url(url):
            raise ScaffoldError(url, "config.url_query")
        raise ScaffoldError(url, "value.not_url", value=repr(url))
    name = title or found.title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    # Where it says a path alone nobody knows the host.
    base = _folder_url(found.url)
    address = given or (f"{base}subscribe/" if base else EXAMPLE)
    host = urlsplit(address).hostname or "example.org"
    lines = ["# Where this configuration lies is where its paths begin. `feeds schema config` has every key.", "site:"]
    lines += [f"  title: {quote_yaml(name)}"]
    lines += [f"  description: {quote_yaml(found.description)}"] if found.description else []
    lines += ["  # Where the documents will be." + ("" if url or base else " Change it.")]
    lines += [f"  url: {address}"]
    lines += ["  # What URLs in the content that begin with a slash belong to.", f"  base: {base}"] if base else []
    lines += ["  # Every id begins with this, for ever: a domain that was yours on that date."]
    lines += [f"  tag: {host},{now:%Y}"]
    language = found.language.replace("_", "-")
    lines += [f"  language: {language}"] if language and languages.is_language(language) else []
    # No folder can be inside the other.
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
        "# Feeds by rules; those of topics and providers are there anyway.",
        "feeds:",
        "  all:",
        "    archive: true",
    ]
    return "\n".join(lines) + "\n"


def _folder_url(value: str) -> str:
    """Return the URL of a folder as a config has it, or the empty text if `value` is none."""
    url = urls.url(value)
    return f"{url.rstrip('/')}/" if url and "?" not in url and "#" not in url else ""
