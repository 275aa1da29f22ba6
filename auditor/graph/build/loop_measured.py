"""Loops that end when something that an object tells of itself passes a bound (`while node.depth() < most`), however that changes."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from auditor.core.values import ABSENT
from auditor.facts.types import Expr
from auditor.graph.build.loop_changes import read_properties
from auditor.graph.build.loop_checks import FLIPPED, leaving_tests
from auditor.graph.build.loop_doubts import reached
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_signs import DEEPEST, SIGNS, Span, alone, of_function
from auditor.graph.build.loop_terms import Numbers, arguments, callees, path, plain, root, walk
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import mro, owner_class
from auditor.program.origins.types import Const, Ext, Key, New, Param, Place, Unresolved, root_of

ELSEWHERE = (Param, Unresolved, New, Ext)
COUNTING = (("name", "len"), ("name", "sum"))


def measured(ends: Ends, numbers: Numbers) -> str | None:
    """Why a loop may end where what an object tells passes a bound, in words. What a model answered tells nothing but what it said."""
    for order, one in _comparisons(ends):
        left = plain(one[1])
        for operator, side in one[2]:
            right = plain(side)
            for told, bound in ((left, right), (right, left)):
                name = _told(ends, told, order, bound in SIGNS) if operator in FLIPPED and operator != "==" else None
                if name is not None and _is_bound(ends, bound, order, numbers):
                    line = max(1, ends.own.module.statements[order][2])
                    return f"it is compared with {_said(bound)} in line {line}, and how what {name} gives changes is not known"
            left = right
    return None


def _comparisons(ends: Ends) -> Iterator[tuple[int, Expr]]:
    """The comparisons each of which alone ends the loop."""
    own, info = ends.own, ends.own.module.blocks[ends.loop]
    span = Span(ends.view.engine, ends.view.module, info.scope, tuple(ends.orders))
    tests = [(own.statement(ends.loop), info.expr, False)] if info.kind == "while" else []
    tests.extend((o, test, leave) for o in ends.orders for test, leave in leaving_tests(own, o, ends.loop, ends.view.engine))
    for order, test, leave in tests:
        yield from ((order, part) for part in alone(span, test, leave) if part[0] == "cmp")


def _is_bound(ends: Ends, bound: Expr, order: int, numbers: Numbers) -> bool:
    """Whether something may be a limit that is switched on, and that no model names."""
    if bound[0] not in ("const", "name", "attr", "sub") or _said_by_model(ends, bound):
        return False
    if bound[0] == "const" and (not isinstance(bound[1], (int, float)) or isinstance(bound[1], bool)):
        return False
    found = numbers(bound, Place(ends.view.module, order)).value
    return found is not ABSENT and found not in (inf, "inf")


def _said_by_model(ends: Ends, bound: Expr) -> bool:
    """Whether a bound, or what it is a part of, depends on an answer. What else of `self` does is not asked."""
    whole = path(bound)
    if bound[0] != "attr" or whole is None or root(whole) != "self":
        return ends.by_model(bound)
    names = whole.split(".")
    return any(".".join(names[:n]) in ends.by_answers for n in range(2, len(names) + 1))


def _said(bound: Expr) -> str:
    return str(bound[1]) if bound[0] == "const" else path(bound) or "a limit"


def _told(ends: Ends, expr: Expr, order: int, sign: bool) -> str | None:
    """What an object tells that may count: by a method of the program that counts, or one that is not known, or an attribute of what is
    not known and the loop uses. `sign`: it is compared with 0 or 1, which asks if there is anything left."""
    facts, view = ends.own.module, ends.view
    call = facts.calls[expr[1]] if expr[0] == "call" else None
    asked = call.func if call is not None else expr
    base = path(asked[1]) if asked[0] == "attr" else None
    if base is None or (call is not None and call.index in ends.model_calls) or _is_answer(ends, root(base)):
        return None
    name = f"{base}.{asked[2]}()" if call is not None else f"{base}.{asked[2]}"
    if call is not None:
        mine = [f.fn for f in callees(view.engine, call, view.module)]
    else:
        mine = [v.fn for v in read_properties(view, expr, order) if v.fn is not None]
    if mine:
        return name if not sign and any(_counts(view.engine, fn) for fn in mine) else None
    origins = view.engine.origins(asked[1], Place(view.module, order))
    found = [o for o in origins if not (isinstance(o, Const) and o.value is None)]
    if not found or not all(isinstance(root_of(o), ELSEWHERE) for o in found):
        return None
    rebound = any(b.name == base for o in ends.orders for b in ends.own.bindings.get(o, ()))
    if _said_by_model(ends, asked[1]) and (rebound or call is not None):
        return name if call is not None and not arguments(call) and rebound and not sign else None
    return name if call is not None or _is_used(ends, base) else None


def _is_answer(ends: Ends, name: str, depth: int = 0) -> bool:
    """Whether a turn sets a variable to what a model answers, or to a part of that."""
    for binding in (b for o in ends.orders for b in ends.own.bindings.get(o, ()) if b.name == name):
        value = plain(binding.value)
        while value[0] in ("attr", "sub", "await", "call"):
            if value[0] == "call" and value[1] in ends.model_calls:
                return True
            value = plain(ends.own.module.calls[value[1]].func if value[0] == "call" else value[1])
        if value[0] == "name" and value[1] != name and depth < DEEPEST and _is_answer(ends, value[1], depth + 1):
            return True
    return False


def _is_used(ends: Ends, base: str) -> bool:
    """Whether something in the loop calls an object, or gets it; of an attribute of `self`, also in methods that the loop calls."""
    calls = [c for o in ends.orders for c in ends.own.calls.get(o, ())]
    own = owner_class(ends.view.engine, (ends.view.module, ends.own.module.blocks[ends.loop].scope))
    if own is not None and base.startswith("self."):
        for fn in reached(ends.view.engine, ends.view.module, ends.orders):
            cls = owner_class(ends.view.engine, fn)
            if cls is not None and (cls in mro(ends.view.engine, own) or own in mro(ends.view.engine, cls)):
                span = of_function(ends.view.engine, fn)
                calls.extend(c for o in span.orders for c in span.own.calls.get(o, ()))
    return any((path(c.func) or "").startswith(f"{base}.") or any(path(plain(a)) == base for a in arguments(c)) for c in calls)


def _counts(engine: Engine, fn: Key) -> bool:
    """Whether a function gives the size of something, or one more than it gives for another object (`return self.above.depth() + 1`)."""
    scope, facts = engine.scope(fn), engine.modules[fn[0]]
    for value in (e.value for e in scope.exits if e.kind == "return"):
        for one in walk(facts, value):
            if one[0] == "call" and facts.calls[one[1]].func in COUNTING:
                return True
            if one[0] == "op" and one[1] in ("+", "-") and any(_is_again(engine, fn, side) for side in one[2:4]):
                return True
    return False


def _is_again(engine: Engine, fn: Key, side: Expr) -> bool:
    """Whether a side of a sum asks the same of another object: where that is not known, by the name of the method or the property."""
    side, facts, name = plain(side), engine.modules[fn[0]], engine.scope(fn).name
    if side[0] == "call":
        call = facts.calls[side[1]]
        found = callees(engine, call, fn[0])
        return any(f.fn == fn for f in found) if found else call.func[0] == "attr" and call.last == name
    return bool(side[0] == "attr" and side[2] == name and side[1][0] == "attr")
