"""Lambdas: where what stands in one runs."""

from __future__ import annotations

from collections import defaultdict

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.flow import FlowFunction
from auditor.program.origins.callers import received
from auditor.program.origins.types import Key, Place


def lambda_calls(build: Build, module: int, order: int) -> list[Key]:
    """Where a lambda that the statement stands in is called by the function of the program that it is passed to."""
    rows: list[Key] = []
    for call, where in _taken(build, module, order):
        for callee in build.engine.origins(call.func, Place(module, call.order)):
            rows.extend(received(build.engine, callee, where))
    return rows


def lambda_takers(build: Build, module: int, order: int) -> list[Key]:
    """The calls that get the lambda that a statement stands in."""
    return [(module, call.index) for call, _ in _taken(build, module, order)]


def _taken(build: Build, module: int, order: int) -> list[tuple[Call, int | str]]:
    scope = lambda_around(build, module, order)
    return _lambdas(build, module).get(scope, []) if scope is not None else []


def _lambdas(build: Build, module: int) -> dict[int, list[tuple[Call, int | str]]]:
    """lambda scope -> calls that get it as an argument."""
    tables: dict[int, dict[int, list[tuple[Call, int | str]]]] = build.memo.setdefault("lambdas", {})  # type: ignore[assignment]
    if module not in tables:
        table: dict[int, list[tuple[Call, int | str]]] = defaultdict(list)
        for call in build.engine.modules[module].calls:
            for i, arg in enumerate(call.args):
                if arg[0] == "lambda":
                    table[arg[1]].append((call, i))
            for name, value, _ in call.keywords:
                if value[0] == "lambda" and name is not None:
                    table[value[1]].append((call, name))
        tables[module] = table
    return tables[module]


def nodes_of_lambda(build: Build, module: int, order: int) -> list[str]:
    """The tool or the steps whose function is the lambda that a statement stands in, as functions of the flow."""
    scope = lambda_around(build, module, order)
    known: dict[Key, list[str]] = build.memo.get("nodes of lambdas", {})  # type: ignore[assignment]
    rows = list(known.get((module, scope), ())) if scope is not None else []
    rows += [node for taker in lambda_takers(build, module, order) if (node := build.by_site.get(("tool", taker))) is not None]
    for node in rows:
        noun = build.graph.nodes[node]
        build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
    return list(dict.fromkeys(rows))


def lambda_around(build: Build, module: int, order: int) -> int | None:
    """The scope of the lambda that a statement stands in."""
    facts = build.engine.modules[module]
    scope = facts.statements[order][0]
    while facts.scopes[scope].kind == "comp":
        scope = facts.scopes[scope].parent
    return scope if facts.scopes[scope].kind == "lambda" else None


def in_lambda(build: Build, module: int, order: int) -> bool:
    """What stands in a lambda runs when the lambda is called, wherever that is."""
    return lambda_around(build, module, order) is not None


def calls_in(build: Build, fn: Key) -> list[Key]:
    """The calls that stand in a function or in a lambda itself."""
    tables: dict[int, dict[int, list[Key]]] = build.memo.setdefault("calls by scope", {})  # type: ignore[assignment]
    facts = build.engine.modules[fn[0]]
    if fn[0] not in tables:
        table: dict[int, list[Key]] = defaultdict(list)
        for call in facts.calls:
            scope = facts.statements[call.order][0]
            while facts.scopes[scope].kind == "comp":
                scope = facts.scopes[scope].parent
            table[scope].append((fn[0], call.index))
        tables[fn[0]] = table
    return tables[fn[0]].get(fn[1], [])
