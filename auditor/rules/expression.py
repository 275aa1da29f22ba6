"""The rule language: a checked subset of Python expressions, compiled to closures with three-valued results."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from auditor.core.text import caret, did_you_mean, printable
from auditor.core.values import ABSENT, UNBOUNDED, Given, Unknown
from auditor.rules import values as v
from auditor.rules.names import ELEMENT, NUMBER, TEXT, TRUTH, Kind, KindName, element_name, fields_of

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
WORDS: dict[KindName, str] = {
    "number": "a number",
    "text": "a text",
    "truth": "a yes or no",
    "texts": "a list of texts",
    "items": "a list",
    "place": "a place",
    "settings": "settings by name",
    "any": "a setting of any kind",
}


class Names(Protocol):
    """Where an expression reads its names when it runs."""

    def read(self, name: str) -> Any:
        """The value of a field or parameter: an answer, or the elements of a tuple field."""

    def origin(self, name: str) -> str:
        """The origin of a setting field."""


@dataclass(slots=True)
class Local:
    """Names inside a comprehension: its element, then those around it."""

    outer: Names
    name: str
    item: object

    def read(self, name: str) -> Any:
        return self.item if name == self.name else self.outer.read(name)

    def origin(self, name: str) -> str:
        return self.outer.origin(name)


Run: TypeAlias = Callable[[Names], v.Answer]
RunMany: TypeAlias = Callable[[Names], Sequence[Any]]


class ExpressionError(Exception):
    """A mistake in an expression; `column` counts from 1."""

    def __init__(self, message: str, column: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.column, self.hint = message, column, hint

    def shown(self, text: str) -> str:
        return f"{self.message}\n{caret(text, 1, self.column)}" + (f"\n  {self.hint}" if self.hint else "")


@dataclass(slots=True)
class Expression:
    """A compiled expression: `run` gives its value, `names` are the fields and parameters that it reads."""

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


@dataclass(slots=True)
class Many:
    """Elements with the answer whether each belongs to them."""

    kind: Kind
    run: Callable[[Names], list[tuple[v.Truth, Any]]]


def one_line(text: str) -> str:
    return " ".join(text.split())


def parse(text: str) -> ast.expr:
    """Without what Python would say on stderr about escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def joined(source: str, by: type[ast.boolop]) -> Iterator[str]:
    """The parts of a condition."""
    tree = parse(source) if source else None
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, by):
        yield from (ast.get_source_segment(source, value) or ast.unparse(value) for value in tree.values)
    elif tree is not None:
        yield source


def compile_expression(text: str, names: Mapping[str, Kind], wanted: KindName | None = None) -> Expression:
    """Checks and compiles. `names`: what it may use; `wanted`: the kind that the result must have."""
    text = one_line(text)
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST:,} characters", LONGEST)
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        raise ExpressionError(f"not an expression: {getattr(error, 'msg', None) or 'it cannot be read'}", column) from None
    compiler = Compiler(text, dict(names))
    part = compiler.part(tree, 0)
    if wanted is not None and part.kind.name != wanted:
        raise ExpressionError(f"{WORDS[wanted]} is wanted here, this is {WORDS[part.kind.name]}", 1)
    return Expression(text, part.kind, part.run, tuple(dict.fromkeys(compiler.used)))


