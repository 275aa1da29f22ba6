"""Modules that are imported by a call: `import_module(".x", __package__)`, `__import__("a")`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.facts.types import IMPORTING, NONE_EXPR, Call, Expr
from auditor.program.names import module_parts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Ext, Module, Op, Origin, Origins, Place, Text

IMPORTERS = frozenset(("importlib.import_module", "builtins.__import__"))
GAP = "{}"
DEEPEST = 6
MOST_TEXTS = 64
OWN_PACKAGE = ("__package__", "__name__")


def imported_modules(engine: Engine, name: str, call: Call, importer: int, place: Place | None = None) -> list[Origin]:
    """What a call of one of IMPORTERS gives. A name that is computed at `place` is a choice that somebody else makes, unless it is one that
    is written down, or all that it may be is and names modules of the program (`{"a": "app.clients.a.Client"}`), or a package of it
    (`f"app.{a}"`)."""
    given = _given(call, 0, "name") or NONE_EXPR
    if given[0] == "const" and isinstance(given[1], str):
        return _named(engine, name, given[1], call, importer)
    chosen = engine.origins(given, place) if place is not None else ()
    written = dict.fromkeys(text for origin in chosen for text in _texts(engine, origin))
    found = [made for each in written for made in (_like if GAP in each else _named)(engine, name, each, call, importer)]
    if len(chosen) == len(written) == 1 and isinstance(chosen[0], Const):
        return found
    return found if found and all(isinstance(o, Module) for o in found) else []


def imported_by_calls(engine: Engine) -> Iterator[tuple[int, int]]:
    """(importer, module) for all such calls."""
    for last in IMPORTING:
        for number, call in engine.calls_by_last.get(last, ()):
            for origin in imported_modules(engine, "importlib.import_module", call, number):
                if isinstance(origin, Module):
                    yield number, origin.index


def outside_stars(engine: Engine, number: int) -> set[str]:
    """The external modules whose names a module takes over by `*`, itself or with those of a module of the program."""
    known: dict[int, set[str]] = engine.memo.setdefault("outside stars", {})
    if number in known:
        return known[number]
    rows: set[str] = set()
    seen, todo = {number}, [number]
    while todo:
        module = engine.modules[todo.pop()]
        for binding in module.scopes[0].bindings.get("*", ()):
            name, _, level = binding.detail
            found = engine.index.relative(module.path, level, name) if level else engine.index.find(name, module.path)
            if not found:
                rows.add("." * level + name)
            new = set(found[:1]) - seen
            seen |= new
            todo.extend(new)
    known[number] = rows
    return rows


def _texts(engine: Engine, origin: Origin, depth: int = 0) -> list[str]:
    """A name as it is written, with a gap for each part that is not."""
    if isinstance(origin, Const):
        return [origin.value] if isinstance(origin.value, str) and origin.value else []
    if isinstance(origin, Op) and origin.op == "+" and depth < DEEPEST:
        expr, place = engine.refs[origin.ref]
        left, right = (_side(engine, engine.origins(side, place), depth) for side in expr[2:4])
        return [a + b for a in left for b in right] if len(left) * len(right) <= MOST_TEXTS else []
    return [origin.pattern] if isinstance(origin, Text) else []


def _side(engine: Engine, found: Origins, depth: int) -> list[str]:
    return list(dict.fromkeys(text for origin in found for text in _texts(engine, origin, depth + 1) or [GAP])) or [GAP]


def _like(engine: Engine, name: str, pattern: str, call: Call, importer: int) -> list[Origin]:
    """The modules of a package that is known, whose names have one word for each gap of a pattern."""
    if name != "importlib.import_module" and not _has_names(call):
        return []
    dotted = _absolute(engine, pattern, call, importer) if pattern.startswith(".") else pattern
    parts = dotted.split(".")
    if GAP in parts[0] or not all(parts):
        return []
    known: dict[tuple[str, int], list[Origin]] = engine.memo.setdefault("imported like", {})
    if (dotted, importer) not in known:
        forms = [re.compile("\\w+".join(map(re.escape, part.split(GAP)))) for part in parts]
        keys = sorted(
            key for key in engine.index.by_suffix if len(key) == len(parts) and all(f.fullmatch(k) for f, k in zip(forms, key, strict=True))
        )
        found = [n for key in keys for n in engine.index.find(".".join(key), engine.modules[importer].path)[:1]]
        known[dotted, importer] = [Module(n) for n in found if engine.speaks_of(n, importer)] or [Ext(dotted)]
    return known[dotted, importer]


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


def _given(call: Call, position: int, name: str) -> Expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((value for key, value, _ in call.keywords if key == name), None)
