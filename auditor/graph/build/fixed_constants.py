"""Switches that are written into the code: `USE_X = False` at the top of a module, in a function before the test, or in a class of
constants, where nothing sets it anew.

Who edits the code turns it, so what stands behind it is switched off, not gone. Texts and None are no switches: they are choices, or places
that a person is to fill in (`API_KEY = ""`)."""

from __future__ import annotations

from auditor.core.values import Setting
from auditor.facts.types import Binding, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.kept_values import is_plain_class, kept_constant
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_terms import path, walk
from auditor.graph.build.set_by_name import family, set_elsewhere, set_in_module
from auditor.program.origins.objects import mro
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Class, Const, Instance, Key, Module, Place

BY_TEXT = ("globals", "exec")
"""calls of what may bind any name of their module"""


def decided_by_constants(build: Build, number: int, block: int) -> Setting | None:
    """Whether the test of a branch holds as long as nobody edits such a constant, and which; None: they do not decide it."""
    info = build.engine.modules[number].blocks[block]
    rows = _constants(build, number, block)
    holds = decided(info.expr, {name: found.value for name, found in rows.items()}) if rows else None
    if holds is None:
        return None
    at = build.location(number, build.engine.modules[number].statements[info.order][2])
    said = [f"{name} is {found.value!r} ({build.location(found.module, found.line)})" for name, found in rows.items()]
    return Setting(holds, "inferred", at=at, why=" and ".join(said))


def _constants(build: Build, number: int, block: int) -> dict[str, Const]:
    """The names and attributes in the test of a branch that are such a constant."""
    module = build.engine.modules[number]
    info = module.blocks[block]
    rows: dict[str, Const] = {}
    for part in walk(module, info.expr):
        name = path(part) if part[0] in ("name", "attr") else None
        found = None if name is None else _fixed(build, part, Place(number, info.order))
        if name is not None and found is not None and isinstance(found.value, (bool, int, float)):
            rows[name] = found
    return rows


def _fixed(build: Build, expr: Expr, place: Place) -> Const | None:
    if expr[0] == "name":
        return _of_name(build, expr[1], place)
    root = expr
    while root[0] == "attr":
        root = root[1]
    scope = _scope_of(build, root[1], place) if root[0] == "name" else None
    if scope != 0:
        return None
    found = build.engine.origins(expr[1], place)
    base = found[0] if len(found) == 1 else None
    if isinstance(base, Module):
        return _of_module(build, base.index, expr[2])
    if isinstance(base, Class):
        return _of_class(build, base.cls, expr[2])
    if isinstance(base, Instance) and base.site is not None and base.ctx == 0 and _is_top(build, base.site):
        return kept_constant(build, base, expr[2])
    return None


def _scope_of(build: Build, name: str, place: Place) -> int | None:
    """The scope that binds a name; None: no one."""
    scopes, scope = build.engine.modules[place.module].scopes, build.engine.place_scope(place)
    own = scope
    while scope >= 0 and (name not in scopes[scope].bindings or (scopes[scope].kind == "class" and scope != own)):
        scope = scopes[scope].parent
    return scope if scope >= 0 else None


def _is_top(build: Build, site: Key) -> bool:
    return build.engine.modules[site[0]].statements[build.engine.call(site).order][0] == 0


def _of_name(build: Build, name: str, place: Place) -> Const | None:
    scope, module = _scope_of(build, name, place), build.engine.modules[place.module]
    bindings = module.scopes[scope].bindings[name] if scope is not None else ()
    if len(bindings) != 1 or scope is None:
        return None
    if bindings[0].kind == "from" and scope == 0:
        found = build.engine.origins(("name", name), place) if bindings[0].block == module.scopes[0].body else ()
        const = found[0] if len(found) == 1 else None
        value = _of_module(build, const.module, bindings[0].detail[1]) if isinstance(const, Const) else None
        return value if isinstance(const, Const) and value is not None and value.line == const.line else None
    if scope != 0 and module.scopes[scope].kind != "function":
        return None
    if not _comes_before(build, bindings[0], place):
        return None
    return _constant(place.module, bindings[0]) if scope else _of_module(build, place.module, name)


def _constant(number: int, binding: Binding) -> Const | None:
    value = binding.value[1] if binding.kind == "assign" and binding.value[0] == "const" else None
    return None if value is None else Const(value, type(value).__name__, number, binding.line)


def _comes_before(build: Build, binding: Binding, place: Place) -> bool:
    """Whether a binding surely runs before a use of the same scope."""
    module = build.engine.modules[place.module]
    if module.blocks[binding.block].scope != build.engine.place_scope(place):
        return binding.block == module.scopes[module.blocks[binding.block].scope].body
    return binding.order < place.order and binding.block in ancestors(module, build.engine.place_block(place))


def _of_module(build: Build, number: int, name: str) -> Const | None:
    module = build.engine.modules[number]
    top = module.scopes[0]
    bindings = top.bindings.get(name, ())
    if len(bindings) != 1 or bindings[0].block != top.body or "*" in top.bindings:
        return None
    found = _constant(number, bindings[0])
    by_text = found is not None and any(n == number for last in BY_TEXT for n, _ in build.engine.calls_by_last.get(last, ()))
    return None if found is None or by_text or set_in_module(build, number, name) else found


def _of_class(build: Build, cls: Key, name: str) -> Const | None:
    engine = build.engine
    if not is_plain_class(build, cls) or set_elsewhere(build, cls, name):
        return None
    if any(engine.own_stores.get((*c, name)) for c in family(engine, cls)):
        return None
    owner = next((c for c in mro(engine, cls) if engine.scope(c).bindings.get(name)), None)
    if owner is None:
        return None
    number, scope = owner[0], engine.scope(owner)
    bindings = scope.bindings[name]
    return _constant(number, bindings[0]) if len(bindings) == 1 and bindings[0].block == scope.body else None
