"""Signatures in the archive of a distribution, read from its source text: nothing of it is imported, built or installed."""

from __future__ import annotations

import ast
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PLAIN = {"object", "ABC", "Protocol", "Generic", "BaseModel", "TypedDict", "NamedTuple", "Enum", "Exception", "BaseSettings"}
"""bases from elsewhere that take no argument of their own"""
HARMLESS = ("static", "class", "abstract", "overload", "override", "final", "deprecat", "experimental", "beta", "required_args", "validate")
"""what the names of decorators begin with that hand on what they are given"""
LONGEST = 9
"""no name has more parts: it grows where an import goes round in a circle"""
Place = tuple[Path, str]
"""an archive and a file in it"""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Found:
    """A class or function, the module that it stands in, and its package."""

    node: ast.ClassDef | Function
    module: str

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)


class Sources:
    """The modules of an archive, or of the standard library, parsed when they are asked for. `others`: modules of other packages, which
    may be newer; `hidden`: those among them that are another version's of this one."""

    def __init__(self, archive: Path, others: Mapping[str, Place] | None = None, hidden: Mapping[str, Place] | None = None) -> None:
        self.own, self.others, self.hidden = modules_in(archive), others or {}, hidden or {}
        self.modules: dict[str, dict[str, list[ast.stmt | str]]] = {}
        self.members: dict[tuple[str, ...], list[Found]] = {}

    def place(self, module: str) -> Place | None:
        return self.own.get(module) or (None if module in self.hidden else self.others.get(module))

    def bindings(self, module: str) -> dict[str, list[ast.stmt | str]]:
        """What the names of a module stand for: a statement, or the dotted name that is imported; `*`: modules with more."""
        if module not in self.modules:
            rows: dict[str, list[ast.stmt | str]] = {}
            self.modules[module] = rows
            archive, file = self.place(module) or (STANDARD, "")
            is_package = file.endswith(("/__init__.py", "/__init__.pyi"))
            for statement in parsed(archive, file):
                for name, value in bound(statement, module if is_package else module.rpartition(".")[0]):
                    rows.setdefault(name, []).append(value)
        return self.modules[module]

    def find(self, dotted: str) -> list[Found]:
        """The classes or functions that a dotted name stands for, through re-exports; a method through its class."""
        parts = dotted.split(".")
        for i in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:i])
            if self.place(module) is not None:
                return self.member(module, parts[i:])
        return []

    def member(self, module: str, path: Sequence[str]) -> list[Found]:
        key = (module, *path)
        if key not in self.members and len(key) < LONGEST:
            self.members[key] = []
            self.members[key] = self._member(module, path)
        return self.members.get(key, [])

    def _member(self, module: str, path: Sequence[str]) -> list[Found]:
        rows = self.bindings(module)
        found: list[Found] = []
        for value in rows.get(path[0], []):
            if isinstance(value, str):
                found += self.find(".".join([value, *path[1:]])) if value != f"{module}.{path[0]}" else []
            elif isinstance(value, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found += self.along(Found(value, module), path[1:])
            elif isinstance(value, ast.Assign | ast.AnnAssign) and value.value is not None:
                found += [f for first in self.named(value.value, module) for f in self.along(first, path[1:])]
        stars = [] if found else [star for star in rows.get("*", []) if isinstance(star, str)]
        return found or [f for star in stars for f in self.find(".".join([star, *path]))]

    def named(self, expression: ast.expr, module: str) -> list[Found]:
        """What an expression or annotation names: `X`, `"X"`, `Optional[X]`, `X | None`, `X(...)`."""
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            try:
                return self.named(ast.parse(expression.value, mode="eval").body, module)
            except SyntaxError:
                return []
        if isinstance(expression, ast.BinOp):
            return self.named(expression.left, module) + self.named(expression.right, module)
        if isinstance(expression, ast.Call):
            return [f for f in self.named(expression.func, module) if isinstance(f.node, ast.ClassDef)]
        if isinstance(expression, ast.Subscript):
            inner = expression.slice.elts if isinstance(expression.slice, ast.Tuple) else [expression.slice]
            return self.named(expression.value, module) or [f for e in inner for f in self.named(e, module)]
        if isinstance(expression, ast.Name | ast.Attribute):
            path = ast.unparse(expression).split(".")
            return self.member(module, path) if path[0] in self.bindings(module) or "*" in self.bindings(module) else []
        return []

    def lineage(self, found: Found) -> tuple[list[Found], bool]:
        """A class and its bases, and whether all of them are known."""
        rows, whole = [found], True
        for row in rows:
            for base in row.node.bases if isinstance(row.node, ast.ClassDef) else []:
                expression = base.value if isinstance(base, ast.Subscript) else base
                more = [f for f in self.named(expression, row.module) if isinstance(f.node, ast.ClassDef)]
                rows += [f for f in more if all(f.node is not r.node for r in rows)]
                whole = whole and bool(more or ast.unparse(expression).rpartition(".")[2] in PLAIN)
        return rows, whole

    def along(self, found: Found, path: Sequence[str]) -> list[Found]:
        """What stands at an attribute path of a class: methods, or the classes of its attributes and properties."""
        if not path:
            return [found]
        return [f for each in self.attribute(found, path[0], last=len(path) == 1) for f in self.along(each, path[1:])]

    def attribute(self, found: Found, name: str, *, last: bool) -> list[Found]:
        for owner in self.lineage(found)[0]:
            rows: list[Found] = []
            for statement in attributes_of(owner.node).get(name, []):
                if isinstance(statement, Function):
                    kinds = {ast.unparse(d).rpartition(".")[2] for d in statement.decorator_list}
                    made = {"property", "cached_property"} & kinds or not last
                    rows += self.named(statement.returns, owner.module) if made and statement.returns else [Found(statement, owner.module)]
                elif isinstance(statement, ast.AnnAssign):
                    rows += self.named(statement.annotation, owner.module)
                elif isinstance(statement, ast.Assign):
                    rows += self.named(statement.value, owner.module)
            if rows:
                return rows
        return []

    def given(self, found: Found) -> list[Found]:
        """The classes of what a call of it gives: itself, or what the function says that it returns."""
        if isinstance(found.node, ast.ClassDef):
            return [found]
        return [f for f in self.named(found.node.returns, found.module) if f.is_class] if found.node.returns is not None else []

    def takes(self, found: Found, argument: str) -> bool | None:
        """Whether a call of it takes the keyword; None: that stands in a base that is not known."""
        if isinstance(found.node, Function):
            return self.function_takes(found.node, argument, found.module)
        rows, whole = self.lineage(found)
        for row in rows:
            made = [s for s in opened(row.node.body) if isinstance(s, Function) and s.name in {"__init__", "__new__"}]
            if made:
                return any(self.function_takes(m, argument, row.module) for m in made)
        fields = {name for row in rows for name in fields_of(row.node)}
        return True if argument in fields or "**" in fields else (False if whole else None)

    def function_takes(self, function: Function, argument: str, module: str) -> bool:
        """A decorator that is not known may take it."""
        arguments = function.args
        decorators = (d.func if isinstance(d, ast.Call) else d for d in function.decorator_list)
        if any(not ast.unparse(d).rpartition(".")[2].startswith(HARMLESS) for d in decorators):
            return True
        if argument in {a.arg for a in [*arguments.args, *arguments.kwonlyargs]}:
            return True
        rest = arguments.kwarg.annotation if arguments.kwarg is not None else None
        if isinstance(rest, ast.Subscript) and ast.unparse(rest.value).rpartition(".")[2] == "Unpack":
            known = self.named(rest.slice, module)
            return not known or any(self.takes(f, argument) is not False for f in known)
        return arguments.kwarg is not None


@cache
def attributes_of(node: ast.AST) -> dict[str, list[ast.stmt]]:
    """The statements that make each attribute of a class: those in its body, else those of `self` in its methods."""
    rows: dict[str, list[ast.stmt]] = {}
    for statement in opened(node.body) if isinstance(node, ast.ClassDef) else ():
        for name, _ in bound(statement, ""):
            rows.setdefault(name, []).append(statement)
    in_methods: dict[str, list[ast.stmt]] = {}
    for inner in ast.walk(node):
        targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target] if isinstance(inner, ast.AnnAssign) else []
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                in_methods.setdefault(target.attr, []).append(inner)  # type: ignore[arg-type]
    return {**in_methods, **rows}


