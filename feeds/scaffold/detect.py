"""Detect the generator of an existing site, and read the values of its config that feeds need."""

from pathlib import Path

from feeds.scaffold import data_configs, program_configs
from feeds.scaffold.detected import DetectedSite


def find_site(folder: Path) -> DetectedSite:
    """Return the site in a folder as its generator's config describes it; an empty site if there is none."""
    for look in (
        data_configs.find_jekyll,
        data_configs.find_hugo,
        data_configs.find_zola,
        program_configs.find_eleventy,
        program_configs.find_astro,
        program_configs.find_pelican,
        data_configs.find_mkdocs,
        find_notes,
    ):
        if site := look(folder):
            return site
    return DetectedSite()


def find_notes(folder: Path) -> DetectedSite | None:
    """Return a tree of Markdown files without a generator, or None."""
    # A folder `content` is the tree of a site in the format of Everyday Feeds.
    if (folder / "content").is_dir() or any((folder / name).exists() for name in ("config.yaml", "feeds.yaml")):
        return None
    if (folder / ".obsidian").is_dir():
        return DetectedSite("Obsidian", "obsidian", content=".")
    for pattern, files in (("*/*.md", ()), ("*.md", ("*",)), ("**/*.md", ("**",))):
        names = [path.name for path in folder.glob(pattern) if not path.name.lower().startswith("readme")]
        if names:
            return DetectedSite("plain Markdown", "plain", content=".", files=files)
    return None
