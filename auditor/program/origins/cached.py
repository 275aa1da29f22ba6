"""Objects that a function makes once for each key and keeps: what it takes out again is what it would make here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Instance, Key, New, Origin, Origins


def made_here(engine: Engine, fn: Key, ctx: int, found: Sequence[tuple[Expr, Origins]]) -> list[Origin]:
    """What a function returns (`found`: expressions, and what each is), without what it takes out of a cache, where the key of that tells
    all of which this call would make the object anew."""
    objects = [o for _, rows in found for o in rows if isinstance(o, (New, Instance)) and o.ctx == ctx] if ctx else []
    own = {o.site for o in objects if o.site is not None and o.site not in engine.made_up}
    made = [site for site in own if site[0] == fn[0] and engine.place_scope(engine.call_place(site)) == fn[1]]
    if len(made) != 1 or len(found) < 2:
        return [o for _, rows in found for o in rows]
    made_of = _parameters(engine, fn, ("call", made[0][1]))
    taken = [_is_taken_out(engine, fn, value, rows, made[0], made_of) for value, rows in found]
    return [o for out, (_, rows) in zip(taken, found, strict=True) for o in rows if all(taken) or not out]


def may_be_missing(engine: Engine, fn: Key, value: Expr) -> bool:
    """Whether a variable holds what `get` has found under a key: then it is asked for before it is given back, and nothing may be there."""
    bound = [b.value for b in engine.scope(fn).bindings.get(value[1], ())] if value[0] == "name" else []
    return len(bound) == 1 and bound[0][0] == "call" and engine.call((fn[0], bound[0][1])).last == "get"


def _is_taken_out(engine: Engine, fn: Key, value: Expr, rows: Origins, made: Key, made_of: set[str]) -> bool:
    """Whether a variable holds what was kept of such an object, under a key of all the parameters of which it is made."""
    if value[0] != "name" or not any(isinstance(o, (New, Instance)) and o.site == made for o in rows):
        return False
    bound = [b.value for b in engine.scope(fn).bindings.get(value[1], ())]
    return len(bound) == 1 and bound[0] != ("call", made[1]) and made_of <= _parameters(engine, fn, bound[0])


def _parameters(engine: Engine, fn: Key, expr: Expr) -> set[str]:
    """The parameters of a function that an expression reads, also through its variables."""
    scope = engine.scope(fn)
    params = {p.name for p in scope.params}
    found: set[str] = set()
    seen: set[str] = set()
    todo: list[Any] = [expr]
    while todo:
        part = todo.pop()
        if not isinstance(part, tuple) or not part:
            continue
        if part[0] == "call" and len(part) == 2 and isinstance(part[1], int):
            call = engine.call((fn[0], part[1]))
            todo.extend((call.func, *call.args, *(value for _, value, _ in call.keywords)))
        elif part[0] == "name" and len(part) == 2 and part[1] in params:
            found.add(part[1])
        elif part[0] == "name" and len(part) == 2 and part[1] not in seen:
            seen.add(part[1])
            todo.extend(b.value for b in scope.bindings.get(part[1], ()) if b.kind == "assign")
        else:
            todo.extend(part)
    return found
