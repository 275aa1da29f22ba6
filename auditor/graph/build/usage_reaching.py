"""Which answers of a call a variable holds where it is read: none where it was set anew, of a loop that is over the last one alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from auditor.facts.types import Binding, Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import ADDING, HOLDING, Trail
from auditor.graph.build.loop_blocks import ROUND, suites
from auditor.graph.build.loop_regions import loop_region
from auditor.graph.build.loop_terms import path, root, walk
from auditor.program.origins.reaching import LOOPS, ancestors, reaching

NO, LAST, ALL = 0, 1, 2
"""how much of what a call answers, each time that it is made"""


class Reached:
    """Asks that of one trail. Where a name is not followed (a parameter, an attribute, what a container holds), all is in it."""

    def __init__(self, build: Build, trail: Trail) -> None:
        self.build, self.trail = build, trail
        self.facts = trail.body.module
        self.asked: set[tuple[int, int]] = set()

    def level(self, expr: Expr, order: int) -> int:
        """How much of the answers an expression is at a statement, or has a part of."""
        if not self.trail.part(expr):
            return NO
        read = {str(e[1]) for e in walk(self.facts, expr) if e[0] in ("name", "walrus")}
        levels = {name: self._name(name, order) for name in self.trail.names if root(name) in read}
        for least in (ALL, LAST):
            known = {name for name, level in levels.items() if level >= least}
            if replace(self.trail, names=known).part(expr):
                return least
        return NO

    @cached_property
    def filled(self) -> set[str]:
        """The variables that something is put into: a list of answers, an object with one."""
        body = self.trail.body
        added = [c.func[1] for c in body.calls if c.last in ADDING and c.func[0] == "attr"]
        return {root(name) for base in (*added, *(s.base for s in body.stores)) if (name := path(base)) is not None}

    def _name(self, name: str, order: int) -> int:
        scope = self.facts.statements[order][0]
        while self.facts.scopes[scope].kind in ("comp", "lambda") and name not in self.facts.scopes[scope].bindings:
            order = self.facts.scopes[scope].order
            scope = self.facts.scopes[scope].parent
        bindings = self.facts.scopes[scope].bindings.get(name)
        if not bindings or name in self.filled or self.facts.scopes[scope].kind in ("comp", "lambda"):
            return ALL
        found = reaching(self.facts, bindings, order, self.facts.statements[order][1])
        return max((self._binding(b, order) for b in found), default=ALL)

    def _binding(self, binding: Binding, order: int) -> int:
        if binding.kind in ("import", "from", "def", "class", "except", "del"):
            return NO
        if binding.kind not in HOLDING or binding.kind == "aug" or self.trail.events(binding):
            return ALL
        key = (id(binding), order)
        if key in self.asked:
            return NO
        self.asked.add(key)
        level = self.level(binding.value, binding.order)
        self.asked.discard(key)
        return min(level, LAST) if level == ALL and self._lasts(binding, order) else level

    def _lasts(self, binding: Binding, order: int) -> bool:
        """Whether a loop around a binding and the call that gives the answer goes on after that, and is over where the name is read."""
        around = set(ancestors(self.facts, self.facts.statements[order][1]))
        loops = [b for b in ancestors(self.facts, binding.block) if b not in around and self.facts.blocks[b].kind in LOOPS]
        calls = [c for c in self.trail.body.calls if c.index in self.trail.calls]
        return any(self._again(call, loop) for loop in loops for call in calls)

    def _again(self, call: Call, loop: int) -> bool:
        """Whether a loop may make a call again once it has answered: it does not only try again what failed, or was no good."""
        own = suites(self.build.engine, self.trail.body.number)
        inside = ancestors(self.facts, self.facts.statements[call.order][1])
        if loop not in inside:
            return False
        order = call.order
        for block in inside[: inside.index(loop)]:
            if self.facts.blocks[block].kind in LOOPS:
                order = own.statement(block)
        trail = inside[: inside.index(loop)]
        rows = loop_region(self.build, self.trail.body.number, loop, trail) if own.onward(order, loop) & ROUND else []
        return any(self.build.graph.flow.regions[region].kind == "loop" for region in rows)
