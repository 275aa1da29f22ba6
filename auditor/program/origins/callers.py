"""Who calls a function: call sites by name whose callee is resolved, callbacks passed on, and runners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.facts.types import Call, Scope, Store
from auditor.program.origins.candidates import Candidates, running
from auditor.program.origins.engine import TOO_MUCH, Engine
from auditor.program.origins.feasible import fits, never_run
from auditor.program.origins.looked_up import looked_up
from auditor.program.origins.many import Many, run_by
from auditor.program.origins.types import Class, Frame, Func, Instance, Key, Origin, Partial, Place, Unresolved

MOST_CALLERS = 64
BELOW = "all subclasses"
TOO_MANY = Unresolved(f"more than {MOST_CALLERS} calls reach it")


def callers(engine: Engine, fn: Key) -> tuple[Frame, ...]:
    """Frames that bind a function's parameters, one a call site, in source order; none where there are more than 64."""
    return tuple(f for f in found_callers(engine, fn) if isinstance(f, Frame))


def found_callers(engine: Engine, fn: Key) -> tuple[Any, ...]:
    """Frames, or one Unresolved where there are too many."""
    return engine.query(("callers", fn), _callers, engine, fn)


def _callers(engine: Engine, fn: Key) -> list[Any]:
    rows = dict.fromkeys((*_calling(engine, fn, MOST_CALLERS), *(f for _, f in passed_on(engine, fn))))
    return list(rows) if len(rows) <= MOST_CALLERS else [TOO_MANY]


def all_callers(engine: Engine, fn: Key) -> tuple[Frame, ...]:
    """The frames of all calls of a function, however many there are. Each call is asked for itself, so what is too much to be followed at
    one says nothing of the others: for the call graph, not for queries."""
    return tuple(dict.fromkeys(_calling(engine, fn, None)))


def undecided(engine: Engine, fn: Key) -> Iterator[Key]:
    """Calls that may run a function by its name and their arguments, where it takes too much to tell what they call."""
    scope = engine.scope(fn)
    method = engine.modules[fn[0]].scopes[max(scope.parent, 0)].kind == "class"
    named = _candidates(engine, fn, scope)
    told: set[int] = set()
    for position, candidates in sorted(((p, c) for c in named for p in c.unsure(engine)), key=lambda row: row[1].site(row[0])):
        number, call = candidates.calls[position]
        open_ = (call.func[0] == "attr") == method and (scope.is_async or not call.awaited) and engine.speaks_of(number, fn[0])
        if open_ and fits(engine, Func(fn, None, 0), call):
            if TOO_MUCH[0] in engine.origins(call.func, Place(number, call.order)):
                yield number, call.index
            else:
                told.add(id(call))
    for candidates in named if told else ():
        candidates.unsure(engine)[:] = [p for p in candidates.unsure(engine) if id(candidates.calls[p][1]) not in told]


def on_object(engine: Engine, fn: Key, receiver: Instance) -> tuple[int, ...]:
    """The contexts of a method's calls on one object that is known by where it is made; none where a call may be on any object."""
    found: tuple[Any, ...] = engine.query(("calls on", fn, receiver.cls, receiver.site), _on_object, engine, fn, receiver)
    return tuple(engine.frame(f) for f in found if isinstance(f, Frame)) if TOO_MANY not in found else ()


def _on_object(engine: Engine, fn: Key, receiver: Instance) -> list[Any]:
    rows: list[Any] = []
    for frame in _calling(engine, fn, None):
        owner = frame.owner
        if not isinstance(owner, Instance) or owner.site is None or len(rows) > MOST_CALLERS:
            return [TOO_MANY]
        if owner.site == receiver.site:
            rows.append(frame)
    return rows


def filled_in(engine: Engine, number: int, store: Store, ctx: int) -> tuple[int, ...]:
    """The calls in which a method fills a container that the constructor of one object has made: those on this object."""
    made = engine.frames[ctx]
    facts = engine.modules[number]
    index = facts.statements[store.order][0]
    if made is None or not isinstance(made.owner, Instance) or made.owner.site is None or store.base[0] != "attr":
        return ()
    params = facts.scopes[index].params
    own = params and store.base[1] == ("name", params[0].name) and made.fn != (number, index)
    return on_object(engine, (number, index), made.owner) if own else ()


def _calling(engine: Engine, fn: Key, most: int | None) -> Iterator[Frame]:
    scope = engine.scope(fn)
    for site, origin in running(engine, fn, _candidates(engine, fn, scope), most):
        frame = _frame(engine, fn, scope, origin, site, 0)
        if frame is not None:
            yield frame


def _candidates(engine: Engine, fn: Key, scope: Scope) -> list[Candidates]:
    """Call sites whose last segment is a name under which the function is known; functions of the same name share them."""
    found: list[Candidates] | None = engine.candidates.get(fn)
    if found is None:
        in_test = engine.is_test[fn[0]]
        found = engine.candidates[fn] = [_named(engine, name, in_test) for name in sorted(_names(engine, fn, scope))]
    return found


