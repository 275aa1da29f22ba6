"""Functions as they run for one of their calls: what its constant arguments and the class of its object rule out is left out there.

A function that decides by such a parameter, or calls a method that subclasses replace, gets a copy in the flow for each of the contexts
in which it is called; a path that enters it by a call goes on through the copy for that call. The function itself stays, for all else.
What the constructor puts into an attribute of the object whose method is called is known there, too.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.core.location import Location
from auditor.facts.types import Call, Expr
from auditor.graph.build.conditions import Condition, conditions, never
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import walk
from auditor.graph.flow import Site
from auditor.program.origins.callers import subclasses
from auditor.program.origins.objects import attribute, method
from auditor.program.origins.types import Class, Const, Func, Instance, Key, Origin, Place

OBJECT = ""
"""stands for the class of the object among the names of parameters"""
OWN = "."
"""before the name of an attribute of the object: its classes are what is known of it"""
HELD = ":"
"""before the name of a parameter that is an object: the same"""
DIRECT = ("call", "await")
MOST_CONTEXTS = 12
"""of one function; later ones are told apart without the objects that they are given, as many again; then they share it as it is"""
MOST_CLASSES = 64


@dataclass(frozen=True, slots=True)
class Context:
    """What is known in a function: (parameter, type, value) of constants, and the classes that its object may have (None: any)."""

    values: tuple[tuple[str, str, object], ...] = ()
    classes: frozenset[Key] | None = None


@dataclass(frozen=True, slots=True)
class _Bound:
    """A call that runs a function: how many parameters its receiver takes, whether that is the caller's own object, else its classes."""

    call: Call
    taken: int
    own: str
    """self, super, or empty"""
    classes: frozenset[Key] | None
    objects: tuple[Instance, ...] | None
    """where the objects were made, if that is known of all"""


def contexts(build: Build) -> None:
    """Splits the functions of the flow by the contexts in which they are called."""
    _Contexts(build).split()


