"""Settings on the command line: where they come from, what they silence, and that this is said first."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from auditor import pipeline
from auditor.settings import Control, RuleSettings

SERVICE = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/ask")
def ask(question: str):
    messages = [{"role": "user", "content": question}]
    while True:
        reply = client.chat.completions.create(model="m", messages=messages)
        messages.append(reply.choices[0].message)
"""
CRITICAL = "unbounded-agent-loop"
IGNORED = f"Ignored critical, by agentaudit.toml, which the gate does not count: {CRITICAL} at app/main.py:11"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    root = tmp_path / "service"
    (root / "app").mkdir(parents=True)
    (root / "app" / "main.py").write_text(SERVICE)
    return root


def settings(root: Path, text: str) -> Path:
    (root / "agentaudit.toml").write_text(text)
    return root


def found(agentaudit, *arguments):
    document = json.loads(agentaudit("scan", *arguments, "--format", "json").out)
    return {f["rule"]: f["state"] for f in document["findings"]}, document


def test_each_value_and_where_it_comes_from(agentaudit, service):
    file = (
        settings(service, 'ignore = ["output-cap-missing"]\nfail-under = 70\n[rules.no-run-budget]\nseverity = "low"\n') / "agentaudit.toml"
    )
    ran = agentaudit("scan", service, "--show-settings", "--ignore", "infinite-retry", "--fail-under", "50", "--fail-on", "low")
    assert (ran.code, ran.err) == (0, "")
    head, *rows = ran.out.splitlines()
    assert head == f"settings of {file}"
    said = [tuple(part for part in row.split("  ") if part.strip()) for row in rows]
    assert [tuple(part.strip() for part in row) for row in said] == [
        ("select", "all rules", "default"),
        ("ignore", "infinite-retry", "--ignore"),
        ("ignore", "output-cap-missing", f"{file}:1:11"),
        ("exclude", "nothing", "default"),
        ("fail-on", "low", "--fail-on"),
        ("fail-under", "50", "--fail-under"),
        ("min-coverage", "not asked", "default"),
        ("packs", "none of one's own", "default"),
        ("ruleset", "of this version", "default"),
        ("rules.no-run-budget.severity", "low", f"{file}:4:1"),
    ]


def test_what_an_option_sets_aside_and_what_a_declaration_speaks_of_are_shown(agentaudit, service, tmp_path, monkeypatch):
    settings(service, 'ignore = ["output-cap-missing"]\n[[declare]]\ncontrol = "budget"\nreason = "x"\nvalue = 5\nnouns = ["agent"]\n')
    info = tmp_path / "site" / "acme_audit-1.0.dist-info"
    (tmp_path / "site" / "acme_audit" / "packs").mkdir(parents=True)
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-audit\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[agentaudit.packs]\nacme = acme_audit.packs\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    shown = " ".join(agentaudit("scan", service, "--show-settings", "--select", "output-cap-missing").out.split())
    assert "ignore output-cap-missing: set aside by --select " in shown
    assert "packs acme-audit 1.0 (acme) installed " in shown
    assert "declare[1] budget 5 for agent " in shown


def test_what_is_shown_holds_no_escape_codes(agentaudit, service):
    settings(service, 'exclude = ["\\u001b[31m\\u202ea\\nb"]\n')
    assert not {"\x1b", "\u202e"} & set(agentaudit("scan", service, "--show-settings").out)
    assert agentaudit("scan", service, "--show-settings", "--isolated").out.startswith("no file of settings\n")


@pytest.mark.parametrize("option", ["--isolated", "--no-config"])
def test_without_any_file(agentaudit, service, option):
    settings(service, 'selekt = ["broken"]\n')
    assert agentaudit("scan", service).code == 2
    assert CRITICAL in found(agentaudit, service, option)[0]
    assert agentaudit("graph", service, option).code == 0
    assert agentaudit("baseline", "create", service, option, "-o", service / "b.json").code == 0


