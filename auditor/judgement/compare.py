"""Findings are recognised again: what is new, worse, known or gone against a baseline or a commit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.judgement.attempts import CallAttempts
from auditor.judgement.types import Coverage, Finding, Gone, Measure, Score, VerdictName

DIGITS = 16
"""of the digest of a site"""

Site: TypeAlias = tuple[str, str]
"""path and digest"""
KnownState: TypeAlias = Literal["open", "baselined"]


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of the base.

    `unplaced`: its hash without the path; `at` has line 0 where only the path is known; `sites`: path and digest of each, none where the
    finding is its only site.
    """

    rule: str
    symbol: str
    at: Location
    fingerprint: str
    unplaced: str
    measure: Measure | None = None
    sites: tuple[Site, ...] = ()

    @property
    def places(self) -> tuple[Site, ...]:
        return self.sites or ((self.at.path, self.unplaced[:DIGITS]),)


@dataclass(frozen=True, slots=True)
class Base:
    """What a scan is compared with: a baseline file or a commit, by `name`.

    `gates`: the score gates that had failed. A baseline file knows neither verdict, score, coverage nor attempts. `gone`: files that it had
    and that are no longer there (None: all that are not there now). `same`: all that is read of it reads as it does now.
    `notes`: what a reader of the comparison must know.
    """

    kind: Literal["baseline", "commit"]
    name: str
    known: tuple[Known, ...] = ()
    gates: tuple[str, ...] = ()
    verdict: VerdictName | None = None
    score: Score | None = None
    coverage: Coverage | None = None
    attempts: tuple[CallAttempts, ...] = ()
    gone: frozenset[str] | None = None
    same: bool = False
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> KnownState:
        return "baselined" if self.kind == "baseline" else "open"


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings with their states, in the same order; what the base had and is gone; the pairs of a finding and its like in the base."""

    findings: tuple[Finding, ...]
    gone: tuple[Known, ...]
    known: tuple[tuple[Finding, Known], ...] = ()

    @property
    def fixed(self) -> tuple[Gone, ...]:
        return tuple(Gone(known.rule, known.at, known.fingerprint) for known in self.gone)


def known_of(findings: Iterable[Finding]) -> list[Known]:
    """What later findings are compared with; a suppressed one is none of them: without its comment it counts as new."""
    return [Known(f.rule, f.symbol, f.at, f.fingerprint, f.unplaced, f.measure, _sites(f)) for f in findings if f.state != "suppressed"]


def _sites(finding: Finding) -> tuple[Site, ...]:
    sites = tuple(sorted((site.at.path, site.digest) for site in finding.sites))
    return () if sites == ((finding.at.path, finding.unplaced[:DIGITS]),) else sites


def _places(finding: Finding) -> tuple[Site, ...]:
    return _sites(finding) or ((finding.at.path, finding.unplaced[:DIGITS]),)


class Sites:
    """The sites of a base, counted: each can be found again once, in its file or, where that is gone, in another."""

    def __init__(self, base: Iterable[Known], paths: Collection[str]) -> None:
        rows = [site for known in base for site in known.places]
        self.placed = Counter(rows)
        self.loose = Counter(digest for path, digest in rows if path not in paths)

    def take(self, site: Site) -> bool:
        """Whether it was there."""
        if self.placed[site]:
            self.placed[site] -= 1
            return True
        if self.loose[site[1]]:
            self.loose[site[1]] -= 1
            return True
        return False


def compare(findings: Sequence[Finding], base: Sequence[Known], *, paths: Collection[str], state: KnownState) -> Compared:
    """Counted multisets on the fingerprint; what is left over is paired once more without the path, if the old path is gone.

    `findings` are in source order, `paths` are the files that there are now, `state` is what known findings become. A suppressed finding
    stays so, and pairs only with what no open one took: its base is not gone. What only groups known sites in another way is known, too.
    """
    pairs: dict[int, Known] = {}
    left = list(base)
    for suppressed in (False, True):
        for key in ("fingerprint", "unplaced"):
            waiting = [n for n, f in enumerate(findings) if n not in pairs and (f.state == "suppressed") == suppressed and not f.added]
            known = [k for k in left if key == "fingerprint" or k.at.path not in paths]
            rows = _paired([(getattr(findings[n], key), n) for n in waiting], [(getattr(k, key), k) for k in known], findings)
            pairs |= rows
            taken = {id(k) for k in rows.values()}
            left = [k for k in left if id(k) not in taken]
    regrouped = _Regrouped(findings, base)
    return Compared(
        tuple(_judged(f, pairs.get(n) or regrouped.known(f), state) for n, f in enumerate(findings)),
        tuple(k for k in left if not regrouped.is_there(k)),
        tuple((findings[n], known) for n, known in sorted(pairs.items())),
    )


class _Regrouped:
    """Sites counted on both sides: how subjects are taken together may change although none of them does."""

    def __init__(self, findings: Sequence[Finding], base: Sequence[Known]) -> None:
        self.now = Counter(site for f in findings if f.state != "suppressed" for site in _places(f))
        self.there = Counter(site for f in findings for site in _places(f))
        self.then = Counter(site for known in base for site in known.places)
        self.holders: dict[Site, list[Known]] = defaultdict(list)
        for known in base:
            for site in known.places:
                self.holders[site].append(known)

    def known(self, finding: Finding) -> Known | None:
        """The finding of the base with the largest measure that holds a site, if there is no site more than there was."""
        sites = _places(finding)
        if finding.added or finding.state == "suppressed" or any(self.now[site] > self.then[site] for site in sites):
            return None
        return max((known for site in sites for known in self.holders[site]), key=lambda k: _size(k.measure))

    def is_there(self, known: Known) -> bool:
        return all(self.then[site] <= self.there[site] for site in known.places)


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
