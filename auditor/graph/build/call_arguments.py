"""The arguments of a call by name: which name a position has, and what is given for it as a setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from auditor.core.values import ABSENT, MOST_ALTERNATIVES, Given, Setting, Unknown, absent, alternatives, merge, unknown
from auditor.facts.types import NONE_EXPR, Call, Expr
from auditor.graph.build.arguments import Partials, argument
from auditor.graph.build.call_decorated import Read, Wrappers
from auditor.graph.build.context import Build
from auditor.graph.called import Arguments
from auditor.program.origins.containers import is_left_out
from auditor.program.origins.fields import field_names
from auditor.program.origins.objects import external_bases, method
from auditor.program.origins.types import Box, Class, Const, Env, Func, Instance, Key, Origin, Origins, Param, Text, Unresolved

Decorated: TypeAlias = tuple[Func, Wrappers]
UNREAD = "could come in by {} that is not read"
POSITIONS = "could be one of the arguments that are given by position, whose names are not known"


def arguments(
    build: Build, site: Key, positions: Mapping[str, int], partials: Partials, decorated: Decorated | None = None, *, known: int | None
) -> Arguments:
    """`positions`: name -> place of the parameters whose places are known; `known`: how many of the first places have a name; None: all of
    them, any other parameter has to be named. `decorated`: of a function with decorators, what these make of the arguments."""
    call = build.engine.call(site)
    if len(partials) > 1:
        positions, known = {}, 0
    # The function that a `partial` is of stands before its arguments.
    before = len(partials)
    names = [name for name, _, _ in call.keywords if name is not None]
    names += [name for name, place in positions.items() if place + before < len(call.args)]

    def own(name: str, position: int | None) -> Setting:
        return _read(build, site, name, None if position is None else position + before, partials, known)

    def inside(other: Key) -> Read:
        return lambda name, position: _read(build, other, name, position, (), None)

    def read(name: str) -> Setting:
        if decorated is None:
            return own(name, positions.get(name))
        origin, wrappers = decorated
        return wrappers.read(origin, name, positions.get(name), own, inside)

    return Arguments(tuple(dict.fromkeys(names)), read)


def _read(build: Build, site: Key, name: str, position: int | None, partials: Partials, known: int | None) -> Setting:
    found = argument(build, [name] if position is None else [name, position], site, 0, partials)
    if found is None:
        sites = [build.engine.call(s) for s, _ in (*partials, (site, 0))]
        given = [a for call in sites for a in _by_position(call)]
        if known is not None and position is None and (len(given) > known or any(a[0] == "star" for a in given)):
            return unknown(POSITIONS)
        return absent()
    return written(build, found, literal=NONE_EXPR in (_written(build, s, name, position) for s, _ in (*partials, (site, 0))))


def written(build: Build, found: Origins, *, literal: bool = False) -> Setting:
    """What is given for an argument. `literal`: a None stands at the call itself."""
    if all(isinstance(o, Unresolved) and o.why.startswith("comes in by") for o in found):
        return unknown(UNREAD.format("**" if "**" in found[0].why else "*"))  # type: ignore[union-attr]
    rows = [_setting(build, o, literal=literal) for o in found]
    some = len(rows) > MOST_ALTERNATIVES and all(isinstance(s.value, (bool, int, float, str, Given)) for s in rows)
    return _given(f"more than {MOST_ALTERNATIVES} values can reach it") if some else merge(rows)


def _written(build: Build, site: Key, name: str, position: int | None) -> Expr | None:
    """What stands at a call for an argument."""
    call = build.engine.call(site)
    named = next((value for key, value, _ in call.keywords if key == name), None)
    return named or (call.args[position] if position is not None and position < len(call.args) else None)


def _by_position(call: Call) -> Sequence[tuple[object, ...]]:
    """Without the function that a `partial` is of."""
    return call.args[1:] if call.last == "partial" else call.args


def _setting(build: Build, origin: Origin, *, literal: bool) -> Setting:
    """A None that is written at the call is as good as nothing; one from elsewhere, such as a default, may be replaced on the way."""
    if is_left_out(origin):
        return absent()
    if isinstance(origin, Const):
        at = build.location(origin.module, origin.line) if origin.line else None
        if origin.value is None:
            return (
                Setting(ABSENT, "explicit", at=at) if literal else unknown("None is passed on to it, unless something replaces that", at=at)
            )
        if isinstance(origin.value, (bool, int, float, str)):
            return Setting(origin.value, "explicit", at=at)
    if isinstance(origin, Env):
        why = f"the environment variable {origin.name}"
        default = merge([_setting(build, o, literal=False) for o in origin.fallback])
        known = all(not isinstance(s.value, Unknown) for s in alternatives(default))
        return replace(default, why=f"default of {why}") if known else _given(why)
    if isinstance(origin, Unresolved):
        return _given(origin.why)
    if isinstance(origin, Param):
        return _given(f"the parameter {origin.name}, which no caller found here sets")
    if isinstance(origin, Text):
        return _given("a text with parts that are not known")
    if isinstance(origin, Box):
        return _given(f"a {origin.kind}")
    return _given("an object, or a value that is not followed")


def _given(why: str) -> Setting:
    return Setting(Given(why), "explicit", why=why)


def parameters(build: Build, origin: Origin) -> tuple[dict[str, int], int | None] | None:
    """Name -> place of the parameters of something of the program, of which no other is given by position; None where its signature is not
    known."""
    engine = build.engine
    if isinstance(origin, Func):
        return _of_function(build, origin.fn, bound=origin.owner is not None)
    if isinstance(origin, Instance):
        fn = method(engine, origin.cls, "__call__")
        return _of_function(build, fn, bound=True) if fn is not None else None
    if isinstance(origin, Class):
        fn = method(engine, origin.cls, "__init__")
        if fn is not None:
            return _of_function(build, fn, bound=True)
        if not external_bases(engine, origin.cls):
            fields = field_names(engine, origin.cls)
            return {name: place for place, name in enumerate(fields)}, None
    return None


def _of_function(build: Build, fn: Key, *, bound: bool) -> tuple[dict[str, int], int | None]:
    params = [p for p in build.engine.scope(fn).params if p.kind == "positional"][bound:]
    return {p.name: place for place, p in enumerate(params)}, None
