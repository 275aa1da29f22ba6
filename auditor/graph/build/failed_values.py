"""What expressions give where some variables hold what a function gave in place of an answer (`""`, `None`): a value, or an error.

Only values that a program writes out are computed, and only by what Python itself does to them: nothing of the program runs.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_terms import external
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Ext, Origin, Place


class Unknown:
    """What is not known."""


@dataclass(slots=True)
class Made:
    """An object of the program, with what it was made with by name."""

    fields: dict[str, object]


UNKNOWN = Unknown()
PURE = frozenset(("strip", "lstrip", "rstrip", "lower", "upper", "split", "splitlines", "startswith", "endswith"))
PURE |= frozenset(("get", "keys", "values", "items", "copy"))
"""methods that only compute something, of texts, lists and mappings"""
READING: Mapping[str, Callable[[Any], object]] = {
    "json.loads": json.loads,
    "ast.literal_eval": ast.literal_eval,
    "builtins.int": int,
    "builtins.float": float,
    "builtins.len": len,
    "builtins.bool": bool,
    "builtins.str": str,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.sorted": list,
    "builtins.enumerate": list,
    "builtins.iter": list,
}
RUNNING = ("asyncio.run", "asyncio.wait_for", "asyncio.shield")
CALCULATING = ("+", "-", "*", "/", "//", "%")
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict, "tuple": tuple, "bytes": bytes, "set": set}
LONGEST = 10_000


class Fails(Exception):
    """An expression raises such an error, of Python or of these classes; none: it is not known which."""

    def __init__(self, name: str = "", errors: Sequence[Origin] = ()) -> None:
        super().__init__(name)
        self.errors = (Ext(name if "." in name else f"builtins.{name}"),) if name else tuple(errors)


@dataclass(slots=True)
class Values:
    """The values of expressions at places of one module. `held`: variables, `given`: what calls give, by their number; `called`: says what
    other calls give."""

    engine: Engine
    module: int
    held: dict[str, object] = field(default_factory=dict)
    given: dict[int, object] = field(default_factory=dict)
    called: Callable[[Call, Sequence[object]], object] = lambda _, __: UNKNOWN

    def of(self, expr: Expr) -> object:
        """The value, as far as it is known; raises `Fails` where the expression does."""
        kind = expr[0]
        if kind == "const":
            return expr[1]
        if kind == "name":
            return self.held.get(expr[1], UNKNOWN)
        found = getattr(self, f"_{kind}", None)
        return UNKNOWN if found is None else found(expr)

    def _await(self, expr: Expr) -> object:
        return self.of(expr[1])

    def _star(self, expr: Expr) -> object:
        return _fails_on_none(self.of(expr[1]))

    def _walrus(self, expr: Expr) -> object:
        self.held[expr[1]] = value = self.of(expr[2])
        return value

    def _attr(self, expr: Expr) -> object:
        base = self.of(expr[1])
        if isinstance(base, Made):
            return base.fields.get(expr[2], UNKNOWN)
        if base is not UNKNOWN and not hasattr(base, expr[2]):
            raise Fails("AttributeError")
        return UNKNOWN

    def _call(self, expr: Expr) -> object:
        if expr[1] in self.given:
            return self.given[expr[1]]
        call = self.engine.call((self.module, expr[1]))
        if call.func[0] == "attr":
            base = self.of(call.func[1])
            if base is not UNKNOWN and not isinstance(base, Made):
                if not hasattr(base, call.func[2]):
                    raise Fails("AttributeError")
                args = [self.of(a) for a in call.args]
                return _method(base, call.func[2], args) if not call.keywords else UNKNOWN
        args = [self.of(a) for a in call.args]
        named = {name: self.of(value) for name, value, _ in call.keywords if name is not None}
        for name, value, _ in call.keywords:
            if name is None:
                _fails_on_none(self.of(value))
        return self._result(call, args, named)

    def _result(self, call: Call, args: list[object], named: dict[str, object]) -> object:
        name = external(self.engine, call, self.module) or ""
        if name == "builtins.isinstance" and len(args) == 2:
            return self._is_one(args[0], call.args[1])
        if name in ("builtins.getattr", "builtins.hasattr") and len(args) >= 2 and isinstance(args[1], str):
            return _part(args[0], args[1], args[2:], asks=name.endswith("hasattr"))
        if name in RUNNING and args:
            return args[0]
        if name in READING and len(args) == 1 and not named:
            return _computed(READING[name], args[0])
        if named and not args and any(isinstance(o, Class) for o in self.engine.origins(call.func, Place(self.module, call.order))):
            return Made(named)
        return self.called(call, args) if not name else UNKNOWN

    def _is_one(self, value: object, classes: Expr) -> object:
        if value is UNKNOWN or isinstance(value, Made):
            return UNKNOWN
        place = Place(self.module, 0)
        rows: list[Origin] = [o for one in (classes[2] if classes[0] == "seq" else (classes,)) for o in self.engine.origins(one, place)]
        if not rows or not all(isinstance(o, (Class, Ext)) for o in rows):
            return UNKNOWN
        found = [TYPES.get(o.name.removeprefix("builtins.")) for o in rows if isinstance(o, Ext)]
        return isinstance(value, tuple(t for t in found if t is not None))

    def _not(self, expr: Expr) -> object:
        value = self.of(expr[1])
        return UNKNOWN if value is UNKNOWN else not _truth(value)

    def _bool(self, expr: Expr) -> object:
        value: object = UNKNOWN
        for part in expr[2]:
            value = self.of(part)
            if value is UNKNOWN or _truth(value) is (expr[1] == "or"):
                break
        return value

    def _if(self, expr: Expr) -> object:
        test = self.of(expr[1])
        return UNKNOWN if test is UNKNOWN else self.of(expr[2] if _truth(test) else expr[3])

    def _cmp(self, expr: Expr) -> object:
        left = self.of(expr[1])
        if len(expr[2]) != 1:
            return UNKNOWN
        operator, right = expr[2][0][0], self.of(expr[2][0][1])
        return _compared(operator, left, right)

    def _seq(self, expr: Expr) -> object:
        rows = [self.of(e) for e in expr[2]]
        if any(e[0] == "star" for e in expr[2]) or (expr[1] == "set" and rows):
            return UNKNOWN
        return tuple(rows) if expr[1] == "tuple" else rows

    def _dict(self, expr: Expr) -> object:
        rows = [(self.of(k) if k is not None else UNKNOWN, self.of(v)) for k, v in expr[1]]
        return dict(rows) if all(isinstance(k, (str, int)) for k, _ in rows) else UNKNOWN

    def _fstr(self, expr: Expr) -> object:
        """A text that begins as it is written, with something inside that is not known."""
        texts = [str(e[1]) if e[0] == "const" else "?" for e in expr[1]]
        for part in expr[1]:
            self.of(part)
        return "".join(texts) if expr[1] and expr[1][0][0] == "const" and expr[1][0][1] else UNKNOWN

    def _op(self, expr: Expr) -> object:
        sides = [self.of(e) for e in expr[-2:]]
        if expr[1] in CALCULATING and any(s is None for s in sides) and not (expr[1] == "%" and isinstance(sides[0], str)):
            raise Fails("TypeError")
        return UNKNOWN

    def _sub(self, expr: Expr) -> object:
        base: Any = self.of(expr[1])
        if base is UNKNOWN or isinstance(base, Made):
            return UNKNOWN
        if not isinstance(base, (str, bytes, list, tuple, dict)):
            raise Fails("TypeError")
        if expr[2][0] == "slice":
            return base if not base else UNKNOWN
        key: Any = self.of(expr[2])
        if key is UNKNOWN:
            if base:
                return UNKNOWN
            raise Fails("KeyError" if isinstance(base, dict) else "IndexError")
        try:
            return base[key]
        except (KeyError, IndexError, TypeError) as error:
            raise Fails(type(error).__name__) from None

    def _comp(self, expr: Expr) -> object:
        facts = self.engine.modules[self.module]
        _fails_on_none(self.of(facts.blocks[facts.scopes[expr[2]].body].expr))
        return UNKNOWN


def truth(value: object) -> bool | None:
    """Whether a value holds; None where it is not known."""
    return None if value is UNKNOWN else _truth(value)


def whole(value: object) -> bool:
    """Whether nothing in a value is unknown."""
    if isinstance(value, (list, tuple)):
        return all(map(whole, value))
    if isinstance(value, dict):
        return all(map(whole, value.values()))
    return value is not UNKNOWN and not isinstance(value, Made)


def _truth(value: object) -> bool:
    return True if isinstance(value, Made) else bool(value)


def _fails_on_none(value: object) -> object:
    if value is None:
        raise Fails("TypeError")
    return value


def _method(base: Any, name: str, args: list[object]) -> object:
    if name not in PURE or not all(map(whole, args)):
        return UNKNOWN
    try:
        found = getattr(base, name)(*args)
    except (TypeError, ValueError, LookupError) as error:
        raise Fails(type(error).__name__) from None
    return list(found) if name in ("keys", "values", "items") else found


def _part(base: object, name: str, default: list[object], *, asks: bool) -> object:
    if base is UNKNOWN or isinstance(base, Made):
        return UNKNOWN
    if asks:
        return hasattr(base, name)
    if hasattr(base, name):
        return UNKNOWN
    if default:
        return default[0]
    raise Fails("AttributeError")


def _computed(function: Callable[[Any], object], value: object) -> object:
    if value is UNKNOWN or isinstance(value, Made) or (isinstance(value, (str, bytes)) and len(value) > LONGEST):
        return UNKNOWN
    try:
        return function(value)
    except json.JSONDecodeError:
        raise Fails("json.JSONDecodeError") from None
    except (TypeError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise Fails(type(error).__name__) from None


def _compared(operator: str, left: object, right: object) -> object:
    if operator in ("<", "<=", ">", ">=") and (left is None or right is None):
        raise Fails("TypeError")
    if operator in ("in", "not in"):
        _fails_on_none(right)
        if isinstance(right, (list, tuple, dict)) and not right:
            return operator == "not in"
        if isinstance(right, dict) and whole(left):
            return (left in right) is (operator == "in")
    if operator in ("is", "is not", "==", "!=") and (left is None or right is None) and UNKNOWN not in (left, right):
        return (left is right) is (operator in ("is", "=="))
    if not (whole(left) and whole(right)):
        return UNKNOWN
    try:
        return _plainly(operator, left, right)
    except TypeError:
        raise Fails("TypeError") from None


def _plainly(operator: str, left: Any, right: Any) -> object:
    if operator in ("==", "is"):
        return bool(left == right)
    if operator in ("!=", "is not"):
        return bool(left != right)
    if operator in ("in", "not in"):
        return (left in right) is (operator == "in")
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator] if operator in "<=>=" else UNKNOWN
