"""Functions as they run for one of their calls: what its constant arguments and the class of its object rule out is left out there.

A function that decides by such a parameter, or calls a method that subclasses replace, gets a copy in the flow for each of the contexts
in which it is called; a path that enters it by a call goes on through the copy for that call. The function itself stays, for all else.
What the constructor puts into an attribute of the object whose method is called is known there, too.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from auditor.facts.types import Expr
from auditor.graph.build.bound_calls import DIRECT, MOST_CLASSES, Bound, BoundCalls
from auditor.graph.build.conditions import Condition, never, of_call
from auditor.graph.build.context import Build
from auditor.graph.build.given_keys import key_given, key_left, key_names, key_of, key_sources
from auditor.graph.build.kept_values import KEPT, as_written, kept_below, kept_name, kept_names, kept_value
from auditor.graph.build.known_classes import GIVEN, OWN, classes_of_nodes, given_classes, kept_classes, receiver
from auditor.graph.build.known_entries import (
    entry_name,
    entry_names,
    entry_of,
    is_parameter,
    left_with,
    passed_on,
    position_of,
    uses,
    written_entry,
)
from auditor.graph.build.loop_terms import walk
from auditor.graph.flow import Site
from auditor.program.origins.objects import method
from auditor.program.origins.rewritten import may_write
from auditor.program.origins.types import Const, Key, Place

OBJECT = ""
"""stands for the class of the object among the names of parameters"""
MOST_CONTEXTS = 12
"""of one function; later ones are told apart without the objects that they are given, as many again; then they share it as it is"""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known in a function: (parameter, type, value) of constants, and the classes that its object may have (None: any)."""

    values: tuple[tuple[str, str, object], ...] = ()
    classes: frozenset[Key] | None = None

    def get(self, name: str) -> tuple[object] | None:
        return next(((value,) for known, _, value in self.values if known == name), None)


def contexts(build: Build) -> None:
    """Splits the functions of the flow by the contexts in which they are called."""
    _Contexts(build).split()


