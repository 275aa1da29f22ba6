"""Calls that reach a function through a variable, a subscript, a dispatch table, or what runs it inside a region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from auditor.facts.types import Binding, Call, Expr, ModuleFacts
from auditor.graph.build.context import Build
from auditor.graph.build.regions import handed_to_regions
from auditor.graph.build.things import unwrap_partial
from auditor.program.origins.callers import passed_on
from auditor.program.origins.decorators import in_kept_wrapper, in_wrapper
from auditor.program.origins.engine import Engine
from auditor.program.origins.feasible import feasible, never_run
from auditor.program.origins.many import Many, run_by
from auditor.program.origins.objects import method
from auditor.program.origins.types import Class, Const, Frame, Func, Key, Origin, Param, Place, Unresolved, root_of

VALUES = ("sub", "call", "if", "name", "attr", "bool", "seq", "dict")
PROPERTIES = {"property", "cached_property", "computed_field"}
Written: TypeAlias = tuple[int, Expr, int]
"""(module, expression, statement)"""


def indirect(build: Build, fn: Key) -> Sequence[Key]:
    """Call sites that reach a function through a variable, a subscript, a dispatch table, or a parameter that can be nothing else."""
    return _table(build).sites(fn)


def runs_here(build: Build, fn: Key, site: Key) -> bool:
    """Whether such a call runs the function where it stands: a plain one that is called, a coroutine that is awaited."""
    return (fn, site) in _table(build).written and build.engine.call(site).awaited == build.engine.scope(fn).is_async


def handed_by_some(build: Build, fn: Key) -> list[tuple[Key, Frame]]:
    """As `passed_on`, without the calls of a parameter that is this function whoever calls: those run it where they stand."""
    alone = _table(build).alone
    return [row for row in passed_on(build.engine, fn) if row[1].site not in alone]


def _table(build: Build) -> Indirect:
    known = build.memo.get("indirect")
    if not isinstance(known, Indirect):
        known = build.memo["indirect"] = Indirect(build)
    return known


class Indirect:
    """Method calls are followed only for functions that may be kept under the method's name."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.engine = build.engine
        self.table: dict[Key, list[Key]] = defaultdict(list, handed_to_regions(build))
        self.waiting: dict[str, list[tuple[int, Call]]] = defaultdict(list)
        self.alone: set[Key] = set()
        """calls of a parameter that is one and the same function"""
        self.written: set[tuple[Key, Key]] = set()
        """(function, call): the call itself runs it, what runs it is nothing that it is handed to"""
        for number, call in build.calls():
            if call.func[0] == "attr":
                if any(s.value[0] in ("name", "attr", "lambda") for _, s in self.engine.stores_by_attr.get(call.last, ())):
                    self.waiting[call.last].append((number, call))
            elif call.func[0] in ("sub", "call") or (call.func[0] == "name" and _held(self.engine.modules[number], call)):
                self._follow(number, call)
            elif call.func[0] == "name" and _is_parameter(self.engine.modules[number], call.last, call.order):
                self._parameter(number, call)
        self.bindings = self._bindings()
        self.kept: dict[str, set[Key] | None] = {}

    def sites(self, fn: Key) -> Sequence[Key]:
        for name in list(self.waiting):
            kept = self._kept(name)
            if kept is None or fn in kept:
                for number, call in self.waiting.pop(name):
                    self._follow(number, call)
        return self.table.get(fn, ())

    def _parameter(self, number: int, call: Call) -> None:
        """Where several functions come in, each belongs to the caller that hands it over; those that a decorator registers with what it
        makes around them, to that."""
        found = [o for o in self.engine.origins(call.func, Place(number, call.order)) if not (isinstance(o, Const) and o.value is None)]
        if len(found) == 1 and any(_functions(self.engine, found)):
            self.alone.add((number, call.index))
            self._follow(number, call)
            return
        for fn in _functions(self.engine, found):
            if in_kept_wrapper(self.engine, fn, number, call) and not never_run(self.engine, fn, call):
                self.table[fn].append((number, call.index))

    def _follow(self, number: int, call: Call) -> None:
        for fn in _functions(self.engine, feasible(self.engine, call, self.engine.origins(call.func, Place(number, call.order)))):
            if (
                self.engine.scope(fn).name != call.last
                and not never_run(self.engine, fn, call)
                and not in_wrapper(self.engine, fn, number, call)
            ):
                self.table[fn].append((number, call.index))
                self.written.add((fn, (number, call.index)))

    def _bindings(self) -> dict[str, list[tuple[int, Binding]]]:
        """What classes and modules bind under the names that wait."""
        rows: dict[str, list[tuple[int, Binding]]] = defaultdict(list)
        for number, module in enumerate(self.engine.modules):
            for scope in module.scopes:
                if scope.kind in ("class", "module"):
                    for name in self.waiting.keys() & scope.bindings.keys():
                        rows[name].extend((number, b) for b in scope.bindings[name])
        return rows

    def _kept(self, name: str) -> set[Key] | None:
        """Functions of other names that an attribute can be, whosever it is; None: it can't be told."""
        if name not in self.kept:
            self.kept[name] = self._functions_of(list(self._values(name)))
        return self.kept[name]

    def _functions_of(self, written: list[Written | None]) -> set[Key] | None:
        known = [value for value in written if value is not None]
        if len(known) < len(written):
            return None  # Seen before any value is followed, which costs much.
        rows: set[Key] = set()
        for number, expr, order in known:
            for origin in self.engine.origins(expr, Place(number, order)):
                if _open(origin):
                    return None
                rows.update(_functions(self.engine, (origin,)))
        return rows

    def _values(self, name: str) -> Iterator[Written | None]:
        """What is bound to a name or stored under it; None for what can't be told."""
        if name == "value":
            yield None
        for number, binding in self.bindings.get(name, ()):
            yield from self._bound(number, binding)
        for number, store in self.engine.stores_by_attr.get(name, ()):
            if store.operator is None:
                yield from self._written(number, store.value, store.order)

    def _bound(self, number: int, binding: Binding) -> Iterator[Written | None]:
        if binding.kind == "def":
            decorators = self.engine.scope((number, binding.detail)).decorators
            yield from (None for d in decorators if str(d[-1]) in PROPERTIES)
        elif binding.kind == "assign":
            yield from self._written(number, binding.value, binding.order)
        elif binding.kind not in ("annotation", "class", "import") and not (binding.kind == "from" and binding.detail[1] == binding.name):
            yield None

    def _written(self, number: int, value: Expr, order: int) -> Iterator[Written | None]:
        """A value where it is written; a parameter may be another one for each object."""
        if value[0] == "name" and _is_parameter(self.engine.modules[number], value[1], order):
            yield None
        elif value[0] != "const":
            yield number, value, order


