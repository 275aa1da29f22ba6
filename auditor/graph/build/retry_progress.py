"""Loops that go round for more: an answer asks for something by a text, gets it, and the next turn works with that."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.loop_blocks import ROUND
from auditor.graph.build.loop_terms import arguments, parts, path, paths, plain, root, walk
from auditor.graph.build.retry_paths import Turns

EQUAL = ("==", "in")


def goes_on_for_more(turns: Turns) -> bool:
    """Whether each way round gets what an answer asks for by a text: a failure asks for nothing, so that no turn tries it again."""
    results = turns.results()
    got = {o for order in turns.orders for block in turns.own.parts.get(order, ())[:1] for o in _got(turns, block, results)}
    return bool(got) and not turns.own.outcomes(turns.loop, frozenset(got)) & ROUND


def _got(turns: Turns, block: int, results: set[str]) -> Iterator[int]:
    """The statements of an `if` about such a text that keep what a call gives, and hand it on to what the turn reads elsewhere."""
    info = turns.blocks[block]
    if info.kind != "if" or not _asks(turns, info.expr, results):
        return
    inside = turns.own.orders(block)
    made = {c.path for c in turns.changes if c.way == "set"}
    read = {root(p) for o in turns.orders if o not in inside for e in turns.expressions(o) for p in paths(turns.facts, e)} - made
    for order in inside:
        kept = {b.name for b in turns.own.bindings.get(order, ()) if b.kind == "assign" and plain(b.value)[0] == "call"}
        if any(kept & given and to in read for later in inside if later > order for to, given in _handed(turns, later)):
            yield order


def _handed(turns: Turns, order: int) -> Iterator[tuple[str, set[str]]]:
    """To which variables a statement hands something on, and what it mentions."""
    for call in turns.own.calls.get(order, ()):
        to = path(call.func[1]) if call.func[0] == "attr" else None
        if to is not None:
            yield root(to), {p for a in arguments(call) for p in paths(turns.facts, a)}
    for store in turns.own.stores.get(order, ()):
        to = path(store.base)
        if to is not None:
            yield root(to), paths(turns.facts, store.value)


def _asks(turns: Turns, test: Expr, results: set[str]) -> bool:
    """`answer["status"] == "more"`, also with something that has to hold besides."""
    test = plain(test)
    if test[:2] == ("bool", "and"):
        return any(_asks(turns, part, results) for part in test[2])
    if test[0] != "cmp" or len(test[2]) != 1:
        return False
    [(operator, right)] = test[2]
    texts = parts(right) if right[0] == "seq" else (right,)
    said = bool(texts) and all(e[0] == "const" and isinstance(e[1], str) and e[1] for e in texts)
    return operator in EQUAL and said and any(path(e) in results for e in walk(turns.facts, test[1]))
