"""Calls that stand where what they call was asked to be a coroutine function (`if iscoroutinefunction(f): await f()`), and is none, or
where it was asked not to be one, and is: they never run that function."""

from __future__ import annotations

from auditor.core.location import Location
from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.conditions import conditions
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import path
from auditor.graph.flow import Site
from auditor.program.origins.feasible import is_plain
from auditor.program.origins.types import Ext, Key, Place

QUESTIONS = frozenset(("asyncio.iscoroutinefunction", "inspect.iscoroutinefunction"))
COROUTINE = "iscoroutinefunction"


def never_as_asked(build: Build) -> set[Site]:
    """The sites of the flow that such a question keeps from their target."""
    asking = {number for number, _ in build.engine.calls_by_last.get(COROUTINE, ())}
    places = {build.call_location((n, call.index)): (n, call.index) for n in asking for call in build.engine.modules[n].calls}
    return {s for s in build.graph.flow.sites if s.at in places and s.target in build.functions and _never(build, s, places)}


def _never(build: Build, site: Site, places: dict[Location, Key]) -> bool:
    fn, (number, index) = build.functions[site.target], places[site.at]
    if not is_plain(build.engine, fn):
        return False
    call = build.engine.call((number, index))
    asked = path(call.func)
    scope = build.engine.scope(fn)
    is_coroutine = scope.is_async and not scope.yields
    return asked is not None and any(
        is_coroutine is not must for test, must in conditions(build, number, call.order) if asks(build, number, call.order, test, asked)
    )


def asks(build: Build, number: int, order: int, test: Expr, asked: str) -> bool:
    """Whether a test is the question of what is called here, or a variable with its answer."""
    module = build.engine.modules[number]
    if test[0] == "name":
        bindings = module.scopes[module.statements[order][0]].bindings.get(test[1], [])
        test = bindings[0].value if len(bindings) == 1 else test
    if test[0] != "call" or module.calls[test[1]].last != COROUTINE:
        return False
    question = module.calls[test[1]]
    if len(question.args) != 1 or _path(module, question.args[0]) != asked:
        return False
    return any(isinstance(o, Ext) and o.name in QUESTIONS for o in build.engine.origins(question.func, Place(number, question.order)))


def _path(module: ModuleFacts, expr: Expr) -> str | None:
    """`client.ask`, also as `getattr(client, "ask", None)`."""
    call: Call | None = module.calls[expr[1]] if expr[0] == "call" else None
    if call is None:
        return path(expr)
    if call.last != "getattr" or len(call.args) < 2 or call.args[1][0] != "const":
        return None
    return path(("attr", call.args[0], call.args[1][1]))
