"""Evidence and traces in words: from settings and layers to sentences and steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.core.location import Location
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Special, Unknown, alternatives, badness, by_version, libraries, worst
from auditor.graph.traces import Layer, TraceStep
from auditor.graph.types import NONE, EntryPoint, ExternalClient, ModelClient, Noun
from auditor.judgement.reasons import named
from auditor.judgement.types import EvidenceLine
from auditor.rules.message import with_units
from auditor.rules.types import Evidence, Rule, Verdict

SHORT_UNITS = {"seconds": "s"}
PLAIN_UNITS = {None, "", "times"}
MOST_SOURCES = 3
LOWERING = "unpooled"
"""a field that is read for the severity alone"""


def value_text(setting: Setting) -> str:
    """The value alone: `600 s`, `3 attempts`, `none`, `unbounded`, `2 or 6 attempts`."""
    value = setting.value
    if isinstance(value, OneOf):
        texts = dict.fromkeys(value_text(s) for s in value.alternatives)
        return (" or " if value.undecided else ", ").join(texts)
    if isinstance(value, Unknown):
        return f"unknown ({named(value.why)})"
    if isinstance(value, Special):
        return {ABSENT: "none", UNBOUNDED: "unbounded"}[value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    unit = "" if setting.unit in PLAIN_UNITS else SHORT_UNITS.get(setting.unit or "", setting.unit or "")
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}".rstrip()


def evidence_of(verdict: Verdict, nodes: Mapping[str, Noun], beside: Sequence[Verdict] = ()) -> tuple[EvidenceLine, ...]:
    """One line for each setting that the rule has read; of several values the worst of those that fail. `beside`: the same through other
    clients."""
    places = {(n.at.path, n.at.line) for n in nodes_of(verdict, nodes) if isinstance(n, (ModelClient, ExternalClient))}
    lines: dict[EvidenceLine, None] = {}
    for item in verdict.evidence:
        shown = _shown(verdict, item)
        setting = worst(shown) or shown[0]
        shown += [s for other in beside for e in other.evidence if e.field == item.field for s in _shown(other, e)]
        text = f"lowered: {setting.why}" if item.field == LOWERING else _sentence(setting, places)
        lines[EvidenceLine(item.field, "; ".join([text, *_likewise(setting, shown)]), setting.at)] = None
    off = verdict.subject.off
    if off != NONE:
        lines[EvidenceLine("switch", f"off: {off.why}", off.at)] = None
    return tuple(lines)


def _either(field: str, setting: Setting) -> Setting | None:
    """Of numbers of which the version decides, and is not known, all in one text."""
    if not by_version(setting):
        return None
    rows = sorted(alternatives(setting), key=badness)
    listed = " or ".join(value_text(with_units(field, row, setting)) for row in rows)
    return replace(rows[0], value=listed, source=libraries(rows).pop())


def _shown(verdict: Verdict, item: Evidence) -> list[Setting]:
    either = _either(item.field, item.setting)
    rows = [either] if either is not None else _failing(verdict, item.setting)
    return [with_units(item.field, row, item.setting) for row in rows]


def _failing(verdict: Verdict, setting: Setting) -> list[Setting]:
    several = alternatives(setting)
    shown = [several[i] for i in verdict.failing if i < len(several)] if isinstance(setting.value, OneOf) else []
    return shown or [s for s in several if not isinstance(s.value, Unknown)] or list(several)


def _likewise(setting: Setting, failing: Sequence[Setting]) -> list[str]:
    """What else fails: by name where libraries decide, each value with those that it is a default of, else how many."""
    defaults: dict[str, list[Setting]] = {}
    for row in failing:
        if row.origin == "default" and row.source:
            defaults.setdefault(value_text(row), []).append(row)
    same = _sources(defaults.pop(value_text(setting), []), setting.source)
    others = sorted(defaults.values(), key=lambda rows: badness(rows[0]), reverse=True)
    more = [f"{len(others) - MOST_SOURCES} other values fail, too"] if len(others) > MOST_SOURCES else []
    told = [*([f"likewise {same}"] if same else []), *map(_by_default, others[:MOST_SOURCES]), *more]
    if told:
        return told
    different = len({(s.value, s.at) for s in failing} - {(setting.value, setting.at)})
    return [f"{different} other {'value fails' if different == 1 else 'values fail'}, too"] if different else []


def _by_default(rows: Sequence[Setting]) -> str:
    """`600 s: default of sdk 1.2 (4 others)`."""
    return f"{value_text(rows[0])}: default of {_sources(rows)}" + (f" ({len(rows)} others)" if len(rows) > 1 else "")


def _sources(rows: Sequence[Setting], but: str | None = None) -> str:
    """The libraries of defaults by name, each once."""
    names = [source.replace("==", " ") for source in sorted({row.source or "" for row in rows} - {but or "", ""})]
    return ", ".join(names[:MOST_SOURCES]) + (f" and {len(names) - MOST_SOURCES} more" if len(names) > MOST_SOURCES else "")


def nodes_of(verdict: Verdict, nodes: Mapping[str, Noun]) -> list[Noun]:
    """The nodes behind a verdict: its anchors and the clients of its subject."""
    client = getattr(verdict.subject, "client", None)
    ids = [*verdict.anchors, *(str(s.value) for s in (alternatives(client) if isinstance(client, Setting) else ()))]
    return [verdict.subject, *(nodes[i] for i in ids if i in nodes)]


def _sentence(setting: Setting, clients: set[tuple[str, int]]) -> str:
    text = value_text(setting)
    parts = []
    at_client = setting.at is not None and (setting.at.path, setting.at.line) in clients
    if setting.origin == "default":
        parts.append(f"default of {setting.source.replace('==', ' ')}" if setting.source else "the library's default")
        if at_client:
            parts.append(f"client made at {setting.at}")
    elif setting.at is not None:
        said = {"declared": "declared at", "inferred": "worked out from", "absent": "not given at", "inherited": "set at"}
        parts.append(f"{said.get(setting.origin, 'written at')} {setting.at}")
    elif setting.origin == "declared":
        parts.append("declared in the settings")
    if setting.why and not isinstance(setting.value, Unknown):
        parts.append(named(setting.why))
    return f"{text}: {'; '.join(parts)}" if parts else text


OF_RETRIES = ("attempts", "layers", "needed_seconds")


def trace_of(subject: Noun, anchor: Noun, rule: Rule) -> tuple[TraceStep, ...]:
    """From the entry point inwards: the path of the graph, the retry layers from the outside in if the rule asks of attempts, the subject.

    What is to be mended at an entry point is told with the way from there, which need not be the worst one.
    """
    field = rule.trace
    if isinstance(anchor, EntryPoint) and subject.way:
        return subject.way
    own: tuple[TraceStep, ...] = getattr(subject, field, ()) if field != "trace" else ()
    if own:
        return own
    steps = list(subject.trace)
    known = {(step.at.path, step.at.line) for step in steps}
    asked = any(word in f"{rule.where} {rule.flag}" for word in OF_RETRIES)
    layers: Sequence[Layer] = getattr(subject, "layers", ()) if asked else ()
    for layer in reversed(layers):
        at = layer.at or subject.at
        if (at.path, at.line) not in known:
            steps.append(TraceStep(layer.name or f"{layer.mechanism} retry", at, _times(layer.attempts)))
    if not any(_same(step.at, subject.at) and step.times is None for step in steps):
        steps.append(TraceStep(subject.name or subject.callee or subject.kind.replace("_", " "), subject.at))
    return tuple(steps)


def _times(setting: Setting) -> str | None:
    """The worst that can be; where a version decides that is not known, the least: that many are certain."""
    shown = min(alternatives(setting), key=badness) if by_version(setting) else worst(alternatives(setting)) or setting
    if shown.value is ABSENT:
        return None
    if shown.value is UNBOUNDED:
        return "unbounded"
    return "unknown" if shown.number is None else f"{shown.number:g}"


def _same(one: Location, other: Location) -> bool:
    return (one.path, one.line) == (other.path, other.line)
