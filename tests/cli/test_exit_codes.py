"""The table of exit codes: the same for every format, with one document on stdout or none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from auditor import pipeline
from auditor.reports import gitlab
from auditor.reports.formats import FORMATS
from tests.cli.situations import SITUATIONS, Situation

STARTS = {
    "text": r"agentaudit |Baselined critical",
    "json": r"\{\n  \"format\": 1",
    "sarif": r"\{\n \"\$schema\"",
    "github": r"::(error|warning|notice) ",
    "gitlab": r"\[",
    "markdown": r"<!-- agentaudit -->\n",
    "agent": r"agentaudit: |Baselined critical",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The arguments of a situation: its folder is made once."""
    made: dict[str, list[str]] = {}

    def arguments(situation: Situation) -> list[str]:
        if situation.name not in made:
            folder = tmp_path_factory.mktemp("situation") / "project"
            folder.mkdir()
            made[situation.name] = situation.setup(folder)
        return made[situation.name]

    return arguments


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_the_exit_code(agentaudit, prepared, tmp_path: Path, situation: Situation, format: str) -> None:
    copy, document = tmp_path / "copy", tmp_path / "document.json"
    ran = agentaudit("scan", *prepared(situation), "--format", format, "-o", f"{format}={copy}", "-o", f"json={document}")

    assert ran.code == situation.code, ran.err
    assert "Traceback" not in ran.err
    assert "internal error" not in ran.err
    assert {copy.exists(), document.exists()} == {situation.files}
    if situation.code == 2:
        assert ran.out == ""
        assert re.search("^error: ", ran.err, re.MULTILINE)
        assert situation.said in ran.err
    else:
        assert ran.out == copy.read_text("utf-8")
    if situation.files:
        check(format, copy.read_text("utf-8"), document, situation)


def check(format: str, text: str, document: Path, situation: Situation) -> None:
    """It is the document that was asked for, and says how the run ends as the others do."""
    gate = json.loads(document.read_text("utf-8"))["gate"]
    # What one file could not be written for is not known to the others.
    code = gate["exit_code"]
    assert situation.code in (code, 2)
    assert situation.code == 2 or situation.said in "\n".join(gate["reasons"])
    assert gate["passed"] == (not gate["reasons"])
    assert re.match(STARTS[format], text)
    assert text.endswith("\n")
    if format == "sarif":
        assert json.loads(text)["runs"][0]["invocations"][0]["exitCode"] == code
    elif format in ("json", "gitlab"):
        json.loads(text)
    else:
        assert ("cannot be passed" if code == 3 else "passed" if gate["passed"] else "failed") in text
        assert gate["passed"] or f"exit {code}" in text


@pytest.mark.parametrize("format", FORMATS)
def test_an_unwritable_document_of_its_own(agentaudit, project, tmp_path, format):
    ran = agentaudit("scan", project, "--format", format, "-o", tmp_path / "missing" / "x", "-o", f"agent={tmp_path / 'other'}")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot write" in ran.err
    assert (tmp_path / "other").read_text().startswith("agentaudit: ")


@pytest.mark.parametrize("format", FORMATS)
def test_an_unknown_format_beside_it(agentaudit, project, tmp_path, format):
    ran = agentaudit("scan", project, "--format", f"{format}x", "-o", f"json={tmp_path / 'x'}")
    assert (ran.code, ran.out) == (2, "")
    assert f"did you mean {format!r}?" in ran.err


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("it broke")


@pytest.mark.parametrize("format", FORMATS)
def test_a_defect_of_the_scan(agentaudit, project, monkeypatch, format):
    monkeypatch.setattr(pipeline, "scan", broken)
    ran = agentaudit("scan", project, "--format", format)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: internal error: RuntimeError: it broke")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("on_stdout", [True, False])
@pytest.mark.parametrize("exit_zero", [True, False])
def test_a_defect_of_one_document_keeps_no_other_from_being_written(agentaudit, project, tmp_path, monkeypatch, on_stdout, exit_zero):
    monkeypatch.setattr(gitlab, "render_gitlab", broken)
    where = [] if on_stdout else ["-o", f"gitlab={tmp_path / 'gitlab'}"]
    files = ["-o", f"json={tmp_path / 'json'}", *where, "-o", f"agent={tmp_path / 'agent'}"]
    ran = agentaudit("scan", project, "--format", "gitlab" if on_stdout else "markdown", *files, *(["--exit-zero"] if exit_zero else []))
    assert (ran.code, ran.out) == (2, "")
    assert "error: internal error: RuntimeError: it broke" in ran.err
    assert json.loads((tmp_path / "json").read_text())["format"] == 1
    assert (tmp_path / "agent").read_text().startswith("agentaudit: ")


def test_every_situation_has_its_name():
    assert len({situation.name for situation in SITUATIONS}) == len(SITUATIONS)
    assert {situation.code for situation in SITUATIONS} == {0, 1, 2, 3}


def test_a_summary_that_cannot_be_written(agentaudit, project, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "missing" / "x"))
    ran = agentaudit("scan", project, "--format", "github", "-o", f"json={tmp_path / 'json'}")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot write" in ran.err
    assert (tmp_path / "json").exists()
