"""The program: an engine over the facts of all files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping

from auditor.facts.types import ModuleFacts
from auditor.program.origins.declared import instead
from auditor.program.origins.engine import Engine
from auditor.program.origins.expressions import READERS
from auditor.program.origins.fixed import fixed_name
from auditor.program.origins.setters import drop_others
from auditor.program.origins.types import Injector, Shared, Starter

DEEPEST_RECURSION = 20_000


def make_program(
    modules: list[ModuleFacts],
    runners: Mapping[str, int | str] | None = None,
    fields: Mapping[str, tuple[tuple[int | str, ...], str]] | None = None,
    package: str = "",
    tests: Collection[str] = (),
    shows: Collection[str] = (),
    starters: Mapping[str, Starter] | None = None,
    generics: Mapping[str, str] | None = None,
    kinds: Mapping[str, tuple[str, ...]] | None = None,
    shared: Shared | None = None,
    injectors: Mapping[str, Injector] | None = None,
    installed: Callable[[str, str], bool] | None = None,
) -> Engine:
    """`package`: dotted name of the package that the scanned root lies in, if it does.

    `runners`: external functions that call one of their arguments; `fields`: external field declarations (see `Engine`);
    `starters`: external names that call one with what stands in a list and a mapping; `generics`: external generic classes and their
    attribute that is an object of the type argument; `kinds`: external names and the kinds of object that they make, nearest first;
    `shared`: external objects of which the program has one; `injectors`: external classes that make objects of local ones.
    `installed`: whether a dotted name is of a library that the program asks for where a file lies (see `ModuleIndex`).
    """
    sys.setrecursionlimit(max(sys.getrecursionlimit(), DEEPEST_RECURSION))

    def engine() -> Engine:
        return Engine(
            modules,
            READERS,
            fixed_name,
            instead,
            runners,
            fields,
            package,
            tests,
            shows,
            starters,
            generics,
            kinds,
            shared,
            injectors,
            installed,
        )

    made = engine()
    return engine() if drop_others(made) else made
