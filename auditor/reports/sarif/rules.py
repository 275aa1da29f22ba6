"""The rules of a SARIF document: constant text, equal in all repositories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from auditor.judgement.types import Finding
from auditor.reports.report import Report
from auditor.reports.sarif.levels import level_of
from auditor.reports.sarif.words import MOST_RULE_TEXT, cut, sentence
from auditor.rules.types import Rule

Json: TypeAlias = dict[str, Any]

PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}
MOST_TAGS = 10


def rules_of(report: Report, findings: Iterable[Finding]) -> list[Rule]:
    """All rules that ran, by id; of a finding whose rule is not among them, what the finding knows of it."""
    known = {rule.id: rule for rule in report.rules}
    for finding in findings:
        if finding.rule not in known:
            known[finding.rule] = _told_by(finding)
    return [known[name] for name in sorted(known)]


def _told_by(finding: Finding) -> Rule:
    return Rule(
        id=finding.rule,
        title=finding.title,
        severity=finding.severity,  # type: ignore[arg-type]
        confidence=finding.confidence,  # type: ignore[arg-type]
        status=finding.status,  # type: ignore[arg-type]
        pack=finding.pack,
        each=(),
    )


def descriptor(rule: Rule) -> Json:
    """Never a `security-severity`: it would make a security alert of a matter of readiness."""
    worst = level_of(rule)
    sections = _sections(rule.page)
    why = next(iter(sections.get("Why", [])), rule.title)
    tags = [rule.pack, "production-readiness", *([] if rule.status == "stable" else [rule.status])]
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": sentence(cut(rule.title, MOST_RULE_TEXT))},
        "fullDescription": {"text": sentence(cut(why, MOST_RULE_TEXT))},
        "help": {"text": _help(rule, sections), "markdown": rule.page or rule.title},
        "defaultConfiguration": {"level": worst},
        "properties": {
            "precision": rule.confidence,
            "problem.severity": PROBLEM[worst],
            "tags": tags[:MOST_TAGS],
            "severity": rule.severities,
        },
    }


def _help(rule: Rule, sections: Mapping[str, list[str]]) -> str:
    """The prose of the page: viewers without Markdown show no code well."""
    rows = [f"{name}:\n{text}" for name in ("Why", "Flagged", "Remedy") if (text := "\n".join(sections.get(name, ())))]
    return "\n\n".join([sentence(rule.title), *rows])


def _sections(page: str) -> dict[str, list[str]]:
    """The paragraphs and list items of each section, each on one line, without the code."""
    found: dict[str, list[str]] = {}
    rows: list[str] = []
    code, joined = False, False
    for line in page.splitlines():
        if line.startswith("```"):
            code, joined = not code, False
        elif code or not line.strip():
            joined = False
        elif line.startswith("## "):
            rows, joined = found.setdefault(line[3:].strip(), []), False
        elif joined and not line.startswith("- "):
            rows[-1] += " " + line.strip().replace("`", "'")
        else:
            rows.append(line.strip().replace("`", "'"))
            joined = True
    return found
