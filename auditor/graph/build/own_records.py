"""Where the program itself writes down what a model answered: a log line, a file of JSON, a row of a database, a message of a queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.facts.types import Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import ADDING, Trail, bodies, follow
from auditor.graph.build.loop_terms import arguments, path, walk
from auditor.graph.build.matching import matches
from auditor.graph.build.tracing_switches import presence
from auditor.graph.build.wrapper_answers import comes_out
from auditor.graph.types import ExternalCall
from auditor.knowledge.tracing import SavesForm
from auditor.program.origins.callers import callers
from auditor.program.origins.guards import truth
from auditor.program.origins.objects import method
from auditor.program.origins.types import Class, Ext, Func, Key, Place

DEEPEST = 4
MOST_PLACES = 60
MOST_ROUNDS = 4
KEPT = ("db", "queue")


@dataclass(slots=True)
class Records:
    """Follows answers from the calls that give them to the calls that write them down; where they are returned, all callers have to."""

    build: Build
    forms: dict[str, SavesForm] = field(init=False)
    last: set[str] = field(init=False)
    logging: set[str] = field(init=False)
    usage: set[str] = field(init=False)
    writes: dict[Key, str] = field(init=False)
    """calls that write into a database or queue -> their node"""
    known: dict[tuple[Key, frozenset[int], frozenset[str]], Location] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = self.build.base
        self.forms = {name: form for k in base.files for form in k.saves for name in form.names}
        self.last = self.build.spellings(name.rpartition(".")[2] for name in self.forms)
        self.logging = self.build.spellings(n.rsplit(".", 1)[-1] for n in (*base.records.functions, *(p for _, p in base.records.methods)))
        self.usage = {a.rsplit(".", 1)[-1] for a in base.usage_attributes()}
        nodes = self.build.graph.nodes
        rows = ((site, nodes.get(node)) for (kind, site), node in self.build.by_site.items() if kind == "external_call")
        self.writes = {s: n.id for s, n in rows if isinstance(n, ExternalCall) and n.call in KEPT and n.effect == "write"}

    def of_answer(self, site: Key) -> Location | None:
        """Where the answer of a call, or a part of it that is more than its usage, is written down on every way on; None: not seen."""
        if not (self.writes or self.forms or self.logging):
            return None
        call = self.build.engine.call(site)
        return self._follow(self.build.function_of(site[0], call.order), {call.index}, set(), 0, set())

    def _follow(self, fn: Key, calls: set[int], names: set[str], depth: int, seen: set[object]) -> Location | None:
        key = fn, frozenset(calls), frozenset(names)
        if key in self.known:
            return self.known[key]
        if key in seen or depth > DEEPEST or len(seen) > MOST_PLACES:
            return None
        seen.add(key)
        trail = self._trail(fn, calls, names, depth)
        found = self._written(fn, trail, calls)
        for other, inner in self._onward(fn, trail, calls) if found is None else ():
            found = self._follow(other, set(), inner, depth + 1, seen)
            if found is not None:
                break
        if found is None:
            found = self._returned(fn, trail, depth, seen)
        if found is not None:
            self.known[key] = found
        return found

    # -- inside one function

    def _trail(self, fn: Key, calls: set[int], names: set[str], depth: int) -> Trail:
        """What holds the answer, also where what runs a lambda gives it back, or an object of the program that is made with it."""
        inside = bodies(self.build, fn).calls
        texts = frozenset(c.index for c in inside if c.last in self.last and self._forms(fn, c))
        trail = follow(self.build, fn, calls=calls, names=names, texts=texts)
        out = comes_out(self.build, trail).sure
        if out:
            trail = follow(self.build, fn, calls=calls | out, names=names, texts=texts)
        for _ in range(MOST_ROUNDS):
            made = {c.index for c in inside if c.index not in trail.calls and self._passes(fn, trail, c)}
            held = {p for c in inside if (p := self._container(trail, c)) is not None} - trail.names
            if not made and not held:
                break
            trail = follow(self.build, fn, calls=trail.calls | made, names=trail.names | held, texts=texts)
        return trail

    def _passes(self, fn: Key, trail: Trail, call: Call) -> bool:
        """A class or function of the program makes something of it, or `", ".join(parts)`, or `json.loads(answer.read())`."""
        if not any(self._carries(trail, a) for a in arguments(call)):
            return False
        if call.last == "join" and call.func[0] == "attr" and call.func[1][0] == "const":
            return True
        origins = self.build.engine.origins(call.func, Place(fn[0], call.order))
        if any(isinstance(o, Ext) and o.name in self.build.base.parses for o in origins):
            return True
        return any(isinstance(o, Class) or (isinstance(o, Func) and bool(self.build.engine.scope(o.fn).exits)) for o in origins)

    def _container(self, trail: Trail, call: Call) -> str | None:
        """`self.data["steps"].append(step)`: what the list lies in."""
        if call.last not in ADDING or call.func[0] != "attr" or not call.args or not self._carries(trail, call.args[-1]):
            return None
        holder = call.func[1]
        while holder[0] == "sub":
            holder = holder[1]
        return path(holder)

    def _carries(self, trail: Trail, expr: Expr) -> bool:
        """Whether it is of the answer, and not only the usage of it."""
        return trail.part(expr) and not self._is_usage(trail, expr)

    def _is_usage(self, trail: Trail, expr: Expr) -> bool:
        kind = expr[0]
        if kind == "fstr":
            return not any(self._carries(trail, e) for e in expr[1])
        if kind == "attr":
            return expr[2] in self.usage or self._is_usage(trail, expr[1])
        if kind == "sub":
            return (expr[2][0] == "const" and expr[2][1] in self.usage) or self._is_usage(trail, expr[1])
        return False

    # -- writing

    def _written(self, fn: Key, trail: Trail, sources: set[int]) -> Location | None:
        for call in trail.body.calls:
            site = (fn[0], call.index)
            if self._writes(fn, trail, call) and not self._conditional(fn, trail, call, sources):
                return self.build.call_location(site)
        return None

    def _writes(self, fn: Key, trail: Trail, call: Call) -> bool:
        site = (fn[0], call.index)
        if call.last in self.last:
            return any(self._saves(fn, trail, call, form) for form in self._forms(fn, call))
        if site in self.writes:
            chain = [trail.body.module.calls[e[1]] for e in walk(trail.body.module, call.func) if e[0] == "call"]
            return any(self._carries(trail, a) for c in (call, *chain) for a in arguments(c))
        if call.last in self.logging and any(self._carries(trail, a) for a in arguments(call)):
            return bool(matches(self.build, self.build.base.records, site))
        return False

    def _forms(self, fn: Key, call: Call) -> list[SavesForm]:
        origins = self.build.engine.origins(call.func, Place(fn[0], call.order))
        return [self.forms[o.name] for o in origins if isinstance(o, Ext) and o.name in self.forms]

    def _saves(self, fn: Key, trail: Trail, call: Call, form: SavesForm) -> bool:
        """Whether it writes what it is given, or makes the text of it that another call writes."""
        if not any(self._carries(trail, a) for a in call.args[form.of : form.of + 1]):
            return False
        if not form.written:
            return True
        text = follow(self.build, fn, calls={call.index}, names=set(), texts=frozenset())
        return any(c.last in form.written and c.func[0] == "attr" and any(map(text.part, c.args)) for c in trail.body.calls)

    def _conditional(self, fn: Key, trail: Trail, call: Call, sources: set[int]) -> bool:
        """Whether a condition stands around a call that does not stand around the answer too, and does not only ask for what is there."""
        module = trail.body.module
        ignored = {*trail.names, path(call.func[1]) if call.func[0] == "attr" else None}
        around = {b for index in sources for b in self._blocks(fn, module.calls[index].order)}
        for block in self._blocks(fn, call.order):
            info = module.blocks[block]
            if block in around:
                return False
            if info.kind in ("except", "case"):
                return True
            if info.kind in ("if", "else") and block != module.main and not (info.kind == "if" and presence(info.expr) in ignored):
                decided = truth(self.build.engine, info.expr, Place(fn[0], info.order))
                if decided is None or decided != (info.kind == "if"):
                    return True
        return False

    def _blocks(self, fn: Key, order: int) -> Iterator[int]:
        """The blocks around a statement, from the inside out, up to its function."""
        module = self.build.engine.modules[fn[0]]
        block = module.statements[order][1]
        while block >= 0 and module.blocks[block].kind not in ("function", "module"):
            yield block
            block = module.blocks[block].parent

    # -- onward

    def _onward(self, fn: Key, trail: Trail, sources: set[int]) -> Iterator[tuple[Key, set[str]]]:
        """Functions that are given the answer, and methods that read the attribute which keeps it."""
        for call in trail.body.calls:
            if any(self._carries(trail, a) for a in arguments(call)) and not self._conditional(fn, trail, call, sources):
                yield from self._given(fn, trail, call)
        scope = self.build.engine.scope(fn)
        owner = scope.parent
        if owner >= 0 and trail.body.module.scopes[owner].kind == "class" and scope.params:
            kept = {n.partition(".")[2] for n in trail.names if n.startswith(f"{scope.params[0].name}.")}
            for child in trail.body.module.scopes[owner].children if kept else ():
                other = trail.body.module.scopes[child]
                if other.kind == "function" and other.params and child != fn[1]:
                    yield (fn[0], child), {f"{other.params[0].name}.{attribute}" for attribute in kept}

    def _returned(self, fn: Key, trail: Trail, depth: int, seen: set[object]) -> Location | None:
        """All callers that get the answer have to write it down."""
        scope = self.build.engine.scope(fn)
        given = [e.value for e in scope.exits if e.kind == "return"] + [e for e, _ in scope.yields]
        sites = [f.site for f in callers(self.build.engine, fn)] if any(self._carries(trail, e) for e in given) else []
        found: Location | None = None
        for site in dict.fromkeys(s for s in sites if self.build.role(s[0]) != "test"):
            call = self.build.engine.call(site)
            at = self._follow(self.build.function_of(site[0], call.order), {call.index}, set(), depth + 1, seen)
            if at is None:
                return None
            found = found or at
        return found

    def _given(self, fn: Key, trail: Trail, call: Call) -> Iterator[tuple[Key, set[str]]]:
        hits = [i for i, a in enumerate(call.args) if self._carries(trail, a)]
        named = {n for n, v, _ in call.keywords if n is not None and self._carries(trail, v)}
        for origin in self.build.engine.origins(call.func, Place(fn[0], call.order)):
            target, owned = (origin.fn, origin.owner is not None) if isinstance(origin, Func) else (None, True)
            if isinstance(origin, Class):
                target = method(self.build.engine, origin.cls, "__init__")
            if target is not None:
                params = [p.name for p in self.build.engine.scope(target).params]
                names = {params[i + owned] for i in hits if i + owned < len(params)} | named.intersection(params)
                if names:
                    yield target, names
