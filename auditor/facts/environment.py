"""The variables of a deployment as all of its files set them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.core.location import Location
from auditor.facts.compose import Service
from auditor.facts.deployment import Variables

SETS, SHOWS, NAMES = range(3)
SAID = ("sets it", "shows it, commented out", "names it")


class Part(NamedTuple):
    """A variable as it is set for the code in one folder."""

    folder: str
    text: str
    at: Location

    def holds(self, path: str) -> bool:
        return path.startswith(f"{self.folder}/")


class Given(dict[str, str]):
    """Variable -> text for all the code; `parts`: what holds only for the code of one service, in the folder that it is built from."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, list[Part]] = {}


@dataclass(slots=True)
class Environment:
    """`given`: variable -> text (`$...`: it comes from elsewhere), `at`: where; `mentioned`: those that may be set, and what says so;
    `suggested`: the texts in files that are there to be copied."""

    given: Given = field(default_factory=Given)
    at: dict[str, Location] = field(default_factory=dict)
    mentioned: dict[str, str] = field(default_factory=dict)
    suggested: dict[str, set[str]] = field(default_factory=dict)
    _ranks: dict[str, int] = field(default_factory=dict)
    _others: dict[str, tuple[Variables, Mapping[str, int]]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _disputed: dict[tuple[str, str], tuple[Location, Location]] = field(default_factory=dict)
    _services: list[tuple[str, Service, Mapping[str, int]]] = field(default_factory=list)
    _folders: dict[str, str] = field(default_factory=dict)
    """name of a service, or of its image -> the folder that it is built from"""
    _found: dict[str, dict[str, tuple[str, Location]]] = field(default_factory=dict)
    """folder -> variable -> text and place"""

    def add(self, path: str, found: Variables, lines: Mapping[str, int], *, sure: bool) -> None:
        """A file; not `sure`: it does not belong to the deployment."""
        self._used.update(found.files if sure and found.sure else ())
        for service in found.services:
            if service.folder is not None:
                self._folders.setdefault(service.name, service.folder)
                self._folders.setdefault(service.image or service.name, service.folder)
        if sure and found.sure:
            self._give(path, found.given, lines)
            self._services.extend((path, service, lines) for service in found.services)
        else:
            self._others[path] = found, lines
            for given in (found.given, *(service.given for service in found.services)):
                self._suggest(path, given, lines)
        for name in found.shown:
            self._mention(name, path, lines, NAMES if found.defect else SHOWS)

    def finish(self) -> None:
        """Files that the deployment names are part of it, whatever they are called; where its files do not agree, nothing is sure."""
        for path in sorted(self._used & self._others.keys()):
            found, lines = self._others[path]
            self._give(path, found.given, lines)
        for path, service, lines in self._services:
            self._serve(path, service, lines)
        for (folder, name), (one, other) in self._disputed.items():
            self.mentioned[name] = f"{one.path}:{one.line} and {other.path}:{other.line} do not agree"
            self._found[folder][name] = f"${{{name}}}", one
        for folder, rows in self._found.items():
            for name, (text, at) in rows.items():
                if folder:
                    self.given.parts.setdefault(name, []).append(Part(folder, text, at))
                else:
                    self.given[name], self.at[name] = text, at

    def _serve(self, path: str, service: Service, lines: Mapping[str, int]) -> None:
        """What a service sets holds for the code that it is built from; what an image runs that is built elsewhere is not known."""
        built = (self._folders[key] for key in (service.name, service.image) if key in self._folders)
        folder = service.folder if service.folder is not None else next(built, None)
        if folder is not None:
            self._give(path, service.given, lines, folder)
        if folder != "":
            self._suggest(path, service.given, lines)

    def _suggest(self, path: str, given: Mapping[str, str], lines: Mapping[str, int]) -> None:
        for name, text in given.items():
            self._mention(name, path, lines, SETS if text.strip() else NAMES)
            if _decides(text):
                self.suggested.setdefault(name, set()).add(text.strip())

    def _give(self, path: str, given: Mapping[str, str], lines: Mapping[str, int], folder: str = "") -> None:
        rows = self._found.setdefault(folder, {})
        for name, text in given.items():
            at = Location(path, lines.get(name, 1))
            for where in dict.fromkeys((folder, "")):
                known, place = self._found.get(where, {}).get(name, ("", at))
                if _decides(known) and _decides(text) and text.lower() != known.lower():
                    self._disputed.setdefault((where, name), (place, at))
                    self._disputed.setdefault((folder, name), (place, at))
            if not _decides(rows.get(name, ("", at))[0]) and (_decides(text) or name not in rows):
                rows[name] = text, at

    def _mention(self, name: str, path: str, lines: Mapping[str, int], rank: int) -> None:
        if rank < self._ranks.get(name, len(SAID)):
            self._ranks[name] = rank
            self.mentioned[name] = f"{path}:{lines.get(name, 1)} {SAID[rank]}"


def _decides(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith("$")
