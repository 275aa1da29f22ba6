"""Tools as they are given to a model call: schemas in dicts, objects that hold one, functions, and what libraries make of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.facts.types import Expr
from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_runs import made_by
from auditor.graph.build.schema_parts import NO_TOOLS
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing
from auditor.graph.build.written_parts import written_parts
from auditor.graph.types import NONE
from auditor.knowledge.forms import Ref
from auditor.program.origins.callers import subclasses
from auditor.program.origins.constructed import constructed
from auditor.program.origins.containers import elements, lookup, values
from auditor.program.origins.declared import followed
from auditor.program.origins.objects import attribute
from auditor.program.origins.types import (
    Attr,
    Box,
    Class,
    Const,
    Ext,
    Func,
    Instance,
    Key,
    New,
    Op,
    Origin,
    Origins,
    Partial,
    Place,
    Result,
    Unresolved,
)

DEEPEST = 6
NAMES = ("name", "tool_name")


@dataclass(frozen=True, slots=True)
class Schema:
    """One tool that a model is given. `origin`: the dict, object, class or function.

    `owner`: the object of the program that makes the dict; `functions`: functions that are named in it.
    """

    name: str
    at: Location
    origin: Origin
    owner: Instance | None = None
    description: Setting = NONE
    functions: tuple[Key, ...] = ()


def schemas(build: Build, site: Key, alternatives: list[Alternative], ctx: int) -> tuple[list[Schema], bool]:
    """The tools of a model call, and whether any are given at all: at the call, bound before, or where its chat was made.

    `ctx`: the context in which the call is read, that of a turn.
    """
    rows: list[Schema] = []
    given = False
    for alternative in alternatives:
        form = alternative.match.form
        found = argument(build, form.tools, site, ctx, alternative.match.partials) if form.tools is not None else None
        reader = Reader(build, tuple(form.tool_name_at))
        rows.extend(reader.of_origins(found or ()))
        given = given or any(not nothing(build, o) for o in found or ())
        for thing in (alternative.match.thing, alternative.client):
            for bound in thing.tools if thing is not None else ():
                given = True
                rows.extend(_bound(build, reader, *bound))
            for origins in _earlier(build, thing, form.tools) if thing is not None and form.tools is not None and not found else ():
                given = True
                rows.extend(reader.of_origins(origins))
    return list(dict.fromkeys(rows)), given


def _earlier(build: Build, thing: Thing, ref: Ref) -> Iterator[Origins]:
    """What a chat or model object got where it was made or changed."""
    made = constructor(build, thing.origin)
    places: list[tuple[Key, int]] = [(row[0], row[1]) for row in thing.overlays]
    if made is not None:
        places.insert(0, (made[0], made[1]))
    for site, ctx in places:
        found = argument(build, ref, site, ctx)
        if found and not all(_only_unread(o) for o in found):
            yield found


def _holds_nothing(build: Build, origin: Origin) -> bool:
    """Whether what a library makes is given lists alone, and nothing in them: `Tool(functions=[])`."""
    if not isinstance(origin, New) or origin.site[1] < 0:
        return False
    call, place = build.engine.call(origin.site), build.engine.call_place(origin.site, origin.ctx)
    given = [o for e in (*call.args, *(v for _, v, _ in call.keywords)) for o in build.engine.origins(e, place)]
    return bool(given) and all(isinstance(o, Box) and nothing(build, o) for o in given)


def _only_unread(origin: Origin) -> bool:
    return isinstance(origin, Unresolved) and origin.why.startswith("comes in by")


def nothing(build: Build, origin: Origin) -> bool:
    """None, a library's own word for it, or what is not read."""
    if isinstance(origin, Ext):
        form = build.base.values.get(origin.name)
        return form is not None and form.unset == "default"
    if isinstance(origin, Box) and origin.kind in ("list", "tuple", "comp"):
        return all(_holds_nothing(build, o) for place, part in written_parts(build, origin) for o in build.engine.origins(part, place))
    return (isinstance(origin, Const) and origin.value is None) or _only_unread(origin)


def _bound(build: Build, reader: Reader, site: Key, ctx: int, package: str, method: str) -> Iterator[Schema]:
    """`model.bind_tools([...])` before the call."""
    for type_id, form in build.base.types.items():
        ref = form.methods[method].tools if type_id.startswith(f"{package}:") and method in form.methods else None
        if ref is not None:
            yield from reader.of_origins(argument(build, ref, site, ctx) or ())
            return


