"""Retries that stand around a request with its client, not around the call: those that it was wrapped in, or is decorated with."""

from __future__ import annotations

from itertools import chain
from math import inf, prod
from typing import TYPE_CHECKING

from auditor.core.values import UNBOUNDED, alternatives
from auditor.graph.build.context import Build
from auditor.graph.build.retries import Applied, decorator_regions, retry_node
from auditor.graph.types import ModelCall, Retry
from auditor.knowledge.types import ApplyForm
from auditor.program.origins.types import Func, Key

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative


def client_layers(build: Build, site: Key) -> list[str]:
    """Retries that the client itself was wrapped in (`llm.with_retry(...)`), and what decorates a function that is a request itself. Of
    several clients, of which one makes the request, those of the one that tries most often."""
    found: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    node = build.graph.nodes.get(build.by_site.get(("model_call", site), ""))
    streams = isinstance(node, ModelCall) and node.streams
    layers = [_layers(build, alternative, streams=streams) for alternative in found.get(site, ())]
    most = max(layers, key=lambda rows: prod(_tries(build, region) for region in rows), default=[])
    return [r for r in dict.fromkeys(chain.from_iterable(layers)) if r in most or _tries(build, r) == 1]


def _layers(build: Build, alternative: Alternative, *, streams: bool) -> list[str]:
    rows: dict[str | None, None] = {}
    for thing in (alternative.match.thing, alternative.client):
        for made, ctx, package, path in thing.wraps if thing is not None else ():
            rows[_wrap_region(build, made, ctx, package, path, streams=streams)] = None
    thing = alternative.match.thing
    if thing is not None and isinstance(thing.origin, Func):
        rows.update(dict.fromkeys(decorator_regions(build, thing.origin.fn)))
    return [region for region in rows if region is not None]


def _tries(build: Build, region: str) -> float:
    """The attempts of a layer, the most of them; one where they cannot be told."""
    node = build.graph.nodes.get(build.graph.flow.regions[region].noun)
    if not isinstance(node, Retry):
        return 1
    found = [s.value for s in alternatives(build.graph.flow.regions[region].own or node.attempts)]
    return max((inf if v is UNBOUNDED else v if isinstance(v, (int, float)) else 1) for v in found)


def _wrap_region(build: Build, site: Key, ctx: int, package: str, path: str, *, streams: bool) -> str | None:
    methods = [
        t.methods[path] for n, t in build.base.types.items() if n.startswith(f"{package}:") and path in t.methods and t.methods[path].wraps
    ]
    if streams and not methods[0].streams:
        return None
    form = ApplyForm(names=[path], makes="retry", mechanism="framework", settings=methods[0].settings)
    call = build.engine.call(site)
    value = Applied(package, form, site, ctx, f"{package}.{path}")
    return retry_node(build, value, build.call_location(site), site[0], build.qualname(site[0], call.order), build.callee(site))
