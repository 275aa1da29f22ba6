"""What a reader calls a node."""

from __future__ import annotations

from auditor.graph.types import Agent, Noun


def title(noun: Noun) -> str:
    """Its name; of an agent that has only the name of the function that makes it, what is made there: `Crew in make_crew`."""
    name = noun.name or noun.symbol or noun.callee
    if isinstance(noun, Agent) and noun.callee not in ("def", "class") and noun.symbol == noun.qualname and _last(noun.symbol) == name:
        return f"{_last(noun.callee)} in {name}"
    return name


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]
