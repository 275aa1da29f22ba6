"""Requests to a store of vectors ask an embedding model first: what limits nothing there limits nothing at all."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.values import ABSENT, Setting, alternatives, merge
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.graph.build.settings import constructor, of_thing
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Class, Ext, Key, Result

ASKING = "calls that ask an embedding model"


def note_embedding(build: Build) -> None:
    """Fills `flow.embedding`."""
    sites: set[Key] = build.memo.get(ASKING, set())  # type: ignore[assignment]
    nodes = {build.by_site.get(("external_call", site), "") for site in sites}
    build.graph.flow.embedding = frozenset(nodes - {""})


def asks_embedding(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether a form applies: of a store in memory only what its embedding model is asked leaves the process."""
    return not match.form.embeds or (match.thing is not None and bool(_embedding(build, match.thing, site)))


def of_embedding(build: Build, store: Thing, site: Key) -> dict[str, Setting]:
    """The settings of a request that only asks the embedding model of a store in memory."""
    rows: dict[str, list[Setting]] = {}
    for model in _embedding(build, store, site):
        for name, setting in of_thing(build, model).items():
            rows.setdefault(name, []).append(setting)
    build.memo.setdefault(ASKING, set()).add(site)  # type: ignore[attr-defined]
    return {name: merge(found) for name, found in rows.items()}


def with_embedding(build: Build, client: Thing | None, deadline: Setting, site: Key) -> Setting:
    """The deadline of a request: absent where that of the embedding model surely is, else the store's own."""
    models = _embedding(build, client, site) if client is not None else []
    if models:
        build.memo.setdefault(ASKING, set()).add(site)  # type: ignore[attr-defined]
    for model in models if deadline.value is not ABSENT else ():
        found = of_thing(build, model).get("deadline")
        if found is not None and all(s.value is ABSENT for s in alternatives(found)):
            return replace(found, why="its embedding model has none")
    return deadline


def _embedding(build: Build, thing: Thing, site: Key) -> list[Thing]:
    """The embedding models of a store, of the store that a retriever was made of, or that a call on its class is given."""
    made_of = objects(build, (thing.origin.base,)) if isinstance(thing.origin, Result) else []
    rows: list[Thing] = []
    for each in (thing, *made_of):
        embeds = build.base.form(each.type, "embeds")
        made = constructor(build, each.origin) or ((site, 0, ()) if isinstance(each.origin, (Ext, Class)) else None)
        if isinstance(embeds, (int, str, list)) and made is not None:
            found = [t for ref in refs(embeds) for t in objects(build, argument(build, ref, *made) or ())]
            rows.extend(t for t in found if "deadline" in build.base.type_settings(t.type))
    return rows
