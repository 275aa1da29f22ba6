"""Mistakes of the user, and of the program: exit 2, a message, a hint, and no traceback."""

from __future__ import annotations

import pytest

from auditor import __version__, pipeline
from auditor.core.problem import AuditError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scna", "."], "scan"),
        (["scan"], "PATH"),
        (["scan", ".", "--formt", "json"], "--format"),
        (["scan", ".", "--format", "jsn"], "did you mean 'json'?"),
        (["scan", ".", "--format", "graphviz"], "formats: text, json"),
        (["scan", ".", "--fail-on", "hgih"], "did you mean 'high'?"),
        (["scan", ".", "--fail-under", "101"], "not between 0 and 100"),
        (["scan", ".", "--fail-under", "nan"], "not between 0 and 100"),
        (["scan", ".", "--min-coverage", "-1"], "not between 0 and 100"),
        (["scan", ".", "--fail-under", "much"], "--fail-under"),
        (["scan", "no-such-folder"], "no-such-folder does not exist"),
        (["graph", "no-such-folder"], "no-such-folder does not exist"),
        (["scan", ".", "-o", "a", "-o", "b"], "-o json=report.json"),
        (["scan", ".", "-o", "json="], "no file is given"),
        (["scan", ".", "-o", "sarf=x"], "unknown format 'sarf'"),
        (["scan", ".", "-o", "json=-"], "two documents would go to stdout"),
        (["scan", ".", "-o", "json=x", "-o", "text=./x"], "two documents would go to x"),
        (["graph", ".", "--unknown", "--format", "json"], "--unknown is a text"),
        (["explain", "unbounded-agent-lop"], "did you mean 'unbounded-agent-loop'?"),
        (["explain", "zzz"], "`agentaudit rules` lists them"),
    ],
)
def test_a_mistake_is_explained(agentaudit, arguments, said):
    ran = agentaudit(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert "hint: " in ran.err or "between" in ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule_is_a_mistake(agentaudit, project, option):
    ran = agentaudit("scan", project, option, "retry-amplification,unbounded-agent-lop")
    assert (ran.code, ran.out) == (2, "")
    assert "unbounded-agent-loop" in ran.err


def test_without_a_command_the_help_goes_to_stderr(agentaudit):
    ran = agentaudit()
    assert (ran.code, ran.out) == (2, "")
    assert "Commands:" in ran.err


@pytest.mark.parametrize("command", [[], ["scan"], ["graph"], ["explain"], ["rules"]])
def test_help(agentaudit, command):
    ran = agentaudit(*command, "--help")
    assert ran.code == 0
    assert "Usage: agentaudit" in ran.out


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(agentaudit, process, option):
    assert agentaudit(option).out == f"agentaudit {__version__}\n"
    assert process(option).stdout.decode().split() == ["agentaudit", __version__]


def raising(error: BaseException):
    def build(*_: object, **__: object) -> None:
        raise error

    return build


def test_a_defect_is_told_in_one_line(agentaudit, project, monkeypatch):
    monkeypatch.setattr(pipeline, "build_graph", raising(RuntimeError("it\x1b[31m broke")))
    ran = agentaudit("graph", project)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: internal error: RuntimeError: it")
    assert "\x1b" not in ran.err
    assert "AGENTAUDIT_DEBUG=1" in ran.err
    assert "Traceback" not in ran.err


def test_a_defect_shows_its_traceback_on_demand(agentaudit, project, monkeypatch):
    monkeypatch.setenv("AGENTAUDIT_DEBUG", "1")
    monkeypatch.setattr(pipeline, "build_graph", raising(RuntimeError("it broke")))
    ran = agentaudit("graph", project)
    assert ran.code == 2
    assert "Traceback (most recent call last)" in ran.err


def test_an_error_names_its_place(agentaudit, project, monkeypatch):
    monkeypatch.setattr(pipeline, "build_graph", raising(AuditError("broken", hint="mend it", place="a.yaml:3:1")))
    ran = agentaudit("graph", project)
    assert (ran.code, ran.err) == (2, "error: a.yaml:3:1: broken\nhint: mend it\n")


def test_an_interruption_is_130(agentaudit, project, monkeypatch):
    monkeypatch.setattr(pipeline, "build_graph", raising(KeyboardInterrupt()))
    ran = agentaudit("graph", project)
    assert (ran.code, ran.out) == (130, "")
    assert "Traceback" not in ran.err
