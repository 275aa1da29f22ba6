"""Which libraries a program asks for: what its lock files, requirements and project files name."""

from __future__ import annotations

from collections.abc import Callable

from auditor.graph.build.context import VersionsOf
from auditor.knowledge.base import Base
from auditor.knowledge.load import library_of


def installed(base: Base, versions: Callable[[str], VersionsOf]) -> Callable[[str, str], bool]:
    """Whether a dotted name is of a known library that is asked for where a file lies (its path)."""

    def asked_for(dotted: str, path: str) -> bool:
        parts = dotted.split(".")
        prefixes = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        package = next((p for prefix in prefixes if (p := base.roots.get(prefix) or library_of(prefix))), None)
        if package is None:
            return False
        knowledge = base.by_package.get(package)
        names = (package, *(knowledge.also if knowledge is not None else ()))
        return any(versions(path).get(name) is not None for name in names)

    return asked_for
