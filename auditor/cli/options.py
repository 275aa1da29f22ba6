"""What was asked on the command line, over what the project's settings say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from auditor.cli import streams
from auditor.cli.asked import Source
from auditor.core.files import find_git_root
from auditor.core.problem import AuditError
from auditor.judgement.gate import FailOn, GateOptions
from auditor.pipeline import ScanOptions, root_of
from auditor.settings import Settings, load_settings

if TYPE_CHECKING:
    from auditor.rules.types import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line; None and empty: not said."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    packs: tuple[Path, ...] = ()
    fail_on: FailOn | None = None
    fail_under: float | None = None
    min_coverage: float | None = None
    allow_empty: bool = False
    exit_zero: bool = False
    project: Path | None = None


def settings_of(paths: Sequence[Path], source: Source) -> Settings:
    """The settings of the folder that holds all paths."""
    source.check()
    root = root_of(paths)[0]
    return Settings() if source.isolated else load_settings(root, config=source.config)


def rules_here(source: Source) -> list[Rule]:
    """All rules, with those of the packs that a scan of the current folder takes."""
    from auditor.rules.packs import all_packs, rules_of

    return rules_of(all_packs((*source.packs, *settings_of([Path()], source).packs)))


def asked(
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    exclude: Sequence[str] = (),
    packs: Sequence[Path] = (),
    fail_on: str | None = None,
    fail_under: float | None = None,
    min_coverage: float | None = None,
    allow_empty: bool = False,
    exit_zero: bool = False,
    project: Path | None = None,
) -> Asked:
    """The command line, checked."""
    severity = None if fail_on is None else _severity(fail_on)
    _check_percent("--fail-under", fail_under)
    _check_percent("--min-coverage", min_coverage)
    return Asked(
        select=_selectors(select),
        ignore=_selectors(ignore),
        exclude=tuple(exclude),
        packs=tuple(packs),
        fail_on=severity,
        fail_under=fail_under,
        min_coverage=min_coverage,
        allow_empty=allow_empty,
        exit_zero=exit_zero,
        project=project,
    )


def scan_options(paths: Sequence[Path], line: Asked, settings: Settings) -> ScanOptions:
    """`--select` and thresholds replace those of the settings, `--ignore`, `--exclude` and `--pack` add to them."""
    gate = GateOptions(
        fail_on=line.fail_on or settings.fail_on or "high",
        fail_under=settings.fail_under if line.fail_under is None else line.fail_under,
        min_coverage=settings.min_coverage if line.min_coverage is None else line.min_coverage,
        allow_empty=line.allow_empty,
        exit_zero=line.exit_zero,
    )
    plain = ScanOptions(
        select=line.select,
        ignore=line.ignore,
        exclude=line.exclude,
        gate=replace(gate, fail_on=line.fail_on or "high"),
        project=line.project,
        silences=settings.suppress,
        packs=(*line.packs, *settings.packs),
        declared=settings.declare,
        places=_places(settings),
        settings=settings.path,
    )
    theirs = _is_theirs([line.project] if line.project else paths, settings)
    return replace(
        plain,
        select=line.select or settings.select,
        ignore=(*line.ignore, *(name for name in settings.ignore if name not in line.select)),
        exclude=(*line.exclude, *settings.exclude),
        gate=gate,
        rules=settings.rules,
        ruleset=settings.ruleset,
        theirs=settings.packs if theirs else (),
        asked=plain if theirs else None,
    )


def _places(settings: Settings) -> dict[str, str]:
    """Of selectors, packs and the rule set, by their name."""
    rows = {name: settings.place(key, n) for key in ("select", "ignore") for n, name in enumerate(getattr(settings, key))}
    rows |= {settings.ruleset: settings.place("ruleset")} if settings.ruleset is not None else {}
    return rows | {str(pack): settings.place("packs", n) for n, pack in enumerate(settings.packs)}


def _is_theirs(paths: Sequence[Path], settings: Settings) -> bool:
    """Whether the settings are the scanned repository's own, and not those of who scans it."""
    if settings.path is None:
        return False
    root = root_of(paths)[0].resolve()
    return settings.path.resolve().is_relative_to(find_git_root(root) or root)


def _selectors(lists: Iterable[str]) -> tuple[str, ...]:
    """Selectors from comma lists, each once, in the order given."""
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
