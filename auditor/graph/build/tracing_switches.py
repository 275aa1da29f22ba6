"""Statements that configure tracing or switch it off: calls, attributes that are set, environment variables."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from auditor.core.location import Location
from auditor.facts.types import Expr
from auditor.graph.build.arguments import argument, holds, texts
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import path, walk
from auditor.graph.build.matching import Match, matches
from auditor.graph.types import TracingSwitch
from auditor.knowledge.tracing import EnvironmentForm, TracingForm
from auditor.program.origins.guards import truth
from auditor.program.origins.types import Const, Env, Ext, Key, Origins, Place

CLOSED = ("", "0", "false", "no", "off", "none")
EMPTY = (("const", None), ("seq", "list", ()))
SETTERS = ("setdefault", "putenv", "update")


@dataclass(frozen=True, slots=True)
class Switch:
    """`does`: instrument, on, off, callback. `module`: -1 for what is set where it is deployed. `site`: the call that is the switch.

    `single`: it works only for the object that is made (a wrapped client, a handler, the settings of a run).
    `doubt`: why it may not take effect.
    """

    node: str
    package: str
    does: str
    covers: tuple[str, ...]
    usage: bool
    module: int
    order: int
    what: str
    site: Key | None = None
    single: bool = False
    doubt: str = ""
    at: Location | None = None
    spans: str = ""
    """`no`: it leaves no span (it only records usage); else why it may leave none"""
    served: bool = False
    """it works only for what the package's server runs"""
    folder: str = ""
    """where it is set: the code that it holds for, all where it is empty"""

    def concerns(self, packages: set[str]) -> bool:
        """Whether it says something of calls into these packages; a handler without a list is for what it is given to."""
        if not self.covers:
            return self.does == "callback"
        if "*" in self.covers:
            return bool(packages) or self.does == "off"
        return not packages.isdisjoint(self.covers)


def switches(build: Build) -> list[Switch]:
    """All that code and variables are, in source order, each with its node."""
    rows = [*_by_calls(build), *_by_attributes(build), *_by_assignment(build), *_by_deployment(build)]
    return sorted(rows, key=lambda s: (s.module, s.order))


def _add(build: Build, switch: Switch, at: Location, callee: str, symbol: str) -> Switch:
    node = TracingSwitch(
        id=build.node_id("tracing_switch", at),
        name=switch.what.rsplit(".", 1)[-1],
        symbol=symbol,
        at=at,
        role=build.role(switch.module),
        qualname=build.qualname(switch.module, switch.order),
        callee=callee,
        framework=switch.package,
        api=switch.what,
        on=switch.does != "off",
        covers=switch.covers,
    )
    known = build.graph.nodes.get(node.id)
    if isinstance(known, TracingSwitch):
        build.change(node.id, covers=tuple(dict.fromkeys((*known.covers, *switch.covers))))
    build.add(node)
    return replace(switch, node=node.id, at=at, doubt=switch.doubt or condition(build, switch.module, switch.order))


# -- calls


def _by_calls(build: Build) -> Iterator[Switch]:
    table = build.base.tracing
    names = build.spellings(n.rsplit(".", 1)[-1] for n in (*table.functions, *(p for _, p in table.methods)))
    if not names:
        return
    for number, call in build.calls():
        if call.last not in names:
            continue
        site: Key = (number, call.index)
        for match in matches(build, table, site):
            made = _of_match(build, match, site)
            if made is not None:
                build.by_site.setdefault(("tracing_switch", site), "")
                done = _add(build, made, build.call_location(site), build.callee(site), build.symbol(site))
                build.by_site["tracing_switch", site] = done.node
                yield done


def _of_match(build: Build, match: Match[TracingForm], site: Key) -> Switch | None:
    form = match.form
    doubt = ""
    if form.when is not None:
        state = holds(build, form.when, site, 0, match.partials)
        if state is False:
            return None
        doubt = "" if state else "an argument that decides it cannot be read"
    does: str = form.does
    if form.argument is not None:
        found = argument(build, form.argument, site, 0, match.partials)
        if found is None and does == "off":
            return None
        decided, why = _truth(found)
        if found is not None and decided is False:
            does = "on" if does == "off" else "off"
        doubt = doubt or why
    doubt = doubt or form.doubt
    order = build.engine.call(site).order
    covers = tuple(form.covers)
    return Switch("", match.package, does, covers, form.records_usage, site[0], order, match.name, site, _single(build, match, does), doubt)


