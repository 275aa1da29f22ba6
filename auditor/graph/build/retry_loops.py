"""Retries written by hand: loops and recursion that do the same work again when it failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from auditor.core.values import UNBOUNDED, Setting, Unknown, alternatives, unknown
from auditor.facts.types import Call, Exit
from auditor.graph.build.loop_blocks import LOOPS, ROUND, Suites, is_true, suites, suppresses
from auditor.graph.build.loop_bounds import NOTHING
from auditor.graph.build.loop_checks import by_flag, own_checks
from auditor.graph.build.loop_counted import Limit, tightest
from auditor.graph.build.loop_doubts import doubt
from auditor.graph.build.loop_limits import Limits
from auditor.graph.build.loop_one_shots import one_shot
from auditor.graph.build.loop_polls import polls
from auditor.graph.build.loop_shortened import shortened
from auditor.graph.build.loop_sizes import Sizes
from auditor.graph.build.loop_skipped import skipped
from auditor.graph.build.loop_terms import Numbers, Waits, plain
from auditor.graph.build.loop_waiting import Waiting
from auditor.graph.build.retry_answers import asked, asked_at_limit, picks, waits_as_told
from auditor.graph.build.retry_heads import Heads
from auditor.graph.build.retry_paths import Turns
from auditor.graph.build.retry_progress import goes_on_for_more
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, Place

Mechanism: TypeAlias = Literal["loop", "accidental", "recursion"]


@dataclass(frozen=True, slots=True)
class RetryLoop:
    """`block`: the loop (of a recursion: the `except`, or the function); `attempts`: total tries.

    `on`: names of exceptions, `*`: everything, empty: a result.
    `retried`: the `try` blocks (or, for a result, the loop and all blocks inside, of a recursion the function) whose calls are repeated;
    `site`: the recursive call, the first of several; `also`: the others, which count on.
    `window`: seconds after which it gives up, where a clock limits it. `handlers`: those that lead to the next try.
    `quiet`: what is around it goes on without an error where the last try fails, too; `picks`: the code looks at the failure to decide if
    there is another try. `paced`: only failures lead to another turn, each after the time that it asks for: no answer is one. `alike`: no
    turn works on what an earlier one has left.
    """

    module: int
    block: int
    attempts: Setting
    mechanism: Mechanism
    on: tuple[str, ...]
    backoff: bool
    retried: tuple[int, ...]
    line: int
    site: Key | None = None
    also: tuple[Key, ...] = ()
    window: Setting | None = None
    handlers: tuple[int, ...] = ()
    quiet: bool = False
    picks: bool = False
    paced: bool = False
    alike: bool = False


def no_waits(_: int, __: Call) -> bool:
    return False


def retry_loops(engine: Engine, module: int, *, numbers: Numbers, waits: Waits = no_waits) -> list[RetryLoop]:
    """The hand-written retries of a module, in source order."""
    finder = finder_of(engine, module, numbers, waits)
    loops = [block for block, info in enumerate(finder.own.module.blocks) if info.kind in LOOPS]
    rows = [r for loop in loops if (r := finder.loop(loop)) is not None]
    rows.extend(finder.recursions())
    return sorted(rows, key=lambda r: (r.line, r.block))


def finder_of(engine: Engine, module: int, numbers: Numbers, waits: Waits = no_waits) -> Finder:
    own = suites(engine, module)
    tries: dict[int, list[int]] = {}
    for block, info in enumerate(own.module.blocks):
        if info.kind == "try" or (info.kind == "with" and suppresses(own.module, block)):
            loop = own.nearest_loop(block)
            if loop is not None:
                tries.setdefault(loop, []).append(block)
    return Finder(engine, module, own, numbers, waits, tries)


@dataclass(slots=True)
class Finder:
    engine: Engine
    module: int
    own: Suites
    numbers: Numbers
    waits: Waits
    tries: dict[int, list[int]]
    """loop -> the blocks in it that catch what fails"""

    def loop(self, loop: int) -> RetryLoop | None:
        """A loop as a retry: on exceptions of its `try`s, else on a result."""
        turns = Turns(self.engine, self.module, loop)
        if not turns.counts() or (self._waited(loop) and not turns.tries()):
            return None
        failing = {t: h for t in self.tries.get(loop, ()) if (h := self._failing(turns, t)) is not None}
        heads = {t: h for t, rows in failing.items() if (h := Heads(turns).repeating(t, rows))}
        if turns.takes() and not heads:
            return None
        failing = heads or failing
        mechanism = "loop" if heads else self._mechanism(turns, failing)
        if mechanism == "accidental" and not is_true(turns.info.expr) and polls(turns.view, loop):
            return None
        if mechanism is not None:
            handlers = tuple(h for rows in failing.values() for h in rows)
            on = tuple(dict.fromkeys(n for t, rows in failing.items() for n in self._caught(turns, t, rows)))
            made = self._made(turns, mechanism, tuple(failing), handlers)
            return replace(
                made,
                on=("*",) if "*" in on else on,
                handlers=handlers,
                quiet=turns.ends_quietly(),
                picks=any(picks(self.own, h, loop) for h in handlers),
                alike=turns.alike(),
                paced=bool(handlers) and all(waits_as_told(self.own, h) for h in handlers) and not self._goes_round_without(loop, handlers),
            )
        if not failing and self._on_result(turns):
            return self._made(turns, "loop", (loop, *self.own.nested(loop)), ())
        return None

    def _goes_round_without(self, loop: int, handlers: tuple[int, ...]) -> bool:
        """Whether a turn may lead to the next one through none of these handlers."""
        return bool(self.own.outcomes(loop, frozenset(self.own.statements[h][0] for h in handlers)) & ROUND)

    def _failing(self, turns: Turns, block: int) -> tuple[int, ...] | None:
        """The handlers that go round (none for `suppress`), if the `try` does something."""
        if not any(True for _ in self.own.calls_in(block)):
            return None
        if not turns.tries() and Waiting(self.engine, self.waits).suite(self.own, block) is not None:
            return None
        if self.own.module.blocks[block].kind == "with":
            return () if self.own.onward(self.own.statement(block), turns.loop) & ROUND else None
        return turns.failing(block) or None

    def _caught(self, turns: Turns, block: int, handlers: tuple[int, ...]) -> list[str]:
        if self.own.module.blocks[block].kind == "with":
            return ["*"]
        return [n for h in handlers for n in turns.names(h)]

    def _waited(self, loop: int) -> bool:
        """Whether each turn waits for somebody or something: then it is new work."""
        return Waiting(self.engine, self.waits).suite(self.own, loop) is not None

    def _mechanism(self, turns: Turns, failing: dict[int, tuple[int, ...]]) -> Mechanism | None:
        named = turns.named()
        best: Mechanism | None = None
        for block, handlers in failing.items():
            found = self._of_try(turns, block, handlers, named)
            if found == "loop":
                return "loop"
            best = best or found
        return best

    def _of_try(self, turns: Turns, block: int, handlers: tuple[int, ...], named: bool) -> Mechanism | None:
        after = turns.succeeding(block)
        flags = [straight for _, straight in turns.flags()]
        leaves = bool(after & {"break", "return"}) or bool(flags)
        goes_round = bool(after & ROUND) and not any(flags)
        if turns.indexes(block):
            return None
        if not leaves:
            return "accidental" if turns.uncounted(handlers) else None
        if not goes_round or named:
            return "loop"
        if turns.passes_target(block) or turns.feeds(handlers):
            return None
        consumes = turns.works_on(block) and not turns.gives(block)
        looks = turns.pauses(block) and not (turns.grows() or turns.carries())
        if not consumes and not looks and any("sleep" in c.last.lower() for h in handlers for c in self.own.calls_in(h)):
            return "loop"
        return "accidental" if turns.grows() else None

    def _on_result(self, turns: Turns) -> bool:
        """Whether the loop asks again until a test of the result holds."""
        found = self.own.outcomes(turns.loop)
        results = turns.results()
        flagged = any(straight for _, straight in turns.flags())
        if not (found & {"break", "return"} or flagged) or not turns.leaves_by(results) or turns.indexes(turns.loop):
            return False
        if goes_on_for_more(turns):
            return False
        if turns.named():
            return not turns.asks_on() and (not turns.consumes(results) or turns.feeds((turns.loop,)))
        unnamed = turns.info.kind == "for" and not turns.passes_target(turns.loop)
        return unnamed and not (turns.sleeps() or turns.grows() or turns.carries() or turns.consumes(results) or turns.steps())

    def _made(self, turns: Turns, mechanism: Mechanism, retried: tuple[int, ...], handlers: tuple[int, ...]) -> RetryLoop:
        work = min((self.own.statement(t) for t in retried if t != turns.loop), default=turns.info.order)
        limit = self._limit(turns, handlers)
        attempts = Setting(UNBOUNDED, "inferred", why=self._unlimited(turns), unit="attempts")
        window: Setting | None = None
        if turns.info.kind == "for":
            size = Sizes(self.engine, self.numbers, self.waits).of(turns.info.expr, Place(self.module, self.own.statement(turns.loop)))
            attempts = size.times if size.ends != "data" else unknown("how many delays there are can't be told")
        if limit is not None and limit.times.unit == "seconds":
            window = limit.times
            attempts = unknown("limited in time, not in number") if attempts.value is UNBOUNDED else attempts
        elif limit is not None:
            attempts = less(limit.tries(work), attempts)
        elif len(handlers) > 1:
            attempts = less(self._apart(turns, handlers, work) or attempts, attempts)
        if attempts.number is not None and turns.info.kind == "while":
            attempts = replace(attempts, value=attempts.number + len(turns.once(handlers)))
        if attempts.number is not None and self._tried_behind(turns, retried):
            attempts = replace(attempts, value=attempts.number + 1)
        if attempts.value is UNBOUNDED and window is None:
            attempts = self._once_more(turns, handlers) or attempts
        if attempts.value is UNBOUNDED and window is None:
            attempts = self._asked(turns, handlers)
        if attempts.value is UNBOUNDED and attempts.why == NOTHING:
            # Each handler that leads to the next try has to come to a count.
            signs = [doubt(self.engine, self.module, turns.loop, self.numbers, but=set(handlers) - {h}) for h in handlers or (turns.loop,)]
            why = signs[0] if None not in signs else self._shortened(turns, handlers)
            attempts = attempts if why is None else unknown(why)
        attempts = replace(attempts, unit="attempts")
        backoff = any("sleep" in c.last.lower() or "backoff" in c.last.lower() for c in self._outside(turns, retried, handlers))
        return RetryLoop(self.module, turns.loop, attempts, mechanism, (), backoff, retried, turns.info.line, window=window)

    def _tried_behind(self, turns: Turns, retried: tuple[int, ...]) -> bool:
        """Whether what comes next after the loop is what it returns each time (`while n > 1: try: return f(x) ...`, `return f(x)`)."""
        here = self.own.statement(turns.loop)
        behind = next((o for o in self.own.statements[turns.blocks[turns.loop].parent] if o > here), None)
        inside = {o for t in retried for o in self.own.orders(t)}
        scope = self.own.module.scopes[self.own.module.statements[here][0]]
        given = {e.order: self._called(e) for e in scope.exits if e.kind == "return"}
        return behind is not None and given.get(behind) is not None and {given[o] for o in given if o in inside} == {given[behind]}

    def _called(self, returned: Exit) -> tuple[object, ...] | None:
        """The call whose result is returned, without its place."""
        value = plain(returned.value)
        if value[0] != "call":
            return None
        call = self.own.module.calls[value[1]]
        return call.func, call.args, tuple((name, given) for name, given, _ in call.keywords)

    def _apart(self, turns: Turns, handlers: tuple[int, ...], work: int) -> Setting | None:
        """Where each handler counts its own failures: the first try, and those that each of them allows beyond it."""
        limits = [self._limit(turns, (handler,)) for handler in handlers]
        tries = [limit.tries(work) if limit is not None and limit.times.unit == "turns" else unknown("") for limit in limits]
        numbers = [one.number for one in tries if one.number is not None]
        if len(numbers) < len(handlers):
            return None
        return replace(tries[0], value=1 + sum(number - 1 for number in numbers), why="each kind of failure is counted apart")

    def _shortened(self, turns: Turns, handlers: tuple[int, ...]) -> str | None:
        """Where each failure shortens what is tried again."""
        rows = [[o for o in self.own.orders(h) if self._passed(turns, h, (o,))] for h in handlers]
        signs = [shortened(self.engine, self.module, orders, turns.loop) for orders in rows]
        return signs[0] if signs and None not in signs else None

    def _once_more(self, turns: Turns, handlers: tuple[int, ...]) -> Setting | None:
        """The tries that a flag allows which each failure sets."""
        limits = Limits(self.engine, self.module, turns.loop, self.numbers, self.waits)
        return one_shot(
            limits, lambda orders: all(self._passed(turns, h, tuple(orders)) for h in handlers) if handlers else limits.every_turn(orders)
        )

    def _asked(self, turns: Turns, handlers: tuple[int, ...]) -> Setting:
        """No limit; not known where each handler that leads to the next try asks somebody if there is to be one."""
        counters = {c.path for c in turns.changes if c.way in ("up", "down")}
        beyond = asked_at_limit(turns.view, turns.loop, counters)
        if beyond is not None:
            return unknown(f"beyond its limit it is tried again as long as {beyond}() says so, which is not known")
        names = [asked(turns.view, h, turns.behind(h), turns.loop, counters) for h in handlers]
        if not names or None in names:
            return Setting(UNBOUNDED, "inferred", why=self._unlimited(turns), unit="attempts")
        return unknown(f"it is tried again as long as {names[0]}() says so, which is not known")

    def _unlimited(self, turns: Turns) -> str:
        """Why nothing stops it, if a counter is there."""
        return skipped(Limits(self.engine, self.module, turns.loop, self.numbers, self.waits)) or NOTHING

    def _outside(self, turns: Turns, retried: tuple[int, ...], handlers: tuple[int, ...]) -> list[Call]:
        if not handlers:
            return list(self.own.calls_in(turns.loop))
        inside = {o for t in retried for o in self.own.orders(t)}
        return [c for o in turns.orders if o not in inside for c in self.own.calls.get(o, ())]

    def _limit(self, turns: Turns, handlers: tuple[int, ...]) -> Limit | None:
        """The tightest limit on going round after a failure."""
        limits = Limits(self.engine, self.module, turns.loop, self.numbers, self.waits)
        rows = limits.find()
        checks = list(own_checks(limits.view, turns.loop))
        for check in checks if handlers else ():
            # The same question may stand in each handler.
            same = [c for c in checks if (limits.counter(c), c.operator, c.bound) == (limits.counter(check), check.operator, check.bound)]
            orders = tuple(o for c in same for o in c.orders[:1])
            if check.before or (check.orders and all(self._passed(turns, h, orders) for h in handlers)):
                found = limits.evaluate(check, limits.own_changes, partial=True)
                counter = limits.counter(check)
                resets = (
                    []
                    if counter is None
                    else [r for r in limits.resets.each(check, counter) if self._meets(turns, r.order, handlers, r.later)]
                )
                if found is None or self._set_back(turns, counter, handlers) or any(r.certain for r in resets):
                    continue
                if resets:
                    rows.append(replace(found, times=unknown(resets[0].why), steady=False))
                    continue
                counted = (*found.counted, *by_flag(self.own, turns.changes, check, found.counted))
                if all(limits.every_turn(found.counted) or self._passed(turns, h, counted) for h in handlers):
                    rows.append(found)
        return tightest(rows)

    def _set_back(self, turns: Turns, counter: str | None, handlers: tuple[int, ...]) -> bool:
        """Whether a failure may follow or meet a statement that begins the count anew; a success may do that."""
        for change in turns.changes:
            if change.path == counter and change.way == "set" and change.growth is None and self._meets(turns, change.order, handlers):
                return True
        return False

    def _meets(self, turns: Turns, order: int, handlers: tuple[int, ...], fails: bool = False) -> bool:
        """Whether a failure may follow or meet a statement. `fails`: what it does may fail itself, in the end."""
        if turns.in_handler(order):
            return True
        for handler in handlers:
            opener = self.own.statement(handler)
            body = next(p for p in self.own.parts[opener] if self.own.module.blocks[p].kind == "try")
            inside = set(self.own.orders(body))
            later = fails or any(o > order and self.own.calls.get(o) for o in inside)
            if (order in inside and later) or order < opener or order in turns.behind(handler):
                return True
        return False

    def _passed(self, turns: Turns, handler: int, orders: tuple[int, ...]) -> bool:
        """Whether each path of a handler that goes round passes one of these statements."""
        return bool(orders) and not self.own.outcomes(handler, turns.ends(handler).union(orders)) & ROUND

    def recursions(self) -> list[RetryLoop]:
        """Functions that call themselves again when what they did failed."""
        from auditor.graph.build.retry_recursions import recursive_retries

        return recursive_retries(self)


def less(a: Setting, b: Setting) -> Setting:
    """Of two limits that both apply the smaller known one."""
    if a.number is not None and b.number is not None:
        return a if a.number <= b.number else b
    for one in (a, b):
        if one.number is not None:
            return one
    several = [one for one in (a, b) if one.state == "one_of"]
    for one in (*(s for s in several if not _may_be_endless(s)), *several):
        return one
    return a if isinstance(a.value, Unknown) else b


def _may_be_endless(setting: Setting) -> bool:
    return any(s.value is UNBOUNDED for s in alternatives(setting))
