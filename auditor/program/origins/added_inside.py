"""What a function that is handed a container adds to it (`def fill(tools): tools.append(extra)`, `fill(own)`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Call
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Func, Key, Place

MOST_USES = 64
"""places where one name is an argument of such functions: beyond, the name is everywhere"""


@dataclass(slots=True)
class Inside:
    """`adding`: function -> calls in it that add to one of its parameters; `handed`: name -> calls of functions so named that are handed
    it."""

    adding: dict[Key, list[Call]] = field(default_factory=dict)
    handed: dict[str, list[tuple[int, Call]]] = field(default_factory=dict)


def added_inside(engine: Engine, names: Collection[str], at: Place) -> Iterator[tuple[Place, Call]]:
    """Calls that add to a parameter of a function to which something under one of these names is handed, where the container is written,
    each in the context of that call."""
    inside = _inside(engine)
    scope = engine.place_scope(at)
    for name in sorted(names) if inside.handed else ():
        uses = [(n, c) for n, c in inside.handed.get(name, ()) if n == at.module]
        for number, call in uses if len(uses) <= MOST_USES else ():
            ctx = at.ctx if engine.place_scope(Place(number, call.order)) == scope else 0
            for callee in (o for o in engine.origins(call.func, Place(number, call.order, ctx)) if isinstance(o, Func)):
                for adding in inside.adding.get(callee.fn, ()):
                    if callee.fn[0] != number or adding.func[1][1] not in names:
                        yield Place(callee.fn[0], adding.order, engine.entered(callee, (number, call.index), ctx, ())), adding


def _inside(engine: Engine) -> Inside:
    found = engine.memo.get("added inside")
    if not isinstance(found, Inside):
        found = engine.memo["added inside"] = Inside()
        for rows in engine.mutations_by_name.values():
            for number, call in rows:
                fn = _function(engine, number, call)
                if fn is not None and call.func[1][0] == "name" and any(p.name == call.func[1][1] for p in engine.scope(fn).params):
                    found.adding.setdefault(fn, []).append(call)
        for last in sorted({engine.scope(fn).name for fn in found.adding}):
            for number, call in engine.calls_by_last.get(last, ()):
                given = {a[1] for a in (*call.args, *(v for _, v, _ in call.keywords)) if a[0] == "name"}
                for name in given:
                    found.handed.setdefault(name, []).append((number, call))
    return found


def _function(engine: Engine, number: int, call: Call) -> Key | None:
    """The function that a call stands in itself."""
    module = engine.modules[number]
    scope = module.statements[call.order][0]
    return (number, scope) if module.scopes[scope].kind == "function" else None
