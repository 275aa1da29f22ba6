"""Which modules belong to one program, where several lie side by side: what makes its application imports them, one way or another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Ext

T = TypeVar("T")


def of_one_program(engine: Engine, rows: Iterable[tuple[int, T]], module: int) -> Iterator[tuple[int, T]]:
    """The rows whose module may run in one program with this one, and counts for it."""
    found = [row for row in rows if engine.speaks_of(row[0], module)]
    if not found or all(number == module for number, _ in found):
        yield from found
        return
    from auditor.program.imported import connected

    masks = _programs(engine)
    group = engine.apart(lambda: connected(engine))
    for number, row in found:
        if number == module or (masks[number] & masks[module] if masks[number] and masks[module] else group[number] == group[module]):
            yield number, row


def _programs(engine: Engine) -> list[int]:
    """module -> the modules with an application that import it, as bits; 0: none does."""
    known: list[int] | None = engine.memo.get("programs")
    if known is None:
        known = engine.memo["programs"] = engine.apart(lambda: _found(engine))
    return known


def _found(engine: Engine) -> list[int]:
    from auditor.program.imported import imported

    imports: dict[int, list[int]] = {}
    for number, importers in imported(engine).items():
        for importer in importers:
            imports.setdefault(importer, []).append(number)
    masks = [0] * len(engine.modules)
    for bit, maker in enumerate(sorted(_makers(engine))):
        masks[maker] |= 1 << bit
    todo = [number for number, mask in enumerate(masks) if mask]
    while todo:
        number = todo.pop()
        for other in imports.get(number, ()):
            if masks[other] | masks[number] != masks[other]:
                masks[other] |= masks[number]
                todo.append(other)
    return masks


def _makers(engine: Engine) -> set[int]:
    """The modules in which an object is made of which a program has one, tests aside."""
    rows: set[int] = set()
    for last in {name.rpartition(".")[2] for name in engine.shared.made}:
        for name in (last, *sorted(engine.aliases.get(last, ()))):
            for number, call in engine.calls_by_last.get(name, ()):
                if number not in rows and not engine.is_test[number]:
                    found = engine.origins(call.func, engine.call_place((number, call.index)))
                    if any(isinstance(o, Ext) and o.name in engine.shared.made for o in found):
                        rows.add(number)
    return rows
