"""Versions that what is asked of other packages rules out: all are installed together."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.graph.build.context import Build, KnownVersion, VersionsOf
from auditor.graph.build.defaults import overlap, specifier

OPPOSITE = {">=": "<", "<": ">="}


@dataclass(frozen=True)
class Bounded:
    """What is known of a version that no file names exactly."""

    specifier: object
    source: str
    versions: tuple[str, ...] = ()


def bounded(build: Build, known: KnownVersion | None, view: VersionsOf, package: str) -> KnownVersion | None:
    """What a file says of a package, without the versions that go with none of those that are asked for of its siblings."""
    knowledge = build.base.by_package.get(package)
    if knowledge is None or not knowledge.beside or (known is not None and known.versions):
        return known
    bounds, source = [], known.source if known is not None else ""
    for form in knowledge.beside:
        others = [(other, versions) for name, versions in form.needs.items() if (other := view.get(name)) is not None]
        against = next((other for other, versions in others if not _some(build, other, versions)), None)
        if against is not None:
            sign = ">=" if form.versions.startswith(">=") else "<"
            bounds.append(OPPOSITE[sign] + form.versions.removeprefix(sign))
            source = source or against.source
    written = str(known.specifier or "") if known is not None else ""
    together = ",".join(filter(None, [written, *bounds]))
    # Where no version is left, what is known of the siblings says nothing.
    possible = not written or all(overlap(build, bound, written) for bound in bounds)
    return Bounded(specifier(together), source) if bounds and possible else known


def _some(build: Build, known: KnownVersion, versions: str) -> bool:
    if known.versions:
        return any(specifier(versions).contains(version, prereleases=True) for version in known.versions)
    return overlap(build, versions, str(known.specifier or ""))
