"""Signs that something counts: what code steps by arithmetic, and where it compares that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.loop_blocks import Suites, suites
from auditor.graph.build.loop_changes import GROWING
from auditor.graph.build.loop_slices import is_shorter
from auditor.graph.build.loop_terms import paths, plain, walk
from auditor.program.origins.engine import Engine

ORDERS = ("<", "<=", ">", ">=")
EQUAL = ("==", "!=")
STEPPING = ("+", "-", "*", "/", "//", ">>", "<<")
CONVERTING = ("int", "float", "abs", "round", "max", "min")
SIGNS = (("const", 0), ("const", 1))
DEEPEST = 3
"""how many names are followed to what they are set to"""

Key: TypeAlias = tuple[object, ...]
"""("name", module, scope, name) of a variable, ("part", name) of an attribute, an entry or an argument, ("len", key) of a size"""


@dataclass(frozen=True, slots=True)
class Span:
    """Statements of one function that may run in a turn."""

    engine: Engine
    module: int
    scope: int
    orders: tuple[int, ...]

    @property
    def own(self) -> Suites:
        return suites(self.engine, self.module)

    @property
    def facts(self) -> ModuleFacts:
        return self.engine.modules[self.module]

    def key(self, name: str) -> Key:
        return "name", self.module, self.scope, name

    def line(self, order: int) -> int:
        return max(1, self.facts.statements[order][2])


@dataclass(frozen=True, slots=True)
class Step:
    """A key that is stepped. `even`: by a number that is written out; `down`: it falls."""

    key: Key
    even: bool
    order: int
    down: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of `keys` with something that may be a number. `exact`: it is asked for equality, not for order."""

    keys: frozenset[Key]
    against: frozenset[Key]
    exact: bool
    bound: Expr

    def counted(self, stepped: Iterable[Step], anew: Iterable[Key] = ()) -> object:
        """The name of what is stepped on one side alone; what is begun anew in each turn is no count."""
        rows = [s for s in stepped if s.even or not self.exact]
        hit = next((s.key for s in rows if s.key in self.keys), None)
        if hit is None or not self.keys.isdisjoint(anew) or any(s.key in self.against for s in rows):
            return None
        return last(hit)


def of_function(engine: Engine, fn: tuple[int, int]) -> Span:
    own, scope = suites(engine, fn[0]), engine.scope(fn)
    return Span(engine, fn[0], fn[1], own.orders(scope.body) if scope.body >= 0 else ())


def last(key: Key) -> object:
    """The name without what it is part of."""
    return last(key[1]) if key[0] == "len" and isinstance(key[1], tuple) else key[-1]


# -- values


def keys(span: Span, expr: Expr, depth: int = 0) -> set[Key]:
    """The variables, attributes and entries whose value an expression is, or is computed of; those behind a name included."""
    expr = plain(expr)
    kind = expr[0]
    if kind == "name":
        found = {span.key(expr[1])}
        for value in _values(span, expr[1]) if depth < DEEPEST else ():
            found |= keys(span, value, depth + 1)
        return found
    if kind == "attr":
        return {("part", expr[2])}
    if kind == "sub" and expr[2][0] == "slice":
        return keys(span, expr[1], depth)
    if kind == "sub":
        return {("part", expr[2][1])} if expr[2][0] == "const" and isinstance(expr[2][1], str) else set()
    if kind == "neg" or (kind == "op" and expr[1] != "%"):
        return {k for part in expr[1:] if isinstance(part, tuple) for k in keys(span, part, depth)}
    if kind == "if":
        return keys(span, expr[2], depth) | keys(span, expr[3], depth)
    if kind == "bool":
        return {k for part in expr[2] for k in keys(span, part, depth)}
    return _of_call(span, expr, depth) if kind == "call" else set()


def _of_call(span: Span, expr: Expr, depth: int) -> set[Key]:
    call = span.facts.calls[expr[1]]
    if call.func == ("name", "len") and call.args:
        return {("len", k) for k in keys(span, call.args[0], depth)}
    if call.func[0] == "name" and call.last in CONVERTING:
        return {k for arg in call.args for k in keys(span, arg, depth)}
    named = call.args[0] if call.last == "get" and call.func[0] == "attr" and call.args else None
    named = call.args[1] if call.func == ("name", "getattr") and len(call.args) > 1 else named
    return {("part", named[1])} if named is not None and named[0] == "const" and isinstance(named[1], str) else set()


