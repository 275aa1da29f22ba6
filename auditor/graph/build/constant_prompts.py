"""Requests of which all that is sent stands in the program: no parameter, no variable with data, nothing that was asked for before."""

from __future__ import annotations

from auditor.facts.types import Binding, Call, Expr, ModuleFacts, Scope
from auditor.graph.build.arguments import refs
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import arguments, path, root, walk
from auditor.graph.build.matching import Match
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Const, Key, New, Place

DEEPEST = 8
SHAPING = frozenset(("format", "join", "strip", "replace", "get", "lower", "upper", "rstrip", "lstrip"))
"""methods that make a text of texts, or take one out of a mapping"""
CHANGING = frozenset(("append", "extend", "insert", "update", "setdefault", "pop", "clear", "add"))
DATA = ("const", "fstr", "seq", "dict", "op", "sub", "name")
"""what a variable of a module may be that is no object with a state"""


def constant_prompt(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether a request that nothing went before sends the same each time."""
    call = build.engine.call(site)
    thing = match.thing
    if match.partials or site in build.engine.made_up or (thing is not None and not _is_plain(build, thing.origin, site)):
        return False
    beside = {r for ref in (match.form.model, *(s.argument for s in match.form.settings.values())) if ref is not None for r in refs(ref)}
    sent = [*((i, a) for i, a in enumerate(call.args) if i not in beside), *((n, v) for n, v, _ in call.keywords if n not in beside)]
    looked = _Look(build, site[0])
    scope = looked.module.statements[call.order][0]
    texts = [looked.is_constant(value, scope, 0) for _, value in sent]
    return any(value[0] not in ("const",) or isinstance(value[1], str) for _, value in sent) and all(texts)


def _is_plain(build: Build, origin: object, site: Key) -> bool:
    """A client or model that is made with nothing of what the function around the request is given, and keeps no conversation."""
    if not isinstance(origin, New):
        return False
    call = build.engine.call(origin.site)
    module = build.engine.modules[origin.site[0]]
    given = {p.name for p in module.scopes[module.statements[call.order][0]].params}
    return not any(e[0] == "name" and e[1] in given for a in arguments(call) for e in walk(module, a))


class _Look:
    def __init__(self, build: Build, number: int) -> None:
        self.build, self.number = build, number
        self.module: ModuleFacts = build.engine.modules[number]

    def is_constant(self, expr: Expr, scope: int, depth: int) -> bool:
        """Whether an expression is made of what is written down, or is loaded once with its module."""
        if depth > DEEPEST:
            return False
        kind = expr[0]
        if kind == "const":
            return True
        if kind == "name":
            return self._name(str(expr[1]), scope, depth)
        if kind == "call":
            return self._shaped(self.module.calls[expr[1]], scope, depth)
        inside: list[Expr | None] = []
        if kind in ("fstr",):
            inside = list(expr[1])
        elif kind == "seq":
            inside = list(expr[2])
        elif kind == "dict":
            inside = [part for row in expr[1] for part in row]
            if any(key is None for key, _ in expr[1]):
                return False
        elif kind in ("op",):
            inside = [expr[2], expr[3]]
        elif kind == "sub":
            inside = [expr[1], expr[2]]
        else:
            return False
        return all(part is not None and self.is_constant(part, scope, depth + 1) for part in inside)

    def _shaped(self, call: Call, scope: int, depth: int) -> bool:
        """`template.format(name=NAME)`, `PROMPTS.get("welcome")`."""
        if call.last not in SHAPING or call.func[0] != "attr":
            return False
        return all(self.is_constant(e, scope, depth + 1) for e in (call.func[1], *arguments(call)))

    def _name(self, name: str, scope: int, depth: int) -> bool:
        found: Scope = self.module.scopes[scope]
        while name not in found.bindings and found.parent >= 0:
            scope, found = found.parent, self.module.scopes[found.parent]
        bindings = found.bindings.get(name, [])
        if not bindings or any(p.name == name for p in found.params):
            return False
        if found.kind == "module":
            return all(self._loaded(b) for b in bindings) and not self._changed(name)
        return all(b.kind == "assign" and self.is_constant(b.value, scope, depth + 1) for b in bindings) and not self._changed(name)

    def _loaded(self, binding: Binding) -> bool:
        """A variable of a module that is data; one that is imported is asked for."""
        if binding.kind == "assign":
            return binding.value[0] in DATA
        found = self.build.engine.origins(("name", binding.name), Place(self.number, binding.order)) if binding.kind == "from" else ()
        return bool(found) and all(isinstance(o, Const) for o in found)

    def _changed(self, name: str) -> bool:
        """Whether something is put into it later."""
        stored = any((p := path(s.base)) is not None and root(p) == name for s in self.module.stores)
        return stored or any(
            c.last in CHANGING and c.func[0] == "attr" and (p := path(c.func[1])) is not None and root(p) == name for c in self.module.calls
        )
