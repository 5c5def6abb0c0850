"""The page about problems, from the table of messages: `python -m tests.support.problem_docs` writes it."""

from pathlib import Path

from feeds.messages import MESSAGES

PAGE = Path(__file__).parents[2] / "docs/problems.md"
LEVELS = {
    "error": "error",
    "warning": "warning",
    "note": "note",
    "either": "error or warning",
    "bug": "bug",
    "stop": "stops the command",
}
HEAD = """# Problems

This page is for authors who want to know what a message of `feeds check` or `feeds build` means, and for
programs that read them.

```sh
feeds check --format json | jq -r '.problems[] | "\\(.path):\\(.line) \\(.code)"'
```

Each problem has a code, in the JSON of `feeds check` and `feeds build` and in the annotations of GitHub. Codes
stay the same when the wording changes. The JSON also has the parameters, which are in {braces} below.

- An **error** in an entry costs the entry: it is not published. An error in a topic costs the topic its feed. In the
  config every mistake is an error.
- A **warning** costs at most one value. It stops nothing, except with `--strict`. Inside a part such as `provider`
  or `related` an error costs the part, so it is a warning.
- A **note** is no mistake, and stops nothing: it says what a build does with an entry.
- A **bug** is a defect of Everyday Feeds. It costs the entry.
- The others **stop the command**: nothing is written.

| Code | Level | Text | Effect | Remedy |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the text of the page."""
    rows = []
    for code, message in MESSAGES.items():
        cells = (f"`{code}`", LEVELS[message.level], message.text, message.effect, message.remedy)
        rows.append("| " + " | ".join(cell.replace("|", "\\|").strip() for cell in cells) + " |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