def _named(engine: Engine, name: str, in_test: bool) -> Candidates:
    found: Candidates | None = engine.named_calls.get((name, in_test))
    if found is None:
        rows = engine.calls_by_last.get(name, [])
        found = Candidates(rows if in_test else [row for row in rows if not engine.is_test[row[0]]])
        engine.named_calls[name, in_test] = found
    return found


def _names(engine: Engine, fn: Key, scope: Scope) -> frozenset[str]:
    names = {scope.name}
    parent = engine.modules[fn[0]].scopes[scope.parent] if scope.parent >= 0 else None
    if scope.name in ("__init__", "__new__", "__post_init__") and parent is not None:
        cls = (fn[0], scope.parent)
        names |= {parent.name, "cls"} | {engine.scope(s).name for s in subclasses(engine, cls)}
        names = names.union(*(looked_up(engine, c) for c in (cls, *subclasses(engine, cls))))
    if parent is not None and parent.kind == "function" and any(e.value == ("name", scope.name) for e in parent.exits):
        made = engine.calls_by_last.get(parent.name, ())
        names = names.union(*(engine.made_names.get((number, call.index), ()) for number, call in made))
    if scope.name == "__call__" and parent is not None:
        cls = (fn[0], scope.parent)
        names |= holders(engine, cls) | _typed_parameters(engine, cls) | _made_by_methods(engine, cls)
    return frozenset(names.union(*(engine.aliases.get(name, ()) for name in names)))


def holders(engine: Engine, cls: Key) -> set[str]:
    """Names of variables and attributes to which an instance of the class is assigned directly."""
    rows: set[str] = set()
    name = engine.scope(cls).name
    for number, call in engine.calls_by_last.get(name, ()):
        module = engine.modules[number]
        scope = module.statements[call.order][0]
        rows.update(n for n, bindings in module.scopes[scope].bindings.items() for b in bindings if b.value == ("call", call.index))
        rows.update(s.attr for s in module.stores if s.attr and s.value == ("call", call.index))
    return rows


def _made_by_methods(engine: Engine, cls: Key) -> set[str]:
    """Names of variables to which an object is assigned that a class method makes (`x = C.create()`), of the class or one of its bases."""
    from auditor.program.origins.objects import mro

    makers: dict[Key, set[str]] | None = engine.memo.get("making methods")
    if makers is None:
        makers = engine.memo["making methods"] = {}
        for number, call in engine.calls_by_last.get("cls", ()):
            module = engine.modules[number]
            scope = module.scopes[module.statements[call.order][0]]
            if call.func == ("name", "cls") and scope.parent >= 0 and module.scopes[scope.parent].kind == "class":
                makers.setdefault((number, scope.parent), set()).add(scope.name)
    methods = {name for c in mro(engine, cls) for name in makers.get(c, ())} if makers else set()
    sites = ((number, call.index) for name in methods for number, call in engine.calls_by_last.get(name, ()))
    return {name for site in sites for name in engine.made_names.get(site, ())}


def _typed_parameters(engine: Engine, cls: Key) -> set[str]:
    """Names of parameters that are declared as the class or one of its bases."""
    from auditor.program.origins.objects import mro

    table: dict[str, set[str]] = engine.memo.setdefault("typed parameters", {})
    if not table:
        table[""] = set()
        for module in engine.modules:
            for scope in module.scopes:
                for param in scope.params:
                    if param.annotation is not None and param.annotation[0] in ("name", "attr"):
                        table.setdefault(str(param.annotation[-1]), set()).add(param.name)
    return set().union(*(table.get(engine.scope(c).name, ()) for c in mro(engine, cls)))


def subclasses(engine: Engine, cls: Key) -> tuple[Key, ...]:
    """All classes of the program that derive from a class; those of tests from one of tests alone."""
    if engine.subclasses is None:
        engine.subclasses = {}
        engine.subclasses = engine.apart(lambda: _subclass_table(engine))
        engine.memo[BELOW] = {}
    known: dict[Key, tuple[Key, ...]] | None = engine.memo.get(BELOW)
    if known is None:
        return ()
    found = known.get(cls)
    if found is None:
        rows: dict[Key, None] = {}
        todo = list(engine.subclasses.get(cls, ()))
        for sub in todo:
            if sub not in rows and engine.speaks_of(sub[0], cls[0]):
                rows[sub] = None
                todo.extend(engine.subclasses.get(sub, ()))
        found = known[cls] = tuple(rows)
    return found


def _subclass_table(engine: Engine) -> dict[Key, list[Key]]:
    table: dict[Key, list[Key]] = {}
    for number, module in enumerate(engine.modules):
        for index, scope in enumerate(module.scopes):
            if scope.kind == "class" and scope.bases:
                for base in bases(engine, (number, index)):
                    if isinstance(base, Class):
                        table.setdefault(base.cls, []).append((number, index))
    return table


