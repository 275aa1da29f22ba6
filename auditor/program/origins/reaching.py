"""Which bindings of a name reach a use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.facts.types import OTHER, Binding, Expr, ModuleFacts

LOOPS = ("for", "while")
EQUAL = {"==": True, "is": True, "in": True, "!=": False, "is not": False, "not in": False}


class Asked(NamedTuple):
    """What a test around a place says of a name, or of an attribute of one, that stays what it is: it is one of some constants, or none."""

    subject: tuple[int, str, tuple[str, ...]]
    """scope of the name, name, attributes"""
    among: frozenset[object]
    is_one: bool

    def excludes(self, other: Asked) -> bool:
        if self.subject != other.subject or not (self.is_one or other.is_one):
            return False
        if self.is_one and other.is_one:
            return self.among.isdisjoint(other.among)
        first, second = (self, other) if self.is_one else (other, self)
        return first.among <= second.among


def ancestors(module: ModuleFacts, block: int) -> list[int]:
    """A block and the blocks around it, from the inside out, up to the body of its scope."""
    rows, scope = [], module.blocks[block].scope
    while block >= 0 and module.blocks[block].scope == scope:
        rows.append(block)
        block = module.blocks[block].parent
    return rows


def exclusive(module: ModuleFacts, first: list[int], second: list[int]) -> bool:
    """Whether two chains of blocks stand in different branches of one `if` or `match`, or of several `if` that ask for different things."""
    blocks = module.blocks
    branches = {blocks[b].group: blocks[b].branch for b in first if blocks[b].kind in ("if", "else", "case")}
    if not branches:
        return False
    if any(
        blocks[b].kind in ("if", "else", "case") and branches.get(blocks[b].group, blocks[b].branch) != blocks[b].branch for b in second
    ):
        return True
    return contradict(module, first, second)


def contradict(module: ModuleFacts, first: list[int], second: list[int]) -> bool:
    """Whether the tests around two places, of one function or of one in another, never hold together."""
    here = list(_asked(module, first))
    found = [(one, other) for other in _asked(module, second) for one in here if one.excludes(other)] if here else []
    return any(not _is_stored(module, one.subject[2]) for one, _ in found)


def _asked(module: ModuleFacts, chain: list[int]) -> Iterator[Asked]:
    for block in chain:
        info = module.blocks[block]
        if info.kind not in ("if", "else"):
            continue
        expr, holds = info.expr, info.kind == "if"
        while expr[0] == "not":
            expr, holds = expr[1], not holds
        if expr[0] != "cmp" or len(expr[2]) != 1:
            continue
        operator, right = expr[2][0]
        values = right[2] if right[0] == "seq" and operator in ("in", "not in") else (right,)
        subject = _subject(module, info.scope, expr[1])
        if subject is not None and operator in EQUAL and all(v[0] == "const" for v in values):
            yield Asked(subject, frozenset(v[1] for v in values), holds == EQUAL[operator])


def _subject(module: ModuleFacts, scope: int, expr: Expr) -> tuple[int, str, tuple[str, ...]] | None:
    attributes: list[str] = []
    while expr[0] == "attr":
        attributes.append(expr[2])
        expr = expr[1]
    owner = _owner(module, scope, expr[1]) if expr[0] == "name" else None
    return None if owner is None else (owner, expr[1], tuple(attributes))


def _owner(module: ModuleFacts, scope: int, name: str) -> int | None:
    """The scope that sets a name once, and not in a loop: where two tests see it, it is the same."""
    own = scope
    while scope > 0 and (name not in module.scopes[scope].bindings or (scope != own and module.scopes[scope].kind == "class")):
        scope = module.scopes[scope].parent
    found = module.scopes[scope].bindings.get(name, ())
    if len(found) != 1 or found[0].kind not in ("assign", "param", "from", "import"):
        return None
    return None if any(module.blocks[b].kind in LOOPS for b in ancestors(module, found[0].block)) else scope


def _is_stored(module: ModuleFacts, attributes: tuple[str, ...]) -> bool:
    """Whether something in the module sets one of these attributes after its object is made."""
    scopes = module.scopes
    return bool(attributes) and any(
        store.attr in attributes and scopes[module.statements[store.order][0]].name != "__init__" for store in module.stores
    )


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


def closed_over(module: ModuleFacts, bindings: list[Binding], scope: int, inner: int, block: int) -> list[Binding]:
    """What a function or class inside a scope finds of it: what holds at its end, but nothing that is surely replaced before it is made, or
    that is set where what is asked around the use (in `block`) does not hold."""
    found = reaching(module, bindings, 1 << 30, module.scopes[scope].body)
    if len(found) > 1:
        around = [*ancestors(module, block), *ancestors(module, module.statements[module.scopes[inner].order][1])]
        found = [b for b in found if not contradict(module, around, ancestors(module, b.block))] or found
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
