"""Calls: what a call expression gives, by what its callee can be."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.program.origins.annotated import annotated
from auditor.program.origins.cached import made_here, may_be_missing
from auditor.program.origins.casts import NAME as CAST
from auditor.program.origins.casts import cast
from auditor.program.origins.containers import elements, given, index, is_dict, lookup, one_of, values
from auditor.program.origins.engine import Engine
from auditor.program.origins.feasible import feasible
from auditor.program.origins.frames import LOST
from auditor.program.origins.guards import reached
from auditor.program.origins.imports import IMPORTERS, imported_modules
from auditor.program.origins.injected import given_object
from auditor.program.origins.kept import CONTEXT, HOLDING, in_context, in_object, in_queue, kept
from auditor.program.origins.kept_results import kept_result
from auditor.program.origins.listed import derived, named_by_text
from auditor.program.origins.many import of_call
from auditor.program.origins.mappings import as_dict, dumped
from auditor.program.origins.mutated import keyword_dict
from auditor.program.origins.objects import attribute, external_bases, method
from auditor.program.origins.shared import shared_item
from auditor.program.origins.started import outcome, starter_of
from auditor.program.origins.tables import last_name
from auditor.program.origins.texts import text_method
from auditor.program.origins.types import (
    Attr,
    Box,
    Class,
    Const,
    Env,
    Ext,
    Func,
    Instance,
    Item,
    Key,
    Member,
    New,
    Origin,
    Origins,
    Param,
    Partial,
    Place,
    Result,
    Super,
    Unresolved,
)

SAME = frozenset(
    [
        "builtins.int",
        "builtins.float",
        "builtins.str",
        "builtins.bool",
        "copy.copy",
        "copy.deepcopy",
        "functools.lru_cache",
        "functools.cache",
        "builtins.iter",
        "functools.wraps",
        "contextlib.nullcontext",
        "builtins.abs",
        "builtins.round",
        "functools.update_wrapper",
    ]
)
NUMBERS = frozenset(("builtins.int", "builtins.float"))
COPIES = frozenset(
    ["builtins.list", "builtins.tuple", "builtins.set", "builtins.dict", "builtins.sorted", "builtins.reversed", "builtins.frozenset"]
)
EXIT_STACKS = frozenset(("contextlib.ExitStack", "contextlib.AsyncExitStack"))
ENVIRONMENT = frozenset(("os.getenv", "os.environ.get"))


def call_origins(engine: Engine, number: int, place: Place) -> list[Origin]:
    """What the call with this index gives in the context of `place`."""
    site: Key = (place.module, number)
    call = engine.call(site)
    rows: list[Origin] = []
    for callee in feasible(engine, call, engine.origins(call.func, place)):
        rows.extend(called(engine, callee, site, call, place, ()))
    return rows


def called(engine: Engine, callee: Origin, site: Key, call: Call, place: Place, partials: tuple[tuple[Key, int], ...]) -> list[Origin]:
    """What calling one origin gives."""
    if isinstance(callee, Func):
        return list(results(engine, callee, site, place.ctx, partials))
    if isinstance(callee, Class):
        return constructor_result(engine, callee, site, place.ctx, partials)
    if isinstance(callee, Ext):
        return external(engine, callee.name, site, call, place, partials)
    if isinstance(callee, Partial):
        return called(engine, callee.target, site, call, place, ((callee.site, callee.ctx), *partials))
    if isinstance(callee, Instance):
        found = method(engine, callee.cls, "__call__")
        return (
            list(results(engine, Func(found, callee, 0), site, place.ctx, partials))
            if found
            else [Unresolved("the object is not callable here")]
        )
    if isinstance(callee, Attr):
        return method_result(engine, callee, site, call, place)
    if isinstance(callee, (New, Result, Item)):
        return [Result(callee, "__call__", site, place.ctx)]
    if isinstance(callee, Super):
        return [callee]
    if isinstance(callee, Param):
        return [Result(callee, "__call__", site, place.ctx)]
    if isinstance(callee, Unresolved):
        return [of_call(callee)]
    return [Unresolved("what is called cannot be told")]


def constructor_result(engine: Engine, callee: Class, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> list[Origin]:
    """An instance; of an enum class the member."""
    call = engine.call(site)
    if call.args and is_enum(engine, callee.cls):
        given = engine.origins(call.args[0], engine.call_place(site, ctx))
        rows = [o for o in given if isinstance(o, Member)]
        members = elements(engine, callee)
        if not rows and all(isinstance(o, Const) for o in given):
            wanted = {(o.kind, o.value) for o in given if isinstance(o, Const)}
            rows = [m for m in members if any(isinstance(v, Const) and (v.kind, v.value) in wanted for v in attribute(engine, m, "value"))]  # type: ignore[misc]
        return list(rows) or members
    from auditor.program.origins.receivers import is_abstract

    if is_abstract(engine, callee.cls):
        return [Instance(callee.cls, None, 0)]
    return [Instance(callee.cls, site, LOST if engine.too_deep(ctx) else ctx, partials)]


def is_enum(engine: Engine, cls: Key) -> bool:
    return any(name in ("enum.Enum", "enum.StrEnum", "enum.IntEnum") for name in external_bases(engine, cls))


def results(engine: Engine, func: Func, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> Origins:
    """What a call of a local function returns, its parameters bound at the site."""
    return returns(engine, func.fn, engine.entered(func, site, ctx, partials))


def returns(engine: Engine, fn: Key, ctx: int) -> Origins:
    """The values that a function returns or, as a context manager, yields, in a context."""
    return engine.query(("returns", fn, ctx), _returns, engine, fn, ctx)


def _returns(engine: Engine, fn: Key, ctx: int) -> list[Origin]:
    module, scope = engine.modules[fn[0]], engine.scope(fn)
    rows: list[Origin] = []
    if scope.yields:
        manager = any(_is_manager(engine, fn, d) for d in scope.decorators)
        if not manager:
            expr = engine.made(("yields", fn), lambda: ("seq", "list", tuple(e for e, _ in scope.yields)))
            return [Box("list", engine.ref(expr, Place(fn[0], scope.yields[-1][1], ctx)))]
        for expr, order in scope.yields:
            rows.extend(engine.origins(expr, Place(fn[0], order, ctx)))
        return rows
    found: list[tuple[Expr, Origins]] = []
    for exit_ in scope.exits:
        if exit_.kind != "return":
            continue
        place = Place(fn[0], exit_.order, ctx)
        state = reached(engine, module.statements[exit_.order][1], place) if ctx else None
        if state is False:
            continue
        found.append((exit_.value, engine.origins(exit_.value, place)))
        if state is True and not may_be_missing(engine, fn, exit_.value):
            break
    return annotated(engine, fn, made_here(engine, fn, ctx, found))


def _is_manager(engine: Engine, fn: Key, decorator: tuple[object, ...]) -> bool:
    """Whether a decorator makes a generator a context manager or a dependency that yields one value."""
    name = decorator[2] if decorator[0] == "attr" else decorator[1] if decorator[0] == "name" else ""
    return name in ("contextmanager", "asynccontextmanager", "fixture")


def external(engine: Engine, name: str, site: Key, call: Call, place: Place, partials: tuple[tuple[Key, int], ...]) -> list[Origin]:
    """A call of an external name: what Python itself means by it, a runner, else something new."""
    args = call.args
    if name in ENVIRONMENT:
        return _environment(engine, call, place)
    if name == "functools.partial" and args:
        return [Partial(o, site, place.ctx) for o in engine.origins(args[0], place)]
    if name in ("copy.copy", "copy.deepcopy") and len(args) == 1 and _all_dicts(engine, args, place):
        return [Box("dict", engine.ref(keyword_dict(engine, site), place))]
    if name == CAST and len(args) > 1:
        return cast(engine, site, place)
    if name in SAME and args:
        rows = list(engine.origins(args[0], place))
        return _numbers(rows) if name in NUMBERS else rows
    if name == "builtins.next" and args:
        return _next(engine, args, place)
    if name == "builtins.dict" and len(args) < 2 and _all_dicts(engine, args, place):
        return [Box("dict", engine.ref(keyword_dict(engine, site), place))]
    if name in COPIES and args:
        found = engine.origins(args[0], place)
        boxes = [o for o in found if isinstance(o, Box)]
        return list(boxes) if boxes and len(boxes) == len(found) else [New(name, site, place.ctx)]
    if name in COPIES and not args:
        expr = engine.made(("empty", site), lambda: ("seq", name.removeprefix("builtins."), ()))
        engine.made_by[id(expr)] = site
        return [Box(expr[1], engine.ref(expr, place))]
    if name == "builtins.getattr" and len(args) >= 2:
        return named_by_text(engine, call, place)
    if name in IMPORTERS:
        return imported_modules(engine, name, call, place.module, place) or [New(name, site, place.ctx, partials)]
    if name == "builtins.super":
        return _super(engine, place)
    if name == "builtins.property" and args:
        return list(engine.origins(args[0], place))
    held = as_dict(engine, name, site, place) or one_of(engine, name, args, place)
    if held:
        return held
    runner = engine.runners.get(name)
    if runner is not None:
        return _run(engine, runner, site, call, place)
    if name.endswith(".get") and args:
        holder, keys = name.removesuffix(".get"), engine.origins(args[0], place)
        put = kept(engine, holder, keys) or shared_item(engine, Ext(holder), args[0], keys, place.module)
        if put:
            return put
    return [New(name, site, place.ctx, partials)]


def _numbers(rows: list[Origin]) -> list[Origin]:
    """What a number can be made of: None cannot."""
    rows = [o for o in rows if not _is_none(o)]
    return [Env(o.name, tuple(f for f in o.fallback if not _is_none(f)), o.module, o.line) if isinstance(o, Env) else o for o in rows] or [
        Unresolved("None is no number")
    ]


def _is_none(origin: Origin) -> bool:
    return isinstance(origin, Const) and origin.value is None


def _next(engine: Engine, args: tuple[Expr, ...], place: Place) -> list[Origin]:
    """An element of what is iterated over, or the default that is given."""
    found = engine.origins(args[0], place)
    rows = [o for base in found for o in (elements(engine, base) if isinstance(base, Box) else (base,))]
    return [*rows, *(o for default in args[1:2] for o in engine.origins(default, place))]


def _all_dicts(engine: Engine, args: tuple[Expr, ...], place: Place) -> bool:
    return all(is_dict(engine, o) for a in args for o in engine.origins(a, place))


def _environment(engine: Engine, call: Call, place: Place) -> list[Origin]:
    fallback = engine.origins(call.args[1], place) if len(call.args) > 1 else ()
    fallback = fallback or tuple(o for n, v, _ in call.keywords if n == "default" for o in engine.origins(v, place))
    names = [o.value for o in engine.origins(call.args[0], place) if isinstance(o, Const)] if call.args else []
    return [Env(str(names[0]) if names else "?", fallback, place.module, call.line)]


def _super(engine: Engine, place: Place) -> list[Origin]:
    module = engine.modules[place.module]
    scope = engine.place_scope(place)
    while scope >= 0 and not (module.scopes[scope].kind == "function" and module.scopes[module.scopes[scope].parent].kind == "class"):
        scope = module.scopes[scope].parent
    if scope < 0:
        return [Unresolved("super() outside a method")]
    cls: Key = (place.module, module.scopes[scope].parent)
    frame = engine.find_frame(place.ctx, (place.module, scope))
    owner = frame.owner if frame is not None and frame.owner is not None else Instance(cls, None, 0)
    return [Super(cls, owner)]


def _run(engine: Engine, runner: int | str, site: Key, call: Call, place: Place) -> list[Origin]:
    """A runner calls one of its arguments (or runs a coroutine that is one) and gives its result."""
    value = None
    if isinstance(runner, int):
        value = call.args[runner] if runner < len(call.args) else None
    else:
        value = next((v for n, v, _ in call.keywords if n == runner), None)
    if value is None:
        return [Unresolved("nothing is given to be run")]
    rows: list[Origin] = []
    for origin in engine.origins(value, place):
        if isinstance(origin, (Func, Partial)):
            target: Origin = origin
            while isinstance(target, Partial):
                target = target.target
            rows.extend(given_by(engine, target) if isinstance(target, Func) else [target])
        elif isinstance(origin, Class):
            rows.append(Instance(origin.cls, None, 0))
        else:
            rows.append(origin)
    return rows


def given_by(engine: Engine, func: Func) -> Origins:
    """What a function returns; a generator that something runs for its value stands for what it yields."""
    rows: list[Origin] = []
    for origin in returns(engine, func.fn, func.ctx):
        yields = engine.synthetic.get(("yields", func.fn))
        generated = isinstance(origin, Box) and yields is not None and engine.refs[origin.ref][0] is yields
        rows.extend(elements(engine, origin) if generated else [origin])
    return tuple(rows)


def method_result(engine: Engine, callee: Attr, site: Key, call: Call, place: Place) -> list[Origin]:
    """A method of a container, of a text, or of something external."""
    base, name = callee.base, callee.name
    if name in ("enter_async_context", "enter_context") and isinstance(base, New) and base.name in EXIT_STACKS and call.args:
        from auditor.program.origins.lookup import entered

        return entered(engine, engine.origins(call.args[0], place))
    if name in ("__enter__", "__aenter__") and not call.args:
        from auditor.program.origins.lookup import entered

        return entered(engine, (base,))
    if name in ("get", "get_nowait") and isinstance(base, New) and base.name in HOLDING:
        held = in_context(engine, base) if base.name == CONTEXT else in_queue(engine, base)
        if held:
            return held
    if name in ("get", "pop") and isinstance(base, (New, Attr)) and call.args and call.func[0] == "attr":
        keys = engine.origins(call.args[0], place)
        held = shared_item(engine, base, call.args[0], keys, place.module)
        if not held and isinstance(base, New):
            held = in_object(engine, base, last_name(call.func[1]), keys)
        if held:
            return [*held, Result(base, name, site, place.ctx)]
    mapping = dumped(engine, base, name, site, place) if isinstance(base, Instance) else []
    if mapping:
        return mapping
    if isinstance(base, Class) and name == "__subclasses__":
        return [derived(engine, base.cls, place)]
    if isinstance(base, Box):
        if name in ("get", "pop", "setdefault") and call.args:
            if is_dict(engine, base):
                known = kept_result(engine, base, call, place) or _of_fields(engine, base, call, place)
                return known or _get(engine, base, call, place)
            return elements(engine, base)
        if name == "copy":
            return [Box("dict", engine.ref(keyword_dict(engine, site), place)) if is_dict(engine, base) else base]
        if name in ("items", "values", "keys"):
            return [Result(base, name, site, place.ctx)]
        if name in ("popleft", "pop", "get_nowait"):
            return elements(engine, base)
    injected = given_object(engine, callee, call, place) if engine.injectors else None
    if injected:
        return injected
    begun = _begun(engine, callee, call, place)
    if begun:
        return begun
    made = text_method(engine, base, name, site, call, place) if isinstance(base, Const) else None
    if made is not None:
        return made
    if isinstance(base, (Const, Env)) and name in ("lower", "upper", "strip", "rstrip", "lstrip"):
        return [base]
    return [Result(base, name, site, place.ctx)]


def _get(engine: Engine, box: Box, call: Call, place: Place) -> list[Origin]:
    rows: list[Origin] = []
    for key in engine.origins(call.args[0], place):
        if isinstance(key, Const):
            found, unread = lookup(engine, box, key.value)
            if found:
                rows.extend(found)
                continue
            if len(call.args) > 1:
                rows.extend(engine.origins(call.args[1], place))
            else:
                missing = Unresolved(f"the key {key.value!r} may come from elsewhere")
                rows.append(missing if unread else Const(None, "NoneType", place.module, call.line))
        else:
            rows.extend(values(engine, box) or index(engine, box, (key,)))
    return rows


def _of_fields(engine: Engine, box: Box, call: Call, place: Place) -> list[Origin]:
    """`values.get("key", default)` in a validator; nothing where the mapping is another one."""
    from auditor.program.origins.validated import read

    found = read(engine, box, call.func[1], call.args[0], place) if call.func[0] == "attr" else None
    if found is None:
        return []
    rows = given(found)
    if rows and len(rows) == len(found):
        return rows
    otherwise = engine.origins(call.args[1], place) if len(call.args) > 1 else (Const(None, "NoneType", place.module, call.line),)
    return [*rows, *otherwise]


def _begun(engine: Engine, callee: Attr, call: Call, place: Place) -> list[Origin]:
    """What a function gives that an event loop or a pool runs: where it is awaited, or asked for (`future.result()`)."""
    base = callee.base
    starter = starter_of(engine, callee)
    if starter is not None and starter.hands == "rest":
        found = outcome(engine, starter, call, place)
        return found if call.awaited else []
    if callee.name == "result" and isinstance(base, Result):
        starter = starter_of(engine, Attr(base.base, base.method))
        if starter is not None and starter.hands == "rest":
            return outcome(engine, starter, engine.call(base.site), engine.call_place(base.site, base.ctx))
    return []
