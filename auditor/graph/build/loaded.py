"""Which entry points' programs have run the body of a module before: it is imported, from where they stand or on the way there."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import takewhile

from auditor.graph.build.context import Build
from auditor.graph.types import EntryPoint
from auditor.program.dynamic import discovered
from auditor.program.imported import imported, imported_at_once

DEPLOYED = ("production", "script")
SHOWING = ("example", "notebook")


def loaded(build: Build) -> None:
    """Fills `flow.loaded` and `flow.started`, for module bodies on the flow."""
    flow = build.graph.flow
    onward = imports(build)
    deployed = entries_by_module(build, DEPLOYED)
    _fill(build, deployed, onward, flow.loaded)
    at_once: dict[int, list[int]] = defaultdict(list)
    for importer, number in imported_at_once(build.engine):
        at_once[importer].append(number)
    _with_packages(build, at_once)
    _fill(build, deployed, at_once, flow.started)
    # An example is loaded by programs that are examples themselves; what else they load is none of them.
    shown = entries_by_module(build, SHOWING)
    _fill(build, shown, onward, flow.loaded, SHOWING)
    _fill(build, shown, at_once, flow.started, SHOWING)
    _elsewhere(build, onward)


def _fill(
    build: Build,
    begin: dict[int, list[str]],
    onward: dict[int, list[int]],
    rows: dict[str, tuple[str, ...]],
    roles: tuple[str, ...] = (*DEPLOYED, *SHOWING),
) -> None:
    """Adds the entry points to the module bodies of these roles."""
    bits, masks = masks_of(begin, onward)
    for number, mask in masks.items():
        body = build.function_id((number, 0))
        if body in build.graph.flow.functions and not build.engine.is_test[number] and build.role(number) in roles:
            rows[body] = (*rows.get(body, ()), *(entry for entry, bit in bits.items() if mask & bit))


def _elsewhere(build: Build, onward: dict[int, list[int]]) -> None:
    """Fills `flow.elsewhere`: a program that does not import an example runs nothing of it, whatever its library could be given."""
    bits, masks = masks_of(entries_by_module(build, (*DEPLOYED, *SHOWING)), onward)
    rows: dict[int, frozenset[str]] = {}
    for number, module in enumerate(build.engine.modules):
        if build.role(number) in SHOWING:
            mask = masks.get(number, 0)
            if mask not in rows:
                rows[mask] = frozenset(entry for entry, bit in bits.items() if not mask & bit)
            build.graph.flow.elsewhere[module.path] = rows[mask]


def masks_of(begin: dict[int, list[str]], onward: dict[int, list[int]]) -> tuple[dict[str, int], dict[int, int]]:
    """The bits of entry points; module -> those whose programs import it."""
    bits = {entry: 1 << i for i, entry in enumerate(sorted({e for rows in begin.values() for e in rows}))}
    masks = {number: sum(bits[e] for e in rows) for number, rows in begin.items()}
    todo = deque(sorted(masks))
    while todo:
        number = todo.popleft()
        for other in onward.get(number, ()):
            known = masks.get(other, 0)
            if known | masks[number] != known:
                masks[other] = known | masks[number]
                todo.append(other)
    return bits, masks


def entries_by_module(build: Build, roles: tuple[str, ...]) -> dict[int, list[str]]:
    """module -> the entry points of these roles that stand in it."""
    rows: dict[int, list[str]] = defaultdict(list)
    numbers = {module.path: number for number, module in enumerate(build.engine.modules)}
    for node in build.graph.nodes.values():
        if isinstance(node, EntryPoint) and node.role in roles and node.at.path in numbers:
            rows[numbers[node.at.path]].append(node.id)
    return rows


def imports(build: Build) -> dict[int, list[int]]:
    """module -> what it imports, by computed names too; whoever imports a module of a package imports the package."""
    known: dict[int, list[int]] | None = build.memo.get("imports")  # type: ignore[assignment]
    if known is not None:
        return known
    rows: dict[int, list[int]] = defaultdict(list)
    build.memo["imports"] = rows
    for number, importers in imported(build.engine).items():
        for importer in sorted(importers):
            rows[importer].append(number)
    for importer, number in discovered(build.engine):
        rows[importer].append(number)
    _with_packages(build, rows)
    return rows


def groups(build: Build) -> list[int]:
    """module -> its group: those that imports connect, in whichever direction, tests aside. Objects stay within one."""
    known: list[int] | None = build.memo.get("groups")  # type: ignore[assignment]
    if known is not None:
        return known
    beside: dict[int, list[int]] = defaultdict(list)
    for number, others in imports(build).items():
        for other in others if not build.engine.is_test[number] else ():
            beside[number].append(other)
            beside[other].append(number)
    rows = build.memo["groups"] = [-1] * len(build.engine.modules)
    for number in range(len(rows)):
        todo = [number] if rows[number] < 0 else []
        while todo:
            each = todo.pop()
            if rows[each] < 0:
                rows[each] = number
                todo.extend(beside[each])
    return rows


def _with_packages(build: Build, rows: dict[int, list[int]]) -> None:
    """Whoever imports a module of a package imports the package before it. What nobody imports is run as a file: a folder on the way that
    is no package keeps it apart from those above."""
    packages = {m.path.removesuffix("__init__.py"): n for n, m in enumerate(build.engine.modules) if m.path.endswith("__init__.py")}
    known = imported(build.engine)
    for number, module in enumerate(build.engine.modules):
        parts = module.path.split("/")
        folders = ["".join(f"{part}/" for part in parts[:end]) for end in range(len(parts))]
        if number not in known:
            folders = list(takewhile(packages.__contains__, reversed(folders)))[::-1]
        rows[number].extend(packages[folder] for folder in folders if folder in packages and packages[folder] != number)
