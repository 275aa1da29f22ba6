"""Where runs begin besides registrations: main guards, scripts, notebooks and console scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.facts.jobs import Job
from auditor.graph.build.context import Build
from auditor.graph.build.flow import function
from auditor.graph.build.registrations import entry_point
from auditor.graph.types import NONE, EntryPoint
from auditor.program.imported import imported
from auditor.program.origins.types import Key

MOST_JOBS = 16


def entry_nodes(build: Build, scripts: dict[str, str], jobs: Sequence[Job] = ()) -> None:
    """Entry points of modules that run code; `scripts`: console script -> `module:function`; `jobs` run some of them."""
    for name, target in sorted(scripts.items()):
        dotted, _, attr = target.partition(":")
        for index in build.engine.index.find(dotted.strip(), ""):
            bindings = [b for b in build.engine.modules[index].scopes[0].bindings.get(attr.strip(), ()) if b.kind == "def"]
            if bindings:
                entry_point(build, (index, bindings[-1].detail), "cli", "", False, name)
    known = imported(build.engine)
    started: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        for file in job.files:
            started[file.rpartition("/")[2]].append(job)
    for number, module in enumerate(build.engine.modules):
        body: Key = (number, 0)
        if build.function_id(body) not in build.graph.flow.functions:
            continue
        if module.main >= 0:
            block = module.blocks[module.main]
            limit = _limit(build.path(number), started)
            _script(build, body, block.line, block.end_line, "script", main=True, job=limit)
        elif build.role(number) == "notebook":
            first = module.statements[1][2] if len(module.statements) > 1 else 1
            _script(build, body, first, first, "notebook")
        elif number not in known:
            _script(build, body, 1, 1, "script", job=_limit(build.path(number), started))


def _limit(path: str, started: Mapping[str, Sequence[Job]]) -> Setting:
    """The longest that a job may take which starts a file."""
    name = path.rpartition("/")[2]
    rows = [job for job in started.get(name, ())[:MOST_JOBS] if any(_same(path, file) for file in job.files)]
    longest = max(rows, key=lambda job: job.minutes, default=None)
    if longest is None:
        return NONE
    at = Location(longest.path, longest.line)
    return Setting(longest.minutes * 60, "declared", at=at, why=f"the limit of the job {longest.name}, which starts it", unit="seconds")


def _same(path: str, file: str) -> bool:
    """Whether a command means a file: one of them may be written from further inside."""
    return path == file or ("/" in file and path.endswith(f"/{file}")) or ("/" in path and file.endswith(f"/{path}"))


def _script(build: Build, body: Key, line: int, end_line: int, kind: str, *, main: bool = False, job: Setting = NONE) -> None:
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
        job=job,
    )
    build.add(node)
    entries: dict[str, list[Key]] = build.memo.setdefault("entries", {})  # type: ignore[assignment]
    entries.setdefault(node.id, []).append(body)


def flow_entries(build: Build) -> None:
    """Hands the entry points' functions to the flow."""
    entries: dict[str, list[Key]] = build.memo.get("entries", {})  # type: ignore[assignment]
    for node, functions in entries.items():
        build.graph.flow.entries[node] = tuple(dict.fromkeys(function(build, fn) for fn in functions))
