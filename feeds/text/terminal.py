"""Escapes for control characters in untrusted text that goes to a terminal, a log or a mail.

The escapes are those of JSON, so escaped JSON is still JSON with the same values.
"""

import re

# C0 controls except tab and line feed, DEL, C1 controls, characters that override the text direction or
# end a line, and lone surrogates.
_ODD = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
_HIDDEN = re.compile(f"[{_ODD}]")
# Sequences for colours and a progress bar: `ESC [ 1 m`, and cursor moves.
_HIDDEN_FROM_TERMINAL = re.compile(rf"(?!\x1b\[[0-9;]{{0,20}}[mAK]|\x1b\[\?25[lh]|\r)[{_ODD}]")


def escape_controls(text: str, has_colours: bool = False) -> str:
    """Replace each control character by an escape such as `\\u009b`.

    Args:
        has_colours: Keep colours and cursor moves, for output to a terminal.
    """
    # The usual case.
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return (_HIDDEN_FROM_TERMINAL if has_colours else _HIDDEN).sub(lambda match: f"\\u{ord(match[0]):04x}", text)
