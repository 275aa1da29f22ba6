"""Decorators, calls and base classes that make a tool or an entry point of a function or class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.facts.types import Scope
from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.around import contexts_around
from auditor.graph.build.call_arguments import written
from auditor.graph.build.context import Build
from auditor.graph.build.handed import given
from auditor.graph.build.loaded_names import loaded_functions
from auditor.graph.build.matching import Match, called_names, matches, of_callee
from auditor.graph.build.node_runs import calls_it, runs
from auditor.graph.build.tool_at import tool_at
from auditor.graph.build.wrapped import Through, functions
from auditor.graph.types import NONE, Agent, EntryPoint, Step, Tool
from auditor.knowledge.registrations import RegistrationForm
from auditor.program.origins.objects import external_bases, method, owner_class
from auditor.program.origins.types import Attr, Class, Const, Ext, Func, Key, New, Origin, Partial, Place, Result

Handlers = dict[tuple[str, Origin | Key], dict[str, list[Key]]]
"""(package, server, or where it is made) -> what its handlers do ("listed", "run") -> the functions"""


def registrations(build: Build) -> None:
    """Tools and entry points by decorators, calls and base classes, in source order."""
    for number, module in enumerate(build.engine.modules):
        for index, scope in enumerate(module.scopes):
            if scope.decorators and scope.kind in ("function", "class"):
                _decorated(build, (number, index), scope)
            if scope.kind == "class" and scope.bases:
                _derived(build, (number, index), scope)
    decorating: set[Key] = {(n, d[1]) for n, m in enumerate(build.engine.modules) for s in m.scopes for d in s.decorators if d[0] == "call"}
    names = called_names(build, build.base.registrations)
    module_calls = [m.calls for m in build.engine.modules]
    for number, call in build.calls():
        made = call.func[0] == "call" and len(call.args) == 1 and module_calls[number][call.func[1]].last in names
        if made and _by_call(build, (number, call.index), (number, call.func[1])):
            decorating.add((number, call.func[1]))
    for number, call in build.calls():
        if call.last in names and (number, call.index) not in decorating:
            _called(build, (number, call.index))


def _decorated(build: Build, key: Key, scope: Scope) -> None:
    for decorator, line in zip(scope.decorators, scope.decorator_lines, strict=True):
        found: list[Match[RegistrationForm]]
        if decorator[0] == "call":
            site: Key | None = (key[0], decorator[1])
            found = matches(build, build.base.registrations, (key[0], decorator[1]))
        else:
            site = None
            found = [m for o in build.engine.origins(decorator, Place(key[0], scope.order)) for m in _bare(build, o)]
        for match in found:
            if "decorator" in match.form.as_:
                _register(build, match, key, site, build.location(key[0], line))
        if not found and decorator[0] != "call":
            for origin in build.engine.origins(decorator, Place(key[0], scope.order)):
                for made in _made(build, origin):
                    _register(build, made[0], key, made[1], build.location(key[0], line))


def _by_call(build: Build, site: Key, made: Key) -> bool:
    """`app.route("/x")(f)`: a decorator that is called with the function. Gives whether there is one."""
    call, done = build.engine.call(site), False
    if not any("decorator" in m.form.as_ for m in matches(build, build.base.registrations, made)):
        return False
    for ctx in contexts_around(build, site):
        found = [m for m in matches(build, build.base.registrations, made, ctx) if "decorator" in m.form.as_]
        for fn in functions(build, call.args[0], build.engine.call_place(site, ctx)) if found else ():
            _register(build, found[0], fn, made, build.call_location(site))
            tool = build.by_function.get(("tool", fn))
            done = True
            if found[0].form.makes == "tool" and tool is not None:
                build.by_site["tool", site] = tool
    return done


def _by_bare_call(build: Build, match: Match[RegistrationForm], site: Key) -> None:
    """`agent.tool(f)`: a decorator without arguments, called with the function."""
    call = build.engine.call(site)
    if match.form.as_ != ["decorator"] or len(call.args) != 1 or call.keywords:
        return
    for fn in functions(build, call.args[0], build.engine.call_place(site)):
        _register(build, match, fn, None, build.call_location(site))


def _bare(build: Build, origin: Origin) -> Iterator[Match[RegistrationForm]]:
    if isinstance(origin, (Ext, Attr)):
        yield from of_callee(build, build.base.registrations, origin)


def _made(build: Build, origin: Origin) -> Iterator[tuple[Match[RegistrationForm], Key]]:
    """A decorator made earlier (`deco = tool(...)`)."""
    if isinstance(origin, (New, Result)) and origin.site[1] >= 0:
        for match in matches(build, build.base.registrations, origin.site):
            if "decorator" in match.form.as_:
                yield match, origin.site


def _derived(build: Build, key: Key, scope: Scope) -> None:
    for name in dict.fromkeys(external_bases(build.engine, key)):
        for type_id in build.base.new.get(name, ()):
            if build.base.types[type_id].noun == "tool":
                _class_tool(build, type_id.partition(":")[0], "name", [], key, scope)
        for named in build.base.registrations.function(name):
            if "base" in named.form.as_:
                match = Match(named.package, named.form, name, None)
                if match.form.makes == "tool":
                    _class_tool(build, match.package, match.form.name_attribute, match.form.methods, key, scope)
                elif match.form.makes == "entry_point":
                    for each in match.form.methods:
                        fn = method(build.engine, key, each)
                        if fn is not None and fn[0] == key[0]:
                            entry_point(build, fn, match.form.kind, match.package, match.form.server, each, own_loop=match.form.own_loop)


def _called(build: Build, site: Key) -> None:
    """`tool(f)`, `app.add_api_route("/x", f)`: the function is an argument."""
    found = matches(build, build.base.registrations, site)
    for match in found:
        if "call" not in match.form.as_ or match.form.runs:
            if not any("call" in m.form.as_ for m in found):
                _by_bare_call(build, match, site)
            continue
        if match.form.makes == "tool" and _loaded(build, match, site):
            continue
        given_to = argument(build, match.form.function, site, 0, match.partials) if match.form.function is not None else None
        targets = list(dict.fromkeys(t for o in given_to or () for t in (_function(o),) if t is not None))
        forms = [o.cls for o in given_to or () if isinstance(o, Class)] if "decorator" in match.form.as_ and not targets else []
        if match.form.makes == "tool" and len(forms) == 1:
            # `tool(Form)` is the class as `@tool` would make it a tool: it says what there is to fill in.
            _register(build, match, forms[0], site, build.call_location(site))
            build.by_site["tool", site] = build.by_function["tool", forms[0]]
            continue
        if match.form.makes == "tool" and match.form.attach and match.thing is not None and targets:
            _attach(build, match.form, site)
        elif match.form.makes == "tool":
            if not _handed_on(build, match, site):
                _call_tool(build, match, site, targets)
        elif match.form.makes == "entry_point":
            # A table of routes can be more than can be followed at once: each call that hands one over is followed by itself.
            apart = contexts_around(build, site) if not targets else ()
            targets = targets or list(dict.fromkeys(fn for ctx in apart for fn in _targets(build, match, site, ctx)))
            if match.form.tools:
                _handles(build, match, site, targets)
            for fn in targets:
                name = (_name(build, match, site) if len(targets) == 1 else "") or build.engine.scope(fn).name
                entry_point(build, fn, match.form.kind, match.package, match.form.server, name, own_loop=match.form.own_loop)


def _loaded(build: Build, match: Match[RegistrationForm], site: Key) -> bool:
    """Whether the function of a tool is looked up by names that are written down: each one meant is a tool."""
    passed = given(build.engine.call(site), match.form.function) if match.form.function is not None else None
    functions = loaded_functions(build, passed[1], build.engine.call_place(site)) if passed is not None else []
    tools = [function_tool(build, fn, build.engine.scope(fn).name, match.package) for fn in functions]
    if tools:
        build.memo.setdefault("tools by names", {})[site] = tools  # type: ignore[index]
    return bool(tools)


def _attach(build: Build, form: RegistrationForm, site: Key) -> None:
    """`agent.tool(f)`, for each of the calls that lead there: whose f, and which agent's."""
    for ctx in contexts_around(build, site):
        for match in matches(build, build.base.registrations, site, ctx):
            if match.form is form and match.thing is not None:
                for tool in _tools(build, match, _targets(build, match, site, ctx), site, ctx):
                    build.attached.append((match.thing.origin, tool, build.call_location(site), form.executes))


