"""Where the limits of a call are mended, and what holds it for ever without a deadline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.core.values import Setting, alternatives
from auditor.graph.build.clients import client_setting, external_client
from auditor.graph.build.context import Build
from auditor.graph.build.settings import given
from auditor.graph.build.things import Thing
from auditor.graph.types import NONE, SILENT
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Key

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative


def capped(build: Build, row: Alternative, client: Setting) -> Setting:
    """The client, if it is a place where the cap on output can be written."""
    form = build.base.type_settings(row.client.type).get("max_output_tokens") if row.client is not None else None
    return client if form is not None and form.argument is not None else NONE


def timed(build: Build, row: Alternative, client: Setting, site: Key) -> Setting:
    """The client, unless the call itself says the deadline: there it is mended, whatever the client has."""
    form, found = row.match.form.settings.get("deadline"), row.settings.get("deadline")
    if form is None or form.argument is None or found is None or client == NONE:
        return client
    said = given(build, "deadline", form, site, 0, row.match.partials, row.match.package)
    own = said is not None and any((s.value, s.at) == (found.value, found.at) for s in alternatives(said))
    return NONE if own else client


def used_client(build: Build, row: Alternative) -> Setting:
    """The client whose settings those of an external call are: of a store in memory the embedding model that it asks."""
    if row.asked is not None and row.match.form.embeds:
        return _embedding_client(build, row.asked)
    return external_client(build, row.client) if row.client is not None and not _says_itself(row.match.form) else NONE


def limiting(build: Build, row: Alternative, client: Setting) -> Setting:
    """The client that decides the deadline of an external call: the embedding model that it asks first, where that one's is its own."""
    return client if row.asked is None else _embedding_client(build, row.asked)


def _embedding_client(build: Build, model: Thing) -> Setting:
    is_model = build.base.types[model.type].noun == "model_client"
    return client_setting(build, model) if is_model else external_client(build, model)


def _says_itself(form: CallForm) -> bool:
    """Whether a call has a deadline of its own, given or not: what its client has is none of it then."""
    own = form.settings.get("deadline")
    return own is not None and (own.argument is not None or own.value is not None or bool(own.default))


def held_by(rows: Iterable[Alternative]) -> str:
    """What holds a call that has no deadline: a server that says nothing, or work that never ends where each request has a timeout."""
    return " or ".join(dict.fromkeys(row.match.form.held_by or SILENT for row in rows))
