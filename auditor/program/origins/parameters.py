"""Parameters: bound at the call site of the context, else joined over the callers, else their default."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.facts.types import Expr, Parameter, Scope
from auditor.program.origins.annotated import handed, written
from auditor.program.origins.callers import found_callers
from auditor.program.origins.containers import elements, given, is_left_out, picked
from auditor.program.origins.decorators import decorated
from auditor.program.origins.engine import Engine
from auditor.program.origins.gated import objects
from auditor.program.origins.objects import declared
from auditor.program.origins.overridden import of_its_classes
from auditor.program.origins.rewritten import rewritten
from auditor.program.origins.shared import passed
from auditor.program.origins.starred import starred_keyword
from auditor.program.origins.started import started
from auditor.program.origins.types import (
    Box,
    Class,
    Const,
    Env,
    Ext,
    Frame,
    Func,
    Instance,
    Key,
    Op,
    Origin,
    Origins,
    Param,
    Place,
    Text,
    Unresolved,
)
from auditor.program.origins.untold import only_declared, untyped
from auditor.program.origins.validated import given_values_of, handed_fields
from auditor.program.origins.validators import all_validators
from auditor.program.origins.written_keys import may_bring

NOT_MADE = Unresolved("nothing here makes an object of the class that it is a method of")
TOO_DEEP = Unresolved("called too deep to be followed")
VALUES = (Const, Env, Text, Op)
STEPPING = "methods that add steps"
"""where the names of the methods are kept that make a function a step of a workflow"""


def parameter(engine: Engine, fn: Key, position: int, ctx: int) -> Origins:
    """What can reach a parameter of a function, in a context."""
    frame = engine.find_frame(ctx, fn)
    if frame is not None:
        return engine.query(("bound", frame, position), bound, engine, frame, position)
    if engine.is_lost(ctx):
        return engine.query(("lost", fn, position), _lost, engine, fn, position)
    return engine.query(("param", fn, position), joined, engine, fn, position)


def _lost(engine: Engine, fn: Key, position: int) -> list[Origin]:
    """What reaches a parameter by one of the calls, not known by which: an object can be any of them, a value only if all agree."""
    rows = engine.query(("param", fn, position), joined, engine, fn, position)
    values = {(o.kind, o.value) if isinstance(o, Const) else o for o in rows if isinstance(o, VALUES)}
    return list(rows) if len(values) < 2 else [*(o for o in rows if not isinstance(o, VALUES)), TOO_DEEP]


def _presets(engine: Engine, fn: Key) -> list[Frame]:
    """What `partial(f, ...)` binds of a function that only something external calls."""
    rows: list[Frame] = []
    for number, call, where in engine.value_uses.get(engine.scope(fn).name, ()):
        place = Place(number, call.order)
        if where != 0 or not any(isinstance(o, Ext) and o.name == "functools.partial" for o in engine.origins(call.func, place)):
            continue
        if not engine.speaks_of(number, fn[0]):
            continue
        site = (number, call.index)
        found = [o for o in engine.origins(call.args[0], place) if isinstance(o, Func) and o.fn == fn]
        rows.extend(Frame(fn, site, 0, f.owner, ((site, 0),), f.ctx, 1) for f in found)
    return rows


def is_method(engine: Engine, fn: Key) -> bool:
    """Whether a function's first parameter is its object or class."""
    scope = engine.scope(fn)
    if scope.kind != "function" or scope.parent < 0 or engine.modules[fn[0]].scopes[scope.parent].kind != "class":
        return False
    return not any(d == ("name", "staticmethod") for d in scope.decorators)


