"""How deep a function goes on calling itself: what ends it, and how many calls that allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TypeAlias

from auditor.core.values import UNBOUNDED, Setting, Unknown, merge, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, Suites, suites
from auditor.graph.build.loop_bounds import NOTHING, budget, constant, counted_turns, unit_of
from auditor.graph.build.loop_changes import Change, View, changes_in
from auditor.graph.build.loop_checks import Asked, Check, compared
from auditor.graph.build.loop_choices import chosen_by_count
from auditor.graph.build.loop_doubts import given, recursion_doubt, spent
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_grown import passed_on
from auditor.graph.build.loop_growth import growth
from auditor.graph.build.loop_guards import decided, is_presence
from auditor.graph.build.loop_seen import seen_in_recursion
from auditor.graph.build.loop_shortened import parted
from auditor.graph.build.loop_signs import of_function
from auditor.graph.build.loop_slices import fewest, is_filled, is_shorter
from auditor.graph.build.loop_terms import Numbers, Waits, arguments, path, paths, plain
from auditor.graph.build.loop_waiting import Reaches, Waiting
from auditor.graph.build.loops import LoopFacts, limited
from auditor.graph.build.recursion_ends import asks_what_was_answered, endless
from auditor.graph.build.recursion_kinds import ONCE, another_kind, may_go_on
from auditor.graph.build.recursion_states import ByModel, another_state
from auditor.graph.build.recursion_walks import climbed
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, Place

Round: TypeAlias = tuple[list[Key], list[Key]]
PARTS = "until there is no part of "


def classify_recursion(
    engine: Engine,
    fn: Key,
    site: Key,
    *,
    numbers: Numbers,
    waits: Waits,
    reaches_model: Reaches | None = None,
    round_: Round | None = None,
) -> LoopFacts:
    """The facts of a function that comes back to itself by the call at `site` (its own, or of a function on the way).

    `round_`: the functions on the way round, and the calls that lead from one to the next."""
    own = suites(engine, site[0])
    call = engine.call(site)
    block = own.block_of(call.order)
    body = engine.scope(_function(own, block, site[0])).body

    @cache
    def ends() -> Ends | None:
        if reaches_model is None or body < 0:
            return None
        return Ends(View(engine, site[0]), body, waits, lambda m, c: c.index != call.index and reaches_model(m, c))

    times = recursion_times(engine, fn, site, numbers, lambda change: (found := ends()) is not None and _by_model(found, change))
    facts = LoopFacts(site[0], block, "recursion", times, "capped", False, call.line, _bounded(times))
    if times.value is not UNBOUNDED:
        return facts
    functions, sites = round_ or ([fn], [site])
    why = doubted(engine, functions, sites) if times.why == NOTHING else None
    if why is not None:
        return replace(facts, times=unknown(why, unit="turns"))
    step = climbed(engine, fn, {one: list(recursion_guards(engine, one)) for one in sites}) if functions == [fn] else None
    if step is not None:
        return replace(facts, times=step.times, ends_on="data" if step.sure else "capped")
    waiting = Waiting(engine, waits)
    for order in surely_before(own, call.order):
        for other in own.calls.get(order, ()):
            found = waiting.call(site[0], other) if other.index != call.index and not _same(engine, other, site, fn) else None
            if found is not None:
                return replace(facts, ends_on=found, gated=True)
    if any(own.module.blocks[b].kind == "except" for b in _around(own, block)):
        return replace(facts, ends_on="error")
    found_ends = ends()
    if reaches_model is not None and found_ends is not None:
        counted = {p.name for p in engine.scope(fn).params if _passed(engine, fn, site, p.name, ("const", None), numbers) is not None}
        chosen = chosen_by_count(View(engine, site[0]), (c for c in own.calls_in(body) if reaches_model(site[0], c)), counted)
        if chosen is not None:
            return replace(facts, times=chosen)
        guards = {one: list(recursion_guards(engine, one)) for one in sites}
        passed = given(of_function(engine, fn), call) if functions == [fn] else ()
        if found_ends.decides(block) or asks_what_was_answered(found_ends, guards[site], passed):
            return replace(facts, ends_on="model")
        if (found_ends.model_calls or len(sites) > 1) and endless(engine, guards.items()):
            return replace(facts, ends_on="model")
    return replace(facts, ends_on="data")


def _bounded(times: Setting) -> bool:
    """Whether some number limits it: how many parts there are of something is data's."""
    return limited(times) and not may_go_on(times) and not (isinstance(times.value, Unknown) and times.value.why.startswith(PARTS))


