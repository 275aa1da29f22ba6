"""What the callers of a function give to a parameter where checks of others around a use leave some of them out:
`if provider == "a": Client(timeout)` sees no timeout of a caller that gives another provider."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.callers import found_callers
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import dead
from auditor.program.origins.parameters import joined
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Frame, Key, Origin, Place

CHECKING = ("if", "else", "case")
MOST_CALLERS = 16


def of_callers(engine: Engine, name: str, place: Place, rows: list[Origin]) -> list[Origin]:
    """What reaches a parameter by the calls that can come to a place; all, where no check says anything of the callers."""
    if len(rows) < 2 or place.ctx:
        return rows
    fn: Key = (place.module, engine.place_scope(place))
    position = _parameter(engine, fn, name)
    block = engine.place_block(place)
    if position is None or block not in _checked_blocks(engine, place.module):
        return rows
    found = engine.query(("called for", fn, position, block), _of_callers, engine, fn, position, place)
    return list(found) or rows


def _of_callers(engine: Engine, fn: Key, position: int, place: Place) -> list[Origin]:
    """Nothing where no caller is left out, or all are."""
    frames = found_callers(engine, fn)
    if not 1 < len(frames) <= MOST_CALLERS or not all(isinstance(f, Frame) for f in frames):
        return []
    block = engine.place_block(place)
    left = [f for f in frames if not dead(engine, block, place.order, Place(place.module, place.order, engine.frame(f)))]
    return joined(engine, fn, position, left) if 0 < len(left) < len(frames) else []


def _parameter(engine: Engine, fn: Key, name: str) -> int | None:
    """The position of a parameter that nothing else sets."""
    scope = engine.scope(fn)
    if scope.kind != "function" or [b.kind for b in scope.bindings.get(name, ())] != ["param"]:
        return None
    return next((i for i, p in enumerate(scope.params) if p.name == name and p.kind in ("positional", "keyword")), None)


def _checked_blocks(engine: Engine, number: int) -> frozenset[int]:
    """The blocks of a module inside of a test that asks for a parameter."""
    known: dict[int, frozenset[int]] = engine.memo.setdefault("blocks inside of tests of parameters", {})
    if number not in known:
        module = engine.modules[number]
        testing = {n for n, b in enumerate(module.blocks) if b.kind in CHECKING and _asks(module, n)}
        known[number] = frozenset(n for n in range(len(module.blocks)) if testing and not testing.isdisjoint(ancestors(module, n)))
    return known[number]


def _asks(module: ModuleFacts, number: int) -> bool:
    block = module.blocks[number]
    params = {p.name for p in module.scopes[block.scope].params}
    return bool(params) and any(name in params for name in _names(module, block.expr))


def _names(module: ModuleFacts, expr: Expr) -> Iterator[str]:
    """The names that a test compares, or asks for."""
    kind = expr[0]
    if kind == "name":
        yield expr[1]
    elif kind in ("not", "attr"):
        yield from _names(module, expr[1])
    elif kind == "bool":
        yield from (name for part in expr[2] for name in _names(module, part))
    elif kind == "cmp":
        yield from _names(module, expr[1])
        yield from (name for _, right in expr[2] for name in _names(module, right))
    elif kind == "call":
        call = module.calls[expr[1]]
        yield from (name for part in (call.func, *call.args) for name in _names(module, part))
