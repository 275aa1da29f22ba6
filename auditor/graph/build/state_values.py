"""What a workflow's state holds under a key: what its runs are given and what its steps return, for the steps that read it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Call
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.workflows import BuilderForm
from auditor.program.origins.calls import returns
from auditor.program.origins.containers import elements, lookup
from auditor.program.origins.items import item
from auditor.program.origins.objects import attribute, method
from auditor.program.origins.types import (
    Attr,
    Box,
    Class,
    Const,
    Ext,
    Func,
    Instance,
    Item,
    Key,
    New,
    Origin,
    Param,
    Partial,
    Place,
    Result,
    Unresolved,
)

DEEPEST = 4
"""elements of elements that are followed: a step that puts what it read back into the state would lead on without end"""


@dataclass(slots=True)
class States:
    """`steps`: function -> the builders whose state its first argument is. `written`: builder -> dicts and objects put into its state.
    `outer`: builder -> those whose state it is given, as a step of theirs."""

    forms: dict[Key, BuilderForm] = field(default_factory=dict)
    steps: dict[Key, list[Key]] = field(default_factory=dict)
    written: dict[Key, list[Origin]] = field(default_factory=dict)
    outer: dict[Key, list[Key]] = field(default_factory=dict)


def held(build: Build, origin: Attr | Item | Result) -> list[Origin] | None:
    """What `state["llm"]`, `state.get("llm")` or `state.llm` of a step is; None: it is no such thing."""
    rest: list[Attr | Item] = []
    current: Origin = origin
    while isinstance(current, (Attr, Item)) and not isinstance(current.base, Param):
        rest.append(current)
        current = current.base
    read = state_read(build, current)
    if read is None:
        return None
    if len(rest) > DEEPEST:
        return []
    rows = [o for site in read[0] for o in _under(build, site, read[1])]
    for step in reversed(rest):
        rows = list(dict.fromkeys(o for row in rows for o in _inside(build, row, step)))
    return rows


def state_read(build: Build, origin: Origin) -> tuple[list[Key], str] | None:
    """The builders and the key, where an origin is an entry of the state that a step is given."""
    key: object = None
    base: Origin = origin
    if isinstance(origin, Item):
        base, key = origin.base, origin.key
    elif isinstance(origin, Attr):
        base, key = origin.base, origin.name
    elif isinstance(origin, Result) and origin.method == "get":
        found = argument(build, 0, origin.site, origin.ctx) or ()
        base, key = origin.base, found[0].value if len(found) == 1 and isinstance(found[0], Const) else None
    if not isinstance(base, Param) or not isinstance(key, str):
        return None
    known = _states(build).steps.get(base.fn)
    return (known, key) if known and _is_first(build, base) else None


def _is_first(build: Build, param: Param) -> bool:
    scope = build.engine.scope(param.fn)
    own = [p.name for p in scope.params]
    if build.engine.modules[param.fn[0]].scopes[scope.parent].kind == "class":
        own = own[1:]
    return own[:1] == [param.name]


def _inside(build: Build, origin: Origin, step: Attr | Item) -> list[Origin]:
    if isinstance(step, Attr):
        return attribute(build.engine, origin, step.name)
    if step.key is None:
        return elements(build.engine, origin)
    return item(build.engine, origin, (Const(step.key, type(step.key).__name__, 0, 0),), Place(0, 0))


def _under(build: Build, site: Key, key: str) -> list[Origin]:
    """What is put under a key of the state of a builder."""
    memo: dict[tuple[Key, str], list[Origin]] = build.memo.setdefault("state values", {})  # type: ignore[assignment]
    if (site, key) not in memo:
        memo[site, key] = []
        states = _states(build)
        rows = [o for outer in states.outer.get(site, ()) for o in _under(build, outer, key)]
        for origin in states.written.get(site, ()):
            if isinstance(origin, Box):
                rows.extend(lookup(build.engine, origin, key)[0])
            elif isinstance(origin, Instance):
                rows.extend(attribute(build.engine, origin, key))
        memo[site, key] = [o for o in dict.fromkeys(rows) if not isinstance(o, (Const, Unresolved))]
    return memo[site, key]


def _states(build: Build) -> States:
    found = build.memo.get("states")
    if not isinstance(found, States):
        found = build.memo["states"] = States()
        _find(build, found)
    return found


def _find(build: Build, states: States) -> None:
    names = {n.rsplit(".", 1)[-1] for t, f in build.base.builders.items() if f.state is not None for n in build.base.types[t].new}
    for name in sorted(build.spellings(names)) if names else ():
        for number, call in build.engine.calls_by_last.get(name, ()):
            for origin in build.engine.origins(call.func, Place(number, call.order)):
                for type_id in build.base.new.get(origin.name, ()) if isinstance(origin, Ext) else ():
                    if type_id in build.base.builders and build.base.builders[type_id].state is not None:
                        states.forms[number, call.index] = build.base.builders[type_id]
    adds = {n.method: n for f in states.forms.values() for n in f.nodes}
    for method_name in sorted(adds):
        for site, call, builder in _calls_on(build, states, method_name):
            _step(build, states, builder, site, call)
    runs = {m for f in states.forms.values() if f.state is not None for m in f.state.runs}
    for method_name in sorted(runs):
        for site, _, builder in _calls_on(build, states, method_name):
            form = states.forms[builder].state
            if form is not None:
                states.written.setdefault(builder, []).extend(argument(build, form.input, site, 0) or ())


def _calls_on(build: Build, states: States, name: str) -> Iterator[tuple[Key, Call, Key]]:
    """Calls of a method on a builder or on what it compiles."""
    for number, call in build.engine.calls_by_last.get(name, ()) if states.forms else ():
        if call.func[0] == "attr":
            found = build.engine.origins(call.func[1], Place(number, call.order))
            for builder in dict.fromkeys(b for o in found for b in _builder(states, o)):
                if build.engine.speaks_of(number, builder[0]):
                    yield (number, call.index), call, builder


def _builder(states: States, origin: Origin) -> Iterator[Key]:
    while isinstance(origin, (Result, Attr)):
        origin = origin.base
    if isinstance(origin, New) and origin.site in states.forms:
        yield origin.site


def _step(build: Build, states: States, builder: Key, site: Key, call: Call) -> None:
    form = states.forms[builder]
    for node in (n for n in form.nodes if n.method == call.last):
        for origin in (o for ref in refs(node.runs) for o in argument(build, ref, site, 0) or ()):
            for inner in _builder(states, origin):
                states.outer.setdefault(inner, []).append(builder)
            fn = _function(build, origin)
            if fn is not None and builder not in states.steps.setdefault(fn, []):
                states.steps[fn].append(builder)
                states.written.setdefault(builder, []).extend(_returned(build, form, fn))


def _function(build: Build, origin: Origin) -> Key | None:
    while isinstance(origin, Partial):
        origin = origin.target
    if isinstance(origin, Instance):
        return method(build.engine, origin.cls, "__call__")
    if isinstance(origin, Func):
        return origin.fn
    return None if not isinstance(origin, Class) else method(build.engine, origin.cls, "__call__")


def _returned(build: Build, form: BuilderForm, fn: Key) -> Iterator[Origin]:
    """What a step returns, and what the commands that it returns write."""
    for origin in returns(build.engine, fn, 0):
        if isinstance(origin, New) and origin.name in form.goto and form.state is not None and form.state.update is not None:
            yield from argument(build, form.state.update, origin.site, origin.ctx) or ()
        else:
            yield origin


def unread_state(build: Build, number: int, done: Collection[Key]) -> Iterator[NotUnderstood]:
    """Calls that run something out of a workflow's state of which it is not known what it is."""
    states = _states(build)
    runs = {m for f in states.forms.values() if f.state is not None for m in f.state.runs}
    for call in build.engine.modules[number].calls if runs else ():
        if call.last not in runs or call.func[0] != "attr" or (number, call.index) in done:
            continue
        for origin in build.engine.origins(call.func[1], Place(number, call.order)):
            read = _read_below(build, origin)
            if read is not None:
                package = _package(build, states, read[0][0])
                yield NotUnderstood(package, f"state[{read[1]!r}].{call.last}", build.call_location((number, call.index)))
                break


def _read_below(build: Build, origin: Origin) -> tuple[list[Key], str] | None:
    """The entry of a state that an origin is part of, or is made from."""
    found = state_read(build, origin)
    while found is None and isinstance(origin, (Attr, Item, Result)):
        origin = origin.base
        found = state_read(build, origin)
    return found


def _package(build: Build, states: States, builder: Key) -> str:
    return next(t.partition(":")[0] for t, f in build.base.builders.items() if f is states.forms[builder])
