"""Expressions as terms: their parts, dotted paths, and the calls and names that they mention."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from auditor.core.values import Setting
from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Func, Place

Numbers: TypeAlias = Callable[[Expr, Place], Setting]
Waits: TypeAlias = Callable[[int, Call], bool]

CLOCKS = frozenset(
    (
        "time.time",
        "time.monotonic",
        "time.perf_counter",
        "time.process_time",
        "time.time_ns",
        "time.monotonic_ns",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
    )
)
RANGES = "functions that count as range does"
MOST_CALLEES = 4


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression; those of calls and comprehensions stand in the module."""
    kind = expr[0]
    if kind in ("attr", "not", "neg", "await", "star", "yield"):
        return (expr[1],)
    if kind in ("op", "sub"):
        return expr[-2:]
    if kind in ("bool", "seq"):
        return tuple(expr[2])
    if kind == "cmp":
        return (expr[1], *(e for _, e in expr[2]))
    if kind == "if":
        return expr[1:]
    if kind == "dict":
        return tuple(e for pair in expr[1] for e in pair if e is not None)
    if kind == "fstr":
        return tuple(expr[1])
    if kind == "walrus":
        return (expr[2],)
    if kind == "slice":
        return tuple(e for e in expr[1:] if e is not None)
    if kind == "comp":
        return tuple(e for e in expr[3:] if e is not None)
    return ()


def walk(module: ModuleFacts, expr: Expr) -> Iterator[Expr]:
    """An expression and all its parts, arguments of calls and iterables of comprehensions included."""
    todo = [expr]
    while todo:
        one = todo.pop()
        yield one
        todo.extend(parts(one))
        if one[0] == "call":
            call = module.calls[one[1]]
            todo.append(call.func)
            todo.extend(call.args)
            todo.extend(v for _, v, _ in call.keywords)
        elif one[0] == "comp":
            todo.append(module.blocks[module.scopes[one[2]].body].expr)


class Terms:
    """What the expressions of a module mention: the calls and the paths in each, found once."""

    def __init__(self, module: ModuleFacts) -> None:
        self.module = module
        self.known: dict[int, tuple[Expr, frozenset[int], frozenset[str]]] = {}
        """by the id of the expression, which is kept: no other one gets that id"""

    def mentions(self, expr: Expr, calls: set[int], names: set[str]) -> bool:
        """Whether one of these calls or paths stands in an expression."""
        found = self.known.get(id(expr))
        if found is None:
            parts = list(walk(self.module, expr))
            inner = frozenset(e[1] for e in parts if e[0] == "call")
            found = self.known[id(expr)] = (expr, inner, frozenset(p for e in parts if (p := path(e)) is not None))
        return not (found[1].isdisjoint(calls) and found[2].isdisjoint(names))


def terms(engine: Engine, module: int) -> Terms:
    found: Terms | None = engine.memo.get(("terms", module))
    if found is None:
        found = engine.memo["terms", module] = Terms(engine.modules[module])
    return found


def arguments(call: Call) -> list[Expr]:
    return [*call.args, *(v for _, v, _ in call.keywords)]


def path(expr: Expr) -> str | None:
    """`a.b["c"]` as a text; None for what is no variable, attribute or entry."""
    kind = expr[0]
    if kind == "name":
        return str(expr[1])
    if kind == "walrus":
        return str(expr[1])
    if kind == "attr":
        base = path(expr[1])
        return None if base is None else f"{base}.{expr[2]}"
    if kind == "sub" and expr[2][0] == "const":
        base = path(expr[1])
        return None if base is None else f"{base}[{expr[2][1]!r}]"
    return None


def paths(module: ModuleFacts, expr: Expr) -> set[str]:
    """All variables, attributes and entries that an expression mentions, with what they are part of."""
    return {p for e in walk(module, expr) if (p := path(e)) is not None}


def below(name: str, wholes: set[str]) -> bool:
    """Whether a variable lies in one of these."""
    return any(name.startswith((f"{one}[", f"{one}.")) for one in wholes)


def root(text: str) -> str:
    return text.split(".", 1)[0].split("[", 1)[0]


def plain(expr: Expr) -> Expr:
    """Without `await`, `*` and the name of a walrus."""
    while expr[0] in ("await", "star"):
        expr = expr[1]
    return expr


def external(engine: Engine, call: Call, module: int) -> str | None:
    """The external name that a call calls, if it is one."""
    for origin in engine.origins(call.func, Place(module, call.order)):
        if isinstance(origin, Ext):
            return origin.name
    return None


def builtin(engine: Engine, call: Call, module: int) -> str | None:
    """The builtin or `itertools` function that a call calls, or that it counts as."""
    name = external(engine, call, module) or ""
    if name in engine.memo.get(RANGES, ()):
        return "range"
    head, _, last = name.rpartition(".")
    return last if head in ("builtins", "itertools", "collections", "random") else None


def callees(engine: Engine, call: Call, module: int) -> list[Func]:
    """The functions of the program that a call calls; none where there are many."""
    memo: dict[tuple[int, int], list[Func]] = engine.memo.setdefault("callees", {})
    found = memo.get((module, call.index))
    if found is None:
        rows = [o for o in engine.origins(call.func, Place(module, call.order)) if isinstance(o, Func)]
        found = memo[module, call.index] = rows if len(rows) <= MOST_CALLEES else []
    return found


def is_clock(engine: Engine, module: int, expr: Expr) -> bool:
    """Whether an expression reads a clock."""
    facts = engine.modules[module]
    for one in walk(facts, expr):
        if one[0] != "call":
            continue
        call = facts.calls[one[1]]
        if call.last in ("time", "monotonic", "perf_counter", "now", "utcnow", "time_ns", "monotonic_ns", "process_time"):
            name = external(engine, call, module)
            if name in CLOCKS or (name is None and call.last == "time" and not call.args):
                return True
    return False
