"""The ways in which a call can be a noun, as parallel alternatives: one for each client, and each value that its settings can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.values import OneOf, Setting, Unknown, unknown
from auditor.program.origins.types import Instance, Key, New, Result

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative
    from auditor.graph.build.things import Thing


def apart(rows: list[Alternative]) -> list[Alternative]:
    """One alternative for each value that a client's settings can have: so the n-th value of each setting is of the n-th client. A client
    that is made in several contexts with the same settings is one."""
    if len(rows) < 2:
        return rows
    common = _common(rows)
    seen: dict[object, Alternative] = {}
    for each in (v for row in rows for v in _values(row, common)):
        sites = tuple(_site(thing) for thing in (each.client, each.asked))
        settings = tuple(sorted((n, str(s.value), s.origin) for n, s in each.settings.items()))
        seen.setdefault((sites, id(each.match.form), settings), each)
    return list(seen.values())


def _site(thing: Thing | None) -> Key | Thing | None:
    made = thing.origin if thing is not None else None
    return made.site if isinstance(made, (New, Result, Instance)) else thing


def _common(rows: list[Alternative]) -> dict[str, Setting]:
    """Settings of which only one of several values is true, the same ones for each client: the same version decides for all."""
    return {
        n: s for n, s in rows[0].settings.items() if _which(s) is not None and all(_which(r.settings.get(n)) == _which(s) for r in rows)
    }


def _which(setting: Setting | None) -> object:
    value = setting.value if setting is not None else None
    if not isinstance(value, OneOf) or not value.undecided:
        return None
    return tuple((s.value, s.origin, s.source) for s in value.alternatives)


def _values(row: Alternative, common: Mapping[str, Setting]) -> list[Alternative]:
    """Of settings that can have several values the n-th belong together. Where only one of several is true, it is not known which."""
    several = {
        n: _kinds(s.value) if not s.value.undecided else [_one_of(s.value, s)]
        for n, s in row.settings.items()
        if isinstance(s.value, OneOf) and n not in common
    }
    number = max(map(len, several.values()), default=1)
    values = [{n: v[min(index, len(v) - 1)] for n, v in several.items()} for index in range(number)]
    return [replace(row, settings={**row.settings, **common, **own}) for own in values]


def _kinds(value: OneOf) -> list[Setting]:
    """Of each kind of value one: of numbers the largest, which is the worst."""
    rows: dict[object, Setting] = {}
    for one in value.alternatives:
        kind = "number" if one.number is not None else type(one.value) if isinstance(one.value, Unknown) else one.value
        if kind not in rows or (one.number or 0) > (rows[kind].number or 0):
            rows[kind] = one
    return list(rows.values())


def _one_of(value: OneOf, whole: Setting) -> Setting:
    shown = " or ".join(dict.fromkeys(str(s.number) if s.number is not None else s.state for s in value.alternatives))
    return unknown(f"one client has {shown} here", unit=whole.unit)
