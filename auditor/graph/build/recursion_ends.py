"""Recursions that no condition ends, or none but what a model's answer is asked for: each call comes to the next one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import Suites, suites
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_terms import parts, path, paths, plain, root
from auditor.graph.build.recursion_kinds import Guard
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Key


def endless(engine: Engine, sites: Iterable[tuple[Key, list[Guard]]]) -> bool:
    """Whether each function on the way round comes to its call (a site, with the guards before it) whatever happens, errors left out."""
    return all(_always(engine, site, guards) for site, guards in sites)


def _always(engine: Engine, site: Key, guards: list[Guard]) -> bool:
    own, call = suites(engine, site[0]), engine.call(site)
    scope = own.module.scopes[own.module.statements[call.order][0]]
    if scope.kind != "function" or scope.yields or not all(_is_sure(e, call.index) for e in _expressions(own, call.order)):
        return False
    blocked = {call.order}
    for _, order, test, leave in guards:
        if not _asks_a_new_object(engine, site, test):
            return False
        opened = own.parts.get(order, ())
        # What leaves there is no way out: the branch is never come to.
        blocked.update(o for part in opened[: 1 if leave else 2][-1:] for o in own.orders(part) if call.order not in own.orders(part))
    return not own.outcomes(scope.body, frozenset(blocked))


def _expressions(own: Suites, order: int) -> Iterator[Expr]:
    yield from (b.value for b in own.bindings.get(order, ()))
    yield from (s.value for s in own.stores.get(order, ()))
    yield from (a for c in own.calls.get(order, ()) for a in (*c.args, *(v for _, v, _ in c.keywords), c.func))
    if order in own.exits:
        yield own.exits[order].value
    yield from (own.module.blocks[p].expr for p in own.parts.get(order, ())[:1])


def _is_sure(expr: Expr, call: int) -> bool:
    """Whether an expression comes to a call in any case, if it has it at all."""
    todo = [(expr, True)]
    while todo:
        one, sure = todo.pop()
        if one == ("call", call) and not sure:
            return False
        kind = one[0]
        if kind == "if":
            todo.extend(((one[1], sure), (one[2], False), (one[3], False)))
        elif kind == "bool":
            todo.extend((part, sure and i == 0) for i, part in enumerate(one[2]))
        else:
            todo.extend((part, sure and kind not in ("comp", "lambda")) for part in parts(one))
    return True


def _asks_a_new_object(engine: Engine, site: Key, test: Expr) -> bool:
    """Whether a guard only asks for attributes of the function's object that each new one has, where the call is one of a new one."""
    own, call = suites(engine, site[0]), engine.call(site)
    scope = own.module.scopes[own.module.statements[call.order][0]]
    made = _made(own, call)
    if made is None or not scope.params:
        return False
    cls = engine.origins(made.func, engine.call_place(site))
    names = paths(own.module, test) - {scope.params[0].name}
    if len(cls) != 1 or not isinstance(cls[0], Class) or not names or any(root(n) != scope.params[0].name for n in names):
        return False
    return all(name.count(".") == 1 and _is_written(engine, site[0], name.rpartition(".")[2]) for name in names)


def _made(own: Suites, call: Call) -> Call | None:
    """The call that makes the object of which another one calls a method, if nothing is handed to it."""
    base = plain(call.func[1]) if call.func[0] == "attr" else None
    if base is not None and base[0] == "name":
        rows = own.module.scopes[own.module.statements[call.order][0]].bindings.get(base[1], ())
        base = plain(rows[0].value) if len(rows) == 1 and rows[0].kind == "assign" and rows[0].order < call.order else None
    found = own.module.calls[base[1]] if base is not None and base[0] == "call" else None
    return found if found is not None and not found.args and not found.keywords else None


def _is_written(engine: Engine, module: int, attr: str) -> bool:
    """Whether an attribute begins with a constant in each object: `__init__` sets it."""
    facts = engine.modules[module]
    rows = [s for m, s in engine.stores_by_attr.get(attr, ()) if m == module and s.operator is None]
    return any(s.value[0] == "const" and facts.scopes[facts.statements[s.order][0]].name == "__init__" for s in rows)


def asks_what_was_answered(found: Ends, guards: Iterable[Guard], given: Iterable[tuple[str, Expr]]) -> bool:
    """Whether a guard asks for a parameter for which the call hands over what a model answered."""
    asked = {root(p) for _, _, test, _ in guards for p in paths(found.own.module, test)}
    return any(name in asked and path(plain(value)) != name and found.by_model(value) for name, value in given)
