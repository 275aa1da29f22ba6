"""Model calls of which a run of their function makes only one: they stand in different branches of one `if` or `match`."""

from __future__ import annotations

from collections import defaultdict

from auditor.graph.build.context import Build
from auditor.graph.types import ModelCall
from auditor.program.origins.reaching import ancestors, exclusive
from auditor.program.origins.types import Key, Place


def exclusive_calls(build: Build) -> None:
    """Fills `instead_of`: the first call of the same function in whose place one may be made."""
    calls: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    for (kind, site), node in build.by_site.items():
        if kind == "model_call" and isinstance(build.graph.nodes.get(node), ModelCall) and site not in build.engine.made_up:
            order = build.engine.call(site).order
            calls[build.function_of(site[0], order)].append((order, node))
    for fn, rows in calls.items():
        module = build.engine.modules[fn[0]]
        firsts: list[tuple[list[int], str]] = []
        for order, node in sorted(rows) if len(rows) > 1 else ():
            chain = ancestors(module, build.engine.place_block(Place(fn[0], order)))
            other = next((first for around, first in firsts if exclusive(module, around, chain)), "")
            if other:
                build.change(node, instead_of=other)
            else:
                firsts.append((chain, node))
