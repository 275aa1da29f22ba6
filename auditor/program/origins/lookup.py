"""Names to origins: scopes, imports, module attributes and what each kind of binding gives."""

from __future__ import annotations

import builtins

from auditor.facts.types import NONE_EXPR, Binding
from auditor.program.origins.containers import elements, picked
from auditor.program.origins.decorators import wrapped
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import dead, reached
from auditor.program.origins.imports import outside_stars
from auditor.program.origins.narrowing import is_open, narrowed
from auditor.program.origins.parameters import parameter
from auditor.program.origins.reaching import closed_over, reaching
from auditor.program.origins.types import (
    Box,
    Class,
    Ext,
    Func,
    Instance,
    Key,
    Module,
    New,
    Origin,
    Origins,
    Place,
    Result,
    Unresolved,
)
from auditor.program.origins.untold import as_declared

BUILTINS = frozenset(dir(builtins))
DESCRIBED = "names that knowledge describes"
"""key of the engine's memo: (module, name) -> the qualified name by which a pack speaks of what the program itself defines there"""
BY_NAME = frozenset(("import_module", "__import__", "exec_module", "iter_modules", "walk_packages"))
"""what a package calls that imports its modules by names that it computes"""


def name_origins(engine: Engine, name: str, place: Place) -> list[Origin]:
    """A name read at a place: the innermost scope that binds it decides."""
    module = engine.modules[place.module]
    scope, block, _ = module.statements[place.order]
    order, first, inner = place.order, True, scope
    while scope >= 0:
        info = module.scopes[scope]
        bindings = info.bindings.get(name)
        if bindings and (first or info.kind != "class"):
            found = reaching(module, bindings, order, block) if first else closed_over(module, bindings, scope, inner, block)
            if found:
                spoken_of = as_described(engine, place.module, name) if scope == 0 else ()
                rows = list(spoken_of) or _values(engine, found, place)
                return (is_open(rows) and narrowed(engine, ("name", name), place)) or rows
        if info.kind in ("comp", "lambda") and first:
            order, block = info.order, module.statements[info.order][1]
            inner, scope = scope, info.parent
            continue
        first = False
        inner, scope = scope, info.parent
    stars = module.scopes[0].bindings.get("*")
    for binding in stars or ():
        rows = _star(engine, binding, name, place.module)
        if rows:
            return rows
    if name in BUILTINS:
        return [Ext(f"builtins.{name}")]
    if name == "__class__":
        return _class_around(engine, place)
    if name == "__name__":
        return [Unresolved("the module's name")]
    outside = outside_stars(engine, place.module) if stars and not name.startswith("_") else ()
    if len(outside) == 1 and not min(outside).startswith("."):
        return [Ext(f"{min(outside)}.{name}")]
    return [Unresolved(f"the name {name!r} is not defined in the files read")]


def _class_around(engine: Engine, place: Place) -> list[Origin]:
    """What `__class__` means in a method: the class that it is written in."""
    scopes, scope = engine.modules[place.module].scopes, engine.place_scope(place)
    while scope >= 0 and scopes[scope].kind != "class":
        scope = scopes[scope].parent
    return [Class((place.module, scope))] if scope >= 0 else [Unresolved("`__class__` outside a class")]


def _values(engine: Engine, bindings: list[Binding], place: Place) -> list[Origin]:
    rows: list[Origin] = []
    for binding in bindings:
        if place.ctx and dead(engine, binding.block, binding.order, place):
            continue
        inner = engine.modules[place.module].statements[binding.order][0]
        rows.extend(binding_origins(engine, binding, Place(place.module, binding.order, place.ctx if inner else 0)))
        decides = place.ctx or _asks_for_none(engine, binding, place)
        if decides and binding is not bindings[-1] and binding.order < place.order and _sure(engine, binding, bindings, place):
            break
    return rows


def _asks_for_none(engine: Engine, binding: Binding, place: Place) -> bool:
    """Whether all that is around a binding asks whether something is not None, of which all callers that are found give the answer."""
    info = engine.modules[place.module].blocks[binding.block]
    return info.kind == "if" and info.expr[0] == "cmp" and info.expr[2] == (("is not", NONE_EXPR),)