def joined(engine: Engine, fn: Key, position: int, only: Sequence[Frame] | None = None) -> list[Origin]:
    """What all calls of a function give, or `only` some of them."""
    scope = engine.scope(fn)
    param = scope.params[position]
    if position == 0 and param.kind == "positional" and is_method(engine, fn):
        owner: Key = (fn[0], scope.parent)
        if any(d == ("name", "classmethod") for d in scope.decorators):
            return [Class(owner)]
        return objects(engine, fn, owner)
    rows: list[Origin] = []
    frames = found_callers(engine, fn) if only is None else only
    shown = [isinstance(f, Frame) and _shown(engine, fn, f) for f in frames]
    unmade = False
    for frame, only_shown in zip(frames, shown, strict=True):
        if isinstance(frame, Frame):
            calling = of_its_classes(engine, fn, frame)
            found = [o for each in calling for o in bound(engine, each, position)]
            unmade = unmade or not calling
        else:
            found = [frame]
        # A number in an example or a notebook is not what the program passes, where the program itself calls.
        rows.extend([o for o in found if not isinstance(o, Const)] if only_shown and not all(shown) else found)
    for frame in decorated(engine, fn):
        rows.extend(bound(engine, frame, position) if isinstance(frame, Frame) else [frame])
    rows.extend(started(engine, fn, position))
    rows.extend(passed(engine, fn, position))
    rows.extend(given_values_of(engine, fn, position))
    if unmade and not rows:
        rows.append(NOT_MADE)
    for frame in () if rows else _presets(engine, fn):
        rows.extend(bound(engine, frame, position))
    if rows:
        return [*_typed(engine, rows, fn, param), *([Param(fn, param.name)] if _is_given_state(engine, fn, position) else [])]
    if engine.in_cycle():
        return []
    rows = _default(engine, fn, param, given=False)
    return rows if param.default is None else _decorated(engine, fn, param, rows, left_out=True)


def _is_given_state(engine: Engine, fn: Key, position: int) -> bool:
    """Whether a workflow hands its state to a function, besides those that call it."""
    scope = engine.scope(fn)
    methods = engine.memo.get(STEPPING, ())
    if not methods or position != (1 if is_method(engine, fn) else 0):
        return False
    return any(call.last in methods and engine.speaks_of(number, fn[0]) for number, call, _ in engine.value_uses.get(scope.name, ()))


def _default(engine: Engine, fn: Key, param: Parameter, ctx: int = 0, *, given: bool) -> list[Origin]:
    """What a parameter is where nothing is passed for it. `ctx`: the context in which the function is defined."""
    place = Place(fn[0], engine.scope(fn).order, ctx)
    rows = declared(engine, list(engine.origins(param.default, place))) if param.default is not None else []
    return _typed(engine, rows, fn, param, given=given) if rows else _brought(engine, fn, param)


def _shown(engine: Engine, fn: Key, frame: Frame) -> bool:
    return engine.is_shown[frame.site[0]] and not engine.is_shown[fn[0]]


def _typed(engine: Engine, rows: list[Origin], fn: Key, param: Parameter, *, given: bool = True) -> list[Origin]:
    """Where no value has a type of its own, the annotation gives one; not where nothing but None is surely given."""
    if param.annotation is None:
        return rows
    if not all(map(untyped, rows)):
        told = only_declared(engine, rows, param.annotation, _definition(engine, fn))
        return [*rows, Param(fn, param.name)] if told else rows
    if not names_class(param.annotation):
        return rows
    if given and rows and all(isinstance(o, Const) for o in rows):
        return rows
    return [*rows, *_brought(engine, fn, param)]


def _brought(engine: Engine, fn: Key, param: Parameter) -> list[Origin]:
    """What a parameter without a default and without callers is: what its annotation brings, else any object of the classes in it."""
    if param.annotation is None:
        return [Param(fn, param.name)]
    place = _definition(engine, fn)
    return handed(engine, param.annotation, place) or [Param(fn, param.name), *annotated_instances(engine, param.annotation, place)]


def annotated_instances(engine: Engine, annotation: Expr, place: Place, depth: int = 0) -> list[Origin]:
    """Any instance of each local class that an annotation names; `Optional`, unions and quotes are looked through."""
    kind = annotation[0]
    if depth > 6:
        return []
    if kind == "const" and isinstance(annotation[1], str):
        names = annotation[1].replace("[", "|").replace("]", "|").replace(",", "|").split("|")
        quoted = [_name(engine, n.strip()) for n in names if n.strip().isidentifier()]
        return [o for q in quoted for o in annotated_instances(engine, q, place, depth + 1)]
    if kind in ("name", "attr"):
        named = [Instance(o.cls, None, 0) for o in engine.origins(annotation, place) if isinstance(o, Class)]
        told = written(engine, annotation, place) if not named else None
        return annotated_instances(engine, told[0][0], told[1], depth + 1) if told is not None else list(named)
    if kind in ("sub", "op"):
        parts = annotation[2:] if kind == "sub" else annotation[2:4]
        return [o for part in parts if isinstance(part, tuple) for o in annotated_instances(engine, part, place, depth + 1)]
    if kind == "seq":
        return [o for part in annotation[2] for o in annotated_instances(engine, part, place, depth + 1)]
    return []


