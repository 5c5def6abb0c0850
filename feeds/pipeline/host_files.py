"""Header and redirect files for static hosts."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from feeds.edition.model import Edition
from feeds.edition.paths import FEEDS_PREFIX
from feeds.http import asset_policy


def host_files(edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Yield the configuration files that static hosts read and do not publish."""
    # Without this file GitHub Pages omits files whose names start with an underscore.
    yield ".nojekyll", b""
    # For Netlify and Cloudflare Pages. Cloudflare allows one asterisk per rule, and joins the values of
    # a header that several rules set.
    rules = [
        "/*",
        "  X-Content-Type-Options: nosniff",
        "  Access-Control-Allow-Origin: *",
        # Not for the manifest: a cached copy would be taken for the previous edition.
        f"/{FEEDS_PREFIX}*",
        f"  Cache-Control: {edition.state.cache_control}",
    ]
    documents = edition.documents
    types = {
        PurePosixPath(path).suffix: document.type
        for path, document in documents.items()
        if document.kind not in ("site", "asset")
    }
    for suffix, content_type in sorted(types.items()):
        rules += [f"/{FEEDS_PREFIX}*{suffix}", f"  Content-Type: {content_type}"] if suffix else []
    paths = [path for path, document in documents.items() if document.kind == "asset"]
    rules += [f"/{asset_policy.FOLDER}*", f"  Content-Security-Policy: {asset_policy.POLICY}"] if paths else []
    for suffix in sorted({PurePosixPath(path).suffix for path in paths if asset_policy.is_runnable(path)}):
        rules += [f"/{asset_policy.FOLDER}*{suffix}", f"  Content-Type: {asset_policy.TYPE}"]
        rules += [f"  Content-Disposition: {asset_policy.DISPOSITION}"]
    yield "_headers", "".join(f"{line}\n" for line in rules).encode()
