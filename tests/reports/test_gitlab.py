"""GitLab's Code Quality report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.reports.gitlab import render_gitlab
from tests.reports.sample import CLIENT_FINDING, LOOP_FINDING, baselined, compared, hostile, many, report

SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def check(text: str) -> list[dict[str, object]]:
    """What GitLab asks for: a missing severity fails in silence, equal fingerprints are merged."""
    issues = json.loads(text)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["description"] and len(issue["description"].splitlines()) == 1
        assert issue["severity"] in SEVERITIES
        assert not issue["location"]["path"].startswith(("/", "./", "../"))
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


@pytest.mark.parametrize("made", [report, compared, baselined], ids=lambda made: made.__name__)
def test_report(snapshot, made):
    text = render_gitlab(made())
    check(text)
    assert text == snapshot


def test_paths_are_those_of_the_repository():
    paths = [issue["location"]["path"] for issue in check(render_gitlab(report()))]
    assert paths == ["services/ask/app/agent.py", "services/ask/app/llm.py", "services/ask/tests/run.py"]


def test_equal_findings_have_fingerprints_of_their_own():
    equal = tuple(replace(CLIENT_FINDING, at=Location("app/llm.py", n), occurrence=n) for n in range(1, 50))
    assert [issue["fingerprint"] for issue in check(render_gitlab(replace(report(), findings=equal)))][:2] == [
        f"{'b' * 64}:1",
        f"{'b' * 64}:2",
    ]


def test_what_is_known_is_in_it_and_what_is_suppressed_is_not():
    assert len(check(render_gitlab(baselined()))) == 4
    assert check(render_gitlab(replace(report(), findings=(replace(LOOP_FINDING, state="suppressed"),)))) == []


def test_severities():
    found = tuple(
        replace(LOOP_FINDING, severity=severity, occurrence=n, at=Location("a.py", n))
        for n, severity in enumerate(("critical", "high", "medium", "low", "info"), 1)
    )
    issues = check(render_gitlab(replace(report(), findings=found)))
    assert [issue["severity"] for issue in issues] == ["blocker", "critical", "major", "minor", "info"]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_hostile_text_stays_text(text):
    json.loads(render_gitlab(hostile(text)))


def test_ten_thousand_findings():
    assert len(check(render_gitlab(many()))) == 10_000
