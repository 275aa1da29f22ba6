"""Servers of which each process serves one request at a time, by what they are deployed on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from auditor.core.location import Location
from auditor.core.values import Setting
from auditor.graph.build.context import Build
from auditor.graph.types import EntryPoint
from auditor.program.origins.types import Ext, Place


def one_request(build: Build, runs_on: Mapping[str, Collection[str]]) -> None:
    """Fills `one_request` of servers: all that is deployed from the nearest folder around them is of that kind."""
    words = [word for knowledge in build.base.files for word in knowledge.one_request]
    folders: dict[str, list[Setting | None]] = {}
    for path, parts in runs_on.items():
        known = next((part for part in parts for word in words if word in part), None)
        said = Setting(True, "declared", at=Location(path, 1), why=f"each process serves one request at a time there ({known})")
        # A file without any image, or with resources of other kinds only, deploys nothing that is known.
        if known is not None or not all("::" in part for part in parts):
            folders.setdefault(path.rpartition("/")[0], []).append(said if known is not None else None)
    for path, said in _wrapped(build, words):
        folders.setdefault(path.rpartition("/")[0], []).append(said)
    for node in [n for n in build.graph.nodes.values() if isinstance(n, EntryPoint) and n.server and folders]:
        nearest = next((folders[f] for f in _around(node.at.path) if f in folders), [])
        found = [said for said in nearest if said is not None]
        if found and len(found) == len(nearest):
            build.change(node.id, one_request=found[0])


def _wrapped(build: Build, words: Collection[str]) -> Iterator[tuple[str, Setting]]:
    """An application in a handler of such a service."""
    for word in words:
        for number, call in build.engine.calls_by_last.get(word.rpartition(".")[2], ()):
            found = build.engine.origins(call.func, Place(number, call.order))
            if build.role(number) != "test" and any(isinstance(o, Ext) and o.name == word for o in found):
                at = build.call_location((number, call.index))
                yield at.path, Setting(True, "inferred", at=at, why=f"each process serves one request at a time there ({word})")


def _around(path: str) -> Iterator[str]:
    """The folders of a file, from the inside out."""
    while path:
        path = path.rpartition("/")[0]
        yield path
