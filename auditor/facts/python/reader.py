"""One pass over a syntax tree: statements become scopes, blocks, bindings, stores and exits."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from auditor.core.problem import Problem
from auditor.facts.python.dead import ENDING, LEAVING, NOTEBOOK, yields
from auditor.facts.python.names import NameReader, imported_by_text
from auditor.facts.types import NONE_EXPR, OTHER, Binding, Block, Exit, Expr, ModuleFacts, Parameter, Scope, Store

FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)


def read_python(path: str, text: str) -> tuple[ModuleFacts | None, Problem | None]:
    """The facts of a module, or the problem that kept it from being read."""
    text = text.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parse(text)
        reader = ModuleReader(path, text)
        reader.read(tree)
    except FAILURES as error:
        line = getattr(error, "lineno", None) or 1
        message = getattr(error, "msg", None) or str(error) or "nested too deeply"
        if isinstance(error, (RecursionError, MemoryError)):
            message = "nested too deeply to be read"
        return None, Problem("syntax-error", path, int(line), f"could not be read: {message}")
    return reader.facts, None


def parse(text: str) -> ast.Module:
    """The tree; a file in a newer grammar is down-levelled first."""
    try:
        return ast.parse(text)
    except SyntaxError:
        from auditor.facts.older import down_level

        older = down_level(text)
        if older is None:
            raise
        return ast.parse(older)


class ModuleReader(NameReader):
    """Walks statements; expressions, and statements that only bind names, are read by the base classes."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(ModuleFacts(path, lines=text.count("\n") + 1), text)
        self.loops: list[int] = []
        self.left = False
        """whether the statement that was read last never lets the next one run"""
        self.statement_table: dict[type, Callable[[Any], None]] = {
            ast.Expr: self._expression,
            ast.Assign: self._assign,
            ast.AnnAssign: self._ann_assign,
            ast.AugAssign: self._aug_assign,
            ast.Return: self._return,
            ast.Raise: self._raise,
            ast.Break: lambda n: self._exit("break", NONE_EXPR, n),
            ast.Continue: lambda n: self._exit("continue", NONE_EXPR, n),
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Delete: self._delete,
            ast.Global: self._global,
            ast.Nonlocal: self._global,
            ast.Match: self._match,
            ast.Assert: self._assert,
        }

    def read(self, tree: ast.Module) -> None:
        facts = self.facts
        facts.scopes.append(Scope("module", "<module>", "<module>", -1, 0, 0, 1, facts.lines))
        facts.blocks.append(Block(-1, "module", 0, -1, 0, OTHER, (), 0, 1, facts.lines))
        facts.statements.append((0, 0, 1))
        facts.scopes[0].doc = ast.get_docstring(tree)
        self.scope, self.block, self.order = 0, 0, 0
        self._body(tree.body)
        facts.blocks[0].last_order = self.last_order()
        facts.imports.update(imported_by_text(facts))
        # They hold methods of this object: without them it is gone with its last user, and need not be collected.
        self.table.clear()
        self.statement_table.clear()

    def last_order(self) -> int:
        return len(self.facts.statements) - 1

    def _body(self, body: Sequence[ast.stmt]) -> None:
        statements, table = self.facts.statements, self.statement_table
        for position, node in enumerate(body):
            self.order = len(statements)
            statements.append((self.scope, self.block, node.lineno))
            handler = table.get(node.__class__)
            self.left = False
            if handler is not None:
                handler(node)
            self.left = self.left and node.__class__ in LEAVING
            if self.left and not (self.block == 0 and self.facts.path.endswith(NOTEBOOK)):
                self._never(body[position + 1 :])
                return

    def _never(self, rest: Sequence[ast.stmt]) -> None:
        """Statements that never run are not read; a `yield` among them makes a generator of their function all the same."""
        if any(yields(node) for node in rest):
            self.facts.scopes[self.scope].yields.append((OTHER, self.order))

    def _open(self, kind: str, node: Any, group: int, branch: int, expr: Expr = OTHER, items: tuple[Expr, ...] = ()) -> int:
        """A new block under the current one; it becomes the current one."""
        blocks = self.facts.blocks
        index = len(blocks)
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0) + 1
        end_line = getattr(node, "end_lineno", line)
        blocks.append(Block(self.block, kind, self.scope, group, branch, expr, items, self.order, line, end_line, column=column))
        self.block = index
        return index

    def _suite(
        self, kind: str, node: Any, body: Sequence[ast.stmt], group: int, branch: int, expr: Expr = OTHER, items: tuple[Expr, ...] = ()
    ) -> int:
        outer = self.block
        index = self._open(kind, node, group, branch, expr, items)
        self._body(body)
        self.facts.blocks[index].last_order = self.last_order()
        self.block = outer
        return index

    def bind(self, name: str, kind: str, value: Expr, detail: Any, node: Any, annotation: Expr | None = None) -> None:
        binding = Binding(name, kind, value, detail, self.order, self.block, node.lineno, annotation)
        scope = self.redirected.get((self.scope, name), self.scope) if self.redirected else self.scope
        bindings = self.facts.scopes[scope].bindings
        found = bindings.get(name)
        if found is None:
            bindings[name] = [binding]
        else:
            found.append(binding)

    def _target(self, target: ast.expr, kind: str, value: Expr, detail: Any, node: Any) -> None:
        """Binds an assignment target; unpacking adds the index to the path."""
        cls = target.__class__
        if cls is ast.Name:
            self.bind(target.id, kind, value, detail, node)  # type: ignore[attr-defined]
        elif cls is ast.Attribute:
            self._store(target.value, target.attr, None, kind, value, detail, node)  # type: ignore[attr-defined]
        elif cls is ast.Subscript:
            self._store(target.value, None, self.expr(target.slice), kind, value, detail, node)  # type: ignore[attr-defined]
        elif cls is ast.Starred:
            self._target(target.value, kind if kind != "assign" else "unpack", value, (*(detail or ()), "*"), node)  # type: ignore[attr-defined]
        elif isinstance(target, (ast.Tuple, ast.List)):
            for i, item in enumerate(target.elts):
                self._target(item, "unpack" if kind == "assign" else kind, value, (*(detail or ()), i), node)

    def _store(self, base: ast.expr, attr: str | None, key: Expr | None, kind: str, value: Expr, detail: Any, node: Any) -> None:
        if kind != "assign":
            value = OTHER if detail is None or kind != "unpack" else self._picked(value, detail)
        self.facts.stores.append(Store(self.expr(base), attr, key, value, None, self.order, node.lineno))

    @staticmethod
    def _picked(value: Expr, path: tuple[Any, ...]) -> Expr:
        for index in path:
            value = ("sub", value, ("const", index)) if isinstance(index, int) else OTHER
        return value

    def _expression(self, node: ast.Expr) -> None:
        if node.value.__class__ is not ast.Constant:
            self._drop(node.value)

    def _drop(self, node: ast.expr) -> None:
        """Calls have a place of their own."""
        value = self.expr(node)
        if value[0] != "call":
            self.facts.dropped.append((self.order, value))
            return
        call = self.facts.calls[value[1]]
        call.dropped = True
        self.left = call.func in ENDING and call.func[1][1] in self.facts.imports

    def _assign(self, node: ast.Assign) -> None:
        value = self.table[node.value.__class__](node.value)
        for target in node.targets:
            if target.__class__ is ast.Name:
                self.bind(target.id, "assign", value, None, node)
            else:
                self._target(target, "assign", value, None, node)
        if self.scope == 0 and value[0] == "seq" and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            items = value[2]
            if all(i[0] == "const" and isinstance(i[1], str) for i in items):
                self.facts.exported = tuple(i[1] for i in items)

    def _ann_assign(self, node: ast.AnnAssign) -> None:
        annotation = self.expr(node.annotation)
        if node.value is None:
            if isinstance(node.target, ast.Name):
                self.bind(node.target.id, "annotation", OTHER, None, node, annotation)
            elif isinstance(node.target, ast.Attribute):
                self.facts.stores.append(
                    Store(self.expr(node.target.value), node.target.attr, annotation, OTHER, "annotation", self.order, node.lineno)
                )
            return
        value = self.expr(node.value)
        if isinstance(node.target, ast.Name):
            self.bind(node.target.id, "assign", value, None, node, annotation)
        else:
            self._target(node.target, "assign", value, None, node)
            self.facts.stores[-1].annotation = annotation

    def _aug_assign(self, node: ast.AugAssign) -> None:
        value, operator = self.expr(node.value), self.operator(node.op)
        target = node.target
        if isinstance(target, ast.Name):
            self.bind(target.id, "aug", value, operator, node)
        elif isinstance(target, ast.Attribute):
            self.facts.stores.append(Store(self.expr(target.value), target.attr, None, value, operator, self.order, node.lineno))
        else:
            self.facts.stores.append(
                Store(self.expr(target.value), None, self.expr(target.slice), value, operator, self.order, node.lineno)
            )

    def _exit(self, kind: str, value: Expr, node: ast.stmt) -> None:
        self.facts.scopes[self.scope].exits.append(Exit(kind, value, self.order, node.lineno))
        self.facts.blocks[self.block].leaves = kind
        self.left = True

    def _return(self, node: ast.Return) -> None:
        self._exit("return", NONE_EXPR if node.value is None else self.expr(node.value), node)

    def _raise(self, node: ast.Raise) -> None:
        self._exit("raise", NONE_EXPR if node.exc is None else self.expr(node.exc), node)

    def _assert(self, node: ast.Assert) -> None:
        self._drop(node.test)
        if node.msg is not None:
            self._drop(node.msg)

    def _if(self, node: ast.If) -> None:
        test, group = self.expr(node.test), self.order
        index = self._suite("if", node, node.body, group, 0, test)
        left = self.left
        if self.scope == 0 and test == ("cmp", ("name", "__name__"), (("==", ("const", "__main__")),)):
            self.facts.main = index
        if node.orelse:
            self.order = group
            self._suite("else", node, node.orelse, group, 1, test)
        self.left = left and self.left and bool(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        is_async = isinstance(node, ast.AsyncFor)
        iterable, group, outer = self.expr(node.iter), self.order, self.block
        if is_async:
            self.mark_awaited(iterable)
        index = self._open("for", node, group, 0, iterable)
        self.facts.blocks[index].is_async = is_async
        self._target(node.target, "for", iterable, (), node)
        self._body(node.body)
        self.facts.blocks[index].last_order = self.last_order()
        self.block = outer
        if node.orelse:
            self.order = group
            self._suite("loop_else", node, node.orelse, group, 1)

    def _while(self, node: ast.While) -> None:
        test, group = self.expr(node.test), self.order
        self._suite("while", node, node.body, group, 0, test)
        if node.orelse:
            self.order = group
            self._suite("loop_else", node, node.orelse, group, 1)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        is_async = isinstance(node, ast.AsyncWith)
        items = []
        for item in node.items:
            value = self.expr(item.context_expr)
            items.append(value)
            if is_async:
                self.mark_awaited(value)
        group, outer = self.order, self.block
        index = self._open("with", node, group, 0, OTHER, tuple(items))
        self.facts.blocks[index].is_async = is_async
        for item, value in zip(node.items, items, strict=True):
            if item.optional_vars is not None:
                self._target(item.optional_vars, "with", value, (), node)
        self._body(node.body)
        self.facts.blocks[index].last_order = self.last_order()
        self.block = outer

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        group = self.order
        index = self._suite("try", node, node.body, group, 0)
        handlers = []
        for branch, handler in enumerate(node.handlers, start=1):
            self.order = len(self.facts.statements)
            self.facts.statements.append((self.scope, self.block, handler.lineno))
            types = OTHER if handler.type is None else self.expr(handler.type)
            outer = self.block
            block = self._open("except", handler, group, branch, types)
            handlers.append(block)
            if handler.name:
                self.bind(handler.name, "except", types, None, handler)
            self._body(handler.body)
            self.facts.blocks[block].last_order = self.last_order()
            self.block = outer
        self.facts.blocks[index].handlers = tuple(handlers)
        self.order = group
        if node.orelse:
            self._suite("try_else", node, node.orelse, group, 0)
            self.order = group
        if node.finalbody:
            self._suite("finally", node, node.finalbody, group, 0)

    def _match(self, node: ast.Match) -> None:
        subject, group = self.expr(node.subject), self.order
        for branch, case in enumerate(node.cases):
            outer, self.order = self.block, group
            pattern = self.pattern(case.pattern)
            index = self._open("case", case.pattern, group, branch, subject, (pattern,))
            for name in self.pattern_names(case.pattern):
                self.bind(name, "match", subject, None, case.pattern)
            if case.guard is not None:
                self.facts.blocks[index].items = (pattern, self.expr(case.guard))
            self._body(case.body)
            self.facts.blocks[index].last_order = self.last_order()
            self.block = outer

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = tuple(self.expr(d) for d in node.decorator_list)
        params = self.parameters(node.args)
        returns = self.expr(node.returns) if node.returns is not None else None
        index = self.open_scope("function", node.name, node)
        scope = self.facts.scopes[index]
        scope.decorators, scope.params, scope.returns_annotation = decorators, params, returns
        scope.decorator_lines = tuple(d.lineno for d in node.decorator_list)
        scope.is_async = isinstance(node, ast.AsyncFunctionDef)
        scope.doc = ast.get_docstring(node, clean=False)
        self.bind(node.name, "def", OTHER, index, node)
        saved = self.scope, self.block, self.order, self.loops
        self.scope, self.loops = index, []
        self._open("function", node, -1, 0)
        scope.body = self.block
        self._params(params, node)
        self._body(node.body)
        self.facts.blocks[scope.body].last_order = self.last_order()
        self.scope, self.block, self.order, self.loops = saved

    def _params(self, params: tuple[Parameter, ...], node: Any) -> None:
        """Parameters are bound at a statement of their own, before the body."""
        self.order = len(self.facts.statements)
        self.facts.statements.append((self.scope, self.block, node.lineno))
        for i, param in enumerate(params):
            self.bind(param.name, "param", OTHER, i, node, param.annotation)

    def _class(self, node: ast.ClassDef) -> None:
        decorators = tuple(self.expr(d) for d in node.decorator_list)
        bases = tuple(self.expr(b) for b in node.bases)
        keywords = tuple((k.arg, self.expr(k.value)) for k in node.keywords)
        index = self.open_scope("class", node.name, node)
        scope = self.facts.scopes[index]
        scope.decorators, scope.bases, scope.keywords = decorators, bases, keywords
        scope.decorator_lines = tuple(d.lineno for d in node.decorator_list)
        scope.doc = ast.get_docstring(node, clean=False)
        self.bind(node.name, "class", OTHER, index, node)
        saved = self.scope, self.block, self.order, self.loops
        self.scope, self.loops = index, []
        self._open("class", node, -1, 0)
        scope.body = self.block
        self._body(node.body)
        self.facts.blocks[scope.body].last_order = self.last_order()
        self.scope, self.block, self.order, self.loops = saved
