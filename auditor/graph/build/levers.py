"""What sets a setting in the code: the argument of this library, for the advice that a finding gives."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.values import OneOf, Setting
from auditor.graph.build.arguments import refs
from auditor.knowledge.forms import SettingForm

UNUSUAL = ("milliseconds", "minutes")
"""units of time in which nobody would write a number unless told"""


def with_lever(setting: Setting, form: SettingForm, name: str, *, own: bool = True, inherited: bool = False) -> Setting:
    """The setting with the argument of the callable `name` that sets it. `own`: it is set there, or nowhere; `inherited`: what it comes
    from may have nothing for it where the callable has."""
    if isinstance(setting.value, OneOf):
        rows = tuple(with_lever(s, form, name, own=own, inherited=inherited) for s in setting.value.alternatives)
        return replace(setting, value=replace(setting.value, alternatives=rows))
    if setting.argument or (setting.argument == "" and not inherited):
        return setting
    found = _lever(form, name, own=own)
    return replace(setting, argument=setting.argument if found is None else found)


def _lever(form: SettingForm, name: str, *, own: bool) -> str | None:
    if form.instead is not None and name:
        return f"{form.instead} (in place of {_short(name)}())"
    written = [(r, way.unit) for way in (form, *form.ways) if way.argument is not None for r in refs(way.argument)]
    if form.value is not None or not written:
        return "" if own else None
    ref, unit = next(((r, u) for r, u in written if isinstance(r, str) and (r[0].isalpha() or r[0] == "_")), ("", None))
    head, _, rest = ref.partition(".")
    if not head or not name:
        return None
    counted = f" (in {unit})" if unit in UNUSUAL else ""
    return f"{rest}{counted} in {head}= of {_short(name)}()" if rest else f"{head}={counted} of {_short(name)}()"


def _short(name: str) -> str:
    """A class alone, a function with what it belongs to."""
    parts = name.split(".")
    return parts[-1] if parts[-1][:1].isupper() else ".".join(parts[-2:])
