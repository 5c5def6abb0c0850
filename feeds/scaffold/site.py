"""Creation of a new site: a config, and a first entry.

Existing files are never overwritten. Values come from the existing site's config; a value that is
not there gets a placeholder with a comment that says to change it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.config.file import NAMES
from feeds.errors import ScaffoldError
from feeds.scaffold.detected import DetectedSite
from feeds.scaffold.entry import EXAMPLE, make_entry
from feeds.scaffold.files import quote_yaml, write_new_file
from feeds.text import languages, urls


def create_site(
    folder: Path,
    detected: DetectedSite,
    now: datetime,
    title: str | None = None,
    url: str | None = None,
    base: str | None = None,
) -> list[Path]:
    """Write a config, and a first entry for a new site. Return the paths of the new files.

    Args:
        base: The base of the existing site's pages; None for the one in its config.

    Raises:
        ScaffoldError: A config exists, the URL is invalid, or the folder cannot be written.
    """
    # A generator may have a config of the second name.
    path = folder / (NAMES[0] if detected.kind else NAMES[1])
    if not detected.kind and (folder / NAMES[0]).exists():
        raise ScaffoldError(str(folder / NAMES[0]), "new.exists")
    files = {path: make_config(folder, detected, now, title, url, base)}
    if not detected.kind and not (folder / detected.content).exists():
        name = f"{now:%Y-%m-%d}-hello.md"
        files[folder / detected.content / "news" / name] = make_entry(
            "Hello", "https://example.com/", now, topics=("News",), summary="The first entry: change it or delete it."
        )
    for new_path, text in files.items():
        write_new_file(new_path, text)
    return list(files)


def make_config(
    folder: Path,
    detected: DetectedSite,
    now: datetime,
    title: str | None = None,
    url: str | None = None,
    base: str | None = None,
) -> str:
    """Return the text of a config.

    Raises:
        ScaffoldError: The URL is invalid, or has a query or a fragment.
    """
    for given in filter(None, (url, base)):
        if not _folder_url(given):
            if urls.url(given):
                raise ScaffoldError(given, "config.url_query")
            raise ScaffoldError(given, "value.not_url", value=repr(given))
    name = title or detected.title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    # A URL that is only a path has no host, so it gives no base.
    base = _folder_url(base or detected.url)
    address = _folder_url(url or "") or (f"{base}subscribe/" if base else EXAMPLE)
    host = urlsplit(address).hostname or "example.org"
    lines = ["# Paths are relative to this file. `feeds schema config` lists every key.", "site:"]
    lines += [f"  title: {quote_yaml(name)}"]
    lines += [f"  description: {quote_yaml(detected.description)}"] if detected.description else []
    lines += ["  # The URL of the published documents." + ("" if url or base else " Change it.")]
    lines += [f"  url: {address}"]
    if base:
        lines += ["  # The base of the pages that entries link to.", f"  base: {base}"]
    elif detected.kind:
        lines += ["  # The base of the pages that entries link to. Change it.", f"  base: {EXAMPLE}"]
    lines += ["  # Prefix of all ids: a domain that you owned on that date. Never change it."]
    lines += [f"  tag: {host},{now:%Y}"]
    language = detected.language.replace("_", "-")
    lines += [f"  language: {language}"] if language and languages.is_language(language) else []
    lines += [f"  author: {{name: {quote_yaml(detected.author)}}}"] if detected.author else []
    lines += ["", *_content(detected, now), f"output: {'public-feeds' if detected.kind else 'public'}"]
    lines += [
        "",
        "# Feeds by rule. Topic and provider feeds are automatic.",
        "feeds:",
        "  all:",
        "    archive: true",
    ]
    return "\n".join(lines) + "\n"


def _content(detected: DetectedSite, now: datetime) -> list[str]:
    """Return the lines about the content tree."""
    if not detected.kind:
        return [f"content: {detected.content}"]
    lines = ["content:", f"  folder: {quote_yaml(detected.content)}", f"  preset: {detected.preset}"]
    for key, values in (("files", detected.files), ("exclude", detected.exclude), ("date", detected.date)):
        lines += [f"  {key}: [{', '.join(map(quote_yaml, values))}]"] if values else []
    if set(detected.permalink) == {""}:
        lines += [f"  permalink: {quote_yaml(detected.permalink[''])}"]
    elif detected.permalink:
        lines += ["  permalink:", *_named(detected.permalink)]
    if detected.keys:
        lines += ["  keys:"]
        lines += [f"    {ours}: [{', '.join(map(quote_yaml, theirs))}]" for ours, theirs in detected.keys.items()]
    lines += [f"  zone: {detected.zone}"] if _is_zone(detected.zone) else []
    lines += ["  # Entries that were published before this date keep the ids of the site's own feed."]
    lines += [f"  id_until: {now + timedelta(days=1):%Y-%m-%d}"]
    return lines


def _named(values: Mapping[str, str]) -> list[str]:
    return [f"    {quote_yaml(name)}: {quote_yaml(text)}" for name, text in values.items()]


def _is_zone(name: str) -> bool:
    try:
        return bool(name and ZoneInfo(name))
    except (OSError, ValueError, KeyError):
        return False


def _folder_url(value: str) -> str:
    """Return a folder URL in the config's form, or the empty string if `value` is not one."""
    url = urls.url(value)
    return f"{url.rstrip('/')}/" if url and "?" not in url and "#" not in url else ""
