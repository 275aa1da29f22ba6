"""Findings are recognised again: what is new, worse, known or gone against a baseline or a commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.judgement.attempts import CallAttempts
from auditor.judgement.roles import GATING
from auditor.judgement.types import DIGITS, SEVERITIES, Coverage, Finding, Gone, Measure, Score, Site, VerdictName

T = TypeVar("T", bound=Hashable)
K = TypeVar("K", bound=Hashable)
KnownState: TypeAlias = Literal["open", "baselined"]


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of the base.

    `unplaced`: its hash without the path; `at` has line 0 where only the path is known; `sites`: path and digest of each, none where the
    finding is its only site; `severity` and `role` are empty where they are not known.
    """

    rule: str
    symbol: str
    at: Location
    fingerprint: str
    unplaced: str
    measure: Measure | None = None
    sites: tuple[Site, ...] = ()
    severity: str = ""
    role: str = ""

    @property
    def own(self) -> Site:
        return self.at.path, self.unplaced[:DIGITS]

    @property
    def places(self) -> tuple[Site, ...]:
        return self.sites or (self.own,)

    @property
    def anchored(self) -> bool:
        """Whether its sites are what fails through one anchor that is none of them: then they are not told apart."""
        return bool(self.sites) and self.own not in self.sites


@dataclass(frozen=True, slots=True)
class Base:
    """What a scan is compared with: a baseline file or a commit, by `name`.

    `gates`: the score gates that had failed. A baseline file knows neither verdict, score, coverage nor attempts. `gone`: files that it had
    and that are no longer there (None: all that are not there now). `same`: all that is read of it reads as it does now.
    `notes`: how it was read; `remarks`: what must be said of the comparison wherever it is told.
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
    remarks: tuple[str, ...] = ()

    @property
    def state(self) -> KnownState:
        return "baselined" if self.kind == "baseline" else "open"


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings with their states, in the same order; of the base what is gone, and what can no longer be decided.

    `links`: each finding of the base that is still there, the finding that it is now, and those of its sites that are left.
    """

    findings: tuple[Finding, ...]
    gone: tuple[Known, ...]
    undecided: tuple[Known, ...] = ()
    links: tuple[tuple[Known, Finding, tuple[Site, ...]], ...] = ()


def as_gone(rows: Iterable[Known]) -> tuple[Gone, ...]:
    return tuple(Gone(known.rule, known.at, known.fingerprint) for known in rows)


def known_of(findings: Iterable[Finding]) -> list[Known]:
    """What later findings are compared with; a suppressed one is none of them: without its comment it counts as new."""
    return [_known(finding) for finding in findings if finding.state != "suppressed"]


def _known(f: Finding) -> Known:
    known = Known(f.rule, f.symbol, f.at, f.fingerprint, f.unplaced, f.measure, (), f.severity, f.role)
    sites = tuple(sorted((site.at.path, site.digest) for site in f.sites))
    return known if sites == (known.own,) else replace(known, sites=sites)


def added(units: Iterable[tuple[T, Site]], base: Iterable[Known], paths: Collection[str]) -> frozenset[T]:
    """Of sites in order those that the base does not have: each of its own is found again once."""
    rows = list(units)
    holders = _Holders(base, paths)
    known = {row for row, _ in holders.match([(row, site, 0.0) for row, site in rows])}
    return frozenset(row for row, _ in rows if row not in known)


def compare(
    findings: Sequence[Finding], base: Sequence[Known], *, paths: Collection[str], state: KnownState, undecided: Collection[Site] = ()
) -> Compared:
    """Counted multisets, in the same file or, where that is gone, without it.

    What fails through an anchor is known by its fingerprint, or if it only groups known sites in another way; all else by its sites.
    `findings` are in source order, `paths` are the files that there are now, `state` is what known findings become. A suppressed finding
    stays so, and pairs only with what no open one took: its base is not gone. `undecided`: sites of which a rule can no longer tell; a
    finding that has one is not gone.
    """
    now = {n: _known(f) for n, f in enumerate(findings)}
    order = sorted(now, key=lambda n: findings[n].state == "suppressed")
    anchors = _anchored([n for n in order if now[n].anchored and not findings[n].added], now, base, paths)
    sites = [((n, i), site, _size(now[n].measure)) for n in order if not findings[n].added for i, site in enumerate(now[n].places)]
    held: dict[int, list[Known]] = defaultdict(list)
    left: dict[int, list[Site]] = defaultdict(list)
    for (n, i), known in _Holders(base, paths).match(sites):
        held[n].append(known)
        left[id(known)].append(now[n].places[i])
    found = {n: anchors.get(n) or (max(held[n], key=_rank) if held[n] and len(held[n]) == len(now[n].places) else None) for n in now}
    there = {id(known) for known in anchors.values()} | left.keys()
    gone = [known for known in base if id(known) not in there]
    judged = tuple(_judged(f, found[n], state) for n, f in enumerate(findings))
    heirs = {id(known): n for n in reversed(order) for known in (*held[n], *([anchors[n]] if n in anchors else []))}
    return Compared(
        judged,
        tuple(k for k in gone if not any(site in undecided for site in k.places)),
        tuple(k for k in gone if any(site in undecided for site in k.places)),
        tuple((known, judged[heirs[id(known)]], tuple(left[id(known)])) for known in base if id(known) in heirs),
    )


