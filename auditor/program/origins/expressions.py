"""Origins of expressions, by the form of the expression."""

from __future__ import annotations

from collections.abc import Callable

from auditor.facts.types import Expr
from auditor.program.origins.called_for import of_callers
from auditor.program.origins.calls import call_origins
from auditor.program.origins.checked import fitting
from auditor.program.origins.containers import elements, given, is_dict, summed
from auditor.program.origins.engine import TOO_MANY, TOO_MUCH, Engine
from auditor.program.origins.gated import let_through
from auditor.program.origins.guards import truth
from auditor.program.origins.items import item
from auditor.program.origins.kept import in_object
from auditor.program.origins.kept_results import kept_results
from auditor.program.origins.lookup import name_origins
from auditor.program.origins.narrowing import is_open, narrowed
from auditor.program.origins.presence import chosen, present
from auditor.program.origins.replaced import own_attribute, replaced, without_wrapper
from auditor.program.origins.set_off import side_by_default
from auditor.program.origins.shared import shared_item
from auditor.program.origins.stored_here import stored_here
from auditor.program.origins.sure import is_something, may_be_sure
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import (
    Attr,
    Box,
    Condition,
    Const,
    Env,
    Func,
    Item,
    New,
    Op,
    Origin,
    Origins,
    Param,
    Place,
    Text,
    Unresolved,
)
from auditor.program.origins.validated import of_field, read

Reader = Callable[[Engine, Expr, Place], list[Origin]]
LONGEST_TEXT = 2000


