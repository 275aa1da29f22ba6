"""Several clients of one call, of which only one of several values is true, as the version is not locked."""

from __future__ import annotations

import pytest

from auditor.core.values import OneOf, Setting, Unknown
from tests.graph.dispatch_help import build, nodes

DEFAULTS = [{"versions": "<2", "value": 5}, {"versions": ">=2", "value": 120}]


def deadline(other: object) -> Setting:
    settings = [{"deadline": {"argument": "timeout", "unit": "seconds", "default": rows}} for rows in (DEFAULTS, other)]
    types = {
        name: {"new": [f"acme.{name}"], "noun": "model_client", "settings": each}
        for name, each in zip(("One", "Two"), settings, strict=True)
    }
    calls = [{"names": ["One.chat", "Two.chat"], "noun": "model_call", "kind": "llm"}]
    text = "from acme import One, Two\ndef ask(client):\n    return client.chat()\nask(One())\nask(Two())\n"
    (call,) = nodes(build(text, types=types, calls=calls), "model_call")
    found: Setting = call.deadline
    return found


def test_the_same_version_decides_for_all_clients():
    value = deadline(DEFAULTS).value
    assert isinstance(value, OneOf) and value.undecided
    assert [s.value for s in value.alternatives] == [5, 120]


@pytest.mark.parametrize("other", [[{"value": 600}], [{"versions": "<2", "value": 7}, {"versions": ">=2", "value": 120}]])
def test_what_is_not_the_same_for_all_is_not_known_of_one(other):
    value = deadline(other).value
    assert isinstance(value, OneOf) and not value.undecided
    assert any(isinstance(s.value, Unknown) for s in value.alternatives)
