"""Roles: what weighs in the score, and repositories in which all is example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from auditor.graph.graph import AgentGraph, Examples
from auditor.graph.types import Noun, Role
from auditor.rules.constants import Constants
from auditor.sources.roles import role_of

AnyNoun = TypeVar("AnyNoun", bound=Noun)
ASIDE: frozenset[Role] = frozenset({"notebook", "example", "test"})
"""they are reported, and never count"""
GATING: frozenset[Role] = frozenset({"production", "script"})
AUDITED = frozenset({"model_call", "agent"})


def counts(noun: Noun) -> bool:
    """In score and coverage: not code that nothing uses, tests aside."""
    return not noun.unused and noun.role not in ASIDE


def weight_of(noun: Noun, constants: Constants) -> float:
    """In the score."""
    return constants.weights[noun.role] if counts(noun) else 0.0


def examples_of(nodes: Iterable[Noun], *, shown: bool) -> Examples:
    """What examples and notebooks are in a repository with these nodes; `shown`: whether examples import what it publishes.

    Where all model calls and agents, of which there are some outside tests, are in examples, notebooks or tests, the examples are the
    project, unless they show a package that it publishes. Notebooks are, where nothing but notebooks has any.
    """
    found = [noun for noun in nodes if noun.kind in AUDITED and noun.role != "test"]
    if not found or shown or any(noun.role not in ASIDE for noun in found):
        return "aside"
    return "all" if all(_is_notebook(noun.at.path) for noun in found) else "code"


def promote_examples(graph: AgentGraph) -> None:
    """Example and notebook files become production where they are the project: nodes that no entry point reaches become library."""
    graph.examples = examples_of(graph.nodes.values(), shown=graph.flow.shown)
    graph.nodes = {key: promote(noun, graph.examples) for key, noun in graph.nodes.items()}
    graph.calls = tuple(promote(call, graph.examples) for call in graph.calls)


def weighs(path: str, examples: Examples = "aside") -> bool:
    """Whether what is found in a file counts."""
    role = role_of(path)
    return role not in ASIDE or (role != "test" and _is_project(path, examples))


def promote(noun: AnyNoun, examples: Examples) -> AnyNoun:
    if noun.role not in ("example", "notebook") or not _is_project(noun.at.path, examples):
        return noun
    return replace(noun, role="production" if noun.reached or noun.kind == "entry_point" else "library")


def _is_project(path: str, examples: Examples) -> bool:
    """`path`: of an example or a notebook."""
    return examples == "all" or (examples == "code" and not _is_notebook(path))


def _is_notebook(path: str) -> bool:
    return path.lower().endswith(".ipynb")
