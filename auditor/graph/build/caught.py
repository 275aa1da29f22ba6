"""Failures on their way up: errors that no failed request raises, and `try`s in which every failure ends."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.facts.types import Exit, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.error_bases import all_known, narrower_than
from auditor.graph.build.loop_blocks import FALL, suites
from auditor.graph.build.loop_escapes import BROAD, family, thrown
from auditor.graph.build.loop_terms import callees
from auditor.graph.flow import Region
from auditor.program.origins.types import Class, Ext, Key, Origin, Place

TRANSPORT_MODULES = ("asyncio", "concurrent", "http", "socket", "ssl", "urllib")
LEAVING = frozenset(("return", "break"))


# -- what a handler catches


def of_requests(build: Build, module: int, handlers: tuple[int, ...]) -> bool:
    """Whether one of these handlers may catch a failed request.

    Not so where they name only errors of the program that it raises for other reasons (an answer that cannot be read), and errors of
    packages that make no request known here.
    """
    found = [_is_other(build, origin) for handler in handlers for origin in _named(build, module, handler)]
    return not found or None in found or True not in found


def _named(build: Build, module: int, handler: int) -> Iterator[Origin | None]:
    info = build.engine.modules[module].blocks[handler]
    for one in info.expr[2] if info.expr[0] == "seq" else (info.expr,):
        yield from build.engine.origins(one, Place(module, info.order)) if one != ("other",) else (None,)


def _is_other(build: Build, origin: Origin | None) -> bool | None:
    """True: no failed request is such an error; False: neither is it said by it, nor against it (`ValueError`); None: it may be one."""
    if isinstance(origin, Class):
        return True if _own_reasons(build, origin) else None
    if not isinstance(origin, Ext) or origin.name in BROAD:
        return None
    top = origin.name.partition(".")[0]
    if top == "builtins":
        error = getattr(builtins, origin.name.partition(".")[2], None)
        return False if isinstance(error, type) and not issubclass(error, OSError) and not issubclass(OSError, error) else None
    if top in sys.stdlib_module_names:
        return None if top in TRANSPORT_MODULES else False
    return None if "." not in origin.name or build.base.package_of(origin.name) is not None else True


def _own_reasons(build: Build, cls: Class) -> bool:
    """Whether all that raises a class of the program has nothing to do with a failed request."""
    known = family(build.engine, (cls,))
    if not all(isinstance(o, Class) or (isinstance(o, Ext) and o.name.startswith("builtins.")) for o in known):
        return False
    places = [place for found, place in _raised(build) if cls in found]
    return bool(places) and not any(_passes_on(build, place) for place in places)


def _raised(build: Build) -> list[tuple[list[Origin], Place]]:
    """All `raise` statements that name a class of the program: it with its bases."""
    known = build.memo.get("raised classes")
    if known is None:
        rows: list[tuple[list[Origin], Place]] = []
        for number, module in enumerate(build.engine.modules):
            for scope in module.scopes:
                for leave in scope.exits:
                    if leave.kind == "raise" and leave.value != ("const", None) and build.role(number) != "test":
                        place = Place(number, leave.order)
                        found = family(build.engine, thrown(build.engine, _first(build, place, leave.value), place))
                        if any(isinstance(o, Class) for o in found):
                            rows.append((found, place))
        known = build.memo["raised classes"] = rows
    return known  # type: ignore[return-value]


def _first(build: Build, place: Place, value: Expr) -> Expr:
    """What is raised, where a variable holds it."""
    if value[0] != "name":
        return value
    module = build.engine.modules[place.module]
    rows = module.scopes[module.statements[place.order][0]].bindings.get(value[1], [])
    return rows[0].value if len(rows) == 1 and rows[0].kind == "assign" else value


def _passes_on(build: Build, place: Place) -> bool:
    """Whether a `raise` may tell of a failed request: in a handler of one, beside a call of a service, or where one was swallowed."""
    from auditor.graph.build.swallowed import raises_again

    own = suites(build.engine, place.module)
    block = own.block_of(place.order)
    fn = build.function_of(place.module, place.order)
    while block >= 0 and block != build.engine.scope(fn).body:
        if own.module.blocks[block].kind == "except" and may_be_request(build, place.module, block):
            return True
        block = own.module.blocks[block].parent
    return fn in _asking(build) or raises_again(build, fn, place.order)


def may_be_request(build: Build, module: int, handler: int) -> bool:
    """Whether a handler catches more than errors of values."""
    return any(not (isinstance(o, Ext) and _is_other(build, o) is not None) for o in _named(build, module, handler))


def _asking(build: Build) -> set[Key]:
    """Functions that call a service themselves: what they raise may be about its answer's status."""
    known = build.memo.get("asking functions")
    if known is None:
        sites = [site for kind, site in build.by_site if kind == "external_call"]
        known = build.memo["asking functions"] = {build.function_of(s[0], build.engine.call(s).order) for s in sites}
    return known  # type: ignore[return-value]


# -- where failures end


