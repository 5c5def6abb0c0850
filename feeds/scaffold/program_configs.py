"""Read the configs of generators that are programs: Eleventy, Astro and Pelican.

The programs are never run. Only values that are written out can be read.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feeds.scaffold.detected import DetectedSite, read_mapping, text_of

_ENDINGS = ("js", "mjs", "cjs", "ts", "mts")
_INPUT = re.compile(r"""\binput\s*:\s*["'`]\.?/?([^"'`]*)["'`]""")
_INPUT_DIRECTORY = re.compile(r"""setInputDirectory\(\s*["'`]\.?/?([^"'`]*)["'`]""")
_LITERAL = r"""\b{name}["']?\s*[:=]\s*["'`]([^"'`\n$]*)["'`]"""
_GLOB_BASE = re.compile(r"""\bbase\s*:\s*["'`]\.?/?([^"'`]*)["'`]""")
_ROUTE = re.compile(r"\[(?:\.\.\.)?(?:slug|id|path|post|entry)\]\.astro")
_PELICAN_PART = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_PELICAN_DATE = {
    "%Y": ":year",
    "%y": ":short_year",
    "%m": ":month",
    "%d": ":day",
    "%b": ":short_month",
    "%B": ":long_month",
    "%j": ":y_day",
    "%H": ":hour",
    "%M": ":minute",
}
_METADATA = ("metadata", "site", "meta")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _literal(source: str, *names: str) -> str:
    """Return the first text that is written out for one of these names in a JavaScript program."""
    for name in names:
        if match := re.search(_LITERAL.format(name=name), source):
            return match[1].strip()
    return ""


def find_eleventy(folder: Path) -> DetectedSite | None:
    """Return an Eleventy site, or None."""
    names = [*(f"eleventy.config.{ending}" for ending in _ENDINGS), ".eleventy.js"]
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        return None
    source = _read(path)
    match = _INPUT.search(source) or _INPUT_DIRECTORY.search(source)
    inside = (match[1].strip("/") if match else "") or "."
    data = [place / "_data" for place in (folder / inside, folder, folder / "src")]
    metadata: Mapping[str, Any] = {}
    for name in _METADATA:
        for place in data:
            metadata = metadata or read_mapping(place / f"{name}.json") or {}
    programs = [_read(place / f"{name}.{ending}") for name in _METADATA for place in data for ending in _ENDINGS]
    written = next(filter(None, programs), "") if not metadata else ""
    author = metadata.get("author")
    package = read_mapping(folder / "package.json") or {}
    return DetectedSite(
        "Eleventy",
        "eleventy",
        text_of(metadata, "title", "name") or _literal(written, "title", "name") or text_of(package, "name"),
        text_of(metadata, "url") or _literal(written, "url", "baseUrl", "siteUrl") or text_of(package, "homepage"),
        text_of(metadata, "description") or _literal(written, "description") or text_of(package, "description"),
        text_of(metadata, "language", "lang") or _literal(written, "language", "lang"),
        text_of(author, "name") if isinstance(author, dict) else author if isinstance(author, str) else "",
        content=inside,
    )


def find_astro(folder: Path) -> DetectedSite | None:
    """Return an Astro site, or None."""
    path = next(
        (folder / f"astro.config.{ending}" for ending in _ENDINGS if (folder / f"astro.config.{ending}").is_file()),
        None,
    )
    if path is None:
        return None
    source = _read(path)
    base = _literal(source, "base").strip("/")
    site = _literal(source, "site").rstrip("/")
    texts = "".join(
        _read(folder / "src" / f"{name}.{end}") for name in ("consts", "config", "site.config") for end in _ENDINGS
    )
    package = read_mapping(folder / "package.json") or {}
    content = "src/content"
    if not (folder / content).is_dir():
        loaders = "".join(_read(folder / "src" / f"content.config.{end}") for end in _ENDINGS)
        match = _GLOB_BASE.search(loaders)
        content = match[1].strip("/").rpartition("/")[0] if match else content
    permalink = _astro_routes(folder, folder / content, never=_literal(source, "trailingSlash") == "never")
    return DetectedSite(
        "Astro",
        "astro",
        _literal(texts, "SITE_TITLE", "title") or text_of(package, "name"),
        f"{site}/{base}" if site and base else site,
        _literal(texts, "SITE_DESCRIPTION", "description"),
        _literal(texts, "lang", "locale"),
        _literal(texts, "author"),
        content=content,
        permalink=permalink,
    )


def _astro_routes(folder: Path, content: Path, *, never: bool) -> dict[str, str]:
    """Return the permalink of each collection, from the pages with a parameter in their names."""
    pages = folder / "src/pages"
    routes = sorted(
        path.parent.relative_to(pages).as_posix() for path in pages.rglob("*.astro") if _ROUTE.fullmatch(path.name)
    )
    end = "" if never else "/"
    collections = [path.name for path in sorted(content.glob("*")) if path.is_dir()] if content.is_dir() else []
    permalinks = {}
    for name in collections:
        # The route of the collection's name, or the only route.
        route = name if name in routes else routes[0] if len(routes) == 1 and "[" not in routes[0] else None
        if route is not None and (route != name or never):
            permalinks[name] = f"/{route}/:slug{end}" if route != "." else f"/:slug{end}"
    return permalinks


def find_pelican(folder: Path) -> DetectedSite | None:
    """Return a Pelican site, or None."""
    if not (folder / "pelicanconf.py").is_file():
        return None
    values = _constants(folder / "pelicanconf.py")
    published = _constants(folder / "publishconf.py")
    left_out: dict[str, int] = {
        name: 1 for name in ("PATH_METADATA", "FILENAME_METADATA", "SLUG_REGEX_SUBSTITUTIONS") if name in values
    }
    pattern, unknown = _pelican_pattern(
        text_of(values, "ARTICLE_URL") or text_of(published, "ARTICLE_URL") or "{slug}.html"
    )
    if unknown:
        left_out["ARTICLE_URL"] = 1
    if text_of(values, "SLUGIFY_SOURCE") == "basename":
        pattern = pattern.replace(":slug", ":slugorfilename")
    places = [path for path in values.get("ARTICLE_PATHS") or () if isinstance(path, str) and path]
    return DetectedSite(
        "Pelican",
        "pelican",
        text_of(values, "SITENAME"),
        text_of(published, "SITEURL") or text_of(values, "SITEURL"),
        text_of(values, "SITESUBTITLE"),
        text_of(values, "DEFAULT_LANG"),
        text_of(values, "AUTHOR"),
        text_of(values, "TIMEZONE"),
        text_of(values, "PATH").strip("./") or "content",
        files=tuple(f"{path.strip('/')}/**" for path in places),
        exclude=tuple(f"{path.strip('/')}/**" for path in values.get("PAGE_PATHS") or () if isinstance(path, str)),
        permalink={"": pattern},
        left_out=left_out,
    )


def _pelican_pattern(url: str) -> tuple[str, bool]:
    """Return a URL setting of Pelican as a permalink, and whether it has an unknown part."""
    unknown = False

    def token(match: re.Match[str]) -> str:
        nonlocal unknown
        if match[1] == "date":
            form = match[2] or "%Y-%m-%d"
            for code, name in _PELICAN_DATE.items():
                form = form.replace(code, name)
            unknown = unknown or "%" in form
            return form
        unknown = unknown or match[1] not in ("slug", "category", "author")
        return f":{match[1]}"

    pattern = "/" + _PELICAN_PART.sub(token, url).lstrip("/")
    return pattern if not unknown else "/:slug.html", unknown


def _constants(path: Path) -> dict[str, Any]:
    """Return the constants that a Python program assigns at its top level; it is parsed and not run."""
    try:
        tree = ast.parse(_read(path))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    values: dict[str, Any] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                try:
                    values[target.id] = ast.literal_eval(node.value)
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    values.pop(target.id, None)
    return values
