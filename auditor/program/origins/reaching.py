"""Which bindings of a name reach a use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.facts.types import OTHER, Binding, ModuleFacts

LOOPS = ("for", "while")
SAME = ("==", "is")
OTHERS = {"!=": "==", "is not": "is"}


def ancestors(module: ModuleFacts, block: int) -> list[int]:
    """A block and the blocks around it, from the inside out, up to the body of its scope."""
    rows, scope = [], module.blocks[block].scope
    while block >= 0 and module.blocks[block].scope == scope:
        rows.append(block)
        block = module.blocks[block].parent
    return rows


def exclusive(module: ModuleFacts, first: list[int], second: list[int]) -> bool:
    """Whether two chains of blocks stand in different branches of one `if` or `match`, or of several `if` that ask the same."""
    blocks = module.blocks
    branches = {blocks[b].group: blocks[b].branch for b in first if blocks[b].kind in ("if", "else", "case")}
    if not branches:
        return False
    if any(
        blocks[b].kind in ("if", "else", "case") and branches.get(blocks[b].group, blocks[b].branch) != blocks[b].branch for b in second
    ):
        return True
    asked = dict(_asked(module, first))
    return bool(asked) and any(asked.get(test, holds) != holds for test, holds in _asked(module, second))


def _asked(module: ModuleFacts, chain: list[int]) -> Iterator[tuple[tuple[str, str, str], bool]]:
    """What the tests around a place ask of names that stay what they are, and whether it holds: `mode == "a"`, `mode != "a"`."""
    for block in chain:
        info = module.blocks[block]
        if info.kind not in ("if", "else"):
            continue
        expr, holds = info.expr, info.kind == "if"
        while expr[0] == "not":
            expr, holds = expr[1], not holds
        if expr[0] != "cmp" or expr[1][0] != "name" or len(expr[2]) != 1:
            continue
        operator, right = expr[2][0]
        if right[0] == "const" and (operator in SAME or operator in OTHERS) and _stays(module, info.scope, expr[1][1]):
            yield (expr[1][1], OTHERS.get(operator, operator), repr(right[1])), holds == (operator in SAME)


def _stays(module: ModuleFacts, scope: int, name: str) -> bool:
    """Whether a name is set once, and not in a loop: where two tests see it, it is the same."""
    own = scope
    while scope > 0 and (name not in module.scopes[scope].bindings or (scope != own and module.scopes[scope].kind == "class")):
        scope = module.scopes[scope].parent
    found = module.scopes[scope].bindings.get(name, ())
    if len(found) != 1 or found[0].kind not in ("assign", "param", "from", "import"):
        return False
    return not any(module.blocks[b].kind in LOOPS for b in ancestors(module, found[0].block))


def reaching(module: ModuleFacts, bindings: list[Binding], order: int, block: int) -> list[Binding]:
    """The nearest earlier binding in the use's block or one around it, those in nested blocks between, and a loop's later ones."""
    return bindings if len(bindings) == 1 else flowing(module, bindings, order, block)[0]


def flowing(module: ModuleFacts, bindings: list[Binding], order: int, block: int) -> tuple[list[Binding], bool]:
    """The bindings that reach a use, and whether there is one of them on every way to it."""
    around = ancestors(module, block)
    inside = set(around)
    found: list[Binding] = []
    sure: dict[tuple[int, int], set[int]] = {}
    always = False
    for binding in reversed(bindings):
        if binding.order > order or (binding.order == order and not _item_before(module, binding, block)):
            continue
        chain = ancestors(module, binding.block)
        if binding.block in inside:
            found.append(binding)
            always = True
            break
        if exclusive(module, around, chain) or _left(module, chain, inside):
            continue
        found.append(binding)
        if _hides(module, chain, inside, sure):
            always = True
            break
    loop = next((b for b in reversed(around) if module.blocks[b].kind in LOOPS), None)
    if loop is not None:
        first, last = module.blocks[loop].order, module.blocks[loop].last_order
        later = [b for b in bindings if order <= b.order <= last and b.order >= first]
        found.extend([b for b in later if b not in found] if found else later)
    return found, always


def _item_before(module: ModuleFacts, binding: Binding, block: int) -> bool:
    """Whether a use in the head of a `with` stands behind the item that sets the name: `with connect() as c, c.cursor() as d`."""
    if binding.kind != "with" or binding.block == block:
        return False
    todo: list[Any] = [binding.value]
    while todo:
        one = todo.pop()
        if one == ("name", binding.name):
            return False
        if one[:1] == ("call",):
            call = module.calls[one[1]]
            todo += [call.func, *call.args, *(value for _, value, _ in call.keywords)]
        else:
            todo += [part for part in one if isinstance(part, tuple)]
    return True


def closed_over(module: ModuleFacts, bindings: list[Binding], scope: int, inner: int) -> list[Binding]:
    """What a function or class inside a scope finds of it: what holds at its end, but nothing that is surely replaced before it is made."""
    found = reaching(module, bindings, 1 << 30, module.scopes[scope].body)
    if len(found) < 2:
        return found
    made = module.scopes[inner].order
    here, always = flowing(module, bindings, made, module.statements[made][1])
    if not always:
        return found
    kept = [b for b in found if b.order >= made or b in here or module.blocks[b.block].scope != scope]
    return kept or found


def _left(module: ModuleFacts, chain: list[int], inside: set[int]) -> bool:
    """Whether a branch around a binding ends by `return` or `raise` before the use; nothing inside a `try` surely does."""
    blocks = module.blocks
    left = any(blocks[b].leaves in ("return", "raise") for b in chain if b not in inside)
    return left and chain[-1] in inside and not any(blocks[b].kind == "try" for b in chain)


def _hides(module: ModuleFacts, chain: list[int], inside: set[int], sure: dict[tuple[int, int], set[int]]) -> bool:
    """Whether, with this binding, every branch of a statement around it binds the name (then earlier ones are hidden)."""
    blocks = module.blocks
    for block in chain:
        if block in inside:
            return True
        info = blocks[block]
        if info.kind in ("with", "finally", "try_else"):
            continue
        if info.kind not in ("if", "else", "case", "try", "except"):
            return False
        seen = sure.setdefault((info.group, info.scope), set())
        seen.add(info.branch)
        if not _complete(module, block, seen):
            return False
    return False


def _complete(module: ModuleFacts, block: int, seen: set[int]) -> bool:
    info = module.blocks[block]
    if info.kind in ("if", "else"):
        return seen >= {0, 1}
    if info.kind == "case":
        last = next(b for b in reversed(module.blocks) if b.kind == "case" and b.group == info.group and b.scope == info.scope)
        return last.items == (OTHER,) and seen >= set(range(last.branch + 1))
    if info.kind in ("try", "except"):
        owner = block if info.kind == "try" else next((b for b in range(block, -1, -1) if block in module.blocks[b].handlers), block)
        return seen >= set(range(len(module.blocks[owner].handlers) + 1))
    return False
