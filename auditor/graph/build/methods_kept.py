"""Attributes that may hold a method of something external, which is then called by the attribute's name: `self.ask = client.create`."""

from __future__ import annotations

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.context import Build

HOLDING = ("name", "attr", "sub")
MAKING = ("partial", "getattr")


def may_hold_methods(build: Build) -> set[str]:
    """Names of attributes that are set to a variable, an attribute, an entry or a `partial`, and of fields that a constructor sets."""
    known: set[str] | None = build.memo.get("attributes that may hold methods")  # type: ignore[assignment]
    if known is None:
        modules = build.engine.modules
        known = {
            name
            for name, stores in build.engine.stores_by_attr.items()
            if any(s.operator is None and _may_hold(modules[number], s.value) for number, s in stores)
        }
        for module in modules:
            for scope in module.scopes:
                if scope.kind == "class":
                    known |= {name for name, rows in scope.bindings.items() if any(_is_field(module, b.kind, b.value) for b in rows)}
        build.memo["attributes that may hold methods"] = known
    return known


def _may_hold(module: ModuleFacts, value: Expr) -> bool:
    if value[0] == "if":
        return any(_may_hold(module, part) for part in value[2:])
    if value[0] == "bool":
        return any(_may_hold(module, part) for part in value[2])
    if value[0] == "sub" and value[1][0] == "seq" and value[2][0] == "const":
        items, place = value[1][2], value[2][1]
        return not isinstance(place, int) or any(_may_hold(module, part) for part in items[place : place + 1])
    return value[0] in HOLDING or (value[0] == "call" and module.calls[value[1]].last in MAKING)


def _is_field(module: ModuleFacts, kind: str, value: Expr) -> bool:
    return kind == "annotation" or (kind == "assign" and _may_hold(module, value))
