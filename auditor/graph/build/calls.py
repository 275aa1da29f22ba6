"""Model calls and external calls: one node a call site, with the settings of every client that can reach it."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.core.values import Setting, Unknown, merge, unknown
from auditor.facts.types import Call
from auditor.graph.build.agent_commands import with_runs
from auditor.graph.build.agent_requests import REQUEST
from auditor.graph.build.apart import apart
from auditor.graph.build.arguments import argument, holds, texts
from auditor.graph.build.called_as import fitting
from auditor.graph.build.clients import SHOWN, client_setting, is_shown
from auditor.graph.build.commands import pace
from auditor.graph.build.context import Build
from auditor.graph.build.decorated import decorated_names
from auditor.graph.build.default_clients import default_clients
from auditor.graph.build.defaults import in_range
from auditor.graph.build.embedding import asks_embedding, by_embedding
from auditor.graph.build.endpoints import asks_a_model, asks_others, body_cap, endpoint_kind
from auditor.graph.build.given_functions import by_given
from auditor.graph.build.gone import still_there
from auditor.graph.build.handed import handed_calls, handed_forms, is_handed
from auditor.graph.build.heeded import heeded
from auditor.graph.build.levers import Callee, with_lever
from auditor.graph.build.makers import made_by, written
from auditor.graph.build.matching import Match, called_attributes, called_names, display, given_by, in_words, matches, type_name
from auditor.graph.build.mended_at import capped, held_by, limiting, timed, used_client
from auditor.graph.build.methods_kept import may_hold_methods
from auditor.graph.build.model_names import asked_model, said
from auditor.graph.build.parts import parts
from auditor.graph.build.passed_on import drop_passed_on
from auditor.graph.build.services import at_its_service
from auditor.graph.build.settings import completed, fallback, followed, given, of_thing, unit_of
from auditor.graph.build.things import Thing, objects
from auditor.graph.build.unread_chains import note
from auditor.graph.types import INSIDE_RUN, NONE, ExternalCall, ModelCall
from auditor.knowledge.forms import SettingForm
from auditor.knowledge.types import CallForm
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Const, Key, New, Result

RUNS = ("agent_run", "flow_run", "pipeline_run")
HOLDING = ("assign", "with", "for", "unpack", "from")
ON_SERVER = "the server that runs the agent decides"
TURNING = ("for", "while", "comp")
NOT_THERE = "one of the clients has no such setting"
NAMES = ("deadline", "attempts", "max_output_tokens", "run_deadline", "loop")


@dataclass(slots=True)
class Alternative:
    """One way in which a call can be this noun: a match with one client. `asked`: an embedding model whose limits are those of the call."""

    match: Match[CallForm]
    client: Thing | None
    settings: dict[str, Setting] = field(default_factory=dict)
    asked: Thing | None = None


def call_nodes(build: Build) -> None:
    """All calls that the knowledge knows, in source order."""
    names = called_names(build, build.base.calls) | called_names(build, build.base.regions) | decorated_names(build)
    names |= called_attributes(build)
    for number, call in build.calls():
        if not call.last or call.last in names or _local_value(build, number, call):
            one_call(build, (number, call.index), call)
    drop_passed_on(build)


def _local_value(build: Build, number: int, call: Call) -> bool:
    """A bare name or an attribute bound to something that is no function of the program: an object, method or constructor held in it,
    or a parameter, which a caller may give one."""
    if call.func[0] == "attr":
        return call.last in may_hold_methods(build) or ("__call__" in build.base.segments and call.last in build.engine.stores_by_attr)
    if call.func[0] != "name":
        return False
    module = build.engine.modules[number]
    scope = module.statements[call.order][0]
    while scope >= 0:
        found = module.scopes[scope].bindings.get(call.last)
        if found:
            return any(b.kind == "param" or (b.kind in HOLDING and b.value[0] != "const") for b in found)
        scope = module.scopes[scope].parent
    return False


def one_handed(build: Build, site: Key, made: Call, *, requests: bool = False) -> list[str]:
    """The node of a call that is made up of a method that is handed to what runs it later. `requests`: no runs of agents."""
    found = list(handed_forms(build, site, build.engine.call(site), made.func, made))
    if requests:
        found = [m for m in found if m.form.kind not in RUNS]
    if found:
        own: Key = found[0].partials[-1][0]
        one_call(build, own, made, found)
        return [node for kind in ("model_call", "external_call") if (node := build.by_site.get((kind, own))) is not None]
    return []


def one_call(build: Build, site: Key, call: Call, found: list[Match[CallForm]] | None = None) -> None:
    found = still_there(build, found or matches(build, build.base.calls, site) or handed_calls(build, site, call), site)
    found = by_given(build, found, site)
    if found and not (found := [match for match in found if asks_embedding(build, match, site)]):
        build.memo.setdefault("harmless calls", set()).add(site)  # type: ignore[attr-defined]
    alternatives = [a for m in with_runs(build, _that_hold(build, found, site), site) for a in _alternatives(build, m, site)]
    if not alternatives:
        note(build, site, found)
        return
    if any(a.match.form.noun == "none" and a.match.form.runs is not None for a in alternatives):
        build.memo.setdefault("tool runs", {})[site] = alternatives  # type: ignore[index]
    models = [a for a in alternatives if _is_model(build, a.match, site)]
    if models:
        _model_call(build, site, call, models)
        return
    external = [a for a in alternatives if a.match.form.noun == "external_call"]
    if external:
        _external_call(build, site, call, external)
    else:
        build.memo.setdefault("harmless calls", set()).add(site)  # type: ignore[attr-defined]


def _that_hold(build: Build, found: list[Match[CallForm]], site: Key) -> list[Match[CallForm]]:
    """Without forms whose condition does not hold; one whose condition holds for sure beats those without."""
    states = {id(m): holds(build, m.form.when, site, 0, m.partials) for m in found if m.form.when is not None}
    return [m for m in found if states.get(id(m))] or [m for m in found if states.get(id(m), True) is not False]


def _is_model(build: Build, match: Match[CallForm], site: Key) -> bool:
    if match.form.noun == "model_call":
        return True
    return match.form.noun == "external_call" and asks_a_model(build, match, site)


def _kind(build: Build, match: Match[CallForm], model: str, site: Key) -> str:
    """The kind of a model call: by its URL, by the model's name, else as the form says."""
    form = match.form
    if form.noun == "external_call" and form.endpoint is not None:
        return endpoint_kind(build, match, site)
    return next((kind for part, kind in form.kinds.items() if part in model), form.kind or "llm")


