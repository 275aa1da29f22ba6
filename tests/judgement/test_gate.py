"""Exit codes: the same for every format, with reasons."""

from dataclasses import replace

import pytest

from auditor.graph.types import Tool
from auditor.judgement.compare import Base
from auditor.judgement.findings import find
from auditor.judgement.functions import Functions
from auditor.judgement.gate import GateOptions, decide
from auditor.judgement.types import Coverage, Score, ScoreGate
from tests.judgement.build import call, fails, rule

SCORE = Score(72.5, 70.0, 75.0, 72.5)
FULL = Coverage(10, 10)
DEFAULT = GateOptions()
CALLS = (call(1),)


def finding(**more):
    made = find([fails(rule(), call(10))], {}, Functions())[0][0]
    return replace(made, **more)


def gate(findings=(), options=DEFAULT, *, score=SCORE, coverage=FULL, files=1, nodes=CALLS, base=None):
    return decide(findings, score, coverage, options, files_read=files, nodes=nodes, base=base)


def test_nothing_found_passes():
    assert gate().asked == "fail-on high"
    assert gate().none == "no finding that is high or worse in production or script code, no score gate failed"
    assert gate([], GateOptions(fail_under=72.5, min_coverage=100)).asked == "fail-on high, fail-under 72.5, min-coverage 100"
    assert (gate().passed, gate().exit_code, gate().reasons) == (True, 0, ())


def test_an_open_high_finding_fails_and_is_named():
    result = gate([finding()])
    assert (result.passed, result.exit_code) == (False, 1)
    assert result.reasons == ("1 high finding: model-call-no-deadline at app/main.py:10",)


@pytest.mark.parametrize(
    "change",
    [
        {"severity": "medium"},
        {"confidence": "low"},
        {"status": "preview"},
        {"role": "library"},
        {"role": "test"},
        {"state": "suppressed"},
        {"state": "baselined"},
    ],
)
def test_what_does_not_gate(change):
    assert gate([finding(**change)]).exit_code == 0


def test_what_is_severe_and_does_not_gate_is_counted_with_the_reason():
    changes = (
        {"role": "library"},
        {"role": "test"},
        {"role": "example"},
        {"status": "preview"},
        {"confidence": "low"},
        {"state": "baselined"},
    )
    result = gate([finding(**change) for change in changes] + [finding(role="library", severity="medium")])
    assert [text.split(" (")[0] for text in result.aside] == [
        "1 finding in library code, to which no path from an entry point was found",
        "2 findings in notebooks, examples or tests",
        "1 finding of rules that are not stable",
        "1 finding of low confidence",
    ]
    assert gate([finding(role="library")], GateOptions(fail_on="never")).aside == ()


@pytest.mark.parametrize(
    "change", [{"severity": "critical"}, {"confidence": "medium"}, {"role": "script"}, {"state": "new"}, {"state": "worse"}]
)
def test_what_gates(change):
    assert gate([finding(**change)]).exit_code == 1


@pytest.mark.parametrize(
    ("threshold", "severity", "code"),
    [
        ("critical", "high", 0),
        ("critical", "critical", 1),
        ("medium", "medium", 1),
        ("low", "low", 1),
        ("low", "info", 0),
        ("never", "critical", 0),
    ],
)
def test_the_threshold_moves(threshold, severity, code):
    assert gate([finding(severity=severity)], GateOptions(fail_on=threshold)).exit_code == code


def test_many_findings_are_counted_and_the_first_named():
    [reason] = gate([finding()] * 5).reasons
    assert reason.startswith("5 high findings: ")
    assert reason.endswith(" and 2 more")


def test_a_failed_score_gate_fails_unless_nothing_open_is_behind_it():
    failed = ScoreGate("G1", "unbounded spend", "failed", ("infinite-retry at a.py:3",), open=True)
    result = gate(options=GateOptions(fail_on="never"), score=replace(SCORE, gates=(failed,)))
    assert result.exit_code == 1
    assert result.reasons == ("score gate G1 failed (unbounded spend): infinite-retry at a.py:3",)
    assert gate(score=replace(SCORE, gates=(replace(failed, open=False),))).exit_code == 0