def _handed_on(build: Build, match: Match[RegistrationForm], site: Key) -> bool:
    """Whether a call makes existing agents tools of functions that are not written there, but handed on to it, or elements of a list: each
    of the functions is one, for the agents of the calls that hand it on."""
    if not any(m.form.tools is not None for m in matches(build, build.base.links, site)):
        return False
    rows = [(ctx, _targets(build, match, site, ctx)) for ctx in contexts_around(build, site)]
    found = {fn for _, targets in rows for fn in targets}
    if not found or (len(found) == 1 and not _is_local(build, match, site)):
        return False
    known: dict[Key, list[tuple[int, str]]] = build.memo.setdefault("registered tools", {})  # type: ignore[assignment]
    known[site] = [(ctx, tool) for ctx, targets in rows for tool in _tools(build, match, targets, site, ctx)]
    return True


def _targets(build: Build, match: Match[RegistrationForm], site: Key, ctx: int) -> dict[Key, Through]:
    """The functions that a registration is given in a context, wrappers seen through."""
    call = build.engine.call(site)
    found = given(call, match.form.function) if match.form.function is not None and not match.partials else None
    rows = functions(build, found[1], build.engine.call_place(site, ctx)) if found is not None else {}
    return {fn: through for fn, through in rows.items() if build.engine.scope(fn).kind == "function"}


