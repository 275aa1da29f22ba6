"""What the handlers of a `try` catch, and where they only raise again."""

from __future__ import annotations

from auditor.graph.build.loop_blocks import Suites, suites
from auditor.graph.build.loop_terms import callees, path
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Key, Place

CONTROL = frozenset(
    ("builtins.StopIteration", "builtins.StopAsyncIteration", "builtins.KeyboardInterrupt", "builtins.EOFError", "queue.Empty")
)
DRY = (CONTROL - {"builtins.KeyboardInterrupt"}) | {"builtins.IndexError", "builtins.KeyError", "builtins.LookupError"}
EMPTY = (".Empty", ".QueueEmpty")


def caught(engine: Engine, own: Suites, handler: int) -> tuple[str, ...]:
    """What a handler catches: qualified names, as written where they can't be resolved; `*`: everything."""
    info = own.module.blocks[handler]
    if info.expr == ("other",):
        return ("*",)
    rows: list[str] = []
    for one in info.expr[2] if info.expr[0] == "seq" else (info.expr,):
        found = [o.name for o in engine.origins(one, Place(own.number, info.order)) if isinstance(o, Ext)]
        rows.extend(found or [path(one) or "?"])
    return ("*",) if any(n in ("builtins.Exception", "builtins.BaseException") for n in rows) else tuple(dict.fromkeys(rows))


def controls(names: tuple[str, ...]) -> bool:
    """Whether what is caught steers the loop, and is no failure."""
    return bool(names) and all(n in CONTROL or n.endswith(EMPTY) for n in names)


def run_dry(engine: Engine, own: Suites, handler: int) -> bool:
    """Whether a handler only catches that there is no more to get."""
    names = caught(engine, own, handler)
    return bool(names) and all(n in DRY or n.endswith(EMPTY) for n in names)


def comes_back(engine: Engine, fn: Key) -> bool:
    """Whether a function does not only raise."""
    body = engine.scope(fn).body
    return body < 0 or suites(engine, fn[0]).outcomes(body) != {"raise"}


def raising(engine: Engine, own: Suites, handler: int) -> frozenset[int]:
    """The statements of a handler that call a function of the program, alone or awaited, of which all that fit only raise."""
    rows = []
    for order in own.orders(handler):
        calls = own.calls.get(order, ())
        called = {func.fn for call in calls for func in callees(engine, call, own.number)} if len(calls) == 1 else set()
        if called and not any(comes_back(engine, fn) for fn in called):
            rows.append(order)
    return frozenset(rows)
