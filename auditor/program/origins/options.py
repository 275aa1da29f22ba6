"""Options of a command line that nobody can set: giving them stores what is their default anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from auditor.facts.types import Call, Expr
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, New, Origin, Result

OPTIONS = "parsers of options"
"""where it is kept how options are declared"""
FIXED = "options that nobody can set"


class Options(NamedTuple):
    """`parsers`: what makes one; `add`: the method that declares an option, `default` and `action`: its keywords; `stores`: action -> what
    it stores; `parse`: methods that give the values; `changes`: those that set defaults anew."""

    parsers: frozenset[str]
    add: str
    parse: frozenset[str]
    action: str
    default: str
    stores: Mapping[str, bool]
    changes: frozenset[str]


def fixed_option(engine: Engine, base: Origin, name: str) -> Const | None:
    """The value of `args.flag`, where the option can have no other (`action="store_true", default=True`)."""
    if not isinstance(base, Result) or not isinstance(base.base, New):
        return None
    call = engine.call(base.site)
    for options in engine.memo.get(OPTIONS, ()):
        if base.method in options.parse and base.base.name in options.parsers and not call.keywords and len(call.args) < 2:
            return _fixed(engine, options).get(name)
    return None


def fixed_names(engine: Engine) -> set[str]:
    """The attributes that may be such an option."""
    return {name for options in engine.memo.get(OPTIONS, ()) for name in _fixed(engine, options)}


def _fixed(engine: Engine, options: Options) -> dict[str, Const]:
    known: dict[str, dict[str, Const]] = engine.memo.setdefault(FIXED, {})
    if options.add not in known:
        known[options.add] = dict(_found(engine, options))
    return known[options.add]


def _found(engine: Engine, options: Options) -> dict[str, Const]:
    rows: dict[str, Const] = {}
    declared: Counter[str] = Counter()
    for number, call in engine.calls_by_last.get(options.add, ()):
        names = _names(call)
        declared.update(names)
        given = {name: value for name, value, _ in call.keywords}
        action, default = given.get(options.action, ("other",)), given.get(options.default, ("other",))
        if action[0] == default[0] == "const" and default[1] is options.stores.get(action[1]) and None not in given:
            rows.update((name, Const(default[1], "bool", number, call.line)) for name in names)
    if not rows or any(engine.calls_by_last.get(name) for name in options.changes) or _set_by_name(engine):
        return {}
    return {name: value for name, value in rows.items() if declared[name] == 1 and not engine.outside_stores.get(name)}


def _names(call: Call) -> set[str]:
    """The attributes that an option may be read by."""
    said = [value for name, value, _ in call.keywords if name == "dest"]
    return {str(e[1]).lstrip("-").replace("-", "_") for e in said or call.args if e[0] == "const"}


def _set_by_name(engine: Engine) -> bool:
    """Whether the program sets attributes by names that it computes."""
    named = any(len(c.args) > 1 and c.args[1][0] != "const" for _, c in engine.calls_by_last.get("setattr", ()))
    return named or any(_of_object(engine, number, call.func) for number, call in engine.calls_by_last.get("update", ()))


def _of_object(engine: Engine, number: int, func: Expr) -> bool:
    """`vars(args).update`, `args.__dict__.update`."""
    base = func[1] if func[0] == "attr" else func
    made = engine.call((number, base[1])).func if base[0] == "call" else None
    return made == ("name", "vars") or (base[0] == "attr" and base[2] == "__dict__")
