"""One of many classes, more than can be followed one by one: of their objects only the calls of methods are, for the call graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.program.origins.engine import MOST_ORIGINS, Engine
from auditor.program.origins.types import Class, Key, Origin, Unresolved

MOST_CLASSES = 512
WHY = f"more than {MOST_ORIGINS} values can reach it"


@dataclass(slots=True, unsafe_hash=True)
class Many(Unresolved):
    """`number` finds the classes; `made`: an object of one of them; `name`: this method of it. What else it may be is not known."""

    number: int = 0
    made: bool = False
    name: str = ""


def together(engine: Engine, rows: Sequence[Origin]) -> list[Origin]:
    """Values of a table, as one where they are more classes than a query gives."""
    found = tuple(dict.fromkeys(o.cls for o in rows if isinstance(o, Class)))
    if len(found) < len(rows) or not MOST_ORIGINS < len(found) <= MOST_CLASSES:
        return list(rows)
    numbers: dict[tuple[Key, ...], int] = engine.memo.setdefault("many classes", {})
    return [Many(WHY, numbers.setdefault(found, len(numbers)))]


def with_name(base: Unresolved, name: str) -> Unresolved:
    """An attribute of what is not known."""
    return Many(WHY, base.number, base.made, name) if isinstance(base, Many) and not base.name else Unresolved(base.why)


def of_call(callee: Unresolved) -> Unresolved:
    """What a call of something gives that is not known."""
    return Many(WHY, callee.number, made=True) if isinstance(callee, Many) and not (callee.name or callee.made) else Unresolved(callee.why)


def run_by(engine: Engine, origin: Many) -> tuple[Key, ...]:
    """The functions of which a call of it runs one: a method, or a constructor."""
    from auditor.program.origins.objects import method

    known: dict[Many, tuple[Key, ...]] = engine.memo.setdefault("methods of many", {})
    if origin not in known:
        name = origin.name or ("__call__" if origin.made else "__init__")
        classes = next(classes for classes, n in engine.memo["many classes"].items() if n == origin.number)
        found = dict.fromkeys(method(engine, cls, name) for cls in classes)
        known[origin] = tuple(fn for fn in found if fn is not None)
    return known[origin]
