"""What an attribute of the own object holds where the same function has stored it on every way to the use, whatever others store in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.facts.types import OTHER, Binding, Call, Expr, ModuleFacts
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import mro
from auditor.program.origins.reaching import LOOPS, ancestors, flowing
from auditor.program.origins.types import Key, Origin, Place


@dataclass(slots=True)
class Stored:
    """What the methods of a module do with their object. `stored`: (function, attribute) -> its stores; `runs`: (class, method) -> methods
    of the object that it calls or hands on; `calls`: of each method; `heads`: where a `while` begins -> its last statement."""

    stored: dict[tuple[int, str], list[Binding]] = field(default_factory=dict)
    runs: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    calls: dict[int, list[Call]] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)


def stored_here(engine: Engine, expr: Expr, place: Place) -> list[Origin] | None:
    """What `self.name` holds at a place; None where it may be what another function, or no one, has stored."""
    if expr[1][0] != "name" or expr[2] not in engine.stores_by_attr:
        return None
    module, scope, order, block = engine.modules[place.module], engine.place_scope(place), place.order, engine.place_block(place)
    while scope >= 0 and module.scopes[scope].kind == "comp":
        order = module.scopes[scope].order
        scope, block = module.statements[order][:2]
    facts = facts_of(engine, place.module)
    stores = facts.stored.get((scope, expr[2]))
    if stores is None or expr[1] != own_name(module, scope) or len(module.scopes[scope].bindings[expr[1][1]]) > 1:
        return None
    found, always = flowing(module, stores, order, block)
    if not always or any(b.kind == "aug" or b.value == OTHER for b in found):
        return None
    last = max(order - 1, facts.heads.get(order, 0))
    if _anew(engine, (place.module, scope), expr[2], _between(module, min(b.order for b in found), last, block)):
        return None
    return [o for b in reversed(found) for o in engine.origins(b.value, Place(place.module, b.order, place.ctx))]


def _between(module: ModuleFacts, first: int, last: int, block: int) -> range:
    """The statements that may run between a store and a use: of a loop around the use alone, all."""
    for number in ancestors(module, block):
        info = module.blocks[number]
        if info.kind in LOOPS and info.order > first:
            last = max(last, info.last_order)
    return range(first + 1, last + 1)


def _anew(engine: Engine, fn: Key, attr: str, between: range) -> bool:
    """Whether a call may store another value meanwhile: of a method of the object that does, or one that is given the object."""
    module = engine.modules[fn[0]]
    own = ("name", module.scopes[fn[1]].params[0].name)
    calls = [c for c in facts_of(engine, fn[0]).calls.get(fn[1], ()) if c.order in between]
    if any(own in (*c.args, *(v for _, v, _ in c.keywords)) for c in calls):
        return True
    named = {name for c in calls for name in _own_methods(module, c, own)}
    return bool(named) and not named.isdisjoint(_storing(engine, (fn[0], module.scopes[fn[1]].parent), attr))


def _storing(engine: Engine, cls: Key, attr: str) -> set[str]:
    """Methods of a class and its relatives that store an attribute, by themselves or through other methods of the object."""
    known: dict[tuple[Key, str], set[str]] = engine.memo.setdefault("storing methods", {})
    found = known.get((cls, attr))
    if found is None:
        family = dict.fromkeys((*mro(engine, cls), *(c for s in subclasses(engine, cls) for c in mro(engine, s))))
        names: set[str] = set()
        above: dict[str, set[str]] = {}
        for number, index in family:
            facts, scopes = facts_of(engine, number), engine.modules[number].scopes
            names.update(scopes[f].name for f, a in facts.stored if a == attr and scopes[f].parent == index)
            for (owner, method), inner in facts.runs.items():
                for name in inner if owner == index else ():
                    above.setdefault(name, set()).add(method)
        todo = list(names)
        while todo:
            more = above.get(todo.pop(), set()) - names
            names |= more
            todo.extend(more)
        found = known[cls, attr] = names
    return found


def facts_of(engine: Engine, number: int) -> Stored:
    """What the methods of a module do with their object."""
    known: dict[int, Stored] = engine.memo.setdefault("stored here", {})
    if number not in known:
        module = engine.modules[number]
        facts = known[number] = Stored(heads={b.order: b.last_order for b in module.blocks if b.kind == "while"})
        for store in module.stores:
            scope, block, line = module.statements[store.order]
            if store.attr is not None and store.operator != "annotation" and store.base == own_name(module, scope):
                kind = "assign" if store.operator is None else "aug"
                binding = Binding(store.attr, kind, store.value, None, store.order, block, line)
                facts.stored.setdefault((scope, store.attr), []).append(binding)
        for call in module.calls:
            _add_call(facts, module, call)
    return known[number]


def _add_call(facts: Stored, module: ModuleFacts, call: Call) -> None:
    scope = module.statements[call.order][0]
    while scope >= 0 and (own := own_name(module, scope)) is None:
        scope = module.scopes[scope].parent
    if scope >= 0 and own is not None:
        method = module.scopes[scope]
        facts.calls.setdefault(scope, []).append(call)
        facts.runs.setdefault((method.parent, method.name), set()).update(_own_methods(module, call, own))


def own_name(module: ModuleFacts, scope: int) -> Expr | None:
    """The name of the object inside a method."""
    here = module.scopes[scope]
    method = here.kind == "function" and here.params and here.parent >= 0 and module.scopes[here.parent].kind == "class"
    return ("name", here.params[0].name) if method else None


def _own_methods(module: ModuleFacts, call: Call, own: Expr) -> Iterator[str]:
    """Methods of the object that a call runs, or hands on to be run."""
    for part in (call.func, *call.args, *(v for _, v, _ in call.keywords)):
        if part[0] == "attr" and (part[1] == own or is_super(module, part[1])):
            yield part[2]


def is_super(module: ModuleFacts, expr: Expr) -> bool:
    return expr[0] == "call" and module.calls[expr[1]].func == ("name", "super")
