"""Conditions of which some variables are known: what a test gives when a flag has just been set to a constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.loop_blocks import Suites
from auditor.graph.build.loop_terms import path, plain

MISSING = object()
CHOICES = {"==": True, "is": True, "!=": False, "is not": False}
MEMBERSHIP = {"in": True, "not in": False}
ORDERS = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True, slots=True)
class Made:
    """A value that is made where it is set: no None. `truth`: whether it counts as true, None where that is not known."""

    truth: bool | None


def held(value: Expr) -> object:
    """What a condition can be told of a value: a constant, that it is made there, or nothing."""
    value = plain(value)
    if value[0] == "const":
        return value[1]
    if value[0] in ("seq", "dict"):
        items = value[2] if value[0] == "seq" else value[1]
        sure = [one for one in items if (one[0] != "star" if value[0] == "seq" else one[0] is not None)]
        return Made(True if sure else None if items else False)
    return Made(None) if value[0] in ("fstr", "comp") else MISSING


def decided(test: Expr, known: Mapping[str, object]) -> bool | None:
    """Whether a condition holds, by the variables that are known; None where they do not decide it."""
    test = plain(test)
    kind = test[0]
    if kind == "not":
        inner = decided(test[1], known)
        return None if inner is None else not inner
    if kind == "bool":
        answers = [decided(one, known) for one in test[2]]
        ends: bool = test[1] == "or"
        if ends in answers:
            return ends
        return None if None in answers else not ends
    if kind == "cmp" and len(test[2]) == 1:
        return _compared(test[1], test[2][0], known)
    value = _value(test, known)
    if isinstance(value, Made):
        return value.truth
    return None if value is MISSING else bool(value)


def _compared(left: Expr, pair: tuple[str, Expr], known: Mapping[str, object]) -> bool | None:
    operator, right = pair
    a, b = _value(left, known), _value(right, known)
    if isinstance(a, Made) or isinstance(b, Made):
        return not CHOICES[operator] if operator in CHOICES and (a is None or b is None) else None
    if operator in MEMBERSHIP and a is not MISSING and right[0] == "seq" and all(e[0] == "const" for e in right[2]):
        return any(a == e[1] for e in right[2]) is MEMBERSHIP[operator]
    if operator in MEMBERSHIP and isinstance(a, str) and right[0] == "name":
        answers = known.get(has_key(right[1], a))
        return next(iter(answers)) is MEMBERSHIP[operator] if isinstance(answers, frozenset) and len(answers) == 1 else None
    if a is MISSING or b is MISSING:
        return None
    if operator in ORDERS and isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return bool(ORDERS[operator](a, b))
    return (a == b and (a is None) == (b is None)) is CHOICES[operator] if operator in CHOICES else None


def has_key(name: str, key: str) -> str:
    """Under which name it is known whether a mapping has a key: the possible answers."""
    return f"{name} has '{key}'"


def _value(expr: Expr, known: Mapping[str, object]) -> object:
    expr = plain(expr)
    if expr[0] == "const":
        return expr[1]
    text = path(expr)
    return MISSING if text is None else known.get(text, MISSING)


def only_presence(module: ModuleFacts, test: Expr) -> bool:
    """Whether a condition only asks if something is there (`r.usage`, `hasattr(r, "usage")`, `x is not None`)."""
    test = plain(test)
    if test[0] == "bool":
        return test[1] == "and" and all(only_presence(module, one) for one in test[2])
    if test[0] == "cmp":
        return path(test[1]) is not None and test[2] == (("is not", ("const", None)),)
    if test[0] == "call":
        return module.calls[test[1]].func in (("name", "hasattr"), ("name", "getattr"))
    return test[0] in ("name", "attr", "sub")


def is_presence(own: Suites, block: int) -> bool:
    """Whether a block runs wherever something is there at all."""
    info = own.module.blocks[block]
    return info.kind == "if" and only_presence(own.module, info.expr)
