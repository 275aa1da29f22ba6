"""Requests by which a server runs what it is given: each is a call of a method of it, which stands nowhere in the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.graph.build.agent_parts import agents_in
from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.calls import one_call
from auditor.graph.build.collected import opened
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorations
from auditor.graph.build.flow import function
from auditor.graph.build.handed import add_made_up, made_up
from auditor.graph.build.matching import Match, matches, of_callee
from auditor.graph.build.parts import functions
from auditor.graph.build.served_runs import SERVED
from auditor.graph.build.things import objects
from auditor.graph.flow import FlowFunction
from auditor.graph.traces import NotUnderstood
from auditor.graph.types import Agent, ModelCall
from auditor.knowledge.registrations import RegistrationForm
from auditor.program.origins.types import Attr, Ext, Func, Key, New, Origin, root_of

CALLS = "served calls"
"""key of the memo: site of a call that serves something -> what is known of it"""
UNREAD = "what it serves cannot be told"


@dataclass(slots=True)
class Served:
    """A call that serves something. `runs`: what is served -> the node of the request that runs it; `entry`: its entry point."""

    match: Match[RegistrationForm]
    runs: dict[Origin, str] = field(default_factory=dict)
    entry: str = ""


def served_calls(build: Build) -> None:
    """Adds the requests, as if a handler of the server made them."""
    forms = [form for knowledge in build.base.files for form in knowledge.registrations if form.runs]
    lasts = build.spellings(name.rpartition(".")[2] for form in forms for name in form.names) if forms else set()
    known: dict[Key, Served] = build.memo.setdefault(CALLS, {})  # type: ignore[assignment]
    for number, call in build.calls():
        site = (number, call.index)
        for match in matches(build, build.base.registrations, site) if call.last in lasts else ():
            if match.form.runs and "call" in match.form.as_:
                known[site] = Served(match)
                _request(build, site, known[site])
                break


def given(build: Build, match: Match[RegistrationForm], site: Key) -> list[Origin]:
    """What a call serves: each element of a list that it is given."""
    ways = refs(match.form.function) if match.form.function is not None else []
    found = [o for ref in ways for o in argument(build, ref, site, 0, match.partials) or ()]
    if match.form.attach and match.thing is not None:
        found.append(match.thing.origin)
    return list(dict.fromkeys(e for o in found for e in opened(build, o)))


def _request(build: Build, site: Key, served: Served) -> None:
    """One request, of any of what is served."""
    call = build.engine.call(site)
    method = served.match.form.runs
    rows = [(o, m) for o in given(build, served.match, site) for m in of_callee(build, build.base.calls, Attr(o, method))]
    if not rows:
        return
    made = made_up(call, call.func)
    own = add_made_up(build, site[0], made)
    one_call(build, own, made, [replace(m, partials=(*m.partials, (own, 0))) for _, m in rows])
    node = build.by_site.get(("model_call", own)) or build.by_site.get(("external_call", own))
    if node is not None:
        served.runs.update((origin, node) for origin, _ in rows)
        build.memo.setdefault(SERVED, set()).add(node)  # type: ignore[attr-defined]


def started(build: Build, site: Key, match: Match[RegistrationForm]) -> list[str]:
    """What a request to what a call serves starts: the run, else the agents and functions that are served."""
    known: dict[Key, Served] = build.memo.get(CALLS, {})  # type: ignore[assignment]
    runs = known[site].runs if site in known else {}
    rows: list[str] = []
    for origin in given(build, match, site):
        node = runs.get(origin)
        if node is not None and node in build.graph.nodes:
            noun = build.graph.nodes[node]
            build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
            rows.append(node)
            continue
        rows.extend(agents_in(build, origin))
        if match.form.runs:
            rows.extend(function(build, fn) for fn in _functions(build, origin))
    return list(dict.fromkeys(rows))


def _functions(build: Build, origin: Origin) -> Iterator[Key]:
    """The functions that run when an object runs; that of which a decorator makes the object, whatever methods gave it again."""
    for thing in objects(build, (origin,)):
        yield from (part.fn for part in functions(build, thing))
    root = root_of(origin)
    if isinstance(root, Func):
        made = [o.name for o in decorations(build, root.fn) if isinstance(o, (Ext, New))]
        if root == origin or any(name in build.base.new for name in made):
            yield root.fn


def unread_servers(build: Build) -> Iterator[NotUnderstood]:
    """The calls that serve something which no model call and no agent is seen in."""
    known: dict[Key, Served] = build.memo.get(CALLS, {})  # type: ignore[assignment]
    onward: dict[str, list[str]] = {}
    for way in build.graph.flow.sites if known else ():
        onward.setdefault(way.caller, []).append(way.target)
    for site, served in known.items():
        if not _asks(build, served.entry, onward):
            yield NotUnderstood(served.match.package, served.match.name, build.call_location(site), UNREAD)


def _asks(build: Build, entry: str, onward: dict[str, list[str]]) -> bool:
    todo = list(build.graph.flow.entries.get(entry, ()))
    seen = set(todo)
    while todo:
        place = todo.pop()
        if isinstance(build.graph.nodes.get(place), (Agent, ModelCall)):
            return True
        new = [target for target in onward.get(place, ()) if target not in seen]
        seen.update(new)
        todo.extend(new)
    return False
