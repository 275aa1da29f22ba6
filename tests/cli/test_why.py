"""`agentaudit why`: what was seen at a line, and why each rule says what it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "rules" / "house" / "acme"
CLIENT = """\
import functools

import anthropic
import mystery
import requests
from openai import OpenAI

client = OpenAI(timeout=20)
slow = anthropic.Anthropic(timeout=None)


def ask(text):
    return client.chat.completions.create(
        model="m",
        max_completion_tokens=9,
        messages=[{"role": "user", "content": text}],
    )


def other(text):
    reply = slow.messages.create(model="m", max_tokens=9, messages=[])
    print(reply)
    mystery.measure(client, text)
    # agentaudit: ignore[tool-io-no-deadline] the page is on this machine
    return requests.get("http://localhost")


@functools.cache
def plain(value):
    return helper(value)


def helper(value):
    return value.strip()


if __name__ == "__main__":
    ask("a")
    other("b")
"""


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "llm.py").write_text(CLIENT)
    (folder / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    return folder


def line_of(text):
    return CLIENT[: CLIENT.index(text)].count("\n") + 1


@pytest.fixture
def why(agentaudit, app):
    def call(text, *options):
        return agentaudit("why", f"{app / 'llm.py'}:{line_of(text)}", *options)

    return call


@pytest.fixture
def told(agentaudit, app):
    def call(line, *options):
        return json.loads(agentaudit("why", f"{app / 'llm.py'}:{line}", "--format", "json", *options).out)

    return call


def rules_of(noun):
    return {row["rule"]: row for row in noun["rules"]}


def test_what_was_read_stands_with_its_origin_and_place(why):
    ran = why("client.chat.completions")
    assert ran.code == 0
    text = " ".join(ran.out.split())
    assert "MODEL CALL create (openai) at llm.py:13, in ask" in text
    assert "deadline 20 s: written at llm.py:8; timeout= of OpenAI() sets it" in text
    assert "attempts 3 attempts: default of openai" in text
    assert "helper begins" not in text
    assert "calls ask llm.py:38" in text


def test_a_line_inside_a_call_is_told_of_the_call(told):
    inside = told(line_of("max_completion_tokens"))
    assert [noun["kind"] for noun in inside["nouns"]] == ["model_call", "decision_point"]
    assert inside["nouns"][0]["line"] == line_of("client.chat.completions")


def test_each_rule_says_what_it_read(told):
    rules = rules_of(told(line_of("client.chat.completions"))["nouns"][0])
    passed = rules["model-call-no-deadline"]
    assert passed["verdict"] == "pass"
    assert passed["flag"][0] | {"read": None} == {"text": "deadline is absent", "holds": False, "for": None, "why": None, "read": None}
    assert passed["flag"][0]["read"]["deadline"] == "20 s, written at llm.py:8"
    aside = rules["timeout-inversion"]
    assert aside["verdict"] == "not_asked"
    assert [part["text"] for part in aside["where"] if part["holds"] is False] == ["run_deadline is not absent"]


def test_a_failing_rule_names_its_finding_and_what_would_change_it(why):
    text = " ".join(why("slow.messages.create", "--rule", "model-call-no-deadline").out.split())
    assert "FAIL model-call-no-deadline" in text
    assert "fails, as deadline is absent: deadline = none" in text
    assert "its finding (open) is told at llm.py:9 and does not fail the gate" in text
    assert "to change it: Set timeout= of Anthropic()" in text
    assert "usage-not-recorded" not in text
    assert "DECISION POINT" not in text


def test_a_finding_is_explained_where_it_is_told(why):
    ran = why("slow = anthropic")
    text = " ".join(ran.out.split())
    assert ran.code == 0
    assert "FINDINGS THAT ARE TOLD HERE" in text
    assert f"asked of the model call create at llm.py:{line_of('slow.messages')}" in text
    assert "is told at" not in text


PLAIN = "from openai import OpenAI\n\nprint(OpenAI().chat.completions.create(model='m', messages=[]))\n"


def test_of_an_or_only_what_holds_is_told(agentaudit, tmp_path):
    file = tmp_path / "plain.py"
    file.write_text(PLAIN)
    text = " ".join(agentaudit("why", f"{file}:3", "--rule", "model-call-slow-default").out.split())
    assert "fails, as deadline > limit: deadline = 600 s, default of openai" in text
    assert "fails, as run_deadline is absent: run_deadline = none so:" in text


def test_a_yes_or_no_is_explained_once(agentaudit, tmp_path):
    file = tmp_path / "plain.py"
    file.write_text(PLAIN)
    text = " ".join(agentaudit("why", f"{file}:3").out.split())
    assert text.count("made_of_calls (a run: all requests") == 1
    assert "asked, as not made_of_calls fails, as" in text
    assert "blocking_in_async (it waits in the thread of the event loop) = no" in text


def test_a_client_is_named_once_and_equal_values_are_counted(agentaudit, tmp_path):
    file = tmp_path / "two.py"
    file.write_text(
        "from openai import OpenAI\n\n\ndef ask(client):\n    return client.chat.completions.create(model='m', messages=[])\n\n\n"
        "ask(OpenAI())\nask(OpenAI())\nask(OpenAI(timeout=5))\n"
    )
    text = " ".join(agentaudit("why", f"{file}:5").out.split())
    assert text.count("- the model client OpenAI at two.py:8") == 1
    assert "deadline_client" not in text
    assert "3 values: each of these reaches it - 2 times 600 s: default of openai" in text


def test_a_long_line_is_cut_where_one_sees_it(agentaudit, tmp_path):
    file = tmp_path / "long.py"
    file.write_text(f"import requests\n\nrequests.get('http://a/{'b' * 200}')\n")
    assert agentaudit("why", f"{file}:3").out.split("\n")[1].endswith("bbb...")


def test_what_silences_a_finding_is_named(told):
    row = rules_of(told(line_of("return requests.get"))["nouns"][0])["tool-io-no-deadline"]
    assert row["finding"]["state"] == "suppressed"
    assert row["finding"]["suppressed_by"] == {"path": "llm.py", "line": line_of("# agentaudit"), "reason": "the page is on this machine"}
    assert (row["fails_gate"], row["aside"]) == (False, "it is suppressed")


def test_what_a_declaration_keeps_from_the_gate_says_so(why, app):
    (app / "agentaudit.toml").write_text("[[declare]]\ncontrol = 'deadline'\nreason = 'the gateway cuts off'\n")
    text = " ".join(why("slow.messages.create", "--rule", "model-call-no-deadline").out.split())
    assert "its finding (declared) is told at llm.py:9 and does not fail the gate" in text
    assert "it is declared in the settings: the gateway cuts off" in text


@pytest.mark.parametrize(
    ("text", "standing", "says"),
    [
        ("mystery.measure", "not_understood", "nothing is known about this call into mystery"),
        ("print(reply)", "python", "part of Python's library"),
        ("helper(value)\n\n\ndef", "own", "this program's own"),
        ("value.strip", "unresolved", "what is called cannot be told"),
    ],
)
def test_a_line_without_a_noun_says_what_its_calls_are(why, told, text, standing, says):
    ran = why(text)
    assert ran.code == 3
    assert says in " ".join(ran.out.split())
    assert ("Rules ask about calls to models" in ran.out) == (standing != "not_understood")
    document = told(line_of(text))
    assert document["nouns"] == []
    assert [call["standing"] for call in document["calls"]][:1] == [standing]
    assert document["near"]


def test_what_code_gives_that_is_loaded_while_it_runs_is_not_python_s_library(agentaudit, tmp_path):
    file = tmp_path / "a.py"
    file.write_text("import importlib.util\n\nmodule = importlib.util.module_from_spec(None)\nmodule.Plugin.execute(3)\n")
    (loading,) = json.loads(agentaudit("why", f"{file}:3", "--format", "json").out)["calls"]
    (loaded,) = json.loads(agentaudit("why", f"{file}:4", "--format", "json").out)["calls"]
    assert (loading["standing"], loaded["standing"]) == ("python", "unresolved")
    assert "something in what importlib.util.module_from_spec() gives" in loaded["says"]


def test_a_call_of_a_wrapper_names_the_request_that_it_makes(agentaudit, tmp_path):
    file = tmp_path / "a.py"
    file.write_text(
        "import requests\nfrom openai import OpenAI\n\n\nclass Counted:\n    def __init__(self, inner):\n        self._inner = inner\n\n"
        "    def create(self, **more):\n        requests.post('http://log')\n        return self._inner.create(**more)\n\n\n"
        "def ask(client):\n    return client.create(model='m', messages=[])\n\n\n"
        "def main():\n    client = Counted(OpenAI().chat.completions)\n    ask(client)\n\n\nmain()\n"
    )
    for line in (15, 20):
        ran = agentaudit("why", f"{file}:{line}", "--format", "json")
        call = json.loads(ran.out)["calls"][0]
        assert (call["standing"], call["target"]["line"]) == ("own", 11)
        assert call["says"] == "it is this program's own: the model call that it makes is seen there"


def test_a_column_chooses_among_several(agentaudit, tmp_path):
    file = tmp_path / "two.py"
    file.write_text("import requests\n\nboth = [requests.get('http://a'), requests.post('http://b')]\n")
    all_of_them = json.loads(agentaudit("why", f"{file}:3", "--format", "json").out)
    assert [noun["name"] for noun in all_of_them["nouns"]] == ["get", "post"]
    one = json.loads(agentaudit("why", f"{file}:3:36", "--format", "json").out)
    assert [noun["name"] for noun in one["nouns"]] == ["post"]


def test_a_cell_of_a_notebook(agentaudit, tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "source": ["import requests\n", "requests.get('http://a')\n"]},
    ]
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}, indent=1))
    at_cell = agentaudit("why", f"{file}:1:2", "--format", "json")
    document = json.loads(at_cell.out)
    assert (at_cell.code, document["cell"], document["cell_line"]) == (0, 1, 2)
    assert document["text"] == "requests.get('http://a')"
    by_line = json.loads(agentaudit("why", f"{file}:{document['line']}", "--format", "json").out)
    assert by_line == document
    assert json.loads(agentaudit("why", f"{file} cell 1 line 2", "--format", "json").out) == document
    wrong = agentaudit("why", f"{file}:0:1")
    assert (wrong.code, wrong.out) == (2, "")
    assert "those with code are 1" in wrong.err


def test_a_notebook_on_one_line(agentaudit, tmp_path):
    code = "import requests\nx = 1\nrequests.get('http://a')"
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "source": code}], "nbformat": 4, "metadata": {}}))
    third = json.loads(agentaudit("why", f"{file}:0:3", "--format", "json").out)
    assert (third["text"], len(third["nouns"])) == ("requests.get('http://a')", 1)
    second = json.loads(agentaudit("why", f"{file}:0:2", "--format", "json").out)
    assert (second["text"], second["nouns"]) == ("x = 1", [])
    whole = json.loads(agentaudit("why", f"{file}:1", "--format", "json").out)
    assert [noun["kind"] for noun in whole["nouns"]] == ["external_call", "entry_point"]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("llm.py", "is no place in a file"),
        ("llm.py:0", "has no line 0"),
        ("llm.py:9999", "it has 39 lines"),
        ("none.py:3", "does not exist"),
        (".:3", "is a folder"),
        ("llm.py:99999999999999999999", "is no place in a file"),
    ],
)
def test_wrong_places(agentaudit, app, monkeypatch, place, says):
    monkeypatch.chdir(app)
    ran = agentaudit("why", place)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_wrong_rules(agentaudit, app):
    ran = agentaudit("why", f"{app / 'llm.py'}:13", "--rule", "model-call-no-deadlin")
    assert ran.code == 2
    assert "did you mean 'model-call-no-deadline'?" in ran.err
    (app / "pyproject.toml").write_text("[tool.agentaudit]\nignore = ['output-cap-missing']\n")
    ran = agentaudit("why", f"{app / 'llm.py'}:13", "--rule", "output-cap-missing")
    assert (ran.code, "does not run here" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("broken.py", "def (:\n", "invalid syntax"),
        ("README.md", "text\n", "neither Python nor a notebook"),
        ("venv/lib.py", "import os\n", "environments, vendored and built code are left out"),
        ("api_pb2.py", "import os\n", "generated code"),
        ("old/a.py", "import os\n", "`exclude` names it"),
        ("hidden.py", "import os\n", "a .gitignore names it"),
    ],
)
def test_why_a_file_was_not_read(agentaudit, app, path, text, says):
    (app / "pyproject.toml").write_text("[tool.agentaudit]\nexclude = ['old/']\n")
    (app / ".gitignore").write_text("hidden.py\n")
    (app / path).parent.mkdir(exist_ok=True)
    (app / path).write_text(text)
    ran = agentaudit("why", f"{app / path}:1", "--project", app)
    assert ran.code == 3
    assert "The file was not read" in ran.out
    assert says in " ".join(ran.out.split())


def test_the_root_is_that_of_the_project(agentaudit, app, tmp_path):
    deep = Path("a", "b", "c", "d", "more.py")
    (app / deep).parent.mkdir(parents=True)
    (app / deep).write_text("x = print(1)\n")
    assert json.loads(agentaudit("why", f"{app / deep}:1", "--format", "json").out)["path"] == deep.as_posix()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert json.loads(agentaudit("why", f"{app / 'llm.py'}:1", "--format", "json").out)["path"] == "app/llm.py"
    outside = agentaudit("why", f"{app / 'llm.py'}:1", "--project", app / "a")
    assert (outside.code, "is not in the project" in outside.err) == (2, True)


def test_where_one_is_decides_as_for_a_scan(agentaudit, app, monkeypatch):
    (app / "package").mkdir()
    (app / "package" / "llm.py").write_text(CLIENT)
    (app / "package" / "agentaudit.toml").write_text("[rules.model-call-no-deadline]\nseverity = 'low'\n")
    subprocess.run(["git", "init", "-q", str(app)], check=True)
    severities = {}
    for folder in (app / "package", app):
        monkeypatch.chdir(folder)
        place = f"llm.py:{line_of('slow.messages')}"
        document = json.loads(agentaudit("why", place, "--format", "json", "--rule", "model-call-no-deadline").out)
        scan = json.loads(agentaudit("scan", ".", "--format", "json", "--exit-zero", "-q").out)
        severity = document["nouns"][0]["rules"][0]["severity"]
        found = [f for f in scan["findings"] if (f["path"], f["rule"]) == ("llm.py", "model-call-no-deadline")]
        assert (document["path"], [f["severity"] for f in found]) == ("llm.py", [severity])
        severities[folder.name] = severity
    assert severities["package"] == "low" != severities["app"]


def test_what_a_terminal_would_obey_is_not_printed(agentaudit, tmp_path):
    file = tmp_path / "a.py"
    file.write_text('import requests\nrequests.get("http://a\x1b[31m")  # \u202e\n')
    ran = agentaudit("why", f"{file}:2")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


def test_nouns(agentaudit):
    everything = agentaudit("nouns")
    assert everything.code == 0
    assert {"model_call", "loop"} <= {row.split(" ")[0] for row in everything.out.split("\n")}
    one = agentaudit("nouns", "retry")
    assert "seconds" in one.out
    assert "only its type is known" in one.out
    document = json.loads(agentaudit("nouns", "retry", "--format", "json").out)
    assert [noun["name"] for noun in document["nouns"]] == ["retry"]
    wrong = agentaudit("nouns", "retrie")
    assert (wrong.code, "did you mean 'retry'?" in wrong.err) == (2, True)


def test_two_runs_are_equal(why):
    assert why("client.chat.completions").out == why("client.chat.completions").out


def test_places_are_those_of_the_scan(agentaudit, app):
    """Each finding of a scan is explained at the line that the report names."""
    for finding in json.loads(agentaudit("scan", app, "--format", "json", "--exit-zero").out)["findings"]:
        ran = agentaudit("why", f"{Path(app) / finding['path']}:{finding['line']}", "--rule", finding["rule"], "--format", "json")
        document = json.loads(ran.out)
        rows = [row for noun in document["nouns"] for row in noun["rules"]] + document["told"]
        found = [row for row in rows if row["finding"] and finding["fingerprint"] in row["finding"]["fingerprint"]]
        assert ran.code == 0
        assert {(row["severity"], row["finding"]["state"]) for row in found} == {(finding["severity"], finding["state"])}


def test_the_arguments_of_a_call(agentaudit, tmp_path):
    options = ("--pack", HOUSE, "--rule", "ask-without-purpose")
    file = tmp_path / "a.py"
    file.write_text("from acme.llm import ask\n\nask(text='x')\nask(purpose='y')\nask('x')\n")
    said = [" ".join(agentaudit("why", f"{file}:{line}", *options).out.split()) for line in (3, 4, 5)]
    assert "arguments = text = x;" in said[0]
    assert 'fails, as arguments["purpose"] is absent: arguments["purpose"] = none' in said[0]
    assert 'here arguments["purpose"] = y, written at a.py:4' in said[1]
    assert 'here it cannot be told: arguments["purpose"] = unknown' in said[2]
    assert not [text for text in said if "object at" in text or "inside =" in text]