def _by_model(ends: Ends, change: Change) -> bool:
    """Whether a model's answer decides if something changes, or to what."""
    own = ends.own
    values = [own.module.blocks[b].expr for b in ends.conditions(change.order)]
    if change.block >= 0:
        values.append(change.value)
    else:
        calls = own.calls.get(change.order, ())
        if any(c.index in ends.model_calls for c in calls):
            return True
        values.extend(a for c in calls for a in arguments(c))
    return any(ends.by_model(value) for value in values)


def doubted(engine: Engine, functions: list[Key], sites: list[Key]) -> str | None:
    """Why it is not known that nothing limits the recursion along these calls."""
    guards = [(site[0], order, test, leave) for site in sites for _, order, test, leave in recursion_guards(engine, site)]
    why = recursion_doubt(engine, functions, sites, guards)
    why = why or next(_switched(engine, functions, sites), None) or next(_seen(engine, functions, sites), None)
    return why or next(_spent(engine, sites), None) or parted(engine, sites, [(test, leave) for _, _, test, leave in guards])


def _spent(engine: Engine, sites: list[Key]) -> Iterator[str]:
    """What is called before each call on the way round, and counts there (`self.errors.use(error)`)."""
    for site in sites:
        order = engine.call(site).order
        why = spent(engine, site[0], (o for o in surely_before(suites(engine, site[0]), order) if o != order))
        if why is not None:
            yield why


def _switched(engine: Engine, functions: list[Key], sites: list[Key]) -> Iterator[str]:
    """Guards on the way round that ask for what is set before they are left (`if self.begun: return`)."""
    for site in sites if len(functions) > 1 else ():
        here: Key = (site[0], engine.modules[site[0]].statements[engine.call(site).order][0])
        before = set(surely_before(suites(engine, site[0]), engine.call(site).order))
        rows = another_state(engine, here, site, {}, recursion_guards(engine, site), before, lambda _: False, functions)
        yield from (str(times.value.why) for _, times in rows if isinstance(times.value, Unknown))


def _seen(engine: Engine, functions: list[Key], sites: list[Key]) -> Iterator[str]:
    """Guards that ask if what is gone through has been before."""
    for site in sites:
        view, call = View(engine, site[0]), engine.call(site)
        here: Key = (site[0], view.suites.module.statements[call.order][0])
        passed = partial(_passed_value, engine, here, site) if functions == [here] else None
        tests = [(at, test, leave) for _, at, test, leave in recursion_guards(engine, site)]
        why = seen_in_recursion(view, call, set(surely_before(view.suites, call.order)), tests, passed) if tests else None
        if why is not None:
            yield why


def _same(engine: Engine, call: Call, site: Key, fn: Key) -> bool:
    return call.last == engine.scope(fn).name and call.func == engine.call(site).func


def _function(own: Suites, block: int, module: int) -> Key:
    return module, own.module.blocks[block].scope


def _around(own: Suites, block: int) -> Iterator[int]:
    """A block and those around it, up to the body of its function."""
    scope = own.module.blocks[block].scope
    while block >= 0 and own.module.blocks[block].scope == scope:
        yield block
        block = own.module.blocks[block].parent


def surely_before(own: Suites, order: int) -> Iterator[int]:
    """The statements that surely run before this one in its function, and itself."""
    yield order
    for block in _around(own, own.block_of(order)):
        for other in own.statements[block]:
            if other < order:
                yield other
                for part in own.parts.get(other, ()):
                    if own.module.blocks[part].kind in ("try", "with"):
                        yield from own.statements[part]


def recursion_times(engine: Engine, fn: Key, site: Key, numbers: Numbers, by_model: ByModel) -> Setting:
    """How often a function calls itself at a site, from the start, by a depth that is passed on."""
    rows = [times for _, times in recursion_limits(engine, fn, site, numbers, by_model)]
    known = [r for r in rows if r.number is not None and r.unit == "turns"] or [r for r in rows if r.number is not None]
    if known:
        return min(known, key=lambda r: r.number or 0)
    if rows:
        return rows[0]
    return Setting(UNBOUNDED, "inferred", why=NOTHING, unit="turns")


def recursion_limits(
    engine: Engine, fn: Key, site: Key, numbers: Numbers, by_model: ByModel = lambda _: False
) -> list[tuple[int, Setting]]:
    """The statements that limit it, each with the number of recursive calls that it allows. `by_model`: what a model's answer changes."""
    rows = [(c.at.order, t) for c in recursion_checks(engine, site) if (t := _depth(engine, fn, site, c, numbers)) is not None]
    rows.extend((order, ONCE) for order in _one_shots(engine, fn, site))
    rows.extend(_divided(engine, fn, site))
    call = engine.call(site)
    before = set(surely_before(suites(engine, site[0]), call.order))
    passed = dict(given(of_function(engine, fn), call))
    rows.extend(another_kind(engine, fn, site, passed, recursion_guards(engine, site)))
    rows.extend(another_state(engine, fn, site, passed, recursion_guards(engine, site), before, by_model))
    return rows


