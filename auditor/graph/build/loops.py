"""What a loop is: how often it turns, what ends it, and whether each turn waits for something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from auditor.core.values import UNBOUNDED, Setting, Unknown, alternatives, merge, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, Suites, suites
from auditor.graph.build.loop_bounds import NO_NUMBER, budget, constant, counted_turns, unit_of
from auditor.graph.build.loop_changes import View, changes_in, getter
from auditor.graph.build.loop_checks import Asked, Check, compared
from auditor.graph.build.loop_choices import chosen_by_count
from auditor.graph.build.loop_consent import prolonged, wanted
from auditor.graph.build.loop_counted import Limit, tightest
from auditor.graph.build.loop_ends import Ends, Waiting, gate
from auditor.graph.build.loop_grown import passed_on
from auditor.graph.build.loop_growth import growth
from auditor.graph.build.loop_guards import decided, is_presence
from auditor.graph.build.loop_hidden import hidden_limit, unread_answer
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_served import polled, served
from auditor.graph.build.loop_sizes import ENDLESS, Size, Sizes, smaller
from auditor.graph.build.loop_skipped import reduced, skipped
from auditor.graph.build.loop_terms import Numbers, Waits, path, paths, plain
from auditor.graph.build.loop_walks import walked
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, Place

ONCE = Setting(1, "inferred", why="the call itself switches it off", unit="turns")
Shape: TypeAlias = Literal["for", "while", "comprehension", "recursion"]
Reaches: TypeAlias = Callable[[int, Call], bool]


@dataclass(frozen=True, slots=True)
class LoopFacts:
    """`times`: turns (or another unit) or UNBOUNDED; `ends_on`: fixed, capped, data, model, human, event, error.

    `gated`: each turn waits for a human, an event or new input. `line`: of the loop, or of the recursive call. `bounded`: some number
    limits it, though `times` does not know which.
    """

    module: int
    block: int
    shape: Shape
    times: Setting
    ends_on: str
    gated: bool
    line: int
    bounded: bool = False


def classify(engine: Engine, module: int, block: int, *, numbers: Numbers, waits: Waits, reaches_model: Reaches) -> LoopFacts:
    """The facts of a `for`, a `while` or a comprehension."""
    info = engine.modules[module].blocks[block]
    if info.kind == "comp":
        size = Sizes(engine, numbers, waits).of_comprehension(module, info.scope, 0)
        return LoopFacts(module, block, "comprehension", size.times, size.ends, size.gated, info.line)
    size = loop_size(engine, module, block, numbers, waits)
    gated = gate(engine, module, block, waits, reaches_model) or (size.ends if size.gated else None)
    if gated is None and wanted(engine, module, block, waits):
        gated = "human"
    ends = size.ends
    if size.times.value is UNBOUNDED and gated is None and ends == "endless":
        found = Ends(View(engine, module), block, waits, reaches_model)
        gated = "event" if served(found) else None
        drained = Limits(engine, module, block, numbers, waits).drained()
        ends = "data" if drained or polled(found) else found.kind()
    if size.times.value is UNBOUNDED and gated is not None:
        ends = gated
    shape: Shape = "for" if info.kind == "for" else "while"
    facts = LoopFacts(module, block, shape, size.times, ends, gated is not None, info.line, _limited(size))
    if size.ends != "endless" or gated is not None:
        return facts
    chosen = walked(Limits(engine, module, block, numbers, waits), Ends(View(engine, module), block, waits, reaches_model))
    chosen = _chosen(engine, module, block, reaches_model) if chosen is None and ends == "model" else chosen
    if chosen is not None:
        return replace(facts, times=chosen, ends_on="capped")
    hidden = hidden_limit(engine, module, block, waits, reaches_model)
    if hidden is not None:
        name, counted = hidden
        times = unknown(f"it ends when {name} reaches a limit of its own", unit="turns")
        return replace(facts, times=times, ends_on="capped", bounded=counted)
    asked = unread_answer(engine, module, block, waits, reaches_model) if ends == "model" else None
    if asked is None:
        return facts
    return replace(facts, times=unknown(f"it ends on what {asked}() answers, which is not known", unit="turns"), ends_on="capped")


def _chosen(engine: Engine, module: int, block: int, reaches_model: Reaches) -> Setting | None:
    view = View(engine, module)
    orders = list(view.suites.orders(block))
    counters = {c.path for c in changes_in(view, orders) if c.way == "up" and constant(c.value) is not None}
    return chosen_by_count(view, (c for o in orders for c in view.suites.calls.get(o, ()) if reaches_model(module, c)), counters)


def _limited(size: Size) -> bool:
    return size.ends in ("fixed", "capped") and not size.computed and _bounded(size.times)


def _bounded(times: Setting) -> bool:
    """Whether the limit is a number in any case: what a counter is compared with, or what a range goes to."""
    rows = alternatives(times)
    read = all(row.number is not None or (isinstance(row.value, Unknown) and row.value.why not in NO_NUMBER) for row in rows)
    return read and times.unit in (None, "turns") and any(isinstance(row.value, Unknown) for row in rows)


def loop_size(engine: Engine, module: int, block: int, numbers: Numbers, waits: Waits, ctx: int = 0) -> Size:
    """How often a loop turns: the size of its iterable and the limits in its body."""
    own = suites(engine, module)
    info = own.module.blocks[block]
    size = ENDLESS
    if info.kind == "for":
        size = Sizes(engine, numbers, waits).of(info.expr, Place(module, own.statement(block), ctx))
        if info.is_async and size.times.value is UNBOUNDED:
            size = replace(size, ends="event", gated=True)
        if size.ends == "fixed":
            return size
    else:
        size = replace(ENDLESS, times=Setting(UNBOUNDED, "inferred", why="nothing in the code limits it", unit="turns"))
    limits = Limits(engine, module, block, numbers, waits)
    limit = tightest(limits.find())
    if limit is None:
        refilled = limits.refilled() if size.ends == "endless" else None
        if refilled is not None:
            return replace(size, times=refilled, ends="capped")
        left = reduced(limits) if size.ends == "endless" else None
        if left is not None:
            return replace(size, times=left, ends="capped", computed=True)
        limit = prolonged(limits, waits) if size.ends == "endless" else None
    if limit is None:
        why = skipped(limits) if size.ends == "endless" else None
        return size if why is None else replace(size, times=replace(size.times, why=why))
    if limit.times.value is UNBOUNDED:
        return replace(size, times=replace(limit.times, unit="turns"))
    if size.ends in ("endless", "data", "event", "human") or isinstance(size.times.value, Unknown):
        return replace(size, times=limit.times, ends="capped", computed=_computed(limit))
    return smaller(size, Size(limit.times, "capped", computed=_computed(limit)))


def _computed(limit: Limit) -> bool:
    bound = plain(limit.check.bound)
    return not limit.steady or (bound[0] == "call" and getter(limit.check.view, bound) is None)


# -- recursion


def classify_recursion(
    engine: Engine, fn: Key, site: Key, *, numbers: Numbers, waits: Waits, reaches_model: Reaches | None = None
) -> LoopFacts:
    """The facts of a function that comes back to itself by the call at `site` (its own, or of a function on the way)."""
    own = suites(engine, site[0])
    call = engine.call(site)
    block = own.block_of(call.order)
    times = recursion_times(engine, fn, site, numbers)
    facts = LoopFacts(site[0], block, "recursion", times, "capped", False, call.line, _bounded(times))
    if times.value is not UNBOUNDED:
        return facts
    waiting = Waiting(engine, waits)
    for order in _before(own, call.order):
        for other in own.calls.get(order, ()):
            found = waiting.call(site[0], other) if other.index != call.index and not _same(engine, other, site, fn) else None
            if found is not None:
                return replace(facts, ends_on=found, gated=True)
    if any(own.module.blocks[b].kind == "except" for b in _around(own, block)):
        return replace(facts, ends_on="error")
    body = engine.scope(_function(own, block, site[0])).body
    if reaches_model is not None and body >= 0:
        counted = {p.name for p in engine.scope(fn).params if _passed(engine, fn, site, p.name, ("const", None), numbers) is not None}
        chosen = chosen_by_count(View(engine, site[0]), (c for c in own.calls_in(body) if reaches_model(site[0], c)), counted)
        if chosen is not None:
            return replace(facts, times=chosen)
        ends = Ends(View(engine, site[0]), body, waits, lambda m, c: c.index != call.index and reaches_model(m, c))
        if ends.decides(block):
            return replace(facts, ends_on="model")
    return replace(facts, ends_on="data")


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


def _before(own: Suites, order: int) -> Iterator[int]:
    """The statements that surely run before this one in its function, and itself."""
    yield order
    for block in _around(own, own.block_of(order)):
        for other in own.statements[block]:
            if other < order:
                yield other
                for part in own.parts.get(other, ()):
                    if own.module.blocks[part].kind in ("try", "with"):
                        yield from own.statements[part]


def recursion_times(engine: Engine, fn: Key, site: Key, numbers: Numbers) -> Setting:
    """How often a function calls itself at a site, from the start, by a depth that is passed on."""
    rows = [times for _, times in recursion_limits(engine, fn, site, numbers)]
    known = [r for r in rows if r.number is not None and r.unit == "turns"] or [r for r in rows if r.number is not None]
    if known:
        return min(known, key=lambda r: r.number or 0)
    if rows:
        return rows[0]
    return Setting(UNBOUNDED, "inferred", why="nothing in the code limits it", unit="turns")


def recursion_limits(engine: Engine, fn: Key, site: Key, numbers: Numbers) -> list[tuple[int, Setting]]:
    """The statements that limit it, each with the number of recursive calls that it allows."""
    rows = [(c.at.order, t) for c in recursion_checks(engine, site) if (t := _depth(engine, fn, site, c, numbers)) is not None]
    rows.extend((order, ONCE) for order in _one_shots(engine, fn, site))
    rows.extend(_divided(engine, fn, site))
    return rows


def _divided(engine: Engine, fn: Key, site: Key) -> Iterator[tuple[int, Setting]]:
    """A call that passes on only a part of a list, where it is asked before if there is more of it."""
    for param in engine.scope(fn).params:
        value = _passed_value(engine, fn, site, param.name)
        if value is None or value[0] != "sub" or value[2][0] != "slice" or path(plain(value[1])) != param.name:
            continue
        if value[2][1] in (None, ("const", 0)) and value[2][2] is None:
            continue
        for _, order, test, _ in recursion_guards(engine, site):
            if param.name in paths(engine.modules[site[0]], test):
                yield order, unknown(f"until there is no part of {param.name} left", unit="turns")


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
    """Guards that the call itself makes false: it passes a flag as a constant, or sets an attribute before."""
    known = _fixed(engine, fn, site)
    for _, order, test, leave in recursion_guards(engine, site):
        if decided(test, known) is leave:
            yield order


def _fixed(engine: Engine, fn: Key, site: Key) -> dict[str, object]:
    """Parameters and attributes that are a constant when the recursive call begins, and that nothing else in the function sets."""
    scope, own = engine.scope(fn), suites(engine, site[0])
    changes = list(changes_in(View(engine, site[0]), own.orders(_body(engine, own, site))))
    known: dict[str, object] = {}
    for param in scope.params:
        value = _passed_value(engine, fn, site, param.name)
        if value is not None and value[0] == "const" and all(b.kind == "param" for b in scope.bindings.get(param.name, ())):
            known[param.name] = value[1]
    before = set(_before(own, engine.call(site).order))
    for change in changes:
        others = [c for c in changes if c.path == change.path]
        if "." in change.path and change.order in before and len(others) == 1 and change.value[0] == "const" and change.way == "set":
            known[change.path] = change.value[1]
    return known


def _body(engine: Engine, own: Suites, site: Key) -> int:
    return engine.scope(_function(own, own.block_of(engine.call(site).order), site[0])).body


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
    return None if value is None else _written(engine, site, plain(value))


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
    before = set(_before(own, order))
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
