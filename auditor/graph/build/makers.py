"""What made an object and took the arguments with its settings: a constructor, or a method of another object."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.defaults import holds_in
from auditor.graph.build.levers import Callee
from auditor.graph.build.matching import display
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.agents import Method
from auditor.knowledge.forms import VersionsForm
from auditor.program.origins.types import Attr, Ext, Instance, Key, Result


def maker(build: Build, thing: Thing, site: Key, package: str) -> Callee:
    """`site`: the call that made it; `package`: whose version decides its settings."""
    path = build.path(site[0])
    found = made_by(build, thing)
    if found is None:
        name = display(build, thing)
        return Callee(name, path, package=package, written=_in_base(build, thing, site) or written(build, site, name), site=site)
    owner, name, method, own = found
    said = method.hands_on
    hands_on = holds_in(build, said.versions, path, own) if isinstance(said, VersionsForm) else said
    return Callee(f"{display(build, owner)}.{name}", path, package=package, hands_on=hands_on, site=site)


def written(build: Build, site: Key, name: str) -> str:
    """How the code writes a function or class, where the call is one of it and not of what leads to it."""
    last = name.rpartition(".")[2]
    found = build.engine.origins(build.engine.call(site).func, build.engine.call_place(site))
    if not any(isinstance(o, Ext) and o.name.rpartition(".")[2] == last for o in found):
        return ""
    parts = build.callee(site).split(".")
    return f"{'.'.join(parts[-1:] if last[:1].isupper() else parts[-2:])}()"


def _in_base(build: Build, thing: Thing, site: Key) -> str:
    """The call of its base's constructor, where a class of the program takes nothing for it."""
    call = build.engine.call(site)
    if not isinstance(thing.origin, Instance) or call.last != "__init__" or any(name is None for name, _, _ in call.keywords):
        return ""
    return f"{build.callee(site)}() in {build.engine.scope(thing.origin.cls).name}"


def made_by(build: Build, thing: Thing) -> tuple[Thing, str, Method, str] | None:
    """The object whose method made another and takes its settings, or hands none of them on; the path of the method, and the package that
    says so."""
    if not isinstance(thing.origin, Result):
        return None
    name, base = thing.origin.method, thing.origin.base
    while True:
        for owner in objects(build, (base,)):
            found = build.base.method(owner.type, name)
            if found is not None and found[1].hands_on is not None:
                return owner, name, found[1], found[0]
        if not isinstance(base, Attr):
            return None
        name, base = f"{base.name}.{name}", base.base
