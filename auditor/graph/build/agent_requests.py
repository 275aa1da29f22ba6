"""Settings of one model request inside an agent: its own, those of the model object that it is given, or of the framework's client."""

from __future__ import annotations

from typing import TypeAlias

from auditor.core.values import Setting, merge, unknown
from auditor.graph.build.arguments import argument, holds
from auditor.graph.build.context import Build
from auditor.graph.build.default_clients import default_clients
from auditor.graph.build.defaults import holds_in
from auditor.graph.build.levers import Callee, as_part, with_lever
from auditor.graph.build.matching import display
from auditor.graph.build.parts import parts
from auditor.graph.build.settings import completed, constructor, fallback, given, of_thing, package_of_settings
from auditor.graph.build.things import Thing, objects
from auditor.graph.types import NONE
from auditor.knowledge.agents import AgentForm
from auditor.program.origins.types import Const, Env, Func, Instance, Key, Origin, Origins, Result, Text

REQUEST = ("deadline", "attempts", "max_output_tokens")
UNREAD = "its model is an object of a class of the program that asks in its own way"
Call3: TypeAlias = tuple[Key, int, tuple[tuple[Key, int], ...]]
"""a call site, its context, and the sites of `partial` before it"""


def request_settings(build: Build, thing: Thing, form: AgentForm, made: Call3 | None, settings: dict[str, Setting]) -> dict[str, Setting]:
    """Deadline, attempts and cap of one request; `settings`: what the agent object says of a run."""
    inside = _request(build, thing, form, made) if made is not None else {}
    rows = {n: completed(_own(build, thing, n, made), inside.get(n) or settings.get(n, NONE)) for n in REQUEST}
    return {n: _with_own_lever(build, thing, n, s, made) for n, s in rows.items()}


def _with_own_lever(build: Build, thing: Thing, name: str, setting: Setting, made: Call3 | None) -> Setting:
    """The setting with the agent's own argument for it, where its model has none."""
    form = build.base.type_settings(thing.type).get(name)
    if form is None or made is None:
        return setting
    return with_lever(build, setting, form, Callee(display(build, thing), build.path(made[0][0])), own=False, inherited=True)


def _own(build: Build, thing: Thing, name: str, made: Call3 | None) -> Setting | None:
    """What an agent's own arguments, or a clone's, say of one request."""
    form = build.base.type_settings(thing.type).get(name)
    if form is None:
        return None
    sites: list[Call3] = [(site, ctx, ()) for site, ctx, _, _ in reversed(thing.overlays)]
    sites += [made] if made is not None else []
    return next((s for s in (given(build, name, form, *site) for site in sites) if s is not None), None)


def asked_packages(build: Build, thing: Thing, form: AgentForm, made: Call3 | None) -> set[str]:
    """The packages whose clients an agent asks: those of the models that it is given, else, or in place of them, of the framework's."""
    if made is None:
        return set()
    models, found = _models(build, thing, form, made)
    rows = {p.type.partition(":")[0] for m in models for p in parts(build, m)}
    default = build.base.type_id(thing.type.partition(":")[0], form.model_default) if form.model_default is not None else None
    if default is None or (not models and found and all(isinstance(o, Func) for o in found)):
        return rows
    remade = _is_remade(build, form, default, made) if models else True
    own = set() if remade is False else _of_type(build, default, made)
    return own if remade else rows | own


def _is_remade(build: Build, form: AgentForm, default: str, made: Call3) -> bool | None:
    """Whether the framework makes a client of its own of a model; None: where versions differ."""
    return form.remakes is not None and holds_in(build, form.remakes.versions, build.path(made[0][0]), package_of_settings(build, default))


def _of_type(build: Build, default: str, made: Call3) -> set[str]:
    """The packages of the framework's client, which may be another one for some models."""
    rows = {default.partition(":")[0]}
    form = build.base.type_settings(default).get("deadline")
    for each in form.default if form is not None else ():
        state = True if each.when is None else holds(build, each.when, *made)
        if each.of and state is not False:
            rows.add(each.of.partition(":")[0])
        if state is True:
            break
    return rows


def _models(build: Build, thing: Thing, form: AgentForm, made: Call3) -> tuple[list[Thing], Origins]:
    """The model objects that an agent asks, and what it is given as its model."""
    models: list[Thing] = []
    found = (argument(build, form.model, *made) if form.model is not None else None) or ()
    if form.model is not None:
        models = [p for t in objects(build, found) for p in parts(build, t) if "deadline" in of_thing(build, p)]
        if not models and not found and isinstance(thing.origin, Result):
            models = [t for t in objects(build, (thing.origin.base,)) if "deadline" in of_thing(build, t)]
        if not models and found and all(isinstance(o, Func) for o in found):
            return [], found
    return models or default_clients(build, thing.type.partition(":")[0], build.path(made[0][0])), found


def _request(build: Build, thing: Thing, form: AgentForm, made: Call3) -> dict[str, Setting]:
    models, found = _models(build, thing, form, made)
    if not models and found and all(isinstance(o, Func) for o in found):
        return {}
    default = build.base.type_id(thing.type.partition(":")[0], form.model_default) if form.model_default else None
    unread = default is not None and any(_is_unread(build, o) for o in found)
    if models:
        rows = [row for m in models for row in _of_model(build, m, form, default, made)]
        rows += [dict.fromkeys(REQUEST, unknown(UNREAD))] if unread else []
        at = build.call_location(made[0])
        group = f"models of {at.path}:{at.line}:{at.column}" if len(rows) > 1 else ""
        return {n: merge([r.get(n, unknown("the model has no such setting")) for r in rows], group=group) for n in REQUEST}
    if unread:
        return {n: unknown(UNREAD) for n in REQUEST}
    return _of_default(build, default, found, made) if default is not None else {}


def _is_unread(build: Build, origin: Origin) -> bool:
    """Whether a model is an object of the program, of which nothing is known but that it answers: how it asks is its own affair."""
    return isinstance(origin, Instance) and not any(
        "deadline" in of_thing(build, p) for t in objects(build, (origin,)) for p in parts(build, t)
    )


def _of_default(build: Build, default: str, found: Origins, made: Call3) -> dict[str, Setting]:
    """Of the framework's client, which asks the model of the name in `found`."""
    package, forms = package_of_settings(build, default), build.base.type_settings(default)
    by_name = any(d.when is not None and not d.when.sure for f in forms.values() for d in f.default)
    if by_name and not all(isinstance(o, (Const, Text, Env)) for o in found):
        return {}
    return {n: fallback(build, n, f, package, *made) for n, f in forms.items()}


def _of_model(build: Build, model: Thing, form: AgentForm, default: str | None, made: Call3) -> list[dict[str, Setting]]:
    """Of a model object: its own settings, or those of the client that the framework makes in its place; both where versions differ."""
    own = {n: as_part(s) for n, s in of_thing(build, model).items()}
    if form.remakes is None or default is None or model.type.partition(":")[0] == default.partition(":")[0]:
        return [own]
    package = package_of_settings(build, default)
    remade = _is_remade(build, form, default, made)
    site = constructor(build, model.origin)
    if remade is False or site is None:
        return [own]
    lost = unknown(f"{package} makes a client of its own of this model, and may not keep what is set there")
    kept = {n: s for n, s in own.items() if n in form.remakes.keeps}
    made_anew = {n: fallback(build, n, f, package, *site) for n, f in build.base.type_settings(default).items()}
    chosen = {n: lost for n, s in own.items() if s.origin != "default"}
    row = {**made_anew, **chosen, **kept}
    return [row] if remade else [own, row]
