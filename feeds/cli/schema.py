"""The command `feeds schema`: JSON Schemas for editors."""

import json

import click

from feeds.config.schema import config_schema
from feeds.content.schema import entry_schema


@click.command(short_help="Print a JSON Schema, for editors.")
@click.argument("what", type=click.Choice(["config", "entry"]))
def schema(what: str) -> None:
    """Print the JSON Schema of the config or of an entry's front matter.

    With this first line in config.yaml, an editor completes and checks the file:

    \b
      # yaml-language-server: $schema=schema/config.json

    \b
    Examples:
      feeds schema config > schema/config.json
      feeds schema entry > schema/entry.json
    """
    json_schema = config_schema() if what == "config" else entry_schema()
    click.echo(json.dumps(json_schema, ensure_ascii=False, indent=1))
