"""Methods that Python calls by itself: what a `with` runs as it is entered and left."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.program.origins.objects import method
from auditor.program.origins.types import Attr, Instance, Key, New, Place

METHODS = {"__enter__": False, "__exit__": False, "__aenter__": True, "__aexit__": True}
"""those of a `with`, and whether it is an asynchronous one"""
STACKS = {"enter_context": False, "enter_async_context": True}


class Entered(NamedTuple):
    """Where an object is entered; `call`: the call that gives it there, -1 for none."""

    module: int
    order: int
    expr: Expr
    call: int


def entered(build: Build, fn: Key) -> list[Entered]:
    """Where a `with` calls a method of the class that it stands in, of an object that is known to be of this class or of one below."""
    scope = build.engine.scope(fn)
    if scope.name not in METHODS or scope.parent < 0 or build.engine.scope((fn[0], scope.parent)).kind != "class":
        return []
    rows: list[Entered] = []
    for cls, found in _table(build, METHODS[scope.name]).items():
        if method(build.engine, cls, scope.name) == fn:
            rows.extend(one for one in found if build.engine.speaks_of(one.module, fn[0]))
    return list(dict.fromkeys(rows))


def _table(build: Build, is_async: bool) -> dict[Key, list[Entered]]:
    """Class -> where its objects are entered."""
    known: dict[bool, dict[Key, list[Entered]]] = build.memo.setdefault("entered objects", {})  # type: ignore[assignment]
    if is_async not in known:
        table = known[is_async] = defaultdict(list)
        for one in _items(build, is_async):
            for origin in build.engine.origins(one.expr, Place(one.module, one.order)):
                if isinstance(origin, Instance):
                    table[origin.cls].append(one)
    return known[is_async]


def _items(build: Build, is_async: bool) -> list[Entered]:
    rows: list[Entered] = []
    for number, module in enumerate(build.engine.modules):
        for block in module.blocks:
            if block.kind == "with" and block.is_async is is_async:
                rows.extend(_item(number, block.order, expr) for expr in block.items)
    for name in (name for name, other in STACKS.items() if other is is_async):
        for number, call in build.engine.calls_by_last.get(name, ()):
            found = build.engine.origins(call.func, Place(number, call.order)) if call.args else ()
            if any(isinstance(o, Attr) and isinstance(o.base, New) and o.base.name.startswith("contextlib.") for o in found):
                rows.append(_item(number, call.order, call.args[0]))
    return rows


def _item(number: int, order: int, expr: Expr) -> Entered:
    while expr[0] == "await":
        expr = expr[1]
    return Entered(number, order, expr, expr[1] if expr[0] == "call" else -1)
