"""How severe rules of the catalogue are, by what leads to their subject."""

from typing import Any

import pytest

from auditor.core.values import ABSENT, Setting
from auditor.graph.types import ExternalCall
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
