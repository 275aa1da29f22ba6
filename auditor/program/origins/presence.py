"""Where a check says that a name or attribute is something: `if x is not None:`, `if x:`, `if x is None: return` before."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import Expr, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Const, Origin, Place

LEFT = frozenset(("return", "raise", "continue", "break"))
Checks = dict[tuple[str, int], bool]
"""(path, block) -> whether all that is false is left out, or None alone"""
After = dict[tuple[str, int], list[tuple[int, bool]]]
"""(path, block) -> statements of it after which that holds"""


def present(engine: Engine, expr: Expr, place: Place, rows: list[Origin]) -> list[Origin]:
    """Without None, where a check around the place or before it excludes it."""
    if not any(isinstance(o, Const) and not o.value for o in rows):
        return rows
    path = path_of(expr)
    table: dict[int, tuple[Checks, After]] = engine.memo.setdefault("presence", {})
    module = engine.modules[place.module]
    if place.module not in table:
        table[place.module] = _checks(module)
    inside, after = table[place.module]
    if path is None or not (inside or after):
        return rows
    for block in ancestors(module, engine.place_block(place)):
        found = [inside[path, block]] if (path, block) in inside else []
        found += [truth for order, truth in after.get((path, block), ()) if order < place.order]
        if found:
            return [o for o in rows if not excluded(o, any(found))]
    found = _before_made(module, path, engine.place_scope(place), inside, after) if expr[0] == "name" else []
    return [o for o in rows if not excluded(o, any(found))] if found else rows


def _before_made(module: ModuleFacts, name: str, scope: int, inside: Checks, after: After) -> list[bool]:
    """What checks say of a variable of a function around, where they stand around or before what makes the inner function, and nothing
    sets the variable after them."""
    scopes = module.scopes
    made = -1
    while scope >= 0 and (name not in scopes[scope].bindings or scopes[scope].kind == "class"):
        made, scope = scopes[scope].order, scopes[scope].parent
    if made < 0 or scope < 0 or scopes[scope].kind != "function":
        return []
    bindings = scopes[scope].bindings[name]
    last = max(b.order for b in bindings)
    if any(module.blocks[b.block].scope != scope for b in bindings):
        return []
    for block in ancestors(module, module.statements[made][1]):
        found = [inside[name, block]] if (name, block) in inside and last < module.blocks[block].order else []
        found += [truth for order, truth in after.get((name, block), ()) if last <= order < made]
        if found:
            return found
    return []


def chosen(test: Expr, value: Expr, rows: list[Origin], *, holds: bool) -> list[Origin]:
    """What `value if test else ...` gives of a value that the test asks for."""
    path = path_of(value)
    truths = [truth for known, truth in _says(test, holds=holds) if known == path]
    return [o for o in rows if not excluded(o, any(truths))] if path is not None and truths else rows


def dropped(module: ModuleFacts, scope: int, value: Expr, origin: Origin) -> bool:
    """Whether the tests of a comprehension leave out what one of its names holds (`... for k, v in rows if v is not None`)."""
    path = path_of(value)
    tests = [test for order, test in module.dropped if module.statements[order][0] == scope]
    truths = [truth for test in tests for known, truth in _says(test, holds=True) if known == path]
    return bool(truths) and excluded(origin, any(truths))


def excluded(origin: Origin, truth: bool) -> bool:
    """Whether a check leaves something out: what is false (`truth`), or None alone."""
    return isinstance(origin, Const) and (origin.value is None or (truth and not origin.value))


def _checks(module: ModuleFacts) -> tuple[Checks, After]:
    inside: Checks = {}
    after: After = {}
    for number, block in enumerate(module.blocks):
        if block.kind in ("if", "while"):
            inside.update({(path, number): truth for path, truth in _says(block.expr, holds=True)})
        elif block.kind == "else":
            inside.update({(path, number): truth for path, truth in _says(block.expr, holds=False)})
        if block.kind == "if":
            for path, truth in _says(block.expr, holds=False):
                if block.leaves in LEFT or _set(module, number, path):
                    after.setdefault((path, block.parent), []).append((block.last_order, truth))
    return inside, after


def _set(module: ModuleFacts, block: int, path: str) -> bool:
    """Whether a block gives the name a value that is something."""
    bindings = module.scopes[module.blocks[block].scope].bindings.get(path, ())
    return any(b.block == block and b.kind == "assign" and b.value != ("const", None) for b in bindings)


def _says(test: Expr, *, holds: bool) -> Iterator[tuple[str, bool]]:
    """The paths that are something if a test holds (or does not), and whether they are true then."""
    kind = test[0]
    if kind == "not":
        yield from _says(test[1], holds=not holds)
    elif kind == "bool":
        if (test[1] == "and") == holds:
            for part in test[2]:
                yield from _says(part, holds=holds)
    elif kind == "cmp":
        operator, right = test[2][0]
        path = path_of(test[1])
        excludes = operator in ("is not", "!=") if holds else operator in ("is", "==")
        if path is not None and len(test[2]) == 1 and right == ("const", None) and excludes:
            yield path, False
    else:
        path = path_of(test)
        if path is not None and holds:
            yield path, True


def path_of(expr: Expr) -> str | None:
    """`a.b.c` as a text."""
    if expr[0] == "name":
        return str(expr[1])
    base = path_of(expr[1]) if expr[0] == "attr" else None
    return None if base is None else f"{base}.{expr[2]}"
