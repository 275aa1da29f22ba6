"""Which subjects a rule can be about at all: those with one of the texts that its `where` asks for."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from auditor.graph.types import Call
from auditor.rules.expression import one_line, parse
from auditor.rules.names import Kind, fields_of
from auditor.rules.types import Rule


@lru_cache(maxsize=1024)
def asked_for(where: str, names: tuple[tuple[str, Kind], ...]) -> tuple[str, frozenset[str]] | None:
    """A field and the texts of which it has to be, or to hold, one: any other subject is not in question, whatever else is asked."""
    if not where:
        return None
    tree = parse(one_line(where))
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    kinds = dict(names)
    return next((found for part in parts if (found := _of_part(part, kinds)) is not None), None)


def _of_part(part: ast.expr, kinds: Mapping[str, Kind]) -> tuple[str, frozenset[str]] | None:
    """`callee == "a.b"`, `callee in ("a.b", "a.c")`, `"a" in packages`."""
    if not isinstance(part, ast.Compare) or len(part.ops) != 1:
        return None
    left, op, right = part.left, part.ops[0], part.comparators[0]
    texts = right.elts if isinstance(right, (ast.Tuple, ast.List)) else [right]
    if isinstance(op, ast.In) and isinstance(right, ast.Name):
        left, wanted, texts = right, "texts", [left]
    elif isinstance(op, ast.Eq) or (isinstance(op, ast.In) and texts is not None):
        wanted = "text"
    else:
        return None
    kind = kinds.get(left.id) if isinstance(left, ast.Name) else None
    values = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
    if not isinstance(left, ast.Name) or kind is None or kind.setting or kind.name != wanted or len(values) != len(texts):
        return None
    return left.id, frozenset(values)


class Calls:
    """The calls of a program by the texts of their fields: many rules ask for few calls each."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self._by: dict[str, dict[str, list[Call]]] = {}

    def of(self, rule: Rule) -> Sequence[Call]:
        """Those that a rule can be about, and maybe others."""
        found = asked_for(rule.where, tuple(fields_of(Call).items()))
        if found is None:
            return self.calls
        field, texts = found
        if field not in self._by:
            self._by[field] = self._index(field)
        rows = [call for text in sorted(texts) for call in self._by[field].get(text, ())]
        return list({call.id: call for call in rows}.values())

    def _index(self, field: str) -> dict[str, list[Call]]:
        rows: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            value: Any = getattr(call, field)
            for text in (value,) if isinstance(value, str) else dict.fromkeys(value):
                rows[text].append(call)
        return dict(rows)
