"""Services of a compose file, which may be hostile: the variables that each sets, and the folder that its image is built from."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

MERGE = "<<"
COMPOSE = re.compile(r"(^|/)[^/]*compose[^/]*(/[^/]*)?\.ya?ml$")
ELSEWHERE = re.compile(r"[$/~]|[a-z+]+://|\S+@\S+:")
"""beginnings of contexts that lie in no folder of the project, or may"""
MOST_SERVICES = 200
MOST_MERGED = 50
Pairs: TypeAlias = Callable[[Any], dict[str, str]]


@dataclass(slots=True)
class Service:
    """`folder`: from which the image is built, empty for the whole project; None: the file does not say so. `image`: its name."""

    name: str
    folder: str | None
    image: str = ""
    given: dict[str, str] = field(default_factory=dict)


def is_compose(document: Any, path: str) -> bool:
    """Whether a YAML document is a compose file, by its name or by its form."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        return False
    return names_compose(path) or any(isinstance(s, dict) and ("image" in s or "build" in s) for s in services.values())


def names_compose(path: str) -> bool:
    """Whether a file is a compose file by its name, or that of its folder."""
    return bool(COMPOSE.search(path.lower()))


def services_of(document: dict[str, Any], path: str, pairs: Pairs) -> Iterator[Service]:
    """Each service, with what it takes over from others; `pairs` reads the variables under a key."""
    services = document["services"]
    for name, body in list(services.items())[:MOST_SERVICES]:
        given: dict[str, str] = {}
        found = list(_layers(body, services, set()))
        for layer in reversed(found):
            given.update(pairs(layer.get("environment")))
        build = next((layer["build"] for layer in found if "build" in layer), None)
        image = next((layer["image"] for layer in found if isinstance(layer.get("image"), str)), "")
        yield Service(str(name), _folder(build, path), image, given)


def _layers(body: Any, services: dict[str, Any], seen: set[int]) -> Iterator[dict[str, Any]]:
    """A service, then what is merged into it, and what it extends in the same file."""
    if not isinstance(body, dict) or id(body) in seen or len(seen) > MOST_MERGED:
        return
    seen.add(id(body))
    yield body
    merged = body.get(MERGE)
    for other in merged if isinstance(merged, list) else [merged]:
        yield from _layers(other, services, seen)
    extended = body.get("extends")
    if isinstance(extended, dict) and "file" not in extended:
        extended = extended.get("service")
    if isinstance(extended, str):
        yield from _layers(services.get(extended), services, seen)


def _folder(build: Any, path: str) -> str | None:
    """What `build: api`, or `build: {context: api}`, means: a folder beside the file; what lies above the root holds all of it."""
    context = build.get("context", ".") if isinstance(build, dict) else build
    if not isinstance(context, str) or ELSEWHERE.match(context):
        return None
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), context))
    return "" if folder.startswith("..") or folder == "." else folder
