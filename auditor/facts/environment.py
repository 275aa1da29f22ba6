"""The variables of a deployment as all of its files set them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.facts.deployment import Variables

SETS, SHOWS, NAMES = range(3)
SAID = ("sets it", "shows it, commented out", "names it")


@dataclass(slots=True)
class Environment:
    """`given`: variable -> text (`$...`: it comes from elsewhere), `at`: where; `mentioned`: those that may be set, and what says so;
    `suggested`: the texts in files that are there to be copied."""

    given: dict[str, str] = field(default_factory=dict)
    at: dict[str, Location] = field(default_factory=dict)
    mentioned: dict[str, str] = field(default_factory=dict)
    suggested: dict[str, set[str]] = field(default_factory=dict)
    _ranks: dict[str, int] = field(default_factory=dict)
    _others: dict[str, tuple[Variables, Mapping[str, int]]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _disputed: dict[str, Location] = field(default_factory=dict)

    def add(self, path: str, found: Variables, lines: Mapping[str, int], *, sure: bool) -> None:
        """A file; not `sure`: it does not belong to the deployment."""
        self._used.update(found.files if sure and found.sure else ())
        if sure and found.sure:
            self._give(path, found.given, lines)
        else:
            self._others[path] = found, lines
            for name, text in found.given.items():
                self._mention(name, path, lines, SETS if text.strip() else NAMES)
                if _decides(text):
                    self.suggested.setdefault(name, set()).add(text.strip())
        for name in found.shown:
            self._mention(name, path, lines, NAMES if found.defect else SHOWS)

    def finish(self) -> None:
        """Files that the deployment names are part of it, whatever they are called; where its files do not agree, nothing is sure."""
        for path in sorted(self._used & self._others.keys()):
            found, lines = self._others[path]
            self._give(path, found.given, lines)
        for name, other in self._disputed.items():
            self.mentioned[name] = f"{self.at[name].path}:{self.at[name].line} and {other.path}:{other.line} do not agree"
            self.given[name] = f"${{{name}}}"

    def _give(self, path: str, given: Mapping[str, str], lines: Mapping[str, int]) -> None:
        for name, text in given.items():
            at = Location(path, lines.get(name, 1))
            known = self.given.get(name, "")
            if not _decides(known):
                if _decides(text) or name not in self.given:
                    self.given[name], self.at[name] = text, at
            elif _decides(text) and text.lower() != known.lower():
                self._disputed.setdefault(name, at)

    def _mention(self, name: str, path: str, lines: Mapping[str, int], rank: int) -> None:
        if rank < self._ranks.get(name, len(SAID)):
            self._ranks[name] = rank
            self.mentioned[name] = f"{path}:{lines.get(name, 1)} {SAID[rank]}"


def _decides(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith("$")