def _tools(build: Build, match: Match[RegistrationForm], targets: dict[Key, Through], site: Key, ctx: int) -> list[str]:
    name = _name(build, match, site, ctx) if len(targets) == 1 else ""
    return [function_tool(build, fn, name or build.engine.scope(fn).name, match.package, through=t) for fn, t in targets.items()]


def _is_local(build: Build, match: Match[RegistrationForm], site: Key) -> bool:
    """Whether the function is a value of the function around the call: a parameter, an element, what is computed there."""
    found = given(build.engine.call(site), match.form.function) if match.form.function is not None else None
    expr = found[1] if found is not None else None
    while expr is not None and expr[0] in ("attr", "sub", "await"):
        expr = expr[1]
    if expr is None or expr[0] != "name":
        return expr is not None
    bindings = build.engine.scope(build.function_of(site[0], build.engine.call(site).order)).bindings.get(expr[1], ())
    return any(b.kind not in ("def", "class", "import", "from") for b in bindings)


def _function(origin: Origin) -> Key | None:
    while isinstance(origin, Partial):
        origin = origin.target
    return origin.fn if isinstance(origin, Func) else None


def _name(build: Build, match: Match[RegistrationForm], site: Key | None, ctx: int = 0) -> str:
    """The name that is given; that of a tool where all of it is known."""
    if match.form.name is None or site is None:
        return ""
    found = next(iter(texts(argument(build, match.form.name, site, ctx, match.partials))), "")
    return found if "{}" not in found or match.form.makes != "tool" else ""


def _register(build: Build, match: Match[RegistrationForm], key: Key, site: Key | None, at: Location) -> None:
    scope = build.engine.scope(key)
    name = _name(build, match, site) or scope.name
    if match.form.makes == "tool":
        # A decorated class is a form to fill in, unless it has a method that runs.
        framework = match.package if scope.kind == "function" else ""
        tool = function_tool(build, key, name if " " not in name else scope.name, framework, _description(build, match, site, scope))
        if owner_class(build.engine, key) is not None:
            build.memo.setdefault("method tools", {})[key] = tool  # type: ignore[index]
        if match.form.attach and match.thing is not None:
            build.attached.append((match.thing.origin, tool, at, match.form.executes))
        if match.form.server:
            entry_point(build, key, "tool_server", match.package, True, scope.name)
    elif match.form.makes == "entry_point" and scope.kind == "function":
        if match.form.tools and match.thing is not None:
            _handles(build, match, match.thing.origin, [key])
        shown = _name(build, match, site) or scope.name
        entry_point(build, key, match.form.kind or "cli", match.package, match.form.server, shown, own_loop=match.form.own_loop)
    elif match.form.makes == "entry_point":
        for fn in (found for each in match.form.methods if (found := method(build.engine, key, each)) is not None):
            entry_point(build, fn, match.form.kind, match.package, match.form.server, name, own_loop=match.form.own_loop)
    elif match.form.makes in ("step", "agent") and scope.kind == "function":
        _function_node(build, key, match, name)


def _handles(build: Build, match: Match[RegistrationForm], server: Origin | Key, functions: list[Key]) -> None:
    rows: Handlers = build.memo.setdefault("tool handlers", {})  # type: ignore[assignment]
    rows.setdefault((match.package, server), defaultdict(list))[match.form.tools].extend(functions)


