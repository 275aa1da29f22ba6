"""Loops in which each turn that asks a model leaves: they wait for their turn, and begin anew only where somebody cancels what they do."""

from __future__ import annotations

from auditor.graph.build.loop_asking import goes_round
from auditor.graph.build.loop_caught import raising
from auditor.graph.build.loop_ends import Ends
from auditor.program.origins.types import Ext, Place

CANCELLED = frozenset(("asyncio.CancelledError", "asyncio.exceptions.CancelledError", "concurrent.futures.CancelledError"))


def asks_once(ends: Ends) -> bool:
    """Whether the loop is left behind each request, unless that is cancelled from outside."""
    own = ends.own
    calls = [(o, c) for o in ends.orders for c in own.calls.get(o, ()) if ends.reaches(ends.view.module, c)]
    handlers = [b for b in own.nested(ends.loop) if own.module.blocks[b].kind == "except"]
    cancelled = [h for h in handlers if _is_cancelled(ends, h)]
    left = frozenset(o for h in handlers for o in raising(ends.view.engine, own, h))
    blocked = left | {min(own.statements[h], default=-1) for h in cancelled}
    orders = {order for order, _ in calls}
    return bool(orders) and not any(goes_round(own, ends.loop, order, blocked, cancelled) for order in orders)


def _is_cancelled(ends: Ends, handler: int) -> bool:
    """Whether a handler catches nothing but a cancellation."""
    info = ends.own.module.blocks[handler]
    types = info.expr[2] if info.expr[0] == "seq" else (info.expr,)
    found = [o for one in types for o in ends.view.engine.origins(one, Place(ends.view.module, info.order))]
    return bool(found) and all(isinstance(o, Ext) and o.name in CANCELLED for o in found)
