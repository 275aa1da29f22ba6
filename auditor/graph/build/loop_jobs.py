"""Loops that ask in each turn how work of a service stands, and leave on what it says: the service ends the work, and with it the loop."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import ROUND, Suites, suites
from auditor.graph.build.loop_changes import Change, View, called, callee_changes, changes_in
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_terms import arguments, callees, paths, plain, root
from auditor.graph.build.matching import called_names, matches
from auditor.program.origins.types import Key


def follows_work(build: Build, module: int, loop: int, models: Collection[Key]) -> bool:
    """Whether each turn asks how the same work stands, and an exit tests the answer. `models`: calls that reach a model."""
    own = suites(build.engine, module)
    asking = {c.index: o for o in own.orders(loop) for c in own.calls.get(o, ()) if _tells(build, module, c)}
    if not asking or own.outcomes(loop, frozenset(asking.values())) & ROUND:
        return False
    view = View(build.engine, module)
    answers = {b.name for o in asking.values() for b in own.bindings.get(o, ()) if _made_by(own, o, asking)}
    ends = Ends(view, loop, lambda *_: False, lambda m, c: (m, c.index) in models, follow=0)
    tested = {root(p) for _, tests in ends.exit_tests() for t in tests for p in paths(own.module, t)}
    return bool(answers & tested) and all(_of_same(view, loop, own.module.calls[i], set(asking.values())) for i in asking)


def _tells(build: Build, module: int, call: Call) -> bool:
    """Whether a call says how work stands, itself or in a function of the program that gives back what it said."""
    return _known(build, (module, call.index)) or any(_gives_back(build, func.fn) for func in callees(build.engine, call, module))


def _known(build: Build, site: Key) -> bool:
    named = build.engine.call(site).last in called_names(build, build.base.states)
    return named and bool(matches(build, build.base.states, site))


def _gives_back(build: Build, fn: Key) -> bool:
    body = build.engine.scope(fn).body
    own = suites(build.engine, fn[0])
    rows = [own.exits[o].value for o in own.orders(body) if o in own.exits and own.exits[o].kind == "return"] if body >= 0 else []
    values = [plain(v) for v in rows]
    return bool(values) and all(v[0] == "call" and _known(build, (fn[0], v[1])) for v in values)


def _made_by(own: Suites, order: int, asking: Collection[int]) -> bool:
    return any(v[0] == "call" and v[1] in asking for b in own.bindings.get(order, ()) for v in (plain(b.value),))


def _of_same(view: View, loop: int, call: Call, asked_at: Collection[int]) -> bool:
    """Whether nothing in the loop but the answers themselves sets what says which work is meant."""
    named = {p for a in arguments(call) for p in paths(view.suites.module, a)}
    roots = {root(p) for p in named}
    orders = list(view.suites.orders(loop))
    here = {c.path for c in changes_in(view, orders) if c.order not in asked_at}
    below = {c.path for c in _below(view, orders)}
    return not (here & (named | roots)) and not (below & named)


def _below(view: View, orders: list[int]) -> Iterator[Change]:
    for inner in called(view, orders):
        yield from callee_changes(inner)
