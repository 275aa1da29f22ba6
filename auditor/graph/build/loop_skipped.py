"""Why a limit that is written does not end a loop, or may not: a way round leaves its counter out, sets it back, or to what it made."""

from __future__ import annotations

from collections.abc import Callable

from auditor.core.values import Setting, unknown
from auditor.facts.types import Expr
from auditor.graph.build.loop_changes import Change
from auditor.graph.build.loop_checks import Check, callee_checks, own_checks, reaches
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_terms import arguments, callees, path, paths, plain, walk


def skipped(limits: Limits) -> str | None:
    """Where a counter is left out or begins anew, in words; None where another one counts each turn, whatever it is compared with."""
    found: str | None = None
    for check in own_checks(limits.view, limits.loop):
        name = limits.counter(check)
        begun = _begun_anew(limits, check, name)
        mine = [c for c in limits.own_changes if name is not None and c.path == name and c.block >= 0 and not reaches(c, check)]
        ups = [c for c in mine if c.way == ("down" if check.operator in ("<", "<=") else "up")]
        resets = [c for c in mine if c.way == "set" and c.growth is None]
        steady = limits.every_turn(c.order for c in ups)
        if begun is None and steady and len(ups) == len(mine) and all(limits.every_turn((o,)) for o in check.orders):
            return None
        if ups and resets:
            found = found or f"line {limits.line(resets[0].order)} sets the counter {resets[0].path} back"
        elif begun is not None:
            found = found or begun
        elif ups and len(ups) == len(mine) and not steady and not _added(limits, check):
            found = found or _way_round(limits, ups)
    further = (_begun_anew(limits, c, limits.counter(c)) for c in callee_checks(limits.view, limits.loop)) if found is None else ()
    return found or next((why for why in further if why is not None), None)


def _begun_anew(limits: Limits, check: Check, name: str | None) -> str | None:
    """Where a called function surely sets a counter back, or each turn counts in another object, in words."""
    if name is None or not any(c.path == name and c.way in ("up", "down") for c in limits.all_changes):
        return None
    reset = limits.resets.of(check, name)
    return reset.why if reset is not None and reset.certain else None


def outgrown(limits: Limits, by_model: Callable[[int], bool]) -> str | None:
    """Where a turn adds to the list up to whose length it counts, in words: what a model had a part in first."""
    for check in own_checks(limits.view, limits.loop):
        name = limits.counter(check)
        added = _added(limits, check)
        if added and any(c.path == name and c.way == "up" for c in limits.own_changes):
            change = next((c for c in added if by_model(c.order)), added[-1])
            text = change.path.removeprefix("len(").removesuffix(")")
            return f"it counts {name} up to the length of {text}, to which line {limits.line(change.order)} adds"
    return None


def _added(limits: Limits, check: Check) -> list[Change]:
    """What adds to the list with whose length a counter is compared."""
    bound = plain(check.bound)
    call = check.view.suites.module.calls[bound[1]] if bound[0] == "call" else None
    name = check.view.path(plain(call.args[0])) if call is not None and call.func == ("name", "len") and call.args else None
    return [c for c in limits.all_changes if c.path == f"len({name})" and c.way == "up"] if name is not None else []


def _way_round(limits: Limits, ups: list[Change]) -> str:
    own, line = limits.own, limits.line(ups[0].order)
    last = max(c.order for c in ups)
    for order in own.orders(limits.loop):
        exit_ = own.exits.get(order)
        if exit_ is not None and exit_.kind == "continue" and order < last and own.nearest_loop(own.block_of(order)) == limits.loop:
            return f"the `continue` in line {limits.line(order)} skips the counter in line {line}"
    return f"not every turn comes to the counter in line {line}"


# -- lists that a turn makes of those of the turn before


def reduced(limits: Limits) -> Setting | None:
    """Of a loop that ends when few elements are left: its turn makes a new list of the old one, how much shorter is not known."""
    for check in own_checks(limits.view, limits.loop):
        low = limits.numbers(check.bound, check.at).number
        if low is None or low < (2 if check.operator == "<" else 1) or check.operator not in ("<", "<=", "=="):
            continue
        name = limits.counter(check)
        for counted in _measured(limits, name):
            if _made_of_itself(limits, counted):
                return unknown(f"it ends when {counted} is short enough, which each turn makes anew of the old one", unit="turns")
    return None


def _measured(limits: Limits, counter: str | None) -> list[str]:
    """The lists whose length a counter is, or is set to in the loop."""
    if counter is None:
        return []
    if counter.startswith("len("):
        return [counter.removeprefix("len(").removesuffix(")")]
    values = [plain(c.value) for c in limits.own_changes if c.path == counter and c.way == "set"]
    calls = [limits.own.module.calls[v[1]] for v in values if v[0] == "call"]
    found = [path(plain(c.args[0])) for c in calls if c.func == ("name", "len") and c.args]
    return [name for name in found if name is not None]


def _made_of_itself(limits: Limits, name: str) -> bool:
    """Whether a list is set to what is made of its elements, or of those of the one that it becomes."""
    sets = {c.path: c.value for c in limits.own_changes if c.way == "set"}
    same = {name, *(p for p, v in sets.items() if path(plain(v)) == name)}
    value = sets.get(name)
    made = path(plain(value)) if value is not None else None
    if made is not None and made in sets:
        same, name, value = same | {made}, made, sets[made]
    return value is not None and (_of_elements(limits, value, same) or _filled(limits, name, same))


def _of_elements(limits: Limits, value: Expr, same: set[str]) -> bool:
    facts, outer = limits.own.module, plain(value)
    for one in walk(facts, value):
        sliced = one[0] == "sub" and one[2][0] == "slice" and path(plain(one[1])) in same
        if sliced or (one[0] == "comp" and paths(facts, facts.blocks[facts.scopes[one[2]].body].expr) & same):
            return True
    if outer[0] != "call":
        return False
    call = facts.calls[outer[1]]
    passed = any(path(plain(a)) in same for a in arguments(call))
    return passed and bool(callees(limits.engine, call, limits.view.module))


def _filled(limits: Limits, name: str, same: set[str]) -> bool:
    """Whether an inner loop over the old list fills the new one."""
    own = limits.own
    for change in limits.own_changes:
        inner = own.nearest_loop(change.block) if change.path == f"len({name})" and change.way == "up" and change.block >= 0 else None
        if inner not in (None, limits.loop) and paths(own.module, own.module.blocks[inner].expr) & same:
            return True
    return False
