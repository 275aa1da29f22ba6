"""What runs when a node runs that is no call: the functions of a tool, a step or an agent."""

from __future__ import annotations

from auditor.core.location import Location
from auditor.facts.types import Expr
from auditor.graph.build.calls import one_handed
from auditor.graph.build.context import Build
from auditor.graph.build.handed import given, made_up
from auditor.graph.build.matching import Match
from auditor.graph.build.wrapped import Through, through_wrappers
from auditor.graph.flow import FlowFunction, Site
from auditor.graph.types import Noun
from auditor.knowledge.forms import Ref
from auditor.knowledge.registrations import RegistrationForm
from auditor.program.origins.types import Key


def runs(build: Build, node: Noun, functions: list[Key], through: Through = ()) -> None:
    """The node is a step of the flow of its own: running it runs these functions, `through` wrappers."""
    pending: list[tuple[str, Key, Location, Through]] = build.memo.setdefault("node runs", [])  # type: ignore[assignment]
    pending.extend((node.id, fn, node.at, through) for fn in functions)
    build.memo.setdefault("run by nodes", set()).update(functions)  # type: ignore[attr-defined]
    for fn in functions:
        if build.engine.scope(fn).kind == "lambda":
            lambdas: dict[Key, list[str]] = build.memo.setdefault("nodes of lambdas", {})  # type: ignore[assignment]
            lambdas.setdefault(fn, []).append(node.id)


def node_flow(build: Build) -> list[Key]:
    """Adds the sites of nodes that run functions; returns the functions."""
    pending: list[tuple[str, Key, Location, Through]] = build.memo.pop("node runs", [])  # type: ignore[assignment]
    started: list[Key] = []
    for node, fn, at, through in pending:
        noun = build.graph.nodes[node]
        build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
        for made, inner in through_wrappers(build, node, fn, at, through):
            build.graph.flow.sites.append(made)
            started.extend([inner] if inner is not None else [])
    calls: list[tuple[str, str, Location]] = build.memo.pop("node calls", [])  # type: ignore[assignment]
    for node, target, at in calls:
        noun = build.graph.nodes[node]
        build.graph.flow.functions.setdefault(node, FlowFunction(node, noun.symbol, noun.at))
        build.graph.flow.sites.append(Site(node, target, at, (), "dispatch"))
    return started


def step_call(build: Build, node: Noun, ref: Ref, site: Key, method: str) -> None:
    """The request that a step makes which is an object of a library: running the step calls its method."""
    call = build.engine.call(site)
    found = given(call, ref)
    if found is not None and found[1][0] != "const":
        expr: Expr = build.engine.made(("asked", site, found[0]), lambda: ("attr", found[1], method))
        made: list[tuple[str, str, Location]] = build.memo.setdefault("node calls", [])  # type: ignore[assignment]
        made.extend((node.id, target, node.at) for target in one_handed(build, site, made_up(call, expr), requests=True))


def calls_it(build: Build, node: Noun, match: Match[RegistrationForm], site: Key) -> None:
    """A method of something external that is the tool's function: running the tool is a call of it."""
    call = build.engine.call(site)
    found = given(call, match.form.function) if match.form.function is not None else None
    if found is None:
        return
    made: list[tuple[str, str, Location]] = build.memo.setdefault("node calls", [])  # type: ignore[assignment]
    made.extend((node.id, target, node.at) for target in one_handed(build, site, made_up(call, found[1])))
