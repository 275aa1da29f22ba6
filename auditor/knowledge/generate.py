"""Writes the index of the knowledge files: `python -m auditor.knowledge.generate`."""

from __future__ import annotations

import json

from auditor.knowledge.load import INDEX, make_index


def text() -> str:
    return json.dumps(make_index(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    INDEX.write_text(text(), "utf-8")
