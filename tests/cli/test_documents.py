"""stdout carries the document and nothing else; files are written whatever happens to the others."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest


def test_a_failed_gate_is_exit_1_in_every_format(agentaudit, project):
    for name in ("text", "json"):
        assert agentaudit("scan", project, "--format", name).code == 1
    assert agentaudit("scan", project, "--exit-zero").code == 0


def test_nothing_to_audit_is_exit_3(agentaudit, tmp_path):
    assert agentaudit("scan", tmp_path, "--exit-zero").code == 3
    ran = agentaudit("graph", tmp_path, "--format", "json")
    assert ran.code == 3
    assert json.loads(ran.out)["nodes"] == []


def test_stdout_is_the_document_alone(agentaudit, project):
    ran = agentaudit("scan", project, "--format", "json")
    assert json.loads(ran.out)["gate"]["exit_code"] == ran.code
    assert ran.err.strip()
    quiet = agentaudit("scan", project, "--format", "json", "--quiet")
    assert (quiet.out, quiet.err) == (ran.out, "")


def test_the_text_says_everything_itself(agentaudit, project):
    assert agentaudit("scan", project).err == ""


def test_all_findings_in_full(agentaudit, project):
    (project / "examples").mkdir()
    (project / "examples" / "ask.py").write_text((project / "agent.py").read_text())
    short, whole = agentaudit("scan", project), agentaudit("scan", project, "--all")
    assert short.code == whole.code
    assert "examples/ask.py:8 in main (example code)" in short.out
    assert "--> examples/ask.py:8" not in short.out
    assert "--> examples/ask.py:8" in whole.out


def test_a_file_instead_of_stdout(agentaudit, project, tmp_path):
    ran = agentaudit("scan", project, "--format", "json", "-o", tmp_path / "out.json")
    assert ran.out == ""
    assert json.loads((tmp_path / "out.json").read_text())["format"] == 1
    assert "wrote " in ran.err


def test_files_beside_stdout(agentaudit, project, tmp_path):
    ran = agentaudit("scan", project, "-o", f"json={tmp_path / 'a.json'}", "-o", f"text={tmp_path / 'a.txt'}", "-q")
    assert ran.out == (tmp_path / "a.txt").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["format"] == 1


def test_an_unwritable_file_is_exit_2_and_the_others_are_written(agentaudit, project, tmp_path):
    missing = tmp_path / "missing" / "x"
    ran = agentaudit("scan", project, "-o", f"text={missing}", "-o", f"json={tmp_path / 'a.json'}")
    assert (ran.code, ran.out) == (2, "")
    assert f"cannot write {missing}" in ran.err
    assert (tmp_path / "a.json").exists()


def test_what_is_read_is_never_overwritten(agentaudit, project):
    before = (project / "agent.py").read_text()
    ran = agentaudit("scan", project / "agent.py", "-o", project / "agent.py")
    assert ran.code == 2
    assert (project / "agent.py").read_text() == before


@pytest.mark.parametrize(("name", "start"), [("json", "{"), ("mermaid", "flowchart LR"), ("dot", "digraph"), ("text", "Agent graph of")])
def test_the_graph_in_every_format(agentaudit, project, name, start):
    ran = agentaudit("graph", project, "--format", name)
    assert ran.code == 0
    assert ran.out.startswith(start)


def test_what_is_not_understood(agentaudit, project):
    (project / "helper.py").write_text("def run(function):\n    function()\n    print(1)\n")
    ran = agentaudit("graph", project, "--unknown")
    assert ran.code == 0
    assert ran.out.startswith("Calls into known packages that are not understood: ")
    assert ran.out.split("\n")[-3].startswith("Calls of which it cannot be told what they call")
    assert ran.out.split("\n")[-2].split() == ["1", "beside", "5", "of", "which", "it", "can"]


def test_rules_are_a_line_each(agentaudit):
    ran = agentaudit("rules")
    assert ran.code == 0
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert {len(row) for row in rows} == {5}
    assert "unbounded-agent-loop" in {row[0] for row in rows}


def test_the_page_of_a_rule(agentaudit):
    ran = agentaudit("explain", "unbounded-agent-loop")
    assert ran.code == 0
    assert ran.out.startswith("unbounded-agent-loop (")
    assert "\n# " in ran.out


def test_two_runs_give_the_same_bytes(process, project):
    first, second = (process("scan", project, "--format", "json", environment={"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert first.stdout == second.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_no_console_is_too_narrow_for_a_report(process, project, encoding):
    (project / "名前.py").write_text((project / "agent.py").read_text(), encoding="utf-8")
    for arguments in (["scan", project], ["graph", project], ["explain", "unbounded-agent-loop"], ["rules"]):
        ran = process(*arguments, environment={"PYTHONIOENCODING": encoding})
        assert ran.returncode in (0, 1)
        assert b"error" not in ran.stderr


def test_a_reader_who_leaves_early_is_no_error(project):
    command = [sys.executable, "-m", "auditor", "scan", str(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")  # noqa: PTH110
def test_a_full_disk_is_said(process, project):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ran = process("scan", project, stdout=full)
    assert ran.returncode == 2
    assert b"cannot write to stdout" in ran.stderr


def on_terminal(stream: str, *arguments: object, **environment: str) -> tuple[bytes, bytes]:
    """What is written to a terminal that one stream is connected to, and to the other stream."""
    ours, theirs = pty.openpty()
    other = "stderr" if stream == "stdout" else "stdout"
    command = [sys.executable, "-m", "auditor", *map(str, arguments)]
    ran = subprocess.run(
        command, env={**os.environ, "TERM": "xterm", **environment}, timeout=60, check=False, **{stream: theirs, other: subprocess.PIPE}
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65_536):
            shown += part
    except OSError:
        # Linux tells the end of a terminal by an error.
        pass
    os.close(ours)
    return shown, getattr(ran, other)


def test_colours_only_where_they_are_wanted(project):
    assert b"\x1b[" in on_terminal("stdout", "rules")[0]
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert b"\x1b[" not in on_terminal("stdout", "rules", **environment)[0]


def test_progress_only_on_a_terminal(project):
    shown, document = on_terminal("stderr", "scan", project, "--format", "json")
    assert b"\r" in shown
    assert json.loads(document)["format"] == 1
    assert on_terminal("stderr", "scan", project, "--format", "json", "-q")[0] == b""
    assert b"[#" not in on_terminal("stderr", "scan", project, "--format", "json", TERM="dumb")[0]
