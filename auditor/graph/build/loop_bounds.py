"""What a bound allows: the turns of one alternative, its unit, and counters that are stepped towards it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from auditor.core.values import ABSENT, UNBOUNDED, Setting, Unknown, alternatives, merge, unknown, with_unit
from auditor.facts.types import Expr
from auditor.graph.build.loop_checks import Check
from auditor.graph.build.loop_terms import path

MONEY = re.compile(r"cost|usd|dollar|price|spen[dt]|budget|credit|cents", re.IGNORECASE)
TOKENS = re.compile(r"token", re.IGNORECASE)
TIME = re.compile(r"elapsed|seconds|duration", re.IGNORECASE)
NOTHING = "nothing in the code limits it"
OFF = "its limit is switched off by default"
NOT_GIVEN = "its limit is not given here"
NOT_A_NUMBER = "the limit is not a number"
NO_NUMBER = (NOT_GIVEN, NOT_A_NUMBER)


def allowed(setting: Setting, turns: Callable[[float], float], *, zero: bool = False, below: bool = False) -> Setting:
    """One alternative of a bound as a number of turns; None and infinity are none. `zero`, `below`: whether 0, and less, is one."""
    number = setting.number
    off = number is not None and (number == math.inf or (number < 0 and not below) or (number == 0 and not zero))
    if setting.value is ABSENT or setting.value is UNBOUNDED or off:
        return Setting(UNBOUNDED, "inferred", at=setting.at, source=setting.source, why=OFF)
    if number is None:
        why = setting.value.why if isinstance(setting.value, Unknown) else NOT_A_NUMBER
        return replace(unknown(why), at=setting.at)
    return replace(setting, value=max(0, turns(number)))


def compared_with(check: Check, bound: Setting) -> Setting:
    """A bound as it is compared: a None for which nobody asks before cannot be meant."""
    rows = [s for s in alternatives(bound) if s.value is not ABSENT]
    if check.guarded or len(rows) == len(alternatives(bound)):
        return bound
    return merge(rows, undecided=bool(getattr(bound.value, "undecided", False))) if rows else unknown(NOT_GIVEN)


def budget(setting: Setting, unit: str) -> Setting:
    """A limit in this unit; one of tokens, money or time that is off by default may be switched on by who runs it."""
    if unit == "turns":
        return with_unit(setting, unit)
    rows = [unknown(f"a limit in {unit} exists, switched off by default", at=s.at) if s.why == OFF else s for s in alternatives(setting)]
    return with_unit(merge(rows, undecided=bool(getattr(setting.value, "undecided", False))), unit)


def constant(amount: Expr) -> float | None:
    """The number of a step that is written out."""
    return amount[1] if amount[0] == "const" and isinstance(amount[1], (int, float)) else None


def unit_of(name: str, bound: Expr, step: Expr) -> str:
    """The unit of a counter that grows by a computed amount, by the names of all three."""
    text = f"{name} {path(bound) or ''} {path(step) or ''}"
    if TOKENS.search(text):
        return "tokens"
    if MONEY.search(text):
        return "usd"
    return "seconds" if TIME.search(text) else "turns"


def falling(check: Check, start: Setting, turns: Callable[[float], float]) -> Setting:
    """What a counter that falls from `start` allows: one that begins at its end, or beyond it, allows none."""
    exact = check.operator == "=="

    def turned(setting: Setting) -> Setting:
        number = setting.number
        if number is None or number == math.inf or (exact and number < 0):
            return allowed(setting, turns)
        return replace(setting, value=max(0, turns(number)))

    return merge([turned(s) for s in alternatives(start)])


def counted_turns(check: Check, way: str, bound: Setting, start: Setting | None, step: float) -> Setting:
    """How often a counter that starts at `start` can be stepped up or down until the check holds."""
    bound = compared_with(check, bound)
    beyond = 1 if check.operator in ("<", ">") else 0
    if way == "down":
        low = bound.number
        if low is None or start is None:
            return unknown("its limit can't be read")
        return falling(check, start, lambda n: math.ceil((n - low + beyond) / step))
    first = start.number if start is not None and start.number is not None else 0
    return merge([allowed(s, lambda n: max(0, math.ceil((n - first + beyond) / step))) for s in alternatives(bound)])
