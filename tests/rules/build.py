"""Hand-made nouns, rules and settings."""

from __future__ import annotations

from typing import Any

from auditor.core.location import Location
from auditor.core.values import OneOf, Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import Layer
from auditor.graph.types import ModelCall, Noun
from auditor.rules.evaluate import ask, evaluate
from auditor.rules.types import Rule, Verdict


def rule(flag: str, **more: Any) -> Rule:
    fields = {"id": "some-rule", "title": "Some", "severity": "high", "confidence": "high", "status": "stable", "pack": "resilience"}
    return Rule(**{**fields, "each": ("model_call",), "flag": flag, **more})


def call(line: int = 10, path: str = "app/llm.py", **more: Any) -> ModelCall:
    fields = {"id": f"model_call:{path}:{line}:1", "name": "ask", "symbol": "ask", "at": Location(path, line), "role": "production"}
    return ModelCall(**{**fields, **more})


def some(*values: Any, group: str = "", undecided: bool = False) -> Setting:
    """A setting with several values; a setting among them is taken as it is."""
    return Setting(OneOf(tuple(v if isinstance(v, Setting) else Setting(v) for v in values), undecided, group), "inferred")


def layer(attempts: Any, mechanism: str = "sdk", same_errors: bool | None = True) -> Layer:
    return Layer(mechanism, Setting(attempts), same_errors, None)


def graph(*nouns: Noun) -> AgentGraph:
    return AgentGraph(nodes={noun.id: noun for noun in nouns})


def verdicts(asked: Rule, *nouns: Noun) -> list[Verdict]:
    return evaluate([asked], graph(*nouns))


def verdict(flag: str, noun: Noun | None = None, **more: Any) -> Verdict:
    found = ask(rule(flag, **more), noun or call())
    assert found is not None
    return found


def state(flag: str, noun: Noun | None = None, **more: Any) -> str | None:
    found = ask(rule(flag, **more), noun or call())
    return found.state if found else None