def counted_first(engine: Engine, fn: Key, site: Key, guard: int) -> bool:
    """Whether an attribute is counted before a guard compares it: the first call is then among those that the guard allows."""
    own = suites(engine, site[0])
    counters = {path(plain(c.counter)) for c in recursion_checks(engine, site) if c.at.order == guard} - {
        p.name for p in engine.scope(fn).params
    }
    changes = changes_in(View(engine, site[0]), [o for o in surely_before(own, engine.call(site).order) if o < guard])
    return any(change.path in counters and change.way in ("up", "down") for change in changes)


def _divided(engine: Engine, fn: Key, site: Key) -> Iterator[tuple[int, Setting]]:
    """A call that passes on only a part of a list, where it is asked before if there is more of it."""
    for param in engine.scope(fn).params:
        value = _passed_value(engine, fn, site, param.name)
        if value is None or value[0] != "sub" or value[2][0] != "slice" or path(plain(value[1])) != param.name:
            continue
        module, body = engine.modules[site[0]], engine.scope(fn).body
        tests = [(order, test, leave) for _, order, test, leave in recursion_guards(engine, site) if param.name in paths(module, test)]
        few = fewest(module, ((test, leave) for _, test, leave in tests), [param.name])
        if tests and is_shorter(value[2], few) and not is_filled(engine, site[0], engine.call(site).order, {param.name}, body):
            yield tests[0][0], unknown(f"{PARTS}{param.name} left", unit="turns")


def recursion_guards(engine: Engine, site: Key) -> Iterator[tuple[int, int, Expr, bool]]:
    """Conditions around the recursive call, or before it with a way out of the function: block, statement, test and its value then."""
    own = suites(engine, site[0])
    order = engine.call(site).order
    around = list(_around(own, own.block_of(order)))
    for block in around:
        info = own.module.blocks[block]
        if info.kind in ("if", "else"):
            yield block, own.statement(block), info.expr, info.kind == "else"
        for other in own.statements[block]:
            parts = own.parts.get(other, ())
            if other >= order or not parts or own.module.blocks[parts[0]].kind != "if":
                continue
            for part, leave in zip(parts[:2], (True, False), strict=False):
                if part not in around and own.outcomes(part) and own.outcomes(part) <= LEAVES:
                    yield block, other, own.module.blocks[part].expr, leave


def recursion_checks(engine: Engine, site: Key) -> Iterator[Check]:
    """Comparisons that keep the recursive call from running."""
    view = View(engine, site[0])
    for block, order, test, leave in recursion_guards(engine, site):
        yield from compared(Asked(view, block, view.place(order)), test, leave)


def _one_shots(engine: Engine, fn: Key, site: Key) -> Iterator[int]:
    """Guards that the call itself makes false: it passes a flag as a constant."""
    known = _fixed(engine, fn, site)
    for _, order, test, leave in recursion_guards(engine, site):
        if decided(test, known) is leave:
            yield order


def _fixed(engine: Engine, fn: Key, site: Key) -> dict[str, object]:
    """Parameters that are a constant when the recursive call begins, and that nothing else in the function sets."""
    scope = engine.scope(fn)
    known: dict[str, object] = {}
    for param in scope.params:
        value = _passed_value(engine, fn, site, param.name)
        if value is not None and value[0] == "const" and all(b.kind == "param" for b in scope.bindings.get(param.name, ())):
            known[param.name] = value[1]
    return known


def _depth(engine: Engine, fn: Key, site: Key, check: Check, numbers: Numbers) -> Setting | None:
    """The number of recursive calls that a check of a parameter (or of an attribute that is counted) allows."""
    counter = path(plain(check.counter))
    if counter is None:
        return None
    value = _passed_value(engine, fn, site, counter)
    grown = growth(value, engine.modules[site[0]].calls, lambda e: path(plain(e)) == counter) if value is not None else None
    if grown is not None:
        start = _start(engine, fn, counter, numbers)
        return passed_on(numbers, check, grown, Place(site[0], engine.call(site).order), None if start is None else start.number)
    counted = _passed(engine, fn, site, counter, check.bound, numbers)
    falls = check.operator in ("<", "<=")
    if counted is None or (check.operator != "==" and counted.way != ("down" if falls else "up")):
        return None
    times = counted_turns(check, counted.way, numbers(check.bound, check.at), counted.start, counted.step)
    return budget(times, counted.unit)


