"""Texts in an annotation such as `Literal["a", "b"]`."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.graph.build.arguments import texts
from auditor.graph.build.context import Build
from auditor.program.origins.containers import elements
from auditor.program.origins.types import Key, Place


def literals(build: Build, fn: Key) -> list[str]:
    """Texts in what a function is said to return: `Literal["a", "b"]`, `Command[Literal["a"]]`, `Literal[*NAMES, "b"]`."""
    scope = build.engine.scope(fn)
    return _in(build, scope.returns_annotation, Place(fn[0], scope.order))


def _in(build: Build, annotation: Expr | None, place: Place) -> list[str]:
    if annotation is None:
        return []
    kind = annotation[0]
    if kind == "const":
        return [annotation[1]] if isinstance(annotation[1], str) else []
    if kind == "sub":
        return _in(build, annotation[2], place)
    if kind == "seq":
        return [t for part in annotation[2] for t in _in(build, part, place)]
    if kind == "op":
        return [*_in(build, annotation[2], place), *_in(build, annotation[3], place)]
    if kind == "star":
        return [t for base in build.engine.origins(annotation[1], place) for t in texts(tuple(elements(build.engine, base)))]
    return []
