"""Where documents go: stdout, and any number of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.cli import streams
from auditor.core.problem import AuditError


@dataclass(frozen=True, slots=True)
class Target:
    """A document of one format; `path` None is stdout. `append`: to a file that somebody else begins."""

    format: str
    path: Path | None
    append: bool = False

    @property
    def on_stdout(self) -> bool:
        return self.path is None


def targets(main: str, outputs: Sequence[str], formats: Sequence[str]) -> list[Target]:
    """`-o FILE` takes the main document off stdout, `-o FORMAT=FILE` adds one."""
    check_format(main, formats)
    found = [_target(output, main, formats) for output in outputs]
    unnamed = sum(_prefix(output) is None for output in outputs)
    if unnamed > 1:
        raise AuditError("two files are given for one document", hint="name the format of each: -o json=report.json")
    paths = [target.path.resolve() for target in found if target.path]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice:
        raise AuditError(f"two documents would go to {twice.name}", hint="give each its own file")
    if sum(target.on_stdout for target in found) + (not unnamed) > 1:
        raise AuditError("two documents would go to stdout", hint="name a file for one of them: -o FORMAT=FILE")
    return found if unnamed else [*found, Target(main, None)]


def check_format(name: str, formats: Sequence[str]) -> None:
    if name not in formats:
        raise AuditError(f"unknown format {name!r}", hint=streams.suggestion(name, formats, f"formats: {', '.join(formats)}"))


def deliver(wanted: Sequence[Target], render: Callable[[Target], str], *, inputs: Sequence[Path], quiet: bool) -> None:
    """Write every file that can be made and written; if one could not, stdout stays empty."""
    failures: list[Exception] = []
    for target in wanted:
        if target.path is None:
            continue
        try:
            _write(target.path, render(target), inputs, append=target.append)
        except Exception as error:
            failures.append(error)
            continue
        if not quiet and not target.append:
            streams.say(f"wrote {target.path} ({target.format})")
    if failures:
        # A defect in one of the documents is what the run ends with.
        *others, last = sorted(failures, key=lambda failure: not isinstance(failure, AuditError))
        for other in others:
            streams.complain(str(other), hint=getattr(other, "hint", None))
        raise last
    for target in wanted:
        if target.path is None:
            streams.emit(render(target), utf8=target.format != "text")


def _prefix(output: str) -> str | None:
    """The format in `FORMAT=FILE`; a path with `=` in it is written `./a=b`."""
    match = re.match(r"([A-Za-z][\w-]*)=", output)
    return match.group(1) if match else None


def _target(output: str, main: str, formats: Sequence[str]) -> Target:
    prefix = _prefix(output)
    name = output if prefix is None else output[len(prefix) + 1 :]
    if not name:
        raise AuditError(f"no file is given in -o {output!r}", hint="-o FILE or -o FORMAT=FILE")
    if prefix is not None:
        check_format(prefix, formats)
    return Target(prefix or main, None if name == "-" else Path(name))


def _write(path: Path, document: str, inputs: Sequence[Path], *, append: bool) -> None:
    from auditor.sources.discover import kind_of

    if path.resolve() in {p.resolve() for p in inputs}:
        raise AuditError(f"cannot write {path}: it is what is being read", hint="choose another file")
    if path.is_file() and kind_of(str(path.resolve())) and any(path.resolve().is_relative_to(p.resolve()) for p in inputs):
        raise AuditError(f"cannot write {path}: it is a source of what is being read", hint="choose another file")
    try:
        with path.open("a" if append else "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(document)
    except OSError as error:
        raise AuditError(f"cannot write {path}: {error.strerror or error}", hint="check that its folder exists and is writable") from error
