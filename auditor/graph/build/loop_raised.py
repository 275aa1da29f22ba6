"""Limits that code below a loop checks: whether the error that comes of one ends the loop, and what is known of it if that is not seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.core.location import Location
from auditor.core.values import alternatives
from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.limit_guards import Guard, changes_of, guards, is_none
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_bounds import constant, unit_of
from auditor.graph.build.loop_changes import Change, View, changes_in, enter
from auditor.graph.build.loop_escapes import EXITING, Handled, thrown, way_out
from auditor.graph.build.loop_resets import Resets
from auditor.graph.build.loop_signs import is_text
from auditor.graph.build.loop_terms import plain
from auditor.graph.build.tracing_callbacks import handler_classes, made
from auditor.program.origins.objects import owner_class
from auditor.program.origins.types import Class, Func, Key, Place

DEEPEST = 8
MOST_FUNCTIONS = 200
MOST_CALLEES = 16
HELPERS = 2
"""how deep functions are followed that do not lead to a model themselves: those that count and compare"""


def raised_limit(build: Build, module: int, loop: int, models: set[str]) -> str | None:
    """Why it is not known how often a loop turns: a limit below it that may end it. `models`: functions that reach a model."""
    view = View(build.engine, module)
    below = list(_below(build, view, loop, models))
    visited = {v.fn for v in below}
    resets = Resets(view, loop, list(changes_in(view, view.suites.orders(loop))))
    found: list[tuple[int, str]] = []
    for inner in below:
        for guard in guards(build, inner.fn) if inner.fn is not None else ():
            if not _set_back(build, guard, visited, module, loop) and not resets.is_another(inner, inner.own(guard.counter)):
                said = _said(build, inner, guard, loop, models)
                found.extend([said] if said is not None else [])
    return min(found, default=(0, None))[1]


def _said(build: Build, inner: View, guard: Guard, loop: int, models: set[str]) -> tuple[int, str] | None:
    """What is known of a guard, the surest first; None: the loop goes on. What a tool's caller catches only goes back to the model."""
    exit_ = inner.suites.exits.get(guard.order)
    raised = EXITING if guard.exits or exit_ is None else thrown(inner.engine, exit_.value, inner.place(guard.order))
    way = way_out(inner, guard.order, loop, raised)
    if way == "round" or (isinstance(way, Handled) and way.fn is not None and build.function_id(way.fn) not in models):
        return None
    if guard.is_off:
        return 4, switched_off(build, guard)
    at = place_of(build, guard.module, guard.order)
    rank = 2 if any(is_none(s) for s in alternatives(guard.bound)) else 0
    if not isinstance(way, Handled):
        return rank, f"a limit is raised at {at}"
    handled = place_of(build, way.module, build.engine.modules[way.module].blocks[way.handler].order)
    return rank + 1, f"a limit is raised at {at} and handled at {handled}"


def switched_off(build: Build, guard: Guard) -> str:
    off = f"{guard.bound.at.path}:{guard.bound.at.line}" if guard.bound.at is not None else "where it is read"
    at = place_of(build, guard.compared_at.module, guard.compared_at.order)
    return f"a limit in {guard.unit} is checked at {at}, and off by default ({off})"


def place_of(build: Build, module: int, order: int) -> str:
    at: Location = build.location(module, max(1, build.engine.modules[module].statements[order][2]))
    return f"{at.path}:{at.line}"


def added_up(build: Build, module: int, loop: int, models: set[str]) -> str:
    """Where a loop, or what it runs, adds up what a turn uses."""
    view = View(build.engine, module)
    spans = [(module, view.suites.orders(loop))]
    spans += [(v.module, v.suites.orders(build.engine.scope(v.fn).body)) for v in _below(build, view, loop, models) if v.fn is not None]
    for number, orders in spans:
        for change in changes_in(View(build.engine, number), orders):
            unit = unit_of(change.path, ("const", None), change.value)
            if change.way == "up" and constant(change.value) is None and unit in ("usd", "tokens") and _is_number(build, change):
                return f"{'costs' if unit == 'usd' else 'tokens'} are added up at {place_of(build, number, change.at.order)}"
    return ""


