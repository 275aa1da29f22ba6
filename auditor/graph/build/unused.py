"""Functions of an application that nothing refers to: neither its code, nor its configuration, nor whoever installs it."""

from __future__ import annotations

from collections.abc import Collection

from auditor.graph.build.context import Build
from auditor.program.unused import unused

OWN_BINDINGS = ("from", "star_import", "def", "class")


def unused_functions(build: Build, words: Collection[str], distributions: Collection[str], scripts: Collection[str]) -> None:
    """`words`: what configuration mentions; `distributions`: folders that are built into one; `scripts`: `module:function`s to run."""
    kept = {key for _, key in build.by_function}
    kept |= {build.functions[f] for functions in build.graph.flow.entries.values() for f in functions if f in build.functions}
    open_to_all = _published(build, distributions, bool(scripts))
    asked = {
        build.functions[f]: f
        for f in build.graph.flow.functions
        if f in build.functions and build.role(build.functions[f][0]) == "production" and build.functions[f][0] not in open_to_all
    }
    found = unused(build.engine, asked, kept, lambda name: bool(build.base.applies.function(name)), words)
    build.graph.flow.published = frozenset(map(build.path, open_to_all))
    build.graph.flow.unused = frozenset(asked[key] for key in found)


def _published(build: Build, distributions: Collection[str], scripts: bool) -> set[int]:
    """Modules that whoever installs them may use: of a distribution without a command, or of a package that gives out names."""
    giving = {build.path(n).rpartition("/")[0] for n in range(len(build.engine.modules)) if _gives_names(build, n)}
    rows: set[int] = set()
    for number in range(len(build.engine.modules)):
        folders = _folders(build.path(number))
        inside = next((folder for folder in folders if folder in distributions), None)
        if inside is not None and (not scripts or any(f in giving and len(f) >= len(inside) for f in folders)):
            rows.add(number)
    return rows


def _folders(path: str) -> list[str]:
    """The folders of a file, from the inside out."""
    rows = []
    while path:
        path = path.rpartition("/")[0]
        rows.append(path)
    return rows


def _gives_names(build: Build, number: int) -> bool:
    module = build.engine.modules[number]
    if not module.path.endswith("__init__.py"):
        return False
    return bool(module.exported) or any(b.kind in OWN_BINDINGS for bindings in module.scopes[0].bindings.values() for b in bindings)
