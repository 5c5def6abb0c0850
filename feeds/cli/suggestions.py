"""What to write instead of a line that is wrong.

Knows the keys from their schema and nothing of where a line came from. Where nobody
can tell what was meant it shows what such a line looks like.
"""

import difflib
import json
import re

from feeds.config.schema import CONFIG
from feeds.content.schema import ENTRY
from feeds.errors import Problem
from feeds.parsing import schema

_KEY = re.compile(r"^(\s*(?:-\s+)?)([\w.-]+)\s*:\s*(.*)$")
_NAMED = re.compile(r"write '([^']+)' into it")
_UNUSABLE = re.compile(r"missing|empty|no URL|not |neither |expected ")
_MEANT = re.compile(r"did you mean '([^']+)'\?$")


def suggest_replacement(problem: Problem, line: str) -> str | None:
    """Return a line to write where a problem is, or None where there is none to tell.

    Args:
        problem: What is wrong.
        line: The line that it names; empty where there is none.
    """
    key = problem.key.rpartition(".")[2]
    found = _KEY.match(line)
    here = found if found and found[2] == key else None
    indent, value = (here[1], here[3].rstrip()) if here else ("", "")
    if meant := _MEANT.search(problem.message):
        return f"{indent}{meant[1]}: {value}".rstrip() if here else meant[1]
    if problem.message.startswith("expected a list, read as its one item") and here:
        return f"{indent}{key}: [{value}]"
    if remedy := _remedy(problem.message):
        said = remedy.partition(", with")[0]
        return f"{indent}{said}" if said.partition(":")[0] == key else f"{indent}{key}: {said}"
    if named := _NAMED.search(problem.message):
        return named[1]
    example = _example(problem.key)
    if example is not None and _UNUSABLE.match(problem.message):
        return f"{indent}{key}: {json.dumps(example, ensure_ascii=False)}"
    return None


def _remedy(message: str) -> str:
    """Return what a message says in the brackets at its end: `(write this)`."""
    if not message.endswith(")"):
        return ""
    start = message.rfind(")", 0, -1) + 1
    return message[start:-1].partition("(write ")[2]


def similar(key: str) -> str:
    """Return a question for a key that the front matter does not have, or nothing."""
    close = difflib.get_close_matches(key, ENTRY, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _example(key: str) -> object:
    """Return an example of a value for a key of the front matter or the config, with its parents' names before it."""
    parts = key.split(".")
    for table in (ENTRY, CONFIG):
        value = schema.find_schema(table, parts)
        if value and value.get("examples"):
            return value["examples"][0]
    return None
