"""Which names a rule may use, and what kind of value each is: the fields of its nouns and its own parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from auditor.core.values import Setting
from auditor.graph.types import NONE, NOUNS, Noun

KindName: TypeAlias = Literal["number", "text", "truth", "texts", "items", "place", "settings", "any", "untyped"]
STATES = ("absent", "unbounded", "unknown", "default")
TRUTHS = frozenset(("blocking_in_async", "usage_recorded", "traced", "counted", "serial", "unpooled", "one_request", "small_answer"))
TEXTS = frozenset(("client", "cap_client", "deadline_client", "switch", "description", "backoff", "off", "model", "repeats"))
HIDDEN = frozenset(("trace", "loop_trace", "crossing", "limit_trace", "client_ways", "also", "id", "inside"))


@dataclass(frozen=True, slots=True)
class Kind:
    """`setting`: it may be absent, unbounded or unknown; `item`: the class of the elements of a tuple field, or of a place."""

    name: KindName
    setting: bool = False
    item: type | None = None


NUMBER, TEXT, TRUTH, TEXT_LIST = Kind("number"), Kind("text"), Kind("truth"), Kind("texts")
SETTINGS, ELEMENT = Kind("settings"), Kind("any", True)
"""settings by name, and one of them: of what kind it is, is only known where it is read"""
UNTYPED = Kind("untyped")
"""of what an expression has wrong"""
WORDS: dict[KindName, str] = {
    "number": "a number",
    "text": "a text",
    "truth": "a yes or no",
    "texts": "a list of texts",
    "items": "a list",
    "place": "a place",
    "settings": "settings by name",
    "any": "a setting of any kind",
    "untyped": "what has no kind",
}
PLAIN: dict[object, Kind] = {bool: TRUTH, int: NUMBER, float: NUMBER, str: TEXT}


def kind_of(name: str, hint: object) -> Kind | None:
    """The kind of a dataclass field; None: rules cannot use it."""
    if hint is Setting:
        return Kind("truth" if name in TRUTHS else "text" if name in TEXTS else "number", True)
    if isinstance(hint, type) and hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and is_dataclass(hint):
        return Kind("place", item=hint)
    arguments: tuple[Any, ...] = get_args(hint)
    if get_origin(hint) is Mapping and arguments == (str, Setting):
        return SETTINGS
    if get_origin(hint) is Literal:
        return TEXT
    if get_origin(hint) is tuple:
        inner = kind_of(name, arguments[0])
        return TEXT_LIST if inner == TEXT else Kind("items", item=inner.item) if inner is not None and inner.name == "place" else None
    if get_origin(hint) is UnionType:
        parts = [kind_of(name, a) for a in arguments if a is not type(None)]
        one = {part.name if part is not None else None for part in parts}
        return Kind(parts[0].name, True, parts[0].item) if len(one) == 1 and parts[0] is not None else None
    return None


@cache
def _table(cls: Any) -> Mapping[str, Kind]:
    hints = get_type_hints(cls)
    rows = {f.name: kind_of(f.name, hints[f.name]) for f in fields(cls) if f.name not in HIDDEN}
    return {n: k for n, k in rows.items() if k is not None}


def fields_of(cls: type) -> Mapping[str, Kind]:
    return _table(cls)


def fields_of_nouns(nouns: Sequence[str]) -> dict[str, Kind]:
    """The fields that all these nouns have, with the same kind."""
    tables = [fields_of(NOUNS[n]) for n in nouns]
    return {name: kind for name, kind in tables[0].items() if all(t.get(name) == kind for t in tables[1:])}


def element_name(field: str, key: str) -> str:
    """How a setting of a mapping field is named: `arguments["timeout"]`."""
    return f'{field}["{key}"]'


def value_of(noun: Noun, name: str) -> Any:
    """The value of a field, or of one setting of a mapping field; one that the mapping does not have is absent."""
    if not name.endswith("]"):
        return getattr(noun, name)
    field, _, key = name[:-2].partition('["')
    settings: Mapping[str, Setting] = getattr(noun, field)
    return settings.get(key, NONE)


def kind_of_param(value: object) -> Kind:
    return PLAIN.get(type(value), TEXT)
