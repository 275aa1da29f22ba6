"""Verdicts become findings: one a root cause, with identity, measure, message and trace."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.values import UNBOUNDED, OneOf, Setting, Special
from auditor.graph.graph import Edge
from auditor.graph.types import NONE, ExternalClient, ModelClient, Noun, Role
from auditor.judgement.confidence import surest
from auditor.judgement.crossed import also_by, anchor_ids, causes, crossed, crossing_of, reached_by, roles, to_mend
from auditor.judgement.declared import Declared
from auditor.judgement.evidence import evidence_of, trace_of
from auditor.judgement.functions import Function, Functions
from auditor.judgement.one_client import through, way_to
from auditor.judgement.remedy import remedy_of, way_of
from auditor.judgement.roles import STRONGEST_FIRST, strongest, weight_of
from auditor.judgement.severity import by_severity, less, severity_of
from auditor.judgement.shared import with_shared
from auditor.judgement.suppress import Suppressions
from auditor.judgement.types import DIGITS, EvidenceLine, Finding, FindingSite, Measure, Site
from auditor.rules.constants import NEWEST, Constants
from auditor.rules.types import Rule, Verdict

__all__ = ["EvidenceLine", "Finding", "FindingSite", "Measure", "find", "fingerprint", "strongest"]

Unit: TypeAlias = tuple[str, str]
"""rule and subject of a verdict"""
Added: TypeAlias = Callable[[list[tuple[Unit, Site]]], frozenset[Unit]]

UNUSED = "; no use of this code was found in this project, tests aside"
MINOR = ("low", "info")
OF_CALLS = ("package", "calls", "crossing")


@dataclass(slots=True)
class _Group:
    """What fails through one anchor: the verdicts of its sites and the anchor nodes through which they fail."""

    function: Function | None
    added: bool = False
    anchors: dict[str, Noun] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def find(
    verdicts: Iterable[Verdict],
    nodes: Mapping[str, Noun],
    functions: Functions,
    ran: Iterable[str] = (),
    edges: Iterable[Edge] = (),
    added: Added | None = None,
    declared: Declared | None = None,
    constants: Constants = NEWEST,
) -> tuple[list[Finding], list[Problem]]:
    """All findings in source order, and the suppressions without use.

    `ran`: ids of the rules that were asked. `added`: tells which of sites in order are not in a base; where sites are told together without
    an anchor that is none of them, or at calls in coroutines, these are a finding of their own. `declared`: controls outside of the code;
    what they speak of is as good as suppressed.
    """
    suppressions = Suppressions(nodes, functions, declared)
    failed = [v for v in verdicts if v.state == "fail"]
    shared = {**_shared(edges), **causes(failed, constants)}
    groups = _group(failed, nodes, functions, shared, _apart(failed, suppressions, added), constants)
    for group in groups:
        _leave_unrun(group, suppressions)
    found = _behind([_finding(group, nodes, suppressions, constants) for group in groups], {v.rule.id: v.rule for v in failed})
    return _numbered(with_shared(found)), sorted(suppressions.unused(frozenset(ran)))


def _behind(found: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """One cause is critical once: what another finding on its trace says already is one step less severe here."""
    told: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for finding in found:
        told[finding.rule].update((at.path, at.line) for at in (finding.at, *(site.at for site in finding.sites)))
    rows = []
    for finding in found:
        causes = set().union(*(told.get(rule, ()) for rule in rules[finding.rule].behind))
        on_trace = any((step.at.path, step.at.line) in causes for step in finding.trace)
        rows.append(replace(finding, severity=less(finding.severity)) if on_trace else finding)
    return rows


def fingerprint(*parts: str) -> str:
    """`agentaudit/v1` of rule, path, qualified name and anchor, or of these without the path: never to be changed."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _shared(edges: Iterable[Edge]) -> dict[str, str]:
    """Run -> the agent object that it runs, where that is one."""
    rows: dict[str, set[str]] = {}
    for edge in edges:
        if edge.kind == "runs":
            rows.setdefault(edge.source, set()).add(edge.target)
    return {source: targets.pop() for source, targets in rows.items() if len(targets) == 1}


def _apart(failed: Sequence[Verdict], suppressions: Suppressions, added: Added | None) -> frozenset[Unit]:
    """Rule and subject of the sites that a base does not have; what is suppressed is asked last."""
    if added is None:
        return frozenset()
    quiet = {id(v): bool(suppressions.of(v)) for v in failed}
    ordered = sorted(failed, key=lambda v: (quiet[id(v)], v.subject.at, v.subject.id))
    return added([((v.rule.id, v.subject.id), (v.subject.at.path, _digest(v))) for v in ordered])


