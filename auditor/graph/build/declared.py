"""Values declared elsewhere: options of argument parsers, read through the parsed result."""

from __future__ import annotations

from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.knowledge.declared import DeclaredForm
from auditor.program.origins.types import Attr, Item, New, Origin, Origins, Place, Result


def declared(build: Build, origin: Attr | Item | New) -> Origins | None:
    """The written default of an option that the origin reads; None: it reads none."""
    forms = [f for k in build.base.files for f in k.declared]
    for form in forms:
        found = _option_default(build, origin, form) if isinstance(origin, New) else _parsed(build, origin, form)
        if found is not None:
            return found
    return None


def _option_default(build: Build, origin: New, form: DeclaredForm) -> Origins | None:
    """`Option(10)`: the call stands for its default."""
    if origin.name not in form.options or form.default is None:
        return None
    return argument(build, form.default, origin.site, origin.ctx, origin.partials)


def _parsed(build: Build, origin: Attr | Item, form: DeclaredForm) -> Origins | None:
    """`args.compute`, where `args = parser.parse_args()` and `parser.add_argument("--compute", default=10)`."""
    name = origin.name if isinstance(origin, Attr) else origin.key
    base: Origin = origin.base
    if isinstance(base, Item):
        base = base.base
    if not isinstance(base, Result) or base.method not in form.parse or not isinstance(name, str):
        return None
    parser = base.base
    if not isinstance(parser, New) or parser.name not in form.parsers:
        return None
    wanted = name.replace("-", "_")
    for number, call in build.engine.calls_by_last.get(form.add, ()):
        if call.func[0] != "attr":
            continue
        site = (number, call.index)
        place = Place(number, call.order)
        names = [t for a in call.args for t in texts(build.engine.origins(a, place))]
        destination = texts(argument(build, "dest", site, 0))
        known = destination or [n.lstrip("-").replace("-", "_") for n in names]
        if wanted not in known or not _adds_to(build, call.func[1], place, parser):
            continue
        if form.default is None:
            return None
        return argument(build, form.default, site, 0)
    return None


def _adds_to(build: Build, receiver: tuple[object, ...], place: Place, parser: New) -> bool:
    """Whether an option is added to this parser, or to a group or subparser of it."""
    for origin in build.engine.origins(receiver, place):
        current: Origin = origin
        while isinstance(current, Result):
            current = current.base
        if isinstance(current, New) and current.site == parser.site:
            return True
    return False
