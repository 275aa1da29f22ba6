"""The noun for what a program calls, whatever library or function of its own that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from auditor.core.values import Setting
from auditor.graph.noun import Noun

Wanted: TypeAlias = Mapping[str, frozenset[str]]
"""which calls somebody asks for: those of which one of these fields is, or holds, one of these texts"""


class Arguments(Mapping[str, Setting]):
    """The arguments of a call by name. What no rule asks for is never worked out: `read` answers when it is asked.

    Its names are those that are written. For any other it answers too: absent, or unknown where it may come by what is not read.
    """

    __slots__ = ("_known", "_names", "_read")

    def __init__(self, names: tuple[str, ...], read: Callable[[str], Setting]) -> None:
        self._names, self._read = names, read
        self._known: dict[str, Setting] = {}

    def __getitem__(self, name: str) -> Setting:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._read(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Noun):
    """One thing that a call is known to call; a call that may mean several is several of these at one place.

    `callee`: its full name (`acme.llm.ask`, `acme.Client.send`), where it is defined if the program defines it. `package`: the first part
    of `callee`; empty where it is not known in which it lies. `packages`: the packages, modules and classes that it lies in. `names`: all
    its full names, also those under which a package of the program hands it on, and those in the classes that a method is inherited from.
    `in_module`: the module that the call stands in, as the program imports it. `in_packages`: that module and the packages around it.
    `arguments`: by name: `arguments['timeout']`; one that is not written is absent, or unknown where it may come by what is not read.
    `written`: the callee as it stands in the code. `inside`: id of the function."""

    kind: ClassVar[str] = "call"
    package: str = ""
    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    in_module: str = ""
    in_packages: tuple[str, ...] = ()
    arguments: Mapping[str, Setting] = field(default_factory=dict, compare=False)
    written: str = ""
    inside: str = ""

    @property
    def as_written(self) -> str:
        return self.written
