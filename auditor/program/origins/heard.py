"""Whose word counts of an object: what a test does with what other code has made changes nothing there."""

from __future__ import annotations

from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Func, Instance, New, Origin, Result


def said_of(engine: Engine, number: int, base: Origin) -> bool:
    """Whether what a module does with an object counts: what a test does with one that other code has made, or found, does not."""
    if isinstance(base, (New, Instance, Result)) and base.site is not None:
        return engine.speaks_of(number, base.site[0])
    home = base.cls[0] if isinstance(base, (Class, Instance)) else base.fn[0] if isinstance(base, Func) else None
    return not engine.is_test[number] if home is None else engine.speaks_of(number, home)
