"""Where runs begin besides registrations: main guards, scripts, notebooks and console scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.facts.jobs import Job
from auditor.graph.build.context import Build
from auditor.graph.build.flow import function
from auditor.graph.build.loaded import imports
from auditor.graph.build.registrations import entry_point
from auditor.graph.flow import Site
from auditor.graph.types import NONE, EntryPoint
from auditor.program.imported import imported
from auditor.program.origins.types import Key

MOST_JOBS = 16
LONGEST = 900
"""seconds that a function which a service runs on events may take at most (AWS, Lambda quotas)"""
Command: TypeAlias = tuple[str, tuple[str, ...]]
"""the file that starts it, and its words"""


def entry_nodes(build: Build, scripts: dict[str, str], jobs: Sequence[Job] = (), commands: Sequence[Command] = ()) -> None:
    """Entry points of modules that run code; `scripts`: console script -> `module:function`; `jobs` and `commands` run some of them."""
    for name, target in sorted(scripts.items()):
        dotted, _, attr = target.partition(":")
        for index in build.engine.index.find(dotted.strip(), ""):
            bindings = [b for b in build.engine.modules[index].scopes[0].bindings.get(attr.strip(), ()) if b.kind == "def"]
            if bindings:
                entry_point(build, (index, bindings[-1].detail), "cli", "", False, name)
    for fn in _on_events(build, commands):
        node = entry_point(build, fn, "worker", "", False, build.engine.scope(fn).name)
        build.change(
            node, job=Setting(LONGEST, "declared", why="the service that runs it on events ends it then at the latest", unit="seconds")
        )
    known = imported(build.engine)
    started: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        for file in job.files:
            started[file.rpartition("/")[2]].append(job)
    referring, calling = _referring(build)
    loading = _loading(build, referring)
    served, speaks_of = _served(build, commands), build.engine.speaks_of
    for number, module in enumerate(build.engine.modules):
        body: Key = (number, 0)
        known_body = build.function_id(body) in build.graph.flow.functions
        if not known_body and (module.main < 0 or number not in loading):
            continue
        if module.main >= 0:
            block = module.blocks[module.main]
            limit = _limit(build.path(number), started)
            _script(build, body, block.line, block.end_line, "script", main=True, job=limit, server=served.get(number, ""))
        elif number in served:
            _script(build, body, 1, 1, "script", server=served[number])
        elif build.role(number) == "notebook":
            first = module.statements[1][2] if len(module.statements) > 1 else 1
            _script(build, body, first, first, "notebook")
        elif number in referring - calling:
            continue
        elif not any(speaks_of(n, number) for n in known.get(number, ())):
            _script(build, body, 1, 1, "script", job=_limit(build.path(number), started))


def _on_events(build: Build, commands: Sequence[Command]) -> Iterator[Key]:
    """The functions that a deployment has run on events by their names alone (`app.web.handler`, `src/app.handler`), each in all folders
    beside or below the file that says so."""
    for path, words in commands:
        module, _, name = words[0].rpartition(".") if len(words) == 1 else ("", "", "")
        folder, file = path.rpartition("/")[0], f"/{module.replace('.', '/').strip('/')}.py"
        for number, facts in enumerate(build.engine.modules) if module else ():
            if f"/{facts.path}".endswith(file) and (not folder or facts.path.startswith(f"{folder}/")):
                found = [b for b in facts.scopes[0].bindings.get(name, ()) if b.kind == "def"]
                yield from ((number, b.detail) for b in found[-1:])


def _referring(build: Build) -> tuple[set[int], set[int]]:
    """The modules whose bodies only hand over what others may run, and those whose bodies run something."""
    bodies = {build.function_id((number, 0)): number for number in range(len(build.engine.modules))}
    referring: set[Site] = build.memo.get("referring sites", set())  # type: ignore[assignment]
    calling = {bodies[s.caller] for s in build.graph.flow.sites if s.caller in bodies and s not in referring}
    return {bodies[s.caller] for s in referring if s.caller in bodies}, calling


def _loading(build: Build, modules: set[int]) -> set[int]:
    """The modules whose import runs the body of one of these."""
    importers: dict[int, list[int]] = defaultdict(list)
    for number, others in imports(build).items() if modules else ():
        for other in others:
            importers[other].append(number)
    rows, todo = set(modules), sorted(modules)
    while todo:
        for number in importers[todo.pop()]:
            if number not in rows:
                rows.add(number)
                todo.append(number)
    return {number for number in rows if not build.engine.is_test[number]}


def _served(build: Build, commands: Sequence[Command]) -> dict[int, str]:
    """The modules with which a deployment starts a server, and the package of that; a name that several files may have means none."""
    starts = [(tuple(command.split()), k.package) for k in build.base.files for command in k.starts]
    rows: dict[int, str] = {}
    for path, words in commands if starts else ():
        for start, package in starts:
            at = next((i for i in range(len(words)) if tuple(w.rpartition("/")[2] for w in words[i : i + len(start)]) == start), len(words))
            file = next((w.removeprefix("./") for w in words[at + len(start) :] if w.endswith(".py")), "")
            folder = path.rpartition("/")[0]
            paths = {m.path: n for n, m in enumerate(build.engine.modules) if _means(m.path, file)}
            own = [f"{folder}/{file}" if folder else file]
            beside = [p for p in paths if p.startswith(f"{folder}/")] if folder else []
            chosen = next((found for found in (own, beside, [*paths]) if found and found[0] in paths), [])
            if len(chosen) == 1:
                rows[paths[chosen[0]]] = package
    return rows


def _means(path: str, file: str) -> bool:
    """Whether a command in an image may mean a file: what it is copied to may be called otherwise, in front."""
    return bool(file) and (f"/{path}".endswith(f"/{file}") or f"/{file}".endswith(f"/{path}"))


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


def _script(
    build: Build, body: Key, line: int, end_line: int, kind: str, *, main: bool = False, job: Setting = NONE, server: str = ""
) -> None:
    """`server`: the package of the server that is started with it."""
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
        framework=server,
        entry="http" if server else kind,
        server=bool(server),
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
