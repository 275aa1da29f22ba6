"""The query engine: memoised, cycle-safe and budgeted answers to "what can reach this expression?"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from auditor.facts.types import Binding, Call, Expr, ModuleFacts, Scope
from auditor.program.names import ModuleIndex
from auditor.program.origins.frames import Frames
from auditor.program.origins.run import NEVER, NONE, Run, joined
from auditor.program.origins.tables import Tables
from auditor.program.origins.types import (
    Class,
    Const,
    Entries,
    Func,
    Injector,
    Instance,
    Key,
    New,
    Origin,
    Origins,
    Partial,
    Place,
    Shared,
    Starter,
    Unresolved,
    unique,
)

MOST_ORIGINS = 64
MOST_STEPS = 2000
FEW_STEPS = MOST_STEPS // 20
LARGEST_CYCLE = 256
TOO_MANY = Unresolved(f"more than {MOST_ORIGINS} values can reach it")
TOLD = frozenset(("attr", "sub", "call"))
"""forms of which something may be told even where too much reaches them"""
RUNNING = (Class, Func, Instance, New, Partial)
TOO_MUCH: Origins = (Unresolved("too much reaches it to be followed"),)


def fewer(rows: Origins) -> Origins:
    """Too many values: the objects that one place makes for many callers are one, of which any caller may say how it is made. Of those
    that are too many still, what runs (objects, classes, functions), with a mark for the others; the mark alone where these are, too."""
    found = unique([replace(o, ctx=0) if isinstance(o, (New, Instance)) and o.ctx else o for o in rows])
    if len(found) <= MOST_ORIGINS:
        return found
    running = [o for o in found if isinstance(o, RUNNING)]
    return (*(running if len(running) < MOST_ORIGINS else ()), TOO_MANY)


class OverBudget(Exception):
    """A query took too many steps, or goes through too large a cycle; it unwinds to the outermost one."""


class Engine(Frames, Tables):
    """Holds the indexes of all modules and the memo. `readers`: how each form of expression is read; `fixed_name`: names that mean the
    same wherever they stand; `instead`: what is told where too much would have to be followed. `tests`: paths that say nothing of
    other files, `shows`: those whose calls only show how. `runners`: external name -> argument (position or name) that it calls.
    `fields`: external name that declares one -> places of its default and factory."""

    def __init__(
        self,
        modules: list[ModuleFacts],
        readers: Mapping[str, Callable[[Engine, Expr, Place], list[Origin]]],
        fixed_name: Callable[[Engine, str, Place], Origins | None],
        instead: Callable[[Engine, Expr, Place], Origins],
        runners: Mapping[str, int | str] | None = None,
        fields: Mapping[str, tuple[tuple[int | str, ...], str]] | None = None,
        package: str = "",
        tests: Collection[str] = (),
        shows: Collection[str] = (),
        starters: Mapping[str, Starter] | None = None,
        generics: Mapping[str, str] | None = None,
        kinds: Mapping[str, tuple[str, ...]] | None = None,
        shared: Shared | None = None,
        injectors: Mapping[str, Injector] | None = None,
        installed: Callable[[str, str], bool] | None = None,
    ) -> None:
        self.modules = sorted(modules, key=lambda m: m.path)
        self.is_test, self.is_shown = ([m.path in paths for m in self.modules] for paths in (tests, shows))
        self.readers = readers
        self.fixed_name = fixed_name
        self.instead = instead
        self.index = ModuleIndex(self.modules, package, installed)
        self.runners = dict(runners or {})
        self.starters = dict(starters or {})
        self.generics = dict(generics or {})
        self.kinds = dict(kinds or {})
        """external name -> what it makes an object of, nearest first"""
        self.shared = shared or Shared()
        self.injectors = dict(injectors or {})
        self.fields = dict(fields or {})
        Frames.__init__(self)
        Tables.__init__(self, self.modules)
        self.refs: list[tuple[Expr, Place]] = []
        self.ref_ids: dict[tuple[int, Place], int] = {}
        self.tables: dict[int, Entries] = {}
        self.synthetic: dict[Any, Expr] = {}
        self.made_by: dict[int, Key] = {}
        """id of such a container -> the call that makes it"""
        self.keywords_in: dict[int, Key] = {}
        """id of a dict of the keywords of a call -> the function that takes them as one"""
        self.memo: dict[Any, Any] = {}
        """for tables that others keep here; no answers"""
        self.made_up: dict[Key, Call] = {}
        """calls that are written nowhere as such: of what is handed to something that runs it, with the arguments given there"""
        self.answers: dict[Any, Origins] = {}
        self.over: set[Any] = set()
        self.cyclic: dict[Any, tuple[Origins, frozenset[int]]] = {}
        """answers out of cycles, and which cycles"""
        self.gone_through: dict[frozenset[int], frozenset[int]] = {}
        """those sets of cycles: the same few belong to many answers"""
        self.member_of: dict[Any, list[int]] = {}
        self.cycles: dict[frozenset[Any], int] = {}
        self.run = Run()
        self.bases: dict[Key, tuple[Origin, ...]] = {}
        self.orders: dict[Key, tuple[Key, ...]] = {}
        self.methods: dict[Key, dict[str, Key | None]] = defaultdict(dict)
        self.subclasses: dict[Key, list[Key]] | None = None
        self.resolving = 0
        self.asking: set[Any] = set()
        self.candidates: dict[Key, Any] = {}
        self.named_calls: dict[tuple[str, bool], Any] = {}
        self.fixed: list[dict[str, Origins | Binding | None] | None] = [None] * len(modules)

    # -- places and contexts

    def scope(self, key: Key) -> Scope:
        return self.modules[key[0]].scopes[key[1]]

    def call(self, site: Key) -> Call:
        calls = self.modules[site[0]].calls
        return calls[site[1]] if site[1] < len(calls) else self.made_up[site]

    def call_place(self, site: Key, ctx: int = 0) -> Place:
        return Place(site[0], self.call(site).order, ctx)

    def place_scope(self, place: Place) -> int:
        return self.modules[place.module].statements[place.order][0]

    def place_block(self, place: Place) -> int:
        return self.modules[place.module].statements[place.order][1]

    def line(self, place: Place) -> int:
        return self.modules[place.module].statements[place.order][2]

    def end_place(self, module: int, scope: int, ctx: int = 0) -> Place:
        """The end of a scope, for uses from elsewhere."""
        facts = self.modules[module]
        body = facts.scopes[scope].body
        order = next((o for o in range(facts.blocks[body].last_order, -1, -1) if facts.statements[o][:2] == (scope, body)), 0)
        return Place(module, order, ctx)

    def speaks_of(self, module: int, other: int) -> bool:
        """Whether what one module does says anything of another: what a test does, only of tests."""
        return self.is_test[module] <= self.is_test[other]

    def ref(self, expr: Expr, place: Place) -> int:
        key = (id(expr), place)
        found = self.ref_ids.get(key)
        if found is None:
            found = self.ref_ids[key] = len(self.refs)
            self.refs.append((expr, place))
        return found

    def made(self, key: Any, build: Callable[[], Expr]) -> Expr:
        """An expression that stands nowhere in the source, the same object for the same key."""
        found = self.synthetic.get(key)
        if found is None:
            found = self.synthetic[key] = build()
        return found

    # -- queries

    def origins(self, expr: Expr, place: Place) -> Origins:
        """What can reach `expr` at `place`: up to 64 origins."""
        kind = expr[0]
        if kind == "const":
            value = expr[1]
            return (Const(value, type(value).__name__, place.module, self.line(place)),)
        key = (id(expr), place)
        found = self.answers.get(key)
        if found is not None and (found is not TOO_MUCH or kind not in TOLD):
            return found
        if kind == "name":
            fixed = self.fixed_name(self, expr[1], place)
            if fixed is not None:
                return fixed
        reader = self.readers.get(kind)
        if reader is None:
            return (Unresolved("an expression that is not followed"),)
        found = self.query(key, reader, self, expr, place)
        return self.instead(self, expr, place) if found is TOO_MUCH and kind in TOLD else found

    def settled(self, expr: Expr, place: Place) -> tuple[Origins, bool]:
        """What can reach an expression, and whether that is settled: it depends on no query that still runs, and on no cycle."""
        low, cycles = self.run.low, self.run.cycles
        self.run.low, self.run.cycles = NEVER, NONE
        found = self.origins(expr, place)
        run = self.run
        settled = run.low == NEVER and not run.cycles and not self.resolving and found is not TOO_MUCH
        run.low, run.cycles = min(low, run.low), joined(cycles, run.cycles)
        return found, settled

    def query(self, key: Any, compute: Callable[..., list[Any]], *given: Any) -> Origins:
        """The answer of `compute`. A query met again while it runs yields nothing.

        An answer is remembered if it is the one that the query gives when it is asked first of all: then no order of the queries can
        change it. What depended on a query that still ran is kept until that one ends; an answer out of a cycle is not used while a
        member of the cycle runs, for as seen from there the cycle is cut elsewhere.
        """
        found = self.answers.get(key)
        if found is not None:
            return found
        run = self.run
        if run.active:
            pending = run.pending.get(key) if run.pending else None
            if pending is not None:
                rows, part, cycles = pending
                run.low = min(run.low, part.found().low)
                run.cycles = joined(run.cycles, cycles)
                return rows
            depth = run.active.get(key)
            if depth is not None:
                run.low = min(run.low, depth)
                return ()
        known = self.cyclic.get(key)
        if known is not None:
            rows, cycles = known
            if not run.busy or cycles.isdisjoint(run.busy):
                run.cycles = joined(run.cycles, cycles)
                return rows
        if self.over and key in self.over:
            if run.active:
                raise OverBudget
            return TOO_MUCH
        return self._run(key, compute, given) if run.active else self._outermost(key, compute, given)

    def _outermost(self, key: Any, compute: Callable[..., list[Any]], given: tuple[Any, ...]) -> Origins:
        """Over the budget the outermost query has no answer, nor has any that needs its answer. No member of a large cycle has one,
        wherever the cycle is entered: without them it is asked once more. Where next to nothing could be settled on the way, the
        queries that took nearly all the steps have no answer either: another try would end like this one."""
        run, known = self.run, len(self.answers) + len(self.cyclic)
        run.steps, run.low, run.cycles = 0, NEVER, NONE
        try:
            return self._run(key, compute, given)
        except (OverBudget, RecursionError):
            members = run.large(LARGEST_CYCLE)
            self.run = Run(run.steps)
            if members:
                for member in members:
                    self._remember(member, TOO_MUCH, self.cyclic[member][1] if member in self.cyclic else NONE)
                return self.query(key, compute, *given)
            self.over.add(key)
            if len(self.answers) + len(self.cyclic) - known < FEW_STEPS:
                self.over.update(k for k, begun in zip(run.active, run.begun, strict=True) if begun <= FEW_STEPS)
            return TOO_MUCH

    def _cycle(self, members: frozenset[Any]) -> int:
        """The number of a set of queries that need each other."""
        found = self.cycles.get(members)
        if found is None:
            found = self.cycles[members] = len(self.cycles)
            for member in members:
                self.member_of.setdefault(member, []).append(found)
        return found

    def _run(self, key: Any, compute: Callable[..., list[Any]], given: tuple[Any, ...]) -> Origins:
        run = self.run
        run.steps += 1
        if run.steps > MOST_STEPS:
            raise OverBudget
        depth = run.active[key] = len(run.active)
        run.begun.append(run.steps)
        member_of = self.member_of.get(key)
        if member_of:
            run.occupy(key, member_of)
        low, cycles, mark = run.low, run.cycles, len(run.parts)
        run.low, run.cycles = NEVER, NONE
        rows = unique(compute(*given))
        del run.active[key]
        run.begun.pop()
        result = rows if len(rows) <= MOST_ORIGINS else fewer(rows)
        if run.low >= depth:
            if member_of:
                run.release(key)
            self._complete(key, result, run.low == depth, mark)
        else:
            run.merge(key, mark)
            run.pending[key] = (result, run.parts[-1], run.cycles)
            if len(run.parts[-1].keys) > LARGEST_CYCLE:
                raise OverBudget
            low = min(low, run.low)
        run.low, run.cycles = low, joined(cycles, run.cycles)
        return result

    def _complete(self, key: Any, result: Origins, cut: bool, mark: int) -> None:
        """Remembers an answer that depends on nothing that still runs, and forgets what depended on it."""
        run = self.run
        members: list[Any] = [key] if cut else []
        if len(run.parts) > mark:
            for part in run.parts[mark:]:
                for member in part.keys:
                    del run.pending[member]
                    run.release(member)
                members.extend(part.keys)
            del run.parts[mark:]
        if key in self.answers:
            return
        if key in self.cyclic:
            run.cycles = joined(run.cycles, self.cyclic[key][1])
            return
        if members:
            run.cycles |= {self._cycle(frozenset(members))}
        self._remember(key, result, run.cycles)

    def _remember(self, key: Any, result: Origins, cycles: frozenset[int]) -> None:
        if cycles:
            self.cyclic[key] = (result, self.gone_through.setdefault(cycles, cycles))
        else:
            self.answers[key] = result

    def apart(self, compute: Callable[[], Any]) -> Any:
        """The result of `compute` as if no query ran: for what must not depend on who asks."""
        saved, known, self.run = self.run, len(self.cycles), Run()
        try:
            return compute()
        finally:
            self.run = saved
            if len(self.cycles) > known:
                for key in (*saved.active, *saved.pending):
                    saved.release(key)
                    saved.occupy(key, self.member_of.get(key, ()))

    def ahead(self, key: Any, asked: Iterable[tuple[Expr, Place]]) -> None:
        """Asks each of many for itself before a query (`key`) needs them all: so they have a budget each, and it is the same as without."""
        if key not in self.asking:
            self.asking.add(key)
            self.apart(lambda: [self.origins(expr, place) for expr, place in asked])
            self.asking.discard(key)

    def in_cycle(self) -> bool:
        """Whether what the running query has asked so far hangs on a query that runs around it."""
        return self.run.low != NEVER

    @property
    def steps(self) -> int:
        """Steps that the last outermost query took."""
        return self.run.steps
