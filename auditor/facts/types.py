"""The facts of one Python module: scopes, blocks, bindings, calls, stores and exits, with expressions as nested tuples.

Expressions (the first item says what it is):
    ("const", value)  ("name", id)  ("attr", base, name)  ("call", index in calls)  ("seq", "list"|"tuple"|"set", items)
    ("dict", ((key or None, value), ...), line)  ("op", operator, left, right)  ("bool", "and"|"or", items)
    ("cmp", left, ((operator, right), ...))  ("not", e)  ("neg", e)  ("if", test, then, else)  ("sub", base, index)
    ("slice", lower, upper, step)  ("fstr", parts)  ("lambda", scope)  ("comp", kind, scope, element, key or None)  ("await", e)
    ("star", e)  ("walrus", name, e)  ("yield", e)  ("shape",)  ("other",)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Expr: TypeAlias = tuple[Any, ...]

NONE_EXPR: Expr = ("const", None)
OTHER: Expr = ("other",)
IMPORTING = ("import_module", "__import__")
"""last names of what imports a module by a text"""


@dataclass(slots=True)
class Call:
    """A call expression. `last`: last segment of the callee (`create`); `order`: the statement that it belongs to.

    Columns count from 1 in characters; `awaited`: `await` stands directly before it, or `async for`/`async with` consumes it.
    """

    index: int
    func: Expr
    args: tuple[Expr, ...]
    keywords: tuple[tuple[str | None, Expr, int], ...]
    """(name or None for `**`, value, line of the value)"""
    last: str
    order: int
    line: int
    column: int
    end_line: int
    end_column: int
    awaited: bool = False
    dropped: bool = False
    """it is a statement of its own: nothing takes what it gives"""


@dataclass(slots=True)
class Binding:
    """A name gets a value.

    kind: assign, unpack, aug, for, with, import, from, def, class, except, param, star_import, annotation, match, del.
    `value`: the expression (imports: ("const", dotted)); `detail`: unpack path (tuple of indexes), operator, scope index, parameter
    position, or (module, name, level) of a `from` import. `annotation`: expression or None.
    """

    name: str
    kind: str
    value: Expr
    detail: Any
    order: int
    block: int
    line: int
    annotation: Expr | None = None


@dataclass(slots=True)
class Store:
    """`base.attr = value`, `base[key] = value` (attr is None) or an augmented one (`operator` set)."""

    base: Expr
    attr: str | None
    key: Expr | None
    value: Expr
    operator: str | None
    order: int
    line: int
    by: Expr | None = None
    """what is called to set it, which has to be a builtin (`setattr`); the program drops those where it is another one"""
    annotation: Expr | None = None
    """the declared type, where a value is set with it (`self.x: T = value`)"""


@dataclass(slots=True)
class Exit:
    """return, raise, break or continue; `value` is what is returned or raised."""

    kind: str
    value: Expr
    order: int
    line: int


@dataclass(slots=True)
class Block:
    """A suite of statements.

    kind: module, function, class, if, else, for, while, loop_else, try, except, try_else, finally, with, case, lambda, comp.
    `group`: one number for all branches of one statement; `branch`: which of them. `expr`: the test, iterable, subject or exception types;
    `items`: the context expressions of a `with`, the pattern and guard of a `case`. `last_order`: the last statement inside.
    """

    parent: int
    kind: str
    scope: int
    group: int
    branch: int
    expr: Expr
    items: tuple[Expr, ...]
    order: int
    line: int
    end_line: int
    is_async: bool = False
    last_order: int = 0
    handlers: tuple[int, ...] = ()
    """of a `try`: its except blocks"""
    column: int = 1
    """where its statement starts"""
    leaves: str = ""
    """the exit (return, raise, break, continue) that stands directly in it"""


@dataclass(slots=True)
class Parameter:
    name: str
    kind: str
    """positional, keyword, args, kwargs"""
    default: Expr | None
    annotation: Expr | None
    line: int = 0


@dataclass(slots=True)
class Scope:
    """module, function, class, lambda or comp. `order`: the statement that makes it; `body`: its block."""

    kind: str
    name: str
    qualname: str
    parent: int
    body: int
    order: int
    line: int
    end_line: int
    column: int = 1
    is_async: bool = False
    params: tuple[Parameter, ...] = ()
    decorators: tuple[Expr, ...] = ()
    decorator_lines: tuple[int, ...] = ()
    bases: tuple[Expr, ...] = ()
    keywords: tuple[tuple[str | None, Expr], ...] = ()
    returns_annotation: Expr | None = None
    doc: str | None = None
    yields: list[tuple[Expr, int]] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    exits: list[Exit] = field(default_factory=list)
    children: list[int] = field(default_factory=list)


@dataclass(slots=True)
class ModuleFacts:
    """All facts of one module. `statements[order]` is (scope, block, line) of that statement; `lines` the number of source lines.

    `main`: block of `if __name__ == "__main__"`, or -1. `exported`: `__all__` when it is literal.
    """

    path: str
    lines: int = 0
    scopes: list[Scope] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    statements: list[tuple[int, int, int]] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    """dotted names of all that is imported absolutely, by a statement or a text"""
    main: int = -1
    exported: tuple[str, ...] | None = None
    reads: dict[str, list[int]] = field(default_factory=dict)
    """attribute or constant key that is read (`.usage`, `["usage"]`) -> orders"""
    dropped: list[tuple[int, Expr]] = field(default_factory=list)
    """(order, expression): what is computed and used nowhere (an assertion, the condition of a comprehension)"""
    removed: list[tuple[int, Expr]] = field(default_factory=list)
    """(order, expression): what loses entries (`del rows[0]`)"""
