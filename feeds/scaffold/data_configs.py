"""Read the configs of generators that are data: Jekyll, Hugo, Zola and MkDocs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from feeds.scaffold.detected import DetectedSite, is_known_pattern, list_of, mapping_of, read_mapping, text_of

_HUGO_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
_HUGO_DATES = {
    "date": ("date",),
    "publishdate": ("publishDate", "pubdate", "published"),
    "lastmod": ("lastmod", "modified"),
}
_DATE_PARTS = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dd|d")
_DATE_TOKENS = {
    "yyyy": ":year",
    "yy": ":short_year",
    "MMMM": ":long_month",
    "MMM": ":short_month",
    "MM": ":month",
    "M": ":i_month",
    "dd": ":day",
    "d": ":i_day",
}


def find_jekyll(folder: Path) -> DetectedSite | None:
    """Return a Jekyll site, or None."""
    config = read_mapping(folder / "_config.yml") or read_mapping(folder / "_config.yaml")
    if config is None and not (folder / "_posts").is_dir():
        return None
    config = config or {}
    source = text_of(config, "source").strip("./") or "."
    author = config.get("author")
    pattern = text_of(config, "permalink")
    left_out = {}
    if pattern and not is_known_pattern(pattern):
        left_out["permalink"], pattern = 1, ""
    for name in mapping_of(config, "collections"):
        count = sum(1 for _ in (folder / source).glob(f"**/_{name}/**/*.*")) if name != "posts" else 0
        if count:
            left_out[f"files of the collection {name}"] = count
    return DetectedSite(
        "Jekyll",
        "jekyll",
        text_of(config, "title", "name"),
        text_of(config, "url").rstrip("/") + text_of(config, "baseurl") if text_of(config, "url") else "",
        text_of(config, "description"),
        text_of(config, "lang", "locale", "language"),
        author if isinstance(author, str) else text_of(author, "name") if isinstance(author, dict) else "",
        text_of(config, "timezone"),
        source,
        exclude=tuple(pattern for pattern in list_of(config.get("exclude")) if "_posts" in pattern),
        permalink={"": pattern} if pattern else {},
        left_out=left_out,
    )


def find_hugo(folder: Path) -> DetectedSite | None:
    """Return a Hugo site, or None."""
    config = _hugo_config(folder)
    if config is None:
        return None
    params = mapping_of(config, "params")
    language = text_of(config, "defaultContentLanguage") or "en"
    languages = mapping_of(config, "languages")
    own = mapping_of(languages, language)
    left_out = dict(_hugo_left_out(config, languages, language))
    author = params.get("author") or config.get("author")
    site = DetectedSite(
        "Hugo",
        "hugo",
        text_of(own, "title") or text_of(config, "title"),
        text_of(config, "baseURL"),
        text_of(params, "description") or text_of(mapping_of(own, "params"), "description"),
        text_of(own, "locale", "languageCode") or text_of(config, "locale", "languageCode", "defaultContentLanguage"),
        author if isinstance(author, str) else text_of(author, "name") if isinstance(author, dict) else "",
        text_of(config, "timeZone"),
        (text_of(own, "contentDir") or text_of(config, "contentDir") or "content").strip("/"),
        exclude=tuple(f"**/*.{code}.*" for code in languages if code != language),
    )
    permalinks = mapping_of(config, "permalinks")
    pages = mapping_of(permalinks, "page") or permalinks
    patterns = {name: text for name, text in pages.items() if isinstance(text, str)}
    known = {name: text for name, text in patterns.items() if is_known_pattern(text)}
    if len(known) < len(patterns):
        left_out["permalinks with other tokens"] = len(patterns) - len(known)
    if text_of(config, "uglyURLs").lower() == "true":
        known[""] = "/:folders/:slugorname.html"
    keys, date = _hugo_dates(list_of(mapping_of(config, "frontmatter").get("date")))
    return replace(site, permalink=known, keys=keys, date=date, left_out=left_out)


def _hugo_config(folder: Path) -> Mapping[str, Any] | None:
    """Return the config of a Hugo site, also if it is split into files, or None."""
    for stem in ("hugo", "config"):
        for suffix in _HUGO_SUFFIXES:
            config = read_mapping(folder / f"{stem}{suffix}")
            # Other generators have a file of the second name.
            if config is not None and (stem == "hugo" or text_of(config, "baseURL", "theme")):
                return config
    split = folder / "config/_default"
    parts = {path.stem: read_mapping(path) for path in sorted(split.glob("*")) if path.suffix in _HUGO_SUFFIXES}
    root = parts.pop("hugo", None) or parts.pop("config", None)
    if root is None and not parts:
        return None
    more = {stem: values for stem, values in parts.items() if values and "." not in stem}
    return {**(root or {}), **more}


def _hugo_left_out(config: Mapping[str, Any], languages: Mapping[str, Any], language: str) -> Iterator[tuple[str, int]]:
    if others := [code for code in languages if code != language]:
        yield "languages", len(others)
    if text_of(config, "defaultContentLanguageInSubdir").lower() == "true":
        yield "defaultContentLanguageInSubdir", 1
    if text_of(config, "disablePathToLower").lower() == "true":
        yield "disablePathToLower", 1


def _hugo_dates(names: list[str]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the keys with a date, and the places of dates, from `frontmatter.date`."""
    keys: list[str] = []
    places: dict[str, None] = {}
    for name in names:
        if name in (":filename", ":git"):
            places["name" if name == ":filename" else "git"] = None
        elif not name.startswith(":"):
            keys += _HUGO_DATES.get(name.lower(), (name,))
            places["key"] = None
        elif name == ":default":
            keys += [key for group in _HUGO_DATES.values() for key in group]
            places["key"] = None
    return ({"publishedDateTime": tuple(dict.fromkeys(keys))} if keys else {}), tuple(places)


