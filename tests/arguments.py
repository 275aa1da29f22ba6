"""Check that what the knowledge files call an argument is one, in the versions that they prove something of.

Needs a package registry; the distributions are those of `proofs.py`, and lie in the same cache. What a callable lacks of the arguments that
its settings speak of is written down (`--write`), so that no remedy names it. An argument that none of them takes is shown: it is an
attribute that is assigned later, or a mistake. What stands in C, is made when it runs, or is taken by a `**mapping` is not decided.
The `signatures` of a file are those of the newest version that it pins, of the standard library those of the interpreter.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from auditor.knowledge.base import Base
from auditor.knowledge.forms import Ref, SettingForm, Settings
from auditor.knowledge.load import FOLDER, LACKING, read_file
from auditor.knowledge.types import Knowledge
from tests.proofs import PIN, archive_of, claims_in, download, normal
from tests.signatures import STANDARD, Found, Function, Sources, modules_in, parsed


@dataclass(frozen=True)
class Claim:
    """A setting of what some names stand for."""

    names: list[str]
    setting: str
    form: SettingForm


def claims_of(base: Base, file: Knowledge) -> Iterator[Claim]:
    for name, kind in file.types.items():
        for setting, form in base.type_settings(f"{file.package}:{name}").items():
            yield Claim([*kind.new, *kind.decorates], setting, form)
        rows = [(path, method.settings) for path, method in kind.methods.items()]
        yield from claims_by_path(name, [*rows, *kind.mutators.items()])
    for noun in (*file.calls, *file.applies, *file.regions, *file.registrations):
        for setting, form in noun.settings.items():
            yield Claim(noun.names, setting, form)


def claims_by_path(owner: str, rows: list[tuple[str, Settings]]) -> Iterator[Claim]:
    for path, settings in rows:
        for setting, form in settings.items():
            yield Claim([f"{owner}.{path}"], setting, form)


class Reader:
    """Finds what the names of a knowledge file stand for in one version of its package."""

    def __init__(self, base: Base, file: Knowledge, sources: Sources) -> None:
        self.base, self.file, self.sources = base, file, sources

    def located(self, name: str, tries: int = 4) -> list[Found]:
        """What a name stands for: `package.function`, or `type.path` of the file."""
        owner, _, path = name.partition(".")
        type_id = self.base.type_id(self.file.package, owner)
        if type_id is None or not path:
            return self.sources.find(name) if type_id is None else []
        starts = [
            f for t in self.base.types if self.base.is_a(t, type_id) and t.startswith(f"{self.file.package}:") for f in self.made(t, tries)
        ]
        found = [f for start in starts for f in self.sources.along(start, path.split("."))]
        called = [g for f in found for g in (self.sources.along(f, ["__call__"]) if f.is_class else [f])]
        return called or (self.sources.find(name) if self.base.roots.get(owner) == self.file.package else [])

    def made(self, type_id: str, tries: int) -> list[Found]:
        """The classes of a type: its constructors, or what another type's attribute or method gives."""
        package, _, short = type_id.partition(":")
        rows = [f for name in self.base.types[type_id].new for f in (self.located(name, tries - 1) if tries else [])]
        for owner, kind in self.file.types.items() if tries and not rows else ():
            paths = [a for a, t in kind.attributes.items() if t == short] + [m for m, form in kind.methods.items() if form.returns == short]
            starts = self.made(f"{package}:{owner}", tries - 1) if paths and owner != short else []
            rows += [g for f in starts for path in paths for a in self.sources.along(f, [path]) for g in self.sources.given(a)]
        return [g for f in rows for g in self.sources.given(f)]


def heads(form: SettingForm) -> list[str]:
    """The keywords that a setting may be given by, the first part of dotted ones; the first is what a remedy names."""
    written = (ref for way in (form, *form.ways) for ref in listed(way.argument))
    return list(dict.fromkeys(r.partition(".")[0] for r in written if isinstance(r, str) and (r[0].isalpha() or r[0] == "_")))


def listed(ref: Ref | None) -> list[int | str]:
    return ref if isinstance(ref, list) else [] if ref is None else [ref]


def settable(form: SettingForm, version: str) -> bool:
    """Whether the file says that this version has an argument for it."""
    return not any(
        not d.settable and (d.versions is None or SpecifierSet(d.versions).contains(version, prereleases=True)) for d in form.default
    )


def pins(file: Knowledge, path: Path) -> list[str]:
    """The versions of its package that a file pins, the oldest first."""
    claims = claims_in(file.model_dump(), path.name)
    ours = {c.package for c in claims if PIN.fullmatch(c.package) and normal(c.package.split("==")[0]) == normal(file.package)}
    ours |= {f"{file.package}=={v}" for e in file.expect for p, v in e.versions.items() if p == file.package} if not ours else set()
    return sorted(ours, key=lambda pin: Version(pin.split("==")[1]))


def fetched(pin: str, wheels: Path) -> Path | None:
    return archive_of(pin, wheels) or (archive_of(pin, wheels) if not download(pin, wheels) else None)


Taken = dict[tuple[str, str], list[tuple[str, bool]]]
"""callable and keyword -> versions in which it was found, and whether it may take it there"""


