"""What runs a function that another one of the program is given: its calls, what is made of it, and what calls it."""

from __future__ import annotations

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.conditions import conditions
from auditor.graph.build.context import Build
from auditor.graph.build.coroutine_questions import asks
from auditor.graph.build.dispatch_answers import calls_by_scope
from auditor.graph.build.loop_terms import plain
from auditor.program.origins.types import Ext, Key, Place


class Carriers:
    """The calls in a function and in those nested in it, without those that only come where the parameter is a coroutine function; and
    what runs the parameter when it is called itself: `partial`, lambdas, nested functions."""

    def __init__(self, build: Build, fn: Key, name: str) -> None:
        self.build, self.fn, self.name = build, fn, name
        self.facts = build.engine.modules[fn[0]]
        scopes = _inside(self.facts, fn[1], name)
        known = calls_by_scope(build, fn[0])
        self.calls = [c for s in scopes for c in known.get(s, ()) if not self.other_kind(c.order)]
        self.bindings = [b for s in scopes for rows in self.facts.scopes[s].bindings.values() for b in rows if b.kind == "assign"]
        self.found: set[Expr] = {("name", name)}
        before = 0
        while before < len(self.found):
            before = len(self.found)
            self._spread()

    def _spread(self) -> None:
        for call in self.calls:
            scope = function_around(self.facts, call.order)
            if call.func in self.found and scope != self.fn[1]:
                info = self.facts.scopes[scope]
                self.found.add(("lambda", scope) if info.kind == "lambda" else ("name", info.name))
            elif self.given(call) and self._is_partial(call):
                self.found.add(("call", call.index))
        self.found.update(("name", b.name) for b in self.bindings if self.held(b.value))

    def given(self, call: Call) -> list[tuple[int | str, Expr]]:
        """The arguments of a call that run the parameter."""
        rows: list[tuple[int | str, Expr]] = [*enumerate(call.args), *((n or "**", v) for n, v, _ in call.keywords)]
        return [(where, value) for where, value in rows if self.held(value)]

    def held(self, expr: Expr) -> bool:
        """Whether an expression is what runs the parameter, or may be."""
        if expr in self.found:
            return True
        if expr[0] in ("bool", "seq"):
            return any(self.held(e) for e in expr[2])
        if expr[0] == "if":
            return self.held(expr[2]) or self.held(expr[3])
        return expr[0] in ("walrus", "await", "star") and self.held(plain(expr))

    def other_kind(self, order: int) -> bool:
        """Whether a statement only runs where the parameter is a coroutine function."""
        module = self.fn[0]
        return any(must and asks(self.build, module, order, test, self.name) for test, must in conditions(self.build, module, order))

    def _is_partial(self, call: Call) -> bool:
        found = self.build.engine.origins(call.func, Place(self.fn[0], call.order))
        return bool(found) and all(isinstance(o, Ext) and o.name == "functools.partial" for o in found)


def _inside(facts: ModuleFacts, top: int, name: str) -> list[int]:
    """A function and the scopes in it that mean the same by a name."""
    rows = [top]
    for scope in rows:
        rows.extend(s for s in facts.scopes[scope].children if name not in {p.name for p in facts.scopes[s].params})
    return rows


def function_around(facts: ModuleFacts, order: int) -> int:
    """The function or lambda that a statement stands in."""
    scope = facts.statements[order][0]
    while facts.scopes[scope].kind == "comp":
        scope = facts.scopes[scope].parent
    return scope