def _group(
    failed: Sequence[Verdict],
    nodes: Mapping[str, Noun],
    functions: Functions,
    shared: Mapping[str, object],
    apart: Collection[Unit],
    constants: Constants,
) -> list[_Group]:
    """A client made inside a function has that function as its anchor, any other node is its own, or what its rule takes together."""
    groups: dict[tuple[object, ...], _Group] = {}
    subjects = {(v.rule.id, v.subject.id) for v in failed}
    for verdict in failed:
        for anchor in _anchors(verdict, nodes):
            function = functions.around(anchor) if isinstance(anchor, (ModelClient, ExternalClient)) else None
            own = (verdict.rule.id, anchor.id) in subjects
            new = (verdict.rule.id, verdict.subject.id) in apart and (own or crossing_of(verdict) is not None)
            place = verdict.subject if new and own else anchor
            cause = (verdict.rule.id, function or _cause(verdict, anchor, shared, constants), new)
            group = groups.setdefault(cause, _Group(function, new))
            group.anchors[place.id] = place
            group.verdicts[verdict.subject.id] = verdict
    return list(groups.values())


def _leave_unrun(group: _Group, suppressions: Suppressions) -> None:
    """Tests are no sites of what fails outside of them, nor is code that nothing runs one of what fails in code that runs; a suppression
    that stands there is still in use."""
    for runs in (lambda n: n.role != "test", lambda n: not n.unused):
        rows = {subject: v for subject, v in group.verdicts.items() if runs(v.subject)}
        if not 0 < len(rows) < len(group.verdicts):
            continue
        for verdict in (v for v in group.verdicts.values() if v.subject.id not in rows):
            suppressions.reason(verdict.rule.id, verdict.subject.at, callee=verdict.subject.as_written)
        through_them = {anchor for v in rows.values() for anchor in anchor_ids(v)}
        group.verdicts = rows
        group.anchors = {anchor: noun for anchor, noun in group.anchors.items() if anchor in through_them}


def _cause(verdict: Verdict, anchor: Noun, shared: Mapping[str, object], constants: Constants) -> object:
    """What is mended together: runs of an agent, what one outermost retry layer repeats, calls of a package in a file (at no client)
    that are mended in the same way, what is minor apart, and
    what runs here only without a pool; calls in the coroutines of a file that enter plain code."""
    match verdict.rule.together:
        case "runs":
            return shared.get(anchor.id, anchor.id)
        case "layers":
            counting = [layer for layer in getattr(verdict.subject, "layers", ()) if layer.same_errors is not False]
            own = [layer.at for layer in counting if layer.at is not None and layer.mechanism != "sdk"]
            return (own[-1].path, own[-1].line) if own else anchor.id
        case "package" | "calls" | "crossing":
            if anchor.id == verdict.subject.id:
                unpooled = getattr(verdict.subject, "unpooled", NONE) != NONE
                return anchor.at.path, anchor.framework, severity_of(verdict, constants) in MINOR, unpooled, way_of(verdict)
            return shared.get(anchor.id, anchor.id)
    return anchor.id


def _together(rule: Rule, group: _Group) -> str:
    """How a rule takes a group together; what is mended at a client is told of that client alone by a rule that joins only calls."""
    of_clients = any(isinstance(a, (ModelClient, ExternalClient)) for a in group.anchors.values())
    return "" if rule.together == "calls" and of_clients else rule.together


def _anchors(verdict: Verdict, nodes: Mapping[str, Noun]) -> list[Noun]:
    return [nodes[anchor] for anchor in verdict.anchors if anchor in nodes] or [crossed(verdict) or verdict.subject]


