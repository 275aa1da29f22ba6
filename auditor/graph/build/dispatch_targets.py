"""Which functions a loop runs for the tools that the model names: `if` chains, `match`, tables, `getattr`, objects with a method."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property
from string import punctuation

from auditor.facts.types import Block, Call, Expr
from auditor.graph.build.arguments import texts
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import bodies
from auditor.graph.build.dispatch_runs import made_by, run_method
from auditor.graph.build.dispatch_schemas import Schema
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.written_parts import class_of
from auditor.program.origins.containers import lookup, values
from auditor.program.origins.declared import followed
from auditor.program.origins.objects import attribute, method
from auditor.program.origins.reaching import reaching
from auditor.program.origins.types import Box, Class, Const, Ext, Func, Instance, Key, Member, Module, New, Origin, Partial, Place

DEEPEST = 3
MOST_FUNCTIONS = 80


class Targets:
    """Dispatches in a set of functions: the one with the loop, and what it calls."""

    def __init__(self, build: Build, functions: list[Key]) -> None:
        self.build = build
        self.engine = build.engine
        self.functions = functions
        self.chains: dict[str, list[Key]] = defaultdict(list)
        self.tables: list[tuple[Box, str, Key]] = []
        self.objects: dict[Key, list[Key]] = defaultdict(list)  # class -> methods that are called on objects picked by name
        self.patterns: list[tuple[Origin, list[str]]] = []
        for fn in functions:
            self._add(self._of_function(fn))

    def _of_function(self, fn: Key) -> Targets:
        """Those of one function, found once: many loops call the same helpers."""
        memo: dict[Key, Targets] = self.build.memo.setdefault("dispatches", {})  # type: ignore[assignment]
        found = memo.get(fn)
        if found is None:
            found = memo[fn] = Targets(self.build, [])
            found._chains(fn)
            for call in bodies(self.build, fn).calls:
                found._call(fn, call)
        return found

    def _add(self, other: Targets) -> None:
        for name, functions in other.chains.items():
            self.chains[name].extend(functions)
        self.tables += other.tables
        self.patterns += other.patterns
        for cls, methods in other.objects.items():
            self.objects[cls].extend(m for m in methods if m not in self.objects[cls])

    # -- the answer for one tool

    def of(self, schema: Schema) -> list[Key]:
        """The functions that run for a tool; those that its schema names come first."""
        rows = list(schema.functions)
        if schema.owner is not None and rows and made_by(self.build, schema.owner) == schema.functions:
            return rows
        own = self._of_class(schema.owner.cls) if schema.owner is not None else []
        # Of an object that runs itself, a branch on its name is a special case.
        rows.extend(f for f in self.chains.get(schema.name, ()) if not own or alike(self.engine.scope(f).name, schema.name))
        rows.extend(own)
        for box, last, _ in self.tables:
            found, _ = lookup(self.engine, box, schema.name)
            named = found if self._keyed(box) else [o for o in found if self._is_named(o, schema.name)]
            rows.extend(f for o in named for f in self.run_by(o, last))
        for base, names in self.patterns:
            rows.extend(f for n in names if (f := self._member(base, n.replace("{}", schema.name))) is not None)
        if isinstance(schema.origin, Class):
            rows.extend(self._of_class(schema.origin.cls))
        if isinstance(schema.origin, Box) and not rows and self.tables:
            rows.extend(self._held.get(class_of(self.build, schema.origin), ()))
        return list(dict.fromkeys(rows))

    @cached_property
    def _held(self) -> dict[Key, list[Key]]:
        """Class -> what is called of it, or of its objects, out of a table."""
        rows: dict[Key, list[Key]] = defaultdict(list)
        for origin, last in dict.fromkeys((o, last) for box, last, _ in self.tables for o in values(self.engine, box)):
            if isinstance(origin, (Instance, Class)):
                rows[origin.cls].extend(self.run_by(origin, last))
        return rows

    def picks(self, but: Collection[Key] = ()) -> bool:
        """Whether something is called that is taken from a table, or an object, by a computed name; not by the calls `but` that lead on."""
        return bool(self.patterns) or any(site not in but for _, _, site in self.tables)

    def _keyed(self, box: Box) -> bool:
        return bool(self.engine.refs[box.ref][0][0] == "dict")

    def _is_named(self, origin: Origin, name: str) -> bool:
        """Of a table made by a comprehension: the function, or the object whose name it is."""
        if isinstance(origin, Func):
            return self.engine.scope(origin.fn).name == name
        return isinstance(origin, Instance) and name in texts(tuple(attribute(self.engine, origin, "name")))

    def _of_class(self, cls: Key) -> list[Key]:
        return self.objects.get(cls) or list(run_method(self.engine, cls))

    def named(self, name: str, modules: list[int]) -> list[Key]:
        """A function of the tool's own name, in one of these modules: how registries without a readable table are mostly filled."""
        rows: list[Key] = []
        for number in dict.fromkeys(modules):
            found = self.engine.modules[number].scopes[0].bindings.get(name, ())
            rows.extend((number, b.detail) for b in found if b.kind == "def")
        return rows[:1]

    # -- `if name == "x"` and `match`

    def _chains(self, fn: Key) -> None:
        for _, names, targets, _ in chain_entries(self.build, fn):
            for name in names:
                same = [t for t in targets if alike(self.engine.scope(t).name, name)]
                self.chains[name].extend(same or targets)

    # -- tables, objects, getattr

    def _call(self, fn: Key, call: Call) -> None:
        place = Place(fn[0], call.order)
        func = call.func
        for box in self.picked(func, place):
            self.tables.append((box, "__call__", (fn[0], call.index)))
        for base, name in self._members(func, place, 0):
            self.patterns.append((base, name))
        if func[0] == "attr":
            for box in self.picked(func[1], place):
                self.tables.append((box, func[2], (fn[0], call.index)))
                self._of_objects(tuple(values(self.engine, box)), func[2])
            if func[1][0] in ("name", "sub", "call") and (call.args or call.keywords) and not func[2].startswith("__"):
                self._of_objects(followed(self.engine, func[1], place), func[2])
        elif func[0] in ("name", "sub", "call") and (call.args or call.keywords):
            self._of_objects(self.engine.origins(func, place), "__call__")

    def _of_objects(self, found: tuple[Origin, ...], last: str) -> None:
        for origin in found:
            if isinstance(origin, Instance):
                fn = method(self.engine, origin.cls, last)
                if fn is not None and fn not in self.objects[origin.cls]:
                    self.objects[origin.cls].append(fn)

    def picked(self, expr: Expr, place: Place, depth: int = 0) -> Iterator[Box]:
        """Mappings from which a callee or receiver is taken by a key that is not constant."""
        module = self.engine.modules[place.module]
        if depth > DEEPEST:
            return
        if expr[0] == "await":
            yield from self.picked(expr[1], place, depth + 1)
        elif expr[0] == "sub":
            yield from self.mappings(expr[1], place) if expr[2][0] != "const" else self.picked(expr[1], place, depth + 1)
        elif expr[0] == "call":
            call = module.calls[expr[1]]
            if call.last in ("get", "pop") and call.func[0] == "attr" and call.args and call.args[0][0] != "const":
                yield from self.mappings(call.func[1], place)
            elif call.last == "partial" and call.args:
                yield from self.picked(call.args[0], place, depth + 1)
        elif expr[0] == "name":
            for value, where in self._values(expr[1], place):
                yield from self.picked(value, where, depth + 1)
        elif expr[0] == "bool":
            for part in expr[2]:
                yield from self.picked(part, place, depth + 1)

    def _values(self, name: str, place: Place) -> Iterator[tuple[Expr, Place]]:
        """What a variable of the function is assigned."""
        module = self.engine.modules[place.module]
        scope, block, _ = module.statements[place.order]
        bindings = module.scopes[scope].bindings.get(name, [])
        for binding in reaching(module, bindings, place.order, block) if bindings else ():
            if binding.kind == "assign":
                yield binding.value, Place(place.module, binding.order)

    def mappings(self, expr: Expr, place: Place) -> Iterator[Box]:
        """The mappings of the program that an expression can be."""
        for origin in self.engine.origins(expr, place):
            if isinstance(origin, Box):
                kind = self.engine.refs[origin.ref][0]
                if kind[0] == "dict" or (kind[0] == "comp" and kind[1] == "dict"):
                    yield origin

    def run_by(self, origin: Origin, last: str) -> Iterator[Key]:
        """The functions that run when a value of a table is called, or its method is."""
        while isinstance(origin, Partial):
            origin = origin.target
        if isinstance(origin, Func):
            yield from self._unfolded(origin.fn)
        elif isinstance(origin, Instance):
            fn = method(self.engine, origin.cls, last)
            kept = [o.fn for o in attribute(self.engine, origin, last) if isinstance(o, Func)] if fn is None else [fn]
            yield from kept or self._of_class(origin.cls)
        elif isinstance(origin, Class):
            yield from self._of_class(origin.cls)
        elif isinstance(origin, Box):
            inner = values(self.engine, origin) if self._keyed(origin) else []
            for each in inner:
                if isinstance(each, (Func, Partial)):
                    yield from self.run_by(each, last)

    def _unfolded(self, fn: Key) -> Iterator[Key]:
        """A lambda stands for the functions that it calls."""
        scope = self.engine.scope(fn)
        if scope.kind != "lambda":
            yield fn
            return
        for call in self.engine.modules[fn[0]].calls:
            if self.engine.modules[fn[0]].statements[call.order][0] == fn[1]:
                yield from (o.fn for o in self.engine.origins(call.func, Place(fn[0], call.order)) if isinstance(o, Func))

    # -- getattr(obj, name), globals()[name]

    def _members(self, expr: Expr, place: Place, depth: int) -> Iterator[tuple[Origin, list[str]]]:
        """(what has the member, patterns of its name)."""
        module = self.engine.modules[place.module]
        if depth > DEEPEST:
            return
        if expr[0] == "name":
            for value, where in self._values(expr[1], place):
                yield from self._members(value, where, depth + 1)
        elif expr[0] == "sub" and self._is_namespace(place.module, expr[1]):
            yield Module(place.module), self._pattern(expr[2], place, 0)
        elif expr[0] == "call":
            call = module.calls[expr[1]]
            if call.last == "getattr" and len(call.args) >= 2 and call.args[1][0] != "const":
                for origin in self.engine.origins(call.args[0], place):
                    yield origin, self._pattern(call.args[1], place, 0)
            elif call.last == "get" and call.func[0] == "attr" and self._is_namespace(place.module, call.func[1]):
                yield Module(place.module), ["{}"]

    def _is_namespace(self, module: int, expr: Expr) -> bool:
        return expr[0] == "call" and self.engine.call((module, expr[1])).last in ("globals", "locals", "vars")

    def _pattern(self, expr: Expr, place: Place, depth: int) -> list[str]:
        """The name with `{}` for what the model says: `f"tool_{name}"`."""
        if expr[0] == "fstr":
            return ["".join(str(p[1]) if p[0] == "const" else "{}" for p in expr[1])]
        if expr[0] == "op" and expr[1] == "+":
            sides = [str(e[1]) if e[0] == "const" else "{}" for e in expr[2:4]]
            return ["".join(sides)]
        if expr[0] == "name" and depth < DEEPEST:
            values = [(v, where) for v, where in self._values(expr[1], place) if v[0] in ("fstr", "op")]
            return [p for value, where in values for p in self._pattern(value, where, depth + 1)] or ["{}"]
        return ["{}"]

    def _member(self, base: Origin, name: str) -> Key | None:
        if isinstance(base, Instance):
            return method(self.engine, base.cls, name)
        if isinstance(base, Class):
            return method(self.engine, base.cls, name)
        if isinstance(base, Module):
            found = self.engine.modules[base.index].scopes[0].bindings.get(name, ())
            kinds = [(base.index, b.detail) for b in found if b.kind == "def"]
            if kinds:
                return kinds[-1]
            from auditor.program.origins.lookup import module_attribute

            return next((o.fn for o in module_attribute(self.engine, base.index, name) or () if isinstance(o, Func)), None)
        return None


