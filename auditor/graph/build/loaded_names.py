"""Functions that are looked up by names that are data: `getattr(import_module(name), entry["name"])`, for each entry that is written down.

An ordinary query stops at 64 values; tables of such names are larger, so what they hold is gone through here one by one.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Binding, Call, Expr
from auditor.graph.build.context import Build
from auditor.program.origins.callers import callers
from auditor.program.origins.containers import added, is_dict, lookup
from auditor.program.origins.held import item_stores
from auditor.program.origins.imports import IMPORTERS
from auditor.program.origins.lookup import binding_origins
from auditor.program.origins.objects import attribute
from auditor.program.origins.reaching import reaching
from auditor.program.origins.types import Box, Const, Ext, Func, Key, Module, Origin, Place

DEEPEST = 12
MOST = 4096


def loaded_functions(build: Build, expr: Expr, place: Place) -> list[Key]:
    """The functions that an expression means, or wraps, where it takes them from imported modules by names that are written down."""
    rows: dict[Key, None] = {}
    for call, at in _lookups(build, expr, place, 0):
        names = {n for n, _ in zip(_Values(build).texts(call.args[1], at), range(MOST), strict=False)}
        modules = [o.index for o in _Values(build).of(call.args[0], at) if isinstance(o, Module)] if names else []
        for number in dict.fromkeys(modules):
            bindings = build.engine.modules[number].scopes[0].bindings
            rows.update({(number, b[-1].detail): None for n in sorted(names) if (b := bindings.get(n)) and b[-1].kind == "def"})
    return list(rows)


def _lookups(build: Build, expr: Expr, place: Place, depth: int) -> Iterator[tuple[Call, Place]]:
    """The calls of `getattr` with a computed name behind an expression, through what wraps their result."""
    module = build.engine.modules[place.module]
    if depth > DEEPEST:
        return
    if expr[0] == "name":
        for binding in bound(build, expr[1], place):
            if binding.kind == "assign" and binding.order < place.order:
                yield from _lookups(build, binding.value, Place(place.module, binding.order, place.ctx), depth + 1)
    elif expr[0] == "call":
        call = module.calls[expr[1]]
        for origin in build.engine.origins(call.func, place):
            if isinstance(origin, Ext) and origin.name == "builtins.getattr" and len(call.args) > 1 and call.args[1][0] != "const":
                yield call, place
            elif isinstance(origin, Func) and (position := _wraps(build, origin)) < len(call.args):
                yield from _lookups(build, call.args[position], place, depth + 1)


def _wraps(build: Build, func: Func) -> int:
    """The argument of a function that the function which it returns calls; past all of them: none."""
    module, scope = build.engine.modules[func.fn[0]], build.engine.scope(func.fn)
    inner = {b.detail for e in scope.exits if e.kind == "return" and e.value[0] == "name" for b in scope.bindings.get(e.value[1], ())}
    called = {c.func[1] for c in module.calls if c.func[0] == "name" and module.statements[c.order][0] in inner}
    shift = 1 if func.owner is not None else 0
    return next((i - shift for i, p in enumerate(scope.params) if i >= shift and p.name in called), MOST)


def bound(build: Build, name: str, place: Place) -> list[Binding]:
    """The bindings of a name that reach a place, in the innermost scope that has any."""
    module = build.engine.modules[place.module]
    scope, block, _ = module.statements[place.order]
    order, own = place.order, True
    while scope >= 0:
        info = module.scopes[scope]
        rows = info.bindings.get(name)
        if rows and (own or info.kind != "class"):
            return reaching(module, rows, order, block) if own else reaching(module, rows, 1 << 30, info.body)
        if own and info.kind in ("comp", "lambda"):
            order, block = info.order, module.statements[info.order][1]
        else:
            own = False
        scope = info.parent
    return []


class _Values:
    """Each value that can reach an expression, without an upper limit to their number; what is asked again while it is asked has none."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.engine = build.engine
        self.known: dict[tuple[int, Place], tuple[Origin, ...]] = {}

    def texts(self, expr: Expr, place: Place) -> Iterator[str]:
        yield from (o.value for o in self.of(expr, place) if isinstance(o, Const) and isinstance(o.value, str))

    def of(self, expr: Expr, place: Place) -> tuple[Origin, ...]:
        key = (id(expr), place)
        if key not in self.known and len(self.known) <= MOST:
            self.known[key] = ()
            self.known[key] = tuple(dict.fromkeys(self._read(expr, place)))
        return self.known.get(key, ())

    def _read(self, expr: Expr, place: Place) -> Iterator[Origin]:
        kind = expr[0]
        if kind == "name":
            yield from self._name(expr[1], place)
        elif kind == "attr":
            yield from (o for base in self.of(expr[1], place) for o in attribute(self.engine, base, expr[2]))
        elif kind == "sub" and expr[2][0] == "const":
            yield from self._entries(expr[1], expr[2][1], place)
        elif kind == "fstr":
            yield from self._joined(expr[1], place)
        elif kind == "op" and expr[1] == "+":
            yield from self._joined(expr[2:4], place)
        elif kind == "call":
            yield from self._call(self.engine.call((place.module, expr[1])), expr, place)
        else:
            yield from self.engine.origins(expr, place)

    def _name(self, name: str, place: Place) -> Iterator[Origin]:
        rows = bound(self.build, name, place)
        if not rows:
            yield from self.engine.origins(("name", name), place)
        for binding in rows:
            at = Place(place.module, binding.order, place.ctx)
            if binding.kind == "assign":
                yield from self.of(binding.value, at)
            elif binding.kind == "for":
                yield from self._turns(binding, at)
            elif binding.kind == "param":
                yield from self._given(binding, at)
            else:
                yield from binding_origins(self.engine, binding, at)

    def _given(self, binding: Binding, place: Place) -> Iterator[Origin]:
        """What the calls of a function give for a parameter."""
        fn = (place.module, self.engine.place_scope(place))
        frames = callers(self.engine, fn)
        for frame in frames:
            call, at = self.engine.call(frame.site), self.engine.call_place(frame.site, frame.site_ctx)
            position = binding.detail - (1 if frame.owner is not None else 0)
            given = call.args[position] if 0 <= position < len(call.args) else None
            given = next((v for n, v, _ in call.keywords if n == binding.name), given)
            if given is not None and given[0] != "star":
                yield from self.of(given, at)

    def _turns(self, binding: Binding, place: Place) -> Iterator[Origin]:
        """What a loop or a comprehension goes through."""
        source = binding.value
        call = self.engine.call((place.module, source[1])) if source[0] == "call" else None
        if call is not None and call.func[0] == "attr" and call.last in ("items", "keys", "values") and not call.args:
            wanted: int | None = {"keys": 0, "values": 1}.get(call.last)
            if wanted is None and len(binding.detail or ()) == 1:
                wanted = binding.detail[0]
            for base in self.of(call.func[1], place) if wanted is not None else ():
                for key, value, at in self._pairs(base) if isinstance(base, Box) else ():
                    yield from self.of(value if wanted else key, at)
            return
        for base in self.of(source, place) if not binding.detail else ():
            yield from self._elements(base)

    def _pairs(self, box: Box) -> Iterator[tuple[Expr, Expr, Place]]:
        """(key, value, place) of a mapping."""
        expr, place = self.engine.refs[box.ref]
        if expr[0] == "dict":
            yield from ((k, v, place) for k, v in expr[1] if k is not None)
            yield from ((k, v, at) for at, k, v in item_stores(self.engine, box))

    def _elements(self, base: Origin) -> Iterator[Origin]:
        if not isinstance(base, Box):
            return
        expr, place = self.engine.refs[base.ref]
        if expr[0] == "dict":
            yield from (o for key, _, at in self._pairs(base) for o in self.of(key, at))
            return
        for part in expr[2] if expr[0] == "seq" else ():
            if part[0] == "star":
                yield from (o for inner in self.of(part[1], place) for o in self._elements(inner))
            else:
                yield from self.engine.origins(part, place)
        yield from added(self.engine, base)

    def _entries(self, expr: Expr, key: object, place: Place) -> Iterator[Origin]:
        for base in self.of(expr, place):
            if is_dict(self.engine, base) and isinstance(base, Box):
                yield from lookup(self.engine, base, key)[0]

    def _joined(self, parts: tuple[Expr, ...], place: Place) -> Iterator[Origin]:
        """Texts put together of others, each combination of them."""
        made = [""]
        for part in parts:
            more = list(dict.fromkeys(self.texts(part, place)))
            made = [m + t for m in made for t in more] if len(made) * len(more) <= MOST else []
        line = self.engine.line(place)
        yield from (Const(text, "str", place.module, line) for text in made)

    def _call(self, call: Call, expr: Expr, place: Place) -> Iterator[Origin]:
        callees = self.engine.origins(call.func, place)
        if call.args and any(isinstance(o, Ext) and o.name in IMPORTERS for o in callees):
            path = self.engine.modules[place.module].path
            for name in self.texts(call.args[0], place):
                yield from (Module(n) for n in self.engine.index.find(name, path)[:1])
        elif call.last == "get" and call.func[0] == "attr" and call.args and call.args[0][0] == "const":
            yield from self._entries(call.func[1], call.args[0][1], place)
        else:
            yield from self.engine.origins(expr, place)
