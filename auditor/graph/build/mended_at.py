"""Where the limits of a model call are mended, and what holds it for ever without a deadline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.core.values import Setting, alternatives
from auditor.graph.build.context import Build
from auditor.graph.build.settings import given
from auditor.graph.types import NONE, SILENT
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


def held_by(rows: Iterable[Alternative]) -> str:
    """What holds a call that has no deadline: a server that says nothing, or work that never ends where each request has a timeout."""
    return " or ".join(dict.fromkeys(row.match.form.held_by or SILENT for row in rows))
