"""Methods of local subclasses of library types that only pass on to the library's method, so that calling them is calling that."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.loop_blocks import suites
from auditor.program.origins.types import Func, Instance, Key

AROUND = frozenset(("for", "while", "with"))


def passes_on(build: Build, origin: Func) -> Key | None:
    """The call of `super().method(...)` in the method of an object, if it is made once, by nothing that repeats, limits or records it."""
    if not isinstance(origin.owner, Instance):
        return None
    memo: dict[Key, Key | None] = build.memo.setdefault("passed on", {})  # type: ignore[assignment]
    if origin.fn not in memo:
        memo[origin.fn] = _passed(build, origin.fn)
    return memo[origin.fn]


def _passed(build: Build, fn: Key) -> Key | None:
    module, scope = build.engine.modules[fn[0]], build.engine.scope(fn)
    if scope.kind != "function" or scope.decorators or scope.yields:
        return None
    own = suites(build.engine, fn[0])
    found = []
    for call in own.calls_in(scope.body):
        func = call.func
        if func[0] == "attr" and func[2] == scope.name and func[1][0] == "call" and module.calls[func[1][1]].last == "super":
            found.append(call)
    if len(found) != 1:
        return None
    block = own.block_of(found[0].order)
    while block >= 0 and module.blocks[block].scope == fn[1]:
        if module.blocks[block].kind in AROUND:
            return None
        block = module.blocks[block].parent
    return fn[0], found[0].index


def drop_passed_on(build: Build) -> None:
    """What a method passes on is the request of those who call it, where they are known to: not another one."""
    for site in sorted(build.memo.get("passing on", set())):  # type: ignore[call-overload]
        for kind in ("model_call", "external_call"):
            node = build.by_site.pop((kind, site), None)
            if node is not None:
                build.graph.nodes.pop(node, None)
                build.memo.get("call matches", {}).pop(site, None)  # type: ignore[attr-defined]
        build.memo.setdefault("harmless calls", set()).add(site)  # type: ignore[attr-defined]
