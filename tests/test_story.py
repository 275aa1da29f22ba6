"""The story of README.md: a team turns the gate on, on an old code base, and keeps it on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli.app import run

LLM = '''\
"""Asks the model."""

from openai import OpenAI

client = OpenAI(timeout=20)


def ask(text: str) -> str:
    reply = client.chat.completions.create(model="gpt-4.1-mini", max_tokens=300, messages=[{"role": "user", "content": text}])
    return reply.choices[0].message.content
'''
API = '''\
"""The old code base: a service that has its faults."""

import requests
from fastapi import FastAPI

from llm import ask

app = FastAPI()


@app.post("/answer")
def answer(text: str) -> str:
    page = requests.get("https://example.com/page").text
    return ask(f"{page} {text}")


@app.post("/sum")
def summary(text: str) -> str:
    return ask(text)
'''
RETRIED = LLM.replace(
    "from openai import OpenAI\n",
    "from openai import APITimeoutError, OpenAI\nfrom tenacity import retry, retry_if_exception_type, stop_after_attempt\n",
).replace("def ask", "@retry(stop=stop_after_attempt(4), retry=retry_if_exception_type(APITimeoutError))\ndef ask")
TWICE = (
    RETRIED
    + """

def ask_again(text: str) -> str:
    for attempt in range(5):
        try:
            return ask(text)
        except Exception:
            continue
    raise RuntimeError("no answer")
"""
)


class Team:
    """Works in a repository, and runs the gate as its CI does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("The old code base", {"llm.py": LLM, "api.py": API, "requirements.txt": "openai==2.32.0\ntenacity==9.1.2\n"})

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def gate(self, *options: str) -> Gate:
        out = self.folder.parent / "out"
        out.mkdir(exist_ok=True)
        documents = [f"-o{name}={out / name}" for name in ("json", "sarif", "markdown", "text")]
        code = run(["scan", str(self.folder), "--format", "agent", "-q", *options, *documents])
        return Gate(
            code,
            json.loads((out / "json").read_text()),
            json.loads((out / "sarif").read_text()),
            (out / "markdown").read_text(),
            (out / "text").read_text(),
        )

    @property
    def baseline(self) -> str:
        return str(self.folder / "agentaudit-baseline.json")


class Gate:
    def __init__(self, code: int, document: dict, sarif: dict, markdown: str, text: str) -> None:
        self.code, self.document, self.markdown, self.text = code, document, markdown, text
        self.results = sarif["runs"][0]["results"]

    def states(self, *names: str) -> list[tuple[str, str]]:
        return [(f["state"], f["rule"]) for f in self.document["findings"] if f["state"] in names]

    @property
    def added(self) -> list[tuple[str, str]]:
        return self.states("new", "worse")

    @property
    def attempts(self) -> list[tuple[str, object, object]]:
        return [(row["name"], row["before"], row["after"]) for row in self.document["coverage"]["before"]["attempts"]]


@pytest.fixture
def team(tmp_path: Path) -> Team:
    folder = tmp_path / "service"
    folder.mkdir()
    return Team(folder)


@pytest.fixture
def old(team: Team) -> Team:
    """With a baseline, so that the gate is green."""
    assert team.gate().code == 1
    assert run(["baseline", "create", str(team.folder), "-o", team.baseline, "-q"]) == 0
    team.commit("A baseline: from now on only what is new fails", {})
    return team


def test_the_old_code_base_passes_with_its_baseline(old: Team) -> None:
    gate = old.gate("--baseline", old.baseline)
    assert (gate.code, gate.added) == (0, [])
    assert gate.states("baselined")


