"""Which `def` a node stands in, and which one a line begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.facts.types import ModuleFacts
from auditor.graph.types import Noun


@dataclass(frozen=True, slots=True, order=True)
class Function:
    """A `def`, by its qualified name inside the file and its lines."""

    path: str
    line: int
    end_line: int
    qualname: str

    def holds(self, path: str, line: int) -> bool:
        return self.path == path and self.line <= line <= self.end_line


class Functions:
    """All functions of a program."""

    def __init__(self, functions: Iterable[Function] = ()) -> None:
        self._named: dict[tuple[str, str], list[Function]] = defaultdict(list)
        self._starting: dict[tuple[str, int], Function] = {}
        for function in functions:
            self._named[function.path, function.qualname].append(function)
            self._starting[function.path, function.line] = function

    def around(self, noun: Noun) -> Function | None:
        """The function whose body holds the node; None at module or class level. Lambdas and comprehensions belong to what holds them."""
        qualname = noun.qualname
        while qualname.endswith(">") and qualname != "<module>":
            qualname = qualname.rpartition(".")[0]
        named = self._named.get((noun.at.path, qualname), ())
        return next((f for f in named if f.holds(noun.at.path, noun.at.line)), None)

    def starting(self, path: str, line: int) -> Function | None:
        """The function whose `def` is on that line."""
        return self._starting.get((path, line))


def functions_of(modules: Iterable[ModuleFacts]) -> Functions:
    return Functions(
        Function(module.path, scope.line, scope.end_line, scope.qualname)
        for module in modules
        for scope in module.scopes
        if scope.kind == "function"
    )
