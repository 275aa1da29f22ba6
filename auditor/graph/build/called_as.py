"""Which of the clients that can reach a call fit the way it is called: only what gives a coroutine is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_terms import walk
from auditor.graph.build.settings import followed
from auditor.graph.build.things import Thing
from auditor.program.origins.types import Key

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative


def fitting(build: Build, site: Key, rows: list[Alternative]) -> list[Alternative]:
    """The alternatives whose client can be called like this, where some can and others, of the same form, cannot."""
    if len(rows) < 2:
        return rows
    coroutines = [is_coroutine(build, row) for row in rows]
    forms = {wanted: {id(row.match.form) for row, one in zip(rows, coroutines, strict=True) if one is wanted} for wanted in (True, False)}
    if not forms[True] & forms[False]:
        return rows
    awaited = build.engine.call(site).awaited
    if not awaited and not _read_at_once(build, site):
        return rows
    return [row for row, one in zip(rows, coroutines, strict=True) if one is awaited or id(row.match.form) not in forms[awaited]]


def is_coroutine(build: Build, row: Alternative) -> bool:
    """Whether the type of the receiver has coroutines for methods, where the form leaves it to the type, or what it is made of has."""
    thing = row.match.thing
    if thing is None or row.match.form.awaited is not None:
        return row.match.form.awaited is True
    return any(_awaited(build, t) for t in (thing, *followed(build, thing)))


def _awaited(build: Build, thing: Thing) -> bool:
    return any(build.base.types[a].awaited for a in build.base.ancestors(thing.type))


def _read_at_once(build: Build, site: Key) -> bool:
    """Whether a plain function takes what the call gives as a value: it keeps it, or reads an attribute or entry of it."""
    call = build.engine.call(site)
    own = suites(build.engine, site[0])
    facts = build.engine.modules[site[0]]
    scope = facts.scopes[facts.statements[call.order][0]]
    if scope.kind != "function" or scope.is_async:
        return False
    this = ("call", call.index)
    values = [b.value for b in own.bindings.get(call.order, ()) if b.kind in ("assign", "with", "for")]
    exit_ = own.exits.get(call.order)
    roots = [*values, *(() if exit_ is None else (exit_.value,))]
    return this in values or any(e[0] in ("attr", "sub") and e[1] == this for value in roots for e in walk(facts, value))
