"""Functions that are handed to what is known to call them, as calls: `to_thread(f, 1)` is one of `f(1)`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import OTHER, Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.handed import add_made_up, handed, made_up
from auditor.graph.build.matching import called_names, matches
from auditor.knowledge.types import RegionForm
from auditor.program.origins.types import Key


def handed_over(build: Build, site: Key, call: Call) -> Iterator[tuple[Key, Call]]:
    """The calls that a call is known to make, with what they are given where that is visible."""
    if call.last not in called_names(build, build.base.regions):
        return
    for region in matches(build, build.base.regions, site)[:1]:
        form = region.form
        if form.callable and form.body != "with":
            for expr, rest in handed(call, form):
                own = _given(call, expr, rest, form)
                yield add_made_up(build, site[0], own), own


def _given(call: Call, expr: Expr, rest: Call, form: RegionForm) -> Call:
    """Of a list of arguments, and of elements of several lists, only is known that something is given."""
    if form.passes is not None or form.hands == "rest":
        return rest
    if form.hands == "each":
        return made_up(call, expr, tuple(OTHER for _ in rest.args))
    return made_up(call, expr, (("star", OTHER),), ((None, OTHER, call.line),))
