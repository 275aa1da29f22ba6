"""The report for coding assistants."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.judgement.types import EvidenceLine, Finding, GateResult
from auditor.reports.agent import render_agent
from auditor.reports.json import render_json
from tests.reports.sample import CLIENT_FINDING, LOOP_FINDING, SECOND_CLIENT, SUPPRESSED, baselined, compared, hostile, many, report


def with_findings(*findings: Finding) -> str:
    return render_agent(replace(report(), findings=findings, compared_with=None))


def numbered(number: int, **more: object) -> list[Finding]:
    found = replace(CLIENT_FINDING, sites=(), **more)
    return [replace(found, at=Location("app/llm.py", n + 1), fingerprint=f"{n:064}") for n in range(number)]


@pytest.mark.parametrize("made", [report, compared, baselined], ids=lambda made: made.__name__)
def test_report(snapshot, made):
    assert render_agent(made()) == snapshot


def test_the_first_line_is_the_answer():
    text = render_agent(replace(report(), findings=(), compared_with=None, gate=GateResult(True, 0), verdict="ready", root="."))
    assert text == "agentaudit: READY; gate passed\n"


def test_place_severity_rule_and_cause_are_one_line():
    text = with_findings(replace(LOOP_FINDING, state="open"))
    assert "\napp/agent.py:41: critical unbounded-agent-loop - the model alone decides when this loop ends\n" in text
    assert f"\n  fix: {LOOP_FINDING.remedy}\n" in text


def test_the_place_of_the_cause_is_named_where_it_is_elsewhere():
    text = render_agent(compared())
    assert "\n  cause: app/llm.py:12: attempts: 3 attempts, default of somelib 1.2.0; client made here\n" in text
    assert text.count("\n  cause: ") == 1
    assert "(attempts 12 -> 60)" in text


def test_the_other_sites_are_named_without_the_suppressed_ones():
    assert "\n  sites: app/steps.py:10, :20, :40, :50, :60, :70, :80, :90, +16\n" in with_findings(CLIENT_FINDING)


def test_a_drop_in_coverage_is_said():
    assert "\ncoverage fell: 98 % of 53 subjects -> 92 % of 55 subjects\n" in render_agent(compared())


def test_words_are_said_once():
    text = with_findings(*numbered(30, evidence=()))
    assert text.count(CLIENT_FINDING.message) == text.count(CLIENT_FINDING.remedy) == 1
    assert "\n  likewise: app/llm.py:2, :3, " in text
    assert "\n  fix of these 30: " in text


def test_what_has_a_cause_of_its_own_is_told_with_it():
    same, own = (EvidenceLine("deadline", f"none: written at app/config.py:{line}", Location("app/config.py", line)) for line in (3, 5))
    first, second, third = numbered(3)
    text = with_findings(*(replace(f, evidence=(e,)) for f, e in ((first, same), (second, own), (third, same))))
    assert "\n  likewise: app/llm.py:3\n" in text
    assert [line.split(": ")[1] for line in text.splitlines() if line.startswith("  cause: ")] == ["app/config.py:3", "app/config.py:5"]


def test_what_is_mended_together_is_told_together():
    slow = replace(CLIENT_FINDING, rule="model-call-slow-default", severity="medium", message="600 s", fingerprint="f" * 64)
    assert "\n  also: medium model-call-slow-default - 600 s\n" in with_findings(slow, CLIENT_FINDING)


def test_there_is_a_cap_and_the_true_count():
    assert "\nnot listed: 160 more (160 high) (--format json has all)\n" in with_findings(*numbered(200))


def test_what_does_not_count_is_counted():
    text = with_findings(LOOP_FINDING, SECOND_CLIENT, SUPPRESSED)
    assert "\nnot listed: 1 that never gate (--format json has all)\n" in text
    assert "tests/run.py" not in text


def test_criticals_that_the_gate_does_not_count_come_first():
    assert render_agent(baselined()).startswith(
        "Baselined critical, which the gate does not count: unbounded-agent-loop at app/agent.py:41; "
    )
    assert with_findings(replace(SUPPRESSED, severity="critical")).startswith("Suppressed critical, which the gate does not count: ")


@given(st.text(st.sampled_from("\n\r\u2028 a") | st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_the_scanned_code_writes_no_line_of_its_own(text):
    assert len(render_agent(hostile(f"x{text}")).splitlines()) == len(render_agent(hostile("x")).splitlines())


def test_it_is_short():
    assert len(render_agent(many())) < 60_000
    assert 3 * len(render_agent(compared())) < len(render_json(compared()))
