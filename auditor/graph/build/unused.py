"""Functions of an application that nothing refers to: neither its code, nor its configuration, nor whoever installs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from auditor.core.location import Location
from auditor.graph.build.context import Build
from auditor.graph.build.kept_unread import PUBLISHED
from auditor.graph.build.referred import called_on_unknown, overrides
from auditor.graph.types import EntryPoint
from auditor.program.dynamic import dynamic
from auditor.program.origins.objects import owner_class
from auditor.program.origins.types import Key
from auditor.program.unused import unnamed, unused

OWN_BINDINGS = ("from", "star_import", "def", "class")


def unused_functions(build: Build, words: Collection[str], distributions: Collection[str]) -> None:
    """`words`: what configuration mentions; `distributions`: folders that are built into one."""
    flow = build.graph.flow
    kept = {key for _, key in build.by_function}
    kept |= {build.functions[f] for functions in flow.entries.values() for f in functions if f in build.functions}
    open_to_all: set[int] = build.memo[PUBLISHED]  # type: ignore[assignment]
    servers = {_distribution(n.at.path, distributions) for n in build.graph.nodes.values() if isinstance(n, EntryPoint) and n.server}
    # A distribution with a server of its own is an application, whatever it is packed for.
    served = {n for n in open_to_all if _distribution(build.path(n), distributions) in servers}
    own = {build.functions[f]: f for f in flow.functions if f in build.functions and build.role(build.functions[f][0]) == "production"}

    def found(closed: Collection[int], *, tests: bool = True) -> set[Key]:
        functions = [key for key in own if key[0] not in closed]
        return unused(build.engine, functions, kept, lambda name: bool(build.base.applies.function(name)), words, tests=tests)

    nowhere = found(open_to_all)
    flow.unused = frozenset(own[key] for key in nowhere)
    if any(build.engine.is_test):
        closed = open_to_all - served
        flow.tested = frozenset(own[key] for key in found(closed, tests=False) - (found(closed) if served else nowhere))
    flow.unnamed = frozenset(own[key] for key in unnamed(build.engine, own, words) - kept)
    flow.published = frozenset(map(build.path, open_to_all))


def _distribution(path: str, distributions: Collection[str]) -> str | None:
    return next((folder for folder in _folders(path) if folder in distributions), None)


def asked_functions(build: Build) -> None:
    """Tells of the functions that no call seen leads to whether there may be one all the same. A computed name may mean one whose calls
    rule out what it does otherwise no more than one that no code names."""
    flow = build.graph.flow
    rows = list(_asked(build))
    flow.asked = {identity: at for identity, at, _ in rows}
    closed = flow.split - {f for f in flow.split if flow.functions[f].at.path in flow.published}
    flow.unnamed |= {identity for identity, at, overriding in rows if identity in closed and at is None and not overriding}


def _asked(build: Build) -> Iterator[tuple[str, Location | None, bool]]:
    """Functions that no call leads to, though there may be one: by their name on what is not known (with its place), as the method that
    they override (true), or by a name that is computed."""
    flow, ways = build.graph.flow, dynamic(build.engine)
    tests = {build.path(number) for number, is_test in enumerate(build.engine.is_test) if is_test}
    reached = {site.target for site in flow.sites if site.at.path not in tests} | {
        f for functions in flow.entries.values() for f in functions
    }
    for identity in flow.functions:
        key = build.functions.get(identity)
        if key is None or (identity in reached and identity not in flow.split):
            continue
        scope = build.engine.scope(key)
        owner = owner_class(build.engine, key)
        by_name = ways.everything or key[0] in ways.modules or (owner is not None and ways.attributes)
        at = called_on_unknown(build, scope.name, of_results=True)
        overriding = owner is not None and overrides(build, owner, scope.name)
        if by_name or at is not None or overriding:
            yield identity, at, overriding


def published(build: Build, distributions: Collection[str], scripts: bool) -> set[int]:
    """Modules that whoever installs them may use: of a distribution without a command, or of a package that gives out names. `scripts`:
    whether it has `module:function`s to run."""
    giving = {build.path(n).rpartition("/")[0] for n in range(len(build.engine.modules)) if _gives_names(build, n)}
    rows: set[int] = set()
    for number in range(len(build.engine.modules)):
        folders = _folders(build.path(number))
        inside = _distribution(build.path(number), distributions)
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
