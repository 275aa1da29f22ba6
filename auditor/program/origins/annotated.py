"""What annotations give: metadata that brings something (`Annotated[Session, Depends(get_session)]`), the type of what is returned."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method
from auditor.program.origins.types import Ext, Func, Instance, Key, Origin, Place, Result
from auditor.program.origins.untold import untyped

ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")


def handed(engine: Engine, annotation: Expr, place: Place) -> list[Origin]:
    """What the functions in the metadata give that a framework runs for the parameter."""
    found = written(engine, annotation, place)
    return [o for part in found[0][1:] if _is_run(engine, part, found[1]) for o in engine.origins(part, found[1])] if found else []


def _is_run(engine: Engine, part: Expr, place: Place) -> bool:
    if part[0] != "call" or not engine.runners:
        return False
    callee = engine.call((place.module, part[1])).func
    return any(isinstance(o, Ext) and o.name in engine.runners for o in engine.origins(callee, place))


def written(engine: Engine, annotation: Expr, place: Place) -> tuple[tuple[Expr, ...], Place] | None:
    """The arguments of `Annotated[...]`; a name is looked up where it is assigned, here or in the module that it is imported from."""
    if annotation[0] == "sub":
        outer = engine.origins(annotation[1], place)
        told = any(isinstance(o, Ext) and o.name in ANNOTATED for o in outer) and annotation[2][0] == "seq"
        return (annotation[2][2], place) if told else None
    if annotation[0] != "name":
        return None
    for binding in engine.modules[place.module].scopes[0].bindings.get(annotation[1], []):
        if binding.kind == "assign":
            return written(engine, binding.value, Place(place.module, binding.order)) if binding.value[0] == "sub" else None
        if binding.kind == "from":
            module, name, level = binding.detail
            path = engine.modules[place.module].path
            for number in engine.index.relative(path, level, module) if level else engine.index.find(module, path):
                return written(engine, ("name", name), Place(number, 0))
    return None


def annotated(engine: Engine, fn: Key, rows: list[Origin]) -> list[Origin]:
    """Where nothing that is returned has a type of its own, or it stands for another object, the annotation gives one."""
    from auditor.program.origins.parameters import annotated_instances, names_class

    annotation = engine.scope(fn).returns_annotation
    own = [o for o in rows if not untyped(o) and not _stands_for_another(engine, o)]
    if annotation is None or own or (rows and not names_class(annotation)):
        return rows
    typed: list[Origin] = [Result(Func(fn, None, 0), "__annotation__", (fn[0], -1), 0)]
    return [*rows, *typed, *annotated_instances(engine, annotation, Place(fn[0], engine.scope(fn).order))]


def _stands_for_another(engine: Engine, origin: Origin) -> bool:
    """Whether an object looks up elsewhere what it has not (a lazy client)."""
    return isinstance(origin, Instance) and method(engine, origin.cls, "__getattr__") is not None
