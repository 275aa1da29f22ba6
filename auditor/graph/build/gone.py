"""Calls of what a version has no more: they raise an error and send nothing."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.graph.build.context import Build
from auditor.graph.build.defaults import overlap, specifier
from auditor.graph.build.matching import Match, in_words
from auditor.graph.traces import NotUnderstood
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Key

GONE = "calls that only raise"
"""where they are kept: site -> package, name, versions"""


def still_there(build: Build, found: list[Match[CallForm]], site: Key) -> list[Match[CallForm]]:
    """Without what the versions of the site's file have no more; a call of nothing else is kept for the list of what is not understood."""
    kept = [match for match in found if not _is_gone(build, match, site)]
    if found and not kept:
        known: dict[Key, NotUnderstood] = build.memo.setdefault(GONE, {})  # type: ignore[assignment]
        name, package = in_words(build, found[0]), found[0].package
        since = "".join(m.form.gone.versions.removeprefix(">=") for m in found[:1] if m.form.gone is not None)
        why = f"{package} has it no more since version {since}: the call raises an error and sends nothing"
        known[site] = NotUnderstood(package, name, build.call_location(site), why)
    return kept


def calls_of_what_is_gone(build: Build) -> Iterator[NotUnderstood]:
    yield from build.memo.get(GONE, {}).values()  # type: ignore[attr-defined]


def _is_gone(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether no version that the file may run with has it."""
    if match.form.gone is None:
        return False
    known, since = build.known_version(build.path(site[0]), match.package), match.form.gone.versions
    if known is not None and known.versions:
        return all(specifier(since).contains(version, prereleases=True) for version in known.versions)
    asked_for = str(known.specifier or "") if known is not None else ""
    return bool(asked_for) and not overlap(build, since.replace(">=", "<"), asked_for)
