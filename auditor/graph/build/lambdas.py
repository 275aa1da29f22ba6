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
    facts = build.engine.modules[module]
    scope = facts.statements[order][0]
    while facts.scopes[scope].kind == "comp":
        scope = facts.scopes[scope].parent
    return _lambdas(build, module).get(scope, []) if facts.scopes[scope].kind == "lambda" else []


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


def tool_of_lambda(build: Build, module: int, order: int) -> str | None:
    """The tool whose function is the lambda that a statement stands in, as a function of the flow."""
    for taker in lambda_takers(build, module, order):
        node = build.by_site.get(("tool", taker))
        if node is not None:
            noun = build.graph.nodes[node]
            build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
            return node
    return None


def in_lambda(build: Build, module: int, order: int) -> bool:
    """What stands in a lambda runs when the lambda is called, wherever that is."""
    facts = build.engine.modules[module]
    scope = facts.statements[order][0]
    while facts.scopes[scope].kind == "comp":
        scope = facts.scopes[scope].parent
    return facts.scopes[scope].kind == "lambda"
