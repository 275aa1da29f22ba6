"""Exceptions on their way out of a loop: what catches them, and whether what the handler does ends the loop all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.facts.types import Expr
from auditor.graph.build.error_bases import bases_of, real_name
from auditor.graph.build.loop_blocks import FALL, LEAVES, ROUND, Suites
from auditor.graph.build.loop_changes import View, changes_in
from auditor.graph.build.loop_guards import decided
from auditor.graph.build.loop_terms import paths, plain
from auditor.program.origins.callers import bases
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Ext, Key, Origin, Place

BROAD = ("builtins.Exception", "builtins.BaseException")
EXITING: tuple[Origin, ...] = (Ext("builtins.SystemExit"),)
"""what `sys.exit()` raises: only the broadest handlers catch it"""
MOST_HANDLERS = 12


def leaves(own: Suites, block: int, loop: int, engine: Engine) -> bool:
    """Whether a suite always ends the loop: an exception must not be caught inside it by a handler that goes round."""
    outcomes = own.outcomes(block)
    if not outcomes or not outcomes <= LEAVES:
        return False
    if own.nearest_loop(block) != loop and "break" in outcomes:
        return False
    if "raise" not in outcomes:
        return True
    raised = [own.exits[o] for o in own.orders(block) if o in own.exits and own.exits[o].kind == "raise"]
    view = View(engine, own.number)
    return all(_in_loop(view, e.order, loop, thrown(engine, e.value, view.place(e.order))) == "out" for e in raised)


def thrown(engine: Engine, value: Expr, place: Place) -> tuple[Origin, ...]:
    """The classes of what is raised."""
    value = plain(value)
    if value[0] == "call":
        value = engine.call((place.module, value[1])).func
    return engine.origins(value, place)


def escapes(own: Suites, order: int, loop: int, engine: Engine, raised: tuple[Origin, ...]) -> bool:
    """Whether an exception from this statement ends the loop: nothing inside catches it, or what does leaves or leads to an exit."""
    blocks = own.module.blocks
    block = own.block_of(order)
    while block not in (loop, -1):
        info = blocks[block]
        for handler in info.handlers if info.kind == "try" else ():
            caught = catches(engine, own, handler, raised)
            if caught is None:
                continue
            outcomes = own.outcomes(handler)
            if outcomes <= LEAVES:
                return own.nearest_loop(handler) == loop or "break" not in outcomes
            onward = own.onward(own.statement(handler), loop)
            return caught and bool(onward & {"break", "return"})
        block = info.parent
    return True


def catches(engine: Engine, own: Suites, handler: int, raised: tuple[Origin, ...]) -> bool | None:
    """True: by its own name or that of a base; False: with everything; None: not."""
    info = own.module.blocks[handler]
    if info.expr == ("other",):
        return False
    place = Place(own.number, info.order)
    types = info.expr[2] if info.expr[0] == "seq" else (info.expr,)
    names = [o for t in types for o in engine.origins(t, place)]
    if any(isinstance(o, Ext) and o.name in (BROAD[1:] if raised == EXITING else BROAD) for o in names):
        return False
    known = family(engine, raised)
    return True if any(real(n) in known for n in names) else None


def real(origin: Origin) -> Origin:
    """A class of errors; of Python's own under its own name."""
    return Ext(real_name(origin.name)) if isinstance(origin, Ext) else origin


def family(engine: Engine, raised: tuple[Origin, ...]) -> list[Origin]:
    """The classes with their bases; of a library's those that are known."""
    rows: list[Origin] = []
    todo = list(raised)
    while todo:
        one = real(todo.pop())
        if one not in rows:
            rows.append(one)
            if isinstance(one, Class):
                todo.extend(bases(engine, one.cls))
            elif isinstance(one, Ext):
                todo.extend(map(Ext, bases_of(engine, one.name)))
    return rows


# -- from a function that the loop calls


@dataclass(frozen=True, slots=True)
class Handled:
    """Where an exception is caught: `module` and the handler's block; `fn`: the function around it, None for that of the loop."""

    module: int
    handler: int
    fn: Key | None


def way_out(inner: View, order: int, loop: int, raised: tuple[Origin, ...]) -> Handled | str:
    """What becomes of an exception from a statement of a called function.

    `out`: it, or what its handlers give, ends the loop; `round`: the loop goes on for sure; else where it is caught, and nobody can say.
    """
    view: View = inner
    at = order
    for _ in range(MOST_HANDLERS):
        if view.fn is None or view.above is None:
            return _in_loop(view, at, loop, raised)
        own = view.suites
        handler = catcher(view.engine, own, at, view.engine.scope(view.fn).body, raised)
        if handler is None:
            at, view = view.called_at, view.above
            continue
        outcomes = own.outcomes(handler)
        if outcomes == {"raise"}:
            raised = _reraised(view, handler) or raised
            at = own.statement(handler)
            continue
        if own.nearest_loop(handler) is not None and outcomes <= ROUND:
            return "round"
        return _given_back(view, handler, loop) or Handled(view.module, handler, view.fn)
    return "round"


