"""The rule language: a checked subset of Python expressions, compiled to closures with three-valued results."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.core.text import printable
from auditor.core.values import ABSENT, UNBOUNDED, Given, Unknown
from auditor.rules import hints
from auditor.rules import values as v
from auditor.rules.names import ELEMENT, NUMBER, STATES, TEXT, TRUTH, UNTYPED, WORDS, Kind, KindName, element_name, fields_of
from auditor.rules.parts import Expression, ExpressionError, Local, Many, Mistake, Names, Part, Run, folded

LONGEST = 1_000
LARGEST = 10**12
DEEPEST = 40
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
COMPARED = {"number", "text", "truth"}


class Wrong(Exception):
    """Where nothing can be made of a part of an expression."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


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


def compile_expression(text: str, names: Mapping[str, Kind], wanted: KindName | None = None, each: Sequence[str] = ()) -> Expression:
    """Checks and compiles. `names`: what it may use; `wanted`: the kind that the result must have; `each`: the nouns that it is asked of,
    for what is said of a name that they do not have. ExpressionError with all that is wrong."""
    text = one_line(text)
    if len(text) > LONGEST:
        raise ExpressionError([Mistake(f"longer than {LONGEST:,} characters", LONGEST)])
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        message = f"not an expression: {getattr(error, 'msg', None) or 'it cannot be read'}"
        raise ExpressionError([Mistake(message, column, hints.of_syntax(text, column))]) from None
    compiler = Compiler(text, dict(names), each)
    part = compiler.part(tree, 0)
    if wanted is not None and not _fits(part.kind, wanted):
        message, hint = hints.unfit(part.kind, wanted)
        compiler.mistakes.append(Mistake(message, 1, hint))
    if compiler.mistakes:
        raise ExpressionError(sorted(compiler.mistakes, key=lambda m: m.column))
    return Expression(text, part.kind, part.run, tuple(dict.fromkeys(compiler.used)))


