"""What decorators of a function of the program make of the arguments of its calls: their wrappers pass on, add, take or change them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TypeAlias

from auditor.core.values import ABSENT, Setting, alternatives, merge, unknown
from auditor.facts.types import Call, Expr, Scope
from auditor.graph.build.context import Build
from auditor.program.origins.types import Class, Ext, Func, Key, New, Origin, Place

Read: TypeAlias = Callable[[str, int | None], Setting]
"""what is given for a name, or at a place"""
MAY_CHANGE = "a decorator of the function may give or change it"


class Wrappers:
    """The calls by which wrappers run a function, noted while all calls are gone through; arguments are read after that."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.engine = build.engine
        self.sites: dict[Key, dict[Key, None]] = {}
        self.known: dict[Key, bool] = {}

    def note(self, fn: Key, site: Key) -> None:
        self.sites.setdefault(fn, {})[site] = None

    def read(self, origin: Func, name: str, position: int | None, own: Read, inside: Callable[[Key], Read]) -> Setting:
        """`own`: what the call itself says; `inside`: what a call in a wrapper says."""
        if not self.engine.scope(origin.fn).decorators:
            return own(name, position)
        changing: dict[Key, list[Key]] = {}
        for site in self.sites.get(origin.fn, ()):
            if not self._hands_all_on(site):
                changing.setdefault(self._scope(site), []).append(site)
        sites = next(iter(changing.values()), [])
        if len(changing) > 1:
            return unknown(MAY_CHANGE)
        bound = origin.owner is not None
        found = (
            merge([self._through(site, name, position, own, inside(site), bound=bound) for site in sites]) if sites else own(name, position)
        )
        missing = any(s.value is ABSENT for s in alternatives(found))
        return unknown(MAY_CHANGE) if missing and not self._all_known(origin.fn) else found

    def _scope(self, site: Key) -> Key:
        order = self.engine.call(site).order
        return site[0], self.engine.modules[site[0]].statements[order][0]

    def _hands_all_on(self, site: Key) -> bool:
        """`f(*args, **kwargs)` of what it takes itself."""
        call, scope = self.engine.call(site), self.engine.scope(self._scope(site))
        params = tuple(("name", p.name) for p in scope.params if p.kind == "positional")
        rest = _rest(scope)
        return (
            not any(p.kind == "keyword" for p in scope.params)
            and call.args == (*params, *((("star", rest["args"]),) if "args" in rest else ()))
            and [(key, value) for key, value, _ in call.keywords] == ([(None, rest["kwargs"])] if "kwargs" in rest else [])
            and ("args" in rest or not params)
            and not any(self._changed(self._scope(site), value) for value in rest.values())
        )

    def _through(self, site: Key, name: str, position: int | None, own: Read, inside: Read, *, bound: bool) -> Setting:
        """What arrives through one call in a wrapper."""
        call, scope = self.engine.call(site), self.engine.scope(self._scope(site))
        positional = [("name", p.name) for p in scope.params if p.kind == "positional"]
        rest = _rest(scope)
        place = None if position is None else position + bound
        written = next((value for key, value, _ in call.keywords if key == name), None)
        if written is None and place is not None:
            before = next((i for i, arg in enumerate(call.args) if arg[0] == "star"), len(call.args))
            if place < before:
                written = call.args[place]
        if written is not None:
            return self._own_or(written, positional, own, inside, name, place, bound=bound)
        stars = [arg for arg in call.args if arg[0] == "star"]
        mappings = [value for key, value, _ in call.keywords if key is None]
        passed = [("star", rest.get("args"))] * bool(stars), [rest.get("kwargs")] * bool(mappings)
        if (stars, mappings) != passed or any(self._changed(self._scope(site), value) for value in rest.values()):
            return unknown(MAY_CHANGE)
        taken = any(p.name == name for p in scope.params)
        onward = place - (len(call.args) - 1) + len(positional) - bound if stars and place is not None else None
        return own("" if taken or not mappings else name, onward)

    def _own_or(
        self, written: Expr, positional: list[Expr], own: Read, inside: Read, name: str, place: int | None, *, bound: bool
    ) -> Setting:
        """A parameter of the wrapper that is only passed on stands for what the call gives for it."""
        number = positional.index(written) - bound if written in positional else None
        if written[0] == "name" and (number is not None or written[1] == name):
            found = own(str(written[1]), number)
            if found.value is not ABSENT:
                return found
        return inside(name, place)

    def _changed(self, fn: Key, value: Expr) -> bool:
        """Whether the `*args` or `**kwargs` of a wrapper are set anew, or something is put into them or taken out."""
        module, scope = self.engine.modules[fn[0]], self.engine.scope(fn)
        if len(scope.bindings.get(value[1], ())) > 1 or any(
            s.base == value and module.statements[s.order][0] == fn[1] for s in module.stores
        ):
            return True
        return any(_is_of(call, value) and module.statements[call.order][0] == fn[1] for call in module.calls)

    def _all_known(self, fn: Key) -> bool:
        """Whether no decorator of a function may give it something that is not seen."""
        if fn not in self.known:
            scope = self.engine.scope(fn)
            place = Place(fn[0], scope.order)
            self.known[fn] = all(
                self._is_known(o, fn) for d in scope.decorators for o in self.engine.origins(self._decorator(fn, d), place)
            )
        return self.known[fn]

    def _decorator(self, fn: Key, expr: Expr) -> Expr:
        return self.engine.call((fn[0], expr[1])).func if expr[0] == "call" else expr

    def _is_known(self, origin: Origin, fn: Key) -> bool:
        if isinstance(origin, Func):
            return bool(self.sites.get(fn)) or any(_gives_back(scope) for scope in self._scopes(origin.fn))
        if isinstance(origin, (Ext, New)):
            root = origin.name.partition(".")[0]
            return root in sys.stdlib_module_names or root in self.build.base.roots
        return not isinstance(origin, Class)

    def _scopes(self, fn: Key) -> Iterator[Scope]:
        yield self.engine.scope(fn)
        yield from (s for s in self.engine.modules[fn[0]].scopes if s.parent == fn[1] and s.kind == "function")


def _gives_back(scope: Scope) -> bool:
    """Whether a function gives back what it is given first."""
    return bool(scope.params) and any(e.kind == "return" and e.value == ("name", scope.params[0].name) for e in scope.exits)


def _rest(scope: Scope) -> dict[str, Expr]:
    return {p.kind: ("name", p.name) for p in scope.params if p.kind in ("args", "kwargs")}


def _is_of(call: Call, value: Expr) -> bool:
    """Whether it is a method of a mapping that changes it."""
    return call.func[0] == "attr" and call.func[1] == value and call.func[2] in ("update", "setdefault", "pop", "popitem", "clear")
