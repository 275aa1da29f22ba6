"""Client nodes: objects made once and used by calls."""

from __future__ import annotations

from auditor.core.values import Setting, merge
from auditor.graph.build.context import Build
from auditor.graph.build.levers import setter
from auditor.graph.build.matching import callees
from auditor.graph.build.settings import constructor, followed, of_thing
from auditor.graph.build.things import Thing, things
from auditor.graph.types import NONE, ExternalClient, ModelClient
from auditor.program.origins.objects import external_bases
from auditor.program.origins.types import Class, Ext, Instance, Key, New, Result

SHOWN = ("example", "notebook", "test")


def client_nodes(build: Build) -> None:
    """A node for every constructor call of a client type, local subclasses included."""
    names = _class_names(build)
    for number, call in build.calls():
        if call.last not in names:
            continue
        site: Key = (number, call.index)
        for origin, partials in callees(build, site):
            made: New | Instance
            if isinstance(origin, Ext) and origin.name in build.base.new:
                made = New(origin.name, site, 0, partials)
            elif isinstance(origin, Class):
                made = Instance(origin.cls, site, 0, partials)
            else:
                continue
            for thing, path in things(build, made):
                if not path and build.base.types[thing.type].noun == "model_client":
                    client_node(build, thing)


def _class_names(build: Build) -> set[str]:
    """Last segments of what makes a client: its class, a class of the program that derives from one, another name of them, or no name at
    all (`table[key]()`)."""
    made = {n for n, types in build.base.new.items() if any(build.base.types[t].noun == "model_client" for t in types)}
    if not made:
        return set()
    names = {n.rsplit(".", 1)[-1] for n in made}
    for number, module in enumerate(build.engine.modules):
        for index, scope in enumerate(module.scopes):
            if scope.kind == "class" and scope.bases and not made.isdisjoint(external_bases(build.engine, (number, index))):
                names.add(scope.name)
    return build.spellings(names) | {""}


def client_node(build: Build, thing: Thing) -> str | None:
    """The node of a client object; None where it is no object made by a call here (a module, a parameter)."""
    site = _site(build, thing)
    if site is None or build.base.types[thing.type].noun != "model_client":
        return None
    known = build.by_site.get(("model_client", site))
    if known is not None:
        return known
    settings = of_thing(build, _plain(thing))
    node = ModelClient(
        **_common(build, thing, site, "model_client"),  # type: ignore[arg-type]
        provider=build.base.types[thing.type].provider or "",
        deadline=settings.get("deadline", NONE),
        attempts=settings.get("attempts", NONE),
        max_output_tokens=settings.get("max_output_tokens", NONE),
    )
    build.by_site["model_client", site] = build.add(node)
    return node.id


def external_client(build: Build, thing: Thing) -> Setting:
    """The id of the session or engine that external calls use, where its constructor, or a method of it, is where a deadline is written."""
    owners = [t for t in followed(build, thing) if t != thing]
    if owners:
        return merge([external_client(build, t) for t in owners])
    site = _site(build, thing)
    form = build.base.type_settings(thing.type).get("deadline")
    if site is None or form is None or (form.argument is None and not setter(build, thing.type, "deadline", "")):
        return NONE
    known = build.by_site.get(("external_client", site))
    if known is None:
        settings = of_thing(build, _plain(thing))
        node = ExternalClient(
            **_common(build, thing, site, "external_client"),  # type: ignore[arg-type]
            deadline=settings.get("deadline", NONE),
            attempts=settings.get("attempts", NONE),
        )
        known = build.by_site["external_client", site] = build.add(node)
    return Setting(known, "inferred", at=build.graph.nodes[known].at)


def _common(build: Build, thing: Thing, site: Key, kind: str) -> dict[str, object]:
    at = build.call_location(site)
    origin = thing.origin
    name = (
        origin.name
        if isinstance(origin, New)
        else build.engine.scope(origin.cls).name
        if isinstance(origin, Instance)
        else build.callee(site)
    )
    return {
        "id": build.node_id(kind, at),
        "name": name.rsplit(".", 1)[-1],
        "symbol": build.symbol(site),
        "at": at,
        "role": build.role(site[0]),
        "qualname": build.qualname(site[0], build.engine.call(site).order),
        "callee": build.callee(site),
        "framework": thing.type.partition(":")[0],
        "api": name,
    }


def _site(build: Build, thing: Thing) -> Key | None:
    origin = thing.origin
    if isinstance(origin, (New, Instance)):
        return origin.site
    return origin.site if isinstance(origin, Result) and origin.site[1] >= 0 else None


def is_shown(build: Build, thing: Thing | None) -> bool | None:
    """Whether an object is made in an example, a notebook or a test; None: it is not known where it is made."""
    site = _site(build, thing) if thing is not None else None
    return build.role(site[0]) in SHOWN if site is not None else None


def _plain(thing: Thing) -> Thing:
    """The object as its constructor made it, outside of any context."""
    if isinstance(thing.origin, New):
        return Thing(thing.type, New(thing.origin.name, thing.origin.site, 0, thing.origin.partials))
    if isinstance(thing.origin, Instance):
        return Thing(thing.type, Instance(thing.origin.cls, thing.origin.site, 0, thing.origin.partials))
    return Thing(thing.type, thing.origin)


def client_setting(build: Build, thing: Thing) -> Setting:
    """The id of the client node as a value, or why there is none."""
    node = client_node(build, thing)
    if node is not None:
        return Setting(node, "inferred", at=build.graph.nodes[node].at)
    return NONE


def made_at(build: Build, thing: Thing) -> Key | None:
    made = constructor(build, thing.origin)
    return made[0] if made else None
