"""A finding is as severe as its rule says, where it stands."""

from dataclasses import replace

import pytest

from auditor.core.values import Setting
from auditor.judgement.findings import find
from auditor.judgement.functions import Functions
from auditor.judgement.populations import populations, standings
from auditor.judgement.severity import severity_of
from auditor.rules.constants import NEWEST
from auditor.rules.evaluate import ask
from auditor.rules.types import Gate, Grade
from tests.judgement.build import call, client, fails, nodes, rule

WORDS = {"example": "an example", "notebook": "a notebook"}
GRADED = {
    "flag": "total_attempts > 6",
    "severity": "high",
    "grades": (Grade("high", "total_attempts is unbounded or total_attempts > 20"), Grade("medium")),
}


@pytest.mark.parametrize(
    ("role", "severity"),
    [
        ("production", "critical"),
        ("library", "critical"),
        ("script", "high"),
        ("notebook", "medium"),
        ("example", "medium"),
        ("test", "low"),
    ],
)
def test_rules_speak_of_production(role, severity):
    assert severity_of(fails(rule(severity="critical"), call(role=role)), NEWEST) == severity
    assert severity_of(fails(rule(severity="low"), call(role=role)), NEWEST) == "low"


def test_what_is_only_tried_is_low_where_it_would_be_medium():
    found = {
        role: severity_of(fails(rule(severity="medium"), call(role=role)), NEWEST)
        for role in ("production", "library", "script", "example", "notebook")
    }
    assert found == {"production": "medium", "library": "medium", "script": "medium", "example": "low", "notebook": "low"}


@pytest.mark.parametrize(("role", "severity"), [("production", "high"), ("example", "medium"), ("notebook", "medium")])
def test_what_is_to_be_mended_in_an_example_is_as_severe_as_there(role, severity):
    brought = replace(client(path="examples/demo.py"), role=role)
    subject = call(clients=(brought,))
    [finding] = find([fails(rule(at="client"), subject, (brought,))], nodes(subject, brought), Functions())[0]
    assert (finding.severity, finding.role) == (severity, "production")
    assert [line.text for line in finding.evidence] == (
        [] if role == "production" else [f"lowered: what is to be changed stands in {WORDS[role]}"]
    )


@pytest.mark.parametrize(("own", "stored"), [("critical", "high"), ("high", "medium"), ("medium", "medium"), ("low", "low")])
def test_of_what_is_only_handed_over_nobody_knows_that_it_runs(own, stored):
    assert severity_of(fails(rule(severity=own), call(stored=True)), NEWEST) == stored
    assert severity_of(fails(rule(severity=own), call()), NEWEST) == own


def test_a_grade_may_bring_a_remedy_of_its_own():
    grades = (Grade("medium", "total_attempts > 100", "drop a layer"), Grade("high"))
    made = {"flag": "total_attempts > 6", "grades": grades, "remedy": "add a limit"}
    many, few = (call(line=n, total_attempts=Setting(n)) for n in (200, 20))
    found = {f.severity: f.remedy for f in find([ask(rule(**made), s) for s in (many, few)], nodes(many, few), Functions())[0]}
    assert found == {"medium": "drop a layer", "high": "add a limit"}


def test_code_that_nothing_refers_to_is_no_great_matter():
    subject = call(role="library", unused=True)
    verdict = fails(rule(severity="critical"), subject)
    [finding] = find([verdict], nodes(subject), Functions())[0]
    assert finding.severity == "low"
    assert finding.message == "no deadline; no use of this code was found in this project, tests aside"
    assert populations([verdict], NEWEST) == []


def test_of_several_sites_the_one_that_is_used_speaks():
    subjects = [call(5, role="library", unused=True), call(9, role="library")]
    shared = call(1)
    [finding] = find([fails(rule(), s, [shared]) for s in subjects], nodes(*subjects, shared), Functions())[0]
    assert (finding.severity, finding.message) == ("high", "no deadline")


@pytest.mark.parametrize(("attempts", "severity"), [(8, "medium"), (90, "high")])
def test_a_rule_may_grade_by_the_measure(attempts, severity):
    verdict = ask(rule(**GRADED), call(total_attempts=Setting(attempts)))
    assert severity_of(verdict, NEWEST) == severity


def test_a_gate_may_ask_for_a_severity():
    gate = Gate(id="G", title="g", rules=("model-call-no-deadline",), severity="high")
    few, many = (ask(rule(**GRADED), call(total_attempts=Setting(n))) for n in (8, 90))
    assert standings([few], [gate], NEWEST)[0].state == "passed"
    assert standings([few, many], [gate], NEWEST)[0].state == "failed"
