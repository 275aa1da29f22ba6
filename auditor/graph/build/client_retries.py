"""Retries that stand around a request with its client, not around the call: those that it was wrapped in, or is decorated with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from auditor.core.values import ABSENT, Setting, alternatives, merge, product, unknown
from auditor.graph.build.context import Build
from auditor.graph.build.parts import added_by, parts
from auditor.graph.build.retries import Applied, decorator_regions, retry_of
from auditor.graph.build.things import Thing, objects
from auditor.graph.flow import Region
from auditor.graph.types import ModelCall, Retry
from auditor.knowledge.types import ApplyForm
from auditor.program.origins.types import Func, Key

if TYPE_CHECKING:
    from auditor.graph.build.calls import Alternative

Layers: TypeAlias = dict[str, Setting | None]
"""the regions that one client brings, with the attempts of those that are retries"""

Wrap: TypeAlias = tuple[Key, int, str, str]

GUARDS = ("deadline", "span", "handler")
"""what is there only where every client brings it"""
ONCE = Setting(1, "inferred", unit="attempts")


def client_layers(build: Build, site: Key) -> list[str]:
    """Retries that the client itself was wrapped in (`llm.with_retry(...)`), and what decorates a function that is a request itself, from
    the inside out. Of several clients one makes the request: the attempts of a region are parallel to the other settings of the call, one
    where a client does not bring it."""
    found: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    node = build.graph.nodes.get(build.by_site.get(("model_call", site), ""))
    streams = isinstance(node, ModelCall) and node.streams
    layers = [_layers(build, alternative, streams=streams) for alternative in found.get(site, ())]
    regions = dict.fromkeys(region for own in sorted(layers, key=len, reverse=True) for region in own)
    rows = (_of_call(build, region, layers, site) for region in regions)
    return [region for region in rows if region is not None]


def _of_call(build: Build, region: str, layers: Sequence[Layers], site: Key) -> str | None:
    """The region as the clients of one call bring it; None: not all of them do, and it counts only then."""
    known = build.graph.flow.regions[region]
    if known.kind in GUARDS and not all(region in own for own in layers):
        return None
    whole = _attempts(build, region)
    if whole is None:
        return region
    tries = merge([own.get(region) or ONCE for own in layers], group=f"{build.path(site[0])}:{site[1]}")
    if replace(tries, equal=None) == whole:
        return region
    at = build.call_location(site)
    return build.region(replace(known, id=f"{region}@{at.path}:{at.line}:{at.column}:{site[1]}", own=tries))


def _attempts(build: Build, region: str) -> Setting | None:
    known = build.graph.flow.regions[region]
    node = build.graph.nodes.get(known.noun)
    return (known.own or node.attempts) if isinstance(node, Retry) else None


def _layers(build: Build, alternative: Alternative, *, streams: bool) -> Layers:
    rows: Layers = {}
    for wrap in dict.fromkeys(_wraps(build, alternative)):
        made = _wrap_region(build, *wrap, streams=streams)
        if made is not None:
            region, own = made
            before = rows.get(region)
            # A function that wraps what it is given may do so with what it has made before.
            rows[region] = product([before, own], unit="attempts") if before is not None else own
    thing = alternative.match.thing
    if thing is not None and isinstance(thing.origin, Func):
        rows.update((region, _attempts(build, region)) for region in decorator_regions(build, thing.origin.fn))
    return rows


def _wraps(build: Build, alternative: Alternative) -> Iterator[Wrap]:
    """What a client was wrapped in, and what it is a part of."""
    client, whole = alternative.client, alternative.match.thing
    if client is not None:
        yield from client.wraps
    if whole is None or whole == client:
        return
    for part in reversed(parts(build, whole)):
        if part.wraps and part != client and (part == whole or client in parts(build, part)):
            yield from part.wraps[_before(build, part, client) :]


def _before(build: Build, whole: Thing, client: Thing | None) -> int:
    """How many wraps an object had when its part was put into it; they do not go round that."""
    for number, (*_, before) in enumerate(whole.adds):
        if before and any(client in parts(build, one) for one in objects(build, tuple(added_by(build, whole, number)))):
            return before
    return 0


def _wrap_region(build: Build, site: Key, ctx: int, package: str, path: str, *, streams: bool) -> tuple[str, Setting] | None:
    """The region of a call that wraps a client, and the attempts in its context."""
    methods = [
        t.methods[path] for n, t in build.base.types.items() if n.startswith(f"{package}:") and path in t.methods and t.methods[path].wraps
    ]
    if streams and not methods[0].streams:
        return None
    form = ApplyForm(names=[path], makes="retry", mechanism="framework", settings=methods[0].settings)
    call, at = build.engine.call(site), build.call_location(site)
    value = Applied(package, form, site, ctx, f"{package}.{path}")
    node = retry_of(build, value, at, site[0], build.qualname(site[0], call.order), build.callee(site))
    noun = build.add(node)
    known = build.graph.nodes[noun]
    if isinstance(known, Retry) and node.attempts not in alternatives(known.attempts):
        build.change(noun, attempts=merge([known.attempts, node.attempts]))
    own = unknown("the number of attempts is not given", unit="attempts", at=at) if node.attempts.value is ABSENT else node.attempts
    return build.region(Region(f"retry:{at.path}:{at.line}:{at.column}", "retry", noun, at, own=own)), own
