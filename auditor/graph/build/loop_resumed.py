"""Loops of which each turn resumes a run that has stopped for an answer: whoever gives the answers decides on the next turn."""

from __future__ import annotations

from collections.abc import Collection

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import ROUND, Suites, suites
from auditor.graph.build.loop_changes import GROWING
from auditor.graph.build.loop_terms import arguments, builtin, path, plain, root, walk
from auditor.program.origins.types import Class, Ext, Key, Place

ASKED = "each turn resumes a run that has stopped for an answer, and whether a person gives it is not known"


def resumed(build: Build, module: int, loop: int, models: Collection[Key]) -> str | None:
    """Why it is not known how often a loop turns: it goes round with answers that come from somewhere, and with nothing else.

    `models`: calls that reach a model, whose results are no answers.
    """
    if not build.base.resumes:
        return None
    answers = _Answers(build, suites(build.engine, module), loop, models)
    found = frozenset(o for o in answers.orders if any(map(answers.resumes, answers.own.calls.get(o, ()))))
    goes_round = not found or answers.own.outcomes(loop, found) & ROUND
    return None if goes_round else ASKED


class _Answers:
    """Finds the input that resumes a run in a loop, and what it is made of."""

    def __init__(self, build: Build, own: Suites, loop: int, models: Collection[Key]) -> None:
        self.build, self.own, self.models = build, own, models
        self.orders = own.orders(loop)
        self.given: dict[str, list[Expr]] = {}
        for order in self.orders:
            for binding in own.bindings.get(order, ()):
                self.given.setdefault(binding.name, []).append(binding.value)
            for store in own.stores.get(order, ()):
                self.given.setdefault(root(path(store.base) or ""), []).append(store.value)
            for call in own.calls.get(order, ()):
                if call.func[0] == "attr" and call.last in GROWING:
                    self.given.setdefault(root(path(call.func[1]) or ""), []).extend(arguments(call))

    def resumes(self, call: Call) -> bool:
        """Whether a call makes the input that resumes a run, of what is not written out here."""
        wanted = self.build.base.resumes
        if not any(keyword in wanted.values() for keyword, _, _ in call.keywords):
            return False
        origins = self.build.engine.origins(call.func, Place(self.own.number, call.order))
        names = {wanted.get(o.name) for o in origins if isinstance(o, Ext)} - {None}
        return any(keyword in names and self._from_elsewhere(value, set()) for keyword, value, _ in call.keywords)

    def _from_elsewhere(self, value: Expr, seen: set[str]) -> bool:
        """Whether somebody is asked for a part of a value, or for one of the variables in it that the loop sets."""
        value = plain(value)
        if value[0] == "call" and (self.own.number, value[1]) in self.models:
            return False
        parts = list(walk(self.own.module, value))
        if any(part[0] == "call" and self._asks(self.own.module.calls[part[1]]) for part in parts):
            return True
        names = {part[1] for part in parts if part[0] == "name"} - seen
        seen |= names
        return any(self._from_elsewhere(v, seen) for name in sorted(names) for v in self.given.get(name, ()))

    def _asks(self, call: Call) -> bool:
        """Whether a call may ask: it is none of a model, of what the loop has at hand, nor one that only makes or changes a value."""
        base = path(call.func[1]) if call.func[0] == "attr" else None
        if (self.own.number, call.index) in self.models or (base is not None and root(base) in self.given):
            return False
        origins = self.build.engine.origins(call.func, Place(self.own.number, call.order))
        made = any(isinstance(o, Class) for o in origins)
        return not made and builtin(self.build.engine, call, self.own.number) in (None, "input")
