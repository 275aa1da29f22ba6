"""Deadlines that a program sets with a signal: by calls before the work in the same function, or in a context manager of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from auditor.core.location import Location
from auditor.core.values import ABSENT, Setting, merge, unknown
from auditor.facts.types import Binding, Call, Expr, ModuleFacts
from auditor.graph.build.arguments import argument, holds
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import is_stop
from auditor.graph.build.matching import Match, called_names, callees, matches
from auditor.graph.build.settings import of_call
from auditor.graph.build.things import unwrap_partial
from auditor.graph.flow import Region
from auditor.graph.types import NONE, DeadlineScope
from auditor.knowledge.waiting import AlarmForm
from auditor.program.origins.guards import reached
from auditor.program.origins.objects import attribute, external_bases
from auditor.program.origins.reaching import ancestors, flowing
from auditor.program.origins.types import Class, Ext, Func, Instance, Key, Place

SOME_WAYS = "an alarm is set on some of the ways here only"
HANDLER = "what handles the alarm may let the work go on"
MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")
DEEPEST = 3
"""managers inside each other that are read"""

Rows: TypeAlias = list[tuple[Call, Match[AlarmForm]]]


@dataclass(frozen=True, slots=True)
class _Alarm:
    """What is set at a point. `sites`: the calls that may have set it; `sure`: on each way, and what handles it ends the work."""

    deadline: Setting
    sites: tuple[Key, ...]
    match: Match[AlarmForm]
    sure: bool = True


def _known(build: Build) -> dict[Key, Rows]:
    """function -> its calls that set or handle an alarm, in order; nothing where the program sets none."""
    known: dict[Key, Rows] | None = build.memo.get("alarms")  # type: ignore[assignment]
    if known is None:
        known = {}
        for name in called_names(build, build.base.alarms):
            for number, call in build.engine.calls_by_last.get(name, ()):
                fn = build.function_of(number, call.order)
                found = matches(build, build.base.alarms, (number, call.index))[:1]
                if found and _own_block(build.engine.modules[number], fn, call.order) is not None:
                    known.setdefault(fn, []).append((call, found[0]))
        if all(m.form.handler is not None for rows in known.values() for _, m in rows):
            known = {}
        for rows in known.values():
            rows.sort(key=lambda row: (row[0].order, row[0].index))
        build.memo["alarms"] = known
    return known


def alarm_around(build: Build, module: int, order: int) -> tuple[int, str] | None:
    """The region of an alarm that is set when a statement runs, by the function that it stands in, and the innermost block in which it
    is set."""
    fn = build.function_of(module, order)
    facts = build.engine.modules[module]
    block = _own_block(facts, fn, order) if fn in _known(build) else None
    found = _at(build, fn, order, block, 0) if block is not None else None
    if found is None or block is None:
        return None
    chains = [ancestors(facts, facts.statements[build.engine.call(site).order][1]) for site in found.sites]
    anchor = next(b for b in ancestors(facts, block) if all(b in chain for chain in chains))
    site = found.sites[0]
    region = _region(build, found, build.call_location(site), module, build.qualname(module, order), build.callee(site))
    _again(build)[region] = lambda ctx: _at(build, fn, order, block, ctx)
    return anchor, region


def manager_alarm(build: Build, module: int, expr: Expr, order: int, at: Location, *, decorates: bool = False) -> str | None:
    """The region of the alarm that a context manager of the program sets while the body of its `with` runs, or what it decorates."""
    found = _entered(build, Place(module, order), expr, 0, decorates) if _known(build) else None
    if found is None:
        return None
    region = _region(build, found, at, module, build.qualname(module, order), build.written(module, expr))
    _again(build)[region] = lambda ctx: _entered(build, Place(module, order, ctx), expr, 0, decorates)
    return region


def decorated_alarms(build: Build) -> None:
    """A region of its own for each function around which a decorator of the program sets an alarm with a time of its own."""
    flow = build.graph.flow
    made: dict[tuple[Key, str], set[int]] = build.memo.get("made by decorators", {})  # type: ignore[assignment]
    for (fn, identity), frames in sorted(made.items()):
        again, noun = _again(build).get(identity), build.graph.nodes.get(flow.regions[identity].noun)
        function = flow.functions.get(build.function_id(fn))
        if again is None or function is None or not isinstance(noun, DeadlineScope) or noun.deadline.number is not None:
            continue
        own = _agreed([again(frame) for frame in sorted(frames)])
        extra = f"@{build.path(fn[0])}:{function.at.line}"
        named: list[str] = []
        if own is not None:
            node = build.add(replace(noun, id=noun.id + extra, deadline=own.deadline))
            named.append(build.region(replace(flow.regions[identity], id=identity + extra, noun=node)))
        wrappers, reading = (
            tuple(r for row in rows for r in (named if row == identity else [row])) for rows in (function.wrappers, function.reading)
        )
        flow.functions[function.id] = replace(function, wrappers=wrappers, reading=reading)


def _again(build: Build) -> dict[str, Callable[[int], _Alarm | None]]:
    """region of an alarm -> what is set there in a context."""
    return build.memo.setdefault("alarms in contexts", {})  # type: ignore[return-value]


def _own_block(facts: ModuleFacts, fn: Key, order: int) -> int | None:
    """The block of a statement in its function itself, around comprehensions; None: a lambda or class lies between."""
    block = facts.statements[order][1]
    while block >= 0 and facts.blocks[block].scope != fn[1]:
        if facts.scopes[facts.blocks[block].scope].kind != "comp":
            return None
        block = facts.blocks[block].parent
    return block if block >= 0 else None


def _entered(build: Build, place: Place, expr: Expr, depth: int, decorates: bool = False) -> _Alarm | None:
    """The alarm that is set when a manager has been entered."""
    while expr[0] == "await":
        expr = expr[1]
    return _agreed([None if e is None else _left_set(build, *e, depth) for e in _managers(build, place, expr, decorates)])


def _managers(build: Build, place: Place, expr: Expr, decorates: bool) -> Iterator[tuple[Key, int] | None]:
    """The functions of the program that enter a manager, each with its context; None for anything else that may stand there."""
    engine = build.engine
    site = (place.module, expr[1]) if expr[0] == "call" else None
    called = callees(build, site, place.ctx) if site is not None else []
    generators = [(o, partials) for o, partials in called if isinstance(o, Func) and _is_manager(build, o.fn)]
    for func, partials in generators:
        if site is not None and isinstance(func, Func):
            yield func.fn, engine.entered(func, site, place.ctx, partials)
    if generators and len(generators) < len(called):
        yield None
    for made in engine.origins(expr, place) if len(generators) < max(len(called), 1) else ():
        if not isinstance(made, Instance) or (decorates and "contextlib.ContextDecorator" not in external_bases(engine, made.cls)):
            yield None
            continue
        for name in ("__enter__", "__aenter__"):
            for entering in attribute(engine, made, name):
                if isinstance(entering, Func):
                    inside = engine.entered(entering, made.site, made.ctx, ()) if made.site is not None else entering.ctx
                    yield entering.fn, inside


def _is_manager(build: Build, fn: Key) -> bool:
    scope = build.engine.scope(fn)
    made = (o for d in scope.decorators for o in build.engine.origins(d, Place(fn[0], scope.order))) if scope.yields else ()
    return any(isinstance(o, Ext) and o.name in MANAGERS for o in made)


def _left_set(build: Build, fn: Key, ctx: int, depth: int) -> _Alarm | None:
    """The alarm that is set where the function that enters a manager has done so: where it yields, or is left."""
    facts, scope = build.engine.modules[fn[0]], build.engine.scope(fn)
    points = [order for _, order in scope.yields] or [e.order for e in scope.exits if e.kind == "return"]
    rows: list[tuple[int, int]] = []
    for order in points:
        block = _own_block(facts, fn, order)
        if block is not None and reached(build.engine, block, Place(fn[0], order, ctx)) is not False:
            rows.append((order, block))
    if not scope.yields and not facts.blocks[scope.body].leaves:
        rows.append((len(facts.statements), scope.body))
    return _agreed([_at(build, fn, order, block, ctx) or _inside(build, fn, block, ctx, depth) for order, block in rows])


def _inside(build: Build, fn: Key, block: int, ctx: int, depth: int) -> _Alarm | None:
    """The alarm of another manager in whose `with` a manager yields."""
    facts = build.engine.modules[fn[0]]
    blocks = [facts.blocks[b] for b in ancestors(facts, block)] if depth < DEEPEST and build.engine.scope(fn).yields else []
    rows = ((Place(fn[0], b.order, ctx), item) for b in blocks if b.kind == "with" for item in reversed(b.items))
    return next((found for place, item in rows if (found := _entered(build, place, item, depth + 1)) is not None), None)


def _agreed(found: Sequence[_Alarm | None]) -> _Alarm | None:
    """One alarm of what is set on several ways."""
    rows = [alarm for alarm in found if alarm is not None]
    if not rows:
        return None
    sites = tuple(dict.fromkeys(site for alarm in rows for site in alarm.sites))
    if len(rows) < len(found):
        return _Alarm(unknown(SOME_WAYS, unit="seconds"), sites, rows[0].match, sure=False)
    return _Alarm(merge([a.deadline for a in rows]), sites, rows[0].match, all(a.sure for a in rows))


def _at(build: Build, fn: Key, order: int, block: int, ctx: int) -> _Alarm | None:
    """The alarm that the function's own calls have set at a point of it."""
    rows = [row for row in _known(build).get(fn, ()) if _holds(build, (fn[0], row[0].index), row[1], ctx)]
    found, always = _reaching(build, fn, [row for row in rows if row[1].form.handler is None], order, block, ctx)
    made = [of_call(build, m.form.settings, m.package, (fn[0], c.index), ctx, m.partials).get("deadline", NONE) for c, m in found]
    setting = [row for row, deadline in zip(found, made, strict=True) if deadline.value is not ABSENT]
    handlers = _reaching(build, fn, [row for row in rows if row[1].form.handler is not None], order, block, ctx)[0]
    ends = _ends(build, fn, handlers, ctx) if setting else False
    if not setting or ends is False:
        return None
    sites = tuple((fn[0], call.index) for call, _ in setting)
    if ends is None:
        return _Alarm(unknown(HANDLER, unit="seconds"), sites, setting[0][1], sure=False)
    if not always or len(setting) < len(found):
        return _Alarm(unknown(SOME_WAYS, unit="seconds"), sites, setting[0][1], sure=False)
    return _Alarm(merge(made), sites, setting[0][1])


