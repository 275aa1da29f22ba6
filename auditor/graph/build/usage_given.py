"""Functions that give back something of what they are given: a line that is parsed, a part by its name."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, bodies, follow
from auditor.graph.build.wrapper_answers import arguments_at
from auditor.program.origins.types import Ext, Func, Key, Origins, Place

MOST_ROUNDS = 4
DEEPEST = 3


class GivenBack:
    """What calls of the program's own functions give of an answer that they are handed, one call at a time: other calls of the same
    function say nothing of it."""

    def __init__(self, build: Build, attributes: set[str]) -> None:
        self.build = build
        self.attributes = attributes
        self.gives: dict[tuple[Key, str, bool, bool], bool] = {}

    def back(self, fn: Key, trail: Trail, begun: Collection[str], raw: bool, depth: int = 0) -> Trail:
        """The trail of an answer in a function, with what calls give back of it. `raw`: it is text of which what is parsed is a part;
        of a trail of all of it then this is all. `begun`: the names that the trail began with."""
        names, but = set(trail.names), frozenset[int]()
        made = self._parsed(fn, trail) if raw else set()
        if trail.entire:
            but = frozenset(c.index for c in trail.body.calls if c.index not in trail.calls and self._loses(trail, c, raw, depth))
            names = set(begun)
        for _ in range(MOST_ROUNDS):
            calls = trail.calls | made
            if made or but - trail.but:
                trail = follow(self.build, fn, calls=calls, names=names, entire=trail.entire, streams=trail.streams, but=but)
            made = {c.index for c in trail.body.calls if self._gives(trail, c, raw, depth)}
            if not made:
                break
        return trail

    def _parsed(self, fn: Key, trail: Trail) -> set[int]:
        """Calls that parse the answer, or a part of its text: a line may be all that tells what was used."""
        some = follow(self.build, fn, calls=trail.calls, names=trail.names) if trail.entire else trail
        given = [c for c in some.body.calls if any(some.part(a) for _, a in arguments_at(c))]
        return {c.index for c in given if any(isinstance(o, Ext) and o.name in self.build.base.parses for o in self._called(some, c))}

    def reads(self, trail: Trail, call: Call) -> bool:
        """`field(answer, "usage")`, where that function takes what it is told to out of what it is given."""
        given = arguments_at(call)
        if not any(v[0] == "const" and v[1] in self.attributes for _, v in given):
            return False
        things = [where for where, v in given if trail.part(v)]
        keys = [where for where, v in given if v[0] == "const" and v[1] in self.attributes]
        called = [o for o in self._called(trail, call) if isinstance(o, Func)] if things else []
        return any(self._picks(func, thing, key) for func in called for thing in things for key in keys)

    def _called(self, trail: Trail, call: Call) -> Origins:
        return self.build.engine.origins(call.func, Place(trail.body.number, call.order))

    def _gives(self, trail: Trail, call: Call, raw: bool, depth: int) -> bool:
        hits = [where for where, value in arguments_at(call) if trail.part(value)]
        if not hits or trail.part(("call", call.index)):
            return False
        called = [o for o in self._called(trail, call) if isinstance(o, Func)] if depth < DEEPEST else []
        return any(self._of(func, where, raw, trail.entire, depth) for func in called for where in hits)

    def _loses(self, trail: Trail, call: Call, raw: bool, depth: int) -> bool:
        """Whether a call of functions of the program gives back only parts of the answer, or nothing of it, though it is handed all."""
        hits = [where for where, value in arguments_at(call) if trail.part(value)]
        called = self._called(trail, call) if hits and depth < DEEPEST else ()
        functions = [o for o in called if isinstance(o, Func)]
        if not functions or len(functions) < len(called):
            return False
        return not any(self._of(f, where, raw, True, depth) for f in functions for where in hits)

    def _of(self, func: Func, where: int | str, raw: bool, entire: bool, depth: int) -> bool:
        """Whether a function gives back something of that argument, or all of it."""
        name = self._name(func, where)
        key = func.fn, name, raw, entire
        if name and key not in self.gives:
            self.gives[key] = False
            trail = follow(self.build, func.fn, calls=set(), names={name}, entire=entire)
            trail = self.back(func.fn, trail, {name}, raw, depth + 1)
            self.gives[key] = any(trail.part(e) for e in self._results(func.fn))
        return bool(name) and self.gives[key]

    def _name(self, func: Func, where: int | str) -> str:
        params = self.build.engine.scope(func.fn).params
        if isinstance(where, str):
            return next((p.name for p in params if p.name == where), "")
        position = where + (func.owner is not None)
        return params[position].name if position < len(params) and params[position].kind == "positional" else ""

    def _results(self, fn: Key) -> Iterator[Expr]:
        scope = self.build.engine.scope(fn)
        yield from (e.value for e in scope.exits if e.kind == "return")
        yield from (e for e, _ in scope.yields)

    def _picks(self, func: Func, thing: int | str, key: int | str) -> bool:
        """Whether a function takes what one argument names out of another one."""
        name, wanted = self._name(func, thing), ("name", self._name(func, key))
        body = bodies(self.build, func.fn)
        held = follow(self.build, func.fn, calls=set(), names={name})
        for call in body.calls if name and wanted[1] else ():
            if call.last == "get" and call.func[0] == "attr" and wanted in call.args[:1] and held.part(call.func[1]):
                return True
            if call.func == ("name", "getattr") and wanted in call.args[1:2] and held.part(call.args[0]):
                return True
        return any(e[0] == "sub" and e[2] == wanted and held.part(e[1]) for e, _ in body.expressions)
