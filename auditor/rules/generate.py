"""Writes the list of the rules, and of what they can ask about: `python -m auditor.rules.generate`."""

from __future__ import annotations

from itertools import groupby

from auditor.rules.load import builtin_packs, load_packs
from auditor.rules.nouns import markdown


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


if __name__ == "__main__":
    (builtin_packs() / "README.md").write_text(text(), "utf-8")