def _holds(build: Build, site: Key, match: Match[AlarmForm], ctx: int) -> bool:
    return match.form.when is None or holds(build, match.form.when, site, ctx, match.partials) is True


def _reaching(build: Build, fn: Key, rows: Rows, order: int, block: int, ctx: int) -> tuple[Rows, bool]:
    """Those of a function's calls that were the last before a point, and whether there is one on every way to it."""
    facts = build.engine.modules[fn[0]]
    calls: list[Binding] = []
    for number, (call, _) in enumerate(rows):
        own = _own_block(facts, fn, call.order)
        runs = reached(build.engine, own, Place(fn[0], call.order, ctx)) if own is not None else False
        if own is not None and runs is not False:
            # Where all conditions are decided it stands as if there were none.
            own = build.engine.scope(fn).body if runs else own
            calls.append(Binding("", "call", ("call", call.index), number, call.order, own, call.line))
    found, always = flowing(facts, calls, order, block)
    first = min((b.order for b in found if b.order < order), default=-1)
    loops = [facts.blocks[b] for b in ancestors(facts, block) if facts.blocks[b].kind in ("for", "while")]
    kept: Rows = []
    for one in found:
        # What comes later in a loop is undone where each turn passes the first one again.
        around = next((loop for loop in loops if loop.order <= one.order <= loop.last_order), None)
        if one.order < order or not always or around is None or not around.order <= first <= around.last_order:
            kept.append(rows[one.detail])
    return kept, always


