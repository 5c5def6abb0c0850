"""Show entries as their providers allow."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from feeds.model import Entry, EntryMeta, Image, Organization, Policy
from feeds.text import plain
from feeds.text.sanitiser import drop_images


def apply_display_policy(
    entry: Entry,
    head: EntryMeta,
    content: str,
    policies: Mapping[str, Policy],
    logos: Mapping[str, tuple[Image, ...]] | None = None,
) -> Entry:
    """Return as much of an entry as a feed shows of it, and its provider allows to be shown.

    It is selected by what it is, and restricted after that.

    Args:
        entry: The whole entry, as its file has it.
        head: What became of it on the way to the feed.
        content: How much the feed shows: `full`, `excerpt` or `none`.
        policies: What is agreed with providers, by their domain.
        logos: Pictures of providers by their domain, for entries that have none of theirs.
    """
    if logos and entry.provider and not entry.provider.images:
        entry = replace(entry, provider=replace(entry.provider, images=logos.get(entry.provider.domain or "", ())))
    entry = replace(
        entry, id=head.id, updated=head.updated, categories=head.categories, tags=head.tags, merged=head.merged
    )
    if head.merged:
        listed = {item.link: item for item in (*head.merged, *entry.related) if item.link not in entry.links}
        entry = replace(entry, related=tuple(listed.values()))
    if policy := policy_of(entry, policies):
        entry = _apply_provider_policy(entry, policy)
    if content != "full":
        entry = replace(entry, content=None)
    if content == "none":
        entry = replace(
            entry, summary=None, images=(), enclosures=(), related=(), actions=(), facts=(), player=None, video=None
        )
    return entry


def _apply_provider_policy(entry: Entry, policy: Policy) -> Entry:
    content, summary = entry.content, entry.summary
    if policy.excerpt is not None:
        content = None
        summary = plain.shorten(summary, policy.excerpt) if summary and policy.excerpt else None
    if not policy.images and content:
        content = drop_images(content)
    return replace(
        entry,
        link=displayed_link(entry, policy),
        summary=summary,
        content=content,
        images=entry.images if policy.images else (),
        enclosures=tuple(each for each in entry.enclosures if policy.images or not each.type.startswith("image/")),
        credit=policy.credit,
        license=policy.license,
    )


def policy_of(entry: EntryMeta, policies: Mapping[str, Policy]) -> Policy | None:
    return policies.get(entry.provider.domain) if policies and entry.provider and entry.provider.domain else None


def displayed_link(entry: EntryMeta, policy: Policy | None) -> str:
    if policy is None:
        return entry.link
    return {"web": entry.link, "original": entry.original, "amp": entry.amp}[policy.link] or entry.link


def logos(organizations: Iterable[Organization]) -> dict[str, tuple[Image, ...]]:
    """Return the pictures of each provider that has some, by its domain."""
    return {each.domain: each.images for each in organizations if each.images}
