"""Reads the knowledge files of the packages that a program imports, and those that they refer to."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from auditor.core.problem import AuditError

if TYPE_CHECKING:
    from auditor.knowledge.types import Knowledge

FOLDER = Path(__file__).parent / "frameworks"
INDEX = Path(__file__).parent / "index.json"
COMPILED = Path(__file__).parent / "compiled"
LIBRARIES = Path(__file__).parent / "libraries.yaml"
ASKING = Path(__file__).parent / "asking.yaml"
LACKING = Path(__file__).parent / "lacking.json"
ALWAYS = "python"
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_file(path: Path) -> Knowledge:
    """One knowledge file, validated; errors name the file and the key."""
    from pydantic import ValidationError

    from auditor.knowledge.types import Knowledge

    try:
        data = yaml.load(path.read_bytes(), Loader=Loader)
        return Knowledge.model_validate(data)
    except yaml.YAMLError as error:
        raise AuditError(f"{path.name} is not valid YAML: {error}") from None
    except ValidationError as error:
        rows = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:8]]
        raise AuditError(f"{path.name} is not a knowledge file: " + "; ".join(rows)) from None


def compiled(path: Path) -> str:
    """A knowledge file as JSON, in its second line; the first one tells the text that it was made of."""
    data = path.read_bytes()
    return f"{zlib.crc32(data)}\n{json.dumps(yaml.load(data, Loader=Loader), ensure_ascii=False, separators=(',', ':'))}\n"


def read_compiled(path: Path) -> Knowledge:
    """One of our knowledge files. As JSON it is read seven times as fast; where it was changed since, the file itself is read."""
    from auditor.knowledge.types import Knowledge

    made = COMPILED / f"{path.stem}.jsonl"
    checksum, _, body = made.read_bytes().partition(b"\n") if made.is_file() else (b"", b"", b"")
    if checksum != str(zlib.crc32(path.read_bytes())).encode():
        return read_file(path)
    return Knowledge.model_validate_json(body)


def make_index(folder: Path = FOLDER) -> dict[str, list[str]]:
    """Import root -> knowledge files that speak of it, and `needs`: file -> files loaded with it."""
    roots: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        knowledge = read_file(path)
        for module in roots_of(knowledge):
            roots.setdefault(module, []).append(path.stem)
    return dict(sorted(roots.items()))


def roots_of(knowledge: Knowledge) -> list[str]:
    return knowledge.modules or [knowledge.package.replace("-", "_")]


def index() -> dict[str, list[str]]:
    """The generated index that lies beside the files."""
    loaded = json.loads(INDEX.read_text("utf-8"))
    return {str(k): [str(x) for x in v] for k, v in loaded.items()}


def wanted(imports: Iterable[str], table: dict[str, list[str]]) -> set[str]:
    """Files for what is imported: a root speaks for itself and all below it."""
    rows: set[str] = set()
    for dotted in imports:
        parts = dotted.split(".")
        for end in range(1, len(parts) + 1):
            rows.update(table.get(".".join(parts[:end]), ()))
    return rows


def referred(knowledge: Knowledge) -> set[str]:
    """Packages whose types a file refers to."""
    rows = set(knowledge.needs)
    names: list[str] = []
    for form in knowledge.types.values():
        names += [*form.is_, *form.attributes.values(), *(m.returns for m in form.methods.values())]
        if form.agent is not None and form.agent.model_default:
            names.append(form.agent.model_default)
        names += [d.of for setting in form.settings.values() for d in setting.default if d.of]
    for call in knowledge.calls:
        names += [n for n in (call.needs, call.returns) if n]
    for builder in knowledge.builders:
        names += [builder.type, builder.compile.returns]
    names += [*(form.type for form in knowledge.provides), *(form.type for form in knowledge.shared)]
    rows.update(n.partition(":")[0] for n in names if ":" in n)
    return rows


def load(imports: Iterable[str], extra: Iterable[Knowledge] = ()) -> list[Knowledge]:
    """The knowledge for these imports, by closure over references, sorted by package; then that of packs (`extra`), which never goes
    before the tool's own."""
    imported = list(imports)
    chosen = _imported(imported, extra)
    done: dict[str, Knowledge] = {}
    todo = sorted({*wanted(imported, index()), ALWAYS}.union(*map(referred, chosen)))
    while todo:
        stem = todo.pop(0)
        path = FOLDER / f"{stem}.yaml"
        if stem in done or not path.is_file():
            continue
        done[stem] = read_compiled(path)
        todo.extend(sorted(referred(done[stem]) - done.keys()))
    rows = {k.package: k for k in done.values()}
    return [*(rows[p] for p in sorted(rows)), *chosen]


def _imported(imports: Iterable[str], extra: Iterable[Knowledge]) -> list[Knowledge]:
    """Those of packs that speak of what is imported, and those that they refer to."""
    by_name = {k.package: k for k in extra}
    table: dict[str, list[str]] = {}
    for knowledge in by_name.values():
        for root in roots_of(knowledge):
            table.setdefault(root, []).append(knowledge.package)
    todo = sorted(wanted(imports, table))
    chosen: dict[str, Knowledge] = {}
    while todo:
        name = todo.pop(0)
        if name in by_name and name not in chosen:
            chosen[name] = by_name[name]
            todo.extend(sorted(referred(by_name[name])))
    return [chosen[name] for name in sorted(chosen)]


@cache
def lacking() -> dict[str, dict[str, str]]:
    """Callable (`package.function`, `package:type.path`) -> arguments of its settings that it lacks -> the versions (empty: all)."""
    packages: dict[str, dict[str, dict[str, str]]] = json.loads(LACKING.read_text("utf-8"))
    return {name: dict(words) for rows in packages.values() for name, words in rows.items()}


@cache
def libraries() -> dict[str, str]:
    """Import root -> distribution, of libraries whose calls count as not understood where no knowledge file describes them."""
    return {str(root): str(package) for package, row in _listed().items() for root in row.get("modules", ())}


def library_of(root: str) -> str | None:
    """The distribution of an import root among these, or of a family of them (`langchain_*`)."""
    found = libraries().get(root)
    if found is None and any(fnmatchcase(root, family) and root.count(".") == family.count(".") for family in _families()):
        return re.sub(r"[._]", "-", root)
    return found


def talks(package: str) -> bool:
    """Whether a distribution is there to ask models or to run agents."""
    row = _listed().get(package) or next((row for name, row in _listed().items() if "*" in name and fnmatchcase(package, name)), {})
    return row.get("kind") in ("model", "agent")


@cache
def _families() -> tuple[str, ...]:
    return tuple(root for root in libraries() if "*" in root)


@cache
def request_words() -> tuple[str, frozenset[str]]:
    """The argument in which a request to a model is given a conversation, and those of which one stands beside it."""
    data = yaml.load(ASKING.read_bytes(), Loader=Loader)
    return str(data["chat"]), frozenset(map(str, data["beside"]))


@cache
def roles() -> frozenset[str]:
    """Whose messages a conversation is made of."""
    return frozenset(map(str, yaml.load(ASKING.read_bytes(), Loader=Loader)["roles"]))


@cache
def _listed() -> dict[str, dict[str, Any]]:
    try:
        data = yaml.load(LIBRARIES.read_bytes(), Loader=Loader)
    except FileNotFoundError:
        return {}
    except yaml.YAMLError as error:
        raise AuditError(f"{LIBRARIES.name} is not valid YAML: {error}") from None
    return data or {}
