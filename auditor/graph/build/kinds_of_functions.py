"""Calls that stand where only methods, or only functions, come (`if inspect.ismethod(f): ...`), and all that `f` may be is of the other
kind: they never run."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.graph.build.conditions import conditions
from auditor.graph.build.context import Build
from auditor.graph.build.coroutine_questions import never_as_asked
from auditor.graph.build.flow import close_over_callers, handed_from
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Ext, Func, Key, Origin, Place, Super

BOUND = {
    "types.MethodType": True,
    "types.FunctionType": False,
    "types.LambdaType": False,
    "inspect.ismethod": True,
    "inspect.isfunction": False,
}
"""what asks whether a function is bound to an object (True), or is not"""
LASTS = frozenset(name.rpartition(".")[2] for name in BOUND)


def drop_other_kinds(build: Build) -> None:
    """Leaves out what such a question is decided against; a function that nothing else calls may run where it is handed over."""
    asking = {number for name in ("isinstance", *LASTS) for number, call in build.engine.calls_by_last.get(name, ()) if _asks(call)}
    places = {build.call_location((n, call.index)): (n, call.index) for n in asking for call in build.engine.modules[n].calls}
    flow = build.graph.flow
    dropped = {
        s for s in flow.sites if s.at in places and s.hop != "handed" and s.target in build.functions and _never(build, places[s.at])
    }
    dropped |= never_as_asked(build)
    if not dropped:
        return
    flow.sites = [site for site in flow.sites if site not in dropped]
    called = {site.target for site in build.ways()}
    lost = sorted({build.functions[site.target] for site in dropped if site.target not in called})
    close_over_callers(build, [caller for fn in lost for caller in handed_from(build, fn)])


def _asks(call: Call) -> bool:
    return call.last in LASTS or (call.last == "isinstance" and len(call.args) == 2 and last_name(call.args[1]) in LASTS)


def _never(build: Build, site: Key) -> bool:
    """Whether a question in its function, or in one around it, keeps a call from running."""
    module = build.engine.modules[site[0]]
    order = build.engine.call(site).order
    while True:
        if any(_holds(build, site[0], test) is (not must) for test, must in conditions(build, site[0], order)):
            return True
        scope = module.scopes[module.statements[order][0]]
        if scope.parent < 0:
            return False
        order = scope.order


def _holds(build: Build, number: int, test: Expr) -> bool | None:
    """Whether a condition holds; None: it is not decided by such questions."""
    if test[0] == "not":
        inner = _holds(build, number, test[1])
        return None if inner is None else not inner
    if test[0] == "bool":
        answers = [_holds(build, number, part) for part in test[2]]
        ends: bool = test[1] == "or"
        return ends if ends in answers else None if None in answers else not ends
    call = build.engine.call((number, test[1])) if test[0] == "call" else None
    if call is None or not call.args or not _asks(call):
        return None
    place = Place(number, call.order)
    asked = [
        BOUND.get(o.name) for o in build.engine.origins(call.args[-1] if len(call.args) == 2 else call.func, place) if isinstance(o, Ext)
    ]
    if len(asked) != 1 or asked[0] is None:
        return None
    found = {_is(build, origin, asked[0]) for origin in build.engine.origins(call.args[0], place)}
    return found.pop() if len(found) == 1 else None


def _is(build: Build, origin: Origin, bound: bool) -> bool | None:
    """Whether a function of the program is bound, or is not; a decorator may make another thing of it, but no method."""
    if not isinstance(origin, Func) or isinstance(origin.owner, Super):
        return None
    if origin.owner is None and bound:
        return False
    plain = all(d == ("name", "classmethod") for d in build.engine.scope(origin.fn).decorators)
    return (origin.owner is not None) == bound if plain else None