def catcher(engine: Engine, own: Suites, order: int, top: int, raised: tuple[Origin, ...]) -> int | None:
    """The handler that meets an exception from a statement first, up to a block."""
    blocks = own.module.blocks
    block = own.block_of(order)
    while block not in (top, -1):
        info = blocks[block]
        for handler in info.handlers if info.kind == "try" else ():
            if catches(engine, own, handler, raised) is not None:
                return handler
        block = info.parent
    return None


def _reraised(view: View, handler: int) -> tuple[Origin, ...]:
    """What a handler raises in place of what it caught; nothing where it passes that on."""
    own = view.suites
    exits = [own.exits[o] for o in own.orders(handler) if o in own.exits and own.exits[o].kind == "raise"]
    rows = [thrown(view.engine, e.value, view.place(e.order)) for e in exits if e.value not in (("const", None), ("other",))]
    return rows[0] if len(rows) == len(exits) == 1 else ()


def _in_loop(view: View, at: int, loop: int, raised: tuple[Origin, ...]) -> Handled | str:
    own = view.suites
    if escapes(own, at, loop, view.engine, raised):
        return "out"
    handler = catcher(view.engine, own, at, loop, raised)
    assert handler is not None
    known: dict[str, object] = {}
    setting: set[int] = set()
    tested = {p for test, _ in ending_tests(own, loop) for p in paths(own.module, test)}
    for change in changes_in(view, own.orders(handler)):
        if change.path in tested:
            if change.value[0] != "const" or change.way != "set":
                return Handled(view.module, handler, view.fn)
            known[change.path] = change.value[1]
            setting.add(change.order)
    if not _ends(own, loop, known):
        return "round"
    return "out" if not own.outcomes(handler, frozenset(setting)) & ROUND else Handled(view.module, handler, view.fn)


def ending_tests(own: Suites, loop: int, within: int | None = None) -> Iterator[tuple[Expr, bool]]:
    """The conditions that end the loop, with the value at which they do. `within`: those in this block of it alone."""
    info = own.module.blocks[loop]
    if info.kind == "while" and within is None:
        yield info.expr, False
    for order in own.orders(loop if within is None else within):
        parts = own.parts.get(order, ())
        if parts and own.module.blocks[parts[0]].kind == "if":
            for part, value in zip(parts[:2], (True, False), strict=False):
                found = own.outcomes(part)
                if found and found <= LEAVES and (own.nearest_loop(part) == loop or "break" not in found):
                    yield own.module.blocks[parts[0]].expr, value


def _ends(own: Suites, loop: int, known: Mapping[str, object]) -> bool:
    return bool(known) and any(decided(test, known) is value for test, value in ending_tests(own, loop))


def _given_back(view: View, handler: int, loop: int) -> str:
    """`out` if what a handler returns is known, and ends the loop there where it arrives."""
    own = view.suites
    if own.outcomes(handler) != {"return"}:
        return ""
    values = [own.exits[o].value for o in own.orders(handler) if o in own.exits]
    if len(values) != 1:
        return ""
    return _arrives(view, _constants(view, values[0]), loop)


def _constants(view: View, value: Expr) -> dict[str, object]:
    """What is known of a value: itself (under the empty name), or the constants that an object is made with."""
    value = plain(value)
    if value[0] == "const":
        return {"": value[1]}
    if value[0] == "call":
        call = view.suites.module.calls[value[1]]
        if any(isinstance(o, Class) for o in view.engine.origins(call.func, view.place(call.order))):
            return {f".{name}": v[1] for name, v, _ in call.keywords if name is not None and v[0] == "const"}
    return {}


def _arrives(view: View, known: Mapping[str, object], loop: int) -> str:
    """Follows a returned value through `return f()` and `x = f()` to the loop's tests."""
    while known and view.above is not None:
        above, own = view.above, view.above.suites
        calls = {c.index for c in own.calls.get(view.called_at, ())}
        leave = own.exits.get(view.called_at)
        if above.fn is not None:
            passed = leave is not None and leave.kind == "return" and plain(leave.value)[0] == "call" and plain(leave.value)[1] in calls
            if not passed or FALL in own.of_statement(view.called_at, frozenset()):
                return ""
            view = above
            continue
        for binding in own.bindings.get(view.called_at, ()):
            value = plain(binding.value)
            if binding.kind == "assign" and value[0] == "call" and value[1] in calls:
                return "out" if _ends(own, loop, {f"{binding.name}{n}": v for n, v in known.items()}) else ""
        return ""
    return ""
