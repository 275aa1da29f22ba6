"""Fields after the validators of a class: what these put into the mapping of fields, or make of a value, and what they read there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple, TypeAlias

from auditor.facts.types import Binding, Expr, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.fields import annotated_names, field_names
from auditor.program.origins.presence import LEFT, excluded
from auditor.program.origins.reaching import ancestors, flowing
from auditor.program.origins.types import LEFT_OUT, Attr, Box, Const, Instance, Item, Key, New, Origin, Origins, Place, Result, Unresolved
from auditor.program.origins.validators import Validator, all_validators, frame_of, validators_of

MAPPINGS = "mappings of fields"
"""where it is kept which containers are what a validator gets: id of the expression -> (validator, object)"""

Said: TypeAlias = Literal["there", "something", "true"]
"""what a check says of an entry: it is in the mapping, it is no None, it is true"""


class Values(NamedTuple):
    """What a field can be: as it is given, and as it is where nothing is given (empty: it always is)."""

    given: Origins
    default: Origins


def validated(engine: Engine, base: Instance, name: str) -> list[Origin] | None:
    """What a field, or what else validators put in, holds after them; None where none of them may change it."""
    rows = validators_of(engine, base.cls)
    if not rows or not any(v.may_change(_names(engine, base.cls, name)) for v in rows):
        return None
    found = _after(engine, base, name, len(rows))
    return [o for o in (*found.given, *found.default) if not (isinstance(o, Const) and o.kind == LEFT_OUT)]


def handed_fields(engine: Engine, validator: Validator, base: Instance, ctx: int) -> Origin:
    """The mapping of an object's fields that a validator gets, in its context."""
    from auditor.program.origins.mappings import takes_more

    place = Place(validator.fn[0], engine.scope(validator.fn).order, ctx)

    def build() -> Expr:
        others = [n for names in _others(engine, base.cls).values() for n in names] if validator.early else []
        names = [*(n for n in field_names(engine, base.cls) if not n.startswith("_")), *others]
        pairs = tuple((("const", n), ("field", base, validator, n)) for n in names)
        return ("dict", (*pairs, *(((None, ("other",)),) if validator.early or takes_more(engine, base) else ())), engine.line(place))

    expr = engine.made(("fields", base, validator.fn), build)
    engine.memo.setdefault(MAPPINGS, {})[id(expr)] = (validator, base)
    engine.keywords_in[id(expr)] = validator.fn
    engine.box_names[id(expr)].add(engine.scope(validator.fn).params[validator.shift].name)
    return Box("dict", engine.ref(expr, place))


def given_values_of(engine: Engine, fn: Key, position: int) -> list[Origin]:
    """What a parameter of a validator is, for any object; nothing where the function or the parameter is none."""
    validator = all_validators(engine).get(fn)
    if validator is None or position != validator.shift:
        return []
    base = Instance((fn[0], engine.scope(fn).parent), None, 0)
    if validator.mapping:
        return [handed_fields(engine, validator, base, frame_of(engine, validator, base))]
    names = [n for n in field_names(engine, base.cls) if validator.may_change((n,))]
    found = [_before(engine, base, name, validator) for name in names]
    return [o for each in found for o in (*each.given, *(each.default if validator.on_default else ()))]


