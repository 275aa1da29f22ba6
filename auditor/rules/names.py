"""Which names a rule may use, and what kind of value each is: the fields of its nouns and its own parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from auditor.core.values import Setting
from auditor.graph.types import NOUNS

KindName: TypeAlias = Literal["number", "text", "truth", "texts", "items", "place"]
TRUTHS = frozenset(("usage_recorded", "traced"))
TEXTS = frozenset(("client", "switch", "description", "backoff"))
HIDDEN = frozenset(("trace", "also", "id"))


@dataclass(frozen=True, slots=True)
class Kind:
    """`setting`: its value may be absent, unbounded or unknown; `item`: the class of the elements of a tuple field."""

    name: KindName
    setting: bool = False
    item: type | None = None


NUMBER, TEXT, TRUTH, TEXT_LIST = Kind("number"), Kind("text"), Kind("truth"), Kind("texts")


def kind_of(name: str, hint: Any) -> Kind | None:
    """The kind of a dataclass field; None: rules cannot use it."""
    if hint is Setting:
        return Kind("truth" if name in TRUTHS else "text" if name in TEXTS else "number", True)
    if hint is bool:
        return TRUTH
    if hint is str or get_origin(hint) is Literal:
        return TEXT
    if hint in (int, float):
        return NUMBER
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        if inner is str:
            return TEXT_LIST
        return Kind("items", item=inner) if is_dataclass(inner) and isinstance(inner, type) else None
    if get_origin(hint) is UnionType:
        parts = [a for a in get_args(hint) if a is not type(None)]
        inner_kind = kind_of(name, parts[0]) if len(parts) == 1 else None
        return Kind(inner_kind.name, True) if inner_kind is not None and inner_kind.name != "items" else None
    return None


@lru_cache(maxsize=64)
def fields_of(cls: type) -> Mapping[str, Kind]:
    hints = get_type_hints(cls)
    rows = {f.name: kind_of(f.name, hints[f.name]) for f in fields(cls) if f.name not in HIDDEN}
    return {n: k for n, k in rows.items() if k is not None}


def fields_of_nouns(nouns: Sequence[str]) -> dict[str, Kind]:
    """The fields that all these nouns have, with the same kind."""
    tables = [fields_of(NOUNS[n]) for n in nouns]
    return {name: kind for name, kind in tables[0].items() if all(t.get(name) == kind for t in tables[1:])}


def kind_of_param(value: object) -> Kind:
    return TRUTH if isinstance(value, bool) else NUMBER if isinstance(value, (int, float)) else TEXT
