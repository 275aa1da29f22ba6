"""Where runs begin besides registrations: main guards, scripts, notebooks and console scripts."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.flow import function
from auditor.graph.build.registrations import entry_point
from auditor.graph.types import EntryPoint
from auditor.program.imported import imported
from auditor.program.origins.types import Key


def entry_nodes(build: Build, scripts: dict[str, str]) -> None:
    """Entry points of modules that run code; `scripts`: console script -> `module:function`."""
    for name, target in sorted(scripts.items()):
        dotted, _, attr = target.partition(":")
        for index in build.engine.index.find(dotted.strip(), ""):
            bindings = [b for b in build.engine.modules[index].scopes[0].bindings.get(attr.strip(), ()) if b.kind == "def"]
            if bindings:
                entry_point(build, (index, bindings[-1].detail), "cli", "", False, name)
    known = imported(build.engine)
    for number, module in enumerate(build.engine.modules):
        body: Key = (number, 0)
        if build.function_id(body) not in build.graph.flow.functions:
            continue
        if module.main >= 0:
            block = module.blocks[module.main]
            _script(build, body, block.line, block.end_line, "script", main=True)
        elif build.role(number) == "notebook":
            first = module.statements[1][2] if len(module.statements) > 1 else 1
            _script(build, body, first, first, "notebook")
        elif number not in known:
            _script(build, body, 1, 1, "script")


def _script(build: Build, body: Key, line: int, end_line: int, kind: str, *, main: bool = False) -> None:
    at = build.location(body[0], line, 1, end_line)
    path = build.path(body[0])
    name = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    node = EntryPoint(
        id=build.node_id("entry_point", at),
        name=name,
        symbol="<module>",
        at=at,
        role=build.role(body[0]),
        callee="if" if main else "<module>",
        entry=kind,
    )
    build.add(node)
    entries: dict[str, list[Key]] = build.memo.setdefault("entries", {})  # type: ignore[assignment]
    entries.setdefault(node.id, []).append(body)


def flow_entries(build: Build) -> None:
    """Hands the entry points' functions to the flow."""
    entries: dict[str, list[Key]] = build.memo.get("entries", {})  # type: ignore[assignment]
    for node, functions in entries.items():
        build.graph.flow.entries[node] = tuple(dict.fromkeys(function(build, fn) for fn in functions))
