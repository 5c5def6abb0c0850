"""Make control characters in foreign text visible before it reaches a terminal, a log or a mail.

Escapes are those of JSON, so that JSON with escapes in it is still JSON and says the same.
"""

import re

# C0 but for tabs and line feeds, DEL and C1, what overrides the direction of text or ends a
# line, and halves of characters that no encoding has.
_ODD = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
_HIDDEN = re.compile(f"[{_ODD}]")
# What colours and a progress bar are made of: `ESC [ 1 m`, and moves of the cursor.
_HIDDEN_FROM_TERMINAL = re.compile(rf"(?!\x1b\[[0-9;]{{0,20}}[mAK]|\x1b\[\?25[lh]|\r)[{_ODD}]")


def escape_controls(text: str, has_colours: bool = False) -> str:
    """Return text in which each control character is an escape such as `\\u009b`.

    Args:
        has_colours: Colours and moves of the cursor stay, as a terminal is sent them.
    """
    # What nearly all lines are.
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return (_HIDDEN_FROM_TERMINAL if has_colours else _HIDDEN).sub(lambda found: f"\\u{ord(found[0]):04x}", text)