def fields_of(node: ast.AST) -> Iterator[str]:
    """Fields of a class with their aliases; `**`: it takes any."""
    for statement in node.body if isinstance(node, ast.ClassDef) else []:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id
            for call in ast.walk(statement):
                if isinstance(call, ast.keyword) and call.arg in {"alias", "validation_alias"}:
                    yield from (c.value for c in ast.walk(call.value) if isinstance(c, ast.Constant) and isinstance(c.value, str))
        elif "extra" in (text := ast.unparse(statement)) and "allow" in text and not isinstance(statement, Function):
            yield "**"


def opened(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements with those inside `if`, `try` and `with`."""
    for statement in statements:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            for inner in (statement.body, getattr(statement, "orelse", []), *(h.body for h in getattr(statement, "handlers", []))):
                yield from opened(inner)


def bound(statement: ast.stmt, package: str) -> Iterator[tuple[str, ast.stmt | str]]:
    """The names that a statement binds."""
    if isinstance(statement, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - statement.level + 1] if statement.level else []
        module = ".".join([*above, *([statement.module] if statement.module else [])])
        for alias in statement.names:
            yield alias.asname or alias.name, module if alias.name == "*" else f"{module}.{alias.name}"
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0], alias.name if alias.asname else alias.name.split(".")[0]
    elif isinstance(statement, ast.ClassDef | Function):
        yield statement.name, statement
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            if isinstance(target, ast.Name):
                yield target.id, statement


@cache
def parsed(archive: Path, name: str) -> list[ast.stmt]:
    try:
        return list(opened(ast.parse(read(archive, name)).body))
    except SyntaxError:
        return []


@cache
def modules_in(archive: Path) -> dict[str, Place]:
    """Dotted name -> where its text is."""
    rows: dict[str, Place] = {}
    for file in names_in(archive):
        inside = file.removeprefix("src/").rpartition(".data/")[2].removeprefix("purelib/").removeprefix("platlib/")
        stem, _, suffix = inside.rpartition(".")
        if suffix in {"py", "pyi"}:
            rows.setdefault(stem.removesuffix("/__init__").replace("/", "."), (archive, file))
    return rows


def names_in(archive: Path) -> list[str]:
    if archive.is_dir():
        return [str(p.relative_to(archive)) for p in archive.rglob("*.py") if not {"site-packages", "test"} & set(p.parts)]
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as file:
            return file.namelist()
    with tarfile.open(archive) as tar:
        return [m.name.partition("/")[2] for m in tar if m.isfile()]


def read(archive: Path, name: str) -> str:
    if archive.is_dir():
        return (archive / name).read_text(encoding="utf-8", errors="replace")
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as file:
            return file.read(name).decode("utf-8", "replace")
    with tarfile.open(archive) as tar:
        member = next(m for m in tar if m.isfile() and m.name.partition("/")[2] == name)
        stream = tar.extractfile(member)
        return stream.read().decode("utf-8", "replace") if stream else ""


STANDARD = Path(sysconfig.get_paths()["stdlib"])