def _alternatives(build: Build, match: Match[CallForm], site: Key) -> list[Alternative]:
    """The clients whose settings a match brings: the receiver, the models inside a chain, or an argument."""
    form = match.form
    if form.needs is not None and match.thing is not None:
        wanted = build.base.type_id(match.package, form.needs) or form.needs
        inner = [t for t in parts(build, match.thing) if build.base.is_a(t.type, wanted)]
        return [Alternative(match, t, _settings(build, match, t, site, part=t != match.thing)) for t in inner]
    if form.client is not None:
        found = objects(build, argument(build, form.client, site, 0, match.partials) or ())
        found = found or default_clients(build, match.package, build.path(site[0]), form.kind == "embedding")
        if found:
            return [Alternative(match, t, _settings(build, match, t, site)) for t in found]
    own = form.kind not in RUNS or "deadline" in form.settings
    if match.thing is not None and form.noun == "model_call" and own and _is_configured_elsewhere(build, match.thing):
        found = default_clients(build, match.package, build.path(site[0]), form.kind == "embedding")
        if found:
            return [Alternative(match, t, _settings(build, match, t, site)) for t in found]
    return [Alternative(match, match.thing, _settings(build, match, match.thing, site))]


def _is_configured_elsewhere(build: Build, thing: Thing) -> bool:
    """Whether nothing of an object's settings can be written where it is made."""
    return all(f.argument is None for f in build.base.type_settings(thing.type).values()) and not followed(build, thing)


def _holds_here(build: Build, match: Match[CallForm], form: SettingForm, site: Key) -> bool:
    """Whether a call has a default of its own in the versions of its file: one of other versions, or cases, leaves it to the client."""
    found = in_range(build, form.default, build.known_version(build.path(site[0]), match.package))
    rows = [certain for d, certain in found if d.when is None or holds(build, d.when, site, 0, match.partials) is not False]
    return len(rows) > 1 or any(rows)


def _callee(build: Build, match: Match[CallForm], site: Key) -> Callee:
    """What is called; an object that is called itself by its method."""
    path, gives = build.path(site[0]), site if not match.partials else None
    if match.thing is None:
        return Callee(match.name, path, written=written(build, site, match.name), site=gives)
    maker = display(build, match.thing)
    method = "__call__" if match.name == maker else match.name.removeprefix(f"{maker}.")
    known_as = tuple(f"{t}.{method}" for t in build.base.ancestors(match.thing.type))
    of_function = isinstance(match.thing.origin, New) and maker.rpartition(".")[2][:1].islower()
    hops = given_by(build, match) if isinstance(match.thing.origin, New) and not of_function else []
    alone = f"{hops[-1]}().{method}" if hops else method if of_function and "." not in method else ""
    name = f"{maker}.__call__" if method == "__call__" else match.name
    if made_by(build, match.thing) is not None:
        name = f"{type_name(build, match.thing.type)}.{method}"
    return Callee(name, path, known_as, method=alone if method != "__call__" else "", site=gives)