def of_type_argument(engine: Engine, base: Param, name: str) -> list[Origin]:
    """`context.deps` of a parameter that is declared as `Context[Deps]`."""
    found = type_argument(engine, base, name)
    return annotated_instances(engine, *found) if found is not None else []


def type_argument(engine: Engine, base: Param, name: str) -> tuple[Expr, Place] | None:
    """The type argument of a parameter's class, where the attribute is an object of that type."""
    param = next((p for p in engine.scope(base.fn).params if p.name == base.name), None) if engine.generics else None
    if param is None or param.annotation is None or param.annotation[0] != "sub":
        return None
    place = _definition(engine, base.fn)
    outer = [o.name for o in engine.origins(param.annotation[1], place) if isinstance(o, Ext)]
    if name not in [engine.generics.get(o) for o in outer]:
        return None
    given = param.annotation[2]
    return given[2][0] if given[0] == "seq" and given[2] else given, place


def _name(engine: Engine, name: str) -> Expr:
    return engine.made(("quoted", name), lambda: ("name", name))


GENERIC = frozenset(
    [
        "Optional",
        "Union",
        "Any",
        "List",
        "Dict",
        "Tuple",
        "Set",
        "FrozenSet",
        "Literal",
        "Callable",
        "Sequence",
        "Iterable",
        "Iterator",
        "Mapping",
        "Awaitable",
        "Annotated",
        "Type",
        "None",
        "AsyncIterator",
        "AsyncGenerator",
        "Generator",
        "Coroutine",
        "ClassVar",
        "Final",
        "Path",
        "Decimal",
        "UUID",
    ]
)


def names_class(annotation: Expr, depth: int = 0) -> bool:
    """Whether an annotation names a class that is no plain value or container."""
    kind = annotation[0]
    if depth > 6:
        return False
    if kind == "const" and isinstance(annotation[1], str):
        words = annotation[1].replace("[", " ").replace("]", " ").replace("|", " ").replace(",", " ").replace(".", " ").split()
        return any(w[:1].isupper() and w not in GENERIC for w in words)
    if kind in ("name", "attr"):
        last = str(annotation[-1])
        return last[:1].isupper() and last not in GENERIC
    if kind in ("sub", "op"):
        return any(names_class(part, depth + 1) for part in annotation[1:] if isinstance(part, tuple))
    if kind == "seq":
        return any(names_class(part, depth + 1) for part in annotation[2])
    return False


def _definition(engine: Engine, fn: Key) -> Place:
    return Place(fn[0], engine.scope(fn).order)


def bound(engine: Engine, frame: Frame, position: int) -> list[Origin]:
    """The argument that a call gives to a parameter, or the parameter's default."""
    scope = engine.scope(frame.fn)
    param = scope.params[position]
    if position == 0 and frame.owner is not None and param.kind == "positional":
        return [frame.owner]
    if frame.decorated is not None and position == (1 if frame.owner is not None else 0):
        return [_validated(engine, frame, frame.decorated)]
    passed = argument(engine, scope, position, frame) if frame.decorated is None else None
    if passed is None:
        surely = frame.decorated is None and not _starred_call(engine, frame)
        return _decorated(engine, frame.fn, param, _default(engine, frame.fn, param, frame.parent, given=surely), left_out=True)
    if any(map(is_left_out, passed)):
        left = _default(engine, frame.fn, param, frame.parent, given=True)
        rows = _decorated(engine, frame.fn, param, given(passed), left_out=False)
        return [*rows, *_decorated(engine, frame.fn, param, left, left_out=True)]
    return _decorated(engine, frame.fn, param, _typed(engine, passed, frame.fn, param), left_out=False)


def _decorated(engine: Engine, fn: Key, param: Parameter, rows: list[Origin], *, left_out: bool) -> list[Origin]:
    """What a parameter that a call can name is after the decorators of its function."""
    named = param.kind in ("positional", "keyword")
    return rewritten(engine, fn, param.name, rows, left_out=left_out) if named and engine.scope(fn).decorators else rows


