"""The JSON document keeps its contract, byte for byte."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.problem import Problem
from auditor.core.values import UNBOUNDED, Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import Layer, NotUnderstood, TraceStep
from auditor.judgement.advice import advise
from auditor.judgement.coverage import cover
from auditor.judgement.findings import find
from auditor.judgement.functions import Functions
from auditor.judgement.gate import GateOptions, decide
from auditor.judgement.matrix import matrix
from auditor.judgement.score import overall, score
from auditor.judgement.types import Coverage, GateResult, Gone, Measure
from auditor.reports import report as report_module
from auditor.reports.json import render_json, scan_json
from auditor.reports.report import ComparedWith, Report, Statement
from auditor.rules.types import Gate
from tests.judgement.build import at, call, client, evidence, fails, nodes, passes, rule, unsure

SCHEMA = json.loads(Path(report_module.__file__).with_name("scan.schema.json").read_text(encoding="utf-8"))
# fmt: off
KEYS = [
    "format", "root", "versions", "verdict", "score", "gate", "coverage", "matrix", "findings", "fixed", "unknowns",
    "problems", "bounds", "declared", "assumptions",
]
FINDING_KEYS = [
    "rule", "pack", "severity", "confidence", "status", "state", "message", "path", "line", "column", "end_line",
    "end_column", "symbol", "role", "fingerprint", "measure", "sites", "trace", "evidence", "remedy",
]
# fmt: on


def full_report():
    made = client(3)
    layers = (Layer("decorator", Setting(6), True, at(line=7), "retry"), Layer("loop", Setting(UNBOUNDED), True, at(line=8), "loop"))
    calls = [call(10 * i, clients=[made], layers=layers, trace=(TraceStep("POST /ask", at("app/api.py", 2)),)) for i in range(1, 5)]
    deadline, retry = (
        rule(column="deadline"),
        rule("infinite-retry", column="retry", severity="critical", measure="total_attempts", flag="total_attempts is unbounded"),
    )
    read = (evidence("deadline", 600, origin="default", source="openai==2.32.0", at=made.at, unit="seconds"),)
    verdicts = [
        fails(deadline, calls[0], [made], evidence=read),
        fails(deadline, calls[1], [made], evidence=read),
        passes(deadline, calls[2]),
        unsure(deadline, calls[3]),
        fails(retry, calls[0], measure=UNBOUNDED),
    ]
    gates = [Gate(id="G1", title="unbounded spend", rules=("infinite-retry",))]
    found = nodes(made, *calls)
    graph = AgentGraph(nodes=found, unknowns=[NotUnderstood("lib", "lib.run", at("app/z.py"))])
    problems = [Problem("syntax-error", "app/bad.py", 3, "could not be read")]
    findings, unused = find(verdicts, found, Functions(), [deadline.id, retry.id])
    result = score(verdicts, found, gates, findings)
    coverage = cover(verdicts, graph, problems)
    return Report(
        root=".",
        verdict=overall(result, coverage, found, gates),
        score=result,
        gate=decide(findings, result, coverage, GateOptions(), files_read=3, nodes=found.values()),
        coverage=coverage,
        advice=advise(result, verdicts, gates, findings),
        matrix=matrix(verdicts, found),
        findings=tuple(findings),
        fixed=(Gone("old", at(), "0" * 64),),
        problems=(*problems, *unused),
        declared=(Statement("deadline of acme.ask is 20 s", at("agentaudit.toml", 4)),),
        assumptions=(Statement("an asyncio deadline cannot interrupt blocking code"),),
        tool_version="0.1.0",
        catalogue_version="1",
        versions={"openai": "2.32.0", "httpx": "0.28"},
        compared_with=ComparedWith("baseline", "base.json"),
        files=3,
        lines=120,
    )


def test_the_document_follows_the_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(render_json(full_report())), SCHEMA)


def test_an_empty_report_follows_it_too():
    empty = Report(root=".", verdict="not_an_agent_codebase", gate=GateResult(False, 3, ("nothing to audit",)), coverage=Coverage())
    document = json.loads(render_json(empty))
    jsonschema.validate(document, SCHEMA)
    assert document["score"] is None
    assert document["gate"]["compared_with"] is None


def test_the_keys_are_those_of_the_contract_in_their_order():
    document = scan_json(full_report())
    assert list(document) == KEYS
    assert all(list(finding) == FINDING_KEYS for finding in document["findings"])
    assert list(document["score"]) == ["value", "low", "high", "raw", "dimensions", "gates"]
    assert list(document["gate"]) == ["passed", "exit_code", "reasons", "compared_with"]


def test_what_a_finding_says():
    retry, deadline = sorted(scan_json(full_report())["findings"], key=lambda f: f["rule"])
    assert deadline["sites"] == [{"path": "app/main.py", "line": 10}, {"path": "app/main.py", "line": 20}]
    assert deadline["evidence"] == [
        {
            "setting": "deadline",
            "text": "600 s: default of openai 2.32.0; client made at app/llm.py:3",
            "at": {"path": "app/llm.py", "line": 3},
        }
    ]
    assert retry["measure"] == {"name": "total_attempts", "value": "unbounded"}
    assert [(step["what"], step["times"]) for step in retry["trace"]] == [
        ("POST /ask", None),
        ("loop", "unbounded"),
        ("retry", 6),
        ("ask", None),
    ]


def test_the_same_report_in_another_order_gives_the_same_bytes():
    report = full_report()
    turned = replace(
        report,
        findings=report.findings[::-1],
        problems=report.problems[::-1],
        versions=dict(reversed(report.versions.items())),
        coverage=replace(report.coverage, undecided=report.coverage.undecided[::-1]),
    )
    assert render_json(report) == render_json(turned)


@settings(deadline=None)
@given(st.text(), st.floats(allow_nan=True, allow_infinity=True))
def test_any_text_and_number_stays_valid_json(text, number):
    report = full_report()
    finding = replace(report.findings[0], message=text, symbol=text, measure=Measure("n", number))
    document = json.loads(render_json(replace(report, findings=(finding,))))
    jsonschema.validate(document, SCHEMA)
    assert document["findings"][0]["message"] == text
