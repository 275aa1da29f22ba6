"""Dated rule sets: which of the tool's rules, score gates and points a pinned setup keeps through later releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from auditor.core.problem import AuditError
from auditor.core.reader import Reader
from auditor.core.text import did_you_mean

FILE = "rulesets.yaml"
KEYS = ("newest", "gates", "points")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """`newest`: the release whose rules are its last ones; `points`: what each of them weighs; `gates`: the gates of the score."""

    name: str
    newest: str
    gates: tuple[str, ...]
    points: Mapping[str, float]

    def has(self, since: str) -> bool:
        """Whether a rule that this version brought is in it."""
        try:
            return Version(since) <= Version(self.newest)
        except InvalidVersion:
            return False


def load_rule_sets(folder: Path) -> dict[str, RuleSet]:
    """By name, the oldest first."""
    reader = Reader(folder / FILE, FILE, links=True)
    rows: dict[str, RuleSet] = {}
    for name, entry in reader.data.items():
        if not isinstance(entry, dict):
            reader.wrong((name,), "a rule set is a mapping of keys")
            continue
        reader.keys(entry, (name,), KEYS, ())
        points = entry.get("points")
        if not isinstance(points, dict) or not all(isinstance(p, (int, float)) for p in points.values()):
            reader.wrong((name, "points"), "points must be a mapping of rules to numbers")
            points = {}
        newest = str(entry.get("newest"))
        try:
            Version(newest)
        except InvalidVersion:
            reader.wrong((name, "newest"), f"{newest!r} is no version")
        rows[name] = RuleSet(name, newest, reader.texts(entry, "gates", (name,)), {rule: float(p) for rule, p in points.items()})
    reader.finish()
    return rows


def rule_set(folder: Path, name: str, place: str | None = None) -> RuleSet:
    """AuditError for a name that there is not; `place`: where it stands."""
    known = load_rule_sets(folder)
    if name not in known:
        near = did_you_mean(name, known)
        raise AuditError(
            f"there is no rule set {name!r}", hint=f"did you mean {near!r}?" if near else f"known: {', '.join(known)}", place=place
        )
    return known[name]
