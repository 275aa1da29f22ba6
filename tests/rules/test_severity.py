"""How bad missing spans, missing records of usage and blocking calls are, by what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.location import Location
from auditor.core.values import ABSENT, UNBOUNDED, Setting, unknown
from auditor.graph.types import DecisionPoint, ExternalCall
from auditor.rules.evaluate import ask
from auditor.rules.load import builtin_packs, load_packs
from tests.rules.build import call, some

RULES = {rule.id: rule for rule in load_packs(builtin_packs())}
MANY = Setting(UNBOUNDED, "inferred")
LOG = Setting(True, "inferred", at=Location("log.py", 7))


def untraced(**more: Any) -> Any:
    fields = {"id": "d", "name": "d", "symbol": "d", "at": Location("app.py", 1), "role": "production", "traced": Setting(False)}
    return ask(RULES["decision-point-untraced"], DecisionPoint(**{**fields, **more}))


def unmetered(**more: Any) -> Any:
    return ask(RULES["usage-not-recorded"], call(usage_recorded=Setting(False), **more))


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({}, "medium"),
        ({"several": True}, "high"),
        ({"several": True, "served": True}, "medium"),
        ({"decision": "tool"}, "medium"),
        ({"decision": "tool", "served": True}, "low"),
        ({"several": True, "held": True}, "medium"),
        ({"several": True, "role": "library"}, "medium"),
        ({"by_hand": True}, "low"),
        ({"role": "example"}, "low"),
        ({"small": True}, "low"),
        ({"logged": LOG}, "low"),
        ({"hosted": True, "role": "library"}, "medium"),
    ],
)
def test_a_decision_without_a_span(fields: dict[str, Any], severity: str) -> None:
    assert untraced(**fields).severity == severity


def test_only_a_library_is_told_to_leave_the_tracer_to_its_host() -> None:
    assert "Do not start a tracer" in untraced(hosted=True).remedy
    assert untraced(role="library").remedy == ""


def test_the_record_that_lowers_it_is_evidence() -> None:
    assert [(e.field, e.setting.at) for e in untraced(logged=LOG).evidence] == [("traced", None), ("logged", LOG.at)]
    assert [e.field for e in untraced().evidence] == ["traced"]


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"loop": MANY, "loop_kind": "model"}, "high"),
        ({"loop": MANY, "loop_kind": "data"}, "high"),
        ({"loop": MANY, "loop_kind": "event"}, "medium"),
        ({}, "medium"),
        ({"role": "library"}, "medium"),
        ({"by_hand": True}, "low"),
        ({"role": "notebook"}, "low"),
        ({"max_output_tokens": Setting(1)}, "low"),
        ({"max_output_tokens": Setting(16)}, "low"),
        ({"max_output_tokens": Setting(17)}, "medium"),
        ({"max_output_tokens": some(1, 400)}, "medium"),
    ],
)
def test_a_call_without_a_record_of_usage(fields: dict[str, Any], severity: str) -> None:
    assert unmetered(**fields).severity == severity


@pytest.mark.parametrize(
    ("kind", "needed", "severity"),
    [
        ("process", Setting(5), "medium"),
        ("process", Setting(6), "high"),
        ("process", unknown("one attempt has no deadline"), "high"),
        ("http", Setting(5), "high"),
        ("http", Setting(0.5), "low"),
        ("http", Setting(0.6), "high"),
        ("http", some(0.2, 30), "high"),
        ("process", Setting(0.2), "low"),
        ("sleep", Setting(5), "high"),
        ("sleep", Setting(0.2), "low"),
        ("sleep", Setting(1), "low"),
    ],
)
def test_a_command_that_is_ended_soon_blocks_for_seconds_only(kind: str, needed: Setting, severity: str) -> None:
    fields: Any = {"id": "e", "name": "run", "symbol": "run", "at": Location("app.py", 1), "role": "production"}
    blocking: Any = ask(RULES["blocking-call-in-async"], ExternalCall(**fields, call=kind, needed_seconds=needed, blocking_in_async=True))
    assert blocking.severity == severity


@pytest.mark.parametrize(
    ("kind", "again", "needed", "severity"),
    [("sleep", True, Setting(0.2), "high"), ("sleep", False, Setting(2), "high"), ("http", True, Setting(0.2), "low")],
)
def test_a_pause_that_a_loop_repeats_is_none(kind: str, again: bool, needed: Setting, severity: str) -> None:
    fields: Any = {"id": "e", "name": "run", "symbol": "run", "at": Location("app.py", 1), "role": "production"}
    asked: Any = ExternalCall(**fields, call=kind, needed_seconds=needed, blocking_in_async=True, again=again)
    blocking: Any = ask(RULES["blocking-call-in-async"], asked)
    assert blocking.severity == severity


@pytest.mark.parametrize(("by_hand", "severity"), [(True, "low"), (False, "high")])
def test_nobody_else_waits_on_the_loop_of_a_program_that_a_person_starts(by_hand: bool, severity: str) -> None:
    blocking: Any = ask(RULES["blocking-call-in-async"], call(blocking_in_async=True, by_hand=by_hand))
    assert blocking.severity == severity


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"total_attempts": Setting(1)}, "low"),
        ({"total_attempts": Setting(1), "blocks": True}, "high"),
        ({"total_attempts": Setting(3)}, "medium"),
        ({"total_attempts": some(1, 3)}, "medium"),
        ({"total_attempts": unknown("it is not read")}, "medium"),
        ({"total_attempts": Setting(3), "blocks": True}, "high"),
        ({"total_attempts": Setting(3), "deadline": Setting(20), "needed_seconds": Setting(60)}, "high"),
    ],
)
def test_an_outer_deadline_cancels_what_is_awaited_once(fields: dict[str, Any], severity: str) -> None:
    inverted: Any = ask(
        RULES["timeout-inversion"],
        call(**{"deadline": Setting(600), "needed_seconds": Setting(600), "run_deadline": Setting(30), **fields}),
    )
    assert inverted.severity == severity


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"deadline": Setting(60)}, "low"),
        ({"deadline": Setting(61)}, "medium"),
        ({"deadline": Setting(60), "streams": True}, "medium"),
        ({"deadline": Setting(ABSENT)}, "medium"),
        ({"deadline": unknown("it is not read")}, "medium"),
    ],
)
def test_a_deadline_limits_an_answer_that_comes_as_a_whole(fields: dict[str, Any], severity: str) -> None:
    uncapped: Any = ask(RULES["output-cap-missing"], call(max_output_tokens=Setting(ABSENT), **fields))
    assert uncapped.severity == severity