def taken_by(base: Base, file: Knowledge, claim: Claim, versions: dict[str, Sources], seen: Counter[str]) -> Taken:
    words = [] if claim.form.value is not None or claim.form.instead is not None else heads(claim.form)
    rows: Taken = {}
    for pin, sources in versions.items():
        version = pin.partition("==")[2] or "0"
        for name in claim.names if words and settable(claim.form, version) else []:
            found = Reader(base, file, sources).located(name)
            seen["found" if found else "not found"] += 1
            for word in words if found else []:
                rows.setdefault((name, word), []).append((version, any(sources.takes(f, word) is not False for f in found)))
    return rows


def problems(claim: Claim, taken: Taken) -> Iterator[str]:
    """Arguments that nothing takes which a setting speaks of."""
    for word in dict.fromkeys(word for _, word in taken):
        rows = {name: found for (name, other), found in taken.items() if other == word}
        if not any(good for found in rows.values() for _, good in found):
            yield f"{claim.setting}: none takes {word}=: {', '.join(rows)}"


def lacking(taken: Taken) -> Iterator[tuple[str, str, str]]:
    """Callables that lack a keyword, and a range of the versions that may."""
    for (name, word), rows in taken.items():
        bad = [i for i, (_, good) in enumerate(rows) if not good]
        if not bad:
            continue
        if len(bad) == len(rows) or (bad[0] == 0 and bad[-1] == len(rows) - 1):
            yield name, word, ""
        else:
            yield name, word, f"<{rows[bad[-1] + 1][0]}" if bad[0] == 0 else f">{rows[bad[0] - 1][0]}"


def wrong_signatures(file: Knowledge, newest: Sources | None) -> Iterator[str]:
    """What the signatures of a file say differently from its package. What takes `*args` alone hands on what it is given: not decided."""
    for name, written in file.signatures.items():
        found = of_interpreter(name) if file.stdlib else of_sources(newest, name) if newest is not None else None
        if found is None:
            yield f"{name} was not found"
        elif found not in (written, ["*"]):
            yield f"{name} takes {found} by position, not {written}"


def of_sources(sources: Sources, name: str) -> list[str] | None:
    """The parameters that can be given by position; of a class, of its constructor."""
    rows = sources.find(name)
    rows = [f for each in rows for f in (sources.along(each, ["__init__"]) if each.is_class else [each])]
    if not rows or not isinstance(rows[0].node, Function):
        return None
    args = rows[0].node.args
    named = [a.arg for a in (*args.posonlyargs, *args.args)]
    named = named[1:] if named[:1] == ["self"] else named
    return named if named or args.vararg is None else ["*"]


def of_interpreter(name: str) -> list[str] | None:
    parts = name.split(".")
    value: object = importlib.import_module(parts[0] if parts[1:] else "builtins")
    for part in parts[1:]:
        value = getattr(value, part)
    params = inspect.signature(value).parameters.values()  # type: ignore[arg-type]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in params if p.kind in kinds and p.name != "self"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="PACKAGE", action="append", help="only these knowledge files (name without .yaml)")
    parser.add_argument("--wheels", metavar="DIR", type=Path, default=Path(tempfile.gettempdir()) / "agentaudit-wheels", help="cache")
    parser.add_argument("--write", action="store_true", help="write down what callables lack, for the remedies")
    arguments = parser.parse_args()
    arguments.wheels.mkdir(parents=True, exist_ok=True)
    files = {path: read_file(path) for path in sorted(FOLDER.glob("*.yaml"))}
    base = Base(list(files.values()))
    wanted = {path: pins(file, path) for path, file in files.items()}
    newest = {path: archive for path, rows in wanted.items() if rows and (archive := archive_of(rows[-1], arguments.wheels))}
    others = {module: place for archive in newest.values() for module, place in modules_in(archive).items()}
    seen: Counter[str] = Counter()
    known: dict[str, dict[str, dict[str, str]]] = json.loads(LACKING.read_text("utf-8")) if LACKING.is_file() else {}
    whole: dict[str, dict[str, dict[str, str]]] = {}
    for path, file in files.items():
        if arguments.only and path.stem not in arguments.only:
            continue
        versions = {"stdlib": Sources(STANDARD)} if file.stdlib else {}
        for pin in wanted[path]:
            archive = fetched(pin, arguments.wheels)
            if archive is None:
                seen["not downloaded"] += 1
            else:
                versions[pin] = Sources(archive, others, modules_in(newest[path]) if path in newest else {})
        parsed.cache_clear()
        table: dict[str, dict[str, str]] = {}
        lines: list[str] = []
        for claim in claims_of(base, file):
            taken = taken_by(base, file, claim, versions, seen)
            for name, word, without in lacking(taken):
                owner = base.type_id(file.package, name.partition(".")[0])
                key = f"{file.package}:{name}" if owner and base.roots.get(name.partition(".")[0]) != file.package else name
                table.setdefault(key, {})[word] = without
            lines += problems(claim, taken)
        wrong = list(wrong_signatures(file, versions[list(versions)[-1]] if versions else None))
        seen["signatures"] += len(file.signatures)
        seen["signatures wrong"] += len(wrong)
        lines += wrong
        whole[path.stem] = table
        for line in dict.fromkeys(lines):
            print(f"{path.name}: {line}", flush=True)
        if table != known.get(path.stem, {}):
            seen["tables changed"] += 1
            print(f"{path.name}: what its callables lack has changed: --write", flush=True)
    if arguments.write:
        LACKING.write_text(json.dumps({k: v for k, v in {**known, **whole}.items() if v}, indent=1, sort_keys=True) + "\n", "utf-8")
    print(", ".join(f"{number} {what}" for what, number in sorted(seen.items())))
    return 1 if seen["tables changed"] or seen["signatures wrong"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
