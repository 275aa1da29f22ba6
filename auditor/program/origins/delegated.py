"""Calls that a function of the same name hands on to an object that it is given: `async def ask(q, service=Depends(make)): service.ask(q)`.

Whether such a call is one of the function itself hangs on what is given, and that on the callers: it would be a circle, so it is told by
how the parameter is declared."""

from __future__ import annotations

from auditor.facts.types import Call, Expr, Parameter
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Class, Ext, Key, Place

ANYTHING = frozenset(("typing.Any", "builtins.object", "types.ModuleType", "types.SimpleNamespace", "argparse.Namespace"))
"""of what is declared so, any attribute may hold a function"""


def hands_on(engine: Engine, fn: Key, number: int, call: Call) -> bool:
    """Whether a call of a function's name is on a parameter that cannot hold the function: it is declared to be an object, and the function
    belongs to none; or it is a parameter of the function itself that a call fills where nothing else does."""
    if call.func[0] != "attr":
        return False
    around, param = _receiver(engine, number, call)
    if param is None:
        return False
    brought = param.default is not None and param.default[0] == "call"
    if engine.modules[fn[0]].scopes[max(engine.scope(fn).parent, 0)].kind == "class":
        return brought and (number, around) == fn
    return brought or (
        param.annotation is not None and _names_kind(engine, param.annotation, Place(number, engine.scope((number, around)).order))
    )


def _names_kind(engine: Engine, annotation: Expr, place: Place) -> bool:
    """Whether an annotation is a class, or what is made of one (`Annotated[Service, ...]`, `Service | None`, a text)."""
    if annotation[0] == "const" and isinstance(annotation[1], str) and annotation[1].isidentifier():
        annotation = engine.made(("quoted", annotation[1]), lambda: ("name", annotation[1]))
    if annotation[0] not in ("name", "attr"):
        return True
    found = engine.origins(annotation, place)
    return any(isinstance(o, Class) or (isinstance(o, Ext) and o.name not in ANYTHING) for o in found)


def _receiver(engine: Engine, number: int, call: Call) -> tuple[int, Parameter | None]:
    """The function around a call, and the parameter of it that the method is called on, if it is one."""
    module = engine.modules[number]
    base = call.func[1]
    while base[0] in ("attr", "sub"):
        base = base[1]
    scope = module.statements[call.order][0]
    while module.scopes[scope].kind == "comp":
        scope = module.scopes[scope].parent
    info = module.scopes[scope]
    if base[0] != "name" or any(b.kind != "param" for b in info.bindings.get(base[1], ())):
        return scope, None
    return scope, next((p for p in info.params if p.name == base[1]), None)
