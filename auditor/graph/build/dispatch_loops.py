"""Hand-written loops whose turns reach a model call, in its function or in a caller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.facts.types import Expr
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import ADDING, bodies
from auditor.graph.build.loop_terms import below, path, plain, walk
from auditor.graph.flow import Site
from auditor.graph.types import Loop, ModelCall, Retry
from auditor.program.origins.objects import method
from auditor.program.origins.types import Key

FARTHEST = 6
COPYING = frozenset(("list", "dict", "copy", "deepcopy"))
COUNTING = frozenset(("range", "count", "trange", "repeat", "cycle"))


@dataclass(slots=True)
class Turn:
    """A loop around a model call. `block` is -1 for recursion; `way`: functions from the one with the loop to the one with the call;
    `steps`: the call sites on that way, the model call last."""

    fn: Key
    block: int
    noun: str
    regions: tuple[str, ...]
    call: str
    site: Key
    way: tuple[Key, ...]
    steps: tuple[Key, ...] = ()
    retry: bool = False
    """it also reads as a retry on a result (`for _ in range(9): if self.step(): break`)"""


@dataclass(slots=True)
class _Graph:
    """The flow by target, places of calls, and recursion nodes by function."""

    into: dict[str, list[Site]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[tuple[str, int, int], Key] = field(default_factory=dict)
    recursive: dict[str, str] = field(default_factory=dict)


def turns(build: Build) -> list[Turn]:
    """For each request to a model, or for its answer, the loops around it, those nearest to it first, for each way that leads to it."""
    graph = _graph(build)
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    rows: list[Turn] = []
    for (kind, site), node in sorted(build.by_site.items()):
        noun = build.graph.nodes.get(node)
        asks = kind == "model_call" and isinstance(noun, ModelCall) and noun.call == "llm"
        if asks or (kind.endswith("_call") and any(a.match.form.answers for a in matches.get(site, ()))):
            rows.extend(_upwards(build, graph, node, site))
    return rows


def _graph(build: Build) -> _Graph:
    graph = _Graph()
    sites = build.graph.flow.sites
    for site in sites:
        graph.into[site.target].append(site)
    wanted = {s.at.path for s in sites}
    for number, module in enumerate(build.engine.modules):
        if module.path in wanted:
            for call in module.calls:
                at = build.call_location((number, call.index))
                graph.calls.setdefault((at.path, at.line, at.column), (number, call.index))
    retries = [n for n in build.graph.nodes.values() if isinstance(n, Retry) and n.mechanism == "recursion"]
    retried = {(at.path, at.line) for n in retries for at in (n.at, *n.also)}
    loops = {(n.at.path, n.at.line, n.at.column): n for n in build.graph.nodes.values() if isinstance(n, Loop) and n.shape == "recursion"}
    for site in sites:
        loop = loops.get((site.at.path, site.at.line, site.at.column))
        if loop is not None and (site.at.path, site.at.line) not in retried:
            graph.recursive.setdefault(site.caller, loop.id)
    return graph


def _upwards(build: Build, graph: _Graph, node: str, site: Key) -> list[Turn]:
    """From a model call through its callers, inner loops first; a way ends at a framework's node, and after six functions."""
    rows: list[Turn] = []
    seen: set[str] = set()
    todo: list[tuple[str, tuple[Key, ...], tuple[Key, ...]]] = [(node, (), ())]
    while todo:
        target, way, steps = todo.pop(0)
        for entry in graph.into[target]:
            fn = build.functions.get(entry.caller)
            if fn is None:
                continue
            here = graph.calls.get((entry.at.path, entry.at.line, entry.at.column))
            if here is None or entry.hop == "handed":
                # What is only stored there does not go round with a loop.
                continue
            on = (here, *steps)
            for block, noun, region in () if _returned(build, here) else _loops(build, entry, fn):
                retry = not isinstance(build.graph.nodes[noun], Loop)
                rows.append(Turn(fn, block, noun, _outwards(entry, region), node, site, (fn, *way), on, retry))
            if entry.caller in graph.recursive:
                rows.append(Turn(fn, -1, graph.recursive[entry.caller], entry.regions, node, site, (fn, *way), on))
            elif entry.caller not in seen and len(way) < FARTHEST:
                seen.add(entry.caller)
                todo.append((entry.caller, (fn, *way), on))
    return rows


