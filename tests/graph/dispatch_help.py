"""Small programs with a made-up SDK, built into a graph."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from auditor.facts.python import read_python
from auditor.graph.build.build import build_graph
from auditor.graph.build.context import FileInfo, VersionsOf
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun, Role
from auditor.knowledge.load import load, roots_of
from auditor.knowledge.types import Knowledge

ACME: dict[str, Any] = {
    "package": "acme",
    "types": {
        "client": {
            "new": ["acme.Client"],
            "noun": "model_client",
            "methods": {"bind": {"returns": "self", "tools": ["tools", 0]}, "open": {"sets": True}},
            "harmless": ["close"],
        },
        "agent": {
            "new": ["acme.agents.Agent"],
            "noun": "agent",
            "agent": {"name": "name", "tools": "tools"},
        },
        "wrapped": {"new": ["acme.trace.wrap"], "follows": 0, "is": ["client"]},
    },
    "calls": [
        {"names": ["client.chat", "client.batches.chat"], "noun": "model_call", "kind": "llm", "tools": ["tools", "config.tools"]},
        {"names": ["agent.run"], "noun": "model_call", "kind": "agent_run", "runs": "receiver"},
    ],
    "registrations": [{"names": ["acme.tool"], "makes": "tool"}],
    "tracing": [
        {"names": ["acme.trace.instrument"], "does": "instrument", "covers": ["acme"], "records_usage": True, "argument": "enabled"},
        {"names": ["acme.trace.wrap"], "does": "instrument", "covers": ["acme"]},
        {"names": ["acme.trace.Handler"], "does": "callback", "covers": ["acme"]},
        {"names": ["acme.trace.disable"], "does": "off", "covers": ["acme"]},
        {"names": ["acme.callbacks"], "does": "instrument", "covers": ["acme"]},
        {"names": ["acme.trace.conditional"], "does": "instrument", "covers": ["acme"], "when": {"argument": "rate", "given": True}},
    ],
    "environment": [
        {"variable": "ACME_TRACING", "does": "tracing_on", "covers": ["acme"], "values": ["true"]},
        {"variable": "ACME_DISABLE_TRACING", "does": "tracing_off", "covers": ["acme"], "values": ["1", "true"]},
    ],
    "usage": {"attributes": ["usage", "tokens.total"], "names": ["acme.cost_of", "acme.count_usage"]},
    "errors": {"acme.AcmeError": ["acme.Timeout"]},
    "understood": ["acme.types.*"],
}
OTEL: dict[str, Any] = {
    "package": "spans",
    "tracing": [
        {"names": ["spans.set_provider"], "does": "on"},
        {"names": ["spans.instrument_acme"], "does": "instrument", "covers": ["acme"]},
    ],
}


class Unlocked:
    whole = False

    def get(self, package: str) -> None:
        return None


@dataclass(frozen=True)
class Locked:
    """One exact version of every package."""

    version: str
    source: str = "lock"
    specifier: object = ""
    whole: bool = True

    @property
    def versions(self) -> tuple[str, ...]:
        return (self.version,)

    def get(self, package: str) -> Locked:
        return self


def build(
    files: dict[str, str] | str,
    *,
    environment: dict[str, str] | None = None,
    documents: dict[str, object] | None = None,
    version: str = "",
    known: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None,
    asked: VersionsOf | None = None,
    **changes: Any,
) -> AgentGraph:
    """The graph of some files (a text alone is `app.py`); `known` and `changes` replace keys of the SDK's knowledge,
    or are what configuration says; `extra` is the knowledge of one more package, `asked` what files say of versions."""
    said = {key: changes.pop(key) for key in ("words", "distributions", "scripts", "mentioned", "commands") if key in changes}
    texts = {"app.py": files} if isinstance(files, str) else files
    modules = []
    for path, text in texts.items():
        facts, problem = read_python(path, dedent(text))
        assert facts is not None, problem
        modules.append(facts)
    packages = [{**ACME, **(known or {}), **changes}, OTEL, *([extra] if extra else [])]
    extra = [Knowledge.model_validate(each) for each in packages]
    knowledge = load([root for each in extra for root in roots_of(each)], extra)
    roles: dict[str, Role] = {"tests": "test", "demo": "example"}
    infos = {path: FileInfo(roles.get(path.partition("/")[0], "production")) for path in texts}
    versions = asked or (Locked(version) if version else Unlocked())
    return build_graph(modules, knowledge, infos, lambda path: versions, environment=environment, documents=documents, **said)


def nodes(graph: AgentGraph, kind: str) -> list[Any]:
    rows: list[Noun] = [n for n in graph.nodes.values() if n.kind == kind]
    return sorted(rows, key=lambda n: (n.at.path, n.at.line, n.at.column, n.name))


def has_tools(graph: AgentGraph) -> set[tuple[str, str]]:
    """(agent, tool) by name."""
    return {(graph.nodes[e.source].name, graph.nodes[e.target].name) for e in graph.edges if e.kind == "has_tool"}


def runs(graph: AgentGraph, tool: str) -> set[str]:
    """Qualified names of the functions that a tool runs in the flow."""
    ids = {n.id for n in graph.nodes.values() if n.name == tool and n.kind == "tool"}
    functions = graph.flow.functions
    return {functions[s.target].symbol for s in graph.flow.sites if s.caller in ids}
