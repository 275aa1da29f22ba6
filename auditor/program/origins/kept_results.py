"""What a function that keeps its results reads under a key: what it keeps itself under this key, in the same call or an earlier one."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.guards import dead
from auditor.program.origins.held import is_held, reaching_rows
from auditor.program.origins.parameters import is_method
from auditor.program.origins.types import Box, Key, Origin, Place


def kept_results(engine: Engine, box: Box, key: Expr, place: Place) -> list[Origin] | None:
    """`if k in cache: return cache[k]` with `cache[k] = x` elsewhere in the function: `x`, for this key. None: it is not kept so."""
    from auditor.program.origins.mutated import mutations

    scope, module = engine.place_scope(place), engine.modules[place.module]
    written, made = engine.refs[box.ref]
    if written[0] != "dict" or written[1] or not _tells_all(engine, (place.module, scope), key):
        return None
    held = engine.modules[made.module].scopes[engine.place_scope(made)]
    if held.kind != "function" and is_method(engine, (place.module, scope)):
        # Several objects share it, and what is made may depend on the object, too.
        return None
    stores = list(reaching_rows(engine, box, engine.item_stores))
    here = all(number == place.module and s.key == key and module.statements[s.order][0] == scope for number, s in stores)
    if not stores or not here or mutations(engine, box, ("update", "setdefault")):
        return None
    places = [(s, Place(place.module, s.order, place.ctx)) for _, s in stores]
    if not all(is_held(engine, box, s.base, at) for s, at in places):
        return None
    alive = [(s, at) for s, at in places if not dead(engine, module.statements[s.order][1], s.order, at)]
    return [o for s, at in alive for o in engine.origins(s.value, at)] or None


def kept_result(engine: Engine, box: Box, call: Call, place: Place) -> list[Origin]:
    """What `cache.get(key, default)` gives of that."""
    found = kept_results(engine, box, call.args[0], place) or []
    return [*found, *(engine.origins(call.args[1], place) if found and len(call.args) > 1 else ())]


def _tells_all(engine: Engine, fn: Key, key: Expr) -> bool:
    """Whether the key is all that the function is given: for one key it always does the same."""
    scope = engine.scope(fn)
    given = scope.params[1:] if is_method(engine, fn) else scope.params
    bound = scope.bindings.get(key[1], ()) if key[0] == "name" else ()
    return len(bound) == 1 and [("name", p.name) for p in given] == [key]
