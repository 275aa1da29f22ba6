"""The fields of classes that declare them by annotations."""

from __future__ import annotations

from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key


def field_names(engine: Engine, cls: Key) -> list[str]:
    """Annotated names of a class and its bases, bases first: the fields of a dataclass or model, in order."""
    from auditor.program.origins.objects import mro

    rows: dict[str, None] = {}
    for owner in reversed(mro(engine, cls)):
        rows.update(dict.fromkeys(_annotated(engine, owner)))
    return list(rows)


def _annotated(engine: Engine, cls: Key) -> tuple[str, ...]:
    """Names that are annotated in the body of a class."""
    known: dict[Key, tuple[str, ...]] = engine.memo.setdefault("annotated", {})
    if cls not in known:
        known[cls] = tuple(name for name, rows in engine.scope(cls).bindings.items() if any(b.annotation is not None for b in rows))
    return known[cls]
