"""What one file says about versions, and how requirements are written: PEP 508, pip's files, PEP 723 headers."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

# The tiers of files that are equally near: the first that knows an exact version wins, then the first that knows a range.
LOCK, MEMBER_LOCK, MAIN_PINS, OTHER_PINS, MANIFEST, EXTRAS, DEVELOPMENT = range(7)

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*")
_EXACT = re.compile(r"={2,3}\s*v?([0-9][0-9A-Za-z.!+_-]{0,80})")
_WHEEL = re.compile(r"/[A-Za-z0-9._]+-([0-9][0-9A-Za-z.!+_]*)-[^/]*\.whl")
_OPTION = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(.+)")
_EDITABLE = re.compile(r"(?:-e|--editable)[\s=].*#egg=([A-Za-z0-9._-]+)")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_LINE = re.compile(r"at line (\d+)")


def normalise(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(slots=True)
class Table:
    """What one file says: exact versions (several where markers split them) and ranges ("" is any version)."""

    source: str
    tier: int
    exact: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, str] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    """of a lock: the folders that it also speaks for"""
    always: set[str] = field(default_factory=set)
    """packages whose range holds whatever the interpreter is, and whatever else is installed"""

    def add(self, name: str, specifier: str, *, always: bool = False) -> None:
        """`always`: no marker decides whether it counts, so that it holds beside all others of the package."""
        name = normalise(name)
        specifier = specifier.strip()
        exact = next((match[1] for part in specifier.split(",") if (match := _EXACT.fullmatch(part.strip()))), None)
        if exact is not None:
            self.add_exact(name, exact)
        elif always and self.tier != EXTRAS:
            before = self.ranges.get(name, "") if name in self.always else ""
            self.ranges[name] = ",".join(dict.fromkeys(filter(None, [*before.split(","), specifier])))
            self.always.add(name)
        elif name in self.always:
            return
        elif self.ranges.setdefault(name, specifier) != specifier:
            self.ranges[name] = ""

    def add_exact(self, name: str, version: str) -> None:
        known = self.exact.get(name, ())
        if version not in known:
            self.exact[name] = (*known, version)

    def add_requirement(self, text: str) -> bool:
        """One PEP 508 requirement; false if it is none."""
        match = _NAME.match(text)
        if match is None:
            return False
        rest = text[match.end() :]
        if rest.startswith("@"):
            wheel = _WHEEL.search(rest)
            self.add(match[1], f"=={wheel[1]}" if wheel else "")
            return True
        written, marked, _ = rest.partition(";")
        specifier = written.strip().removeprefix("(").removesuffix(")")
        if specifier and specifier[0] not in "<>=!~":
            return False
        self.add(match[1], specifier, always=not marked)
        return True


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that cannot be parsed: where, and why."""

    line: int
    message: str


def read_requirements(text: str, table: Table) -> tuple[list[str], int | None]:
    """Fills the table from a requirements file; answers with the files it includes and the first line that is no requirement."""
    included: list[str] = []
    bad: int | None = None
    for line, entry in _entries(text):
        if option := _OPTION.fullmatch(entry):
            included.append(option[1].strip().strip("\"'"))
        elif editable := _EDITABLE.match(entry):
            table.add(editable[1], "")
        elif entry.startswith("-"):
            continue
        elif (
            not table.add_requirement(re.split(r"\s--?[a-z]", entry, maxsplit=1)[0])
            and not re.match(r"[./~$]|[a-z+]+:", entry)
            and bad is None
        ):
            bad = line
    return included, bad


def _entries(text: str) -> list[tuple[int, str]]:
    entries: list[tuple[int, str]] = []
    parts: list[str] = []
    first = 1
    for number, raw in enumerate(text.split("\n"), 1):
        if not parts:
            first = number
        line = raw.rstrip()
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            parts.append(line[:-1])
            continue
        parts.append(line)
        entry = _COMMENT.sub("", " ".join(parts)).strip()
        if entry:
            entries.append((first, entry))
        parts = []
    if parts:
        entries.append((first, " ".join(parts).strip()))
    return entries


def parse_toml(text: str) -> dict[str, Any] | Broken:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _LINE.search(str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        return Broken(line, re.sub(r"\s*\(at .*", "", str(error)))
    except (ValueError, RecursionError) as error:
        return Broken(1, str(error) or "nested too deeply")


def read_script_header(text: str, source: str) -> Table | Broken | None:
    """The PEP 723 header of a script."""
    lines = text.split("\n")
    try:
        start = next(i for i, line in enumerate(lines) if line.rstrip() == "# /// script")
    except StopIteration:
        return None
    block: list[str] = []
    closed = None
    for line in lines[start + 1 :]:
        if line.rstrip() == "# ///":
            closed = len(block)
        elif line != "#" and not line.startswith("# "):
            break
        block.append(line[2:])
    if closed is None:
        return None
    data = parse_toml("\n".join(block[:closed]))
    if isinstance(data, Broken):
        return Broken(start + 1 + data.line, data.message)
    table = Table(source, MANIFEST)
    for text_ in strings(data.get("dependencies")):
        table.add_requirement(text_)
    if isinstance(python := data.get("requires-python"), str):
        table.add("python", python)
    return table


def strings(value: object) -> list[str]:
    """The strings of what should be a list of strings."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    """What should be a table; an empty one for anything else."""
    return value if isinstance(value, dict) else {}
