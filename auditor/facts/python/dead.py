"""Statements behind one that always leaves: they never run."""

from __future__ import annotations

import ast

LEAVING = frozenset((ast.Return, ast.Raise, ast.Break, ast.Continue, ast.If, ast.Expr))
"""statements that may leave for good, whatever they stand in"""
ENDING = (("attr", ("name", "sys"), "exit"), ("attr", ("name", "os"), "_exit"))
NOTEBOOK = ".ipynb"
"""each cell runs for itself, whatever one before it ended in"""
OWN_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def yields(node: ast.AST) -> bool:
    """Whether a `yield` stands in it, nested functions aside: it makes a generator of the function, run or not."""
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(part, OWN_FUNCTIONS):
            todo.extend(ast.iter_child_nodes(part))
    return False
