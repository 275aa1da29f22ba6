"""The names of models: what a call asks for, what its client or agent is made for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.location import Location
from auditor.core.values import Given, Setting, alternatives, merge, unknown
from auditor.graph.build.agent_classes import form_of
from auditor.graph.build.arguments import argument
from auditor.graph.build.call_arguments import written
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorator
from auditor.graph.build.matching import Match
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing, objects
from auditor.graph.types import UNNAMED
from auditor.knowledge.forms import Ref
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Key, New, Origin, Origins

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative

OF_AGENTS = "a run asks the models of its agents"
NO_TEXT = "what is given for it is no text"
MOST_INSIDE = 3
"""objects in objects: an agent that is given a model that is given a client"""


def said(build: Build, match: Match[CallForm], ref: Ref, site: Key) -> Origins | None:
    """What a call is given, or the decorator of the function that it calls: the arguments of such a call are the function's own."""
    made = decorator(build, match.thing.origin) if match.thing is not None else None
    if made is None:
        return argument(build, ref, site, 0, match.partials)
    return argument(build, ref, made.site, made.ctx) if isinstance(made, New) else None


def asked_model(build: Build, rows: Sequence[Alternative], site: Key, *, run: bool) -> Setting:
    """Of a call: its own argument, else what its clients are made for."""
    at = build.call_location(site)
    return _texts((s for row in rows for s in _asked(build, row, site, run=run)), at)


def _asked(build: Build, row: Alternative, site: Key, *, run: bool) -> Iterator[Setting]:
    form = row.match.form
    found = said(build, row.match, form.model, site) if form.model is not None else None
    if found is not None:
        yield _named(build, found)
    elif run:
        yield unknown(OF_AGENTS)
    else:
        yield _of_object(build, row.client) if row.client is not None else UNNAMED


def made_for(build: Build, thing: Thing, at: Location) -> Setting:
    """Of an agent object: the name that it is given, or that of the model object."""
    return _texts([_of_object(build, thing)], at)


def _of_object(build: Build, thing: Thing, depth: int = 0) -> Setting:
    """Asked once of a thing at a depth: many calls share the objects inside their clients."""
    known: dict[tuple[Thing, int], Setting] = build.memo.setdefault("models of objects", {})  # type: ignore[assignment]
    if (thing, depth) not in known:
        known[thing, depth] = _read(build, thing, depth)
    return known[thing, depth]


def _read(build: Build, thing: Thing, depth: int) -> Setting:
    agent = form_of(build, thing.type)
    ref = agent.model if agent is not None else build.base.form(thing.type, "model")
    sites = [(site, ctx, ()) for site, ctx, _, _ in reversed(thing.overlays)]
    made = constructor(build, thing.origin)
    for site in (*sites, *([made] if made is not None else [])):
        found = argument(build, ref, *site) if ref is not None else None  # type: ignore[arg-type]
        if found is not None:
            return _named(build, found, depth + 1)
    return UNNAMED


def _named(build: Build, found: Origins, depth: int = 0) -> Setting:
    """What is given: a text, or an object that has a model itself."""
    rows: list[Setting] = []
    rest: list[Origin] = []
    for origin in found:
        inside = _objects(build, origin) if depth <= MOST_INSIDE else []
        rows += [_of_object(build, thing, depth) for thing in inside]
        rest += [origin] if not inside else []
    return merge([*rows, *([written(build, tuple(rest))] if rest else [])])


def _objects(build: Build, origin: Origin) -> list[Thing]:
    """A model object that has the settings of the client that it is given has a name of its own."""
    types = build.base.new.get(origin.name, ()) if isinstance(origin, New) else ()
    return [Thing(t, origin) for t in types if build.base.form(t, "model") is not None] or objects(build, (origin,))


def _texts(found: Iterable[Setting], at: Location) -> Setting:
    """What is no text is no name; what cannot be told stands at the call."""
    rows = [s for setting in found for s in alternatives(setting)]
    return merge([s if isinstance(s.value, str) else _unknown(s, at) for s in rows])


def _unknown(setting: Setting, at: Location) -> Setting:
    if isinstance(setting.value, Given) or setting.state == "unknown":
        return replace(setting, at=setting.at or at)
    return unknown(NO_TEXT, at=setting.at or at)
