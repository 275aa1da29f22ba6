"""Writes the list of the rules, what they can ask about, and the rule set in work: `python -m auditor.rules.generate`."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from auditor.core.reader import Reader
from auditor.rules.constants import NEWEST
from auditor.rules.load import GATES, builtin_packs, load_packs
from auditor.rules.nouns import markdown
from auditor.rules.packs import RULE_SETS, builtin, files_of
from auditor.rules.rulesets import FOLDER

IN_WORK = "in work"


def text() -> str:
    rows = [
        "# Rules",
        "",
        "One question a rule: `<id>.yaml` asks it; `<id>.md` is its page (`agentaudit explain <id>`), whose examples run as tests.",
        "`severity:` is a word, or a list of `{when: condition, is: severity}` that is read from the top; the last one has no condition.",
        "This list is written by `python -m auditor.rules.generate`.",
    ]
    rules = sorted(load_packs(builtin_packs()), key=lambda r: (r.pack, r.id))
    for pack, found in groupby(rules, key=lambda r: r.pack):
        rows += ["", f"## {pack}", "", "| Rule | Severity | Question of | Says |", "|---|---|---|---|"]
        rows += [f"| [{r.id}]({pack}/{r.id}.md) | {r.severities} | {', '.join(r.each).replace('_', ' ')} | {r.title} |" for r in found]
    return "\n".join([*rows, "", *markdown()]) + "\n"


def rule_set_text() -> str:
    """What judges today: the rules as they are written, the gates of the score, and the constants."""
    rules: dict[str, dict[str, Any]] = {}
    for path, shown, pack in files_of(builtin()).rules:
        rules.setdefault(pack, {})[path.stem] = Reader(path, shown, links=True).data
    gates = Reader(builtin_packs() / GATES, GATES, links=True).data
    return json.dumps({"rules": rules, "gates": gates, "constants": asdict(NEWEST)}, indent=1, ensure_ascii=False) + "\n"


def rule_sets(folder: Path) -> dict[str, str]:
    """By name, the oldest first: the hash that seals it, or that it is in work."""
    reader = Reader(folder / RULE_SETS, RULE_SETS, links=True)
    return {name: reader.text_of(name) for name in reader.data}


def write_rule_sets(folder: Path) -> None:
    """Those that are in work."""
    for name, state in rule_sets(folder).items():
        if state == IN_WORK:
            (folder / FOLDER / f"{name}.json").write_text(rule_set_text(), "utf-8")


if __name__ == "__main__":
    (builtin_packs() / "README.md").write_text(text(), "utf-8")
    write_rule_sets(builtin_packs())
