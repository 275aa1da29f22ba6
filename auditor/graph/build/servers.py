"""What a server runs, by a configuration file of its own or by the names of things: its entry points and the variables that it sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from posixpath import dirname, join, normpath

from auditor.core.location import Location
from auditor.facts.types import ModuleFacts
from auditor.graph.build.agent_parts import agents_in
from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.graph.build.flow import function
from auditor.graph.build.matching import Match, called_names, matches
from auditor.graph.build.served_calls import CALLS, Served, started
from auditor.graph.build.served_runs import served_run
from auditor.graph.types import EntryPoint
from auditor.knowledge.registrations import RegistrationForm
from auditor.knowledge.workflows import ServerForm
from auditor.program.origins.calls import returns
from auditor.program.origins.lookup import module_attribute
from auditor.program.origins.types import Func, Key, Origin, Partial


def _configured(build: Build) -> Iterator[tuple[str, ServerForm, str, Mapping[str, object]]]:
    """Package, form, path and content of each such file."""
    for knowledge in build.base.files:
        for form in knowledge.servers:
            for path, document in sorted(build.documents.items()):
                if path.rsplit("/", 1)[-1] == form.file and isinstance(document, dict):
                    yield knowledge.package, form, path, document


def server_variables(build: Build) -> None:
    """Variables that a server's file sets count as those of any deployment file."""
    for _, form, path, document in _configured(build):
        variables = document.get(form.environment)
        for name, text in variables.items() if isinstance(variables, dict) else ():
            if isinstance(text, str):
                build.environment[str(name)] = text
                build.set_at[str(name)] = Location(path, 1)


def server_entries(build: Build) -> None:
    """An entry point for each agent that a server runs, or that a function named in its file makes."""
    served: dict[str, list[str]] = build.memo.setdefault("served entries", {})  # type: ignore[assignment]
    for package, form, path, document in _configured(build):
        entries = document.get(form.entries)
        for name, target in entries.items() if isinstance(entries, dict) else ():
            where = target.get(form.target) if isinstance(target, dict) else target
            if isinstance(where, str):
                file, _, variable = where.rpartition(":")
                for entry in _entry(build, package, form.kind, _module(build, path, file), str(name), variable):
                    served.setdefault(package, []).append(entry)
                    started = build.graph.flow.entries[entry]
                    runs = (served_run(build, place) if place in build.graph.nodes else place for place in started)
                    build.graph.flow.entries[entry] = tuple(dict.fromkeys(runs))
        _mounted(build, package, form, path, document)
    _found_by_name(build)
    _made_servers(build)


def _mounted(build: Build, package: str, form: ServerForm, path: str, document: Mapping[str, object]) -> None:
    """An entry point for the module of an application that a server mounts: it is loaded when the server starts, and gives it routes."""
    found: object = document
    for key in form.app.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    number = _module(build, path, found.rpartition(":")[0]) if isinstance(found, str) else None
    if number is None:
        return
    at = build.location(number, 1, 1, 1)
    noun = EntryPoint(
        id=build.node_id("entry_point", at),
        name=at.path.rpartition("/")[2].removesuffix(".py"),
        symbol="<module>",
        at=at,
        role=build.role(number),
        callee="<module>",
        framework=package,
        entry="script",
    )
    node = build.add(noun)
    known = build.graph.flow.entries.get(node, ())
    build.graph.flow.entries[node] = tuple(dict.fromkeys((*known, function(build, (number, 0)))))


def _made_servers(build: Build) -> None:
    """An entry point where a call makes a server of what it is given."""
    names = called_names(build, build.base.registrations)
    for number, call in build.calls():
        if call.last not in names:
            continue
        site = (number, call.index)
        for match in matches(build, build.base.registrations, site):
            if match.form.makes == "entry_point" and "call" in match.form.as_:
                places = started(build, site, match)
                if places:
                    _made_server(build, match, site, places)


