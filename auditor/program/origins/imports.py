"""Modules that are imported by a call: `import_module(".x", __package__)`, `__import__("a")`, `import_module(f"plugins.{name}")`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts.types import NONE_EXPR, Call, Expr
from auditor.program.names import module_parts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Ext, Key, Module, Origin, Place, Text

IMPORTERS = frozenset(("importlib.import_module", "builtins.__import__"))
LAST_NAMES = ("import_module", "__import__")
MOST_MODULES = 32
OPEN = "{}"
OWN_PACKAGE = ("__package__", "__name__")


def imported_modules(engine: Engine, name: str, call: Call, place: Place) -> list[Origin]:
    """What a call of one of IMPORTERS gives; nothing where the names are not known, or too many may be meant."""
    given = _given(call, 0, "name")
    rows: list[Origin] = []
    for origin in engine.origins(given, place) if given is not None else ():
        if isinstance(origin, Const) and isinstance(origin.value, str):
            rows.extend(_named(engine, name, origin.value, call, place.module))
        elif isinstance(origin, Text) and name == "importlib.import_module":
            rows.extend(Module(n) for n in _like(engine, origin.pattern, call, place.module))
        else:
            return []
    return rows


def imported_by_calls(engine: Engine) -> Iterator[tuple[int, int]]:
    """(importer, module) for all such calls."""
    for last in LAST_NAMES:
        for number, call in engine.calls_by_last.get(last, ()):
            expr: Expr = ("call", call.index)
            site: Key = (number, call.index)
            for origin in engine.origins(engine.synthetic.setdefault(("called", site), expr), Place(number, call.order)):
                if isinstance(origin, Module):
                    yield number, origin.index


def _named(engine: Engine, name: str, dotted: str, call: Call, importer: int) -> list[Origin]:
    if name != "importlib.import_module" and not _has_names(call):
        dotted = dotted.partition(".")[0]
    if not dotted.startswith("."):
        found = engine.index.find(dotted, engine.modules[importer].path)
        return [Module(found[0])] if found else [Ext(dotted)] if dotted else []
    absolute = _absolute(engine, dotted, call, importer)
    return [Module(n) for n in engine.index.find(absolute, engine.modules[importer].path)[:1]] if absolute else []


def _has_names(call: Call) -> bool:
    """`__import__("a.b", fromlist=["c"])` gives a.b, without it a."""
    return _given(call, 3, "fromlist") is not None


def _absolute(engine: Engine, dotted: str, call: Call, importer: int) -> str:
    """The full name of a relative one; empty where the package is not known."""
    rest = dotted.lstrip(".")
    package = _given(call, 1, "package") or NONE_EXPR
    if package[0] == "name" and package[1] in OWN_PACKAGE:
        parts = module_parts(engine.index.paths[importer])
        own = engine.index.paths[importer].endswith("__init__.py") or package[1] == "__name__"
        base = parts if own else parts[:-1]
    elif package[0] == "const" and isinstance(package[1], str):
        base = tuple(package[1].split("."))
    else:
        return ""
    above = len(dotted) - len(rest) - 1
    return ".".join((*base[: len(base) - above], rest)) if above < len(base) else ""


def _like(engine: Engine, pattern: str, call: Call, importer: int) -> list[int]:
    """The modules of a folder whose names a text with one unknown part can be; none where too many are."""
    dotted = _absolute(engine, pattern, call, importer) if pattern.startswith(".") else pattern
    before, _, after = dotted.partition(OPEN)
    if not before.endswith(".") or OPEN in after or (after and not after.startswith(".")):
        return []
    front, back = tuple(before.strip(".").split(".")), tuple(after.strip(".").split(".")) if after else ()
    known: dict[tuple[object, ...], list[int]] = engine.memo.setdefault("modules like", {})
    key = importer, front, back
    if key not in known:
        folder = engine.modules[importer].path
        names = {".".join(_fits(module_parts(path), front, back)) for path in engine.index.paths} - {""}
        found = sorted({n for name in names for n in engine.index.find(name, folder)[:1] if not engine.is_test[n]})
        known[key] = found if len(found) <= MOST_MODULES else []
    return known[key]


def _fits(parts: tuple[str, ...], front: tuple[str, ...], back: tuple[str, ...]) -> tuple[str, ...]:
    """The end of a path that is front, any name, back; else nothing."""
    size = len(front) + 1 + len(back)
    end = parts[-size:]
    return end if len(end) == size and end[: len(front)] == front and end[len(front) + 1 :] == back else ()


def _given(call: Call, position: int, name: str) -> Expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((value for key, value, _ in call.keywords if key == name), None)
