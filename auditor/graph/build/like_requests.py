"""Calls that are given what a request to a model takes (`x(messages=..., tools=...)`), where nothing says what is called, or it is of a
library that nobody knows: they may be model calls of which the report says nothing."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

from auditor.graph.build.context import Build
from auditor.graph.build.matching import callees
from auditor.graph.build.undecided import is_undecided
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.load import request_words
from auditor.program.origins.types import Ext, Key, New, Origin, root_of

KNOWN, UNKNOWN = "", "unknown"
WHY = "it is given {} and {}, as a request to a model is, and what it calls is not known"


def like_requests(build: Build, done: Collection[Key], told: Collection[object]) -> Iterator[NotUnderstood]:
    """Those among the calls that became nothing (not `done`) and that nothing else is said of (`told`: their places)."""
    chat, words = request_words()
    for number, call in build.calls():
        given = {name for name, _, _ in call.keywords if name is not None}
        site, beside = (number, call.index), sorted(given & words)
        if chat not in given or not beside or site in done:
            continue
        packages = {_package(build, number, o) for o, _ in callees(build, site)}
        library = min(packages - {KNOWN, UNKNOWN}, default=UNKNOWN)
        if (library != UNKNOWN or KNOWN not in packages) and (at := build.call_location(site)) not in told:
            yield NotUnderstood(library, build.written(number, call.func), at, WHY.format(chat, beside[0]), asks=True)


def _package(build: Build, number: int, origin: Origin) -> str:
    """The library that nobody knows of which something is, KNOWN where it is known what it is, UNKNOWN where that cannot be told."""
    root = root_of(origin)
    if isinstance(origin, Ext) and origin.name.rpartition(".")[2][:1].isupper():
        return KNOWN  # what is made is no request: its methods are
    if isinstance(root, (Ext, New)):
        head = root.name.split(".", 1)[0]
        ours = head in sys.stdlib_module_names or head == "builtins" or any(r.split(".", 1)[0] == head for r in build.base.roots)
        own = build.engine.index.find(head, build.engine.modules[number].path)
        return KNOWN if ours or own else head
    return UNKNOWN if is_undecided(build, origin) else KNOWN
