"""The conditions under which a statement of a function runs: of the branches around it, and of those before it that leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.known_entries import is_parameter
from auditor.graph.build.loop_blocks import FALL, Suites, suites
from auditor.graph.build.loop_guards import decided
from auditor.program.origins.parameters import is_method
from auditor.program.origins.types import Key

Condition: TypeAlias = tuple[Expr, bool]
"""a test, and what it must give"""


def conditions(build: Build, number: int, order: int) -> list[Condition]:
    """The conditions on the way to a statement from the begin of its function, whatever is inside of them."""
    own = suites(build.engine, number)
    rows: list[Condition] = []
    block = own.block_of(order)
    while block >= 0:
        info = own.module.blocks[block]
        rows.extend(test for before, test in _leaving(build, own, block) if before < order)
        if info.kind in ("function", "module", "class"):
            break
        if info.kind in ("if", "else"):
            rows.append((info.expr, info.kind == "if"))
        order, block = own.statement(block), info.parent
    return rows


def of_call(build: Build, site: Key, request_in: Key | None) -> list[Condition]:
    """The conditions on the way to a call, with what a request asks of what it is made on; `request_in`: its function."""
    own = _is_something(build, request_in, site) if request_in is not None else []
    return [*conditions(build, site[0], build.engine.call(site).order), *own]


def _is_something(build: Build, fn: Key, site: Key) -> list[Condition]:
    """That what a call is made on is not None, where that is a parameter (`client.chat(...)`): else nothing is asked there."""
    expr = build.engine.call(site).func
    while expr[0] == "attr":
        expr = expr[1]
    scope = build.engine.scope(fn)
    if expr[0] != "name" or not is_parameter(build, fn, expr[1]) or (scope.params[0].name == expr[1] and is_method(build.engine, fn)):
        return []
    return [(build.engine.made(("something", expr[1]), lambda: ("cmp", expr, (("is not", ("const", None)),))), True)]


def never(found: Iterable[Condition], known: Mapping[str, object]) -> bool:
    """Whether what is known of the variables decides one of the conditions against the statement."""
    return bool(known) and any(decided(test, known) is (not must) for test, must in found)


def _leaving(build: Build, own: Suites, block: int) -> list[tuple[int, Condition]]:
    """The branches directly in a block that never fall through: (statement, what lets it go on)."""
    table: dict[tuple[int, int], list[tuple[int, Condition]]] = build.memo.setdefault("leaving branches", {})  # type: ignore[assignment]
    key = own.number, block
    if key not in table:
        table[key] = []
        for order in own.statements.get(block, ()):
            first, *rest = own.parts.get(order) or [-1]
            if first < 0 or own.module.blocks[first].kind != "if":
                continue
            test = own.module.blocks[first].expr
            if FALL not in own.outcomes(first):
                table[key].append((order, (test, False)))
            elif rest and own.module.blocks[rest[0]].kind == "else" and FALL not in own.outcomes(rest[0]):
                table[key].append((order, (test, True)))
    return table[key]
