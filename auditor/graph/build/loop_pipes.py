"""Queues from which a function takes what its own tasks have put there, or what it puts back: so nobody else is waited for."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.loop_terms import parts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import New, Place

PUTTING = frozenset(("put", "put_nowait"))


def own_pipe(engine: Engine, module: int, call: Call) -> bool:
    """Whether a call takes from what its function has made, fills, and hands to nobody, nor the functions inside that use it."""
    func = call.func
    if func[0] != "attr" or func[1][0] != "name":
        return False
    facts = engine.modules[module]
    name, scope = func[1][1], facts.statements[call.order][0]
    if scope == 0 or facts.scopes[scope].kind != "function":
        return False
    bindings = facts.scopes[scope].bindings.get(name, ())
    made = engine.origins(func[1], Place(module, call.order))
    if not made or any(b.kind != "assign" for b in bindings) or not bindings:
        return False
    if not all(isinstance(o, New) and o.site[0] == module and facts.statements[engine.call(o.site).order][0] == scope for o in made):
        return False
    inside = _inside(facts, scope)
    if not any(
        c.last in PUTTING and c.func[1] == func[1] for c in facts.calls if c.func[0] == "attr" and facts.statements[c.order][0] in inside
    ):
        return False
    held = {name, *_users(facts, inside - {scope}, name)}
    return not any(value[0] == "name" and value[1] in held for expr in _values(facts, inside) for value in _walk(expr))


def puts_back(engine: Engine, module: int, call: Call) -> bool:
    """Whether what a call takes from a queue is put back in the same suite: who goes through that again waits for nobody else."""
    if call.func[0] != "attr":
        return False
    facts = engine.modules[module]
    scope, block, _ = facts.statements[call.order]
    taken = (("call", call.index), ("await", ("call", call.index)))
    names = {name for name, rows in facts.scopes[scope].bindings.items() if any(b.order == call.order and b.value in taken for b in rows)}
    rows = (c for name in PUTTING for number, c in engine.calls_by_last.get(name, ()) if number == module)
    return any(
        c.func[0] == "attr" and c.func[1] == call.func[1] and facts.statements[c.order][1] == block and c.order > call.order
        for c in rows
        if names and len(c.args) == 1 and c.args[0] in {("name", n) for n in names}
    )


def _inside(facts: ModuleFacts, scope: int) -> set[int]:
    """A function and those written in it."""
    rows, todo = {scope}, [scope]
    while todo:
        children = facts.scopes[todo.pop()].children
        rows.update(children)
        todo.extend(children)
    return rows


def _users(facts: ModuleFacts, scopes: set[int], name: str) -> set[str]:
    """The functions that call a method of what has the name."""
    found = {facts.statements[c.order][0] for c in facts.calls if c.func[0] == "attr" and c.func[1] == ("name", name)}
    return {facts.scopes[s].name for s in scopes & found}


def _values(facts: ModuleFacts, scopes: set[int]) -> Iterator[Expr]:
    """What is handed over, stored, returned or bound to another name."""
    for call in facts.calls:
        if facts.statements[call.order][0] in scopes:
            yield from (*call.args, *(v for _, v, _ in call.keywords))
    yield from (s.value for s in facts.stores if facts.statements[s.order][0] in scopes)
    for index in scopes:
        scope = facts.scopes[index]
        yield from (e.value for e in scope.exits)
        yield from (e for e, _ in scope.yields)
        yield from (b.value for rows in scope.bindings.values() for b in rows if b.kind in ("assign", "unpack"))


def _walk(expr: Expr) -> Iterator[Expr]:
    """An expression and its parts; those of calls stand with the call."""
    todo = [expr]
    while todo:
        part = todo.pop()
        yield part
        if part[0] != "attr":
            todo.extend(parts(part))
