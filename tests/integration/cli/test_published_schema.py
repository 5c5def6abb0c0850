"""The schemas in the repository are those of the command `feeds schema`."""

import json

import jsonschema
import pytest

from tests.support.processes import run
from tests.support.trees import PROJECT


@pytest.mark.parametrize("what", ["config", "entry"])
def test_the_published_schema_equals_the_generated_one(what: str) -> None:
    said = run("schema", what, cwd=PROJECT).stdout
    jsonschema.Draft202012Validator.check_schema(json.loads(said))
    assert (PROJECT / f"schema/{what}.json").read_text("utf-8") == said, f"feeds schema {what} > schema/{what}.json"
