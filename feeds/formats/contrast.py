"""A colour that can be read on another one, as near to what was asked for as can be.

WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 to 1, whichever accent a config has.
"""

_ENOUGH = 4.7  # a little more, because what lies behind a text is not always the page
_STEPS = 50


def readable(colour: str, background: str) -> str:
    """Return the colour (`#rrggbb`), lighter or darker where it could not be read on the background."""
    given, ground = _parts(colour), _parts(background)
    aim = (0, 0, 0) if _luminance(ground) > 0.18 else (255, 255, 255)
    for step in range(_STEPS + 1):
        mixed = tuple(round(each + (end - each) * step / _STEPS) for each, end in zip(given, aim, strict=True))
        if contrast(mixed, ground) >= _ENOUGH:
            break
    return "#" + "".join(f"{each:02x}" for each in mixed)


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the contrast of two colours: 1 for none, 21 at most."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _luminance(colour: tuple[int, ...]) -> float:
    linear = [each / 255 / 12.92 if each <= 10 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
