"""Messages of findings: `{field}` and `{field.field}` filled in with values as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from math import prod
from typing import Any

from auditor.core.values import Given, OneOf, Setting, Special, Unknown, alternatives, by_version, worst
from auditor.graph.traces import Layer
from auditor.graph.types import Noun
from auditor.rules.names import element_name, value_of
from auditor.rules.types import Rule

PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
UNITS = {"seconds": " s", "usd": " USD"}
SECONDS = frozenset({"deadline", "run_deadline", "needed_seconds", "window"})
KINDS = frozenset({"call", "decision", "entry", "mechanism", "shape"})
"""fields whose texts are words of the graph: `agent_run`"""
MOST_TRIED = 4096


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
        if name in rule.params:
            return shown(rule.params[name])
        if inner and isinstance(getattr(noun, name), Mapping):
            name, inner = element_name(name, inner), ""
        whole: Any = value_of(noun, name)
        value: Any = whole if isinstance(whole, Setting) and by_version(whole) else chosen.get(name) or whole
        if inner:
            return shown(getattr(value, inner))
        if isinstance(value, Setting):
            return shown(with_units(name, value, whole))
        if isinstance(value, tuple) and value and isinstance(value[0], Layer):
            total = chosen.get("total_attempts") or getattr(noun, "total_attempts", None)
            return layers_text(value, total.number if isinstance(total, Setting) else None)
        return value.replace("_", " ") if name in KINDS and isinstance(value, str) else shown(value)

    return PLACEHOLDER.sub(fill, rule.message).replace("up to no limit", "no limit")


def with_units(field: str, setting: Setting, whole: object = None) -> Setting:
    """An alternative has the unit of the whole, and a duration is one of seconds."""
    outer = whole.unit if isinstance(whole, Setting) else None
    unit = setting.unit or outer or ("seconds" if field in SECONDS else None)
    return setting if unit == setting.unit else replace(setting, unit=unit)


def layers_text(layers: Sequence[Layer], total: float | None = None) -> str:
    """The layers that multiply, each with its origin: `6 (sdk, somelib 1.2) x 10 (loop, llm.py:112)`.

    Of several values those that make the total.
    """
    counting = [layer for layer in layers if layer.same_errors is not False] or list(layers)
    rows = [alternatives(layer.attempts) for layer in counting]
    chosen = [worst(row) or row[0] for row in rows]
    if total is not None and _product(chosen) != total:
        chosen = next((list(row) for row in islice(product(*rows), MOST_TRIED) if _product(row) == total), chosen)
    return " x ".join(f"{shown(setting)} ({', '.join(_origin(layer, setting))})" for layer, setting in zip(counting, chosen, strict=True))


def _product(settings: Sequence[Setting]) -> float | None:
    numbers = [setting.number for setting in settings]
    return prod(n for n in numbers if n is not None) if None not in numbers else None


def _origin(layer: Layer, setting: Setting) -> Iterator[str]:
    """The mechanism, and the library that decides or the line: of the loop or decorator, which is what repeats, not of where its number
    comes from; of a client where its argument stands."""
    yield layer.mechanism
    at = layer.at if layer.mechanism != "sdk" and layer.at is not None else setting.at or layer.at
    if setting.origin == "default" and setting.source:
        yield setting.source.replace("==", " ")
    elif at is not None:
        yield f"{at.path.rpartition('/')[2]}:{at.line}"


def one_of(field: str, value: OneOf, why: str | None = None) -> str:
    """Why a setting with undecided alternatives cannot be told; `why`: what is known of what decides."""
    texts = list(dict.fromkeys(shown(with_units(field, s)) for s in value.alternatives))
    sources = [s.source if s.origin == "default" and s.source else "" for s in value.alternatives]
    packages = {"" if "==" in source else source.partition(" ")[0] for source in sources}
    if len(packages) == 1 and len(texts) > 1 and len(set(sources)) > 1 and "" not in packages:
        listed = f"{', '.join(texts[:-1])} or {texts[-1]}"
        return f"{field} depends on the version of {packages.pop()}, which is not locked: {listed}"
    return f"{field} is one of {', '.join(texts)}" + (f": {why}" if why else "")


def shown(value: object) -> str:
    """A value in words: `600 s`, `none`, `no limit`, `3 (sdk) x 5 (decorator, llm.py:112)`."""
    if isinstance(value, Setting):
        if isinstance(value.value, OneOf):
            return " or ".join(dict.fromkeys(shown(s) for s in value.value.alternatives))
        return f"{_plain(value.value)}{UNITS.get(value.unit or '', '') if value.number is not None else ''}"
    if isinstance(value, tuple):
        layers = [x for x in value if isinstance(x, Layer)]
        return layers_text(layers) if layers else ", ".join(map(str, value)) or "none"
    return _plain(value)


def _plain(value: object) -> str:
    if value is None or isinstance(value, Special):
        return "no limit" if value is Special.UNBOUNDED else "none"
    if isinstance(value, Unknown):
        return "given" if isinstance(value, Given) else "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    return str(value)
