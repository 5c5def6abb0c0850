"""How a browser is to treat the files of the tree's `assets` folder: as pictures and the like, and as nothing to run.

They are whatever a writer put there, under the address of the site. The rules are the same for
the service and for static hosts.
"""

FOLDER = "assets/"
# A document in a sandbox has no address of its own and runs nothing; pictures may have a style and parts of their own.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; font-src data:"
TYPE = "application/octet-stream"
DISPOSITION = "attachment"
# What a browser, or a program that it starts, would run. A style sheet is none of them: it runs nothing.
RUNNABLE = frozenset(
    "atom cjs ecmascript es hta htc htm html htt jar jnlp js jse jsm jsx mathml mht mhtml mjs"
    " mml pdf rdf rss shtm shtml stm svgz swf vbs wasm wsf xht xhtml xml xsd xsl xslt xspf xul".split()
)


def is_asset(path: str) -> bool:
    """Tell whether a document's path is that of an asset."""
    return path.startswith(FOLDER)


def is_runnable(path: str) -> bool:
    """Tell whether an asset is of a kind that is handed out as a file to keep, and not shown."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return bool(dot) and suffix.lower() in RUNNABLE
