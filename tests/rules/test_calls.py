"""House rules about any library: rules that ask for `call`, as a team would write them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor import pipeline
from auditor.core.location import Location
from auditor.core.problem import AuditError
from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Call
from auditor.rules.evaluate import evaluate
from auditor.rules.load import load_packs, load_rule
from auditor.rules.pages import Example, Result, check_example, read_page
from auditor.rules.rulesets import Catalogue
from auditor.rules.subjects import Subjects, calls_asked_for
from auditor.rules.types import Rule
from tests.rules.build import rule, some

HOUSE = load_packs(Path(__file__).parent / "house")
EXAMPLES = [(rule, example) for rule in HOUSE for example in read_page(rule.page, rule.id).examples]


def scan(folder: Path, files: dict[str, str]) -> set[Result]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    found = pipeline.read([folder])
    graph = pipeline.graph_of(found, calls=calls_asked_for(HOUSE))
    report = pipeline.report_of(found, graph, Catalogue(HOUSE), pipeline.ScanOptions())
    unknown = {(v.rule.id, v.subject.at.path, v.subject.at.line, v.state) for v in evaluate(HOUSE, graph) if v.state == "unknown"}
    return unknown | {(f.rule, f.at.path, f.at.line, "fail") for f in report.findings}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}:{example.line}" for rule, example in EXAMPLES])
def test_the_examples_of_a_page_are_true(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert check_example(example, rule.id, lambda files: scan(tmp_path, files)) == []


def call(callee: str = "web.get", line: int = 1, at: int = 0, **arguments: Setting) -> Call:
    name = callee.rpartition(".")[2]
    more = {"package": callee.partition(".")[0], "names": (callee,), "packages": (callee.partition(".")[0],), "arguments": arguments}
    return Call(
        id=f"call:app.py:{line}:{at}", name=name, symbol=name, at=Location("app.py", line), role="production", callee=callee, **more
    )


def states(asked: Rule, *calls: Call) -> list[tuple[int, str]]:
    return [(v.subject.at.line, v.state) for v in evaluate([asked], AgentGraph(calls=calls))]


def asking(flag: str, where: str = "", message: str = "no") -> Rule:
    return rule(flag, each=("call",), where=where, message=message)


def test_a_setting_of_any_kind_is_measured_where_it_is_a_number() -> None:
    asked = replace(asking("arguments['timeout'] is not absent"), measure="arguments['timeout']")
    calls = [call(line=n, timeout=Setting(value)) for n, value in enumerate((30, "x", True), 1)]
    assert [v.measure for v in evaluate([asked], AgentGraph(calls=tuple(calls)))] == [30, None, None]


def test_a_call_that_may_mean_several_fails_for_one_of_them_and_is_told_once() -> None:
    several = [call("quick.get", at=0), call("web.get", at=1), call("late.get", at=2)]
    assert states(asking('callee == "web.get"'), *several) == [(1, "fail")]
    assert states(asking('callee == "other.get"'), *several) == [(1, "pass")]
    assert states(asking("len(arguments_) > 1".replace("arguments_", "names")), *several) == [(1, "pass")]


def test_several_values_of_an_argument_are_each_asked() -> None:
    asked = asking('arguments["timeout"] > 10', message="{callee} waits {arguments.timeout}")
    [verdict] = evaluate([asked], AgentGraph(calls=(call(timeout=some(5, 60, 90)),)))
    assert (verdict.state, verdict.message) == ("fail", "web.get waits 90")
    assert [(e.field, e.setting) for e in verdict.evidence] == [('arguments["timeout"]', some(5, 60, 90))]
    assert states(asked, call(timeout=some(5, 60, undecided=True))) == [(1, "unknown")]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('callee == "a.f"', {"callee": {"a.f"}}),
        ('"a.f" == callee', {"callee": {"a.f"}}),
        ('callee in ("a.f", "b.g") and name == "f"', {"callee": {"a.f", "b.g"}}),
        ('"a" in packages', {"packages": {"a"}}),
        ('len(names) > 1 and "a" in packages', {"packages": {"a"}}),
        ('"a" in packages or "b" in packages', {"packages": {"a", "b"}}),
        ('name == "f" and ("a" in packages or callee == "b.g")', {"packages": {"a"}, "callee": {"b.g"}}),
        ('"a" in packages or name == "f"', True),
        ('"a" in packages or "b" not in packages', True),
        ('not "a" in packages', True),
        ('"a" not in packages', True),
        ('callee != "a.f"', True),
        ('arguments["x"] == "a"', True),
        ("callee == name", True),
        ("", True),
    ],
)
def test_only_calls_that_a_rule_can_be_about_are_asked(where: str, found: dict[str, set[str]] | bool) -> None:
    assert calls_asked_for([asking("name == 'f'", where)]) == found
    calls = [call("a.f", 1), call("b.g", 2), call("c.f", 3)]
    kept = Subjects(calls).of(asking("name == 'f'", where))
    rest = [c for c in calls if c not in kept]
    assert states(asking("name == 'f'", where), *kept) == states(asking("name == 'f'", where), *calls)
    assert evaluate([asking("name == 'f'", where)], AgentGraph(calls=tuple(rest))) == []


def test_rules_that_ask_for_no_call_need_none() -> None:
    assert calls_asked_for(HOUSE)
    assert calls_asked_for([rule("attempts > 1")]) is False


def test_only_calls_that_a_rule_names_are_made(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import json, os, re\n\nos.getcwd()\njson.loads(re.sub('a', 'b', 'c'))\n")
    found = pipeline.read([tmp_path])
    named = [asking("name == 'f'", "'os' in packages"), asking("name == 'f'", "callee in ('re.sub', 're.match') and role == 'production'")]
    assert calls_asked_for(named) == {"packages": {"os"}, "callee": {"re.sub", "re.match"}}
    assert [c.callee for c in pipeline.graph_of(found, calls=calls_asked_for(named)).calls] == ["os.getcwd", "re.sub"]
    assert calls_asked_for([*named, asking("name == 'loads'", "role == 'library'")]) is True


@pytest.mark.parametrize(
    ("message", "words"), [("{arguments}", "holds many settings"), ("{arguments.a.b}", "a brace"), ("{callee.a}", "no field")]
)
def test_a_message_names_one_argument(message: str, words: str, tmp_path: Path) -> None:
    text = (Path(__file__).parent / "house/acme/ask-without-purpose.yaml").read_text("utf-8")
    page = (Path(__file__).parent / "house/acme/ask-without-purpose.md").read_text("utf-8")
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "ask-without-purpose.md").write_text(page, "utf-8")
    (folder / "ask-without-purpose.yaml").write_text(text.replace("{arguments.purpose}", message), "utf-8")
    with pytest.raises(AuditError, match=words):
        load_rule(folder / "ask-without-purpose.yaml", "ask-without-purpose.yaml", "house")


def test_a_finding_is_recognised_by_the_callee_as_written(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import requests as web\n\ndef load(u):\n    web.get(u)\n", "utf-8")
    found = pipeline.read([tmp_path])
    graph = pipeline.graph_of(found, calls=True)
    report = pipeline.report_of(found, graph, Catalogue(HOUSE), pipeline.ScanOptions())
    [finding] = report.findings
    assert (finding.qualname, finding.callee) == ("load", "web.get")
    assert finding.message == "requests.get is called in app, outside of acme.http"
    assert [seen.noun for seen in report.coverage.nouns] == []
