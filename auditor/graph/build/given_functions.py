"""Calls that run a function which they are given: whether that is made of a prompt, and asks a model, or is one of the program."""

from __future__ import annotations

from dataclasses import replace

from auditor.graph.build.arguments import argument, refs
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match, in_words
from auditor.graph.build.things import objects
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.forms import GivenForm
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Const, Ext, Func, Item, Key, New, Origin, Origins, Partial, Place, Result

DEEPEST = 4
WHY = "it runs a function of which it cannot be told whether it asks a model"


def by_given(build: Build, found: list[Match[CallForm]], site: Key) -> list[Match[CallForm]]:
    """The matches of a call without those that ask no model: such a call runs functions of the program, or it cannot be told."""
    rows: list[Match[CallForm]] = []
    for match in found:
        if match.form.given is None:
            rows.append(match)
            continue
        given = _Given(build, match, match.form.given, site)
        asks = given.asks()
        if asks is None:
            unknown = NotUnderstood(match.package, in_words(build, match), build.call_location(site), WHY)
            build.memo.setdefault("undecided calls", {})[site] = unknown  # type: ignore[index]
            build.memo.setdefault("harmless calls", set()).add(site)  # type: ignore[attr-defined]
        elif asks:
            rows.append(match)
        else:
            native_runs(build)[site] = list(dict.fromkeys(given.functions))
            rows.append(replace(match, form=match.form.model_copy(update={"noun": "none", "settings": {}, "client": None})))
    return rows


def native_runs(build: Build) -> dict[Key, list[Key]]:
    """Call -> the functions of the program that it runs."""
    known: dict[Key, list[Key]] = build.memo.setdefault("native runs", {})  # type: ignore[assignment]
    return known


def unknown_functions(build: Build) -> list[NotUnderstood]:
    """The calls of which it cannot be told."""
    known: dict[Key, NotUnderstood] = build.memo.get("undecided calls", {})  # type: ignore[assignment]
    return list(known.values())


class _Given:
    """What a call is given. `functions`: those of the program that are among it."""

    def __init__(self, build: Build, match: Match[CallForm], form: GivenForm, site: Key) -> None:
        self.build, self.match, self.form, self.site = build, match, form, site
        self.functions: list[Key] = []

    def asks(self) -> bool | None:
        """Whether all that it can be given is made of a prompt; False: it is none of that; None: it cannot be told."""
        found: Origins = (self.match.thing.origin,) if self.match.thing is not None else ()
        if self.form.argument != "receiver":
            found = argument(self.build, self.form.argument, self.site, 0, self.match.partials) or ()
        rows = {self._of(o, 0) for o in found if not (isinstance(o, Const) and o.value is None)}
        if not rows and self.form.name is not None:
            rows = self._named(argument(self.build, self.form.name, self.site, 0, self.match.partials) or ())
        return rows.pop() if len(rows) == 1 else None

    def _of(self, origin: Origin, depth: int) -> bool | None:
        while isinstance(origin, Partial):
            origin = origin.target
        if isinstance(origin, Func):
            self.functions.append(origin.fn)
            return False
        if isinstance(origin, Item):
            return self._only(self._named((Const(origin.key, "str", self.site[0], 0),)))
        if isinstance(origin, (New, Result)) and depth < DEEPEST:
            call = self.build.engine.call(origin.site) if origin.site[1] >= 0 else None
            given = {name for name, _, _ in call.keywords} if call is not None else set()
            if not given.isdisjoint(self.form.asks_with):
                return True
            if self.form.native_with in given:
                return self._all(argument(self.build, self.form.native_with, origin.site, origin.ctx) or (), depth + 1)
            by = self.form.found_by.get(origin.method) if isinstance(origin, Result) else None
            if by is not None:
                return self._only(self._named(argument(self.build, by, origin.site, origin.ctx) or ()))
        types = [t.type for t in objects(self.build, (origin,))]
        if self._are(types, self.form.asks):
            return True
        return False if self._are(types, self.form.native) else None

    def _all(self, found: Origins, depth: int) -> bool | None:
        return self._only({self._of(o, depth) for o in found})

    @staticmethod
    def _only(answers: set[bool | None]) -> bool | None:
        return answers.pop() if len(answers) == 1 else None

    def _are(self, types: list[str], wanted: list[str]) -> bool:
        known = [self.build.base.type_id(self.match.package, name) or name for name in wanted]
        return bool(types) and all(any(self.build.base.is_a(t, k) for k in known) for t in types)

    def _named(self, names: Origins) -> set[bool | None]:
        """Whether names are those of functions made of a prompt, or of the program, and of nothing else."""
        rows: set[bool | None] = set()
        for name in names:
            known = _registered(self.build, self.form).get(str(name.value), []) if isinstance(name, Const) else []
            others = isinstance(name, Const) and self._is_given_to_another(str(name.value))
            self.functions.extend(known)
            rows.add(others if bool(known) != others else None)
        return rows

    def _is_given_to_another(self, name: str) -> bool:
        """Whether a function made of a prompt is given a name, as far as it is written there."""
        keywords = {r for r in refs(self.form.name) if isinstance(r, str)} if self.form.name is not None else set()
        return any(
            any(k in keywords and v == ("const", name) for k, v, _ in call.keywords)
            and any(k in self.form.asks_with for k, _, _ in call.keywords)
            for module in self.build.engine.modules
            for call in module.calls
        )


def _registered(build: Build, form: GivenForm) -> dict[str, list[Key]]:
    """Name -> the functions of the program that a decorator registers under it."""
    key = ("registered functions", tuple(form.registered))
    known: dict[str, list[Key]] | None = build.memo.get(key)  # type: ignore[assignment]
    if known is None:
        known = {}
        for last in dict.fromkeys(name.rpartition(".")[2] for name in form.registered):
            for fn, decorator in build.engine.decorated_by.get(last, ()):
                call = build.engine.call((fn[0], decorator[1])) if decorator[0] == "call" else None
                place = Place(fn[0], build.engine.scope(fn).order)
                made = build.engine.origins(decorator if call is None else call.func, place)
                by = next((form.registered[o.name] for o in made if isinstance(o, Ext) and o.name in form.registered), None)
                if by is None:
                    continue
                written = [v[1] for k, v, _ in call.keywords if k == by and v[0] == "const"] if call is not None else []
                known.setdefault(str(written[0]) if written else build.engine.scope(fn).name, []).append(fn)
        build.memo[key] = known
    return known
