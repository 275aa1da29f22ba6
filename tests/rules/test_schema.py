"""The JSON Schemas for editors say what the readers check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from auditor.knowledge.load import FOLDER
from auditor.rules.load import NEEDED, OPTIONAL, builtin_packs
from auditor.rules.schema import knowledge_schema, rule_schema
from tests.rules.test_hostile_packs import RULE

RULES = sorted(builtin_packs().glob("*/*.yaml"))
VALIDATOR = jsonschema.Draft7Validator(rule_schema())


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_rule_of_the_tool_satisfies_the_schema(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml"))[::8], ids=lambda path: path.stem)
def test_knowledge_files_satisfy_the_schema(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(knowledge_schema())
    assert [error.message for error in validator.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


def test_the_schemas_are_schemas() -> None:
    jsonschema.Draft7Validator.check_schema(rule_schema())
    jsonschema.Draft202012Validator.check_schema(knowledge_schema())
    assert list(rule_schema()["properties"]) == [*NEEDED, *OPTIONAL]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("severity", "hihg"),
        ("severity", [{"is": "high"}]),
        ("severity", [{"when": "streams", "is": "hihg"}, {"is": "low"}]),
        ("each", "model_cal"),
        ("each", []),
        ("id", "Some Rule"),
        ("flag", 3),
        ("flag", "x" * 1_001),
        ("params", {"limit": [3]}),
        ("params", {"limit": 1e13}),
        ("status", "new"),
        ("other", 1),
        ("remedies", {"setting": "deadline"}),
        ("column", "rety"),
        ("control", "rate-limits"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(key: str, value: Any) -> None:
    rule = yaml.safe_load(RULE)
    assert list(VALIDATOR.iter_errors(rule)) == []
    assert list(VALIDATOR.iter_errors({**rule, key: value}))
    assert key not in NEEDED or list(VALIDATOR.iter_errors({k: v for k, v in rule.items() if k != key}))
