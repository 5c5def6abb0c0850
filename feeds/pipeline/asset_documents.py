"""The documents of assets, which are published unchanged."""

from collections.abc import Iterator

from feeds.edition.model import Document
from feeds.errors import Problem
from feeds.pipeline.composition import Composition


def asset_documents(composition: Composition) -> Iterator[Document]:
    """Yield the documents of the assets; an asset that cannot be read now keeps its document."""
    builder, content = composition.builder, composition.content
    unread = set()
    for asset in content.assets:
        document = builder.asset(asset, composition.site.tag_date)
        if isinstance(document, Problem):
            composition.problems.append(document)
            unread.add(asset.path)
        else:
            yield document
    yield from builder.intact_assets(content.unreadable | unread)