def _made_server(build: Build, match: Match[RegistrationForm], site: Key, places: list[str]) -> None:
    at, call = build.call_location(site), build.engine.call(site)
    named = argument(build, match.form.name, site, 0, match.partials) if match.form.name is not None else None
    noun = EntryPoint(
        id=build.node_id("entry_point", at),
        name=next(iter(texts(named)), "") or build.symbol(site).rsplit(".", 1)[-1],
        symbol=build.symbol(site),
        at=at,
        role=build.role(site[0]),
        qualname=build.qualname(site[0], call.order),
        callee=build.callee(site),
        framework=match.package,
        entry=match.form.kind,
        server=match.form.server,
    )
    entry = build.add(noun)
    build.graph.flow.entries[entry] = tuple(places)
    known: dict[Key, Served] = build.memo.get(CALLS, {})  # type: ignore[assignment]
    if site in known:
        known[site].entry = entry


def _found_by_name(build: Build) -> None:
    """An entry point for each agent that a server finds by the names of its module and its variable."""
    for knowledge in build.base.files:
        for form in knowledge.served:
            folders: dict[str, list[int]] = defaultdict(list)
            for number, module in enumerate(build.engine.modules):
                folder, _, file = module.path.rpartition("/")
                if file.removesuffix(".py") in form.modules and _has_object(module, form.variables):
                    folders[folder].append(number)
            for folder, modules in sorted(folders.items()):
                if not any(above in folders for above in _above(folder)):
                    modules.sort(key=lambda n: form.modules.index(build.engine.modules[n].path.rpartition("/")[2].removesuffix(".py")))
                    name = folder.rpartition("/")[2] or knowledge.package
                    entries = (_entry(build, knowledge.package, form.kind, n, name, v) for n in modules for v in form.variables)
                    first = next((entry for found in entries for entry in found), None)
                    if first is not None:
                        build.change(first, holds_spans=form.holds_spans)


def _has_object(module: ModuleFacts, variables: Collection[str]) -> bool:
    """Whether one of the variables is there, and no function: those are not called."""
    return any(b.kind not in ("def", "class") for v in variables for b in module.scopes[0].bindings.get(v, ()))


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _entry(build: Build, package: str, kind: str, module: int | None, name: str, variable: str) -> Iterator[str]:
    for given in (module_attribute(build.engine, module, variable) or ()) if module is not None else ():
        origin: Origin = given
        while isinstance(origin, Partial):
            origin = origin.target
        made = returns(build.engine, origin.fn, 0) if isinstance(origin, Func) else (origin,)
        places = list(dict.fromkeys(a for o in made for a in agents_in(build, o)))
        if isinstance(origin, Func):
            at, symbol = build.scope_location(origin.fn), build.engine.scope(origin.fn).qualname
            places.insert(0, function(build, origin.fn))
        elif places:
            at, symbol = build.graph.nodes[places[0]].at, variable
        else:
            continue
        noun = EntryPoint(
            id=build.node_id("entry_point", at),
            name=name,
            symbol=symbol,
            at=at,
            role=build.role(module or 0),
            qualname=symbol if isinstance(origin, Func) else build.graph.nodes[places[0]].qualname,
            callee="def" if isinstance(origin, Func) else build.graph.nodes[places[0]].callee,
            framework=package,
            entry=kind,
            server=True,
        )
        node = build.add(noun)
        known = build.graph.flow.entries.get(node, ())
        build.graph.flow.entries[node] = tuple(dict.fromkeys((*known, *places)))
        yield node


def _module(build: Build, path: str, file: str) -> int | None:
    """The module that an entry names: a path from the folder of the configuration file, or a dotted name."""
    if file.endswith(".py"):
        wanted = normpath(join(dirname(path), file))
        return next((n for n, m in enumerate(build.engine.modules) if m.path == wanted), None)
    found = build.engine.index.find(file, path) if file else ()
    return found[0] if found else None
