"""Words for what was seen of a node: its settings with their origins, its other fields, and what a condition has read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field

from auditor.core.location import Location
from auditor.core.values import ABSENT, Given, OneOf, Setting, Unknown
from auditor.graph.export import SETTINGS
from auditor.graph.title import title
from auditor.graph.traces import Layer
from auditor.graph.types import Noun
from auditor.judgement.evidence import value_text
from auditor.judgement.reasons import kind_of, named, resolved_by
from auditor.reports.words import noun_text
from auditor.rules.message import layers_text, shown, with_units
from auditor.rules.names import value_of as field_of
from auditor.rules.types import Rule

BASE = frozenset(
    ("id", "name", "symbol", "at", "role", "qualname", "callee", "called", "also", "reached", "trace", "way", "unused", "inside")
)
"""fields that are told in words of their own"""
KINDS = frozenset(("call", "decision", "entry", "mechanism", "shape", "ends_on"))
"""fields that say what sort of thing it is"""
TOLD = frozenset(("layers", "limit_trace", "loop_trace", "crossing", "client_ways", "inside"))
MOST_ALTERNATIVES = 6
LONGEST = 120
ORIGINS = {"inherited": "set", "declared": "declared", "inferred": "worked out from", "absent": "not given"}


def settings_of(noun: Noun) -> Iterator[tuple[str, Setting]]:
    for name in noun.__dataclass_fields__:
        value = getattr(noun, name)
        if isinstance(value, Setting):
            yield name, value


def is_quiet(noun: Noun, name: str) -> bool:
    """Whether nothing was seen that would set it, and the kind of node is not mainly about it."""
    declared: Field[object] = noun.__dataclass_fields__[name]
    return getattr(noun, name) == declared.default and name not in SETTINGS.get(noun.kind, ())


def facts_of(noun: Noun, nodes: Mapping[str, Noun]) -> Iterator[tuple[str, str]]:
    """Fields that are no settings and differ from what they are where nothing is seen."""
    for name, declared in noun.__dataclass_fields__.items():
        value = getattr(noun, name)
        if name in BASE or name in TOLD or isinstance(value, Setting) or value in ("", ()) or (isinstance(value, Mapping) and not value):
            continue
        if value == _default(declared) and name not in KINDS:
            continue
        if isinstance(value, Mapping):
            yield name, cut(", ".join(f"{key} = {value_of(key, setting, nodes)}" for key, setting in value.items()))
        elif isinstance(value, tuple) and all(isinstance(item, str) for item in value):
            yield name, cut(", ".join(_node(item, nodes) for item in value))
        else:
            yield name, _node(value, nodes) if isinstance(value, str) else cut(shown(value))


def _node(text: str, nodes: Mapping[str, Noun]) -> str:
    """Of the id of a node, what that is and where."""
    noun = nodes.get(text)
    return f"the {noun_text(noun.kind)} {title(noun)} at {noun.at}" if noun is not None else cut(text)


def _default(declared: Field[object]) -> object:
    return None if declared.default is MISSING else declared.default


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} ..."


def value_of(name: str, setting: Setting, nodes: Mapping[str, Noun], whole: Setting | None = None) -> str:
    """A value; of one that is the id of a node, what that is and where."""
    if isinstance(setting.value, OneOf):
        return (" or " if setting.value.undecided else ", ").join(
            dict.fromkeys(value_of(name, s, nodes, setting) for s in setting.value.alternatives)
        )
    if isinstance(setting.value, str) and setting.value in nodes:
        return _node(setting.value, nodes)
    if isinstance(setting.value, Unknown):
        return "given" if isinstance(setting.value, Given) else "unknown"
    return re.sub(r"^1 (\w+)s$", r"1 \1", cut(value_text(with_units(name, setting, whole))))


def origin_of(setting: Setting, shown: str = "") -> str:
    """Where a value comes from, in words; empty where there is nothing to say, or `shown` has it already."""
    if isinstance(setting.value, OneOf):
        return "one of these holds, and which one cannot be told" if setting.value.undecided else "each of these reaches it"
    parts = [_origin(setting) if setting.at is None or not shown.endswith(f"at {setting.at}") else ""]
    if isinstance(setting.value, Unknown):
        parts.append(named(setting.value.why))
    elif setting.why:
        parts.append(named(setting.why))
    if setting.argument:
        parts.append(f"{setting.argument} sets it")
    elif setting.argument == "" and setting.origin == "default":
        parts.append("the library has no argument for it")
    if setting.scope == "per_read" and setting.number is not None:
        parts.append("of one read from the connection, not of the whole answer")
    if setting.streamed is not None:
        parts.append(f"{setting.streamed} for a streamed answer")
    return "; ".join(part for part in parts if part)


def _origin(setting: Setting) -> str:
    at = f" {setting.at}" if setting.at is not None else ""
    if setting.origin == "default":
        by = f"default of {setting.source.replace('==', ' ')}" if setting.source else "the library's default"
        return f"{by}, client made at{at}" if at else by
    if setting.origin == "explicit":
        return f"written at{at}" if at else "written in the code"
    if setting.origin in ("absent", "inferred") and not at:
        return ""
    word = ORIGINS.get(setting.origin, setting.origin)
    return f"{word}{at}" if word.endswith("from") else f"{word} at{at}" if at else f"{word} in the settings"


def remedy_for(why: str) -> str:
    """What would have it told."""
    return "; ".join(dict.fromkeys(text for part in why.split("; ") if (text := resolved_by(kind_of(part)))))


def read_text(rule: Rule, noun: Noun, name: str, nodes: Mapping[str, Noun]) -> str:
    """A name of a condition with what it is here: `deadline = 600 s, default of sdk 2.54.0`."""
    if name in rule.params:
        return f"{name} = {shown(rule.params[name])} (of the rule)"
    value = field_of(noun, name)
    if isinstance(value, Setting):
        origin = (
            f", {_origin(value)}" if value.origin in ("default", "explicit", "inherited", "declared") and value.value is not ABSENT else ""
        )
        return f"{name} = {value_of(name, value, nodes)}{origin}"
    if isinstance(value, Location):
        return f"{name} = {value}"
    if isinstance(value, tuple) and value and isinstance(value[0], Layer):
        return f"{name} = {layers_text(value)}"
    return f"{name} = {'cannot be told' if value is None else cut(shown(value)) or repr('')}"