def _starred_call(engine: Engine, frame: Frame) -> bool:
    """Whether a call may give more than is written there, by `*` or `**`."""
    calls = [engine.call(site) for site, _ in (*frame.partials, (frame.site, frame.site_ctx))]
    return any(a[0] == "star" for c in calls for a in c.args) or any(n is None for c in calls for n, _, _ in c.keywords)


def _validated(engine: Engine, frame: Frame, value: Origin) -> Origin:
    """What runs with one value gets that; a validator of a whole object the mapping of its fields."""
    validator = all_validators(engine).get(frame.fn) if isinstance(value, Instance) else None
    if validator is None or not validator.mapping or not isinstance(value, Instance):
        return value
    return handed_fields(engine, validator, value, engine.frame(frame))


def argument(engine: Engine, scope: Scope, position: int, frame: Frame) -> list[Origin] | None:
    """What is passed for a parameter at a call site (and by `partial` before it); None: nothing is."""
    param = scope.params[position]
    skip = 1 if frame.owner is not None else 0
    sites = list(dict.fromkeys((*frame.partials, (frame.site, frame.site_ctx))))
    if param.kind == "kwargs":
        return _rest_keywords(engine, frame.fn, param.name, sites)
    if param.kind == "args":
        return _rest_positional(engine, scope, position - skip, sites)
    unread: Origin | None = None
    why: str | None = None
    for site, ctx in reversed(sites):
        call, place = engine.call(site), engine.call_place(site, ctx)
        for name, value, _ in call.keywords:
            if name == param.name:
                return list(engine.origins(value, place))
        found = starred_keyword(engine, call, param.name, place)
        if found is not None:
            if any(not isinstance(o, Unresolved) for o in found):
                return list(found)
            unread, why = found[0], why or may_bring(engine, call, param.name, place)
    if param.kind == "positional":
        found_at = _positional(engine, position - skip, sites, frozenset(s for s, _ in frame.partials))
        if found_at is not None:
            return found_at
    if why is not None:
        return [Unresolved(why)]
    if unread is not None and param.default is None:
        return [unread]
    return None


def _positional(engine: Engine, wanted: int, sites: list[tuple[Key, int]], partials: frozenset[Key]) -> list[Origin] | None:
    """The argument at a position, counted over the sites of `partial` first."""
    count = 0
    for site, ctx in sites:
        call, place = engine.call(site), engine.call_place(site, ctx)
        for arg in call.args[1:] if site in partials else call.args:
            if arg[0] == "star":
                rows = [o for base in engine.origins(arg[1], place) for o in _starred(engine, base, wanted - count)]
                return rows or [Unresolved("comes in by * that is not read")]
            if count == wanted:
                return list(engine.origins(arg, place))
            count += 1
    return None


def _starred(engine: Engine, base: Origin, position: int) -> list[Origin]:
    """The argument that a sequence given by `*` brings to a position; of an unread one any of its elements."""
    return picked(engine, base, (position,)) if isinstance(base, Box) and base.kind == "tuple" else elements(engine, base)


def _rest_keywords(engine: Engine, fn: Key, name: str, sites: list[tuple[Key, int]]) -> list[Origin]:
    """`**kwargs` inside the function: the keywords that no other parameter takes."""
    names = {p.name for p in engine.scope(fn).params if p.kind in ("positional", "keyword")}
    site, ctx = sites[-1]
    call = engine.call(site)

    def build() -> Expr:
        pairs = tuple((None if n is None else ("const", n), v) for n, v, _ in call.keywords if n is None or n not in names)
        return ("dict", pairs, call.line)

    expr = engine.made(("kwargs", site, fn), build)
    engine.keywords_in[id(expr)] = fn
    engine.box_names[id(expr)].add(name)
    return [Box("dict", engine.ref(expr, engine.call_place(site, ctx)))]


def _rest_positional(engine: Engine, scope: Scope, first: int, sites: list[tuple[Key, int]]) -> list[Origin]:
    site, ctx = sites[-1]
    expr = engine.made(("args", site, first), lambda: ("seq", "tuple", engine.call(site).args[max(first, 0) :]))
    return [Box("tuple", engine.ref(expr, engine.call_place(site, ctx)))]


def parameter_index(scope: Scope, name: str) -> int | None:
    return next((i for i, p in enumerate(scope.params) if p.name == name), None)


def default_of(param: Parameter) -> Expr | None:
    return param.default
