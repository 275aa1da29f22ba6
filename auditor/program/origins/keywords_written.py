"""What a wrapper writes into the keywords that it hands to the function that it wraps: `kwargs[name] = value`, `{**kwargs, ...}`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from auditor.facts.types import NONE_EXPR, Call, Expr, ModuleFacts, Store

When: TypeAlias = Literal["always", "absent", "unset", "none", "maybe"]
"""it holds whatever is given, where nothing is given, where that or None is given, where it is None after the defaults are applied, or
under a condition that is not followed"""
ARGUMENTS = ("kwargs", "arguments")
"""attributes of bound arguments (`inspect.signature(f).bind(...)`) that are the keywords, or show as them"""
Puts: TypeAlias = dict[tuple[int, Expr], list[Store | Call]]
MOST_NAMES = 8
COPIED = ("copy", "deepcopy", "dict")


class Write(NamedTuple):
    """`key` None: `value` is a mapping whose entries are written; `value` None: it cannot be told what is. `order`: the statement."""

    key: Expr | None
    value: Expr | None
    order: int
    when: When


def puts_of(module: ModuleFacts) -> Puts:
    """`d[k] = v`, `d.setdefault(k, v)` and `d.update(...)` by the scopes that they stand in and `d`."""
    rows: Puts = defaultdict(list)
    found: list[tuple[Expr, Store | Call]] = [(s.base, s) for s in module.stores if s.attr is None and s.key is not None]
    found += [(c.func[1], c) for c in module.calls if c.func[0] == "attr" and c.last in ("setdefault", "update")]
    for base, put in sorted(found, key=lambda row: row[1].order):
        scope = module.statements[put.order][0]
        while scope > 0:
            rows[scope, base].append(put)
            scope = module.scopes[scope].parent
    return rows


class Handed:
    """Reads the keywords that one call in a wrapper hands over."""

    def __init__(self, module: ModuleFacts, wrapper: int, puts: Puts) -> None:
        self.module, self.puts = module, puts
        self.wrapper = wrapper
        self.scope = module.scopes[wrapper]
        self.taken = next((p.name for p in self.scope.params if p.kind == "kwargs"), None)
        self.own = {p.name for p in self.scope.params}
        self.read: set[Expr] = set()

    def writes(self, call: Call) -> list[Write]:
        """What is written, in order: later writes hold before earlier ones."""
        rows: list[Write] = []
        for key, value, _ in call.keywords:
            if key is None:
                rows.extend(self._mapping(value, call.order)[0])
            elif not (value == ("name", key) and key in self.own):
                rows.append(Write(("const", key), value, call.order, "always"))
        if self.taken is not None:
            rows.extend(self._named(("name", self.taken)))
        return rows

    def _mapping(self, expr: Expr, order: int) -> tuple[list[Write], bool]:
        """What is written into a mapping, and whether it has what was given, too."""
        kind = expr[0]
        if kind == "name" or (kind == "attr" and expr[1][0] == "name" and expr[2] in ARGUMENTS):
            return self._of_name(expr, order)
        if kind == "dict":
            return self._joined([(value, None) if key is None else (value, key) for key, value in expr[1]], order)
        if kind == "op" and expr[1] == "|":
            return self._joined([(expr[2], None), (expr[3], None)], order)
        if kind == "call":
            return self._of_call(self.module.calls[expr[1]], order)
        if kind == "comp" and (source := self._filtered(expr)) is not None:
            return self._mapping(source, order)
        return [Write(None, None, order, "maybe")], True

    def _joined(self, parts: list[tuple[Expr, Expr | None]], order: int) -> tuple[list[Write], bool]:
        """Entries and mappings one after the other: what stands before the given ones holds only where those have nothing."""
        rows: list[Write] = []
        given = False
        for value, key in parts:
            more, has = ([Write(key, value, order, "always")], False) if key is not None else self._mapping(value, order)
            if has:
                rows = [row._replace(when="absent") if row.when == "always" else row for row in rows]
            rows, given = [*rows, *more], given or has
        return rows, given

    def _of_name(self, expr: Expr, order: int) -> tuple[list[Write], bool]:
        if expr[0] == "attr":
            aliases = [
                ("name", n) for n, rows in self.scope.bindings.items() if any(b.value == ("attr", expr[1], "arguments") for b in rows)
            ]
            return [w for e in (("attr", expr[1], "arguments"), expr, *aliases) for w in self._named(e)], True
        if expr[1] == self.taken:
            return list(self._named(expr)), True
        bindings = self.scope.bindings.get(expr[1], ())
        if not bindings:
            return [Write(None, expr, order, "always")], False
        if expr in self.read or len(self.read) > MOST_NAMES or any(b.kind != "assign" for b in bindings):
            return [Write(None, None, order, "maybe")], True
        self.read.add(expr)
        found = [self._mapping(b.value, b.order) for b in bindings]
        self.read.discard(expr)
        rows = [w for writes, _ in found for w in writes]
        if len(found) > 1:
            rows = [row._replace(when="maybe") for row in rows]
        return [*rows, *self._named(expr)], any(has for _, has in found)

    def _of_call(self, call: Call, order: int) -> tuple[list[Write], bool]:
        """`dict(kwargs, a=1)`, `kwargs.copy()`, `copy.copy(kwargs)`."""
        inner = call.args[:1] or ((call.func[1],) if call.func[0] == "attr" and call.last == "copy" else ())
        if call.last not in COPIED or len(call.args) > 1 or (call.last != "dict" and (not inner or call.keywords)):
            return [Write(None, None, order, "maybe")], True
        keywords = [(value, None if name is None else ("const", name)) for name, value, _ in call.keywords]
        return self._joined([*((e, None) for e in inner), *keywords], order)

    def _filtered(self, expr: Expr) -> Expr | None:
        """The mapping that a comprehension takes entries out of as they are."""
        if expr[1] != "dict" or expr[3][0] != "name" or expr[4] is None or expr[4][0] != "name":
            return None
        scope = self.module.scopes[expr[2]]
        paths = [[b.detail for b in scope.bindings.get(e[1], ()) if b.kind == "for"] for e in (expr[4], expr[3])]
        source = self.module.blocks[scope.body].expr
        call = self.module.calls[source[1]] if source[0] == "call" else None
        whole = call is not None and call.last == "items" and call.func[0] == "attr" and paths == [[(0,)], [(1,)]]
        return call.func[1] if whole and call is not None else None

    def _named(self, expr: Expr) -> Iterator[Write]:
        """What is put into a mapping under its name."""
        for put in self.puts.get((self.wrapper, expr), ()):
            when = self._when(put.order)
            if isinstance(put, Store):
                yield Write(put.key, put.value if put.operator is None else None, put.order, when)
            elif put.last == "setdefault" and put.args:
                yield Write(put.args[0], (*put.args, NONE_EXPR)[1], put.order, "absent" if when == "always" else when)
            elif put.last == "update":
                yield from (Write(None, arg, put.order, when) for arg in put.args)
                yield from (Write(None if n is None else ("const", n), v, put.order, when) for n, v, _ in put.keywords)

    def _when(self, order: int) -> When:
        """Under which condition a statement of the wrapper runs."""
        found: When = "always"
        block = self.module.statements[order][1]
        while block not in (self.scope.body, -1):
            info = self.module.blocks[block]
            own: When = "always"
            if info.kind == "if":
                own = _asks(info.expr)
            elif info.kind not in ("for", "with", "try", "finally"):
                own = "maybe"
            found = own if found == "always" else found if own in ("always", found) else "maybe"
            block = info.parent
        left = any(e.kind != "raise" and e.order < order for e in self.scope.exits)
        return "maybe" if left else found


def _asks(test: Expr) -> When:
    """Whether a condition holds where nothing, or None, is given; what else it asks for is not followed."""
    if test[0] == "bool":
        found = {_asks(part) for part in test[2] if not (test[1] == "and" and _is_bound(part))}
        return found.pop() if len(found) == 1 else "unset" if test[1] == "or" and found == {"absent", "none"} else "maybe"
    if test[0] == "cmp" and len(test[2]) == 1:
        operator, right = test[2][0]
        if operator == "not in" and right[0] in ("name", "attr"):
            return "absent"
        return _asked(test[1]) if operator == "is" and right == NONE_EXPR else "maybe"
    return _asked(test[1]) if test[0] == "not" else "maybe"


def _asked(expr: Expr) -> When:
    """`kwargs[name]` and `bound.arguments[name]` are there, and may be None; others give None where nothing is there, too."""
    return "none" if expr[0] == "sub" else "unset" if expr[0] in ("call", "name") else "maybe"


def _is_bound(test: Expr) -> bool:
    """`name in bound.arguments`."""
    return test[0] == "cmp" and len(test[2]) == 1 and test[2][0][0] == "in" and test[2][0][1][0] == "attr"
