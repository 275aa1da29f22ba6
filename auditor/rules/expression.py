"""The rule language: a checked subset of Python expressions, compiled to closures with three-valued results."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from auditor.core.text import caret, did_you_mean
from auditor.core.values import ABSENT, UNBOUNDED, Setting, Unknown
from auditor.rules import values as v
from auditor.rules.names import NUMBER, TEXT, TRUTH, Kind, fields_of

LONGEST = 1_000
LARGEST = 10**12
DEEPEST = 40
STATES = ("absent", "unbounded", "unknown", "default")
FUNCTIONS = ("len", "any", "all", "max", "min", "sum")
SIGNS: dict[type, str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
}


class Names(Protocol):
    """Where an expression reads its names when it runs."""

    def read(self, name: str) -> Any:
        """The value of a field or parameter."""

    def origin(self, name: str) -> str:
        """The origin of a setting field."""


@dataclass(slots=True)
class Local:
    """Names inside a comprehension: the element's fields, then those around it."""

    outer: Names
    name: str
    item: Any

    def read(self, name: str) -> Any:
        return self.item if name == self.name else self.outer.read(name)

    def origin(self, name: str) -> str:
        return self.outer.origin(name)


Run: TypeAlias = Callable[[Names], Any]


class ExpressionError(Exception):
    """A mistake in an expression; `column` counts from 1."""

    def __init__(self, message: str, column: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.column, self.hint = message, column, hint

    def shown(self, text: str) -> str:
        return f"{self.message}\n{caret(text, 1, self.column)}" + (f"\n  {self.hint}" if self.hint else "")


@dataclass(slots=True)
class Expression:
    """A compiled expression: `run` gives its value, `names` are the fields that it reads."""

    text: str
    kind: Kind
    run: Run
    names: tuple[str, ...]


@dataclass(slots=True)
class Part:
    kind: Kind
    run: Run
    name: str = ""
    """of a plain field"""


def compile_expression(text: str, names: Mapping[str, Kind], wanted: str | None = None) -> Expression:
    """Checks and compiles. `names`: what it may use; `wanted`: the kind that the result must have."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters", LONGEST)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(
            f"not an expression: {getattr(error, 'msg', None) or 'it cannot be read'}", getattr(error, "offset", None) or 1
        ) from None
    compiler = Compiler(dict(names))
    part = compiler.part(tree.body, 0)
    if wanted is not None and part.kind.name != wanted:
        raise ExpressionError(f"a {wanted} value is wanted here, this is a {part.kind.name}", 1)
    return Expression(text, part.kind, part.run, tuple(dict.fromkeys(compiler.used)))


@dataclass
class Compiler:
    names: dict[str, Kind]
    used: list[str] = field(default_factory=list)
    items: dict[str, type] = field(default_factory=dict)

    def error(self, node: ast.expr, message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, node.col_offset + 1, hint)

    def part(self, node: ast.expr, depth: int) -> Part:
        if depth > DEEPEST:
            raise self.error(node, f"nested deeper than {DEEPEST} levels")
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise self.error(node, "this form of expression is not part of the language")
        return handler(node, depth + 1)  # type: ignore[no-any-return]

    def _constant(self, node: ast.Constant, depth: int) -> Part:
        value = node.value
        if isinstance(value, bool):
            return Part(TRUTH, lambda _: value)
        if isinstance(value, (int, float)):
            if abs(value) > LARGEST:
                raise self.error(node, "numbers go up to 10^12")
            return Part(NUMBER, lambda _: value)
        if isinstance(value, str):
            return Part(TEXT, lambda _: value)
        raise self.error(
            node, f"{value!r} is no value of the language", "absent values are asked for with `is absent`" if value is None else None
        )

    def _name(self, node: ast.Name, depth: int) -> Part:
        name = node.id
        if name in STATES:
            raise self.error(node, f"{name!r} stands only behind `is` or `is not`")
        kind = self.names.get(name)
        if kind is None:
            near = did_you_mean(name, self.names)
            raise self.error(
                node, f"there is no field {name!r}", f"did you mean {near!r}?" if near else f"fields: {', '.join(sorted(self.names))}"
            )
        self.used.append(name)
        return Part(kind, lambda env: env.read(name), name)

    def _attribute(self, node: ast.Attribute, depth: int) -> Part:
        """A field of an element inside a comprehension."""
        if not isinstance(node.value, ast.Name) or node.value.id not in self.items:
            raise self.error(node, "only elements of a comprehension have fields")
        owner, name = node.value.id, node.attr
        table = fields_of(self.items[owner])
        if name not in table:
            near = did_you_mean(name, table)
            raise self.error(
                node, f"there is no field {name!r}", f"did you mean {near!r}?" if near else f"fields: {', '.join(sorted(table))}"
            )
        return Part(table[name], lambda env: plain(getattr(env.read(owner), name)))

    def _boolop(self, node: ast.BoolOp, depth: int) -> Part:
        parts = [self._truth(n, depth).run for n in node.values]
        join = v.both if isinstance(node.op, ast.And) else v.either
        return Part(TRUTH, lambda env: join([run(env) for run in parts]))

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Part:
        if isinstance(node.op, ast.Not):
            run = self._truth(node.operand, depth).run
            return Part(TRUTH, lambda env: v.contrary(run(env)))
        if isinstance(node.op, ast.USub):
            inner = self._number(node.operand, depth).run
            return Part(NUMBER, lambda env: v.arithmetic("-", 0, inner(env)))
        raise self.error(node, "this operator is not part of the language")

    def _binop(self, node: ast.BinOp, depth: int) -> Part:
        sign = SIGNS.get(type(node.op))
        if sign is None:
            raise self.error(node, "the operators are + - *")
        left, right = self._number(node.left, depth).run, self._number(node.right, depth).run
        return Part(NUMBER, lambda env: v.arithmetic(sign, left(env), right(env)))

    def _compare(self, node: ast.Compare, depth: int) -> Part:
        rows: list[Run] = []
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            rows.append(self._pair(left, op, right, depth))
            left = right
        return Part(TRUTH, rows[0] if len(rows) == 1 else lambda env: v.both([run(env) for run in rows]))

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> Run:
        if isinstance(op, (ast.Is, ast.IsNot)):
            return self._state(left, isinstance(op, ast.IsNot), right, depth)
        if isinstance(op, (ast.In, ast.NotIn)):
            return self._member(left, isinstance(op, ast.NotIn), right, depth)
        a, b = self.part(left, depth), self.part(right, depth)
        if a.kind.name != b.kind.name or a.kind.name in ("items", "texts"):
            raise self.error(right, f"a {a.kind.name} cannot be compared with a {b.kind.name}")
        sign = SIGNS[type(op)]
        if a.kind.name == "text" and sign not in ("==", "!="):
            raise self.error(right, "texts are compared with == and != only")
        run_a, run_b = a.run, b.run
        return lambda env: v.compare(sign, run_a(env), run_b(env))

    def _state(self, left: ast.expr, negated: bool, right: ast.expr, depth: int) -> Run:
        if not isinstance(right, ast.Name) or right.id not in STATES:
            raise self.error(right, f"behind `is` stands one of {', '.join(STATES)}")
        part, state = self.part(left, depth), right.id
        if not part.kind.setting:
            raise self.error(left, f"only settings can be {state}")
        run, name = part.run, part.name
        if state == "default" and not name:
            raise self.error(left, "`is default` is asked of a field")

        def decide(env: Names) -> Any:
            value = run(env)
            if state == "unknown":
                return isinstance(value, Unknown)
            if isinstance(value, Unknown):
                return value
            if state == "default":
                return env.origin(name) == "default"
            return value is (ABSENT if state == "absent" else UNBOUNDED)

        return (lambda env: v.contrary(decide(env))) if negated else decide

    def _member(self, left: ast.expr, negated: bool, right: ast.expr, depth: int) -> Run:
        item = self.part(left, depth)
        if isinstance(right, (ast.Tuple, ast.List, ast.Set)):
            options = [self.part(n, depth) for n in right.elts]
            wrong = next((i for i, o in enumerate(options) if o.kind.name != item.kind.name), None)
            if wrong is not None:
                raise self.error(right.elts[wrong], f"a {item.kind.name} is never one of these")
            found: Run = lambda env: v.either([v.compare("==", item.run(env), o.run(env)) for o in options])  # noqa: E731
        else:
            whole = self.part(right, depth)
            if whole.kind.name != "texts" or item.kind.name != "text":
                raise self.error(right, "`in` asks for a text in a list of texts")
            found = lambda env: _contains(whole.run(env), item.run(env))  # noqa: E731
        return (lambda env: v.contrary(found(env))) if negated else found

    def _subscript(self, node: ast.Subscript, depth: int) -> Part:
        raise self.error(node, "no field here is a mapping")

    def _call(self, node: ast.Call, depth: int) -> Part:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self.error(node, f"the functions are {', '.join(FUNCTIONS)}")
        name = node.func.id
        if node.keywords or not node.args:
            raise self.error(node, f"{name}() takes values only")
        if len(node.args) == 1:
            run, kind = self._many(node.args[0], depth, name)
        else:
            parts = [self.part(n, depth) for n in node.args]
            runs, kind = [p.run for p in parts], parts[0].kind
            run = lambda env: [r(env) for r in runs]  # noqa: E731
        return self._function(node, name, run, kind)

    def _function(self, node: ast.Call, name: str, run: Run, kind: Kind) -> Part:
        if name == "len":
            return Part(NUMBER, lambda env: _length(run(env)))
        wanted = "truth" if name in ("any", "all") else "number"
        if kind.name != wanted:
            raise self.error(node, f"{name}() takes {wanted} values, these are {kind.name}")
        if name in ("any", "all"):
            join = v.either if name == "any" else v.both
            return Part(TRUTH, lambda env: join(list(run(env))))
        if name == "sum":
            return Part(NUMBER, lambda env: v.total(list(run(env))))
        return Part(NUMBER, lambda env: v.extreme(list(run(env)), largest=name == "max"))

    def _many(self, node: ast.expr, depth: int, name: str) -> tuple[Run, Kind]:
        """The argument of a function: a comprehension, or a field with several elements."""
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return self._comprehension(node, depth)
        part = self.part(node, depth)
        if part.kind.name not in ("items", "texts"):
            raise self.error(node, f"{name}() of one value takes a field with elements or a comprehension")
        return part.run, TEXT if part.kind.name == "texts" else part.kind

    def _comprehension(self, node: ast.GeneratorExp | ast.ListComp, depth: int) -> tuple[Run, Kind]:
        if len(node.generators) != 1 or node.generators[0].is_async or self.items:
            raise self.error(node, "one comprehension at a time, with one `for`")
        clause = node.generators[0]
        source = self.part(clause.iter, depth)
        if not isinstance(clause.target, ast.Name) or source.kind.name not in ("items", "texts"):
            raise self.error(clause.iter, "a comprehension goes over a field with elements")
        name = clause.target.id
        if source.kind.item is not None:
            self.items[name] = source.kind.item
            self.names.setdefault(name, source.kind)
        else:
            self.names[name] = TEXT
        element = self.part(node.elt, depth)
        tests = [self._truth(t, depth).run for t in clause.ifs]
        self.items.pop(name, None)
        self.names.pop(name, None)
        self.used = [u for u in self.used if u != name]
        run, values = element.run, source.run

        def rows(env: Names) -> list[Any]:
            inner = [Local(env, name, item) for item in values(env)]
            return [run(e) for e in inner if not tests or v.both([t(e) for t in tests]) is not False]

        return rows, element.kind

    def _truth(self, node: ast.expr, depth: int) -> Part:
        part = self.part(node, depth)
        if part.kind.name != "truth":
            raise self.error(node, f"a truth value is wanted here, this is a {part.kind.name}")
        return part

    def _number(self, node: ast.expr, depth: int) -> Part:
        part = self.part(node, depth)
        if part.kind.name != "number":
            raise self.error(node, f"a number is wanted here, this is a {part.kind.name}")
        return part


def plain(value: Any) -> Any:
    """The value inside a setting; None stands for unknown."""
    if isinstance(value, Setting):
        return value.value
    return v.UNDECIDED if value is None else value


def _length(values: Any) -> Any:
    return values if isinstance(values, Unknown) else len(values)


def _contains(values: Any, item: Any) -> Any:
    return item if isinstance(item, Unknown) else item in values
