"""Suppressions in pyproject.toml: said in the report, with a reason and an expiry."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from auditor import pipeline
from auditor.settings import load_settings

TABLE = """\
[tool.agentaudit]

[[tool.agentaudit.suppress]]
path = "{path}"
rule = "{rule}"
{more}
"""


def settings(project, path="agent.py", rule="unbounded-agent-loop", more='reason = "a demo"'):
    (project / "pyproject.toml").write_text(TABLE.format(path=path, rule=rule, more=more))


def found(agentaudit, project):
    document = json.loads(agentaudit("scan", project, "--format", "json").out)
    return {f["rule"]: f["state"] for f in document["findings"]}, document


@pytest.mark.parametrize("path", ["agent.py", "*.py", "/agent.py", "**"])
def test_a_file_is_silenced_for_a_rule(agentaudit, project, path):
    settings(project, path)
    states, _ = found(agentaudit, project)
    assert states["unbounded-agent-loop"] == "suppressed"
    assert set(states.values()) == {"suppressed", "open"}
    assert "a demo" in agentaudit("scan", project).out


def test_other_files_are_not(agentaudit, project):
    settings(project, "other/")
    states, document = found(agentaudit, project)
    assert states["unbounded-agent-loop"] == "open"
    assert [p["code"] for p in document["problems"]] == ["suppression-unused"]
    assert (document["problems"][0]["path"], document["problems"][0]["line"]) == ("pyproject.toml", 3)


def test_without_a_reason_it_silences_nothing_and_is_a_finding(agentaudit, project):
    settings(project, more="")
    states, document = found(agentaudit, project)
    assert states["unbounded-agent-loop"] == "open"
    [invalid] = [f for f in document["findings"] if f["rule"] == "suppression-invalid"]
    assert (invalid["path"], invalid["line"], invalid["severity"]) == ("pyproject.toml", 3, "low")
    assert "no reason" in invalid["message"]


def test_it_ends_on_its_day(project):
    settings(project, more='reason = "a demo"\nuntil = 2027-01-31')
    silences = load_settings(project).suppress

    def state(today):
        report = pipeline.scan([project], options=pipeline.ScanOptions(silences=silences, today=today))
        return {f.rule: f.state for f in report.findings}["unbounded-agent-loop"]

    assert state(date(2027, 1, 31)) == "suppressed"
    assert state(date(2027, 2, 1)) == "open"


def test_an_unknown_rule_is_a_mistake_with_its_place(agentaudit, project):
    settings(project, rule="unbounded-agent-lop")
    ran = agentaudit("scan", project)
    assert (ran.code, ran.out) == (2, "")
    assert f"{project / 'pyproject.toml'}:3:1" in ran.err
    assert "did you mean unbounded-agent-loop?" in ran.err


def test_settings_above_the_root(agentaudit, project):
    (project / ".git").mkdir()
    (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    settings(project, "app/", more="")
    (project / "app").mkdir()
    Path(project / "agent.py").rename(project / "app" / "agent.py")
    document = json.loads(agentaudit("scan", project / "app", "--format", "json").out)
    assert "../pyproject.toml" in {f["path"] for f in document["findings"]}
    settings(project, "app/")
    document = json.loads(agentaudit("scan", project / "app", "--format", "json").out)
    assert "suppressed" in {f["state"] for f in document["findings"]}


def test_a_comment_with_a_rule_that_there_is_not_is_a_problem_and_nothing_more(agentaudit, project):
    file, plain = project / "agent.py", json.loads(agentaudit("scan", project, "--format", "json").out)
    text = file.read_text()
    file.write_text(text.replace("while True:", "while True:  # agentaudit: ignore[unbounded-agent-lop, house-rule] a demo"))
    for more in ((), ("--select", "unbounded-agent-loop"), ("--ignore", "infinite-retry")):
        document = json.loads(agentaudit("scan", project, "--format", "json", *more).out)
        told = [(p["code"], p["path"], p["line"], p["message"].partition(": ")[2]) for p in document["problems"]]
        assert told == [
            ("suppression-unknown", "agent.py", 8, "if it is one of a pack, this run was not given that"),
            ("suppression-unknown", "agent.py", 8, "did you mean unbounded-agent-loop?"),
        ]
        assert (document["gate"]["exit_code"], document["coverage"]) == (plain["gate"]["exit_code"], plain["coverage"]) or more
    assert agentaudit("scan", project, "--select", "output-cap-missing").code == 0
    assert "did you mean unbounded-agent-loop?" in " ".join(agentaudit("why", f"{file}:8").out.split())
    # A rule that did not run is known.
    file.write_text(text.replace("while True:", "while True:  # agentaudit: ignore[infinite-retry] a demo"))
    assert json.loads(agentaudit("scan", project, "--format", "json", "--ignore", "infinite-retry").out)["problems"] == []