def test_a_named_file_and_no_other(agentaudit, service, tmp_path):
    settings(service, 'selekt = ["broken"]\n')
    ours = tmp_path / "ours.toml"
    ours.write_text(f'ignore = ["{CRITICAL}"]\n\n[[declare]]\ncontrol = "usage"\nreason = "billed by key"\npaths = ["/app/"]\n')
    states, document = found(agentaudit, service, "--config", ours)
    assert CRITICAL not in states
    assert states["usage-not-recorded"] == "suppressed"
    # It is ours: nothing is said first.
    assert [row["at"]["path"] for row in document["declared"]] == ["ours.toml"]
    ran = agentaudit("scan", service, "--config", ours, "--isolated")
    assert (ran.code, ran.out) == (2, "")
    assert "two answers" in ran.err
    assert "is no file" in agentaudit("graph", service, "--config", tmp_path / "none.toml").err
    assert "is no folder" in agentaudit("scan", service, "--isolated", "--pack", tmp_path / "none").err


def test_all_mistakes_are_told_and_stdout_stays_empty(agentaudit, service):
    settings(service, 'selekt = []\nfail-on = "hihg"\n')
    ran = agentaudit("scan", service)
    assert (ran.code, ran.out) == (2, "")
    assert "agentaudit.toml:1:1: unknown setting 'selekt'" in ran.err
    assert "agentaudit.toml:2:1: setting 'fail-on'" in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'ignore = ["{CRITICAL}"]', IGNORED),
        ('select = ["output-cap-missing"]', IGNORED),
        ('fail-on = "never"', IGNORED.replace("Ignored", "Ungated")),
        (
            f'[[suppress]]\npath = "app/"\nrule = "{CRITICAL}"\nreason = "x"',
            f"Suppressed critical, which the gate does not count: {CRITICAL}",
        ),
        ('exclude = ["app/"]', "Not read, by agentaudit.toml: 1 file of code that the setting exclude names"),
    ],
)
def test_a_critical_that_the_settings_silence_comes_first(agentaudit, service, text, said):
    settings(service, text)
    comes_first(agentaudit, service, said)
    if "suppress" not in text:
        assert found(agentaudit, service)[1]["declared"][0]["text"].startswith(said)


@pytest.mark.parametrize(("control", "rule"), [("bound", CRITICAL), ("retry", "infinite-retry")])
def test_a_critical_that_is_declared_stays_counts_and_comes_first(agentaudit, service, control, rule):
    calls = "".join(f"    client.chat.completions.create(model='m', messages=[{n}])\n" for n in range(2))
    text = SERVICE.replace("    while True", f"{calls}    while True").replace("@app", "@tenacity.retry\n@app")
    (service / "app" / "main.py").write_text(f"import tenacity\n{text}")
    before, plain = found(agentaudit, service)
    settings(service, f'[[declare]]\ncontrol = "{control}"\nreason = "the gateway"\nvalue = 20\n')
    states, document = found(agentaudit, service)
    assert before[rule] == "open"
    assert states == {**before, rule: "suppressed"}
    assert (document["score"]["value"], document["coverage"]) == (plain["score"]["value"], plain["coverage"])
    assert "1 finding stays" in document["declared"][0]["text"]
    heard = [[row for row in one["gate"]["reasons"] if rule in row and "critical" in row] for one in (plain, document)]
    assert (len(heard[0]), heard[1]) == (1, [])
    comes_first(agentaudit, service, f"Declared critical, which the gate does not count: {rule}")
    rows = [f'[[declare]]\ncontrol = "{name}"\nreason = "the platform"\nvalue = 6\n' for name in get_args(Control)]
    settings(service, "".join(rows))
    states, document = found(agentaudit, service)
    assert (document["gate"]["exit_code"], set(states.values())) == (0, {"suppressed"})
    assert document["score"]["value"] == plain["score"]["value"]


