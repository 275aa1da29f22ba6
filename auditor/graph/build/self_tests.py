"""Main guards that only try their own module out: another part of the program imports it, and the block calls it with made-up values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from auditor.facts.types import Block, Call, Expr, ModuleFacts
from auditor.graph.build.context import Build
from auditor.graph.types import EntryPoint, ModelCall
from auditor.program.imported import imported

WRITTEN = ("fstr", "seq", "dict")
DEEPEST = 3
READS_ARGUMENTS = frozenset(("parse_args", "parse_known_args", "input", "ArgumentParser"))
TRIES = ("test", "_test")
OURS = ("production", "script")


def self_tests(build: Build) -> None:
    """Marks such entry points, in a program that has others which lead to a model, if only in its examples."""
    numbers = {module.path: number for number, module in enumerate(build.engine.modules)}
    known = imported(build.engine)
    entries = [n for n in build.graph.nodes.values() if isinstance(n, EntryPoint) and n.role != "test"]
    found = []
    for entry in (e for e in entries if e.role in OURS):
        number = numbers.get(entry.at.path, -1)
        main = entry.callee == "if" and number >= 0 and build.engine.modules[number].main >= 0
        if main and any(build.role(n) in OURS for n in known.get(number, set()) - {number}) and _tries(build, number):
            found.append(entry)
    rest = [e for e in entries if e not in found]
    if found and _asks(build, rest):
        for entry in found:
            build.change(entry.id, self_test=True)


def _tries(build: Build, number: int) -> bool:
    module = build.engine.modules[number]
    block = module.blocks[module.main]
    inside = [call for call in module.calls if block.line < call.line <= block.end_line]
    if any(call.last in READS_ARGUMENTS for call in inside) or any(
        block.order < o <= block.last_order for o in module.reads.get("argv", ())
    ):
        return False
    body = build.function_id((number, 0))
    led = {(s.at.line, s.at.column) for s in build.graph.flow.sites if s.caller == body}
    leading = [call for call in inside if (build.line_in_file(number, call.line), call.column) in led]
    if not leading:
        # What runs is the rest of the module, which others have loaded.
        return any(build.graph.nodes[e].at.path != module.path for e in build.graph.flow.loaded.get(body, ()))
    return any(call.last.startswith(TRIES) or any(_made_up(module, block, value) for value in _given(call)) for call in leading)


def _given(call: Call) -> Iterator[Expr]:
    yield from call.args
    yield from (value for _, value, _ in call.keywords)


def _made_up(module: ModuleFacts, block: Block, value: Expr, depth: int = 0) -> bool:
    """Whether a value is written out in the block, or made of such values there."""
    if value[0] == "name":
        own = [b for b in module.scopes[0].bindings.get(value[1], ()) if block.line < b.line <= block.end_line]
        return depth < DEEPEST and any(b.kind == "assign" and _made_up(module, block, b.value, depth + 1) for b in own)
    if value[0] == "call":
        return depth < DEEPEST and any(_made_up(module, block, given, depth + 1) for given in _given(module.calls[value[1]]))
    return isinstance(value[1], str) if value[0] == "const" else value[0] in WRITTEN


def _asks(build: Build, entries: list[EntryPoint]) -> bool:
    """Whether one of these leads to a model."""
    callers: dict[str, set[str]] = defaultdict(set)
    for site in build.graph.flow.sites:
        callers[site.target].add(site.caller)
    seen = {n.id for n in build.graph.nodes.values() if isinstance(n, ModelCall)}
    todo = list(seen)
    while todo:
        for caller in callers[todo.pop()] - seen:
            seen.add(caller)
            todo.append(caller)
    return any(f in seen for entry in entries for f in build.graph.flow.entries.get(entry.id, ()))