def _function_node(build: Build, key: Key, match: Match[RegistrationForm], name: str) -> None:
    """A function that is an agent, or a step of one, by its decorator."""
    kind = match.form.makes
    if (kind, key) in build.by_function:
        return
    scope, at = build.engine.scope(key), build.scope_location(key)
    make = Agent if kind == "agent" else Step
    node = make(
        id=build.node_id(kind, at),
        name=name,
        symbol=scope.qualname,
        at=at,
        role=build.role(key[0]),
        qualname=scope.qualname,
        callee="def",
        framework=match.package,
    )
    build.by_function[kind, key] = build.add(node)
    runs(build, node, [key])


def _description(build: Build, match: Match[RegistrationForm], site: Key | None, scope: Scope) -> Setting:
    if match.form.description is not None and site is not None:
        given = argument(build, match.form.description, site, 0)
        if found := texts(given):
            return Setting(found[0][:200], "explicit", at=build.call_location(site))
        if given is not None and not all(isinstance(o, Const) and o.value is None for o in given):
            return written(build, given)
    return described(scope.doc)


def described(doc: str | None) -> Setting:
    return Setting(doc.strip().split("\n")[0][:200], "explicit") if doc and doc.strip() else NONE


def function_tool(build: Build, key: Key, name: str, framework: str, description: Setting = NONE, through: Through = ()) -> str:
    """The tool node of a function or class, made once; the tool runs the function."""
    known = build.by_function.get(("tool", key))
    if known is not None:
        return known
    scope = build.engine.scope(key)
    at = build.scope_location(key)
    node = Tool(
        id=build.node_id("tool", at),
        name=name,
        symbol=scope.qualname,
        at=at,
        role=build.role(key[0]),
        qualname=scope.qualname,
        callee="def" if scope.kind == "function" else "class",
        framework=framework,
        description=description if description is not NONE else described(scope.doc),
    )
    build.by_function["tool", key] = build.add(node)
    runs(
        build,
        node,
        [key]
        if scope.kind == "function"
        else [m for n in ("_run", "_arun", "forward", "run", "__call__") if (m := method(build.engine, key, n)) is not None],
        through,
    )
    return node.id


def _class_tool(build: Build, package: str, name_attribute: str | None, methods: list[str], key: Key, scope: Scope) -> None:
    name = scope.name
    if name_attribute:
        bindings = [b for b in scope.bindings.get(name_attribute, ()) if b.kind == "assign"]
        if bindings:
            name = next(iter(texts(build.engine.origins(bindings[-1].value, Place(key[0], bindings[-1].order)))), name)
    node = function_tool(build, key, name, package)
    done: set[Key] = build.memo.setdefault("class tools", set())  # type: ignore[assignment]
    if key not in done and methods:
        done.add(key)
        runs(build, build.graph.nodes[node], [m for n in methods if (m := method(build.engine, key, n)) is not None])


def _call_tool(build: Build, match: Match[RegistrationForm], site: Key, targets: list[Key]) -> None:
    known = build.by_site.get(("tool", site))
    if known is not None:
        return
    name = _name(build, match, site) or (build.engine.scope(targets[0]).name if targets else build.symbol(site))
    doc = build.engine.scope(targets[0]) if targets else None
    description = _description(build, match, site, doc) if doc is not None else NONE
    node = tool_at(build, site, name, match.package, description=description)
    build.by_site["tool", site] = build.add(node)
    runs(build, node, targets)
    calls_it(build, node, match, site)


def entry_point(build: Build, fn: Key, kind: str, framework: str, server: bool, name: str, *, own_loop: bool = False) -> str:
    """The entry point node of a function, made once."""
    known = build.by_function.get(("entry_point", fn))
    if known is not None:
        return known
    scope = build.engine.scope(fn)
    at = build.scope_location(fn)
    node = EntryPoint(
        id=build.node_id("entry_point", at),
        name=name,
        symbol=scope.qualname,
        at=at,
        role=build.role(fn[0]),
        qualname=scope.qualname,
        callee="def",
        framework=framework,
        entry=kind,
        server=server,
        own_loop=own_loop,
    )
    build.by_function["entry_point", fn] = build.add(node)
    entries: dict[str, list[Key]] = build.memo.setdefault("entries", {})  # type: ignore[assignment]
    entries.setdefault(node.id, []).append(fn)
    return node.id
