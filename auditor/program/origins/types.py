"""The answers to "what can reach this expression?", which nothing changes (frozen, they would cost three times as much to make)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from auditor.facts.types import Expr

Key: TypeAlias = tuple[int, int]
"""(module, scope) of a function or class, or (module, call) of a call site"""


class Place(NamedTuple):
    """Where an expression is read: a statement of a module, in a context (0: none)."""

    module: int
    order: int
    ctx: int = 0


@dataclass(slots=True, unsafe_hash=True)
class Const:
    """A constant; `kind` keeps 1, 1.0 and True apart."""

    value: Any
    kind: str
    module: int
    line: int


class Entries(NamedTuple):
    """Of a dict literal: constant key -> its value and how many of the others stand before it; the others in their order."""

    known: dict[Any, tuple[Expr, int]]
    rest: list[tuple[Expr | None, Expr]]


LEFT_OUT = "left out"
"""the kind of a None that says: one of several that pass arguments on by `**` gives none here"""


@dataclass(slots=True, unsafe_hash=True)
class New:
    """What a call of an external name gives: an object of a class, or a function's result. `partials`: sites of `partial` before it."""

    name: str
    site: Key
    ctx: int
    partials: tuple[tuple[Key, int], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Instance:
    """An object of a local class; `site` is None where any instance is meant (`self`)."""

    cls: Key
    site: Key | None
    ctx: int
    partials: tuple[tuple[Key, int], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Result:
    """What a method call on something external gives."""

    base: Origin
    method: str
    site: Key
    ctx: int


@dataclass(slots=True, unsafe_hash=True)
class Attr:
    base: Origin
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Item:
    """An element of something external; `key` where it is constant."""

    base: Origin
    key: Any


@dataclass(slots=True, unsafe_hash=True)
class Func:
    """A function of the program; `owner`: the receiver it is bound to; `ctx`: of its closure."""

    fn: Key
    owner: Origin | None
    ctx: int


@dataclass(slots=True, unsafe_hash=True)
class Class:
    cls: Key


@dataclass(slots=True, unsafe_hash=True)
class Ext:
    """An external name: module, class, function or constant."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class Module:
    index: int


@dataclass(slots=True, unsafe_hash=True)
class Param:
    """A parameter that no caller binds."""

    fn: Key
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Box:
    """A list, tuple, set, dict or comprehension; `ref` finds its expression and place."""

    kind: str
    ref: int


@dataclass(slots=True, unsafe_hash=True)
class Op:
    """An operation that is no constant: `ref` finds the expression and place, its sides are asked on demand."""

    op: str
    ref: int


@dataclass(slots=True, unsafe_hash=True)
class Env:
    """An environment variable and its written fallback."""

    name: str
    fallback: tuple[Origin, ...]
    module: int
    line: int


@dataclass(slots=True, unsafe_hash=True)
class Text:
    """A text with unknown parts, written `{}`."""

    pattern: str


@dataclass(slots=True, unsafe_hash=True)
class Partial:
    """`functools.partial(target, ...)` made at a site."""

    target: Origin
    site: Key
    ctx: int


@dataclass(slots=True, unsafe_hash=True)
class Member:
    """An enum member."""

    cls: Key
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Super:
    """`super()` inside a method of a class."""

    cls: Key
    owner: Origin


@dataclass(slots=True, unsafe_hash=True)
class Unresolved:
    why: str


@dataclass(slots=True, unsafe_hash=True)
class Condition(Unresolved):
    """A condition that asks for variables of the environment; `ref` finds its expression and place."""

    ref: int = 0


Origin: TypeAlias = (
    Const
    | New
    | Instance
    | Result
    | Attr
    | Item
    | Func
    | Class
    | Ext
    | Module
    | Param
    | Box
    | Op
    | Env
    | Text
    | Partial
    | Member
    | Super
    | Unresolved
)
Origins: TypeAlias = tuple[Origin, ...]


def root_of(origin: Origin) -> Origin:
    """What an attribute, an item or a result is of."""
    while isinstance(origin, (Attr, Item, Result)):
        origin = origin.base
    return origin


def same_object(first: Origin, second: Origin) -> bool:
    """Whether two origins are made at one place, whatever the context."""
    if isinstance(first, New) and isinstance(second, New):
        return (first.name, first.site) == (second.name, second.site)
    return first == second


def unique(rows: list[Origin]) -> Origins:
    """Without repetitions, in order."""
    return tuple(rows) if len(rows) < 2 else tuple(dict.fromkeys(rows))


@dataclass(frozen=True, slots=True)
class Starter:
    """What calls a function that it is given, with a list and a mapping of arguments: the positions or keywords of each.

    `hands`: what stands behind the function is handed on to it (rest), or each element of it (each)."""

    function: tuple[int | str, ...]
    args: str = ""
    kwargs: str = ""
    hands: str = ""


@dataclass(frozen=True, slots=True)
class Injector:
    """A container that gives objects of the classes that its methods `gives` are asked for (method -> positions or keywords of the class);
    `same`: methods that give another one."""

    gives: Mapping[str, tuple[int | str, ...]]
    same: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shared:
    """Objects of frameworks of which a program has one, each by a kind. `made`: names that make one; `names`: those that mean it;
    `ways`: (class, attribute) that is it, `attributes`: these alone; `handed`: keyword of the call that makes one, or method of it
    (`on_startup.append`), that takes functions which it hands itself to; `passed`: decorator -> kind and the path below it of what the
    function gets as its first argument."""

    made: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[tuple[str, str], str] = field(default_factory=dict)
    attributes: frozenset[str] = frozenset()
    handed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passed: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(slots=True, unsafe_hash=True)
class Frame:
    """A call on the stack of a context: parameters of `fn` are bound at `site`, whose arguments are read in `site_ctx`.

    `owner`: the receiver, bound to the first parameter; `partials`: earlier arguments; `parent`: the context that encloses the function.
    `decorated`: the function that a decorator is given, its only argument.
    """

    fn: Key
    site: Key
    site_ctx: int
    owner: Origin | None
    partials: tuple[tuple[Key, int], ...]
    parent: int
    depth: int
    decorated: Origin | None = None
