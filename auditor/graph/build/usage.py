"""Whether what a model call uses is recorded: its result's usage is read, or something around it counts."""

from __future__ import annotations

from auditor.core.location import Location
from auditor.core.values import Setting, absent, unknown
from auditor.facts.types import Call, Expr
from auditor.graph.build.bare import is_bare
from auditor.graph.build.calls import RUNS, Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.endpoints import says_no_usage
from auditor.graph.build.loop_terms import root, walk
from auditor.graph.build.matching import matches
from auditor.graph.build.served_runs import HANDED_ON, SERVED
from auditor.graph.build.usage_estimates import Estimates, unresolved_calls
from auditor.graph.build.usage_filled import filled
from auditor.graph.build.usage_given import GivenBack
from auditor.graph.build.usage_handed import handed_usage
from auditor.graph.build.usage_logged import Logged
from auditor.graph.build.usage_reaching import LAST, NO, Reached
from auditor.graph.build.usage_reads import Reads
from auditor.graph.build.usage_search import Search, given_away, joined, leaves, speaking
from auditor.graph.build.wrapper_answers import Inside, Out, comes_out, decorated_answers, handed_over
from auditor.graph.types import ModelCall
from auditor.program.origins.callers import callers
from auditor.program.origins.objects import method
from auditor.program.origins.types import Class, Func, Key, Place

DEEPEST = 3
MOST_PLACES = 60
MOST_GUESSES = 12


def usage(build: Build) -> None:
    """Fills `usage_recorded` of all model calls."""
    by_tracing: dict[str, Setting] = build.memo.get("usage by tracing", {})  # type: ignore[assignment]
    finder = _Finder(build)
    logged = Logged(build)
    served: set[str] = build.memo.get(SERVED, set())  # type: ignore[assignment]
    for (kind, site), node in sorted(build.by_site.items()):
        call = build.graph.nodes.get(node)
        if kind != "model_call" or not isinstance(call, ModelCall):
            continue
        if _reports_none(build, site):
            build.change(node, usage_recorded=absent("its answers say nothing of usage"))
            continue
        traced = by_tracing.get(node)
        if traced is not None and traced.value is True:
            build.change(node, usage_recorded=traced)
            continue
        own = finder.of_call(site, node) if node not in served else unknown(HANDED_ON)
        if own.value is not True:
            own = logged.of_call(call, site) or own
        if own.value is not True and traced is not None and traced.state in ("unknown", "absent"):
            own = traced
        build.change(node, usage_recorded=own)
    for run in [n for n in build.graph.nodes.values() if isinstance(n, ModelCall) and n.call in RUNS]:
        if run.usage_recorded.value is False:
            build.change(run.id, usage_recorded=finder.of_inner(run))
    handed_usage(build, finder.attributes, finder.reads.read)


def _reports_none(build: Build, site: Key) -> bool:
    """Whether no answer of the call says what was used."""
    rows: list[Alternative] = build.memo.get("call matches", {}).get(site, [])  # type: ignore[attr-defined]
    return bool(rows) and all(r.match.form.usage == "none" or says_no_usage(build, r.match, site) for r in rows)


