"""Messages of findings: `{field}` and `{field.field}` filled in with values as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor.core.values import OneOf, Setting, Special, Unknown
from auditor.graph.types import Layer, Noun
from auditor.rules.types import Rule

PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
UNITS = {"seconds": " s", "usd": " USD"}


def placeholders(message: str) -> list[str]:
    return PLACEHOLDER.findall(message)


def stray_brace(message: str) -> bool:
    """Whether there is a brace that belongs to no placeholder."""
    rest = PLACEHOLDER.sub("", message)
    return "{" in rest or "}" in rest


def render(rule: Rule, noun: Noun, chosen: Mapping[str, Setting]) -> str:
    """The rule's message about a subject. `chosen`: which of several values to name."""

    def fill(found: re.Match[str]) -> str:
        name, _, inner = found[1].partition(".")
        value: Any = rule.params[name] if name in rule.params else chosen.get(name) or getattr(noun, name)
        return shown(getattr(value, inner) if inner else value)

    return PLACEHOLDER.sub(fill, rule.message)


def shown(value: object) -> str:
    """A value in words: `600 s`, `none`, `no limit`, `3 (sdk) x 5 (decorator)`."""
    if isinstance(value, Setting):
        if isinstance(value.value, OneOf):
            return " or ".join(dict.fromkeys(shown(s) for s in value.value.alternatives))
        return f"{_plain(value.value)}{UNITS.get(value.unit or '', '') if value.number is not None else ''}"
    if isinstance(value, tuple):
        layers = [x for x in value if isinstance(x, Layer)]
        return " x ".join(f"{shown(x.attempts)} ({x.mechanism})" for x in layers) if layers else ", ".join(map(str, value)) or "none"
    return _plain(value)


def _plain(value: object) -> str:
    if value is None or isinstance(value, Special):
        return "no limit" if value is Special.UNBOUNDED else "none"
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    return str(value)
