"""Tasks that outlive the deadline of those who wait for them: whether the code ends them once it is over."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import suites
from auditor.graph.build.loop_terms import path, paths
from auditor.program.origins.reaching import reaching


def ended_after(build: Build, module: int, order: int, task: Expr) -> bool:
    """Whether a statement that waits for a task has a handler which does something with the task, or with what it works on."""
    facts = build.engine.modules[module]
    own = suites(build.engine, module)
    wanted = {path(task), *_works_on(build, module, order, task)} - {None}
    block = own.block_of(order)
    while block >= 0 and facts.blocks[block].kind not in ("function", "module"):
        info = facts.blocks[block]
        after = own.parts[own.opener[block]] if info.kind == "try" else ()
        for other in after:
            if facts.blocks[other].kind in ("except", "finally"):
                mentioned = (p for c in own.calls_in(other) for p in paths(facts, ("call", c.index)))
                if not wanted.isdisjoint(mentioned):
                    return True
        block = info.parent
    return False


def _works_on(build: Build, module: int, order: int, task: Expr) -> Iterator[str]:
    """What the coroutine of a task is given: `create_task(talk(process))`."""
    facts = build.engine.modules[module]
    scope, block, _ = facts.statements[order]
    bindings = facts.scopes[scope].bindings.get(task[1], []) if task[0] == "name" else []
    for binding in reaching(facts, bindings, order, block) if bindings else ():
        made = facts.calls[binding.value[1]] if binding.value[0] == "call" else None
        for arg in made.args if made is not None else ():
            for given in facts.calls[arg[1]].args if arg[0] == "call" else ():
                yield from paths(facts, given)
