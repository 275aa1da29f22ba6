"""One limit of a loop: what it allows as written, and exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from auditor.core.values import Setting, Unknown, alternatives, badness, merge
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_checks import Check
from auditor.graph.build.loop_terms import Numbers, builtin, plain

UNIT_ORDER = ("turns", "seconds", "usd", "tokens")


@dataclass(frozen=True, slots=True)
class Limit:
    """`times` is the bound as written, or the exact turns for a loop's own test.

    `first`: where the counter starts; `step`: what a turn adds; `counted`: orders of the statements that count; `low`: where a falling
    counter ends; `steady`: whether each turn counts at all.
    """

    times: Setting
    check: Check
    first: float | None = None
    step: float = 1
    counted: tuple[int, ...] = ()
    low: float | None = None
    steady: bool = True

    def tries(self, work: int) -> Setting:
        """How often the statement `work` runs until the limit holds, exactly where the start is known."""
        rows = alternatives(self.times)
        if self.first is None or self.check.before or self.check.view.order is not None or self.times.unit != "turns":
            return self.times
        exact = [self._exactly(row, work, self.first) for row in rows]
        return exact[0] if len(exact) == 1 else merge(exact, undecided=bool(getattr(self.times.value, "undecided", False)))

    def _exactly(self, setting: Setting, work: int, first: float) -> Setting:
        bound, asked = setting.number, self.check.at.order
        if bound is None:
            return setting
        own = self.check.view.suites
        # What counts in another handler does not run in the turn that asks here.
        here = [o for o in self.counted if own.chain(own.block_of(asked), own.block_of(o)) is not None] or self.counted
        late = 0 if here and max(here) < asked else 1
        distance = bound - first if self.low is None else first - self.low
        beyond = self.check.operator in (">", "<")
        turns = late + (math.floor(distance / self.step) + 1 if beyond else math.ceil(distance / self.step))
        return replace(setting, value=max(1, turns if work < asked else turns - 1), unit=self.times.unit)


@dataclass(frozen=True, slots=True)
class Counted:
    """A check whose counter counts steadily up. `offset`: what is added before it is compared."""

    check: Check
    offset: float
    first: float | None
    step: float = 1
    orders: tuple[int, ...] = ()
    unit: str = "turns"


def tightest(limits: Iterable[Limit]) -> Limit | None:
    """The smallest known limit, turns first; else one that can't be read; else one that is switched off."""
    rows = list(limits)
    known = [r for r in rows if r.times.state in ("set", "default", "one_of") and badness(r.times)[0] == 1]
    if known:
        return min(known, key=lambda r: (UNIT_ORDER.index(r.times.unit or "turns"), badness(r.times)[1]))
    unread = [r for r in rows if isinstance(r.times.value, Unknown)]
    return unread[0] if unread else (rows[0] if rows else None)


def counted_by_for(view: View, loop: int, numbers: Numbers) -> Iterator[tuple[str, float]]:
    """The names that an endless or enumerating `for` counts up, each with its start."""
    own = view.suites
    order, expr = own.statement(loop), plain(own.module.blocks[loop].expr)
    name = builtin(view.engine, own.module.calls[expr[1]], view.module) if expr[0] == "call" else None
    for binding in own.bindings.get(order, ()):
        if (name in ("count", "range") and binding.detail == ()) or (name == "enumerate" and binding.detail == (0,)):
            args = own.module.calls[expr[1]].args
            position = 1 if name == "enumerate" else 0
            given = args[position] if len(args) > position and (name != "range" or len(args) > 1) else ("const", 0)
            yield binding.name, numbers(given, view.place(order)).number or 0
