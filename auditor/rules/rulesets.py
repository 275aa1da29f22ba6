"""Dated rule sets: all that judged when a release was made, so that what is pinned to it is judged the same by later ones.

Each is a file of JSON that `auditor.rules.generate` makes: the rules as they are written, the gates of the score, and the constants. A rule
may read any field that its noun had, so fields of nouns, keys of rules and words of their language are added and never taken away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from auditor.core.problem import AuditError
from auditor.core.reader import Reader, read_text
from auditor.core.text import did_you_mean
from auditor.rules.constants import NEWEST, Constants
from auditor.rules.load import gates_of, rule_of
from auditor.rules.types import Gate, Rule

FOLDER = "rulesets"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that judges; `version`: how reports call it."""

    rules: Sequence[Rule]
    gates: Sequence[Gate] = ()
    constants: Constants = NEWEST
    version: str = ""


def names(folder: Path) -> list[str]:
    """The oldest first."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*.json"))


def check_name(folder: Path, name: str, place: str | None = None) -> None:
    """AuditError for a set that there is not; `place`: where it is named."""
    known = names(folder)
    if name not in known:
        near = did_you_mean(name, known)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
        raise AuditError(f"there is no rule set {name!r}", hint=hint, place=place)


def rule_set(folder: Path, name: str) -> Catalogue:
    """AuditError where this version cannot read it."""
    check_name(folder, name)
    shown = f"{FOLDER}/{name}.json"
    try:
        data = json.loads(read_text(folder / shown, shown, links=True))
        rules = [_rule(folder, shown, pack, *row) for pack, rows in data["rules"].items() for row in rows.items()]
        reader = Reader.of_data(data["gates"], f"{shown} (gates)")
        gates = gates_of(reader, rules)
        constants = _constants(data["constants"])
    except AuditError as error:
        raise _unreadable(name, error.message) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(name, f"{shown}: {type(error).__name__}: {error}") from error
    return Catalogue(sorted(rules, key=lambda rule: rule.id), gates, constants, name)


def _unreadable(name: str, said: str) -> AuditError:
    return AuditError(f"this version cannot read the rule set {name}\n{said}", hint="pin a later one, or use the version that it is of")


def _rule(folder: Path, shown: str, pack: str, name: str, data: object) -> Rule:
    """With the page of today, where the rule is still there."""
    reader = Reader.of_data(data, f"{shown} ({name})")
    rule = rule_of(reader, name, pack, own=True)
    reader.finish()
    page = folder / pack / f"{name}.md"
    return replace(rule, page=read_text(page, page.name, links=True) if page.is_file() else "")


def _constants(data: Mapping[str, Any]) -> Constants:
    if data.keys() ^ {f.name for f in fields(Constants)}:
        raise ValueError(f"other constants than {', '.join(f.name for f in fields(Constants))}")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Constants(**given)
