"""What a form says for each of the versions of its package that are allowed."""

from __future__ import annotations

from auditor.graph.build.context import Build
from auditor.graph.build.defaults import in_range
from auditor.knowledge.forms import Default, SettingForm
from auditor.program.origins.types import Key


def editions(build: Build, form: SettingForm, package: str, site: Key) -> list[SettingForm]:
    """A form as each of the allowed versions of its package reads a number, or None."""
    by_version = {key: value for key, value in (("plus", form.plus), ("unset", form.unset)) if isinstance(value, dict)}
    rows = [form]
    for key, values in by_version.items():
        known = build.known_version(build.path(site[0]), package)
        held = [each.versions or "" for each, _ in in_range(build, [Default(versions=versions) for versions in values], known)]
        rows = [row.model_copy(update={key: values[versions]}) for row in rows for versions in held]
    return rows
