"""Messages of findings: `{field}` and `{field.field}` filled in with values as people write them."""

from __future__ import annotations

import re
from typing import Any

from auditor.core.values import OneOf, Setting, Special, Unknown, worst
from auditor.graph.types import Layer, Noun
from auditor.rules.types import Rule

PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
UNITS = {"seconds": " s", "usd": " USD"}


def placeholders(message: str) -> list[str]:
    return PLACEHOLDER.findall(message)


def render(rule: Rule, noun: Noun) -> str:
    """The rule's message about a subject."""

    def fill(found: re.Match[str]) -> str:
        name, _, inner = found[1].partition(".")
        value: Any = rule.params[name] if name in rule.params else getattr(noun, name)
        return shown(getattr(value, inner) if inner else value)

    return PLACEHOLDER.sub(fill, rule.message)


def shown(value: Any) -> str:
    """A value in words: `600 s`, `none`, `no limit`, `3 (sdk) x 5 (decorator)`."""
    if isinstance(value, Setting):
        if isinstance(value.value, OneOf):
            value = worst(value.value.alternatives) or value
        return f"{plain(value.value)}{UNITS.get(value.unit or '', '') if value.number is not None else ''}"
    if isinstance(value, tuple):
        layers = [v for v in value if isinstance(v, Layer)]
        return " x ".join(f"{shown(x.attempts)} ({x.mechanism})" for x in layers) if layers else ", ".join(map(str, value))
    return plain(value)


def plain(value: Any) -> str:
    if isinstance(value, Special):
        return "none" if value is Special.ABSENT else "no limit"
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
