"""Retries written by hand around calls that are not read: what they repeat may leave the process, and what it is cannot be told."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.location import Location
from auditor.core.values import unknown
from auditor.facts.types import Call
from auditor.graph.build.caught import may_be_request
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import LOOPS, suites
from auditor.graph.build.loop_terms import callees as functions
from auditor.graph.build.matching import callees
from auditor.graph.build.retry_loops import RetryLoop
from auditor.graph.build.retry_regions import hand_written, retry_region
from auditor.graph.build.undecided import is_undecided
from auditor.program.origins.types import Key

DEEPEST = 2
UNREAD = "what {}() in line {} calls cannot be told"
OF_LIBRARY = "{}() in line {} calls what nothing is known about"


def unread_retries(build: Build) -> None:
    """Adds the loops that try again what fails where nothing of it is known: they are no retry of paid work, nor of none."""
    told = {row.at for row in build.graph.unknowns}
    for number, module in enumerate(build.engine.modules):
        if build.role(number) == "test":
            continue
        own = suites(build.engine, number)
        for block, info in enumerate(module.blocks):
            if info.kind not in LOOPS or not any(module.blocks[b].handlers for b in own.nested(block)):
                continue
            retry = hand_written(build, number, block)
            if retry is None or retry.mechanism != "loop" or not any(may_be_request(build, number, h) for h in retry.handlers):
                continue
            known = set(build.graph.nodes)
            rows = sorted(_unread(build, retry, told))
            if rows:
                region, _ = retry_region(build, number, retry)
                noun = build.graph.flow.regions[region].noun
                if noun not in known:
                    build.change(noun, repeats=unknown(rows[0][2]))


def _unread(build: Build, retry: RetryLoop, told: set[Location]) -> Iterator[tuple[bool, int, str]]:
    """Why it cannot be told what is tried again, where its result is kept first."""
    own = suites(build.engine, retry.module)
    for block in retry.retried:
        for call in own.calls_in(block):
            name = build.written(retry.module, call.func)
            found = [o for o, _ in callees(build, (retry.module, call.index))]
            if _is_told(build, retry.module, call, told, DEEPEST):
                yield call.dropped, call.line, OF_LIBRARY.format(name, call.line)
            elif found and all(is_undecided(build, o) for o in found):
                yield call.dropped, call.line, UNREAD.format(name, call.line)


def _is_told(build: Build, module: int, call: Call, told: set[Location], depth: int) -> bool:
    """Whether a call, or one in the functions of the program that it calls, is one into a library that nothing is known about."""
    if build.call_location((module, call.index)) in told:
        return True
    below = functions(build.engine, call, module) if depth else ()
    return any(_is_told(build, f.fn[0], inner, told, depth - 1) for f in below for inner in _calls(build, f.fn))


def _calls(build: Build, fn: Key) -> list[Call]:
    own, body = suites(build.engine, fn[0]), build.engine.scope(fn).body
    return list(own.calls_in(body)) if body >= 0 else []
