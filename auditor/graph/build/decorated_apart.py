"""Decorators that give a thread what they decorate: whoever calls the function waits for that without stopping the loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.conditions import conditions
from auditor.graph.build.context import Build
from auditor.graph.build.coroutine_questions import QUESTIONS, asks
from auditor.graph.build.dispatch_answers import calls_by_scope, follow
from auditor.graph.build.elsewhere import runs_it
from auditor.graph.build.loop_terms import arguments, plain
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
            memo[key] = _Uses(build, func.fn, params[position].name, depth).all()
    return memo[key]


@dataclass(slots=True)
class _Uses:
    """The uses of a parameter in a function and in those nested in it. `carriers`: what runs the parameter when it is called itself."""

    build: Build
    fn: Key
    name: str
    depth: int
    carriers: set[Expr] = field(default_factory=set)

    def all(self) -> Handed:
        facts, out = self.build.engine.modules[self.fn[0]], Handed()
        scopes = _inside(facts, self.fn[1], self.name)
        calls = [c for s in scopes for c in calls_by_scope(self.build, self.fn[0]).get(s, ()) if not self._other_kind(c.order)]
        bindings = [b for s in scopes for rows in facts.scopes[s].bindings.values() for b in rows if b.kind == "assign"]
        self.carriers.add(("name", self.name))
        known = 0
        while known < len(self.carriers):
            known = len(self.carriers)
            for call in calls:
                scope = _around(facts, call.order)
                if call.func in self.carriers and scope != self.fn[1]:
                    info = facts.scopes[scope]
                    self.carriers.add(("lambda", scope) if info.kind == "lambda" else ("name", info.name))
                elif self._given(call) and self._is_partial(call):
                    self.carriers.add(("call", call.index))
            self.carriers.update(("name", b.name) for b in bindings if self._held(b.value))
        for call in calls:
            self._call(facts, call, out)
        exits = [e for e in facts.scopes[self.fn[1]].exits if e.kind == "return" and not self._other_kind(e.order)]
        out.here = out.here or any(self._held(e.value) for e in exits)
        return out

    def _call(self, facts: ModuleFacts, call: Call, out: Handed) -> None:
        scope = _around(facts, call.order)
        if call.func in self.carriers:
            out.here = out.here or scope == self.fn[1]
        given = self._given(call)
        if not given or ("call", call.index) in self.carriers:
            return
        site = (self.fn[0], call.index)
        found = self.build.engine.origins(call.func, Place(self.fn[0], call.order))
        if runs_it(self.build, site) in ("thread", "process"):
            self._started(facts, call, facts.scopes[scope].is_async, out)
        elif found and all(isinstance(o, Func) for o in found):
            for where, _ in given:
                self._passed(found, where, call, out)
        elif not found or not all(_is_harmless(o) for o in found):
            out.lost = True

    def _passed(self, found: tuple[Origin, ...], where: int | str, call: Call, out: Handed) -> None:
        """Handed on to other functions of the program."""
        for origin in found:
            way = handed(self.build, origin, where, self.depth + 1) if isinstance(origin, Func) and isinstance(where, int) else Handed()
            apart = (way.awaited or way.beside) and not (way.here or way.lost)
            out.awaited = out.awaited or (apart and not way.beside)
            out.beside = out.beside or (apart and way.beside)
            out.lost = out.lost or not apart

    def _started(self, facts: ModuleFacts, call: Call, in_coroutine: bool, out: Handed) -> None:
        """A coroutine, or whoever gets what the call gives, waits for the thread without stopping the loop; one that waits itself does."""
        if in_coroutine:
            out.awaited = True
            return
        fn = self.build.function_of(self.fn[0], call.order)
        around = facts.statements[call.order][1]
        while facts.blocks[around].kind not in ("function", "module", "lambda", "with"):
            around = facts.blocks[around].parent
        here = calls_by_scope(self.build, fn[0]).get(fn[1], ())
        out.beside = True
        out.lost = out.lost or facts.blocks[around].kind == "with" or any(c.last in WAITING for c in here)

    def _given(self, call: Call) -> list[tuple[int | str, Expr]]:
        rows: list[tuple[int | str, Expr]] = [*enumerate(call.args), *((n or "**", v) for n, v, _ in call.keywords)]
        return [(where, value) for where, value in rows if self._held(value)]

    def _held(self, expr: Expr) -> bool:
        """Whether an expression is what runs the parameter, or may be."""
        if expr in self.carriers:
            return True
        if expr[0] in ("bool", "seq"):
            return any(self._held(e) for e in expr[2])
        if expr[0] == "if":
            return self._held(expr[2]) or self._held(expr[3])
        return expr[0] in ("walrus", "await", "star") and self._held(plain(expr))

    def _is_partial(self, call: Call) -> bool:
        found = self.build.engine.origins(call.func, Place(self.fn[0], call.order))
        return bool(found) and all(isinstance(o, Ext) and o.name == "functools.partial" for o in found)

    def _other_kind(self, order: int) -> bool:
        """Whether a statement only runs where the parameter is a coroutine function."""
        module = self.fn[0]
        return any(must and asks(self.build, module, order, test, self.name) for test, must in conditions(self.build, module, order))


def _inside(facts: ModuleFacts, top: int, name: str) -> list[int]:
    """A function and the scopes in it that mean the same by a name."""
    rows = [top]
    for scope in rows:
        rows.extend(s for s in facts.scopes[scope].children if name not in {p.name for p in facts.scopes[s].params})
    return rows


def _around(facts: ModuleFacts, order: int) -> int:
    """The function or lambda that a statement stands in."""
    scope = facts.statements[order][0]
    while facts.scopes[scope].kind == "comp":
        scope = facts.scopes[scope].parent
    return scope


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
