"""Tables of what is written where, by the last name of what is called, stored, decorated or handed on."""

from __future__ import annotations

from collections import defaultdict

from auditor.facts.types import Call, Expr, ModuleFacts, Store
from auditor.program.origins.types import Key

MUTATORS = frozenset(("append", "add", "appendleft", "insert", "put", "put_nowait", "extend", "update", "setdefault"))


def last_name(expr: Expr) -> str:
    """The last name of a dotted expression, empty for anything else."""
    return str(expr[2]) if expr[0] == "attr" else str(expr[1]) if expr[0] == "name" else ""


class Tables:
    """Filled once, in the order of the modules; an entry is the number of a module with what stands in it."""

    def __init__(self, modules: list[ModuleFacts]) -> None:
        self.calls_by_last: dict[str, list[tuple[int, Call]]] = defaultdict(list)
        self.stores_by_attr: dict[str, list[tuple[int, Store]]] = defaultdict(list)
        self.item_stores: dict[str, list[tuple[int, Store]]] = defaultdict(list)
        self.value_uses: dict[str, list[tuple[int, Call, int | str]]] = defaultdict(list)
        self.aliases: dict[str, set[str]] = defaultdict(set)
        self.chosen: dict[str, set[str]] = {}
        self.decorated_by: dict[str, list[tuple[Key, Expr]]] = defaultdict(list)
        functions = {s.name for m in modules for s in m.scopes if s.kind in ("function", "class")}
        self.own_stores: dict[tuple[int, int, str], list[Store]] = defaultdict(list)
        self.outside_stores: dict[str, list[tuple[int, Store]]] = defaultdict(list)
        self.box_names: dict[int, set[str]] = defaultdict(set)
        self.made_names: dict[Key, set[str]] = defaultdict(set)
        self.mutations_by_name: dict[str, list[tuple[int, Call]]] = defaultdict(list)
        for number, module in enumerate(modules):
            for call in module.calls:
                self.calls_by_last[call.last].append((number, call))
                if call.last in MUTATORS and (call.args or call.keywords) and call.func[0] == "attr":
                    self.mutations_by_name[last_name(call.func[1])].append((number, call))
                for position, arg in enumerate(call.args):
                    self._value_use(functions, number, call, position, arg)
                for name, arg, _ in call.keywords:
                    self._value_use(functions, number, call, name or "**", arg)
            for store in module.stores:
                self._store(number, module, store)
                if store.attr is not None:
                    self._alias(functions, module, store.value, store.attr)
            for index, scope in enumerate(module.scopes):
                for decorator in scope.decorators:
                    last = module.calls[decorator[1]].last if decorator[0] == "call" else last_name(decorator)
                    self.decorated_by[last].append(((number, index), decorator))
                for name, bindings in scope.bindings.items():
                    for b in bindings:
                        if b.kind == "from" and b.detail[1] != name:
                            self.aliases[b.detail[1]].add(name)
                        elif b.kind == "assign":
                            self._boxes(number, b.value, name)
                            self._alias(functions, module, b.value, name)

        for name in self.chosen.keys() & self.calls_by_last.keys():
            for known in self.chosen[name]:
                self.aliases[known].add(name)

    def _store(self, number: int, module: ModuleFacts, store: Store) -> None:
        if store.attr is None:
            self.item_stores[last_name(store.base)].append((number, store))
            return
        self.stores_by_attr[store.attr].append((number, store))
        self._boxes(number, store.value, store.attr)
        if store.operator == "annotation":
            return
        index = module.statements[store.order][0]
        scope = module.scopes[index]
        if (
            scope.kind == "function"
            and scope.params
            and store.base == ("name", scope.params[0].name)
            and module.scopes[scope.parent].kind == "class"
        ):
            self.own_stores[number, scope.parent, store.attr].append(store)
        elif store.base[0] in ("name", "attr", "sub", "call"):
            self.outside_stores[store.attr].append((number, store))

    def _boxes(self, number: int, value: Expr, name: str) -> None:
        """Notes under which name a container is held."""
        kind = value[0]
        if kind in ("seq", "dict", "comp") or (kind == "op" and value[1] == "+"):
            self.box_names[id(value)].add(name)
        elif kind == "call":
            self.made_names[number, value[1]].add(name)
        elif kind == "bool":
            for part in value[2]:
                self._boxes(number, part, name)
        elif kind == "if":
            self._boxes(number, value[2], name)
            self._boxes(number, value[3], name)
        elif kind in ("await", "walrus"):
            self._boxes(number, value[-1], name)

    def _alias(self, functions: set[str], module: ModuleFacts, value: Expr, name: str) -> None:
        """Notes the name under which a function, or a partial of it, is kept; and one of two of whatever kind, where it may be called."""
        if value[0] in ("if", "bool"):
            for part in value[2:] if value[0] == "if" else value[2]:
                if part[0] in ("name", "attr") and last_name(part) != name:
                    self.chosen.setdefault(name, set()).add(last_name(part))
            return
        if value[0] == "call":
            call = module.calls[value[1]]
            if call.last != "partial" or not call.args:
                return
            value = call.args[0]
        known = last_name(value)
        if known in functions and known != name:
            self.aliases[known].add(name)
        elif value[0] in ("name", "attr") and known[:1].isupper() and known != name:
            self.chosen.setdefault(name, set()).add(known)

    def _value_use(self, functions: set[str], number: int, call: Call, where: int | str, arg: Expr) -> None:
        kind = arg[0]
        if kind == "name" and arg[1] in functions:
            self.value_uses[arg[1]].append((number, call, where))
        elif kind == "attr" and arg[2] in functions:
            self.value_uses[arg[2]].append((number, call, where))
