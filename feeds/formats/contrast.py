"""Readable colours: the nearest shade with enough contrast to a background.

WCAG 2.2, success criterion 1.4.3: a contrast of at least 4.5 to 1, for any accent colour.
"""

_ENOUGH = 4.7  # a little more than 4.5, because the background of a text is not always the page's
_STEPS = 50


def readable(colour: str, background: str) -> str:
    """Return the colour (`#rrggbb`), made lighter or darker until it is readable on the background."""
    start, ground = _parts(colour), _parts(background)
    aim = (0, 0, 0) if _luminance(ground) > 0.18 else (255, 255, 255)
    for step in range(_STEPS + 1):
        mixed = tuple(round(channel + (end - channel) * step / _STEPS) for channel, end in zip(start, aim, strict=True))
        if contrast(mixed, ground) >= _ENOUGH:
            break
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Return the contrast of two colours: from 1 for equal colours to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _luminance(colour: tuple[int, ...]) -> float:
    linear = [
        channel / 255 / 12.92 if channel <= 10 else ((channel / 255 + 0.055) / 1.055) ** 2.4 for channel in colour
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
