"""The checker of `tools/sarif`, the Multitool where it is installed, and reports that are complete for SARIF."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from auditor import pipeline
from auditor.core.line_hash import line_hashes
from auditor.core.values import UNBOUNDED
from auditor.judgement.types import Finding, Measure
from auditor.reports.report import ComparedWith, Report
from auditor.rules.load import builtin_packs, load_packs
from auditor.rules.types import Rule

TOOLS = Path(__file__).resolve().parents[3] / "tools" / "sarif"
REQUIRED = "AGENTAUDIT_REQUIRE_MULTITOOL"


def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sarif_check", TOOLS / "check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check = checker()


def multitool() -> Path:
    """Its binary; without it the test is skipped, or fails where it must be there."""
    binary: Path | None = check.multitool()
    if binary is None:
        because = "the Multitool is not installed: run `npm ci --ignore-scripts` in tools/sarif"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(because)
        pytest.skip(because)
    return binary


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(load_packs(builtin_packs()))


@cache
def scanned(folder: Path) -> Report:
    """With the rules that ran and the hashes of the lines."""
    report = pipeline.scan([folder])
    paths = {finding.at.path for finding in report.findings}
    hashes = {path: dict(enumerate(line_hashes((folder / path).read_bytes()), 1)) for path in sorted(paths)}
    return replace(report, rules=rules(), line_hashes=hashes)


def compared(report: Report) -> Report:
    """The same as if it had been compared: its findings are by turns new, worse, known and suppressed. And as if rules had no page."""
    states: list[dict[str, Any]] = [
        {"state": "new"},
        {"state": "worse", "measure": Measure("total_attempts", UNBOUNDED), "before": Measure("total_attempts", 3)},
        {"state": "baselined"},
        {"state": "suppressed", "suppressed_because": "the gateway ends it"},
    ]
    found: list[Finding] = [replace(f, **states[number % len(states)]) for number, f in enumerate(report.findings)]
    return replace(
        report,
        findings=tuple(found),
        compared_with=ComparedWith("baseline", "audit.json"),
        rules=tuple(replace(rule, page="") for rule in report.rules),
    )