class _Finder:
    def __init__(self, build: Build) -> None:
        self.build = build
        self.attributes = {a.rsplit(".", 1)[-1] for a in build.base.usage_attributes()}
        counting = build.base.usage_calls
        self.counters = build.spellings(n.rsplit(".", 1)[-1] for n in (*counting.functions, *(p for _, p in counting.methods)))
        self.anywhere = any(
            a in self.attributes and orders
            for number, m in enumerate(build.engine.modules)
            if build.role(number) != "test"
            for a, orders in m.reads.items()
        )
        self.keepers = {k.package: k.usage.kept for k in build.base.files if k.usage is not None and k.usage.kept}
        self.onward: dict[str, set[str]] = {}
        self.callers: dict[str, set[str]] = {}
        for site in build.ways():
            self.callers.setdefault(site.target, set()).add(site.caller)
        self.contexts = self._contexts()
        self.estimates = Estimates(build)
        self.given = GivenBack(build, self.attributes)
        self.reads = Reads(build, self.attributes, self.counters, self.given)

    def of_call(self, site: Key, node: str) -> Setting:
        counted = self.contexts.get(node)
        if counted is not None:
            return Setting(True, "inferred", at=counted, why="a counter of usage encloses it")
        model = self.build.graph.nodes[node]
        search = Search(streams=isinstance(model, ModelCall) and model.streams, framework=site in self.build.engine.made_up)
        rows: list[Alternative] = self.build.memo.get("call matches", {}).get(site, [])  # type: ignore[attr-defined]
        search.raw = any(r.match.form.endpoint is not None for r in rows)
        call = self.build.engine.call(site)
        whole = not is_bare(self.build, site)
        self._follow(search, self.build.function_of(site[0], call.order), {call.index}, set(), 0, whole)
        if search.found is not None:
            return Setting(True, "inferred", at=search.found, why="the usage of its result is read")
        if search.missed is not None:
            return Setting(False, "inferred", at=search.missed, why=f"line {search.missed.line} of {search.missed.path} {search.elsewhere}")
        if search.estimated is not None:
            return unknown(f"its tokens are counted from its text in line {search.estimated.line} of {search.estimated.path}: an estimate")
        if search.doubt:
            return unknown(search.doubt)
        if search.framework and self.anywhere:
            return unknown("the answer is kept by a framework, and usage is read elsewhere in the program")
        kept = next((r.match.form.kept_by for r in rows if r.match.form.kept_by), self.keepers.get(model.framework))
        if kept:
            return unknown(f"the usage is kept by {kept}, and it is not known whether anybody reads it there")
        if search.given:
            self.build.change(node, passed_whole=True)
        if search.partly is not None:
            why = f"line {search.partly.line} of {search.partly.path} reads it of the last answer alone"
            return Setting(False, "inferred", at=model.at, why=why)
        return Setting(False, "inferred", why="nothing reads the usage of its result")

    def of_inner(self, run: ModelCall) -> Setting:
        """What a run uses is recorded where each call inside is."""
        found = [self.build.graph.nodes.get(i) for i in sorted(self._closure(run.id))]
        inner = [n.usage_recorded for n in found if isinstance(n, ModelCall) and n.call == "llm"]
        if inner and all(s.value is True for s in inner):
            return Setting(True, "inferred", at=inner[0].at, why="the usage of the calls inside is recorded")
        if any(s.value is False for s in inner):
            return run.usage_recorded
        return next((s for s in inner if s.state == "unknown"), run.usage_recorded)

    # -- the result

    def _follow(self, search: Search, fn: Key, calls: set[int], names: set[str], depth: int, whole: bool) -> None:
        """`whole`: the result itself comes in, not a part of it; only then it matters where it goes on unread."""
        key = (fn, frozenset(calls), frozenset(names))
        if key in search.seen or search.found is not None or search.missed is not None:
            return
        if len(search.seen) > MOST_PLACES or search.left[0] <= 0:
            search.cut = True
            return
        search.left[0] -= 1
        search.seen.add(key)
        trail = self.given.back(fn, follow(self.build, fn, calls=calls, names=names), names, search.raw)
        entire = self._entire(search, fn, calls, names) if whole else None
        out = comes_out(self.build, trail)
        kept = comes_out(self.build, entire) if entire is not None and (out.sure or out.open) else Out()
        if out.sure:
            trail = self.given.back(fn, follow(self.build, fn, calls=trail.calls | out.sure, names=names), names, search.raw)
        if kept.sure:
            calls = calls | kept.sure
            entire = self._entire(search, fn, calls, names)
        self._through(search, out.inside, depth, bool(kept.sure))
        self.reads.note(search, trail)
        if whole and search.found is None:
            self.reads.shown(search, fn, calls, names)
        search.found = search.found or (filled(self.build, entire, self.attributes) if entire is not None else None)
        search.estimated = search.estimated or self.estimates.of(fn, trail)
        if search.found is None:
            self._handed(search, trail, entire, depth, calls | out.sure)
        if search.found is None:
            self._stored(search, fn, trail, depth)
        if search.found is None:
            self._enclosed_by(search, fn, trail, entire, depth)
        if search.found is None:
            self._returned(
                search, fn, trail, self._unpacked(fn, entire) if search.raw and entire is not None and depth == 0 else entire, depth
            )
        if search.found is None and out.open:
            self._guess(search, [(fn[0], index) for index in sorted(out.open)], depth, bool(kept.open), "is handed what asks")

    def _entire(self, search: Search, fn: Key, calls: set[int], names: set[str]) -> Trail:
        return self.given.back(fn, follow(self.build, fn, calls=calls, names=names, entire=True, streams=search.streams), names, search.raw)

    def _through(self, search: Search, inside: list[Inside], depth: int, whole: bool) -> None:
        for fn, calls in inside:
            search.wrappers.add(fn)
            self._follow(search, fn, set(calls), set(), depth + 1, whole)

    def _unpacked(self, fn: Key, entire: Trail) -> Trail:
        """Where the answer goes, as it is or as the text or JSON that it consists of."""
        media = self.build.base.media
        made = {c.index for c in entire.body.calls if c.last in media.parsed and c.func[0] == "attr" and entire.part(c.func[1])}
        names = {f"{name}.{part}" for name in entire.names for part in (*media.text, *media.bytes)}
        return follow(self.build, fn, calls=entire.calls | made, names=entire.names | names, entire=True)

    # -- where it goes

    def _handed(self, search: Search, trail: Trail, entire: Trail | None, depth: int, asking: set[int]) -> None:
        """Arguments of other calls: followed into functions of the program, in doubt elsewhere."""
        reached = Reached(self.build, trail)
        for call in trail.body.calls:
            given = [(i, a) for i, a in enumerate(call.args)] + [(n, v) for n, v, _ in call.keywords]
            parts = [(where, part) for where, a in given for part in (a[1] if a[0] == "fstr" else (a,))]
            hits = [hit for hit in parts if reached.level(hit[1], call.order) != NO]
            if call.index in asking or not hits or search.found is not None:
                continue
            last = all(reached.level(part, call.order) == LAST for _, part in hits)
            whole = entire is not None and any(entire.part(a) for _, a in hits)
            for origin in self.build.engine.origins(call.func, Place(trail.body.number, call.order)):
                target = self._constructor(origin) if isinstance(origin, Class) else origin
                search.cut = search.cut or (whole and depth >= DEEPEST)
                if isinstance(target, Func) and depth < DEEPEST:
                    self._into(search, target, hits, depth, whole)
                    search.keep_last(last)
                elif isinstance(origin, Class) and whole:
                    search.doubt = search.doubt or "the answer is kept in an object that is not followed"
                elif whole and leaves(origin, call):
                    search.doubt = search.doubt or given_away(self.build, origin, (trail.body.number, call.index))

    def _constructor(self, cls: Class) -> Func | None:
        fn = method(self.build.engine, cls.cls, "__init__")
        return Func(fn, cls, 0) if fn is not None else None

    def _into(self, search: Search, func: Func, hits: list[tuple[int | str | None, Expr]], depth: int, whole: bool) -> None:
        params = self.build.engine.scope(func.fn).params
        shift = 1 if func.owner is not None else 0
        names: set[str] = set()
        for where, _ in hits:
            if isinstance(where, int):
                names.update(p.name for p in params[where + shift : where + shift + 1])
            else:
                names.update(p.name for p in params if p.name == where)
        if names:
            self._follow(search, func.fn, set(), names, depth + 1, whole)

    def _stored(self, search: Search, fn: Key, trail: Trail, depth: int) -> None:
        """`self.last = answer`: read in another method of the class."""
        scope = self.build.engine.scope(fn)
        owner = scope.parent
        if owner < 0 or trail.body.module.scopes[owner].kind != "class" or not scope.params or depth >= DEEPEST:
            return
        own = scope.params[0].name
        kept = {n.split(".", 1)[1] for n in trail.names if n.startswith(f"{own}.")}
        for child in trail.body.module.scopes[owner].children if kept else ():
            other = trail.body.module.scopes[child]
            if other.kind == "function" and other.params and child != fn[1]:
                self._follow(search, (fn[0], child), set(), {f"{other.params[0].name}.{k}" for k in kept}, depth + 1, False)

    def _enclosed_by(self, search: Search, fn: Key, trail: Trail, entire: Trail | None, depth: int) -> None:
        """Functions written inside this one that read its variables (a generator around the stream)."""
        for scope in sorted(trail.body.scopes):
            for child in trail.body.module.scopes[scope].children:
                inner = trail.body.module.scopes[child]
                if inner.kind != "function":
                    continue
                own = {p.name for p in inner.params} | inner.bindings.keys()
                for names, whole in ((entire.names if entire is not None else set(), True), (trail.names, False)):
                    seen = {n for n in names if root(n) not in own}
                    if seen:
                        self._follow(search, (fn[0], child), set(), seen, depth, whole)

    def _returned(self, search: Search, fn: Key, trail: Trail, entire: Trail | None, depth: int) -> None:
        """Returned or yielded: followed into the callers, or to where what calls the function gives it back."""
        if fn in search.wrappers:
            return
        scope = self.build.engine.scope(fn)
        leaving = [(e.value, e.order) for e in scope.exits if e.kind == "return"] + list(scope.yields)
        reached = Reached(self.build, trail)
        level = max((reached.level(*e) for e in leaving), default=NO)
        if level == NO:
            return
        given = [e for e, _ in leaving]
        whole = entire is not None and any(entire.part(e) for e in given)
        frames = callers(self.build.engine, fn) if depth < DEEPEST else ()
        over, inside = handed_over(self.build, fn) if frames else ({}, [])
        self._through(search, inside, depth, whole)
        if depth < DEEPEST:
            self._decorated(search, fn, depth, whole)
        search.keep_last(level == LAST)
        sites = list(dict.fromkeys((*(s for rows in over.values() for s in rows), *(f.site for f in frames if f.site not in over))))
        if len(sites) > 1:
            joined(search, [(self.build.call_location(s), self._apart(search, s, depth, whole)) for s in speaking(self.build, fn, sites)])
        for site in sites if len(sites) == 1 else ():
            self._follow(search, self._around(site), {site[1]}, set(), depth + 1, whole)
        search.keep_last(level == LAST)
        if search.found is None and search.missed is None and depth < DEEPEST:
            self._perhaps(search, fn, depth, whole)
        search.cut = search.cut or (whole and depth >= DEEPEST)
        if frames or search.found is not None or not whole:
            return
        by_node = any(not c.startswith("fn:") for c in self.callers.get(self.build.function_id(fn), ()))
        if by_node or depth >= DEEPEST or ("entry_point", fn) in self.build.by_function:
            search.framework = search.given = True
        else:
            search.doubt = search.doubt or "the answer is returned to code that is not read"

    def _decorated(self, search: Search, fn: Key, depth: int, whole: bool) -> None:
        """What the wrappers of decorators do with it, before the callers get it."""
        for inner, calls in decorated_answers(self.build, fn):
            module, scope = self.build.engine.modules[inner[0]], self.build.engine.scope(inner)
            if any(("name", scope.name) in walk(module, e.value) for e in module.scopes[scope.parent].exits):
                search.wrappers.add(inner)
            self._follow(search, inner, set(calls), set(), depth + 1, whole)

    def _around(self, site: Key) -> Key:
        return self.build.function_of(site[0], self.build.engine.call(site).order)

    def _apart(self, search: Search, site: Key, depth: int, whole: bool) -> Search:
        """What becomes of the answer that one of several calls gets."""
        inner = search.apart()
        fn = self._around(site)
        self._follow(inner, fn, {site[1]}, set(), depth + 1, whole)
        alive = fn[1] == 0 or self.build.function_id(fn) in self.callers or ("entry_point", fn) in self.build.by_function
        inner.cut = inner.cut or not alive
        return inner

    def _perhaps(self, search: Search, fn: Key, depth: int, whole: bool) -> None:
        if not search.doubt:
            self._guess(search, unresolved_calls(self.build, fn)[:MOST_GUESSES], depth, whole, "may run it")

    def _guess(self, search: Search, sites: list[Key], depth: int, whole: bool, why: str) -> None:
        for site in sites if not search.doubt else ():
            guess = Search(search.seen, streams=search.streams)
            self._follow(guess, self.build.function_of(site[0], self.build.engine.call(site).order), {site[1]}, set(), depth + 1, whole)
            at = guess.found or guess.estimated
            if at is not None:
                what = "reads its usage" if guess.found is not None else "counts its tokens"
                call = self.build.call_location(site)
                search.doubt = f"line {call.line} of {call.path} {why}, and line {at.line} of {at.path} {what}"
                return

    # -- counters around calls

    def _contexts(self) -> dict[str, Location]:
        """Model calls inside `with counter():`, and those of runs that a counter is given to."""
        rows: dict[str, Location] = {}
        if not self.counters:
            return rows
        for number, call in self.build.calls():
            if call.last not in self.counters or not matches(self.build, self.build.base.usage_calls, (number, call.index)):
                continue
            at = self.build.call_location((number, call.index))
            inside = {node for target in self._enclosed(number, call) for node in self._closure(target)} & self.build.graph.nodes.keys()
            for node in inside:
                if self.build.role(number) != "test" or self.build.graph.nodes[node].role == "test":
                    rows.setdefault(node, at)
        return rows

    def _enclosed(self, number: int, call: Call) -> set[str]:
        """What the counter itself runs, what runs in the body of its `with`, or gets it as an argument in the same function."""
        module = self.build.engine.modules[number]
        at = self.build.call_location((number, call.index))
        rows = {s.target for s in self.build.graph.flow.sites if s.at == at}
        lines = [(b.line, b.end_line) for b in module.blocks if b.kind == "with" and ("call", call.index) in b.items]
        trail = follow(self.build, self.build.function_of(number, call.order), calls={call.index}, names=set())
        others = [c for c in trail.body.calls if c.index != call.index]
        lines.extend((c.line, c.end_line) for c in others if any(trail.part(a) for a in (*c.args, *(v for _, v, _ in c.keywords))))
        for first, last in lines:
            start, end = self.build.location(number, first).line, self.build.location(number, last).line
            rows.update(s.target for s in self.build.graph.flow.sites if s.at.path == module.path and start <= s.at.line <= end)
        return rows

    def _closure(self, target: str) -> set[str]:
        if not self.onward:
            for site in self.build.graph.flow.sites:
                self.onward.setdefault(site.caller, set()).add(site.target)
        seen, todo = {target}, [target]
        while todo:
            for each in self.onward.get(todo.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        return seen
