"""HTTP headers for files of the `assets` folder, so that browsers show media and run nothing.

Authors can put any file there, and it is served from the site's own origin. The service and
static hosts use the same rules.
"""

FOLDER = "assets/"
# A sandboxed document has no origin and runs no script. SVG images may have styles and embedded data.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; font-src data:"
TYPE = "application/octet-stream"
DISPOSITION = "attachment"
# Types that a browser, or a program that it starts, would run. CSS is not in the list: it runs nothing.
RUNNABLE = frozenset(
    "atom cjs ecmascript es hta htc htm html htt jar jnlp js jse jsm jsx mathml mht mhtml mjs"
    " mml pdf rdf rss shtm shtml stm svgz swf vbs wasm wsf xht xhtml xml xsd xsl xslt xspf xul".split()
)


def is_asset(path: str) -> bool:
    """Return whether a document's path is an asset path."""
    return path.startswith(FOLDER)


def is_runnable(path: str) -> bool:
    """Return whether an asset must be sent as a download, because a browser could run it."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return bool(dot) and suffix.lower() in RUNNABLE