def _ends(build: Build, fn: Key, here: Rows, ctx: int) -> bool | None:
    """Whether the work ends when the signal comes; None: not sure. Where nothing is known of what handles it, the process ends."""
    if here:
        told = {v for call, match in here for v in _handled(build, (fn[0], call.index), match, ctx)}
        return True if not told else told.pop() if len(told) == 1 else None
    others = ((f, c, m) for f, rows in _known(build).items() for c, m in rows if m.form.handler is not None)
    told = {
        v for f, call, match in others if _holds(build, (f[0], call.index), match, 0) for v in _handled(build, (f[0], call.index), match, 0)
    }
    return True if told <= {True} else None


def _handled(build: Build, site: Key, match: Match[AlarmForm], ctx: int) -> Iterator[bool | None]:
    """What the functions do that a signal is handled by: end the work (by an error), surely not, or not known."""
    handler = match.form.handler
    for origin in (argument(build, handler, site, ctx, match.partials) or ()) if handler is not None else ():
        target = unwrap_partial(origin)[0]
        if isinstance(target, Ext) and target.name in match.form.ignored:
            yield False
        elif isinstance(target, Func):
            inner = build.engine.modules[target.fn[0]]
            calls = [c for c in inner.calls if _own_block(inner, target.fn, c.order) is not None]
            raises = any(e.kind == "raise" for e in build.engine.scope(target.fn).exits)
            yield True if raises or any(is_stop(c) for c in calls) else None if calls else False
        elif isinstance(target, (Class, Instance)):
            yield None


def _region(build: Build, alarm: _Alarm, at: Location, module: int, qualname: str, callee: str) -> str:
    """An alarm comes whatever the code does."""
    several = not alarm.sure or len(alarm.sites) > 1
    extra = ":alarm:" + ",".join(str(build.engine.call(s).line) for s in alarm.sites) if several else ""
    node = DeadlineScope(
        id=build.node_id("deadline_scope", at, extra),
        name=alarm.match.name.rsplit(".", 1)[-1],
        symbol=callee,
        at=at,
        role=build.role(module),
        qualname=qualname,
        callee=callee,
        framework=alarm.match.package,
        api=alarm.match.name,
        deadline=alarm.deadline,
        fires=True,
    )
    return build.region(Region(f"deadline:{at.path}:{at.line}:{at.column}{extra}", "deadline", build.add(node), at))
