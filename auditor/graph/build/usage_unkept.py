"""Reads of usage that record nothing: what they give goes to a variable, a parameter or a place in a result that nobody reads."""

from __future__ import annotations

from collections import defaultdict

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Body, Trail, bodies
from auditor.graph.build.loop_terms import parts, walk
from auditor.graph.build.wrapper_answers import arguments_at
from auditor.program.origins.callers import callers, subclasses
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Func, Instance, Key, Place

SEEING = frozenset(("locals", "vars", "eval", "exec"))
"""what may read any variable"""


class Unkept:
    def __init__(self, build: Build) -> None:
        self.build = build
        self.read: dict[Key, set[str] | None] = {}
        self.by_order: dict[int, dict[int, list[Expr]]] = {}

    def lost(self, trail: Trail, part: Expr, order: int) -> bool:
        """Whether what is read at a statement is kept nowhere, or only where something failed."""
        if _in_handler(trail, order):
            return True
        found = [e for e in self._at(trail.body, order) if _holds(e, part)]
        return bool(found) and all(self._goes_nowhere(trail, e, part, order) for e in found)

    def _at(self, body: Body, order: int) -> list[Expr]:
        if id(body) not in self.by_order:
            table = self.by_order[id(body)] = defaultdict(list)
            for expr, at in body.expressions:
                table[at].append(expr)
        return self.by_order[id(body)].get(order, [])

    def _goes_nowhere(self, trail: Trail, expr: Expr, part: Expr, order: int) -> bool:
        bindings = [b for b in trail.body.bindings if b.value is expr and b.order == order]
        if bindings:
            kinds = {b.kind for b in bindings}
            into = [b.name for b in bindings if _is(_element(expr, b.detail if b.kind == "unpack" else ()), part)]
            return kinds <= {"assign", "unpack"} and bool(into) and all(self._unread(trail, name) for name in into)
        for call in trail.body.calls:
            for where, value in arguments_at(call):
                if call.order == order and value is expr:
                    return _is(expr, part) and self._ignored(trail, call, where)
        leaves = [e for e in trail.body.module.scopes[min(trail.body.scopes)].exits if e.value is expr and e.kind == "return"]
        if not leaves or expr[0] != "seq" or expr[1] != "tuple":
            return False
        places = [i for i, one in enumerate(expr[2]) if _holds(one, part)]
        return all(_is(expr[2][i], part) and self._dropped(trail, i) for i in places)

    def _unread(self, trail: Trail, name: str) -> bool:
        """Whether a variable of a function is never read in it."""
        top = min(trail.body.scopes)
        scope = trail.body.module.scopes[top]
        return scope.kind == "function" and name in scope.bindings and self._is_unread((trail.body.number, top), name)

    def _is_unread(self, fn: Key, name: str) -> bool:
        if fn not in self.read:
            body = bodies(self.build, fn)
            self.read[fn] = None if any(c.last in SEEING for c in body.calls) else _names(self.build, body.module, fn)
        found = self.read[fn]
        return found is not None and name not in found

    def _ignored(self, trail: Trail, call: Call, where: int | str) -> bool:
        """Whether all that a call may be are functions of the program that never look at an argument."""
        found = self.build.engine.origins(call.func, Place(trail.body.number, call.order))
        return bool(found) and all(isinstance(o, Func) and self._ignores(o, where) for o in found)

    def _ignores(self, func: Func, where: int | str) -> bool:
        scope = self.build.engine.scope(func.fn)
        position = where + (func.owner is not None) if isinstance(where, int) else -1
        named = [p for i, p in enumerate(scope.params) if (i == position or p.name == where) and p.kind in ("positional", "keyword")]
        alone = func.owner is None or (isinstance(func.owner, Instance) and not subclasses(self.build.engine, func.owner.cls))
        return len(named) == 1 and alone and not scope.decorators and self._is_unread(func.fn, named[0].name)

    def _dropped(self, trail: Trail, position: int) -> bool:
        """Whether all calls of a function are seen, and none reads this place of the tuple that it gives."""
        fn: Key = (trail.body.number, min(trail.body.scopes))
        scope = self.build.engine.scope(fn)
        frames = callers(self.build.engine, fn) if not scope.decorators and not self.build.engine.value_uses.get(scope.name) else ()
        return bool(frames) and all(self._drops(frame.site, position) for frame in frames)

    def _drops(self, site: Key, position: int) -> bool:
        call = self.build.engine.call(site)
        around = bodies(self.build, self.build.function_of(site[0], call.order))
        fn: Key = (site[0], min(around.scopes))
        gives: Expr = ("call", site[1])
        into = [b for b in around.bindings if b.order == call.order and _result(b.value) == gives]
        given = [b.name for b in into if b.detail == (position,)]
        if not given or any(b.kind != "unpack" for b in into) or self.build.engine.scope(fn).kind != "function":
            return False
        return all(name in self.build.engine.scope(fn).bindings and self._is_unread(fn, name) for name in given)


def _result(expr: Expr) -> Expr:
    while expr[0] == "await":
        expr = expr[1]
    return expr


def _names(build: Build, module: ModuleFacts, top: Key) -> set[str]:
    """All names that a function reads, with those nested in it."""
    rows: set[str] = set()
    todo = [top[1]]
    while todo:
        index = todo.pop()
        scope = module.scopes[index]
        todo.extend(s for s in scope.children if module.scopes[s].kind == "function")
        rows.update(str(e[1]) for p in scope.params if p.default is not None for e in walk(module, p.default) if e[0] == "name")
        body = bodies(build, (top[0], index))
        rows.update(str(e[1]) for expr, _ in body.expressions for e in walk(module, expr) if e[0] == "name")
        for inner in body.scopes:
            todo.extend(s for s in module.scopes[inner].children if inner != index and module.scopes[s].kind == "function")
    return rows


def _in_handler(trail: Trail, order: int) -> bool:
    """Whether a statement only runs where something failed after the answer came."""
    module = trail.body.module
    around = [b for b in ancestors(module, module.statements[order][1]) if module.blocks[b].kind == "except"]
    asked = {b for c in trail.body.calls if c.index in trail.calls for b in ancestors(module, module.statements[c.order][1])}
    return any(b not in asked for b in around)


def _element(expr: Expr, path: object) -> Expr:
    """What an assignment to several names gives one of them."""
    for place in path if isinstance(path, tuple) else ():
        if expr[0] != "seq" or not isinstance(place, int) or place >= len(expr[2]):
            return expr
        expr = expr[2][place]
    return expr


def _is(expr: Expr, part: Expr) -> bool:
    """Whether an expression is only what is read, or a part of it, and nothing is made of it."""
    while expr != part and expr[0] in ("attr", "sub"):
        expr = expr[1]
    return bool(expr == part)


def _holds(expr: Expr, part: Expr) -> bool:
    """Whether an expression contains another one outside of the arguments of calls, which are expressions of their own."""
    todo = [expr]
    while todo:
        one = todo.pop()
        if one == part:
            return True
        todo.extend(parts(one))
    return False
