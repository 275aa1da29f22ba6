"""Roles: what weighs in the score, and repositories in which all is example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun, Role
from auditor.rules.constants import Constants
from auditor.sources.roles import role_of

AnyNoun = TypeVar("AnyNoun", bound=Noun)
ASIDE: frozenset[Role] = frozenset({"notebook", "example", "test"})
"""they are reported, and never count"""
GATING: frozenset[Role] = frozenset({"production", "script"})
STRONGEST_FIRST: tuple[Role, ...] = ("production", "script", "library", "notebook", "example", "test")
AUDITED = frozenset({"model_call", "agent"})


def strongest(roles: Iterable[Role]) -> Role:
    return min(roles, key=STRONGEST_FIRST.index)


def counts(noun: Noun) -> bool:
    """In score and coverage: not code that nothing uses, tests aside."""
    return not noun.unused and noun.role not in ASIDE


def weight_of(noun: Noun, constants: Constants) -> float:
    """In the score."""
    return constants.weights[noun.role] if counts(noun) else 0.0


def all_is_example(nodes: Iterable[Noun]) -> bool:
    """Whether all model calls and agents, of which there are some outside tests, are in examples, notebooks or tests, and nothing else has
    tools for an agent (as an MCP server does)."""
    nodes = list(nodes)
    roles = {noun.role for noun in nodes if noun.kind in AUDITED}
    deployed = {noun.id for noun in nodes if noun.kind == "entry_point" and noun.role in GATING}
    served = any(noun.kind == "tool" and noun.role in GATING and not deployed.isdisjoint(noun.reached) for noun in nodes)
    return bool(roles & {"example", "notebook"}) and roles <= ASIDE and not served


def promote_examples(graph: AgentGraph) -> None:
    """Example and notebook files become production where all is example: nodes that no entry point reaches become library."""
    graph.examples = all_is_example(graph.nodes.values())
    if graph.examples:
        graph.nodes = {key: _promoted(noun) for key, noun in graph.nodes.items()}
        graph.calls = tuple(map(_promoted, graph.calls))


def weighs(path: str, *, examples: bool = False) -> bool:
    """Whether what is found in a file counts; `examples`: example and notebook files are production here."""
    role = role_of(path)
    return role not in ASIDE or (examples and role != "test")


def _promoted(noun: AnyNoun) -> AnyNoun:
    if noun.role not in ("example", "notebook"):
        return noun
    return replace(noun, role="production" if noun.reached or noun.kind == "entry_point" else "library")
