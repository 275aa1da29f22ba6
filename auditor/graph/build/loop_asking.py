"""The turns of a loop that ask a model: those that go round behind the question, and those that count before it."""

from __future__ import annotations

from collections.abc import Collection

from auditor.graph.build.loop_blocks import FALL, FALLS, ROUND, Suites, suppresses

NO_ORDERS: frozenset[int] = frozenset()


def counts_where_asked(own: Suites, loop: int, asking: frozenset[int], wanted: frozenset[int], last: frozenset[int] = NO_ORDERS) -> bool:
    """Whether each turn that comes to one of the `asking` statements passes one of the `wanted` ones: the others ask nobody. `last`:
    statements after which there is no other turn."""
    return bool(asking) and all(_before(own, loop, o, wanted) or not goes_round(own, loop, o, wanted | last) for o in asking)


def _before(own: Suites, loop: int, order: int, wanted: frozenset[int]) -> bool:
    """Whether one of these surely runs before a statement in each turn that comes to it."""
    around = own.chain(own.block_of(order), loop)
    return around is not None and any(o < order and own.block_of(o) in (loop, *around) for o in wanted)


def goes_round(own: Suites, loop: int, order: int, blocked: frozenset[int], but: Collection[int] = ()) -> bool:
    """Whether what follows a statement goes round, or what catches its failure, and passes none of the `blocked` ones. `but`: handlers that
    are left out."""
    chain = own.chain(own.block_of(order), loop)
    if chain is None:
        return True
    blocks = own.module.blocks
    # Of an inner loop it is not known which of its turns is the last one.
    first = next((own.statement(b) for b in reversed(chain) if blocks[b].kind in ("for", "while")), order)
    found = own.of_statement(first, blocked)
    if first not in blocked and ("continue" in found or (FALL in found and own.onward(first, loop, blocked) & ROUND)):
        return True
    for block in chain:
        after = [own.outcomes(h, blocked) for h in blocks[block].handlers if h not in but] if blocks[block].kind == "try" else []
        if blocks[block].kind == "with" and suppresses(own.module, block):
            after.append(FALLS)
        ends = {o for outcomes in after for o in outcomes}
        if "continue" in ends or (FALL in ends and own.onward(own.statement(block), loop, blocked) & ROUND):
            return True
    return False
