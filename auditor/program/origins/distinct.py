"""Whether an object of one external class is one of another, by what is known of both."""

from __future__ import annotations

from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext, New, Origin


def derives(engine: Engine, made: str, wanted: str) -> bool | None:
    """Whether what a name makes is of a class; None: it cannot be told. A function may give an object of any class."""
    if made == wanted:
        return True
    own, other = engine.kinds.get(made), engine.kinds.get(wanted)
    last, name = made.rpartition(".")[2], wanted.rpartition(".")[2]
    if own is None or other is None or last == name or not (last[:1].isupper() and name[:1].isupper()):
        return None
    related = other[0] in own or own[0] in other or own[0].partition(":")[0] == other[0].partition(":")[0]
    return None if related else False


def one_of(engine: Engine, things: tuple[Origin, ...], classes: tuple[Origin, ...]) -> bool | None:
    """Whether all things that an expression can be are of a class."""
    cls = classes[0] if len(classes) == 1 else None
    found = {derives(engine, o.name, cls.name) if isinstance(o, New) and isinstance(cls, Ext) else None for o in things}
    return found.pop() if len(found) == 1 else None
