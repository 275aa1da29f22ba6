"""An old code base: what is there is accepted, what is new or worse is not."""

from __future__ import annotations

import json

import pytest

SECOND = """

def again():
    while True:
        client.chat.completions.create(model="m", messages=[])


again()
"""


@pytest.fixture
def baseline(agentaudit, project, tmp_path):
    file = tmp_path / "baseline.json"
    ran = agentaudit("baseline", "create", project, "-o", file)
    assert (ran.code, ran.out) == (0, "")
    assert f"wrote {file}: " in ran.err
    return file


def scan(agentaudit, project, file, *more):
    ran = agentaudit("scan", project, "--baseline", file, "--format", "json", *more)
    return ran.code, json.loads(ran.out), ran.err


def states(document):
    return {finding["state"] for finding in document["findings"]}


def add(project, text=SECOND):
    path = project / "agent.py"
    path.write_text(path.read_text() + text)


def test_the_first_failing_run_offers_one(agentaudit, project, baseline):
    ran = agentaudit("scan", project, "--format", "json")
    assert ran.code == 1
    assert f"agentaudit baseline create {project} -o " in ran.err
    assert "agentaudit baseline create" in agentaudit("scan", project).out
    assert "baseline create" not in agentaudit("scan", project, "--format", "json", "-q").err
    assert "baseline create" not in agentaudit("scan", project, "--format", "json", "--exit-zero").err


def test_what_was_there_passes(agentaudit, project, baseline):
    code, document, _ = scan(agentaudit, project, baseline)
    assert code == 0
    assert states(document) == {"baselined"}
    assert document["gate"]["compared_with"] == {"kind": "baseline", "name": baseline.name}
    assert document["fixed"] == []
    assert document["coverage"]["before"] == dict.fromkeys(("verdict", "score", "found", "decided", "percent")) | {
        "failed_gates": [],
        "no_longer_decided": [],
        "attempts": [],
    }


def test_what_is_new_fails(agentaudit, project, baseline):
    add(project)
    code, document, err = scan(agentaudit, project, baseline)
    assert code == 1
    assert {"new", "baselined"} <= states(document)
    assert "(new)" in err


def test_what_is_mended_is_said_and_taken_out(agentaudit, project, baseline):
    add(project)
    agentaudit("baseline", "create", project, "-o", baseline)
    rows = len(json.loads(baseline.read_text())["findings"])
    text = (project / "agent.py").read_text()
    (project / "agent.py").write_text(text.removesuffix(SECOND))
    code, document, _ = scan(agentaudit, project, baseline)
    assert code == 0
    assert document["fixed"]
    assert {row["line"] for row in document["fixed"]} == {0}
    ran = agentaudit("baseline", "update", project, "-o", baseline)
    assert "taken out" in ran.err
    assert len(json.loads(baseline.read_text())["findings"]) == rows - len(document["fixed"])
    assert scan(agentaudit, project, baseline)[1]["fixed"] == []


def test_an_update_takes_nothing_in_unless_it_is_told(agentaudit, project, baseline):
    before = baseline.read_text()
    add(project)
    ran = agentaudit("baseline", "update", project, "-o", baseline)
    assert "--accept-new" in ran.err
    assert baseline.read_text() == before
    assert scan(agentaudit, project, baseline)[0] == 1
    agentaudit("baseline", "update", project, "-o", baseline, "--accept-new")
    assert scan(agentaudit, project, baseline)[0] == 0


def test_the_folder_is_the_one_you_are_in(agentaudit, project, baseline, monkeypatch):
    monkeypatch.chdir(project)
    agentaudit("baseline", "create", "-o", "b.json", "-q")
    assert (project / "b.json").read_text() == baseline.read_text()


def test_another_catalogue_is_said_and_not_refused(agentaudit, project, baseline):
    baseline.write_text(baseline.read_text().replace('"catalogue": "0.1.0"', '"catalogue": "0.0.9"'))
    code, document, _ = scan(agentaudit, project, baseline)
    assert code == 0
    assert "0.0.9" in document["assumptions"][0]["text"]


def test_another_root_is_exit_2(agentaudit, project, baseline):
    baseline.write_text(baseline.read_text().replace('"root": "."', '"root": "services/a"'))
    ran = agentaudit("scan", project, "--baseline", baseline)
    assert (ran.code, ran.out) == (2, "")
    assert "services/a" in ran.err


