"""Output of the statistics: a table for a terminal, JSON, or an HTML page with charts.

The page is self-contained: no script, no other file, no request. Each chart repeats the numbers
of the table next to it, so the page is complete without the charts.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from textwrap import fill

from jinja2 import Environment, PackageLoader, StrictUndefined

from feeds.stats.report import Stats
from feeds.text.plain import duration
from feeds.text.tables import table_lines

_SHOWN = 20  # most rows of an unbounded table; the JSON output has all rows
_NAMES = 8
_PARTS = {"feeds": "feeds", "archives": "their archives", "pages": "pages", "rest": "something else"}
Row = tuple[str | int, ...]


def to_json(stats: Stats) -> str:
    """Return all statistics as JSON: attribute names as keys, pairs as lists, times in ISO 8601."""
    return json.dumps(asdict(stats), ensure_ascii=False, indent=1, default=_moment)


def _moment(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def to_table(stats: Stats, width: int | None = None) -> str:
    """Return plain-text tables; lines are cut to `width` where the numbers allow it."""
    parts = [
        "\n".join(fill(sentence, width) if width else sentence for sentence in _summary(stats)),
        _table(
            ("FEED", "SUBSCRIBERS", "POLLERS", "POLLS", "304", "SENT", "DECLARED"),
            (
                (
                    feed.path,
                    feed.subscribers,
                    feed.pollers,
                    feed.polls,
                    _percent(feed.not_modified, feed.polls),
                    _size(feed.size),
                    _names(feed.declared),
                )
                for feed in stats.audiences
            ),
            width,
        ),
        _table(
            ("CLIENT", "CLIENTS", "REQUESTS", "EVERY", "304", "SENT", "WASTED", "ERRORS", "KIND"),
            (
                (
                    client.family,
                    client.clients,
                    client.requests,
                    _duration(client.interval),
                    _percent(client.not_modified, client.polls),
                    _size(client.size),
                    _size(client.wasted),
                    client.errors,
                    client.kind,
                )
                for client in stats.manners[:_SHOWN]
            ),
            width,
            len(stats.manners) - _SHOWN,
        ),
        _table(
            ("DEAD FEED", "STATUS", "REQUESTS", "CLIENTS", "WHO"),
            ((feed.path, feed.status, feed.requests, feed.clients, _names(feed.who)) for feed in stats.dead[:_SHOWN]),
            width,
            len(stats.dead) - _SHOWN,
        ),
        _table(
            ("ERROR", "STATUS", "REQUESTS"),
            (
                (failure.path or "(not HTTP)", failure.status or "-", failure.requests)
                for failure in stats.failures[:_SHOWN]
            ),
            width,
            len(stats.failures) - _SHOWN,
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(head: tuple[str, ...], rows: Iterable[Row], width: int | None, left: int = 0) -> str:
    """Return aligned columns; the first and the last are text and are cut to fit `width`."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        return ""
    text_columns = [column for column, name in enumerate(head) if name in ("DECLARED", "KIND", "WHO") or not column]
    numbers = set(range(len(head))) - set(text_columns)
    lines = table_lines([head, *cells], numbers, width, text_columns[::-1])
    return "\n".join([*lines, f"and {left} more"] if left > 0 else lines)


def to_page(stats: Stats) -> bytes:
    """Return an HTML page with the same tables and a chart in each."""
    environment = Environment(
        loader=PackageLoader("feeds.stats"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"size": _size, "duration": _duration, "names": _names}
    page = environment.get_template("stats.html").render(
        stats=stats,
        summary=_summary(stats),
        percent=_percent,
        shown=_SHOWN * 5,
        polls=[sum(day) for day in zip(*(feed.days for feed in stats.audiences), strict=True)],
    )
    return page.encode()


def _summary(stats: Stats) -> Sequence[str]:
    """Return the sentences before the tables."""
    sentences = [f"{stats.requests} requests"]
    if stats.since and stats.until:
        sentences[0] += f" from {stats.since:%Y-%m-%d %H:%M} to {stats.until:%Y-%m-%d %H:%M} UTC"
        parts = (f"{number} for {_PARTS[part]}" for part, number in stats.parts.items() if number)
        sentences[0] += f": {', '.join(parts)}."
    if stats.broken:
        sentences.append(f"{stats.broken} lines are not requests.")
    if stats.anonymous:
        sentences.append(
            f"The log does not identify the client of {stats.anonymous} requests: "
            "there are at least as many pollers as shown here."
        )
    never = [feed.path for feed in stats.audiences if not feed.polls]
    if never:
        sentences.append(f"{len(never)} feeds were never polled.")
    return sentences


def _percent(part: int, whole: int) -> str:
    """Format a share in percent, or a dash if the whole is zero."""
    return f"{100 * part // whole} %" if whole else "-"


def _size(number: int) -> str:
    """Format a number of bytes for people."""
    value = float(number)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _duration(seconds: int | None) -> str:
    """Format seconds for people, or return a dash for None."""
    return "-" if seconds is None else duration(seconds)


def _names(pairs: Sequence[tuple[str, int]]) -> str:
    """Return the first names with their numbers, and the number of the other names."""
    rest = [f"and {len(pairs) - _NAMES} more"] if len(pairs) > _NAMES else []
    return ", ".join([f"{name} {number}" for name, number in pairs[:_NAMES]] + rest)
