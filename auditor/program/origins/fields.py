"""The fields of classes that declare them by annotations."""

from __future__ import annotations

from functools import reduce

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Key, Place

OF_THE_CLASS = frozenset(("typing.ClassVar", "typing_extensions.ClassVar"))
WRAPPING = frozenset(("typing.Annotated", "typing_extensions.Annotated"))


def annotated_names(engine: Engine, cls: Key) -> list[str]:
    """Annotated names of a class and its bases, bases first."""
    from auditor.program.origins.objects import mro

    rows: dict[str, None] = {}
    for owner in reversed(mro(engine, cls)):
        rows.update(dict.fromkeys(_annotated(engine, owner)))
    return list(rows)


def is_annotated(engine: Engine, cls: Key, name: str) -> bool:
    """Whether a name is annotated in a class or one of its bases."""
    from auditor.program.origins.objects import mro

    return any(name in _annotated(engine, owner) for owner in mro(engine, cls))


def field_names(engine: Engine, cls: Key) -> list[str]:
    """Those of them that are fields of a dataclass or model, in order: not what belongs to the class itself (`limit: ClassVar[int]`)."""
    from auditor.program.origins.objects import mro

    rows: dict[str, None] = {}
    for owner in reversed(mro(engine, cls)):
        for name, written in _annotated(engine, owner).items():
            if any(_is_of_class(engine, expr, Place(owner[0], order)) for expr, order in written):
                rows.pop(name, None)
            else:
                rows[name] = None
    return list(rows)


def _annotated(engine: Engine, cls: Key) -> dict[str, list[tuple[Expr, int]]]:
    """Names that are annotated in the body of a class, with the annotations and where they stand."""
    known: dict[Key, dict[str, list[tuple[Expr, int]]]] = engine.memo.setdefault("annotated", {})
    if cls not in known:
        found = (
            (name, [(b.annotation, b.order) for b in rows if b.annotation is not None]) for name, rows in engine.scope(cls).bindings.items()
        )
        known[cls] = {name: annotations for name, annotations in found if annotations}
    return known[cls]


def _is_of_class(engine: Engine, annotation: Expr, place: Place) -> bool:
    head = _head(engine, annotation)
    if head[0] not in ("name", "attr"):
        return False
    meant = {o.name for o in engine.origins(head, place) if isinstance(o, Ext)}
    if meant & WRAPPING and annotation[0] == "sub" and annotation[2][0] == "seq" and annotation[2][2]:
        return _is_of_class(engine, annotation[2][2][0], place)
    return not meant.isdisjoint(OF_THE_CLASS)


def _head(engine: Engine, annotation: Expr) -> Expr:
    """What stands before the brackets, also in quotes."""
    if annotation[0] != "const" or not isinstance(annotation[1], str):
        return annotation[1] if annotation[0] == "sub" else annotation
    first, *rest = annotation[1].partition("[")[0].strip().split(".")
    if not all(part.isidentifier() for part in (first, *rest)):
        return annotation
    return engine.made(("quoted", annotation[1]), lambda: reduce(lambda base, part: ("attr", base, part), rest, ("name", first)))
