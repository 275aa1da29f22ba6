"""Texts in an annotation such as `Literal["a", "b"]`."""

from __future__ import annotations

from auditor.facts.types import Expr


def literals(annotation: Expr | None) -> list[str]:
    """Texts in an annotation such as `Literal["a", "b"]` or `Command[Literal["a"]]`."""
    if annotation is None:
        return []
    kind = annotation[0]
    if kind == "const":
        return [annotation[1]] if isinstance(annotation[1], str) else []
    if kind == "sub":
        return literals(annotation[2])
    if kind == "seq":
        return [t for part in annotation[2] for t in literals(part)]
    if kind == "op":
        return [*literals(annotation[2]), *literals(annotation[3])]
    return []