def _finding(group: _Group, nodes: Mapping[str, Noun], suppressions: Suppressions, constants: Constants) -> Finding:
    verdicts = sorted(group.verdicts.values(), key=lambda v: (v.subject.at, v.subject.id))
    top = min(verdicts, key=lambda v: _rank(v, constants))
    rule = top.rule
    together = _together(rule, group)
    own = [a for a in _anchors(top, nodes) if a.id in group.anchors] if together else group.anchors.values()
    anchor = min(own, key=lambda n: (n.at, n.id))
    qualname = group.function.qualname if group.function else anchor.qualname
    callee = "def" if group.function else anchor.as_written
    sites, reasons = _sites(verdicts, suppressions, constants)
    alone = not together or group.function is not None or len(group.anchors) == 1
    because = _anchor_reason(rule.id, anchor, group.function, suppressions) if alone and not crossing_of(top) else ""
    if not because and all(site.suppressed for site in sites):
        because = reasons[0]
    role = strongest(site.role for site in sites)
    speaks = _speaking(group, anchor, top, constants)
    told = [through(v, client, nodes) for client, v in speaks]
    several = len(group.anchors) > 1
    each = _each(group, nodes) if together in OF_CALLS or not several else []
    mended = each if together in OF_CALLS else verdicts if together == "runs" else told
    measured = _measured_as(group, role, constants)
    return Finding(
        rule=rule.id,
        title=rule.title,
        pack=rule.pack,
        severity=severity_of(told[0] if all(way_to(v.subject, a) for a, v in speaks) else top, constants, measured),
        confidence=surest([v for v in verdicts if severity_of(v, constants) == severity_of(top, constants)], constants),
        status=rule.status,
        state="suppressed" if because else "open",
        message=_message(told[0].message, speaks[0][1])
        + reached_by(anchor, verdicts)
        + _other_layers(verdicts, top)
        + _worse(top, speaks[0][1], constants)
        + (UNUSED if top.subject.unused else ""),
        at=anchor.at,
        symbol=qualname if group.function else anchor.symbol or anchor.qualname,
        qualname=qualname,
        callee=callee,
        role=role,
        fingerprint=fingerprint(rule.id, anchor.at.path, qualname, callee),
        unplaced=fingerprint(rule.id, qualname, callee),
        added=group.added,
        occurrence=1,
        remedy=(told[0].remedy or remedy_of(mended)) + to_mend(anchor, verdicts, top),
        measure=_measure(group, verdicts if several else each),
        sites=sites,
        trace=trace_of(told[0].subject, anchor, rule),
        evidence=(*evidence_of(told[0], nodes, told[1:]), *also_by(anchor, verdicts), *_lowered(measured, role, anchor)),
        references=tuple(rule.references),
        suppressed_because=because,
    )


def _measured_as(group: _Group, role: Role, constants: Constants) -> Role:
    """The role by which a finding is measured: what is only to be mended in an example, a notebook or a self-test is as severe as there."""
    own = ["test" if anchor.tried else anchor.role for anchor in group.anchors.values()]
    mended = strongest([*own, *roles(group.verdicts.values())])
    return mended if mended in (*constants.tried, "test") else role


def _lowered(measured: Role, role: Role, anchor: Noun) -> list[EvidenceLine]:
    where = {"notebook": "a notebook", "example": "an example"}.get(measured, "a test")
    return [] if measured == role else [EvidenceLine("severity", f"lowered: what is to be changed stands in {where}", anchor.at)]


def _speaking(group: _Group, anchor: Noun, top: Verdict, constants: Constants) -> list[tuple[Noun, Verdict]]:
    """What is mended and the site that speaks for it, first at the place of the finding: of a function each constructor has a site of its
    own, of all else one site speaks for all."""
    if group.function is None:
        return [(anchor, top)]
    rows = {a.id: (a, min(verdicts, key=lambda v: _rank(v, constants))) for a, verdicts in _through(group)}
    return [rows.pop(anchor.id), *rows.values()]


def _each(group: _Group, nodes: Mapping[str, Noun]) -> list[Verdict]:
    """Every site as it fails through each of the anchors, in order of the sites."""
    rows = [through(verdict, anchor, nodes) for anchor, verdicts in _through(group) for verdict in verdicts]
    return sorted(rows, key=lambda v: (v.subject.at, v.subject.id))


def _through(group: _Group) -> list[tuple[Noun, list[Verdict]]]:
    """The anchors in source order, each with what fails through it."""
    rows: dict[str, list[Verdict]] = {anchor.id: [] for anchor in sorted(group.anchors.values(), key=lambda n: (n.at, n.id))}
    for verdict in group.verdicts.values():
        for anchor in anchor_ids(verdict):
            if anchor in rows:
                rows[anchor].append(verdict)
    return [(group.anchors[anchor], verdicts) for anchor, verdicts in rows.items()]


def _worse(top: Verdict, speaks: Verdict, constants: Constants) -> str:
    """Where another site than the one at the place that is shown makes the finding as severe as it is."""
    severity = severity_of(top, constants)
    same = severity == severity_of(speaks, constants)
    return "" if same else f"; {severity} by the site {top.subject.at}, whose client is another one made here"


def _sites(verdicts: list[Verdict], suppressions: Suppressions, constants: Constants) -> tuple[tuple[FindingSite, ...], list[str]]:
    reasons = [suppressions.of(v) for v in verdicts]
    return tuple(
        FindingSite(v.subject.id, v.subject.name, v.subject.at, v.subject.role, bool(reason), weight_of(v.subject, constants), _digest(v))
        for v, reason in zip(verdicts, reasons, strict=True)
    ), reasons


def _digest(verdict: Verdict) -> str:
    subject = verdict.subject
    return fingerprint(verdict.rule.id, subject.qualname, subject.as_written)[:DIGITS]


