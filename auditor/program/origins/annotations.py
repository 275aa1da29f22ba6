"""Annotations: the classes of libraries that they name."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, Place


def annotation_names(engine: Engine, annotation: Expr, place: Place, depth: int = 0) -> list[str]:
    """Qualified names of external classes that an annotation means. Of a class of the program any object is meant, which says it all."""
    if depth > 6:
        return []
    kind = annotation[0]
    if kind == "const" and isinstance(annotation[1], str):
        return [n for part in annotation[1].strip().split("|") for n in _quoted(engine, part.strip(), place)]
    if kind == "op" and annotation[1] == "|":
        return [*annotation_names(engine, annotation[2], place, depth + 1), *annotation_names(engine, annotation[3], place, depth + 1)]
    if kind == "sub":
        outer = annotation_names(engine, annotation[1], place, depth + 1)
        if any(n in ("typing.Optional", "typing.Union", "typing.Annotated") for n in outer):
            index = annotation[2]
            parts = index[2] if index[0] == "seq" else (index,)
            return [n for part in parts for n in annotation_names(engine, part, place, depth + 1)]
        return outer
    if kind in ("name", "attr"):
        return [o.name for o in engine.origins(annotation, place) if isinstance(o, Ext)]
    return []


def _quoted(engine: Engine, text: str, place: Place) -> list[str]:
    text = text.partition("[")[0].strip()
    if not text.replace(".", "").isidentifier():
        return []
    parts = text.split(".")
    expr: Expr = ("name", parts[0])
    for part in parts[1:]:
        expr = ("attr", expr, part)
    fixed = engine.made(("quoted", text), lambda: expr)
    return annotation_names(engine, fixed, place, 1)
