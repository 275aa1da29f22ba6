"""What a method is given that another method of its object calls where several classes have one of their own: by the object's class."""

from __future__ import annotations

from dataclasses import replace

from auditor.program.origins.callers import found_callers, subclasses
from auditor.program.origins.engine import Engine
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Frame, Instance, Key


def of_its_classes(engine: Engine, fn: Key, frame: Frame) -> list[Frame]:
    """The frames in which `self.fn(...)` of a base class calls a method that a class has in its place: one for each call around it whose
    object may have this one; none where no object may. The frame itself where these are all, or where the object of one is not known."""
    from auditor.program.origins.objects import mro

    if frame.site_ctx or frame.decorated is not None or frame.partials:
        return [frame]
    call, own = engine.call(frame.site), engine.scope(fn).parent
    if call.func[0] != "attr" or call.func[1][0] != "name" or own < 0:
        return [frame]
    around: Key = (frame.site[0], engine.modules[frame.site[0]].statements[call.order][0])
    scope = engine.scope(around)
    base: Key = (around[0], scope.parent)
    bound = scope.kind == "function" and scope.params and call.func[1] == ("name", scope.params[0].name)
    if not bound or base == (fn[0], own) or base not in mro(engine, (fn[0], own)) or len(scope.bindings[scope.params[0].name]) > 1:
        return [frame]
    found = found_callers(engine, around)
    kept = [f for f in found if isinstance(f, Frame) and isinstance(f.owner, Instance) and _may_have(engine, f.owner, fn)]
    known = all(isinstance(f, Frame) and isinstance(f.owner, Instance) for f in found)
    if not known or len(kept) == len(found):
        return [frame]
    return [replace(frame, site_ctx=engine.frame(f), depth=f.depth + 1) for f in kept]


def _may_have(engine: Engine, owner: Instance, fn: Key) -> bool:
    """Whether an object may have this method under its name: one of a class, or of what derives from it where it may be of that."""
    from auditor.program.origins.objects import method

    name = engine.scope(fn).name
    classes = (owner.cls,) if _is_exact(engine, owner) else (owner.cls, *subclasses(engine, owner.cls))
    return any(method(engine, cls, name) == fn for cls in classes)


def _is_exact(engine: Engine, owner: Instance) -> bool:
    """Whether an object is made by the name of its class (not `cls(...)`, which may make one of any that derives from it)."""
    if owner.site is None:
        return False
    name = engine.scope(owner.cls).name
    return last_name(engine.call(owner.site).func) in (name, *engine.aliases.get(name, ()))
