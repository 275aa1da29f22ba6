"""What an attribute is of which nothing but its declaration says what it is (`unit: Unit` in the class, `self.unit: Unit = build()`)."""

from __future__ import annotations

from auditor.facts.types import Expr
from auditor.program.origins.callers import subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Instance, Key, Origin, Place
from auditor.program.origins.untold import untyped


def with_declared(engine: Engine, cls: Key, name: str, rows: list[Origin]) -> list[Origin]:
    """The values of an attribute, and any object of the classes of the program that it is declared as, where no value has a type of its
    own. None alone is a value."""
    from auditor.program.origins.parameters import annotated_instances

    if all(isinstance(o, Const) for o in rows) or not all(untyped(o) for o in rows):
        return rows
    told = [o for annotation, place in _annotations(engine, cls, name) for o in annotated_instances(engine, annotation, place)]
    return [*rows, *dict.fromkeys(each for o in told if isinstance(o, Instance) for each in _others(engine, cls, o))]


def _others(engine: Engine, cls: Key, held: Instance) -> list[Instance]:
    """An object that one of its own kind wraps is another one: what the wrapper does, that need not do again."""
    below = subclasses(engine, held.cls)
    return [Instance(s, None, 0) for s in below if s != cls and cls not in subclasses(engine, s)] if cls in below else [held]


def _annotations(engine: Engine, cls: Key, name: str) -> list[tuple[Expr, Place]]:
    """Those of the nearest class that declares it."""
    from auditor.program.origins.objects import mro

    return next((found for owner in mro(engine, cls) if (found := annotations_in(engine, owner, name))), [])


def annotations_in(engine: Engine, owner: Key, name: str) -> list[tuple[Expr, Place]]:
    """How a class declares an attribute, in its body and where its methods set it, with where that is read."""
    bound = [(b.annotation, b.order) for b in engine.scope(owner).bindings.get(name, ())]
    stored = [(s.annotation, s.order) for s in engine.own_stores.get((*owner, name), ())]
    return [(a, Place(owner[0], order)) for a, order in (*bound, *stored) if a is not None]
