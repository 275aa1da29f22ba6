"""Why it is not known that nothing limits a loop or a recursion: something is stepped on the way, and compared where that may end it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from math import inf
from typing import TypeAlias

from auditor.core.values import ABSENT
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import LEAVES, is_stop, suites
from auditor.graph.build.loop_changes import DEEPEST, View, called
from auditor.graph.build.loop_checks import callee_checks
from auditor.graph.build.loop_escapes import leaves
from auditor.graph.build.loop_signs import Key, Span, Step, alone, comparisons, keys, last, of_function, said, stepped_from, steps, written
from auditor.graph.build.loop_slices import is_filled
from auditor.graph.build.loop_terms import Numbers, callees, plain, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key as Fn
from auditor.program.origins.types import Place

MOST_REACHED = 300

Guard: TypeAlias = tuple[int, int, Expr, bool]
"""module, statement, condition, and its value where the recursion ends"""


def doubt(engine: Engine, module: int, loop: int, numbers: Numbers, *, but: Iterable[int] = ()) -> str | None:
    """A sign that a loop counts, in words. `but`: handlers of which it is not asked what they do."""
    view = View(engine, module)
    own = view.suites
    left_out = {o for handler in but for o in own.orders(handler)}
    span = Span(engine, module, own.module.blocks[loop].scope, tuple(o for o in own.orders(loop) if o not in left_out))
    anew = _anew(span)
    counted = [s for s in steps(span) if s.key not in anew]
    below = [of_function(engine, fn) for fn in reached(engine, module, span.orders)]
    outliving = [s for inner in below for s in steps(inner, variables=False)]
    lasting = [s for s in outliving if s.key[0] == "part"]
    if not counted and not outliving:
        return None
    tests = list(_leaving(span, loop))

    def off(order: int, bound: Expr) -> bool:
        found = numbers(bound, Place(module, order))
        return found.value is ABSENT or found.value in (inf, "inf")

    asked = _asked(span, tests)
    for order, part in (*((o, p) for o, test, leave in tests for p in alone(span, test, leave)), *_flagged(span, loop, asked)):
        name = _counted(span, part, (*counted, *lasting), anew, partial(off, order))
        if name is not None:
            return said(name, span, order, module)
    lasting.extend(s for s in counted if s.key[0] == "part")
    deciding = [of_function(engine, fn) for fn in _deciding(view, span, tests, asked)]
    found = _answers(deciding, lasting) or _told(below, lasting, {last(k) for k in asked}) or _thrown(view, loop, below, outliving, off)
    return None if found is None else said(*found, module)


def reached(engine: Engine, module: int, orders: Iterable[int]) -> list[Fn]:
    """The functions of the program that statements come to, the nearest first: where there are many, the far ones are left out."""
    rows: dict[Fn, None] = {}
    level = [(module, tuple(orders))]
    for _ in range(DEEPEST):
        calls = [(n, call) for n, found in level for order in found for call in suites(engine, n).calls.get(order, ())]
        fns = dict.fromkeys(func.fn for n, call in calls for func in callees(engine, call, n))
        new = [fn for fn in fns if fn not in rows and engine.scope(fn).kind == "function" and engine.scope(fn).body >= 0]
        new = new[: MOST_REACHED - len(rows)]
        rows.update(dict.fromkeys(new))
        level = [(fn[0], of_function(engine, fn).orders) for fn in new]
    return list(rows)


def _counted(
    span: Span, part: Expr, counted: Iterable[Step], anew: Iterable[Key] = (), off: Callable[[Expr], bool] = lambda _: False
) -> object:
    """The name of what a part of a condition counts: it compares it, or asks if what falls is used up. `off`: what is no limit."""
    rows = list(counted)
    hit = next((name for one in comparisons(span, part) if (name := one.counted(rows, anew)) is not None and not off(one.bound)), None)
    if hit is None and part[0] in ("name", "attr", "sub", "call"):
        asked = keys(span, part)
        hit = next((last(s.key) for s in rows if s.down and not asked.isdisjoint((s.key, s.key[1]))), None)
    return hit


def _anew(span: Span) -> set[Key]:
    """What a turn sets to something else than what it was: that was read, and counts within the turn alone."""
    rows: set[Key] = set()
    for order in span.orders:
        for binding in span.own.bindings.get(order, ()):
            if binding.kind == "assign" and not _is_step(span, span.key(binding.name), binding.value):
                rows.add(span.key(binding.name))
        for store in span.own.stores.get(order, ()):
            if store.operator is None and store.attr is not None and not _is_step(span, ("part", store.attr), store.value):
                rows.add(("part", store.attr))
    return rows


def _is_step(span: Span, target: Key, value: Expr) -> bool:
    return any(last(k) == last(target) for k, _, _ in stepped_from(span, value))


def _leaving(span: Span, loop: int) -> Iterator[tuple[int, Expr, bool]]:
    """The conditions that may end the loop, with their value then."""
    own, info = span.own, span.facts.blocks[loop]
    if info.kind == "while":
        yield own.statement(loop), info.expr, False
    for order in span.orders:
        parts = own.parts.get(order, ())
        if not parts or parts[0] == loop or span.facts.blocks[parts[0]].kind not in ("if", "while"):
            continue
        for part, leave in zip(parts[:2], (True, False), strict=False):
            if span.facts.blocks[parts[0]].kind == "if" and _leaves(span, part, loop):
                yield order, span.facts.blocks[parts[0]].expr, leave


def _leaves(span: Span, block: int, loop: int) -> bool:
    own = span.own
    for order in own.orders(block):
        exit_ = own.exits.get(order)
        if exit_ is None or exit_.kind not in LEAVES:
            continue
        if exit_.kind == "return" or (exit_.kind == "break" and own.nearest_loop(own.block_of(order)) == loop):
            return True
        if exit_.kind == "raise" and leaves(own, own.block_of(order), loop, span.engine):
            return True
    return any(is_stop(c) for c in own.calls_in(block))


def _asked(span: Span, tests: Iterable[tuple[int, Expr, bool]]) -> set[Key]:
    """The variables, attributes and entries that the conditions ask for."""
    return {k for _, test, _ in tests for one in walk(span.facts, test) if one[0] in ("name", "attr", "sub") for k in keys(span, one, 3)}


def _flagged(span: Span, loop: int, asked: set[Key]) -> Iterator[tuple[int, Expr]]:
    """Comparisons that something is set to for which a leaving condition asks, and the conditions on which it is set to a constant."""
    own = span.own
    for order in span.orders:
        rows = [(span.key(b.name), b.value) for b in own.bindings.get(order, ()) if b.kind == "assign"]
        rows.extend((("part", s.attr), s.value) for s in own.stores.get(order, ()) if s.attr is not None and s.operator is None)
        for key, value in rows:
            if key not in asked:
                continue
            yield from ((order, one) for one in written(span, order))
            for block in own.chain(own.block_of(order), loop) or () if value[0] == "const" else ():
                info = span.facts.blocks[block]
                if info.kind in ("if", "else"):
                    yield from ((own.statement(block), part) for part in alone(span, info.expr, info.kind == "if"))


def _deciding(view: View, span: Span, tests: Iterable[tuple[int, Expr, bool]], asked: set[Key]) -> Iterator[Fn]:
    """The functions on whose answer a leaving condition depends, and what they call."""
    indexes = {one[1] for _, test, _ in tests for one in walk(span.facts, test) if one[0] == "call"}
    for order in span.orders:
        for binding in span.own.bindings.get(order, ()):
            value = plain(binding.value)
            if value[0] == "call" and span.key(binding.name) in asked:
                indexes.add(value[1])
    seen: set[Fn] = set()
    for index in sorted(indexes):
        call = span.facts.calls[index]
        for func in callees(view.engine, call, view.module):
            if func.fn not in seen:
                seen.add(func.fn)
                yield func.fn
                inner = View(view.engine, func.fn[0])
                body = of_function(view.engine, func.fn).orders
                yield from (v.fn for v in called(inner, body, 1, seen) if v.fn is not None)


def _answers(deciding: Iterable[Span], counted: list[Step]) -> tuple[object, Span, int] | None:
    """A condition on which a function gives another answer, or a comparison that it gives."""
    for span in deciding:
        own = span.own
        for order in span.orders:
            opened = own.parts.get(order, ())
            rows = list(written(span, order))
            if opened and own.module.blocks[opened[0]].kind == "if" and any(_returns(span, part) for part in opened):
                rows.append(own.module.blocks[opened[0]].expr)
            for part in rows:
                name = _counted(span, part, counted)
                if name is not None:
                    return name, span, order
    return None


def _returns(span: Span, block: int) -> bool:
    return any(o in span.own.exits and span.own.exits[o].kind == "return" for o in span.own.orders(block))


def _told(below: Iterable[Span], counted: list[Step], asked: set[object]) -> tuple[object, Span, int] | None:
    """A condition of a callee on which it sets what the loop asks for. What it raises is read elsewhere."""
    for span in below:
        own = span.own
        for order in span.orders:
            stores = own.stores.get(order, ())
            if asked.isdisjoint({s.attr or (s.key or ("", None))[1] for s in stores}):
                continue
            chain = own.chain(own.block_of(order), span.facts.scopes[span.scope].body) or ()
            rows = [span.facts.blocks[b].expr for b in chain if span.facts.blocks[b].kind in ("if", "else")]
            for part in (*rows, *written(span, order)):
                name = _counted(span, part, counted)
                if name is not None:
                    return name, span, order
    return None


def _thrown(
    view: View, loop: int, below: Iterable[Span], counted: list[Step], off: Callable[[int, Expr], bool]
) -> tuple[object, Span, int] | None:
    """A condition on which a callee raises out of the loop, of what counts there or is computed of that and handed to what is made."""
    made = [
        Step(("part", name), True, s.order) for span in below for name, value in _named(span) for s in counted if s.key in keys(span, value)
    ]
    for check in callee_checks(view, loop):
        assert check.view.fn is not None
        span = of_function(view.engine, check.view.fn)
        hit = next((s.key for s in (*counted, *made) if s.key in keys(span, check.counter)), None)
        if hit is not None and check.operator in (">", ">=") and not (check.at.module == view.module and off(check.at.order, check.bound)):
            return last(hit), span, check.at.order
    return None


def _named(span: Span) -> Iterator[tuple[str, Expr]]:
    for order in span.orders:
        for call in span.own.calls.get(order, ()):
            yield from ((name, value) for name, value, _ in call.keywords if name is not None)


# -- recursions


def recursion_doubt(engine: Engine, functions: Iterable[Fn], sites: Iterable[Fn], guards: Iterable[Guard]) -> str | None:
    """A sign that a recursion ends: a call passes what its function computed of a parameter, and a condition before a call compares that.

    `functions`: those on the way round; `sites`: the calls from one of them to the next; `guards`: the conditions before these."""
    spans = {fn: of_function(engine, fn) for fn in functions}
    sites, counted, edges = list(sites), list[Step](), list[tuple[Key, Key]]()
    for site in sites:
        call = engine.call(site)
        span = spans.get((site[0], engine.modules[site[0]].statements[call.order][0]))
        for target in [t for t in spans.values() if t.facts.scopes[t.scope].name == call.last] if span is not None else ():
            assert span is not None
            for name, value in given(target, call):
                counted.extend(_passed(span, target.key(name), value, call.order))
                edges.extend((key, target.key(name)) for key in keys(span, value) if plain(value)[0] == "name")
    everywhere = _handed_on(counted, edges)
    everywhere.extend(s for span in spans.values() for s in steps(span, variables=False) if s.key[0] == "part")
    for module, order, test, leave in guards:
        span = spans.get((module, engine.modules[module].statements[order][0]))
        parts = [p for part in alone(span, test, leave) for p in _meant(span, part)] if span is not None else []
        names = [_counted(span, part, everywhere) for part in parts] if span is not None else []
        if span is not None and any(name is not None for name in names):
            return said(next(name for name in names if name is not None), span, order, sites[0][0])
    return None


def _meant(span: Span, part: Expr) -> Iterator[Expr]:
    """A part of a condition; of a flag also the comparisons to which it is set, if it is set to nothing else but constants."""
    yield part
    rows = span.facts.scopes[span.scope].bindings.get(part[1], ()) if part[0] == "name" else ()
    if all(row.kind == "assign" and row.value[0] in ("cmp", "const") for row in rows):
        yield from (row.value for row in rows if row.value[0] == "cmp")


def given(target: Span, call: Call) -> Iterator[tuple[str, Expr]]:
    """The arguments of a call with the parameters that get them."""
    names = [p.name for p in target.facts.scopes[target.scope].params if p.kind in ("positional", "keyword")]
    if names and names[0] in ("self", "cls") and call.func[0] == "attr":
        names = names[1:]
    yield from zip(names, call.args, strict=False)
    yield from ((name, value) for name, value, _ in call.keywords if name in names)


def _passed(span: Span, target: Key, value: Expr, order: int) -> Iterator[Step]:
    """What an argument steps of the function's own parameters, as that of the one that gets it."""
    params = {p.name for p in span.facts.scopes[span.scope].params}
    for key, even, down in stepped_from(span, value):
        if key[0] == "len" and is_filled(span.engine, span.module, order, {str(last(key))}, span.facts.scopes[span.scope].body):
            continue
        if key[0] == "part" or last(key) in params:
            yield Step(("len", target) if key[0] == "len" else target, even, order, down)


def _handed_on(counted: list[Step], edges: list[tuple[Key, Key]]) -> list[Step]:
    """Steps, also of the parameters through which they are handed on as they are."""
    rows = list(counted)
    known = {s.key for s in rows}
    for step in rows:
        name = step.key[1] if step.key[0] == "len" else step.key
        for source, target in edges:
            key: Key = ("len", target) if step.key[0] == "len" else target
            if source == name and key not in known:
                known.add(key)
                rows.append(replace(step, key=key))
    return rows


def spent(engine: Engine, module: int, orders: Iterable[int]) -> str | None:
    """A function that one of these statements calls, which counts an attribute and raises where that passes a bound."""
    for order in orders:
        for call in suites(engine, module).calls.get(order, ()):
            for func in callees(engine, call, module):
                span = of_function(engine, func.fn)
                counted = [s for s in steps(span, variables=False) if s.key[0] == "part"]
                for at in span.orders if counted else ():
                    opened = span.own.parts.get(at, ())
                    if not opened or span.facts.blocks[opened[0]].kind != "if" or span.own.outcomes(opened[0]) != {"raise"}:
                        continue
                    name = _counted(span, span.facts.blocks[opened[0]].expr, counted)
                    if name is not None:
                        return said(name, span, at, module)
    return None