def _name(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    rows = of_callers(engine, expr[1], place, name_origins(engine, expr[1], place))
    return fitting(engine, expr, place, present(engine, expr, place, rows))


def _attr(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    rows = stored_here(engine, expr, place)
    if rows is None:
        but, bases = replaced(engine, expr[1], place), engine.origins(expr[1], place)
        rows = [o for base in bases for o in own_attribute(engine, base, expr[2], place.module, but)]
        if TOO_MUCH[0] in bases or TOO_MANY in bases:
            rows.extend(engine.instead(engine, expr, place))
        if expr[2] in engine.stores_by_attr:
            rows = without_wrapper(engine, expr, place, rows)
    return let_through(engine, expr, place, fitting(engine, expr, place, present(engine, expr, place, rows)))


def _call(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return call_origins(engine, expr[1], place)


def _seq(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return [Box(expr[1], engine.ref(expr, place))]


def _dict(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return [Box("dict", engine.ref(expr, place))]


def _comp(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return [Box("comp", engine.ref(expr, place))]


def _op(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    _, operator, left, right = expr
    if operator in ("+", "-", "*", "/", "//"):
        a, b = engine.origins(left, place), engine.origins(right, place)
        if len(a) * len(b) <= 16 and all(isinstance(x, Const) for x in (*a, *b)):
            rows: list[Origin] = []
            for x in a:
                for y in b:
                    value = fold(operator, x.value, y.value)  # type: ignore[union-attr]
                    rows.append(
                        Const(value, type(value).__name__, place.module, engine.line(place))
                        if value is not None
                        else Unresolved("arithmetic")
                    )
            return rows
        if operator == "+" and any(isinstance(o, Box) for o in (*a, *b)):
            return [summed(engine, expr, (*a, *b), place)]
    if operator == "|" and _merges(engine, (*engine.origins(left, place), *engine.origins(right, place))):
        merged = engine.made(("merged", id(expr)), lambda: ("dict", ((None, left), (None, right)), engine.line(place)))
        return [Box("dict", engine.ref(merged, place))]
    return [Op(operator, engine.ref(expr, place))]


def _merges(engine: Engine, found: Origins) -> bool:
    """Whether `|` joins dicts: one side is one, and neither is an object that may have an operator of its own."""
    dicts = [is_dict(engine, o) for o in found]
    return any(dicts) and all(known or isinstance(o, (Attr, Item, Param, Unresolved)) for known, o in zip(dicts, found, strict=True))


def _neg(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """The sign of a number of the code."""
    rows: list[Origin] = []
    for o in engine.origins(expr[1], place):
        number = isinstance(o, Const) and isinstance(o.value, (int, float))
        rows.append(Const(-o.value, o.kind, o.module, o.line) if number else Unresolved("arithmetic"))  # type: ignore[union-attr]
    return rows


def fold(operator: str, a: object, b: object) -> object | None:
    """Arithmetic on two constants of the code; None where it has no plain result."""
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a) < 1e12 and abs(b) < 1e12:
        return _arithmetic(operator, a, b)
    if operator == "+" and isinstance(a, str) and isinstance(b, str) and len(a) + len(b) < 10_000:
        return a + b
    return None


def _arithmetic(operator: str, a: float, b: float) -> float | None:
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    if not b or operator not in ("/", "//"):
        return None
    return a / b if operator == "/" else a // b


def _bool(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """`a or b`: what is surely true ends it, what is surely false is skipped."""
    rows: list[Origin] = []
    ends_on = expr[1] == "or"
    last = len(expr[2]) - 1
    for i, part in enumerate(expr[2]):
        found = engine.origins(part, place)
        decided = [o.value is not None and bool(o.value) for o in found if isinstance(o, Const)]
        if i == last:
            return [*rows, *found]
        rows.extend(o for o in found if not (isinstance(o, Const) and bool(o.value) != ends_on))
        if found and len(decided) == len(found) and all(d == ends_on for d in decided):
            return rows
        if ends_on and is_something(engine, part, place, found):
            return rows
        if ends_on and found and all(isinstance(o, Env) and _falsy(o.fallback) for o in found):
            fallback = engine.origins(_after(engine, expr, i), place)
            return [Env(o.name, fallback, o.module, o.line) for o in found if isinstance(o, Env)]
    return rows


def _after(engine: Engine, expr: Expr, position: int) -> Expr:
    """The rest of an `or` after a position."""
    return engine.made(("or", id(expr), position), lambda: ("bool", "or", expr[2][position + 1 :]))


def _falsy(fallback: Origins) -> bool:
    """Whether a variable that is not set leaves nothing: `os.environ.get("A") or "3"` means 3 then."""
    return all(isinstance(o, Const) and not o.value for o in fallback)


def _if(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    decided = truth(engine, expr[1], place) if place.ctx else _asked(engine, expr[1], place)
    rows: list[Origin] = []
    variable = _variable(engine, expr, place) if decided is None else None
    if variable is not None:
        return variable
    decided = side_by_default(engine, expr, place) if decided is None else decided
    if decided is not False:
        rows.extend(chosen(expr[1], expr[2], list(engine.origins(expr[2], place)), holds=True))
    if decided is not True:
        rows.extend(chosen(expr[1], expr[3], list(engine.origins(expr[3], place)), holds=False))
    return rows


def _asked(engine: Engine, test: Expr, place: Place) -> bool | None:
    """What a test says that asks whether a name is something, where that surely is an object."""
    if test[0] == "not":
        inner = _asked(engine, test[1], place)
        return None if inner is None else not inner
    negated = False
    if test[0] == "cmp" and len(test[2]) == 1 and test[2][0][0] in ("is", "is not") and test[2][0][1] == ("const", None):
        negated, test = test[2][0][0] == "is", test[1]
    sure = may_be_sure(engine, test, place) and is_something(engine, test, place, engine.origins(test, place))
    return not negated if sure else None


def _variable(engine: Engine, expr: Expr, place: Place) -> list[Origin] | None:
    """`a if a is not None else b`, where a is a variable of the environment that has no default: b is its default."""
    condition, yes, no = expr[1:4]
    negated = condition[0] == "not"
    tested = condition[1] if negated else condition
    if tested[0] == "cmp" and len(tested[2]) == 1 and tested[2][0][1] == ("const", None) and tested[2][0][0] in ("is", "is not"):
        negated = negated != (tested[2][0][0] == "is")
        tested = tested[1]
    value, other = (no, yes) if negated else (yes, no)
    if tested != value:
        return None
    found = engine.origins(value, place)
    if not found or not all(isinstance(o, Env) and all(isinstance(f, Const) and f.value is None for f in o.fallback) for o in found):
        return None
    fallback = engine.origins(other, place)
    return [Env(o.name, fallback, o.module, o.line) for o in found if isinstance(o, Env)]


def _sub(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    if expr[2][0] == "slice":
        return [o if isinstance(o, Box) else Item(o, None) for o in engine.origins(expr[1], place)]
    keys = engine.origins(expr[2], place)
    rows: list[Origin] = []
    for base in engine.origins(expr[1], place):
        results = kept_results(engine, base, expr[2], place) if isinstance(base, Box) else None
        if results is not None:
            rows.extend(results)
            continue
        found = read(engine, base, expr[1], expr[2], place) if isinstance(base, Box) else None
        if found is not None:
            rows.extend(given(found) or [Unresolved("the key is not in the mapping of fields")])
            continue
        kept = shared_item(engine, base, expr[2], keys, place.module)
        if not kept and isinstance(base, New):
            kept = in_object(engine, base, last_name(expr[1]), keys)
        rows.extend(kept or item(engine, base, keys, place))
    return (is_open(rows) and narrowed(engine, expr, place)) or rows


def _inner(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return list(engine.origins(expr[1], place))


def _walrus(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return list(engine.origins(expr[2], place))


def _known(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """An origin in the place of an expression, of what is written nowhere."""
    return [expr[1]]


def _element(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """Any element of what an expression is, in the place of one that is written nowhere."""
    return [o for base in engine.origins(expr[1], place) for o in elements(engine, base)]


def _lambda(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    return [Func((place.module, expr[1]), None, place.ctx)]


def _fstr(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    """What is known of a text that is put into another one is known of that one, too."""
    texts = [""]
    exact = True
    for part in expr[1]:
        found = engine.origins(part, place)
        known = [o for each in found for o in (each.fallback if isinstance(each, Env) else (each,))]
        values = [o.pattern if isinstance(o, Text) else str(o.value) for o in known if isinstance(o, (Const, Text))]
        exact = exact and len(known) == len(found) and not any(isinstance(o, (Env, Text)) for o in (*found, *known))
        if not values or len(values) != len(known) or len(values) * len(texts) > 8 or _is_long(known):
            values, exact = ["{}"], False
        texts = [t + v for t in texts for v in values]
    if exact:
        return [Const(t, "str", place.module, engine.line(place)) for t in texts]
    return [Text(t) for t in texts]


def _is_long(found: list[Origin]) -> bool:
    """Texts that are put into each other time and again grow without end."""
    return any(isinstance(o, Text) and len(o.pattern) > LONGEST_TEXT for o in found)


def _condition(engine: Engine, expr: Expr, place: Place) -> list[Origin]:
    decided = truth(engine, expr, place) if place.ctx else None
    if decided is None:
        return [Condition("a condition", engine.ref(expr, place)) if _asks_environment(engine, expr, place) else Unresolved("a condition")]
    return [Const(decided, "bool", place.module, engine.line(place))]


def _asks_environment(engine: Engine, expr: Expr, place: Place) -> bool:
    sides = (expr[1],) if expr[0] == "not" else (expr[1], *(right for _, right in expr[2]))
    return any(isinstance(o, (Env, Condition)) for side in sides for o in engine.origins(side, place))


READERS: dict[str, Reader] = {
    "name": _name,
    "attr": _attr,
    "call": _call,
    "seq": _seq,
    "dict": _dict,
    "comp": _comp,
    "op": _op,
    "bool": _bool,
    "if": _if,
    "neg": _neg,
    "sub": _sub,
    "await": _inner,
    "star": _inner,
    "walrus": _walrus,
    "lambda": _lambda,
    "fstr": _fstr,
    "cmp": _condition,
    "not": _condition,
    "known": _known,
    "element": _element,
    "field": of_field,
}
