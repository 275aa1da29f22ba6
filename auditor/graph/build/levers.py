"""What sets a setting in the code: the argument of this library, for the advice that a finding gives."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.values import OneOf, Setting
from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import overlap
from auditor.knowledge.forms import SettingForm

UNUSUAL = ("milliseconds", "minutes")
"""units of time in which nobody would write a number unless told"""


def with_lever(
    build: Build, setting: Setting, form: SettingForm, name: str, path: str, *, own: bool = True, inherited: bool = False, later: str = ""
) -> Setting:
    """The setting with the argument of the callable `name` that sets it. `own`: it is set there, or nowhere; `inherited`: what it comes
    from may have nothing for it where the callable has. `path`: the file, for the version of the library. `later`: what sets it where the
    callable has no argument for it."""
    if isinstance(setting.value, OneOf):
        rows = tuple(with_lever(build, s, form, name, path, own=own, inherited=inherited, later=later) for s in setting.value.alternatives)
        return replace(setting, value=replace(setting.value, alternatives=rows))
    if setting.argument or (setting.argument == "" and not inherited):
        return setting
    found = _lever(build, form, name, path, own=own)
    found = later if found == "" and later else found
    return replace(setting, argument=setting.argument if found is None else found)


def _lever(build: Build, form: SettingForm, name: str, path: str, *, own: bool) -> str | None:
    if form.instead is not None and name:
        return f"{form.instead} (in place of {_short(name)}())"
    written = [(r, way.unit) for way in (form, *form.ways) if way.argument is not None for r in refs(way.argument)]
    if form.value is not None or not written:
        return "" if own else None
    named = [(r, u) for r, u in written if isinstance(r, str) and (r[0].isalpha() or r[0] == "_")]
    ref, unit = next(((r, u) for r, u in named if not _lacks(build, name, r.partition(".")[0], path)), ("", None))
    head, _, rest = ref.partition(".")
    if not head or not name:
        return None
    counted = f" (in {unit})" if unit in UNUSUAL else ""
    return f"{rest}{counted} in {head}= of {_short(name)}()" if rest else f"{head}={counted} of {_short(name)}()"


def setter(build: Build, type_id: str, setting: str, name: str) -> str:
    """The method that sets it on an object of a type, in words; empty where there is none."""
    for ancestor in build.base.ancestors(type_id):
        for method, forms in build.base.types[ancestor].mutators.items():
            form = forms.get(setting)  # type: ignore[call-overload]
            if form is not None and form.argument is not None and any("." not in str(r) for r in refs(form.argument)):
                return f"the {setting.replace('_', ' ')} with {method}() of {_short(name)}()"
    return ""


def _lacks(build: Build, name: str, argument: str, path: str) -> bool:
    """Whether a constructor may lack an argument in the versions that a file is locked to."""
    without = build.base.lacking.get(name, {}).get(argument)
    if not without:
        return without is not None
    known = build.known_version(path, build.base.package_of(name) or "")
    versions = [f"=={v}" for v in known.versions] if known is not None and known.versions else [str(known.specifier or "") if known else ""]
    return any(overlap(build, without, version) for version in versions)


def _short(name: str) -> str:
    """A class alone, a function with what it belongs to."""
    parts = name.split(".")
    return parts[-1] if parts[-1][:1].isupper() else ".".join(parts[-2:])
