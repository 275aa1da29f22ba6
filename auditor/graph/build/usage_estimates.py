"""Answers whose tokens the program counts itself, from their text, and books: an estimate of what was used."""

from __future__ import annotations

from auditor.core.location import Location
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.loop_terms import arguments, walk
from auditor.graph.build.matching import called_names, matches
from auditor.program.origins.feasible import fits
from auditor.program.origins.types import Func, Instance, Key, Place

LETTERS = (3, 3.5, 4, 5)
"""of a token: `len(answer) // 4`"""
COMPUTING = frozenset(("len", "min", "max", "range", "int", "float", "round", "sum", "abs", "isinstance"))


class Estimates:
    """Finds them in the functions that an answer comes through."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.last = called_names(build, build.base.token_counts)
        self.known: dict[Key, bool] = {}

    def of(self, fn: Key, trail: Trail) -> Location | None:
        """Where the tokens of an answer, or of a text that a function of the program makes of it, are counted and kept: added to a sum, or
        beside those of what was asked. The length of the answer alone is no usage."""
        made = {c.index for c in trail.body.calls if c.index not in trail.calls and self._passes(fn, trail, c)}
        trail = follow(self.build, fn, calls=trail.calls | made, names=trail.names) if made else trail
        counts = [(c, any(map(trail.part, _given(c)))) for c in trail.body.calls if c.args and self._counts(fn, c)]
        lengths = [(order, trail.part(text)) for expr, order in trail.body.expressions for text in _by_length(trail, expr)]
        beside = not all(own for _, own in (*counts, *lengths))
        for call in (c for c, own in counts if own):
            if self._is_added(fn, call) or (beside and self._is_kept(fn, call)):
                return self.build.call_location((fn[0], call.index))
        orders = (order for order, own in lengths if own and beside)
        return next((self.build.location(fn[0], trail.body.module.statements[o][2]) for o in orders), None)

    def _passes(self, fn: Key, trail: Trail, call: Call) -> bool:
        """A function that is given nothing else: what it makes of more is no answer any more."""
        given = arguments(call)
        if len(given) != 1 or not trail.part(given[0]) or self._counts(fn, call):
            return False
        return any(self.build.engine.scope(f).exits for f in self._functions(fn, call))

    def _functions(self, fn: Key, call: Call) -> list[Key]:
        return [o.fn for o in self.build.engine.origins(call.func, Place(fn[0], call.order)) if isinstance(o, Func)]

    def _counts(self, fn: Key, call: Call) -> bool:
        """A tokenizer, or a function that gives what it is given to one."""
        if call.last in self.last and matches(self.build, self.build.base.token_counts, (fn[0], call.index)):
            return True
        return any(self._is_counter(f) for f in self._functions(fn, call))

    def _is_counter(self, fn: Key) -> bool:
        if fn not in self.known:
            self.known[fn] = False
            trail = follow(self.build, fn, calls=set(), names={p.name for p in self.build.engine.scope(fn).params})
            given = (c for c in trail.body.calls if c.last in self.last and any(trail.part(a) for a in arguments(c)))
            counted = any(matches(self.build, self.build.base.token_counts, (fn[0], c.index)) for c in given)
            self.known[fn] = counted or any(trail.part(text) for e, _ in trail.body.expressions for text in _by_length(trail, e))
        return self.known[fn]

    def _is_added(self, fn: Key, counted: Call) -> bool:
        """`self.used += count(answer)`."""
        trail = follow(self.build, fn, calls={counted.index}, names=set(), loose=True)
        sums = [b.value for b in trail.body.bindings if b.kind == "aug"]
        sums += [s.value for s in trail.body.module.stores if s.operator and trail.body.module.statements[s.order][0] in trail.body.scopes]
        return any(map(trail.mentions, sums))

    def _is_kept(self, fn: Key, counted: Call) -> bool:
        """Whether the number is stored, returned or handed on, and not only compared."""
        trail = follow(self.build, fn, calls={counted.index}, names=set(), loose=True)
        module = trail.body.module
        rows = [s.value for s in module.stores if module.statements[s.order][0] in trail.body.scopes]
        rows += [a for c in trail.body.calls if c.index not in trail.calls and c.last not in COMPUTING for a in arguments(c)]
        rows += [e.value for e in self.build.engine.scope(fn).exits if e.kind == "return"]
        return any(map(trail.mentions, rows))


def unresolved_calls(build: Build, fn: Key) -> list[Key]:
    """Calls that have the name of a method and a receiver that is not known: each may be one of it."""
    scope = build.engine.scope(fn)
    if scope.parent < 0 or build.engine.modules[fn[0]].scopes[scope.parent].kind != "class":
        return []
    name = scope.qualname.rpartition(".")[2]
    method = Func(fn, Instance((fn[0], scope.parent), None, 0), 0)
    named = ((n, c) for n, c in build.engine.calls_by_last.get(name, ()) if c.func[0] == "attr" and build.role(n) != "test")
    rows = [(n, c) for n, c in named if fits(build.engine, method, c)]
    return [(n, c.index) for n, c in rows if not any(isinstance(o, Func) for o in build.engine.origins(c.func, Place(n, c.order)))]


def _given(call: Call) -> list[Expr]:
    return [part for a in arguments(call) for part in (a[1] if a[0] == "fstr" else (a,))]


def _by_length(trail: Trail, expr: Expr) -> list[Expr]:
    """The texts of which `len(text) // 4` is taken."""
    rows: list[Expr] = []
    for part in walk(trail.body.module, expr):
        if part[0] == "op" and part[1] in ("/", "//") and part[3][0] == "const" and part[3][1] in LETTERS and part[2][0] == "call":
            call = trail.body.module.calls[part[2][1]]
            rows.extend(call.args[:1] if call.last == "len" else ())
    return rows
