"""What is stored under a key of one mapping from under the same key of another."""

from __future__ import annotations

from typing import Any

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Box, Item, Origin, Place, Unresolved


def stored_under(engine: Engine, place: Place, stored: Expr, value: Expr, key: Any) -> list[Origin]:
    """`for k in (...): d[k] = other[k]`: under one key the value that the other mapping has under it, or, if it has none, what is to hold
    then (`other.get(k, default)`); of `d[k] = other[k](...)` what that value gives."""
    from auditor.program.origins.calls import called

    made = _made(engine, place, stored, value)
    if made is not None:
        callees = stored_under(engine, place, stored, made.func, key)
        return [o for callee in callees for o in called(engine, callee, (place.module, made.index), made, place, ())]
    source, default = _source(engine, place, stored, value)
    if source is None:
        entry = entry_of_loop(engine, place, stored, value, key)
        entry = _made_of_entry(engine, place, stored, value, key) if entry is None else entry
        return list(engine.origins(value, place)) if entry is None else entry
    rows: list[Origin] = []
    missing = False
    for base in engine.origins(source, place):
        found, unread = under(engine, base, key)
        rows.extend(found)
        missing = missing or unread or not found
    return [*rows, *(_otherwise(engine, place, stored, default, key) if missing and default is not None else [])]


def comprehended(engine: Engine, comp: Expr, value: Expr, place: Place, key: Any) -> tuple[list[Origin], bool] | None:
    """What `{k: b[k] if k in b else a[k] for k in ...}` has under one key, and whether something unread could bring it; None where it is
    not what other mappings have under the key. `place`: inside the comprehension."""
    module = engine.modules[place.module]
    bindings = module.scopes[comp[2]].bindings
    if value[0] == "if":
        arms = [comprehended(engine, comp, arm, place, key) for arm in value[2:]]
        known = [arm for arm in arms if arm is not None]
        return ([o for rows, _ in known for o in rows], any(unread for _, unread in known)) if len(known) == len(arms) else None
    source, default = _source(engine, place, comp[4], value)
    if value[0] == "name" and value[1] in bindings:
        source = looped(engine, place, comp[4][1], value[1], comp[2])
    elif source is None and _root(value) not in (None, *bindings):
        return list(engine.origins(value, place)), False
    if source is None:
        return None
    found = [under(engine, base, key) for base in engine.origins(source, place)]
    rows, unread = [o for each, _ in found for o in each], any(unread for _, unread in found)
    if not rows and not unread and default is not None:
        return comprehended(engine, comp, default, place, key)
    return rows, unread


def _root(value: Expr) -> str | None:
    """The name that an attribute is of; what is a constant has an empty one."""
    while value[0] == "attr":
        value = value[1]
    return "" if value[0] == "const" else value[1] if value[0] == "name" else None


def under(engine: Engine, base: Origin, key: Any) -> tuple[list[Origin], bool]:
    """The values under a constant key of a mapping, and whether something unread could bring it."""
    from auditor.program.origins.containers import lookup

    return lookup(engine, base, key) if isinstance(base, Box) else ([Item(base, key)], True)


def same_key(engine: Engine, place: Place, stored: Expr, value: Expr) -> bool:
    """Whether it is what another mapping has under the key, or is made by that."""
    return _source(engine, place, stored, value)[0] is not None or _made(engine, place, stored, value) is not None


def _made(engine: Engine, place: Place, stored: Expr, value: Expr) -> Call | None:
    """The call of what another mapping has under the key."""
    made = engine.call((place.module, value[1])) if value[0] == "call" else None
    return made if made is not None and _source(engine, place, stored, made.func)[0] is not None else None


def _otherwise(engine: Engine, place: Place, stored: Expr, default: Expr, key: Any) -> list[Origin]:
    """What is stored where the mapping has no such key: of the entries that a loop goes through, that under this key."""
    found = entry_of_loop(engine, place, stored, default, key)
    return stored_under(engine, place, stored, default, key) if found is None else found


def entry_of_loop(engine: Engine, place: Place, stored: Expr, value: Expr, key: Any) -> list[Origin] | None:
    """What a value is under one key where both are an entry of a mapping that a loop goes through; None: they are not."""
    source = looped(engine, place, stored[1], value[1], engine.place_scope(place)) if stored[0] == value[0] == "name" else None
    if source is None:
        return None
    return [o for base in engine.origins(source, place) for o in under(engine, base, key)[0]]


def _made_of_entry(engine: Engine, place: Place, stored: Expr, value: Expr, key: Any) -> list[Origin] | None:
    """What a call makes of the entry under one key: `d[k] = f(v)`. None: it is not that."""
    call = engine.call((place.module, value[1])) if value[0] == "call" else None
    for arg in call.args if call is not None else ():
        entry = entry_of_loop(engine, place, stored, arg, key)
        if entry is not None:
            return [Unresolved("what a function makes of another value")] if entry else []
    return None


def _source(engine: Engine, place: Place, stored: Expr, value: Expr) -> tuple[Expr | None, Expr | None]:
    """The mapping whose value under the same key is stored, and what is stored where it has none."""
    if value[0] == "sub" and value[2] == stored:
        return value[1], None
    if value[0] == "call":
        call = engine.call((place.module, value[1]))
        if call.last in ("get", "pop") and call.func[0] == "attr" and call.args and call.args[0] == stored:
            return call.func[1], call.args[1] if len(call.args) > 1 else None
    return None, None


def looped(engine: Engine, place: Place, key: str, value: str, scope: int) -> Expr | None:
    """The mapping whose entries two names of a scope are: `for key, value in d.items()`."""
    bindings = engine.modules[place.module].scopes[scope].bindings
    pair = [b for name in (key, value) for b in bindings.get(name, ())]
    if [(b.kind, b.detail) for b in pair] != [("for", (0,)), ("for", (1,))] or pair[0].value is not pair[1].value:
        return None
    items = pair[0].value
    call = engine.call((place.module, items[1])) if items[0] == "call" else None
    return call.func[1] if call is not None and call.last == "items" and call.func[0] == "attr" else None