Entry = tuple[Expr, list[str], list[Key], int]


def chain_entries(build: Build, fn: Key, *, shared: bool = True) -> Iterator[Entry]:
    """Branches of a function on a constant: (what is compared, the constants, the functions called in the branch, its block).

    What several branches call besides functions of their own is a helper (a log, a message), no tool; `shared`: it counts where a
    branch has nothing else.
    """
    memo: dict[Key, list[Entry]] = build.memo.setdefault("branches", {})  # type: ignore[assignment]
    rows = memo.get(fn)
    if rows is None:
        rows = memo[fn] = list(_branches(build, fn))
    uses = Counter(t for _, _, targets, _ in rows for t in targets)
    for subject, names, targets, block in rows:
        own = [t for t in targets if uses[t] == 1]
        if own or shared:
            yield subject, names, own or targets, block


def alike(function: str, name: str) -> bool:
    """Whether a function is called like what the model says: `search_tool` like "SEARCH:"."""
    own, said = function.strip("_").lower(), name.strip(punctuation).lower()
    return bool(said) and (said in own or own in said)


def _branches(build: Build, fn: Key) -> Iterator[Entry]:
    body = bodies(build, fn)
    for number in body.tests:
        for subject, names in _compared(build, fn[0], body.module.blocks[number]):
            targets = _called(build, fn[0], number)
            if names and targets:
                yield subject, names, targets, number


