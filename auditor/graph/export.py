"""The agent graph as documents: JSON (the contract), Mermaid, DOT, and text for people."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from auditor.core.location import Location
from auditor.core.text import inert_json
from auditor.core.text import printable as shown_text
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Special, Unknown, alternatives, leaves, worst
from auditor.graph.graph import AgentGraph, Edge
from auditor.graph.title import title
from auditor.graph.traces import Layer
from auditor.graph.types import FanOut, Loop, Noun, Retry, Tool

Json: TypeAlias = dict[str, Any]

FORMAT = 1
DEADLINES = {"deadline", "run_deadline"}
SETTINGS: dict[str, tuple[str, ...]] = {
    "model_client": ("deadline", "attempts", "max_output_tokens"),
    "model_call": ("deadline", "attempts", "max_output_tokens", "run_deadline", "total_attempts", "loop", "traced", "usage_recorded"),
    "external_call": ("deadline", "run_deadline", "attempts", "total_attempts"),
    "retry": ("attempts", "window"),
    "loop": ("times",),
    "fan_out": ("width", "limit"),
    "agent": ("max_turns",),
    "tool": ("description",),
    "deadline_scope": ("deadline",),
    "decision_point": ("traced",),
}
DRAWN = ("entry_point", "agent", "step", "model_client", "model_call", "tool", "external_call", "retry", "loop", "fan_out")
ALWAYS_DRAWN = ("entry_point", "agent", "model_call", "tool")
MERMAID_SHAPES = {
    "entry_point": ("([", "])"),
    "agent": ("{{", "}}"),
    "tool": ("[/", "/]"),
    "model_call": ("([", "])"),
    "loop": ("((", "))"),
}
DOT_SHAPES = {"entry_point": "oval", "agent": "hexagon", "tool": "parallelogram", "model_call": "oval", "loop": "circle"}
LONGEST_LABEL = 60
UNITS = {"seconds": "s", "attempts": "", "times": "", None: ""}


def _line(text: str) -> str:
    """On one line, without what a terminal could obey."""
    return shown_text(text).replace("\n", " ").replace("\t", " ")


def to_json(graph: AgentGraph) -> str:
    document = {
        "format": FORMAT,
        "root": graph.root,
        "nodes": [_node_json(noun) for noun in _in_order(graph)],
        "edges": [_edge_json(edge) for edge in sorted(graph.edges)],
        "bounds": [],
        "problems": [{"code": p.code, "path": p.path, "line": p.line, "message": p.message} for p in sorted(graph.problems)],
    }
    return inert_json(json.dumps(document, indent=2, allow_nan=False)) + "\n"


def setting_json(setting: Setting, *, deadline: bool = False) -> Json:
    """A setting of the contract; of several values `value` is the worst."""
    setting = _finite(setting)
    several = alternatives(setting) if isinstance(setting.value, OneOf) else ()
    shown = (worst(several) or setting) if several else setting
    document: Json = {
        "state": setting.state,
        "value": None if isinstance(shown.value, (Special, Unknown, OneOf)) else shown.value,
        "unit": setting.unit,
        "at": place_json(setting.at) if setting.at else None,
        "source": setting.source,
        "why": setting.value.why if isinstance(setting.value, Unknown) else setting.why,
        "undecided": isinstance(setting.value, OneOf) and setting.value.undecided,
        "alternatives": [setting_json(s, deadline=deadline) for s in several],
    }
    if deadline:
        document["scope"] = setting.scope
    return document


def place_json(at: Location) -> Json:
    place: Json = {"path": at.path, "line": at.line}
    if at.cell is not None:
        place |= {"cell": at.cell, "cell_line": at.cell_line}
    return place


def setting_text(setting: Setting) -> str:
    """A setting in words: `600 s (default of x==1.2)`, `none`, `unknown (why)`."""
    setting = _finite(setting)
    value = setting.value
    if isinstance(value, OneOf):
        rows = leaves(setting)
        whys = dict.fromkeys(_line(s.value.why) for s in rows if isinstance(s.value, Unknown))
        texts = dict.fromkeys(setting_text(s) for s in rows if not isinstance(s.value, Unknown))
        return (" or " if value.undecided else ", ").join([*texts, *([f"unknown ({'; '.join(whys)})"] if whys else [])])
    if isinstance(value, Unknown):
        return f"unknown ({_line(value.why)})"
    text = {ABSENT: "none", UNBOUNDED: "unbounded"}[value] if isinstance(value, Special) else _plain(value, setting.unit)
    origin = {"default": "default", "inherited": "inherited", "declared": "declared"}.get(setting.origin, "")
    source = f" of {_line(setting.source)}" if setting.source and origin == "default" else ""
    return f"{text} ({origin}{source})" if origin else text


def to_mermaid(graph: AgentGraph) -> str:
    nodes, edges = _drawing(graph)
    ids = {noun.id: f"n{i}" for i, noun in enumerate(nodes)}
    lines = ["flowchart LR"]
    for noun in nodes:
        left, right = MERMAID_SHAPES.get(noun.kind, ("[", "]"))
        label = "<br/>".join(_mermaid(line) for line in _label(noun))
        lines.append(f'  {ids[noun.id]}{left}"{label}"{right}')
    lines += [f'  {ids[e.source]} -->|"{_mermaid(_edge_label(graph, e))}"| {ids[e.target]}' for e in edges]
    return "\n".join(lines) + "\n"


def to_dot(graph: AgentGraph) -> str:
    nodes, edges = _drawing(graph)
    ids = {noun.id: f"n{i}" for i, noun in enumerate(nodes)}
    lines = ["digraph agents {", "  rankdir=LR;", '  node [shape=box, fontname="Helvetica"];', '  edge [fontname="Helvetica"];']
    for noun in nodes:
        label = "\\n".join(_dot(line) for line in _label(noun))
        lines.append(f'  {ids[noun.id]} [label="{label}", shape={DOT_SHAPES.get(noun.kind, "box")}];')
    lines += [f'  {ids[e.source]} -> {ids[e.target]} [label="{_dot(_edge_label(graph, e))}"];' for e in edges]
    return "\n".join([*lines, "}"]) + "\n"


def to_text(graph: AgentGraph) -> str:
    """The nodes file by file, with their settings and where their edges lead."""
    lines = [f"Agent graph of {_line(graph.root)}: {_counts(graph)}"]
    out: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(graph.edges):
        out[edge.source].append(edge)
    shown = [noun for noun in _in_order(graph) if noun.kind in DRAWN]
    path = None
    for noun in shown:
        if noun.at.path != path:
            path = noun.at.path
            lines += ["", _line(path)]
        place = str(noun.at.line) if noun.at.cell is None else f"[{noun.at.cell}]:{noun.at.cell_line}"
        lines.append(f"  {place:>5}  {noun.kind:<13} {_line(_title(noun))}")
        details = _details(noun)
        if details:
            lines.append(f"         {'; '.join(details)}")
        edges = [f"         -> {_edge_label(graph, e)} {_target(graph, e)}" for e in out[noun.id] if _drawable(graph, e)]
        lines += dict.fromkeys(edges)
    if graph.problems:
        lines += ["", "Problems", *(f"  {_line(p.path)}:{p.line}: {_line(p.message)} [{p.code}]" for p in sorted(graph.problems))]
    return "\n".join(lines) + "\n"


def unknown_text(graph: AgentGraph) -> str:
    """What the graph does not know: calls that became no node, and settings that cannot be told."""
    calls: dict[tuple[str, str, str], list[Location]] = defaultdict(list)
    for call in sorted(graph.unknowns):
        calls[call.package, call.name, call.why].append(call.at)
    lines = [f"Calls into known packages that are not understood: {len(graph.unknowns)}"]
    for (package, name, why), places in sorted(calls.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"  {len(places):>4}  {_line(name)} ({_line(package)}): {_places(places)}")
        lines += [f"        {_line(why)}"] if why else []
    reasons: dict[tuple[str, str], list[Location]] = defaultdict(list)
    for noun in _in_order(graph):
        for name, setting in _settings(noun):
            for why in sorted({s.value.why for s in alternatives(setting) if isinstance(s.value, Unknown)}):
                reasons[f"{noun.kind}.{name}", why].append(noun.at)
    lines += ["", f"Settings that cannot be told: {sum(len(places) for places in reasons.values())}"]
    for (what, why), places in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"  {len(places):>4}  {what}: {_line(why)}: {_places(places)}")
    if graph.unresolved is not None:
        known = len({call.at for call in graph.calls})
        lines += ["", "Calls of which it cannot be told what they call, so that rules with `each: call` are not asked of them:"]
        lines.append(f"  {graph.unresolved:>4}  beside {known} of which it can")
    return "\n".join(lines) + "\n"


def _in_order(graph: AgentGraph) -> list[Noun]:
    return sorted(graph.nodes.values(), key=lambda n: (n.at.path, n.at.line, n.kind, n.at.column, n.id))


def _node_json(noun: Noun) -> Json:
    place = place_json(noun.at)
    return {
        "id": noun.id,
        "kind": noun.kind,
        "name": noun.name,
        "symbol": noun.symbol,
        "path": place.pop("path"),
        "line": place.pop("line"),
        "end_line": noun.at.end_line or noun.at.line,
        **place,
        "also": [place_json(at) for at in noun.also],
        "role": noun.role,
        "framework": noun.framework,
        "api": noun.api,
        "settings": _settings_json(noun),
        "reached_by": list(noun.reached),
    }


def _settings_json(noun: Noun) -> Json:
    document = {name: setting_json(setting, deadline=name in DEADLINES) for name, setting in _settings(noun)}
    if "total_attempts" in document:
        document["total_attempts"]["layers"] = [_layer_json(layer) for layer in _layers(noun)]
    return document


def _settings(noun: Noun) -> Iterator[tuple[str, Setting]]:
    for name in SETTINGS.get(noun.kind, ()):
        yield name, getattr(noun, name)
    if isinstance(noun, Tool):
        yield "effects", _effects(noun)
    if isinstance(noun, Retry) and noun.repeats.value is not ABSENT:
        yield "repeats", noun.repeats


def _effects(tool: Tool) -> Setting:
    """Several effects are reaching alternatives: each of them occurs."""
    found = tuple(Setting(effect, "inferred") for effect in sorted(set(tool.effects)))
    if len(found) > 1:
        return Setting(OneOf(found), "inferred")
    return found[0] if found else Setting(ABSENT, "absent", why="no effect was found")


def _layers(noun: Noun) -> Sequence[Layer]:
    layers: Sequence[Layer] = getattr(noun, "layers", ())
    return layers


def _layer_json(layer: Layer) -> Json:
    return {
        "mechanism": layer.mechanism,
        "attempts": setting_json(layer.attempts),
        "same_errors": layer.same_errors,
        "at": place_json(layer.at) if layer.at else None,
    }


def _edge_json(edge: Edge) -> Json:
    return {
        "source": edge.source,
        "target": edge.target,
        "kind": edge.kind,
        "path": edge.path,
        "line": edge.line,
        "regions": list(edge.regions),
    }


def _finite(setting: Setting) -> Setting:
    """JSON knows neither infinity nor NaN: an infinite limit is none, an infinite count is unbounded."""
    value = setting.value
    if not isinstance(value, float) or math.isfinite(value):
        return setting
    if value != math.inf:
        return replace(setting, value=Unknown(f"{value} is no limit"))
    return replace(setting, value=ABSENT if setting.unit == "seconds" else UNBOUNDED)


def _plain(value: float | str | bool, unit: str | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _line(value)
    short = UNITS.get(unit, unit) or ""
    return f"{value:g} {short}".rstrip() if isinstance(value, float) else f"{value} {short}".rstrip()


def _drawing(graph: AgentGraph) -> tuple[list[Noun], list[Edge]]:
    """What a picture shows: nodes of the contract that have an edge or matter alone, and one edge a pair, kind and set of regions."""
    edges: dict[tuple[object, ...], Edge] = {}
    for edge in sorted(graph.edges):
        if _drawable(graph, edge):
            edges.setdefault((edge.source, edge.target, edge.kind, edge.regions), edge)
    joined = {end for edge in edges.values() for end in (edge.source, edge.target)}
    return [n for n in _in_order(graph) if n.kind in DRAWN and (n.kind in ALWAYS_DRAWN or n.id in joined)], list(edges.values())


def _drawable(graph: AgentGraph, edge: Edge) -> bool:
    return all(end in graph.nodes and graph.nodes[end].kind in DRAWN for end in (edge.source, edge.target))


def _title(noun: Noun) -> str:
    name = title(noun) or noun.api
    origin = noun.framework or noun.api
    return f"{name} ({origin})" if origin and origin != name else name


def _label(noun: Noun) -> list[str]:
    name = _title(noun)
    short = name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 3] + "..."
    return [f"{noun.kind.replace('_', ' ')}: {short}", str(noun.at), *_details(noun)[:3]]


def _details(noun: Noun) -> list[str]:
    """The settings worth a word: those that are not absent by nature, and the limits that should be there."""
    quiet = {"description", "traced", "usage_recorded", "run_deadline", "loop", "window", "limit", "max_turns", "effects"}
    found = [
        f"{k.replace('_', ' ')} {setting_text(s)}"
        for k, s in _settings(noun)
        if not (k in quiet and s.value is ABSENT) and k != "description"
    ]
    layers = _layers(noun)
    if len(layers) > 1:
        found.append("layers " + " x ".join(f"{layer.mechanism} {setting_text(layer.attempts)}" for layer in layers))
    if isinstance(noun, Retry):
        found.insert(0, noun.mechanism + ("" if noun.applied else ", only built"))
    if isinstance(noun, Loop):
        found.append(f"ends on {noun.ends_on}")
    if isinstance(noun, FanOut) and noun.limit.value is ABSENT:
        found.append("no limit")
    return found


def _edge_label(graph: AgentGraph, edge: Edge) -> str:
    kinds = [_region_name(graph, region) for region in edge.regions]
    return f"{edge.kind} in {', '.join(kinds)}" if kinds else edge.kind


def _region_name(graph: AgentGraph, region: str) -> str:
    """`regions` of an edge are ids of nodes, or of flow regions that have no node."""
    if region in graph.nodes:
        return graph.nodes[region].kind
    known = graph.flow.regions.get(region)
    return known.kind if known else _line(region)


def _target(graph: AgentGraph, edge: Edge) -> str:
    noun = graph.nodes[edge.target]
    return f"{noun.kind} {_line(title(noun))} ({_line(str(noun.at))})"


def _counts(graph: AgentGraph) -> str:
    kinds = [noun.kind for noun in graph.nodes.values()]
    found = [_count(kinds.count(kind), kind.replace("_", " ")) for kind in DRAWN if kind in kinds]
    return ", ".join(found) or "nothing found"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun[:-1] + 'ies' if noun.endswith('y') else noun + 's'}"


def _places(places: Sequence[Location], most: int = 3) -> str:
    shown = ", ".join(_line(str(at)) for at in places[:most])
    return shown if len(places) <= most else f"{shown}, +{len(places) - most}"


def _mermaid(text: str) -> str:
    """Anything that is neither a letter, a digit nor harmless becomes an entity code."""
    return "".join(c if c.isalnum() or c in " _.,:/=+-()" else f"#{ord(c)};" for c in _line(text))


def _dot(text: str) -> str:
    return _line(text).replace("\\", "\\\\").replace('"', '\\"')
