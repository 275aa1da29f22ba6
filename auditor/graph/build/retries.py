"""Retry objects of libraries: where they are built, and where they are applied as decorator, iterator or call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.facts.types import Expr
from auditor.graph.build.alarms import manager_alarm
from auditor.graph.build.arguments import argument, holds
from auditor.graph.build.asked_again import asks_again
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import holds_in
from auditor.graph.build.matching import Match, matches, of_callee
from auditor.graph.build.picked_errors import error_names, picked_errors
from auditor.graph.build.run_limits import run_limits
from auditor.graph.build.settings import of_call
from auditor.graph.flow import Region
from auditor.graph.types import NONE, DeadlineScope, Retry
from auditor.knowledge.types import ApplyForm
from auditor.program.origins.types import Ext, Func, Key, New, Origin, Origins, Partial, Place, Result

OF_GENERATORS = ("contextlib.contextmanager", "contextlib.asynccontextmanager", "builtins.staticmethod", "builtins.classmethod")
APPLIED = "applied retries"
"""where it is kept which value makes a region"""


@dataclass(slots=True)
class Applied:
    """A form with the call that built the value; None where the name is used bare."""

    package: str
    form: ApplyForm
    site: Key | None
    ctx: int
    name: str


def applied(build: Build, found: Origins) -> Iterator[Applied]:
    """The retry, span or deadline values among origins."""
    for origin in found:
        target = origin
        while isinstance(target, Partial):
            target = target.target
        if isinstance(target, New):
            for named in build.base.applies.function(target.name):
                yield Applied(named.package, named.form, target.site, target.ctx, target.name)
        elif isinstance(target, Ext):
            for match in of_callee(build, build.base.applies, target):
                yield Applied(match.package, match.form, None, 0, match.name)
        if isinstance(target, (Result, New)):
            base: Origin = target
            yield from _method_values(build, base)


def _method_values(build: Build, origin: Origin) -> Iterator[Applied]:
    """`app.task(...)`: a method of a known object that makes such a value."""
    from auditor.graph.build.things import things

    if isinstance(origin, Result):
        for thing, path in things(build, origin.base):
            full = ".".join((*path, origin.method))
            for named in build.base.applies.method(build.base, thing.type, full):
                yield Applied(named.package, named.form, origin.site, origin.ctx, full)


def retry_node(build: Build, value: Applied, at: Location, module: int, qualname: str, callee: str) -> str:
    """The region of a retry applied at a place; what it was built with is read where it was built."""
    node = retry_of(build, value, at, module, qualname, callee)
    noun = build.add(node)
    if value.site is not None:
        built = build.call_location(value.site)
        if (built.path, built.line) != (at.path, at.line):
            build.add(_at(build, node, built, value.site))
    region = build.region(Region(f"retry:{at.path}:{at.line}:{at.column}", "retry", noun, at))
    build.memo.setdefault(APPLIED, {})[region] = value  # type: ignore[index]
    return region


def attempts_in(build: Build, region: str, ctx: int) -> Setting:
    """The attempts of a retry that is built where it is applied, in another context; NONE of any other."""
    value: Applied | None = build.memo.get(APPLIED, {}).get(region)  # type: ignore[attr-defined]
    if value is None or value.site is None:
        return NONE
    at, module = build.graph.flow.regions[region].at, value.site[0]
    return retry_of(build, replace(value, ctx=ctx), at, module, "", "").attempts


def retry_of(build: Build, value: Applied, at: Location, module: int, qualname: str, callee: str) -> Retry:
    """The retry that a value is at a place."""
    settings = _settings(build, value, module)
    node = Retry(
        id=build.node_id("retry", at),
        name=value.name.rsplit(".", 1)[-1],
        symbol=callee or value.name,
        at=at,
        role=build.role(module),
        qualname=qualname,
        callee=callee or value.name,
        framework=value.package,
        api=value.name,
        mechanism=value.form.mechanism,
        attempts=_at_most(build, value, settings.get("attempts", NONE)),
        window=settings.get("window", NONE),
        on=_errors(build, value),
        backoff=_backoff(build, value),
        ends_in=_ends_in(build, value),
    )
    return _bounded_by_window(node)


def _at(build: Build, node: Retry, at: Location, site: Key) -> Retry:
    call = build.engine.call(site)
    return replace(
        node,
        id=build.node_id("retry", at),
        at=at,
        applied=False,
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        symbol=build.symbol(site),
        role=build.role(site[0]),
    )


def _bounded_by_window(node: Retry) -> Retry:
    """A limit on time bounds the tries too, though their number is not known."""
    from auditor.core.values import UNBOUNDED, Unknown, unknown

    if node.attempts.value is not UNBOUNDED:
        return node
    if isinstance(node.window.value, Unknown):
        return replace(node, attempts=unknown(node.window.value.why, unit="attempts"))
    if node.window.number is not None:
        return replace(node, attempts=unknown(f"tries for {node.window.number:g} s", unit="attempts"))
    return node


def _settings(build: Build, value: Applied, module: int) -> dict[str, Setting]:
    from auditor.graph.build.settings import fallback

    if value.site is not None:
        return of_call(build, value.form.settings, value.package, value.site, value.ctx)
    anywhere = (module, 0)
    return {n: fallback(build, n, f, value.package, anywhere, 0) for n, f in value.form.settings.items()}


def _at_most(build: Build, value: Applied, attempts: Setting) -> Setting:
    """The attempts are the most there can be where a function may give up before."""
    if value.form.gives_up is None or value.site is None or attempts.number is None:
        return attempts
    if not argument(build, value.form.gives_up, value.site, value.ctx):
        return attempts
    return replace(attempts, why="at most: a function may give up before")


def _backoff(build: Build, value: Applied) -> Setting:
    if value.form.backoff is None or value.site is None:
        return NONE
    found = argument(build, value.form.backoff, value.site, value.ctx)
    names = [o.name for o in found or () if isinstance(o, (New, Ext))]
    return Setting(names[0], "explicit", at=build.call_location(value.site)) if names else NONE


def _ends_in(build: Build, value: Applied) -> str:
    end = value.form.ends_in
    if end is None or (value.site is not None and any(holds(build, but, value.site, value.ctx) is not False for but in end.but)):
        return ""
    engine = build.engine
    opened = any(name in m.reads for m in engine.modules for name in end.opened_by) or any(n in engine.calls_by_last for n in end.opened_by)
    return end.error if not opened else ""


def _errors(build: Build, value: Applied) -> tuple[str, ...]:
    """Names of the exceptions that are retried; `*`: all; empty: not known."""
    if value.form.on is None or value.site is None:
        return tuple(value.form.on_default)
    found = argument(build, value.form.on, value.site, value.ctx)
    if found is None:
        return tuple(value.form.on_default)
    others = [o for o in found if isinstance(o, New) and o.name in value.form.on_others]
    if others:
        picked = [picked_errors(build, o) for o in others] if len(others) == len(found) else [()]
        return tuple(dict.fromkeys(name for names in picked for name in names)) if all(picked) else ("*",)
    return tuple(dict.fromkeys(error_names(build, found)))


def decorator_regions(build: Build, fn: Key, *, given_back: bool = False) -> tuple[str, ...]:
    """Regions that the decorators of a function put around its body, from the inside out; or around the generator that it gives back."""
    from auditor.graph.build.local_decorators import around_parameter

    scope = build.engine.scope(fn)
    rows: list[str] = []
    order = scope.order
    yields = bool(scope.yields) or given_back
    for decorator, line in zip(reversed(scope.decorators), reversed(scope.decorator_lines), strict=True):
        place = Place(fn[0], order)
        found = build.engine.origins(decorator, place)
        at = _decorator_location(build, fn[0], decorator, line)
        done: set[str] = set()
        for value in applied(build, found):
            if "decorator" not in value.form.as_ or value.form.makes in done:
                continue
            if value.form.when is not None and (value.site is None or holds(build, value.form.when, value.site, value.ctx) is not True):
                continue
            if value.form.again is not None and not asks_again(build, fn, value.form.again):
                continue
            if given_back and value.form.makes in ("retry", "deadline"):
                done.add(value.form.makes)
                continue
            region = apply_region(build, value, at, fn[0], scope.qualname, build.written(fn[0], decorator).removesuffix("()"))
            if region is not None and ((value.form.sync_only and scope.is_async) or (yields and _only_makes(build, value, fn[0]))):
                build.change(build.graph.flow.regions[region].noun, applied=False)
            elif region is not None:
                rows.append(region)
            if region is not None:
                done.add(value.form.makes)
        if not done:
            rows.extend(around_parameter(build, fn, found, generator=yields))
            # A manager around a coroutine or generator has gone when it runs.
            alarm = manager_alarm(build, fn[0], decorator, order, at, decorates=True) if not (yields or scope.is_async) else None
            rows.extend([alarm] if alarm is not None else [])
        # What another decorator makes of a generator is not known.
        yields = yields and (bool(done) or all(isinstance(o, Ext) and o.name in OF_GENERATORS for o in found))
    return (*rows, *run_limits(build, fn))


def _only_makes(build: Build, value: Applied, module: int) -> bool:
    """Whether a decorator of a generator function does not see what fails in it: it only makes the generator."""
    form = value.form.makes_generators
    return form is not None and holds_in(build, form.versions, build.path(module), value.package) is True


def apply_region(build: Build, value: Applied, at: Location, module: int, qualname: str, callee: str) -> str | None:
    """The region that a value makes where it is applied."""
    if value.form.makes == "retry":
        return retry_node(build, value, at, module, qualname, callee)
    if value.form.makes == "deadline":
        return _deadline(build, value, at, module, qualname, callee)
    if value.form.makes == "span":
        return build.region(Region(f"span:{at.path}:{at.line}:{at.column}", "span", "", at))
    return None


def _deadline(build: Build, value: Applied, at: Location, module: int, qualname: str, callee: str) -> str:
    """A decorator that ends what it decorates from outside, so that it can fire whatever the code does."""
    node = DeadlineScope(
        id=build.node_id("deadline_scope", at),
        name=value.name.rsplit(".", 1)[-1],
        symbol=callee,
        at=at,
        role=build.role(module),
        qualname=qualname,
        callee=callee,
        framework=value.package,
        api=value.name,
        deadline=_settings(build, value, module).get("deadline", NONE),
        fires=True,
    )
    return build.region(Region(f"deadline:{at.path}:{at.line}:{at.column}", "deadline", build.add(node), at))


def _decorator_location(build: Build, module: int, decorator: Expr, line: int) -> Location:
    if decorator[0] == "call":
        return build.call_location((module, decorator[1]))
    return build.location(module, line)


def iterator_region(build: Build, module: int, block: int) -> str | None:
    """`for attempt in Retrying(...)`: the loop is the retry."""
    info = build.engine.modules[module].blocks[block]
    found = build.engine.origins(info.expr, Place(module, info.order))
    for value in applied(build, found):
        if "iterator" in value.form.as_ and value.form.makes == "retry":
            at = build.location(module, info.line, info.column, info.line)
            qualname = build.qualname(module, info.order)
            return retry_node(build, value, at, module, qualname, "for")
    return None


def call_retries(build: Build, site: Key) -> list[str]:
    """`Retrying(...)(f)`, `retryer.call(f)`, `retry_call(f)`: the call itself runs its function, or a request, under a retry."""
    call = build.engine.call(site)
    rows: list[str] = []
    place = Place(site[0], call.order)
    found = build.engine.origins(call.func, place)
    values = [v for v in applied(build, found) if v.site is not None and "call" in v.form.as_ and v.form.makes != "cache"]
    if call.func[0] == "attr":
        values += [v for v in applied(build, build.engine.origins(call.func[1], place)) if v.site is not None and "method" in v.form.as_]
    values += [
        Applied(m.package, m.form, site, 0, m.name) for m in matches(build, build.base.applies, site) if _applies_here(build, m, site)
    ]
    for value in values:
        region = apply_region(build, value, build.call_location(site), site[0], build.qualname(site[0], call.order), build.callee(site))
        if region is not None:
            rows.append(region)
    return rows


def _applies_here(build: Build, match: Match[ApplyForm], site: Key) -> bool:
    """Whether a call retries by itself: a method of a client, or a function that is given what it runs."""
    if match.thing is not None:
        return "method" in match.form.as_
    given = argument(build, match.form.function, site, 0) if "call" in match.form.as_ and match.form.function is not None else None
    return any(isinstance(o, (Func, Partial)) for o in given or ())
