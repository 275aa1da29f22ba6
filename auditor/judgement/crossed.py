"""What fails behind the calls in coroutines that enter plain code: it is mended at these calls, those of one file together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from auditor.core.location import Location, places
from auditor.graph.traces import Crossing
from auditor.graph.types import Call, Noun, Role
from auditor.judgement.roles import strongest
from auditor.judgement.severity import by_severity, severity_of
from auditor.judgement.types import EvidenceLine
from auditor.rules.constants import Constants
from auditor.rules.types import Verdict

MOST_NAMED, MOST_ELSEWHERE = 100, 6
"""places: all are to be mended, those in other files beside the finding"""
SEVERAL = " Likewise the other calls in coroutines that lead there."
GENERATOR = " It gives a generator: what reads that has to run there, too."
ONE_GENERATOR = " Where one of them gives a generator, what reads that has to run there, too."


def crossing_of(verdict: Verdict) -> Crossing | None:
    """Of a rule that takes together what is entered by such calls."""
    found: Crossing | None = getattr(verdict.subject, "crossing", None) if verdict.rule.together == "crossing" else None
    return found


def crossed(verdict: Verdict) -> Call | None:
    """The call that is to be mended, as an anchor."""
    found = crossing_of(verdict)
    if found is None:
        return None
    return Call(
        id=f"crossing:{found.at}:{found.at.column}",
        name=found.written,
        symbol=found.inside,
        at=found.at,
        role=found.role,
        qualname=found.inside,
        callee=found.written,
        written=found.written,
    )


def causes(failed: Iterable[Verdict], constants: Constants) -> dict[str, object]:
    """Anchor -> what is mended together: the calls of a file, in the same role, of which the worst that they lead to is as severe."""
    rows: dict[str, list[tuple[Verdict, Crossing]]] = defaultdict(list)
    for verdict in failed:
        anchor, found = crossed(verdict), crossing_of(verdict)
        if anchor is not None and found is not None:
            rows[anchor.id].append((verdict, found))
    return {
        anchor: (
            found[0][1].at.path,
            strongest(crossing.role for _, crossing in found),
            min(by_severity(severity_of(verdict, constants)) for verdict, _ in found),
        )
        for anchor, found in rows.items()
    }


def anchor_ids(verdict: Verdict) -> list[str]:
    """Of all that a verdict can be told at, the subject last."""
    anchor = crossed(verdict)
    return list(dict.fromkeys((*verdict.anchors, *([anchor.id] if anchor is not None else []), verdict.subject.id)))


def roles(verdicts: Iterable[Verdict]) -> list[Role]:
    """The roles of what is to be mended for each site, where that is no node."""
    return [found.role for v in verdicts if (found := crossing_of(v)) is not None]


def reached_by(anchor: Noun, verdicts: Sequence[Verdict]) -> str:
    """What the message says of the place that is shown, where that is no site."""
    calls, sites = _here(anchor, verdicts), len(verdicts)
    if not calls:
        return ""
    beside = f"{_at_least(verdicts)}{len(calls) - 1} other such {'call' if len(calls) == 2 else 'calls'} in this file"
    if len(calls) > 1 and sites > 1:
        others = f", and with {beside} to the {sites} blocking calls of this finding"
    elif len(calls) > 1:
        others = f", as {'does' if len(calls) == 2 else 'do'} {beside}"
    else:
        others = f", and to {sites - 1} other blocking {'call' if sites == 2 else 'calls'}" if sites > 1 else ""
    return f"; `{anchor.as_written}` here, called in a coroutine, leads to it{others}"


def also_by(anchor: Noun, verdicts: Sequence[Verdict]) -> list[EvidenceLine]:
    """All calls in coroutines of the file that lead to the same, and those of other files: these are to be mended, too."""
    calls = _here(anchor, verdicts)
    if not calls:
        return []
    away = [[at for at in found.others if at.path != anchor.at.path] for v in verdicts if (found := crossing_of(v)) is not None]
    ways = [found for found in away if found]
    counted = Counter(at for found in ways for at in found)
    where = places([at for at, _ in counted.most_common()], MOST_ELSEWHERE)
    count = f"{_at_least(verdicts)}{len(calls)}"
    here = f"{count} calls in coroutines of this file lead there, and each is to be mended: {places(calls, MOST_NAMED)}"
    beside = f"{len(ways)} of {len(verdicts)}: reached by calls in coroutines of other files, too, which are to be mended as well: {where}"
    return [EvidenceLine("crossing", text) for text, told in ((here, len(calls) > 1), (beside, ways)) if told]


def to_mend(anchor: Noun, verdicts: Sequence[Verdict], top: Verdict) -> str:
    """What the remedy says of further calls, and of one that gives a generator: that alone runs nothing."""
    found = crossing_of(top)
    if not isinstance(anchor, Call) or found is None:
        return ""
    several = len(_here(anchor, verdicts)) > 1 or any(row.others for v in verdicts if (row := crossing_of(v)) is not None)
    later = any(row.later for v in verdicts if (row := crossing_of(v)) is not None)
    return (SEVERAL if several else "") + (GENERATOR if found.later else ONE_GENERATOR if later else "")


def _at_least(verdicts: Sequence[Verdict]) -> str:
    return "at least " if any(row.more for v in verdicts if (row := crossing_of(v)) is not None) else ""


def _here(anchor: Noun, verdicts: Sequence[Verdict]) -> list[Location]:
    """The calls in coroutines of the file that is shown."""
    found = [row for v in verdicts if (row := crossing_of(v)) is not None]
    places_of = {at for row in found for at in (row.at, *row.others) if at.path == anchor.at.path}
    return sorted(places_of) if isinstance(anchor, Call) else []
