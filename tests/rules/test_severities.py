"""How severe rules of the catalogue are, by what leads to their subject."""

from typing import Any

import pytest

from auditor.core.values import ABSENT, Setting
from auditor.graph.types import ExternalCall
from auditor.rules.evaluate import ask
from auditor.rules.load import builtin_packs, load_packs
from tests.judgement.build import at

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
