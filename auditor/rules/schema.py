"""JSON Schemas of rule files and knowledge files, for editors: made of what the readers check."""

from __future__ import annotations

from typing import Any, get_args

from auditor.core.reader import LONGEST_NAME, LONGEST_TEXT
from auditor.graph.types import NOUNS
from auditor.rules.expression import LARGEST, LONGEST
from auditor.rules.load import (
    COLUMNS,
    CONTROLS,
    ID,
    NEEDED,
    OPTIONAL,
    PARAM,
    REMEDIES_NEEDED,
    REMEDIES_OPTIONAL,
    SEVERITIES,
    TOGETHER,
    TRACES,
)
from auditor.rules.names import STATES
from auditor.rules.types import Confidence, Status

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"


def rule_schema() -> Schema:
    """Of `<rule-id>.yaml`."""
    return {
        "$schema": DRAFT,
        "title": "A rule of agentaudit",
        **_mapping(_keys(), NEEDED),
    }


def knowledge_schema() -> Schema:
    """Of `frameworks/<package>.yaml`, without what only the tool's own files may say."""
    from auditor.knowledge.packs import GENERAL, PATTERN
    from auditor.knowledge.types import Knowledge

    schema = Knowledge.model_json_schema(by_alias=True)
    for form, keys in ((schema, GENERAL), *((form, (PATTERN,)) for form in schema["$defs"].values())):
        form["properties"] = {key: value for key, value in form["properties"].items() if key not in keys}
    for form in schema["properties"].values():
        if "patternProperties" in form:
            form["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _mapping(properties: Schema, needed: tuple[str, ...] = ()) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(needed), "properties": properties}


def _text(description: str = "", *, filled: bool = False, most: int = LONGEST_TEXT) -> Schema:
    said = {"description": description} if description else {}
    return {"type": "string", **({"minLength": 1} if filled else {}), "maxLength": most, **said}


def _some(item: Schema, description: str) -> Schema:
    return {"oneOf": [item, {"type": "array", "items": item, "minItems": 1}], "description": description}


def _keys() -> Schema:
    expression = _text(most=LONGEST)
    severity = {"enum": list(SEVERITIES)}
    grade = _mapping({"when": _text(most=LONGEST), "is": severity, "remedy": _text()}, ("is",))
    value = {"type": ["string", "boolean", "number"], "minimum": -LARGEST, "maximum": LARGEST}
    rows: Schema = {
        "id": {**_text("The name of the file, and of the defect.", most=LONGEST_NAME), "pattern": f"^{ID.pattern}$"},
        "title": _text("The defect in a few words.", filled=True),
        "severity": {
            "oneOf": [severity, {"type": "array", "items": grade, "minItems": 2}],
            "description": "A word, or a list of {when: condition, is: severity} that is read from the top; the last one has no condition.",
        },
        "confidence": {"enum": list(get_args(Confidence)), "description": "low never gates."},
        "status": {"enum": list(get_args(Status)), "description": "preview never gates."},
        "since": _text("The version that brought it."),
        "each": _some({"enum": sorted(NOUNS)}, "The noun of which the question is asked, or several."),
        "where": {**expression, "description": "Which of them are in question; all if not given."},
        "flag": {**expression, "minLength": 1, "description": "What is wrong."},
        "measure": {**expression, "description": "The number that can get worse."},
        "at": _text("The field that names where it is mended; the subject if not given."),
        "together": {"enum": list(TOGETHER), "description": "What makes several findings one."},
        "behind": {"oneOf": [_text(), {"type": "array", "items": _text()}], "description": "Rules whose findings speak of the same cause."},
        "trace": {"enum": list(TRACES)},
        "column": {"enum": list(COLUMNS), "description": "The column of the control matrix that it answers."},
        "control": {"enum": list(CONTROLS), "description": "What the settings declare to answer it; the column if not given."},
        "within": _text("The parameter that the value of such a declaration must not exceed."),
        "params": {
            "type": "object",
            "propertyNames": {"pattern": f"^{PARAM.pattern}$", "not": {"enum": list(STATES)}},
            "additionalProperties": value,
            "description": "Thresholds that settings may change.",
        },
        "points": {"type": "number", "minimum": 0, "maximum": 100, "description": "Only of the tool's own rules."},
        "message": _text("With {field} or {field.field} of the noun.", filled=True),
        "remedy": _text("How it is mended.", filled=True),
        "remedies": _mapping(
            {key: _text(filled=key in REMEDIES_NEEDED) for key in (*REMEDIES_NEEDED, *REMEDIES_OPTIONAL)}, REMEDIES_NEEDED
        ),
        "references": {"oneOf": [_text(), {"type": "array", "items": _text()}]},
    }
    return {key: rows[key] for key in (*NEEDED, *OPTIONAL)}
