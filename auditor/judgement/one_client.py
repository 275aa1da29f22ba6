"""What a finding at a client says: the numbers of that client, not those of others that reach the same call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeAlias

from auditor.analyses.retries import own_layers, own_step
from auditor.core.values import OneOf, Setting, along, merge
from auditor.graph.traces import ClientWay
from auditor.graph.types import ExternalCall, ModelCall, Noun
from auditor.rules.evaluate import ask
from auditor.rules.types import Verdict

_Call: TypeAlias = ModelCall | ExternalCall


def through(verdict: Verdict, anchor: Noun, nodes: Mapping[str, Noun]) -> Verdict:
    """The verdict with the settings, trace and words that hold if the subject is reached by this one client; `anchors` and severity stay
    those of the whole, the latter unless only a person starts what brings this client."""
    subject = verdict.subject
    clients = getattr(subject, verdict.rule.at, None) if verdict.rule.at else None
    if not isinstance(subject, (ModelCall, ExternalCall)) or not isinstance(clients, Setting) or not isinstance(clients.value, OneOf):
        return verdict
    own = [i for i, row in enumerate(clients.value.alternatives) if row.value == anchor.id]
    failing = [i for i in own if i in verdict.failing] or own
    asked = ask(verdict.rule, _with_client(subject, clients.value, failing, anchor, nodes)) if failing and verdict.rule.flag else None
    if asked is None or asked.state != "fail":
        return verdict
    apart = way_to(subject, anchor) is not None
    return replace(asked, anchors=verdict.anchors, severity=asked.severity if apart else verdict.severity)


def way_to(subject: Noun, client: Noun) -> ClientWay | None:
    """The way by which a call gets a client that only programs make which a person starts, where a server leads to the call, too."""
    ways = subject.client_ways if isinstance(subject, (ModelCall, ExternalCall)) else ()
    return next((way for way in ways if way.client == client.id), None)


def _with_client(call: _Call, clients: OneOf, rows: list[int], anchor: Noun, nodes: Mapping[str, Noun]) -> _Call:
    """The call as the client makes it; what does not go along with the clients is the call's own."""
    found: dict[str, Any] = {}
    for name in (f.name for f in fields(call)):
        setting = getattr(call, name)
        several = along(setting, clients) if isinstance(setting, Setting) else None
        if several is not None:
            found[name] = _only(setting, [several[i] for i in rows])
    one = replace(call, **found)
    layers = own_layers(nodes, one)
    steps = call.trace
    if call.layers and call.layers[0].mechanism == "sdk" and steps and steps[-1] == own_step(call.layers[0], call):
        steps = (*steps[:-1], *(own_step(layer, one) for layer in layers))
    one = replace(one, layers=(*layers, *(layer for layer in call.layers if layer.mechanism != "sdk")), trace=steps)
    way = way_to(call, anchor)
    if way is None:
        return one
    steps = (*way.trace, *(own_step(layer, one) for layer in layers))
    return replace(one, trace=steps, way=steps, limit_trace=(), loop_trace=(), by_hand=True)


def _only(setting: Setting, rows: list[Setting]) -> Setting:
    if len(rows) == 1:
        return rows[0]
    return replace(setting, value=replace(setting.value, alternatives=tuple(rows))) if isinstance(setting.value, OneOf) else merge(rows)
