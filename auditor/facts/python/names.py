"""Statements that only bind names: imports, `del`, `global`, `nonlocal`; and calls that import by a text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from auditor.facts.python.expressions import ExpressionReader
from auditor.facts.types import IMPORTING, OTHER, ModuleFacts


class NameReader(ExpressionReader):
    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.facts.imports.add(alias.name)
            if alias.asname:
                self.bind(alias.asname, "import", ("const", alias.name), None, node)
            else:
                self.bind(alias.name.partition(".")[0], "import", ("const", alias.name.partition(".")[0]), alias.name, node)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level == 0:
            self.facts.imports.add(module)
        for alias in node.names:
            if node.level == 0 and alias.name != "*":
                self.facts.imports.add(f"{module}.{alias.name}")
            kind = "star_import" if alias.name == "*" else "from"
            self.bind(alias.asname or alias.name, kind, OTHER, (module, alias.name, node.level), node)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind(target.id, "del", OTHER, None, node)
            elif isinstance(target, ast.Subscript):
                self.facts.removed.append((self.order, self.expr(target.value)))

    def _global(self, node: ast.Global | ast.Nonlocal) -> None:
        if isinstance(node, ast.Global):
            for name in node.names:
                self.redirected[self.scope, name] = 0
            return
        for name in node.names:
            scope = self.facts.scopes[self.scope].parent
            while scope > 0 and (self.facts.scopes[scope].kind == "class" or name not in self.facts.scopes[scope].bindings):
                scope = self.facts.scopes[scope].parent
            if scope > 0:
                self.redirected[self.scope, name] = scope


def imported_by_text(facts: ModuleFacts) -> Iterator[str]:
    """The absolute names of modules that calls import (`import_module("a.b")`), as a text or by a variable that never holds another one."""
    for call in facts.calls:
        name = call.args[0] if call.last in IMPORTING and call.args else OTHER
        scope, seen = facts.statements[call.order][0], set[tuple[int, str]]()
        while name[0] == "name" and scope >= 0 and (scope, name[1]) not in seen:
            seen.add((scope, name[1]))
            found = facts.scopes[scope].bindings.get(name[1], ())
            if found:
                name = found[0].value if len(found) == 1 and found[0].kind == "assign" else OTHER
            else:
                scope = facts.scopes[scope].parent
        if name[0] == "const" and isinstance(name[1], str) and name[1] and not name[1].startswith("."):
            yield name[1]
