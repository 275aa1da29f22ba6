"""What says that an answer is filled into a form: a method of the model, an argument with a schema, the type that an agent gives."""

from __future__ import annotations

from auditor.graph.build.arguments import argument, below, texts
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.graph.build.things import objects, things
from auditor.knowledge.agents import AgentForm
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Box, Class, Key, New, Op, Origin, Origins, Result

DEEPEST = 6
SCHEMA_KEYS = ("json_schema", "schema", "properties")
NAMES = ("function.name", "name")


def answers_in_form(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether all that a call can give is filled into a schema."""
    form = match.form
    if form.fills is not None and _is_schema(build, argument(build, form.fills, site, 0, match.partials)):
        return True
    call = build.engine.call(site)
    found = build.engine.origins(call.func[1], build.engine.call_place(site)) if call.func[0] == "attr" else ()
    if found and all(_fills(build, o, 0) for o in found):
        return True
    agents = argument(build, form.runs, site, 0, match.partials) if form.runs not in (None, "receiver") else found
    return bool(agents) and all(_gives_type(build, o) for o in agents or ())


def picks_one_tool(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether the request names the tool that the model has to call."""
    if match.form.picks is None:
        return False
    found = argument(build, match.form.picks, site, 0, match.partials)
    return bool(found) and all(isinstance(o, Box) and any(texts(below(build, (o,), name)) for name in NAMES) for o in found or ())


def _is_schema(build: Build, found: Origins | None) -> bool:
    """A class of the program, or a schema that is written down; a mapping that only asks for JSON is none."""
    return bool(found) and all(isinstance(o, Class) or (isinstance(o, Box) and _has_keys(build, o)) for o in found or ())


def _has_keys(build: Build, box: Box) -> bool:
    return any(below(build, (box,), key) for key in SCHEMA_KEYS)


def _fills(build: Build, origin: Origin, depth: int) -> bool:
    """Whether a model is one that fills a schema, or a chain with such a one."""
    if depth > DEEPEST:
        return False
    if isinstance(origin, Op):
        expr, place = build.engine.refs[origin.ref]
        parts = [build.engine.origins(part, place) for part in expr[2:]]
        return any(found and all(_fills(build, o, depth + 1) for o in found) for found in parts)
    if not isinstance(origin, Result):
        return False
    for thing, path in things(build, origin.base):
        known = build.base.method(thing.type, ".".join((*path, origin.method)))
        if known is not None:
            return known[1].bare is not False or (known[1].returns == "self" and _fills(build, origin.base, depth + 1))
    return False


def _gives_type(build: Build, origin: Origin) -> bool:
    """Whether an agent has a class as the type of what it gives."""
    for thing in objects(build, (origin,)):
        form = build.base.form(thing.type, "agent")
        ref = form.fills if isinstance(form, AgentForm) else None
        made = thing.origin
        if ref is not None and isinstance(made, New) and _is_schema(build, argument(build, ref, made.site, made.ctx)):
            return True
    return False
