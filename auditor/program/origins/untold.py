"""Values of which nothing says what type they have, so that an annotation may."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.facts.types import Binding, Call, Expr
from auditor.program.origins.annotations import annotation_names
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Attr, Box, Const, Func, Item, New, Origin, Param, Place, Result, Unresolved, root_of

DYNAMIC = frozenset(
    (
        "importlib.import_module",
        "importlib.util.module_from_spec",
        "builtins.__import__",
        "builtins.eval",
        "builtins.getattr",
        "builtins.vars",
        "inspect.getmembers",
    )
)
CAST: Expr = ("attr", ("name", "typing"), "cast")
STANDARD = ("builtins.", "typing.")
CONTAINERS = {"dict": frozenset(dir(dict)), "list": frozenset(dir(list)), "tuple": frozenset(dir(tuple)), "set": frozenset(dir(set))}


def untyped(origin: Origin) -> bool:
    """Whether nothing is known of an object but that it comes from somewhere: a parameter, a lookup by text, something unresolved."""
    root = root_of(origin)
    if isinstance(root, New) and root.name in DYNAMIC:
        return True
    return isinstance(root, (Param, Unresolved)) or (isinstance(root, Const) and root.value is None)


def only_declared(engine: Engine, rows: Sequence[Origin], annotation: Expr, place: Place) -> bool:
    """Whether an annotation names a class of a known kind, and of no value anything else says what it is. None is one that may stand for
    it, as long as another value is there."""
    if not rows or all(isinstance(o, Const) for o in rows) or not all(_is_untold(engine, o) for o in rows):
        return False
    return any(name in engine.kinds for name in annotation_names(engine, annotation, place))


def as_declared(engine: Engine, rows: list[Origin], binding: Binding, place: Place) -> list[Origin]:
    """What a variable holds that is declared where it is assigned (`llm: BaseModel = builder.get()`): where only the declaration says what
    that is, what a cast to its class would give."""
    if binding.annotation is None or not only_declared(engine, rows, binding.annotation, place):
        return rows
    known: dict[tuple[int, int], int] = engine.memo.setdefault("declared variables", {})
    key = (place.module, id(binding))
    if key not in known:
        known[key] = len(engine.modules[place.module].calls) + len(engine.made_up)
        call = Call(known[key], CAST, (binding.annotation, binding.value), (), "cast", binding.order, binding.line, 1, binding.line, 1)
        engine.made_up[place.module, known[key]] = call
    return [*rows, New("typing.cast", (place.module, known[key]), place.ctx)]


def _is_untold(engine: Engine, origin: Origin) -> bool:
    """Whether nothing that is known makes an object: what a library gives of which nothing is known, or a method whose answer is not
    followed."""
    if untyped(origin):
        return True
    first: Origin = origin
    root = root_of(origin)
    while isinstance(first, (Attr, Item, Result)) and first.base != root:
        first = first.base
    if isinstance(root, New):
        made = root.name.rpartition(".")[0]
        return root.name not in engine.kinds and made not in engine.kinds and not root.name.startswith(STANDARD)
    if isinstance(root, Func) and isinstance(first, Result) and first.method == "__annotation__":
        return not _says(engine, root, origin is first)
    return isinstance(root, Box) and isinstance(first, (Attr, Result)) and _name(first) not in CONTAINERS.get(root.kind, ())


def _says(engine: Engine, func: Func, itself: bool) -> bool:
    """Whether what a function is declared to give tells what it is (`itself`), or what a method of it gives: of a class that is known."""
    from auditor.program.origins.parameters import names_class

    annotation = engine.scope(func.fn).returns_annotation
    if annotation is None:
        return False
    place = Place(func.fn[0], engine.scope(func.fn).order)
    return (itself and names_class(annotation)) or any(n in engine.kinds for n in annotation_names(engine, annotation, place))


def _name(step: Attr | Result) -> str:
    return step.name if isinstance(step, Attr) else step.method
