"""How many items an iterable has: ranges, literals, slices, enumerations and what limits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from auditor.core.values import MOST_ALTERNATIVES, UNBOUNDED, Setting, Unknown, alternatives, merge, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_terms import Numbers, Waits, builtin, callees, plain
from auditor.program.origins.containers import added
from auditor.program.origins.engine import Engine
from auditor.program.origins.held import item_stores
from auditor.program.origins.mutated import updates
from auditor.program.origins.types import Box, Class, Const, New, Op, Origin, Origins, Place, Result

DEEPEST = 8
KEPT = ("enumerate", "list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "dict", "deque")
PASSING = frozenset((*KEPT, "map", "filter", "accumulate", "starmap"))
SHORTENING = frozenset(("filter", "takewhile", "dropwhile", "filterfalse", "set", "frozenset"))
ASKING = ("input", "raw_input", "getpass", "ask", "prompt", "confirm", "interrupt")
HUMAN = frozenset((*ASKING, "multiline_input", "prompt_async", "text_input"))


@dataclass(frozen=True, slots=True)
class Size:
    """`ends`: fixed, capped, data, event, human, or `endless` (a counter that never stops by itself).

    `computed`: the limit is what a call gives that is made in each turn, or not each turn counts: no number
    limits it for sure.
    """

    times: Setting
    ends: str
    gated: bool = False
    computed: bool = False


DATA = Size(Setting(UNBOUNDED, "inferred", why="as many turns as there are items", unit="turns"), "data")
ENDLESS = Size(Setting(UNBOUNDED, "inferred", why="the iterable never ends", unit="turns"), "endless")


def fixed(number: int, at: Setting | None = None) -> Size:
    return Size(Setting(number, "inferred" if at is None else at.origin, at=None if at is None else at.at, unit="turns"), "fixed")


def combine(settings: list[Setting], function: Callable[[list[float]], float]) -> Setting:
    """One number of several settings, alternative by alternative; unknown if one of them is."""
    rows: list[tuple[list[float], Setting]] = [([], settings[0])]
    undecided = False
    for setting in settings:
        undecided = undecided or bool(getattr(setting.value, "undecided", False))
        step: list[tuple[list[float], Setting]] = []
        for one in alternatives(setting):
            number = one.number
            if number is None:
                return unknown(_why(one), unit="turns")
            step.extend(([*numbers, number], one if one.at is not None else first) for numbers, first in rows)
        rows = step
        if len(rows) > 64:
            return unknown("too many values can reach it", unit="turns")
    made = [replace(first, value=function(numbers), unit="turns") for numbers, first in rows]
    return merge(made, undecided=undecided)


def _why(setting: Setting) -> str:
    if isinstance(setting.value, Unknown):
        return setting.value.why
    return "the limit is not a number"


def smaller(a: Size, b: Size) -> Size:
    """Of two sizes that both apply."""
    if a.times.number is not None and b.times.number is not None:
        return a if a.times.number <= b.times.number else b
    for one in (a, b):
        if one.times.number is not None:
            return replace(one, ends="capped")
    known = [s for s in (a, b) if s.ends in ("fixed", "capped")]
    return replace(known[0], ends="capped") if known else a


class Sizes:
    """Asks how many items an iterable has."""

    def __init__(self, engine: Engine, numbers: Numbers, waits: Waits) -> None:
        self.engine = engine
        self.numbers = numbers
        self.waits = waits
        self.memo: dict[tuple[int, Place], Size] = {}

    def of(self, expr: Expr, place: Place, depth: int = 0) -> Size:
        """The size of what an expression gives at a place."""
        expr = plain(expr)
        kind = expr[0]
        if depth > DEEPEST:
            return DATA
        if kind == "call":
            return self._call(self.engine.call((place.module, expr[1])), place, depth)
        if kind == "seq" and not any(e[0] == "star" for e in expr[2]):
            return fixed(len(expr[2]))
        if kind == "sub" and expr[2][0] == "slice":
            return self._slice(expr, place, depth)
        if kind == "comp":
            return self.of_comprehension(place.module, expr[2], place.ctx, depth)
        cut = self._cut(expr, place) if kind == "name" else None
        if cut is not None:
            return self._slice(cut[0], cut[1], depth + 1)
        if kind == "if":
            return self._merged([self.of(expr[2], place, depth + 1), self.of(expr[3], place, depth + 1)])
        return self._origins(expr, place, depth)

    def _merged(self, sizes: list[Size]) -> Size:
        if len(sizes) == 1:
            return sizes[0]
        if any(s.ends == "data" for s in sizes):
            return DATA
        return replace(sizes[0], times=merge([s.times for s in sizes]))

    def _origins(self, expr: Expr, place: Place, depth: int) -> Size:
        key = (id(expr), place)
        if key not in self.memo:
            # Met again while it is asked: a collection that is made of itself.
            self.memo[key] = DATA
            self.memo[key] = self._joined(self.engine.origins(expr, place), depth + 1)
        return self.memo[key]

    def _joined(self, found: Origins, depth: int) -> Size:
        sizes: list[Size] = []
        if not found or len(found) > MOST_ALTERNATIVES or depth > DEEPEST:
            return DATA
        for origin in found:
            sizes.append(self._origin(origin, depth))
            if sizes[-1].ends == "data":
                return DATA
        return self._merged(sizes)

    def _origin(self, origin: Origin, depth: int) -> Size:
        engine = self.engine
        if isinstance(origin, Box):
            expr, place = engine.refs[origin.ref]
            if expr[0] == "comp":
                return self.of_comprehension(place.module, expr[2], place.ctx, depth + 1) if not added(engine, origin) else DATA
            if self._grows(origin) or self._generated(expr, place):
                return DATA
            if expr[0] in ("dict", "seq") and not expr[1 if expr[0] == "dict" else 2]:
                # What is made empty is made to be filled, if only where it cannot be seen.
                return DATA
            if expr[0] == "dict" and all(k is not None for k, _ in expr[1]):
                return fixed(len(expr[1]))
            return self._sum(expr[2], place, depth + 1) if expr[0] == "seq" else DATA
        if isinstance(origin, Class):
            return fixed(sum(1 for rows in engine.scope(origin.cls).bindings.values() if any(b.kind == "assign" for b in rows)))
        if isinstance(origin, New) and origin.site[1] >= 0:
            return self._call(engine.call(origin.site), engine.call_place(origin.site, origin.ctx), depth + 1)
        if isinstance(origin, Result) and origin.method in ("items", "values", "keys", "copy"):
            return self._origin(origin.base, depth + 1)
        if isinstance(origin, Const) and isinstance(origin.value, str):
            return fixed(len(origin.value))
        return DATA

    def _sum(self, items: tuple[Expr, ...], place: Place, depth: int) -> Size:
        """Of a list that is written out, or a sum of lists."""
        sizes = [self.of(item[1], place, depth + 1) for item in items if item[0] == "star"]
        sizes.append(fixed(len(items) - len(sizes)))
        unbounded = next((s for s in sizes if s.times.value is UNBOUNDED), None)
        if unbounded is not None or len(sizes) == 1:
            return unbounded or sizes[0]
        return Size(combine([s.times for s in sizes], sum), "fixed" if all(s.ends == "fixed" for s in sizes) else "capped")

    def _grows(self, box: Box) -> bool:
        if box.kind == "dict":
            return bool(item_stores(self.engine, box)) or bool(updates(self.engine, box))
        return bool(added(self.engine, box))

    def _generated(self, expr: Expr, place: Place) -> bool:
        """Whether this list stands for what a generator function yields."""
        scope = self.engine.modules[place.module].scopes[self.engine.place_scope(place)]
        return bool(scope.yields) and expr[0] == "seq" and expr[2] == tuple(e for e, _ in scope.yields)

    def _call(self, call: Call, place: Place, depth: int) -> Size:
        args = call.args
        name = builtin(self.engine, call, place.module)
        if name == "range" and args:
            return self._range(list(args), place, depth)
        if name == "zip" and args:
            result = self.of(args[0], place, depth + 1)
            for arg in args[1:]:
                result = smaller(result, self.of(arg, place, depth + 1))
            return replace(DATA) if result.ends == "endless" else result
        if name == "islice" and len(args) > 1:
            stop = self.numbers(args[1 if len(args) == 2 else 2], place)
            return self._capped(self.of(args[0], place, depth + 1), stop)
        if name == "sample" and len(args) > 1:
            return self._capped(DATA, self.numbers(args[1], place))
        if name == "repeat":
            return replace(self._limit(self.numbers(args[1], place)), ends="fixed") if len(args) > 1 else ENDLESS
        if name in ("count", "cycle"):
            return ENDLESS
        if name == "iter" and len(args) == 2:
            return self._sentinel(args[0], place)
        if name in PASSING and args:
            inner = self.of(args[1 if name in ("map", "filter", "starmap") and len(args) > 1 else 0], place, depth + 1)
            return replace(inner, ends="capped") if name in SHORTENING and inner.ends == "fixed" else inner
        return self._other_call(call, name, place, depth)

    def _other_call(self, call: Call, name: str | None, place: Place, depth: int) -> Size:
        if call.func[0] == "attr" and call.last in ("items", "values", "keys", "copy") and not call.args:
            return self.of(call.func[1], place, depth + 1)
        if self.waits(place.module, call):
            return Size(DATA.times, "human" if call.last in HUMAN else "event", gated=True)
        if callees(self.engine, call, place.module):
            return self._origins(self._of_call(place.module, call), place, depth + 1)
        # A wrapper around a range or an enumeration (a progress bar) passes its items on.
        if name is None and call.args and call.args[0][0] == "call":
            inner = self.engine.call((place.module, call.args[0][1]))
            if builtin(self.engine, inner, place.module) in ("range", "enumerate", "zip", "count"):
                return self.of(call.args[0], place, depth + 1)
        return DATA

    def _of_call(self, module: int, call: Call) -> Expr:
        return self.engine.made(("call", module, call.index), lambda: ("call", call.index))

    def _sentinel(self, function: Expr, place: Place) -> Size:
        last = function[2] if function[0] == "attr" else function[1] if function[0] == "name" else ""
        human = last in HUMAN
        return Size(DATA.times, "human" if human else "event", gated=True)

    def _limit(self, setting: Setting) -> Size:
        value = setting.value
        if isinstance(value, Unknown) or setting.number is not None or setting.state == "one_of":
            return Size(combine([setting], lambda n: max(n[0], 0)), "capped")
        return DATA

    def _capped(self, inner: Size, limit: Setting) -> Size:
        size = self._limit(limit)
        return inner if size.ends == "data" else smaller(inner, size) if inner.ends in ("fixed", "capped") else size

    # -- ranges and slices

    def _range(self, args: list[Expr], place: Place, depth: int) -> Size:
        for arg in args[:2]:
            size = self.counted(arg, place, depth)
            if size is not None:
                return self._from_data(size, args, place)
        settings = [self.numbers(a, place) for a in args]
        if any(s.value is UNBOUNDED for s in settings):
            return DATA
        return Size(combine(settings, _length), "fixed")

    def _from_data(self, size: Size, args: list[Expr], place: Place) -> Size:
        if size.times.number is None or len(args) > 2:
            return replace(size) if size.times.number is None else replace(size, ends="capped")
        if len(args) == 1:
            return size
        first = self.numbers(args[0], place).number
        return replace(size, times=replace(size.times, value=max(0, size.times.number - first))) if first is not None else size

    def counted(self, expr: Expr, place: Place, depth: int = 0) -> Size | None:
        """A number that is the length of data (`len(x)`, `min(5, len(x))`, `len(x) // 2`); None for any other number."""
        if depth > DEEPEST:
            return None
        expr = plain(expr)
        module = self.engine.modules[place.module]
        if expr[0] == "call":
            call = module.calls[expr[1]]
            name = builtin(self.engine, call, place.module)
            if name == "len" and call.args:
                return self.of(call.args[0], place, depth + 1)
            if name == "min" and len(call.args) > 1:
                return self._least(call, place, depth)
            if name == "max":
                return next((s for a in call.args if (s := self.counted(a, place, depth + 1)) is not None), None)
        if expr[0] == "op":
            size = self.counted(expr[2], place, depth + 1) or self.counted(expr[3], place, depth + 1)
            return None if size is None else replace(DATA)
        if expr[0] in ("name", "attr"):
            for origin in self.engine.origins(expr, place):
                inner = self._of_number(origin, depth)
                if inner is not None:
                    return inner
        return None

    def _of_number(self, origin: Origin, depth: int) -> Size | None:
        if isinstance(origin, Op):
            return self.counted(*self.engine.refs[origin.ref], depth + 1)
        if isinstance(origin, New) and origin.name in ("builtins.len", "builtins.min", "builtins.max"):
            made = self._of_call(origin.site[0], self.engine.call(origin.site))
            return self.counted(made, self.engine.call_place(origin.site, origin.ctx), depth + 1)
        return None

    def _least(self, call: Call, place: Place, depth: int) -> Size | None:
        sizes = [(self.counted(a, place, depth + 1), a) for a in call.args]
        if all(s is None for s, _ in sizes):
            return None
        result: Size | None = None
        for size, arg in sizes:
            one = size or self._limit(self.numbers(arg, place))
            result = one if result is None else smaller(result, one)
        return result

    def _slice(self, expr: Expr, place: Place, depth: int) -> Size:
        inner = self.of(expr[1], place, depth + 1)
        lower, upper = expr[2][1], expr[2][2]
        if upper is None:
            start = None if lower is None else self.numbers(lower, place).number
            if start is not None and start < 0:
                return self._capped(inner, Setting(-start, "inferred", unit="turns"))
            return inner
        if self.counted(upper, place, depth + 1) is not None:
            return inner
        top = self.numbers(upper, place)
        if top.number is not None and top.number < 0:
            return inner
        bottom = Setting(0, "inferred") if lower is None else self.numbers(lower, place)
        if lower is not None and bottom.number is None:
            width = self._width(lower, upper, place)
            return inner if width is None else self._capped(inner, width)
        return self._capped(inner, combine([top, bottom], lambda n: max(0, n[0] - n[1])))

    def _cut(self, expr: Expr, place: Place) -> tuple[Expr, Place] | None:
        """The slice that a variable of the function holds, where that is all it holds and nothing is put into it later."""
        facts = self.engine.modules[place.module]
        scope = self.engine.place_scope(place)
        while facts.scopes[scope].kind in ("comp", "lambda"):
            scope = facts.scopes[scope].parent
        bindings = facts.scopes[scope].bindings.get(expr[1], [])
        value = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "assign" else None
        if value is None or value[0] != "sub" or value[2][0] != "slice":
            return None
        grown: set[tuple[int, Expr]] | None = self.engine.memo.get("grown names")
        if grown is None:
            calls = (row for name in ("append", "extend", "insert") for row in self.engine.calls_by_last.get(name, ()))
            grown = self.engine.memo["grown names"] = {(n, c.func[1]) for n, c in calls if c.func[0] == "attr" and c.func[1][0] == "name"}
        return None if (place.module, expr) in grown else (value, Place(place.module, bindings[0].order, place.ctx))

    def _width(self, lower: Expr, upper: Expr, place: Place) -> Setting | None:
        """`xs[i:i + n]`: at most n."""
        if upper[0] == "op" and upper[1] == "+":
            for one, other in ((upper[2], upper[3]), (upper[3], upper[2])):
                if one == lower:
                    return self.numbers(other, place)
        return None

    # -- comprehensions

    def of_comprehension(self, module: int, scope: int, ctx: int, depth: int = 0) -> Size:
        """The product of the sizes of its iterables; a filter makes it at most that."""
        if depth > DEEPEST:
            return DATA
        facts = self.engine.modules[module]
        info = facts.scopes[scope]
        body = facts.blocks[info.body]
        if body.is_async:
            return Size(DATA.times, "event", gated=True)
        sizes = [self.of(body.expr, Place(module, info.order, ctx), depth + 1)]
        seen = [body.expr]
        for rows in info.bindings.values():
            for binding in rows:
                if binding.kind == "for" and not any(binding.value is s for s in seen):
                    seen.append(binding.value)
                    sizes.append(self.of(binding.value, Place(module, binding.order, ctx), depth + 1))
        if any(s.times.value is UNBOUNDED for s in sizes):
            return next(s for s in sizes if s.times.value is UNBOUNDED)
        times = combine([s.times for s in sizes], _product)
        return Size(times, "fixed" if all(s.ends == "fixed" for s in sizes) else "capped")


def _length(numbers: list[float]) -> float:
    try:
        values = [int(n) for n in numbers]
        return len(range(*values)) if len(values) < 3 or values[2] else 0
    except (OverflowError, ValueError):
        return numbers[-1]


def _product(numbers: list[float]) -> float:
    result: float = 1
    for number in numbers:
        result *= number
    return result
