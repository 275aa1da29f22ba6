"""Which attributes of the program's own objects the arguments of a model request are read from, along the way that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import ADDING, HOLDING, bodies
from auditor.graph.build.dispatch_loops import Turn
from auditor.graph.build.loop_terms import path, walk
from auditor.graph.build.members import class_around
from auditor.knowledge.forms import Ref
from auditor.program.origins.objects import method
from auditor.program.origins.types import Func, Instance, Key, Place

MOST_READ = 600
NOWHERE = -1
"""level of a function that is not on the way: nothing binds its parameters"""

Field = tuple[Key, str]
"""(class, attribute)"""
Written = tuple[Key, Expr, int]
"""(function, expression, statement)"""


def tool_arguments(build: Build, site: Key, ref: Ref) -> list[Expr]:
    """The expressions given for an argument of a call, those of a mapping given by `**` included."""
    call = build.engine.call(site)
    rows: list[Expr] = []
    for one in refs(ref):
        if isinstance(one, int):
            rows.extend(call.args[one : one + 1])
            continue
        head, _, rest = one.partition(".")
        for expr in _keyword(build, site[0], call, head):
            rows.extend(_inside(build, site[0], call.order, expr, rest) if rest else [expr])
    return rows


def _keyword(build: Build, module: int, call: Call, name: str) -> Iterator[Expr]:
    for key, value, _ in call.keywords:
        if key == name:
            yield value
        elif key is None:
            for written in _values(build, module, call.order, value):
                if written[0] == "dict":
                    yield from (v for k, v in written[1] if k == ("const", name))
            text = path(value)
            for store in build.engine.modules[module].stores:
                if text is not None and store.attr is None and store.key == ("const", name) and path(store.base) == text:
                    yield store.value


def _values(build: Build, module: int, order: int, expr: Expr) -> Iterator[Expr]:
    """An expression, or what the variable is assigned that it names."""
    yield expr
    if expr[0] == "name":
        facts = build.engine.modules[module]
        yield from (b.value for b in facts.scopes[facts.statements[order][0]].bindings.get(expr[1], ()) if b.kind == "assign")


def _inside(build: Build, module: int, order: int, expr: Expr, dotted: str) -> Iterator[Expr]:
    """`tools` of `config=Config(tools=...)`."""
    for written in _values(build, module, order, expr):
        if written[0] == "call":
            yield from (v for k, v, _ in build.engine.call((module, written[1])).keywords if k == dotted.rpartition(".")[2])
        elif written[0] == "dict":
            yield from (v for k, v in written[1] if k == ("const", dotted.rpartition(".")[2]))


class Sources:
    """The attributes found so far. Parameters on the way of the turn are bound where the way goes; others stay unknown.

    `through`: what functions return is read too. The conversation is not read so: it holds what the tools gave.
    """

    def __init__(self, build: Build, turn: Turn, *, through: bool) -> None:
        self.build = build
        self.engine = build.engine
        self.turn = turn
        self.through = through
        self.found: dict[Field, None] = {}
        self.seen: set[tuple[int, Key]] = set()

    def read(self, written: Written, level: int) -> None:
        todo = [(written, level)]
        while todo and len(self.seen) < MOST_READ:
            (fn, expr, order), level = todo.pop()
            if (id(expr), fn) in self.seen:
                continue
            self.seen.add((id(expr), fn))
            for kind, what in self._made_of(fn, expr, order):
                if kind == "field":
                    self.found[what] = None
                elif kind == "name":
                    todo.extend(self._bound(fn, what, level))
                else:
                    todo.append((what, level if kind == "held" else NOWHERE))

    def _made_of(self, fn: Key, expr: Expr, order: int) -> list[tuple[str, Any]]:
        """What one expression is made of, found once for all turns: fields, names, and what else is to be read."""
        memo: dict[object, tuple[Expr, list[tuple[str, Any]]]] = self.build.memo.setdefault("sources", {})  # type: ignore[assignment]
        key = (id(expr), fn, order, self.through)
        found = memo.get(key)
        if found is None:
            rows: list[tuple[str, Any]] = []
            for part in walk(self.engine.modules[fn[0]], expr):
                if part[0] == "attr":
                    rows.extend(self._attribute(fn, part, order))
                elif part[0] == "call":
                    rows.extend(("returned", w) for w in self._returned(fn, part, order))
                elif part[0] == "name":
                    rows.extend(("held", w) for w in self._held(fn, str(part[1])))
                    rows.append(("name", str(part[1])))
            found = memo[key] = (expr, rows)
        return found[1]

    def _attribute(self, fn: Key, expr: Expr, order: int) -> Iterator[tuple[str, Any]]:
        """Whose attribute it is; what a property of that name is made of."""
        for origin in self.engine.origins(expr[1], Place(fn[0], order)):
            read = method(self.engine, origin.cls, expr[2]) if isinstance(origin, Instance) else None
            if read is not None:
                yield from (("returned", w) for w in self._exits(read))
            elif isinstance(origin, Instance):
                yield "field", (origin.cls, expr[2])

    def _returned(self, fn: Key, expr: Expr, order: int) -> Iterator[Written]:
        call = self.engine.call((fn[0], expr[1]))
        for origin in self.engine.origins(call.func, Place(fn[0], order)):
            if isinstance(origin, Func):
                yield from self._exits(origin.fn)

    def _exits(self, fn: Key) -> Iterator[Written]:
        if self.through:
            yield from ((fn, e.value, e.order) for e in self.engine.scope(fn).exits if e.kind == "return")

    def _held(self, fn: Key, name: str) -> Iterator[Written]:
        """What a variable of the function is made of, what is added to it included."""
        body = bodies(self.build, fn)
        for scope in body.scopes:
            found = body.module.scopes[scope].bindings.get(name, ())
            yield from ((fn, b.value, b.order) for b in found if b.kind in HOLDING)
        for call in body.calls:
            if call.last in ADDING and call.func[0] == "attr" and call.func[1] == ("name", name) and call.args:
                yield fn, call.args[-1], call.order

    def _bound(self, fn: Key, name: str, level: int) -> Iterator[tuple[Written, int]]:
        """What a parameter gets from the step before on the way; of a constructor, the attribute that keeps it."""
        scope = self.engine.scope(fn)
        position = next((i for i, p in enumerate(scope.params) if p.name == name), None)
        if position is None:
            return
        parent = (fn[0], scope.parent)
        in_class = scope.parent >= 0 and self.engine.scope(parent).kind == "class"
        if level == NOWHERE and in_class and scope.name == "__init__" and position:
            for (module, cls, attr), stores in self.engine.own_stores.items():
                if (module, cls) == parent and any(s.value == ("name", name) for s in stores):
                    self.found[parent, attr] = None
        if level > 0:
            before, site = self.turn.way[level - 1], self.turn.steps[level - 1]
            call = self.engine.call(site)
            for value in _argument(call, name, position - (1 if in_class else 0)):
                yield (before, value, call.order), level - 1


def _argument(call: Call, name: str, position: int) -> Iterator[Expr]:
    yield from (v for n, v, _ in call.keywords if n == name or n is None)
    if 0 <= position < len(call.args):
        yield call.args[position]


def holders(build: Build, turn: Turn) -> set[Key]:
    """Classes whose methods are on the way from the loop to the request."""
    found = (class_around(build, site) for site in turn.steps)
    return {cls for cls in found if cls is not None}
