"""New files of a site, and quoting for YAML."""

import json
from pathlib import Path

from feeds.errors import ScaffoldError


def write_new_file(path: Path, written: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(written)
    except FileExistsError:
        raise ScaffoldError(str(path), "new.exists") from None
    except OSError as error:
        raise ScaffoldError(str(path), "system.error", reason=error.strerror or "cannot be written") from None


def quote_yaml(value: str) -> str:
    # Each JSON string is a YAML string. UTF-8 needs no escapes.
    return json.dumps(" ".join(value.split()), ensure_ascii=False)
