"""Runs of chains (`(prompt | llm).invoke(...)`) without a model, of which a part is not known: that may be the model."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.graph.build.parts import inner_origins, parts
from auditor.graph.build.things import Thing, chain_type, things
from auditor.graph.build.undecided import is_undecided
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Key, New, Origin, Param, Result

RUNS = "runs of chains without a model"
PART = "a part of the chain is not known: it may be the model"
WHOLE = "what the chain consists of is not known: it may ask a model"


def note(build: Build, site: Key, found: list[Match[CallForm]]) -> None:
    """Keeps a call that needs a part which none of what it can be called on has."""
    build.memo.setdefault(RUNS, {})[site] = [m for m in found if m.thing is not None]  # type: ignore[index]


def unread_chains(build: Build) -> Iterator[NotUnderstood]:
    """Those of the calls that may ask a model all the same."""
    rows: dict[Key, list[Match[CallForm]]] = build.memo.get(RUNS, {})  # type: ignore[assignment]
    for site, found in rows.items():
        for match in found:
            why = _why(build, match.thing, match.package) if match.thing is not None else ""
            if why:
                yield NotUnderstood(match.package, match.name, build.call_location(site), why, asks=why == PART)
                break


def _why(build: Build, thing: Thing, package: str) -> str:
    if any(_unread(build, o) for part in parts(build, thing) for o in inner_origins(build, part)):
        return PART
    return WHOLE if thing.type == chain_type(build, package) and _is_declared(thing.origin) else ""


def _is_declared(origin: Origin) -> bool:
    """Whether only an annotation or a cast says what it is."""
    return isinstance(origin, (Param, Result)) or (isinstance(origin, New) and origin.name == "typing.cast")


def _unread(build: Build, origin: Origin) -> bool:
    """Whether a part is not known: nothing says what it is, or it is an object of a library of which nothing is known."""
    if isinstance(origin, New):
        head = origin.name.partition(".")[0]
        return not things(build, origin) and head != "builtins" and head not in sys.stdlib_module_names
    return is_undecided(build, origin)
