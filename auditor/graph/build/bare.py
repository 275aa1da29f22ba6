"""Whether what a call gives is made of the answer without its usage: parsed by the last step of a chain, or filled into a form."""

from __future__ import annotations

from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.things import objects, things
from auditor.program.origins.types import Const, Key, Op, Origin, Result

DEEPEST = 6


def is_bare(build: Build, site: Key) -> bool:
    """Whether all that the receiver of a call can be gives answers without usage."""
    call = build.engine.call(site)
    found = build.engine.origins(call.func[1], build.engine.call_place(site)) if call.func[0] == "attr" else ()
    return bool(found) and all(_gives_bare(build, o, 0) for o in found)


def _gives_bare(build: Build, origin: Origin, depth: int) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(origin, Op):
        expr, place = build.engine.refs[origin.ref]
        last = build.engine.origins(expr[-1], place)
        return bool(last) and all(_gives_bare(build, o, depth + 1) for o in last)
    if isinstance(origin, Result):
        for thing, path in things(build, origin.base):
            found = build.base.method(thing.type, ".".join((*path, origin.method)))
            if found is not None:
                bare = found[1].bare
                if bare is False:
                    return found[1].returns == "self" and _gives_bare(build, origin.base, depth + 1)
                return bare is True or not _kept(build, bare, origin)
    return any(build.base.form(t.type, "bare") for t in objects(build, (origin,)))


def _kept(build: Build, ref: int | str | list[int | str], origin: Result) -> bool:
    """Whether an argument keeps the whole answer, or may do so."""
    found = argument(build, ref, origin.site, origin.ctx)
    return found is not None and not all(isinstance(o, Const) and not o.value for o in found)
