"""Calls of what a version has no more: they raise an error and send nothing, so they are nouns of which nothing can be told."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import ABSENT, Raises, Setting
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import overlap, specifier
from auditor.graph.build.matching import Match, in_words
from auditor.graph.traces import NotUnderstood
from auditor.graph.types import ExternalCall, ModelCall
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Key

GONE = "calls that only raise"
"""where they are kept: site -> package, name, versions"""


def still_there(build: Build, found: list[Match[CallForm]], site: Key) -> list[Match[CallForm]]:
    """Without what the versions of the site's file have no more; a call of nothing else stays what it was, and is noted."""
    kept = [match for match in found if not _is_gone(build, match, site)]
    if found and not kept:
        known: dict[Key, NotUnderstood] = build.memo.setdefault(GONE, {})  # type: ignore[assignment]
        name, package = in_words(build, found[0]), found[0].package
        since = "".join(m.form.gone.versions.removeprefix(">=") for m in found[:1] if m.form.gone is not None)
        why = f"{package} has it no more since version {since}: the call raises an error and sends nothing"
        known[site] = NotUnderstood(package, name, build.call_location(site), why)
    return kept or found


def calls_of_what_is_gone(build: Build) -> Iterator[NotUnderstood]:
    yield from build.memo.get(GONE, {}).values()  # type: ignore[attr-defined]


def settings_of_what_is_gone(build: Build) -> None:
    """What no request is sent by has no deadline, attempts, cap, usage or span, and blocks nothing: the one reason takes their place."""
    known: dict[Key, NotUnderstood] = build.memo.get(GONE, {})  # type: ignore[assignment]
    for kind, site in [row for row in build.by_site if row[1] in known]:
        node = build.by_site[kind, site]
        noun = build.graph.nodes.get(node)
        if not isinstance(noun, (ModelCall, ExternalCall)):
            continue
        value = Raises(known[site].why)
        units = {"deadline": "seconds", "attempts": "attempts"}
        if isinstance(noun, ModelCall):
            units["max_output_tokens"] = "tokens"
            recorded = [name for name in ("usage_recorded", "traced") if getattr(noun, name).value is not ABSENT]
            build.change(node, untraced_at=(), **{name: Setting(value, "inferred", why=value.why) for name in recorded})
        if noun.blocking_in_async is not False:
            build.change(node, blocking_in_async=Setting(value, "inferred", why=value.why))
        build.change(node, **{name: Setting(value, "inferred", why=value.why, unit=unit) for name, unit in units.items()})


def _is_gone(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether no version that the file may run with has it."""
    if match.form.gone is None:
        return False
    known, since = build.known_version(build.path(site[0]), match.package), match.form.gone.versions
    if known is not None and known.versions:
        return all(specifier(since).contains(version, prereleases=True) for version in known.versions)
    asked_for = str(known.specifier or "") if known is not None else ""
    return bool(asked_for) and not overlap(build, since.replace(">=", "<"), asked_for)