def test_a_score_under_the_limit_fails():
    assert gate(options=GateOptions(fail_under=73)).exit_code == 1
    assert gate(options=GateOptions(fail_under=73)).reasons == ("score 72.5 is under 73",)


def test_nothing_to_audit():
    assert gate(files=0, nodes=()).exit_code == 3
    assert gate(nodes=()).exit_code == 3
    assert gate(nodes=[call(1, role="test")]).exit_code == 3
    assert gate(nodes=[call(1, role="example")]).exit_code == 0
    tool = Tool(id="tool:a.py:1:1", name="t", symbol="t", at=call(1).at, role="production", callee="def")
    assert gate(nodes=[tool]).reasons == ("nothing to score: neither a model call nor an agent was found outside tests",)
    assert gate(nodes=[replace(tool, role="test")]).reasons == (
        "nothing to audit: neither a model call nor an agent was found outside tests",
    )
    assert gate(options=GateOptions(allow_empty=True), files=0, nodes=(), score=None).exit_code == 0


def test_coverage_under_its_floor_and_a_missing_score():
    low = gate(options=GateOptions(min_coverage=80), coverage=Coverage(10, 7))
    assert (low.exit_code, low.reasons) == (3, ("coverage 70.0 % is under 80 % (7 of 10 subjects decided)",))
    assert gate(options=GateOptions(fail_under=1), score=None).exit_code == 3
    assert gate(coverage=Coverage(10, 0)).exit_code == 0


def test_precedence_and_exit_zero():
    both = gate([finding()], GateOptions(min_coverage=100), coverage=Coverage(10, 7))
    assert both.exit_code == 3
    assert len(both.reasons) == 2
    assert gate([finding()], GateOptions(min_coverage=100, exit_zero=True), coverage=Coverage(10, 7)).exit_code == 3
    quiet = gate([finding()], GateOptions(exit_zero=True))
    assert (quiet.passed, quiet.exit_code) == (False, 0)


BASELINE = Base("baseline", "b.json", gates=("G1",))
COMMIT = Base("commit", "main", gates=("G1",), coverage=Coverage(10, 9))


@pytest.mark.parametrize("base", [BASELINE, COMMIT])
def test_against_a_base_only_what_is_new_or_worse_counts(base):
    known = finding(state=base.state)
    assert gate([known], base=base).exit_code == 0
    assert "no new or worse finding that is high" in gate([known], base=base).none
    result = gate([known, finding(state="worse"), finding(state="new")], base=base)
    assert result.exit_code == 1
    assert result.reasons == (
        "2 high findings: model-call-no-deadline at app/main.py:10 (worse), model-call-no-deadline at app/main.py:10 (new)",
    )
    assert gate([finding(state="suppressed")], base=base).exit_code == 0


def test_only_a_newly_failed_score_gate_counts():
    score = replace(SCORE, gates=(ScoreGate("G1", "unbounded spend", "failed", ("x at a.py:1",), True),))
    assert gate(score=score).exit_code == 1
    assert gate(score=score, base=COMMIT).exit_code == 0
    assert gate(score=score, base=replace(COMMIT, gates=())).exit_code == 1


def test_what_is_known_is_not_said_not_to_count():
    assert gate([finding(state="baselined", role="library")], base=BASELINE).aside == ()
    assert len(gate([finding(state="new", role="library")], base=BASELINE).aside) == 1


def test_thresholds_that_were_asked_for_hold_against_a_base_too():
    assert gate([], GateOptions(fail_under=80), base=COMMIT).exit_code == 1
    assert gate([], GateOptions(min_coverage=80), coverage=Coverage(10, 7), base=COMMIT).exit_code == 3
