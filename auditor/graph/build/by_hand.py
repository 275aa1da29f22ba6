"""Files that measure the agent instead of being it: evaluations and benchmarks that somebody runs by hand count as examples."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.graph.build.context import Build
from auditor.knowledge.load import roots_of
from auditor.program.imported import imported
from auditor.program.origins.types import Ext, Place

FOLDER = re.compile(r"evals?|evaluations?|bench(mark)?(s|ing)?|experiments?")
FILE = re.compile(r"(run_?|bench_)?(evals?|evaluat(e|ion)|bench(marks?)?)(_.*)?|.*_(evals?|evaluat(e|ion)|bench(marks?)?)|bench_.*")
SERVED = frozenset(("http", "websocket", "worker", "cron", "tool_server"))


def evaluations(build: Build) -> None:
    """Changes the role of such files. A name alone says little: nothing that is in production may import them, and they serve nobody."""
    importers = imported(build.engine)
    modules = range(len(build.engine.modules))
    found = {n for n in modules if build.role(n) in ("production", "script") and _looks_like_one(build, n) and not _serves(build, n)}
    aside = {n for n in modules if build.role(n) not in ("production", "script")}
    left = set(found)
    while left:
        used = {n for n in left if not importers.get(n, set()) <= found | aside}
        found -= used
        # What a file in production imports is production, and so may be what that one imports.
        left = {n for n in found if importers.get(n, set()) & used}
    for number in found:
        path = build.path(number)
        build.files[path] = replace(build.files[path], role="example")


def _looks_like_one(build: Build, number: int) -> bool:
    *folders, name = build.path(number).lower().split("/")
    if any(map(FOLDER.fullmatch, folders)) or _evaluates(build, number):
        return True
    return bool(FILE.fullmatch(name.rpartition(".")[0])) and _uses_the_project(build, number)


def _uses_the_project(build: Build, number: int) -> bool:
    """A file that only has such a name measures something if it imports it."""
    return any(number in by for module, by in imported(build.engine).items() if module != number)


def _evaluates(build: Build, number: int) -> bool:
    """Whether it runs an evaluation framework."""
    names = build.base.evaluations
    last = {name.rpartition(".")[2] for name in names}
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
