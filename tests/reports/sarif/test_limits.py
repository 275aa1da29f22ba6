"""Hostile text, and more than code scanning takes."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.graph.traces import TraceStep
from auditor.judgement.types import EvidenceLine, FindingSite
from auditor.reports.report import Report
from auditor.reports.sarif import render_sarif, sarif
from auditor.reports.sarif.words import clean
from tests.reports.sample import report
from tests.reports.sarif.checking import check, rules
from tests.reports.sarif.test_document import RETRIED

EVIL = "`x` [click](https://evil.example) {0} {{1}} <img src=x onerror=y> \x1b[31m\u202e\n\n# a [b\\](1)"


def problems(shown: Report, **options: bool) -> list[str]:
    text = render_sarif(shown, **options)
    document = json.loads(text)
    return [*check.by_schema(document), *check.by_us(document, text.encode())]


def notes(document: Any) -> list[str]:
    return [row["message"]["text"] for row in document["runs"][0]["invocations"][0].get("toolExecutionNotifications", [])]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("`client.get`", "'client.get'"),
        ("[click](https://evil.example)", "[click] (https://evil.example)"),
        ("/orders/{id}", "/orders/(id)"),
        ("<lambda> and a < 3 -> b", "(lambda) and a < 3 -> b"),
        ("tools[0] of list[str]", "tools[0] of list[str]"),
        ("half [a link", "half (a link"),
        ("]x[", ")x("),
        ("a\n\tb\r\n c", "a b c"),
        ("\x1b[31mred\u202e", "(31mred"),
        ("x" * 500, "x" * 397 + "..."),
    ],
)
def test_text_of_the_repository_is_no_markup(text: str, told: str) -> None:
    assert clean(text) == told


@settings(deadline=None)
@given(st.text(alphabet="ab[]()`{}<>\\ \n1", max_size=60))
def test_no_text_makes_a_link(text: str) -> None:
    whole = f"{clean(text)} ([here](7))."
    assert check.LINK.findall(whole) == ["7"]
    assert not set("`{}\n") & set(whole)
    before = whole.removesuffix("[here](7)).")
    assert before.count("[") == before.count("]")


def test_a_hostile_repository_makes_a_valid_document() -> None:
    evil = replace(
        RETRIED,
        message=EVIL,
        title=EVIL,
        remedy=EVIL,
        symbol=EVIL,
        qualname=EVIL,
        callee=EVIL,
        at=Location(f"{EVIL}/\ud800\\..%2f.py", 2, 3, 2, 1),
        trace=(TraceStep(EVIL, Location(EVIL, 1), EVIL), TraceStep(EVIL, Location("..\\a.py", 1), "1e999"), *RETRIED.trace),
        evidence=(EvidenceLine(EVIL, EVIL, Location("x.py", 9)),),
        sites=(FindingSite("x", EVIL, Location("y.py", 9), "production"),),
        state="suppressed",
        suppressed_because=EVIL,
    )
    shown = replace(report(), findings=(evil,), root=EVIL.replace("\x1b", ""), problems=(Problem("x", EVIL, -3, EVIL),))
    assert problems(shown, include_suppressed=True) == []
    (result,) = sarif(shown, include_suppressed=True)["runs"][0]["results"]
    assert "evil.example)" in result["message"]["text"] and "](https" not in json.dumps(result)
    assert set(check.LINK.findall(result["message"]["text"])) <= {"1", "2", "3", "4", "5", "6"}


def test_no_more_than_5000_results_the_worst_of_all() -> None:
    severities = ("low", "critical", "medium")
    many = tuple(
        replace(RETRIED, severity=severities[n % 3], fingerprint=f"{n:064x}", at=Location(f"app/f{n % 400}.py", n + 1, 5, n + 4))
        for n in range(7500)
    )
    shown = replace(report(), findings=many, rules=rules(), line_hashes={f"app/f{n}.py": {1: "a:1"} for n in range(400)})
    start = time.process_time()
    text = render_sarif(shown)
    assert time.process_time() - start < 15
    document = json.loads(text)
    found = [row["properties"]["severity"] for row in document["runs"][0]["results"]]
    assert found == ["critical"] * 2500 + ["medium"] * 2500
    assert "2,500 results of 7,500 left out: the 5,000 worst are here." in notes(document)
    assert list(check.by_us(document, text.encode())) == []
    assert len(gzip.compress(text.encode())) < 10 * 2**20


def test_no_more_than_1000_steps_and_100_related_places() -> None:
    way = tuple(TraceStep(f"calls f{n}", Location(f"app/s{n}.py", n + 1), "2") for n in range(2500))
    sites = tuple(FindingSite(f"s{n}", "create", Location("app/x.py", n + 1), "production") for n in range(3000))
    shown = replace(report(), findings=(replace(RETRIED, trace=way, sites=sites),), problems=(), declared=())
    document = sarif(shown)
    (result,) = document["runs"][0]["results"]
    steps = [row["location"]["message"]["text"] for row in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert len(steps) == 1000
    assert steps[0] == "calls f0: x 2" and steps[499].startswith("calls f499") and steps[500].startswith("calls f2000")
    assert len(result["relatedLocations"]) == 100
    assert len(result["message"]["text"]) < 2000
    assert notes(document) == [
        "related locations left out of 1 result with more than can be shown.",
        "the middle of the way left out of 1 result with more steps than can be shown.",
    ]
    assert problems(shown) == []


def test_no_more_than_1000_problems() -> None:
    many = tuple(Problem("syntax-error", f"app/f{n:05}.py", 1, "invalid syntax") for n in range(1500))
    told = notes(sarif(replace(report(), findings=(), problems=many, declared=())))
    assert len(told) == 1001 and told[-1] == "500 notifications left out."
