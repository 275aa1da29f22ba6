"""Clients that a program makes the default of a package."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.matching import matches
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.declared import DefaultClientForm
from auditor.program.origins.outside import outside_stores
from auditor.program.origins.types import Ext


def default_clients(build: Build, package: str, path: str = "", embeds: bool = False) -> list[Thing]:
    """Clients that a call or an assignment makes the default of a package, for code at a path: of several those that stand nearest, since
    programs beside each other each set their own."""
    memo: dict[tuple[str, bool], list[tuple[Thing, str]]] = build.memo.setdefault("default clients", {})  # type: ignore[assignment]
    if (package, embeds) not in memo:
        forms = [f for k in build.base.files if k.package == package for f in k.default_clients if f.embeds == embeds]
        memo[package, embeds] = list(dict.fromkeys(row for form in forms for row in _made_default(build, form, package)))
    rows = memo[package, embeds]
    shared = {p: _shared(path, p) for _, p in rows}
    return list(dict.fromkeys(t for t, p in rows if shared[p] == max(shared.values())))


def _shared(path: str, other: str) -> int:
    """How many folders, and the file, two paths have in common."""
    pairs = zip(path.split("/"), other.split("/"), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), len(path.split("/")))


def _made_default(build: Build, form: DefaultClientForm, package: str) -> Iterator[tuple[Thing, str]]:
    names = {name.rsplit(".", 1)[-1] for name in form.names}
    for name in sorted(names.union(*(build.engine.aliases.get(n, ()) for n in names))):
        for number, call in build.engine.calls_by_last.get(name, ()):
            for match in matches(build, build.base.default_clients, (number, call.index)):
                if match.form is form and match.package == package:
                    found = objects(build, argument(build, form.client, (number, call.index), 0) or ())
                    yield from ((thing, build.path(number)) for thing in found)
    for name in form.attributes:
        owner, _, attribute = name.rpartition(".")
        for place, expr in outside_stores(build.engine, Ext(owner), attribute):
            yield from ((thing, build.path(place.module)) for thing in objects(build, build.engine.origins(expr, place)))
