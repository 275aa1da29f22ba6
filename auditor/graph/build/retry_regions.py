"""Loops and hand-written retries as regions of the calls inside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from auditor.core.values import UNBOUNDED, Setting, unknown
from auditor.graph.build.caught import of_requests
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import OWN_SCOPES
from auditor.graph.build.loop_regions import number_of, waits
from auditor.graph.flow import Region
from auditor.graph.types import NONE, Retry

if TYPE_CHECKING:
    from auditor.graph.build.retry_loops import Finder, RetryLoop

PACED = "it is tried again as often as what fails says how long to wait, which is not known"


@dataclass(slots=True)
class _Retries:
    """Hand-written retries of a module, found for one loop at a time; those by recursion all at once, by the `try` that they repeat."""

    finder: Finder
    loops: dict[int, RetryLoop | None] = field(default_factory=dict)
    recursions: dict[int, RetryLoop] | None = None


def _retries(build: Build, module: int) -> _Retries:
    from auditor.graph.build.retry_loops import finder_of

    memo: dict[int, _Retries] = build.memo.setdefault("retry loops", {})  # type: ignore[assignment]
    if module not in memo:
        finder = finder_of(build.engine, module, lambda e, p: number_of(build, e, p), lambda m, c: waits(build, m, c))
        memo[module] = _Retries(finder)
    return memo[module]


def hand_written(build: Build, module: int, block: int) -> RetryLoop | None:
    """The retry that a loop is, if it is one."""
    known = _retries(build, module)
    if block not in known.loops:
        known.loops[block] = None
        known.loops[block] = known.finder.loop(block)
    return known.loops[block]


def over_data(build: Build, module: int, block: int) -> bool:
    """Whether all loops of the function around a block are such as go through data with each turn, and try nothing again."""
    blocks = build.engine.modules[module].blocks
    while block >= 0 and blocks[block].kind not in OWN_SCOPES:
        if blocks[block].kind == "while" or (blocks[block].kind == "for" and hand_written(build, module, block) is not None):
            return False
        block = blocks[block].parent
    return True


def tries_again(build: Build, module: int, handler: int) -> bool:
    """Whether what a handler catches is tried again, by a loop around it or by calling the function again."""
    info = build.engine.modules[module].blocks[handler]
    body = next((b for b, other in enumerate(build.engine.modules[module].blocks) if handler in other.handlers), -1)
    block = info.parent
    while block >= 0 and build.engine.modules[module].blocks[block].kind not in OWN_SCOPES:
        if build.engine.modules[module].blocks[block].kind in ("for", "while"):
            retry = hand_written(build, module, block)
            if retry is not None and handler in retry.handlers:
                return True
        block = build.engine.modules[module].blocks[block].parent
    return recursive_retry(build, module, body) is not None


def recursive_retry(build: Build, module: int, block: int) -> str | None:
    """A `try` whose handler calls the function again, or a function that does on an answer: what it does is retried."""
    known = _retries(build, module)
    if known.recursions is None:
        known.recursions = {}
        known.recursions = {b: retry for retry in known.finder.recursions() for b in retry.retried}
    retry = known.recursions.get(block)
    return None if retry is None else retry_region(build, module, retry)[0]


def loop_region(build: Build, module: int, block: int, trail: list[int], order: int) -> list[str]:
    """Regions of one loop around a call in the statement `order`: a library's retry iterator, a hand-written retry (only around what it
    repeats), else a loop."""
    from auditor.graph.build.retries import iterator_region

    facts = build.engine.modules[module]
    info = facts.blocks[block]
    if info.kind == "for":
        region = iterator_region(build, module, block)
        if region is not None:
            return [region]
    rows: list[str] = []
    retry = hand_written(build, module, block) if info.kind in ("for", "while") else None
    answered = retry is not None and block not in retry.retried and _before(build, module, retry, order)
    if retry is not None and (answered or any(b in retry.retried for b in (*trail, block))):
        identity, only = retry_region(
            build, module, replace(retry, on=(), handlers=()) if answered else retry, ":answers" if answered else ""
        )
        rows.append(identity)
        if only:
            return rows
    at = build.location(module, info.line, info.column, info.end_line)
    identity = f"loop:{at.path}:{at.line}:{block}"
    loops: dict[str, tuple[int, int]] = build.memo.setdefault("loop blocks", {})  # type: ignore[assignment]
    loops[identity] = (module, block)
    rows.append(build.region(Region(identity, "loop", "", at)))
    return rows


def _before(build: Build, module: int, retry: RetryLoop, order: int) -> bool:
    """Whether a statement of a retry stands before what is tried, and each turn does the same."""
    blocks = build.engine.modules[module].blocks
    return (
        retry.mechanism == "loop" and retry.alike and bool(retry.handlers) and all(order < blocks[block].order for block in retry.retried)
    )


def _asked_anew(build: Build, module: int, retry: RetryLoop) -> tuple[str, bool]:
    """The retry of what stands before what is tried: that takes its answer, and where it fails the next turn asks anew. A failure of its
    own ends the loop."""
    return retry_region(build, module, replace(retry, on=(), handlers=()), ":answers")


def retry_region(build: Build, module: int, retry: RetryLoop, suffix: str = "") -> tuple[str, bool]:
    """The region, and whether it is a retry and nothing else. The node stands at the loop, of a recursion at the recursive call. `suffix`:
    of its id, where one loop is several."""
    info = build.engine.modules[module].blocks[retry.block]
    order = info.order if retry.site is None else build.engine.call(retry.site).order
    at = build.location(module, info.line, info.column, info.end_line) if retry.site is None else build.call_location(retry.site)
    qualname = build.qualname(module, order)
    callee = info.kind if retry.site is None else build.callee(retry.site)
    requests = not retry.handlers or of_requests(build, module, retry.handlers)
    attempts = retry.attempts
    if retry.paced and not requests and attempts.value is UNBOUNDED:
        attempts = unknown(PACED, unit="attempts")
    node = Retry(
        id=build.node_id("retry", at, suffix),
        name=callee,
        symbol=qualname,
        at=at,
        also=tuple(build.call_location(site) for site in retry.also),
        role=build.role(module),
        qualname=qualname,
        callee=callee,
        mechanism=retry.mechanism,
        attempts=attempts,
        window=retry.window or NONE,
        on=retry.on,
        backoff=Setting("it sleeps", "inferred") if retry.backoff else NONE,
        answers=not retry.on,
        quiet=retry.quiet,
        picks=retry.picks,
        refused=bool(retry.on) and build.base.refusals.issuperset(retry.on),
        of_requests=requests,
    )
    build.add(node)
    identity = f"retry:{at.path}:{at.line}:{retry.block}{suffix}"
    if retry.site is None:
        blocks: dict[str, tuple[int, int]] = build.memo.setdefault("retry blocks", {})  # type: ignore[assignment]
        blocks[identity] = (module, retry.block)
    only = retry.mechanism != "accidental" and (requests or attempts.value is not UNBOUNDED)
    return build.region(Region(identity, "retry", node.id, at)), only