@dataclass(frozen=True, slots=True)
class Passed:
    """How a counter goes on into the recursive call: `way` up or down, by `step` (1 where it is computed)."""

    way: str
    step: float
    start: Setting | None
    unit: str = "turns"


def _passed_value(engine: Engine, fn: Key, site: Key, name: str) -> Expr | None:
    """What the recursive call passes for a parameter."""
    scope, call = engine.scope(fn), engine.call(site)
    params = list(scope.params)
    if params and params[0].name in ("self", "cls") and call.func[0] == "attr":
        params = params[1:]
    position = next((i for i, p in enumerate(params) if p.name == name), -1)
    value = next((v for n, v, _ in call.keywords if n == name), None)
    if value is None and 0 <= position < len(call.args):
        value = call.args[position]
    value = None if value is None else _written(engine, site, plain(value))
    if value is not None and value[0] == "if" and ("const", None) in value[2:]:
        value = plain(value[2] if value[3] == ("const", None) else value[3])  # `n - 1 if n is not None else None`
    return value


def _passed(engine: Engine, fn: Key, site: Key, counter: str, bound: Expr, numbers: Numbers) -> Passed | None:
    """Whether the call passes a parameter on larger or smaller, by how much, and where it starts."""
    if all(p.name != counter for p in engine.scope(fn).params):
        return _counted_attribute(engine, fn, site, counter, bound, numbers)
    value = _passed_value(engine, fn, site, counter)
    if value is None or value[0] != "op" or value[1] not in ("+", "-", "//"):
        rebound = value is not None and path(value) == counter
        return _counted_attribute(engine, fn, site, counter, bound, numbers) if rebound else None
    left, right = path(plain(value[2])), path(plain(value[3]))
    amount = value[3] if left == counter else value[2]
    if counter not in (left, right) or (right == counter and value[1] != "+"):
        return None
    step = constant(amount)
    return Passed("up" if value[1] == "+" else "down", 1 if step is None else step, _start(engine, fn, counter, numbers))


def _written(engine: Engine, site: Key, value: Expr) -> Expr:
    """A name's only value in its function, else the expression itself."""
    if value[0] != "name":
        return value
    module = engine.modules[site[0]]
    rows = module.scopes[module.statements[engine.call(site).order][0]].bindings.get(value[1], [])
    return plain(rows[0].value) if len(rows) == 1 and rows[0].kind == "assign" else value


def _counted_attribute(engine: Engine, fn: Key, site: Key, counter: str, bound: Expr, numbers: Numbers) -> Passed | None:
    """A variable or attribute that is counted before the call; what is metered may be counted only where it is reported."""
    own = suites(engine, site[0])
    order = engine.call(site).order
    before = set(surely_before(own, order))
    metered = {o for b in before for p in own.parts.get(b, ()) if is_presence(own, p) for o in own.statements[p]}
    for change in changes_in(View(engine, site[0]), sorted(before | metered)):
        step = constant(change.value)
        if change.path == counter and change.way in ("up", "down") and (change.order in before or step is None):
            unit = "turns" if step is not None else unit_of(counter, bound, change.value)
            return Passed(change.way, 1 if step is None else step, _start(engine, fn, counter, numbers), unit)
    return None


def _start(engine: Engine, fn: Key, counter: str, numbers: Numbers) -> Setting | None:
    """A parameter's value at the first call: what other callers pass, else its default."""
    scope = engine.scope(fn)
    param = next((p for p in scope.params if p.name == counter), None)
    if param is None:
        return _attribute_start(engine, fn, counter, numbers)
    place = Place(fn[0], scope.order)
    default = None if param.default is None else numbers(param.default, place)
    own = suites(engine, fn[0])
    first = min(own.statements[scope.body], default=scope.order)
    given = numbers(("name", counter), Place(fn[0], first))
    if given.number is not None or default is None:
        return given
    if given.state == "one_of" and given.number is None:
        return default if default.number is not None else given
    return default


def _attribute_start(engine: Engine, fn: Key, counter: str, numbers: Numbers) -> Setting | None:
    """What an attribute is set to where it is not counted."""
    name = counter.rpartition(".")[2]
    rows = [s for m, s in engine.stores_by_attr.get(name, ()) if m == fn[0] and s.operator is None]
    found = [n for s in rows if (n := numbers(s.value, Place(fn[0], s.order))).number is not None]
    return merge(found) if found else None
