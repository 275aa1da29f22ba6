"""Findings are recognised again: what is new, worse, known or gone against a baseline or a commit."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.judgement.attempts import CallAttempts
from auditor.judgement.types import Coverage, Finding, Gone, Measure, Score, VerdictName

KnownState: TypeAlias = Literal["open", "baselined"]


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of the base. `unplaced`: its hash without the path; `at` has line 0 where only the path is known."""

    rule: str
    symbol: str
    at: Location
    fingerprint: str
    unplaced: str
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What a scan is compared with: a baseline file or a commit, by `name`.

    `gates`: the score gates that had failed. A baseline file knows neither verdict, score, coverage nor attempts. `notes`: what a reader of
    the comparison must know.
    """

    kind: Literal["baseline", "commit"]
    name: str
    known: tuple[Known, ...] = ()
    gates: tuple[str, ...] = ()
    verdict: VerdictName | None = None
    score: Score | None = None
    coverage: Coverage | None = None
    attempts: tuple[CallAttempts, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> KnownState:
        return "baselined" if self.kind == "baseline" else "open"


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings with their states, in the same order, and what the base had and is gone."""

    findings: tuple[Finding, ...]
    gone: tuple[Known, ...]

    @property
    def fixed(self) -> tuple[Gone, ...]:
        return tuple(Gone(known.rule, known.at, known.fingerprint) for known in self.gone)


def known_of(findings: Iterable[Finding]) -> list[Known]:
    """What later findings are compared with; a suppressed one is none of them: without its comment it counts as new."""
    return [Known(f.rule, f.symbol, f.at, f.fingerprint, unplaced(f), f.measure) for f in findings if f.state != "suppressed"]


def unplaced(finding: Finding) -> str:
    """The fingerprint without the path: never to be changed."""
    parts = (finding.rule, finding.qualname, finding.callee)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def compare(findings: Sequence[Finding], base: Sequence[Known], *, paths: Collection[str], state: KnownState) -> Compared:
    """Counted multisets on the fingerprint; what is left over is paired once more without the path, if the old path is gone.

    `findings` are in source order, `paths` are the files that there are now, `state` is what known findings become. A suppressed finding
    stays so, and pairs only with what no open one took: its base is not gone.
    """
    pairs: dict[int, Known] = {}
    left = list(base)
    of_finding: dict[str, Callable[[Finding], str]] = {"fingerprint": lambda f: f.fingerprint, "unplaced": unplaced}
    for suppressed in (False, True):
        for key, identity in of_finding.items():
            waiting = [n for n, f in enumerate(findings) if n not in pairs and (f.state == "suppressed") == suppressed]
            known = [k for k in left if key == "fingerprint" or k.at.path not in paths]
            rows = _paired([(identity(findings[n]), n) for n in waiting], [(getattr(k, key), k) for k in known], findings)
            pairs |= rows
            taken = {id(k) for k in rows.values()}
            left = [k for k in left if id(k) not in taken]
    return Compared(
        tuple(_judged(f, pairs.get(n), state) for n, f in enumerate(findings)),
        tuple(left),
    )


def grew(before: Measure | None, after: Measure | None) -> bool:
    """Whether a measure is strictly larger; of measures of other names nothing is said."""
    return before is not None and after is not None and before.name == after.name and _size(after) > _size(before)


def _paired(found: Iterable[tuple[str, int]], base: Iterable[tuple[str, Known]], findings: Sequence[Finding]) -> dict[int, Known]:
    """The first in source order are known, as many as there were; these are paired by falling measure."""
    by_hash: dict[str, list[Known]] = defaultdict(list)
    for key, known in base:
        by_hash[key].append(known)
    now: dict[str, list[int]] = defaultdict(list)
    for key, number in found:
        if len(now[key]) < len(by_hash.get(key, ())):
            now[key].append(number)
    rows: dict[int, Known] = {}
    for key, numbers in now.items():
        olds = sorted(by_hash.get(key, ()), key=lambda k: -_size(k.measure))
        rows |= dict(zip(sorted(numbers, key=lambda n: (-_size(findings[n].measure), n)), olds, strict=False))
    return rows


def _judged(finding: Finding, known: Known | None, state: KnownState) -> Finding:
    if finding.state == "suppressed":
        return finding
    if known is None:
        return replace(finding, state="new")
    if grew(known.measure, finding.measure):
        return replace(finding, state="worse", before=known.measure)
    return replace(finding, state=state)


def _size(measure: Measure | None) -> float:
    if measure is None:
        return float("-inf")
    return (
        float("inf") if measure.value is UNBOUNDED else float(measure.value) if isinstance(measure.value, (int, float)) else float("-inf")
    )
