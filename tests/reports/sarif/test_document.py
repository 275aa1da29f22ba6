"""What a SARIF document says of a report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.values import UNBOUNDED
from auditor.graph.traces import TraceStep
from auditor.judgement.types import EvidenceLine, Finding, FindingSite, GateResult, Measure, Row
from auditor.reports.report import ComparedWith, Report, Statement
from auditor.reports.sarif import render_sarif, sarif
from auditor.reports.sarif.levels import level
from tests.fixtures import expected
from tests.reports.sample import CLIENT_FINDING, LOOP_FINDING, SECOND_CLIENT, SUPPRESSED, report
from tests.reports.sarif.checking import rules, scanned

CALL = Location("app/llm.py", 29, 16, 34, 6)
RETRIED = replace(
    LOOP_FINDING,
    rule="retry-amplification",
    title="Nested retries multiply",
    severity="high",
    message="requests that one call can cause: up to 12 = 3 (sdk, clients.py:13) x 4 (decorator, llm.py:20)",
    at=CALL,
    qualname="complete",
    callee="client.create",
    remedy="Keep one retry layer: `max_retries=0`.",
    measure=Measure("total_attempts", 12),
    sites=(FindingSite("call:1", "create", CALL, "production"),),
    trace=(
        TraceStep("/chat begins", Location("app/main.py", 30, 1)),
        TraceStep("loop of 12 turns", Location("app/agent.py", 24, 9)),
        TraceStep("decorator retry", Location("app/llm.py", 20, 2), "4"),
        TraceStep("model call create", Location("app/llm.py", 29, 16)),
        TraceStep("sdk retry", Location("app/clients.py", 13, 1), "3"),
    ),
    evidence=(EvidenceLine("deadline", "none: written at app/llm.py:31", Location("app/llm.py", 31)),),
)


def run_of(shown: Report, *, include_suppressed: bool = False) -> Any:
    return sarif(shown, include_suppressed=include_suppressed)["runs"][0]


def result_of(finding: Finding, **changes: Any) -> Any:
    return run_of(replace(report(), findings=(finding,), **changes))["results"][0]


def lines(places: list[Any]) -> list[tuple[str, int]]:
    found = [place["physicalLocation"] for place in places]
    return [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in found]


def test_the_tool_and_the_category_are_for_ever() -> None:
    run = run_of(report())
    assert run["tool"]["driver"]["name"] == "agentaudit"
    assert run["tool"]["driver"]["semanticVersion"] == "0.1.0"
    assert run["automationDetails"]["id"] == "agentaudit/services/ask/"
    assert run_of(replace(report(), root="."))["automationDetails"]["id"] == "agentaudit/"
    assert run_of(replace(report(), root="Große Sache/a"))["automationDetails"]["id"] == "agentaudit/Gro%C3%9Fe%20Sache/a/"
    assert "informationUri" not in run["tool"]["driver"]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_sarif(report()) == render_sarif(report())
    turned = replace(report(), findings=report().findings[::-1], problems=report().problems[::-1], rules=rules()[::-1])
    assert render_sarif(turned) == render_sarif(replace(report(), rules=rules()))
    assert render_sarif(report()).isascii()


def test_all_rules_that_ran_with_constant_text() -> None:
    run = run_of(replace(report(), rules=rules()))
    found = run["tool"]["driver"]["rules"]
    assert [row["id"] for row in found] == sorted(rule.id for rule in rules())
    for row, rule in zip(found, sorted(rules(), key=lambda rule: rule.id), strict=True):
        assert row["help"]["markdown"] == rule.page and "```" not in row["help"]["text"]
        assert "Remedy:" in row["help"]["text"]
        assert 60 < len(row["fullDescription"]["text"]) <= 1024 and "`" not in row["fullDescription"]["text"]
        assert rule.pack in row["properties"]["tags"] and "security-severity" not in row["properties"]
        assert "helpUri" not in row
    by_id = {row["id"]: row for row in found}
    assert by_id["retry-amplification"]["name"] == "RetryAmplification"
    assert by_id["retry-amplification"]["defaultConfiguration"]["level"] == "error"
    assert by_id["retry-amplification"]["properties"]["precision"] == "high"
    assert by_id["output-cap-missing"]["properties"]["problem.severity"] == "warning"
    assert by_id["suppression-invalid"]["properties"]["problem.severity"] == "recommendation"
    for result in run["results"]:
        assert found[result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "error"),
        ({"state": "open"}, "error"),
        ({"state": "worse", "severity": "high", "confidence": "medium", "role": "script"}, "error"),
        ({"state": "baselined"}, "warning"),
        ({"state": "suppressed"}, "warning"),
        ({"severity": "medium"}, "warning"),
        ({"status": "preview"}, "warning"),
        ({"confidence": "low"}, "warning"),
        ({"role": "library"}, "warning"),
        ({"role": "test"}, "note"),
        ({"role": "example"}, "note"),
        ({"role": "notebook"}, "note"),
        ({"severity": "low"}, "note"),
        ({"severity": "info"}, "note"),
    ],
)
def test_an_error_is_what_the_default_gate_blocks(changes: dict[str, Any], wanted: str) -> None:
    assert level(replace(LOOP_FINDING, **changes)) == wanted


def test_the_region_is_one_line_and_the_rest_is_context() -> None:
    shown = {"app/llm.py": {(None, 29): "    response = 😀(client.create(  # 😀"}}
    place = result_of(RETRIED, snippets=shown)["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 29, "startColumn": 16, "endLine": 29, "endColumn": 37}
    assert place["physicalLocation"]["contextRegion"] == {"startLine": 29, "endLine": 34}
    assert place["logicalLocations"] == [{"name": "complete", "fullyQualifiedName": "complete"}]
    assert run_of(report())["columnKind"] == "unicodeCodePoints"
    short = result_of(replace(RETRIED, at=Location("app/llm.py", 29, 16, 29, 20)))["locations"][0]["physicalLocation"]
    assert short["region"] == {"startLine": 29, "startColumn": 16, "endLine": 29, "endColumn": 20}
    assert "contextRegion" not in short
    unknown = result_of(replace(RETRIED, at=Location("app/llm.py", 29, 16)))["locations"][0]["physicalLocation"]
    assert unknown["region"]["endColumn"] == 17


def test_of_a_notebook_the_line_of_the_file() -> None:
    at = Location("a/b.ipynb", 57, 9, 57, 30, cell=3, cell_line=2)
    shown = {"a/b.ipynb": {(3, 2): "    client.create()"}}
    region = result_of(replace(RETRIED, at=at), snippets=shown)["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 57, "startColumn": 1, "endLine": 57, "endColumn": 20}


def test_paths_are_those_of_the_repository() -> None:
    odd = replace(RETRIED, at=Location("my app/é:#1?.py", 3, 1, 3, 4))
    assert result_of(odd)["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "services/ask/my%20app/%C3%A9%3A%231%3F.py",
        "uriBaseId": "SRCROOT",
    }
    above = replace(RETRIED, at=Location("../shared/llm.py", 3, 1, 3, 4))
    assert lines(result_of(above)["locations"]) == [("services/shared/llm.py", 3)]
    bases = run_of(report())["originalUriBaseIds"]
    assert list(bases) == ["SRCROOT"] and list(bases["SRCROOT"]) == ["description"]


@pytest.mark.parametrize("at", [Location("../../../llm.py", 3), Location("/llm.py", 3), Location("app/llm.py", 0), Location("", 1)])
def test_a_finding_without_a_place_is_anchored(at: Location) -> None:
    """At the first step of its way, else at the first entry point, else at the project's file."""
    placeless = replace(RETRIED, at=at, sites=())
    assert lines(result_of(placeless)["locations"]) == [("services/ask/app/main.py", 30)]
    lost = replace(placeless, trace=(TraceStep("begins", at),), evidence=())
    entry = Row("entry_point", "chat", Location("app/api.py", 7), "production", {})
    assert lines(result_of(lost, matrix=(*report().matrix, entry))["locations"]) == [("services/ask/app/api.py", 7)]
    whole = result_of(lost)
    assert lines(whole["locations"]) == [("services/ask/pyproject.toml", 1)]
    assert "relatedLocations" not in whole and "codeFlows" not in whole


