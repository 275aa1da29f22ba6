"""Knowledge files of packs: a team's own wrappers, by the same forms; each mistake is told where it stands."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError

from auditor.core.problem import AuditError
from auditor.core.reader import LONGEST_NAME, MOST_MISTAKES, Reader, in_one
from auditor.core.text import VALUE, YamlPath, did_you_mean
from auditor.knowledge.checks import all_names, references
from auditor.knowledge.forms import Expect
from auditor.knowledge.load import FOLDER, index, read_compiled, roots_of
from auditor.knowledge.types import Knowledge

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

GENERAL = (
    "body_caps",
    "body_paths",
    "bodies",
    "commands",
    "common_paths",
    "endpoint_kinds",
    "media",
    "moved",
    "one_request",
    "silent_bodies",
    "stdlib",
)
"""keys that speak of more than the package: only the tool's own files have them"""
PATTERN = "pattern"
TYPE = len(("types", "its name"))
WANTED = {
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
"""what the types of a form are called"""


OfSnippet: TypeAlias = Callable[[Reader, int, Expect], None]


def load_files(files: Iterable[tuple[Path, str, bool]], of_snippet: OfSnippet | None = None) -> list[tuple[Knowledge, Reader]]:
    """Of paths, how each is shown, and whether it may be a link; all mistakes of all files are one error. `of_snippet`: looks for more of
    them in each snippet of `expect`."""
    errors: list[str] = []
    found: dict[str, tuple[Knowledge, Reader]] = {}
    for path, shown, links in files:
        try:
            reader = Reader(path, shown, links=links)
            if of_snippet is not None:
                for number, snippet in _snippets(reader):
                    of_snippet(reader, number, snippet)
            knowledge = _validated(reader)
        except AuditError as error:
            errors.append(in_one(error))
            continue
        _check(reader, path, knowledge)
        if knowledge.package in found:
            other = found[knowledge.package][1].shown
            reader.wrong(("package",), f"the package {knowledge.package!r} is in two packs: {other} and {shown}")
        found.setdefault(knowledge.package, (knowledge, reader))
        errors += reader.errors
    for knowledge, reader in found.values():
        before = len(reader.errors)
        _check_references(reader, knowledge, {name: k for name, (k, _) in found.items()})
        errors += reader.errors[before:]
    if errors:
        raise AuditError("\n".join(errors))
    return [found[package] for package in sorted(found)]


def _validated(reader: Reader) -> Knowledge:
    """Of a file that is not made of the forms the rest, with the mistakes in the reader; AuditError where nothing can be made of that."""
    try:
        return Knowledge.model_validate(reader.data)
    except ValidationError as error:
        told = error.errors(include_url=False)
        others = [row["loc"] for row in told if row["type"] == "extra_forbidden"][:MOST_MISTAKES]
        # A key that is misspelt is not missing besides.
        meant = {(*loc[:-1], did_you_mean(str(loc[-1]), _keys_at(loc[:-1]))) for loc in others}
        rows: dict[YamlPath, list[ErrorDetails]] = {}
        for row in told:
            if row["type"] != "missing" or row["loc"] not in meant:
                rows.setdefault(_place_of(reader, row), []).append(row)
        for where, found in rows.items():
            if not reader.full:
                _tell(reader, where, found)
        rest = _without(reader.data, rows) if reader.errors and not reader.full else None
        if rest is not None:
            with suppress(ValidationError):
                return Knowledge.model_validate(rest)
        reader.finish()
        raise


def _without(data: Mapping[str, Any], wrong: Iterable[YamlPath]) -> Mapping[str, Any] | None:
    """What is left to be checked besides; None where the rest could be meant otherwise: rows of lists, types, modules."""
    rest = deepcopy(data)
    for where in sorted(wrong, key=len, reverse=True):
        at: Any = rest
        for part in where[:-1]:
            at = at[part]
        if not where or where[0] in ("package", "modules") or (where[0] == "types" and len(where) <= TYPE) or not isinstance(at, dict):
            return None
        del at[where[-1]]
    return rest


def _snippets(reader: Reader) -> Iterator[tuple[int, Expect]]:
    """Those that are made of the form, whatever the rest of the file is."""
    rows = reader.data.get("expect")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        with suppress(ValidationError):
            yield number, Expect.model_validate(row)


def _place_of(reader: Reader, row: ErrorDetails) -> YamlPath:
    """Where the value or the key stands: the path of an alternative ends with the name of a type, that of a missing key with the key."""
    loc = row["loc"]
    while loc and loc not in reader.positions:
        loc = loc[:-1]
    return loc


def _tell(reader: Reader, where: YamlPath, rows: Sequence[ErrorDetails]) -> None:
    """What is wrong at a place; of several rows each is an alternative, or a key that is missing."""
    row, name = rows[0], next((part for part in reversed(where) if isinstance(part, str)), "the file")
    value = (*where, VALUE) if (*where, VALUE) in reader.positions else where
    missing = [str(r["loc"][-1]) for r in rows if r["type"] == "missing"]
    wanted = [WANTED[r["type"]] for r in rows if r["type"] in WANTED]
    if row["type"] == "extra_forbidden" and (known := _keys_at(where[:-1])):
        reader.unknown(where, "key", where[-1], known)
    elif missing:
        reader.wrong(where, f"the key {missing[0]!r} is missing" if len(missing) == 1 else f"the keys {', '.join(missing)} are missing")
    elif row["type"] == "literal_error":
        is_key = row["loc"][-1] == "[key]"
        options = re.findall(r"'([^']*)'", str(row["ctx"]["expected"]))
        reader.unknown(where if is_key else value, "key" if is_key else name, row["input"], options)
    elif wanted:
        what = f"a row of {name}" if isinstance(where[-1], int) else name
        reader.wrong(value, f"{what} must be {' or '.join(dict.fromkeys(wanted))}", _meant(row["input"], wanted, where))
    else:
        reader.wrong(value, f"{name}: {row['msg'][:1].lower()}{row['msg'][1:]}")


def _meant(given: object, wanted: Sequence[str], where: YamlPath) -> str | None:
    """How a plain value is written where one in brackets is wanted."""
    if not isinstance(given, (str, int, float)):
        return None
    if wanted == ["a list"]:
        return f"in brackets: [{str(given)[:LONGEST_NAME]}]"
    form = _form_at(where) if wanted == ["a mapping"] else None
    if form is not None and "value" in form.model_fields:
        return f"written as {{value: {str(given)[:LONGEST_NAME]}}}"
    needed = [f.alias or name for name, f in form.model_fields.items() if f.is_required()] if form is not None else []
    return f"at least with the keys {', '.join(needed)}" if needed else None


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    form = _form_at(loc)
    return sorted(f.alias or name for name, f in form.model_fields.items()) if form is not None else []


def _form_at(loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The form that a path leads to; None where it leads through one of several."""
    at: Any = Knowledge
    for part in loc:
        at = _inner(at, part)
    return next(_forms(at), None)


def _inner(at: Any, part: int | str) -> Any:
    form = next(_forms(at), None)
    if form is not None and isinstance(part, str):
        return next((f.annotation for name, f in form.model_fields.items() if part in (name, f.alias)), None)
    return next((get_args(a)[-1] for a in _options(at) if get_origin(a) in (list, dict)), None)


def _forms(at: Any) -> Iterator[type[BaseModel]]:
    yield from (a for a in _options(at) if isinstance(a, type) and not get_origin(a) and issubclass(a, BaseModel))


def _options(at: Any) -> tuple[Any, ...]:
    return (at,) if get_origin(at) in (list, dict, None) else get_args(at)


def _check(reader: Reader, path: Path, k: Knowledge) -> None:
    """What a file of a pack may say: facts about its own package, by names."""
    if k.package != path.stem:
        reader.wrong(("package",), f"the package must be the file's name, {path.stem!r}")
    for key in GENERAL:
        if key in reader.data:
            reader.wrong((key,), f"{key} speaks of more than one package: only the files of the tool itself have it")
    _check_modules(reader, k)
    own = roots_of(k)
    for name in dict.fromkeys(all_names(k)):
        first = name.partition(".")[0]
        if first not in k.types and not any(name == root or name.startswith(f"{root}.") for root in own):
            near = did_you_mean(first, [*k.types, *own])
            hint = f"did you mean {near!r}?" if near else f"names begin with {', '.join([*own, *k.types][:10])}"
            reader.wrong(_path_of(reader.data, name), f"{name!r} begins with no module and no type of this file", hint)
    for where in _keys_named(reader.data, PATTERN):
        reader.wrong(where, "a pack has no patterns: a regular expression may take for ever")


def _check_modules(reader: Reader, k: Knowledge) -> None:
    """What is described already cannot be described otherwise: a pack would silence findings that way."""
    known = [*index(), *sys.stdlib_module_names]
    key: YamlPath = ("modules",) if k.modules else ("package",)
    for module in roots_of(k):
        if not all(part.isidentifier() for part in module.split(".")):
            reader.wrong(key, f"{module!r} is no module", "`modules` names what is imported: [acme, acme_tools.llm]")
        elif any(module == root or module.startswith(f"{root}.") or root.startswith(f"{module}.") for root in known):
            reader.wrong(key, f"the module {module!r} is described by the tool itself")
    if (FOLDER / f"{k.package}.yaml").is_file():
        reader.wrong(("package",), f"the package {k.package!r} is described by the tool itself")


def _check_references(reader: Reader, k: Knowledge, others: Mapping[str, Knowledge]) -> None:
    for name in dict.fromkeys(references(k)):
        package, colon, kind = name.partition(":")
        types = _types_of(package, others) if colon else k.types
        if (kind if colon else name) not in types:
            near = did_you_mean(kind if colon else name, types)
            hint = f"did you mean {f'{package}:{near}' if colon else near!r}?" if near else None
            reader.wrong(_path_of(reader.data, name), f"there is no type {name[:80]!r}", hint)


def _types_of(package: str, others: Mapping[str, Knowledge]) -> Mapping[str, object]:
    if package in others:
        return others[package].types
    known = {path.stem for path in FOLDER.glob("*.yaml")}
    return read_compiled(FOLDER / f"{package}.yaml").types if package in known else {}


def _path_of(data: object, text: str, where: YamlPath = ()) -> YamlPath:
    """Where a text stands, as a value or as a key."""
    rows: Iterable[tuple[Any, Any]] = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in rows:
        if text in (key, value):
            return (*where, key)
        found = _path_of(value, text, (*where, key))
        if found:
            return found
    return ()


def _keys_named(data: object, name: str, where: YamlPath = ()) -> Iterator[YamlPath]:
    rows: Iterable[tuple[Any, Any]] = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in rows:
        if key == name and isinstance(value, str):
            yield (*where, key)
        yield from _keys_named(value, name, (*where, key))
