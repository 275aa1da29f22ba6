"""Statements that never run: handlers of what an earlier handler catches, and branches that an option decides which nobody can set."""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import Suites, suites
from auditor.graph.build.loop_escapes import family
from auditor.graph.build.loop_terms import walk
from auditor.graph.flow import FlowFunction
from auditor.program.origins.guards import truth
from auditor.program.origins.options import fixed_names, fixed_option
from auditor.program.origins.types import Class, Ext, Origin, Place

NEVER = "~never"
"""what the part of a function is called that never runs"""


def source(build: Build, identity: str, module: int, order: int) -> str:
    """The flow function that a statement belongs to: that of its function, or of the part of it that never runs."""
    if build.role(module) == "test" or not _never(build, module, build.engine.modules[module].statements[order][1]):
        return identity
    apart = f"{identity}{NEVER}"
    whole = build.graph.flow.functions[identity]
    if apart not in build.graph.flow.functions:
        build.graph.flow.functions[apart] = FlowFunction(apart, whole.symbol, whole.at, whole.is_async)
        build.graph.flow.split |= {apart}
    return apart


def _never(build: Build, module: int, block: int) -> bool:
    table: dict[tuple[int, int], bool] = build.memo.setdefault("never runs", {})  # type: ignore[assignment]
    found = table.get((module, block))
    if found is None:
        info = build.engine.modules[module].blocks[block]
        found = (
            _is_covered(build, module, block) if info.kind == "except" else info.kind in ("if", "else") and _ruled_out(build, module, block)
        )
        if not found and info.parent >= 0:
            found = _never(build, module, info.parent)
        table[module, block] = found
    return found


# -- handlers


def _is_covered(build: Build, module: int, handler: int) -> bool:
    """Whether all that a handler catches is caught by those before it."""
    own = suites(build.engine, module)
    handlers = next(h for part in own.parts[own.statement(handler)] if handler in (h := own.module.blocks[part].handlers))
    before = [o for h in handlers[: handlers.index(handler)] for o in _caught(build, own, h) if o is not None]
    return bool(before) and all(o is not None and _one_of(build, o, before) for o in _caught(build, own, handler))


def _caught(build: Build, own: Suites, handler: int) -> Iterator[Origin | None]:
    """The classes that a handler names; None for what is not known."""
    info = own.module.blocks[handler]
    for named in info.expr[2] if info.expr[0] == "seq" else (info.expr,):
        found = build.engine.origins(named, Place(own.number, info.order)) if named != ("other",) else ()
        yield found[0] if len(found) == 1 and isinstance(found[0], (Class, Ext)) else None


def _one_of(build: Build, error: Origin, caught: list[Origin]) -> bool:
    """Whether a class of errors is one of these, or derives from one."""
    known = family(build.engine, (error,))
    return any(o in known or any(_derives(one, o) for one in known) for o in caught)


def _derives(error: Origin, base: Origin) -> bool:
    first, second = (getattr(builtins, o.name.removeprefix("builtins."), None) if isinstance(o, Ext) else None for o in (error, base))
    return isinstance(first, type) and isinstance(second, type) and issubclass(first, second)


# -- branches


def _ruled_out(build: Build, module: int, block: int) -> bool:
    """Whether a condition that asks for an option is decided against a branch, whoever runs it."""
    info = build.engine.modules[module].blocks[block]
    place, names = Place(module, info.order), fixed_names(build.engine)
    parts = [e for e in walk(build.engine.modules[module], info.expr) if e[0] == "attr" and e[2] in names] if names else []
    asked = any(_is_fixed(build, part, place) for part in parts)
    return asked and truth(build.engine, info.expr, place) is (info.kind == "else")


def _is_fixed(build: Build, expr: Expr, place: Place) -> bool:
    return any(fixed_option(build.engine, base, expr[2]) is not None for base in build.engine.origins(expr[1], place))