def test_what_lies_outside_the_repository_is_not_related() -> None:
    out = TraceStep("loop retry", Location("../../../job.py", 9), "5")
    result = result_of(replace(RETRIED, trace=(RETRIED.trace[0], out, *RETRIED.trace[1:])))
    assert all(".." not in uri for uri, _ in lines(result["relatedLocations"]))
    steps = [step["location"] for step in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert len(steps) == len(RETRIED.trace)
    assert steps[2]["message"]["text"] == "decorator retry: x 4, together 20"


def test_the_message_is_a_sentence_then_links_and_the_remedy() -> None:
    result = result_of(RETRIED)
    assert result["message"]["text"] == (
        "Requests that one call can cause: up to 12 = 3 (sdk, clients.py:13) x 4 (decorator, llm.py:20). "
        "On the way: [retried here](1) (x 4) and [client built here](2) (x 3). "
        "Deadline: none, written at app/llm.py:31 ([here](3)). "
        "Fix: Keep one retry layer: 'max_retries=0'."
    )
    related = result["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2, 3]
    assert lines(related) == [("services/ask/app/llm.py", 20), ("services/ask/app/clients.py", 13), ("services/ask/app/llm.py", 31)]


def test_the_first_sentence_is_short_and_names_are_quoted() -> None:
    named = result_of(replace(RETRIED, message="requests.get has no deadline: if it stalls, its caller waits for ever"))
    assert named["message"]["text"].startswith("'requests.get' has no deadline: if it stalls, its caller waits for ever. ")
    plain = result_of(replace(RETRIED, message="create blocks the event loop"))
    assert plain["message"]["text"].startswith("'create' blocks the event loop. ")
    long = result_of(replace(RETRIED, message="no span records " + "x" * 200))
    assert long["message"]["text"].startswith("Nested retries multiply in 'complete'. No span records xx")


def test_what_the_state_adds() -> None:
    worse = replace(RETRIED, state="worse", before=Measure("total_attempts", 12), measure=Measure("total_attempts", 60))
    assert "It is worse than before: 12 -> 60 (total attempts)." in result_of(worse)["message"]["text"]
    endless = replace(worse, measure=Measure("total_attempts", UNBOUNDED))
    assert "12 -> no limit" in result_of(endless)["message"]["text"]
    assert result_of(endless)["properties"]["measure"] == {"name": "total_attempts", "value": "unbounded"}
    assert "The baseline knows it." in result_of(replace(RETRIED, state="baselined"))["message"]["text"]


def test_the_flow_walks_inwards_with_the_factor_of_each_step() -> None:
    (flow,) = result_of(RETRIED)["codeFlows"]
    (thread,) = flow["threadFlows"]
    assert [step["location"]["message"]["text"] for step in thread["locations"]] == [
        "/chat begins",
        "loop of 12 turns",
        "decorator retry: x 4",
        "model call create",
        "sdk retry: x 3, together 12",
    ]
    assert lines([step["location"] for step in thread["locations"]])[0] == ("services/ask/app/main.py", 30)
    assert [step["importance"] for step in thread["locations"]].count("essential") == 2
    endless = replace(RETRIED, trace=(TraceStep("loop", CALL, "unbounded"), TraceStep("retry", CALL, "3"), TraceStep("x", CALL, "unknown")))
    texts = [step["location"]["message"]["text"] for step in result_of(endless)["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert texts == ["loop: without a limit", "retry: x 3", "x: x unknown"]
    assert "codeFlows" not in result_of(replace(RETRIED, trace=()))
    assert "codeFlows" not in result_of(replace(RETRIED, trace=RETRIED.trace[:1]))


def test_sites_elsewhere_are_linked() -> None:
    result = result_of(CLIENT_FINDING)
    text = result["message"]["text"]
    assert "It concerns 24 places (1 suppressed): [place 1](1), [place 2](2), [place 3](3), [place 4](4), [place 5](5) and 19 more." in text
    assert len(result["relatedLocations"]) == 24
    client = replace(CLIENT_FINDING, trace=(TraceStep("sdk retry", CLIENT_FINDING.at, "3"),))
    assert "The client built here serves 24 places (1 suppressed): " in result_of(client)["message"]["text"]
    here = replace(CLIENT_FINDING, sites=(FindingSite("x", "create", CLIENT_FINDING.at, "production"), CLIENT_FINDING.sites[0]))
    assert "It concerns 1 other place: [place 1](1)." in result_of(here)["message"]["text"]


def test_fingerprints() -> None:
    assert result_of(RETRIED)["partialFingerprints"] == {"agentaudit/v1": f"{'a' * 64}:1"}
    known = result_of(RETRIED, line_hashes={"app/llm.py": {29: "163d63531805ee8f:1"}})
    assert known["partialFingerprints"] == {"agentaudit/v1": f"{'a' * 64}:1", "primaryLocationLineHash": "163d63531805ee8f:1"}


def test_the_state_of_the_baseline_is_said_only_after_a_comparison() -> None:
    states = {
        state: result_of(replace(RETRIED, state=state)).get("baselineState")  # type: ignore[arg-type]
        for state in ("new", "worse", "open", "baselined")
    }
    assert states == {"new": "new", "worse": "updated", "open": "unchanged", "baselined": "unchanged"}
    alone = run_of(replace(report(), compared_with=None))
    assert all("baselineState" not in result for result in alone["results"])
    assert run_of(report())["properties"]["comparedWith"] == {"kind": "baseline", "name": "audit.json"}
    commit = replace(report(), compared_with=ComparedWith("commit", "main"))
    assert run_of(commit)["results"][0]["baselineState"] == "new"


def test_what_is_fixed_is_no_result() -> None:
    """Code scanning would show it as open."""
    run = run_of(report())
    assert all(result["ruleId"] != "retry-amplification" for result in run["results"])
    assert run["properties"]["fixed"] == 1


def test_suppressed_findings_are_left_out_unless_asked_for() -> None:
    run = run_of(report())
    assert [result["properties"]["state"] for result in run["results"]] == ["new", "open", "open"]
    assert all("suppressions" not in result for result in run["results"])
    assert "1 suppressed finding left out." in [row["message"]["text"] for row in run["invocations"][0]["toolExecutionNotifications"]]
    kept = run_of(report(), include_suppressed=True)
    found = {result["ruleId"]: result for result in kept["results"]}
    assert found[SUPPRESSED.rule]["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "the upstream is ours"}]
    assert found[SUPPRESSED.rule]["level"] == "warning" and "baselineState" not in found[SUPPRESSED.rule]
    assert all(result["suppressions"] == [] for rule, result in found.items() if rule != SUPPRESSED.rule)


def test_problems_are_notifications() -> None:
    problems = (
        Problem("syntax-error", "app/broken.py", 7, "invalid `syntax`"),
        Problem("suppression-unused", "a.py", 3, "nothing is found", counts=False),
    )
    call = run_of(replace(report(), findings=(), problems=problems, declared=()))["invocations"][0]
    assert (call["executionSuccessful"], call["exitCode"]) == (True, 1)
    unused, broken = call["toolExecutionNotifications"]
    assert broken["descriptor"] == {"id": "syntax-error"}
    assert (broken["level"], broken["message"]["text"]) == ("warning", "invalid 'syntax'.")
    assert lines(broken["locations"]) == [("services/ask/app/broken.py", 7)]
    assert unused["level"] == "note"
    outside = run_of(replace(report(), findings=(), problems=(Problem("link-outside", "../../../x", 0, "leads out"),)))
    assert "locations" not in outside["invocations"][0]["toolExecutionNotifications"][0]


def test_what_is_declared_and_silenced_is_a_notification() -> None:
    silenced = (Statement("Ignored critical, by pyproject.toml, which the gate does not count: a at b.py:1", None),)
    rows = run_of(replace(report(), findings=(), problems=(), silenced=silenced))["invocations"][0]["toolExecutionNotifications"]
    assert [(row["descriptor"]["id"], row["level"]) for row in rows] == [("critical-not-counted", "warning"), ("declared", "note")]
    assert rows[1]["message"]["text"] == "declared: the gateway limits each request to 30 s."


def test_exit_3_is_no_answer() -> None:
    nothing = replace(
        report(), findings=(), problems=(), declared=(), gate=GateResult(False, 3, ("nothing to audit: no source file could be read",))
    )
    (call,) = run_of(nothing)["invocations"]
    assert (call["executionSuccessful"], call["exitCode"]) == (False, 3)
    assert [(row["level"], row["message"]["text"]) for row in call["toolExecutionNotifications"]] == [
        ("error", "nothing to audit: no source file could be read.")
    ]
    clean = run_of(replace(nothing, gate=GateResult(True, 0)))
    assert clean["invocations"] == [{"executionSuccessful": True, "exitCode": 0}] and clean["results"] == []


def test_the_worst_comes_first() -> None:
    rows = run_of(replace(report(), findings=(SECOND_CLIENT, CLIENT_FINDING, LOOP_FINDING)))["results"]
    assert [row["properties"]["severity"] for row in rows] == ["critical", "high", "high"]
    assert [row["level"] for row in rows] == ["error", "error", "note"]


def test_a_real_scan_is_told_from_entry_point_to_client() -> None:
    shown = scanned(expected.ROOT / "amplification")
    run = json.loads(render_sarif(shown))["runs"][0]
    (result,) = (row for row in run["results"] if row["ruleId"] == "retry-amplification")
    texts = [step["location"]["message"]["text"] for step in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert texts[0] == "job begins" and texts[-1] == "sdk retry: x 6, together 90"
    assert "[client built here](3) (x 6)" in result["message"]["text"]
    assert result["partialFingerprints"]["primaryLocationLineHash"]
