"""Which answers of a call a variable holds where it is read: none where it was set anew, of a loop that is over the last one alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from auditor.facts.types import Binding, Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import ADDING, HOLDING, Trail
from auditor.graph.build.loop_blocks import ROUND, suites
from auditor.graph.build.loop_terms import path, plain, root, walk
from auditor.graph.build.retry_regions import loop_region
from auditor.program.origins.reaching import LOOPS, ancestors, reaching

MOST_ROUNDS = 8
MOST_BINDINGS = 64
NO, LAST, ALL = 0, 1, 2
"""how much of what a call answers, each time that it is made"""


class Reached:
    """Asks that of one trail. Where a name is not followed (a parameter, an attribute, what a container holds), all is in it."""

    def __init__(self, build: Build, trail: Trail) -> None:
        self.build, self.trail = build, trail
        self.facts = trail.body.module
        self.values: dict[int, int] | None = None
        self.again: dict[tuple[int, int], bool] = {}
        self.names: dict[str, list[str]] = {}
        for name in trail.names:
            self.names.setdefault(root(name), []).append(name)

    def level(self, expr: Expr, order: int) -> int:
        """How much of the answers an expression is at a statement, or has a part of."""
        if not self.trail.part(expr):
            return NO
        if self.values is None:
            self.values = {}
            self._spread(self.values)
        return self._level(expr, order, self.values)

    def _spread(self, values: dict[int, int]) -> None:
        """What each binding gives, from one to the next until nothing is new; where that takes long, all of them give all."""
        known = [b for b in self.trail.body.bindings if b.name in self.trail.names and _is_followed(b)]
        rows = [b for b in known if self.trail.part(b.value) or self._is_made_of_itself(b)]
        values.update((id(b), NO) for b in rows)
        for _ in range(MOST_ROUNDS):
            fresh = [(id(b), level) for b in rows if (level := self._given(b, values)) > values[id(b)]]
            values.update(fresh)
            if not fresh:
                return
        values.update((id(b), ALL) for b in rows)

    def _given(self, binding: Binding, values: dict[int, int]) -> int:
        if self.trail.part(binding.value):
            return self._level(binding.value, binding.order, values)
        return max((self._name(name, binding.order, values) for name in self.names.get(binding.name, ())), default=NO)

    def _is_made_of_itself(self, binding: Binding) -> bool:
        """`text = strip(text)`: what is made of an answer stands for it still, unless a model is asked with it."""
        asked = plain(binding.value)
        if asked[0] == "call" and ("model_call", (self.trail.body.number, asked[1])) in self.build.by_site:
            return False
        return any(e == ("name", binding.name) for e in walk(self.facts, binding.value))

    def _level(self, expr: Expr, order: int, values: dict[int, int]) -> int:
        read = {str(e[1]) for e in walk(self.facts, expr) if e[0] in ("name", "walrus")}
        levels = {name: self._name(name, order, values) for one in read for name in self.names.get(one, ())}
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

    def _name(self, name: str, order: int, values: dict[int, int]) -> int:
        scope = self.facts.statements[order][0]
        while self.facts.scopes[scope].kind in ("comp", "lambda") and name not in self.facts.scopes[scope].bindings:
            order = self.facts.scopes[scope].order
            scope = self.facts.scopes[scope].parent
        bindings = self.facts.scopes[scope].bindings.get(name)
        if not bindings or name in self.filled or self.facts.scopes[scope].kind in ("comp", "lambda"):
            return ALL
        found = reaching(self.facts, bindings, order, self.facts.statements[order][1]) if len(bindings) <= MOST_BINDINGS else ()
        return max((self._binding(b, order, values) for b in found), default=ALL)

    def _binding(self, binding: Binding, order: int, values: dict[int, int]) -> int:
        if binding.kind in ("import", "from", "def", "class", "except", "del"):
            return NO
        if not _is_followed(binding) or self.trail.events(binding):
            return ALL
        level = values.get(id(binding), NO)
        return LAST if level == ALL and self._lasts(binding, order) else level

    def _lasts(self, binding: Binding, order: int) -> bool:
        """Whether a loop around a binding and the call that gives the answer goes on after that, and is over where the name is read."""
        around = set(ancestors(self.facts, self.facts.statements[order][1]))
        loops = [b for b in ancestors(self.facts, binding.block) if b not in around and self.facts.blocks[b].kind in LOOPS]
        calls = [c for c in self.trail.body.calls if c.index in self.trail.calls] if loops else []
        return any(self._goes_on(call, loop) for loop in loops for call in calls)

    def _goes_on(self, call: Call, loop: int) -> bool:
        key = (call.index, loop)
        if key not in self.again:
            self.again[key] = self._again(call, loop)
        return self.again[key]

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
        rows = loop_region(self.build, self.trail.body.number, loop, trail, order) if own.onward(order, loop) & ROUND else []
        return any(self.build.graph.flow.regions[region].kind == "loop" for region in rows)


def _is_followed(binding: Binding) -> bool:
    return binding.kind in HOLDING and binding.kind != "aug"
