"""Lookups that go through a table: `for tool in tools: if tool.name == asked: ...`, `next(t for t in tools if t.name == asked)`."""

from __future__ import annotations

from auditor.graph.build.dispatch_answers import Trail
from auditor.graph.build.loop_terms import walk


def sought(trail: Trail) -> dict[str, int]:
    """The variables of loops and comprehensions over something else than the answer, a part of which is compared with one of the answer;
    each with the statement that compares."""
    body = trail.body
    turns: dict[int, set[str]] = {}
    for binding in body.bindings:
        if binding.kind == "for" and not trail.mentions(binding.value):
            turns.setdefault(binding.order, set()).add(binding.name)
    together = {name: names for names in turns.values() for name in names}
    rows: dict[str, int] = {}
    tests = [(body.module.blocks[t].order, body.module.blocks[t].expr) for t in body.tests] if turns else []
    for order, test in [*tests, *body.filters]:
        for part in walk(body.module, test):
            if part[0] == "cmp" and len(part[2]) == 1 and part[2][0][0] == "==":
                sides = part[1], part[2][0][1]
                for one, other in (sides, sides[::-1]):
                    if trail.mentions(other) and not trail.mentions(one):
                        found = (n for e in walk(body.module, one) if e[0] == "name" for n in together.get(e[1], ()))
                        rows.update(dict.fromkeys(found, order))
    return rows
