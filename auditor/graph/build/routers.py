"""What decides in a cycle of a workflow graph whether it goes round once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.arguments import argument
from auditor.graph.build.builders import Workflow
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import bodies
from auditor.graph.build.loop_changes import DEEPEST, View, called
from auditor.graph.build.loop_signs import comparisons, conditions, of_function, said, steps
from auditor.graph.build.loop_terms import walk
from auditor.program.origins.types import Ext, Func, Key, Partial, Place

ORDERS = ("<", "<=", ">", ">=")
EMPTINESS = (("const", 0), ("const", 1))


def compares(build: Build, workflow: Workflow, names: set[str], sites: Iterable[Key]) -> str:
    """Where a router of the cycle, or a step that says itself where it leads, compares numbers, or something in it what it steps, in words:
    such a count may end the cycle."""
    deciding = dict.fromkeys(_deciding(build, workflow, names, sites))
    left = _left(build, workflow.form.left) if deciding else set()
    for fn in deciding:
        order = _compares(build, fn, left)
        if order is not None:
            return f"it may be limited by a number, compared in {build.path(fn[0])}:{build.engine.line(Place(fn[0], order))}"
    return _steps_and_compares(build, [*deciding, *(f.fn for name in sorted(names) for f in workflow.functions.get(name, ()))], left)


def _steps_and_compares(build: Build, functions: Iterable[Key], left: set[str]) -> str:
    """What the functions of a cycle, or those that they call, step and compare, wherever it is kept."""
    spans = {fn: of_function(build.engine, fn) for fn in functions}
    for fn, span in list(spans.items()):
        inner = called(View(build.engine, fn[0]), span.orders, DEEPEST - 1)
        spans.update((v.fn, of_function(build.engine, v.fn)) for v in inner if v.fn is not None and v.fn not in spans)
    counted = [s for span in spans.values() for s in steps(span, variables=False) if s.key[0] == "part" and s.key[1] not in left]
    for span in spans.values() if counted else ():
        for order, test in conditions(span):
            name = next((n for one in comparisons(span, test) if (n := one.counted(counted)) is not None), None)
            if name is not None:
                return said(name, span, order, -1)
    return ""


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


def _compares(build: Build, fn: Key, left: set[str]) -> int | None:
    """The statement of a function that compares numbers."""
    body = bodies(build, fn)
    return next((order for expr, order in body.expressions if any(_is_limit(body.module, p, left) for p in walk(body.module, expr))), None)


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
