"""Loops that only sleep until somebody else has changed what they test."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call
from auditor.graph.build.loop_blocks import Suites, is_true
from auditor.graph.build.loop_changes import View, called, callee_changes, changes_in
from auditor.graph.build.loop_terms import paths


def polls(view: View, loop: int) -> bool:
    """Whether a `while` sleeps in each turn until somebody else has changed what it tests."""
    own = view.suites
    return own.module.blocks[loop].kind == "while" and only_outside(view, loop) and _sleeps(own, loop)


def only_outside(view: View, loop: int) -> bool:
    """Whether only others can change the loop's test."""
    own = view.suites
    test = own.module.blocks[loop].expr
    if is_true(test):
        return True
    if test[0] == "cmp":
        return False
    mentioned = paths(own.module, test)
    changes = [*changes_in(view, own.orders(loop)), *(c for v in called(view, own.orders(loop)) for c in callee_changes(v))]
    return not any(c.path.removeprefix("len(").removesuffix(")") in mentioned for c in changes)


def _sleeps(own: Suites, loop: int) -> bool:
    """Whether each turn sleeps."""
    return any(c.last == "sleep" for o in own.statements[loop] for c in _surely(own, o))


def _surely(own: Suites, order: int) -> Iterator[Call]:
    yield from own.calls.get(order, ())
    for part in own.parts.get(order, ()):
        if own.module.blocks[part].kind in ("try", "with", "finally"):
            for inner in own.statements[part]:
                yield from _surely(own, inner)
