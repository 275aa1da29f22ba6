"""Arguments of a call as a knowledge file refers to them: by position, keyword, dotted path, through partials and `**`."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.one_of_two import given_in_turns
from auditor.knowledge.forms import Ref, When
from auditor.program.origins.containers import elements, entries, is_left_out, lookup
from auditor.program.origins.containers import values as all_values
from auditor.program.origins.objects import assigned, attribute
from auditor.program.origins.starred import starred_keyword
from auditor.program.origins.types import (
    Attr,
    Box,
    Const,
    Env,
    Ext,
    Instance,
    Item,
    Key,
    New,
    Op,
    Origin,
    Origins,
    Result,
    Text,
    Unresolved,
    root_of,
)

TO_BYTES = "encode"
TEXTUAL = ("+", "%")
"""operations whose result has nothing inside under a name"""
Partials = tuple[tuple[Key, int], ...]


def refs(ref: Ref) -> list[int | str]:
    return ref if isinstance(ref, list) else [ref]


def argument(build: Build, ref: Ref, site: Key, ctx: int, partials: Partials = (), skip: int = 0) -> Origins | None:
    """What is given for an argument: None if surely nothing, else its origins (Unresolved where `**` is not read).

    `skip`: positions are counted after these (a subclass's constructor is called with the object first). What is handed to something
    that runs it has its arguments in a call that is made up.
    """
    unread: Origins | None = None
    sites = list(partials) if partials and partials[-1][0] in build.engine.made_up else [*partials, (site, ctx)]
    for one in refs(ref):
        found = _one(build, one, sites, skip)
        if found is None:
            continue
        if all(isinstance(o, Unresolved) for o in found) and _only_unread(found):
            unread = unread or found
            continue
        return (given_in_turns(build, ref, site, ctx) if isinstance(ref, list) and len(ref) > 1 else None) or found
    return unread


def _kept(build: Build, found: Origins) -> Origins | None:
    """An attribute that keeps an argument of its object's constructor stands for that argument."""
    from auditor.graph.build.settings import constructor
    from auditor.graph.build.things import owners

    rows: list[Origin] = []
    for origin in found:
        keepers = owners(build, origin.base) if isinstance(origin, Attr) and origin.name in build.base.kept else []
        keepers = [t for t in keepers if origin.name in (build.base.form(t.type, "keeps") or ())]  # type: ignore[operator, union-attr]
        made = [constructor(build, t.origin) for t in keepers]
        given = [argument(build, origin.name, *m) for m in made if m is not None]  # type: ignore[union-attr]
        rows.extend(o for each in given for o in each or ())
        if not keepers or None in made:
            rows.append(origin)
    return tuple(dict.fromkeys(rows)) or None


def _only_unread(found: Origins) -> bool:
    return all(isinstance(o, Unresolved) and o.why.startswith("comes in by") for o in found)


def _one(build: Build, ref: int | str, sites: list[tuple[Key, int]], skip: int) -> Origins | None:
    if isinstance(ref, int):
        return _position(build, ref, sites)
    if ref == "*":
        rows = [
            o
            for site, ctx in sites
            for a in build.engine.call(site).args
            for o in build.engine.origins(a, build.engine.call_place(site, ctx))
        ]
        return tuple(rows) or None
    if ref == "**":
        named = [
            (v, build.engine.call_place(site, ctx)) for site, ctx in sites for n, v, _ in build.engine.call(site).keywords if n is not None
        ]
        rows = [o for value, place in named for o in build.engine.origins(value, place)]
        return tuple(rows) or None
    head, _, rest = ref.partition(".")
    found = _position(build, int(head), sites) if head.isdigit() else _keyword(build, head, sites)
    found = _kept(build, found) if found is not None else None
    return below(build, found, rest)


def below(build: Build, found: Origins | None, path: str) -> Origins | None:
    """What stands under a dotted path inside of an argument; None: surely nothing."""
    for name in path.split(".") if path else ():
        if not found:
            return None
        found = _inside(build, found, name)
    return found


def _position(build: Build, wanted: int, sites: list[tuple[Key, int]]) -> Origins | None:
    count = 0
    for site, ctx in sites:
        call, place = build.engine.call(site), build.engine.call_place(site, ctx)
        for arg in call.args:
            if arg[0] == "star":
                rows = [o for base in build.engine.origins(arg[1], place) for o in elements(build.engine, base)]
                return tuple(rows) or (Unresolved("comes in by * that is not read"),)
            if count == wanted:
                return build.engine.origins(arg, place)
            count += 1
    return None


def starred(build: Build, site: Key, found: Origins) -> bool:
    """Whether it comes in by the `*` of what an external call gives: as a rule what has to be given (`Session(*streams)`)."""
    items = all(isinstance(o, Item) and o.key is None and isinstance(root_of(o), New) for o in found)
    return items and any(a[0] == "star" for a in build.engine.call(site).args)


def _keyword(build: Build, name: str, sites: list[tuple[Key, int]]) -> Origins | None:
    unread: Origins | None = None
    for site, ctx in reversed(sites):
        call, place = build.engine.call(site), build.engine.call_place(site, ctx)
        for key, value, line in call.keywords:
            if key == name:
                return tuple(_at(o, site[0], line) for o in build.engine.origins(value, place))
        found = starred_keyword(build.engine, call, name, place)
        if found is not None:
            if not all(isinstance(o, Unresolved) for o in found):
                return found
            unread = unread or found
    return unread


def _at(origin: Origin, module: int, line: int) -> Origin:
    """A constant written at a keyword stands on the keyword's line."""
    if isinstance(origin, Const) and origin.module == module and abs(origin.line - line) < 60 and origin.line < line:
        return Const(origin.value, origin.kind, module, line)
    return origin


def _inside(build: Build, found: Origins, name: str) -> Origins | None:
    """A key or attribute inside an argument: of a dict, of a local object, or a constructor's argument of an external one."""
    if name.endswith("()"):
        return _made_in(build, found, name[:-2])
    if name == "*":
        return _each(build, found)
    rows: list[Origin] = []
    given = False
    for each in found:
        origin = unencoded(each)
        if isinstance(origin, Box):
            values, unread = lookup(build.engine, origin, name)
            rows.extend(values)
            if not values and unread:
                rows.append(Unresolved("comes in by a mapping that is not read"))
            given = given or bool(values) or unread
        elif isinstance(origin, New):
            if origin.name in build.base.texts.functions:
                inner = _inside(build, argument(build, 0, origin.site, origin.ctx) or (), name)
            else:
                inner = argument(build, name, origin.site, origin.ctx, origin.partials) or _of_mapping(build, origin, name)
            inner = inner or assigned(build.engine, origin, name) or None
            if inner is None and origin.name not in build.base.new and not origin.name.rsplit(".", 1)[-1][:1].isupper():
                inner = (Unresolved(f"comes in by the result of {origin.name}(), which is not read"),)
            if inner is not None:
                rows.extend(inner)
                given = True
        elif isinstance(origin, Instance):
            inner = _of_instance(build, origin, name)
            rows.extend(inner or ())
            given = given or inner is not None
        elif is_left_out(origin):
            rows.append(origin)  # where one caller gives the whole, another may not
        elif isinstance(origin, (Const, Ext, Text, Env)) or (isinstance(origin, Op) and origin.op in TEXTUAL):
            continue
        else:
            rows.append(Unresolved("comes in by an object that is not read"))
            given = True
    return tuple(dict.fromkeys(rows)) if given else None


def _of_mapping(build: Build, made: New, name: str) -> Origins | None:
    """What stands in the mapping that something without a type of its own is made of (`Config({"limit": 3})` of a TypedDict)."""
    found = (argument(build, 0, made.site, made.ctx, made.partials) or ()) if made.name not in build.base.new else ()
    mappings = tuple(o for o in found if isinstance(o, Box) and o.kind == "dict")
    return _inside(build, mappings, name) if mappings else None


def unencoded(origin: Origin) -> Origin:
    """The text whose bytes these are (`json.dumps(body).encode()`)."""
    return origin.base if isinstance(origin, Result) and origin.method == TO_BYTES else origin


def _made_in(build: Build, found: Origins, name: str) -> Origins | None:
    """Objects of an external class in a list (`middleware.Limit().calls`)."""
    inside = [e for o in found if isinstance(o, Box) for e in elements(build.engine, o)]
    return tuple(o for o in inside if isinstance(o, New) and o.name.rsplit(".", 1)[-1] == name) or None


def _each(build: Build, found: Origins) -> Origins | None:
    """All values of mappings, and elements of other lists."""
    boxes = [o for o in found if isinstance(o, Box)]
    return tuple(dict.fromkeys(e for o in boxes for e in (all_values if o.kind == "dict" else elements)(build.engine, o))) or None


def _of_instance(build: Build, origin: Instance, name: str) -> Origins | None:
    """An attribute of a local object, else what the class that it derives from is given."""
    from auditor.graph.build.settings import base_constructor

    found = tuple(attribute(build.engine, origin, name))
    base = base_constructor(build, origin) if found == (Attr(origin, name),) else None
    return argument(build, name, *base) if base is not None else found


def texts(found: Origins | None) -> list[str]:
    """Constant texts among origins; texts with unknown parts count with their known start."""
    rows = []
    for origin in found or ():
        if isinstance(origin, Const) and isinstance(origin.value, str):
            rows.append(origin.value)
        elif isinstance(origin, Text):
            rows.append(origin.pattern)
        elif isinstance(origin, Env):
            rows.extend(texts(origin.fallback))
    return rows


def holds(build: Build, when: When, site: Key, ctx: int, partials: Partials = ()) -> bool | None:
    """Whether a condition of the knowledge holds at a call; None: not decided."""
    result = _holds(build, when, site, ctx, partials)
    if result is not None or deciders(build, when, site, ctx, partials):
        return result
    return False if when.sure or _ruled_out(build, when, site, ctx, partials) else None


def _ruled_out(build: Build, when: When, site: Key, ctx: int, partials: Partials) -> bool:
    """Whether a package says that a condition does not hold of which nothing is read."""
    path = build.path(site[0])
    if when.argument is None or all(build.known_version(path, package) is None for package in when.unless):
        return False
    return all(_matches(build, o, when) is None for o in argument(build, when.argument, site, ctx, partials) or ())


def deciders(build: Build, when: When, site: Key, ctx: int, partials: Partials = ()) -> list[str]:
    """Variables of the environment with a written fallback that a deployment decides a condition by."""
    if not when.deployed or when.argument is None:
        return []
    found = argument(build, when.argument, site, ctx, partials)
    return [o.name for o in found or () if isinstance(o, Env) and o.fallback]


def _holds(build: Build, when: When, site: Key, ctx: int, partials: Partials) -> bool | None:
    if when.argument is None:
        return None if when.async_ is not None else True
    if when.always:
        return all(_always(build, str(ref), site, ctx, partials) for ref in refs(when.argument))
    found = argument(build, when.argument, site, ctx, partials)
    if when.filled:
        return found is not None and not all(_is_empty(build, o) for o in found)
    if when.given is not None:
        if found is not None and _only_unread(found):
            return None
        return (found is not None) == when.given
    if found is None:
        return None in when.equals if when.equals is not None else False
    results = {None if when.deployed and isinstance(o, Env) and _matches(build, o, when) else _matches(build, o, when) for o in found}
    return results.pop() if len(results) == 1 else None


def _always(build: Build, ref: str, site: Key, ctx: int, partials: Partials) -> bool:
    """Whether each mapping that can be an argument is a literal with this key."""
    head, _, key = ref.partition(".")
    literals = [build.engine.refs[o.ref][0] if isinstance(o, Box) else None for o in argument(build, head, site, ctx, partials) or ()]
    return bool(literals) and all(e is not None and e[0] == "dict" and key in entries(build.engine, e).known for e in literals)


def _is_empty(build: Build, origin: Origin) -> bool:
    return origin.value is None if isinstance(origin, Const) else isinstance(origin, Box) and not elements(build.engine, origin)


def _matches(build: Build, origin: Origin, when: When) -> bool | None:
    if isinstance(origin, Env):
        rows = {_matches(build, o, when) for o in origin.fallback}
        return rows.pop() if len(rows) == 1 else None
    known = begins(build, origin) if when.starts is not None else ""
    if known:
        if any(known.startswith(s) for s in when.starts or ()):
            return True
        return None if any(s.startswith(known) for s in when.starts or ()) else False
    if isinstance(origin, Ext) and origin.name in (when.equals or []):
        return True
    if not isinstance(origin, Const):
        return None
    if when.starts is not None:
        return isinstance(origin.value, str) and any(origin.value.startswith(s) for s in when.starts)
    return origin.value in (when.equals or [])


def begins(build: Build, origin: Origin) -> str:
    """What a text with unknown parts surely begins with: `f"sqlite:///{path}"`, `"sqlite:///" + path`, a URL made of its parts."""
    if isinstance(origin, Text):
        return origin.pattern.split("{}")[0]
    parts: Origins = ()
    if isinstance(origin, New) and origin.name in build.base.addresses:
        parts = argument(build, build.base.addresses[origin.name].scheme, origin.site, origin.ctx, origin.partials) or ()
    elif isinstance(origin, Op) and origin.op == "+":
        expr, place = build.engine.refs[origin.ref]
        parts = build.engine.origins(expr[2], place)
    found = {o.value if isinstance(o, Const) and isinstance(o.value, str) else begins(build, o) for o in parts}
    return found.pop() if len(found) == 1 else ""
