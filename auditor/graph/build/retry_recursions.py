"""Retries by recursion: functions that call themselves again, in a handler or where the answer is not good enough."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.values import UNBOUNDED, Setting, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_bounds import NOTHING
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_shortened import shortened
from auditor.graph.build.loop_terms import callees, path, paths, plain, root
from auditor.graph.build.loop_waiting import Waiting
from auditor.graph.build.recursions import counted_first, doubted, recursion_guards, recursion_limits, surely_before
from auditor.graph.build.retry_answers import asked_before, repaired
from auditor.graph.build.retry_loops import RetryLoop, less
from auditor.graph.build.retry_paths import FEEDING, NAMED, Turns
from auditor.program.origins.receivers import declared_only
from auditor.program.origins.types import Key

if TYPE_CHECKING:
    from auditor.graph.build.retry_loops import Finder


def recursive_retries(finder: Finder) -> list[RetryLoop]:
    """The retries by recursion of a module, one for each `try` that is repeated, else for each function, in source order."""
    found: dict[Key, list[tuple[Call, int | None]]] = defaultdict(list)
    for call in finder.own.module.calls:
        fn = _again(finder, call)
        if fn is not None:
            found[fn].append((call, _handler(finder, finder.own.block_of(call.order))))
    rows: list[RetryLoop] = []
    for fn, calls in found.items():
        others = [call for call, handler in calls if handler is None]
        caught = [_caught(finder, fn, call, handler) for call, handler in calls if handler is not None]
        repeated = dict.fromkeys(r.retried for r in caught)
        rows.extend(_joined(finder, [r for r in caught if r.retried == one], others) for one in repeated)
        if not caught:
            rows.extend(_answered(finder, fn, others))
    return sorted(rows, key=lambda r: (r.line, r.block))


def _again(finder: Finder, call: Call) -> Key | None:
    """The function that a call in it surely calls again, without waiting for somebody before."""
    own, module = finder.own, finder.own.module
    scope, block, _ = module.statements[call.order]
    fn = (finder.module, scope)
    if module.scopes[scope].kind != "function" or call.last != module.scopes[scope].name:
        return None
    if not any(f.fn == fn for f in callees(finder.engine, call, finder.module)) or declared_only(finder.engine, (fn[0], call.index), fn):
        return None
    return None if Waiting(finder.engine, finder.waits).before(own, block, call.order) else fn


def _handler(finder: Finder, block: int) -> int | None:
    blocks = finder.own.module.blocks
    scope = blocks[block].scope
    while block >= 0 and blocks[block].scope == scope:
        if blocks[block].kind == "except":
            return block
        block = blocks[block].parent
    return None


# -- in a handler


def _caught(finder: Finder, fn: Key, call: Call, handler: int) -> RetryLoop:
    own, site = finder.own, (finder.module, call.index)
    order = own.statement(handler)
    body = next(p for p in own.parts[order] if own.module.blocks[p].kind == "try")
    attempts = _attempts(finder, fn, site, order)
    if attempts.value is UNBOUNDED:
        tests = [test for _, _, test, _ in recursion_guards(finder.engine, site)]
        name = asked_before(View(finder.engine, finder.module), handler, tests)
        why = f"it is tried again as long as {name}() says so, which is not known" if name is not None else None
        why = why or doubted(finder.engine, [fn], [site])
        passed = [o for o in surely_before(own, call.order) if own.chain(own.block_of(o), handler) is not None]
        why = why or repaired(View(finder.engine, finder.module), call, handler, passed)
        why = why or shortened(finder.engine, finder.module, passed, finder.engine.scope(fn).body)
        attempts = attempts if why is None else unknown(why, unit="attempts")
    turns = Turns(finder.engine, finder.module, body)
    backoff = any("sleep" in c.last.lower() for c in own.calls_in(handler))
    return RetryLoop(finder.module, handler, attempts, "recursion", turns.names(handler), backoff, (body,), call.line, site)


def _attempts(finder: Finder, fn: Key, site: Key, work: int) -> Setting:
    """The tries that the guards of the recursive call allow. `work`: the statement of what is tried; a guard behind it lets it run once."""
    attempts = Setting(UNBOUNDED, "inferred", why=NOTHING, unit="attempts")
    for guard, times in recursion_limits(finder.engine, fn, site, finder.numbers):
        more = 1 if guard > work and not counted_first(finder.engine, fn, site, guard) else 0
        attempts = less(times if times.number is None else replace(times, value=times.number + more), attempts)
    return replace(attempts, unit="attempts")


def _joined(finder: Finder, rows: list[RetryLoop], others: list[Call]) -> RetryLoop:
    """One retry of what several handlers try again: of the errors of all, as often as that one which goes on longest. A call outside of
    the handlers that is given the same counts on with them. It stands at the first that nothing ends, else at the first."""
    given = [_given(finder.engine.call(r.site)) for r in rows if r.site is not None]
    alike = [(finder.module, call.index) for call in others if _given(call) in given]
    worst = max(rows, key=lambda r: (r.attempts.value is UNBOUNDED, r.attempts.number is None, r.attempts.number or 0))
    on = tuple(dict.fromkeys(name for r in rows for name in r.on))
    sites = sorted([*(r.site for r in rows if r.site is not None), *alike])
    endless = [r.site for r in rows if r.attempts.value is UNBOUNDED and r.site is not None]
    first = min(endless, default=sites[0])
    return replace(
        rows[0],
        attempts=worst.attempts,
        on=("*",) if "*" in on else on,
        backoff=any(r.backoff for r in rows),
        line=finder.engine.call(first).line,
        site=first,
        also=tuple(site for site in sites if site != first),
    )


def _given(call: Call) -> tuple[object, ...]:
    """What a call is given, to compare it with another one."""
    return call.args, tuple((name, value) for name, value, _ in call.keywords)


# -- on an answer


def _answered(finder: Finder, fn: Key, calls: list[Call]) -> list[RetryLoop]:
    """A function that gives back what the same call of itself gives where the answer is not good enough, and counts its attempts."""
    body = finder.engine.scope(fn).body
    works = {call.index: work for call in calls if _repeats(finder, fn, call) and (work := _looked_at(finder, fn, call)) is not None}
    sites = [(finder.module, index) for index in works]
    rows = [_attempts(finder, fn, site, works[site[1]]) for site in sites]
    if not rows or any(attempts.value is UNBOUNDED for attempts in rows) or Turns(finder.engine, finder.module, body).grows():
        return []
    worst = max(rows, key=lambda attempts: (attempts.number is None, attempts.number or 0))
    backoff = any("sleep" in c.last.lower() for c in finder.own.calls_in(body))
    line = finder.engine.call(sites[0]).line
    return [RetryLoop(finder.module, body, worst, "recursion", (), backoff, (body,), line, sites[0], tuple(sites[1:]))]


def _repeats(finder: Finder, fn: Key, call: Call) -> bool:
    """Whether a call is given what the function was given, but for a count that is named after attempts and decides about it."""
    own, scope, module = finder.own, finder.engine.scope(fn), finder.own.module
    exit_ = own.exits.get(call.order)
    if exit_ is None or exit_.kind != "return" or plain(exit_.value) != ("call", call.index):
        return False
    params = [p.name for p in scope.params]
    if params and params[0] in ("self", "cls") and call.func[0] == "attr":
        params = params[1:]
    if len(call.args) > len(params) or any(name is None for name, _, _ in call.keywords):
        return False
    given = {**dict(zip(params, call.args, strict=False)), **{str(name): value for name, value, _ in call.keywords}}
    counted = [name for name, value in given.items() if _counts(name, plain(value))]
    kept = [name for name in given if name not in counted]
    if len(counted) != 1 or not NAMED.search(counted[0]) or not all(_same(finder, fn, name, given[name]) for name in kept):
        return False
    tests = [test for _, _, test, _ in recursion_guards(finder.engine, (finder.module, call.index))]
    return any(counted[0] in paths(module, test) for test in tests)


def _counts(name: str, value: Expr) -> bool:
    return value[0] == "op" and value[1] in ("+", "-") and path(plain(value[2])) == name and value[3][0] == "const"


def _same(finder: Finder, fn: Key, name: str, value: Expr) -> bool:
    """Whether a parameter is handed on as it came: nothing in the function sets or fills it."""
    scope = finder.engine.scope(fn)
    if path(plain(value)) != name or any(b.kind != "param" for b in scope.bindings.get(name, ())):
        return False
    orders = list(finder.own.orders(scope.body))
    filled = [c.func[1] for o in orders for c in finder.own.calls.get(o, ()) if c.func[0] == "attr" and FEEDING.search(c.last)]
    stored = [s.base for o in orders for s in finder.own.stores.get(o, ())]
    return not any(root(text) == name for e in (*filled, *stored) if (text := path(e)) is not None)


def _looked_at(finder: Finder, fn: Key, call: Call) -> int | None:
    """The statement of another call of the function for whose result a condition asks that stands before this one, or around it."""
    own, module = finder.own, finder.own.module
    orders = [o for o in own.orders(finder.engine.scope(fn).body) if o <= call.order]
    made: dict[str, int] = {}
    for order in orders:
        for binding in own.bindings.get(order, ()):
            of = [made[name] for name in paths(module, binding.value) if name in made]
            if of or plain(binding.value)[0] == "call":
                made.setdefault(binding.name, min(of, default=order))
    tests = [module.blocks[p].expr for o in orders for p in own.parts.get(o, ()) if module.blocks[p].kind == "if"]
    return min((made[name] for test in tests for name in paths(module, test) if name in made), default=None)