class _Holders:
    """The sites of a base, counted, each with the finding that holds it."""

    def __init__(self, base: Iterable[Known], paths: Collection[str]) -> None:
        self.placed: dict[Site, list[Known]] = defaultdict(list)
        self.loose: dict[Site, list[Known]] = defaultdict(list)
        for known in base:
            for path, digest in known.places:
                if path in paths:
                    self.placed[path, digest].append(known)
                else:
                    self.loose["", digest].append(known)

    def match(self, sites: Sequence[tuple[T, Site, float]]) -> list[tuple[T, Known]]:
        """Sites in order, with the size of what is measured there: as many as there were are known, paired by falling measure."""
        rows = _paired(((site, row, size) for row, site, size in sites), self.placed)
        known = {row for row, _ in rows}
        return rows + _paired(((("", site[1]), row, size) for row, site, size in sites if row not in known), self.loose)


def _anchored(numbers: Sequence[int], now: Mapping[int, Known], base: Sequence[Known], paths: Collection[str]) -> dict[int, Known]:
    """What fails through an anchor that the base has, by its fingerprint; then without the path, where that is gone."""
    pairs: dict[int, Known] = {}
    for placed in (True, False):
        holders: dict[str, list[Known]] = defaultdict(list)
        taken = {id(known) for known in pairs.values()}
        for known in base:
            if known.anchored and id(known) not in taken and (placed or known.at.path not in paths):
                holders[known.fingerprint if placed else known.unplaced].append(known)
        waiting = ((now[n].fingerprint if placed else now[n].unplaced, n, _size(now[n].measure)) for n in numbers if n not in pairs)
        pairs |= dict(_paired(waiting, holders))
    return pairs


def grew(before: Measure | None, after: Measure | None) -> bool:
    """Whether a measure is strictly larger; of measures of other names nothing is said."""
    return before is not None and after is not None and before.name == after.name and _size(after) > _size(before)


def _paired(found: Iterable[tuple[K, T, float]], base: Mapping[K, list[Known]]) -> list[tuple[T, Known]]:
    """The first in order are known, as many as there were; these are paired by falling measure."""
    now: dict[K, list[tuple[float, T]]] = defaultdict(list)
    for key, row, size in found:
        if len(now[key]) < len(base.get(key, ())):
            now[key].append((size, row))
    pairs: list[tuple[T, Known]] = []
    for key, rows in now.items():
        falling = sorted(rows, key=lambda row: -row[0])
        pairs += zip((row for _, row in falling), sorted(base.get(key, ()), key=lambda k: -_rank(k)), strict=False)
    return pairs


def _rank(known: Known) -> float:
    return _size(known.measure)


def _judged(finding: Finding, known: Known | None, state: KnownState) -> Finding:
    if finding.state == "suppressed":
        return finding
    if known is None:
        return replace(finding, state="new")
    was = f"{known.severity}, {known.role} code" if _counted_less(known, finding) else ""
    if grew(known.measure, finding.measure):
        return replace(finding, state="worse", before=known.measure, was=was)
    return replace(finding, state=state, was=was)


def _counted_less(known: Known, finding: Finding) -> bool:
    """A fingerprint knows neither severity nor role: what has come into use is to be said."""
    if known.severity not in SEVERITIES or finding.role not in GATING:
        return False
    return known.role not in GATING or SEVERITIES.index(known.severity) < SEVERITIES.index(finding.severity)


def _size(measure: Measure | None) -> float:
    if measure is None:
        return float("-inf")
    return (
        float("inf") if measure.value is UNBOUNDED else float(measure.value) if isinstance(measure.value, (int, float)) else float("-inf")
    )