def swallowing(build: Build, module: int, block: int, *, may_fall: bool) -> str | None:
    """The region of a `try` from which no failure comes out: what fails inside is caught, and the function gives something else.
    `may_fall`: what follows the handlers is none of another try."""
    own = suites(build.engine, module)
    handlers = own.module.blocks[block].handlers
    if not handlers or not any(_catches_all(build, module, h) for h in handlers):
        return None
    allowed = LEAVING | {FALL} if may_fall else LEAVING
    if any(not own.outcomes(h) <= allowed or _raises_below(build, module, h) for h in handlers):
        return None
    info = own.module.blocks[block]
    at = build.location(module, max(1, info.line))
    region = build.region(Region(f"handler:{at.path}:{at.line}:{block}", "handler", "", at))
    if all(own.outcomes(h) == {"return"} for h in handlers):
        returning: set[str] = build.memo.setdefault("returning handlers", set())  # type: ignore[assignment]
        returning.add(region)
    return region


def converting(build: Build, module: int, block: int) -> str | None:
    """The region of a `try` out of which failures come as other errors alone: `except Exception as e: raise Refused(e)`. Where not all
    are caught, this holds for those that are."""
    own = suites(build.engine, module)
    handlers = own.module.blocks[block].handlers
    if any(_raises_below(build, module, h) for h in handlers):
        return None
    every = any(_catches_all(build, module, h) for h in handlers)
    caught = () if every else tuple(dict.fromkeys(n for h in handlers for n in _caught_names(build, module, h)))
    if not every and not caught:
        return None
    names: dict[str, None] = {}
    for handler in handlers:
        for order in own.orders(handler):
            leave = own.exits.get(order)
            if leave is None or leave.kind != "raise":
                continue
            found = error_names(build, _raised_as(build, module, handler, leave))
            if not found:
                return None
            names.update(dict.fromkeys(found))
    if not names:
        return None
    at = build.location(module, max(1, own.module.blocks[block].line))
    failed = every or all(any(_is_other(build, o) is None for o in _named(build, module, h)) for h in handlers)
    name = f"converts:{at.path}:{at.line}:{block}"
    return build.region(Region(name, "handler", "", at, becomes=tuple(names), caught=caught, failed=failed))


def error_names(build: Build, errors: Sequence[Origin]) -> tuple[str, ...]:
    """The last names of classes of errors, and `?` for the unknown bases of those of libraries; empty: not all are known to be classes."""
    if not all(isinstance(o, (Class, Ext)) for o in errors):
        return ()
    rows = dict.fromkeys(_last(build, o) for o in errors)
    if any(isinstance(o, Ext) and not all_known(build.engine, o.name) for o in errors):
        rows["?"] = None
    return tuple(rows)


def raised_in(build: Build, module: int, leave: Exit) -> tuple[Origin, ...]:
    """What a `raise` raises that names it."""
    place = Place(module, leave.order)
    return thrown(build.engine, _first(build, place, leave.value), place)


def only_raises(build: Build, module: int, block: int) -> bool:
    """Whether every handler of a `try` always raises."""
    own = suites(build.engine, module)
    return all(own.outcomes(h) == {"raise"} for h in own.module.blocks[block].handlers)


def _caught_names(build: Build, module: int, handler: int) -> Iterator[str]:
    """The classes that a handler names, with those that are known to derive from one."""
    for origin in _named(build, module, handler):
        if isinstance(origin, Ext):
            yield from narrower_than(build.engine, (origin.name,))
        elif isinstance(origin, Class):
            yield build.engine.scope(origin.cls).qualname


def _raised_as(build: Build, module: int, handler: int, leave: Exit) -> list[Origin]:
    """The classes that a handler raises, with their bases; those that it catches where it raises what it caught."""
    engine, info = build.engine, build.engine.modules[module].blocks[handler]
    value = _first(build, Place(module, leave.order), leave.value)
    rows = engine.modules[module].scopes[info.scope].bindings.get(value[1], ()) if value[0] == "name" else ()
    if value != ("const", None) and all(row.kind != "except" for row in rows):
        return family(engine, thrown(engine, value, Place(module, leave.order)))
    named = list(_named(build, module, handler))
    # What a library or Python raises is what failed: only errors of the program are others.
    return family(engine, tuple(o for o in named if o is not None)) if all(isinstance(o, Class) for o in named) else []


def _last(build: Build, origin: Origin) -> str:
    return build.engine.scope(origin.cls).name if isinstance(origin, Class) else origin.name.rpartition(".")[2]  # type: ignore[union-attr]


def left_by(build: Build, handlers: list[str], loops: list[str]) -> list[str]:
    """Notes that these handlers leave a loop around them; those that leave the next one, too."""
    for handler in handlers:
        region = build.graph.flow.regions[handler]
        more = tuple(r for r in loops if r not in region.leaves)
        build.graph.flow.regions[handler] = replace(region, leaves=(*region.leaves, *more)) if more else region
    returning: set[str] = build.memo.get("returning handlers", set())  # type: ignore[assignment]
    return [h for h in handlers if h in returning]


def _catches_all(build: Build, module: int, handler: int) -> bool:
    return any(o is None or (isinstance(o, Ext) and o.name in BROAD) for o in _named(build, module, handler))


def _raises_below(build: Build, module: int, handler: int) -> bool:
    """Whether a handler calls a function of the program that may raise or does the work again."""
    own = suites(build.engine, module)
    for call in own.calls_in(handler):
        for func in callees(build.engine, call, module):
            body = build.engine.scope(func.fn).body
            inner = suites(build.engine, func.fn[0])
            if func.fn == build.function_of(module, call.order) or (body >= 0 and "raise" in inner.outcomes(body)):
                return True
    return False
