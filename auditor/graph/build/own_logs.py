"""Conversations that the program writes down itself: a list that a model is asked with, that gets its answers, and that is saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import ADDING, Trail, follow
from auditor.graph.build.loop_terms import arguments, path
from auditor.graph.build.own_records import Records
from auditor.graph.types import ModelCall
from auditor.knowledge.tracing import SavesForm
from auditor.program.origins.callers import callers
from auditor.program.origins.types import Ext, Func, Key, Place

DEEPEST = 3
MOST_PLACES = 40
NOTHING: frozenset[str] = frozenset()


def own_logs(build: Build) -> None:
    """Fills `logged` of model calls. Where it cannot be followed, it is left open: such a log only makes missing spans less bad."""
    finder = _Finder(build, {name: form for k in build.base.files for form in k.saves for name in form.names})
    records = Records(build)
    for (kind, site), node in sorted(build.by_site.items()):
        call = build.graph.nodes.get(node)
        if kind == "model_call" and isinstance(call, ModelCall) and call.traced.value is not True:
            found = finder.of_answer(site, 0, set()) or records.of_answer(site)
            if found is not None:
                build.change(node, logged=Setting(True, "inferred", at=found, why="what the model answered is written there"))


@dataclass(slots=True)
class _Finder:
    build: Build
    forms: dict[str, SavesForm]
    last: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.build.spellings(name.rpartition(".")[2] for name in self.forms)

    def of_answer(self, site: Key, depth: int, seen: set[tuple[Key, frozenset[str]]]) -> Location | None:
        """Where the list that a call is given, and to which its answer is added, is saved; else of the callers that get the answer."""
        if (site, NOTHING) in seen or len(seen) > MOST_PLACES:
            return None
        seen.add((site, NOTHING))
        call = self.build.engine.call(site)
        fn = self.build.function_of(site[0], call.order)
        trail = follow(self.build, fn, calls={call.index}, names=set())
        given = {name for a in arguments(call) if (name := path(a)) is not None}
        grown = {path(c.func[1]) for c in trail.body.calls if c.last in ADDING and c.func[0] == "attr" and any(map(trail.part, c.args))}
        found = self._saved(fn, given & grown, 0, seen) if given & grown else None
        if found is not None or depth >= DEEPEST or not any(trail.part(e.value) for e in self.build.engine.scope(fn).exits):
            return found
        above = (self.of_answer(frame.site, depth + 1, seen) for frame in callers(self.build.engine, fn))
        return next((at for at in above if at is not None), None)

    def _saved(self, fn: Key, names: set[str], depth: int, seen: set[tuple[Key, frozenset[str]]]) -> Location | None:
        key = fn, frozenset(names)
        if key in seen or depth > DEEPEST or len(seen) > MOST_PLACES:
            return None
        seen.add(key)
        trail = follow(self.build, fn, calls=set(), names=names, entire=True)
        for call in trail.body.calls:
            if call.last in self.last and self._saves(trail, fn, call):
                return self.build.call_location((fn[0], call.index))
        onward = (self._saved(other, held, depth + 1, seen) for other, held in self._onward(trail, fn))
        return next((at for at in onward if at is not None), None)

    def _saves(self, trail: Trail, fn: Key, call: Call) -> bool:
        """Whether a call writes down the list, or makes the text of it that another one writes."""
        origins = self.build.engine.origins(call.func, Place(fn[0], call.order))
        forms = [self.forms[o.name] for o in origins if isinstance(o, Ext) and o.name in self.forms]
        if not any(trail.part(a) for form in forms for a in call.args[form.of : form.of + 1]):
            return False
        writers = {name for form in forms for name in form.written}
        if any(not form.written for form in forms):
            return True
        text = follow(self.build, fn, calls={call.index}, names=set(), texts=frozenset())
        return any(c.last in writers and c.func[0] == "attr" and any(map(text.part, c.args)) for c in trail.body.calls)

    def _onward(self, trail: Trail, fn: Key) -> Iterator[tuple[Key, set[str]]]:
        """Functions that are given the list, callers that gave it, and methods that read the attribute which holds it."""
        scope = self.build.engine.scope(fn)
        for call in trail.body.calls:
            hits = [i for i, a in enumerate(call.args) if trail.part(a)]
            named = {n for n, v, _ in call.keywords if n is not None and trail.part(v)}
            for origin in self.build.engine.origins(call.func, Place(fn[0], call.order)) if hits or named else ():
                if isinstance(origin, Func):
                    params = [p.name for p in self.build.engine.scope(origin.fn).params]
                    shift = 1 if origin.owner is not None else 0
                    yield origin.fn, {params[i + shift] for i in hits if i + shift < len(params)} | named.intersection(params)
        owner = scope.parent
        in_class = owner >= 0 and trail.body.module.scopes[owner].kind == "class" and bool(scope.params)
        yield from self._given(fn, [p.name for p in scope.params[in_class:]], trail.names)
        kept = {n.partition(".")[2] for n in trail.names if in_class and n.startswith(f"{scope.params[0].name}.")}
        for child in trail.body.module.scopes[owner].children if kept else ():
            other = trail.body.module.scopes[child]
            if other.kind == "function" and other.params and child != fn[1]:
                yield (fn[0], child), {f"{other.params[0].name}.{attribute}" for attribute in kept}

    def _given(self, fn: Key, params: list[str], names: Iterable[str]) -> Iterator[tuple[Key, set[str]]]:
        wanted = [(i, name) for i, name in enumerate(params) if name in names]
        for frame in callers(self.build.engine, fn) if wanted else ():
            call = self.build.engine.call(frame.site)
            given = [v for i, name in wanted for v in (*call.args[i : i + 1], *(v for n, v, _ in call.keywords if n == name))]
            held = {name for value in given if (name := path(value)) is not None}
            if held:
                yield self.build.function_of(frame.site[0], call.order), held