def _compared(build: Build, module: int, block: Block) -> Iterator[tuple[Expr, list[str]]]:
    place = Place(module, block.order)
    if block.kind == "case":
        pattern = block.items[0] if block.items else ("other",)
        choices = pattern[2] if pattern[0] == "seq" else (pattern,)
        yield block.expr, [n for c in choices for n in _names(build, c, place)]
        return
    for part in (block.expr, *(block.expr[2] if block.expr[0] == "bool" else ())):
        if part[0] == "call":
            yield from _starts(build, module, part, place)
        if part[0] != "cmp" or len(part[2]) != 1:
            continue
        operator, right = part[2][0]
        if operator == "==":
            left_names, right_names = _names(build, part[1], place), _names(build, right, place)
            yield (part[1], right_names) if right_names else (right, left_names)
        elif operator == "in" and right[0] == "seq":
            yield part[1], [n for e in right[2] for n in _names(build, e, place)]
        elif operator == "in":
            yield right, _names(build, part[1], place)


def _starts(build: Build, module: int, expr: Expr, place: Place) -> Iterator[tuple[Expr, list[str]]]:
    """`answer.startswith("SEARCH")`."""
    call = build.engine.call((module, expr[1]))
    if call.last == "startswith" and call.func[0] == "attr" and call.args:
        choices = call.args[0][2] if call.args[0][0] == "seq" else call.args[:1]
        yield call.func[1], [n for c in choices for n in _names(build, c, place)]


