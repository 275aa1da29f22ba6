"""Files that measure the agent instead of being it: evaluations and benchmarks that somebody runs by hand count as examples."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from auditor.graph.build.context import Build
from auditor.knowledge.load import roots_of
from auditor.program.imported import imported
from auditor.program.names import module_parts
from auditor.program.origins.types import Ext, Place
from auditor.program.unused import texts

FOLDER = re.compile(r"(.*[_-])?evals?|evaluations?|bench(mark)?(s|ing)?|experiments?")
FILE = re.compile(r"(run_?|bench_)?(evals?|evaluat(e|ion)|bench(marks?)?)(_.*)?|.*_(evals?|evaluat(e|ion)|bench(marks?)?)|bench_.*")
DOTTED = re.compile(r"\w+(\.\w+)+")
SERVED = frozenset(("http", "websocket", "worker", "cron", "tool_server"))


def evaluations(build: Build, commands: Collection[str] = ()) -> None:
    """Changes the role of such files. A name alone says little: nothing that is in production may import them, and they serve nobody.

    `commands`: `module:function` of those that are installed with the project.
    """
    imports: dict[int, set[int]] = defaultdict(set)
    for module, importers in imported(build.engine).items():
        for number in importers - {module}:
            imports[number].add(module)
    ours = {n for n in range(len(build.engine.modules)) if build.role(n) in ("production", "script")}
    found = {n for n in ours if _looks_like_one(build, n, importing=n in imports) and not _serves(build, n)}
    # What a file in production imports is production, and so is what that one imports.
    todo = [*_named(build, found, commands), *(n for other in ours - found for n in imports[other])]
    while todo:
        number = todo.pop()
        if number in found:
            found.remove(number)
            todo.extend(imports[number])
    for number in found:
        path = build.path(number)
        build.files[path] = replace(build.files[path], role="example")


def _named(build: Build, modules: set[int], commands: Collection[str]) -> set[int]:
    """Those whose dotted name is written in other code, or is that of a command: something loads them by it."""
    if not modules:
        return set()
    written = {command.partition(":")[0] for command in commands}
    for number, module in enumerate(build.engine.modules):
        if number not in modules and build.role(number) in ("production", "script"):
            written.update(text for text in texts(module) if "." in text and DOTTED.fullmatch(text))
    return {number for number in modules if not written.isdisjoint(_names(build.path(number)))}


def _names(path: str) -> list[str]:
    """The dotted names, of more than one part, that may mean a file."""
    parts = module_parts(path)
    return [".".join(parts[start:]) for start in range(len(parts) - 1)]


def _looks_like_one(build: Build, number: int, *, importing: bool) -> bool:
    """By its folder or what it calls; a file that only has such a name measures something if it imports it."""
    *folders, name = build.path(number).lower().split("/")
    if any(map(FOLDER.fullmatch, folders)) or _evaluates(build, number):
        return True
    return importing and bool(FILE.fullmatch(name.rpartition(".")[0]))


def _evaluates(build: Build, number: int) -> bool:
    """Whether it runs an evaluation framework."""
    names = build.base.evaluations
    last = build.spellings(name.rpartition(".")[2] for name in names)
    for call in build.engine.modules[number].calls:
        if call.last in last:
            origins = build.engine.origins(call.func, Place(number, call.order))
            if any(isinstance(o, Ext) and o.name in names for o in origins):
                return True
    return False


def _serves(build: Build, number: int) -> bool:
    """Whether it has to do with a package by which requests or jobs come in; of the standard library, with that module."""
    imports = build.engine.modules[number].imports
    roots = {name.partition(".")[0] for name in imports}
    for knowledge in build.base.files:
        served = [name for form in knowledge.registrations if form.kind in SERVED for name in form.names]
        if served and not knowledge.stdlib and roots.intersection(roots_of(knowledge)):
            return True
        if knowledge.stdlib and any(name in imports or name.rpartition(".")[0] in imports for name in served):
            return True
    return False
