"""Functions that run what they are handed and give back what that gives: where the answer of a request in a lambda comes out again."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.facts.types import Call, Expr
from auditor.graph.build.carriers import Carriers
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.elsewhere import runs_it
from auditor.graph.build.matching import called_names, matches
from auditor.graph.build.retries import call_retries
from auditor.program.origins.callers import received
from auditor.program.origins.types import Func, Key, Place

MOST_ROUNDS = 3
DEEPEST = 3
Inside = tuple[Key, frozenset[int]]
"""a function that runs what it is handed, and the calls in it that give the answer"""


@dataclass(slots=True)
class Out:
    """Calls of one function that give what a lambda gives that they are handed, or may. `inside`: where the answer is on the way."""

    sure: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    inside: list[Inside] = field(default_factory=list)


def comes_out(build: Build, trail: Trail) -> Out:
    """Where the answer of a request comes out that lambdas of a function give, which runs there or in what it is handed to."""
    out = Out()
    module = trail.body.module
    scopes = [s for s in trail.body.scopes if module.scopes[s].kind == "lambda"]
    for _ in range(MOST_ROUNDS if scopes else 0):
        giving: set[Expr] = {("lambda", s) for s in scopes if any(trail.part(e.value) for e in module.scopes[s].exits)}
        giving |= {("name", b.name) for b in trail.body.bindings if b.value in giving}
        fresh = [c for c in trail.body.calls if giving and c.index not in trail.calls and c.index not in out.open]
        made = {c.index for c in fresh if _gives(build, trail.body.number, c, giving, out)}
        if not made:
            break
        out.sure |= made
        trail = follow(build, _function(build, trail), calls=trail.calls | made, names=trail.names, entire=trail.entire)
    return out


def gives_back(build: Build, callee: Func, where: int | str, depth: int = 0) -> list[Inside]:
    """The calls in a function, and in those that it hands the argument on to, by which it gives back what that gives; empty: not seen."""
    memo: dict[tuple[Key, bool, int | str], list[Inside]] = build.memo.setdefault("gives back", {})  # type: ignore[assignment]
    key = callee.fn, callee.owner is not None, where
    if key not in memo:
        memo[key] = []
        memo[key] = _gives_back(build, callee, where, depth)
    return memo[key]


def handed_over(build: Build, fn: Key) -> tuple[dict[Key, list[Key]], list[Inside]]:
    """Calls of a function inside what it is handed to, or inside what that makes of it -> the calls that get the answer for it; and where
    the answer is on the way. A call of which it is not seen for one of those who hand it over what gets the answer is left out. Who
    hands on what was handed over is on the way, and gets nothing."""
    rows: dict[Key, list[Key]] = {}
    ways: list[Inside] = []
    lost: set[Key] = set()
    for number, call, where in build.engine.value_uses.get(build.engine.scope(fn).name, ()):
        place = Place(number, call.order)
        value = next((v for w, v in arguments_at(call) if w == where), None)
        if value is None or not build.engine.speaks_of(number, fn[0]):
            continue
        if not any(isinstance(o, Func) and o.fn == fn for o in build.engine.origins(value, place)):
            continue
        for origin in build.engine.origins(call.func, place):
            inside = gives_back(build, origin, where) if isinstance(origin, Func) else []
            made = _made_around(build, origin, where) if isinstance(origin, Func) and not inside else []
            getting = [call.index] if inside else _calls_of_result(build, (number, call.index)) if made else []
            for site in [(inner[0], index) for inner, calls in (*inside, *made) for index in calls]:
                rows.setdefault(site, []).extend((number, index) for index in getting)
                lost.update(() if getting else (site,))
            ways.extend([*inside, *made])
    on_the_way = {inner for inner, _ in ways}
    for found in rows.values():
        found[:] = [s for s in found if build.function_of(s[0], build.engine.call(s).order) not in on_the_way]
    return {site: found for site, found in rows.items() if found and site not in lost}, ways


def decorated_answers(build: Build, fn: Key) -> list[Inside]:
    """The calls by which the wrappers that decorators of the program put in a function's place get its answer; of a wrapper for
    coroutines and one for other functions each kind is called in its own."""
    scope = build.engine.scope(fn)
    rows: list[Inside] = []
    for decorator in scope.decorators:
        for origin in build.engine.origins(decorator, Place(fn[0], scope.order)):
            sites = _getting(build, origin) if isinstance(origin, Func) else []
            own = [s for s in sites if _is_awaited(build, s) is scope.is_async]
            rows.extend((build.function_of(s[0], build.engine.call(s).order), frozenset((s[1],))) for s in own or sites)
    return rows


def _is_awaited(build: Build, site: Key) -> bool:
    """Whether a call awaits a coroutine of what it runs, and not a thread."""
    return build.engine.call(site).awaited and runs_it(build, site) not in ("thread", "process")


def _getting(build: Build, decorator: Func) -> list[Key]:
    """The calls in the functions inside a decorator that run what it is given: themselves, in a thread, in a retry."""
    memo: dict[Key, list[Key]] = build.memo.setdefault("calls of decorated functions", {})  # type: ignore[assignment]
    params, position = build.engine.scope(decorator.fn).params, int(decorator.owner is not None)
    if decorator.fn not in memo:
        memo[decorator.fn] = []
        if position < len(params) and params[position].kind == "positional":
            held = Carriers(build, decorator.fn, params[position].name)
            memo[decorator.fn] = [(decorator.fn[0], c.index) for c in held.calls if _gets(build, held, c)]
    return memo[decorator.fn]


def _gets(build: Build, held: Carriers, call: Call) -> bool:
    if build.function_of(held.fn[0], call.order) == held.fn:
        return False
    if call.func == ("name", held.name):
        return True
    site = (held.fn[0], call.index)
    return bool(held.given(call)) and (runs_it(build, site) != "dispatch" or bool(call_retries(build, site)))


def _made_around(build: Build, callee: Func, where: int | str) -> list[Inside]:
    """The functions that a function makes around what it is handed and returns, as a decorator does, which give back what that gives."""
    returned = {e.value for e in build.engine.scope(callee.fn).exits if e.kind == "return"}
    found = [(build.function_of(s[0], build.engine.call(s).order), s[1]) for s in received(build.engine, callee, where)]
    inner = [(fn, i) for fn, i in found if fn != callee.fn and ("name", build.engine.scope(fn).name) in returned]
    return [(fn, frozenset((i,))) for fn, i in inner if _returns(build, fn, {i})]


def _calls_of_result(build: Build, site: Key) -> list[int]:
    """The calls of what a call gives, in the same function."""
    trail = follow(build, build.function_of(site[0], build.engine.call(site).order), calls={site[1]}, names=set(), entire=True)
    return [c.index for c in trail.body.calls if trail.part(c.func)]


def _function(build: Build, trail: Trail) -> Key:
    return trail.body.number, min(trail.body.scopes)


def _gives(build: Build, number: int, call: Call, giving: set[Expr], out: Out) -> bool:
    """Whether a call gives what the lambda gives; one of which that is not seen is noted."""
    if call.func in giving:
        return True
    found = [where for where, value in arguments_at(call) if value in giving]
    if not found:
        return False
    if call.last in called_names(build, build.base.regions) and matches(build, build.base.regions, (number, call.index)):
        return True
    origins = build.engine.origins(call.func, Place(number, call.order))
    for origin in origins:
        inside = gives_back(build, origin, found[0]) if isinstance(origin, Func) else []
        if inside:
            out.inside.extend(inside)
            return True
    if not origins or not all(isinstance(o, Func) and _gives_nothing(build, o.fn) for o in origins):
        out.open.add(call.index)
    return False


def _gives_nothing(build: Build, fn: Key) -> bool:
    scope = build.engine.scope(fn)
    return not scope.yields and all(e.value[0] == "const" for e in scope.exits if e.kind == "return")


def arguments_at(call: Call) -> list[tuple[int | str, Expr]]:
    return [*enumerate(call.args), *((n, v) for n, v, _ in call.keywords if n is not None)]


def _gives_back(build: Build, callee: Func, where: int | str, depth: int) -> list[Inside]:
    fn, scope = callee.fn, build.engine.scope(callee.fn)
    rows: list[Inside] = []
    calls: set[int] = set()
    for site in received(build.engine, callee, where):
        inner = build.function_of(site[0], build.engine.call(site).order)
        if inner == fn:
            calls.add(site[1])
        elif _returns(build, inner, {site[1]}):
            rows.append((inner, frozenset((site[1],))))
            name = ("name", build.engine.scope(inner).name)
            calls.update(c.index for c in follow(build, fn, calls=set(), names=set()).body.calls if c.func == name)
    position = where + (callee.owner is not None) if isinstance(where, int) else None
    names = {p.name for i, p in enumerate(scope.params) if i == position or p.name == where}
    for call in follow(build, fn, calls=set(), names=set()).body.calls if depth < DEEPEST else ():
        for at, value in arguments_at(call):
            if value[0] == "name" and value[1] in names:
                for origin in build.engine.origins(call.func, Place(fn[0], call.order)):
                    inside = gives_back(build, origin, at, depth + 1) if isinstance(origin, Func) else []
                    rows.extend(inside)
                    calls.update({call.index} if inside else ())
    return [(fn, frozenset(calls)), *rows] if calls and _returns(build, fn, calls) else []


def _returns(build: Build, fn: Key, calls: set[int]) -> bool:
    trail = follow(build, fn, calls=calls, names=set())
    return any(e.kind == "return" and trail.part(e.value) for e in build.engine.scope(fn).exits)