def _sure(engine: Engine, binding: Binding, bindings: list[Binding], place: Place) -> bool:
    """Whether a binding surely runs before the use, and all that are left of the bindings before it."""
    blocks, scopes = engine.modules[place.module].blocks, engine.modules[place.module].scopes
    scope, around = blocks[binding.block].scope, engine.place_scope(place)
    while around not in (scope, -1):
        around = scopes[around].parent
    rest = bindings[bindings.index(binding) :]
    if around < 0 or any(b.order > binding.order or blocks[b.block].scope != scope for b in rest):
        return False
    return reached(engine, binding.block, place) is True


def binding_origins(engine: Engine, binding: Binding, place: Place) -> list[Origin]:
    """What a binding gives, read at its own place."""
    kind = binding.kind
    if kind == "assign":
        rows = list(engine.origins(binding.value, place))
        return rows if binding.annotation is None else as_declared(engine, rows, binding, place)
    if kind == "def":
        fn = (place.module, binding.detail)
        return [(place.ctx and wrapped(engine, fn, place.ctx)) or Func(fn, None, place.ctx)]
    if kind == "class":
        return [Class((place.module, binding.detail))]
    if kind == "import":
        return import_origins(engine, binding.detail or binding.value[1], binding.value[1], place.module)
    if kind == "from":
        module_name, name_in, level = binding.detail
        return from_origins(engine, module_name, name_in, level, place.module)
    if kind == "param":
        scope = engine.place_scope(place)
        return list(parameter(engine, (place.module, scope), binding.detail, place.ctx))
    if kind == "unpack":
        return [o for base in engine.origins(binding.value, place) for o in picked(engine, base, binding.detail)]
    if kind == "for":
        rows = [o for base in engine.origins(binding.value, place) for o in elements(engine, base)]
        return [o for base in rows for o in picked(engine, base, binding.detail)] if binding.detail else rows
    if kind == "with":
        rows = entered(engine, engine.origins(binding.value, place))
        if binding.detail:
            # What an external one gives is not known: each part stands for the manager.
            return [o for base in rows for o in (picked(engine, base, binding.detail) if isinstance(base, Box) else [base])]
        return rows
    if kind == "aug":
        return list(engine.query(("aug", id(binding), place.ctx), augmented, engine, binding, place))
    if kind == "match":
        return list(engine.origins(binding.value, place))
    if kind == "except":
        return [Unresolved("an exception")]
    return []


def augmented(engine: Engine, binding: Binding, place: Place) -> list[Origin]:
    """`x += y`: an operation; for other containers than lists what was there and what is added."""
    expr = engine.made(("aug", id(binding)), lambda: ("op", binding.detail, ("name", binding.name), binding.value))
    if binding.detail == "+":
        engine.box_names[id(expr)].add(binding.name)
        return list(engine.origins(expr, place))
    before = name_origins(engine, binding.name, place)
    added = [o for o in engine.origins(binding.value, place) if isinstance(o, Box)]
    return [*before, *added] if added or any(isinstance(o, Box) for o in before) else list(engine.origins(expr, place))


def entered(engine: Engine, managers: Origins) -> list[Origin]:
    """What `with manager as x` gives: the value yielded or returned by `__enter__`; of an external one the manager itself."""
    rows: list[Origin] = []
    for manager in managers:
        if isinstance(manager, Instance):
            from auditor.program.origins.objects import attribute

            found = [o for name in ("__enter__", "__aenter__") for o in attribute(engine, manager, name)]
            results = [r for f in found if isinstance(f, Func) for r in _returned(engine, f)]
            rows.extend(results or [manager])
        else:
            rows.append(manager)
    return rows


def _returned(engine: Engine, func: Func) -> Origins:
    from auditor.program.origins.calls import returns

    return returns(engine, func.fn, func.ctx)


def import_origins(engine: Engine, dotted: str, bound: str, importer: int) -> list[Origin]:
    """`import a.b` binds `a`; `import a.b as c` binds `a.b`."""
    path = engine.modules[importer].path
    found = engine.index.find(bound, path)
    if found:
        return [Module(found[0])]
    if engine.index.find(dotted, path) and "." in dotted:
        return [Ext(f"@folder.{bound}")]
    return [Ext(bound)]