def _functions(engine: Engine, origins: Iterable[Origin]) -> Iterator[Key]:
    """The functions that a call of one of these runs, constructors among them."""
    for origin in origins:
        target = unwrap_partial(origin)[0]
        if isinstance(target, Func):
            yield target.fn
        elif isinstance(target, Many):
            yield from run_by(engine, target)
        elif isinstance(target, Class):
            made = method(engine, target.cls, "__init__")
            yield from () if made is None else (made,)


def _open(origin: Origin) -> bool:
    return isinstance(root_of(origin), (Param, Unresolved))


def _is_parameter(module: ModuleFacts, name: str, order: int) -> bool:
    scope = module.statements[order][0]
    while scope >= 0:
        found = module.scopes[scope].bindings.get(name)
        if found:
            return any(b.kind == "param" for b in found)
        scope = module.scopes[scope].parent
    return False


def _held(module: ModuleFacts, call: Call) -> bool:
    """A bare name that is a variable of the function around the call, assigned from a table, an attribute or a call."""
    scope = module.statements[call.order][0]
    while scope >= 0:
        found = module.scopes[scope].bindings.get(call.last)
        if found:
            return any(b.kind in ("assign", "for", "unpack") and b.value[0] in VALUES for b in found)
        scope = module.scopes[scope].parent
    return False
