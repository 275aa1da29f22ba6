"""The remedy of a finding names the argument of the library that it is about."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import ABSENT, OneOf, Setting
from auditor.graph.types import ModelCall
from auditor.judgement.remedy import remedy_of
from auditor.rules.types import Remedies, Verdict
from tests.graph.dispatch_help import build, nodes
from tests.judgement.build import call, rule

ASKED = rule(remedies=Remedies("deadline", "Set {argument}.", "There is nothing to set."))


def none(argument: str | None) -> Setting:
    return Setting(ABSENT, "default", argument=argument)


@pytest.mark.parametrize(
    ("deadline", "failing", "remedy"),
    [
        (none("timeout= of Client()"), (), "Set timeout= of Client()."),
        (none(""), (), "There is nothing to set."),
        (none(None), (), "mend it"),
        (Setting(OneOf((none("a= of A()"), none("b= of B()"), Setting(5)))), (0, 1), "Set a= of A() or b= of B()."),
        (Setting(OneOf((none("a= of A()"), none("")))), (1,), "There is nothing to set."),
        (Setting(OneOf((none("a= of A()"), none("")))), (0, 1), "mend it"),
    ],
)
def test_by_what_is_known_of_the_argument(deadline: Setting, failing: tuple[int, ...], remedy: str) -> None:
    assert remedy_of([Verdict(rule=ASKED, subject=call(deadline=deadline), state="fail", failing=failing)]) == remedy


def test_a_rule_with_one_remedy_has_it_for_all() -> None:
    assert remedy_of([Verdict(rule=rule(), subject=call(deadline=none("timeout= of Client()")), state="fail")]) == "mend it"


TIMEOUT = {
    "argument": "timeout",
    "unit": "seconds",
    "default": [{"versions": "<2", "value": "absent", "settable": False}, {"value": "absent"}],
}


def levers(text: str, of_call: dict[str, Any], version: str = "3.0") -> list[str | None]:
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": TIMEOUT}}}
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm", "settings": of_call}]
    graph = build("from acme import Client\n" + text, types=types, calls=calls, registrations=[], tracing=[], version=version)
    found: list[ModelCall] = nodes(graph, "model_call")
    return [c.deadline.argument for c in found]


def test_where_the_argument_is() -> None:
    text = "Client().chat()\nClient(timeout=None).chat()"
    assert levers(text, {}) == ["timeout= of Client()"] * 2
    own = {"deadline": {"argument": "options.limit", "unit": "seconds", "default": [{"value": "absent"}]}}
    assert levers("Client().chat()", own) == ["limit in options= of Client.chat()"]
    fixed = {"deadline": {"unit": "seconds", "default": [{"value": "absent"}]}}
    assert levers("Client().chat()", fixed) == [""]


def test_old_versions_may_lack_it() -> None:
    assert levers("Client().chat()", {}, "1.0") == [""]
