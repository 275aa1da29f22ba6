"""What analyses write to nouns of a path: its steps and its retry layers; calls that became no noun, or that somebody asks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from auditor.core.location import Location
from auditor.core.values import Setting


@dataclass(frozen=True, slots=True)
class Layer:
    """One retry layer of a chain: `mechanism` (sdk, decorator, loop, ...), total tries, and whether it retries what the inner one did."""

    mechanism: str
    attempts: Setting
    same_errors: bool | None
    at: Location | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step of a trace, from the entry point inwards; `times` where the step multiplies. `chosen`: it is one of several that run."""

    what: str
    at: Location
    times: str | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """The call in a coroutine by which the thread of its event loop comes into plain code. `inside`: the coroutine, by its qualified name
    inside the file; `written`: the callee as it stands there; `role`: of what is to be mended; `others`: further ones by which the loop
    comes to the same, `more`: only some of many; `later`: it gives a generator, and runs where that is read."""

    at: Location
    inside: str
    written: str
    role: Literal["production", "script", "notebook", "example", "test"] = "production"
    others: tuple[Location, ...] = ()
    later: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True)
class ClientWay:
    """The way by which a call gets a client (its id) that only programs make which a person starts, where others lead to the call, too."""

    client: str
    trace: tuple[TraceStep, ...]


@dataclass(frozen=True, slots=True, order=True)
class NotUnderstood:
    """A call into a known package that became no noun and is not known to be harmless. `why`: where it is only one that may be.
    `asks`: it is given what a request to a model takes; `agent`: it asks a model for an agent that was not found."""

    package: str
    name: str
    at: Location
    why: str = ""
    asks: bool = False
    agent: bool = False

    @property
    def says(self) -> str:
        return self.why or f"nothing is known about this call into {self.package}"


Standing: TypeAlias = Literal["noun", "harmless", "region", "own", "python", "not_understood", "other_package", "unresolved"]


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call that somebody asked about: `callee` as it is written, `name` as it is called in full, `says` what is known of it, in words."""

    at: Location
    callee: str
    name: str
    standing: Standing
    says: str
    target: Location | None = None
    """of a function or class of the program: where it is, or where the nearest request that its call leads to is"""
