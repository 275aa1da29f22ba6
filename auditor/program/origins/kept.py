"""What a program keeps under a key of something external, and takes out again: `session["chain"] = x`, `session.set("chain", x)`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Ext, New, Origin, Origins, Place


def kept(engine: Engine, holder: str, keys: Origins) -> list[Origin]:
    """What is put under one of the keys, anywhere in the program; nothing where a key is not constant."""
    wanted = {o.value for o in keys if isinstance(o, Const) and isinstance(o.value, str)}
    if len(wanted) != len(keys):
        return []
    return list(engine.query(("kept", holder, frozenset(wanted)), lambda: list(_put(engine, holder, wanted))))


def _put(engine: Engine, holder: str, wanted: set[str]) -> Iterator[Origin]:
    for number, store in engine.item_stores.get(holder.rsplit(".", 1)[-1], ()):
        at = Place(number, store.order)
        if engine.is_test[number]:
            continue
        if store.key is not None and _is(engine.origins(store.base, at), holder) and _one_of(engine.origins(store.key, at), wanted):
            yield from engine.origins(store.value, at)
    for number, call in engine.calls_by_last.get("set", ()):
        at = Place(number, call.order)
        # What is set is often found by what is kept here: a literal key rules a call out before its object is asked for.
        if len(call.args) < 2 or engine.is_test[number] or (call.args[0][0] == "const" and call.args[0][1] not in wanted):
            continue
        if _is(engine.origins(call.func, at), f"{holder}.set") and _one_of(engine.origins(call.args[0], at), wanted):
            yield from engine.origins(call.args[1], at)


def _is(found: Origins, name: str) -> bool:
    return any(isinstance(o, Ext) and o.name == name for o in found)


def _one_of(keys: Origins, wanted: set[str]) -> bool:
    return any(isinstance(o, Const) and isinstance(o.value, str) and o.value in wanted for o in keys)


def in_object(engine: Engine, made: New, name: str, keys: Origins) -> list[Origin]:
    """What is put into an object of a library, a cache for one, under a key that can be one of these: `cache[key] = x`. `name`: the last
    one under which it is held where it is read."""
    wanted = _constants(keys)
    last = made.name.rsplit(".", 1)[-1]
    # What a function of a library gives (`json.load`) is data: what stands in it is not what the program has put there alone.
    if name not in engine.item_stores or not (last[:1].isupper() or made.name.startswith("collections.")):
        return []
    asked = ("in object", made.name, made.site, name, None if wanted is None else frozenset(wanted))
    return list(engine.query(asked, lambda: list(_put_into(engine, made, name, wanted))))


def _put_into(engine: Engine, made: New, name: str, wanted: set[str] | None) -> Iterator[Origin]:
    for number, store in engine.item_stores[name]:
        at = Place(number, store.order)
        if store.key is None or engine.is_test[number] or not any(_same(o, made) for o in engine.origins(store.base, at)):
            continue
        stored = _constants(engine.origins(store.key, at))
        if wanted is None or stored is None or wanted & stored:
            yield from engine.origins(store.value, at)


def _same(origin: Origin, made: New) -> bool:
    return isinstance(origin, New) and origin.name == made.name and origin.site == made.site


def _constants(keys: Origins) -> set[str] | None:
    """The keys, where all are constant; None: any."""
    return {repr(o.value) for o in keys if isinstance(o, Const)} if all(isinstance(o, Const) for o in keys) else None


CONTEXT = "contextvars.ContextVar"


def in_context(engine: Engine, variable: New) -> list[Origin]:
    """What a context variable holds: all that is set anywhere, and its default."""
    return list(engine.query(("context variable", variable.site), lambda: list(_set(engine, variable))))


def _set(engine: Engine, variable: New) -> Iterator[Origin]:
    made = engine.call(variable.site)
    for name, value, _ in made.keywords:
        if name == "default":
            yield from engine.origins(value, engine.call_place(variable.site, 0))
    for number, call in engine.calls_by_last.get("set", ()):
        at = Place(number, call.order)
        if call.func[0] == "attr" and call.args and not engine.is_test[number]:
            held = engine.origins(call.func[1], at)
            if any(isinstance(o, New) and o.site == variable.site for o in held):
                yield from engine.origins(call.args[0], at)


QUEUES = frozenset(
    f"{module}.{kind}"
    for module, kinds in {
        "asyncio": ("Queue", "LifoQueue", "PriorityQueue"),
        "queue": ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"),
        "multiprocessing": ("Queue", "SimpleQueue", "JoinableQueue"),
    }.items()
    for kind in kinds
)
PUTTING = ("put", "put_nowait")
HOLDING = QUEUES | {CONTEXT}
"""what is asked for what is put or set elsewhere"""


def in_queue(engine: Engine, queue: New) -> list[Origin]:
    """What comes out of a queue: all that is put into it anywhere, tests aside."""
    return list(engine.query(("queue", queue.name, queue.site), lambda: list(_queued(engine, queue))))


def _queued(engine: Engine, queue: New) -> Iterator[Origin]:
    for number, call in (row for name in PUTTING for row in engine.calls_by_last.get(name, ())):
        at, into = Place(number, call.order), call.func[0] == "attr" and call.args and not engine.is_test[number]
        if into and any(_same(o, queue) for o in engine.origins(call.func[1], at)):
            yield from engine.origins(call.args[0], at)
