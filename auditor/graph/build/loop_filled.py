"""Loops that end when something is given (`while not answer: answer = ask()`), where what is asked always gives something."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import Setting
from auditor.facts.types import Expr
from auditor.graph.build.loop_blocks import FALL, ROUND, suites
from auditor.graph.build.loop_changes import SHRINKING
from auditor.graph.build.loop_checks import leaving_tests
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_terms import paths, plain, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Func, Key, Place

DEEPEST = 3
GIVEN = object()
SAME = frozenset(("is", "is not", "==", "!="))


def filled_at_once(limits: Limits) -> Setting | None:
    """The turns of a loop that is left as soon as a variable holds something, and each turn sets it to what is surely true."""
    own = limits.own
    for asked, test, leave in _tests(limits):
        for name in sorted(n for n in paths(own.module, test) if n.isidentifier() and _asks_if_given(limits, test, n)):
            orders = _sets(limits, name) if decided(test, {name: GIVEN}) is leave else []
            if orders and limits.every_turn(orders):
                begun = asked == own.statement(limits.loop) or max(orders) < asked
                why = f"{name} is given something in line {limits.line(orders[0])}, always"
                return Setting(1 if begun else 2, "inferred", why=why, unit="turns")
    return None


def _tests(limits: Limits) -> Iterator[tuple[int, Expr, bool]]:
    """The conditions that each turn asks, and the value at which they end the loop."""
    own, loop = limits.own, limits.loop
    if limits.info.kind == "while":
        yield own.statement(loop), limits.info.expr, False
    for order in own.orders(loop):
        for test, leave in leaving_tests(own, order, loop, limits.engine):
            if limits.every_turn((order,)):
                yield order, test, leave


def _asks_if_given(limits: Limits, test: Expr, name: str) -> bool:
    """Whether a condition compares a variable with nothing else but what is false."""
    facts = limits.own.module
    for one in walk(facts, test):
        if one[0] == "cmp" and name in paths(facts, one):
            pairs = [(operator, plain(right)) for operator, right in one[2]]
            if any(operator not in SAME or right[0] != "const" or right[1] for operator, right in pairs):
                return False
    return True


def _sets(limits: Limits, name: str) -> list[int]:
    """The statements that set a variable to what is true; none if it gets something else too, or a failure there goes round."""
    own, facts = limits.own, limits.own.module
    inside = set(own.orders(limits.loop))
    rows = [(o, b) for o in sorted(inside) for b in own.bindings.get(o, ()) if b.name == name]
    changed = [c for c in limits.all_changes if c.path in (name, f"len({name})")]
    if len(changed) != len(rows) or any(b.kind != "assign" for _, b in rows):
        return []
    scope = facts.blocks[limits.loop].scope
    elsewhere = facts.scopes[scope].bindings.get(name, ())
    if any(facts.statements[b.order][0] != scope for b in elsewhere if b.kind != "param") or not elsewhere:
        return []
    true = all(is_given(limits.engine, b.value, Place(limits.view.module, o)) and not _tried_again(limits, o) for o, b in rows)
    return [o for o, _ in rows] if true else []


def _tried_again(limits: Limits, order: int) -> bool:
    """Whether a handler of what a statement fails with goes round."""
    own, blocks = limits.own, limits.own.module.blocks
    for block in own.chain(own.block_of(order), limits.loop) or ():
        found = {o for h in blocks[block].handlers for o in own.outcomes(h)} if blocks[block].kind == "try" else set()
        if found & ROUND:
            return True
    return False


def is_given(engine: Engine, expr: Expr, place: Place, depth: int = 0) -> bool:
    """Whether an expression is surely true: a constant, what is joined with one that is not empty, or what functions give of that kind."""
    expr = plain(expr)
    kind = expr[0]
    if depth > DEEPEST:
        return False
    if kind == "const":
        return bool(expr[1])
    if kind == "if":
        return all(is_given(engine, part, place, depth) for part in expr[2:4])
    if kind == "bool":
        return (any if expr[1] == "or" else all)(is_given(engine, part, place, depth) for part in expr[2])
    if kind == "walrus":
        return is_given(engine, expr[2], place, depth)
    if kind == "name":
        return _bound(engine, expr[1], place, depth)
    if kind == "call":
        return _answered(engine, expr, place, depth)
    return _is_filled(expr)


def _is_filled(expr: Expr) -> bool:
    """Whether a text, a list or a dict has something in it for sure."""
    expr = plain(expr)
    kind = expr[0]
    if kind == "const":
        return isinstance(expr[1], (str, bytes)) and bool(expr[1])
    if kind == "fstr":
        return any(_is_filled(part) for part in expr[1])
    if kind == "seq":
        return any(part[0] != "star" for part in expr[2])
    if kind == "dict":
        return any(key is not None for key, _ in expr[1])
    return bool(kind == "op" and expr[1] == "+" and (_is_filled(expr[2]) or _is_filled(expr[3])))


def _bound(engine: Engine, name: str, place: Place, depth: int) -> bool:
    """Whether a variable of a function is set to nothing but what is true, and nothing is taken out of it."""
    facts = engine.modules[place.module]
    scope = engine.place_scope(place)
    rows = facts.scopes[scope].bindings.get(name, ())
    if not rows or any(b.kind != "assign" or facts.statements[b.order][0] != scope for b in rows):
        return False
    own = suites(engine, place.module)
    body = facts.scopes[scope].body
    if any(c.func[:2] == ("attr", ("name", name)) and c.last in SHRINKING for c in own.calls_in(body)):
        return False
    return all(plain(b.value) != ("name", name) and is_given(engine, b.value, Place(place.module, b.order), depth + 1) for b in rows)


def _answered(engine: Engine, expr: Expr, place: Place, depth: int) -> bool:
    """Whether all that a call may call are functions of the program that give what is true on each way out."""
    call = engine.call((place.module, expr[1]))
    found = engine.origins(call.func, Place(place.module, call.order, place.ctx))
    fns = dict.fromkeys(o.fn for o in found if isinstance(o, Func))
    return bool(fns) and all(isinstance(o, Func) for o in found) and all(_gives(engine, fn, depth + 1) for fn in fns)


def _gives(engine: Engine, fn: Key, depth: int) -> bool:
    scope, own = engine.scope(fn), suites(engine, fn[0])
    if scope.kind != "function" or scope.body < 0 or scope.yields or FALL in own.outcomes(scope.body):
        return False
    values = [(e.order, e.value) for e in scope.exits if e.kind == "return"]
    return bool(values) and all(is_given(engine, value, Place(fn[0], order), depth) for order, value in values)
