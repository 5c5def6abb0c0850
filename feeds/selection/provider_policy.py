"""Display policies of providers, applied to entries."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from feeds.model import Entry, EntryMeta, Image, Organization, Policy
from feeds.text import plain
from feeds.text.html.sanitiser import drop_images


def apply_display_policy(
    entry: Entry,
    head: EntryMeta,
    content: str,
    policies: Mapping[str, Policy],
    logos: Mapping[str, tuple[Image, ...]] | None = None,
) -> Entry:
    """Return an entry reduced to what the feed shows and its provider allows.

    Selection uses the full entry; the policy is applied afterwards.

    Args:
        entry: The full entry from its file.
        head: The entry's metadata after selection.
        content: What the feed shows: `full`, `excerpt` or `none`.
        policies: Display policies, by provider domain.
        logos: Images of providers by domain, for entries without images of their provider.
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
        enclosures=tuple(
            enclosure for enclosure in entry.enclosures if policy.images or not enclosure.type.startswith("image/")
        ),
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
    """Return the images of providers, by domain."""
    return {organization.domain: organization.images for organization in organizations if organization.images}
