"""What the names in a rule's expressions mean: the fields of nouns and of what they hold, typed by their annotations."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from auditor.core.values import Setting

KindName: TypeAlias = Literal["number", "text", "truth", "any", "object", "sequence", "mapping"]

TEXT_SETTINGS = frozenset({"client", "switch", "description", "backoff"})
TRUTH_SETTINGS = frozenset({"traced", "usage_recorded"})


@dataclass(frozen=True, slots=True)
class Kind:
    """`special`: it can be absent, unbounded or unknown; `setting`: it has an origin; `item`: what a sequence or mapping holds."""

    name: KindName
    special: bool = False
    setting: bool = False
    cls: type[Any] | None = None
    item: Kind | None = None

    @property
    def words(self) -> str:
        return WORDS[self.name]


WORDS: dict[str, str] = {
    "number": "a number",
    "text": "a text",
    "truth": "true or false",
    "any": "any value",
    "object": "a record",
    "sequence": "a list",
    "mapping": "a table",
}
NUMBER, TEXT, TRUTH = Kind("number"), Kind("text"), Kind("truth")
PLAIN_KINDS: dict[Any, Kind] = {str: TEXT, int: NUMBER, float: NUMBER, bool: TRUTH}


def kind_of_constant(value: object) -> Kind | None:
    return PLAIN_KINDS.get(type(value))


def fields_of(cls: type[Any]) -> dict[str, Kind]:
    """The fields of a dataclass that an expression can name."""
    hints = get_type_hints(cls)
    kinds = {field.name: _kind(field.name, hints[field.name]) for field in dataclasses.fields(cls)}
    return {name: kind for name, kind in kinds.items() if kind is not None}


def common_fields(classes: Iterable[type[Any]]) -> dict[str, Kind]:
    """Fields that all of them have, with the same meaning."""
    first, *others = [fields_of(cls) for cls in classes]
    return {name: kind for name, kind in first.items() if all(other.get(name) == kind for other in others)}


def _kind(name: str, hint: Any) -> Kind | None:
    if hint is Setting:
        content: KindName = "text" if name in TEXT_SETTINGS else "truth" if name in TRUTH_SETTINGS else "number"
        return Kind(content, special=True, setting=True)
    if hint in PLAIN_KINDS:
        return PLAIN_KINDS[hint]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return Kind("object", cls=hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return PLAIN_KINDS.get(type(arguments[0]))
    if origin in {Union, types.UnionType}:
        rest = [_kind(name, a) for a in arguments if a is not type(None)]
        return dataclasses.replace(rest[0], special=True) if len(rest) == 1 and rest[0] is not None else None
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        item = _kind(name, arguments[0])
        return Kind("sequence", item=item) if item is not None else None
    if origin in {dict, Mapping} and arguments == (str, Setting):
        return Kind("mapping", item=Kind("any", special=True, setting=True))
    return None