def _values(span: Span, name: str) -> Iterator[Expr]:
    for row in span.facts.scopes[span.scope].bindings.get(name, ()):
        if row.kind == "assign" and plain(row.value) != ("name", name):
            yield row.value


def is_text(facts: ModuleFacts, expr: Expr) -> bool:
    """Whether a text or a list is added: nothing is counted by that."""
    expr = plain(expr)
    if expr[0] in ("fstr", "seq", "dict", "comp") or (expr[0] == "const" and not isinstance(expr[1], (int, float))):
        return True
    if expr[0] == "call":
        return facts.calls[expr[1]].last in ("str", "repr", "join", "format", "strip", "list", "dumps")
    return expr[0] == "op" and (is_text(facts, expr[2]) or is_text(facts, expr[3]))


def stepped_from(span: Span, value: Expr, depth: int = 0) -> list[tuple[Key, bool, bool]]:
    """The keys that a value is a step away from, whether by a written number, and whether it falls."""
    value = plain(value)
    kind = value[0]
    if kind == "op" and value[1] in STEPPING and not is_text(span.facts, value) and not _stays(value[1], value[3]):
        found: list[tuple[Key, bool, bool]] = []
        for side, amount in ((value[2], value[3]), (value[3], value[2])):
            even = amount[0] == "const" and isinstance(amount[1], (int, float))
            found.extend((k, even, value[1] in ("-", "/", "//", ">>")) for k in keys(span, side, depth))
        return found
    if kind == "sub" and value[2][0] == "slice":
        return [(("len", k), True, True) for k in keys(span, value[1], depth)] if is_shorter(value[2], few=1) else []
    parts: list[Expr] = []
    if kind == "if":
        parts = [value[2], value[3]]
    elif kind == "bool":
        parts = list(value[2])
    elif kind == "call" and span.facts.calls[value[1]].func[0] == "name" and span.facts.calls[value[1]].last in CONVERTING:
        # `min(delay * 2, 30)` grows no further than that, `max(1, n // 2)` falls no further.
        capped = {"min": False, "max": True}.get(span.facts.calls[value[1]].last)
        rows = [row for part in span.facts.calls[value[1]].args for row in stepped_from(span, part, depth)]
        return [row for row in rows if row[2] is not capped]
    elif kind == "name" and depth < DEEPEST:
        return [row for one in _values(span, value[1]) for row in stepped_from(span, one, depth + 1)]
    return [row for part in parts for row in stepped_from(span, part, depth)]


# -- steps


def steps(span: Span, *, variables: bool = True) -> Iterator[Step]:
    """What the statements step; without `variables` only what outlives their function."""
    own = span.own
    for order in span.orders:
        for binding in own.bindings.get(order, ()) if variables else ():
            if binding.kind == "aug" and binding.detail in STEPPING and not _is_idle(span, binding.detail, binding.value):
                yield Step(span.key(binding.name), _even(binding.value), order, binding.detail not in ("+", "*", "<<"))
            elif binding.kind == "assign":
                yield from _set(span, span.key(binding.name), binding.value, order)
        for store in own.stores.get(order, ()):
            name = store.attr if store.attr is not None else store.key[1] if store.key is not None and store.key[0] == "const" else None
            if name is None or store.operator == "annotation":
                continue
            if store.operator is None:
                yield from _set(span, ("part", name), store.value, order)
            elif store.operator in STEPPING and not _is_idle(span, store.operator, store.value):
                yield Step(("part", name), _even(store.value), order, store.operator not in ("+", "*", "<<"))
        for call in own.calls.get(order, ()):
            for keyword, value, _ in call.keywords:
                if keyword is not None:
                    yield from _set(span, ("part", keyword), value, order)
            if call.func[0] == "attr" and call.last in GROWING:
                rows = keys(span, call.func[1], DEEPEST)
                yield from (Step(("len", k), True, order) for k in rows if variables or k[0] == "part")
        for one in _expressions(span, order):
            for key, value in one[1] if one[0] == "dict" else ():
                if key is not None and key[0] == "const":
                    yield from _set(span, ("part", key[1]), value, order)


