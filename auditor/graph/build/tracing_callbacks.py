"""Handlers of callbacks that the program defines itself, spans that its own functions open, and settings to which callbacks are added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import bodies
from auditor.graph.build.loop_terms import path, walk
from auditor.graph.build.tracing_switches import Switch, condition
from auditor.knowledge.tracing import HandlerForm
from auditor.program.origins.objects import external_bases
from auditor.program.origins.types import Attr, Class, Ext, Func, Instance, Item, Key, New, Origin, Place, Result

OPEN: Key = (-1, -1)
"""stands for callbacks that cannot be read"""
ADDERS = ("append", "extend", "insert")
MOST_CALLEES = 8


@dataclass(frozen=True, slots=True)
class Handover:
    """A statement that puts callbacks (`value`) into the settings `owner`, or into an attribute of that object."""

    place: Place
    owner: Expr
    value: Expr
    of_object: bool = False


def forms(build: Build) -> list[tuple[str, HandlerForm]]:
    return [(k.package, form) for k in build.base.files for form in k.handlers]


def keys(build: Build) -> frozenset[str]:
    return frozenset(key for _, form in forms(build) for key in form.keys)


def own_switches(build: Build) -> list[Switch]:
    """Handlers of local classes, counters of usage, spans of local functions, and one for callbacks that cannot be read."""
    rows = [*_local_handlers(build), *_counters(build), *_local_spans(build)]
    for package, form in forms(build):
        what = f"the {' or '.join(form.keys)} it is given"
        doubt = "the callbacks that it is given cannot be read"
        rows.append(Switch("", package, "callback", tuple(form.covers), True, 0, 0, what, OPEN, True, doubt))
    return rows


def told_by_hand(build: Build, fn: Key) -> set[str]:
    """The packages whose handlers a function tells of its run itself: it calls a class that does so, or a class derived from one."""
    rows: set[str] = set()
    for package, form in forms(build):
        managers = set(form.managers)
        for call in bodies(build, fn).calls if managers and build.engine.scope(fn).kind == "function" else ():
            if call.func[0] != "attr":
                continue
            for origin in build.engine.origins(call.func[1], Place(fn[0], call.order)):
                names = {origin.name} if isinstance(origin, Ext) else set()
                if isinstance(origin, (Class, Instance)):
                    names = set(external_bases(build.engine, origin.cls))
                if not managers.isdisjoint(names):
                    rows.add(package)
    return rows


# -- objects


def _local_handlers(build: Build) -> Iterator[Switch]:
    for package, form, cls in handler_classes(build):
        name = build.engine.scope(cls).name
        usage, identity = _reads(build, cls, form)
        if not usage and not identity:
            continue
        spans = f"it depends on what {name} records of each run" if identity else "no"
        for site in made(build, cls, name):
            yield _switch(build, site, package, name, tuple(form.covers), usage, spans)


def handler_classes(build: Build) -> Iterator[tuple[str, HandlerForm, Key]]:
    """The classes of the program that are handlers of callbacks of a package."""
    for package, form in forms(build):
        for number, module in enumerate(build.engine.modules):
            for index, scope in enumerate(module.scopes):
                cls = (number, index)
                if scope.kind == "class" and scope.bases and not set(form.bases).isdisjoint(external_bases(build.engine, cls)):
                    yield package, form, cls


def _switch(build: Build, site: Key, package: str, what: str, covers: tuple[str, ...], usage: bool, spans: str) -> Switch:
    order = build.engine.call(site).order
    doubt = condition(build, site[0], order)
    return Switch("", package, "callback", covers, usage, site[0], order, what, site, True, doubt, build.call_location(site), spans)


def made(build: Build, cls: Key, name: str) -> Iterator[Key]:
    for last in (name, *sorted(build.engine.aliases.get(name, ()))):
        for number, call in build.engine.calls_by_last.get(last, ()):
            if Class(cls) in build.engine.origins(call.func, Place(number, call.order)):
                yield number, call.index


def _reads(build: Build, cls: Key, form: HandlerForm) -> tuple[bool, bool]:
    """Whether the methods of a handler read usage (themselves or in a function that they call), and which run they are told of."""
    attributes = {a.rsplit(".", 1)[-1] for a in build.base.usage_attributes()}
    usage = identity = False
    for child in build.engine.modules[cls[0]].scopes[cls[1]].children:
        fn = (cls[0], child)
        if build.engine.scope(fn).kind != "function":
            continue
        identity = identity or bool(_names(build, fn) & set(form.identity))
        usage = usage or any(_reads_usage(build, f, attributes) for f in (fn, *_callees(build, fn)))
    return usage, identity


def _names(build: Build, fn: Key) -> set[str]:
    body = bodies(build, fn)
    return {str(e[1]) for expr, _ in body.expressions for e in walk(body.module, expr) if e[0] == "name"}


def _reads_usage(build: Build, fn: Key, attributes: set[str]) -> bool:
    body = bodies(build, fn)
    for expr, _ in body.expressions:
        for part in walk(body.module, expr):
            if part[0] == "attr" and part[2] in attributes:
                return True
            if part[0] == "const" and isinstance(part[1], str) and part[1] in attributes:
                return True
    return False


def _callees(build: Build, fn: Key) -> list[Key]:
    body = bodies(build, fn)
    found = [o.fn for c in body.calls for o in build.engine.origins(c.func, Place(body.number, c.order)) if isinstance(o, Func)]
    return list(dict.fromkeys(found))[:MOST_CALLEES]


def _counters(build: Build) -> Iterator[Switch]:
    """Objects of a library that record the usage of what they are given to."""
    for name, named in build.base.usage_calls.functions.items():
        last = name.rsplit(".", 1)[-1]
        if not last[:1].isupper():
            continue
        for number, call in build.engine.calls_by_last.get(last, ()):
            if Ext(name) in build.engine.origins(call.func, Place(number, call.order)):
                yield _switch(build, (number, call.index), named[0].package, last, (), True, "no")


# -- spans of the program's own functions


def _local_spans(build: Build) -> Iterator[Switch]:
    """`with tracer.begin():`, where a local function gives what a tracing library makes, or may give it."""
    tracers = {k.package for k in build.base.files if k.tracing or any(r.makes == "span" for r in k.regions)}
    if not tracers:
        return
    for number, module in enumerate(build.engine.modules):
        for block in module.blocks if build.role(number) != "test" else ():
            for item in block.items if block.kind == "with" else ():
                if item[0] != "call" or not _is_local(build, number, module.calls[item[1]]):
                    continue
                found = build.engine.origins(item, Place(number, block.order))
                spans = [o for o in found if build.base.package_of(_root(o)) in tracers and isinstance(o, (New, Result))]
                if not spans:
                    continue
                order = module.calls[item[1]].order
                doubt = condition(build, number, order)
                if len(spans) < len(found):
                    doubt = doubt or f"it depends on which tracer {build.callee((number, item[1]))} uses"
                at = build.call_location((number, item[1]))
                what = build.callee((number, item[1]))
                yield Switch("", "", "callback", (), False, number, order, what, (number, item[1]), True, doubt, at)


def _is_local(build: Build, number: int, call: Call) -> bool:
    return any(isinstance(o, Func) for o in build.engine.origins(call.func, Place(number, call.order)))


def _root(origin: Origin) -> str:
    while isinstance(origin, (Attr, Item, Result)):
        origin = origin.base
    return origin.name if isinstance(origin, (New, Ext)) else ""


# -- settings to which callbacks are added


def handovers(build: Build) -> Iterator[Handover]:
    """`config["callbacks"] = x`, `.append(x)` to it or to `config.setdefault("callbacks", [])`, `config.update(callbacks=x)`."""
    wanted = keys(build)
    if not wanted:
        return
    for number, module in enumerate(build.engine.modules):
        if build.role(number) == "test":
            continue
        for store in module.stores:
            if store.key is not None and store.key[0] == "const" and store.key[1] in wanted:
                yield Handover(Place(number, store.order), store.base, store.value)
            elif store.attr in wanted and not _is_own(build, number, store.order, store.base):
                yield Handover(Place(number, store.order), store.base, store.value, True)
    for last in ADDERS:
        for number, call in build.engine.calls_by_last.get(last, ()):
            owner = _owner(build, number, call, wanted) if call.func[0] == "attr" and call.args else None
            if owner is not None and build.role(number) != "test":
                yield Handover(Place(number, call.order), owner, call.args[-1])
    for number, call in build.engine.calls_by_last.get("update", ()):
        if call.func[0] == "attr" and build.role(number) != "test":
            given = [(k[1], v) for a in call.args if a[0] == "dict" for k, v in a[1] if k is not None and k[0] == "const"]
            for key, value in (*given, *((n, v) for n, v, _ in call.keywords)):
                if key in wanted:
                    yield Handover(Place(number, call.order), call.func[1], value)


def _is_own(build: Build, number: int, order: int, base: Expr) -> bool:
    """`self.callbacks = x`: an attribute of the program's own object."""
    params = build.engine.scope(build.function_of(number, order)).params
    return bool(params) and base == ("name", params[0].name) and params[0].name in ("self", "cls")


def _owner(build: Build, number: int, call: Call, wanted: frozenset[str]) -> Expr | None:
    """The settings of which a list of callbacks is a part."""
    base: Expr = call.func[1]
    if base[0] == "sub" and base[2][0] == "const" and base[2][1] in wanted:
        owner: Expr = base[1]
        return owner
    if base[0] == "call":
        inner = build.engine.call((number, base[1]))
        if (
            inner.last == "setdefault"
            and inner.func[0] == "attr"
            and inner.args
            and inner.args[0][0] == "const"
            and inner.args[0][1] in wanted
        ):
            held: Expr = inner.func[1]
            return held
    return None


def only_if(build: Build, handover: Handover) -> str:
    """Why the statement may not run; that there are callbacks at all is no condition."""
    module = build.engine.modules[handover.place.module]
    own = {p for e in walk(module, handover.value) if (p := path(e)) is not None}
    return condition(build, handover.place.module, handover.place.order, own)
