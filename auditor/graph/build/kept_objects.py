"""Objects of the program's own classes that the code keeps to itself: what is used of them is all that is read where they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from auditor.facts.types import Call, Store
from auditor.graph.build.context import Build
from auditor.graph.build.loaded import groups
from auditor.graph.build.uses import Use, uses
from auditor.program.origins.objects import method, mro
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Class, Const, Ext, Instance, Key, Module, New, Origin, Param, Place, root_of

MOST_USES = 256
PROPERTIES = ("property", "cached_property", "computed_field")
REACHING = ("getattr", "setattr", "map", "filter", "vars", "super", "property")
"""builtin functions that do more than to ask something of what they are given"""
Holder: TypeAlias = tuple[Any, ...]
"""("call", module, index), ("name", module, scope, name) or ("attr", class, name)"""


def members_used(build: Build, cls: Key, site: Key) -> frozenset[str] | None:
    """The members that are used of an object of a class, with those that its own methods then use; None: it goes where that is not seen."""
    known: dict[tuple[Key, Key], frozenset[str] | None] = build.memo.setdefault("members used", {})  # type: ignore[assignment]
    if (cls, site) not in known:
        known[cls, site] = _Search(build, cls).of(site)
    return known[cls, site]


class _Search:
    def __init__(self, build: Build, cls: Key) -> None:
        self.build, self.engine, self.cls = build, build.engine, cls
        self.members: set[str] = set()
        self.todo: list[Holder] = []
        self.seen: set[Holder] = set()

    def of(self, site: Key) -> frozenset[str] | None:
        self._kept("call", *site)
        for owner in mro(self.engine, self.cls):
            for name in self.engine.scope(owner).bindings:
                if name.startswith("__"):
                    self._used(name)
        left = MOST_USES
        while self.todo:
            for number, use in self._uses(self.todo.pop()):
                left -= 1
                if left < 0 or not self._stays(number, use):
                    return None
        return frozenset(self.members)

    def _kept(self, *holder: Any) -> bool:
        if holder not in self.seen:
            self.seen.add(holder)
            self.todo.append(holder)
        return True

    def _used(self, name: str) -> bool:
        """A member is read. A method of the program has the object as its first parameter."""
        if name not in self.members:
            self.members.add(name)
            fn = method(self.engine, self.cls, name)
            if fn is not None and self.engine.scope(fn).params:
                self._kept("name", *fn, self.engine.scope(fn).params[0].name)
        return True

    def _uses(self, holder: Holder) -> Iterator[tuple[int, Use]]:
        if holder[0] == "call":
            yield from ((holder[1], use) for use in _table(self.build, holder[1]).get(("call", holder[2]), ()))
            return
        if holder[0] == "name":
            table = _table(self.build, holder[1])
            for scope in self._scopes(holder):
                yield from ((holder[1], use) for use in table.get(("name", (scope, holder[3])), ()))
            return
        group = groups(self.build)
        for number in _reading(self.build, holder[2]):
            if group[number] == group[holder[1][0]]:
                found = _table(self.build, number).get(("attr", holder[2]), ())
                yield from ((number, use) for use in found if self._may_be_of(holder[1], number, use))

    def _scopes(self, holder: Holder) -> Iterator[int]:
        """The scope of a name, and those inside it."""
        todo = [holder[2]]
        while todo:
            scope = todo.pop()
            yield scope
            todo.extend(self.engine.modules[holder[1]].scopes[scope].children)

    def _may_be_of(self, cls: Key, number: int, use: Use) -> bool:
        """Whether an attribute may be that of an object of the class."""
        found = self.engine.origins(use.expr[1], Place(number, use.order))
        typed = any(isinstance(o, Instance) for o in found)
        return not found or any(_related(self.build, cls, o) for o in found if not (typed and isinstance(o, Param)))

    def _stays(self, number: int, use: Use) -> bool:
        way, what = use.way
        if way == "member":
            return self._used(what)
        if way == "bound":
            return self._bound(number, *what)
        if way == "stored":
            return self._stored(number, what)
        if way == "given":
            return self._asks(number, what)
        return way == "seen" or (way == "returned" and self._property((number, what)))

    def _bound(self, number: int, scope: int, name: str) -> bool:
        kind = self.engine.modules[number].scopes[scope].kind
        if kind == "class":
            return self._kept("attr", (number, scope), name)
        return kind != "module" and self._kept("name", number, scope, name)

    def _stored(self, number: int, store: Store) -> bool:
        found = self.engine.origins(store.base, Place(number, store.order))
        owners = [o.cls for o in found if isinstance(o, Instance)]
        return bool(found) and len(owners) == len(found) and all(self._kept("attr", cls, store.attr) for cls in owners)

    def _asks(self, number: int, call: Call) -> bool:
        """Whether a call of a builtin function only asks something of what it is given."""
        found = self.engine.origins(call.func, Place(number, call.order))
        return bool(found) and all(isinstance(o, Ext) and o.name.startswith("builtins.") for o in found) and call.last not in REACHING

    def _property(self, fn: Key) -> bool:
        scope = self.engine.scope(fn)
        own = any(last_name(d) in PROPERTIES for d in scope.decorators)
        return own and self._kept("attr", (fn[0], scope.parent), scope.name)


def _table(build: Build, number: int) -> dict[tuple[str, Any], list[Use]]:
    known: dict[int, dict[tuple[str, Any], list[Use]]] = build.memo.setdefault("uses", {})  # type: ignore[assignment]
    if number not in known:
        known[number] = uses(build.engine.modules[number])
    return known[number]


def _reading(build: Build, attribute: str) -> list[int]:
    """The modules that read an attribute of that name, tests aside."""
    known: dict[str, list[int]] = build.memo.setdefault("modules reading", {})  # type: ignore[assignment]
    if attribute not in known:
        modules = enumerate(build.engine.modules)
        known[attribute] = [number for number, module in modules if attribute in module.reads and not build.engine.is_test[number]]
    return known[attribute]


def _related(build: Build, cls: Key, origin: Origin) -> bool:
    if isinstance(origin, (Instance, Class)):
        return cls in mro(build.engine, origin.cls) or origin.cls in mro(build.engine, cls)
    return not isinstance(root_of(origin), (Const, Ext, Module, New))
