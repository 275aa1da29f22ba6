"""Deadlines of the runs of registered functions: given where they are registered, sent or set, or for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.core.location import Location
from auditor.core.values import Setting, Special, alternatives, merge, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match, matches, of_callee
from auditor.graph.build.settings import given, setting_of
from auditor.graph.flow import Region
from auditor.graph.types import DeadlineScope
from auditor.knowledge.declared import RunLimitForm
from auditor.knowledge.forms import SettingForm
from auditor.knowledge.registrations import RegistrationForm
from auditor.program.origins.outside import outside_stores
from auditor.program.origins.types import Attr, Class, Const, Ext, Func, Key, Module, New, Origin, Origins, Place

NAME: Final = "run_deadline"


def run_limits(build: Build, fn: Key) -> list[str]:
    """The region of the deadline that each run of a function has by its registration, if there is one."""
    scope = build.engine.scope(fn)
    for decorator, line in zip(scope.decorators, scope.decorator_lines, strict=True):
        site: Key | None = (fn[0], decorator[1]) if decorator[0] == "call" else None
        for match in _registered(build, fn, decorator, site):
            form, limit = match.form.settings.get(NAME), match.form.run_limit
            owners = _owners(build, fn, decorator)
            deadline = _limit(build, fn, site, match, form, limit, owners) if form is not None and limit is not None else None
            if deadline is not None and not isinstance(deadline.value, Special):
                at = build.call_location(site) if site is not None else build.location(fn[0], line)
                return [_region(build, fn, match, deadline, at)]
    return []


def _registered(build: Build, fn: Key, decorator: Expr, site: Key | None) -> list[Match[RegistrationForm]]:
    if site is not None:
        return matches(build, build.base.registrations, site)
    found = build.engine.origins(decorator, Place(fn[0], build.engine.scope(fn).order))
    return [m for o in found if isinstance(o, (Ext, Attr)) for m in of_callee(build, build.base.registrations, o)]


def _region(build: Build, fn: Key, match: Match[RegistrationForm], deadline: Setting, at: Location) -> str:
    node = DeadlineScope(
        id=build.node_id("deadline_scope", at),
        name=build.engine.scope(fn).name,
        symbol=match.name,
        at=at,
        role=build.role(fn[0]),
        qualname=build.engine.scope(fn).qualname,
        callee=match.name,
        framework=match.package,
        api=match.name,
        deadline=deadline,
        fires=True,
    )
    return build.region(Region(f"deadline:{at.path}:{at.line}:{at.column}", "deadline", build.add(node), at))


def _limit(
    build: Build,
    fn: Key,
    site: Key | None,
    match: Match[RegistrationForm],
    form: SettingForm,
    limit: RunLimitForm,
    owners: frozenset[Key],
) -> Setting | None:
    """What holds for the runs of a function; the worst of what its calls say where they say different things. None: no limit."""
    own = _assigned(build, fn, form) or (given(build, NAME, form, site, 0, (), match.package) if site is not None else None)
    if own is None or isinstance(own.value, Special):
        own = _everywhere(build, match.package, form, limit, owners)
    sent, plain = _sent(build, fn, form, limit)
    if own is None:
        return merge(sent) if sent and not plain else None
    return merge([x for one in (own, *sent) for x in alternatives(one)])


def _assigned(build: Build, fn: Key, form: SettingForm) -> Setting | None:
    """`task.time_limit = 5`."""
    for ref in refs(form.argument) if form.argument is not None else ():
        stored = outside_stores(build.engine, Func(fn, None, 0), str(ref))
        found = tuple(o for place, expr in stored for o in build.engine.origins(expr, place))
        if stored:
            return setting_of(build, NAME, form, found) if found else unknown("what is assigned is not known", unit="seconds")
    return None


def _sent(build: Build, fn: Key, form: SettingForm, limit: RunLimitForm) -> tuple[list[Setting], bool]:
    """The deadlines that calls give which start a run, and whether one gives none."""
    rows: list[Setting] = []
    plain = False
    for name in (*limit.sent_by, *limit.plain):
        for number, call in build.engine.calls_by_last.get(name, ()):
            if build.engine.is_test[number] or call.func[0] != "attr" or not _is(build, fn, number, call):
                continue
            sites = [(number, call.index), *_set_later(build, number, call, limit)]
            found = [s for one in sites if (s := given(build, NAME, form, one, 0)) is not None]
            rows.extend(s if not isinstance(s.value, Special) else unknown("no limit is given here", unit="seconds") for s in found)
            plain |= not found
    return rows, plain or not rows


def _is(build: Build, fn: Key, number: int, call: Call) -> bool:
    found = build.engine.origins(call.func[1], Place(number, call.order))
    return any(isinstance(o, Func) and o.fn == fn for o in found)


def _set_later(build: Build, number: int, call: Call, limit: RunLimitForm) -> Iterator[Key]:
    """`task.s(1).set(time_limit=3)`."""
    for other, later in build.engine.calls_by_last.get(limit.set_by, ()) if limit.set_by else ():
        if other == number and later.func[0] == "attr" and later.func[1] == ("call", call.index):
            yield number, later.index


def _owners(build: Build, fn: Key, decorator: Expr) -> frozenset[Key]:
    """Where the objects are made by one of which a function is registered (`@app.task`); empty: not known, or by none."""
    func = build.engine.call((fn[0], decorator[1])).func if decorator[0] == "call" else decorator
    found = build.engine.origins(func[1], Place(fn[0], build.engine.scope(fn).order)) if func[0] == "attr" else ()
    return frozenset(o.site for o in found if isinstance(o, New))


def _everywhere(build: Build, package: str, form: SettingForm, limit: RunLimitForm, owners: frozenset[Key]) -> Setting | None:
    """What the program says for all runs of what these objects register."""
    memo: dict[tuple[str, frozenset[Key]], Setting | None] = build.memo.setdefault("limits of all runs", {})  # type: ignore[assignment]
    if (package, owners) not in memo:
        found = next((rows for name in limit.everywhere if (rows := tuple(_values(build, package, name, limit, owners)))), ())
        memo[package, owners] = setting_of(build, NAME, form, found) if found else None
        if found and not owners and len(_configured(build, limit)) > 1:
            memo[package, owners] = unknown("it depends on which of several objects runs it", unit="seconds")
    return memo[package, owners]


def _configured(build: Build, limit: RunLimitForm) -> set[Key]:
    """Where the objects are made whose settings the program writes."""
    rows = (row for name in (limit.update, limit.read_by) for row in (build.engine.calls_by_last.get(name, ()) if name else ()))
    calls = ((n, c) for n, c in rows if not build.engine.is_test[n])
    bases = ((n, c.func[1][1] if c.func[1][0] == "attr" else c.func[1], c.order) for n, c in calls if c.func[0] == "attr")
    return {o.site for n, base, order in bases for o in build.engine.origins(base, Place(n, order)) if isinstance(o, New)}


def _values(build: Build, package: str, name: str, limit: RunLimitForm, owners: frozenset[Key]) -> Iterator[Origin]:
    engine = build.engine
    for number, store in engine.stores_by_attr.get(name, ()):
        conf = store.base[0] == "attr" and store.base[2] == limit.conf
        if conf and _registers(build, package, store.base[1], number, store.order, owners):
            yield from engine.origins(store.value, Place(number, store.order))
    for number, call in engine.calls_by_last.get(limit.update, ()):
        base: Expr = call.func[1] if call.func[0] == "attr" else ("const", None)
        if base[0] == "attr" and base[2] == limit.conf and _registers(build, package, base[1], number, call.order, owners):
            written = [value for known, value, _ in call.keywords if known == name]
            pairs = [pair for arg in call.args if arg[0] == "dict" for pair in arg[1]]
            written += [value for key, value in pairs if key == ("const", name)]
            yield from (o for value in written for o in engine.origins(value, Place(number, call.order)))
    for number, call in engine.calls_by_last.get(limit.read_by, ()) if limit.read_by else ():
        if call.func[0] == "attr" and call.args and _registers(build, package, call.func[1], number, call.order, owners):
            yield from _read(build, number, call, name, limit)


def _registers(build: Build, package: str, expr: Expr, number: int, order: int, owners: frozenset[Key]) -> bool:
    """Whether an expression is the object by which functions are registered: one of the owners, where both are known; tests aside."""
    from auditor.graph.build.things import things

    if build.engine.is_test[number]:
        return False
    found = build.engine.origins(expr, Place(number, order))
    made = {o.site for o in found if isinstance(o, New)}
    if owners and made and owners.isdisjoint(made):
        return False
    return any(t.type.partition(":")[0] == package for o in found for t, _ in things(build, o))


def _read(build: Build, number: int, call: Call, name: str, limit: RunLimitForm) -> Iterator[Origin]:
    """Variables of a module, or of a class, that the object reads."""
    place = Place(number, call.order)
    prefix = next((o for known, v, _ in call.keywords if known == limit.prefix for o in build.engine.origins(v, place)), None)
    wanted = f"{prefix.value}_{name}".upper() if isinstance(prefix, Const) else name
    for inner, scope in _scopes(build, number, build.engine.origins(call.args[0], place), anywhere=prefix is not None):
        for binding in build.engine.modules[inner].scopes[scope].bindings.get(wanted, ()):
            if binding.kind == "assign":
                yield from build.engine.origins(binding.value, Place(inner, binding.order))


def _scopes(build: Build, importer: int, found: Origins, *, anywhere: bool) -> Iterator[tuple[int, int]]:
    """The modules and classes that are meant; with a prefix any module may bind the name, which nothing else means."""
    if anywhere:
        yield from ((number, 0) for number in range(len(build.engine.modules)))
        return
    for origin in found:
        if isinstance(origin, Const) and isinstance(origin.value, str):
            path = build.engine.modules[importer].path
            yield from ((number, 0) for number in build.engine.index.find(origin.value.partition(":")[0], path))
        elif isinstance(origin, Module):
            yield origin.index, 0
        elif isinstance(origin, Class):
            yield origin.cls