def test_nothing_to_audit_writes_nothing(agentaudit, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = agentaudit("baseline", "create", tmp_path / "empty", "-o", tmp_path / "b.json")
    assert ran.code == 3
    assert not (tmp_path / "b.json").exists()
    assert agentaudit("baseline", "create", tmp_path / "empty", "-o", tmp_path / "b.json", "--allow-empty").code == 0


def test_thresholds_of_the_settings_do_not_keep_a_baseline_from_being_written(agentaudit, project, tmp_path):
    (project / "pyproject.toml").write_text("[tool.agentaudit]\nmin-coverage = 100\nfail-under = 100\n")
    assert agentaudit("baseline", "create", project, "-o", tmp_path / "b.json").code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff", "no UTF-8"), (b"{", ":1:2: this is no baseline"), (b"[]", "no list of findings")],
)
def test_a_baseline_that_cannot_be_read_is_exit_2(agentaudit, project, tmp_path, content, said):
    file = tmp_path / "b.json"
    if content is not None:
        file.write_bytes(content)
    for command in (["scan", project, "--baseline", file], ["baseline", "update", project, "-o", file]):
        ran = agentaudit(*command)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert "agentaudit baseline create" in ran.err


def test_a_baseline_is_not_overwritten_by_a_report(agentaudit, project, baseline):
    before = baseline.read_text()
    assert agentaudit("scan", project, "--baseline", baseline, "-o", f"json={baseline}").code == 2
    assert baseline.read_text() == before


def test_only_rules_that_ran_are_compared(agentaudit, project, baseline):
    _, document, _ = scan(agentaudit, project, baseline, "--select", "output-cap-missing")
    assert document["fixed"] == []


def test_findings_of_files_that_are_not_asked_for_are_not_fixed(agentaudit, project, tmp_path):
    (project / "other.py").write_text((project / "agent.py").read_text())
    file = tmp_path / "b.json"
    agentaudit("baseline", "create", project, "-o", file)
    ran = agentaudit("scan", project / "agent.py", "--baseline", file, "--format", "json")
    document = json.loads(ran.out)
    assert (ran.code, document["fixed"]) == (0, [])
    assert states(document) == {"baselined"}


TWO = """\
import requests
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI(timeout=9)


@app.get("/one")
def one(u: str):
    requests.get(u)
    return client.chat.completions.create(model="m", max_tokens=3, messages=[])


@app.get("/two")
def two(u: str):
    requests.post(u)
    return client.chat.completions.create(model="m", max_tokens=3, messages=[])
"""


@pytest.fixture
def two(agentaudit, tmp_path):
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "app.py").write_text(TWO)
    agentaudit("baseline", "create", folder, "-o", folder / "b.json")
    return folder


def mended(two):
    (two / "app.py").write_text(TWO.replace("requests.get(u)", "requests.get(u, timeout=3)"))


def test_the_untouched_half_of_a_finding_is_known_before_and_after_an_update(agentaudit, two):
    mended(two)
    code, document, _ = scan(agentaudit, two, two / "b.json")
    assert (code, document["fixed"]) == (0, [])
    agentaudit("baseline", "update", two, "-o", two / "b.json")
    assert scan(agentaudit, two, two / "b.json")[0] == 0
    (two / "app.py").write_text(TWO)
    code, document, _ = scan(agentaudit, two, two / "b.json")
    assert code == 1
    assert [f["rule"] for f in document["findings"] if f["state"] == "new"] == ["tool-io-no-deadline"]


def test_a_renamed_file_of_which_half_is_mended(agentaudit, two):
    mended(two)
    (two / "app.py").rename(two / "web.py")
    code, document, _ = scan(agentaudit, two, two / "b.json")
    assert (code, {f["state"] for f in document["findings"]}) == (0, {"baselined"})
    assert document["fixed"] == []


def test_what_cannot_be_read_is_not_mended(agentaudit, two):
    before = (two / "b.json").read_text()
    (two / "app.py").write_text("def broken(:\n")
    _, document, _ = scan(agentaudit, two, two / "b.json", "--allow-empty")
    assert document["fixed"] == []
    assert document["coverage"]["before"]["no_longer_decided"]
    agentaudit("baseline", "update", two, "-o", two / "b.json", "--allow-empty")
    assert len(json.loads((two / "b.json").read_text())["findings"]) == len(json.loads(before)["findings"])


def test_an_update_of_a_part_keeps_the_rest(agentaudit, two):
    (two / "other.py").write_text(TWO)
    agentaudit("baseline", "create", two, "-o", two / "b.json")
    before = (two / "b.json").read_text()
    agentaudit("baseline", "update", two / "other.py", "-o", two / "b.json")
    assert (two / "b.json").read_text() == before


def test_code_that_comes_into_use_is_said(agentaudit, two):
    """By the contract a role is no part of a finding's identity; that it counts now must not go unsaid."""
    (two / "app.py").write_text(TWO.replace('@app.get("/two")\n', ""))
    agentaudit("baseline", "create", two, "-o", two / "b.json")
    (two / "app.py").write_text(TWO)
    _, document, err = scan(agentaudit, two, two / "b.json")
    assert any("counts for more now" in row["text"] for row in document["assumptions"])
    assert "counts for more now" in err


def test_a_baseline_takes_no_source_and_no_other_file(agentaudit, two):
    ran = agentaudit("baseline", "create", two, "-o", two / "app.py")
    assert ran.code == 2
    assert (two / "app.py").read_text() == TWO


def test_creating_again_says_what_is_new(agentaudit, two):
    (two / "more.py").write_text(TWO)
    assert "new or worse are taken in" in agentaudit("baseline", "create", two, "-o", two / "b.json").err
