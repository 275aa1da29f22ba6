"""Tools of the program's own tool servers: an agent of the program may ask for them, and record that on its side."""

from __future__ import annotations

from auditor.core.values import unknown
from auditor.graph.build.context import Build
from auditor.graph.types import EntryPoint, Tool

ASKS_A_SERVER = "mcp"


def note_client(build: Build, node: str, type_id: str) -> None:
    """Notes a tool object that stands for all the tools of a server: its own calls go to that."""
    package, _, short = type_id.partition(":")
    knowledge = build.base.by_package.get(package)
    forms = knowledge.calls if knowledge is not None else []
    if any(form.kind == ASKS_A_SERVER and any(name.startswith(f"{short}.") for name in form.names) for form in forms):
        build.memo.setdefault("clients of tool servers", set()).add(node)  # type: ignore[attr-defined]


def recorded_by_clients(build: Build) -> None:
    """What nothing records in the process of a tool server is in doubt where the program has a client of such servers that leaves spans."""
    clients: set[str] = build.memo.get("clients of tool servers", set())  # type: ignore[assignment]
    found = (build.graph.nodes[node] for node in sorted(clients))
    recording = [n for n in found if isinstance(n, Tool) and n.role != "test" and n.traced.value is not False]
    if not recording:
        return
    served = {n.at for n in build.graph.nodes.values() if isinstance(n, EntryPoint) and n.serves_tools}
    why = f"{recording[0].callee} at {recording[0].at} may record it where an agent asks for it"
    for node in list(build.graph.nodes.values()):
        if isinstance(node, Tool) and node.at in served and node.traced.value is False and not node.untraced_at:
            build.change(node.id, traced=unknown(why))
