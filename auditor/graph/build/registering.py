"""Decorators that keep what they decorate, or hand it to somebody who runs it, rather than only wrap it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.things import unwrap_partial
from auditor.program.origins.objects import method
from auditor.program.origins.types import Ext, Func, Instance, Key, New, Origin, Place, root_of

PLAIN = frozenset(("abc", "builtins", "contextlib", "dataclasses", "enum", "functools", "typing", "typing_extensions", "warnings"))
LOOKING = frozenset(("asyncio", "builtins", "copy", "functools", "inspect", "logging", "typing"))
"""modules whose functions only ask something of a function, or wrap it"""
MARKS = "builtins.setattr"


def registered(build: Build, key: Key) -> bool:
    """Whether a decorator of a function or class hands it over."""
    scope = build.engine.scope(key)
    place = Place(key[0], scope.order)
    return any(_hands_over(build, o) for d in scope.decorators for o in build.engine.origins(d, place))


def _hands_over(build: Build, origin: Origin) -> bool:
    origin = unwrap_partial(origin)[0]
    if isinstance(origin, Instance):
        called = method(build.engine, origin.cls, "__call__")
        return called is not None and _keeps(build, Func(called, origin, 0))
    if isinstance(origin, Func):
        return _keeps(build, origin)
    name = _external(origin)
    return bool(name) and name.partition(".")[0] not in PLAIN and not build.base.applies.function(name)


def _external(origin: Origin) -> str:
    """The external name that an origin comes from."""
    root = root_of(origin)
    return root.name if isinstance(root, (Ext, New)) else ""


def _keeps(build: Build, func: Func) -> bool:
    """Whether a decorator of the program stores its function, marks it, or passes it, or what it makes of it, on."""
    module, scope, here = build.engine.modules[func.fn[0]], build.engine.scope(func.fn), func.fn[1]
    position = 1 if func.owner is not None else 0
    if position >= len(scope.params):
        return False
    names = {scope.params[position].name}
    names |= {name for name, bindings in scope.bindings.items() if any(b.kind == "def" for b in bindings)}
    for store in module.stores:
        if module.statements[store.order][0] == here and names & {*_names(store.value), *_names(store.base)}:
            return True
    calls = (c for c in module.calls if module.statements[c.order][0] == here)
    return any(not names.isdisjoint(_given(call)) and not _looks(build, func.fn[0], call) for call in calls)


def _given(call: Call) -> Iterator[str]:
    """The names in the arguments of a call."""
    for arg in (*call.args, *(value for _, value, _ in call.keywords)):
        yield from _names(arg)


def _names(expr: Expr) -> Iterator[str]:
    """Names in an expression; those in a call stand with the call."""
    stack: list[Any] = [expr]
    while stack:
        part = stack.pop()
        if part.__class__ is not tuple or not part:
            continue
        if part[0] == "name":
            yield part[1]
        elif part[0] not in ("const", "call"):
            stack.extend(part)


def _looks(build: Build, number: int, call: Call) -> bool:
    """Whether a call only asks something of what it is given, or wraps it."""
    names = [_external(o) for o in build.engine.origins(call.func, Place(number, call.order))]
    return bool(names) and all(n.partition(".")[0] in LOOKING and n != MARKS for n in names)
