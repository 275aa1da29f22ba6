"""Expressions of a syntax tree as nested tuples; calls, lambdas and comprehensions get entries of their own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from auditor.facts.types import OTHER, Block, Call, Exit, Expr, ModuleFacts, Parameter, Scope, Store

OPERATORS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
SHAPE: Expr = ("shape",)
SETTERS: tuple[Expr, ...] = (("name", "setattr"), ("attr", ("name", "object"), "__setattr__"))
SETTING = ("setattr", "__setattr__")
LONGEST_TEXT = 4000


class Readers(dict[type, Callable[[Any], Expr]]):
    """Type of a node -> what reads it."""

    def __missing__(self, key: type) -> Callable[[Any], Expr]:
        return _other


def _other(_: Any) -> Expr:
    return OTHER


class ExpressionReader:
    """Reads expressions in the current scope, block and statement. What is most frequent reads its parts by the table, without `expr`."""

    def __init__(self, facts: ModuleFacts, text: str) -> None:
        self.facts = facts
        self.scope = self.block = self.order = 0
        self.redirected: dict[tuple[int, str], int] = {}
        self.text_lines = None if text.isascii() else text.split("\n")
        self.names: dict[str, Expr] = {}
        self.reads = facts.reads
        table = self.table = Readers()
        self.table |= {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.List: lambda n: ("seq", "list", tuple(map(self.expr, n.elts))),
            ast.Tuple: lambda n: ("seq", "tuple", tuple(map(self.expr, n.elts))),
            ast.Set: lambda n: ("seq", "set", tuple(map(self.expr, n.elts))),
            ast.Dict: self._dict,
            ast.BinOp: lambda n: ("op", OPERATORS[n.op.__class__], table[n.left.__class__](n.left), table[n.right.__class__](n.right)),
            ast.BoolOp: lambda n: ("bool", "and" if n.op.__class__ is ast.And else "or", tuple(map(self.expr, n.values))),
            ast.Compare: self._compare,
            ast.UnaryOp: self._unary,
            ast.IfExp: lambda n: ("if", self.expr(n.test), self.expr(n.body), self.expr(n.orelse)),
            ast.Subscript: self._subscript,
            ast.Slice: self._slice,
            ast.JoinedStr: lambda n: ("fstr", tuple(map(self.expr, n.values))),
            ast.FormattedValue: lambda n: self.expr(n.value),
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.Await: self._await,
            ast.Starred: lambda n: ("star", self.expr(n.value)),
            ast.NamedExpr: self._walrus,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
        }

    def expr(self, node: ast.expr) -> Expr:
        return self.table[node.__class__](node)

    @staticmethod
    def operator(node: ast.operator) -> str:
        return OPERATORS[node.__class__]

    def bind(self, name: str, kind: str, value: Expr, detail: Any, node: Any, annotation: Expr | None = None) -> None:
        raise NotImplementedError  # pragma: no cover

    def _constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if value.__class__ is str:
            return ("const", value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT])
        if value is None or isinstance(value, (bool, int, float)):
            return ("const", value)
        return ("const", "...") if value is Ellipsis else OTHER

    def _name(self, node: ast.Name) -> Expr:
        found = self.names.get(node.id)
        if found is None:
            found = self.names[node.id] = ("name", node.id)
        return found

    def _attribute(self, node: ast.Attribute) -> Expr:
        name, value = node.attr, node.value
        orders = self.reads.get(name)
        if orders is None:
            self.reads[name] = [self.order]
        else:
            orders.append(self.order)
        return ("attr", self.table[value.__class__](value), name)

    def _column(self, line: int, offset: int) -> int:
        """Byte offset to a column in characters, counted from 1."""
        if self.text_lines is None or line > len(self.text_lines):
            return offset + 1
        text = self.text_lines[line - 1]
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode("utf-8", "ignore")) + 1

    def _call(self, node: ast.Call) -> Expr:
        calls, table = self.facts.calls, self.table
        func = table[node.func.__class__](node.func)
        args = tuple([table[a.__class__](a) for a in node.args]) if node.args else ()
        keywords = tuple([(k.arg, table[k.value.__class__](k.value), k.value.lineno) for k in node.keywords]) if node.keywords else ()
        inner = func[1] if func[0] == "sub" else func
        last = inner[2] if inner[0] == "attr" else inner[1] if inner[0] == "name" else ""
        index = len(calls)
        line, end_line = node.lineno, node.end_lineno or node.lineno
        if self.text_lines is None:
            column, end_column = node.col_offset + 1, (node.end_col_offset or 0) + 1
        else:
            column, end_column = self._column(line, node.col_offset), self._column(end_line, node.end_col_offset or 0)
        calls.append(Call(index, func, args, keywords, last, self.order, line, column, end_line, end_column))
        if last in SETTING and len(args) == 3 and args[1][0] == "const" and isinstance(args[1][1], str) and func in SETTERS:
            self.facts.stores.append(Store(args[0], args[1][1], None, args[2], None, self.order, line, func))
        return ("call", index)

    def mark_awaited(self, expr: Expr) -> None:
        if expr[0] == "call":
            self.facts.calls[expr[1]].awaited = True

    def _await(self, node: ast.Await) -> Expr:
        value = self.expr(node.value)
        self.mark_awaited(value)
        return ("await", value)

    def _dict(self, node: ast.Dict) -> Expr:
        expr = self.expr
        return ("dict", tuple((None if k is None else expr(k), expr(v)) for k, v in zip(node.keys, node.values, strict=True)), node.lineno)

    def _compare(self, node: ast.Compare) -> Expr:
        table = self.table
        pairs = tuple([(OPERATORS[o.__class__], table[c.__class__](c)) for o, c in zip(node.ops, node.comparators, strict=True)])
        return ("cmp", table[node.left.__class__](node.left), pairs)

    def _unary(self, node: ast.UnaryOp) -> Expr:
        value = self.expr(node.operand)
        if isinstance(node.op, ast.Not):
            return ("not", value)
        if isinstance(node.op, ast.USub):
            if value[0] == "const" and isinstance(value[1], (int, float)):
                return ("const", -value[1])
            return ("neg", value)
        return value if isinstance(node.op, ast.UAdd) else OTHER

    def _subscript(self, node: ast.Subscript) -> Expr:
        index = self.table[node.slice.__class__](node.slice)
        if index[0] == "const" and isinstance(index[1], str):
            self.facts.reads.setdefault(index[1], []).append(self.order)
        return ("sub", self.table[node.value.__class__](node.value), index)

    def _slice(self, node: ast.Slice) -> Expr:
        return ("slice", *(None if part is None else self.expr(part) for part in (node.lower, node.upper, node.step)))

    def _walrus(self, node: ast.NamedExpr) -> Expr:
        value = self.expr(node.value)
        saved = self.scope, self.block
        while self.facts.scopes[self.scope].kind == "comp":
            around = self.facts.scopes[self.scope]
            self.scope, self.block = around.parent, self.facts.statements[around.order][1]
        self.bind(node.target.id, "assign", value, None, node)
        self.scope, self.block = saved
        return ("walrus", node.target.id, value)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Expr:
        value = OTHER if node.value is None else self.expr(node.value)
        self.facts.scopes[self.scope].yields.append((("star", value) if isinstance(node, ast.YieldFrom) else value, self.order))
        return ("yield", value)

    def open_scope(self, kind: str, name: str, node: Any) -> int:
        """A new scope under the current one (which stays current)."""
        scopes = self.facts.scopes
        index, parent = len(scopes), scopes[self.scope]
        qualname = name if self.scope == 0 else f"{parent.qualname}.{name}"
        scopes.append(
            Scope(kind, name, qualname, self.scope, -1, self.order, node.lineno, node.end_lineno or node.lineno, node.col_offset + 1)
        )
        parent.children.append(index)
        return index

    def _enter(self, index: int, kind: str, node: Any) -> tuple[int, int, int]:
        """Makes an expression scope current, with a block and a statement of its own; returns what to restore."""
        saved = self.scope, self.block, self.order
        facts = self.facts
        self.scope = index
        line, column = node.lineno, self._column(node.lineno, node.col_offset)
        facts.blocks.append(Block(self.block, kind, index, -1, 0, OTHER, (), self.order, line, node.end_lineno or line, column=column))
        self.block = facts.scopes[index].body = len(facts.blocks) - 1
        self.order = len(facts.statements)
        facts.statements.append((self.scope, self.block, node.lineno))
        return saved

    def _leave(self, saved: tuple[int, int, int]) -> None:
        self.facts.blocks[self.block].last_order = len(self.facts.statements) - 1
        self.scope, self.block, self.order = saved

    def _lambda(self, node: ast.Lambda) -> Expr:
        params = self.parameters(node.args)
        index = self.open_scope("lambda", "<lambda>", node)
        saved = self._enter(index, "lambda", node)
        scope = self.facts.scopes[index]
        scope.params = params
        for i, param in enumerate(params):
            self.bind(param.name, "param", OTHER, i, node)
        self.order = len(self.facts.statements)
        self.facts.statements.append((self.scope, self.block, node.lineno))
        scope.exits.append(Exit("return", self.expr(node.body), self.order, node.lineno))
        self._leave(saved)
        return ("lambda", index)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Expr:
        first = self.expr(node.generators[0].iter)
        index = self.open_scope("comp", "<comprehension>", node)
        saved = self._enter(index, "comp", node)
        self.facts.blocks[self.block].expr = first
        self.facts.blocks[self.block].is_async = any(g.is_async for g in node.generators)
        for i, generator in enumerate(node.generators):
            iterable = first if i == 0 else self.expr(generator.iter)
            self._comp_target(generator.target, iterable, (), node)
            self.order = len(self.facts.statements)
            self.facts.statements.append((self.scope, self.block, node.lineno))
            for test in generator.ifs:
                self.facts.dropped.append((self.order, self.expr(test)))
        if isinstance(node, ast.DictComp):
            result: Expr = ("comp", "dict", index, self.expr(node.value), self.expr(node.key))
        else:
            kind = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}[node.__class__]
            result = ("comp", kind, index, self.expr(node.elt), None)
        self._leave(saved)
        return result

    def _comp_target(self, target: ast.expr, iterable: Expr, path: tuple[Any, ...], node: Any) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, "for", iterable, path, node)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for i, item in enumerate(target.elts):
                self._comp_target(item, iterable, (*path, i), node)

    def parameters(self, args: ast.arguments) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [*([None] * (len(positional) - len(args.defaults))), *args.defaults]
        rows = [self._parameter(a, "positional", d) for a, d in zip(positional, defaults, strict=True)]
        if args.vararg:
            rows.append(Parameter(args.vararg.arg, "args", None, None, args.vararg.lineno))
        rows.extend(self._parameter(a, "keyword", d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True))
        if args.kwarg:
            rows.append(Parameter(args.kwarg.arg, "kwargs", None, None, args.kwarg.lineno))
        return tuple(rows)

    def _parameter(self, arg: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
        value = None if default is None else self.expr(default)
        return Parameter(arg.arg, kind, value, None if arg.annotation is None else self.expr(arg.annotation), arg.lineno)

    def pattern(self, node: ast.pattern) -> Expr:
        """A case pattern as an expression to compare with: values, alternatives; `other` takes anything, `shape` is any other pattern."""
        if isinstance(node, ast.MatchValue):
            return self.expr(node.value)
        if isinstance(node, ast.MatchSingleton):
            return ("const", node.value)
        if isinstance(node, ast.MatchOr):
            return ("seq", "tuple", tuple(self.pattern(p) for p in node.patterns))
        if isinstance(node, ast.MatchAs):
            return OTHER if node.pattern is None else self.pattern(node.pattern)
        if isinstance(node, ast.MatchClass):
            self.facts.dropped.append((self.order, self.expr(node.cls)))
        return SHAPE

    @staticmethod
    def pattern_names(node: ast.pattern) -> Iterator[str]:
        for part in ast.walk(node):
            name = getattr(part, "name", None) if isinstance(part, (ast.MatchAs, ast.MatchStar)) else None
            if name:
                yield name