def _names(build: Build, expr: Expr, place: Place) -> list[str]:
    """Constant texts; names and enum members are resolved."""
    if expr[0] == "const":
        return [expr[1]] if isinstance(expr[1], str) else []
    if expr[0] not in ("name", "attr"):
        return []
    rows: list[str] = []
    for origin in build.engine.origins(expr, place):
        if isinstance(origin, Const) and isinstance(origin.value, str):
            rows.append(origin.value)
        elif isinstance(origin, Member):
            value = build.engine.scope(origin.cls).bindings[origin.name][-1].value
            rows.append(str(value[1]) if value[0] == "const" else origin.name)
        else:
            return []
    return rows


def _called(build: Build, module: int, block: int) -> list[Key]:
    """Functions of the program called in a branch, nested branches on other constants included."""
    rows: list[Key] = []
    for call in suites(build.engine, module).calls_in(block):
        for origin in build.engine.origins(call.func, Place(module, call.order)):
            target = origin
            while isinstance(target, Partial):
                target = target.target
            if isinstance(target, Func) and build.engine.scope(target.fn).kind == "function" and target.fn not in rows:
                rows.append(target.fn)
    return rows


def forward(build: Build, start: list[Key]) -> list[Key]:
    """These functions and what they call, three deep; methods that a local object is given by name included."""
    seen = list(dict.fromkeys(start))
    todo = [(fn, 0) for fn in seen]
    while todo and len(seen) < MOST_FUNCTIONS:
        fn, depth = todo.pop(0)
        if depth >= DEEPEST:
            continue
        for target in _called_by(build, fn):
            if target not in seen:
                seen.append(target)
                todo.append((target, depth + 1))
    return seen


def _called_by(build: Build, fn: Key) -> tuple[Key, ...]:
    memo: dict[Key, tuple[Key, ...]] = build.memo.setdefault("called by", {})  # type: ignore[assignment]
    if fn not in memo:
        memo[fn] = tuple(dict.fromkeys(t for call in bodies(build, fn).calls for t in _local(build, fn[0], call)))
    return memo[fn]


def _local(build: Build, module: int, call: Call) -> Iterator[Key]:
    place = Place(module, call.order)
    found: list[Origin] = list(build.engine.origins(call.func, place))
    if any(isinstance(o, (Ext, New)) for o in found) or len(found) > 8:
        found = [o for o in found if isinstance(o, Func)] if len(found) <= 8 else []
    for arg in (*call.args, *(v for _, v, _ in call.keywords)):
        if arg[0] in ("name", "attr") and arg[-1] in build.engine.value_uses:
            found.extend(build.engine.origins(arg, place))
    for origin in found:
        target = origin
        while isinstance(target, Partial):
            target = target.target
        if isinstance(target, Func) and build.engine.scope(target.fn).kind == "function":
            yield target.fn
