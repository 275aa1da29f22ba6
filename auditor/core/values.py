"""What is known about a setting: a value, where it comes from, or why it cannot be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal, TypeAlias

from auditor.core.location import Location


class Special(Enum):
    """The two values that are no numbers."""

    ABSENT = "absent"
    UNBOUNDED = "unbounded"

    def __repr__(self) -> str:
        return self.name


ABSENT = Special.ABSENT
UNBOUNDED = Special.UNBOUNDED


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be told; `why` reaches the report."""

    why: str


@dataclass(frozen=True, slots=True)
class Given(Unknown):
    """Something is written there, so it is not absent; which value it has cannot be told, or it is an object."""


@dataclass(frozen=True, slots=True)
class OfParameter(Unknown):
    """It is an attribute of what a function is given: (module, scope) of that, its parameter, and the attribute."""

    function: tuple[int, int]
    parameter: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked(Unknown):
    """Whoever sends a request sets it, and nothing limits that."""


@dataclass(frozen=True, slots=True)
class Raises(Unknown):
    """The call that it is of only raises an error: it sends nothing."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Several values.

    Reaching alternatives (`undecided` false): each of them occurs. Undecided ones: exactly one holds, and which one cannot be told.
    Settings of one subject whose `group` is equal and not empty have parallel alternatives: the n-th of each belong together.
    """

    alternatives: tuple[Setting, ...]
    undecided: bool = False
    group: str = ""


Plain: TypeAlias = int | float | str | bool
Value: TypeAlias = Plain | Special | Unknown | OneOf
Origin: TypeAlias = Literal["explicit", "inherited", "default", "inferred", "declared", "absent"]
State: TypeAlias = Literal["set", "default", "absent", "unbounded", "one_of", "unknown"]

MOST_ALTERNATIVES = 64
MOST_LEVERS = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """A value with its origin.

    `source` names what a default is read from (`sdk==3.54.0`); `unit` is `seconds`, `attempts`, `tokens`, `turns`, ...;
    `scope` (deadlines only) is `total` or `per_read`: nearly every HTTP timeout bounds one socket read.
    """

    value: Value
    origin: Origin = "explicit"
    at: Location | None = None
    source: str | None = None
    why: str | None = None
    unit: str | None = None
    scope: str | None = None
    argument: str | None = None
    """what sets it in the code (`timeout= of Client()`), empty where the library has nothing for it; None: not known"""
    streamed: int | None = None
    """of a default: the number that holds in its place for a request whose answer is streamed"""
    equal: OneOf | None = None
    """of alternatives of a `group` that are equal and therefore one setting: each of them, with its own place, source and argument"""
    unread: bool = False
    """it holds as far as one can see: something that is not read, such as a `**mapping`, may bring another value"""

    @property
    def state(self) -> State:
        value = self.value
        if isinstance(value, Unknown):
            return "unknown"
        if isinstance(value, OneOf):
            return "one_of"
        if value is ABSENT:
            return "absent"
        if value is UNBOUNDED:
            return "unbounded"
        return "default" if self.origin == "default" else "set"

    @property
    def number(self) -> float | int | None:
        """The number, if it is one and decided."""
        value = self.value
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def unknown(why: str, *, unit: str | None = None, at: Location | None = None) -> Setting:
    return Setting(Unknown(why), "inferred", at=at, unit=unit, why=why)


def absent(why: str | None = None, *, unit: str | None = None) -> Setting:
    return Setting(ABSENT, "absent", why=why, unit=unit)


def alternatives(setting: Setting) -> tuple[Setting, ...]:
    """The alternatives of a setting, or the setting itself as the only one."""
    return setting.value.alternatives if isinstance(setting.value, OneOf) else (setting,)


def along(setting: Setting, other: OneOf) -> tuple[Setting, ...] | None:
    """What a setting is with each alternative of another one of the same subject; None: the two do not go along with each other."""
    own = setting.value if isinstance(setting.value, OneOf) else setting.equal
    if own is None or not own.group or own.group != other.group or len(own.alternatives) != len(other.alternatives):
        return None
    return own.alternatives


def badness(setting: Setting) -> tuple[int, float | int]:
    """Order of badness: absent and unbounded, then the largest number; unknown and text last."""
    value = setting.value
    if isinstance(value, OneOf):
        return max((badness(s) for s in value.alternatives), default=(0, 0.0))
    if isinstance(value, Special):
        return 2, 0.0
    number = setting.number
    return (1, number) if number is not None else (0, 0.0)


