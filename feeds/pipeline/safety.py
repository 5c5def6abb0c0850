"""Safety checks that stop a build from announcing or removing many published entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeds.edition.model import Edition
from feeds.errors import FeedsError, IdChangeLimitError, RemovalLimitError

if TYPE_CHECKING:
    from feeds.model import Protection
    from feeds.pipeline.compose import ComposeResult


@dataclass(frozen=True, slots=True)
class SafetyOverrides:
    """The safety checks that an operator overrides."""

    new_ids: bool = False
    removals: bool = False


def safety_violations(
    before: Edition, composed: "ComposeResult", accepted: SafetyOverrides, protect: "Protection"
) -> Iterator[FeedsError]:
    """Yield the reasons for which a build should stop until the operator confirms it."""
    from feeds.selection.removals import lost_feeds
    from feeds.selection.stable_ids import exceeds_id_change_limit

    renamed = composed.id_changes
    if exceeds_id_change_limit(renamed, before, protect.new_ids) and not accepted.new_ids:
        listed = [f"  {change.source}: {change.old} -> {change.new}" for change in renamed[:20]]
        rest = [f"  and {len(renamed) - 20} more"] if len(renamed) > 20 else []
        changes = "".join(f"\n{line}" for line in [*listed, *rest])
        entries = f"{len(renamed)} {'entry' if len(renamed) == 1 else 'entries'}"
        yield IdChangeLimitError("", "ids.limit", remedy="accept_new_ids", entries=entries, changes=changes)
    if accepted.removals:
        return
    # Possible causes: an empty mount, a wrong path, a script that broke every file.
    changed = {change.old for change in renamed}
    ids = {record.id for record in before.state.files.values()} - changed
    present = composed.published | composed.stale
    lost = len(ids - present)
    paths = {summary.path for summary in composed.edition.state.feeds}
    # A feed whose old path leads on is not lost.
    paths |= {path.rpartition(".")[0] for path in composed.edition.state.moved}
    lost_paths = len(lost_feeds(before, paths, present | changed))
    for kind, count, total in (("entries", lost, len(ids)), ("feeds", lost_paths, len(before.state.feeds))):
        if protect.removals.is_passed(count, total):
            yield RemovalLimitError("", "removals.limit", remedy="accept_removals", count=count, total=total, kind=kind)