def comes_first(agentaudit, service, said):
    for format in ("text", "agent", "github", "markdown"):
        out = agentaudit("scan", service, "--format", format).out
        first = " ".join(out.removeprefix("<!-- agentaudit -->\n").split()).replace("**", "").replace("`", "")
        assert said in first.partition("agentaudit")[2] or first.startswith(said) or f"::{said}" in first.split("::error")[0], format
    ran = agentaudit("scan", service, "--format", "sarif")
    notices = json.loads(ran.out)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert said.partition(":")[0] in notices[0]["message"]["text"]
    assert ran.err.startswith(said)


def test_what_the_command_line_asks_is_nothing_to_be_told(agentaudit, service):
    settings(service, 'fail-on = "high"\n')
    for arguments in (("--ignore", CRITICAL), ("--select", "output-cap-missing"), ("--fail-on", "never"), ("--exclude", "app/")):
        assert found(agentaudit, service, *arguments)[1]["declared"] == []


def test_a_severity_that_the_settings_lower(service):
    file = settings(service, "") / "agentaudit.toml"
    asked = pipeline.ScanOptions()
    options = replace(asked, rules={CRITICAL: RuleSettings("low", {}, file, 1)}, settings=file, asked=asked)
    stock = pipeline.catalogue(asked)
    lowered = [replace(rule, severity="low", grades=()) if rule.id == CRITICAL else rule for rule in stock.rules]
    read = pipeline.read([service])
    report = pipeline.report_of(read, pipeline.graph_of(read), replace(stock, rules=lowered), options)
    assert [statement.text for statement in report.silenced] == [IGNORED.replace("Ignored", "Lowered")]
    same = pipeline.report_of(read, pipeline.graph_of(read), stock, options)
    assert same.silenced == ()


DECLARED = """\
[[declare]]
control = "usage"
reason = "the gateway bills each key"

[[declare]]
control = "budget"
reason = "5 USD a key"
value = 5
nouns = ["entry_point"]

[[declare]]
control = "evals"
reason = "they are in the repository acme-evals"

[[declare]]
control = "cap"
reason = "not here"
paths = ["elsewhere/"]
"""


def test_a_declared_control_is_shown_as_such_and_never_as_passed(agentaudit, service):
    before, plain = found(agentaudit, service)
    settings(service, DECLARED)
    states, document = found(agentaudit, service)
    assert states.keys() == before.keys()
    assert {rule for rule, state in states.items() if state == "suppressed"} == {"usage-not-recorded", "no-run-budget"}
    cells = {row["noun"]: row["controls"] for row in document["matrix"]}
    assert (cells["entry_point"]["budget"], cells["model_call"]["usage"], cells["model_call"]["cap"]) == ("declared", "declared", "bad")
    assert (document["score"], document["coverage"]) == (plain["score"], plain["coverage"])
    assert [(row["text"], row["at"]["line"]) for row in document["declared"]] == [
        (
            "usage, not seen in the code: the gateway bills each key "
            "(1 subject; 1 finding stays: the score counts that, the gate does not)",
            1,
        ),
        (
            "budget of 5 for entry_point, not seen in the code: 5 USD a key "
            "(1 subject; 1 finding stays: the score counts that, the gate does not)",
            5,
        ),
        ("evals, not seen in the code: they are in the repository acme-evals (no rule asks for it)", 11),
        ("cap in elsewhere/, not seen in the code: not here (its paths name no file that was read)", 15),
    ]
    [usage] = [f for f in document["findings"] if f["rule"] == "usage-not-recorded"]
    assert usage["evidence"][0] == {"setting": "declared", "text": "declared: the gateway bills each key", "at": None}
    assert not any("usage-not-recorded" in reason for reason in document["gate"]["reasons"])
    text = agentaudit("scan", service).out
    assert "\nDeclared\n" in text
    assert "declared: the gateway bills each key" in text
    assert "Declared: 4" in agentaudit("scan", service, "--format", "markdown").out