def _truth(found: Origins | None) -> tuple[bool | None, str]:
    """Whether an argument is true, and why that cannot be told."""
    if found is None:
        return None, ""
    values = {bool(o.value) for o in found if isinstance(o, Const)}
    if len(values) == 1 and all(isinstance(o, Const) for o in found):
        return values.pop(), ""
    name = next((o.name for o in found if isinstance(o, Env)), None)
    return None, f"it depends on the environment variable {name}" if name else "an argument that decides it cannot be read"


def _single(build: Build, match: Match[TracingForm], does: str) -> bool:
    """A handler, a wrapped client, or an object of settings that is passed to one run."""
    last = match.name.rsplit(".", 1)[-1]
    if does == "callback":
        return True
    if does == "off" or match.form.does == "off":
        return last[:1].isupper()
    return any(build.base.form(t, "follows") is not None for t in build.base.new.get(match.name, ()))


# -- attributes


def _by_attributes(build: Build) -> Iterator[Switch]:
    """`library.callbacks = [handler]`: a name of a module that is set or added to."""
    for name, forms in build.base.tracing.functions.items():
        owner, _, last = name.rpartition(".")
        for number, store in build.engine.stores_by_attr.get(last, ()):
            found = build.engine.origins(store.base, Place(number, store.order))
            if store.value in EMPTY or not any(isinstance(o, Ext) and o.name == owner for o in found):
                continue
            for named in forms:
                form = named.form
                switch = Switch("", named.package, form.does, tuple(form.covers), form.records_usage, number, store.order, name)
                yield _add(build, switch, build.location(number, store.line), name, name)


# -- environment


def _variables(build: Build) -> dict[str, list[tuple[str, EnvironmentForm]]]:
    rows: dict[str, list[tuple[str, EnvironmentForm]]] = {}
    for knowledge in build.base.files:
        for form in knowledge.environment:
            rows.setdefault(form.variable, []).append((knowledge.package, form))
    return rows


def counts(form: EnvironmentForm, text: str) -> bool:
    """Whether a text sets the variable."""
    value = text.strip().strip("\"'").lower()
    return value in [v.lower() for v in form.values] if form.values else value not in CLOSED


def _by_assignment(build: Build) -> Iterator[Switch]:
    """`os.environ["X"] = "true"` and the like, of variables that a library reads."""
    variables = _variables(build)
    for number, module in enumerate(build.engine.modules):
        for store in module.stores:
            if store.key is None or store.key[0] != "const" or store.key[1] not in variables:
                continue
            place = Place(number, store.order)
            if any(isinstance(o, Ext) and o.name == "os.environ" for o in build.engine.origins(store.base, place)):
                found = build.engine.origins(store.value, place)
                yield from _assigned(build, variables[store.key[1]], found, number, store.order, store.line)
    for last in SETTERS:
        for number, call in build.engine.calls_by_last.get(last, ()):
            for key, value in _pairs(build, number, call.index):
                if key in variables and _is_environment(build, number, call.index):
                    found = build.engine.origins(value, Place(number, call.order))
                    yield from _assigned(build, variables[key], found, number, call.order, call.line)


