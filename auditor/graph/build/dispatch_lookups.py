"""Lookups that go through a table: `for tool in tools: if tool.name == asked: ...`, `next(t for t in tools if asked in t.names())`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.facts.types import Binding, ModuleFacts
from auditor.graph.build.dispatch_answers import Trail
from auditor.graph.build.loop_terms import walk


@dataclass(frozen=True, slots=True)
class Sought:
    """A variable of a loop or comprehension that is compared with a part of the answer in the statement `at`; its name stands for it from
    the statement `first` to `last`."""

    name: str
    at: int
    first: int
    last: int

    def holds(self, order: int) -> bool:
        """Whether the name stands for it in a statement."""
        return self.first <= order <= self.last


def sought(trail: Trail) -> list[Sought]:
    """The variables of loops and comprehensions over something else than the answer that are compared with it."""
    body = trail.body
    turns: dict[int, list[Sought]] = {}
    for binding in body.bindings:
        if binding.kind == "for" and not trail.mentions(binding.value):
            turns.setdefault(binding.order, []).append(_variable(body.module, binding, body.bindings))
    together = [(one, rows) for rows in turns.values() for one in rows]
    found: dict[Sought, None] = {}
    tests = [(body.module.blocks[t].order, body.module.blocks[t].expr) for t in body.tests] if turns else []
    for order, test in [*tests, *body.filters] if turns else ():
        for part in walk(body.module, test):
            if part[0] == "cmp" and len(part[2]) == 1 and part[2][0][0] in ("==", "in"):
                sides = part[1], part[2][0][1]
                for one, other in (sides, sides[::-1]) if part[2][0][0] == "==" else (sides[::-1],):
                    if trail.mentions(other) and not trail.mentions(one):
                        names = {e[1] for e in walk(body.module, one) if e[0] == "name"}
                        compared = (rows for each, rows in together if each.name in names and each.holds(order))
                        found.update((replace(v, at=order), None) for rows in compared for v in rows)
    return list(found)


def _variable(module: ModuleFacts, binding: Binding, others: list[Binding]) -> Sought:
    block = module.blocks[binding.block]
    if module.scopes[block.scope].kind == "comp":
        return Sought(binding.name, -1, block.order, block.last_order)
    later = (b.order - 1 for b in others if b.name == binding.name and b.order > binding.order)
    return Sought(binding.name, -1, binding.order, min(later, default=len(module.statements)))
