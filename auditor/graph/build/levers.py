"""What sets a setting in the code: the argument of this library, for the advice that a finding gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.core.values import OneOf, Setting, unknown
from auditor.graph.build.arguments import Partials, argument, refs
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import chosen_type, holds_in, overlap
from auditor.graph.build.loop_levers import of_argument
from auditor.knowledge.forms import SettingForm
from auditor.program.origins.types import Const, Key

UNUSUAL = ("milliseconds", "minutes")
"""units of time in which nobody would write a number unless told"""
THEN = "(...)."
"""of a lever: a method of what is made takes it, and gives a copy that has it"""


@dataclass(frozen=True)
class Callee:
    """What takes arguments: its name for a report, the names under which it is known, and the file that calls it, for its version.

    `package`: whose settings they are; `method`: what is called of what a function made (nothing is called `make.ask`); `hands_on`: whether
    what it makes gets them, None: it depends on the version; `written`: the call as the code writes it, where that names it; `site`: the
    call itself, where it gives the arguments.
    """

    name: str
    path: str
    known_as: tuple[str, ...] = ()
    package: str = ""
    method: str = ""
    hands_on: bool | None = True
    written: str = ""
    site: Key | None = None

    def shown(self) -> str:
        name = self.method or _short(self.name)
        return self.written or (f"{name}()" if name else "")


def ignores(build: Build, form: SettingForm, callee: Callee, name: str = "", made: tuple[Key, int, Partials] | None = None) -> bool | None:
    """Whether no request reads what is given there; None: it depends on the version. `made`: the call, where what it is given says what
    it makes: that takes the setting of this name."""
    if callee.hands_on is not True:
        return None if callee.hands_on is None else True
    chosen = chosen_type(build, form, *made) if made is not None else ""
    form = build.base.type_settings(chosen).get(name, form) if chosen in build.base.types else form
    package = chosen.partition(":")[0] or callee.package
    return form.unread is not None and holds_in(build, form.unread.versions, callee.path, package)


def with_lever(
    build: Build, setting: Setting, form: SettingForm, callee: Callee, *, own: bool = True, inherited: bool = False, later: str = ""
) -> Setting:
    """The setting with the argument of a callable that sets it. `own`: it is set there, or nowhere; `inherited`: what it comes from may
    have nothing for it where the callable has. `later`: what sets it where the callable has no argument for it."""
    if isinstance(setting.value, OneOf):
        rows = tuple(with_lever(build, s, form, callee, own=own, inherited=inherited, later=later) for s in setting.value.alternatives)
        return replace(setting, value=replace(setting.value, alternatives=rows))
    if setting.argument or (setting.argument == "" and not inherited):
        return setting
    found = _lever(build, form, callee, own=own)
    found = later if found == "" and later else found
    # Where nothing is known of the callable, what the object behind it lacks says nothing of it.
    known = setting.argument if not inherited or _has_none(build, form, callee) else None
    named = _by_default(build, setting, form, callee) if found else ""
    return replace(setting, argument=named or (known if found is None else found))


def _by_default(build: Build, setting: Setting, form: SettingForm, callee: Callee) -> str:
    """What is to be given a number where the call gives the argument already, and that is none by default."""
    ways = [way for way in (form, *form.ways) if way.argument is not None and way.unit not in UNUSUAL]
    names = [ref for way in ways if way.argument is not None for ref in refs(way.argument)]
    return of_argument(build.engine, callee.site, names, setting) if callee.site is not None else ""


def as_part(setting: Setting) -> Setting:
    """A setting of a model that an agent is given: the agent binds its tools to the model itself, and what a copy of that has is lost."""
    if isinstance(setting.value, OneOf):
        return replace(setting, value=replace(setting.value, alternatives=tuple(map(as_part, setting.value.alternatives))))
    return replace(setting, argument="") if THEN in (setting.argument or "") else setting


def _lever(build: Build, form: SettingForm, callee: Callee, *, own: bool) -> str | None:
    shown = callee.shown()
    if form.instead is not None and shown:
        return f"{form.instead} (in place of {shown})"
    written = [(r, way.unit) for way in (form, *form.ways) if way.argument is not None for r in refs(way.argument)]
    if form.value is not None or not written or callee.hands_on is not True:
        return "" if own else None
    named = [(r, u) for r, u in written if isinstance(r, str) and (r[0].isalpha() or r[0] == "_")]
    named.sort(key=lambda row: any(part == "*" or part.isdigit() for part in row[0].split(".")))
    ref, unit = next(((r, u) for r, u in named if not _lacks(build, callee, r.partition(".")[0])), ("", None))
    head, _, rest = ref.partition(".")
    if not head or not shown:
        return None
    counted = f" (in {unit})" if unit in UNUSUAL else ""
    if form.unread is not None and ignores(build, form, callee) is not False:
        if form.unread.attribute:
            return f"the attribute {ref}{counted} of what {shown} gives"
        return f"{ref}={counted} of {shown.replace('()', '(...)')}.{form.unread.instead}()" if form.unread.instead else ""
    return f"{rest}{counted} in {head}= of {shown}" if rest else f"{head}={form.written}{counted} of {shown}"


def _has_none(build: Build, form: SettingForm, callee: Callee) -> bool:
    """Whether a callable is known to lack each of the arguments."""
    written = [r for way in (form, *form.ways) if way.argument is not None for r in refs(way.argument)]
    return bool(written) and all(isinstance(r, str) and _lacks(build, callee, r.partition(".")[0], surely=True) for r in written)


def setter(build: Build, type_id: str, setting: str, name: str) -> str:
    """The method that sets it on an object of a type, in words; empty where there is none."""
    for ancestor in build.base.ancestors(type_id):
        for method, forms in build.base.types[ancestor].mutators.items():
            form = forms.get(setting)  # type: ignore[call-overload]
            if form is not None and form.argument is not None and any("." not in str(r) for r in refs(form.argument)):
                return f"the {setting.replace('_', ' ')} with {method}() of {_short(name)}()"
    return ""


def _lacks(build: Build, callee: Callee, argument: str, *, surely: bool = False) -> bool:
    """Whether a callable may lack an argument in the versions that a file is locked to, or does so in the one that is locked."""
    table = build.base.lacking
    name, without = next(((n, table[n][argument]) for n in (callee.name, *callee.known_as) if argument in table.get(n, ())), ("", None))
    if not without:
        return without is not None
    package = name.partition(":")[0] if ":" in name else build.base.package_of(name) or ""
    known = build.known_version(callee.path, package)
    if surely and (known is None or len(known.versions) != 1):
        return False
    versions = [f"=={v}" for v in known.versions] if known is not None and known.versions else [str(known.specifier or "") if known else ""]
    return any(overlap(build, without, version) for version in versions)


def _short(name: str) -> str:
    """A class alone, a function with what it belongs to."""
    parts = name.split(".")
    return parts[-1] if parts[-1][:1].isupper() else ".".join(parts[-2:])


def on_top(build: Build, form: SettingForm, setting: Setting | None, site: Key, ctx: int, partials: Partials) -> Setting | None:
    """What is given where two arguments each make attempts of their own."""
    rows = [argument(build, name, site, ctx, partials) for name in form.adds or ()]
    if setting is None or not rows or any(found is None for found in rows):
        return setting
    values = [found[0].value if found is not None and len(found) == 1 and isinstance(found[0], Const) else "" for found in rows]
    if None in values:
        return setting
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) < len(rows) or not isinstance(form.plus, int):
        return unknown(f"{' and '.join(form.adds or ())} add up, and one of them is not read", unit=setting.unit)
    return replace(setting, value=sum(numbers) + form.plus)
