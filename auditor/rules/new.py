"""A rule to begin with: two files that pass their own test."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.core.problem import AuditError
from auditor.core.reader import LONGEST_NAME
from auditor.rules.load import ID
from auditor.rules.schema import rule_schema

SCHEMA = "rule.schema.json"
TEMPLATE = Path(__file__).parent / "template"
ID_THERE = "RULE-ID"


def write_rule(name: str, folder: Path) -> list[Path]:
    """The files that were written; AuditError where one is there already."""
    from auditor.rules.packs import builtin, rules_of

    if not ID.fullmatch(name) or len(name) > LONGEST_NAME:
        hint = f"small letters, digits and hyphens, at most {LONGEST_NAME}: slow-model-call"
        raise AuditError(f"{name[:LONGEST_NAME]!r} is no id of a rule", hint=hint)
    if any(rule.id == name for rule in rules_of([builtin()])):
        raise AuditError(f"the tool itself has a rule {name!r}", hint="choose another id")
    paths = [folder / f"{name}.yaml", folder / f"{name}.md"]
    for path in paths:
        if path.exists() or path.is_symlink():
            raise AuditError(f"{path} is there already", hint="choose another id, or edit it")
    schema = folder / SCHEMA
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            template = (TEMPLATE / f"rule{path.suffix}").read_text("utf-8")
            path.write_text(template.replace(ID_THERE, name), "utf-8", newline="\n")
        if not schema.exists() and not schema.is_symlink():
            schema.write_text(json.dumps(rule_schema(), indent=1) + "\n", "utf-8", newline="\n")
            paths.append(schema)
    except OSError as error:
        raise AuditError(f"cannot write to {folder}: {error.strerror or error}") from error
    return paths
