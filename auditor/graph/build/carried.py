"""Texts that a client is made with and that may carry a setting among other things: URLs and connection strings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.core.values import Setting, Unknown
from auditor.graph.build.arguments import argument, begins
from auditor.graph.build.context import Build
from auditor.program.origins.types import Const, Env, New, Origin, Origins, Text

OPEN_QUERY = re.compile(r"\?.*\{\}")
"""options of a URL of which a part is not read"""


def carried(build: Build, found: Origins) -> Origins | None:
    """The texts as far as they can be read, as constants; None: one of them is not read, or not where it would carry settings."""
    rows = [text for origin in found for text in _read(build, origin)]
    return None if None in rows else tuple(row for row in rows if row is not None)


def _read(build: Build, origin: Origin) -> Iterator[Const | None]:
    if isinstance(origin, Env) and origin.fallback:
        for other in origin.fallback:
            yield from _read(build, other)
    elif isinstance(origin, Const):
        if isinstance(origin.value, str):
            yield origin
    elif isinstance(origin, Text):
        yield None if not begins(build, origin) or OPEN_QUERY.search(origin.pattern) else Const(origin.pattern, "str", 0, 0)
    else:
        known = begins(build, origin)
        yield Const(known, "str", 0, 0) if known and not OPEN_QUERY.search(known + "{}") and not _has_options(build, origin) else None


def _has_options(build: Build, origin: Origin) -> bool:
    """Whether a URL that is made of its parts is given options."""
    if not isinstance(origin, New) or origin.name not in build.base.addresses:
        return False
    return argument(build, build.base.addresses[origin.name].options, origin.site, origin.ctx, origin.partials) is not None


def unread(by: str, unit: str | None) -> Setting:
    """What may come in by something that is not read: the default holds as far as one can see, and the setting says so."""
    return Setting(Unknown("unread"), "inferred", why=f"could come in by {by} that is not read", unit=unit)
