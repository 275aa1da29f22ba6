"""Conditions that are decided under a bound context: equality, membership, identity, classes, truth of constants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.facts.types import OTHER, Block, Call, Expr
from auditor.program.origins.containers import elements, is_dict, is_left_out
from auditor.program.origins.distinct import one_of
from auditor.program.origins.engine import Engine
from auditor.program.origins.mutated import said_to
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.settable import may_be_set
from auditor.program.origins.types import Box, Class, Const, Ext, Func, Instance, Member, Module, New, Origin, Place, Result

Comparable = tuple[str, object]
ENDS = ("startswith", "endswith")


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
        return _called(engine, engine.call((place.module, expr[1])), expr, place)
    if may_be_set(engine, expr, place):
        return None
    found = engine.origins(expr, place)
    values = {_truthy(engine, o) for o in found}
    return values.pop() if len(values) == 1 else None


def _called(engine: Engine, call: Call, expr: Expr, place: Place) -> bool | None:
    if call.last in ENDS and call.func[0] == "attr" and len(call.args) == 1:
        return _ends(engine, call, place)
    if call.last == "get" and call.func[0] == "attr" and any(is_dict(engine, o) for o in engine.origins(call.func[1], place)):
        answers = {bool(o.value) if isinstance(o, Const) else None for o in engine.origins(expr, place)}
        return answers.pop() if len(answers) == 1 else None
    return _isinstance(engine, expr, place)


def _ends(engine: Engine, call: Call, place: Place) -> bool | None:
    """`name.startswith("a")` of constant texts."""
    text, ends = comparable(engine, call.func[1], place), _texts(engine, call.args[0], place)
    values = [v for _, v in text or () if isinstance(v, str)]
    if not ends or not text or len(values) < len(text):
        return None
    answers = {v.startswith(ends) if call.last == "startswith" else v.endswith(ends) for v in values}
    return answers.pop() if len(answers) == 1 else None


def _texts(engine: Engine, expr: Expr, place: Place) -> tuple[str, ...]:
    """The one text that an expression is, or those in a tuple; empty: not told."""
    found = comparable(engine, expr, place)
    if found is None:
        known = members_of(engine, expr, place)
        values = [v for _, v in known or ()]
    else:
        values = [v for _, v in found] if len(found) == 1 else []
    texts = tuple(v for v in values if isinstance(v, str))
    return texts if len(texts) == len(values) else ()


def _truthy(engine: Engine, origin: Origin) -> bool | None:
    if isinstance(origin, Const):
        return bool(origin.value)
    if isinstance(origin, New):
        return True if origin.name in engine.kinds or origin.name.rpartition(".")[2][:1].isupper() else None
    return True if isinstance(origin, (Instance, Class, Func, Module, Member)) else None


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
        known = members(engine, right, place)
        if known is None:
            return _part(next(iter(left)), comparable(engine, right, place), operator)
        answer = one_in(next(iter(left)), known)
        return None if answer is None else answer == (operator == "in")
    other = comparable(engine, right, place)
    if other is None or len(other) != 1:
        return None
    a, b = next(iter(left)), next(iter(other))
    if operator in ("==", "is", "!=", "is not"):
        same = equal(a, b)
        return None if same is None else same == (operator in ("==", "is"))
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
    if found and all(_truthy(engine, o) is True and not isinstance(o, Const) for o in found):
        return operator == "is not"
    return None


@dataclass(frozen=True, slots=True)
class Members:
    """What is, or may be, in a collection, as things to compare; `sure`: what is for sure; `more`: other things may be in it, too."""

    possible: frozenset[Comparable]
    sure: frozenset[Comparable]
    more: bool = False


def members_of(engine: Engine, expr: Expr, place: Place) -> set[Comparable] | None:
    """The values in a collection, or of an enum, as things to compare; None: not decided."""
    found = members(engine, expr, place)
    return set(found.possible) if found is not None and found.possible == found.sure and not found.more else None


def members(engine: Engine, expr: Expr, place: Place) -> Members | None:
    """What a collection holds, where it can be told of all that it can be; None where it cannot."""
    rows = [_members(engine, origin) for origin in engine.origins(expr, place)]
    known = [r for r in rows if r is not None]
    if not rows or len(known) < len(rows):
        return None
    if len(known) == 1:
        return known[0]
    return Members(_all(r.possible for r in known), frozenset.intersection(*(r.sure for r in known)), any(r.more for r in known))


def _members(engine: Engine, origin: Origin) -> Members | None:
    if isinstance(origin, Class):
        names: frozenset[Comparable] = frozenset(("member", (origin.cls, name)) for name in engine.scope(origin.cls).bindings)
        return Members(names, names)
    if isinstance(origin, Result) and origin.method == "keys":
        origin = origin.base
    if not isinstance(origin, Box):
        return None
    found = engine.query(("members", origin), lambda: [_in_box(engine, origin)])
    return found[0] if found and isinstance(found[0], Members) else None


def _in_box(engine: Engine, box: Box) -> Members | None:
    found = elements(engine, box)
    possible = comparables(engine, found) if found else set()
    return None if possible is None else Members(frozenset(possible), frozenset(possible & _sure(engine, box)), _merges(engine, box))


def _all(rows: Iterable[frozenset[Comparable]]) -> frozenset[Comparable]:
    return frozenset().union(*rows)


def _merges(engine: Engine, box: Box) -> bool:
    """Whether other mappings are put into a dict, whose keys are not looked for."""
    inner = engine.refs[box.ref][0]
    merged = inner[0] == "dict" and any(key is None for key, _ in inner[1])
    return merged or (box.kind == "dict" and bool(said_to(engine, box, ("update", "setdefault"))))


def _sure(engine: Engine, box: Box) -> set[Comparable]:
    """What is written in a collection."""
    inner, at = engine.refs[box.ref]
    rows: set[Comparable] = set()
    keys = [k for k, v in inner[1] if not _may_be_missing(engine, v, at)] if inner[0] == "dict" else []
    for part in inner[2] if inner[0] == "seq" else keys:
        if part is not None and part[0] == "star":
            found = members(engine, part[1], at)
            rows |= found.sure if found is not None else set()
        else:
            values = None if part is None else comparable(engine, part, at)
            rows |= values if values is not None and len(values) == 1 else set()
    return rows


def _may_be_missing(engine: Engine, value: Expr, place: Place) -> bool:
    """Whether a field is not surely given to the constructor, in the mapping of those that are."""
    return value[0] == "field" and any(map(is_left_out, engine.origins(value, place)))


def equal(one: Comparable, other: Comparable) -> bool | None:
    """Whether two values are equal. None: a member of an enum of texts, or of numbers, is equal to such a one."""
    if one[0] != other[0] and None not in (one[1], other[1]) and "class" not in (one[0], other[0]):
        return None
    return one == other


def one_in(left: Comparable, found: Members) -> bool | None:
    """Whether a value is in a collection."""
    answers = {equal(left, each) for each in found.possible}
    if True in answers:
        return True if left in found.sure else None
    return None if None in answers or found.more else False


PLAIN: dict[str, type] = {f"builtins.{t.__name__}": t for t in (str, int, float, bool, dict, list, tuple, set)}
PLAIN_BOXES = frozenset(("dict", "list", "tuple", "set"))


def _isinstance(engine: Engine, expr: Expr, place: Place) -> bool | None:
    """`isinstance(x, C)` with an instance and a class of the program, and whether x is a class itself."""
    call = engine.call((place.module, expr[1]))
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
        if found is None or len(found) > 1:
            return None
        values.update(found)
    return one_in(next(iter(left)), Members(frozenset(values), frozenset(values)))
