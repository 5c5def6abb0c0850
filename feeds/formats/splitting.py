"""Split a rendered feed document into its entries."""

import re

# Linear time: each character of white space is read once, and an entry without an end tag ends with the document.
ENTRY_PATTERNS = {
    ".xml": re.compile(rb"(?<![ \t])[ \t]*<item>.*?(?:</item>\n|\Z)", re.DOTALL),
    ".atom": re.compile(rb"(?<![ \t])[ \t]*<entry[ >].*?(?:</entry>\n|\Z)", re.DOTALL),
    ".html": re.compile(rb"<article[ >].*?(?:</article>|\Z)", re.DOTALL),
}
JSON_ITEMS = b',"items":[\n'
JSON_SEPARATOR = b",\n"


def split_entries(body: bytes, suffix: str) -> list[bytes]:
    """Return the rendered entries of a document."""
    if suffix == ".json":
        inner = body.partition(JSON_ITEMS)[2].removesuffix(b"\n]}\n")
        return inner.split(JSON_SEPARATOR) if inner else []
    return ENTRY_PATTERNS[suffix].findall(body)
