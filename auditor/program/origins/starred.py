"""What `**mapping` arguments of a call bring under a name."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.containers import entry, given, is_left_out
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Attr, Box, Const, Env, Item, Origin, Origins, Param, Place, Result, Unresolved

UNREAD = "comes in by ** that is not read"


def starred_keyword(engine: Engine, call: Call, name: str, place: Place) -> Origins | None:
    """What `**mapping` arguments of a call bring under a name: None if surely nothing; an unread mapping is Unresolved. Where only some of
    the calls that pass it on give it, a None that is left out stands for the others."""
    rows: list[Origin] = []
    unread = False
    for key, value, _ in call.keywords:
        if key is None:
            brought, open_ = _brings(engine, value, name, place)
            rows = [*given(rows), *brought] if brought and not any(map(is_left_out, brought)) else [*rows, *brought]
            unread = unread or open_
    if given(rows):
        return tuple(dict.fromkeys(rows))
    return (Unresolved(UNREAD),) if unread else None


def _brings(engine: Engine, value: Expr, name: str, place: Place) -> tuple[list[Origin], bool]:
    """What one `**` brings under a name, and whether a mapping is not read."""
    rows: list[Origin] = []
    unread = False
    for base in engine.origins(value, place):
        if isinstance(base, Box):
            found, open_ = entry(engine, base, name)
            if engine.refs[base.ref][0][0] == "comp" and (found or open_) and all(_may_be_none(o) for o in found):
                unread = True
                continue
            rows.extend(found)
            unread = unread or (open_ and not found)
        elif not (isinstance(base, Const) and base.value is None):
            unread = True
    return rows, unread


def _may_be_none(origin: Origin) -> bool:
    """Whether it comes from outside and may be missing there: a filtered copy (`if v is not None`) has no such key then."""
    if isinstance(origin, Env):
        return all(_may_be_none(o) or (isinstance(o, Const) and o.value is None) for o in origin.fallback)
    return isinstance(origin, (Attr, Item, Param, Result, Unresolved))