@dataclass
class Compiler:
    """A part in which something is wrong has no type: what is around it is checked on, and nothing more is said of it."""

    text: str
    names: dict[str, Kind]
    each: Sequence[str] = ()
    used: list[str] = field(default_factory=list)
    element: str = ""
    """the variable of the comprehension that is being compiled"""
    mistakes: list[Mistake] = field(default_factory=list)
    parts: dict[ast.expr, Part] = field(default_factory=dict)
    """the middle of a chain of comparisons is asked for twice"""
    texts: set[ast.expr] = field(default_factory=set)
    """names that stand where a text would: it may have lost its quotes"""

    def mistake(self, node: ast.expr, message: str, hint: str | None = None) -> Mistake:
        # The parser counts bytes.
        column = len(self.text.encode("utf-8", "replace")[: node.col_offset].decode("utf-8", "replace")) + 1
        return Mistake(printable(message), column, printable(hint) if hint else None)

    def error(self, node: ast.expr, message: str, hint: str | None = None) -> Wrong:
        return Wrong(self.mistake(node, message, hint))

    def tell(self, node: ast.expr, message: str, hint: str | None = None) -> None:
        """What does not keep the rest from being checked."""
        self.mistakes.append(self.mistake(node, message, hint))

    def part(self, node: ast.expr, depth: int) -> Part:
        if node not in self.parts:
            try:
                self.parts[node] = self._part(node, depth)
            except Wrong as error:
                self.mistakes.append(error.mistake)
                self.parts[node] = Part(UNTYPED, lambda _: False)
        return self.parts[node]

    def _part(self, node: ast.expr, depth: int) -> Part:
        if depth > DEEPEST:
            raise self.error(node, f"nested deeper than {DEEPEST} levels")
        handler: Callable[[Any, int], Part] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            raise self.error(node, f"a comprehension stands inside of {', '.join(FUNCTIONS)}")
        if handler is None:
            raise self.error(node, "this form of expression is not part of the language")
        return handler(node, depth + 1)

    def _missing(self, node: ast.expr, name: str) -> Wrong:
        """A name that neither the nouns nor the parameters have."""
        hint = hints.of_name(name, self.names, self.each, may_be_text=node in self.texts)
        return self.error(node, f"there is no field {name!r}", hint)

    def of(self, node: ast.expr, wanted: KindName, depth: int) -> Run:
        part = self.part(node, depth)
        if not _fits(part.kind, wanted):
            self.tell(node, *hints.unfit(part.kind, wanted))
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
        raise self.error(node, "this is no value of the language", hints.NO_VALUE if value is None else None)

    def _name(self, node: ast.Name, depth: int) -> Part:
        name = node.id
        if name in STATES and name not in self.names:
            raise self.error(node, f"{name!r} stands only behind `is` or `is not`")
        kind = self.names.get(name)
        if kind is None:
            raise self._missing(node, name)
        if name != self.element:
            self.used.append(name)
        return Part(kind, lambda env: env.read(name), name)

    def _attribute(self, node: ast.Attribute, depth: int) -> Part:
        """A field of an element inside a comprehension."""
        owner, name = node.value, node.attr
        if not isinstance(owner, ast.Name) or owner.id != self.element:
            if isinstance(owner, ast.Name) and owner.id not in (*self.names, *hints.SELF):
                raise self._missing(owner, owner.id)
            hint = hints.of_owner(owner.id, self.names, node.attr) if isinstance(owner, ast.Name) else None
            raise self.error(node, "only elements of a comprehension have fields", hint)
        kind, variable = self.names[owner.id], owner.id
        if kind.item is None:
            if kind == UNTYPED:
                return Part(UNTYPED, lambda _: False)
            raise self.error(node, f"{variable!r} is {WORDS[kind.name]} itself and has no fields")
        table = fields_of(kind.item)
        if name not in table:
            raise self.error(node, f"there is no field {name!r}", hints.of_name(name, table))
        return Part(table[name], lambda env: v.plain(getattr(env.read(variable), name)))

    def _subscript(self, node: ast.Subscript, depth: int) -> Part:
        """One of the settings of a mapping field: `arguments["timeout"]`."""
        whole, index = self.part(node.value, depth), node.slice
        if whole.kind == UNTYPED:
            return whole
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
        self.part(node.operand, depth)
        raise self.error(node, "this operator is not part of the language")

    def _binop(self, node: ast.BinOp, depth: int) -> Part:
        sign = SIGNS.get(type(node.op))
        if sign is None:
            self.part(node.left, depth)
            self.part(node.right, depth)
            raise self.error(node, "the operators are + - *", hints.JOINED if isinstance(node.op, (ast.BitAnd, ast.BitOr)) else None)
        left, right = self.of(node.left, "number", depth), self.of(node.right, "number", depth)
        return Part(NUMBER, lambda env: v.arithmetic(sign, left(env), right(env)))

    def _compare(self, node: ast.Compare, depth: int) -> Part:
        rows: list[Run] = []
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            rows.append(self._pair(left, op, right, depth))
            left = right
        for middle in node.comparators[:-1]:
            part = self.parts.get(middle)
            # Each pair asks its two sides: of conditions inside conditions that would be twice as much at each level.
            if part is not None and part.kind.name == "truth" and not part.name:
                self.tell(middle, "a condition cannot stand in the middle of a chain", hints.JOINED)
        return Part(TRUTH, rows[0] if len(rows) == 1 else lambda env: v.both([run(env) for run in rows]))

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> Run:
        if isinstance(op, (ast.Is, ast.IsNot)):
            return self._state(left, right, depth, negated=isinstance(op, ast.IsNot))
        if isinstance(op, (ast.In, ast.NotIn)):
            return self._member(left, right, depth, negated=isinstance(op, ast.NotIn))
        a = self.part(left, depth)
        self._may_be_text(a, right)
        b, sign = self.part(right, depth), SIGNS[type(op)]
        kinds = {a.kind.name, b.kind.name}
        plain = kinds - {"any", UNTYPED.name}
        if len(plain) > 1 or not plain <= COMPARED:
            self.tell(right, f"{WORDS[a.kind.name]} cannot be compared with {WORDS[b.kind.name]}", hints.of_text(left, right))
        elif sign not in ("==", "!=") and plain != {"number"} and (plain or UNTYPED.name not in kinds):
            self.tell(right, "only numbers have an order, all else is compared with == and !=")
        run_a, run_b, compare = a.run, b.run, v.compare_any if "any" in kinds else v.compare
        return lambda env: compare(sign, run_a(env), run_b(env))

    def _may_be_text(self, other: Part, *nodes: ast.expr) -> None:
        if other.kind.name in ("text", "texts"):
            self.texts.update(nodes)

    def _state(self, left: ast.expr, right: ast.expr, depth: int, *, negated: bool) -> Run:
        part = self.part(left, depth)
        if not isinstance(right, ast.Name) or right.id not in STATES:
            self.tell(right, f"behind `is` stands one of {', '.join(STATES)}", hints.of_state(right))
            return part.run
        state, run, name = right.id, part.run, part.name
        if not part.kind.setting and part.kind != UNTYPED:
            self.tell(left, f"only settings can be {state}", hints.of_empty(part.kind, part.name, state))
        elif state == "default" and not name and part.kind != UNTYPED:
            self.tell(left, "`is default` is asked of a field")

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
        found: Callable[[Names], v.Truth]
        if isinstance(right, (ast.Tuple, ast.List)):
            item = self.part(left, depth)
            run = item.run
            self._may_be_text(item, *right.elts)
            options = [self._option(n, item.kind, depth) for n in right.elts]
            same = v.compare_any if item.kind == ELEMENT else v.compare
            found = lambda env: v.either([same("==", run(env), option(env)) for option in options])  # noqa: E731
        else:
            whole = self.part(right, depth)
            self._may_be_text(whole, left)
            item = self.part(left, depth)
            run = item.run
            if whole.kind.name not in ("texts", UNTYPED.name) or item.kind.name not in ("text", "any", UNTYPED.name):
                one = whole.kind.name == "text" and item.kind.name in ("text", UNTYPED.name)
                self.tell(right, "`in` asks for a text in a list of texts", "this is one text: compare it with ==" if one else None)
            values: Callable[[Names], Any] = whole.run
            found = lambda env: v.contains(values(env), run(env))  # noqa: E731
        return (lambda env: v.contrary(found(env))) if negated else found

    def _option(self, node: ast.expr, item: Kind, depth: int) -> Run:
        """One of the values that something may be one of."""
        if item not in (ELEMENT, UNTYPED):
            return self.of(node, item.name, depth)
        part = self.part(node, depth)
        if part.kind.name not in COMPARED and part.kind != UNTYPED:
            self.tell(node, f"{WORDS[ELEMENT.name]} cannot be compared with {WORDS[part.kind.name]}")
        return part.run

    def _call(self, node: ast.Call, depth: int) -> Part:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            self._inside(node, depth)
            hint = "a field has no methods: texts are compared with == and in" if isinstance(node.func, ast.Attribute) else None
            raise self.error(node, f"the functions are {', '.join(FUNCTIONS)}", hint)
        if node.keywords or not node.args or (len(node.args) > 1 and name not in ("max", "min")):
            self._inside(node, depth)
            raise self.error(node, f"{name}() takes one list" + (", or several numbers" if name in ("max", "min") else ""))
        if len(node.args) > 1:
            runs = [self.of(n, "number", depth) for n in node.args]
            return Part(NUMBER, lambda env: v.extreme([run(env) for run in runs], largest=name == "max"))
        many = self._many(node.args[0], depth, name)
        wanted: KindName = "truth" if name in ("any", "all") else "number"
        if name != "len" and many.kind.name not in (wanted, UNTYPED.name):
            self.tell(node, f"{name}() takes a list of which each element is {WORDS[wanted]}, here each is {WORDS[many.kind.name]}")
        return folded(name, many)

    def _inside(self, node: ast.Call, depth: int) -> None:
        """The arguments of a call that is none of the language, for what is wrong in them besides."""
        for argument in node.args:
            if not isinstance(argument, (ast.GeneratorExp, ast.ListComp)):
                self.part(argument, depth)
                continue
            try:
                self._comprehension(argument, depth)
            except Wrong as error:
                self.mistakes.append(error.mistake)

    def _many(self, node: ast.expr, depth: int, name: str) -> Many:
        """The argument of a function: a comprehension, or a field with several elements."""
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return self._comprehension(node, depth)
        part = self.part(node, depth)
        if part.kind == UNTYPED:
            return Many(UNTYPED, lambda _: [])
        if part.kind.name not in ("items", "texts"):
            raise self.error(node, f"{name}() takes a list or a comprehension, this is {WORDS[part.kind.name]}")
        values: Callable[[Names], Any] = part.run
        return Many(_item(part.kind), lambda env: [(True, value) for value in values(env)])

    def _comprehension(self, node: ast.GeneratorExp | ast.ListComp, depth: int) -> Many:
        clause = node.generators[0]
        if len(node.generators) != 1 or clause.is_async or self.element:
            raise self.error(node, "one comprehension at a time, with one `for`")
        source = self.part(clause.iter, depth)
        if source.kind.name not in ("items", "texts", UNTYPED.name):
            self.tell(clause.iter, f"a comprehension goes over a list, this is {WORDS[source.kind.name]}")
            source = Part(UNTYPED, source.run)
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


def _fits(kind: Kind, wanted: KindName) -> bool:
    """What may be of any kind is a number where one is asked for, and cannot be told where it is none."""
    return kind.name in (wanted, UNTYPED.name) or (kind == ELEMENT and wanted == "number")


def _item(kind: Kind) -> Kind:
    return TEXT if kind.name == "texts" else UNTYPED if kind == UNTYPED else Kind("place", item=kind.item)