def of_field(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """An entry of the mapping that a validator gets, as that is when the validator begins."""
    _, base, validator, key = expr
    found = _before(engine, base, _field(engine, base.cls, key), validator)
    return [*found.given, *((_left_out(base) if found.default else ()) if validator.early else found.default)]


def read(engine: Engine, box: Box, expr: Expr, key: Expr, place: Place) -> list[Origin] | None:
    """What a validator finds at a place under a constant key of the mapping that it gets, by the name of its parameter, with a None that is
    left out where it may have no such key; None where that does not follow from what stands before."""
    known = engine.memo.get(MAPPINGS)
    found = known.get(id(engine.refs[box.ref][0])) if known else None
    if found is None or key[0] != "const" or found[0].anew:
        return None
    validator, base = found
    module, scope = engine.modules[place.module], engine.place_scope(place)
    order, block = place.order, engine.place_block(place)
    while scope > 0 and module.scopes[scope].kind in ("comp", "lambda"):
        order = module.scopes[scope].order
        scope, block = module.statements[order][:2]
    if (place.module, scope) != validator.fn or expr != _own(engine, validator):
        return None
    writes, always = flowing(module, validator.writes.get(key[1], []), order, block)
    if validator.open and not always:
        return None
    rows = [o for b in reversed(writes) for o in engine.origins(b.value, Place(place.module, b.order, place.ctx))]
    return rows if always else [*of_field(engine, ("field", base, validator, key[1]), place), *rows]


def _left_out(base: Instance) -> Origins:
    return (Const(None, LEFT_OUT, base.cls[0], 0),)


def _names(engine: Engine, cls: Key, name: str) -> tuple[str, ...]:
    return (name, *_others(engine, cls).get(name, ()))


def _others(engine: Engine, cls: Key) -> dict[str, tuple[str, ...]]:
    from auditor.program.origins.field_values import also_named

    return dict(also_named(engine, cls))


def _field(engine: Engine, cls: Key, key: str) -> str:
    """The field that a key of what is given stands for."""
    return next((name for name, others in _others(engine, cls).items() if key in others), key)


def _own(engine: Engine, validator: Validator) -> Expr:
    return ("name", engine.scope(validator.fn).params[validator.shift].name)


def _before(engine: Engine, base: Instance, name: str, validator: Validator) -> Values:
    rows = [v.fn for v in validators_of(engine, base.cls)]
    return _after(engine, base, name, rows.index(validator.fn) if validator.fn in rows else 0)


def _after(engine: Engine, base: Instance, name: str, count: int) -> Values:
    """What a field is after that many of the validators of its class."""
    names = _names(engine, base.cls, name)
    rows = validators_of(engine, base.cls)
    while count and not rows[count - 1].may_change(names):
        count -= 1
    found = engine.query(("field", base, name, count), lambda: [_step(engine, base, name, rows[:count])])
    if found and isinstance(found[0], Values):
        return found[0]
    return Values(found, ())


def _step(engine: Engine, base: Instance, name: str, validators: list[Validator]) -> Values:
    from auditor.program.origins.field_values import default_values, given_values
    from auditor.program.origins.objects import class_level

    if not validators:
        given, missing = given_values(engine, base, name)
        if given and not missing:
            return Values(tuple(given), ())
        declared = name in annotated_names(engine, base.cls)
        default = default_values(engine, base, name, given) if declared else class_level(engine, base.cls, name, base)
        return Values(tuple(given), tuple(default or (() if declared else _left_out(base))))
    last, before = validators[-1], _after(engine, base, name, len(validators) - 1)
    if not last.mapping:
        otherwise = _made_of(engine, last, base, before.default) if last.on_default else before.default
        return Values(_made_of(engine, last, base, before.given), otherwise)
    return _put_in(engine, last, base, name, before)


def _made_of(engine: Engine, validator: Validator, base: Instance, values: Origins) -> Origins:
    """What a validator gives back for each of several values."""
    from auditor.program.origins.calls import returns

    return tuple(dict.fromkeys(r for o in values for r in returns(engine, validator.fn, frame_of(engine, validator, base, o)) or (o,)))


def _put_in(engine: Engine, validator: Validator, base: Instance, name: str, before: Values) -> Values:
    """A field after a validator that gets the mapping: on each way out what it has put in, else what was there."""
    from auditor.program.origins.guards import reached

    ctx, title = frame_of(engine, validator, base), engine.scope(validator.fn).qualname
    module, names = engine.modules[validator.fn[0]], _names(engine, base.cls, name)
    given: dict[Origin, None] = {}
    default: dict[Origin, None] = {}
    for exit_ in engine.scope(validator.fn).exits:
        place = Place(validator.fn[0], exit_.order, ctx)
        block = engine.place_block(place)
        if exit_.kind != "return" or reached(engine, block, place) is False:
            continue
        writes = sorted((b for n in names for b in validator.writes.get(n, ())), key=lambda b: b.order)
        found, always = ([], False) if validator.anew else flowing(module, writes, exit_.order, block)
        for write in found:
            at = Place(place.module, write.order, ctx)
            decided = reached(engine, write.block, at)
            given.update(dict.fromkeys(engine.origins(write.value, at) if decided is not False else ()))
            always = always or decided is True
        if not always and (validator.open or validator.anew):
            rows, missing = _given_back(engine, exit_.value, place, names)
            if rows:
                given.update(dict.fromkeys(rows))
                default.update(dict.fromkeys(before.default if missing else ()))
                continue
            if validator.anew and not _is_read(engine, exit_.value, place):
                given[Unresolved(f"what {title} gives back is not read")] = None
                continue
        why = "" if always else validator.unread(names)
        if why:
            given[Unresolved(why)] = None
        elif not always:
            said = set(_leaves(engine, validator, names, found, exit_.order, block))
            given.update(dict.fromkeys(o for o in before.given if not _is_out(o, said)))
            default.update(dict.fromkeys(o for o in before.default if not (validator.early and said) and not _is_out(o, said)))
    return Values(tuple(given), tuple(default)) if given or default else before


def _given_back(engine: Engine, value: Expr, place: Place, names: tuple[str, ...]) -> tuple[list[Origin], bool]:
    """What the mapping that is given back has under one of several keys, and whether it may have none."""
    from auditor.program.origins.containers import entry, is_left_out

    boxes = [o for o in engine.origins(value, place) if isinstance(o, Box)]
    found = [o for box in boxes for name in names for o in entry(engine, box, name)[0]]
    rows = [o for o in found if not is_left_out(o)]
    return rows, len(rows) < len(found)


def _is_read(engine: Engine, value: Expr, place: Place) -> bool:
    """Whether what is given back is a mapping that is read, or nothing that has fields."""
    found = engine.origins(value, place)
    return bool(found) and not any(isinstance(o, (Unresolved, New, Result, Attr, Item)) for o in found)


def _is_out(origin: Origin, said: Collection[Said]) -> bool:
    return ("true" in said and excluded(origin, True)) or ("something" in said and excluded(origin, False))


def _leaves(engine: Engine, validator: Validator, names: tuple[str, ...], writes: list[Binding], order: int, block: int) -> Iterator[Said]:
    """What checks say, at a place, of a value that was there before."""
    module, own = engine.modules[validator.fn[0]], _own(engine, validator)
    around = ancestors(module, block)
    for number in around:
        info = module.blocks[number]
        if info.kind in ("if", "else"):
            yield from _says(module, own, info.expr, names, holds=info.kind == "if")
    for number in _checks(engine, validator.fn[0]).get(module.blocks[block].scope, ()):
        info = module.blocks[number]
        before = info.last_order < order and info.parent in around
        if before and (info.leaves in LEFT or any(b.block == number for b in writes)):
            yield from _says(module, own, info.expr, names, holds=False)


def _checks(engine: Engine, module: int) -> dict[int, list[int]]:
    """The blocks under an `if` in a module, by scope."""
    known: dict[int, dict[int, list[int]]] = engine.memo.setdefault("checks by scope", {})
    if module not in known:
        rows = known[module] = {}
        for number, info in enumerate(engine.modules[module].blocks):
            if info.kind == "if":
                rows.setdefault(info.scope, []).append(number)
    return known[module]


def _says(module: ModuleFacts, own: Expr, test: Expr, names: tuple[str, ...], *, holds: bool) -> Iterator[Said]:
    """What follows for an entry of the mapping if a test holds, or does not."""
    if test[0] == "not":
        yield from _says(module, own, test[1], names, holds=not holds)
    elif test[0] == "bool":
        for part in test[2] if (test[1] == "and") == holds else ():
            yield from _says(module, own, part, names, holds=holds)
    elif test[0] == "cmp" and len(test[2]) == 1:
        operator, right = test[2][0]
        if right == ("const", None) and _is_entry(module, own, test[1], names):
            if operator in (("is not", "!=") if holds else ("is", "==")):
                yield "something"
        elif right == own and test[1][0] == "const" and test[1][1] in names and operator == ("in" if holds else "not in"):
            yield "there"
    elif holds and _is_entry(module, own, test, names):
        yield "true"


def _is_entry(module: ModuleFacts, own: Expr, expr: Expr, names: tuple[str, ...]) -> bool:
    """`values["key"]`, `values.get("key")`."""
    key = expr[2] if expr[0] == "sub" and expr[1] == own else None
    if expr[0] == "call":
        call = module.calls[expr[1]]
        key = call.args[0] if call.last == "get" and call.func[:2] == ("attr", own) and call.args else None
    return key is not None and key[0] == "const" and key[1] in names
