"""Collect the messages of a checker, one per broken rule.

Does not rank: a broken MUST and a broken recommendation both give a message, and only no message is a pass.

Spec: none; a message is `code: text`, and the code is stable.
"""


class Report:
    """Hold the messages of one document, in the order the rules were applied."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def rule(self, code: str, holds: object, text: str) -> bool:
        """Note `text` under `code` unless `holds`; return whether it held."""
        if not holds:
            message = f"{code}: {text}"
            if message not in self.messages:
                self.messages.append(message)
        return bool(holds)
