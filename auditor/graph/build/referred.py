"""Where functions that no resolved call leads to are kept, handed over or registered: from there they may run later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

from auditor.core.location import Location
from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.context import Build
from auditor.graph.build.kept_objects import PROPERTIES, members_used
from auditor.graph.build.kept_unread import unread_stores
from auditor.graph.build.registering import registered
from auditor.graph.build.things import unwrap_partial
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import constructed
from auditor.program.origins.objects import foreign_bases, method, mro
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Attr, Box, Class, Ext, Func, Key, New, Origin, Param, Place, Result, Unresolved, root_of


@dataclass(slots=True)
class Mention:
    """Where a function or class stands as a value; `things`: the functions and classes that it is, once that is asked."""

    module: int
    order: int
    line: int
    expr: Expr
    things: frozenset[Key] | None = None


Written: TypeAlias = tuple[Mention, Call | Expr | None]
"""a mention with the call of which it is the receiver, or what is called with it as an argument"""
HELD = ("seq", "dict", "bool", "if", "await", "star", "comp", "walrus")
BINDINGS = ("assign", "aug", "unpack", "annotation")
MOST_MENTIONS = 256
NOTHING: frozenset[Key] = frozenset()


def referred(build: Build, fn: Key) -> list[tuple[Key, Location, str]]:
    """(function, place, the class of its object where that is made there) where a function is referred to without being called; a method
    is where its object is made."""
    scope = build.engine.scope(fn)
    if scope.kind != "function":
        return []
    rows = dict.fromkeys(mentioned(build, fn, scope.name), "")
    if registered(build, fn):
        rows[build.function_of(fn[0], scope.order), build.location(fn[0], scope.line)] = ""
    owner: Key = (fn[0], scope.parent)
    if not rows and scope.parent >= 0 and build.engine.scope(owner).kind == "class" and _runs_unseen(build, fn, owner):
        rows.update(_made(build, fn, owner))
    return [(caller, at, made) for (caller, at), made in rows.items() if caller != fn and (not _tests(build, caller) or _tests(build, fn))]


def _tests(build: Build, fn: Key) -> bool:
    return build.engine.is_test[fn[0]]


def mentioned(build: Build, key: Key, name: str) -> Iterator[tuple[Key, Location]]:
    """Places where a function, or a class, stands as a value."""
    names = {name, *build.engine.aliases.get(name, ())}
    local = build.engine.scope((key[0], max(build.engine.scope(key).parent, 0))).kind == "function"
    found = chain.from_iterable(_mentions(build, each) for each in sorted(names))
    for mention in islice((m for m in found if m.module == key[0]) if local else found, MOST_MENTIONS):
        if not build.engine.speaks_of(mention.module, key[0]):
            continue
        if mention.things is None:
            mention.things = _things(build, mention)
        if key in mention.things:
            yield build.function_of(mention.module, mention.order), build.location(mention.module, mention.line)


def _things(build: Build, mention: Mention) -> frozenset[Key]:
    found = [unwrap_partial(o)[0] for o in build.engine.origins(mention.expr, Place(mention.module, mention.order))]
    rows = [o.fn if isinstance(o, Func) else o.cls for o in found if isinstance(o, (Func, Class))]
    return frozenset(rows) if rows else NOTHING


def _mentions(build: Build, name: str) -> list[Mention]:
    """Where a function or a class of that name stands as a value: in arguments, containers, bindings, stores, results."""
    known: dict[str, list[Mention]] = build.memo.setdefault("mentions", {})  # type: ignore[assignment]
    if name not in known:
        known[name] = [mention for mention, by in _written(build).get(name, ()) if by is None or _hands_on(build, mention, by)]
    return known[name]


def _hands_on(build: Build, mention: Mention, by: Call | Expr) -> bool:
    return not (_calls(build, mention.module, by) if isinstance(by, Call) else _only_looks(build, mention.module, by, mention.order))


def _written(build: Build) -> dict[str, list[Written]]:
    """Names of functions and classes -> where they are written as values."""
    known: dict[str, list[Written]] | None = build.memo.get("written")  # type: ignore[assignment]
    if known is None:
        known = defaultdict(list)
        build.memo["written"] = known
        wanted = {s.name for m in build.engine.modules for s in m.scopes if s.kind in ("function", "class")}
        wanted |= {alias for name in wanted for alias in build.engine.aliases.get(name, ())}
        unread = unread_stores(build)
        for number, module in enumerate(build.engine.modules):
            for order, line, expr, by in _values(module, wanted, unread):
                for part in _parts(expr):
                    if last_name(part) in wanted:
                        known[last_name(part)].append((Mention(number, order, line, part), by))
    return known


def _values(module: ModuleFacts, wanted: set[str], unread: Container[int]) -> Iterator[tuple[int, int, Expr, Call | Expr | None]]:
    for call in module.calls:
        if call.func[0] == "attr" and last_name(call.func[1]) in wanted:
            yield call.order, call.line, call.func[1], call
        yield from ((call.order, call.line, arg, call.func) for arg in (*call.args, *(value for _, value, _ in call.keywords)))
    yield from ((store.order, store.line, store.value, None) for store in module.stores if id(store) not in unread)
    for block in module.blocks:
        if block.kind in ("for", "comp"):
            yield block.order, block.line, block.expr, None
    for scope in module.scopes:
        yield from ((leave.order, leave.line, leave.value, None) for leave in scope.exits if leave.kind == "return")
        yield from ((order, module.statements[order][2], value, None) for value, order in scope.yields)
        yield from ((scope.order, scope.line, param.default, None) for param in scope.params if param.default is not None)
        for bindings in scope.bindings.values():
            yield from ((b.order, b.line, b.value, None) for b in bindings if b.kind in BINDINGS)


def _calls(build: Build, number: int, call: Call) -> bool:
    """Whether it is a function of the program that is called (`Store.load()`): its class is not handed on by that."""
    found = build.engine.origins(call.func, Place(number, call.order))
    return bool(found) and all(isinstance(o, Func) for o in found)


def _only_looks(build: Build, number: int, func: Expr, order: int) -> bool:
    """Whether a call of a builtin only asks something of what it is given."""
    if func[0] != "name" or func[1] in ("map", "filter", "setattr", "property"):
        return False
    return any(isinstance(o, Ext) and o.name.startswith("builtins.") for o in build.engine.origins(func, Place(number, order)))


def _parts(expr: Expr) -> Iterator[Expr]:
    """The names and attributes that are values of an expression; what it calls is listed elsewhere."""
    stack = [expr]
    while stack:
        part = stack.pop()
        if part[0] in ("name", "attr"):
            yield part
        elif part[0] == "dict":
            stack.extend(value for _, value in part[1])
        elif part[0] == "seq":
            stack.extend(part[2])
        elif part[0] in HELD:
            stack.extend(p for piece in part[1:] for p in (piece if _is_row(piece) else (piece,)) if p.__class__ is tuple)


def _is_row(piece: object) -> bool:
    return piece.__class__ is tuple and bool(piece) and piece[0].__class__ is tuple


def _runs_unseen(build: Build, fn: Key, owner: Key) -> bool:
    """Whether a method may be run where no call of it can be seen: by the language, in place of the method that it overrides, by a class
    that it derives from, or by a call of its name on what is not known."""
    scope = build.engine.scope(fn)
    if scope.name.startswith("__") or any(last_name(d) in PROPERTIES for d in scope.decorators):
        return True
    if overrides(build, owner, scope.name):
        return True
    if _run_by_base(build, owner, scope.name):
        return True
    return called_on_unknown(build, scope.name) is not None


def _run_by_base(build: Build, owner: Key, name: str) -> bool:
    """Whether a class from elsewhere that a class derives from may run a method of that name."""
    return any(name in build.base.runs_only.get(base, (name,)) for base in foreign_bases(build.engine, owner))


def overrides(build: Build, owner: Key, name: str) -> bool:
    """Whether a class of the program that this one derives from has a method of that name."""
    return any(name in build.engine.scope(base).bindings for base in mro(build.engine, owner)[1:])


def called_on_unknown(build: Build, name: str, *, of_results: bool = False) -> Location | None:
    """A call of this name outside of tests of which it cannot be told what it is made on: of a method, or of a function of a module that
    the program has elsewhere. `of_results`: what a function of the program gives, and could not be followed, is unknown, too, and so is
    what is made of a class that only the name of its module says to be one of the program."""
    known: dict[tuple[str, bool], Location | None] = build.memo.setdefault("called on unknown", {})  # type: ignore[assignment]
    key = name, of_results
    if key not in known:
        calls = build.engine.calls_by_last.get(name, ())
        found = (build.call_location((number, call.index)) for number, call in calls if _open(build, number, call, of_results))
        known[key] = next(found, None)
    return known[key]


def _open(build: Build, number: int, call: Call, of_results: bool) -> bool:
    if build.engine.is_test[number]:
        return False
    found = build.engine.origins(call.func, Place(number, call.order))
    if call.func[0] != "attr":
        return any(isinstance(o, Ext) and _stem(o.name) in _stems(build) for o in found)
    if not found or any(isinstance(root_of(o), (Box, Param, Unresolved)) or _of_class(o) for o in found):
        return True
    return of_results and any(_given(build, o, root_of(o)) for o in found)


def _of_class(origin: Origin) -> bool:
    """What belongs to what a class of the program gives by a method that it has from elsewhere, mostly one of its objects."""
    return isinstance(origin, Attr) and isinstance(origin.base, Result) and isinstance(root_of(origin), Class)


def _given(build: Build, origin: Origin, root: Origin) -> bool:
    if isinstance(root, (Ext, New)):
        return _stem(root.name) in _stems(build)
    return root is not origin and isinstance(root, Func)


def _stem(name: str) -> str:
    """The module in a qualified name of a function, without its packages."""
    return name.rpartition(".")[0].rpartition(".")[2]


def _stems(build: Build) -> set[str]:
    """Names that modules of the program would have if their folders were on the path."""
    known: set[str] | None = build.memo.get("stems")  # type: ignore[assignment]
    if known is None:
        known = build.memo["stems"] = {m.path.rpartition("/")[2].rpartition(".")[0] for m in build.engine.modules}
    return known


def _made(build: Build, fn: Key, owner: Key) -> Iterator[tuple[tuple[Key, Location], str]]:
    """Where objects are made that have a method, or their class is handed over or registered, with the class; nobody needs an object to
    run a class method, unless a class from elsewhere does it."""
    name = build.engine.scope(fn).name
    objects = build.engine.scope(fn).decorators != (("name", "classmethod"),) or _run_by_base(build, owner, name)
    own = not name.startswith("__") and not _run_by_base(build, owner, name)
    for cls in (owner, *subclasses(build.engine, owner)):
        if method(build.engine, cls, name) != fn:
            continue
        qualname = build.engine.scope(cls).qualname
        for site, _ in constructed(build.engine, cls) if objects else ():
            used = members_used(build, cls, site) if own else None
            if used is not None and name not in used:
                continue
            yield (build.function_of(site[0], build.engine.call(site).order), build.call_location(site)), qualname
        scope = build.engine.scope(cls)
        yield from ((row, qualname) for row in mentioned(build, cls, scope.name))
        if registered(build, cls):
            yield (build.function_of(cls[0], scope.order), build.location(cls[0], scope.line)), qualname
