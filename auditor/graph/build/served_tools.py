"""Tools of a server that says by one function which tools it has, and runs by another the one whose name it is given."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_schemas import NAMES, Reader, Schema
from auditor.graph.build.dispatch_targets import Targets, forward
from auditor.graph.build.dispatch_tools import tool_nodes
from auditor.graph.build.registrations import Handlers
from auditor.program.origins.calls import returns
from auditor.program.origins.types import Func, Key


def served_tools(build: Build) -> None:
    """A node for each tool that a server tells of; it runs what its name leads to.

    A server that does not branch on the names runs all of them by the one function.
    """
    rows: Handlers = build.memo.get("tool handlers", {})  # type: ignore[assignment]
    for (package, _), handlers in rows.items():
        found = [s for fn in handlers["listed"] for s in _listed(build, fn)]
        run = handlers["run"]
        targets = Targets(build, forward(build, run))
        named: dict[Schema, list[Key]] = {schema: targets.of(schema) for schema in dict.fromkeys(found)}
        whole = run if not targets.picks() and not any(n in targets.chains for n in {s.name for s in named}) else []
        for schema, functions in named.items():
            tool_nodes(build, schema, functions or whole, package)


def _listed(build: Build, fn: Key) -> list[Schema]:
    """The tools in what a function returns, one that it calls for them included."""
    reader = Reader(build, NAMES)
    return [s for origin in returns(build.engine, fn, 0) for s in reader.of_origin(origin) if not isinstance(s.origin, Func)]
