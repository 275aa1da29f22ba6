"""What one outermost query keeps while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditor.program.origins.types import Origins

NONE: frozenset[int] = frozenset()
NEVER = 1 << 30


def joined(first: frozenset[int], second: frozenset[int]) -> frozenset[int]:
    """Both sets of cycles; no new one where one of them is all."""
    if not second or first is second:
        return first
    return first | second if first else second


class Part:
    """Queries whose answers hang on one that still runs, at depth `low`; `depth`: of the one that asked; parts that hang together join."""

    __slots__ = ("depth", "into", "keys", "low")

    def __init__(self, keys: list[Any], low: int, depth: int) -> None:
        self.keys, self.low, self.depth = keys, low, depth
        self.into: Part | None = None

    def found(self) -> Part:
        part = self
        while part.into is not None:
            part = part.into
        return part


class Run:
    """State of one outermost query. `active`: queries that run -> depth; `begun`: at which step each did; `pending`: answers that hold
    until one of them ends; `low`: the lowest depth that the running query depends on; `cycles`: those that it went through; `busy`:
    cycle -> members that are active or pending."""

    __slots__ = ("active", "begun", "busy", "cycles", "held", "low", "parts", "pending", "steps")

    def __init__(self, steps: int = 0) -> None:
        self.active: dict[Any, int] = {}
        self.begun: list[int] = []
        self.pending: dict[Any, tuple[Origins, Part, frozenset[int]]] = {}
        self.parts: list[Part] = []
        self.busy: dict[int, int] = {}
        self.held: dict[Any, tuple[int, ...]] = {}
        self.cycles = NONE
        self.low = NEVER
        self.steps = steps

    def occupy(self, key: Any, cycles: Iterable[int]) -> None:
        """The query runs, or waits: answers out of its cycles cannot be used."""
        held = self.held[key] = tuple(cycles)
        for cycle in held:
            self.busy[cycle] = self.busy.get(cycle, 0) + 1

    def release(self, key: Any) -> None:
        for cycle in self.held.pop(key, ()):
            self.busy[cycle] -= 1
            if not self.busy[cycle]:
                del self.busy[cycle]

    def merge(self, key: Any, mark: int) -> None:
        """The parts since `mark` and this query become one."""
        parts = self.parts[mark:]
        del self.parts[mark:]
        largest = max(parts, key=lambda p: len(p.keys), default=None)
        if largest is None:
            self.parts.append(Part([key], self.low, len(self.active) - 1))
            return
        for part in parts:
            if part is not largest:
                largest.keys.extend(part.keys)
                part.into = largest
        largest.keys.append(key)
        largest.depth = len(self.active) - 1
        largest.low = min(self.low, *(p.low for p in parts))
        self.parts.append(largest)

    def large(self, least: int) -> list[Any]:
        """The queries in cycles of more than `least`: a part and all that run between the lowest that it depends on and the one that
        asked for it need each other."""
        rows: list[tuple[int, int, list[Part]]] = []
        for part in sorted(self.parts, key=lambda p: p.low):
            if rows and part.low <= rows[-1][1]:
                low, depth, parts = rows.pop()
                rows.append((low, max(depth, part.depth), [*parts, part]))
            else:
                rows.append((part.low, part.depth, [part]))
        members: list[Any] = []
        running = list(self.active)
        for low, depth, parts in rows:
            found = [*running[low : depth + 1], *(key for part in parts for key in part.keys)]
            if len(found) > least:
                members.extend(found)
        return members
