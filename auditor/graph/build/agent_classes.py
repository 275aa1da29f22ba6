"""Classes of the program that derive from a framework's agents: which there are, who makes their objects, and what these run."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.things import derived
from auditor.knowledge.agents import AgentForm
from auditor.program.origins.callers import subclasses
from auditor.program.origins.containers import elements
from auditor.program.origins.heard import said_of
from auditor.program.origins.objects import attribute, method, mro
from auditor.program.origins.types import Box, Class, Instance, Key, Origin, Place

MOST_OBJECTS = 16
SHOWN = ("test", "example", "notebook")


def form_of(build: Build, type_id: str) -> AgentForm | None:
    found = build.base.form(type_id, "agent")
    return found if isinstance(found, AgentForm) else None


def agent_classes(build: Build) -> dict[Key, str]:
    """Each such class with its type of agent."""
    rows: dict[Key, str] = {}
    for number, module in enumerate(build.engine.modules):
        for index, scope in enumerate(module.scopes):
            if scope.kind == "class" and scope.bases:
                kinds = [t for t in derived(build, (number, index)) if build.base.form(t, "agent") is not None]
                if kinds:
                    rows[number, index] = kinds[0]
    return rows


def made_by_others(build: Build, cls: Key) -> bool:
    """Whether no object of a class, or of one that derives from it, is made in the program itself: at most where its use is shown."""
    own = build.role(cls[0])
    roles = {build.graph.nodes[n].role for n in objects_of_class(build, cls)}
    return not subclasses(build.engine, cls) and all(role in SHOWN and role != own for role in roles)


def objects_of_class(build: Build, cls: Key) -> list[str]:
    """The nodes of the objects of a class, as far as they are made."""
    table: dict[Key, list[str]] = build.memo.setdefault("objects of class", {})  # type: ignore[assignment]
    return table.setdefault(cls, [])


def nodes_of(build: Build, origin: Instance) -> list[str]:
    """The agent that an object is; of any object of a class the class itself, else all objects of it and of what derives from it."""
    known = build.by_site.get(("agent", origin.site)) if origin.site is not None else None
    known = known or build.by_function.get(("agent", origin.cls))
    if known is not None:
        return [known]
    rows = [n for cls in (origin.cls, *subclasses(build.engine, origin.cls)) for n in objects_of_class(build, cls)]
    return rows if len(rows) <= MOST_OBJECTS else []


def given_to_do(build: Build, origin: Origin, form: AgentForm) -> list[Key]:
    """Functions of the program that a run of such an agent calls of what its methods are given."""
    rows: list[Key] = []
    if not isinstance(origin, Instance):
        return rows
    for adder, run in form.given.items():
        found = [method(build.engine, cls, run) for cls in _given(build, origin, adder)]
        rows += [fn for fn in found if fn is not None]
    return list(dict.fromkeys(rows))


def _given(build: Build, agent: Instance, adder: str) -> list[Key]:
    """Classes of what a method of the agent is given, or of what an attribute of that name holds, as objects or as classes."""
    rows: list[Key] = []
    if fills_attribute(build, agent.cls, adder):
        rows += [c for held in attribute(build.engine, agent, adder) for c in _classes(build, held)]
    for number, call in build.engine.calls_by_last.get(adder, ()):
        place = Place(number, call.order)
        if call.func[0] != "attr" or not call.args or not said_of(build.engine, number, agent):
            continue
        if not any(_is(build, o, agent) for o in build.engine.origins(call.func[1], place)):
            continue
        rows += [c for origin in build.engine.origins(call.args[0], place) for c in _classes(build, origin)]
    return rows


def _classes(build: Build, origin: Origin) -> list[Key]:
    found = elements(build.engine, origin) if isinstance(origin, Box) else [origin]
    return [o.cls for o in found if isinstance(o, (Class, Instance))]


def _is(build: Build, origin: Origin, agent: Instance) -> bool:
    """Whether a receiver can be the agent: itself, or `self` in its class."""
    if not isinstance(origin, Instance) or origin.cls not in mro(build.engine, agent.cls):
        return False
    return origin.site is None or origin.site == agent.site


def fills_attribute(build: Build, cls: Key, name: str) -> bool:
    """Whether a class or one of its bases in the program fills an attribute in its body or its methods."""
    return any(name in build.engine.scope(c).bindings or (*c, name) in build.engine.own_stores for c in mro(build.engine, cls))
