"""Where the usage of an answer is read: its attribute or key, what works out its cost, or where the whole answer is written out."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.location import Location
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, bodies, follow
from auditor.graph.build.loop_terms import arguments, walk
from auditor.graph.build.matching import matches
from auditor.graph.build.usage_given import GivenBack
from auditor.graph.build.usage_reaching import LAST, NO, Reached
from auditor.graph.build.usage_search import Search
from auditor.graph.build.usage_unkept import Unkept
from auditor.program.origins.types import Key


class Reads:
    def __init__(self, build: Build, attributes: set[str], counters: set[str], given: GivenBack) -> None:
        self.build, self.attributes, self.counters, self.given = build, attributes, counters, given
        self.unkept = Unkept(build)
        shown = build.base.shown
        self.showing = build.spellings(n.rsplit(".", 1)[-1] for n in (*shown.functions, *(p for _, p in shown.methods)))
        self.texting = build.spellings(n.rsplit(".", 1)[-1] for n in build.base.texts.functions)

    def read(self, trail: Trail) -> Location | None:
        """Where an attribute or key with usage is read from the result."""
        return next((at for at, *_ in self._places(trail)), None)

    def note(self, search: Search, trail: Trail) -> None:
        """The same, where what is read there is the result."""
        reached = Reached(self.build, trail)
        for at, part, holders, order in self._places(trail):
            level = max(reached.level(holder, order) for holder in holders)
            if level != NO and search.found is None and not self.unkept.lost(trail, part, order):
                search.note(at, level == LAST)

    def _places(self, trail: Trail) -> Iterator[tuple[Location, Expr, list[Expr], int]]:
        for expr, order in trail.body.expressions:
            for part in walk(trail.body.module, expr):
                holders = [e for e in self._of_usage(trail, part) if trail.part(e)]
                if holders:
                    at = self.build.location(trail.body.number, max(1, trail.body.module.statements[order][2]))
                    yield at, part, holders, order

    def _of_usage(self, trail: Trail, expr: Expr) -> list[Expr]:
        """What an expression reads usage of."""
        kind = expr[0]
        if kind == "attr":
            return [expr[1]] if expr[2] in self.attributes else []
        if kind == "sub":
            return [expr[1]] if expr[2][0] == "const" and expr[2][1] in self.attributes else []
        if kind != "call":
            return []
        call = trail.body.module.calls[expr[1]]
        if call.last == "get" and call.func[0] == "attr" and call.args and call.args[0][0] == "const":
            return [call.func[1]] if call.args[0][1] in self.attributes else []
        if call.last == "getattr" and len(call.args) > 1 and call.args[1][0] == "const":
            return [call.args[0]] if call.args[1][1] in self.attributes else []
        return arguments(call) if self.given.reads(trail, call) or (call.last in self.counters and self._counts(trail, call)) else []

    def _counts(self, trail: Trail, call: Call) -> bool:
        """A function that works out the cost of the result that it is given."""
        given = arguments(call)
        return any(trail.part(a) for a in given) and bool(matches(self.build, self.build.base.usage_calls, (trail.body.number, call.index)))

    def shown(self, search: Search, fn: Key, calls: set[int], names: set[str]) -> None:
        """Where the whole result is written out: printed or logged, as it is or inside a text."""
        inside = bodies(self.build, fn).calls
        writing = [c for c in inside if c.last in self.showing]
        if not writing:
            return
        texts = [c.index for c in inside if c.last in self.texting and matches(self.build, self.build.base.texts, (fn[0], c.index))]
        written = follow(self.build, fn, calls=calls, names=names, entire=True, texts=frozenset(texts), streams=search.streams)
        reached = Reached(self.build, written)
        for call in writing:
            site = (fn[0], call.index)
            level = max((reached.level(a, call.order) for a in arguments(call)), default=NO)
            if level != NO and matches(self.build, self.build.base.shown, site):
                search.note(self.build.call_location(site), level == LAST)