def test_a_pattern_of_a_declaration_that_cannot_be_used(agentaudit, service):
    settings(service, '[[declare]]\ncontrol = "usage"\nreason = "x"\npaths = ["a*b*c*d*e"]\n')
    ran = agentaudit("scan", service)
    assert (ran.code, ran.out) == (2, "")
    assert "agentaudit.toml:1:1: the declaration of usage has a pattern that cannot be used" in ran.err


def test_against_a_commit_with_settings_of_here_and_elsewhere(agentaudit, service, tmp_path):
    def git(*arguments: str) -> None:
        user = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *user, *arguments], cwd=service, check=True, capture_output=True)

    settings(service, DECLARED)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    (service / "app" / "more.py").write_text(SERVICE)
    ours = tmp_path / "ours.toml"
    ours.write_text(DECLARED)
    for more in ((), ("--config", ours)):
        states = {(f["path"], f["rule"]): f["state"] for f in found(agentaudit, service, "--diff-base", "HEAD", *more)[1]["findings"]}
        assert states["app/main.py", CRITICAL] == "open"
        assert states["app/more.py", CRITICAL] == "new"
        assert states["app/more.py", "usage-not-recorded"] == "suppressed"


def test_all_mistakes_in_what_is_said_of_rules_are_told_at_once(agentaudit, project):
    (project / "agentaudit.toml").write_text(
        "ruleset = '2026.13'\nignore = ['output-cap-mising', 'severity:hgh']\n\n"
        "[rules.model-call-slow-default]\nparams = {limt = 5}\n\n"
        "[[suppress]]\npath = 'x'\nrule = 'no-such-rule'\nreason = 'x'\n"
    )
    ran = agentaudit("scan", project)
    assert (ran.code, ran.out) == (2, "")
    places = [line.partition("agentaudit.toml:")[2].partition(" ")[0] for line in ran.err.split("\n") if "agentaudit.toml:" in line]
    assert places == ["1:1:", "2:11:", "2:32:", "4:1:", "7:1:"]
    assert "5 mistakes in what is said of rules" in ran.err
    assert "did you mean output-cap-missing?" in ran.err


def test_what_the_knowledge_of_a_repository_hides_of_itself_is_said_first(agentaudit, tmp_path):
    root = tmp_path / "hostile"
    (root / "house" / "frameworks").mkdir(parents=True)
    (root / "wrap.py").write_text(
        "from openai import OpenAI\n\nclient = OpenAI()\n\n\ndef ask(messages):\n"
        "    return client.chat.completions.create(model='m', messages=messages)\n"
    )
    called = SERVICE.replace("from openai import OpenAI", "from wrap import ask as answer").replace("client = OpenAI()\n", "")
    (root / "main.py").write_text(called.replace('client.chat.completions.create(model="m", messages=messages)', "answer(messages)"))
    line = called[: called.index("while")].count("\n") + 1
    said = f"Described away critical, by agentaudit.toml, which the gate does not count: {CRITICAL} at main.py:{line}"
    assert found(agentaudit, root)[0][CRITICAL] == "open"
    knowledge = "package: wrap\nmodules: [wrap]\ncalls:\n  - {names: [wrap.ask], noun: none}\n"
    (root / "house" / "frameworks" / "wrap.yaml").write_text(knowledge)
    settings(root, "packs = ['house']\n")
    assert CRITICAL not in found(agentaudit, root)[0]
    assert " ".join(agentaudit("scan", root).out.split()).startswith(said)
    # Of who scans it is taken as it is said, and what changes nothing critical is not told.
    assert "Described away" not in agentaudit("scan", root, "--isolated", "--pack", root / "house").out
    told = " ".join(agentaudit("why", f"{root / 'main.py'}:{line}", "--project", root).out.split())
    assert f"critical {CRITICAL}, but for what this repository's own house says of the call [described-away]" in told
    (root / "house" / "frameworks" / "wrap.yaml").write_text("package: wrap\nmodules: [wrap]\nunderstood: ['wrap.*']\n")
    assert "Described away" not in agentaudit("scan", root).out
