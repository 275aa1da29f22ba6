"""Which modules of a program another one imports."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Binding, ModuleFacts, Scope
from auditor.program.origins.engine import Engine
from auditor.program.origins.imports import imported_by_calls


def imported(engine: Engine) -> dict[int, set[int]]:
    """module -> the modules that import it, by a statement or by a call; what none imports is not among them."""
    known: dict[int, set[int]] | None = engine.memo.get("imported modules")
    if known is None:
        known = {}
        for number, module in enumerate(engine.modules):
            for scope in module.scopes:
                for found in _by(engine, module, scope):
                    known.setdefault(found, set()).add(number)
        for number, found in imported_by_calls(engine):
            known.setdefault(found, set()).add(number)
        engine.memo["imported modules"] = known
    return known


def imported_at_once(engine: Engine) -> Iterator[tuple[int, int]]:
    """(importer, module) where a module is imported as soon as another one is, by a statement that stands in no function."""
    for number, module in enumerate(engine.modules):
        yield from ((number, found) for found in _by(engine, module, module.scopes[0]))


def connected(engine: Engine) -> list[int]:
    """module -> a number that it shares with all that values can come to it from, or go to: by imports in either direction, of others too.

    A package gives out its modules whether or not somebody imports them.
    """
    known: list[int] | None = engine.memo.get("connected modules")
    if known is None:
        parents = list(range(len(engine.modules)))
        packages = {m.path.removesuffix("__init__.py"): n for n, m in enumerate(engine.modules) if m.path.endswith("__init__.py")}
        for module, importers in imported(engine).items():
            for number in importers:
                parents[_top(parents, number)] = _top(parents, module)
        for number, facts in enumerate(engine.modules):
            parts = facts.path.split("/")
            for end in range(len(parts)):
                package = packages.get("".join(f"{part}/" for part in parts[:end]))
                if package is not None:
                    parents[_top(parents, number)] = _top(parents, package)
        known = engine.memo["connected modules"] = [_top(parents, number) for number in range(len(parents))]
    return known


def _top(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _by(engine: Engine, module: ModuleFacts, scope: Scope) -> Iterator[int]:
    for bindings in scope.bindings.values():
        for binding in bindings:
            yield from _of(engine, module, binding)


def _of(engine: Engine, module: ModuleFacts, binding: Binding) -> Iterator[int]:
    if binding.kind in ("from", "star_import"):
        name, item, level = binding.detail
        for dotted in (name, f"{name}.{item}" if name else item):
            if level:
                yield from engine.index.relative(module.path, level, dotted)[:1]
            else:
                yield from engine.index.find(dotted, module.path)[:1]
    elif binding.kind == "import":
        yield from engine.index.find(binding.detail or binding.value[1], module.path)[:1]
