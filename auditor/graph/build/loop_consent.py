"""Loops that go round only when a person wants it: what they ask for the next turn says yes after waiting for somebody, and never else."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.facts.types import Exit, Expr
from auditor.graph.build.loop_blocks import Suites, suites
from auditor.graph.build.loop_changes import View, changes_in
from auditor.graph.build.loop_ends import Waiting
from auditor.graph.build.loop_terms import Waits, callees, plain
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key

DEEPEST = 2


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
