"""Where an expression stands: what the code does with the value of a name, of an attribute or of a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from auditor.facts.types import Binding, Call, Expr, ModuleFacts, Store

Way: TypeAlias = tuple[str, Any]
"""member (which), bound (scope and name), stored, given (to which call), returned (by which scope), seen, or leaves (anything else)"""
SEEN: Way = ("seen", None)
LEAVES: Way = ("leaves", None)
BOUND = ("assign", "annotation", "with")
ASKED = ("not", "neg", "fstr")


class Use(NamedTuple):
    expr: Expr
    order: int
    way: Way


def uses(module: ModuleFacts) -> dict[tuple[str, Any], list[Use]]:
    """All of a module, by (name, (scope of the use, which)), (attr, which) or (call, index)."""
    table: dict[tuple[str, Any], list[Use]] = defaultdict(list)
    todo = list(_roots(module))
    while todo:
        expr, order, way = todo.pop()
        if expr[0] == "name":
            table["name", (module.statements[order][0], expr[1])].append(Use(expr, order, way))
        elif expr[0] in ("attr", "call"):
            table[expr[0], expr[-1]].append(Use(expr, order, way))
        todo.extend((part, order, each) for part, each in _parts(expr, way))
    return table


def _roots(module: ModuleFacts) -> Iterator[tuple[Expr, int, Way]]:
    for call in module.calls:
        yield call.func, call.order, SEEN
        yield from ((arg, call.order, ("given", call)) for arg in _arguments(call))
    for store in module.stores:
        yield from ((store.base, store.order, SEEN), (store.value, store.order, _stored(store)))
        if store.key is not None:
            yield store.key, store.order, LEAVES
    for block in module.blocks:
        yield block.expr, block.order, SEEN
        yield from ((item, block.order, SEEN) for item in block.items)
    yield from ((expr, order, SEEN) for order, expr in module.dropped)
    for index, scope in enumerate(module.scopes):
        yield from ((leave.value, leave.order, ("returned", index) if leave.kind == "return" else LEAVES) for leave in scope.exits)
        yield from ((value, order, LEAVES) for value, order in scope.yields)
        yield from ((d, scope.order, LEAVES) for d in (*scope.decorators, *(p.default for p in scope.params if p.default is not None)))
        for bindings in scope.bindings.values():
            yield from ((b.value, b.order, _bound(b, index)) for b in bindings if b.kind not in ("param", "def", "class"))


def _arguments(call: Call) -> Iterator[Expr]:
    yield from call.args
    yield from (value for _, value, _ in call.keywords)


def _stored(store: Store) -> Way:
    return ("stored", store) if store.attr is not None and store.operator in (None, "annotation") else LEAVES


def _bound(binding: Binding, scope: int) -> Way:
    if binding.kind == "for":
        return SEEN
    return ("bound", (scope, binding.name)) if binding.kind in BOUND else LEAVES


def _parts(expr: Expr, way: Way) -> Iterator[tuple[Expr, Way]]:
    """What an expression consists of; what is given to a call stands with the call."""
    kind = expr[0]
    if kind == "attr":
        yield expr[1], ("member", expr[2])
    elif kind == "sub":
        yield from ((expr[1], SEEN), (expr[2], SEEN))
    elif kind == "if":
        yield from ((expr[1], SEEN), (expr[2], way), (expr[3], way))
    elif kind == "bool":
        yield from ((part, way) for part in expr[2])
    elif kind == "cmp":
        yield from ((part, SEEN) for part in (expr[1], *(right for _, right in expr[2])))
    elif kind == "walrus":
        yield expr[2], way
    elif kind != "const":
        yield from ((part, SEEN if kind in ASKED else LEAVES) for part in _nested(expr))


def _nested(expr: Expr) -> Iterator[Expr]:
    """The expressions in one, through rows of them."""
    todo: list[Any] = list(expr[1:])
    while todo:
        part = todo.pop()
        if part.__class__ is tuple and part:
            if part[0].__class__ is str and part[0].isidentifier():
                yield part
            else:
                todo.extend(part)
