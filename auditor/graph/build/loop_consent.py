"""Loops that go round only when a person wants it: what they ask for the next turn says yes after waiting for somebody, and never else.

Or those that go on beyond their limit only then.
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.facts.types import Exit, Expr
from auditor.graph.build.loop_blocks import Suites, suites
from auditor.graph.build.loop_changes import Change, View, changes_in
from auditor.graph.build.loop_checks import Check, own_checks, reaches
from auditor.graph.build.loop_counted import Limit
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_terms import Waits, callees, plain
from auditor.graph.build.loop_waiting import Waiting
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, New, Place, Result

DEEPEST = 2
FUTURES = ("asyncio.Future", "concurrent.futures.Future")


def wanted(engine: Engine, module: int, loop: int, waits: Waits) -> bool:
    """Whether the test of a `while` is a variable that each turn sets to such an answer."""
    own = suites(engine, module)
    info = own.module.blocks[loop]
    if info.kind != "while" or info.expr[0] != "name":
        return False
    changes = [c for c in changes_in(View(engine, module), own.orders(loop)) if c.path == info.expr[1]]
    waiting = Waiting(engine, waits)
    return _all(_answer(waiting, own, plain(c.value), 0) if c.way == "set" else "" for c in changes) == "asked"


def _all(answers: Iterable[str]) -> str:
    """What several answers are together: somebody has to be asked for one of them at least, else all of them only say no."""
    found = set(answers)
    return "" if "" in found or not found else "asked" if "asked" in found else "no"


def _answer(waiting: Waiting, own: Suites, value: Expr, depth: int) -> str:
    """`no`: a constant; `asked`: the answer of functions that say yes only after waiting for a person; empty: anything else."""
    if value[0] == "const":
        return "" if value[1] else "no"
    if value[0] != "call" or depth > DEEPEST:
        return ""
    found = callees(waiting.engine, own.module.calls[value[1]], own.number)
    return _all(_consents(waiting, func.fn, depth) for func in found)


def _consents(waiting: Waiting, fn: Key, depth: int) -> str:
    own, scope = suites(waiting.engine, fn[0]), waiting.engine.scope(fn)
    returns = [leave for leave in scope.exits if leave.kind == "return"]
    return "" if scope.yields else _all(_asked_before(waiting, own, fn, leave, depth) for leave in returns)


def _asked_before(waiting: Waiting, own: Suites, fn: Key, leave: Exit, depth: int) -> str:
    scope, value = waiting.engine.scope(fn), plain(leave.value)
    if value[0] == "name" and value[1] in scope.bindings:
        given = scope.bindings[value[1]]
        return _all(_answer(waiting, own, plain(b.value), depth + 1) if b.kind == "assign" else "" for b in given)
    answer = _answer(waiting, own, value, depth + 1)
    block = own.block_of(leave.order)
    while not answer and block >= 0 and own.module.blocks[block].scope == fn[1]:
        if any(waiting.statement(own, o, 1) == "human" for o in own.statements[block] if o < leave.order):
            answer = "asked"
        block = own.module.blocks[block].parent
    return answer


def prolonged(limits: Limits, waits: Waits) -> Limit | None:
    """A limit whose counter is set back only where it is reached, after somebody was waited for: it holds until then."""
    waiting = Waiting(limits.engine, waits)
    for check in own_checks(limits.view, limits.loop):
        name = limits.counter(check)
        mine = [c for c in limits.own_changes if c.path == name and not reaches(c, check)]
        resets = [c for c in mine if c.way == "set"]
        counted = [c.order for c in mine]
        if not resets or not all(_granted(waiting, limits.own, check, c) for c in resets) or not limits.every_turn(counted):
            continue
        found = limits.evaluate(check, [c for c in limits.own_changes if c not in resets], partial=True)
        if found is not None and name is not None and limits.resets.of(check, name) is None:
            return found
    return None


def _granted(waiting: Waiting, own: Suites, check: Check, reset: Change) -> bool:
    """Whether a counter is set back in the branch of a check, behind a statement of it that surely waits for somebody."""
    part = next((p for p in own.parts.get(check.at.order, ()) if reset.block >= 0 and own.chain(reset.block, p) is not None), None)
    before = [o for o in own.statements[part] if o < reset.order] if part is not None else []
    return any(waiting.statement(own, o, 0) is not None or _awaited(waiting.engine, own, o) for o in before)


def _awaited(engine: Engine, own: Suites, order: int) -> bool:
    """Whether a statement, or what it calls, waits for a future that somebody else fills."""
    inside = [
        (f.fn[0], suites(engine, f.fn[0]), engine.scope(f.fn).body)
        for c in own.calls.get(order, ())
        for f in callees(engine, c, own.number)
    ]
    rows = [(own, order), *((inner, o) for _, inner, body in inside if body >= 0 for o in inner.statements[body])]
    return any(_is_future(engine, inner, o, _awaits(b.value)) for inner, o in rows for b in inner.bindings.get(o, ()))


def _awaits(value: Expr) -> Expr | None:
    return value[1] if value[0] == "await" and value[1][0] in ("name", "attr") else None


def _is_future(engine: Engine, own: Suites, order: int, value: Expr | None) -> bool:
    found = engine.origins(value, Place(own.number, order)) if value is not None else ()
    return any((isinstance(o, Result) and o.method == "create_future") or (isinstance(o, New) and o.name in FUTURES) for o in found)
