"""Decorators that give a thread what they decorate: whoever calls the function waits for that without stopping the loop."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.facts.types import Call
from auditor.graph.build.carriers import Carriers, function_around
from auditor.graph.build.context import Build
from auditor.graph.build.coroutine_questions import QUESTIONS
from auditor.graph.build.dispatch_answers import calls_by_scope, follow
from auditor.graph.build.elsewhere import runs_it
from auditor.graph.build.loop_terms import arguments
from auditor.graph.build.retries import applied
from auditor.program.origins.types import Ext, Func, Key, Origin, Place

DEEPEST = 3
WAITING = frozenset(("result", "exception", "join", "wait", "get", "as_completed"))
"""methods and functions that may wait in their thread for what another one does"""
HARMLESS = frozenset(("functools", "inspect", "typing", "logging", "builtins"))
RUNNING = frozenset(("builtins.map", "builtins.filter", "builtins.sorted"))


@dataclass(slots=True)
class Handed:
    """What a function does with one that it is given: it runs it where it is called (`here`), hands it to threads by calls that give
    something to wait for, in a coroutine (`awaited`) or not (`beside`), or does what is not seen (`lost`)."""

    here: bool = False
    lost: bool = False
    awaited: bool = False
    beside: bool = False


def runs_apart(build: Build, fn: Key, site: Key) -> bool:
    """Whether a call of a plain function leads to it in another thread alone: a decorator of it says so, or hands it to one."""
    scope = build.engine.scope(fn)
    if not scope.decorators or scope.is_async or scope.yields:
        return False
    memo: dict[Key, Handed] = build.memo.setdefault("decorated apart", {})  # type: ignore[assignment]
    if fn not in memo:
        memo[fn] = _decorated(build, fn)
    found = memo[fn]
    return found.awaited or (found.beside and not _waits(build, site))


def _decorated(build: Build, fn: Key) -> Handed:
    scope = build.engine.scope(fn)
    for decorator in reversed(scope.decorators):
        found = build.engine.origins(decorator, Place(fn[0], scope.order))
        if any(v.form.makes == "thread" and "decorator" in v.form.as_ and v.form.holds_in is None for v in applied(build, found)):
            return Handed(awaited=True)
        ways = [handed(build, o, 0) if isinstance(o, Func) else Handed() for o in found]
        if ways and all((w.awaited or w.beside) and not (w.here or w.lost) for w in ways):
            return Handed(awaited=all(w.awaited and not w.beside for w in ways), beside=True)
    return Handed()


def handed(build: Build, func: Func, position: int, depth: int = 0) -> Handed:
    """What a function does with the one that it is given at a position."""
    memo: dict[tuple[Key, int], Handed] = build.memo.setdefault("handed to threads", {})  # type: ignore[assignment]
    params = build.engine.scope(func.fn).params
    position += func.owner is not None
    key = func.fn, position
    if key not in memo:
        memo[key] = Handed(lost=True)
        if position < len(params) and params[position].kind == "positional" and depth < DEEPEST:
            memo[key] = _Uses(build, Carriers(build, func.fn, params[position].name), depth).all()
    return memo[key]


@dataclass(slots=True)
class _Uses:
    """The uses of a parameter in a function and in those nested in it."""

    build: Build
    held: Carriers
    depth: int

    def all(self) -> Handed:
        out, top = Handed(), self.held.fn[1]
        for call in self.held.calls:
            if call.func in self.held.found and function_around(self.held.facts, call.order) == top:
                out.here = True
            if ("call", call.index) not in self.held.found:
                self._call(call, out)
        exits = [e for e in self.held.facts.scopes[top].exits if e.kind == "return" and not self.held.other_kind(e.order)]
        out.here = out.here or any(self.held.held(e.value) for e in exits)
        return out

    def _call(self, call: Call, out: Handed) -> None:
        given = self.held.given(call)
        if not given:
            return
        number = self.held.fn[0]
        found = self.build.engine.origins(call.func, Place(number, call.order))
        if runs_it(self.build, (number, call.index)) in ("thread", "process"):
            self._started(call, out)
        elif found and all(isinstance(o, Func) for o in found):
            for where, _ in given:
                self._passed(found, where, out)
        elif not found or not all(_is_harmless(o) for o in found):
            out.lost = True

    def _passed(self, found: tuple[Origin, ...], where: int | str, out: Handed) -> None:
        """Handed on to other functions of the program."""
        for origin in found:
            way = handed(self.build, origin, where, self.depth + 1) if isinstance(origin, Func) and isinstance(where, int) else Handed()
            apart = (way.awaited or way.beside) and not (way.here or way.lost)
            out.awaited = out.awaited or (apart and not way.beside)
            out.beside = out.beside or (apart and way.beside)
            out.lost = out.lost or not apart

    def _started(self, call: Call, out: Handed) -> None:
        """A coroutine, or whoever gets what the call gives, waits for the thread without stopping the loop; one that waits itself does."""
        facts = self.held.facts
        if facts.scopes[function_around(facts, call.order)].is_async:
            out.awaited = True
            return
        fn = self.build.function_of(self.held.fn[0], call.order)
        around = facts.statements[call.order][1]
        while facts.blocks[around].kind not in ("function", "module", "lambda", "with"):
            around = facts.blocks[around].parent
        here = calls_by_scope(self.build, fn[0]).get(fn[1], ())
        out.beside = True
        out.lost = out.lost or facts.blocks[around].kind == "with" or any(c.last in WAITING for c in here)


def _is_harmless(origin: Origin) -> bool:
    """Whether a function only looks at the one that it is given, or makes it look like another one."""
    return (
        isinstance(origin, Ext) and origin.name not in RUNNING and (origin.name in QUESTIONS or origin.name.partition(".")[0] in HARMLESS)
    )


def _waits(build: Build, site: Key) -> bool:
    """Whether the function around a call waits for what the call gives in its own thread."""
    call = build.engine.call(site)
    if call.awaited:
        return False
    trail = follow(build, build.function_of(site[0], call.order), calls={call.index}, names=set())
    waiting = (c for c in trail.body.calls if c.last in WAITING)
    return any((c.func[0] == "attr" and trail.part(c.func[1])) or any(trail.part(a) for a in arguments(c)) for c in waiting)
