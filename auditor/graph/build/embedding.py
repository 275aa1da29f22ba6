"""Requests to a store of vectors ask an embedding model first: what limits nothing there limits nothing at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.core.values import ABSENT, alternatives
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.graph.build.settings import constructor, of_thing
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Class, Ext, Key, Result

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative

ASKING = "calls that ask an embedding model"


def note_embedding(build: Build) -> None:
    """Fills `flow.embedding`."""
    sites: set[Key] = build.memo.get(ASKING, set())  # type: ignore[assignment]
    nodes = {build.by_site.get(("external_call", site), "") for site in sites}
    build.graph.flow.embedding = frozenset(nodes - {""})


def asks_embedding(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether a form applies: of a store in memory only what its embedding model is asked leaves the process."""
    return not match.form.embeds or (match.thing is not None and bool(_embedding(build, match.thing, site)))


def by_embedding(build: Build, row: Alternative, site: Key) -> list[Alternative]:
    """One alternative for each embedding model that a request to a store asks first. Of a store in memory all settings are those of that
    request; of others the deadline is absent where the model surely has none, else the store's own."""
    store, form = row.match.thing, row.match.form
    models = _embedding(build, store, site) if store is not None and (form.embeds or "deadline" in row.settings) else []
    if not models:
        return [row]
    build.memo.setdefault(ASKING, set()).add(site)  # type: ignore[attr-defined]
    rows: list[Alternative] = []
    for model in models:
        settings = of_thing(build, model)
        deadline = settings.get("deadline")
        if form.embeds:
            rows.append(replace(row, settings=row.settings | settings, asked=model))
        elif deadline is not None and all(s.value is ABSENT for s in alternatives(deadline)):
            without = replace(deadline, why="its embedding model has none")
            rows.append(replace(row, settings=row.settings | {"deadline": without}, asked=model))
        elif row not in rows:
            rows.append(row)
    return rows


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
