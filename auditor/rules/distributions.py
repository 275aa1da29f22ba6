"""Packs of installed distributions: the entry points of the group `agentaudit.packs`, read as files and never imported."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from auditor.core.problem import AuditError
from auditor.core.text import printable

if TYPE_CHECKING:
    from auditor.rules.packs import Pack

GROUP = "agentaudit.packs"
MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def installed(path: list[str] | None = None) -> list[Pack]:
    """`acme = acme_audit.packs`: the folder `acme_audit/packs` of the distribution is a pack. `path`: as `sys.path`.

    The working folder is left out: metadata that lies in a scanned repository is not installed.
    """
    from auditor.rules.packs import Pack

    rows: dict[str, Pack] = {}
    for distribution in distributions(path=_places() if path is None else path):
        for entry in _entries(distribution):
            shown = printable(f"{distribution.name} {distribution.version} ({entry.name})")
            folder = _folder(distribution, entry)
            if folder is None:
                raise AuditError(
                    f"the distribution {shown} names a pack that is not there: {printable(entry.value)!r}",
                    hint="its value is the dotted path of a folder with rules: acme = acme_audit.packs",
                )
            # The first one on the path is the one that is installed.
            rows.setdefault(f"{distribution.name}:{entry.name}", Pack(folder, shown, entry.name, links=True))
    return [rows[name] for name in sorted(rows)]


def _places() -> list[str]:
    here = os.path.realpath(os.getcwd())  # noqa: PTH109
    return [place for place in sys.path if place and os.path.realpath(place) != here]


def _entries(distribution: Distribution) -> Iterator[EntryPoint]:
    # Few distributions have one: the text is looked at before it is parsed.
    if GROUP in (distribution.read_text("entry_points.txt") or ""):
        yield from (entry for entry in distribution.entry_points if entry.group == GROUP)


def _folder(distribution: Distribution, entry: EntryPoint) -> Path | None:
    if not MODULE.fullmatch(entry.value):
        return None
    relative = entry.value.replace(".", "/")
    project = _editable(distribution)
    roots = [Path(str(distribution.locate_file(""))), *([project, project / "src"] if project else [])]
    found = next((root / relative for root in roots if (root / relative).is_dir()), None)
    return found.resolve() if found else None


def _editable(distribution: Distribution) -> Path | None:
    """The project folder of a distribution that is installed as a link to it."""
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        url = urlsplit(origin["url"]) if origin.get("dir_info", {}).get("editable") else None
    except (ValueError, KeyError, AttributeError):
        return None
    return Path(unquote(url.path)) if url is not None and url.scheme == "file" else None
