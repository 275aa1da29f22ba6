"""What only code calls that no entry point reaches: where it is referred to from code that one does reach, it may run from there."""

from __future__ import annotations

from collections import defaultdict

from auditor.graph.build.context import Build
from auditor.graph.build.flow import close_over_callers, handed_from
from auditor.graph.flow import Site


def refer_unreached(build: Build) -> None:
    flow = build.graph.flow
    if not flow.entries:
        return
    referring: set[Site] = build.memo.get("referring sites", set())  # type: ignore[assignment]
    tried = {site.target for site in referring}
    reached = _reached(build)
    todo = [fn for identity, fn in build.functions.items() if identity not in reached and identity not in tried and fn[1] > 0]
    close_over_callers(build, [caller for fn in sorted(todo) if not build.engine.is_test[fn[0]] for caller in handed_from(build, fn)])


def _reached(build: Build) -> set[str]:
    """What an entry point, or the body of a module, leads to."""
    onward: dict[str, list[str]] = defaultdict(list)
    for site in build.ways():
        onward[site.caller].append(site.target)
    bodies = [build.function_id((number, 0)) for number in range(len(build.engine.modules)) if not build.engine.is_test[number]]
    todo = [*bodies, *(f for functions in build.graph.flow.entries.values() for f in functions)]
    rows = set(todo)
    while todo:
        for target in onward[todo.pop()]:
            if target not in rows:
                rows.add(target)
                todo.append(target)
    return rows
