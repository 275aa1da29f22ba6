"""Code behind a switch that is off where nobody sets it: `if os.environ.get("USE_NEW", "true") == "true": ... else: ...`, or `if USE_NEW:`
below `USE_NEW = False`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from auditor.core.values import Setting
from auditor.facts.types import Expr
from auditor.graph.build.context import Build
from auditor.graph.build.fixed_constants import decided_by_constants
from auditor.graph.types import Loop, Retry
from auditor.program.origins.reaching import ancestors
from auditor.program.origins.types import Condition, Const, Env, Place

ON = frozenset(("true", "1", "yes", "on", "y", "t", "enabled"))
OFF = frozenset(("false", "0", "no", "off", "n", "f", "disabled"))
UNSET = None
AROUND = ("for", "while", "try")
LEAVING = ("return", "raise", "continue")
READING = ("get", "getenv")
DEEPEST = 4
Value: TypeAlias = Callable[[Env], "tuple[object, ...] | None"]
COMPARED = {"==": True, "is": True, "in": True, "!=": False, "is not": False, "not in": False}


@dataclass(slots=True)
class _Off:
    """Of a module: block -> the switch that keeps it from running; (block, order): likewise what follows in a block."""

    blocks: dict[int, Setting] = field(default_factory=dict)
    rest: list[tuple[int, int, Setting]] = field(default_factory=list)


def switched_off(build: Build, suggested: Mapping[str, Iterable[str]]) -> None:
    """Fills `off` of sites, and of loops that stand in such a block. `suggested`: the values in files that are there to be copied."""
    numbers = {module.path: n for n, module in enumerate(build.engine.modules)}
    orders = _orders(build, {site.at.path for site in build.graph.flow.sites} & numbers.keys(), numbers)
    found = {n: _off(build, n, _around(build, n, rows.values()), suggested) for n, rows in orders.items()}
    flow = build.graph.flow
    for i, site in enumerate(flow.sites):
        number = numbers.get(site.at.path, -1)
        order = orders.get(number, {}).get((site.at.line, site.at.column))
        if order is not None and (why := _at(build, found[number], number, order)) is not None:
            flow.sites[i] = replace(site, off=why)
    regions = [n for n in build.graph.nodes.values() if isinstance(n, (Loop, Retry)) and numbers.get(n.at.path, -1) in found]
    starts = {number: _starts(build, number) for number in {numbers[n.at.path] for n in regions}}
    for noun in regions:
        number = numbers[noun.at.path]
        order = starts[number].get((noun.at.line, noun.at.column))
        if order is not None and (why := _at(build, found[number], number, order)) is not None:
            build.change(noun.id, off=why)


def _starts(build: Build, number: int) -> dict[tuple[int, int], int]:
    """Where the statements begin that are loops or retries, and their orders."""
    blocks = build.engine.modules[number].blocks
    return {(build.line_in_file(number, b.line), b.column): b.order for b in blocks if b.kind in AROUND}


def _orders(build: Build, paths: Iterable[str], numbers: Mapping[str, int]) -> dict[int, dict[tuple[int, int], int]]:
    """module -> the place of a call in the file -> its statement."""
    rows: dict[int, dict[tuple[int, int], int]] = {}
    for path in sorted(paths):
        number = numbers[path]
        if build.role(number) != "test":
            calls = build.engine.modules[number].calls
            rows[number] = {(build.line_in_file(number, c.line), c.column): c.order for c in calls}
    return rows


def _around(build: Build, number: int, orders: Iterable[int]) -> set[int]:
    """The blocks around these statements."""
    module = build.engine.modules[number]
    return {b for block in {module.statements[order][1] for order in orders} for b in ancestors(module, block)}


def _off(build: Build, number: int, around: set[int], suggested: Mapping[str, Iterable[str]]) -> _Off:
    module = build.engine.modules[number]
    result = _Off()
    tests: dict[int, Setting | None] = {}
    for block, info in enumerate(module.blocks):
        ends = info.kind == "if" and info.leaves in LEAVING and info.parent in around
        if info.kind not in ("if", "else") or block == module.main or not (ends or block in around):
            continue
        if info.order not in tests:
            by_variable = _Switch(build, suggested).decided(info.expr, Place(number, info.order))
            tests[info.order] = by_variable or decided_by_constants(build, number, block)
        why = tests[info.order]
        if why is None:
            continue
        if why.value != (info.kind == "if"):
            result.blocks[block] = why
        elif ends:
            result.rest.append((info.parent, info.last_order, why))
    return result


def _at(build: Build, off: _Off, number: int, order: int) -> Setting | None:
    module = build.engine.modules[number]
    chain = ancestors(module, module.statements[order][1])
    inside = next((off.blocks[b] for b in chain if b in off.blocks), None)
    return inside or next((why for block, last, why in off.rest if order > last and block in chain), None)


class _Switch:
    """One condition, as it holds where the deployment, or else nobody, sets its variables; only switches with values like yes and no."""

    def __init__(self, build: Build, suggested: Mapping[str, Iterable[str]]) -> None:
        self.build, self.suggested = build, suggested
        self.variables: dict[str, object] = {}

    def decided(self, expr: Expr, place: Place) -> Setting | None:
        """True or False, with the reason; None: it is no such condition, or files that are there to be copied do not agree."""
        holds = self._truth(expr, place, self._unless_set, 0)
        if holds is None or not self.variables:
            return None
        for name in tuple(self.variables):
            for text in self.suggested.get(name, ()):
                if self._truth(expr, place, self._as_suggested(name, text), 0) != holds:
                    return None
        at = self.build.location(place.module, self.build.engine.modules[place.module].statements[place.order][2])
        values = {name: "not set" if value is UNSET else repr(value) for name, value in self.variables.items()}
        said = [f"{name} is {value}{self._says(name, place)}" for name, value in values.items()]
        return Setting(holds, "inferred", at=at, why=" and ".join(said))

    def _as_suggested(self, name: str, text: str) -> Value:
        return lambda env: (text,) if env.name == name else self._unless_set(env)

    def _says(self, name: str, place: Place) -> str:
        _, at = self.build.variable_at(name, self.build.path(place.module))
        return f" ({at.path}:{at.line})" if at is not None else " unless somebody sets it"

    def _unless_set(self, env: Env) -> tuple[object, ...] | None:
        """The value of a variable: of the deployment, else the written one; None: not known, or no value of a switch."""
        text = (self.build.variable(env.name, self.build.path(env.module)) or "").strip()
        if text.startswith("$"):
            return None
        if text:
            return (text,)
        if env.fallback:
            values = tuple(o.value for o in env.fallback if isinstance(o, Const))
            return values if len(values) == len(env.fallback) == 1 else None
        calls = self.build.engine.modules[env.module].calls
        asked = any(call.line == env.line and call.last in READING for call in calls)
        return (UNSET,) if asked else None

    def _truth(self, expr: Expr, place: Place, value_of: Value, depth: int) -> bool | None:
        kind = expr[0]
        if depth > DEEPEST:
            return None
        if kind == "not":
            inner = self._truth(expr[1], place, value_of, depth)
            return None if inner is None else not inner
        if kind == "bool":
            rows = [self._truth(part, place, value_of, depth) for part in expr[2]]
            ends = expr[1] == "or"
            return ends if ends in rows else None if None in rows else not ends
        if kind == "cmp":
            return self._compared(expr, place, value_of)
        if kind not in ("name", "attr", "call"):
            return None
        found = self.build.engine.origins(expr, place)
        if len(found) != 1:
            return None
        [origin] = found
        if isinstance(origin, Condition):
            inner_expr, at = self.build.engine.refs[origin.ref]
            return self._truth(inner_expr, at, value_of, depth + 1)
        if isinstance(origin, Env):
            values = value_of(origin)
            if values is None or len(values) != 1 or not isinstance(values[0], (bool, int)):
                return None
            self.variables[origin.name] = values[0]
            return bool(values[0])
        return None

    def _compared(self, expr: Expr, place: Place, value_of: Value) -> bool | None:
        """A variable of the environment against texts like yes and no."""
        if len(expr[2]) != 1 or expr[2][0][0] not in COMPARED:
            return None
        operator, right = expr[2][0]
        texts = _texts(right)
        if texts is None or not texts <= ON | OFF:
            return None
        found = self.build.engine.origins(expr[1], place)
        if len(found) != 1 or not isinstance(found[0], Env):
            return None
        values = value_of(found[0])
        if values is None or len(values) != 1 or not (values[0] is UNSET or _like(values[0])):
            return None
        self.variables.setdefault(found[0].name, values[0])
        return (_plain(values[0]) in texts) == COMPARED[operator]


def _texts(expr: Expr) -> set[str] | None:
    """A constant, or several in a list, in lower case."""
    parts = expr[2] if expr[0] == "seq" else (expr,)
    return {_plain(part[1]) for part in parts} if parts and all(part[0] == "const" for part in parts) else None


def _plain(value: object) -> str:
    return str(value).strip().strip("\"'").lower()


def _like(value: object) -> bool:
    return _plain(value) in ON | OFF
