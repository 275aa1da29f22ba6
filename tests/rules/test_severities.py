"""How severe rules of the catalogue are, by what leads to their subject."""

from pathlib import Path
from typing import Any

import pytest

from auditor import pipeline
from auditor.core.values import ABSENT, UNBOUNDED, Setting
from auditor.graph.traces import Layer
from auditor.graph.types import DecisionPoint, EntryPoint, ExternalCall, Retry
from auditor.rules.evaluate import ask
from auditor.rules.load import builtin_packs, load_packs
from tests.judgement.build import at, call

RULES = {rule.id: rule for rule in load_packs(builtin_packs())}


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({}, "high"),
        ({"by_agent": True, "by_hand": True}, "medium"),
        ({"by_hand": True}, "low"),
        ({"by_hand": True, "role": "library"}, "medium"),
        ({"role": "library"}, "medium"),
        ({"by_agent": True, "brief": True}, "low"),
    ],
)
def test_what_an_agent_waits_for_matters_more_than_what_a_person_does(fields: dict[str, Any], severity: str) -> None:
    given = {"role": "production", "in_agent_code": True, "deadline": Setting(ABSENT), **fields}
    verdict = ask(RULES["tool-io-no-deadline"], ExternalCall(id="e", name="run", symbol="", at=at(), **given))
    assert verdict is not None
    assert verdict.severity == severity


@pytest.mark.parametrize(("fields", "severity"), [({}, "medium"), ({"by_hand": True}, "low"), ({"role": "library"}, "low")])
def test_what_matters_less_where_nobody_is_known_to_wait_or_to_pay(fields: dict[str, Any], severity: str) -> None:
    subject = call(**{"max_output_tokens": Setting(ABSENT), "deadline": Setting(600, "default", unit="seconds"), **fields})
    verdicts = [ask(RULES[rule], subject) for rule in ("output-cap-missing", "model-call-slow-default")]
    assert [v.severity if v is not None else None for v in verdicts] == [severity, severity]


@pytest.mark.parametrize(("by_hand", "severity"), [(True, "low"), (False, "high")])
def test_nobody_watches_what_a_person_starts(by_hand: bool, severity: str) -> None:
    made: dict[str, Any] = {"role": "production", "by_hand": by_hand}
    subjects = [
        DecisionPoint(id="d", name="ask", symbol="", at=at(), traced=Setting(False), several=True, **made),
        call(usage_recorded=Setting(False), loop=Setting(UNBOUNDED), loop_kind="model", **made),
    ]
    verdicts = [ask(RULES[rule], s) for rule, s in zip(("decision-point-untraced", "usage-not-recorded"), subjects, strict=True)]
    assert [v.severity if v is not None else None for v in verdicts] == [severity, severity]


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"asks_model": True}, "critical"),
        ({"asks_model": True, "backoff": Setting("sleep")}, "critical"),
        ({"asks_model": True, "by_hand": True}, "high"),
        ({}, "high"),
        ({"backoff": Setting("sleep")}, "medium"),
    ],
)
def test_what_waits_for_a_service_to_be_up_pays_for_nothing(fields: dict[str, Any], severity: str) -> None:
    given = {"role": "production", "repeats_paid_work": True, "attempts": Setting(UNBOUNDED, why="no limit is given"), **fields}
    verdict = ask(RULES["infinite-retry"], Retry(id="r", name="while", symbol="", at=at(), **given))
    assert verdict is not None
    assert verdict.severity == severity


HEAL = """
from langchain_openai import ChatOpenAI

if __name__ == "__main__":
    print(ChatOpenAI(model="gpt-5-mini", max_tokens=9).invoke("Why did it fail?").content)
"""
JOB = """
jobs:
  heal:
    timeout-minutes: {minutes}
    steps:
      - run: python scripts/heal.py
"""


@pytest.mark.parametrize(("minutes", "severity"), [(10, "low"), (90, "medium")])
def test_a_job_that_ends_what_runs_in_it(minutes: int, severity: str, tmp_path: Path) -> None:
    files = {
        "scripts/heal.py": HEAL,
        ".github/workflows/heal.yml": JOB.format(minutes=minutes),
        "requirements.txt": "langchain-openai==1.1.0",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    found = [f for f in pipeline.scan([tmp_path]).findings if f.rule == "model-call-no-deadline"]
    assert [f.severity for f in found] == [severity]
    told = [e.text for e in found[0].evidence if e.setting == "job"]
    wanted = "600 s: declared at .github/workflows/heal.yml:4; the limit of the job heal, which starts it"
    assert told == ([wanted] if minutes == 10 else [])


@pytest.mark.parametrize(
    ("total", "limited", "severity"),
    [(9, None, "medium"), (30, None, "high"), (UNBOUNDED, None, "high"), (UNBOUNDED, 12, "low"), (UNBOUNDED, 3, None), (6, None, None)],
)
def test_what_has_no_limit_is_no_amplification_of_its_own(total: Any, limited: Any, severity: str | None) -> None:
    layers = tuple(Layer("loop", Setting(n), True, None) for n in (3, total))
    more = {} if limited is None else {"endless": True, "limited_attempts": limited}
    verdict = ask(RULES["retry-amplification"], call(total_attempts=Setting(total), layers=layers, **more))
    assert verdict is not None
    assert (verdict.severity if verdict.state == "fail" else None) == severity


@pytest.mark.parametrize(
    ("loop", "role", "severity"),
    [
        (Setting(UNBOUNDED), "library", "high"),
        (Setting(UNBOUNDED), "production", "critical"),
        (Setting(9999, "default"), "production", "high"),
        (Setting(9999, "default"), "library", "medium"),
        (Setting(9999, "default"), "notebook", "medium"),
        (Setting(500, "default"), "production", "low"),
    ],
)
def test_a_bound_that_is_far_off_is_one(loop: Setting, role: str, severity: str) -> None:
    verdict = ask(RULES["framework-loop-unbounded"], call(call="agent_run", loop=loop, loop_kind="framework", role=role))
    assert verdict is not None
    assert (verdict.state, verdict.severity) == ("fail", severity)


@pytest.mark.parametrize(
    ("entry", "most", "severity"),
    [
        ("http", UNBOUNDED, "critical"),
        ("worker", UNBOUNDED, "critical"),
        ("http", 5000, "high"),
        ("http", 500, "medium"),
        ("cli", UNBOUNDED, "medium"),
        ("script", UNBOUNDED, "medium"),
        ("script", 5000, "low"),
    ],
)
def test_who_starts_a_run_can_stop_it(entry: str, most: Any, severity: str) -> None:
    begins = EntryPoint(id="e", name="run", symbol="", at=at(), role="production", entry=entry, calls_model=True, over_limit=Setting(most))
    verdict = ask(RULES["no-run-budget"], begins)
    assert verdict is not None
    assert (verdict.state, verdict.severity) == ("fail", severity)
