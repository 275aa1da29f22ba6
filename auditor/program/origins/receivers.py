"""What is known of the object that a method is called on: it itself, one that the code makes, or a declared type alone."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Func, Instance, Key, Origin, Partial, Place

MOST_NAMES = 4


def declared_only(engine: Engine, site: Key, fn: Key) -> bool:
    """Whether a call may run this method only because a type is declared: which object, and so which method, nothing proves."""
    call = engine.call(site)
    if call.func[0] != "attr":
        return False
    found = [o for o in map(_bare, engine.origins(call.func, Place(site[0], call.order))) if isinstance(o, Func) and o.fn == fn]
    typed = bool(found) and all(isinstance(o.owner, Instance) and o.owner.site is None for o in found)
    return typed and not _is_self(engine, site[0], call.order, call.func[1])


def _bare(origin: Origin) -> Origin:
    while isinstance(origin, Partial):
        origin = origin.target
    return origin


def _is_self(engine: Engine, module: int, order: int, expr: Expr, depth: int = 0) -> bool:
    """`self`, `super()`, or a variable that is nothing else."""
    facts = engine.modules[module]
    if expr[0] == "call":
        return facts.calls[expr[1]].func == ("name", "super")
    if expr[0] != "name" or depth > MOST_NAMES:
        return False
    scope = facts.statements[order][0]
    while scope >= 0:
        here = facts.scopes[scope]
        bindings = here.bindings.get(expr[1], ())
        if bindings:
            if all(b.kind == "param" for b in bindings):
                return here.params[0].name == expr[1] and here.parent >= 0 and facts.scopes[here.parent].kind == "class"
            return all(b.kind == "assign" and _is_self(engine, module, b.order, b.value, depth + 1) for b in bindings)
        scope = here.parent
    return False