def _settings(build: Build, match: Match[CallForm], client: Thing | None, site: Key, *, part: bool = False) -> dict[str, Setting]:
    """The call's own settings over the client's, over the library's. `part`: the client is a part of what is called, and what that is given
    goes to another part, the first: the client's own setting is not set by the call."""
    inherited = of_thing(build, client) if client is not None else {}
    rows: dict[str, Setting] = dict(inherited)
    callee = _callee(build, match, site)
    for name, form in match.form.settings.items():
        own = given(build, name, form, site, 0, match.partials, match.package)
        rest = inherited.get(name)
        if rest is None or (_holds_here(build, match, form, site) and not (name == "loop" and rest.origin == "explicit")):
            rest = fallback(build, name, form, match.package, site, 0, match.partials) if form.default or rest is None else rest
        whole = completed(own, rest)
        of_client = rest is inherited.get(name) and form.value is None
        own_way = not of_client and match.form.kind not in RUNS
        if part and of_client:
            continue
        rows[name] = with_lever(build, whole, at_its_service(build, form, client), callee, own=own_way, inherited=of_client)
    if match.form.kind in RUNS:
        for name in ("deadline", "attempts", "max_output_tokens"):
            if name not in match.form.settings:
                rows.pop(name, None)
    return {n: s for n, s in heeded(build, rows, client, site).items() if n in NAMES}


def _gathered(alternatives: list[Alternative], name: str, group: str) -> Setting:
    """One setting of all alternatives. What only a run has is asked of the runs; a request of a run stands inside it."""
    rows = [(a.settings.get(name), a.match.form.kind in RUNS) for a in alternatives]
    if name not in REQUEST:
        rows = [(r, run) for r, run in rows if r is not None or run]
    if all(r is None for r, _ in rows):
        return NONE
    unit = unit_of(name, None)
    why = {True: INSIDE_RUN if name in REQUEST else NOT_THERE, False: NOT_THERE}
    return merge([r if r is not None else unknown(why[run], unit=unit) for r, run in rows], group=group)


def _bound(build: Build, row: Alternative, site: Key) -> list[Alternative]:
    """A client whose settings are those of several others (a session of one of two engines): one alternative for each of these."""
    client = row.client
    if client is None or client.overlays or "deadline" in row.match.form.settings:
        return [row]
    owners = [t for t in followed(build, client) if t != client]
    if len(owners) < 2:
        return [row]
    return [Alternative(row.match, t, _settings(build, row.match, t, site)) for t in owners]


def _common(build: Build, site: Key, call: Call, kind: str, match: Match[CallForm]) -> dict[str, object]:
    at = build.call_location(site)
    handed = build.engine.made_up.get(match.partials[-1][0]) if match.partials and is_handed(build, site) else None
    module = build.engine.modules[site[0]]
    return {
        "id": build.node_id(kind, at),
        "name": (handed or call).last,
        "symbol": build.callee(site),
        "at": at,
        "role": build.role(site[0]),
        "qualname": build.qualname(site[0], call.order),
        "callee": build.callee(site),
        "again": any(module.blocks[b].kind in TURNING for b in ancestors(module, module.statements[call.order][1])),
    }


def _model_call(build: Build, site: Key, call: Call, rows: list[Alternative]) -> None:
    rows = fitting(build, site, rows)
    first = rows[0].match
    rows = apart(_of_program(build, site, _distinct(rows)))
    group = f"{build.path(site[0])}:{call.index}"
    clients = [client_setting(build, a.client) if a.client is not None else NONE for a in rows]
    form = first.form
    model = next(iter(texts(said(build, first, form.model, site)) if form.model is not None else []), "")
    kind = _kind(build, first, model, site)
    node = ModelCall(
        **_common(build, site, call, "model_call", first),  # type: ignore[arg-type]
        framework=first.package,
        api=form.api or first.name,
        called=form.api or in_words(build, first),
        call=kind,
        provider=form.provider or _provider(build, rows[0].client),
        model=asked_model(build, rows, site, run=form.kind in RUNS),
        client=merge(clients, group=group) if clients else NONE,
        cap_client=merge([capped(build, a, c) for a, c in zip(rows, clients, strict=True)], group=group),
        deadline_client=merge([timed(build, a, c, site) for a, c in zip(rows, clients, strict=True)], group=group),
        deadline=_gathered(rows, "deadline", group),
        run_deadline=_gathered(rows, "run_deadline", ""),
        attempts=_gathered(rows, "attempts", group),
        max_output_tokens=_cap(build, rows, site, kind, group),
        loop=_gathered(rows, "loop", ""),
        loop_kind="framework" if any("loop" in a.settings for a in rows) else "",
        streams=_streams(build, first, site),
        held_by=held_by(rows),
        shared=form.noun == "external_call" and asks_others(build, first, site),
    )
    build.by_site["model_call", site] = build.add(node)
    build.memo.setdefault("call matches", {})[site] = rows  # type: ignore[index]


