"""Parameters of functions whose decorator hands them other keywords than it is given itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from auditor.facts.types import Call, ModuleFacts
from auditor.program.origins.containers import entry, given
from auditor.program.origins.decorators import decorated
from auditor.program.origins.engine import Engine
from auditor.program.origins.keywords_written import Handed, Write, puts_of
from auditor.program.origins.same_key import entry_of_loop
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Attr, Box, Const, Frame, Func, Item, Key, Member, Origin, Param, Place, Result, Unresolved

REWRITTEN = "functions whose decorator writes keywords"
OPEN = (Attr, Item, Param, Result, Unresolved)
Rewriting: TypeAlias = tuple[list[Write], int, Unresolved]
"""what a wrapper writes, the context of the function that it decorates, and what is said of a value that is not read"""


def rewritten(engine: Engine, fn: Key, name: str, rows: list[Origin], *, left_out: bool) -> list[Origin]:
    """What a parameter is after its decorators: `rows` is what a call gives, or the default where it is left out. Where None or nothing
    would arrive it is what they write, or unknown."""
    for writes, ctx, why in rewritings(engine, fn):
        for write in writes:
            found = _written(engine, write, Place(fn_module(engine, ctx), write.order, ctx), name, why)
            if found is not None:
                rows, left_out = _after(rows, found, write, why, left_out=left_out)
    return rows


def rewritings(engine: Engine, fn: Key) -> list[Rewriting]:
    """What the decorators of a function write, from the outermost in."""
    if not engine.scope(fn).decorators:
        return []
    table: dict[Key, list[Rewriting]] | None = engine.memo.get(REWRITTEN)
    if table is None:
        table = engine.memo[REWRITTEN] = {}
        engine.apart(lambda: _fill(engine, table))
    return table.get(fn, [])


def may_write(engine: Engine, fn: Key, name: str) -> bool:
    """Whether a decorator of a function may write a keyword of this name."""
    return any(
        _written(engine, write, Place(fn_module(engine, ctx), write.order, ctx), name, why) is not None
        for writes, ctx, why in rewritings(engine, fn)
        for write in writes
    )


def fn_module(engine: Engine, ctx: int) -> int:
    """The module of the decorator that a context is of."""
    frame = engine.frames[ctx]
    return frame.fn[0] if frame is not None else -1


def _fill(engine: Engine, table: dict[Key, list[Rewriting]]) -> None:
    found: dict[Key, list[tuple[int, Rewriting]]] = {}
    for number, module in enumerate(engine.modules):
        handing = list(_handing(module))
        puts = puts_of(module) if handing else {}
        for decorator, wrapper, call in handing:
            writes = Handed(module, wrapper, puts).writes(call)
            for frame in decorated(engine, (number, decorator)) if writes else ():
                if isinstance(frame, Frame) and isinstance(frame.decorated, Func):
                    fn = frame.decorated.fn
                    at, name = _named(engine, fn, frame)
                    found.setdefault(fn, []).append((at, (writes, engine.frame(frame), Unresolved(f"the decorator {name} may give it"))))
    table.update((fn, [row for _, row in sorted(rows, key=lambda r: r[0])]) for fn, rows in found.items())


def _handing(module: ModuleFacts) -> Iterator[tuple[int, int, Call]]:
    """Calls in a wrapper that run, or hand on, what the function around it is given: (that function, wrapper, call)."""
    for call in module.calls:
        if not call.keywords:
            continue
        wrapper = module.statements[call.order][0]
        while wrapper > 0 and module.scopes[wrapper].kind != "function":
            wrapper = module.scopes[wrapper].parent
        around = module.scopes[wrapper].parent if wrapper > 0 else -1
        if around <= 0 or module.scopes[around].kind != "function":
            continue
        params = [("name", p.name) for p in module.scopes[around].params[:2]]
        if call.func in params or any(arg in params for arg in call.args[:2]):
            yield around, wrapper, call


def _named(engine: Engine, fn: Key, frame: Frame) -> tuple[int, str]:
    """Which decorator of a function it is, from above, and its name."""
    decorators = engine.scope(fn).decorators
    names = [last_name(engine.call((fn[0], d[1])).func if d[0] == "call" else d) for d in decorators]
    around = engine.scope((frame.fn[0], max(engine.scope(frame.fn).parent, 0))).name
    name = engine.scope(frame.fn).name
    return next(((i, n) for i, n in enumerate(names) if n in (name, around)), (0, around if name == "__call__" else name))


def _written(engine: Engine, write: Write, place: Place, name: str, why: Unresolved) -> list[Origin] | None:
    """What a write gives a parameter of this name; None: nothing."""
    if write.key is None:
        return _entry(engine, write, place, name, why)
    keys = engine.origins(write.key, place)
    own = any(isinstance(o, Const) and o.value == name for o in keys)
    if not own and all(isinstance(o, (Const, Member)) for o in keys):
        return None
    if write.value is None or not own:
        return [why]
    if len(keys) == 1:
        return _read(engine.origins(write.value, place), why, said=write.value[0] == "const")
    looped = entry_of_loop(engine, place, write.key, write.value, name)
    return [why] if looped is None else _read(looped, why, said=True)


def _entry(engine: Engine, write: Write, place: Place, name: str, why: Unresolved) -> list[Origin] | None:
    """What a mapping that is written gives under a name."""
    if write.value is None:
        return [why]
    rows: list[Origin] = []
    for base in engine.origins(write.value, place):
        found, unread = entry(engine, base, name) if isinstance(base, Box) else ([], True)
        rows.extend([*given(found), *([why] if unread and not given(found) else [])])
    return _read(rows, why, said=True) if rows else None


def _read(found: Iterable[Origin], why: Unresolved, *, said: bool) -> list[Origin]:
    """The values that are known; `said`: a None is written as such."""
    rows = list(dict.fromkeys(found))
    known: list[Origin] = [o for o in rows if not isinstance(o, OPEN) and (said or not _is_none(o))]
    return known if known and len(known) == len(rows) else [*known, why]


def _after(rows: list[Origin], found: list[Origin], write: Write, why: Unresolved, *, left_out: bool) -> tuple[list[Origin], bool]:
    """What a parameter is after one write, and whether it still may be left out."""
    kept = [o for o in rows if not _is_none(o)]
    missing = len(kept) < len(rows)
    if write.when == "always":
        return found, False
    if write.when == "absent" or (write.when == "unset" and left_out):
        return (found, False) if left_out else (rows, False)
    if write.when in ("unset", "none"):
        return list(dict.fromkeys((*kept, *found))) if missing else rows, left_out and not missing
    if not (missing or left_out):
        return rows, False
    return [*(o for o in kept if not (left_out and isinstance(o, Const))), why], left_out


def _is_none(origin: Origin) -> bool:
    return isinstance(origin, Const) and origin.value is None
