"""What is known of the object that a method is called on: it itself, one that the code makes, or a declared type alone."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.feasible import feasible
from auditor.program.origins.objects import external_bases, method
from auditor.program.origins.tables import last_name
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


def fitting(engine: Engine, site: Key, fn: Key) -> tuple[tuple[Key, ...], bool]:
    """The methods of which a call runs one by the class of its object, this one and others, none where it is the only one; and whether
    nothing more than a base of that class is known."""
    call = engine.call(site)
    if call.func[0] != "attr":
        return (), False
    found = [o for o in map(_bare, feasible(engine, call, engine.origins(call.func, Place(site[0], call.order)))) if isinstance(o, Func)]
    if not all(isinstance(o.owner, Instance) for o in found if o.fn == fn):
        return (), False
    rows = dict.fromkeys(o.fn for o in found if o.fn == fn or not _only_declares(engine, o.fn))
    unknown = all(isinstance(o.owner, Instance) and o.owner.site is None for o in found if o.fn == fn)
    return (tuple(rows), unknown) if len(rows) > 1 and fn in rows else ((), False)


def on_self(engine: Engine, site: Key) -> bool:
    """Whether a method is called on the object of the one around it."""
    call = engine.call(site)
    return call.func[0] == "attr" and _is_self(engine, site[0], call.order, call.func[1])


def running(engine: Engine, fn: Key) -> tuple[Key, ...]:
    """The classes whose objects have this method: its own, and those below that have no other in its place."""
    cls: Key = (fn[0], engine.scope(fn).parent)
    return tuple(c for c in (cls, *subclasses(engine, cls)) if method(engine, c, engine.scope(fn).name) == fn)


def is_abstract(engine: Engine, cls: Key) -> bool:
    """Whether nothing can be an object of a class itself, only of those that derive from it."""
    if "abc.ABC" not in external_bases(engine, cls) or not subclasses(engine, cls):
        return False
    scopes = engine.modules[cls[0]].scopes
    return any(last_name(d) == "abstractmethod" for child in scopes[cls[1]].children for d in scopes[child].decorators)


def _only_declares(engine: Engine, fn: Key) -> bool:
    """A method that no object runs: it says what those in its place take and give."""
    scope = engine.scope(fn)
    if any(last_name(d) == "abstractmethod" for d in scope.decorators):
        return True
    raises = [e.value for e in scope.exits if e.kind == "raise"]
    refuses = any(last_name(engine.call((fn[0], v[1])).func if v[0] == "call" else v) == "NotImplementedError" for v in raises)
    if refuses and len(scope.exits) == 1:
        return True
    owner: Key = (fn[0], scope.parent)
    return any(name.endswith(".Protocol") for name in external_bases(engine, owner))


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
