"""Clients that may be called through something the program puts around them on a condition."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import arguments
from auditor.graph.build.things import objects
from auditor.program.origins.types import Const, Ext, Key, New, Origin, Place, Result


def wrapped(build: Build, site: Key) -> str:
    """Why the receiver of a call may be another object than the client: `lib = tracer.wrap(sdk) if tracer else sdk`; empty: it is not."""
    call = build.engine.call(site)
    expr = call.func
    while expr[0] == "attr":
        expr = expr[1]
        known: set[Origin] = {o for o in build.engine.origins(expr, Place(site[0], call.order)) if isinstance(o, (New, Ext, Result))}
        for number, order, value in _values(build, site[0], call.order, expr) if known else ():
            for made in _alternatives(value):
                if made[0] == "call" and _wraps(build, (number, made[1]), Place(number, order), known):
                    callee = build.callee((number, made[1]))
                    return f"it may be called through what {callee} makes of its client, which is not read"
    return ""


def _values(build: Build, number: int, order: int, expr: Expr) -> Iterator[tuple[int, int, Expr]]:
    """What is assigned to a variable or an attribute: module, statement, value."""
    module = build.engine.modules[number]
    if expr[0] == "attr":
        yield from ((n, s.order, s.value) for n, s in build.engine.stores_by_attr.get(expr[2], ()) if n == number)
    elif expr[0] == "name":
        scope = module.statements[order][0]
        while scope >= 0:
            found = module.scopes[scope].bindings.get(expr[1])
            if found:
                yield from ((number, b.order, b.value) for b in found if b.kind == "assign")
                return
            scope = module.scopes[scope].parent


def _alternatives(expr: Expr) -> Iterator[Expr]:
    if expr[0] == "if":
        yield from _alternatives(expr[2])
        yield from _alternatives(expr[3])
    elif expr[0] == "bool":
        for part in expr[2]:
            yield from _alternatives(part)
    else:
        yield expr[1] if expr[0] == "await" else expr


def _wraps(build: Build, site: Key, place: Place, known: set[Origin]) -> bool:
    """A call that gets the client and gives something else that is not known."""
    if ("tracing_switch", site) in build.by_site:
        return False
    given = {o for a in arguments(build.engine.call(site)) for o in build.engine.origins(a, place)}
    if known.isdisjoint(given):
        return False
    others = [o for o in build.engine.origins(("call", site[1]), place) if o not in given and not isinstance(o, Const)]
    return bool(others) and not objects(build, tuple(others))
