"""The log of a step: what a runner takes for a command, and that nothing of the scanned code is one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.judgement.types import Finding, GateResult
from auditor.reports.github import render_github, step_summary
from auditor.reports.report import Report
from tests.reports.sample import CLIENT_FINDING, LOOP_FINDING, SUPPRESSED, baselined, compared, hostile, many, report

HOSTILE = st.text(st.sampled_from(":#[]%,=\r\n\t \x0b\x85\u2028ae") | st.characters(codec="utf-8"), max_size=40)
COMMANDS = [
    "::set-output name=x::1",
    "\n::add-mask::e",
    "\r\n  ::stop-commands::x",
    "a\r::error::b",
    "##[add-mask]e",
    "###[group]x",
    "%0A::debug::",
]


def runner(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands that a runner finds: `::name key=value::data` where a line begins, else `##[name]` anywhere in it."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        match = re.match(r"::([^ ]*?)(?: (.*?))?::(.*)", line.lstrip(), re.DOTALL)
        if match:
            pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
            given = {key: decoded(value, property=True) for key, _, value in pairs}
            found.append((match[1], given, decoded(match[3])))
        elif legacy := re.search(r"##\w*\[([^\]]*)\]", line):
            found.append((legacy[1], {}, line))
    return found


def decoded(text: str, *, property: bool = False) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) if property else ()), ("%25", "%")):
        text = text.replace(code, char)
    return text


def with_findings(*findings: Finding) -> Report:
    return replace(report(), findings=findings, compared_with=None)


def numbered(number: int, **more: object) -> list[Finding]:
    return [replace(CLIENT_FINDING, at=Location("app/llm.py", n + 1), fingerprint=f"{n:064}", **more) for n in range(number)]


@pytest.mark.parametrize("made", [report, compared, baselined], ids=lambda made: made.__name__)
def test_log(snapshot, made):
    assert render_github(made()) == snapshot


def test_a_place_is_one_line_relative_to_the_git_root():
    (_, place, message), (closing, _, _) = runner(render_github(with_findings(LOOP_FINDING)))
    assert place == {
        "file": "services/ask/app/agent.py", "line": "41", "endLine": "41", "col": "9", "endColumn": "20",
        "title": "new: critical: Nothing ends this agent loop (unbounded-agent-loop)",
    }  # fmt: skip
    assert message == f"{LOOP_FINDING.message}\ntimes: unbounded, ends on model (app/agent.py:41)\nfix: {LOOP_FINDING.remedy}"
    assert closing == "notice"


def test_a_place_in_a_notebook_has_no_columns():
    at = Location("n.ipynb", 90, 1, 90, 8, 3, 5)
    place = runner(render_github(with_findings(replace(LOOP_FINDING, at=at))))[0][1]
    assert (place["line"], "col" in place, "endColumn" in place) == ("90", False, False)


def test_an_end_that_is_not_known_is_left_out():
    place = runner(render_github(with_findings(replace(LOOP_FINDING, at=Location("b.py", 3, 5, 9, 2)))))[0][1]
    assert (place["line"], place["endLine"], place["col"], "endColumn" in place) == ("3", "3", "5", False)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "error"),
        ({"severity": "high"}, "error"),
        ({"severity": "medium"}, "warning"),
        ({"severity": "low"}, "notice"),
        ({"role": "script"}, "error"),
        ({"confidence": "medium"}, "error"),
    ],
)
def test_an_error_is_what_can_fail_the_default_gate(change, level):
    assert runner(render_github(with_findings(replace(LOOP_FINDING, **change))))[0][0] == level


@pytest.mark.parametrize("change", [{"role": "library"}, {"role": "test"}, {"status": "preview"}, {"confidence": "low"}])
def test_what_never_gates_is_in_the_log_alone(change):
    text = render_github(with_findings(replace(LOOP_FINDING, **change), *numbered(1)))
    assert [name for name, _, _ in runner(text)] == ["error", "notice"]
    assert "\nfinding: critical[unbounded-agent-loop] services/ask/app/agent.py:41: " in text


def test_a_library_has_no_errors():
    library = replace(with_findings(replace(LOOP_FINDING, role="library")), matrix=())
    assert [name for name, _, _ in runner(render_github(library))] == ["warning", "notice"]


def test_ten_at_most_the_worst_first_and_the_true_count():
    found = [*numbered(40), replace(LOOP_FINDING, state="open")]
    text = render_github(with_findings(*found))
    commands = runner(text)
    assert len(commands) == 11
    assert commands[0][1]["title"].startswith("critical: ")
    assert "10 of 41 findings (1 critical, 40 high) are annotated; all are in the log of this step" in commands[-1][2]
    assert text.count("\nfinding: ") == 41


def test_notices_leave_room_for_the_closing_one():
    names = [name for name, _, _ in runner(render_github(with_findings(*numbered(40, severity="low"))))]
    assert names == ["notice"] * 10


def test_where_there_is_a_base_only_what_is_new_or_worse_is_annotated():
    commands = runner(render_github(compared()))
    assert [given.get("title", "").split(":")[0] for _, given, _ in commands] == ["new", "worse", "agentaudit"]
    assert "attempts: 12 -> 60" in commands[1][2]


def test_criticals_that_the_gate_does_not_count_come_first():
    text = render_github(replace(baselined(), findings=(*baselined().findings, replace(SUPPRESSED, severity="critical"))))
    name, place, message = runner(text)[0]
    assert (name, place["file"], place["title"]) == ("warning", "services/ask/app/agent.py", "critical, not counted")
    assert message.splitlines() == [
        "Baselined critical, which the gate does not count: unbounded-agent-loop at app/agent.py:41; unbounded-agent-loop at app/old.py:9",
        "Suppressed critical, which the gate does not count: retry-amplification at app/tools.py:7 (the upstream is ours)",
    ]
    full = [*baselined().findings, *numbered(40, state="new")]
    assert len(runner(render_github(replace(baselined(), findings=tuple(full))))) == 11


def test_a_drop_in_coverage_is_said():
    assert "coverage fell: 98 % of 53 subjects -> 92 % of 55 subjects" in runner(render_github(compared()))[-1][2]


def test_nothing_found():
    clean = replace(with_findings(), gate=GateResult(True, 0), verdict="ready", problems=(), fixed=())
    assert render_github(clean).splitlines() == [
        "::notice title=agentaudit::Gate passed; READY. No findings",
        "agentaudit: gate passed; READY: no gate failed and no dimension is under 50",
    ]


@pytest.mark.parametrize("text", COMMANDS)
def test_commands_in_the_scanned_code(text):
    check(text)


@given(HOSTILE)
@example("::")
def test_nothing_of_the_scanned_code_is_a_command(text):
    check(text)


def check(text: str) -> None:
    log = render_github(hostile(text))
    commands = runner(log)
    benign = runner(render_github(hostile("x")))
    assert [name for name, _, _ in commands] == [name for name, _, _ in benign]
    # The end of a line is known by its text.
    assert [{*given} - {"endColumn"} for _, given, _ in commands] == [{*given} - {"endColumn"} for _, given, _ in benign]
    assert len(log.splitlines()) == len(render_github(hostile("x")).splitlines())


@given(st.text(st.sampled_from("%:, =A0D3C2\n") | st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=40))
def test_properties_and_data_arrive_as_they_were(text):
    at = replace(LOOP_FINDING.at, path=f"a{text}.py")
    name = runner(render_github(with_findings(replace(LOOP_FINDING, at=at))))[0][1]["file"]
    if not re.search(r"##\w*\[", text) and "//" not in text and "/./" not in text and "\n" not in text:
        assert name == f"services/ask/a{text}.py"


def test_the_summary_has_its_limit():
    assert len(step_summary(many()).encode()) < 900_000
    assert step_summary(compared()).startswith("<!-- agentaudit services/ask -->\n")