def _pairs(build: Build, number: int, index: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    call = build.engine.call((number, index))
    if call.last == "update":
        for arg in call.args:
            if arg[0] == "dict":
                yield from ((k[1], v) for k, v in arg[1] if k is not None and k[0] == "const" and isinstance(k[1], str))
        yield from ((n, v) for n, v, _ in call.keywords if n is not None)
    elif len(call.args) == 2 and call.args[0][0] == "const" and isinstance(call.args[0][1], str):
        yield call.args[0][1], call.args[1]


def _is_environment(build: Build, number: int, index: int) -> bool:
    call = build.engine.call((number, index))
    names = ("os.putenv", "os.environ.setdefault", "os.environ.update")
    return any(isinstance(o, Ext) and o.name in names for o in build.engine.origins(call.func, Place(number, call.order)))


Forms: TypeAlias = list[tuple[str, EnvironmentForm]]


def _assigned(build: Build, forms: Forms, found: Origins, number: int, order: int, line: int) -> Iterator[Switch]:
    values = texts(found)
    known = bool(values) and all(isinstance(o, Const) for o in found)
    for package, form in forms:
        states = {counts(form, v) for v in values}
        if known and states == {False}:
            continue
        doubt = "" if known and states == {True} else f"the value of the environment variable {form.variable} is not known"
        does = "off" if form.does == "tracing_off" else "on"
        switch = Switch("", package, does, tuple(form.covers), form.records_usage, number, order, form.variable, doubt=doubt)
        yield _add(build, switch, build.location(number, line), "os.environ", form.variable)


def _by_deployment(build: Build) -> Iterator[Switch]:
    """Variables set in deployment files, and those that the code or an example file speaks of: these may be set."""
    mentioned: dict[str, str] = build.memo.get("mentioned variables", {})  # type: ignore[assignment]
    for variable, forms in _variables(build).items():
        text = build.environment.get(variable)
        said = f" ({mentioned[variable]})" if variable in mentioned else ""
        named = text is not None or bool(said) or _mentions(build, variable)
        for package, form in forms:
            if form.served:
                yield from _of_server(build, package, form)
                continue
            does = "off" if form.does == "tracing_off" else "on"
            switch = Switch("", package, does, tuple(form.covers), form.records_usage, -1, 0, variable, at=build.set_at.get(variable))
            for part in build.parts_of_environment.get(variable, ()):
                if not part.text.strip().startswith("$") and counts(form, part.text):
                    yield replace(switch, at=part.at, folder=part.folder)
            if text is not None and not text.strip().startswith("$") and text.strip():
                if counts(form, text):
                    yield switch
            elif named and does == "on":
                yield replace(switch, doubt=f"it depends on the environment variable {variable} where it is deployed{said}")


def _of_server(build: Build, package: str, form: EnvironmentForm) -> Iterator[Switch]:
    """A secret that a server traces with as soon as it has one: only that it is handed over can stand in the files."""
    served: dict[str, list[str]] = build.memo.get("served entries", {})  # type: ignore[assignment]
    parts = [part.text for v in form.unless for part in build.parts_of_environment.get(v, ())]
    decided = [text.strip() for text in (*parts, *(build.environment.get(v, "") for v in form.unless)) if text.strip()]
    if not served.get(package) or any(text.lower() in CLOSED for text in decided):
        return
    name = form.variable
    switch = Switch("", package, "on", tuple(form.covers), form.records_usage, -1, 0, name, at=build.set_at.get(name), served=True)
    if decided or build.environment.get(name, "").strip().lower() in CLOSED:
        switch = replace(switch, doubt=f"the server that runs it traces if {name} is set where it is deployed")
    yield switch


def _mentions(build: Build, variable: str) -> bool:
    """Whether the code reads the variable or has a field of its name in a class."""
    for number, module in enumerate(build.engine.modules):
        if build.role(number) == "test":
            continue
        if variable in module.reads:
            return True
        for scope in module.scopes:
            names = [n for n in scope.bindings if n.upper() == variable] if scope.kind == "class" else []
            if any(b.annotation is not None for n in names for b in scope.bindings[n]):
                return True
    return any(
        call.args and call.args[0] == ("const", variable) and build.role(number) != "test"
        for last in ("getenv", "get")
        for number, call in build.engine.calls_by_last.get(last, ())
    )


# -- conditions


def condition(build: Build, number: int, order: int, ignored: Collection[str] = ()) -> str:
    """Why the statement may not run; empty: no condition stands around it. `ignored`: dotted names whose presence is no condition."""
    module = build.engine.modules[number]
    block = module.statements[order][1]
    while block >= 0:
        info = module.blocks[block]
        if info.kind in ("function", "module"):
            return ""
        if info.kind == "if" and presence(info.expr) in ignored:
            block = info.parent
            continue
        if info.kind in ("if", "else") and block != module.main:
            place = Place(number, info.order)
            decided = truth(build.engine, info.expr, place)
            if decided is None or decided != (info.kind == "if"):
                return _why(build, number, info.expr, info.order, info.line)
        elif info.kind in ("except", "case"):
            return f"only under a condition (line {info.line})"
        block = info.parent
    return ""


def presence(expr: Expr) -> str | None:
    """The name that a condition asks for being there: `x`, `x is not None`."""
    if expr[0] == "cmp" and len(expr[2]) == 1 and expr[2][0] == ("is not", ("const", None)):
        return path(expr[1])
    return path(expr)


def _why(build: Build, number: int, expr: tuple[object, ...], order: int, line: int) -> str:
    for part in walk(build.engine.modules[number], expr):
        if part[0] in ("name", "attr", "call", "sub"):
            found = build.engine.origins(part, Place(number, order))
            name = next((o.name for o in found if isinstance(o, Env)), None)
            if name:
                return f"it depends on the environment variable {name}"
    return f"only under a condition (line {line})"