def _returned(build: Build, site: Key) -> bool:
    """Whether the result of a call is given back at once: a loop around it goes on after errors only."""
    module, call = build.engine.modules[site[0]], ("call", site[1])
    exits = module.scopes[module.statements[module.calls[site[1]].order][0]].exits
    return any(e.kind == "return" and e.value in (call, ("await", call)) for e in exits)


def _outwards(entry: Site, region: str) -> tuple[str, ...]:
    return entry.regions[entry.regions.index(region) :]


def _loops(build: Build, entry: Site, fn: Key) -> Iterator[tuple[int, str, str]]:
    """The loops of turns around a site, the innermost first: (block, node, region). Loops over data are looked through."""
    blocks: dict[str, tuple[int, int]] = build.memo.get("loop blocks", {})  # type: ignore[assignment]
    for region in entry.regions:
        made = build.graph.flow.regions.get(region)
        noun = build.graph.nodes.get(made.noun) if made is not None else None
        place = _retry_block(build, fn[0], noun) if isinstance(noun, Retry) else blocks.get(region)
        if place is None or not isinstance(noun, (Loop, Retry)) or place[0] != fn[0]:
            continue
        info = build.engine.modules[place[0]].blocks[place[1]]
        if info.kind == "while" or (info.kind == "for" and _counts(build, place[0], info.expr)):
            yield place[1], noun.id, region


def _retry_block(build: Build, module: int, noun: Retry) -> Key | None:
    """The loop of a hand-written retry on a result; one on errors is no loop of turns."""
    if noun.mechanism != "loop" or noun.on:
        return None
    for number, block in enumerate(build.engine.modules[module].blocks):
        if block.kind in ("for", "while") and build.location(module, block.line, block.column, block.end_line) == noun.at:
            return module, number
    return None


def _counts(build: Build, module: int, expr: Expr, depth: int = 0) -> bool:
    """`range(n)`, and what is wrapped around it: the turns are counted, no data is gone through."""
    if expr[0] != "call" or depth > 3:
        return False
    call = build.engine.call((module, expr[1]))
    return call.last in COUNTING or any(_counts(build, module, a, depth + 1) for a in call.args[:1])


def grows(build: Build, turn: Turn) -> bool:
    """Whether something that the model call is given, on the way from the loop, is added to by a turn: the conversation."""
    for index, step in enumerate(turn.steps):
        fn = turn.way[min(index, len(turn.way) - 1)]
        names = _with_properties(build, fn, given(build, step)) - _made_anew(build, fn, turn if index == 0 else None)
        if names and _added(build, fn, names, whole(build, step) & names, turn if index == 0 else None):
            return True
    return False


def _made_anew(build: Build, fn: Key, turn: Turn | None) -> set[str]:
    """Variables that are made in each turn, whose contents no later one hears: in the loop, or those of a function that it calls."""
    module, scope, inside = build.engine.modules[fn[0]], build.engine.scope(fn), _inside(build, turn)
    if turn is None:
        return {n for n, bound in scope.bindings.items() if not any(b.kind in ("param", "global", "nonlocal") for b in bound)}
    if turn.block < 0:
        return set()

    def fresh(value: Expr) -> bool:
        return value[0] in ("seq", "dict", "comp") or (value[0] == "call" and module.calls[value[1]].last in COPYING)

    rows = ((name, [b for b in bound if b.kind != "aug"]) for name, bound in scope.bindings.items())
    return {n for n, bound in rows if bound and all(b.kind == "assign" and fresh(b.value) and inside(b.order) for b in bound)}