def bases(engine: Engine, cls: Key) -> tuple[Origin, ...]:
    """The bases of a class, as written, resolved; the same whoever asks."""
    found = engine.bases.get(cls)
    if found is None:
        engine.bases[cls] = ()
        engine.resolving += 1
        found = engine.bases[cls] = engine.apart(lambda: _bases(engine, cls))
        engine.resolving -= 1
    return found


def _bases(engine: Engine, cls: Key) -> tuple[Origin, ...]:
    scope = engine.scope(cls)
    place = Place(cls[0], scope.order)
    return tuple(o for b in scope.bases for o in engine.origins(b[1] if b[0] == "sub" else b, place))


def _frame(engine: Engine, fn: Key, scope: Scope, origin: Origin, site: Key, ctx: int) -> Frame | None:
    """The frame that a call of `origin` at a site makes for `fn`, if it calls it."""
    partials: tuple[tuple[Key, int], ...] = ()
    while isinstance(origin, Partial):
        partials = ((origin.site, origin.ctx), *partials)
        origin = origin.target
    if (isinstance(origin, Func) and origin.fn != fn) or never_run(engine, fn, engine.call(site)):
        return None
    if isinstance(origin, Func):
        return Frame(fn, site, ctx, origin.owner, partials, origin.ctx, engine.depth(ctx) + 1)
    if isinstance(origin, Class) and scope.name in ("__init__", "__new__"):
        return (
            Frame(fn, site, ctx, Instance(origin.cls, site, ctx), partials, 0, engine.depth(ctx) + 1)
            if _inherits(engine, origin.cls, fn)
            else None
        )
    if isinstance(origin, Instance) and scope.name == "__call__" and _inherits(engine, origin.cls, fn):
        return Frame(fn, site, ctx, origin, partials, 0, engine.depth(ctx) + 1)
    if isinstance(origin, Many) and fn in run_by(engine, origin):
        owner = Instance((fn[0], scope.parent), None, 0)
        return Frame(fn, site, ctx, owner, partials, 0, engine.depth(ctx) + 1)
    return None


def _inherits(engine: Engine, cls: Key, fn: Key) -> bool:
    """Whether a class gets this method: it is its own, or the first one of its name along its bases."""
    from auditor.program.origins.objects import method

    return method(engine, cls, engine.scope(fn).name) == fn


def passed_on(engine: Engine, fn: Key) -> list[tuple[Key, Frame]]:
    """Calls that pass the function to another one of the program, each with a call inside that one which runs it."""
    scope = engine.scope(fn)
    rows: list[tuple[Key, Frame]] = []
    for number, call, where in engine.value_uses.get(scope.name, ()):
        place = Place(number, call.order)
        if not engine.speaks_of(number, fn[0]):
            continue
        value = call.args[where] if isinstance(where, int) else next(v for n, v, _ in call.keywords if (n or "**") == where)
        passed = [o for o in engine.origins(value, place) if isinstance(o, Func) and o.fn == fn]
        if not passed:
            continue
        site = (number, call.index)
        for callee in engine.origins(call.func, place):
            for inner in received(engine, callee, where):
                inside = _running(engine, callee, site, inner)
                rows.extend((site, Frame(fn, inner, c, passed[0].owner, (), passed[0].ctx, engine.depth(c) + 1)) for c in inside)
    return rows


def _running(engine: Engine, callee: Origin, site: Key, inner: Key) -> list[int]:
    """The contexts in which a callback that is passed at a site is called: of the function that gets it, or of those nested in it that
    it gives back, as far as their calls are known."""
    assert isinstance(callee, Func)
    outer = engine.frame(Frame(callee.fn, site, 0, callee.owner, (), callee.ctx, 1))
    module = engine.modules[inner[0]]
    scope = module.statements[module.calls[inner[1]].order][0]
    while module.scopes[scope].kind not in ("function", "lambda"):
        scope = module.scopes[scope].parent
    if (inner[0], scope) == callee.fn:
        return [outer]
    closures = [f for f in found_callers(engine, (inner[0], scope)) if isinstance(f, Frame) and f.parent == outer]
    return [engine.frame(f) for f in closures] or [0]


def received(engine: Engine, callee: Origin, where: int | str) -> list[Key]:
    """Calls of a callback inside the function that gets it as this argument."""
    if not isinstance(callee, Func):
        return []
    target = callee.fn
    scope = engine.scope(target)
    shift = 1 if callee.owner is not None else 0
    position = where + shift if isinstance(where, int) else next((i for i, p in enumerate(scope.params) if p.name == where), -1)
    if not 0 <= position < len(scope.params):
        return []
    name = scope.params[position].name
    return [
        (number, call.index)
        for number, call in engine.calls_by_last.get(name, ())
        if number == target[0] and call.func == ("name", name) and _within(engine, target, number, call)
    ]


def _within(engine: Engine, fn: Key, number: int, call: Call) -> bool:
    """Whether a call stands in a function or in a scope nested in it."""
    module = engine.modules[number]
    scope = module.statements[call.order][0]
    while scope >= 0:
        if scope == fn[1]:
            return True
        scope = module.scopes[scope].parent
    return False
