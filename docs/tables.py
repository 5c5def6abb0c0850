"""Write the tables of keys in docs/config.md and docs/content.md from the schemas.

`make docs` runs it. With `--check`, it writes nothing, and exits with 1 if a page is not current.
A page has each table between `<!-- keys: NAME key key … -->` and `<!-- end -->`. NAME is a table of the
schema modules, or a path into one (`ENTRY.provider`). Without keys, the table has all keys of NAME.
"""

import re
import sys
from pathlib import Path
from typing import Any

from feeds.config import schema as config_schema
from feeds.content import schema as content_schema
from feeds.parsing import schema as parsing_schema

PAGES = {"config.md": config_schema, "content.md": content_schema}
TABLE = re.compile(r"(<!-- keys: ([\w.]+)((?: \w+)*) -->\n).*?(<!-- end -->)", re.DOTALL)


def find_keys(module: Any, path: str) -> dict[str, Any]:
    """Return the keys of a table or of a mapping in a table."""
    name, *inner = path.split(".")
    keys: dict[str, Any] = getattr(module, name, None) or getattr(parsing_schema, name)
    for key in inner:
        keys = properties(keys[key])
    return keys


def properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a mapping, or of the mappings in a list."""
    if "anyOf" in schema:
        schema = schema["anyOf"][1]
    found: dict[str, Any] = schema.get("properties", {})
    return found


def example(schema: dict[str, Any]) -> str:
    """Return the example of a key as YAML, or an empty string."""
    if not schema.get("examples"):
        return f"`{schema['enum'][-1]}`" if schema.get("enum") else ""
    value = schema["examples"][0]
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table(keys: dict[str, Any], wanted: list[str]) -> str:
    """Return a Markdown table of keys."""
    lines = ["| key | meaning | example |", "|---|---|---|"]
    for key in wanted or keys:
        meaning = keys[key]["description"]
        if most := keys[key].get("maxItems") or keys[key].get("anyOf", [{}])[0].get("maxItems"):
            meaning += f" At most {most} items."
        lines.append(f"| `{key}` | {meaning} | {example(keys[key])} |")
    return "\n".join(lines)


def with_tables(page: Path) -> str:
    """Return the text of a page with current tables."""
    return TABLE.sub(
        lambda match: f"{match[1]}\n{table(find_keys(PAGES[page.name], match[2]), match[3].split())}\n\n{match[4]}",
        page.read_text("utf-8"),
    )


def main() -> None:
    """Write the pages, or check them."""
    stale = []
    for name in PAGES:
        page = Path(__file__).with_name(name)
        text = with_tables(page)
        if text != page.read_text("utf-8"):
            stale.append(name)
            if "--check" not in sys.argv:
                page.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"not current: {', '.join(stale)} (run `make docs`)")


if __name__ == "__main__":
    main()
