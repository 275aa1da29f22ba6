"""Calls of which a run of their function makes only one: they stand in different branches of one `if` or `match`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from auditor.core.location import Location
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import LOOPS
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


def calls_apart(build: Build, fn: Key, sites: Iterable[Key]) -> frozenset[Location]:
    """The calls of a function of which a run makes none if it makes one of these, unless a loop makes both."""
    module = build.engine.modules[fn[0]]

    def around(order: int) -> list[int]:
        chain = ancestors(module, build.engine.place_block(Place(fn[0], order)))
        return [] if any(module.blocks[b].kind in LOOPS for b in chain) else chain

    others = [around(build.engine.call(site).order) for site in sites]
    rows = [call for call in module.calls if build.function_of(fn[0], call.order) == fn] if all(others) else []
    apart = [call for call in rows if (own := around(call.order)) and all(exclusive(module, own, other) for other in others)]
    return frozenset(build.call_location((fn[0], call.index)) for call in apart)
