"""Whether a dict that a function is given, or each one in a list, has a key: `"key" in p`, where the call writes it out.

`p has 'key'` is what a context knows of a parameter, `p[*] has 'key'` of the elements of one: the answers that are possible. There are none
where the list is empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from auditor.facts.types import Binding, Block, Call, Expr
from auditor.graph.build.context import Build
from auditor.graph.build.known_entries import READERS, is_parameter
from auditor.graph.build.loop_guards import MEMBERSHIP, has_key
from auditor.graph.build.loop_terms import arguments, builtin, walk
from auditor.program.origins.types import Key

EACH = "[*]"
LOOKING = frozenset(("isinstance", "len", "str", "repr", "type", "bool", "print", "list", "sorted"))
Known: TypeAlias = Callable[[str], tuple[object] | None]
Answers: TypeAlias = frozenset[bool]
NONE: Answers = frozenset()


def key_names(build: Build, fn: Key, test: Expr) -> Iterator[str]:
    """What a condition asks for in this way."""
    for name, key in _asked(build, fn[0], test):
        if _is_given(build, fn, name, key):
            yield has_key(name, key)


def _asked(build: Build, module: int, test: Expr) -> Iterator[tuple[str, str]]:
    """Names and keys of `"key" in name`."""
    for part in walk(build.engine.modules[module], test):
        if part[0] == "cmp" and len(part[2]) == 1 and part[1][0] == "const" and isinstance(part[1][1], str):
            operator, right = part[2][0]
            if operator in MEMBERSHIP and right[0] == "name":
                yield right[1], part[1][1]


def _is_given(build: Build, fn: Key, name: str, key: str) -> bool:
    """Whether a name is a parameter that still is what was given wherever it is asked for the key."""
    known: dict[tuple[Key, str, str], bool] = build.memo.setdefault("asked for a key", {})  # type: ignore[assignment]
    if (fn, name, key) not in known:
        bindings, blocks = build.engine.scope(fn).bindings.get(name, []), _blocks(build, fn)
        asking = [b for b in blocks if b.expr and (name, key) in _asked(build, fn[0], b.expr)]
        last = max((b.order for b in asking), default=0)
        looped = any(b.kind in ("for", "while") and b.order <= last <= b.last_order for b in blocks)
        later = all(b.kind == "param" or (b.order > last and not looped) for b in bindings)
        known[fn, name, key] = bool(bindings) and bindings[0].kind == "param" and later and _kept(build, fn, name, last)
    return known[fn, name, key]


def _blocks(build: Build, fn: Key) -> list[Block]:
    """The blocks of a function, nested functions not."""
    tables: dict[int, dict[int, list[Block]]] = build.memo.setdefault("blocks of scopes", {})  # type: ignore[assignment]
    if fn[0] not in tables:
        table = tables[fn[0]] = defaultdict(list)
        for block in build.engine.modules[fn[0]].blocks:
            table[block.scope].append(block)
    return tables[fn[0]][fn[1]]


def key_of(name: str) -> tuple[str, str, bool] | None:
    """The parameter and the key in such a name, and whether it is of the elements."""
    holder, found, key = name.partition(" has '")
    return (holder.removesuffix(EACH), key[:-1], holder.endswith(EACH)) if found else None


def key_sources(build: Build, fn: Key, call: Call, given: Expr, key: str, *, each: bool) -> Iterator[str]:
    """What has to be known in the caller for it."""
    asked: list[str] = []

    def known(name: str) -> None:
        asked.append(name)

    _Read(build, fn, call, key, known).of(given, each=each)
    yield from asked


def key_given(build: Build, fn: Key, call: Call, given: Expr, key: str, known: Known, *, each: bool) -> tuple[object] | None:
    """The possible answers for what a call gives; None: not known."""
    found = _Read(build, fn, call, key, known).of(given, each=each)
    return None if found is None else (found,)


def key_left(default: tuple[object] | None, *, each: bool) -> tuple[object] | None:
    """Likewise for what a call does not give."""
    return (NONE,) if each and default == (None,) else None


class _Read:
    def __init__(self, build: Build, fn: Key, call: Call, key: str, known: Callable[[str], Any]) -> None:
        self.build, self.fn, self.call, self.key, self.known = build, fn, call, key, known

    def of(self, expr: Expr, *, each: bool) -> Answers | None:
        kind = expr[0]
        if kind == "name":
            return self._named(expr[1], each)
        if each and kind == "seq" and expr[1] in ("list", "tuple"):
            return self._joined([None if e[0] == "star" else self.of(e, each=False) for e in expr[2]])
        if each and kind == "op" and expr[1] == "+":
            return self._joined([self.of(expr[2], each=True), self.of(expr[3], each=True)])
        if each and kind == "bool" and expr[1] == "or":
            return self._joined([self.of(e, each=True) for e in expr[2]])
        if kind == "const" and each:
            return NONE if expr[1] is None else None
        if kind == "const":
            return frozenset((self.key in expr[1],)) if isinstance(expr[1], str) else None
        if kind != "dict" or each or any(k is None or k[0] != "const" for k, _ in expr[1]):
            return None
        return frozenset((any(k[1] == self.key for k, _ in expr[1]),))

    def _joined(self, rows: list[Answers | None]) -> Answers | None:
        return None if None in rows else frozenset(a for row in rows if row is not None for a in row)

    def _named(self, name: str, each: bool) -> Answers | None:
        """A parameter of the caller, one that is given a list where it has none, what a loop over one gives, or a variable."""
        if not _kept(self.build, self.fn, name, self.call.order):
            return None
        bindings = self.build.engine.scope(self.fn).bindings.get(name, [])
        if is_parameter(self.build, self.fn, name) or (each and _else_empty(bindings)):
            found = self.known(has_key(f"{name}{EACH}" if each else name, self.key))
            return found[0] if found is not None else None
        if len(bindings) != 1 or bindings[0].order > self.call.order:
            return None
        [binding] = bindings
        if binding.kind == "for" and not binding.detail and not each:
            return self.of(binding.value, each=True)
        return self.of(binding.value, each=each) if binding.kind == "assign" else None


def _else_empty(bindings: list[Binding]) -> bool:
    """`p = p or []` of a parameter."""
    if len(bindings) != 2 or bindings[0].kind != "param" or bindings[1].kind != "assign":
        return False
    value = bindings[1].value
    return value[0] == "bool" and value[1:] == ("or", (("name", bindings[0].name), ("seq", "list", ())))


def _kept(build: Build, fn: Key, name: str, order: int) -> bool:
    """Whether nothing in a function changes what a name holds, and nobody is given it before a statement."""
    tables: dict[int, dict[tuple[int, str], int]] = build.memo.setdefault("changes of names", {})  # type: ignore[assignment]
    if fn[0] not in tables:
        tables[fn[0]] = _changes(build, fn[0])
    return tables[fn[0]].get((fn[1], name), order) >= order


def _changes(build: Build, number: int) -> dict[tuple[int, str], int]:
    """(scope, name) -> the first statement after which what the name holds may be changed; -1: wherever it stands."""
    module, rows = build.engine.modules[number], dict[tuple[int, str], int]()

    def note(order: int, value: Expr, first: int) -> None:
        scope = module.statements[order][0] if value[0] == "name" else -1
        while scope >= 0:
            rows[scope, value[1]] = min(first, rows.get((scope, value[1]), first))
            scope = module.scopes[scope].parent

    for store in module.stores:
        if store.attr is None:
            note(store.order, store.base, -1)
    for call in module.calls:
        if call.func[0] == "attr" and call.last not in READERS:
            note(call.order, call.func[1], -1)
        if builtin(build.engine, call, number) not in LOOKING:
            for value in arguments(call):
                note(call.order, value, call.order)
    return rows
