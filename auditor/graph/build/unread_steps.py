"""Steps of workflow graphs of which it is not known what they run: they lead nowhere, and so nothing is said of what they do."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.builders import Workflow
from auditor.graph.build.context import Build
from auditor.graph.traces import NotUnderstood
from auditor.program.origins.many import Many
from auditor.program.origins.types import Origin, Param, Unresolved, root_of


def unread_steps(build: Build) -> Iterator[NotUnderstood]:
    """The calls that add such steps, one row each."""
    rows: list[Workflow] = build.memo.get("workflows", [])  # type: ignore[assignment]
    content: dict[str, list[Origin]] = build.memo.get("step content", {})  # type: ignore[assignment]
    for workflow in rows:
        places = {build.graph.nodes[s].at for s in workflow.steps.values() if all(map(_unread, content.get(s, ())))}
        places.update(build.call_location(site) for site in workflow.unnamed)
        for at in places:
            yield NotUnderstood(workflow.package, f"{workflow.origin.name}.{workflow.form.nodes[0].method}", at)


def _unread(origin: Origin) -> bool:
    root = root_of(origin)
    return isinstance(root, (Param, Unresolved)) and not isinstance(root, Many)