def _is_idle(span: Span, operator: str, value: Expr) -> bool:
    return is_text(span.facts, value) or _stays(operator, value)


def _stays(operator: str, amount: Expr) -> bool:
    """`n + 0`, `n * 1`: no step."""
    return amount == ("const", 0 if operator in ("+", "-", ">>", "<<") else 1)


def _even(value: Expr) -> bool:
    return value[0] == "const" and isinstance(value[1], (int, float)) and not isinstance(value[1], bool)


def _set(span: Span, target: Key, value: Expr, order: int) -> Iterator[Step]:
    """A step where something is set to what it was, or what goes by its name, and a bit more or less."""
    for source, even, down in stepped_from(span, value):
        if last(source) == last(target) and source[0] != "len":
            yield Step(target, even, order, down)


def _expressions(span: Span, order: int) -> Iterator[Expr]:
    own = span.own
    found: list[Expr] = [b.value for b in own.bindings.get(order, ()) if b.kind != "param"]
    found.extend(s.value for s in own.stores.get(order, ()))
    for call in own.calls.get(order, ()):
        found.extend((*call.args, *(v for _, v, _ in call.keywords)))
    exit_ = own.exits.get(order)
    if exit_ is not None:
        found.append(exit_.value)
    for expr in found:
        yield from walk(span.facts, expr)


# -- comparisons


def comparisons(span: Span, test: Expr) -> Iterator[Compared]:
    """What a condition compares with something that may be a number."""
    for one in walk(span.facts, test):
        if one[0] != "cmp":
            continue
        left = one[1]
        for operator, right in one[2]:
            for side, other in ((left, right), (right, left)):
                if operator in (*ORDERS, *EQUAL) and _may_be_number(span.facts, other):
                    rows = [k for k in keys(span, side) if k[0] != "len" or _is_size(operator, other)]
                    yield Compared(frozenset(rows), frozenset(keys(span, other)), operator in EQUAL, other)
            left = right


def _may_be_number(facts: ModuleFacts, expr: Expr) -> bool:
    expr = plain(expr)
    if expr[0] == "const":
        return isinstance(expr[1], (int, float)) and not isinstance(expr[1], bool)
    return not is_text(facts, expr)


def _is_size(operator: str, other: Expr) -> bool:
    return operator in ORDERS and plain(other) not in SIGNS


def alone(span: Span, test: Expr, leave: bool) -> Iterator[Expr]:
    """The parts of a condition each of which alone makes it `leave`; `limit and n >= limit` only asks before if there is a limit."""
    test = plain(test)
    if test[0] == "not":
        yield from alone(span, test[1], not leave)
    elif test[0] == "bool" and (test[1] == "or") != leave:
        for part in test[2]:
            others = [paths(span.facts, o) for o in test[2] if o is not part]
            if all(names and names <= paths(span.facts, part) for names in others):
                yield from alone(span, part, leave)
    elif test[0] == "bool":
        for part in test[2]:
            yield from alone(span, part, leave)
    else:
        yield test


def written(span: Span, order: int) -> Iterator[Expr]:
    """The comparisons that a statement keeps or returns, and the conditions that choose what it does.

    Left out: of `won and n >= most` the number alone makes nothing true."""
    rows = list(_expressions(span, order))
    parts = [p for one in rows if one[:2] == ("bool", "and") for p in one[2] if p[0] == "cmp"]
    weak = [p for p in parts if all(operator in (">", ">=", "==") for operator, _ in p[2])]
    for one in rows:
        if one[0] == "if":
            yield one[1]
        elif one[0] == "cmp" and one not in weak:
            yield one


def conditions(span: Span) -> Iterator[tuple[int, Expr]]:
    """The conditions of a span's branches and loops, and the comparisons that it keeps or returns."""
    for order in span.orders:
        opened = span.own.parts.get(order, ())
        if opened and span.facts.blocks[opened[0]].kind in ("if", "while"):
            yield order, span.facts.blocks[opened[0]].expr
        yield from ((order, one) for one in written(span, order))


def said(name: object, span: Span, order: int, module: int) -> str:
    """The sign in words, as told of something in a module."""
    line = span.line(order)
    return f"it may be limited by {name}, compared in {f'line {line}' if span.module == module else f'{span.facts.path}:{line}'}"
