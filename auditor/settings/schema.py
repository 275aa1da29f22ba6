"""Writes the JSON Schema of the settings: `python -m auditor.settings.schema`."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).parents[1] / "settings.schema.json"


def text() -> str:
    from auditor.settings.model import Model

    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Model.model_json_schema()}
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
