"""Origins to numbers: constants, environment fallbacks, value constructors, operators, declared options."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from auditor.core.values import ABSENT, UNBOUNDED, OfParameter, Setting, Unknown, merge, unknown
from auditor.facts.types import Expr
from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import default_setting
from auditor.knowledge.forms import SettingForm
from auditor.knowledge.types import ValueForm
from auditor.program.origins.containers import is_left_out
from auditor.program.origins.types import Attr, Box, Const, Env, Ext, Item, New, Op, Origin, Origins, Param, Place, Result, Unresolved

NOT_READ = "an attribute of something that is not read"
FACTORS = {"milliseconds": 0.001, "minutes": 60.0}
PLAIN = SettingForm()
NO_NUMBER = "what is written there says nothing of such a number"
NOT_WRITTEN = Setting(Unknown("the default"), "inferred", unit="default")
OF_ANOTHER = Setting(Unknown(NO_NUMBER), "inferred", unit="default")
"""a value of another setting (`stop=stop_after_attempt(3)` where a time is asked for): of this one it is the default"""


def expression(build: Build, expr: Expr, place: Place) -> Setting:
    """The number that an expression is."""
    return numbers(build, build.engine.origins(expr, place), PLAIN, "")


def numbers(build: Build, found: Origins, form: SettingForm, name: str) -> Setting:
    """One setting of all origins: alternatives where several numbers reach it."""
    rows = [number(build, o, form, name) for o in found]
    known = [r for r in rows if not _says_nothing(r)]
    return merge(known) if known else _of_another(rows) if rows else unknown("no value reaches it")


def _says_nothing(setting: Setting) -> bool:
    return isinstance(setting.value, Unknown) and setting.value.why == NO_NUMBER


def _of_another(rows: list[Setting]) -> Setting:
    return OF_ANOTHER if all(r.unit == OF_ANOTHER.unit for r in rows) else unknown(NO_NUMBER)


def number(build: Build, origin: Origin, form: SettingForm, name: str) -> Setting:
    """A setting of one origin, in seconds for times; `plus` added."""
    setting = _raw(build, origin, form, name, 0)
    value = setting.value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and setting.unit != "final":
        return replace(setting, value=adjusted(value, form))
    return setting


def adjusted(value: float | int, form: SettingForm) -> float | int:
    """A number as the form writes it, in seconds for times, with `plus` added."""
    factor = FACTORS.get(form.unit or "", 1.0)
    plus = form.plus if isinstance(form.plus, int) else 0
    scaled = round(value * factor, 6) + plus if factor != 1.0 else value + plus
    return int(scaled) if isinstance(scaled, float) and scaled.is_integer() and abs(scaled) < 1e15 else scaled


def _special(word: object, setting: Setting) -> Setting:
    if word == "absent":
        return replace(setting, value=ABSENT)
    if word == "unbounded":
        return replace(setting, value=UNBOUNDED)
    return replace(setting, value=Unknown("the library decides"), why="the library decides")


def _raw(build: Build, origin: Origin, form: SettingForm, name: str, depth: int) -> Setting:
    if depth > 8:
        return unknown("nested too deeply")
    if isinstance(origin, Const):
        return _constant(build, origin, form)
    memo: dict[object, tuple[SettingForm, Setting]] = build.memo.setdefault("numbers", {})  # type: ignore[assignment]
    key = (origin, id(form), name, depth)
    found = memo.get(key)
    if found is None:
        # With the form, which is kept so: no other one gets its id.
        found = memo[key] = form, _composed(build, origin, form, name, depth)
    return found[1]


def _composed(build: Build, origin: Origin, form: SettingForm, name: str, depth: int) -> Setting:
    if isinstance(origin, Env):
        return _environment(build, origin, form, name, depth)
    if isinstance(origin, New):
        return _made(build, origin, form, name, depth)
    if isinstance(origin, Ext):
        value = build.base.values.get(origin.name)
        if value is not None and value.value is not None:
            # A number that a library has a name for is written as any other: what the form adds comes to it.
            named = _value_constant(value, Setting(0), name)
            return replace(named, unit=None) if named.number is not None else named
        if value is not None and value.unset == "default":
            return NOT_WRITTEN
        if origin.name in ("math.inf", "numpy.inf", "sys.maxsize"):
            return Setting(UNBOUNDED if form.unset != "absent" else ABSENT, "explicit", why=f"{origin.name} is no limit")
        return unknown(f"the value of {origin.name} is not known")
    if isinstance(origin, Op):
        return _operation(build, origin, form, name, depth)
    if isinstance(origin, Box):
        return _pair(build, origin, form, name, depth)
    if isinstance(origin, (Attr, Item)):
        from auditor.graph.build.declared import declared

        found = declared(build, origin)
        if found is not None:
            rows = [_raw(build, o, form, name, depth + 1) for o in found]
            return merge(rows)
        if name == "loop" and isinstance(origin, Attr) and isinstance(origin.base, Param):
            return Setting(OfParameter(NOT_READ, origin.base.fn, origin.base.name, origin.name), "inferred", why=NOT_READ)
        return unknown(NOT_READ)
    if isinstance(origin, Param):
        return unknown(f"the parameter {origin.name!r} of {build.engine.scope(origin.fn).qualname}, which no caller found here sets")
    if isinstance(origin, Result):
        return unknown(f"the result of .{origin.method}()")
    if isinstance(origin, Unresolved):
        return unknown(origin.why)
    return unknown("not a number")


def _constant(build: Build, origin: Const, form: SettingForm) -> Setting:
    at = build.location(origin.module, origin.line) if origin.line > 0 else None
    base = Setting(0, "explicit", at=at)
    value: Any = origin.value
    if value is None:
        if is_left_out(origin):
            return NOT_WRITTEN
        if form.unset == "default":
            return replace(base, value=Unknown("None means the default"), unit="default")
        return replace(_special(form.unset, base), why="None was passed on")
    if isinstance(value, bool):
        if value is False and form.false is not None:
            return _count(form.false, base)
        return unknown("a truth value where a number is meant", at=at)
    if isinstance(value, str):
        if form.pattern is not None:
            found = re.search(form.pattern, value)
            if found is None:
                return NOT_WRITTEN
            value = found[1]
        try:
            value = float(value)
        except ValueError:
            return unknown(NO_NUMBER, at=at)
        value = int(value) if value.is_integer() else value
    if value == 0 and form.zero is not None:
        return replace(_special(form.zero, base), why="0 means no limit")
    if value < 0 and form.zero is not None:
        return replace(_special(form.zero, base), why="a negative number means no limit")
    if value == float("inf"):
        return replace(base, value=UNBOUNDED if form.unset != "absent" else ABSENT)
    return replace(base, value=value)


def _count(count: object, base: Setting) -> Setting:
    """A count written in the knowledge is final: nothing is added."""
    if isinstance(count, (int, float)):
        return replace(base, value=count, unit="final")
    return _special(count, base)


def _environment(build: Build, origin: Env, form: SettingForm, name: str, depth: int) -> Setting:
    why = f"the environment variable {origin.name}"
    text = build.variable(origin.name, build.path(origin.module))
    if not origin.fallback and text is None:
        return unknown(f"{why}, which has no written default", at=build.location(origin.module, origin.line))
    rows = [_raw(build, o, form, name, depth + 1) for o in origin.fallback]
    merged = merge(rows) if rows else unknown(why)
    return replace(merged, why=f"default of {why}") if not isinstance(merged.value, Unknown) else unknown(f"{why}: {merged.value.why}")


def _made(build: Build, origin: New, form: SettingForm, name: str, depth: int) -> Setting:
    """A value constructor (`Timeout(30)`, `stop_after_attempt(3)`, `timedelta(seconds=5)`)."""
    value = build.base.values.get(origin.name)
    if value is None:
        if origin.name in ("builtins.int", "builtins.float"):
            return unknown("a conversion of nothing")
        from auditor.graph.build.declared import declared

        found = declared(build, origin)
        if found is not None:
            return merge([_raw(build, o, form, name, depth + 1) for o in found])
        return unknown(f"the result of {origin.name}()")
    if value.as_ is not None and name and value.as_ != name:
        return OF_ANOTHER
    at = build.call_location(origin.site)
    if value.value is not None:
        return _value_constant(value, Setting(0, at=at), name)
    if value.sum is not None:
        return _sum(build, origin, value)
    if value.parts is not None:
        return _parts(build, origin, value, form, name, depth)
    found = argument(build, value.argument, origin.site, origin.ctx, origin.partials) if value.argument is not None else None
    if found is None:
        if value.default:
            return default_setting(build, value.default, build.path(origin.site[0]), None, origin.site, origin.ctx)
        return _special(value.unset, Setting(0, at=at)) if value.unset != "default" else NOT_WRITTEN
    inner = _without_unit(value.unset)
    rows = [_raw(build, o, inner, name, depth + 1) for o in found]
    return merge(rows)


@cache
def _without_unit(unset: Any) -> SettingForm:
    return SettingForm(unset=unset, unit=None)


def _value_constant(value: ValueForm, base: Setting, name: str) -> Setting:
    if value.as_ is not None and name and value.as_ != name:
        return OF_ANOTHER
    return _count(value.value, base)


def _sum(build: Build, origin: New, value: ValueForm) -> Setting:
    total = 0.0
    names = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"]
    for key, factor in (value.sum or {}).items():
        ref: list[int | str] = [key, names.index(key)] if key in names else [key]
        found = argument(build, ref, origin.site, origin.ctx, origin.partials)
        if found is None:
            continue
        setting = numbers(build, found, PLAIN, "")
        if setting.number is None:
            return setting
        total += float(setting.number) * factor
    return Setting(int(total) if total.is_integer() else total, "explicit", at=build.call_location(origin.site))


def combined(rows: list[Setting], how: str) -> Setting:
    """The smallest or largest of several limits; those that say nothing of this kind are left out."""
    known = [r for r in rows if not _says_nothing(r)]
    if not known:
        return _of_another(rows)
    numeric = [r for r in known if r.number is not None]
    if how == "min":
        unread = [r for r in known if isinstance(r.value, Unknown)]
        if unread:
            return unread[0]
        return min(numeric, key=lambda r: float(r.number or 0)) if numeric else known[0]
    endless = [r for r in known if r.number is None]
    return endless[0] if endless else max(numeric, key=lambda r: float(r.number or 0))


def _parts(build: Build, origin: New, value: ValueForm, form: SettingForm, name: str, depth: int) -> Setting:
    call, place = build.engine.call(origin.site), build.engine.call_place(origin.site, origin.ctx)
    rows = [merge([_raw(build, o, form, name, depth + 1) for o in build.engine.origins(a, place)]) for a in call.args if a[0] != "star"]
    return combined(rows, value.combine)


def _operation(build: Build, origin: Op, form: SettingForm, name: str, depth: int) -> Setting:
    """Arithmetic on numbers that are no constants, and combinators of values (`stop_a | stop_b`)."""
    expr, place = build.engine.refs[origin.ref]
    sides = [[_raw(build, o, form, name, depth + 1) for o in build.engine.origins(side, place)] for side in expr[2:4]]
    if origin.op in ("|", "&"):
        packages = {
            p
            for o in (*build.engine.origins(expr[2], place), *build.engine.origins(expr[3], place))
            if isinstance(o, (New, Ext))
            if (p := build.base.package_of(o.name))
        }
        for package in sorted(packages):
            known = build.base.operators.get(f"{package}:{origin.op}")
            if known is not None and known[1] in ("min", "max"):
                return combined([merge(s) for s in sides if s], known[1])
        return unknown("a combination that is not read")
    left, right = (merge(s) if s else unknown("nothing") for s in sides)
    if left.number is not None and right.number is not None:
        from auditor.program.origins.expressions import fold

        value = fold(origin.op, left.number, right.number)
        if isinstance(value, (int, float)):
            return replace(left, value=value, why=left.why or right.why)
    whys = [s.value.why for s in (left, right) if isinstance(s.value, Unknown)]
    return unknown(whys[0] if whys else "arithmetic on several values")


def _pair(build: Build, origin: Box, form: SettingForm, name: str, depth: int) -> Setting:
    """`(connect, read)`: the limit on reading counts."""
    expr, place = build.engine.refs[origin.ref]
    wanted = form.element if form.element is not None else 1
    if expr[0] != "seq" or expr[1] != "tuple" or len(expr[2]) <= max(wanted, 1):
        return unknown(NO_NUMBER)
    return merge([_raw(build, o, form, name, depth + 1) for o in build.engine.origins(expr[2][wanted], place)])


def text_of(found: Origins | None) -> str:
    """The first constant text among origins."""
    rows = texts(found)
    return rows[0] if rows else ""