def worst(settings: Iterable[Setting]) -> Setting | None:
    """The worst of several; the first of equals."""
    return max(settings, key=badness, default=None)


def by_version(setting: Setting) -> bool:
    """Whether it is one of several numbers, and only the version of one library, which is not known, decides which."""
    rows = setting.value.alternatives if isinstance(setting.value, OneOf) and setting.value.undecided else ()
    sources = {row.source for row in rows}
    numbers = {row.number for row in rows}
    return 1 < len(numbers) == len(sources) and None not in numbers | sources and len(libraries(rows)) == 1


def libraries(settings: Iterable[Setting]) -> set[str]:
    """The libraries of defaults, without their versions."""
    return {re.split(r"[ =<>!~]", s.source, maxsplit=1)[0] for s in settings if s.source}


def merge(settings: Sequence[Setting], *, undecided: bool = False, group: str = "") -> Setting:
    """One setting of several alternatives: equal values merge (unless parallel in a `group`), more than MOST_ALTERNATIVES are unknown.

    Where all of a group are equal, they are one setting that knows `equal` ones."""
    if not settings:
        return unknown("nothing is known about it")
    rows = list(settings) if group else [x for s in settings for x in _opened(s, undecided)]
    equal: dict[tuple[Value, Origin], list[Setting]] = {}
    for setting in rows:
        equal.setdefault((setting.value, setting.origin), []).append(setting)
    if len(equal) == 1:
        one = _settable(rows)
        return replace(one, equal=OneOf(tuple(rows), undecided, group)) if group and any(row != rows[0] for row in rows) else one
    unique = rows if group else [_settable(same) for same in equal.values()]
    if len(unique) > MOST_ALTERNATIVES:
        return unknown(f"more than {MOST_ALTERNATIVES} values can reach it", unit=unique[0].unit)
    first = unique[0]
    return Setting(OneOf(tuple(unique), undecided, group), "inferred", unit=first.unit, scope=first.scope)


def _settable(equal: Sequence[Setting]) -> Setting:
    """The first of equal settings, with all that sets them; of defaults of several versions of a library none is named."""
    first = equal[0]
    if first.unread and not all(s.unread for s in equal):
        first = replace(first, unread=False)
    names = libraries(equal)
    if len({s.source for s in equal if s.source}) > 1 and len(names) == 1:
        first = replace(first, source=names.pop())
    levers = list(dict.fromkeys(s.argument for s in equal))
    if len(levers) == 1:
        return first
    named = list(dict.fromkeys(one for lever in levers if lever for one in lever.split(" or ")))
    return replace(first, argument=" or ".join(named) if all(levers) and len(named) <= MOST_LEVERS else None)


def _opened(setting: Setting, undecided: bool) -> tuple[Setting, ...]:
    """Alternatives of the same kind become alternatives of the whole; parallel ones stay together."""
    value = setting.value
    return value.alternatives if isinstance(value, OneOf) and value.undecided == undecided and not value.group else (setting,)


def leaves(setting: Setting) -> tuple[Setting, ...]:
    """The alternatives of a setting, and of each of them."""
    if not isinstance(setting.value, OneOf):
        return (setting,)
    return tuple(leaf for row in setting.value.alternatives for leaf in leaves(row))


def with_unit(setting: Setting, unit: str | None, scope: str | None = None) -> Setting:
    return replace(setting, unit=unit or setting.unit, scope=scope or setting.scope)


def product(settings: Sequence[Setting], *, unit: str | None = None) -> Setting:
    """The product of counts: unbounded beats unknown; alternatives multiply (up to MOST_ALTERNATIVES), an unknown one stays one of them."""
    for setting in settings:
        if any(s.value is UNBOUNDED for s in alternatives(setting)):
            return Setting(UNBOUNDED, "inferred", at=setting.at, why=setting.why, unit=unit)
    rows: list[Setting] = [Setting(1, "inferred", unit=unit)]
    undecided = False
    for setting in settings:
        undecided = undecided or (isinstance(setting.value, OneOf) and setting.value.undecided)
        rows = [_times(row, factor, unit) for row in rows for factor in alternatives(setting)]
        if len(rows) > 4 * MOST_ALTERNATIVES:
            return unknown("too many combinations", unit=unit)
    return merge(rows, undecided=undecided)


def _times(row: Setting, factor: Setting, unit: str | None) -> Setting:
    if isinstance(row.value, Unknown):
        return row
    if row.number is None or factor.number is None:
        return unknown(factor.value.why if isinstance(factor.value, Unknown) else "a factor is not a number", unit=unit)
    return Setting(row.number * factor.number, "inferred", unit=unit)
