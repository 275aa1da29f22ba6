"""The total attempts of each model call, its retry layers multiplied, before a change and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED, Unknown, badness
from auditor.graph.types import ModelCall, Noun
from auditor.judgement.types import Attempts, Total


@dataclass(frozen=True, slots=True)
class CallAttempts:
    """A model call, what it is recognised by, and its total attempts."""

    name: str
    at: Location
    qualname: str
    callee: str
    total: Total


def attempts_of(nodes: Iterable[Noun]) -> list[CallAttempts]:
    """In source order, without tests; of several values the worst."""
    calls = sorted((n for n in nodes if isinstance(n, ModelCall) and n.role != "test"), key=lambda n: (n.at, n.id))
    return [CallAttempts(_name(call), call.at, call.qualname, call.callee, _total(call)) for call in calls]


def changed(before: Sequence[CallAttempts], after: Sequence[CallAttempts], *, paths: Collection[str]) -> tuple[Attempts, ...]:
    """Calls that are new, gone, or of other attempts, in source order; `paths`: the files that there are now.

    A call is known again by file, function and callee, the n-th by the n-th; once more without the file where that is gone.
    """
    rows: list[Attempts] = []
    old, new = list(before), list(after)
    for placed in (True, False):
        by_key: dict[Hashable, list[CallAttempts]] = defaultdict(list)
        for call in old:
            if placed or call.at.path not in paths:
                by_key[_key(call, placed)].append(call)
        taken: set[int] = set()
        rest: list[CallAttempts] = []
        for call in new:
            known = by_key[_key(call, placed)]
            if not known:
                rest.append(call)
                continue
            base = known.pop(0)
            taken.add(id(base))
            if base.total != call.total and not (isinstance(base.total, Unknown) and isinstance(call.total, Unknown)):
                rows.append(Attempts(call.name, call.at, base.total, call.total))
        old, new = [call for call in old if id(call) not in taken], rest
    rows += [Attempts(call.name, call.at, None, call.total) for call in new]
    rows += [Attempts(call.name, call.at, call.total, None) for call in old]
    return tuple(sorted(rows, key=lambda row: (row.at, row.name)))


def _key(call: CallAttempts, placed: bool) -> Hashable:
    return (call.at.path if placed else None, call.qualname, call.callee)


def _name(call: ModelCall) -> str:
    return call.qualname if call.qualname != "<module>" else call.callee


def _total(call: ModelCall) -> Total:
    """Without retries there is one try."""
    setting = call.total_attempts
    if setting.state == "absent":
        return 1
    rank, number = badness(setting)
    if rank == 2:
        return UNBOUNDED
    return number if rank == 1 else setting.value if isinstance(setting.value, Unknown) else Unknown("its value is no number")
