"""The way from the entry point through loop and retry to the call, as a code flow that says the factor of each step."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, prod

from auditor.graph.traces import TraceStep
from auditor.judgement.types import Finding
from auditor.reports.sarif.places import Json, Places
from auditor.reports.sarif.words import clean, factor

FLOW_LIMIT = 1000
LEAST_STEPS = 2


def flow(finding: Finding, places: Places) -> list[Json]:
    """Its steps, those outside the git root left out; of a way that is too long the middle, too. Nothing where there is no way to show."""
    rows = []
    for step, text in zip(finding.trace, _told(finding.trace), strict=True):
        location = places.location(step.at, text)
        if location is not None:
            rows.append({"location": location, "importance": "essential" if step.times else "important"})
    if len(rows) > FLOW_LIMIT:
        rows = [*rows[: FLOW_LIMIT // 2], *rows[-FLOW_LIMIT // 2 :]]
    return rows if len(rows) >= LEAST_STEPS else []


def _told(trace: tuple[TraceStep, ...]) -> Iterator[str]:
    """What happens at each step, its factor, and what all factors so far make together."""
    factors: list[float | None] = []
    for step in trace:
        what, times = clean(step.what), factor(step.times)
        if not times or what.endswith(times):
            yield what
            continue
        factors.append(_number(step.times or ""))
        known = [number for number in factors if number is not None]
        several = len(known) == len(factors) > 1
        yield f"{what}: {times}" + (f", together {prod(known):,.15g}" if several else "")


def _number(times: str) -> float | None:
    try:
        number = float(times)
    except ValueError:
        return None
    return number if isfinite(number) else None
