"""Functions of the program that a library's decorator makes an object of: a call of such a function is a call of the library."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.program.origins.types import Ext, Func, Key, New, Origin, Place


def decorations(build: Build, fn: Key) -> list[Origin]:
    """What the decorators of a function are."""
    scope = build.engine.scope(fn)
    return [made for decorator in scope.decorators for made in build.engine.origins(decorator, Place(fn[0], scope.order))]


def decorator(build: Build, origin: Origin) -> Ext | New | None:
    """The decorator that made an object of a function: written over it, or called with it (`made = decorate(function)`)."""
    if isinstance(origin, Func):
        known = [o for o in decorations(build, origin.fn) if isinstance(o, (Ext, New))]
        return next((o for o in known if o.name in build.base.decorates), None)
    return origin if isinstance(origin, New) and origin.name in build.base.decorates else None


def given(build: Build, origin: New) -> list[Func]:
    """The functions of the program that a decorator is called with."""
    args = build.engine.call(origin.site).args
    found = build.engine.origins(args[0], build.engine.call_place(origin.site, origin.ctx)) if args else ()
    return [o for o in found if isinstance(o, Func)]


def may_be_coroutine(build: Build, origin: Origin) -> bool:
    """Whether calls of a decorated function may only make a coroutine; of no other object."""
    made = decorator(build, origin)
    functions = [origin] if isinstance(origin, Func) else given(build, origin) if isinstance(origin, New) else []
    return made is not None and (not functions or any(build.engine.scope(f.fn).is_async for f in functions))


def decorated_names(build: Build) -> set[str]:
    """Names of the functions that may be decorated so, by the decorator's name or one that holds what a call of it gives."""
    names = build.spellings(name.rsplit(".", 1)[-1] for name in build.base.decorates)
    made = [(number, call.index) for name in sorted(names) for number, call in build.engine.calls_by_last.get(name, ())]
    names |= {build.symbol(site).rsplit(".", 1)[-1] for site in made}
    found = [key for name in sorted(names) for key, _ in build.engine.decorated_by.get(name, ())]
    return build.spellings({build.engine.scope(key).name for key in found}) if found else set()