def _cap(build: Build, rows: list[Alternative], site: Key, kind: str, group: str) -> Setting:
    """Of a raw request what its body says; where an agent runs on a server, that one decides."""
    if rows[0].match.form.noun != "external_call":
        return _gathered(rows, "max_output_tokens", group)
    return unknown(ON_SERVER, unit="tokens") if kind in RUNS else body_cap(build, rows[0].match, site)


def _distinct(rows: list[Alternative]) -> list[Alternative]:
    """Alternatives of the same client and form, once; those with known settings before those whose client is only a type."""
    seen: dict[object, Alternative] = {}
    for row in rows:
        seen.setdefault((row.client, id(row.match.form)), row)
    kept = list(seen.values())
    decided = [a for a in kept if not _only_typed(a)]
    return decided or kept


def _of_program(build: Build, site: Key, rows: list[Alternative]) -> list[Alternative]:
    """Where the program itself makes clients for its call, those that its examples, notebooks and tests make are not asked."""
    shown = [{is_shown(build, a.client), is_shown(build, a.asked)} for a in rows]
    own = [a for a, found in zip(rows, shown, strict=True) if True not in found]
    return own if build.role(site[0]) not in SHOWN and any(True not in found and False in found for found in shown) else rows


def _only_typed(row: Alternative) -> bool:
    deadline = row.settings.get("deadline")
    return deadline is not None and isinstance(deadline.value, Unknown) and deadline.value.why.startswith("only its type")


def _provider(build: Build, thing: Thing | None) -> str:
    if thing is None:
        return ""
    found = build.base.form(thing.type, "provider")
    return found if isinstance(found, str) else ""


def _streams(build: Build, match: Match[CallForm], site: Key) -> bool:
    streams = match.form.streams
    if streams is None or isinstance(streams, bool):
        return bool(streams)
    found = said(build, match, streams, site)
    return match.form.streams_unsaid if not found else any(isinstance(o, Const) and o.value is True for o in found)


def _external_call(build: Build, site: Key, call: Call, rows: list[Alternative]) -> None:
    rows = fitting(build, site, rows)
    first = rows[0].match
    rows = _distinct([own for row in rows for own in _bound(build, row, site)])
    rows = apart(_of_program(build, site, [own for row in rows for own in by_embedding(build, row, site)]))
    group = f"{build.path(site[0])}:{call.index}"
    paces = {pace(build, a.match, site) for a in rows}
    clients = [used_client(build, a) for a in rows]
    node = ExternalCall(
        **_common(build, site, call, "external_call", first),  # type: ignore[arg-type]
        framework=first.package,
        api=first.form.api or first.name,
        called=first.form.api or in_words(build, first),
        call=first.form.kind or "http",
        client=merge(clients, group=group),
        deadline_client=merge([limiting(build, a, c) for a, c in zip(rows, clients, strict=True)], group=group),
        deadline=_gathered(rows, "deadline", group),
        attempts=_gathered(rows, "attempts", group),
        run_deadline=_gathered(rows, "run_deadline", ""),
        effect=_effect(build, first, site),
        detached=bool(first.form.later),
        instant=paces == {"instant"},
        brief="brief" in paces and paces <= {"instant", "brief"},
        interactive="interactive" in paces and "" not in paces,
    )
    build.by_site["external_call", site] = build.add(node)
    build.memo.setdefault("call matches", {})[site] = rows  # type: ignore[index]


def _effect(build: Build, match: Match[CallForm], site: Key) -> str:
    if match.form.effect_argument is not None:
        words = [t.split(None, 1)[0].lower() for t in texts(argument(build, match.form.effect_argument, site, 0)) if t.strip()]
        if words:
            return "read" if words[0] in ("select", "show", "explain", "describe", "pragma", "with") else "write"
    return match.form.effect


def later_calls(build: Build) -> None:
    """A call whose deadline is carried by a later one on its result (`Popen` and `communicate(timeout=)`)."""

    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    carriers: dict[Key, list[str]] = {}
    for site, found in rows.items():
        for alternative in found:
            thing = alternative.client
            if thing is not None and isinstance(thing.origin, (New, Result)):
                carriers.setdefault(thing.origin.site, []).append(build.by_site.get(("external_call", site), ""))
    for site, found in rows.items():
        node = build.by_site.get(("external_call", site))
        if node is None or not found[0].match.form.later:
            continue
        deadlines = []
        for carrier in carriers.get(site, ()):
            other = build.graph.nodes.get(carrier)
            if isinstance(other, ExternalCall) and other.name in found[0].match.form.later:
                deadlines.append(other.deadline)
        if deadlines:
            build.change(node, deadline=deadlines[0])
