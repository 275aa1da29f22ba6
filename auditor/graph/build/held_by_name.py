"""Names under which objects of packages may be held in a program, bound to what an imported name gives, given back or handed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from typing import TypeAlias

from auditor.facts.types import Call, Expr, ModuleFacts

MADE = ("assign", "with", "for", "walrus")
MOST_ROUNDS = 5
"""functions that give or take what others give or take: so far they are followed"""
Root: TypeAlias = tuple[str, tuple[str, ...]]
"""the name at the root of an expression, and the attributes after it"""


class HeldNames:
    """Told by names alone: what is asked about them is looked up where they stand.

    `imported`: names that each module imports from the packages; `spellings`: names with those that they are imported as."""

    def __init__(self, modules: list[ModuleFacts], imported: list[set[str]], spellings: Callable[[Iterable[str]], set[str]]) -> None:
        self.modules, self.imported, self.spellings = modules, imported, spellings
        self.onward = [_onward(module) for module in modules]
        self.givers: set[str] = set()
        """functions that may give such an object"""
        self.takers: dict[str, set[int | str]] = defaultdict(set)
        """function -> positions and keywords of what may be one"""
        self.attributes: set[str] = set()
        self.held: list[set[str]] = [set() for _ in modules]
        for _ in range(MOST_ROUNDS):
            before = self._size()
            for number in range(len(modules)):
                self._of_module(number)
            if self._size() == before:
                break

    def _size(self) -> tuple[int, ...]:
        return len(self.givers), sum(map(len, self.takers.values())), len(self.attributes), sum(map(len, self.held))

    def _of_module(self, number: int) -> None:
        module, imported, held = self.modules[number], self.imported[number], self.held[number]
        if not imported and not self.givers and not self.takers and not self.attributes:
            return
        held.update(self._params(module, imported))
        todo = [*imported, *held, *(name for name in self.onward[number] if name.startswith("()") and name[2:] in self.givers)]
        seen = set(todo)
        while todo:
            for name in self.onward[number].get(todo.pop(), ()):
                held.add(name)
                if name not in seen:
                    seen.add(name)
                    todo.append(name)
        known = imported | held
        given = {s.name for s in module.scopes if s.kind == "function" and any(self._has(module, known, e.value) for e in s.exits)}
        self.givers |= self.spellings(given - self.givers)
        for store in module.stores:
            if store.attr is not None and store.attr not in self.attributes and self._has(module, known, store.value):
                self.attributes.add(store.attr)
        for call in module.calls if held or self.attributes else ():
            self._hand(module, held, call)

    def _hand(self, module: ModuleFacts, held: Set[str], call: Call) -> None:
        given: list[tuple[int | str, Expr]] = [*enumerate(call.args), *((name, v) for name, v, _ in call.keywords if name is not None)]
        for where, value in given:
            if (value[0] == "name" and value[1] in held) or (value[0] == "attr" and value[2] in self.attributes):
                self.takers[call.last].add(where)

    def _params(self, module: ModuleFacts, imported: Set[str]) -> Iterator[str]:
        for scope in module.scopes:
            taken = self.takers.get(scope.name, ()) if scope.kind == "function" else ()
            # An object's constructor is called by the name of its class.
            if scope.name == "__init__":
                taken = self.takers.get(module.scopes[scope.parent].name, ())
            first = 1 if scope.params and scope.params[0].name in ("self", "cls") else 0
            for position, param in enumerate(scope.params):
                declared = param.annotation is not None and root(module, param.annotation)[0] in imported
                if declared or param.name in taken or position - first in taken:
                    yield param.name

    def _has(self, module: ModuleFacts, known: Set[str], value: Expr) -> bool:
        """Whether a value may be such an object."""
        if value[0] == "name":
            return value[1] in known
        return any(one in known or (one.startswith("()") and one[2:] in self.givers) for one in _makers(module, value))


def _onward(module: ModuleFacts) -> dict[str, list[str]]:
    """Name -> those that are bound to what it gives; `()` before the name of a function that is called."""
    rows: dict[str, list[str]] = defaultdict(list)
    for scope in module.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.kind in MADE:
                    for one in _makers(module, binding.value):
                        rows[one].append(name)
    return rows


def _makers(module: ModuleFacts, value: Expr) -> list[str]:
    """The names at the root of the call that a value is, and of the function that is called; of all of them in `a() or b()`."""
    while value[0] in ("await", "walrus"):
        value = value[-1]
    if value[0] == "bool":
        return [one for each in value[2] for one in _makers(module, each)]
    return [root(module, value)[0], f"(){module.calls[value[1]].last}"] if value[0] == "call" else []


def root(module: ModuleFacts, expr: Expr) -> Root:
    """The name at the root of a chain of attributes, calls and subscripts, and the attributes after it."""
    path: list[str] = []
    while True:
        kind = expr[0]
        if kind == "attr":
            path.append(expr[2])
            expr = expr[1]
        elif kind in ("sub", "await"):
            expr = expr[1]
        elif kind == "call":
            expr = module.calls[expr[1]].func
        elif kind == "name":
            return expr[1], tuple(reversed(path))
        else:
            return "", tuple(reversed(path))
