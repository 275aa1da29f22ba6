"""What all nouns of the agent graph share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from auditor.core.location import Location
from auditor.core.values import Setting, absent, unknown
from auditor.graph.traces import TraceStep

Role: TypeAlias = Literal["production", "script", "library", "notebook", "example", "test"]

NONE = absent()
INSIDE_RUN = "the requests inside the run decide it"
"""of one thing among several that a call may be, until the run is gone through"""
SILENT, ATTEMPT = "a server that goes silent", "one attempt may take"
UNNAMED = unknown("no name of a model is written for it")
UNCOUNTED = Setting(False, "inferred", why="no other counter that ends it was found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """What all nouns share.

    `id`: unique in the graph and stable: kind, path, line, column. `name`: what its framework calls it, else the last part of `symbol`.
    `symbol`: the dotted variable, attribute, function or class that holds it. `at`: where it stands; `also`: further places of it. `role`:
    production, script, library (no entry point reaches it), notebook, example, test. `qualname`: the scope around it, by its qualified name
    inside the file (`<module>` at top level). `callee`: what stands there, as written (`client.chat.completions.create`, `for`, `while`,
    `def`). `framework`: the package that it belongs to. `api`: what is called, in full; `called`: that in words. `reached`: ids of the
    entry points that reach it, none for library code. `trace`: the worst path from one inwards. `way`: the path from the one which speaks
    for all. `unused`: it stands in an application, in code that nothing there uses, tests aside. `small`: it is, or starts, the one model
    call of a project without agent, tool or router that only a person starts. `by_hand`: of calls, loops, retries and decisions: all that
    leads to it is started by a person, or stands in an example. `tried`: no entry point and no agent is seen to lead to it, but the
    self-test of its module. `idle`: nothing leads to it in an application but functions that no code mentions by name, or of which all
    calls rule it out. `stored`: on the way that is told it is only handed over, and nobody knows that it runs. `possible`: each way that
    leads to it is such a one, or a call that may be one of several. `off`: the switch, of the environment or in the code, off unless
    somebody sets it, without which nothing that leads to it runs. `job` (seconds): of what begins a run and of calls: the longest job
    which starts all that leads there."""

    kind: ClassVar[str] = "noun"
    id: str
    name: str
    symbol: str
    at: Location
    role: Role
    qualname: str = "<module>"
    callee: str = ""
    framework: str = ""
    api: str = ""
    called: str = ""
    also: tuple[Location, ...] = ()
    reached: tuple[str, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    way: tuple[TraceStep, ...] = ()
    unused: bool = False
    small: bool = False
    by_hand: bool = False
    tried: bool = False
    idle: bool = False
    stored: bool = False
    possible: bool = False
    off: Setting = NONE
    job: Setting = NONE

    @property
    def as_written(self) -> str:
        """The callee as it stands in the code, by which a finding is recognised."""
        return self.callee