class _Contexts:
    def __init__(self, build: Build) -> None:
        self.build = build
        self.engine = build.engine
        self.flow = build.graph.flow
        self.sites: dict[str, list[Site]] = defaultdict(list)
        self.incoming: dict[str, list[Site]] = defaultdict(list)
        self.targets: dict[tuple[str, Location], set[str]] = defaultdict(set)
        """(caller, place of a call) -> the functions that it leads to"""
        for site in self.flow.sites:
            self.sites[site.caller].append(site)
            self.incoming[site.target].append(site)
            if site.target in build.functions:
                self.targets[site.caller, site.at].add(site.target)
        self.places: dict[int, dict[Location, Key]] = {}
        self.bounds: dict[tuple[str, Location, str], _Bound | None] = {}
        self.copies: dict[str, dict[Context, str]] = defaultdict(dict)
        self.todo: deque[tuple[str, Context]] = deque()

    def split(self) -> None:
        self.asked = self._asked()
        if not self.asked:
            return
        rows: list[Site] = []
        for caller, sites in self.sites.items():
            rows.extend(self._onward(caller, sites, Context()))
        while self.todo:
            identity, context = self.todo.popleft()
            caller = self.copies[identity][context]
            rows.extend(replace(s, caller=caller) for s in self._onward(identity, self.sites.get(identity, ()), context))
        self.flow.sites = rows
        entered = {site.target for site in rows} | {f for functions in self.flow.entries.values() for f in functions}
        self.flow.split = frozenset(self.copies.keys() - entered)

    def _onward(self, caller: str, sites: Iterable[Site], context: Context) -> Iterator[Site]:
        """The sites of a function that can run in a context, each leading to the copy of its target for it."""
        fn = self.build.functions.get(caller)
        for site in sites:
            if fn is None:
                yield site
                continue
            known = {name: value for name, _, value in context.values}
            if never(self._conditions(site), known) or self._of_another(site, known):
                continue
            bound = self._bound(site) if site.target in self.asked or self._virtual(site) else None
            classes = self._classes(fn, site, bound, context) if bound is not None else None
            if bound is not None and bound.own == "self" and classes is not None and not classes:
                continue
            inner = self._inside(fn, site, bound, classes, context) if bound is not None and site.target in self.asked else Context()
            yield site if inner == Context() else replace(site, target=self._copy(site.target, inner))

    def _copy(self, identity: str, context: Context) -> str:
        known = self.copies[identity]
        if context not in known and len(known) >= MOST_CONTEXTS:
            context = Context(tuple(row for row in context.values if not row[0].startswith(HELD)), context.classes)
        if context not in known:
            if len(known) >= 2 * MOST_CONTEXTS or context == Context():
                return identity
            known[context] = f"{identity}~{len(known) + 1}"
            self.flow.functions[known[context]] = replace(self.flow.functions[identity], id=known[context])
            self.todo.append((identity, context))
        return known[context]

    # -- what a call hands over

    def _inside(self, fn: Key, site: Site, bound: _Bound, classes: frozenset[Key] | None, context: Context) -> Context:
        """What is known in the target of a site, as far as it matters there."""
        callee = self.build.functions[site.target]
        asked = self.asked[site.target]
        rows = []
        for name in sorted(asked - {OBJECT}):
            value = self._value(fn, callee, name, bound, context)
            if value is not None:
                rows.append((name, type(value[0]).__name__, value[0]))
        if OBJECT not in asked or classes == self._objects(callee):
            classes = None
        return Context(tuple(rows), classes)

    def _value(self, fn: Key, callee: Key, name: str, bound: _Bound, context: Context) -> tuple[object] | None:
        """The constant that a call gives a parameter, or leaves it with; of an attribute of the object, its classes."""
        if name.startswith(OWN):
            if bound.own:
                return next(((value,) for known, _, value in context.values if known == name), None)
            return self._kept(name.removeprefix(OWN), bound.objects or ())
        if name.startswith(HELD):
            return self._held(fn, self._given(callee, name.removeprefix(HELD), bound)[0], bound, context)
        given, whole = self._given(callee, name, bound)
        if given is None:
            default = next(p.default for p in self.engine.scope(callee).params if p.name == name)
            return (default[1],) if whole and default is not None and default[0] == "const" else None
        if given[0] == "const":
            return (given[1],)
        if given[0] != "name":
            return None
        if self._parameter(fn, str(given[1])):
            return next(((value,) for known, _, value in context.values if known == given[1]), None)
        if given[1] in self.engine.scope(fn).bindings:
            return None
        found = self.engine.origins(given, Place(fn[0], bound.call.order))
        return (found[0].value,) if len(found) == 1 and isinstance(found[0], Const) else None

    def _kept(self, attr: str, objects: tuple[Instance, ...]) -> tuple[frozenset[Key]] | None:
        """The classes of what these objects keep in an attribute, if all are known."""
        return _classes([kept for o in objects for kept in attribute(self.engine, o, attr)])

    def _held(self, fn: Key, given: Expr | None, bound: _Bound, context: Context) -> tuple[object] | None:
        """The classes of the object that a call hands over, if all are known."""
        if given is None:
            return None
        name = self._object(fn, given)
        known = next(((value,) for known, _, value in context.values if known == name), None) if name else None
        return known or _classes(self.engine.origins(given, Place(fn[0], bound.call.order)))

    def _object(self, fn: Key, expr: Expr) -> str:
        """What an attribute of the own object, or a parameter, is called among what is known; empty for anything else."""
        params = self.engine.scope(fn).params
        if expr[0] == "attr" and params and expr[1] == ("name", params[0].name) and self._objects(fn) is not None:
            return f"{OWN}{expr[2]}"
        own = bool(params) and expr == ("name", params[0].name) and self._objects(fn) is not None
        return f"{HELD}{expr[1]}" if expr[0] == "name" and not own and self._parameter(fn, str(expr[1])) else ""

    def _of_another(self, site: Site, known: Mapping[str, object]) -> bool:
        """Whether a method is one of a class that is not among those of the object on which it is called."""
        classes = known.get(self._receiver(site)) if known else None
        if not isinstance(classes, frozenset) or site.target not in self.build.functions:
            return False
        callee, number = self.build.functions[site.target], self._call(site)
        name = self.engine.scope(callee).name
        if number is None or self.engine.call(number).last != name:
            return False
        found = [method(self.engine, cls, name) or method(self.engine, cls, "__getattr__") for cls in classes]
        return any(found) and callee not in found and all(fn is None or self.engine.scope(fn).name == name for fn in found)

    def _receiver(self, site: Site) -> str:
        """What the object on which one of several methods is called is called among what is known."""
        fn, number = self.build.functions.get(site.caller), self._call(site)
        if fn is None or number is None or site.hop not in DIRECT:
            return ""
        func = self.engine.call(number).func
        several = func[0] == "attr" and len(self.targets.get((site.caller, site.at), ())) > 1
        return self._object(fn, func[1]) if several else ""

    def _given(self, callee: Key, name: str, bound: _Bound) -> tuple[Expr | None, bool]:
        """The argument for a parameter, and whether the call shows all its arguments."""
        call = bound.call
        whole = not any(a[0] == "star" for a in call.args) and all(key is not None for key, _, _ in call.keywords)
        for key, value, _ in call.keywords:
            if key == name:
                return value, whole
        for position, param in enumerate(self.engine.scope(callee).params):
            if param.name == name and param.kind == "positional" and 0 <= position - bound.taken < len(call.args):
                before = call.args[: position - bound.taken + 1]
                return (None, False) if any(a[0] == "star" for a in before) else (before[-1], whole)
        return None, whole

    def _classes(self, fn: Key, site: Site, bound: _Bound, context: Context) -> frozenset[Key] | None:
        """The classes that the object of a site's target may have."""
        callee = self.build.functions[site.target]
        if not bound.own:
            return bound.classes
        known = context.classes if context.classes is not None else self._objects(fn)
        if known is None or bound.own == "super":
            return known
        name = self.engine.scope(callee).name
        return frozenset(cls for cls in known if method(self.engine, cls, name) == callee)

    def _objects(self, fn: Key) -> frozenset[Key] | None:
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

    # -- calls

    def _bound(self, site: Site) -> _Bound | None:
        key = site.caller, site.at, site.target
        if key not in self.bounds:
            self.bounds[key] = self._find(site)
        return self.bounds[key]

    def _find(self, site: Site) -> _Bound | None:
        fn, callee = self.build.functions.get(site.caller), self.build.functions.get(site.target)
        number = self._call(site)
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
        return _Bound(call, taken.pop(), own, classes if known else None, tuple(owners) if len(owners) == len(found) else None)

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
        known = self._objects(callee)
        below = {owner.cls, *subclasses(self.engine, owner.cls)}
        return None if known is None else known & below

    def _own(self, fn: Key, func: Expr) -> str:
        """Whether a method is called on the object of the method around the call."""
        if func[0] != "attr":
            return ""
        if func[1][0] == "call":
            return "super" if self.engine.modules[fn[0]].calls[func[1][1]].func == ("name", "super") else ""
        params = self.engine.scope(fn).params
        return "self" if params and func[1] == ("name", params[0].name) and self._objects(fn) is not None else ""

    def _call(self, site: Site) -> Key | None:
        fn = self.build.functions.get(site.caller)
        if fn is None:
            return None
        if fn[0] not in self.places:
            calls = self.engine.modules[fn[0]].calls
            self.places[fn[0]] = {self.build.call_location((fn[0], call.index)): (fn[0], call.index) for call in calls}
        return self.places[fn[0]].get(site.at)

    # -- what matters

    def _asked(self) -> dict[str, set[str]]:
        """For each function the parameters by which it decides what it calls, itself or in what it calls."""
        rows: dict[str, set[str]] = defaultdict(set)
        for caller, sites in self.sites.items():
            fn = self.build.functions.get(caller)
            if fn is None:
                continue
            for site in sites:
                rows[caller].update(self._parameters(fn, site))
                if self._virtual(site):
                    rows[caller].add(OBJECT)
                if receiver := self._receiver(site):
                    rows[caller].add(receiver)
        todo = deque(caller for caller, names in rows.items() if names)
        while todo:
            callee = todo.popleft()
            for site in self.incoming.get(callee, ()):
                fn, bound = self.build.functions.get(site.caller), self._bound(site)
                if fn is None or bound is None:
                    continue
                more = set(self._handed(fn, callee, rows[callee], bound)) - rows[site.caller]
                if more:
                    rows[site.caller] |= more
                    todo.append(site.caller)
        return {caller: names for caller, names in rows.items() if names}

    def _handed(self, fn: Key, callee: str, names: set[str], bound: _Bound) -> Iterator[str]:
        for name in names:
            if name == OBJECT or name.startswith(OWN):
                if bound.own:
                    yield name
                continue
            given, _ = self._given(self.build.functions[callee], name.removeprefix(HELD), bound)
            if given is not None and name.startswith(HELD):
                yield from filter(None, [self._object(fn, given)])
            elif given is not None and given[0] == "name" and self._parameter(fn, str(given[1])):
                yield str(given[1])

    def _parameters(self, fn: Key, site: Site) -> Iterator[str]:
        module = self.engine.modules[fn[0]]
        for test, _ in self._conditions(site):
            yield from (str(p[1]) for p in walk(module, test) if p[0] == "name" and self._parameter(fn, str(p[1])))

    def _conditions(self, site: Site) -> list[Condition]:
        number = self._call(site)
        return conditions(self.build, number[0], self.engine.call(number).order) if number is not None else []

    def _parameter(self, fn: Key, name: str) -> bool:
        """Whether a name is a parameter that the function never sets anew."""
        found = self.engine.scope(fn).bindings.get(name, ())
        return bool(found) and all(b.kind == "param" for b in found)

    def _virtual(self, site: Site) -> bool:
        """Whether a call on the own object leads to several methods."""
        targets = self.targets.get((site.caller, site.at), ())
        bound = self._bound(site) if len(targets) > 1 and site.target in targets else None
        return bound is not None and bound.own == "self"


def _classes(found: Sequence[Origin]) -> tuple[frozenset[Key]] | None:
    """The classes of objects, if it is known of all where they are made."""
    rows = [o for o in found if isinstance(o, Instance) and o.site is not None]
    return (frozenset(o.cls for o in rows),) if rows and len(rows) == len(found) else None
