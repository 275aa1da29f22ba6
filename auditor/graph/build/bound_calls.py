"""Calls by which a function of the flow runs another one: what their receiver is, and the classes that it may have."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.location import Location
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.flow import Site
from auditor.program.origins.callers import subclasses
from auditor.program.origins.objects import method
from auditor.program.origins.types import Class, Func, Instance, Key, Origin, Place

DIRECT = ("call", "await")
MOST_CLASSES = 64


@dataclass(frozen=True, slots=True)
class Bound:
    """A call that runs a function: how many parameters its receiver takes, whether that is the caller's own object, else its classes."""

    call: Call
    taken: int
    own: str
    """self, super, or empty"""
    classes: frozenset[Key] | None
    objects: tuple[Instance, ...] | None
    """where the objects were made, if that is known of all"""


class BoundCalls:
    """Finds each of them once."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.engine = build.engine
        self.places: dict[int, dict[Location, Key]] = {}
        self.bounds: dict[tuple[str, Location, str], Bound | None] = {}

    def bound(self, site: Site) -> Bound | None:
        key = site.caller, site.at, site.target
        if key not in self.bounds:
            self.bounds[key] = self._find(site)
        return self.bounds[key]

    def _find(self, site: Site) -> Bound | None:
        fn, callee = self.build.functions.get(site.caller), self.build.functions.get(site.target)
        number = self.call(site)
        if fn is None or callee is None or number is None or site.hop not in DIRECT:
            return None
        call = self.engine.call(number)
        found = [o for o in self.engine.origins(call.func, Place(number[0], call.order)) if self._runs(o, callee)]
        if not found:
            return None
        taken = {0 if isinstance(o, Func) and o.owner is None else 1 for o in found}
        if len(taken) > 1:
            return None
        own = self._own(fn, call.func)
        classes: frozenset[Key] = frozenset().union(*((self._made(o, callee) or frozenset()) for o in found))
        known = bool(classes) and all(self._made(o, callee) is not None for o in found)
        owners = [o.owner for o in found if isinstance(o, Func) and isinstance(o.owner, Instance) and o.owner.site is not None]
        return Bound(call, taken.pop(), own, classes if known else None, tuple(owners) if len(owners) == len(found) else None)

    def _runs(self, origin: Origin, callee: Key) -> bool:
        if isinstance(origin, Func):
            return origin.fn == callee
        name = "__init__" if isinstance(origin, Class) else "__call__"
        return isinstance(origin, (Class, Instance)) and method(self.engine, origin.cls, name) == callee

    def _made(self, origin: Origin, callee: Key) -> frozenset[Key] | None:
        """The classes of the object that a method is called on."""
        if isinstance(origin, Class):
            return frozenset((origin.cls,))
        owner = origin.owner if isinstance(origin, Func) else origin
        if not isinstance(owner, Instance):
            return None
        if owner.site is not None:
            return frozenset((owner.cls,))
        known = self.objects(callee)
        below = {owner.cls, *subclasses(self.engine, owner.cls)}
        return None if known is None else known & below

    def _own(self, fn: Key, func: Expr) -> str:
        """Whether a method is called on the object of the method around the call."""
        if func[0] != "attr":
            return ""
        if func[1][0] == "call":
            return "super" if self.engine.call((fn[0], func[1][1])).func == ("name", "super") else ""
        params = self.engine.scope(fn).params
        return "self" if params and func[1] == ("name", params[0].name) and self.objects(fn) is not None else ""

    def call(self, site: Site) -> Key | None:
        fn = self.build.functions.get(site.caller)
        if fn is None:
            return None
        if fn[0] not in self.places:
            calls = self.engine.modules[fn[0]].calls
            self.places[fn[0]] = {self.build.call_location((fn[0], call.index)): (fn[0], call.index) for call in calls}
        return self.places[fn[0]].get(site.at)

    def objects(self, fn: Key) -> frozenset[Key] | None:
        """The classes whose objects run a method as their own, or from the one that replaces it; None: no method, or too many."""
        known: dict[Key, frozenset[Key] | None] = self.build.memo.setdefault("classes of methods", {})  # type: ignore[assignment]
        if fn not in known:
            scope = self.engine.scope(fn)
            owner: Key = (fn[0], scope.parent)
            found: list[Key] = []
            if scope.parent >= 0 and self.engine.scope(owner).kind == "class":
                found = [owner, *subclasses(self.engine, owner)]
            runs = frozenset(cls for cls in found if method(self.engine, cls, scope.name) == fn or self._by_super(cls, scope.name))
            known[fn] = runs if 0 < len(found) <= MOST_CLASSES else None
        return known[fn]

    def _by_super(self, cls: Key, name: str) -> bool:
        """Whether what replaces a method in a class may call the one that it replaces."""
        replacing = method(self.engine, cls, name)
        return any(
            number == (replacing or cls)[0] and self.build.function_of(number, call.order) == replacing
            for number, call in self.engine.calls_by_last.get(name, ())
            if call.func[0] == "attr" and call.func[1][0] != "name"
        )
