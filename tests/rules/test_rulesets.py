"""Rule sets: what is sealed never changes, what is in work is what judges today, and a pinned scan is judged by its set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor import pipeline
from auditor.core.problem import AuditError
from auditor.judgement.baseline import render
from auditor.pipeline import ScanOptions, catalogue
from auditor.reports.report import Report
from auditor.rules.generate import IN_WORK, rule_set_text, rule_sets, write_rule_sets
from auditor.rules.load import builtin_packs
from auditor.rules.new import write_rule
from auditor.rules.packs import all_packs, rules_of
from auditor.rules.rulesets import FOLDER, names, rule_set
from auditor.settings import RuleSettings

APP = """\
from fastapi import FastAPI
from openai import OpenAI
from tenacity import retry, stop_after_attempt

app = FastAPI()
client = OpenAI(max_retries=5)


@retry(stop=stop_after_attempt(3))
def answer(messages):
    return client.chat.completions.create(model="m", messages=messages, max_tokens=100)


@app.post("/ask")
def ask(question: str):
    messages = [{"role": "user", "content": question}]
    while True:
        messages.append(answer(messages).choices[0].message)


def summary(text):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])


def title(text):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
"""
RETRY, LOOP, SLOW = "retry-amplification", "unbounded-agent-loop", "model-call-slow-default"
SETS = rule_sets(builtin_packs())
Data = dict[str, Any]


def text_of(name: str) -> str:
    return (builtin_packs() / FOLDER / f"{name}.json").read_text("utf-8")


def broken(folder: Path) -> list[str]:
    """The sets that are sealed, and not what they were."""
    sealed = {name: state for name, state in rule_sets(folder).items() if state != IN_WORK}
    return [name for name in sealed if hashlib.sha256((folder / FOLDER / f"{name}.json").read_bytes()).hexdigest() != sealed[name]]


def test_what_is_sealed_never_changes() -> None:
    assert broken(builtin_packs()) == []


def test_what_is_sealed_is_not_written_again(tmp_path: Path) -> None:
    old = written(tmp_path, of_constants(cap=5.0)) / FOLDER / "2025.01.json"
    (tmp_path / "rulesets.yaml").write_text(f"'2025.01': {hashlib.sha256(old.read_bytes()).hexdigest()}\n'2025.02': in work\n")
    write_rule_sets(tmp_path)
    assert (broken(tmp_path), (tmp_path / FOLDER / "2025.02.json").read_text("utf-8")) == ([], rule_set_text())
    written(tmp_path, of_constants(cap=6.0))
    assert broken(tmp_path) == ["2025.01"]


def test_the_newest_set_is_what_judges_today() -> None:
    newest = list(SETS)[-1]
    assert text_of(newest) == rule_set_text(), "in work: `python -m auditor.rules.generate`; sealed: open a set in rules/rulesets.yaml"
    assert list(SETS) == names(builtin_packs()), "each set is told in rules/rulesets.yaml, the newest last"
    assert IN_WORK not in list(SETS.values())[:-1]


@pytest.mark.parametrize("name", SETS)
def test_every_set_can_still_be_read(name: str) -> None:
    """A field of a noun, a key of rules or a word of their language that a set speaks of must stay."""
    assert rule_set(builtin_packs(), name).rules


def test_a_set_is_read_as_it_was_written() -> None:
    assert catalogue(ScanOptions(ruleset=list(SETS)[-1])) == replace(catalogue(ScanOptions()), version=list(SETS)[-1])


def written(folder: Path, change: Callable[[Data], object], name: str = "2025.01") -> Path:
    """A set that was made before the rules became those of today."""
    data = json.loads(rule_set_text())
    change(data)
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / FOLDER / f"{name}.json").write_text(json.dumps(data), "utf-8")
    return folder


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], tuple[Report, Report]]:
    """The report by the set of a folder, and that of today."""
    root = tmp_path_factory.mktemp("app")
    (root / "main.py").write_text(APP)
    found = pipeline.read([root])
    graph = pipeline.graph_of(found)
    today = pipeline.report_of(found, graph, catalogue(ScanOptions()), ScanOptions())
    return lambda folder: (pipeline.report_of(found, graph, rule_set(folder, "2025.01"), ScanOptions(ruleset="2025.01")), today)


def of_rule(rule: str, **keys: object) -> Callable[[Data], None]:
    return lambda data: next(rules for rules in data["rules"].values() if rule in rules)[rule].update(keys)


def of_constants(**keys: object) -> Callable[[Data], None]:
    return lambda data: data["constants"].update(keys)


def findings(report: Report, rule: str, name: str = "severity") -> list[object]:
    return [getattr(finding, name) for finding in report.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("change", "shown", "then"),
    [
        (of_rule(RETRY, flag="total_attempts > 1000"), lambda r: findings(r, RETRY), []),
        (of_rule(RETRY, where="call == 'embedding'"), lambda r: findings(r, RETRY), []),
        (of_rule(RETRY, params={"limit": 100, "many": 200}), lambda r: findings(r, RETRY), []),
        (of_rule(RETRY, each="external_call"), lambda r: findings(r, RETRY), []),
        (of_rule(RETRY, severity="info"), lambda r: findings(r, RETRY), ["info"]),
        (of_rule(RETRY, confidence="low"), lambda r: findings(r, RETRY, "confidence"), ["low"]),
        (of_rule(RETRY, measure="len(layers)"), lambda r: [m.value for m in findings(r, RETRY, "measure")], [2]),
        (of_rule(RETRY, at="client"), lambda r: [at.line for at in findings(r, RETRY, "at")], [6]),
        (of_rule(RETRY, message="too many"), lambda r: findings(r, RETRY, "message"), ["too many"]),
        (of_rule(LOOP, status="preview"), lambda r: LOOP in [rule.rule for rule in r.score.rules], False),
        (of_rule(LOOP, points=50), lambda r: [rule.points for rule in r.score.rules if rule.rule == LOOP], [50.0]),
        (lambda data: data["gates"].pop("G1"), lambda r: [gate.id for gate in r.score.gates], ["G5", "G6"]),
        (of_constants(cap=5.0), lambda r: r.score.value, 5.0),
        (of_constants(cap=5.0), lambda r: round(r.advice.after - r.advice.gain, 1), 5.0),
        (of_constants(fewest_calls=4), lambda r: r.verdict, "not_an_agent_codebase"),
        (of_constants(worst={"production": "low"}), lambda r: findings(r, LOOP), ["low"]),
        (of_constants(worst={"production": "low", "library": "low"}), lambda r: r.gate.passed, True),
    ],
)
def test_a_pinned_scan_is_judged_by_its_set(judged, change, shown, then, tmp_path: Path) -> None:
    pinned, today = judged(written(tmp_path, change))
    assert shown(pinned) == then != shown(today)


@pytest.mark.parametrize(
    "constants", [{"unknown": 0.0}, {"weights": {"production": 1.0, "script": 1.0, "library": 0.0}}], ids=["unknown", "weights"]
)
def test_the_score_is_reckoned_with_the_constants_of_the_set(judged, constants, tmp_path: Path) -> None:
    pinned, today = judged(written(tmp_path, of_constants(**constants)))
    assert pinned.score.raw != today.score.raw


@pytest.mark.parametrize(
    ("constants", "verdict"),
    [
        ({"conditional_from": 1, "ready_from": 2, "dimension_from": 0, "most_unknown": 1}, "ready"),
        ({"conditional_from": 1}, "conditional"),
        ({"conditional_from": 1, "ready_from": 2, "dimension_from": 0, "most_unknown": 0}, "conditional"),
        ({"conditional_from": 1, "ready_from": 2, "dimension_from": 99, "most_unknown": 1}, "conditional"),
        ({"fewest_decided": 101}, "incomplete"),
        ({}, "not_ready"),
    ],
)
def test_the_verdict_is_by_the_thresholds_of_the_set(judged, constants, verdict, tmp_path: Path) -> None:
    def change(data: Data) -> None:
        data["gates"] = {}
        data["constants"].update(constants)

    assert judged(written(tmp_path, change))[0].verdict == verdict


def test_rules_that_came_later_are_not_asked_and_removed_ones_are(judged, tmp_path: Path) -> None:
    def change(data: Data) -> None:
        rules = data["rules"]["resilience"]
        rules["slow-call"] = {**rules.pop(SLOW), "id": "slow-call"}

    then, today = judged(written(tmp_path, change))
    assert (findings(then, SLOW), findings(then, "slow-call")) == ([], ["medium"])
    assert (findings(today, SLOW), findings(today, "slow-call")) == (["medium"], [])


def test_a_pack_cannot_replace_a_rule_that_only_the_set_has(tmp_path: Path) -> None:
    def change(data: Data) -> None:
        data["rules"]["cost"]["slow-call"] = {**data["rules"]["resilience"][SLOW], "id": "slow-call"}

    pin = rule_set(written(tmp_path, change), "2025.01")
    write_rule("slow-call", tmp_path / "house")
    with pytest.raises(AuditError, match=r"'slow-call' is in two packs: cost and house \(the other is the rule set 2025.01\)"):
        rules_of(all_packs([tmp_path / "house"]), pin)


def test_documents_say_which_set_judged(judged, tmp_path: Path) -> None:
    then, today = judged(written(tmp_path, of_constants()))
    assert (then.catalogue_version, [said.text for said in then.assumptions]) == (
        "2025.01",
        ["the rules, and what the score reckons with, are those of the set 2025.01"],
    )
    assert (today.catalogue_version, today.assumptions) == (today.tool_version, ())


def test_a_baseline_is_of_the_set_that_judged(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    pinned = ScanOptions(ruleset="2026.12")
    file = tmp_path / "baseline.json"
    file.write_text(render(pipeline.baseline([tmp_path], options=pinned).baseline), "utf-8")
    same, other = (pipeline.scan([tmp_path], options=replace(options, baseline=file)) for options in (pinned, ScanOptions()))
    assert same.remarks == ()
    assert [remark.partition(",")[0] for remark in other.remarks] == ["the baseline was made by the catalogue of 2026.12"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_rule(RETRY, flag="total_attemps > 6"), "(retry-amplification): in flag: there is no field 'total_attemps'"),
        (of_rule(RETRY, colour="red"), "(retry-amplification): there is no key 'colour'"),
        (of_rule(RETRY, id="other"), "(retry-amplification): the id must be"),
        (lambda data: data["gates"]["G1"].update(rules=["gone"]), "(gates): there is no rule 'gone'"),
        (lambda data: data["constants"].pop("cap"), "other constants than"),
        (of_constants(colour="red"), "other constants than"),
        (lambda data: data.pop("gates"), "KeyError: 'gates'"),
        (lambda data: data.update(rules=[]), "AttributeError"),
    ],
)
def test_a_set_that_this_version_cannot_read_is_told(change, said: str, tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught:
        rule_set(written(tmp_path, change), "2025.01")
    assert "this version cannot read the rule set 2025.01\nrulesets/2025.01.json" in caught.value.message
    assert said in caught.value.message


def test_a_set_that_there_is_not_is_told() -> None:
    with pytest.raises(AuditError, match=r"there is no rule set '2026\.21'") as caught:
        catalogue(ScanOptions(ruleset="2026.21"))
    assert caught.value.hint == "did you mean '2026.12'?"


def test_settings_hold_on_top_of_a_set(tmp_path: Path) -> None:
    said = {RETRY: RuleSettings("low", {"limit": 99}, tmp_path / "agentaudit.toml", 1)}
    rules = catalogue(ScanOptions(ruleset="2026.12", select=("pack:resilience",), ignore=(SLOW,), rules=said)).rules
    assert {rule.pack for rule in rules} == {"resilience"} and SLOW not in {rule.id for rule in rules}
    assert [(rule.severity, rule.params["limit"]) for rule in rules if rule.id == RETRY] == [("low", 99)]
