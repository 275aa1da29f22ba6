"""Roles: what weighs in the score, and repositories in which all is example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from auditor.graph.types import Noun, Role
from auditor.sources.roles import role_of

AnyNoun = TypeVar("AnyNoun", bound=Noun)
WEIGHTS: Mapping[Role, float] = {"production": 1.0, "script": 1.0, "library": 0.5, "notebook": 0.0, "example": 0.0, "test": 0.0}
GATING: frozenset[Role] = frozenset({"production", "script"})
AUDITED = frozenset({"model_call", "agent"})


def weight_of(noun: Noun) -> float:
    """What a node weighs in score and coverage: code that nothing uses, tests aside, nothing."""
    return 0.0 if noun.unused else WEIGHTS[noun.role]


def all_is_example(nodes: Iterable[Noun]) -> bool:
    """Whether all model calls and agents, of which there are some outside tests, are in examples, notebooks or tests."""
    roles = {noun.role for noun in nodes if noun.kind in AUDITED}
    return bool(roles & {"example", "notebook"}) and all(not WEIGHTS[role] for role in roles)


def promoted(nodes: Mapping[str, Noun]) -> dict[str, Noun]:
    """Example and notebook files are production where all is example: nodes that no entry point reaches become library."""
    if not all_is_example(nodes.values()):
        return dict(nodes)
    return {key: promote(noun) for key, noun in nodes.items()}


def weighs(path: str, *, examples: bool = False) -> bool:
    """Whether what is found in a file counts; `examples`: example and notebook files are production here."""
    role = role_of(path)
    return bool(WEIGHTS[role]) or (examples and role != "test")


def promote(noun: AnyNoun) -> AnyNoun:
    if noun.role not in ("example", "notebook"):
        return noun
    return replace(noun, role="production" if noun.reached or noun.kind == "entry_point" else "library")
