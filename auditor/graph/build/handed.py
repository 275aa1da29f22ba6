"""Methods of something external that are handed to what runs them: `to_thread(client.create, ...)`, `Tool(func=chain.run)`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match, called_names, matches, of_callee
from auditor.graph.build.things import unwrap_partial
from auditor.knowledge.forms import Ref
from auditor.knowledge.types import CallForm, RegionForm
from auditor.program.origins.types import Attr, Ext, Key, New, Place, Result


def handed_calls(build: Build, site: Key, call: Call) -> list[Match[CallForm]]:
    """What a call runs that is handed a method: the forms of that method, with the arguments that are given for it."""
    if call.last not in called_names(build, build.base.regions):
        return []
    rows: list[Match[CallForm]] = []
    for region in matches(build, build.base.regions, site)[:1]:
        if region.form.callable and region.form.body != "with":
            for expr, rest in handed(call, region.form):
                rows.extend(handed_forms(build, site, call, expr, rest))
    if rows:
        build.memo.setdefault("handed calls", set()).add(site)  # type: ignore[attr-defined]
    return rows


def is_handed(build: Build, site: Key) -> bool:
    """Whether a call does not make the request itself but hands it to what does."""
    found: set[Key] = build.memo.get("handed calls", set())  # type: ignore[assignment]
    return site in found or site in build.engine.made_up


def handed_forms(build: Build, site: Key, call: Call, expr: Expr, rest: Call) -> Iterator[Match[CallForm]]:
    """Forms of what an argument is, where that is nothing of the program's own; their arguments stand in a call that is made up."""
    for made in build.engine.origins(expr, Place(site[0], call.order)):
        origin, partials = unwrap_partial(made)
        if isinstance(origin, (Attr, Ext, New, Result)):
            found = [m for m in of_callee(build, build.base.calls, origin, partials) if m.form.noun != "none"]
            if found:
                if isinstance(origin, (Attr, Ext)):
                    rest.last = origin.name.rpartition(".")[2]
                part = (add_made_up(build, site[0], rest), 0)
                yield from (Match(m.package, m.form, m.name, m.thing, (*m.partials, part)) for m in found)


def add_made_up(build: Build, module: int, call: Call) -> Key:
    """The key of a call that is made up."""
    made_up = build.engine.made_up
    call.index = len(build.engine.modules[module].calls) + len(made_up)
    made_up[module, call.index] = call
    return (module, call.index)


def handed(call: Call, form: RegionForm) -> Iterator[tuple[Expr, Call]]:
    """The argument that is run, and what it is called with: what stands after it, or a list and a mapping."""
    found = given(call, form.body)
    if found is None:
        return
    where, expr = found
    args = call.args[where + 1 :] if isinstance(where, int) else call.args
    keywords = tuple(k for k in call.keywords if k[0] != where)
    if form.passes is not None:
        named = {n: (v, line) for n, v, line in call.keywords}
        args = tuple(("star", named[n][0]) for n in form.passes[:1] if n in named)
        keywords = tuple((None, *named[n]) for n in form.passes[1:] if n in named)
    yield expr, made_up(call, expr, args, keywords)


def given(call: Call, ref: Ref) -> tuple[int | str, Expr] | None:
    """Where an argument stands, and what stands there."""
    for one in refs(ref):
        if isinstance(one, int) and one < len(call.args) and not any(a[0] == "star" for a in call.args[: one + 1]):
            return one, call.args[one]
        for name, value, _ in call.keywords:
            if name == one:
                return one, value
    return None


def made_up(call: Call, func: Expr, args: tuple[Expr, ...] = (), keywords: tuple[tuple[str | None, Expr, int], ...] = ()) -> Call:
    last = str(func[2]) if func[0] == "attr" else str(func[1]) if func[0] == "name" else call.last
    return Call(-1, func, args, keywords, last, call.order, call.line, call.column, call.end_line, call.end_column, call.awaited)
