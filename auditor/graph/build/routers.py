"""What decides in a cycle of a workflow graph whether it goes round once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.arguments import argument
from auditor.graph.build.builders import Workflow
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import bodies
from auditor.graph.build.loop_terms import walk
from auditor.program.origins.types import Ext, Func, Key, Partial, Place

ORDERS = ("<", "<=", ">", ">=")
EMPTINESS = (("const", 0), ("const", 1))


def compares(build: Build, workflow: Workflow, names: set[str], sites: Iterable[Key]) -> bool:
    """Whether a router of the cycle, or a step that says itself where it leads, compares numbers: such a count may end the cycle."""
    deciding = dict.fromkeys(_deciding(build, workflow, names, sites))
    return bool(deciding) and any(_compares(build, fn, _left(build, workflow.form.left)) for fn in deciding)


def _deciding(build: Build, workflow: Workflow, names: set[str], sites: Iterable[Key]) -> Iterator[Key]:
    branches = {b.method: b for b in workflow.form.branches}
    steps = {f.fn: name for name in names for f in workflow.functions.get(name, ())}
    for site in sites:
        call = build.engine.call(site)
        branch = branches.get(call.last)
        around = build.function_of(site[0], call.order)
        if around in steps:
            if len({target for source, target, _ in workflow.edges if source == steps[around]}) > 1:
                yield around
            continue
        for given in (argument(build, branch.router, site, 0) or ()) if branch is not None else ():
            origin = given
            while isinstance(origin, Partial):
                origin = origin.target
            if isinstance(origin, Func):
                yield origin.fn


def _left(build: Build, annotations: list[str]) -> set[str]:
    """Fields of the state that only tell what the framework's bound leaves."""
    key = ("fields that tell what is left", *annotations)
    known: set[str] | None = build.memo.get(key)  # type: ignore[assignment]
    if known is None:
        known = build.memo[key] = {
            name
            for number, module in enumerate(build.engine.modules)
            for scope in module.scopes
            if scope.kind == "class"
            for name, rows in scope.bindings.items()
            for b in rows
            if b.annotation is not None
            and any(isinstance(o, Ext) and o.name in annotations for o in build.engine.origins(b.annotation, Place(number, b.order)))
        }
    return known


def _compares(build: Build, fn: Key, left: set[str]) -> bool:
    body = bodies(build, fn)
    return any(_is_limit(body.module, part, left) for expr, _ in body.expressions for part in walk(body.module, expr))


def _is_limit(module: ModuleFacts, expr: Expr, left: set[str]) -> bool:
    """A comparison by size that asks neither for emptiness nor for a share (`score > 0.8`), nor what the framework's bound leaves."""
    if expr[0] != "cmp" or not any(op in ORDERS for op, _ in expr[2]):
        return False
    sides = (expr[1], *(e for _, e in expr[2]))
    if any(s[0] == "const" and isinstance(s[1], float) for s in sides):
        return False
    if any(s[0] == "call" and module.calls[s[1]].last == "len" for s in sides) and any(s in EMPTINESS for s in sides):
        return False
    return not any(_names(part) in left for side in sides for part in walk(module, side))


def _names(expr: Expr) -> object:
    """The field in `state.field`, or the key in `state["field"]` and `state.get("field")`."""
    return expr[2] if expr[0] == "attr" else expr[1] if expr[0] == "const" else None
