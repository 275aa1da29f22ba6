"""Commands of a deployment that start a program under a tracer, and the code that runs under it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from auditor.core.location import Location
from auditor.graph.build.context import Build
from auditor.graph.build.entries import Command
from auditor.graph.build.tracing_switches import Switch
from auditor.graph.types import TracingSwitch
from auditor.knowledge.tracing import LauncherForm

MODULE = re.compile(r"(?:\./)?([\w/-]+(?:\.[A-Za-z_]\w*)*?)(?:\.py|:\w+(?:\(\))?)")
"""what a command starts: `src/app.py`, `src.app:app`"""


def launched(build: Build, commands: Sequence[Command]) -> Iterator[Switch]:
    """A switch for each command that starts a launcher, for the code of its service."""
    forms = [(tuple(form.command.split()), form) for knowledge in build.base.files for form in knowledge.launchers]
    by_file: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for path, words in commands if forms else ():
        by_file[path].append(words)
    for path, rows in by_file.items():
        for words in rows:
            names = tuple(word.rpartition("/")[2] for word in words)
            for start, form in forms:
                if any(names[i : i + len(start)] == start for i in range(len(names))):
                    folder = _folder(build, path, words if len(rows) > 1 else ())
                    doubt = f"{form.command} starts it ({path}), and traces what it is set up for there"
                    node, at, usage = _node(build, path, form), Location(path, 1), form.records_usage
                    yield Switch(node, form.package, "on", ("*",), usage, -1, 0, form.command, doubt=doubt, at=at, folder=folder)


def _node(build: Build, path: str, form: LauncherForm) -> str:
    at = Location(path, 1)
    noun = TracingSwitch(
        id=build.node_id("tracing_switch", at),
        name=form.command,
        symbol=form.command,
        at=at,
        role="production",
        callee=form.command,
        framework=form.package,
        api=form.command,
        covers=("*",),
    )
    return build.add(noun)


def _folder(build: Build, path: str, words: Sequence[str]) -> str:
    """The folder of the file, or the nearest above with code in it. Of a file that starts several programs, `words` may name a module of
    which there is one: then it is the folder that this name begins in."""
    folder = path.rpartition("/")[0]
    paths = [module.path for module in build.engine.modules]
    while folder and not any(p.startswith(f"{folder}/") for p in paths):
        folder = folder.rpartition("/")[0]
    found = next((m[1].replace(".", "/") for word in words if (m := MODULE.fullmatch(word))), "")
    ends = [p.removesuffix(f"{found}.py") for p in paths if found and f"/{p}".endswith(f"/{found}.py") and f"/{p}".startswith(f"/{folder}")]
    return ends[0].strip("/") if len(ends) == 1 else folder
