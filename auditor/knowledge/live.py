"""Which of the known names and types can occur in a program at all: those whose module it imports, and what these lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import TypeVar

from auditor.knowledge.base import Base, Table

T = TypeVar("T")


class Live:
    """`imported`: dotted names of all that the program imports."""

    def __init__(self, base: Base, imported: Collection[str]) -> None:
        self.base = base
        self.roots = {dotted.partition(".")[0] for dotted in imported} | {"builtins"}
        self.types: set[str] = set()
        self.given = self._given()
        todo = [t for t in base.types if self._starts(t)]
        todo += [t for k in base.files for p in k.provides if (t := base.type_id(k.package, p.type))]
        todo += [t for rows in base.calls.functions.values() for n in rows if (t := base.type_id(n.package, n.form.returns or ""))]
        while todo:
            found = todo.pop()
            if found not in self.types:
                self.types.add(found)
                todo.extend(self._led_to(found))

    def last_names(self, table: Table[T]) -> set[str]:
        """Last segments of the names of a table that can occur."""
        functions = {n.rpartition(".")[2] for n in table.functions if self._named(n)}
        return functions | {(path or t.partition(":")[2]).rpartition(".")[2] for t, path in table.methods if t in self.types}

    def _named(self, name: str) -> bool:
        root, dot, _ = name.partition(".")
        return not dot or root in self.roots

    def _starts(self, type_id: str) -> bool:
        """Whether the program can name what makes one; so it is where the knowledge does not say what does."""
        form = self.base.types[type_id]
        names = [*form.new, *form.decorates, *([form.module] if form.module else [])]
        return not names or any(n.partition(".")[0] in self.roots or "." not in n for n in names)

    def _led_to(self, type_id: str) -> Iterator[str]:
        """Types that its attributes and methods give, and those that it inherits from."""
        base, form = self.base, self.base.types[type_id]
        package = type_id.partition(":")[0]
        yield from base.ancestors(type_id)
        for name in (*form.attributes.values(), *(m.returns for m in form.methods.values())):
            yield from filter(None, [base.type_id(package, name)])
        if form.agent is not None and form.agent.model_default:
            yield from filter(None, [base.type_id(package, form.agent.model_default)])
        yield from self.given.get(type_id, ())

    def _given(self) -> dict[str, list[str]]:
        """Type -> types that calls of its methods make."""
        rows: dict[str, list[str]] = defaultdict(list)
        for (maker, _), made in self.base.made_by.items():
            rows[maker].extend(made)
        for (owner, _), forms in self.base.calls.methods.items():
            rows[owner].extend(t for n in forms if (t := self.base.type_id(n.package, n.form.returns or "")))
        return rows
