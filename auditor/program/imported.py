"""Which modules of a program another one imports."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Binding, ModuleFacts
from auditor.program.origins.engine import Engine


def imported(engine: Engine) -> dict[int, set[int]]:
    """module -> the modules that import it; who imports nothing else is not among them."""
    known: dict[int, set[int]] | None = engine.memo.get("imported modules")
    if known is None:
        known = {}
        for number, module in enumerate(engine.modules):
            for scope in module.scopes:
                for bindings in scope.bindings.values():
                    for binding in bindings:
                        for found in _of(engine, module, binding):
                            known.setdefault(found, set()).add(number)
        engine.memo["imported modules"] = known
    return known


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
