"""Code that gets functions, classes or modules by names that are computed: what it may reach counts as referred to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.facts.types import OTHER, Call, Expr, ModuleFacts
from auditor.program.names import module_parts
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Key, Module, New, Place, root_of

RUNNERS = frozenset(("eval", "exec"))
IMPORTERS = frozenset(("import_module", "__import__", "run_module"))
LOADERS = frozenset(("run_path", "spec_from_file_location", "SourceFileLoader"))
WALKERS = frozenset(("pkgutil.walk_packages", "pkgutil.iter_modules"))
LISTING = frozenset(("walk_packages", "iter_modules", "listdir", "iterdir", "scandir", "walk", "glob", "rglob"))
ATTRIBUTES = frozenset(("getattr", "getmembers", "attrgetter", "methodcaller"))


@dataclass(slots=True)
class Dynamic:
    """`modules`: all their functions may be meant; `attributes`: any method of a class that is used, `subclasses`: any class with a base;
    `everything`: files are loaded by paths or names that cannot be told."""

    modules: set[int] = field(default_factory=set)
    attributes: bool = False
    subclasses: bool = False
    everything: bool = False


def dynamic(engine: Engine) -> Dynamic:
    found: Dynamic | None = engine.memo.get("dynamic")
    if found is None:
        found = engine.memo["dynamic"] = _find(engine)
    return found


def _find(engine: Engine) -> Dynamic:
    ways = Dynamic()
    tables: set[int] = set()
    for number, module in enumerate(engine.modules):
        if engine.is_test[number]:
            continue
        for call in module.calls:
            _call(engine, ways, (number, call.index), call)
        if _looks_up_globals(module):
            tables.add(number)
        if "__dict__" in module.reads or "modules" in module.reads:
            ways.modules.add(number)
        ways.subclasses = ways.subclasses or "__subclasses__" in module.reads
    ways.subclasses = ways.subclasses or any(
        scope.kind == "class" and ("__init_subclass__" in scope.bindings or any(name == "metaclass" for name, _ in scope.keywords))
        for module in engine.modules
        for scope in module.scopes
    )
    ways.modules |= _with_stars(engine, tables)
    return ways


def _looks_up_globals(module: ModuleFacts) -> bool:
    """Whether `globals()` is read, rather than handed to code that is run: that was written elsewhere and knows no names of the module."""
    handed = {arg for call in module.calls if _runs_text(call) for arg in (*call.args, *(value for _, value, _ in call.keywords))}
    return any(call.func == ("name", "globals") and ("call", call.index) not in handed for call in module.calls)


def _runs_text(call: Call) -> bool:
    return call.func[0] == "name" and call.last in RUNNERS


def _call(engine: Engine, ways: Dynamic, site: Key, call: Call) -> None:
    if _runs_text(call):
        ways.modules.add(site[0])
    elif call.last in LOADERS:
        ways.everything = True
    elif call.last in IMPORTERS:
        found = _modules(engine, site, call)
        ways.everything = ways.everything or found is None
        ways.modules.update(found or ())
    elif call.last in ATTRIBUTES and not any(_is_text(arg) for arg in call.args[:2]):
        ways.attributes = True
        origins = engine.origins(call.args[0], Place(site[0], call.order)) if call.args else ()
        ways.modules.update(o.index for o in origins if isinstance(o, Module))


def _is_text(expr: Expr) -> bool:
    return expr[0] == "const" and isinstance(expr[1], str)


def _modules(engine: Engine, site: Key, call: Call) -> set[int] | None:
    """The modules that an import by name may mean; None: any."""
    if not call.args:
        return None
    name = call.args[0]
    if _is_text(name):
        return set(engine.index.find(str(name[1]).lstrip("."), engine.modules[site[0]].path))
    prefix = (_prefix(name) or _walked(engine, name, site[0], call)).strip(".")
    if not prefix:
        return None
    parts = tuple(prefix.split("."))
    return {number for number, module in enumerate(engine.modules) if _holds(module_parts(module.path), parts)}


def discovered(engine: Engine) -> Iterator[tuple[int, int]]:
    """(importer, module) where a module goes through a folder and imports what it finds there by names that it computes: of names whose
    beginning is not known, the folder that it lies in."""
    for last in IMPORTERS:
        for number, call in engine.calls_by_last.get(last, ()):
            if engine.is_test[number] or not call.args or _is_text(call.args[0]):
                continue
            found = _modules(engine, (number, call.index), call)
            if found is None and any(c.last in LISTING for c in engine.modules[number].calls):
                folder = engine.modules[number].path.rpartition("/")[0]
                found = {n for n, m in enumerate(engine.modules) if folder and m.path.startswith(f"{folder}/")}
            yield from ((number, other) for other in sorted(found or ()) if other != number)


def opened(engine: Engine) -> Iterator[int]:
    """The modules that load others of which no name, no beginning of one and no folder is known."""
    known = {importer for importer, _ in discovered(engine)}
    for last in (*IMPORTERS, *LOADERS):
        for number, call in engine.calls_by_last.get(last, ()):
            named = last in IMPORTERS and _modules(engine, (number, call.index), call) is not None
            if not named and number not in known and not engine.is_test[number]:
                yield number


def walked(engine: Engine, module: int) -> bool:
    """Whether what goes through folders may load a module that nothing names: a file by its path, or by a name that it computes."""
    found: tuple[bool, set[int]] | None = engine.memo.get("walked modules")
    if found is None:
        loading = {n for last in LOADERS for n, _ in engine.calls_by_last.get(last, ()) if not engine.is_test[n]}
        files = any(c.last in LISTING for n in sorted(loading) for c in engine.modules[n].calls)
        found = engine.memo["walked modules"] = files, {other for _, other in discovered(engine)}
    return found[0] or module in found[1]


def _prefix(name: Expr) -> str:
    """The written beginning of a name, up to its last dot."""
    first = OTHER
    if name[0] == "fstr" and name[1]:
        first = name[1][0]
    elif name[0] == "op" and name[1] == "+":
        first = name[2]
    return str(first[1]).rpartition(".")[0] if _is_text(first) else ""


def _walked(engine: Engine, name: Expr, module: int, call: Call) -> str:
    """The written prefix of what a walk over the modules of a package gives."""
    prefixes: set[str] = set()
    for origin in engine.origins(name, Place(module, call.order)):
        root = root_of(origin)
        if not isinstance(root, New) or root.name not in WALKERS:
            return ""
        walk = engine.call(root.site)
        given = next((value for key, value, _ in walk.keywords if key == "prefix"), walk.args[1] if len(walk.args) > 1 else OTHER)
        prefixes.add(str(given[1]) if _is_text(given) else "")
    return prefixes.pop() if len(prefixes) == 1 else ""


def _holds(path: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return any(path[start : start + len(parts)] == parts for start in range(len(path)))


def _with_stars(engine: Engine, modules: set[int]) -> set[int]:
    """What a module takes over by `*` is among its names, too."""
    rows, todo = set(modules), list(modules)
    while todo:
        for found in _stars(engine, todo.pop()):
            if found not in rows:
                rows.add(found)
                todo.append(found)
    return rows


def _stars(engine: Engine, number: int) -> Iterator[int]:
    module = engine.modules[number]
    for binding in module.scopes[0].bindings.get("*", ()):
        if binding.kind == "star_import":
            name, _, level = binding.detail
            found = engine.index.relative(module.path, level, name) if level else engine.index.find(name, module.path)
            yield from found[:1]
