"""Deadlines of those who wait for work that goes on beside them: on its result, on a thread, on a queue that it fills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from auditor.core.values import ABSENT, Setting, badness
from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import FALL, FALLS, LEAVES, LOOPS, NOTHING, Suites, suites
from auditor.graph.build.loop_escapes import catches
from auditor.graph.build.matching import Match
from auditor.graph.build.settings import of_call
from auditor.graph.build.things import objects, unwrap_partial
from auditor.graph.flow import Region
from auditor.graph.types import NONE, DeadlineScope
from auditor.knowledge.types import RegionForm
from auditor.knowledge.waiting import EndForm, WaitForm
from auditor.program.origins.containers import elements
from auditor.program.origins.reaching import reaching
from auditor.program.origins.types import Attr, Box, Const, Ext, Func, Key, New, Origin, Origins, Place, Result, Unresolved

Made: TypeAlias = Key | Origin
AT_EXIT = "leaving the `with` waits for the work"
BEHIND = "what comes behind it waits for the work without a limit"
GOES_ON = "who waits for it goes on then; the work itself is not ended"


def waited(build: Build, site: Key, match: Match[RegionForm]) -> Iterator[str]:
    """The region of the deadline of those who wait in the same function for what a call starts: the longest, where they wait several times.
    A wait without a limit is none."""
    rows: list[tuple[Setting, Key, WaitForm]] = []
    for form in match.form.waits:
        keys = [
            key for key in (_read(build, site, match, form) if form.reads else _waiting(build, site, form)) if _beside(build, site, key)
        ]
        limits = {key: of_call(build, form.settings, match.package, key, 0).get("deadline", NONE) for key in keys}
        if not (form.reads and any(limit.value is ABSENT for limit in limits.values())):
            rows.extend((limit, key, form) for key, limit in limits.items())
    rows = [row for row in rows if row[0].value is not ABSENT and _waits_on(build, site, row[1], row[2])]
    if rows:
        limit, key, form = max(rows, key=lambda row: badness(row[0]))
        yield _scope(build, site, key, limit, match, form)


def _beside(build: Build, site: Key, key: Key) -> bool:
    """Whether a wait stands in the function that starts the work: elsewhere it may be asked for anything, as to end what runs on."""
    return build.function_of(key[0], build.engine.call(key).order) == build.function_of(site[0], build.engine.call(site).order)


def _waits_on(build: Build, site: Key, key: Key, form: WaitForm) -> bool:
    """Whether the wait is for the work. One that just returns is so where nothing comes before it but starts: later on it may be for the
    end of what has been told to stop."""
    if _polls(build, site, key, form):
        return False
    if form.raises:
        return True
    own, last = suites(build.engine, key[0]), build.engine.call(key).order
    between = (call for order in range(build.engine.call(site).order, last) for call in own.calls.get(order, ()))
    return all(_only_starts(build, site, call) for call in between)


def _only_starts(build: Build, site: Key, call: Call) -> bool:
    """Whether a call makes or starts such work, puts it into a container, or is one of Python itself."""
    start = build.engine.call(site)
    makers = {o.name for o in build.engine.origins(start.func, Place(site[0], start.order)) if isinstance(o, (Ext, Attr))}
    found = build.engine.origins(call.func, Place(site[0], call.order))
    return bool(found) and all(_starts(origin, makers) for origin in found)


def _starts(origin: Origin, makers: set[str]) -> bool:
    if isinstance(origin, Ext):
        return origin.name in makers or origin.name.partition(".")[0] in ("builtins", "time")
    if not isinstance(origin, Attr):
        return False
    base = origin.base
    return isinstance(base, Box) or origin.name in makers or (isinstance(base, New) and base.name in makers)


def _scope(build: Build, site: Key, key: Key, limit: Setting, match: Match[RegionForm], form: WaitForm) -> str:
    at, call = build.call_location(key), build.engine.call(key)
    if limit.number is not None and limit.why is None:
        limit = replace(limit, why=GOES_ON)
    held = _held(build, site, key, form)
    node = DeadlineScope(
        id=build.node_id("deadline_scope", at),
        name=call.last,
        symbol=build.callee(key),
        at=at,
        role=build.role(key[0]),
        qualname=build.qualname(key[0], call.order),
        callee=build.callee(key),
        framework=match.package,
        api=f"{match.name}.{form.method or call.last}",
        deadline=limit,
        fires=not held,
        instead=held,
    )
    return build.region(Region(f"deadline:{at.path}:{at.line}:{at.column}", "deadline", build.add(node), at))


# -- who waits


def _waiting(build: Build, site: Key, form: WaitForm) -> list[Key]:
    """The calls of the same file that wait for what a call gives."""
    tables: dict[tuple[object, ...], dict[Key, list[Key]]] = build.memo.setdefault("waits", {})  # type: ignore[assignment]
    known = (site[0], form.method, *form.names)
    if known not in tables:
        table = tables[known] = defaultdict(list)
        for last in [form.method] if form.method else dict.fromkeys(n.rpartition(".")[2] for n in form.names):
            for call in (c for number, c in build.engine.calls_by_last.get(last, ()) if number == site[0]):
                for started in _waited_for(build, (site[0], call.index), call, form):
                    table[started].append((site[0], call.index))
    return list(dict.fromkeys(tables[known].get(site, ())))


def _waited_for(build: Build, key: Key, call: Call, form: WaitForm) -> Iterator[Key]:
    """The calls that start what a call waits for."""
    place = Place(key[0], call.order)
    found: list[Origin] = []
    if form.method and call.func[0] == "attr":
        yield from ((key[0], expr[1]) for expr in _held_in(build, call.func[1], place) if expr[0] == "call")
        found.extend(build.engine.origins(call.func[1], place))
    elif not form.method and any(isinstance(o, Ext) and o.name in form.names for o in build.engine.origins(call.func, place)):
        for given in argument(build, form.of, key, 0) or ():
            found.extend(elements(build.engine, given) if isinstance(given, (Box, New)) else (given,))
    yield from (o.site for o in found if isinstance(o, (New, Result)))


def _held_in(build: Build, expr: Expr, place: Place) -> list[Expr]:
    """An expression, or what the variable that it is holds: what is started there stands for its own result elsewhere."""
    if expr[0] != "name":
        return [expr]
    facts = build.engine.modules[place.module]
    scope, block, _ = facts.statements[place.order]
    bindings = facts.scopes[scope].bindings.get(expr[1], [])
    return [b.value for b in reaching(facts, bindings, place.order, block) if b.kind == "assign"] if bindings else []


def _read(build: Build, site: Key, match: Match[RegionForm], form: WaitForm) -> list[Key]:
    """The calls outside of what runs that read, in the same file, from where that puts its answers."""
    functions = {o.fn for o in _bodies(build, site, match)}
    wanted = build.base.type_id(match.package, form.reads)
    filled = {s for name in form.puts for fn, s in _of_type(build, site[0], name, wanted) if fn in functions}
    if not filled:
        return []
    calls = [c for number, c in build.engine.calls_by_last.get(form.method, ()) if number == site[0]]
    rows = [(site[0], c.index) for c in calls if filled & _sites(build, c, site[0], wanted)]
    return [key for key in rows if build.function_of(key[0], build.engine.call(key).order) not in functions]


def _bodies(build: Build, site: Key, match: Match[RegionForm]) -> Iterator[Func]:
    for given in argument(build, match.form.body, site, 0, match.partials) or ():
        origin, _ = unwrap_partial(given)
        if isinstance(origin, Func):
            yield origin


def _of_type(build: Build, module: int, name: str, wanted: str | None) -> Iterator[tuple[Key, Key]]:
    """(function, where the object is made) of the calls of a method of objects of a type."""
    for number, call in build.engine.calls_by_last.get(name, ()):
        if number == module:
            for made in _sites(build, call, module, wanted):
                yield build.function_of(module, call.order), made


def _sites(build: Build, call: Call, module: int, wanted: str | None) -> set[Key]:
    if call.func[0] != "attr" or wanted is None:
        return set()
    found = objects(build, build.engine.origins(call.func[1], Place(module, call.order)))
    return {t.origin.site for t in found if isinstance(t.origin, New) and build.base.is_a(t.type, wanted)}


# -- whether the end of the wait ends anything


def _polls(build: Build, site: Key, key: Key, form: WaitForm) -> bool:
    """Whether a loop asks again when the time is up. A loop that starts the work each time anew, or takes the next one, does not."""
    own, order = suites(build.engine, key[0]), build.engine.call(key).order
    raised = tuple(Ext(name) for name in form.raises)
    block = own.block_of(order)
    while block >= 0 and own.module.blocks[block].kind != "function":
        info = own.module.blocks[block]
        again = info.kind in LOOPS and not (site[0] == key[0] and own.inside(build.engine.call(site).order, block))
        if again and not _takes_next(own, key, block) and not (raised and _leaves(build, own, order, block, raised)):
            return True
        block = info.parent
    return False


def _leaves(build: Build, own: Suites, order: int, loop: int, raised: tuple[Ext, ...]) -> bool:
    """Whether the error of a wait surely ends the loop around it."""
    for block in own.chain(own.block_of(order), loop) or ():
        handler = next((h for h in own.module.blocks[block].handlers if catches(build.engine, own, h, raised) is not None), None)
        if handler is not None:
            outcomes = own.outcomes(handler)
            after = own.onward(own.statement(handler), loop) if FALL in outcomes else NOTHING
            return (outcomes - FALLS) | after <= LEAVES and (own.nearest_loop(handler) == loop or "break" not in outcomes)
    return True


def _takes_next(own: Suites, key: Key, loop: int) -> bool:
    """Whether the loop gives what is waited for its name."""
    func = own.module.calls[key[1]].func
    names = {b.name for rows in own.bindings.values() for b in rows if b.kind == "for" and b.block == loop}
    return func[0] == "attr" and func[1][0] == "name" and func[1][1] in names


def _held(build: Build, site: Key, key: Key, form: WaitForm) -> str:
    """What holds who waits all the same when the time is up: the end of the pool, or a wait without a limit behind it; empty: nothing."""
    own, order = suites(build.engine, key[0]), build.engine.call(key).order
    start = build.engine.call(site)
    pools = _made(build, start.func[1], site[0], start.order) if start.func[0] == "attr" else set()
    ends = [c.order for end in form.ends for c in _end_calls(build, key, end, {site} if end.of == "result" else pools)]
    if any(end.entered and end.of == "pool" for end in form.ends):
        for block in {*_around(own, order), *(_around(own, start.order) if site[0] == key[0] else ())}:
            info = own.module.blocks[block]
            if info.kind == "with" and any(pools & _made(build, item, key[0], info.order) for item in info.items):
                return AT_EXIT
    return BEHIND if ends and _meets(build, own, order, set(ends) - {order}, tuple(Ext(name) for name in form.raises)) else ""


def _meets(build: Build, own: Suites, order: int, ends: set[int], raised: tuple[Ext, ...]) -> bool:
    """Whether one of these statements may run after the time is up: behind the wait, in the handler of its error, or in a `finally`."""
    way, at = "raise" if raised else FALL, order
    for block in _around(own, order, whole=True):
        info, opener = own.module.blocks[block], own.opener.get(block)
        parts = own.parts[opener] if opener is not None and info.kind == "try" else []
        met = [p for p in parts if own.module.blocks[p].kind == "finally"]
        if way == FALL:
            behind = [o for o in own.statements[block] if o > at]
            if any(end >= first for end in ends for first in behind[:1] if end <= info.last_order):
                return True
            way = FALL if FALL in own.sequence(behind) else "leave"
            met += [p for p in parts if own.module.blocks[p].kind == "try_else" and way == FALL]
        elif way == "raise":
            handler = next((h for h in info.handlers if catches(build.engine, own, h, raised) is not None), None)
            if handler is not None:
                met.append(handler)
                way = FALL if FALL in own.outcomes(handler) else "leave"
        if any(ends & set(own.orders(p)) for p in met):
            return True
        at = own.statement(block)
    return False


def _around(own: Suites, order: int, *, whole: bool = False) -> list[int]:
    """The blocks around a statement in its function, from the inside out; `whole`: that of the function, too."""
    rows, block = [], own.block_of(order)
    while block >= 0 and own.module.blocks[block].kind not in ("function", "module", "lambda"):
        rows.append(block)
        block = own.module.blocks[block].parent
    return [*rows, block] if whole and block >= 0 else rows


def _end_calls(build: Build, key: Key, end: EndForm, wanted: set[Made]) -> Iterator[Call]:
    """Calls beside the wait that go on until all is done."""
    fn = build.function_of(key[0], build.engine.call(key).order)
    for number, call in build.engine.calls_by_last.get(end.method, ()):
        if number != key[0] or call.func[0] != "attr" or build.function_of(number, call.order) != fn:
            continue
        given = argument(build, end.unless, (number, call.index), 0) if end.unless is not None else None
        limited = given is not None and not any(isinstance(o, Const) and (o.value is None or o.value is True) for o in given)
        if not limited and wanted & _made(build, call.func[1], number, call.order):
            yield call


def _made(build: Build, expr: Expr, module: int, order: int) -> set[Made]:
    """What an expression can be, each by where it is made if that is known."""
    found: Origins = build.engine.origins(expr, Place(module, order))
    return {o.site if isinstance(o, (New, Result)) else o for o in found if not isinstance(o, Unresolved)}
