"""Where the thread of an event loop comes into plain code: the call in a coroutine that can be handed to another thread."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.analyses.paths import Paths, closure
from auditor.core.location import Location
from auditor.graph.flow import Flow, Site
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import Crossing
from auditor.sources.roles import FileRole, role_of

MOST_WAYS = 32
"""so many calls by which the loop comes to one place are kept"""
COUNTED = ("example", "notebook")
"""roles that are those of production where all model calls are in such files"""
SHOWN = (*COUNTED, "test")


def entered(flow: Flow, site: Site, before: Site | None) -> Site | None:
    """The last site of a path by which a coroutine comes into plain code; none where a coroutine runs there itself. `before`: that of the
    path to the site's caller."""
    target, caller = flow.functions.get(site.target), flow.functions.get(site.caller)
    if target is None:
        return before
    if target.is_async:
        return None
    return site if caller is not None and caller.is_async else before


@dataclass(slots=True)
class Crossings:
    """Place that a loop runs -> calls in coroutines by which it comes there through plain code, the first that are found.

    `deployed`: the places to which one leads that stands in no example and no notebook; `cut`: those to which more lead than are kept."""

    graph: AgentGraph
    ways: dict[str, dict[Location, None]] = field(default_factory=dict)
    deployed: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)

    def follow(self, paths: Paths, stays: Iterable[Site]) -> None:
        """`stays`: the sites that lead on in the thread of the loop."""
        onward: dict[str, list[tuple[str, Location | None]]] = defaultdict(list)
        begin: set[str] = set()
        for site in stays:
            if self._runs_async(site.target):
                continue
            own = entered(self.graph.flow, site, None)
            onward[site.caller].append((site.target, own.at if own is not None else None))
            if own is not None and self._role(own.at) not in SHOWN:
                begin.add(site.target)
        self.deployed = closure(begin, lambda place: (target for target, own in onward.get(place, ()) if own is None))
        todo = deque(place for place in paths.order if place in onward)
        waiting = set(todo)
        while todo:
            place = todo.popleft()
            waiting.discard(place)
            for target, at in onward.get(place, ()):
                known = self.ways.setdefault(target, {})
                before = len(known), target in self.cut
                if at is None and place in self.cut:
                    self.cut.add(target)
                for way in (at,) if at is not None else tuple(self.ways.get(place, ())):
                    if len(known) < MOST_WAYS:
                        known.setdefault(way)
                    elif way not in known:
                        self.cut.add(target)
                if (len(known), target in self.cut) != before and target not in waiting:
                    waiting.add(target)
                    todo.append(target)

    def of(self, place: str, site: Site) -> Crossing:
        """By which call a path comes into plain code, and in it to the place, and the others; where that stands in an example, but another
        one that leads there does not, more than the example is to be mended. Examples and tests are not to be mended beside other code."""
        caller, target = self.graph.flow.functions[site.caller], self.graph.flow.functions[site.target]
        role = "production" if place in self.deployed else self._role(site.at)
        others = [at for at in self.ways.get(place, ()) if at != site.at and (role in SHOWN or self._role(at) not in SHOWN)]
        others.sort(key=lambda at: (self._role(at) in SHOWN, at.path != site.at.path, at))
        written = site.written or target.symbol.rpartition(".")[2]
        return Crossing(site.at, caller.symbol, written, role, tuple(others), site.later, more=place in self.cut)

    def _runs_async(self, place: str) -> bool:
        function = self.graph.flow.functions.get(place)
        return function is not None and function.is_async

    def _role(self, at: Location) -> FileRole:
        role = role_of(at.path)
        return "production" if self.graph.examples and role in COUNTED else role
