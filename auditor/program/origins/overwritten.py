"""What a constructor puts into an attribute and replaces again before anyone can have read it: `self.x = None; self.x = Client()`."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.facts.types import Binding, Call, Expr, ModuleFacts
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import calls_in
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method, mro
from auditor.program.origins.reaching import flowing
from auditor.program.origins.stored_here import facts_of, is_super, own_name
from auditor.program.origins.types import Key

NAME = "__init__"
END = 1 << 30
NESTED = ("function", "lambda", "class")


def overwritten(engine: Engine, owner: Key, attr: str) -> frozenset[int]:
    """The statements of a constructor that store in an attribute what is not there any more where it ends, and not seen before."""
    known: dict[tuple[Key, str], frozenset[int]] = engine.memo.setdefault("overwritten stores", {})
    if (owner, attr) not in known:
        known[owner, attr] = frozenset(_overwritten(engine, owner, attr))
    return known[owner, attr]


def _overwritten(engine: Engine, owner: Key, attr: str) -> Iterable[int]:
    module = engine.modules[owner[0]]
    defined = [b.detail for b in module.scopes[owner[1]].bindings.get(NAME, ()) if b.kind == "def"]
    stores = facts_of(engine, owner[0]).stored.get((defined[0], attr), ()) if len(defined) == 1 else ()
    if len(stores) < 2 or not _is_straight(module, defined[0], stores):
        return ()
    left, always = flowing(module, list(stores), END, module.scopes[defined[0]].body)
    gone = [b for b in stores if b not in left] if always else []
    return (
        [b.order for b in gone] if gone and not _may_be_seen(engine, (owner[0], defined[0]), attr, gone[0].order, stores[-1].order) else ()
    )


def _is_straight(module: ModuleFacts, scope: int, stores: Iterable[Binding]) -> bool:
    """Whether a constructor ends at its end, and what it stores is stored by statements that run as they stand there."""
    fn = module.scopes[scope]
    if fn.is_async or fn.yields or fn.decorators or any(e.kind == "return" for e in fn.exits):
        return False
    around = {module.blocks[n].kind for b in stores for n in _up_to(module, b.block, fn.body)}
    return around <= {"if", "else"} and all(b.kind == "assign" for b in stores)


def _up_to(module: ModuleFacts, block: int, body: int) -> Iterable[int]:
    while block not in (body, -1):
        yield block
        block = module.blocks[block].parent


def _may_be_seen(engine: Engine, fn: Key, attr: str, first: int, last: int) -> bool:
    """Whether a method of the object may run between two statements of its constructor, or somebody has the object by then."""
    module = engine.modules[fn[0]]
    scope = module.scopes[fn[1]]
    own = own_name(module, fn[1])
    if own is None or any(module.scopes[c].kind in NESTED for c in scope.children):
        return True
    methods = _methods(engine, (fn[0], scope.parent))
    if methods & {attr, "__setattr__"}:
        return True
    calls = [c for c in facts_of(engine, fn[0]).calls.get(fn[1], ()) if c.order <= last]
    kept: list[object] = [b.value for rows in scope.bindings.values() for b in rows]
    kept += [part for s in module.stores if module.statements[s.order][0] == fn[1] for part in (s.value, s.key)]
    kept += [b.expr for b in module.blocks if b.scope == fn[1]]
    kept += [arg for c in calls for arg in (*c.args, *(v for _, v, _ in c.keywords))]
    return any(_has(part, own, methods) for part in kept) or any(c.order >= first and _on_object(module, c, own) for c in calls)


def _methods(engine: Engine, cls: Key) -> set[str]:
    """The names under which objects of a class, or of one below it, may have something that runs."""
    family = dict.fromkeys((*mro(engine, cls), *(c for s in subclasses(engine, cls) for c in mro(engine, s))))
    rows = ((name, b) for c in family for name, bindings in engine.scope(c).bindings.items() for b in bindings)
    return {name for name, b in rows if b.kind != "annotation" and not (b.kind == "assign" and b.value[0] == "const")}


def _on_object(module: ModuleFacts, call: Call, own: Expr) -> bool:
    """Whether a call runs a method of the object, or of something that it keeps, which may know it."""
    func = call.func
    while func[0] == "attr":
        func = func[1]
    return func == own or is_super(module, func)


def _has(expr: object, own: Expr, methods: set[str]) -> bool:
    """Whether an expression is, or holds, the object itself, or something of it that may run."""
    if not isinstance(expr, tuple) or not expr:
        return False
    if expr[0] == "attr" and expr[1] == own:
        return expr[2] in methods
    return bool(expr == own) or any(_has(part, own, methods) for part in expr)


def replaced_below(engine: Engine, cls: Key, owner: Key, attr: str) -> frozenset[int]:
    """The statements of a base's constructor that store in an attribute what that of a class replaces as soon as the base is done."""
    known: dict[tuple[Key, Key, str], frozenset[int]] = engine.memo.setdefault("stores replaced below", {})
    if (cls, owner, attr) not in known:
        known[cls, owner, attr] = frozenset(_replaced(engine, cls, owner, attr))
    return known[cls, owner, attr]


def _replaced(engine: Engine, cls: Key, owner: Key, attr: str) -> Iterable[int]:
    order = mro(engine, cls)
    making = [c for c in order if method(engine, c, NAME) is not None and NAME in engine.scope(c).bindings]
    if len(making) < 2 or making[1] != owner or any(len(engine.scope(c).bases) > 1 for c in order):
        return ()
    below, above = method(engine, making[0], NAME), method(engine, owner, NAME)
    if below is None or above is None or not all(_comes_up(engine, sub, below) for sub in subclasses(engine, cls)):
        return ()
    module = engine.modules[below[0]]
    body = module.scopes[below[1]].body
    calls = calls_in(engine, below)
    first = calls[0] if len(calls) == 1 and calls[0].func[0] == "attr" and is_super(module, calls[0].func[1]) else None
    stores = [b for b in facts_of(engine, below[0]).stored.get((below[1], attr), ()) if b.block == body and b.kind == "assign"]
    if first is None or not stores or module.statements[first.order][1] != body or not stores[0].order > first.order:
        return ()
    gone = facts_of(engine, owner[0]).stored.get((above[1], attr), ())
    if not gone or not _is_straight(module, below[1], stores[:1]) or _may_be_seen(engine, below, attr, first.order + 1, stores[0].order):
        return ()
    return () if _may_be_seen(engine, above, attr, gone[0].order, END) else [b.order for b in gone]


def _comes_up(engine: Engine, cls: Key, fn: Key) -> bool:
    """Whether the constructor of a class is a function, or surely one that calls the next one above it."""
    own = method(engine, cls, NAME)
    if own == fn or own is None:
        return own == fn
    module = engine.modules[own[0]]
    calls = calls_in(engine, own)
    return len(engine.scope(cls).bases) == 1 and any(c.func[0] == "attr" and is_super(module, c.func[1]) for c in calls)
