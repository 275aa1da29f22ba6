"""Loops and recursions that end at what has been seen before: they ask if it is in a collection, and add it to that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_guards import MEMBERSHIP
from auditor.graph.build.loop_terms import path, plain
from auditor.graph.build.recursion_kinds import parts_of

ADDING = ("add", "append", "appendleft")
TAKING = ("remove", "discard", "pop", "popleft", "clear", "difference_update", "intersection_update")


def seen_in_loop(view: View, loop: int) -> str | None:
    """Why a loop may end that leaves at an element which an earlier turn has added to a collection, in words."""
    own, info = view.suites, view.suites.module.blocks[loop]
    tests = [(own.statement(loop), info.expr, False)] if info.kind == "while" else []
    orders = own.orders(loop)
    tests.extend((order, *row) for order in orders for row in leaving_tests(own, order, loop, view.engine))
    return seen(view, tests, orders)


def seen(view: View, tests: Iterable[tuple[int, Expr, bool]], orders: Iterable[int]) -> str | None:
    """The like of conditions (statement, test, its value at the end) and of the statements that run in a turn."""
    asked = [(o, row) for o, test, leave in tests for part, ends in parts_of(test, leave) if (row := _asked(part, ends)) is not None]
    found = set(_calls(view, orders)) if asked else set()
    for order, (element, kept) in asked:
        added = any(call == (name, kept, element) for name in ADDING for call in found)
        taken = any(name in TAKING and base == kept for name, base, _ in found)
        if added and not taken and not _begun_anew(view, kept, orders):
            line = max(1, view.suites.module.statements[order][2])
            return f"it ends when {element} comes again, which line {line} asks of {kept}; how many there are, is not known"
    return None


def _asked(part: Expr, ends: bool) -> tuple[str, str] | None:
    """The element and the collection of `element in collection`, where that ends it."""
    part = plain(part)
    if part[0] != "cmp" or len(part[2]) != 1 or MEMBERSHIP.get(part[2][0][0]) is not ends:
        return None
    element, kept = path(plain(part[1])), path(plain(part[2][0][1]))
    return None if element is None or kept is None else (element, kept)


def _calls(view: View, orders: Iterable[int]) -> Iterator[tuple[str, str, str]]:
    """The methods that are called, on what, and with what as their first argument."""
    for call in (c for o in orders for c in view.suites.calls.get(o, ())):
        base = path(call.func[1]) if call.func[0] == "attr" else None
        if base is not None:
            yield call.last, base, _first(call)


def _first(call: Call) -> str:
    return (path(plain(call.args[0])) or "") if call.args else ""


def _begun_anew(view: View, kept: str, orders: Iterable[int]) -> bool:
    """Whether a turn sets the collection to another one."""
    own = view.suites
    names = {b.name for o in orders for b in own.bindings.get(o, ())}
    stores = [s for o in orders for s in own.stores.get(o, ()) if s.attr is not None and s.operator != "annotation"]
    return kept in names or kept in {path(("attr", s.base, s.attr)) for s in stores}
