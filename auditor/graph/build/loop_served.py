"""Loops that are no turns of an agent although they come to a model: they serve, look again and again, or are pulled by who iterates."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_blocks import ROUND, Suites, is_true
from auditor.graph.build.loop_changes import View
from auditor.graph.build.loop_ends import Ends
from auditor.graph.build.loop_terms import arguments, path, paths, plain, root, walk

ENDS = frozenset(("break", "return"))
KEPT = frozenset(("assign", "unpack"))


def served(ends: Ends) -> bool:
    """Whether whoever is outside decides on each next turn."""
    return pulled(ends.view, ends.loop) or serves(ends)


def pulled(view: View, loop: int) -> bool:
    """Whether each turn of a generator hands something out and reads what it is sent for it, or there is no end but that nobody asks on."""
    own = view.suites
    yields = frozenset(o for o in own.orders(loop) if o in own.yields)
    if not yields or own.outcomes(loop, yields) & ROUND:
        return False
    if is_true(own.module.blocks[loop].expr) and not own.outcomes(loop) & ENDS:
        return True
    read = frozenset(o for o in yields if any(e[0] == "yield" for b in own.bindings.get(o, ()) for e in walk(own.module, b.value)))
    return bool(read) and not own.outcomes(loop, read) & ROUND


def serves(ends: Ends) -> bool:
    """Whether a loop that only a failure ends sleeps or waits between its jobs, and nothing that a model said goes on into the next one."""
    return is_endless(ends) and bool(ends.pauses()) and not _carried(ends, ends.by_answers)


def is_endless(ends: Ends) -> bool:
    """Whether nothing but a failure leaves a `while True`."""
    own, loop = ends.own, ends.loop
    if own.module.blocks[loop].kind != "while" or not is_true(own.module.blocks[loop].expr):
        return False
    if not own.outcomes(loop) & ENDS:
        return True
    leaving = [own.chain(own.block_of(order), loop) or [] for order, _ in ends.exit_tests()]
    return bool(leaving) and all(any(own.module.blocks[b].kind == "except" for b in chain) for chain in leaving)


def made_anew(ends: Ends) -> str | None:
    """Of a loop without an end, of whose turns no answer goes on into the next one, the call that makes anew what each turn asks."""
    own, model = ends.own, ends.by_answers
    if not is_endless(ends) or _carried(ends, model):
        return None
    made = {b.name: v for o in ends.orders for b in own.bindings.get(o, ()) if (v := plain(b.value))[0] == "call" and b.kind in KEPT}
    for order in ends.orders:
        for call in own.calls.get(order, ()):
            if call.index not in ends.model_calls or _holds_answers(call, model):
                continue
            for name, value in made.items():
                if value[1] not in ends.model_calls and any(name in paths(own.module, a) for a in arguments(call)):
                    source = own.module.calls[value[1]]
                    return f"each turn may be a job of its own: {source.last}() in line {source.line} makes what it asks anew"
    return None


def _holds_answers(call: Call, model: set[str]) -> bool:
    """Whether an object that is asked keeps what the model said."""
    base = path(call.func[1]) if call.func[0] == "attr" else None
    return base is not None and any(p.startswith(f"{base}.") for p in model)


def _carried(ends: Ends, model: set[str]) -> bool:
    """Whether a turn asks with what depends on a model's answer of an earlier turn, or asks only if that says so. `model`: what depends on
    an answer."""
    first: dict[str, int] = {}
    kept: set[str] = set()
    for order in ends.orders:
        read = {p for e in _read(ends.own, order) for p in paths(ends.own.module, e)} if model else set()
        kept |= {name for name in read & model if order <= first.get(name, order)}
        for binding in ends.own.bindings.get(order, ()):
            first.setdefault(binding.name, order)
    carried = ends.spread(set(), kept) if kept else kept
    return any(ends.depends(e, set(), carried) for e in _asking(ends))


def _asking(ends: Ends) -> Iterator[Expr]:
    """What the requests of a turn are made of, and the conditions on which they are made."""
    for order in ends.orders:
        for call in ends.own.calls.get(order, ()):
            if call.index in ends.model_calls:
                yield from (call.func, *arguments(call))
                yield from (ends.own.module.blocks[b].expr for b in ends.conditions(order))


def _read(own: Suites, order: int) -> Iterator[Expr]:
    """All expressions of a statement."""
    for call in own.calls.get(order, ()):
        yield call.func
        yield from call.args
        yield from (v for _, v, _ in call.keywords)
    yield from (b.value for b in own.bindings.get(order, ()))
    yield from (s.value for s in own.stores.get(order, ()))
    exit_ = own.exits.get(order)
    if exit_ is not None:
        yield exit_.value
    yield from (own.module.blocks[p].expr for p in own.parts.get(order, ()) if own.module.blocks[p].kind in ("if", "while", "for"))


def polled(ends: Ends) -> bool:
    """Whether each turn sleeps, and all exits that seem to be a model's ask what the turn has read anew from elsewhere before."""
    own = ends.own
    pauses = ends.pauses()
    if not pauses or own.outcomes(ends.loop, pauses) & ROUND:
        return False
    model = ends.tainted(ends.model_calls)
    fresh = {name: order for name in model if (order := _read_anew(ends, name, model)) is not None}
    asked_first = False
    for order, tests in ends.exit_tests():
        if any(e[0] == "call" and e[1] in ends.model_calls for t in tests for e in walk(own.module, t)):
            return False
        mentioned = {root(p) for t in tests for p in paths(own.module, t) if p in model}
        if not mentioned <= set(fresh):
            return False
        asked_first = asked_first or any(fresh[n] < order < _next_set(ends, n, fresh[n]) for n in mentioned)
    return asked_first


def _read_anew(ends: Ends, name: str, model: set[str]) -> int | None:
    """The statement of each turn that sets a variable without a model, before anything else does."""
    own = ends.own
    rows = [(o, b) for o in ends.orders for b in own.bindings.get(o, ()) if b.name == name]
    if not rows:
        return None
    order, binding = rows[0]
    chain = own.chain(own.block_of(order), ends.loop)
    straight = chain is not None and all(own.module.blocks[b].kind in ("try", "with") for b in chain)
    called = any(e[0] == "call" for e in walk(own.module, binding.value))
    mine = straight and called and not ends.depends(binding.value, ends.model_calls, model)
    return order if mine else None


def _next_set(ends: Ends, name: str, order: int) -> int:
    return min((o for o in ends.orders if o > order and any(b.name == name for b in ends.own.bindings.get(o, ()))), default=1 << 30)


def watches(ends: Ends) -> str | None:
    """Of a loop that looks again and again if there is something to ask a model: the turns in which there is not sleep or wait, and no
    answer that the loop itself reads says which ones these are, or goes on into the next one."""
    own = ends.own
    asking = frozenset(o for o in ends.orders for c in own.calls.get(o, ()) if c.index in ends.model_calls)
    pauses = ends.pauses()
    if not asking or not pauses or not own.outcomes(ends.loop, asking) & ROUND or own.outcomes(ends.loop, asking | pauses) & ROUND:
        return None
    read = ends.spread(ends.model_calls, set())
    tests = [b for order in asking for b in ends.deciding(order)]
    if not tests or any(ends.depends(own.module.blocks[b].expr, ends.model_calls, read) for b in tests) or _carried(ends, read):
        return None
    line = max(1, own.module.blocks[tests[0]].line)
    return f"turns that ask no model sleep or wait: line {line} asks if there is something to ask, and what changes that is not known"
