"""Limits in time: a clock that is compared with a moment or a number of seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.values import Setting, alternatives, merge
from auditor.facts.types import Expr
from auditor.graph.build.loop_bounds import allowed, budget
from auditor.graph.build.loop_changes import Change, View
from auditor.graph.build.loop_checks import Check
from auditor.graph.build.loop_terms import Numbers, is_clock, plain
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Place


def clock_limit(engine: Engine, numbers: Numbers, changes: Sequence[Change], check: Check) -> Setting | None:
    """`time() - start > limit`, `time() > deadline`, `deadline - time() < 0`; `changes`: of the loop's turn."""
    return Clock(engine, numbers, changes).limit(check)


@dataclass(slots=True)
class Clock:
    engine: Engine
    numbers: Numbers
    changes: Sequence[Change]

    def limit(self, check: Check) -> Setting | None:
        view, at = check.view, check.at
        ticking = self._ticks(view, check.counter)
        if ticking is None or check.operator == "==":
            return None
        if check.operator in (">", ">="):
            late: Setting | None = self._deadline(view, check.bound, at)
            return budget(late or _positive(self.numbers(check.bound, at)), "seconds")
        if ticking[0] == "op" and ticking[1] == "-":
            late = self._deadline(view, ticking[2], at)
            return None if late is None else budget(late, "seconds")
        return None

    def _ticks(self, view: View, expr: Expr) -> Expr | None:
        """The expression itself, or the one it was assigned in the loop, if it reads a clock."""
        expr = plain(expr)
        rows: list[Expr] = [expr, *(self._assigned(view, expr) if view.order is None else ())]
        for one in rows:
            if is_clock(self.engine, view.module, one):
                return one
        return None

    def _assigned(self, view: View, expr: Expr) -> list[Expr]:
        """What a name is assigned in the loop's turn."""
        name = view.path(expr)
        return [c.value for c in self.changes if c.path == name and c.way == "set"]

    def _deadline(self, view: View, expr: Expr, at: Place) -> Setting | None:
        """The seconds of `now + seconds`, as written here or where the name was assigned."""
        facts = view.suites.module
        rows = [plain(expr)]
        if rows[0][0] == "name":
            scope = view.suites.module.statements[at.order][0]
            while scope >= 0 and rows[0][1] not in facts.scopes[scope].bindings:
                scope = facts.scopes[scope].parent
            bindings = facts.scopes[scope].bindings.get(rows[0][1], []) if scope >= 0 else []
            rows = [plain(b.value) for b in bindings if b.kind == "assign"]
        elif rows[0][0] == "attr":
            rows = [plain(s.value) for m, s in self.engine.stores_by_attr.get(rows[0][2], ()) if m == view.module]
        for one in rows:
            if one[0] == "op" and one[1] == "+":
                for clock, rest in ((one[2], one[3]), (one[3], one[2])):
                    if is_clock(self.engine, view.module, clock) or self._is_moment(view, clock, at):
                        return _positive(self.numbers(rest, at))
        return None

    def _is_moment(self, view: View, expr: Expr, at: Place) -> bool:
        facts = view.suites.module
        if expr[0] != "name":
            return False
        rows = facts.scopes[facts.statements[at.order][0]].bindings.get(expr[1], [])
        return any(b.kind == "assign" and is_clock(self.engine, view.module, b.value) for b in rows)


def _positive(setting: Setting) -> Setting:
    return merge([allowed(s, lambda n: n) for s in alternatives(setting)])
