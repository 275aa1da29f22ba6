"""Runs a statement while it watches what Python does: `python guard.py TARGET STATEMENT` prints what a scan must never do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NETWORK = (
    "socket.__new__",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.bind",
    "socket.sendto",
    "urllib.Request",
)
PROGRAMS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "pty.spawn")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

target = Path(sys.argv[1]).resolve()
seen: list[str] = []
watching = True


def in_target(path: object) -> bool:
    """Code made of a text has a name such as `<string>`, which is no path."""
    if not isinstance(path, (str, bytes, os.PathLike)) or os.fsdecode(path).startswith("<"):
        return False
    return Path(os.path.abspath(os.fsdecode(path))).is_relative_to(target)  # noqa: PTH100


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if not watching:
        return
    if event in NETWORK or event in PROGRAMS:
        seen.append(f"{event} {arguments!r:.120}")
    elif event == "subprocess.Popen":
        command = arguments[1]
        program = command[0] if isinstance(command, (list, tuple)) else command
        if Path(os.fsdecode(program)).name != "git":  # type: ignore[arg-type]
            seen.append(f"{event} {command!r:.120}")
    elif event == "exec" and in_target(getattr(arguments[0], "co_filename", None)):
        seen.append(f"exec {getattr(arguments[0], 'co_filename', '')}")
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING and in_target(arguments[0]):
        seen.append(f"write {arguments[0]!r}")


sys.addaudithook(watch)
try:
    exec(sys.argv[2], {"target": str(target)})
except SystemExit:
    pass
finally:
    watching = False
seen += [f"import {name}" for name, module in list(sys.modules.items()) if in_target(getattr(module, "__file__", None))]
print("\n".join(seen))
