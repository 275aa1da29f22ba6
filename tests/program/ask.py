"""Small programs as text: `probe(x)  #= a | b` says what must reach `x`."""

from __future__ import annotations

import re

from auditor.facts.python import read_python
from auditor.program.origins.engine import Engine
from auditor.program.origins.field_values import ALSO
from auditor.program.origins.mappings import MODELS, Models
from auditor.program.origins.settable import SETTINGS
from auditor.program.origins.types import (
    Attr,
    Box,
    Class,
    Const,
    Env,
    Ext,
    Func,
    Instance,
    Item,
    Member,
    Module,
    New,
    Op,
    Origin,
    Param,
    Partial,
    Place,
    Result,
    Shared,
    Text,
)
from auditor.program.origins.validators import VALIDATING, Decorator
from auditor.program.program import make_program

FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
EXPECTED = re.compile(r"#=(.*)$")
RUNNERS: dict[str, int | str] = {"asyncio.run": 0, "asyncio.to_thread": 0, "concurrent.submit": 0}
FIELDS: dict[str, tuple[tuple[int | str, ...], str]] = {
    "dataclasses.field": (("default",), "default_factory"),
    "pydantic.Field": ((0, "default"), "default_factory"),
}
KINDS = {"one.First": ("one:chat",), "two.Second": ("two:chat",), "three.third": ("three:chat",)}
"""names that make an object of a known kind"""
VALIDATORS = {
    "pydantic.root_validator": Decorator(mapping=True, early=(("pre", frozenset((True,))),)),
    "pydantic.model_validator": Decorator(mapping=True, early=(("mode", frozenset(("before",))),), only_early=True, last_first=True),
    "pydantic.validator": Decorator(mapping=False, always="always"),
    "pydantic.field_validator": Decorator(mapping=False),
}
OPENED_BY = frozenset(("model_config", "Config"))
SHARED = Shared(
    made={"web.App": "app"},
    names={"web.current": "app"},
    ways={("web.Request", "app"): "app"},
    attributes=frozenset(("app",)),
    handed={"lifespan": ("app",), "on_start.append": ("app",)},
)
"""an object of which a program has one"""


def files_of(text: str) -> dict[str, str]:
    """`# file: path` lines separate the files; without one it is `main.py`."""
    parts = FILE.split(text)
    if len(parts) == 1:
        return {"main.py": text}
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def program(files: dict[str, str], package: str = "", tests: tuple[str, ...] = (), shows: tuple[str, ...] = ()) -> Engine:
    modules = []
    for path, text in files.items():
        facts, problem = read_python(path, text)
        assert facts is not None, problem
        modules.append(facts)
    engine = make_program(modules, RUNNERS, FIELDS, package, tests, shows, kinds=KINDS, shared=SHARED)
    engine.memo[MODELS] = {"pydantic.BaseModel": Models(frozenset(("model_dump",)), frozenset(("exclude_none",)), "exclude", OPENED_BY)}
    engine.memo[SETTINGS] = {"conf.Settings"}
    engine.memo[ALSO] = {"pydantic.Field": ("alias", "validation_alias")}
    engine.memo[VALIDATING] = VALIDATORS
    return engine


def shown(engine: Engine, origin: Origin, depth: int = 0) -> str:
    """An origin in short: `3`, `'a'`, `OpenAI()`, `K.go`, `class K`, `env X or 3`, `[1, 2]`."""
    if depth > 8:
        return "..."

    def show(inner: Origin) -> str:
        return shown(engine, inner, depth + 1)

    if isinstance(origin, Const):
        return repr(origin.value)
    if isinstance(origin, New):
        return f"{origin.name}()"
    if isinstance(origin, Instance):
        return f"{engine.scope(origin.cls).qualname}()" if origin.site else f"any {engine.scope(origin.cls).qualname}"
    if isinstance(origin, Result):
        return f"{show(origin.base)}.{origin.method}()"
    if isinstance(origin, Attr):
        return f"{show(origin.base)}.{origin.name}"
    if isinstance(origin, Item):
        return f"{show(origin.base)}[{origin.key!r}]"
    if isinstance(origin, Func):
        return f"def {engine.scope(origin.fn).qualname}"
    if isinstance(origin, Class):
        return f"class {engine.scope(origin.cls).qualname}"
    if isinstance(origin, Ext):
        return origin.name
    if isinstance(origin, Module):
        return f"module {engine.modules[origin.index].path}"
    if isinstance(origin, Param):
        return f"param {origin.name}"
    if isinstance(origin, Box):
        return _box(engine, origin, depth)
    if isinstance(origin, Op):
        return f"op {origin.op}"
    if isinstance(origin, Env):
        return f"env {origin.name}" + "".join(f" or {show(o)}" for o in origin.fallback)
    if isinstance(origin, Text):
        return f"text {origin.pattern}"
    if isinstance(origin, Partial):
        return f"partial {show(origin.target)}"
    if isinstance(origin, Member):
        return f"{engine.scope(origin.cls).qualname}.{origin.name}"
    return "?"


def _box(engine: Engine, box: Box, depth: int) -> str:
    from auditor.program.origins.containers import elements, values

    expr = engine.refs[box.ref][0]
    if expr[0] == "dict" or (expr[0] == "comp" and expr[1] == "dict"):
        return "{" + ", ".join(sorted({shown(engine, o, depth + 1) for o in values(engine, box)})) + "}"
    return "[" + ", ".join(sorted({shown(engine, o, depth + 1) for o in elements(engine, box)})) + "]"


def probes(engine: Engine) -> list[tuple[str, int, Place, int]]:
    """Path, line, place and call index of each `probe(...)`."""
    return [(engine.modules[m].path, c.line, Place(m, c.order), c.index) for m, c in engine.calls_by_last.get("probe", ())]


def answer(engine: Engine, place: Place, index: int) -> set[str]:
    expr = engine.modules[place.module].calls[index].args[0]
    return {shown(engine, o) for o in engine.origins(expr, place)}


def check(text: str, package: str = "") -> tuple[dict[tuple[str, int], set[str]], dict[tuple[str, int], set[str]]]:
    """The origins of each probe, and those that its comment names."""
    files = files_of(text)
    engine = program(files, package)
    found, wanted = {}, {}
    for path, line, place, index in probes(engine):
        found[path, line] = answer(engine, place, index)
    for path, source in files.items():
        for number, row in enumerate(source.split("\n"), start=1):
            comment = EXPECTED.search(row)
            if comment:
                wanted[path, number] = {part.strip() for part in comment[1].split(" | ") if part.strip()}
    assert wanted, "a program without an expectation"
    return found, wanted
