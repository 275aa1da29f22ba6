"""What decides in a cycle of a workflow graph whether it goes round once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.graph.build.arguments import argument
from auditor.graph.build.builders import Workflow
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import bodies
from auditor.graph.build.loop_terms import walk
from auditor.program.origins.types import Func, Key, Partial

ORDERS = ("<", "<=", ">", ">=")
EMPTINESS = (("const", 0), ("const", 1))


def compares(build: Build, workflow: Workflow, names: set[str], sites: Iterable[Key]) -> bool:
    """Whether a router of the cycle, or a step that says itself where it leads, compares numbers: such a count may end the cycle."""
    return any(_compares(build, fn) for fn in dict.fromkeys(_deciding(build, workflow, names, sites)))


def _deciding(build: Build, workflow: Workflow, names: set[str], sites: Iterable[Key]) -> Iterator[Key]:
    branches = {b.method: b for b in workflow.form.branches}
    for site in sites:
        branch = branches.get(build.engine.call(site).last)
        for given in (argument(build, branch.router, site, 0) or ()) if branch is not None else ():
            origin = given
            while isinstance(origin, Partial):
                origin = origin.target
            if isinstance(origin, Func):
                yield origin.fn
    for name in sorted(names):
        if len({target for source, target, _ in workflow.edges if source == name}) > 1:
            yield from (f.fn for f in workflow.functions.get(name, ()))


def _compares(build: Build, fn: Key) -> bool:
    body = bodies(build, fn)
    return any(_is_limit(body.module, part) for expr, _ in body.expressions for part in walk(body.module, expr))


def _is_limit(module: ModuleFacts, expr: Expr) -> bool:
    """A comparison by size that asks more than whether a collection is empty."""
    if expr[0] != "cmp":
        return False
    sides = (expr[1], *(e for _, e in expr[2]))
    sized = any(s[0] == "call" and module.calls[s[1]].last == "len" for s in sides)
    return any(op in ORDERS for op, _ in expr[2]) and not (sized and any(s in EMPTINESS for s in sides))
