"""Names for the classes that are known in a function: of an attribute of its object, and of a parameter on which it calls a method."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.known_entries import is_parameter
from auditor.program.origins.objects import attribute
from auditor.program.origins.types import Class, Instance, Key, Place

OWN = "."
"""before the name of an attribute of the object"""
GIVEN = "@"
"""before the name of a parameter, which holds an object of the classes or one of them itself"""


def receiver(build: Build, fn: Key, call: Call) -> str | None:
    """The attribute of the own object, or the parameter, by whose class a call decides which method it runs."""
    func, params = call.func, build.engine.scope(fn).params
    if func[0] == "attr" and func[1][0] == "attr":
        return f"{OWN}{func[1][2]}" if params and func[1][1] == ("name", params[0].name) else None
    module = build.engine.modules[fn[0]]
    base = func[1] if func[0] == "attr" else func
    if base[0] == "call" and base is not func:
        base = module.calls[base[1]].func
    if base[0] != "name" or module.statements[call.order][0] != fn[1] or not is_parameter(build, fn, base[1]):
        return None
    method = module.scopes[fn[1]].parent >= 0 and module.scopes[module.scopes[fn[1]].parent].kind == "class"
    return None if method and base[1] == params[0].name else f"{GIVEN}{base[1]}"


def given_classes(build: Build, fn: Key, given: Expr, place: Place) -> tuple[frozenset[Key]] | None:
    """The classes of what a call gives, if all are known: of objects that the code makes, or one that is named there itself."""
    found = build.engine.origins(given, place)
    classes = (Class, Instance) if _named(build, fn, given) else Instance
    if not found or not all(isinstance(o, classes) and (isinstance(o, Class) or o.site is not None) for o in found):
        return None
    return (frozenset(o.cls for o in found if isinstance(o, (Class, Instance))),)


def _named(build: Build, fn: Key, given: Expr) -> bool:
    """Whether a name is one of the module, or of another: a variable may be declared to hold a class, or one that is derived from it."""
    while given[0] == "attr":
        given = given[1]
    return given[0] == "name" and given[1] not in build.engine.scope(fn).bindings


def kept_classes(build: Build, attr: str, objects: tuple[Instance, ...]) -> tuple[frozenset[Key]] | None:
    """The classes of what these objects keep in an attribute, if all are known."""
    found = [kept for o in objects for kept in attribute(build.engine, o, attr)]
    if not found or not all(isinstance(kept, Instance) and kept.site is not None for kept in found):
        return None
    return (frozenset(kept.cls for kept in found if isinstance(kept, Instance)),)


def classes_of_nodes(build: Build) -> dict[str, Key]:
    """Tools and steps -> the class of which their object is."""
    rows: dict[str, Key] = dict(build.memo.get("tools of classes", {}))  # type: ignore[call-overload]
    made = [(node, key) for (kind, key), node in build.by_function.items() if kind in ("tool", "step")]
    return rows | {node: key for node, key in made if build.engine.scope(key).kind == "class"}
