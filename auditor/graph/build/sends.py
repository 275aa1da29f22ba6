"""Sends: a step that returns a list of them starts one run of another step for each."""

from __future__ import annotations

from auditor.core.values import Setting
from auditor.graph.build.context import Build
from auditor.graph.build.widths import turns
from auditor.graph.types import FanOut
from auditor.program.origins.types import Ext, Key


def send_fan_outs(build: Build) -> None:
    """A list of sends starts one run of a step for each: the list is the fan-out."""
    names = build.spellings(n.rsplit(".", 1)[-1] for f in build.base.builders.values() for n in f.send)
    full = {n for f in build.base.builders.values() for n in f.send}
    for number, call in build.calls():
        site: Key = (number, call.index)
        if call.last not in names:
            continue
        if not any(isinstance(o, Ext) and o.name in full for o in build.engine.origins(call.func, build.engine.call_place(site))):
            continue
        facts = build.engine.modules[number]
        scope = facts.scopes[facts.statements[call.order][0]]
        listed = scope.kind == "comp"
        line, end = (scope.line, scope.end_line) if listed else (call.line, call.end_line)
        at = build.location(number, line, scope.column if listed else call.column, end)
        width = turns(build, number, call.order) or Setting(1, "explicit", unit="tasks")
        node = FanOut(
            id=build.node_id("fan_out", at),
            name=call.last,
            symbol=build.qualname(number, call.order),
            at=at,
            role=build.role(number),
            qualname=build.qualname(number, call.order),
            callee=call.last,
            width=width,
            calls_model=True,
        )
        build.add(node)