def test_a_retry_around_a_retry(old: Team) -> None:
    before = old.git("rev-parse", "HEAD")
    old.commit("Retry timeouts", {"llm.py": RETRIED})

    gate = old.gate("--baseline", old.baseline)
    assert (gate.code, gate.added) == (1, [("new", "retry-amplification")])

    gate = old.gate("--diff-base", before)
    assert (gate.code, gate.added) == (1, [("new", "retry-amplification")])
    assert gate.attempts == [("ask", 3, 12)]
    [found] = [f for f in gate.document["findings"] if f["state"] == "new"]
    assert found["measure"] == {"name": "total_attempts", "value": 12}
    [result] = [r for r in gate.results if r["ruleId"] == "retry-amplification"]
    assert (result["level"], result["baselineState"]) == ("error", "new")
    flow = [step["location"]["message"]["text"] for step in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert any("4" in step for step in flow)
    assert any("3" in step for step in flow)
    assert "| `ask` at `llm.py:11` | 3 | **12** |" in gate.markdown
    assert "retry-amplification" in gate.markdown.partition("<details>")[0]

    before = old.git("rev-parse", "HEAD")
    old.commit("Try once more where it is asked", {"llm.py": TWICE, "api.py": API.replace("import ask", "import ask_again as ask")})
    gate = old.gate("--diff-base", before)
    assert (gate.code, gate.added) == (1, [("worse", "retry-amplification")])
    assert gate.attempts == [("ask", 12, 60)]
    assert "12 → **60**" in gate.markdown
    assert "12 -> 60" in gate.text
    [found] = [f for f in gate.document["findings"] if f["state"] == "worse"]
    assert found["evidence"][0]["text"] == "worse: 12 before, 60 now"

    old.commit("Back to the retries of the SDK", {"llm.py": LLM, "api.py": API})
    gate = old.gate("--baseline", old.baseline)
    assert (gate.code, gate.added) == (0, [])
    gate = old.gate("--diff-base", before)
    assert gate.code == 0
    assert [row["rule"] for row in gate.document["fixed"]] == ["retry-amplification"]


def both(team: Team, before: str) -> list[Gate]:
    return [team.gate("--baseline", team.baseline), team.gate("--diff-base", before)]


def renamed(team: Team) -> None:
    team.git("mv", "llm.py", "model.py")
    team.commit("A better name", {"api.py": API.replace("from llm", "from model")})


def longer(team: Team) -> None:
    lines = "".join(f"# note {number}\n" for number in range(50))
    team.commit("Notes", {"llm.py": lines + LLM, "api.py": lines + API})


def reformatted(team: Team) -> None:
    files = [str(team.folder / name) for name in ("llm.py", "api.py")]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "40", *files], check=True, capture_output=True)
    assert (team.folder / "llm.py").read_text() != LLM
    team.commit("Formatted", {})


@pytest.mark.parametrize("change", [renamed, longer, reformatted])
def test_what_changes_no_behaviour_is_not_new(old: Team, change: Callable[[Team], None]) -> None:
    before = old.git("rev-parse", "HEAD")
    change(old)
    for gate in both(old, before):
        assert (gate.code, gate.added, gate.document["fixed"]) == (0, [], [])
        assert all(row[1] == row[2] for row in gate.attempts)


def test_a_copy_of_a_bad_call_is_new(old: Team) -> None:
    before = old.git("rev-parse", "HEAD")
    copied = API + API.partition("app = FastAPI()")[2].partition('@app.post("/sum")')[0].replace("answer", "other").rstrip() + "\n"
    old.commit("Another page", {"api.py": copied})
    for gate in both(old, before):
        assert (gate.code, gate.added) == (1, [("new", "tool-io-no-deadline")])
        [found] = [f for f in gate.document["findings"] if f["state"] == "new"]
        assert len(found["sites"]) == 1


def test_a_suppressed_critical_is_still_said(old: Team) -> None:
    loop = LLM + (
        "\n\ndef work(text: str) -> None:\n    messages = [text]\n"
        "    # agentaudit: ignore[unbounded-agent-loop] the queue ends it\n"
        "    while True:\n"
        '        reply = client.chat.completions.create(model="gpt-4.1-mini", max_tokens=9, messages=messages, tools=TOOLS)\n'
        "        messages.append(reply.choices[0].message)\n"
    )
    before = old.git("rev-parse", "HEAD")
    old.commit(
        "A loop",
        {
            "llm.py": loop,
            "api.py": API
            + '\n\n@app.post("/work")\ndef begin(text: str) -> None:\n    work(text)\n'.replace("work(text)", "llm.work(text)")
            + "\n\nimport llm\n",
        },
    )
    for gate in both(old, before):
        assert ("suppressed", "unbounded-agent-loop") in gate.states("suppressed")
        assert gate.text.splitlines()[0].startswith("Suppressed critical")
        assert "unbounded-agent-loop" in gate.markdown
        assert "unbounded-agent-loop" not in {result["ruleId"] for result in gate.results}


def test_a_change_of_what_is_not_read_compares_with_itself(old: Team) -> None:
    before = old.git("rev-parse", "HEAD")
    old.commit("Words", {"README.md": "A service.\n"})
    gate = old.gate("--diff-base", before)
    assert (gate.code, gate.added, gate.document["fixed"], gate.attempts) == (0, [], [], [])
    assert gate.states("open")
    assert gate.document["coverage"]["before"]["found"] == gate.document["coverage"]["found"]


def test_a_change_of_the_gate_itself_is_said(old: Team) -> None:
    before = old.git("rev-parse", "HEAD")
    old.commit("Quiet", {"pyproject.toml": '[tool.agentaudit]\nfail-on = "never"\nexclude = ["api.py"]\n'})
    gate = old.gate("--diff-base", before)
    assert gate.code == 0
    for text in (gate.text, gate.markdown):
        assert "the settings of the gate differ from those of the base: exclude, fail-on" in " ".join(text.replace("`", "").split())
    assert "fail-on never" in gate.markdown
