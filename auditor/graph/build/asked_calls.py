"""What is known of the calls at one line, for somebody who asks why nothing, or this, was seen there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from auditor.core.location import Location
from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.matching import callees, display
from auditor.graph.build.things import things
from auditor.graph.build.unknowns import Finder
from auditor.graph.noun import Noun
from auditor.graph.traces import CallSeen, Standing
from auditor.graph.types import ExternalCall, ModelCall
from auditor.program.origins.types import (
    Attr,
    Box,
    Class,
    Const,
    Ext,
    Func,
    Instance,
    Item,
    Key,
    New,
    Op,
    Origin,
    Param,
    Result,
    Text,
    Unresolved,
    root_of,
)
from auditor.program.origins.untold import DYNAMIC

HARMLESS = "it is known, and is no request by itself; what it sets is shown where it applies"
REGION = "it is known: it puts a limit, a thread, a task or a span around code"
LOADED = "it is something in what {}() gives, which is not read"
PYTHON = "it is part of Python's library, or of what that gives: no request, limit or retry is known of it"
VALUE = "it is a method of a plain value (a list, a mapping, a text): nothing that a rule asks about"
OWN = "it is this program's own, and what it does is seen there"
MAKES = "it is this program's own: the {} that it makes is seen there"
NOTHING_KNOWN = "nothing is known about this call into {}: what it does is missing in the report"
NO_KNOWLEDGE = "nothing is known about the package {}: a call into it is seen only where it is handed a client, an agent or a tool"


def asked_calls(build: Build, asked: tuple[str, int] | None) -> None:
    """Adds the calls at the line to the graph, the outermost first."""
    if asked is None:
        return
    path, line = asked
    number = next((n for n, module in enumerate(build.engine.modules) if module.path == path), None)
    sites = [] if number is None else list(_at(build, number, line))
    if sites:
        finder = Finder(build)
        build.graph.asked = tuple(_told(build, finder, site) for site in sites)


def _at(build: Build, number: int, line: int) -> Iterator[Key]:
    """The calls that begin on the line, else the innermost one that covers it."""
    rows = [(build.call_location((number, c.index)), c) for c in build.engine.modules[number].calls]
    covering = [(at, c) for at, c in rows if at.line <= line <= max(at.line, at.end_line)]
    found = [(at, c) for at, c in covering if at.line == line] or sorted(covering, key=lambda row: (row[0].line, row[0].column))[-1:]
    yield from ((number, c.index) for _, c in sorted(found, key=lambda row: _outermost(row[1])))


def _outermost(call: Call) -> tuple[int, int, int, int, int]:
    return call.line, call.column, -call.end_line, -call.end_column, call.index


def _told(build: Build, finder: Finder, site: Key) -> CallSeen:
    at, written = build.call_location(site), build.callee(site)
    origins = list(dict.fromkeys(origin for origin, _ in callees(build, site)))
    name = next((n for o in origins if (n := _name(build, o))), "")

    def seen(standing: Standing, says: str, target: Location | None = None) -> CallSeen:
        return CallSeen(at, written, name, standing, says, target)

    if any(s == site and node in build.graph.nodes for (_, s), node in build.by_site.items()):
        return seen("noun", "")
    if site in finder.regions:
        return seen("region", REGION)
    lost = next((row for row in build.graph.unknowns if row.at == at), None)
    if lost is not None:
        return CallSeen(at, written, lost.name, "not_understood", lost.why or NOTHING_KNOWN.format(lost.package))
    if site in finder.done:
        return seen("harmless", HARMLESS)
    own = next(_own(build, origins), None)
    if own is not None:
        made = _made(build, at)
        if made is not None:
            return seen("own", MAKES.format(made.kind.replace("_", " ")), made.at)
        return seen("own", OWN, own)
    return seen(*_external(finder, origins, name))


def _own(build: Build, origins: Iterable[Origin]) -> Iterator[Location]:
    for origin in origins:
        if isinstance(origin, Func):
            yield build.scope_location(origin.fn)
        if isinstance(origin, (Class, Instance)):
            yield build.scope_location(origin.cls)


def _made(build: Build, at: Location) -> Noun | None:
    """The request that a call of a function leads to, by the fewest calls."""
    sites: dict[str, list[str]] = {}
    for site in build.graph.flow.sites:
        sites.setdefault(site.caller, []).append(site.target)
    todo = [site.target for site in build.graph.flow.sites if site.at == at]
    seen: set[str] = set()
    while todo:
        nodes = [node for target in todo if isinstance(node := build.graph.nodes.get(target), (ModelCall, ExternalCall))]
        if nodes:
            return min(nodes, key=lambda node: (node.kind != "model_call", node.at, node.id))
        seen.update(todo)
        todo = [target for caller in dict.fromkeys(todo) for target in sites.get(caller, ()) if target not in seen]
    return None


def _external(finder: Finder, origins: list[Origin], name: str) -> tuple[Standing, str]:
    outside = [o for o in origins if isinstance(o, (Ext, New, Attr, Result, Item))]
    lost = next((row for o in outside if (row := finder.not_known(o)) is not None), None)
    if lost is not None:
        return "not_understood", NOTHING_KNOWN.format(lost[0])
    loaded = next((made.name for o in outside if o is not (made := root_of(o)) and isinstance(made, New) and made.name in DYNAMIC), None)
    if loaded is not None:
        return "unresolved", f"what is called cannot be told: {LOADED.format(loaded)}"
    head = name.split(".", 1)[0]
    if name and finder.package_of(name) is not None:
        return "harmless", HARMLESS
    if head == "builtins" or head in sys.stdlib_module_names:
        return "python", PYTHON
    if name:
        return "other_package", NO_KNOWLEDGE.format(head)
    if any(isinstance(root_of(o), (Box, Const, Text, Op)) for o in origins):
        return "python", VALUE
    return "unresolved", f"what is called cannot be told: {_why(origins)}"


def _name(build: Build, origin: Origin) -> str:
    """`package.Class.method` of what is not the program's own."""
    typed = next(((t, p) for t, p in things(build, origin) if p), None) if isinstance(origin, (Ext, Attr, New, Result, Instance)) else None
    if typed is not None:
        return ".".join((display(build, typed[0]), *typed[1]))
    path: list[str] = []
    while isinstance(origin, (Attr, Item, Result)):
        path += [origin.name] if isinstance(origin, Attr) else [f"{origin.method}()"] if isinstance(origin, Result) else ["[]"]
        origin = origin.base
    return ".".join((origin.name, *reversed(path))) if isinstance(origin, (Ext, New)) else ""


def _why(origins: list[Origin]) -> str:
    for origin in map(root_of, origins):
        if isinstance(origin, Unresolved):
            return origin.why
        if isinstance(origin, Param):
            return f"it comes in by the parameter {origin.name!r}, of which no caller says what it is"
    return "it is a method of a value that is no object known here" if origins else "nothing reaches it"