def find_zola(folder: Path) -> DetectedSite | None:
    """Return a Zola site, or None."""
    config = read_mapping(folder / "zola.toml") or read_mapping(folder / "config.toml")
    if config is None or not text_of(config, "base_url"):
        return None
    languages = mapping_of(config, "languages")
    left_out = {"languages": len(languages)} if languages else {}
    return DetectedSite(
        "Zola",
        "zola",
        text_of(config, "title"),
        text_of(config, "base_url"),
        text_of(config, "description"),
        text_of(config, "default_language"),
        text_of(config, "author") or text_of(mapping_of(config, "extra"), "author"),
        content="content",
        exclude=(*list_of(config.get("ignored_content")), *(f"**/*.{code}.md" for code in languages)),
        left_out=left_out,
    )


def find_mkdocs(folder: Path) -> DetectedSite | None:
    """Return an MkDocs site with the blog of Material for MkDocs, or None."""
    config = read_mapping(folder / "mkdocs.yml") or read_mapping(folder / "mkdocs.yaml")
    if config is None:
        return None
    plugins = config.get("plugins") or ()
    named = plugins.items() if isinstance(plugins, dict) else map(_plugin, plugins)
    blog = next((options for name, options in named if str(name).removeprefix("material/") == "blog"), None)
    if blog is None:
        return None
    options = blog if isinstance(blog, dict) else {}
    blog_dir = text_of(options, "blog_dir").strip("./") if "blog_dir" in options else "blog"
    posts = (text_of(options, "post_dir") or "{blog}/posts").replace("{blog}", blog_dir).strip("/")
    date = _DATE_PARTS.sub(lambda part: _DATE_TOKENS[part[0]], text_of(options, "post_url_date_format") or "yyyy/MM/dd")
    url = text_of(options, "post_url_format") or "{date}/{slug}"
    for part, token in (("{date}", date), ("{slug}", ":slug"), ("{categories}", ":categories"), ("{file}", ":name")):
        url = url.replace(part, token)
    ending = ".html" if text_of(config, "use_directory_urls").lower() == "false" else "/"
    theme = config.get("theme")
    return DetectedSite(
        "MkDocs",
        "mkdocs",
        text_of(config, "site_name"),
        text_of(config, "site_url"),
        text_of(config, "site_description"),
        text_of(theme, "language") if isinstance(theme, dict) else "",
        text_of(config, "site_author"),
        content=(text_of(config, "docs_dir") or "docs").strip("/"),
        files=(f"{posts}/**",) if posts != "blog/posts" else (),
        permalink={"": f"/{blog_dir}/{url}{ending}".replace("//", "/")},
        left_out={"post_slugify": 1} if "post_slugify" in options else {},
    )


def _plugin(item: Any) -> tuple[str, Any]:
    if isinstance(item, dict) and item:
        name, options = next(iter(item.items()))
        return str(name), options or {}
    return str(item), {}
