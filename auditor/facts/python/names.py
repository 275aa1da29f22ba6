"""Statements that only bind names: imports, `del`, `global`, `nonlocal`."""

from __future__ import annotations

import ast

from auditor.facts.python.expressions import ExpressionReader
from auditor.facts.types import OTHER


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
