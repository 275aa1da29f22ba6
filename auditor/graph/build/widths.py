"""How many tasks are started at once: what the code writes out, cuts off or counts; data alone has no limit."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from auditor.core.values import UNBOUNDED, Setting
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.handed import given
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_regions import number_of, waits
from auditor.graph.build.loop_sizes import Size, Sizes, combine, smaller
from auditor.graph.build.loop_terms import callees
from auditor.knowledge.types import RegionForm
from auditor.program.origins.types import Key, Place

EACH = Setting(UNBOUNDED, "inferred", why="one for each element of the data", unit="tasks")


def width_of(build: Build, site: Key, call: Call, form: RegionForm) -> Setting:
    """Of a call that starts all of its arguments, one for each element of lists, or one each time that a loop comes there."""
    if form.body == "*":
        return _sum([_started(build, site, call, arg) for arg in call.args])
    found = given(call, form.body) if form.hands == "each" else None
    if found is None:
        return turns(build, site[0], call.order) or EACH
    lists = [arg for arg in call.args if arg != found[1]]
    sizes = [_sizes(build).of(each, Place(site[0], call.order)) for each in lists]
    return _tasks(sizes) if sizes else EACH


def turns(build: Build, module: int, order: int, outer: int = -1) -> Setting | None:
    """How often the loops around a statement bring the code there, up to a block around them; None: there is no loop."""
    facts, sizes = build.engine.modules[module], _sizes(build)
    rows: list[Setting] = []
    block = facts.statements[order][1]
    while block not in (-1, outer) and facts.blocks[block].kind not in ("function", "module"):
        info = facts.blocks[block]
        if info.kind == "comp":
            rows.append(_tasks([sizes.of_comprehension(module, info.scope, 0)]))
        elif info.kind in ("for", "while"):
            counted = info.kind == "for" and not info.is_async
            rows.append(_tasks([sizes.of(info.expr, Place(module, info.order))]) if counted else EACH)
        block = info.parent
    if not rows:
        return None
    return next((s for s in rows if s.value is UNBOUNDED), None) or replace(combine(rows, prod), unit="tasks")


def _started(build: Build, site: Key, call: Call, arg: Expr) -> Setting:
    if arg[0] != "star":
        return Setting(1, "explicit", at=build.call_location(site), unit="tasks")
    return _appended(build, site[0], call, arg[1]) or _tasks([_sizes(build).of(arg[1], Place(site[0], call.order))])


def _appended(build: Build, module: int, call: Call, listed: Expr) -> Setting | None:
    """Of a list that begins empty, and that loops of the same function append to; None: of any other."""
    facts = build.engine.modules[module]
    scope = facts.statements[call.order][0]
    bindings = facts.scopes[scope].bindings.get(listed[1], []) if listed[0] == "name" else []
    if len(bindings) != 1 or bindings[0].value != ("seq", "list", ()) or any(s.base == listed for s in facts.stores):
        return None
    rows: list[Setting] = []
    for other in suites(build.engine, module).calls_in(facts.scopes[scope].body):
        if other.func[0] == "attr" and other.func[1] == listed:
            if other.last not in ("append", "add") or facts.statements[other.order][0] != scope:
                return None
            rows.append(turns(build, module, other.order, bindings[0].block) or Setting(1, "inferred", unit="tasks"))
        elif listed in other.args and callees(build.engine, other, module):
            return None
    return _sum(rows) if rows else None


def _sum(rows: list[Setting]) -> Setting:
    unbounded = next((s for s in rows if s.value is UNBOUNDED), None)
    return unbounded or (replace(combine(rows, sum), unit="tasks") if rows else Setting(0, "inferred", unit="tasks"))


def _tasks(sizes: list[Size]) -> Setting:
    """Of lists that are gone through together, in tasks."""
    size = sizes[0]
    for other in sizes[1:]:
        size = smaller(size, other)
    return EACH if size.times.value is UNBOUNDED else replace(size.times, unit="tasks")


def _sizes(build: Build) -> Sizes:
    found = build.memo.get("sizes of fan-outs")
    if not isinstance(found, Sizes):
        found = Sizes(build.engine, lambda e, p: number_of(build, e, p), lambda m, c: waits(build, m, c))
        build.memo["sizes of fan-outs"] = found
    return found
