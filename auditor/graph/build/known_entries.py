"""Names for what is known in a function beside its parameters: entries of a dict that it is given, and arguments that it only passes on.

`p['key']` is such an entry, `*0` the first argument of those that `*args` takes, `**key` one of those that `**kwargs` takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from auditor.facts.types import Call, Expr, ModuleFacts
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import path, walk
from auditor.program.origins.types import Key
from auditor.program.unused import mentions

READERS = ("get", "keys", "items", "values", "copy")
"""methods of a dict that leave it as it is"""


def entry_names(build: Build, fn: Key, test: Expr) -> Iterator[str]:
    """The entries of parameters that a condition asks for, where the function only reads them."""
    for part in walk(build.engine.modules[fn[0]], test):
        name = entry_name(build, fn, part)
        if name is not None:
            yield name


def entry_name(build: Build, fn: Key, expr: Expr) -> str | None:
    """`p['key']` of a parameter from which the function reads only."""
    if expr[0] != "sub" or expr[1][0] != "name" or expr[2][0] != "const" or not isinstance(expr[2][1], str):
        return None
    read = is_parameter(build, fn, expr[1][1]) and uses(build, fn, expr[1][1]) == 0
    return path(expr) if read else None


def entry_of(name: str) -> tuple[str, str] | None:
    """The parameter and the key of the name of an entry."""
    param, found, key = name.partition("['")
    return (param, key.removesuffix("']")) if found else None


def written_entry(build: Build, fn: Key, given: Expr, key: str) -> Expr | None:
    """What stands under a key in a dict that is given: written there, or in a variable of the function that nothing else uses."""
    if given[0] == "name" and given[1] in build.engine.scope(fn).bindings and uses(build, fn, given[1]) == 1:
        bindings = build.engine.scope(fn).bindings[given[1]]
        if len(bindings) == 1 and bindings[0].kind == "assign":
            given = bindings[0].value
    if given[0] != "dict":
        return None
    found: Expr | None = None
    for written, value in given[1]:
        if written is None or written[0] != "const":
            found = None
        elif written[1] == key:
            found = value
    return found


def is_parameter(build: Build, fn: Key, name: str) -> bool:
    """Whether a name is a parameter that the function never sets anew, but to itself."""
    found = [b for b in build.engine.scope(fn).bindings.get(name, ()) if b.kind != "assign" or b.value != ("name", name)]
    return bool(found) and all(b.kind == "param" for b in found)


def left_with(build: Build, callee: Key, name: str) -> tuple[object] | None:
    """The constant that a parameter is where a call gives nothing for it."""
    default = next((p.default for p in build.engine.scope(callee).params if p.name == name), None)
    return (default[1],) if default is not None and default[0] == "const" else None


def position_of(build: Build, callee: Key, name: str) -> int | None:
    """At which position a call gives a parameter, or what `*args` takes; None: only by its name."""
    positional = [p.name for p in build.engine.scope(callee).params if p.kind == "positional"]
    if name.startswith("*") and not name.startswith("**"):
        return len(positional) + int(name[1:])
    return positional.index(name) if name in positional else None


def passed_on(build: Build, fn: Key, callee: Key, name: str, call: Call, taken: int) -> Iterator[str]:
    """Where a parameter of a called function comes from, if the caller only passes on what it is given itself."""
    taking = {p.kind: p.name for p in build.engine.scope(fn).params if p.kind in ("args", "kwargs")}
    position = position_of(build, callee, name)
    star = next((i for i, a in enumerate(call.args) if a[0] == "star"), None)
    if position is not None and star is not None and call.args[star] == ("star", ("name", taking.get("args"))):
        index = position - taken - star
        if index >= 0 and is_parameter(build, fn, taking["args"]):
            yield f"*{index}"
    splat = [value for key, value, _ in call.keywords if key is None]
    if splat == [("name", taking.get("kwargs"))] and is_parameter(build, fn, taking["kwargs"]) and not uses(build, fn, taking["kwargs"]):
        keyword = name.removeprefix("**")
        if not keyword.startswith("*"):
            yield f"**{keyword}"


def uses(build: Build, fn: Key, name: str) -> int:
    """How often a function uses the value of a name in another way than by reading an entry of it or comparing or unpacking it."""
    tables: dict[int, dict[tuple[int, str], int]] = build.memo.setdefault("uses of names", {})  # type: ignore[assignment]
    if fn[0] not in tables:
        tables[fn[0]] = _uses(build.engine.modules[fn[0]])
    return tables[fn[0]].get((fn[1], name), 0)


def _uses(module: ModuleFacts) -> dict[tuple[int, str], int]:
    rows: dict[tuple[int, str], int] = defaultdict(int)
    for scope, expr in mentions(module):
        for name in _whole(expr):
            _count(module, rows, scope, name, 1)
    for call in module.calls:
        for key, value, _ in call.keywords:
            if key is None and value[0] == "name":
                _count(module, rows, module.statements[call.order][0], value[1], -1)
    return rows


def _count(module: ModuleFacts, rows: dict[tuple[int, str], int], scope: int, name: str, number: int) -> None:
    while scope >= 0:
        rows[scope, name] += number
        scope = module.scopes[scope].parent


def _whole(expr: Expr) -> Iterator[str]:
    """The names in an expression whose values are used as a whole; what stands in calls inside stands with the calls."""
    todo: list[Any] = [expr]
    while todo:
        part = todo.pop()
        if part.__class__ is not tuple or not part:
            continue
        kind = part[0]
        if kind == "name":
            yield part[1]
        elif kind == "cmp":
            todo.extend(e for e in (part[1], *(right for _, right in part[2])) if e[0] != "name")
        elif kind not in ("const", "call") and not _reads(part):
            todo.extend(part)


def _reads(expr: Expr) -> bool:
    """`name["key"]`, `name.get`, `*name`."""
    kind = expr[0]
    if kind not in ("sub", "attr", "star") or expr[1][0] != "name":
        return False
    return bool(kind == "star" or expr[2] in READERS or (kind == "sub" and expr[2][0] == "const"))
