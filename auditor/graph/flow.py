"""The call graph with its regions, which the path analyses fold over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from auditor.core.location import Location
from auditor.core.values import Setting

RegionKind: TypeAlias = Literal["loop", "retry", "deadline", "fan_out", "span", "handler", "thread", "task", "lock"]


@dataclass(frozen=True, slots=True)
class Region:
    """Code under a loop, retry, deadline, fan-out, span, thread, task or lock. `noun` is the id of its node where it has one.

    `excludes_handlers`: calls in the `except` bodies of a retry loop are not retried by it (they carry no such region).
    `called`: where turns or attempts depend on the call through which the function around it is entered: the place of the call, and what
    holds then.
    """

    id: str
    kind: RegionKind
    noun: str
    at: Location
    called: tuple[tuple[Location, Setting], ...] = ()
    own: Setting | None = None
    """the attempts where a decorator was made with a number of its own"""
    ends: Literal["", "failures", "all"] = ""
    """of what fails in it nothing comes out, nor of what it answers (all)"""
    leaves: tuple[str, ...] = ()
    """of a handler: the regions of the loops around it that a failure ends"""
    becomes: tuple[str, ...] = ()
    """of a handler: what failures come out as, the last names of the classes that are raised and of their bases (`?`: a library's class,
    which may have others); empty: none comes out"""
    caught: tuple[str, ...] = ()
    """of such a handler: the only errors that come out so, where others come out as they are"""
    failed: bool = False
    """of such a handler: what comes out so may be a failed request"""
    again: tuple[str, ...] = ()
    """no handler: what these give in place of an answer is raised here again, as `becomes` says (empty: as something that is not known)"""


@dataclass(frozen=True, slots=True)
class FlowFunction:
    """A function, a module body, or an agent as a function of its tools and steps. `wrappers`: regions of its decorators, inside out."""

    id: str
    symbol: str
    at: Location
    is_async: bool = False
    wrappers: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    """those of its wrappers that also read what it gives back"""


@dataclass(frozen=True, slots=True)
class Site:
    """A place in `caller` where `target` (a function id or a node id) runs, inside `regions` (from the inside out).

    `hop`: how it gets there: call, await, thread, process, task, dispatch (a framework calls it later), given (it is passed to something
    external), step (a run of its class runs it: `at` is where its decorator says when), handed (it is only stored, to be run later).
    """

    caller: str
    target: str
    at: Location
    regions: tuple[str, ...] = ()
    hop: Literal["call", "await", "thread", "process", "task", "dispatch", "given", "step", "handed"] = "call"
    declared: bool = False
    """the method is one of those that the declared type of its receiver allows: that it comes back to itself here is not proven"""
    off: Setting | None = None
    """the switch in the environment that keeps it from running where nobody sets it (`at`: where it is asked, `why` in words)"""
    later: bool = False
    """it only makes what runs the target, as a generator or a stream, which whoever reads that starts"""
    unread: tuple[str, ...] | None = ()
    """those of the regions outside of which the caller reads what it gives; None: it gives that back, unread"""
    fits: int = 0
    """how many methods the call may mean by the class of its object, of which one runs; 0: it means this, or all of them in turn"""
    strange: bool = False
    """the class is made nowhere, and stands in a file that no program of the caller imports"""
    made: str = ""
    """of what is handed over: the class of which an object is made there, whose method it is"""
    branches: int = 0
    """how many branches of its function lie around it, each of which may not be taken"""
    written: str = ""
    """the callee as it stands there, of calls in coroutines"""


@dataclass(slots=True)
class Flow:
    """The call graph with regions. `entries`: entry point node id -> functions where its run begins; `unused`: what nothing refers to,
    `tested`: what only tests refer to, `unnamed`: what no code mentions by name, or only in calls which rule out what it does otherwise;
    `asked`: what no call leads to, though there may be one -> the call of its name whose receiver is not known, if it is that;
    `published`: paths of files that whoever installs them may use; `loaded`: module body -> entry points before which it has run,
    `started`: those of them whose programs run it as they start;
    `elsewhere`: file of an example -> entry points whose programs never import it;
    `unmade`: method -> entry points whose programs make no object that has it;
    `split`: functions of which each call seen leads to a copy, without what that call rules out;
    `instead`: (caller, target, place) of calls in a branch whose other branch hands the same function to a pool or a process;
    `apart`: loop of a function that calls itself -> its calls in other branches than those: a run that makes one goes round no more;
    `circles`: loop of functions that call each other, or of one -> the way round, in words;
    `embedding`: external calls that ask an embedding model first;
    `unsettled`: calls of which too much would have to be followed to tell what they call, which may lead to a function: no paths."""

    functions: dict[str, FlowFunction] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    entries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unused: frozenset[str] = frozenset()
    tested: frozenset[str] = frozenset()
    unnamed: frozenset[str] = frozenset()
    asked: Mapping[str, Location | None] = field(default_factory=dict)
    published: frozenset[str] = frozenset()
    loaded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    started: dict[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: dict[str, frozenset[str]] = field(default_factory=dict)
    unmade: dict[str, frozenset[str]] = field(default_factory=dict)
    split: frozenset[str] = frozenset()
    instead: frozenset[tuple[str, str, Location]] = frozenset()
    apart: dict[str, frozenset[Location]] = field(default_factory=dict)
    circles: dict[str, str] = field(default_factory=dict)
    embedding: frozenset[str] = frozenset()
    unsettled: tuple[Site, ...] = ()