def undecided(verdicts: Iterable[Verdict]) -> frozenset[Site]:
    """The sites of which a rule cannot tell whether it holds."""
    return frozenset((v.subject.at.path, _digest(v)) for v in verdicts if v.state == "unknown")


def _anchor_reason(rule: str, anchor: Noun, function: Function | None, suppressions: Suppressions) -> str:
    """The place that the report names counts, and of a factory its `def`."""
    reason = suppressions.reason(rule, anchor.at, callee=anchor.as_written)
    if reason or function is None:
        return reason
    return suppressions.reason(rule, Location(function.path, function.line, end_line=function.line), callee="def")


def _rank(verdict: Verdict, constants: Constants) -> tuple[object, ...]:
    """The site that speaks for all: the strongest role, then the worst severity and measure, then what a tool or an agent runs before what
    only a person starts, then the first."""
    subject = verdict.subject
    return (
        STRONGEST_FIRST.index(subject.role),
        by_severity(severity_of(verdict, constants)),
        -_size(verdict.measure),
        -len(verdict.failing),
        not getattr(subject, "by_tool", True),
        not getattr(subject, "by_agent", True),
        subject.by_hand,
        subject.at,
        subject.id,
    )


def _size(measure: float | Special | None) -> float:
    if measure is None or isinstance(measure, Special):
        return float("inf") if measure is UNBOUNDED else float("-inf")
    return float(measure)


def _measure(group: _Group, verdicts: list[Verdict]) -> Measure | None:
    if group.function:
        return Measure("failing", len(group.anchors))
    known = [v.measure for v in verdicts if v.measure is not None]
    return Measure(verdicts[0].rule.measure, max(known, key=_size)) if known else None


def _message(said: str, verdict: Verdict) -> str:
    """Of several values that can reach the subject it is said how many fail."""
    several = _alternatives(verdict)
    if several is None or not verdict.failing:
        return said
    what, number, fails = several
    message = said.rstrip(".")
    if what != "clients" and verdict.measure is not None:
        return message + _beside(number - 1, fails - 1)
    subject = verdict.subject.kind.rpartition("_")[2] if verdict.subject.kind.endswith("_call") else verdict.subject.kind.replace("_", " ")
    share = f"{fails} of the {number}" if fails < number else "both" if number == 2 else f"all {number}"
    return f"{message}: {share} {what} that can reach this {subject}"


def _other_layers(verdicts: list[Verdict], top: Verdict) -> str:
    """Where the layers of the call that speaks for all are not those of each site."""
    if top.rule.together != "layers":
        return ""
    others = [v for v in verdicts if _layers(v) != _layers(top)]
    return f"; other layers at {len(others)} of the {len(verdicts)} sites" if others else ""


def _layers(verdict: Verdict) -> list[tuple[str, object]]:
    """What multiplies, from the inside out."""
    return [(x.mechanism, x.attempts.value) for x in getattr(verdict.subject, "layers", ()) if x.same_errors is not False]


def _beside(others: int, failing: int) -> str:
    """The values that the message does not name."""
    if not others:
        return ""
    reach = "1 other value reaches it" if others == 1 else f"{others} other values reach it"
    if others == failing:
        return f"; {reach} and {'fails' if others == 1 else 'fail'}, too"
    return f"; {reach}" + (f", {failing} of which {'fails' if failing == 1 else 'fail'}, too" if failing else "")


def _alternatives(verdict: Verdict) -> tuple[str, int, int] | None:
    """How many alternatives reach the subject, and how many fail: its clients, else the values of a setting that the rule has read."""
    client = getattr(verdict.subject, "client", None)
    if isinstance(client, Setting) and isinstance(client.value, OneOf) and not client.value.undecided:
        rows = [str(row.value) for row in client.value.alternatives]
        return "clients", len(set(rows)), len({rows[i] for i in verdict.failing if i < len(rows)})
    read = [(e.field, e.setting.value) for e in verdict.evidence if isinstance(e.setting.value, OneOf) and not e.setting.value.undecided]
    if not read:
        return None
    field, value = max(read, key=lambda item: len(item[1].alternatives))
    return f"values of {field}", len(value.alternatives), len(verdict.failing)


def _numbered(found: list[Finding]) -> list[Finding]:
    """In source order, of one place what is new last; equal fingerprints are counted in it."""
    ordered = sorted(found, key=lambda f: (f.at, f.rule, f.qualname, f.callee, f.added))
    seen: Counter[str] = Counter()
    numbered = []
    for finding in ordered:
        seen[finding.fingerprint] += 1
        numbered.append(replace(finding, occurrence=seen[finding.fingerprint]))
    return numbered