def given(build: Build, site: Key) -> set[str]:
    """Variables and attributes in the arguments of a call, in the mappings given by `**`, and its receiver."""
    module, call = build.engine.modules[site[0]], build.engine.call(site)
    exprs = [*call.args, *(v for _, v, _ in call.keywords)]
    if call.func[0] == "attr":
        exprs.append(call.func[1])
    scope = module.scopes[module.statements[call.order][0]]
    for mapping in (v[1] for n, v, _ in call.keywords if n is None and v[0] == "name"):
        exprs.extend(b.value for b in scope.bindings.get(mapping, ()) if b.kind == "assign")
    return {p for e in exprs for part in walk(module, e) if (p := path(part)) is not None and p not in ("self", "cls")}


def whole(build: Build, site: Key) -> set[str]:
    """Variables and attributes that a call is given as they are, with all that is in them; not only something of theirs."""
    call = build.engine.call(site)
    return {p for e in (*call.args, *(v for _, v, _ in call.keywords)) if (p := path(plain(e))) is not None and p not in ("self", "cls")}


def _with_properties(build: Build, fn: Key, names: set[str]) -> set[str]:
    """With the attributes of the object that its properties among these are made of (`self.messages` of `self.history`)."""
    cls = (fn[0], build.engine.scope(fn).parent)
    if cls[1] < 0 or build.engine.scope(cls).kind != "class":
        return names
    rows, todo = set(names), [n.partition(".")[2] for n in names if n.startswith("self.")]
    while todo:
        read = method(build.engine, cls, todo.pop())
        for part in _exits(build, read) if read is not None else ():
            name = path(part)
            if name is not None and name.startswith("self.") and name not in rows:
                rows.add(name)
                todo.append(name.partition(".")[2])
    return rows


def _exits(build: Build, fn: Key) -> Iterator[Expr]:
    """What a function gives back is made of, the variables that it names included."""
    module, scope = build.engine.modules[fn[0]], build.engine.scope(fn)
    todo = [e.value for e in scope.exits if e.kind == "return"]
    seen: set[str] = set()
    while todo:
        for part in walk(module, todo.pop()):
            yield part
            if part[0] == "name" and part[1] not in seen:
                seen.add(part[1])
                todo.extend(b.value for b in scope.bindings.get(part[1], ()) if b.kind in ("assign", "for", "aug"))


def _added(build: Build, fn: Key, given: set[str], wholes: set[str], turn: Turn | None) -> bool:
    """`messages.append(x)`, `messages += x`, `messages = [*messages, x]`, `state["messages"].append(x)`; attributes of the object in any of
    its methods."""
    body = bodies(build, fn)
    inside = _inside(build, turn)
    for call in body.calls:
        filled = path(call.func[1]) if call.last in ADDING and call.func[0] == "attr" else None
        if filled is not None and inside(call.order) and (filled in given or below(filled, wholes)):
            return True
    for scope in body.scopes:
        for name in given & body.module.scopes[scope].bindings.keys():
            for binding in body.module.scopes[scope].bindings[name]:
                again = binding.kind == "assign" and any(path(p) == name for p in walk(body.module, binding.value))
                if (again or binding.kind == "aug") and inside(binding.order):
                    return True
    return _kept(build, fn, given)


def _inside(build: Build, turn: Turn | None) -> _Range:
    if turn is None or turn.block < 0:
        return _Range(0, 1 << 60)
    info = build.engine.modules[turn.fn[0]].blocks[turn.block]
    return _Range(info.order, info.last_order)


@dataclass(slots=True)
class _Range:
    first: int
    last: int

    def __call__(self, order: int) -> bool:
        return self.first <= order <= self.last


def _kept(build: Build, fn: Key, given: set[str]) -> bool:
    """A list kept by the object (`self.messages`), added to in one of its methods."""
    module, scope = build.engine.modules[fn[0]], build.engine.scope(fn)
    if scope.parent < 0 or module.scopes[scope.parent].kind != "class" or not scope.params:
        return False
    kept = {p.split(".", 1)[1] for p in given if p.startswith(f"{scope.params[0].name}.")}
    for last in ADDING if kept else ():
        for number, call in build.engine.calls_by_last.get(last, ()):
            if number == fn[0] and call.func[0] == "attr" and call.func[1][0] == "attr" and call.func[1][2] in kept:
                around = module.scopes[module.statements[call.order][0]]
                if around.parent == scope.parent:
                    return True
    return False
