"""What becomes of a call's result inside one function: the names and attributes that hold it or something made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.facts.types import Binding, Call, Expr, ModuleFacts, Store
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import Terms, arguments, path, plain, terms
from auditor.program.origins.types import Key

MOST_ROUNDS = 6
HOLDING = ("assign", "unpack", "aug", "for", "with", "match")
ADDING = frozenset(("append", "add", "extend", "insert", "appendleft", "put", "put_nowait"))
PICKING = frozenset(("next", "iter", "list", "tuple", "getattr", "cast", "vars", "dict", "anext", "aiter", "enumerate", "reversed", "zip"))
TAKING = frozenset(("get", "getattr"))
"""what takes a part by its name"""
SHOWING = frozenset(("str", "repr", "format", "ascii"))


@dataclass(slots=True)
class Body:
    """The statements of a function, comprehensions and lambdas included."""

    module: ModuleFacts
    number: int
    scopes: set[int]
    calls: list[Call]
    expressions: list[tuple[Expr, int]]
    """top-level expressions that are read, each with its statement"""
    bindings: list[Binding]
    """names that get a value here, those of `global` and `nonlocal` included"""
    tests: list[int]
    """the blocks of `if` and `case`"""
    filters: list[tuple[int, Expr]]
    """the conditions of comprehensions, each with its statement"""
    stores: list[Store]
    terms: Terms


def bodies(build: Build, fn: Key) -> Body:
    """The body of a function or module, made once."""
    memo: dict[Key, Body] = build.memo.setdefault("bodies", {})  # type: ignore[assignment]
    if fn not in memo:
        memo[fn] = _body(build, fn)
    return memo[fn]


def _scopes(module: ModuleFacts, top: int) -> set[int]:
    """A scope and the comprehensions, lambdas and class bodies that run in it."""
    rows, todo = {top}, [top]
    while todo:
        for child in module.scopes[todo.pop()].children:
            if module.scopes[child].kind in ("comp", "lambda", "class"):
                rows.add(child)
                todo.append(child)
    return rows


def _body(build: Build, fn: Key) -> Body:
    module = build.engine.modules[fn[0]]
    scopes = _scopes(module, fn[1])
    index = _index(build, fn[0])
    calls = sorted((c for s in scopes for c in index.calls.get(s, ())), key=lambda c: c.index)
    rows = [row for s in scopes for row in index.expressions.get(s, ())]
    bindings = [b for s in sorted(scopes) for b in index.bindings.get(s, ())]
    tests = sorted(b for s in scopes for b in index.tests.get(s, ()))
    filters = [e for s in sorted(scopes) for e in index.filters.get(s, ())]
    stores = sorted((e for s in scopes for e in index.stores.get(s, ())), key=lambda e: e.order)
    rows.sort(key=lambda r: r[1])
    return Body(module, fn[0], scopes, calls, rows, bindings, tests, filters, stores, terms(build.engine, fn[0]))


def calls_by_scope(build: Build, number: int) -> Mapping[int, Sequence[Call]]:
    """The calls of a module by the scope of their statement."""
    return _index(build, number).calls


@dataclass(slots=True)
class _Index:
    calls: dict[int, list[Call]] = field(default_factory=lambda: defaultdict(list))
    expressions: dict[int, list[tuple[Expr, int]]] = field(default_factory=lambda: defaultdict(list))
    bindings: dict[int, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    tests: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    filters: dict[int, list[tuple[int, Expr]]] = field(default_factory=lambda: defaultdict(list))
    stores: dict[int, list[Store]] = field(default_factory=lambda: defaultdict(list))


def _index(build: Build, number: int) -> _Index:
    """Calls, expressions and bindings of a module by the scope of their statement: a global that a function binds is read there."""
    memo: dict[int, _Index] = build.memo.setdefault("expressions by scope", {})  # type: ignore[assignment]
    if number in memo:
        return memo[number]
    module = build.engine.modules[number]
    made = memo[number] = _Index()
    for call in module.calls:
        scope = module.statements[call.order][0]
        made.calls[scope].append(call)
        made.expressions[scope].extend((e, call.order) for e in (call.func, *call.args, *(v for _, v, _ in call.keywords)))
    for index, info in enumerate(module.scopes):
        for bindings in info.bindings.values():
            for binding in bindings:
                if binding.kind in HOLDING:
                    scope = index if info.kind == "comp" else module.statements[binding.order][0]
                    made.bindings[scope].append(binding)
                    made.expressions[scope].append((binding.value, binding.order))
        made.expressions[index].extend((e.value, e.order) for e in info.exits)
        made.expressions[index].extend(info.yields)
    for store in module.stores:
        scope = module.statements[store.order][0]
        made.stores[scope].append(store)
        rows = made.expressions[scope]
        rows.extend((e, store.order) for e in (store.base, store.value, store.key) if e is not None)
    for index, block in enumerate(module.blocks):
        rows = made.expressions[block.scope]
        rows.extend((e, block.order) for e in (block.expr, *block.items) if isinstance(e, tuple))
        if block.kind in ("if", "case"):
            made.tests[block.scope].append(index)
    for order, expr in module.dropped:
        scope = module.statements[order][0]
        if module.scopes[scope].kind == "comp":
            made.filters[scope].append((order, expr))
    return made


@dataclass(slots=True)
class Trail:
    """Where a result goes in one body: the call expressions that give it, the variables and attributes (`self.last`) that hold it."""

    body: Body
    calls: set[int]
    names: set[str]
    entire: bool = False
    """only the whole result counts, not what is taken out of it"""
    texts: frozenset[int] | None = None
    """what shows it as a text counts too, these calls included"""
    streams: bool = False
    """the result is a stream, or holds one: its events are the whole"""
    but: frozenset[int] = frozenset()
    """calls that give something else, whatever they are given"""
    plain: frozenset[str] = frozenset()
    """attributes of a stream that give no events, but its text alone"""

    def mentions(self, expr: Expr) -> bool:
        """Whether an expression is made of the result in any way."""
        return self.body.terms.mentions(expr, self.calls, self.names)

    def part(self, expr: Expr) -> bool:
        """Whether an expression is the result, a part of it, or a container with it."""
        kind = expr[0]
        if kind == "name":
            return expr[1] in self.names
        if kind in ("attr", "sub"):
            return path(expr) in self.names or (not self.entire and self.part(expr[1]))
        if kind in ("await", "star", "yield"):
            return self.part(expr[1])
        if kind == "walrus":
            return expr[1] in self.names or self.part(expr[2])
        if kind == "call":
            return self._call(expr[1])
        if kind in ("bool", "seq"):
            return any(self.part(e) for e in expr[2])
        if kind == "if":
            return self.part(expr[2]) or self.part(expr[3])
        if kind == "dict":
            return any(self.part(v) for _, v in expr[1])
        if kind == "op":
            return self.part(expr[2]) or self.part(expr[3])
        if kind == "fstr":
            return self.texts is not None and any(self.part(e) for e in expr[1])
        return kind == "comp" and self.part(expr[3])

    def events(self, binding: Binding) -> bool:
        """`for event in answer["stream"]`."""
        value = binding.value
        if not self.streams or binding.kind != "for" or value[0] not in ("attr", "sub"):
            return False
        return value[2] not in self.plain and self.part(value[1])

    def _call(self, index: int) -> bool:
        """The call itself, a method of what it gave, or something that passes on what it is given."""
        if index in self.calls:
            return True
        call = self.body.module.calls[index]
        if index in self.but or (self.entire and call.last in TAKING and call.args):
            return False
        if any(self._awaited(a) or (call.awaited and self._not_awaited(a)) for a in call.args):
            return True
        if self.texts is not None and (index in self.texts or call.last == "format"):
            return any(self.part(a) for a in arguments(call))
        if call.func[0] == "attr":
            return self.part(call.func[1])
        passes = call.func[0] == "name" and (call.func[1] in PICKING or (self.texts is not None and call.func[1] in SHOWING))
        return passes and any(self.part(a) for a in call.args)

    def _awaited(self, expr: Expr) -> bool:
        """`wait_for(call(), 5)`, `gather(*[call() for ...])`: the argument is the call itself."""
        if expr[0] in ("star",):
            return self._awaited(expr[1])
        if expr[0] == "comp":
            return self._awaited(expr[3])
        if expr[0] == "seq":
            return any(self._awaited(e) for e in expr[2])
        return expr[0] == "call" and expr[1] in self.calls

    def _not_awaited(self, expr: Expr) -> bool:
        """`await wait(stream.final(), 5)`: what waits for a method of the result gives what that gives."""
        call = self.body.module.calls[expr[1]] if expr[0] == "call" else None
        return call is not None and not call.awaited and call.func[0] == "attr" and self.part(call.func[1])


def follow(
    build: Build,
    fn: Key,
    *,
    calls: set[int],
    names: set[str],
    loose: bool = False,
    entire: bool = False,
    texts: frozenset[int] | None = None,
    streams: bool = False,
    but: frozenset[int] = frozenset(),
) -> Trail:
    """The trail of a result in one function. `loose`: all that is computed from it counts, not only its parts; `but`: calls that give
    something else, whatever they are given; the rest as in `Trail`."""
    body = bodies(build, fn)
    trail = Trail(body, set(calls), set(names), entire, texts, streams, but, build.base.plain_streams)
    holds = trail.mentions if loose else trail.part
    adding = [c for c in body.calls if c.last in ADDING and c.func[0] == "attr" and c.args]
    bindings = [b for b in body.bindings if not (but and _result_of(b.value) in but)]
    if entire and texts is not None:
        # `text = answer.text if ... else str(answer)`: what shows such a variable shows a part, but for the rare case.
        some = _parts(build, fn, calls, names, bindings)
        bindings = [b for b in bindings if b.name not in some or trail.events(b)]
    for _ in range(MOST_ROUNDS):
        before = len(trail.names)
        for binding in bindings:
            if binding.name not in trail.names and (holds(binding.value) or trail.events(binding)):
                trail.names.add(binding.name)
        for store in body.stores:
            target = path(("attr", store.base, store.attr)) if store.attr is not None else path(store.base)
            if target is not None and target not in trail.names and holds(store.value):
                trail.names.add(target)
        for call in adding:
            target = path(call.func[1])
            if target is not None and target not in trail.names and holds(call.args[-1]):
                trail.names.add(target)
        if len(trail.names) == before:
            break
    return trail


def _result_of(expr: Expr) -> int:
    """The call that an expression is the result of; -1: none."""
    expr = plain(expr)
    return expr[1] if expr[0] == "call" else -1


def _parts(build: Build, fn: Key, calls: set[int], names: set[str], bindings: list[Binding]) -> set[str]:
    """The variables to which a part of a result is assigned, and never the result itself."""
    some, whole = follow(build, fn, calls=calls, names=names), follow(build, fn, calls=calls, names=names, entire=True)
    return {b.name for b in bindings if some.part(b.value) and not whole.part(b.value)} - whole.names
