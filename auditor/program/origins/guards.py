"""Conditions that are decided under a bound context: equality, membership, identity, classes, truth of constants."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.facts.types import OTHER, Block, Expr
from auditor.program.origins.distinct import one_of
from auditor.program.origins.engine import Engine
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.settable import may_be_set
from auditor.program.origins.types import Box, Class, Const, Ext, Func, Instance, Member, Module, New, Origin, Place

Comparable = tuple[str, object]


def truth(engine: Engine, expr: Expr, place: Place) -> bool | None:
    """Whether a condition holds; None: not decided."""
    kind = expr[0]
    if kind == "not":
        inner = truth(engine, expr[1], place)
        return None if inner is None else not inner
    if kind == "bool":
        return _bool(engine, expr, place)
    if kind == "cmp":
        return _compare(engine, expr, place)
    if kind == "call":
        return _isinstance(engine, expr, place)
    if may_be_set(engine, expr, place):
        return None
    found = engine.origins(expr, place)
    values = {_truthy(o) for o in found}
    return values.pop() if len(values) == 1 else None


def _truthy(origin: Origin) -> bool | None:
    if isinstance(origin, Const):
        return bool(origin.value)
    if isinstance(origin, (Instance, Class, Func, Module, Member, New)):
        return True
    return None


def _bool(engine: Engine, expr: Expr, place: Place) -> bool | None:
    ends_on: bool = expr[1] == "or"
    result: bool | None = not ends_on
    for part in expr[2]:
        found = truth(engine, part, place)
        if found is ends_on:
            return ends_on
        result = None if found is None else result
    return result


def comparable(engine: Engine, expr: Expr, place: Place) -> set[Comparable] | None:
    """The values that an expression can have, as things to compare; None: not decided."""
    return None if may_be_set(engine, expr, place) else comparables(engine, engine.origins(expr, place))


def comparables(engine: Engine, found: Iterable[Origin]) -> set[Comparable] | None:
    rows: set[Comparable] = set()
    for origin in found:
        value = _comparable(engine, origin)
        if value is None:
            return None
        rows.add(value)
    return rows or None


def _comparable(engine: Engine, origin: Origin) -> Comparable | None:
    if isinstance(origin, Const):
        return ("const", origin.value)
    if isinstance(origin, Member):
        return ("member", (origin.cls, origin.name))
    if isinstance(origin, Class):
        return ("class", origin.cls)
    return None


def _compare(engine: Engine, expr: Expr, place: Place) -> bool | None:
    if len(expr[2]) != 1:
        return None
    operator, right = expr[2][0]
    left = comparable(engine, expr[1], place)
    if operator in ("is", "is not") and right == ("const", None) and left is None:
        return _none(engine, expr[1], place, operator)
    if left is None or len(left) != 1:
        return None
    if operator in ("in", "not in"):
        members = members_of(engine, right, place)
        if members is None:
            return _part(next(iter(left)), comparable(engine, right, place), operator)
        return bool((next(iter(left)) in members) == (operator == "in"))
    other = comparable(engine, right, place)
    if other is None or len(other) != 1:
        return None
    a, b = next(iter(left)), next(iter(other))
    if operator in ("==", "is"):
        return a == b
    if operator in ("!=", "is not"):
        return a != b
    if a[0] == b[0] == "const" and isinstance(a[1], (int, float)) and isinstance(b[1], (int, float)):
        order = {"<": a[1] < b[1], "<=": a[1] <= b[1], ">": a[1] > b[1], ">=": a[1] >= b[1]}
        return bool(order[operator]) if operator in order else None
    return None


def _part(left: Comparable, right: set[Comparable] | None, operator: str) -> bool | None:
    """`"/" in name` of constant texts."""
    whole = next(iter(right))[1] if right is not None and len(right) == 1 else None
    return (left[1] in whole) == (operator == "in") if isinstance(left[1], str) and isinstance(whole, str) else None


def _none(engine: Engine, expr: Expr, place: Place, operator: str) -> bool | None:
    """`x is None` where x is an object for sure."""
    found = engine.origins(expr, place)
    if found and all(_truthy(o) is True and not isinstance(o, Const) for o in found):
        return operator == "is not"
    return None


def members_of(engine: Engine, expr: Expr, place: Place) -> set[Comparable] | None:
    """The values in a collection, or of an enum, as things to compare; None: not decided."""
    rows: set[Comparable] = set()
    for origin in engine.origins(expr, place):
        if isinstance(origin, Class):
            rows.update(("member", (origin.cls, name)) for name in engine.scope(origin.cls).bindings)
            continue
        if not isinstance(origin, Box):
            return None
        inner, at = engine.refs[origin.ref]
        items = [k for k, _ in inner[1]] if inner[0] == "dict" else inner[2] if inner[0] == "seq" else None
        if items is None:
            return None
        for part in items:
            values = None if part is None or part[0] == "star" else comparable(engine, part, at)
            if values is None:
                return None
            rows.update(values)
    return rows


PLAIN: dict[str, type] = {f"builtins.{t.__name__}": t for t in (str, int, float, bool, dict, list, tuple, set)}
PLAIN_BOXES = frozenset(("dict", "list", "tuple", "set"))


def _isinstance(engine: Engine, expr: Expr, place: Place) -> bool | None:
    """`isinstance(x, C)` with an instance and a class of the program, and whether x is a class itself."""
    call = engine.modules[place.module].calls[expr[1]]
    if call.last == "isclass" and len(call.args) == 1 and engine.origins(call.func, place) == (Ext("inspect.isclass"),):
        return _is_class(engine.origins(call.args[0], place))
    if call.last != "isinstance" or len(call.args) != 2:
        return None
    things = engine.origins(call.args[0], place)
    classes = engine.origins(call.args[1], place)
    if len(things) == 1 and len(classes) == 1 and isinstance(things[0], Instance) and isinstance(classes[0], Class):
        return True if things[0].cls == classes[0].cls else None
    if len(things) == 1 and len(classes) == 1 and isinstance(things[0], Member) and isinstance(classes[0], Class):
        return things[0].cls == classes[0].cls
    if any(isinstance(o, New) for o in things):
        return one_of(engine, things, classes)
    if classes == (Ext("builtins.type"),):
        return _is_class(things)
    plain = [PLAIN.get(o.name) for o in classes if isinstance(o, Ext)]
    found = {_is_a(engine, thing, cls) for thing in things for cls in plain} if len(plain) == len(classes) == 1 else {None}
    return found.pop() if len(found) == 1 else None


def _is_class(things: Iterable[Origin]) -> bool | None:
    found = {isinstance(o, Class) if isinstance(o, (Class, Func, Instance, Const, Box, Member, Module)) else None for o in things}
    return found.pop() if len(found) == 1 else None


def _is_a(engine: Engine, origin: Origin, cls: type | None) -> bool | None:
    """Whether a constant, or a container that stands in the code, is of a class of Python itself."""
    if cls is not None and isinstance(origin, Const):
        return isinstance(origin.value, cls)
    if cls is not None and isinstance(origin, Box) and origin.kind in PLAIN_BOXES:
        return origin.kind == cls.__name__
    return None


def dead(engine: Engine, block: int, order: int, place: Place) -> bool:
    """Whether a condition around a block is decided against it, in the context of `place`."""
    return reached(engine, block, place) is False


def reached(engine: Engine, block: int, place: Place) -> bool | None:
    """Whether a block runs: True (no condition, or all decided for it), False, or None."""
    found = engine.query(("reached", place.module, block, place.ctx), lambda: [_reached(engine, block, place)])
    return found[0] if found and isinstance(found[0], bool) else None


def _reached(engine: Engine, block: int, place: Place) -> bool | None:
    module = engine.modules[place.module]
    result: bool | None = True
    for number in ancestors(module, block):
        info = module.blocks[number]
        if info.kind in ("if", "else"):
            decided = truth(engine, info.expr, Place(place.module, info.order, place.ctx))
            if decided is not None and decided != (info.kind == "if"):
                return False
            if decided is None:
                result = None
        elif info.kind == "case":
            decided = _branch(engine, number, place)
            if decided is False:
                return False
            if decided is None:
                result = None
        elif info.kind in ("for", "while", "try", "except", "try_else"):
            result = None
    return result


def _branch(engine: Engine, number: int, place: Place) -> bool | None:
    """Whether a `case` is the one that is taken: no earlier one is, and its pattern and guard hold."""
    blocks = engine.modules[place.module].blocks
    info = blocks[number]
    at = Place(place.module, info.order, place.ctx)
    result: bool | None = True
    for earlier in range(number - 1, -1, -1):
        if blocks[earlier].kind == "case" and blocks[earlier].group == info.group and blocks[earlier].scope == info.scope:
            decided = _taken(engine, blocks[earlier], at)
            if decided:
                return False
            result = None if decided is None else result
            if blocks[earlier].branch == 0:
                break
    own = _taken(engine, info, at)
    return own if own is False else None if own is None else result


def _taken(engine: Engine, info: Block, place: Place) -> bool | None:
    """Whether pattern and guard of a `case` hold for its subject."""
    decided = True if info.items[0] == OTHER else _case(engine, info.expr, info.items[0], place)
    if decided is False or len(info.items) == 1:
        return decided
    guard = truth(engine, info.items[1], place)
    return False if guard is False else None if decided is None else guard


def _case(engine: Engine, subject: Expr, pattern: Expr, place: Place) -> bool | None:
    left = comparable(engine, subject, place)
    if left is None or len(left) != 1 or pattern[0] == "shape":
        return None
    choices = pattern[2] if pattern[0] == "seq" else (pattern,)
    values: set[Comparable] = set()
    for choice in choices:
        found = None if choice[0] in ("other", "shape") else comparable(engine, choice, place)
        if found is None:
            return None
        values.update(found)
    return next(iter(left)) in values