@dataclass
class Compiler:
    text: str
    names: dict[str, Kind]
    used: list[str] = field(default_factory=list)
    element: str = ""
    """the variable of the comprehension that is being compiled"""

    def error(self, node: ast.expr, message: str, hint: str | None = None) -> ExpressionError:
        # The parser counts bytes.
        column = len(self.text.encode("utf-8", "replace")[: node.col_offset].decode("utf-8", "replace")) + 1
        return ExpressionError(printable(message), column, hint)

    def missing(self, node: ast.expr, name: str, known: Mapping[str, Kind]) -> ExpressionError:
        usable = sorted(field for field, kind in known.items() if kind.name != "place")
        near = did_you_mean(name, usable)
        return self.error(node, f"there is no field {name!r}", f"did you mean {near!r}?" if near else f"fields: {', '.join(usable)}")

    def part(self, node: ast.expr, depth: int) -> Part:
        if depth > DEEPEST:
            raise self.error(node, f"nested deeper than {DEEPEST} levels")
        handler: Callable[[Any, int], Part] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise self.error(node, "this form of expression is not part of the language")
        return handler(node, depth + 1)

    def of(self, node: ast.expr, wanted: KindName, depth: int) -> Run:
        part = self.part(node, depth)
        if part.kind.name != wanted and not (part.kind == ELEMENT and wanted == "number"):
            raise self.error(node, f"{WORDS[wanted]} is wanted here, this is {WORDS[part.kind.name]}")
        return part.run

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
        hint = "absent values are asked for with `is absent`" if value is None else None
        raise self.error(node, "this is no value of the language", hint)

    def _name(self, node: ast.Name, depth: int) -> Part:
        name = node.id
        if name in STATES and name not in self.names:
            raise self.error(node, f"{name!r} stands only behind `is` or `is not`")
        kind = self.names.get(name)
        if kind is None:
            raise self.missing(node, name, self.names)
        if name != self.element:
            self.used.append(name)
        return Part(kind, lambda env: env.read(name), name)

    def _attribute(self, node: ast.Attribute, depth: int) -> Part:
        """A field of an element inside a comprehension."""
        owner, name = node.value, node.attr
        item = self.names[owner.id].item if isinstance(owner, ast.Name) and owner.id == self.element else None
        if item is None or not isinstance(owner, ast.Name):
            named = isinstance(owner, ast.Name) and self.names.get(owner.id, NUMBER).name == "settings"
            hint = f"one of the settings by name: {owner.id}[{name!r}]" if named and isinstance(owner, ast.Name) else None
            raise self.error(node, "only elements of a comprehension have fields", hint)
        table, variable = fields_of(item), owner.id
        if name not in table:
            raise self.missing(node, name, table)
        return Part(table[name], lambda env: v.plain(getattr(env.read(variable), name)))

    def _subscript(self, node: ast.Subscript, depth: int) -> Part:
        """One of the settings of a mapping field: `arguments["timeout"]`."""
        whole, index = self.part(node.value, depth), node.slice
        if whole.kind.name != "settings":
            raise self.error(node.value, f"only settings by name have an index, this is {WORDS[whole.kind.name]}")
        if not isinstance(index, ast.Constant) or not isinstance(index.value, str) or not index.value.isidentifier():
            raise self.error(index, 'the index is a name in quotes, such as ["timeout"]')
        name = element_name(whole.name, index.value)
        self.used[-1] = name
        return Part(ELEMENT, lambda env: env.read(name), name)

    def _boolop(self, node: ast.BoolOp, depth: int) -> Part:
        runs = [self.of(n, "truth", depth) for n in node.values]
        join = v.both if isinstance(node.op, ast.And) else v.either
        return Part(TRUTH, lambda env: join([run(env) for run in runs]))

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Part:
        if isinstance(node.op, ast.Not):
            run = self.of(node.operand, "truth", depth)
            return Part(TRUTH, lambda env: v.contrary(run(env)))
        if isinstance(node.op, ast.USub):
            inner = self.of(node.operand, "number", depth)
            return Part(NUMBER, lambda env: v.arithmetic("-", 0, inner(env)))
        raise self.error(node, "this operator is not part of the language")

    def _binop(self, node: ast.BinOp, depth: int) -> Part:
        sign = SIGNS.get(type(node.op))
        if sign is None:
            raise self.error(node, "the operators are + - *")
        left, right = self.of(node.left, "number", depth), self.of(node.right, "number", depth)
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
            return self._state(left, right, depth, negated=isinstance(op, ast.IsNot))
        if isinstance(op, (ast.In, ast.NotIn)):
            return self._member(left, right, depth, negated=isinstance(op, ast.NotIn))
        a, b, sign = self.part(left, depth), self.part(right, depth), SIGNS[type(op)]
        kinds = {a.kind.name, b.kind.name}
        plain = kinds - {"any"}
        if len(plain) > 1 or not plain <= {"number", "text", "truth"}:
            raise self.error(right, f"{WORDS[a.kind.name]} cannot be compared with {WORDS[b.kind.name]}")
        if plain != {"number"} and sign not in ("==", "!="):
            raise self.error(right, "only numbers have an order, all else is compared with == and !=")
        run_a, run_b, compare = a.run, b.run, v.compare_any if "any" in kinds else v.compare
        return lambda env: compare(sign, run_a(env), run_b(env))

    def _state(self, left: ast.expr, right: ast.expr, depth: int, *, negated: bool) -> Run:
        if not isinstance(right, ast.Name) or right.id not in STATES:
            near = did_you_mean(right.id, STATES) if isinstance(right, ast.Name) else None
            raise self.error(right, f"behind `is` stands one of {', '.join(STATES)}", f"did you mean {near!r}?" if near else None)
        part, state = self.part(left, depth), right.id
        if not part.kind.setting:
            raise self.error(left, f"only settings can be {state}")
        run, name = part.run, part.name
        if state == "default" and not name:
            raise self.error(left, "`is default` is asked of a field")

        def decide(env: Names) -> v.Truth:
            value = run(env)
            if state == "unknown":
                return isinstance(value, Unknown)
            if state == "absent" and isinstance(value, Given):
                return False
            if isinstance(value, Unknown):
                return value
            if state == "default":
                return value is not ABSENT and env.origin(name) == "default"
            return value is (ABSENT if state == "absent" else UNBOUNDED)

        return (lambda env: v.contrary(decide(env))) if negated else decide

    def _member(self, left: ast.expr, right: ast.expr, depth: int, *, negated: bool) -> Run:
        item = self.part(left, depth)
        run, found = item.run, None
        if isinstance(right, (ast.Tuple, ast.List)):
            options = [self._option(n, item.kind, depth) for n in right.elts]
            same = v.compare_any if item.kind == ELEMENT else v.compare
            found = lambda env: v.either([same("==", run(env), option(env)) for option in options])  # noqa: E731
        else:
            whole = self.part(right, depth)
            if whole.kind.name != "texts" or item.kind.name not in ("text", "any"):
                raise self.error(right, "`in` asks for a text in a list of texts")
            values: Callable[[Names], Any] = whole.run
            found = lambda env: v.contains(values(env), run(env))  # noqa: E731
        return (lambda env: v.contrary(found(env))) if negated else found

    def _option(self, node: ast.expr, item: Kind, depth: int) -> Run:
        """One of the values that something may be one of."""
        if item != ELEMENT:
            return self.of(node, item.name, depth)
        part = self.part(node, depth)
        if part.kind.name not in ("number", "text", "truth"):
            raise self.error(node, f"{WORDS[item.name]} cannot be compared with {WORDS[part.kind.name]}")
        return part.run

    def _call(self, node: ast.Call, depth: int) -> Part:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self.error(node, f"the functions are {', '.join(FUNCTIONS)}")
        name = node.func.id
        if node.keywords or not node.args or (len(node.args) > 1 and name not in ("max", "min")):
            raise self.error(node, f"{name}() takes one list" + (", or several numbers" if name in ("max", "min") else ""))
        if len(node.args) > 1:
            runs = [self.of(n, "number", depth) for n in node.args]
            return Part(NUMBER, lambda env: v.extreme([run(env) for run in runs], largest=name == "max"))
        many = self._many(node.args[0], depth, name)
        wanted: KindName = "truth" if name in ("any", "all") else "number"
        if name != "len" and many.kind.name != wanted:
            raise self.error(node, f"{name}() takes a list of which each element is {WORDS[wanted]}, here each is {WORDS[many.kind.name]}")
        return _fold(name, many)

    def _many(self, node: ast.expr, depth: int, name: str) -> Many:
        """The argument of a function: a comprehension, or a field with several elements."""
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return self._comprehension(node, depth)
        part = self.part(node, depth)
        if part.kind.name not in ("items", "texts"):
            raise self.error(node, f"{name}() takes a list or a comprehension, this is {WORDS[part.kind.name]}")
        values: Callable[[Names], Any] = part.run
        return Many(_item(part.kind), lambda env: [(True, value) for value in values(env)])

    def _comprehension(self, node: ast.GeneratorExp | ast.ListComp, depth: int) -> Many:
        clause = node.generators[0]
        if len(node.generators) != 1 or clause.is_async or self.element:
            raise self.error(node, "one comprehension at a time, with one `for`")
        source = self.part(clause.iter, depth)
        if source.kind.name not in ("items", "texts"):
            raise self.error(clause.iter, f"a comprehension goes over a list, this is {WORDS[source.kind.name]}")
        if not isinstance(clause.target, ast.Name) or clause.target.id in self.names or clause.target.id in STATES:
            raise self.error(clause.target, "the element of a comprehension needs a name of its own")
        self.element = name = clause.target.id
        self.names[name] = _item(source.kind)
        element = self.part(node.elt, depth)
        tests = [self.of(t, "truth", depth) for t in clause.ifs]
        self.element = ""
        del self.names[name]
        run = element.run
        values: Callable[[Names], Any] = source.run

        def rows(env: Names) -> list[tuple[v.Truth, Any]]:
            inner = [Local(env, name, item) for item in values(env)]
            return [(v.both([test(e) for test in tests]), run(e)) for e in inner]

        return Many(element.kind, rows)


def _item(kind: Kind) -> Kind:
    return TEXT if kind.name == "texts" else Kind("place", item=kind.item)


def _fold(name: str, many: Many) -> Part:
    """One answer of many; an element that may belong to them or not makes a number unknown."""
    run = many.run
    if name == "any":
        return Part(TRUTH, lambda env: v.either([v.both(row) for row in run(env)]))
    if name == "all":
        return Part(TRUTH, lambda env: v.both([v.either((v.contrary(belongs), value)) for belongs, value in run(env)]))

    def number(env: Names) -> v.Answer:
        rows = run(env)
        doubt = next((belongs for belongs, _ in rows if isinstance(belongs, Unknown)), None)
        if doubt is not None:
            return doubt
        values = [value for belongs, value in rows if belongs]
        if name == "len":
            return len(values)
        return v.total(values) if name == "sum" else v.extreme(values, largest=name == "max")

    return Part(NUMBER, number)
