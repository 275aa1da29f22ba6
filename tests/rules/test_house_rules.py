"""Six house rules, as a team writes them from the documentation alone, on a small code base of its own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.app import run

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "house-rules"
MARK = re.compile(r"# flag: ([a-z0-9-]+)")
SETTINGS = """\
packs = ["house"]
select = ["pack:house"]
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURE, tmp_path / "house-rules")) / "app"


def scan(app: Path, *options: str) -> list[dict[str, Any]]:
    out = app.parent / "report.json"
    assert run(["scan", str(app), "-q", "--exit-zero", "-o", f"json={out}", *options]) == 0
    found: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))["findings"]
    return found


def places(findings: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return sorted((f["rule"], f["path"], f["line"]) for f in findings)


def marked() -> list[tuple[str, str, int]]:
    """The lines of the code base that have a mark."""
    rows = []
    for file in sorted((FIXTURE / "app").rglob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            rows += [(rule, file.relative_to(FIXTURE / "app").as_posix(), number) for rule in MARK.findall(line)]
    return sorted(rows)


def test_the_pages_and_the_knowledge_of_the_pack_are_true(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "test", str(FIXTURE / "pack")]) == 0
    assert "6 rules and 1 knowledge file, 26 examples, all as they say" in capsys.readouterr().out


def test_the_rules_find_what_is_marked_and_nothing_else(app: Path) -> None:
    house = {rule.stem for rule in (FIXTURE / "pack").glob("*.yaml")}
    findings = [f for f in scan(app, "--pack", str(app.parent / "pack")) if f["rule"] in house]
    assert places(findings) == marked()
    assert {rule for rule, _, _ in marked()} == house


def test_what_a_module_does_when_it_is_loaded_is_code_of_the_program_that_loads_it(app: Path) -> None:
    (queue,) = [f for f in scan(app, "--pack", str(app.parent / "pack")) if f["rule"] == "boto3-client-no-config"]
    assert queue["role"] == "production"
    assert [step["what"] for step in queue["trace"]][:1] == ["desk/storage.py is loaded when the program of main.py starts"]


def test_without_the_pack_none_of_it_is_found(app: Path) -> None:
    house = {rule.stem for rule in (FIXTURE / "pack").glob("*.yaml")}
    assert not house & {f["rule"] for f in scan(app)}


def test_settings_change_the_parameter_and_the_severity_of_a_rule(app: Path) -> None:
    shutil.move(app.parent / "pack", app / "house")
    file = app / "agentaudit.toml"
    file.write_text(SETTINGS)
    found = {f["rule"]: f for f in scan(app)}
    assert found["answer-too-long"]["measure"] == {"name": "max_output_tokens", "value": 3000}
    assert found["answer-too-long"]["message"] == "an answer may have 3000 tokens, more than 2000"
    assert found["answer-too-long"]["severity"] == "low"
    file.write_text(SETTINGS + '[rules.answer-too-long]\nparams = {most = 4000}\n[rules.model-not-approved]\nseverity = "medium"\n')
    changed = {f["rule"]: f for f in scan(app)}
    assert "answer-too-long" not in changed
    assert (found["model-not-approved"]["severity"], changed["model-not-approved"]["severity"]) == ("high", "medium")
    file.write_text(SETTINGS + "[rules.answer-too-long]\nparams = {most = 400}\n")
    lower = [f for f in scan(app) if f["rule"] == "answer-too-long"]
    assert [(f["path"], f["measure"]["value"], f["severity"]) for f in lower] == [
        ("acme/llm.py", 800, "low"),
        ("desk/answers.py", 3000, "medium"),
        ("desk/answers.py", 500, "low"),
    ]


def test_why_shows_the_arguments_that_a_rule_about_calls_has_read(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["why", f"{app / 'desk' / 'storage.py'}:9", "--project", str(app), "--pack", str(app.parent / "pack"), "-q"]
    assert run(place) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "arguments = service_name = sqs;" in shown
    assert "fails, as arguments['config'] is absent: arguments[\"config\"] = none" in shown
    assert run([*place, "--format", "json"]) == 0
    assert " object at 0x" not in shown + capsys.readouterr().out
