"""Defaults of a library for the version that a file is locked to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Unknown, Value, alternatives, merge, unknown
from auditor.graph.build.context import Build
from auditor.knowledge.forms import Default, SettingForm, When
from auditor.program.origins.types import Key

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet


def specifier(text: str) -> SpecifierSet:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(text)


def default_setting(
    build: Build,
    defaults: list[Default],
    path: str,
    package: str | None,
    site: Key,
    ctx: int,
    partials: tuple[tuple[Key, int], ...] = (),
    name: str = "",
) -> Setting:
    """What holds when the code says nothing: one value, or undecided alternatives where the version or a condition is not decided."""
    from auditor.graph.build.arguments import deciders, holds

    known = build.known_version(path, package) if package else None
    rows: list[Setting] = []
    undecided = False
    whys: list[str] = []
    for default, certain in in_range(build, defaults, known):
        state = True if default.when is None else holds(build, default.when, site, ctx, partials)
        if state is False or (state is None and default.of and build.is_missing(path, default.of.partition(":")[0])):
            continue
        made = _of_type(build, default.of, name, site, ctx, partials) if default.of else _setting(default, package, known)
        rows.extend(alternatives(made))
        undecided = undecided or (isinstance(made.value, OneOf) and made.value.undecided)
        if state is True and certain:
            break
        undecided = True
        if state is None and default.when is not None:
            variables = deciders(build, default.when, site, ctx, partials)
            whys.extend([f"the environment variable {v} decides" for v in variables] or _unread(default.when))
    if not rows:
        return unknown("no default is known" + (f" for {package} {_version(known)}" if package and known else ""))
    merged = merge(rows, undecided=undecided and len(rows) > 1)
    if undecided and len({(row.source or "").split(" ")[0].partition("==")[0] for row in rows}) > 1:
        # Which library it is cannot be told either, and they agree.
        merged = replace(merged, source=None)
    return replace(merged, why=whys[0]) if whys and isinstance(merged.value, OneOf) else merged


def _unread(when: When) -> list[str]:
    """That what decides a condition is not read: the argument that it is given as."""
    from auditor.graph.build.arguments import refs

    names = [ref for ref in refs(when.argument) if isinstance(ref, str)] if when.argument is not None else []
    return [f"what is given as {names[0]} is not read"] if names and (when.starts or when.equals) else []


def _of_type(build: Build, type_id: str, name: str, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> Setting:
    """What holds of a setting for a type of another package where the code says nothing."""
    from auditor.graph.build.levers import Callee, ignores, with_lever
    from auditor.graph.build.settings import fallback, package_of_settings

    form = build.base.type_settings(type_id).get(name) if type_id in build.base.types else None
    if form is None:
        return unknown(f"no default is known for {type_id.partition(':')[0]}")
    if form.value is not None:
        form = form.model_copy(update={"default": [Default(value=form.value)]})
    package = package_of_settings(build, type_id)
    found = fallback(build, name, form, package, site, ctx, partials)
    callee = Callee(build.callee(site), build.path(site[0]), package=package)
    # What makes the object hands its arguments to a constructor, and no request reads them there.
    return with_lever(build, found, form, callee) if ignores(build, form, callee) is not False else found


def chosen_type(build: Build, form: SettingForm, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...] = ()) -> str:
    """The type of another package whose defaults hold for sure, as an argument says which it is; empty: none."""
    from auditor.graph.build.arguments import holds

    rows = (d.of for d in form.default if d.of and d.when is not None and holds(build, d.when, site, ctx, partials))
    return next(rows, "")


def _version(known: object) -> str:
    versions = getattr(known, "versions", ())
    return " or ".join(versions) if versions else str(getattr(known, "specifier", "") or "")


def in_range(build: Build, defaults: list[Default], known: object) -> list[tuple[Default, bool]]:
    """Defaults that the allowed versions meet, and whether every allowed version meets it."""
    versions = tuple(getattr(known, "versions", ()))
    if versions:
        rows = [(d, [d.versions is None or specifier(d.versions).contains(v, prereleases=True) for v in versions]) for d in defaults]
        return [(d, all(hits)) for d, hits in rows if any(hits)]
    allowed = str(getattr(known, "specifier", "") or "")
    return [(d, d.versions is None) for d in defaults if d.versions is None or overlap(build, d.versions, allowed)]


def holds_in(build: Build, versions: str | None, path: str, package: str) -> bool | None:
    """Whether what holds for some versions holds for those that a file is locked to; None: for some of them."""
    found = in_range(build, [Default(versions=versions, value="unknown")], build.known_version(path, package))
    return found[0][1] or None if found else False


def overlap(build: Build, first: str, second: str) -> bool:
    """Whether some version meets both: only the versions written in them, and their neighbours, have to be tried."""
    memo: dict[tuple[str, str], bool] = build.memo.setdefault("overlap", {})  # type: ignore[assignment]
    key = (first, second)
    if key not in memo:
        a, b = specifier(first), specifier(second)
        memo[key] = not second or any(
            a.contains(v, prereleases=True) and b.contains(v, prereleases=True) for v in _samples(f"{first},{second}")
        )
    return memo[key]


def _samples(text: str) -> list[str]:
    from packaging.version import InvalidVersion, Version

    rows: list[str] = ["0", "99999"]
    for part in text.split(","):
        raw = part.strip().lstrip("<>=!~ ").removesuffix(".*")
        try:
            release = list(Version(raw).release)
        except InvalidVersion:
            continue
        rows.append(raw)
        rows.append(".".join(map(str, [*release, 0, 1])))
        for i in range(len(release) - 1, -1, -1):
            if release[i] > 0:
                rows.append(".".join(map(str, [*release[:i], release[i] - 1, 99999])))
                break
    return rows


def _setting(default: Default, package: str | None, known: object) -> Setting:
    value: Value
    if default.value == "absent":
        value = ABSENT
    elif default.value == "unbounded":
        value = UNBOUNDED
    elif isinstance(default.value, (int, float)):
        value = default.value
    else:
        value = Unknown(default.why or "the library's default is not known")
    lever = default.by or (None if default.settable else "")
    return Setting(
        value, "default", source=source_of(package, known, default.versions), why=default.why, argument=lever, streamed=default.streamed
    )


def source_of(package: str | None, known: object, versions: str | None) -> str | None:
    """`sdk==3.54.0` where it is locked, else the range that the default holds for."""
    if package is None:
        return None
    locked: tuple[str, ...] = getattr(known, "versions", ())
    if len(locked) == 1:
        return f"{package}=={locked[0]}"
    return f"{package} {versions}" if versions else package