def _is_number(build: Build, change: Change) -> bool:
    """Whether a number is added: what it is added to begins with one, or is an entry of something."""
    facts = build.engine.modules[change.at.module]
    if is_text(facts, change.value):
        return False
    name = change.path.rpartition(".")[2]
    rows = [b.value for scope in facts.scopes for b in scope.bindings.get(name, ()) if b.kind in ("assign", "annotation")]
    rows.extend(s.value for s in facts.stores if s.attr == name and s.operator is None)
    values = [plain(row) for row in rows]
    if any(is_text(facts, value) for value in values):
        return False
    return any(value[0] == "const" and isinstance(value[1], (int, float)) for value in values) or "[" in change.path


def _below(build: Build, view: View, loop: int, models: set[str]) -> Iterator[View]:
    """The functions that a turn runs on its way to a model, and what these call."""
    seen: set[Key] = set()
    todo: list[tuple[View, Iterable[int], int, int]] = [(view, view.suites.orders(loop), 0, 0)]
    while todo and len(seen) < MOST_FUNCTIONS:
        current, orders, depth, aside = todo.pop(0)
        own = current.suites
        for order in orders:
            for call in own.calls.get(order, ()):
                for func in _called(build, current.module, call):
                    off = 0 if build.function_id(func.fn) in models else aside + 1
                    if func.fn in seen or off > HELPERS or (build.role(func.fn[0]) == "test" and build.role(view.module) != "test"):
                        continue
                    inner = enter(current, call, func, order)
                    if inner is None:
                        continue
                    seen.add(func.fn)
                    yield inner
                    if depth < DEEPEST:
                        todo.append((inner, inner.suites.orders(build.engine.scope(func.fn).body), depth + 1, off))


def _called(build: Build, module: int, call: Call) -> list[Func]:
    """The functions of the program that a call may run, those included that only the flow knows."""
    rows = {o.fn: o for o in build.engine.origins(call.func, Place(module, call.order)) if isinstance(o, Func)}
    at = build.call_location((module, call.index))
    for fn in _flow(build).get((at.path, at.line, at.column), ()):
        rows.setdefault(fn, Func(fn, _class_of(build, fn), 0))
    return list(rows.values()) if len(rows) <= MOST_CALLEES else []


def _class_of(build: Build, fn: Key) -> Class | None:
    cls = owner_class(build.engine, fn)
    return Class(cls) if cls is not None else None


def _flow(build: Build) -> dict[tuple[str, int, int], list[Key]]:
    """Place of a call -> the functions that it runs."""
    known = build.memo.get("called at")
    if known is None:
        table: dict[tuple[str, int, int], list[Key]] = {}
        for site in build.graph.flow.sites:
            if site.target in build.functions:
                table.setdefault((site.at.path, site.at.line, site.at.column), []).append(build.functions[site.target])
        known = build.memo["called at"] = table
    return known  # type: ignore[return-value]


def _set_back(build: Build, guard: Guard, visited: set[Key | None], module: int, loop: int) -> bool:
    """Whether a turn may begin the count anew."""
    inside = set(suites(build.engine, module).orders(loop))
    for change in changes_of(build, guard.counter, guard.owner):
        fn = build.function_of(change.at.module, change.at.order)
        begins = build.engine.scope(fn).name == "__init__"
        if change.way == "set" and not begins and (fn in visited or (change.at.module == module and change.at.order in inside)):
            return True
    return False


# -- handlers of callbacks


def handler_limits(build: Build) -> list[tuple[frozenset[str], str]]:
    """Limits that handlers of callbacks of the program check: packages whose calls they are told of, and what is known of each."""
    rows: list[tuple[frozenset[str], str]] = []
    for _, form, cls in handler_classes(build):
        scope = build.engine.scope(cls)
        if all(build.role(site[0]) == "test" for site in made(build, cls, scope.name)):
            continue
        found = [
            g for child in scope.children if build.engine.scope((cls[0], child)).kind == "function" for g in guards(build, (cls[0], child))
        ]
        if found:
            first = min(found, key=lambda g: (g.is_off, g.order))
            at = place_of(build, first.compared_at.module, first.compared_at.order)
            told = f"{scope.name} checks a limit in {first.unit} at {at}, and it is not known whether one is given"
            rows.append((frozenset(form.covers), switched_off(build, first) if first.is_off else told))
    return rows