def from_origins(engine: Engine, module: str, name: str, level: int, importer: int) -> list[Origin]:
    """`from module import name`, seen from a file."""
    path = engine.modules[importer].path
    candidates = engine.index.relative(path, level, module) if level else engine.index.find(module, path)
    for candidate in candidates:
        # What a package takes from itself (`from . import llm`) is a module of it: the name is bound by this import.
        own = engine.index.submodule(candidate, name) if candidate == importer else None
        rows = module_attribute(engine, candidate, name) if own is None else (Module(own),)
        if rows is not None:
            return list(rows)
    if level:
        dotted = f"{module}.{name}" if module else name
        sub = engine.index.relative(path, level, dotted)
        return [Module(sub[0])] if sub else [Unresolved(f"{'.' * level}{module}.{name} is not among the files read")]
    sub = engine.index.find(f"{module}.{name}", path)
    if sub:
        return [Module(sub[0])]
    return [Ext(f"{module}.{name}")]


def module_attribute(engine: Engine, index: int, name: str) -> Origins | None:
    """A name of a module at its end; None where it has none: explicit binding, star import, submodule, in this order."""
    spoken_of = as_described(engine, index, name)
    if spoken_of:
        return spoken_of
    facts = engine.modules[index]
    if name in facts.scopes[0].bindings:
        key = ("module", index, name)
        return engine.query(key, name_origins, engine, name, _end(engine, index))
    for binding in facts.scopes[0].bindings.get("*", ()):
        rows = _star(engine, binding, name, index)
        if rows:
            return tuple(rows)
    sub = engine.index.submodule(index, name)
    if sub is not None:
        return (Module(sub),)
    return _imported_by_name(engine, index, name)


def as_described(engine: Engine, index: int, name: str) -> Origins:
    """What a pack speaks of goes before the code, also inside the module that defines it."""
    known = engine.memo.get(DESCRIBED)
    return (Ext(known[index, name]),) if known and (index, name) in known else ()


def _imported_by_name(engine: Engine, index: int, name: str) -> Origins | None:
    """A name that a package takes from its modules by importing them under computed names: what those modules define."""
    facts = engine.modules[index]
    if not facts.path.endswith("__init__.py") or not any(c.last in BY_NAME for c in facts.calls):
        return None
    table: dict[int, dict[str, list[int]]] = engine.memo.setdefault("imported by name", {})
    if index not in table:
        table[index] = _defined_below(engine, facts.path.removesuffix("__init__.py"))
    found = [o for number in table[index].get(name, ()) for o in module_attribute(engine, number, name) or ()]
    return tuple(found) or None


def _defined_below(engine: Engine, folder: str) -> dict[str, list[int]]:
    """Functions and classes of the modules in a folder: name -> modules."""
    rows: dict[str, list[int]] = {}
    for number, module in enumerate(engine.modules):
        if module.path.startswith(folder) and not module.path.endswith("__init__.py"):
            for name, bindings in module.scopes[0].bindings.items():
                if bindings[-1].kind in ("def", "class"):
                    rows.setdefault(name, []).append(number)
    return rows


def _end(engine: Engine, index: int) -> Place:
    """A statement after the last one of a module."""
    facts = engine.modules[index]
    if facts.statements[-1][2] != -1:
        facts.statements.append((0, 0, -1))
    return Place(index, len(facts.statements) - 1)


def _star(engine: Engine, binding: Binding, name: str, importer: int) -> list[Origin]:
    module, _, level = binding.detail
    path = engine.modules[importer].path
    candidates = engine.index.relative(path, level, module) if level else engine.index.find(module, path)
    for candidate in candidates:
        exported = engine.modules[candidate].exported
        if candidate == importer or (exported is not None and name not in exported) or (exported is None and name.startswith("_")):
            continue
        key = ("star", candidate, name)
        rows = engine.query(key, _module_attribute, engine, candidate, name)
        if rows:
            return list(rows)
    return []


def _module_attribute(engine: Engine, index: int, name: str) -> list[Origin]:
    return list(module_attribute(engine, index, name) or ())


def class_name(engine: Engine, cls: Key) -> str:
    return engine.scope(cls).qualname


def made_by(origin: Origin) -> Key | None:
    """The call site that made an object, where there is one."""
    return origin.site if isinstance(origin, (New, Instance, Result)) else None
