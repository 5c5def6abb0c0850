"""The presets: default values of the keys of `content` for each generator.

A preset is data. Rules that no config key can express are in `slugs`, `permalinks` and `dates`.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from feeds.model.tree import KEYS, Condition, TreeFormat

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_DRAFT: Condition = ("draft", _TRUE)
_DATES = ("date", "pubDate", "publishDate", "pubDatetime", "publishedAt", "published_at", "datePublished")
_UPDATED = ("lastmod", "updated", "modified", "updatedDate", "last_modified_at", "modDatetime", "dateModified")
_TEXTS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "publishedDateTime": (*_DATES, "date.created"),
    "updatedDateTime": (*_UPDATED, "date.updated"),
    "webUrl": (),
    "slug": ("slug",),
    "excerpt": ("description", "summary", "excerpt"),
    "topics": ("categories", "category", "tags", "tag"),
    "authors": ("author", "authors"),
    "images": ("image", "images", "cover.image", "heroImage", "coverImage.src", "cover_image", "thumbnail"),
    "locale": ("lang", "language"),
}

PRESETS: Mapping[str, TreeFormat] = {
    "everyday": TreeFormat(
        "everyday",
        files=("**",),
        exclude=("_data/**", "assets/**"),
        front_matter=("yaml",),
        keys={key: (key,) for key in KEYS if key not in ("authors", "slug")} | {"title": ("title", "name")},
        date=("key", "name"),
        title=("key",),
        permalink={},
        id="own",
        held=(("draft", _TRUE), ("removed", _TRUE), ("deleted", _TRUE), ("published", _FALSE)),
        until=(),
    ),
    "jekyll": TreeFormat(
        "jekyll",
        files=("_posts/**", "**/_posts/**"),
        exclude=("_site/**", "vendor/**"),
        front_matter=("yaml",),
        keys=_TEXTS
        | {
            "publishedDateTime": ("date",),
            "updatedDateTime": ("last_modified_at", "modified_date", "lastmod", "updated"),
            "webUrl": ("permalink",),
            "excerpt": ("excerpt", "description"),
        },
        date=("key", "name"),
        title=("key", "name"),
        permalink={"": "/:categories/:year/:month/:day/:title:output_ext"},
        id="jekyll-feed",
        held=(_DRAFT, ("published", _FALSE)),
        until=(),
    ),
    "hugo": TreeFormat(
        "hugo",
        files=("**",),
        exclude=("**/_index.*", "_index.*"),
        front_matter=("yaml", "toml", "json"),
        keys=_TEXTS
        | {
            "publishedDateTime": ("date", "publishDate", "pubdate", "published", "lastmod", "modified"),
            "updatedDateTime": ("lastmod", "modified"),
            "webUrl": ("url",),
            "excerpt": ("description", "summary"),
        },
        date=("key",),
        title=("key",),
        permalink={"": "/:folders/:slugorname/"},
        id="permalink",
        held=(
            _DRAFT,
            ("headless", _TRUE),
            ("build.render", ("never", "false", "link")),
            ("_build.render", ("never", "false", "link")),
            ("build.list", ("never", "false", "local")),
            ("_build.list", ("never", "false", "local")),
        ),
        until=("expiryDate", "unpublishdate"),
    ),
    "zola": TreeFormat(
        "zola",
        files=("**",),
        exclude=("**/_index.*", "_index.*"),
        front_matter=("toml", "yaml"),
        keys=_TEXTS
        | {
            "publishedDateTime": ("date",),
            "updatedDateTime": ("updated",),
            "webUrl": ("path",),
            "excerpt": ("description", "summary"),
            "topics": ("taxonomies.categories", "taxonomies.tags"),
            "authors": ("authors", "taxonomies.authors", "extra.author"),
            "images": ("extra.image", "extra.cover.image", "extra.thumbnail"),
        },
        date=("key", "name"),
        title=("key", "name"),
        permalink={"": "/:folders/:slug/"},
        id="permalink",
        held=(_DRAFT, ("render", _FALSE)),
        until=(),
    ),
    "eleventy": TreeFormat(
        "eleventy",
        files=("**",),
        exclude=("node_modules/**", "_site/**", "_includes/**", "**/_includes/**", "_data/**", "**/_data/**"),
        front_matter=("yaml", "json", "toml"),
        keys=_TEXTS | {"webUrl": ("permalink",)},
        date=("key", "name"),
        title=("key",),
        permalink={"": "/:folders/:name/"},
        id="permalink",
        held=(_DRAFT, ("eleventyExcludeFromCollections", _TRUE), ("permalink", _FALSE)),
        until=(),
    ),
    "astro": TreeFormat(
        "astro",
        files=("**",),
        exclude=("**/_*", "**/_*/**", "_*"),
        front_matter=("yaml", "toml"),
        keys=_TEXTS,
        date=("key",),
        title=("key",),
        permalink={"": "/:section/:slug/"},
        id="permalink",
        held=(_DRAFT, ("isDraft", _TRUE)),
        until=(),
    ),
    "pelican": TreeFormat(
        "pelican",
        files=("**",),
        exclude=("pages/**", "images/**", "static/**"),
        front_matter=("headers", "yaml"),
        keys=_TEXTS
        | {
            "publishedDateTime": ("date",),
            "updatedDateTime": ("modified",),
            "webUrl": (),
            "excerpt": ("summary", "description"),
            "topics": ("category", "tags"),
            "images": ("image", "cover", "featured_image"),
        },
        date=("key", "name"),
        title=("key",),
        permalink={"": "/:slug.html"},
        id="pelican",
        held=(("status", ("draft", "hidden", "skip")),),
        until=(),
    ),
    "mkdocs": TreeFormat(
        "mkdocs",
        files=("blog/posts/**",),
        exclude=(),
        front_matter=("yaml", "headers", "none"),
        keys=_TEXTS | {"publishedDateTime": ("date", "date.created"), "updatedDateTime": ("date.updated",)},
        date=("key",),
        title=("key", "heading", "name"),
        permalink={"": "/blog/:year/:month/:day/:slug/"},
        id="permalink",
        held=(_DRAFT,),
        until=(),
    ),
    "obsidian": TreeFormat(
        "obsidian",
        files=("**",),
        exclude=("**/templates/**", "templates/**", "Templates/**"),
        front_matter=("yaml", "none"),
        keys=_TEXTS
        | {
            "publishedDateTime": ("date", "published", "created", "date created"),
            "updatedDateTime": ("updated", "modified", "date modified", "lastmod"),
            "webUrl": ("permalink",),
            "topics": ("tags", "tag"),
        },
        date=("key", "name"),
        title=("key", "name"),
        permalink={"": "/:folders/:name"},
        id="permalink",
        held=(_DRAFT, ("publish", _FALSE)),
        until=(),
    ),
    "plain": TreeFormat(
        "plain",
        files=("*/*",),
        exclude=("**/README.*", "**/readme.*", "node_modules/**"),
        front_matter=("yaml", "toml", "json", "headers", "none"),
        keys=_TEXTS | {"webUrl": ("url", "permalink", "link")},
        date=("key", "name", "git"),
        title=("key", "heading", "name"),
        permalink={"": "/:folders/:name"},
        id="permalink",
        held=(_DRAFT, ("published", _FALSE)),
        until=(),
    ),
}
"""The defaults of each preset, without a missing value."""
SUFFIXES = (".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".html", ".htm", ".mdx", ".qmd")
"""The suffixes of files that are read in the tree of a generator, in any case."""
UNREAD_SUFFIXES = (".rst", ".adoc", ".asciidoc", ".org", ".textile", ".pandoc", ".ipynb")
"""The suffixes of files that may be entries for a generator and are not read here."""
_IGNORED = """
    layout template theme type weight order menu menus aliases alias redirect_from redirect_to toc tableofcontents
    showtoc math katex mathjax mermaid comments comment commentable disqus template_engine templateengine
    eleventycomputed eleventynavigation eleventyexcludefromcollections pagination sitemap sitemap_exclude robots noindex
    nofollow params extra cascade series resources outputs markup linktitle keywords subtitle url path permalink slug
    cover coverimage ogimage og_image image image_alt imagealt hero heroalt
    featured featuredimage featured_image pin pinned sticky
    header overlay_image teaser classes author_profile read_time readtime reading_time share related render_with_liquid
    excerpt_separator sitemap_priority iscjklanguage headless build _build draft published status publish
    expirydate unpublishdate publishdate lastmod date id guid uuid version lang language translationkey translation
    in_search_index insert_anchor_links generate_feeds render sort_by paginate_by page_template transparent taxonomies
    hide hide_comments icon links boost search social license location save_as sourcefile gallery cssclasses cssclass
    readtime hidetoc showdate showauthor showreadingtime canonical canonicalurl canonical_url description summary
    excerpt collection output ext tags categories category authors author title
""".split()


@cache
def ignored_keys() -> frozenset[str]:
    """Return the keys of generators, in lower case, that a feed has no use for: they are not reported."""
    return frozenset(_IGNORED)


def default_permalink(preset: str) -> str:
    """Return the pattern of a preset's links; empty if each file has its link."""
    return (PRESETS[preset].permalink or {}).get("", "")


def complete(tree: TreeFormat) -> TreeFormat:
    """Return a format in which every missing value is that of its preset."""
    preset = PRESETS[tree.preset]
    given = {
        name: getattr(tree, name)
        for name in ("files", "front_matter", "date", "title", "permalink", "id", "zone", "held", "until", "id_until")
        if getattr(tree, name) is not None
    }
    exclude = (*(preset.exclude or ()), *(tree.exclude or ()))
    return replace(preset, exclude=exclude, keys={**preset.keys, **tree.keys}, **given)
