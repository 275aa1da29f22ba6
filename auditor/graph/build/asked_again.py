"""Functions that ask to be run again: `raise self.retry(exc=error)` in a task that a framework runs."""

from __future__ import annotations

from auditor.facts.types import Call
from auditor.graph.build.context import Build
from auditor.program.origins.types import Key


def asks_again(build: Build, fn: Key, method: str) -> bool:
    """Whether a function calls this method on its own first parameter, or on itself by its name."""
    scope = build.engine.scope(fn)
    own = [("name", name) for name in (scope.name, *(p.name for p in scope.params[:1]))]
    return any(call.func[0] == "attr" and call.func[1] in own for call in _calls(build, method).get(fn, ()))


def _calls(build: Build, method: str) -> dict[Key, list[Call]]:
    """The calls of methods of that name by the function around them."""
    known: dict[str, dict[Key, list[Call]]] = build.memo.setdefault("asked again", {})  # type: ignore[assignment]
    if method not in known:
        table: dict[Key, list[Call]] = {}
        for number, call in build.engine.calls_by_last.get(method, ()):
            table.setdefault(build.function_of(number, call.order), []).append(call)
        known[method] = table
    return known[method]
