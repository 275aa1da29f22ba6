"""Whose errors a failed request of a package comes out as."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.defaults import holds_in
from auditor.graph.build.loop_escapes import family, thrown
from auditor.graph.types import ExternalCall, ModelCall, Retry
from auditor.program.origins.types import Ext, Place


def raised_packages(build: Build) -> None:
    """Notes for the packages of all calls which other packages' errors a request may end in, where that is known; those that the program
    raises itself are among them."""
    paths: dict[str, set[str]] = {}
    for noun in build.graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)):
            paths.setdefault(noun.framework, set()).add(noun.at.path)
    by_hand = _raised_by_hand(build)
    for package, knowledge in build.base.by_package.items():
        if knowledge.raises is None:
            continue
        found = {
            name
            for form in knowledge.raises
            for name in form.packages
            if not paths.get(package) or any(holds_in(build, form.versions, path, package) is not False for path in paths[package])
        }
        build.graph.raises[package.replace("-", "_").lower()] = frozenset(found | by_hand)


def _raised_by_hand(build: Build) -> set[str]:
    """Packages whose errors, or what derives from them, the program raises itself; asked only where a retry names such errors."""
    asked = {name.partition(".")[0] for n in build.graph.nodes.values() if isinstance(n, Retry) for name in n.on if "." in name}
    if asked.isdisjoint(build.base.by_package):
        return set()
    rows: set[str] = set()
    for number, module in enumerate(build.engine.modules):
        leaves = [] if build.role(number) == "test" else [e for scope in module.scopes for e in scope.exits if e.kind == "raise"]
        for leave in leaves:
            place = Place(number, leave.order)
            found = family(build.engine, thrown(build.engine, leave.value, place)) if leave.value != ("const", None) else []
            rows.update(o.name.partition(".")[0] for o in found if isinstance(o, Ext) and "." in o.name)
    return rows & asked
