"""Attributes that are set by the keys of a mapping: `for key, value in given.items(): setattr(x, key, value)`."""

from __future__ import annotations

from auditor.facts.types import Call
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method_context, mro, owner_class
from auditor.program.origins.owners import Owners
from auditor.program.origins.same_key import entry_of_loop, looped
from auditor.program.origins.types import Attr, Const, Instance, Origin, Place


def with_set_by_key(engine: Engine, base: Instance, name: str, rows: list[Origin]) -> list[Origin]:
    """What an attribute can be, with what a mapping has under its name. That takes the place of a None which is only there before."""
    put = _put(engine, base, name)
    if not put:
        return rows
    return [*(o for o in rows if o != Attr(base, name) and not (isinstance(o, Const) and o.value is None)), *put]


def _put(engine: Engine, base: Instance, name: str) -> list[Origin]:
    known: Owners[Call] | None = engine.memo.get("set by keys")
    if known is None:
        known = engine.memo["set by keys"] = Owners(_candidates(engine), lambda call: call.args[0])
    rows: list[Origin] = []
    for number, call in known.of(engine, base) if known.rows else ():
        fn = (number, engine.modules[number].statements[call.order][0])
        own = owner_class(engine, fn) in mro(engine, base.cls)
        at = Place(number, call.order, method_context(engine, fn, base) if own else 0)
        rows.extend(entry_of_loop(engine, at, call.args[1], call.args[2], name) or ())
    return rows


def _candidates(engine: Engine) -> list[tuple[int, Call]]:
    """The calls that set what a loop over the entries of a mapping gives, tests aside."""
    setting = [(n, c) for n, c in engine.calls_by_last.get("setattr", ()) if c.func == ("name", "setattr") and len(c.args) == 3]
    named = [(n, c) for n, c in setting if c.args[1][0] == c.args[2][0] == "name" and not engine.is_test[n]]
    return [(n, c) for n, c in named if _goes_through(engine, c, Place(n, c.order))]


def _goes_through(engine: Engine, call: Call, at: Place) -> bool:
    return looped(engine, at, call.args[1][1], call.args[2][1], engine.place_scope(at)) is not None
