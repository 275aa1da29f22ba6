"""Functions of a class that decorators make validators of its fields: which they are, in which order they run, what they may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.facts.types import Binding, Call, Expr, ModuleFacts
from auditor.program.origins.engine import Engine
from auditor.program.origins.lost_fields import EVERY, lost, written
from auditor.program.origins.types import Class, Const, Ext, Frame, Instance, Key, Origin, Place

VALIDATING = "decorators of validators"
"""where it is kept what is known of them: qualified name -> Decorator"""
OF_OBJECTS = "validators of objects"
Words = frozenset[Any]


@dataclass(frozen=True, slots=True)
class Decorator:
    """`mapping`: the function gets all fields as a mapping and gives it back, else the value of each field that is named. `early`: keyword
    -> its values with which it runs on what is given, before there are defaults; `only_early`: without them it gets the object instead.
    `always`: the keyword with which it runs on defaults, too. `last_first`: of several early ones the last one runs first."""

    mapping: bool
    early: tuple[tuple[str, Words], ...] = ()
    only_early: bool = False
    always: str = ""
    last_first: bool = False


@dataclass(slots=True)
class Validator:
    """`shift`: the position of its parameter; `early`: it runs on what is given alone; `on_default`: also on defaults. `fields`: those that
    it is for. `writes`: key -> what is put under it in its mapping, in source order; `open`: it may put more into it; `anew`: it may give
    back another mapping. `lost`: key, or `*` for any -> why it cannot be told what is under it afterwards."""

    fn: Key
    mapping: bool
    early: bool
    on_default: bool
    phase: int = 0
    last_first: bool = False
    shift: int = 1
    fields: frozenset[str] = frozenset()
    writes: dict[str, list[Binding]] = field(default_factory=dict)
    open: bool = False
    anew: bool = False
    lost: dict[str, str] = field(default_factory=dict)

    def unread(self, names: tuple[str, ...]) -> str:
        """Why it cannot be told what a field is afterwards; empty: it can."""
        return next((self.lost[name] for name in (EVERY, *names) if name in self.lost), "")

    def may_change(self, names: tuple[str, ...]) -> bool:
        """Whether a field may be another one afterwards."""
        if self.mapping:
            return self.open or self.anew or bool(self.unread(names)) or any(name in self.writes for name in names)
        return EVERY in self.fields or any(name in self.fields for name in names)


def validators_of(engine: Engine, cls: Key) -> list[Validator]:
    """The validators of a class and its bases, in the order in which they run; one of the same name replaces that of a base."""
    from auditor.program.origins.objects import mro

    table = all_validators(engine)
    if not table:
        return []
    known: dict[Key, list[Validator]] = engine.memo.setdefault("validators of classes", {})
    found = known.get(cls)
    if found is None:
        rows: dict[str, Validator] = {}
        for owner in reversed(mro(engine, cls)):
            for index in engine.scope(owner).children:
                validator = table.get((owner[0], index))
                if validator is not None:
                    rows[engine.scope(validator.fn).name] = validator
        numbered = list(enumerate(rows.values()))
        found = [v for _, v in sorted(numbered, key=lambda row: (row[1].phase, -row[0] if row[1].last_first else row[0]))]
        if not engine.resolving:
            known[cls] = found
    return found


def all_validators(engine: Engine) -> dict[Key, Validator]:
    """The functions of the program that validate."""
    table: dict[Key, Validator] | None = engine.memo.get("validators")
    if table is None:
        table = engine.memo["validators"] = {}
        if engine.memo.get(VALIDATING):
            engine.memo["validators"] = table = engine.apart(lambda: dict(_found(engine)))
    return table


def object_validators(engine: Engine) -> set[Key]:
    """The functions of the program that get an object when all its fields are set."""
    all_validators(engine)
    found: set[Key] = engine.memo.setdefault(OF_OBJECTS, set())
    return found


def frame_of(engine: Engine, validator: Validator, base: Instance, value: Origin | None = None) -> int:
    """The context in which a validator runs on an object, or on a value of it."""
    owner = Class(base.cls) if validator.shift else None
    return engine.frame(Frame(validator.fn, validator.fn, 0, owner, (), 0, 1, base if value is None else value))


def _found(engine: Engine) -> Iterator[tuple[Key, Validator]]:
    known: dict[str, Decorator] = engine.memo[VALIDATING]
    lasts = {name.rpartition(".")[2] for name in known}
    for last in sorted(lasts.union(*(engine.aliases.get(name, ()) for name in lasts))):
        for fn, expr in engine.decorated_by.get(last, ()):
            scope = engine.scope(fn)
            if scope.kind != "function" or engine.modules[fn[0]].scopes[max(scope.parent, 0)].kind != "class":
                continue
            call = engine.call((fn[0], expr[1])) if expr[0] == "call" else None
            place = Place(fn[0], scope.order)
            means = engine.origins(expr if call is None else call.func, place)
            forms = [known[o.name] for o in means if isinstance(o, Ext) and o.name in known]
            validator = _validator(engine, fn, forms[0], call, place) if forms else None
            if validator is not None:
                yield fn, validator


def _validator(engine: Engine, fn: Key, form: Decorator, call: Call | None, place: Place) -> Validator | None:
    """None where it gets the object itself, or too few parameters are written to tell."""
    scope = engine.scope(fn)
    early = any(_said(engine, call, name, place) & values for name, values in form.early)
    shift = 0 if any(Ext("builtins.staticmethod") in engine.origins(d, place) for d in scope.decorators) else 1
    if form.only_early and not early:
        engine.memo.setdefault(OF_OBJECTS, set()).add(fn)
        return None
    if len(scope.params) <= shift:
        return None
    phase = (0 if early else 2) if form.mapping else 1
    on_default = (form.mapping and not early) or bool(form.always and True in _said(engine, call, form.always, place))
    found = Validator(fn, form.mapping, early, on_default, phase, early and form.last_first, shift)
    if form.mapping:
        _read(engine, found)
    else:
        names = [o for a in (call.args if call is not None else ()) for o in engine.origins(a, place)]
        found.fields = frozenset(o.value if isinstance(o, Const) and isinstance(o.value, str) else EVERY for o in names)
    return found


def _said(engine: Engine, call: Call | None, name: str, place: Place) -> Words:
    values = [v for n, v, _ in call.keywords if n == name] if call is not None else []
    return frozenset(o.value for v in values for o in engine.origins(v, place) if isinstance(o, Const))


def _read(engine: Engine, validator: Validator) -> None:
    """What a function puts into the mapping that it gets, by the name of its parameter."""
    module, scope = engine.modules[validator.fn[0]], engine.scope(validator.fn)
    own = ("name", scope.params[validator.shift].name)
    validator.anew = len(scope.bindings.get(own[1], ())) > 1 or any(e.kind == "return" and e.value != own for e in scope.exits)
    stores, calls = written(engine, validator.fn)
    validator.lost = lost(engine, validator.fn, own[1])
    for store in stores:
        if store.base == own:
            value: Expr = store.value
            if store.operator is not None:
                value = engine.made(("aug", id(store)), lambda s=store: ("op", s.operator, ("sub", s.base, s.key), s.value))  # type: ignore[misc]
            _put(validator, module, store.key, value, store.order)
    for call in calls:
        if call.func[:2] == ("attr", own):
            if call.last == "update":
                _merged(validator, module, call)
            elif call.last == "setdefault" and call.args:
                validator.open = True
    for rows in validator.writes.values():
        rows.sort(key=lambda b: b.order)


def _merged(validator: Validator, module: ModuleFacts, call: Call) -> None:
    """`values.update(key=value)`, `values.update({"key": value})`."""
    for name, value, _ in call.keywords:
        _put(validator, module, None if name is None else ("const", name), value, call.order)
    for arg in call.args:
        for key, value in arg[1] if arg[0] == "dict" else ((None, arg),):
            _put(validator, module, key, value, call.order)


def _put(validator: Validator, module: ModuleFacts, key: Expr | None, value: Expr, order: int) -> None:
    if key is None or key[0] != "const":
        validator.open = True
        return
    _, block, line = module.statements[order]
    validator.writes.setdefault(key[1], []).append(Binding(str(key[1]), "assign", value, None, order, block, line))
