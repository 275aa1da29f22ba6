"""The methods of a tool which is an object of a class of the program: the one that runs it, and those that describe it."""

from __future__ import annotations

from auditor.facts.types import Expr, Scope
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import plain
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import method
from auditor.program.origins.types import Instance, Key

TAKES = frozenset(("parameters", "input_schema", "inputSchema"))
"""the keys of a schema under which stands what the tool is given"""
SURE = frozenset(("input_schema", "inputSchema"))
"""those of them that nothing but tools have"""
KEYWORDS = frozenset(("type", "properties"))
RUN_METHODS = ("execute", "run", "__call__", "call", "invoke", "arun", "_run", "forward", "handle")


def run_method(engine: Engine, cls: Key) -> tuple[Key, ...]:
    return tuple(found for name in RUN_METHODS if (found := method(engine, cls, name)) is not None)[:1]


def made_by(build: Build, description: Instance) -> tuple[Key, ...]:
    """The method that runs the tool which an object only describes: another method of it makes that (`def spec(self): return Spec()`)."""
    if description.site is None or run_method(build.engine, description.cls):
        return ()
    module, scope = build.function_of(description.site[0], build.engine.call(description.site).order)
    facts = build.engine.modules[module]
    parent = facts.scopes[scope].parent
    return run_method(build.engine, (module, parent)) if parent >= 0 and facts.scopes[parent].kind == "class" else ()


def describes(scope: Scope) -> bool:
    """Whether it is a function that needs nothing but its object, and returns the schema of a tool, written out."""
    returned = [plain(e.value) for e in scope.exits if e.kind == "return"]
    return scope.kind == "function" and len(scope.params) <= 1 and len(returned) == 1 and _is_schema(returned[0], whole=True)


def _is_schema(expr: Expr, *, whole: bool) -> bool:
    """Whether a mapping names a tool and says in the way of JSON schemas what it takes. `whole`: it stands alone, not under `function`."""
    rows = _written(expr)
    if whole and "function" in rows:
        return _is_schema(plain(rows["function"]), whole=False)
    takes = [plain(rows[key]) for key in TAKES if key in rows]
    told = any(not KEYWORDS.isdisjoint(_written(each)) for each in takes)
    return "name" in rows and bool(takes) and (told or not whole or not SURE.isdisjoint(rows))


def _written(expr: Expr) -> dict[object, Expr]:
    """What stands under the constant keys of a mapping that is written out."""
    return {key[1]: value for key, value in expr[1] if key is not None and key[0] == "const"} if expr[0] == "dict" else {}
