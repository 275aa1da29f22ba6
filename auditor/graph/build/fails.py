"""Whose errors a failed request of a package comes out as."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.defaults import holds_in
from auditor.graph.types import ExternalCall, ModelCall


def raised_packages(build: Build) -> None:
    """Notes for the packages of all calls which other packages' errors a request may end in, where that is known."""
    paths: dict[str, set[str]] = {}
    for noun in build.graph.nodes.values():
        if isinstance(noun, (ModelCall, ExternalCall)):
            paths.setdefault(noun.framework, set()).add(noun.at.path)
    for package, knowledge in build.base.by_package.items():
        if knowledge.raises is None:
            continue
        found = {
            name
            for form in knowledge.raises
            for name in form.packages
            if not paths.get(package) or any(holds_in(build, form.versions, path, package) is not False for path in paths[package])
        }
        build.graph.raises[package.replace("-", "_").lower()] = frozenset(found)