class _Contexts(BoundCalls):
    def __init__(self, build: Build) -> None:
        super().__init__(build)
        self.flow = build.graph.flow
        self.sites: dict[str, list[Site]] = defaultdict(list)
        self.incoming: dict[str, list[Site]] = defaultdict(list)
        for site in self.flow.sites:
            self.sites[site.caller].append(site)
            self.incoming[site.target].append(site)
        self.copies: dict[str, dict[Context, str]] = defaultdict(dict)
        self.todo: deque[tuple[str, Context]] = deque()
        self.made_of = classes_of_nodes(build)

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
        self.flow.split |= self.copies.keys() - entered

    def _onward(self, caller: str, sites: Iterable[Site], context: Context) -> Iterator[Site]:
        """The sites of a function that can run in a context, each leading to the copy of its target for it."""
        fn = self.build.functions.get(caller)
        for site in sites:
            if fn is None:
                yield self._of_node(site)
                continue
            known = {name: value for name, _, value in context.values}
            if never(self._conditions(site), as_written(self.build, fn, known) if known else known) or self._of_another(site, known):
                continue
            bound = self.bound(site) if site.target in self.asked or self._virtual(site) else None
            classes = self._classes(fn, site, bound, context) if bound is not None else None
            if bound is not None and bound.own == "self" and classes is not None and not classes:
                continue
            inner = self._inside(fn, site, bound, classes, context) if bound is not None and site.target in self.asked else Context()
            yield site if inner == Context() else replace(site, target=self._copy(site.target, inner))

    def _of_node(self, site: Site) -> Site:
        """What a tool or a step runs that is made of a class: a method of an object of it, whatever class it comes from."""
        cls, fn = self.made_of.get(site.caller), self.build.functions.get(site.target)
        if cls is None or fn is None or OBJECT not in self.asked.get(site.target, ()):
            return site
        own = method(self.engine, cls, self.engine.scope(fn).name) == fn and self.objects(fn) not in (None, {cls})
        return replace(site, target=self._copy(site.target, Context((), frozenset((cls,))))) if own else site

    def _copy(self, identity: str, context: Context) -> str:
        known = self.copies[identity]
        if context not in known and len(known) >= MOST_CONTEXTS:
            context = Context(tuple(row for row in context.values if not row[0].startswith((GIVEN, KEPT))), context.classes)
        if context not in known:
            if len(known) >= (2 * MOST_CONTEXTS if context.values else MOST_CLASSES) or context == Context():
                return identity
            known[context] = f"{identity}~{len(known) + 1}"
            self.flow.functions[known[context]] = replace(self.flow.functions[identity], id=known[context])
            self.todo.append((identity, context))
        return known[context]

    # -- what a call hands over

    def _inside(self, fn: Key, site: Site, bound: Bound, classes: frozenset[Key] | None, context: Context) -> Context:
        """What is known in the target of a site, as far as it matters there."""
        callee = self.build.functions[site.target]
        asked = self.asked[site.target]
        rows = []
        for name in sorted(asked - {OBJECT}):
            value = self._value(fn, callee, name, bound, context)
            if value is not None and not may_write(self.engine, callee, name):
                rows.append((name, type(value[0]).__name__, value[0]))
        if OBJECT not in asked or classes == self.objects(callee):
            classes = None
        return Context(tuple(rows), classes)

    def _value(self, fn: Key, callee: Key, name: str, bound: Bound, context: Context) -> tuple[object] | None:
        """The constant that a call gives a parameter, or leaves it with; of an attribute of the object, its classes."""
        if name.startswith(OWN):
            return context.get(name) if bound.own else kept_classes(self.build, name.removeprefix(OWN), bound.objects or ())
        if name.startswith(KEPT):
            if bound.own:
                return context.get(name)
            below = kept_below(self.build, fn, bound.call, name)
            return (below and context.get(below)) or kept_value(self.build, fn, bound.call, name)
        if name.startswith(GIVEN):
            given, _ = self._given(callee, name.removeprefix(GIVEN), bound)
            if given is None:
                return None
            source = self._object(fn, given)
            known = context.get(source) if source is not None else None
            parameter = source is not None and source.startswith(GIVEN)
            return known if known or parameter else given_classes(self.build, fn, given, Place(fn[0], bound.call.order))
        asked = key_of(name)
        if asked is not None:
            return self._has_key(fn, callee, asked, bound, context)
        entry = entry_of(name)
        given, whole = self._given(callee, name if entry is None else entry[0], bound)
        if given is None:
            passed = (context.get(n) for n in passed_on(self.build, fn, callee, name, bound.call, bound.taken))
            return next((value for value in passed if value is not None), left_with(self.build, callee, name) if whole else None)
        if entry is not None:
            written = written_entry(self.build, fn, given, entry[1])
            own = given[0] == "name" and is_parameter(self.build, fn, given[1]) and uses(self.build, fn, given[1]) == 1
            return context.get(f"{given[1]}['{entry[1]}']") if own else None if written is None else self._of(fn, written, bound, context)
        return self._of(fn, given, bound, context)

    def _has_key(self, fn: Key, callee: Key, asked: tuple[str, str, bool], bound: Bound, context: Context) -> tuple[object] | None:
        """Whether what a call gives a parameter has a key."""
        name, key, each = asked
        given, whole = self._given(callee, name, bound)
        if given is None:
            return key_left(left_with(self.build, callee, name), each=each) if whole else None
        return key_given(self.build, fn, bound.call, given, key, context.get, each=each)

    def _of(self, fn: Key, given: Expr, bound: Bound, context: Context) -> tuple[object] | None:
        """The value of an argument, if it is known in the caller."""
        if given[0] == "const":
            return (given[1],)
        source = self._source(fn, given)
        if source is not None and (given[0] != "attr" or context.get(source) is not None):
            return context.get(source)
        if given[0] != "attr" and (given[0] != "name" or given[1] in self.engine.scope(fn).bindings):
            return None
        found = self.engine.origins(given, Place(fn[0], bound.call.order))
        return (found[0].value,) if len(found) == 1 and isinstance(found[0], Const) else None

    def _object(self, fn: Key, given: Expr) -> str | None:
        """The name under which a context knows the classes of an argument: a parameter of the caller, or what its object keeps."""
        params = self.engine.scope(fn).params
        if given[0] == "attr" and params and given[1] == ("name", params[0].name):
            return f"{OWN}{given[2]}" if self.objects(fn) is not None else None
        return f"{GIVEN}{given[1]}" if given[0] == "name" and is_parameter(self.build, fn, given[1]) else None

    def _source(self, fn: Key, given: Expr) -> str | None:
        """The name under which a context knows an argument: a parameter of the caller, or an entry of one."""
        if given[0] == "name":
            return str(given[1]) if is_parameter(self.build, fn, given[1]) else None
        return kept_name(self.build, fn, given) or entry_name(self.build, fn, given)

    def _of_another(self, site: Site, known: Mapping[str, object]) -> bool:
        """Whether a method is one of a class that is not among those that its receiver may have."""
        classes = known.get(self._receiver(site) or "") if known else None
        if not isinstance(classes, frozenset) or site.target not in self.build.functions:
            return False
        callee, number = self.build.functions[site.target], self.call(site)
        name = self.engine.scope(callee).name
        if number is None or self.engine.call(number).last != name:
            return False
        found = [method(self.engine, cls, name) or method(self.engine, cls, "__getattr__") for cls in classes]
        return any(found) and callee not in found and all(fn is None or self.engine.scope(fn).name == name for fn in found)

    def _receiver(self, site: Site) -> str | None:
        """The attribute of the own object, or the parameter, on which one of several methods is called."""
        fn, number = self.build.functions.get(site.caller), self.call(site)
        if fn is None or number is None or site.hop not in DIRECT:
            return None
        name = receiver(self.build, fn, self.engine.call(number))
        if name is None or (name.startswith(OWN) and self.objects(fn) is None):
            return None
        targets = {s.target for s in self.sites[site.caller] if s.at == site.at and s.target in self.build.functions}
        return name if len(targets) > 1 else None

    def _given(self, callee: Key, name: str, bound: Bound) -> tuple[Expr | None, bool]:
        """The argument for a parameter, and whether the call shows all its arguments."""
        call = bound.call
        whole = not any(a[0] == "star" for a in call.args) and all(key is not None for key, _, _ in call.keywords)
        for key, value, _ in call.keywords:
            if key is not None and key == name.removeprefix("**"):
                return value, whole
        position = position_of(self.build, callee, name)
        if position is not None and 0 <= position - bound.taken < len(call.args):
            before = call.args[: position - bound.taken + 1]
            return (None, False) if any(a[0] == "star" for a in before) else (before[-1], whole)
        return None, whole

    def _classes(self, fn: Key, site: Site, bound: Bound, context: Context) -> frozenset[Key] | None:
        """The classes that the object of a site's target may have."""
        callee = self.build.functions[site.target]
        if not bound.own:
            return bound.classes
        known = context.classes if context.classes is not None else self.objects(fn)
        if known is None or bound.own == "super":
            return known
        name = self.engine.scope(callee).name
        found = frozenset(cls for cls in known if method(self.engine, cls, name) == callee)
        return found if found or callee in [method(self.engine, cls, name) for cls in self.objects(fn) or ()] else None

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
                if (name := self._receiver(site)) is not None:
                    rows[caller].add(name)
        todo = deque(caller for caller, names in rows.items() if names)
        while todo:
            callee = todo.popleft()
            for site in self.incoming.get(callee, ()):
                fn, bound = self.build.functions.get(site.caller), self.bound(site)
                if fn is None or bound is None:
                    continue
                more = set(self._handed(fn, callee, rows[callee], bound)) - rows[site.caller]
                if more:
                    rows[site.caller] |= more
                    todo.append(site.caller)
        return {caller: names for caller, names in rows.items() if names}

    def _handed(self, fn: Key, callee: str, names: set[str], bound: Bound) -> Iterator[str]:
        for name in names:
            if name == OBJECT or name.startswith((OWN, KEPT)):
                if bound.own:
                    yield name
                elif name.startswith(KEPT) and (below := kept_below(self.build, fn, bound.call, name)) is not None:
                    yield below
                continue
            target = self.build.functions[callee]
            if name.startswith(GIVEN):
                given, _ = self._given(target, name.removeprefix(GIVEN), bound)
                if given is not None and (source := self._object(fn, given)) is not None:
                    yield source
                continue
            asked = key_of(name)
            if asked is not None:
                given, _ = self._given(target, asked[0], bound)
                if given is not None:
                    yield from key_sources(self.build, fn, bound.call, given, asked[1], each=asked[2])
                continue
            entry = entry_of(name)
            given, _ = self._given(target, name if entry is None else entry[0], bound)
            if given is None:
                yield from passed_on(self.build, fn, target, name, bound.call, bound.taken)
                continue
            if entry is not None and given[0] == "name" and is_parameter(self.build, fn, given[1]):
                source = f"{given[1]}['{entry[1]}']" if uses(self.build, fn, given[1]) == 1 else None
            else:
                written = given if entry is None else written_entry(self.build, fn, given, entry[1])
                source = None if written is None else self._source(fn, written)
            if source is not None:
                yield source

    def _parameters(self, fn: Key, site: Site) -> Iterator[str]:
        module = self.engine.modules[fn[0]]
        for test, _ in self._conditions(site):
            yield from key_names(self.build, fn, test)
            yield from (str(p[1]) for p in walk(module, test) if p[0] == "name" and is_parameter(self.build, fn, p[1]))
            yield from entry_names(self.build, fn, test)
            yield from kept_names(self.build, fn, test)

    def _conditions(self, site: Site) -> list[Condition]:
        number, known = self.call(site), self.build.functions
        return of_call(self.build, number, None if site.target in known else known.get(site.caller)) if number is not None else []

    def _virtual(self, site: Site) -> bool:
        """Whether a call on the own object runs another method for some of the classes that this may have."""
        fn, callee = self.build.functions.get(site.caller), self.build.functions.get(site.target)
        classes = self.objects(fn) if fn is not None else None
        if callee is None or classes is None or len(classes) < 2:
            return False
        bound, name = self.bound(site), self.engine.scope(callee).name
        runs = {method(self.engine, cls, name) == callee for cls in classes} if bound is not None and bound.own == "self" else ()
        return len(runs) > 1
