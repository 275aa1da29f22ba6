"""Functions that nothing in the program mentions, even by name: a sweep from all other code, generous in what may be meant.

A name counts wherever it stands: as a variable, an attribute, an import, a word of a text. Being generous is safe here: what is mentioned
stays what it is, and only what no word of the program or its configuration leads to is called unused.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.facts.types import Expr, ModuleFacts, Scope
from auditor.program.dynamic import Dynamic, dynamic, walked
from auditor.program.imported import imported
from auditor.program.origins.callers import bases
from auditor.program.origins.engine import Engine
from auditor.program.origins.objects import mro
from auditor.program.origins.tables import last_name
from auditor.program.origins.types import Class, Ext, Key, Place

WORD = re.compile(r"[^\W\d]\w*")
PLAIN_DECORATORS = frozenset(("abc", "builtins", "contextlib", "dataclasses", "enum", "functools", "typing"))
PLAIN_BASES = frozenset((*sys.stdlib_module_names, "builtins", "typing_extensions"))
"""bases that look for no subclasses"""
REGISTERING = "register"
EXPORTED = "__all__"


def unused(
    engine: Engine,
    functions: Iterable[Key],
    kept: Collection[Key],
    plain: Callable[[str], bool],
    words: Collection[str],
    *,
    tests: bool = True,
) -> set[Key]:
    """Those of the functions that nothing refers to.

    `kept`: functions and classes that something outside runs; `plain`: whether an external decorator registers nothing;
    `words`: what configuration files mention; `tests`: whether what tests refer to counts.
    """
    ways = dynamic(engine)
    if ways.everything:
        return set()
    known = imported(engine)
    asked = [fn for fn in functions if fn[0] not in ways.modules and engine.scope(fn).kind == "function"]
    sweep = _Sweep(engine, _candidates(engine, asked), ways, frozenset(known), tests)
    for key in sweep.candidates:
        scope = engine.scope(key)
        if key in kept or scope.name in words or _registered(engine, key, plain) or (scope.kind == "class" and sweep.discovered(key)):
            sweep.root(key)
    sweep.run()
    return {fn for fn in asked if fn in sweep.candidates and fn not in sweep.live}


def _candidates(engine: Engine, functions: Iterable[Key]) -> set[Key]:
    """The functions, and what they are defined in."""
    rows: set[Key] = set()
    for function in functions:
        key = function
        while key not in rows and key[1] > 0:
            if engine.scope(key).kind in ("function", "class"):
                rows.add(key)
            key = key[0], engine.scope(key).parent
    return rows


def _registered(engine: Engine, key: Key, plain: Callable[[str], bool]) -> bool:
    """Whether a decorator may hand the function or class to somebody who runs it."""
    scope = engine.scope(key)
    for decorator in scope.decorators:
        func = engine.call((key[0], decorator[1])).func if decorator[0] == "call" else decorator
        found = engine.origins(func, Place(key[0], scope.order))
        names = [o.name for o in found if isinstance(o, Ext)]
        if len(names) < len(found) or not names or last_name(func) == REGISTERING:
            return True
        if not all(name.partition(".")[0] in PLAIN_DECORATORS or plain(name) for name in names):
            return True
    return False


class _Sweep:
    """What is live: all code outside the candidates, and the candidates that live code leads to."""

    def __init__(self, engine: Engine, candidates: set[Key], ways: Dynamic, known: frozenset[int], tests: bool) -> None:
        self.engine, self.candidates, self.ways, self.known, self.tests = engine, candidates, ways, known, tests
        self.live: set[Key] = set()
        self.mentioned: set[str] = set()
        self.todo: list[Key] = []
        self.roots: set[Key] = set()
        self.named: dict[str, list[Key]] = defaultdict(list)
        self.inner: dict[Key, list[Key]] = defaultdict(list)
        for key in sorted(candidates):
            self.named[engine.scope(key).name].append(key)
            around = self._around(key)
            if around is not None:
                self.inner[around].append(key)
        self.mentions = self._mentions()

    def root(self, key: Key) -> None:
        self.roots.add(key)

    def run(self) -> None:
        self._mention(self.mentions.pop(None, set()))
        for key in sorted(self.candidates):
            self._try(key)
        while self.todo:
            key = self.todo.pop()
            self._mention(self.mentions.get(key, set()))
            for inner in self.inner.get(key, ()):
                self._try(inner)

    def discovered(self, cls: Key) -> bool:
        """A class that a package, or the program itself, may find through its base."""
        if self.ways.subclasses and self.engine.scope(cls).bases:
            return True
        found = [base for owner in mro(self.engine, cls) for base in bases(self.engine, owner) if not isinstance(base, Class)]
        return any(not isinstance(base, Ext) or base.name.partition(".")[0] not in PLAIN_BASES for base in found)

    def _mention(self, names: set[str]) -> None:
        for name in names - self.mentioned:
            self.mentioned.add(name)
            for key in self.named.get(name, ()):
                self._try(key)

    def _try(self, key: Key) -> None:
        around = self._around(key)
        if key not in self.live and (around is None or around in self.live) and self._is_used(key, around):
            self.live.add(key)
            self.todo.append(key)

    def _is_used(self, key: Key, around: Key | None) -> bool:
        scope = self.engine.scope(key)
        if key in self.roots or scope.name in self.mentioned:
            return True
        if around is None:
            # What no file imports may be loaded by a convention: a handler, a hook, a migration.
            return scope.kind == "function" and key[0] not in self.known
        if self.engine.scope(around).kind != "class":
            return False
        return self.ways.attributes or scope.name.startswith("__") or self.discovered(around)

    def _around(self, key: Key) -> Key | None:
        """The nearest candidate that a scope is defined in."""
        parent = self.engine.scope(key).parent
        while parent > 0 and (key[0], parent) not in self.candidates:
            parent = self.engine.scope((key[0], parent)).parent
        return (key[0], parent) if parent > 0 else None

    def _mentions(self) -> dict[Key | None, set[str]]:
        """Candidate, or None for all other code -> the names of candidates that stand in it."""
        rows: dict[Key | None, set[str]] = defaultdict(set)
        for number, words in enumerate(_words(self.engine)):
            if self.engine.is_test[number] and not self.tests:
                continue
            for scope, names in words.items():
                key = number, scope
                rows[key if key in self.candidates else self._around(key)].update(names)
        return rows


def unnamed(engine: Engine, functions: Iterable[Key], words: Collection[str]) -> set[Key]:
    """Those whose name, or that of a class around them, nothing but themselves mentions, tests aside: who wants to run them would have to
    make it up. Of a module, what runs when it is imported, where nothing imports or mentions it."""
    named: dict[str, list[Key]] = defaultdict(list)
    for number, rows in enumerate(_words(engine)):
        for place, names in rows.items() if not engine.is_test[number] else ():
            for name in names:
                named[name].append((number, place))
    found = set()
    for key in functions:
        if key[1] == 0 and _never_loaded(engine, key[0], words):
            found.add(key)
        own, scope = key[1], engine.scope(key)
        while scope.kind in ("function", "class"):
            special = scope.name.startswith("__") or scope.decorators
            if not special and scope.name not in words and all(_within(engine, place, (key[0], own)) for place in named[scope.name]):
                found.add(key)
                break
            own = scope.parent
            scope = engine.scope((key[0], own))
    return found


def _never_loaded(engine: Engine, number: int, words: Collection[str]) -> bool:
    """Whether no file imports a module, and no text elsewhere in the program or its configuration has its name."""
    stem = engine.modules[number].path.rpartition("/")[2].removesuffix(".py")
    if number in imported(engine) or stem.startswith("__") or stem in words or walked(engine, number):
        return False
    return {number}.issuperset(other for other in words_of_texts(engine).get(stem, ()) if not engine.is_test[other])


def _within(engine: Engine, place: Key, own: Key) -> bool:
    """Whether a scope is another one, or lies in it."""
    scope = place[1] if place[0] == own[0] else -1
    while scope >= 0 and scope != own[1]:
        scope = engine.modules[own[0]].scopes[scope].parent
    return scope >= 0


class _Words:
    """`scopes`: of each module scope -> the names of functions and classes of the program that stand in it; `texts`: the words of the texts
    in the program -> the modules that they stand in."""

    def __init__(self, engine: Engine) -> None:
        self.wanted = {scope.name for module in engine.modules for scope in module.scopes if scope.kind in ("function", "class")}
        self.texts: dict[str, list[int]] = {}
        self.scopes = [self._of(number, module) for number, module in enumerate(engine.modules)]

    def _of(self, number: int, module: ModuleFacts) -> dict[int, tuple[str, ...]]:
        rows: dict[int, list[str]] = defaultdict(list)
        words: set[str] = set()
        for scope, expr in mentions(module):
            if expr[0] != "call":
                _collect(expr, rows[scope], words)
        for word in words:
            self.texts.setdefault(word, []).append(number)
        return {scope: tuple(self.wanted.intersection(names)) for scope, names in rows.items()}


def _known(engine: Engine) -> _Words:
    found: _Words | None = engine.memo.get("words of the program")
    if found is None:
        found = engine.memo["words of the program"] = _Words(engine)
    return found


def _words(engine: Engine) -> list[dict[int, tuple[str, ...]]]:
    return _known(engine).scopes


def words_of_texts(engine: Engine) -> Mapping[str, Sequence[int]]:
    """The words of the texts in the expressions of the program, with the modules that they stand in."""
    return _known(engine).texts


def mentions(module: ModuleFacts) -> Iterator[tuple[int, Expr]]:
    """All expressions of a module with the scope that they stand in."""
    statements = module.statements
    for call in module.calls:
        parts = (call.func, *call.args, *(value for _, value, _ in call.keywords))
        yield from ((statements[call.order][0], part) for part in parts)
    for store in module.stores:
        yield from ((statements[store.order][0], part) for part in (store.base, store.value, store.key) if part is not None)
    for order, expr in module.dropped:
        yield statements[order][0], expr
    for block in module.blocks:
        yield from ((statements[block.order][0], part) for part in (block.expr, *block.items))
    for index, scope in enumerate(module.scopes):
        yield from ((index, part) for part in _inside(scope))
        outside = max(scope.parent, 0)
        yield from ((outside, part) for part in _outside(scope))
        for name, bindings in scope.bindings.items():
            # What a module gives out is used where it is imported.
            for binding in bindings if name != EXPORTED else ():
                if binding.kind in ("from", "star_import"):
                    yield statements[binding.order][0], ("name", binding.detail[1])
                elif binding.kind not in ("def", "class", "param"):
                    yield statements[binding.order][0], binding.value
                if binding.annotation is not None:
                    yield statements[binding.order][0], binding.annotation


def _inside(scope: Scope) -> Iterator[Expr]:
    yield from (leave.value for leave in scope.exits)
    yield from (value for value, _ in scope.yields)
    yield from scope.bases
    yield from (value for _, value in scope.keywords)


def _outside(scope: Scope) -> Iterator[Expr]:
    """Decorators and defaults are computed where the function is defined."""
    yield from scope.decorators
    for param in scope.params:
        yield from (part for part in (param.default, param.annotation) if part is not None)
    if scope.returns_annotation is not None:
        yield scope.returns_annotation


def texts(module: ModuleFacts) -> set[str]:
    """The texts written in the expressions of a module."""
    rows: set[str] = set()
    stack: list[Any] = [expr for _, expr in mentions(module)]
    while stack:
        part = stack.pop()
        if part.__class__ is tuple and part:
            if part[0] == "const":
                if part[1].__class__ is str:
                    rows.add(part[1])
            elif part[0] not in ("name", "call"):
                stack.extend(part)
    return rows


def _collect(expr: Expr, names: list[str], words: set[str]) -> None:
    """Adds names, attributes and the words of texts in an expression; those of calls inside stand with the calls. `words`: of texts."""
    stack: list[Any] = [expr]
    while stack:
        part = stack.pop()
        if part.__class__ is not tuple or not part:
            continue
        kind = part[0]
        if kind == "name":
            names.append(part[1])
        elif kind == "attr":
            names.append(part[2])
            stack.append(part[1])
        elif kind == "const":
            if part[1].__class__ is str:
                found = WORD.findall(part[1])
                names += found
                words.update(found)
        elif kind != "call":
            stack.extend(part)
