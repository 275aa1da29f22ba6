"""What hands a function to other threads or processes: whether another process runs it."""

from __future__ import annotations

from typing import Literal

from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import holds_in
from auditor.graph.build.lambdas import in_lambda, lambda_takers
from auditor.graph.build.matching import Match, matches
from auditor.graph.build.retries import applied
from auditor.graph.build.things import objects, things
from auditor.knowledge.base import Named
from auditor.knowledge.types import RegionForm
from auditor.program.origins.types import Ext, Func, Instance, Key, Origins, Place

CALLING: dict[str, int | str] = {
    "builtins.map": 0,
    "builtins.filter": 0,
    "functools.reduce": 0,
    "builtins.sorted": "key",
    "builtins.min": "key",
    "builtins.max": "key",
}
"""functions of Python that call one of their arguments themselves: at which place"""


def in_process(build: Build, site: Key, match: Match[RegionForm]) -> bool:
    """Whether what a call hands over runs in another process: the call always does that, or does it with this pool."""
    if match.form.process or match.form.pool is None:
        return match.form.process
    pools = objects(build, argument(build, match.form.pool, site, 0, match.partials) or ())
    return any(_of_processes(build, pool.type) for pool in pools)


def _of_processes(build: Build, type_id: str) -> bool:
    above = build.base.ancestors(type_id)
    return any(named.form.process for (owner, _), rows in build.base.regions.methods.items() if owner in above for named in rows)


def own_pool(build: Build, callees: Origins, name: str) -> RegionForm | None:
    """The form of a method that a class of the program has in place of that of the pool that it derives from: its object still is one."""
    forms = [named.form for o in callees for named in _of_base(build, o, name)]
    return next((form for form in forms if form.callable), None)


def _of_base(build: Build, callee: object, name: str) -> list[Named[RegionForm]]:
    if not isinstance(callee, Func) or not isinstance(callee.owner, Instance):
        return []
    return [
        named
        for thing, path in things(build, callee.owner)
        if not path
        for named in build.base.regions.method(build.base, thing.type, name)
    ]


def has_own_loop(build: Build, fn: Key) -> bool:
    """Whether a decorator gives each awaited run of a coroutine function a thread and an event loop of its own."""
    scope = build.engine.scope(fn)
    for decorator in scope.decorators if scope.is_async else ():
        for value in applied(build, build.engine.origins(decorator, Place(fn[0], scope.order))):
            form = value.form
            if form.makes == "thread" and "decorator" in form.as_ and form.holds_in is not None:
                return holds_in(build, form.holds_in.versions, build.path(fn[0]), value.package) is True
    return False


def runs_it(build: Build, site: Key) -> Literal["thread", "process", "task", "dispatch"]:
    """How an external call runs the function that it is given."""
    region = matches(build, build.base.regions, site)
    makes = region[0].form.makes if region else ""
    if makes in ("thread", "fan_out") and region[0].form.callable:
        return "process" if in_process(build, site, region[0]) else "thread"
    return "task" if makes == "task" else "dispatch"


def calls_it(found: Origins, where: int | str) -> bool:
    """Whether a function of Python calls what it is given at this place, in the thread that calls it."""
    return any(isinstance(o, Ext) and CALLING.get(o.name) == where for o in found)


def lambda_runs_here(build: Build, module: int, order: int) -> bool:
    """Whether a lambda that a statement stands in runs where it is written: only such functions get it."""
    takers = [build.engine.call(site) for site in lambda_takers(build, module, order)]
    return bool(takers) and all(
        any(isinstance(o, Ext) and o.name in CALLING for o in build.engine.origins(call.func, Place(module, call.order)))
        and (not in_lambda(build, module, call.order) or lambda_runs_here(build, module, call.order))
        for call in takers
    )
