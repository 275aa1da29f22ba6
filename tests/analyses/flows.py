"""Hand-made flows: functions are named `f`, `g`, ...; `flow.call("f", "g", "r3")` is a site of g in f inside the region r3."""

from dataclasses import replace

from auditor.analyses.analyse import analyse
from auditor.core.location import Location
from auditor.core.values import UNBOUNDED, OneOf, Setting
from auditor.graph.flow import FlowFunction, Region, Site
from auditor.graph.graph import AgentGraph, Edge
from auditor.graph.types import (
    Agent,
    DeadlineScope,
    DecisionPoint,
    EntryPoint,
    ExternalCall,
    FanOut,
    Loop,
    ModelCall,
    ModelClient,
    Retry,
    Step,
    Tool,
)

KINDS = {Retry: "retry", Loop: "loop", DeadlineScope: "deadline", FanOut: "fan_out"}


def place(line, path="app.py"):
    return Location(path, line, 1, line, 9)


def one_of(*values, undecided=False, group="", **more):
    return Setting(OneOf(tuple(v if isinstance(v, Setting) else Setting(v, **more) for v in values), undecided, group))


class FlowOf:
    def __init__(self):
        self.graph = AgentGraph()
        self.line = 0

    def _next(self):
        self.line += 1
        return self.line

    def _add(self, cls, id, path="app.py", **fields):
        if id in self.graph.nodes:
            return id
        given = {"name": id, "symbol": id, "at": place(self._next(), path), "role": "production", **fields}
        self.graph.nodes[id] = cls(id=id, **given)
        return id

    def entry(self, id, *functions, **fields):
        self._add(EntryPoint, id, **{"entry": "http", **fields})
        self.graph.flow.entries[id] = functions
        for name in functions:
            self.function(name)

    def model(self, id="model", **fields):
        return self._add(ModelCall, id, **fields)

    def external(self, id="http", **fields):
        return self._add(ExternalCall, id, **fields)

    def client(self, id, **fields):
        return self._add(ModelClient, id, **fields)

    def agent(self, id, **fields):
        self.function(self._add(Agent, id, **fields))
        return id

    def tool(self, id, **fields):
        self.function(self._add(Tool, id, **fields))
        return id

    def step(self, id, **fields):
        self.function(self._add(Step, id, **fields))
        return id

    def _region(self, cls, id, path="app.py", **fields):
        self._add(cls, id, path, **fields)
        self.graph.flow.regions[id] = Region(id, KINDS[cls], id, self.graph.nodes[id].at)
        return id

    def retry(self, id, attempts, on=("*",), **fields):
        return self._region(Retry, id, attempts=attempts if isinstance(attempts, Setting) else Setting(attempts), on=on, **fields)

    def deadline(self, id, seconds, **fields):
        given = seconds if isinstance(seconds, Setting) else Setting(seconds, unit="seconds")
        return self._region(DeadlineScope, id, deadline=given, **fields)

    def loop(self, id, times=UNBOUNDED, **fields):
        return self._region(Loop, id, times=times if isinstance(times, Setting) else Setting(times), **fields)

    def fan_out(self, id, **fields):
        return self._region(FanOut, id, **fields)

    def span(self, id):
        self.graph.flow.regions[id] = Region(id, "span", "", place(self._next()))
        return id

    def function(self, id, *wrappers, path="app.py", symbol=""):
        known = self.graph.flow.functions.get(id)
        if known is None:
            known = FlowFunction(id, symbol or id, place(self._next(), path))
        self.graph.flow.functions[id] = replace(known, wrappers=(*known.wrappers, *wrappers))
        return id

    def call(self, caller, target, *regions, hop="call", path="app.py"):
        """`regions` from the inside out."""
        for name in (caller, target):
            if name not in self.graph.nodes:
                self.function(name)
        self.graph.flow.sites.append(Site(caller, target, place(self._next(), path), regions, hop))

    def edge(self, source, target, kind):
        self.graph.edges.append(Edge(source, target, kind, "app.py", self._next()))

    def analysed(self):
        return analyse(self.graph).nodes


def shown(setting):
    """A setting as a plain value: a number, a state, or a list of the alternatives."""
    if setting.state == "one_of":
        return [shown(s) for s in setting.value.alternatives]
    return setting.value if setting.state in ("set", "default") else setting.state


def points(nodes):
    return {(n.decision, n.name): shown(n.traced) for n in nodes.values() if isinstance(n, DecisionPoint)}
