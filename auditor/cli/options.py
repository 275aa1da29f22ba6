"""What was asked on the command line, over what the project's settings say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from auditor.cli import streams
from auditor.core.problem import AuditError
from auditor.judgement.gate import FailOn, GateOptions
from auditor.pipeline import ScanOptions, root_of
from auditor.settings import Settings, load_settings


def settings_of(paths: Sequence[Path]) -> Settings:
    """The settings of the folder that holds all paths."""
    return load_settings(root_of(paths)[0])


def scan_options(
    paths: Sequence[Path],
    *,
    project: Path | None = None,
    select: Iterable[str],
    ignore: Iterable[str],
    exclude: Sequence[str],
    fail_on: str | None = None,
    fail_under: float | None = None,
    min_coverage: float | None = None,
    allow_empty: bool = False,
    exit_zero: bool = False,
) -> ScanOptions:
    """`--select` and thresholds replace those of the settings, `--ignore` and `--exclude` add to them."""
    severity = None if fail_on is None else _severity(fail_on)
    _check_percent("--fail-under", fail_under)
    _check_percent("--min-coverage", min_coverage)
    settings = settings_of([project] if project else paths)
    asked = _ids(select)
    gate = GateOptions(
        fail_on=severity or settings.fail_on or "high",
        fail_under=settings.fail_under if fail_under is None else fail_under,
        min_coverage=settings.min_coverage if min_coverage is None else min_coverage,
        allow_empty=allow_empty,
        exit_zero=exit_zero,
    )
    return ScanOptions(
        select=asked or settings.select,
        ignore=(*_ids(ignore), *(rule for rule in settings.ignore if rule not in asked)),
        exclude=(*exclude, *settings.exclude),
        gate=gate,
        project=project,
        silences=settings.suppress,
    )


def _ids(lists: Iterable[str]) -> tuple[str, ...]:
    """Rule ids from comma lists, each once, in the order given."""
    return tuple(dict.fromkeys(name for text in lists for name in map(str.strip, text.split(",")) if name))


def _severity(name: str) -> FailOn:
    known: tuple[FailOn, ...] = get_args(FailOn)
    for severity in known:
        if name == severity:
            return severity
    raise AuditError(f"--fail-on {name!r} is no severity", hint=streams.suggestion(name, known, f"one of {', '.join(known)}"))


def _check_percent(option: str, value: float | None) -> None:
    # Written so that NaN is refused, too.
    if value is not None and not 0 <= value <= 100:
        raise AuditError(f"{option} {value:g} is not between 0 and 100")
