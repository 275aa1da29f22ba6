"""What gives a loop or a call the limit that it asks for: the parameter, field or constant that is none, or infinite, by default."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.core.values import ABSENT, UNBOUNDED, Setting
from auditor.facts.types import Expr
from auditor.graph.build.loop_terms import builtin, plain
from auditor.program.origins.callers import found_callers
from auditor.program.origins.engine import Engine
from auditor.program.origins.held import item_stores
from auditor.program.origins.objects import mro
from auditor.program.origins.types import Box, Const, Frame, Instance, Key, Place

DEEPEST = 6
MOST_CALLERS = 8


@dataclass(frozen=True, slots=True)
class Default:
    """A name with a default. `line`: of its name, `stands`: of the statement with the default."""

    module: int
    line: int
    stands: int
    name: str


def with_default(engine: Engine, bound: Expr, place: Place, setting: Setting) -> Setting:
    """A limit that is switched off, with what is to be given a number, where one default alone switches it off there."""
    if setting.at is None:
        return setting
    named = _named(engine, _defaults(engine, bound, place, 0), {(setting.at.path, setting.at.line)})
    return replace(setting, argument=named) if named else setting


def of_argument(engine: Engine, site: Key, names: Sequence[int | str], setting: Setting) -> str:
    """What is to be given a number where a call gives an argument for it, and what it gives is none, or infinite, by one default alone;
    empty: nothing, or the call does not give it."""
    off = setting.origin == "default" or (setting.origin == "explicit" and setting.value in (ABSENT, UNBOUNDED))
    given = list(_given(engine, site, names)) if off else []
    none = [o for expr, place in given for o in engine.origins(expr, place) if isinstance(o, Const) and _endless(o.value)]
    if not none:
        return ""
    found = (default for expr, place in given for default in _defaults(engine, expr, place, 0))
    return _named(engine, found, {(engine.modules[o.module].path, o.line) for o in none})


def _given(engine: Engine, site: Key, names: Sequence[int | str]) -> Iterator[tuple[Expr, Place]]:
    """What a call gives for an argument, itself or in a mapping."""
    call, place = engine.call(site), engine.call_place(site)
    for name, value, _ in call.keywords:
        if name in names:
            yield value, place
        for box in engine.origins(value, place) if name is None else ():
            if isinstance(box, Box) and engine.refs[box.ref][0][0] == "dict":
                pairs, at = engine.refs[box.ref][0][1], engine.refs[box.ref][1]
                rows = [*((at, key, each) for key, each in pairs if key is not None), *item_stores(engine, box)]
                yield from ((each, at) for at, key, each in rows if key[0] == "const" and key[1] in names)
    for index, value in enumerate(call.args):
        if value[0] == "star":
            break
        if index in names:
            yield value, place


def _endless(value: object) -> bool:
    """Whether a constant is none, or infinite (also in words, for `float`)."""
    return value is None or value == math.inf or (isinstance(value, str) and value.strip().lower().lstrip("+") in ("inf", "infinity"))


def _named(engine: Engine, defaults: Iterator[Default], stands: set[tuple[str, int]]) -> str:
    """The one default that stands where it is switched off, in words; empty: there is none, or there are several."""
    if len(stands) != 1:
        return ""
    paths = ((engine.modules[one.module].path, one) for one in dict.fromkeys(defaults))
    here = [(path, one) for path, one in paths if (path, one.stands) in stands]
    return f"{here[0][1].name} ({here[0][0]}:{here[0][1].line})" if len(here) == 1 else ""


def _defaults(engine: Engine, expr: Expr, place: Place, depth: int) -> Iterator[Default]:
    """The defaults that an expression may be, followed through names, attributes and calls."""
    expr = _inner(engine, plain(expr), place)
    if depth > DEEPEST:
        return
    if expr[0] == "name":
        yield from _of_name(engine, str(expr[1]), place, depth)
    elif expr[0] == "attr":
        for origin in engine.origins(expr[1], place):
            if isinstance(origin, Instance):
                yield from _of_attribute(engine, origin.cls, str(expr[2]), depth)


def _inner(engine: Engine, expr: Expr, place: Place) -> Expr:
    """What is only converted to a number."""
    if expr[0] != "call":
        return expr
    call = engine.call((place.module, expr[1]))
    return plain(call.args[0]) if len(call.args) == 1 and builtin(engine, call, place.module) in ("int", "float") else expr


def _of_name(engine: Engine, name: str, place: Place, depth: int) -> Iterator[Default]:
    facts = engine.modules[place.module]
    scope = facts.statements[place.order][0]
    while scope >= 0:
        found = facts.scopes[scope].bindings.get(name, ()) if facts.scopes[scope].kind != "class" else ()
        for binding in found:
            if binding.kind == "param":
                yield from _of_parameter(engine, (place.module, scope), name, depth)
            elif binding.kind == "assign":
                at = Place(place.module, binding.order)
                if facts.scopes[scope].kind == "module":
                    yield _of_statement(engine, at, name)
                yield from _defaults(engine, binding.value, at, depth + 1)
        if found:
            return
        scope = facts.scopes[scope].parent


def _of_statement(engine: Engine, place: Place, name: str) -> Default:
    line = engine.modules[place.module].statements[place.order][2]
    return Default(place.module, line, line, name)


def _of_attribute(engine: Engine, cls: Key, name: str, depth: int) -> Iterator[Default]:
    """An attribute of a class of the program: a field with a default, or what its methods put into it."""
    for owner in mro(engine, cls):
        facts, scope = engine.modules[owner[0]], engine.scope(owner)
        for binding in scope.bindings.get(name, ()):
            if binding.kind == "assign":
                yield _of_statement(engine, Place(owner[0], binding.order), f"{name} of {scope.qualname}")
        for module, store in engine.stores_by_attr.get(name, ()):
            inside = facts.statements[store.order][0] if module == owner[0] else -1
            if inside >= 0 and facts.scopes[inside].parent == owner[1]:
                yield from _defaults(engine, store.value, Place(module, store.order), depth + 1)


def _of_parameter(engine: Engine, fn: Key, name: str, depth: int) -> Iterator[Default]:
    """A parameter where a call leaves it out, and what calls give for it."""
    scope = engine.scope(fn)
    position = next((i for i, param in enumerate(scope.params) if param.name == name), None)
    if position is None:
        return
    param = scope.params[position]
    if param.default is not None:
        stands = engine.modules[fn[0]].statements[scope.order][2]
        yield Default(fn[0], param.line, stands, f"{name}= of {scope.qualname}()")
        yield from _defaults(engine, param.default, Place(fn[0], scope.order), depth + 1)
    for frame in found_callers(engine, fn)[:MOST_CALLERS]:
        if isinstance(frame, Frame) and frame.decorated is None and not frame.partials:
            call = engine.call(frame.site)
            index = position - (frame.owner is not None)
            given = next((value for key, value, _ in call.keywords if key == name), None)
            if given is None and 0 <= index < len(call.args) and not any(arg[0] == "star" for arg in call.args[: index + 1]):
                given = call.args[index]
            if given is not None:
                yield from _defaults(engine, given, engine.call_place(frame.site), depth + 1)
