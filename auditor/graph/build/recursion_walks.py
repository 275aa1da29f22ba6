"""Recursions that go from an object to the one that it is linked to (`self.ask(node.parent)`), until there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.values import Setting, unknown
from auditor.facts.types import NONE_EXPR, OTHER, Call, Expr
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_changes import View, called
from auditor.graph.build.loop_doubts import given
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_signs import of_function
from auditor.graph.build.loop_terms import external, path, plain
from auditor.graph.build.recursion_kinds import Guard
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Instance, Key, Param, Place

FILLING = ("update", "setdefault")


@dataclass(frozen=True, slots=True)
class Link:
    """`attr` of an object, or the entry `key` (constants) of the container that is its attribute `attr`."""

    attr: str
    key: frozenset[object] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Where a link of the object `base` may be set."""

    module: int
    order: int
    base: Expr


@dataclass(frozen=True, slots=True)
class Climb:
    """How often such a recursion goes on, and whether it is sure to end."""

    times: Setting
    sure: bool


def climbed(engine: Engine, fn: Key, sites: Mapping[Key, Sequence[Guard]]) -> Climb | None:
    """Of a recursion each of whose calls is given what a parameter is linked to, and that ends where this is None. It is sure to end where
    the link is set as the object is made, to what was there before it; None where a turn may change to what an object on the way is linked.

    `sites`: the calls, with the conditions before each."""
    steps = [_step(engine, fn, site, guards) for site, guards in sites.items()]
    return next((s for s in steps if s is None or not s.sure), steps[0] if steps else None)


def _step(engine: Engine, fn: Key, site: Key, guards: Sequence[Guard]) -> Climb | None:
    place = engine.call_place(site)
    if (site[0], engine.place_scope(place)) != fn:
        return None
    for name, value in _passed(engine, fn, engine.call(site)):
        asked, link = path(value), _link(engine, fn, name, _meant(engine, fn, value), place)
        if link is None or asked is None or not any(decided(test, {asked: None}) is leave for _, _, test, leave in guards):
            continue
        if link.key is None and _computed(engine, link.attr):
            continue
        if link.key is None and _are_of_program(engine, name, place) and _by_birth(engine, link.attr):
            return Climb(unknown(f"until there is no {link.attr}, which was there before what is given it", unit="turns"), True)
        if not _set_on_the_way(engine, fn, link):
            return Climb(unknown(f"until nothing is found that comes after {name}", unit="turns"), False)
    return None


def _passed(engine: Engine, fn: Key, call: Call) -> Iterator[tuple[str, Expr]]:
    """What the call passes for each parameter, and for `self`, that is nothing else in the function."""
    scope = engine.scope(fn)
    rows = list(given(of_function(engine, fn), call))
    if call.func[0] == "attr" and scope.params and engine.modules[fn[0]].scopes[scope.parent].kind == "class":
        rows.append((scope.params[0].name, call.func[1]))
    for name, value in rows:
        if all(b.kind == "param" for b in scope.bindings.get(name, ())):
            yield name, plain(value)


def _meant(engine: Engine, fn: Key, value: Expr) -> Expr:
    """The only value of a name in the function, else the expression itself."""
    rows = engine.scope(fn).bindings.get(value[1], ()) if value[0] == "name" else ()
    return plain(rows[0].value) if len(rows) == 1 and rows[0].kind == "assign" else value


def _link(engine: Engine, fn: Key, name: str, value: Expr, place: Place) -> Link | None:
    """`p.parent`, `getattr(p, "parent", None)`, `p.data["parent"]`, `p.data.get("parent")` of a parameter."""
    if value[0] == "attr":
        return Link(str(value[2])) if value[1] == ("name", name) else None
    if value[0] == "sub":
        return _entry(engine, name, value[1], value[2], place)
    if value[0] != "call":
        return None
    call = engine.call((fn[0], value[1]))
    if call.func[0] == "attr" and call.last == "get" and call.args and (call.args[1:] or (NONE_EXPR,)) == (NONE_EXPR,):
        return _entry(engine, name, call.func[1], call.args[0], place)
    if external(engine, call, fn[0]) == "builtins.getattr" and len(call.args) == 3 and call.args[0] == ("name", name):
        named = _constants(engine, call.args[1], place) or ()
        return Link(str(next(iter(named)))) if call.args[2] == NONE_EXPR and len(named) == 1 else None
    return None


def _entry(engine: Engine, name: str, container: Expr, key: Expr, place: Place) -> Link | None:
    constants = _constants(engine, key, place)
    if container[0] != "attr" or container[1] != ("name", name) or not constants:
        return None
    return Link(str(container[2]), constants)


def _constants(engine: Engine, expr: Expr, place: Place) -> frozenset[object] | None:
    """The constants that an expression can be, None where it can be anything else."""
    found = engine.origins(expr, place)
    values = frozenset(o.value for o in found if isinstance(o, Const))
    return values if found and all(isinstance(o, Const) for o in found) else None


def _computed(engine: Engine, attr: str) -> bool:
    """Whether a property or a method of the program has the name of a link: it may make a new object each time."""
    return any(s.kind == "function" and s.name == attr and m.scopes[s.parent].kind == "class" for m in engine.modules for s in m.scopes)


