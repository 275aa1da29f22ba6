"""Calls that run one of several methods, by the class of an object of which only a base is known: which objects a program makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, TypeAlias

from auditor.core.location import Location
from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loaded import DEPLOYED, SHOWING, entries_by_module, imports, masks_of
from auditor.graph.build.referred import mentioned
from auditor.graph.build.things import unwrap_partial
from auditor.graph.flow import Site
from auditor.program.dynamic import opened
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import constructed
from auditor.program.origins.receivers import fitting, on_self, running
from auditor.program.origins.types import Class, Func, Key, Place

MOST_MADE = 64
"""calls that make objects of a class, of which no more are listed"""
Called: TypeAlias = tuple[str, Location]


class Fit(NamedTuple):
    """The methods that a call may run; whether only a base of the object's class is known, and whether it is that of the method around."""

    methods: tuple[Key, ...]
    unknown: bool
    own: bool


def note(build: Build, site: Key, fn: Key, target: str) -> None:
    """Keeps a call of a method, to be asked what else it may run once all is known."""
    if build.engine.call(site).func[0] == "attr":
        build.memo.setdefault("calls of methods", {})[target, build.call_location(site)] = site, fn  # type: ignore[index]


def _fits(build: Build, known: dict[Called, tuple[Key, Key]]) -> dict[Called, Fit]:
    found = ((called, fitting(build.engine, site, fn), site) for called, (site, fn) in known.items())
    return {called: Fit(methods, unknown, on_self(build.engine, site)) for called, (methods, unknown), site in found if methods}


def _of_object(build: Build, fn: Key) -> bool:
    """Whether it needs an object of its class to run a function."""
    scope = build.engine.scope(fn)
    parent = build.engine.modules[fn[0]].scopes[scope.parent] if scope.parent >= 0 else None
    return parent is not None and parent.kind == "class" and not scope.decorators and not scope.name.startswith("__")


def possible(build: Build) -> None:
    """Fills `fits` and `strange` of the sites of such calls, and `flow.unmade`."""
    known: dict[Called, tuple[Key, Key]] = build.memo.get("calls of methods", {})  # type: ignore[assignment]
    rows = _fits(build, known)
    fitting_one = {target for target, _ in rows}
    programs = _Programs(build)
    flow = build.graph.flow
    for target in dict.fromkeys(target for target, _ in known):
        made = programs.made(build.functions[target]) if _of_object(build, build.functions[target]) else 0
        if made and (target in fitting_one or not made & ~programs.shown):
            flow.unmade[target] = frozenset(e for e, bit in programs.bits.items() if not (made | programs.open) & bit)
    for number, site in enumerate(flow.sites):
        fit = rows.get((site.target, site.at))
        if fit is not None and fit.unknown:
            flow.sites[number] = programs.marked(site, fit)


class _Programs:
    """Entry points as bits: the programs that import a module, and those that make objects of a class in one."""

    def __init__(self, build: Build) -> None:
        self.build, self.engine = build, build.engine
        self.bits, self.masks = masks_of(entries_by_module(build, (*DEPLOYED, *SHOWING)), imports(build))
        self.known: dict[tuple[Key, ...], int] = {}

    @cached_property
    def shown(self) -> int:
        """Those of examples and notebooks."""
        return sum(bit for entry, bit in self.bits.items() if self.build.graph.nodes[entry].role in SHOWING)

    @cached_property
    def open(self) -> int:
        """Those that load modules by names that nothing here tells: of any class."""
        return self._of(opened(self.engine))

    def made(self, fn: Key) -> int:
        """The programs that make an object of the class of a method, or of one below."""
        cls: Key = (fn[0], self.engine.scope(fn).parent)
        return self._made((cls, *subclasses(self.engine, cls)))

    def marked(self, site: Site, fit: Fit) -> Site:
        fn = self.build.functions[site.target]
        own = self._made(running(self.engine, fn))
        alike = [m for m in fit.methods if m == fn or self._made(running(self.engine, m)) & own]
        if own and (fit.own or (len(alike) == 1 and not own & self.open)):
            return site
        caller = self.build.functions.get(site.caller)
        strange = not own and caller is not None and not self.masks.get(caller[0], 0) & self.masks.get(fn[0], 0)
        return replace(site, fits=len(fit.methods) if not own or own & self.open else len(alike), strange=strange)

    def _made(self, classes: tuple[Key, ...]) -> int:
        if classes not in self.known:
            self.known[classes] = 0
            for cls in classes:
                self.known[classes] |= self._made_of(cls) if len(classes) == 1 else self._made((cls,))
        return self.known[classes]

    def _made_of(self, cls: Key) -> int:
        sites = [site for site, _ in constructed(self.engine, cls)]
        if len(sites) >= MOST_MADE:
            return self._of(range(len(self.engine.modules)))
        makers = [self.build.function_of(number, self.engine.call((number, index)).order) for number, index in sites]
        makers += [fn for fn, _ in mentioned(self.build, cls, self.engine.scope(cls).name)]
        return self._of(number for maker in dict.fromkeys(makers) for number in self._using(maker))

    def _using(self, fn: Key) -> set[int]:
        """The modules that may run a function: those that mention it, or call what may be it, else its own."""
        scope = self.engine.scope(fn)
        if scope.kind != "function" or scope.decorators or scope.name.startswith("__"):
            return {fn[0]}
        names = {scope.name, *self.engine.aliases.get(scope.name, ())}
        named = (row for name in names for row in self.engine.calls_by_last.get(name, ()) if not self.engine.is_test[row[0]])
        calls = {number for number, call in named if self._may_run(call.func, Place(number, call.order), fn)}
        return calls | {other[0] for other, _ in mentioned(self.build, fn, scope.name)} or {fn[0]}

    def _may_run(self, func: Expr, place: Place, fn: Key) -> bool:
        """Whether a call of its name runs a function, as far as it is known what is called."""
        found = [unwrap_partial(o)[0] for o in self.engine.origins(func, place)]
        return any(not isinstance(o, (Func, Class)) or (isinstance(o, Func) and o.fn == fn) for o in found) or not found

    def _of(self, modules: Iterable[int]) -> int:
        mask = 0
        for number in modules:
            mask |= self.masks.get(number, 0)
        return mask
