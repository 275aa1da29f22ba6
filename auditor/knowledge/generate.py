"""Writes the index of the knowledge files, and each of them as JSON: `python -m auditor.knowledge.generate`."""

from __future__ import annotations

import json

from auditor.knowledge.load import COMPILED, FOLDER, INDEX, compiled, make_index


def text() -> str:
    return json.dumps(make_index(), indent=1, sort_keys=True) + "\n"


def generate() -> None:
    INDEX.write_text(text(), "utf-8")
    COMPILED.mkdir(exist_ok=True)
    made = {f"{path.stem}.jsonl": compiled(path) for path in FOLDER.glob("*.yaml")}
    for old in COMPILED.glob("*.jsonl"):
        if old.name not in made:
            old.unlink()
    for name, lines in made.items():
        (COMPILED / name).write_text(lines, "utf-8")


if __name__ == "__main__":
    generate()