class Reader:
    """Opens lists, comprehensions and library objects down to single tools."""

    def __init__(self, build: Build, name_at: tuple[str, ...]) -> None:
        self.build = build
        self.engine = build.engine
        self.name_at = name_at
        self.told: dict[Instance, str] = {}
        """the names in the schemas of objects; none while one is being read"""

    def of_origins(self, found: Origins, depth: int = 0) -> Iterator[Schema]:
        for origin in found:
            yield from self.of_origin(origin, depth)

    def of_origin(self, origin: Origin, depth: int = 0) -> Iterator[Schema]:
        while isinstance(origin, Partial):
            origin = origin.target
        if depth > DEEPEST:
            return
        if isinstance(origin, Box):
            yield from self._box(origin, depth)
        elif isinstance(origin, Op):
            expr, place = self.engine.refs[origin.ref]
            for side in expr[2:4] if origin.op in ("+", "|") else ():
                yield from self.of_origins(self.engine.origins(side, place), depth + 1)
        elif isinstance(origin, Func):
            if self.engine.scope(origin.fn).kind == "function":
                yield Schema(self.engine.scope(origin.fn).name, self.build.scope_location(origin.fn), origin, functions=(origin.fn,))
        elif isinstance(origin, Class):
            yield Schema(self.engine.scope(origin.cls).name, self.build.scope_location(origin.cls), origin)
        elif isinstance(origin, Instance):
            yield from self._instance(origin)
        elif isinstance(origin, (New, Result)):
            yield from self._made(origin, depth)

    # -- containers

    def _box(self, box: Box, depth: int) -> Iterator[Schema]:
        expr, _ = self.engine.refs[box.ref]
        if expr[0] == "dict":
            found = self._schema(box)
            yield from found
            if not found:
                yield from self.of_origins(tuple(o for o in values(self.engine, box) if isinstance(o, Box) and o.kind != "dict"), depth + 1)
            return
        for place, part in written_parts(self.build, box):
            yield from self._part(part, place, depth)

    def _part(self, expr: Expr, place: Place, depth: int) -> Iterator[Schema]:
        """One element; `tool.to_dict()` of an object of the program stands for the object."""
        if expr[0] == "star":
            for base in self.engine.origins(expr[1], place):
                yield from self.of_origin(base, depth + 1)
            return
        owners = self._owners(expr, place)
        if owners:
            for owner in owners:
                yield from self._instance(owner)
            return
        yield from self.of_origins(self.engine.origins(expr, place), depth + 1)

    def _owners(self, expr: Expr, place: Place) -> list[Instance]:
        if expr[0] == "call":
            expr = self.engine.call((place.module, expr[1])).func
        if expr[0] != "attr":
            return []
        found = followed(self.engine, expr[1], place)
        rows = [each for o in found if isinstance(o, Instance) for each in (self._meant(o) if o.site is None else [o])]
        return rows if rows and all(self._holds_schema(o, expr[2]) for o in rows) else []

    def _holds_schema(self, owner: Instance, name: str) -> bool:
        """Whether a method or attribute of an object gives one dict, not a list of them."""
        for origin in attribute(self.engine, owner, name):
            if isinstance(origin, Func):
                exits = [e for e in self.engine.scope(origin.fn).exits if e.kind == "return"]
                if any(e.value[0] in ("seq", "comp") for e in exits):
                    return False
            elif isinstance(origin, Box) and origin.kind != "dict":
                return False
        return True

    # -- single tools

    def _schema(self, box: Box) -> list[Schema]:
        """A dict with a name where the form says that it stands; a ready-made tool of a provider is named by its type.

        One dict in a helper makes several tools where several names reach it; `f.__name__` means the function.
        """
        expr, place = self.engine.refs[box.ref]
        at = self.build.location(place.module, expr[2])
        names_at = self._written_names(box)
        named = [s for w, at_ in names_at for o in self._named_by(w, at_) for s in self._instance(o) if self._is_called(s.name, w, at_)]
        named = named or [s for o in self._described_by(expr, place) for s in self._instance(o)]
        if named:
            return named
        for dotted in self.name_at:
            found = self._reach(box, dotted)
            functions = [o.base for o in found if isinstance(o, Attr) and isinstance(o.base, Func) and o.name == "__name__"]
            names = list(dict.fromkeys(texts(tuple(found))))
            described = texts(tuple(self._reach(box, f"{dotted.rpartition('.')[0]}.description".lstrip(".")))) if names else []
            rows = [s for f in functions for s in self.of_origin(f)]
            rows += [Schema(n, at, box, None, _description(described if len(names) == 1 else [], at)) for n in names]
            if rows:
                return rows
        kind = next(iter(texts(tuple(lookup(self.engine, box, "type")[0]))), "")
        return [Schema(kind, at, box)] if kind and kind not in NO_TOOLS else []

    def _is_called(self, name: str, written: Expr, place: Place) -> bool:
        """Whether what is written is the object's own name, as far as it is known."""
        found = texts(self.engine.origins(written, place))
        return not found or name in found

    def _described_by(self, expr: Expr, place: Place) -> Iterator[Instance]:
        """The tool objects that give the part in which the name stands: `{"function": tool.to_dict()}`."""
        parts = {dotted.partition(".")[0] for dotted in self.name_at if "." in dotted}
        for key, value in expr[1]:
            if key is not None and key[0] == "const" and key[1] in parts:
                for owner in self._owners(value, place):
                    yield from self._meant(owner) if owner.site is None else [owner]

    def _written_names(self, box: Box) -> Iterator[tuple[Expr, Place]]:
        """The expressions that stand where the form says that the name does, each with its place."""
        for dotted in self.name_at:
            path, _, last = dotted.rpartition(".")
            for holder in self._reach(box, path) if path else [box]:
                expr, place = self.engine.refs[holder.ref] if isinstance(holder, Box) else (("other",), Place(0, 0))
                if expr[0] == "dict":
                    yield from ((value, place) for key, value in expr[1] if key == ("const", last))

    def _named_by(self, value: Expr, place: Place) -> Iterator[Instance]:
        """The tool objects that a schema is made of by hand: `{"name": tool.name, ...}`, `Schema(name=tool.get_name())`."""
        module = self.engine.modules[place.module]
        if value[0] == "name":
            held = module.scopes[module.statements[place.order][0]].bindings.get(value[1], ())
            for binding in (b for b in held if b.kind == "assign" and b.value[0] == "attr"):
                yield from self._named_by(binding.value, Place(place.module, binding.order, place.ctx))
        func = module.calls[value[1]].func if value[0] == "call" else value
        for origin in followed(self.engine, func[1], place) if func[0] == "attr" else ():
            if isinstance(origin, Instance):
                yield from self._meant(origin) if origin.site is None else [origin]

    def _meant(self, owner: Instance) -> list[Instance]:
        """Any object of a class: those of its subclasses, else those that the program makes with a name of their own."""
        subs = [Instance(s, None, 0) for s in subclasses(self.engine, owner.cls)]
        made = [Instance(owner.cls, site, ctx) for site, ctx in constructed(self.engine, owner.cls)] if not subs else []
        return subs or [o for o in made if self._name_of(o)[1]] or [owner]

    def _reach(self, origin: Origin, dotted: str) -> list[Origin]:
        rows: list[Origin] = [origin]
        for name in dotted.split("."):
            step: list[Origin] = []
            for each in rows:
                if isinstance(each, Box):
                    step.extend(lookup(self.engine, each, name)[0])
                elif isinstance(each, Instance):
                    step.extend(attribute(self.engine, each, name))
                elif isinstance(each, New):
                    step.extend(argument(self.build, name, each.site, each.ctx, each.partials) or ())
            rows = step
        return rows

    def _instance(self, owner: Instance) -> Iterator[Schema]:
        """A tool object of the program: at its class, or where it is made if the name is given there."""
        name, given = self._name_of(owner)
        if not name:
            return
        if given and owner.site is not None:
            at = self.build.call_location(owner.site)
            functions = tuple(dict.fromkeys(o.fn for o in self._arguments(owner) if isinstance(o, Func))) or made_by(self.build, owner)
        else:
            at, functions = self.build.scope_location(owner.cls), ()
        described = texts(tuple(attribute(self.engine, owner, "description"))) or [self.engine.scope(owner.cls).doc or ""]
        yield Schema(name, at, owner, owner, _description([d for d in described if d], at), functions)

    def _name_of(self, owner: Instance) -> tuple[str, bool]:
        """The name of a tool object, and whether the call that makes it gives it."""
        for key in NAMES:
            found = texts(tuple(attribute(self.engine, owner, key)))
            if not found:
                found = texts(tuple(self._by_super(owner, key)))
            if found:
                return found[0], self._gives(owner, found[0])
        if owner not in self.told:
            self.told[owner] = ""
            self.told[owner] = self._name_in_schema(owner)
        name = self.told[owner]
        return name, bool(name) and self._gives(owner, name)

    def _name_in_schema(self, owner: Instance) -> str:
        """The name in the schema that a tool object keeps or makes, which may speak of the object itself."""
        for key in ("schema", "definition", "spec", "to_dict", "to_params", "to_schema", "get_schema", "get_definition"):
            for origin in attribute(self.engine, owner, key):
                for box in self._boxes(origin):
                    # One that is made for any object of a base class says nothing of this one.
                    named = (made.name for made in self._schema(box) if made.owner is None or made.owner.cls == owner.cls)
                    if (name := next(named, "")) != "":
                        return name
        return ""

    def _boxes(self, origin: Origin) -> Iterator[Box]:
        from auditor.program.origins.calls import returns

        found: Origins = returns(self.engine, origin.fn, 0) if isinstance(origin, Func) else (origin,)
        yield from (o for o in found if isinstance(o, Box) and o.kind == "dict")

    def _by_super(self, owner: Instance, key: str) -> list[Origin]:
        """`super().__init__(name="x")` in the constructor of the class."""
        rows: list[Origin] = []
        for number, call in self.engine.calls_by_last.get("__init__", ()):
            around = self.engine.modules[number].scopes[self.engine.modules[number].statements[call.order][0]]
            if number != owner.cls[0] or around.parent != owner.cls[1]:
                continue
            place = Place(number, call.order)
            rows.extend(o for n, v, _ in call.keywords if n == key for o in self.engine.origins(v, place))
            if not rows and key == "name":
                rows.extend(o for a in call.args[:1] if a[0] != "star" for o in self.engine.origins(a, place) if isinstance(o, Const))
        return rows

    def _gives(self, owner: Instance, name: str) -> bool:
        return any(isinstance(o, Const) and o.value == name for o in self._arguments(owner))

    def _arguments(self, owner: Instance) -> list[Origin]:
        if owner.site is None:
            return []
        call, place = self.engine.call(owner.site), self.engine.call_place(owner.site, owner.ctx)
        return [o for e in (*call.args, *(v for _, v, _ in call.keywords)) if e[0] != "star" for o in self.engine.origins(e, place)]

    def _made(self, origin: New | Result, depth: int) -> Iterator[Schema]:
        """What a library makes: named by its arguments, or a container of others."""
        if isinstance(origin, Result) and isinstance(origin.base, Box):
            yield from self.of_origins(tuple(elements(self.engine, origin)), depth + 1)
            return
        if origin.site[1] < 0:
            return
        if isinstance(origin, New) and origin.name.startswith("builtins."):
            yield from self.of_origins(tuple(elements(self.engine, origin)), depth + 1)
            return
        partials = origin.partials if isinstance(origin, New) else ()
        call, place = self.engine.call(origin.site), self.engine.call_place(origin.site, origin.ctx)
        own = [s for n, v, _ in call.keywords if n in NAMES for o in self._named_by(v, place) for s in self._instance(o)]
        if own:
            yield from own
            return
        names = texts(argument(self.build, list(NAMES), origin.site, origin.ctx, partials))
        at = self.build.call_location(origin.site)
        given = [o for e in (*call.args, *(v for _, v, _ in call.keywords)) if e[0] != "star" for o in self.engine.origins(e, place)]
        functions = tuple(dict.fromkeys(o.fn for o in given if isinstance(o, Func)))
        named = names or [self.engine.scope(o.fn if isinstance(o, Func) else o.cls).name for o in given if isinstance(o, (Func, Class))]
        if named:
            described = texts(argument(self.build, "description", origin.site, origin.ctx, partials))
            yield Schema(named[0], at, origin, None, _description(described, at), functions)
            return
        yield from self.of_origins(tuple(o for o in given if isinstance(o, (Box, New))), depth + 1)


def _description(found: list[str], at: Location) -> Setting:
    return Setting(found[0].strip().split("\n")[0][:200], "explicit", at=at) if found and found[0].strip() else NONE
