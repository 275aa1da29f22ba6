"""What made an object and took the arguments with its settings: a constructor, or a method of another object."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.defaults import holds_in
from auditor.graph.build.levers import Callee
from auditor.graph.build.matching import display
from auditor.graph.build.things import Thing, objects
from auditor.knowledge.agents import Method
from auditor.knowledge.forms import VersionsForm
from auditor.program.origins.types import Attr, Key, Result


def maker(build: Build, thing: Thing, site: Key, package: str) -> Callee:
    """`site`: the call that made it; `package`: whose version decides its settings."""
    path = build.path(site[0])
    found = made_by(build, thing)
    if found is None:
        return Callee(display(build, thing), path, package=package)
    owner, name, method, own = found
    said = method.hands_on
    hands_on = holds_in(build, said.versions, path, own) if isinstance(said, VersionsForm) else said
    return Callee(f"{display(build, owner)}.{name}", path, package=package, hands_on=hands_on)


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
