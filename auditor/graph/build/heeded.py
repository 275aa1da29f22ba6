"""Settings that some calls do not heed: the library sends those that are awaited in another way than those that block."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.values import ABSENT, OneOf, Setting, Unknown
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import in_range
from auditor.graph.build.things import Thing
from auditor.knowledge.forms import Default
from auditor.program.origins.types import Key


def heeded(build: Build, rows: dict[str, Setting], client: Thing | None, site: Key) -> dict[str, Setting]:
    """The settings of a call, without those of its client's type that it ignores: they count as not given, and nothing can set them."""
    if client is None:
        return rows
    package, path, call = client.type.partition(":")[0], build.path(site[0]), build.engine.call(site)
    changed = dict(rows)
    for name, form in build.base.type_settings(client.type).items():
        lost = form.unheeded
        if lost is None or name not in rows or (call.last in lost.heeded_by if lost.heeded_by else not call.awaited):
            continue
        if lost.beside and build.known_version(path, lost.beside) is None:
            continue
        found = in_range(build, [Default(versions=lost.versions)], build.known_version(path, package))
        if found and found[0][1]:
            changed[name] = _without(rows[name], lost.why)
    return changed


def _without(setting: Setting, why: str) -> Setting:
    if isinstance(setting.value, OneOf):
        return replace(setting, value=replace(setting.value, alternatives=tuple(_without(s, why) for s in setting.value.alternatives)))
    return setting if isinstance(setting.value, Unknown) else replace(setting, value=ABSENT, why=why, argument="")
