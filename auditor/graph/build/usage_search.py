"""A search for what reads the usage of an answer: where it ended, and how several that stand for different callers go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.program.origins.types import Class, Ext, Func, Instance, Key, Origin

MOST_STEPS = 300
PLAIN = ("builtins.", "typing.", "asyncio.", "copy.", "itertools.", "functools.")


@dataclass(slots=True)
class Search:
    """One search: what was visited, where it ended, and why it is in doubt."""

    seen: set[tuple[Key, frozenset[int], frozenset[str]]] = field(default_factory=set)
    found: Location | None = None
    doubt: str = ""
    streams: bool = False
    framework: bool = False
    """the result goes back to a framework or out of the program"""
    given: bool = False
    """it is all that is returned there"""
    raw: bool = False
    """it is the answer to a request over HTTP, whose text or JSON is all of it"""
    estimated: Location | None = None
    """where the program counts its tokens itself"""
    wrappers: set[Key] = field(default_factory=set)
    """functions that it only comes through on its way back to where it was asked for"""
    missed: Location | None = None
    """a call that gets the answer and of which nothing reads the usage, while it is read of that of others"""
    elsewhere: str = ""
    partly: Location | None = None
    """where only that of the last answer of a loop is read"""
    cut: bool = False
    """not all was followed"""
    left: list[int] = field(default_factory=lambda: [MOST_STEPS])
    """how many more places are looked at, for all calls together"""

    def apart(self) -> Search:
        """A search of its own for one of several calls that get the answer."""
        return Search(set(self.seen), streams=self.streams, raw=self.raw, wrappers=set(self.wrappers), left=self.left)

    def note(self, at: Location, last: bool) -> None:
        """A place that reads the usage of the answers, or of the last one alone."""
        if last:
            self.partly = self.partly or at
        else:
            self.found = self.found or at

    def keep_last(self, last: bool) -> None:
        """What was found says nothing of the answers before the last one, where that alone came there."""
        if last and self.found is not None:
            self.partly, self.found = self.partly or self.found, None

    @property
    def flags(self) -> tuple[bool, bool, bool]:
        return self.framework, self.given, self.cut

    @property
    def open(self) -> bool:
        return bool(self.doubt) or self.framework or self.cut or self.estimated is not None


def joined(search: Search, parts: Sequence[tuple[Location, Search]]) -> None:
    """The outcome for all calls that get the answer: the worst of them."""
    read = next((part.found for _, part in parts if part.found is not None), None)
    rest = [(at, part) for at, part in parts if part.found is None]
    if read is None:
        for _, part in rest:
            search.doubt = search.doubt or part.doubt
            search.estimated, search.partly = search.estimated or part.estimated, search.partly or part.partly
            search.missed, search.elsewhere = search.missed or part.missed, search.elsewhere or part.elsewhere
            search.framework, search.given, search.cut = (a or b for a, b in zip(search.flags, part.flags, strict=True))
        return
    if not rest:
        search.found = read
        return
    missed = next((at for at, part in rest if part.missed is not None or not part.open), None)
    if missed is not None:
        search.missed, search.elsewhere = missed, f"does not read it, other than line {read.line} of {read.path}"
        return
    at, part = rest[0]
    why = part.doubt or "it is not followed"
    search.doubt = f"line {read.line} of {read.path} reads it, and of the answer that line {at.line} of {at.path} gets, {why}"


def speaking(build: Build, fn: Key, sites: Sequence[Key]) -> Sequence[Key]:
    """Of several calls of a function those that say how it is used: not tests, nor examples, of what is none itself."""
    engine = build.engine
    rows = [s for s in sites if engine.is_test[s[0]] <= engine.is_test[fn[0]] and engine.is_shown[s[0]] <= engine.is_shown[fn[0]]]
    return rows or sites


def leaves(origin: Origin, call: Call) -> bool:
    """Whether an answer that is handed to a call goes where nobody follows it."""
    if isinstance(origin, Ext):
        return not origin.name.startswith(PLAIN)
    return not isinstance(origin, (Func, Class, Instance)) and call.func[0] == "name"


def given_away(build: Build, origin: Origin, site: Key) -> str:
    """Why it is not known what becomes of an answer that is handed to a call. What makes a text of it neither keeps nor reads it."""
    callee = build.callee(site)
    if isinstance(origin, Ext) and origin.name in build.base.texts.functions:
        return f"{callee} makes a text of the answer, and where that goes is not followed"
    return f"the answer is handed on to {callee}, which is not read"