def _by_birth(engine: Engine, attr: str) -> bool:
    """Whether an attribute is set in constructors alone, to what these are given: who is linked to was there first, so the links lead back
    to none that they have led from."""
    rows = [(n, s) for n, s in engine.stores_by_attr.get(attr, ()) if s.operator != "annotation"]
    fields = [b for m in engine.modules for s in m.scopes if s.kind == "class" for b in s.bindings.get(attr, ())]
    if not (rows or fields) or any(b.kind not in ("assign", "annotation") or b.value not in (NONE_EXPR, OTHER) for b in fields):
        return False
    return all(s.operator is None and (s.value == NONE_EXPR or _is_given(engine, n, s.order, s.base, s.value)) for n, s in rows)


def _are_of_program(engine: Engine, name: str, place: Place) -> bool:
    """Whether a parameter is an object of a class of the program, as far as is known."""
    found = engine.origins(("name", name), place)
    return any(isinstance(o, Instance) for o in found) and all(isinstance(o, (Instance, Param)) for o in found)


def _is_given(engine: Engine, module: int, order: int, base: Expr, value: Expr) -> bool:
    scope = engine.modules[module].scopes[engine.modules[module].statements[order][0]]
    if not _constructs(engine, module, order, base):
        return False
    rows = scope.bindings.get(value[1], ()) if value[0] == "name" else ()
    return bool(rows) and all(b.kind == "param" for b in rows) and value != base


def _constructs(engine: Engine, module: int, order: int, base: Expr) -> bool:
    """Whether a statement stands in the constructor of the object that `base` is."""
    facts = engine.modules[module]
    scope = facts.scopes[facts.statements[order][0]]
    is_init = scope.name == "__init__" and facts.scopes[scope.parent].kind == "class"
    return is_init and bool(scope.params) and base == ("name", scope.params[0].name)


def _set_on_the_way(engine: Engine, fn: Key, link: Link) -> bool:
    """Whether a turn may set the link of an object that it has not made itself."""
    view = View(engine, fn[0])
    body = suites(engine, fn[0]).orders(engine.scope(fn).body)
    reached = {fn, *(inner.fn for inner in called(view, body))}
    rows = [row for row in _writings(engine, link) if (row.module, engine.modules[row.module].statements[row.order][0]) in reached]
    return any(not _is_new(engine, row) for row in rows)


def _is_new(engine: Engine, row: Written) -> bool:
    """Whether the object whose link is set has been made in the same function, or is being made."""
    if _constructs(engine, row.module, row.order, row.base):
        return True
    facts = engine.modules[row.module]
    rows = facts.scopes[facts.statements[row.order][0]].bindings.get(row.base[1], ()) if row.base[0] == "name" else ()
    made = [(plain(b.value), Place(row.module, b.order)) for b in rows if b.kind == "assign" and plain(b.value)[0] == "call"]
    found = [(o, value) for value, place in made for o in engine.origins(value, place)]
    return len(made) == len(rows) > 0 and all(isinstance(o, Instance) and o.site == (row.module, value[1]) for o, value in found)


def _writings(engine: Engine, link: Link) -> Iterator[Written]:
    """All places in which a link may be set, through a method that sets any entry too."""
    for number, store in engine.stores_by_attr.get(link.attr, ()):
        if store.operator != "annotation" and store.value != NONE_EXPR:
            yield Written(number, store.order, store.base)
    if link.key is None:
        return
    for number, call in engine.mutations_by_name.get(link.attr, ()):
        if call.last in FILLING:
            yield Written(number, call.order, _owner(call.func[1]))
    for number, store in engine.item_stores.get(link.attr, ()):
        fn = (number, engine.modules[number].statements[store.order][0])
        if store.key is not None and store.key[0] == "name" and _only_called(engine, fn, store.key[1]):
            yield from _through(engine, fn, store.key[1], link)
        elif _may_be(engine, store.key, link, Place(number, store.order)):
            yield Written(number, store.order, _owner(store.base))


def _owner(container: Expr) -> Expr:
    """The object whose attribute a container is."""
    return container[1] if container[0] == "attr" else container


def _only_called(engine: Engine, fn: Key, key: str) -> bool:
    """Whether a function gets a key as an argument, by calls that name the function: it is handed on nowhere."""
    scope = engine.scope(fn)
    is_method = scope.kind == "function" and engine.modules[fn[0]].scopes[scope.parent].kind == "class"
    is_argument = [b.kind for b in scope.bindings.get(key, ())] == ["param"]
    return is_method and is_argument and scope.name not in engine.value_uses


def _through(engine: Engine, fn: Key, key: str, link: Link) -> Iterator[Written]:
    """The calls of a method that sets the entry that it is told; of those by its name it is not asked whose method they call."""
    for number, call in engine.calls_by_last.get(engine.scope(fn).name, ()):
        arg = dict(given(of_function(engine, fn), call)).get(key)
        if call.func[0] == "attr" and (arg is None or _may_be(engine, arg, link, Place(number, call.order))):
            yield Written(number, call.order, call.func[1])


def _may_be(engine: Engine, key: Expr | None, link: Link, place: Place) -> bool:
    constants = None if key is None else _constants(engine, key, place)
    return constants is None or link.key is None or not constants.isdisjoint(link.key)
