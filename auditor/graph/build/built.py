"""Which calls build which workflow graph: those of one function, with what each of its callers hands it, are several graphs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.things import objects
from auditor.knowledge.workflows import BuilderForm
from auditor.program.origins.heard import said_of
from auditor.program.origins.types import Ext, Key, New, Place

MOST_CALLERS = 16


@dataclass(frozen=True, slots=True)
class Said:
    """A call of a builder's method. `ctx`: the context in which its arguments are read, or in which the builder was made."""

    site: Key
    call: Call = field(compare=False)
    ctx: int = 0


def constructed(build: Build) -> dict[Key, tuple[New, BuilderForm, str]]:
    """The builders by the calls that make them, with their form and its package."""
    names = build.spellings(n.rsplit(".", 1)[-1] for t in build.base.builders for n in build.base.types[t].new)
    rows: dict[Key, tuple[New, BuilderForm, str]] = {}
    for number, call in build.calls():
        if call.last not in names:
            continue
        site: Key = (number, call.index)
        for origin in build.engine.origins(call.func, build.engine.call_place(site)):
            if isinstance(origin, Ext):
                for type_id in build.base.new.get(origin.name, ()):
                    if type_id in build.base.builders:
                        rows[site] = New(origin.name, site, 0), build.base.builders[type_id], type_id.partition(":")[0]
    return rows


def _methods(form: BuilderForm) -> set[str]:
    names = {n.method for n in form.nodes} | {e.method for e in form.edges} | {b.method for b in form.branches}
    return names | {form.compile.method, *form.entry_methods, *form.finish_methods, *form.sequence}


def method_calls(build: Build, found: dict[Key, tuple[New, BuilderForm, str]]) -> dict[Key, list[Said]]:
    """Calls of builder methods by the call that makes the builder, with the context in which it does."""
    rows: dict[Key, list[Said]] = {}
    methods = {m for _, form, _ in found.values() for m in _methods(form)}
    for number, call in build.calls():
        if call.last not in methods or call.func[0] != "attr":
            continue
        place = Place(number, call.order)
        for thing in objects(build, build.engine.origins(call.func[1], place)):
            origin = thing.origin
            if isinstance(origin, New) and origin.site in found and said_of(build.engine, number, origin):
                own = rows.setdefault(origin.site, [])
                said = Said((number, call.index), call, origin.ctx)
                if said not in own:
                    own.append(said)
    return rows


def groups(calls: list[Said], added: Callable[[Said], Hashable]) -> list[list[Said]]:
    """The calls that build one graph, each with the context to read it in. Where a function makes the builder, and what it adds depends on
    who calls it, each caller has a graph of its own; `added`: what a call adds."""
    inside = [said for said in calls if not said.ctx]
    contexts = sorted({said.ctx for said in calls if said.ctx})
    if not inside or not contexts or len(contexts) > MOST_CALLERS:
        return [_once(calls)]
    if all(added(said) == added(replace(said, ctx=ctx)) for said in inside for ctx in contexts):
        return [_once(calls)]
    return [[*(replace(s, ctx=ctx) for s in inside), *(replace(s, ctx=0) for s in calls if s.ctx == ctx)] for ctx in contexts]


def _once(calls: list[Said]) -> list[Said]:
    """Each call once, read as any caller may have it."""
    return list(dict.fromkeys(replace(said, ctx=0) for said in calls))
