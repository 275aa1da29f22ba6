"""The remedy of a finding names the argument of the library that it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditor.core.values import ABSENT, OneOf, Setting
from auditor.graph.types import ExternalCall, ModelCall
from auditor.judgement.remedy import remedy_of, way_of
from auditor.rules.types import Remedies, Verdict
from tests.graph.dispatch_help import build, nodes
from tests.judgement.build import at, call, rule

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


def test_what_is_mended_together_is_named_together() -> None:
    verdicts = [
        Verdict(rule=ASKED, subject=call(line, deadline=none(f"timeout= of {f}()")), state="fail") for line, f in ((1, "a"), (2, "b"))
    ]
    assert remedy_of(verdicts) == "Set timeout= of a() or timeout= of b()."
    assert [way_of(v) for v in verdicts] == ["argument", "argument"]
    assert way_of(Verdict(rule=ASKED, subject=call(deadline=none("")), state="fail")) == "none"
    assert way_of(Verdict(rule=ASKED, subject=call(deadline=none(None)), state="fail")) == "any"
    assert way_of(Verdict(rule=rule(), subject=call(deadline=none("")), state="fail")) == "any"


def test_what_is_named_twice_is_named_once() -> None:
    levers = ["timeout= of run()", "timeout= of run() (in place of popen())", "timeout= of run() (in place of system())"]
    verdicts = [Verdict(rule=ASKED, subject=call(n, deadline=none(lever)), state="fail") for n, lever in enumerate(levers)]
    assert remedy_of(verdicts) == "Set timeout= of run() (also in place of popen() and system())."
    assert remedy_of(verdicts[1:2]) == "Set timeout= of run() (in place of popen())."


def test_who_is_told_of_the_error() -> None:
    asked = rule(remedies=Remedies("deadline", "Set {argument}, tell {caller}.", "Tell {caller}."))
    external = ExternalCall(id="e", name="get", symbol="", at=at(), role="production", deadline=none("timeout= of get()"))
    verdict = Verdict(rule=asked, subject=external, state="fail")
    assert remedy_of([verdict]) == "Set timeout= of get(), tell the caller."
    assert remedy_of([replace(verdict, subject=replace(external, by_agent=True))]) == "Set timeout= of get(), tell the caller."
    assert remedy_of([replace(verdict, subject=replace(external, by_agent=True, by_tool=True))]) == "Set timeout= of get(), tell the agent."


TIMEOUT = {
    "argument": "timeout",
    "unit": "seconds",
    "default": [{"versions": "<2", "value": "absent", "settable": False}, {"value": "absent"}],
}


SOCKET: dict[str, Any] = {
    "socket": {
        "new": ["acme.Socket"],
        "settings": {"deadline": {"unit": "seconds", "default": [{"value": "absent"}]}},
        "mutators": {"settimeout": {"deadline": {"argument": 0, "unit": "seconds"}}, "block": {"deadline": {"value": "unknown"}}},
    }
}


def test_what_is_set_after_it_was_made() -> None:
    calls = [{"names": ["socket.receive"], "kind": "http"}]
    text = "from acme import Socket\nSocket().receive()\nother = Socket()\nother.settimeout(3)\nother.receive()"
    graph = build(text, types=SOCKET, calls=calls, registrations=[], tracing=[])
    found: list[ExternalCall] = nodes(graph, "external_call")
    assert [c.deadline.argument for c in found] == ["the deadline with settimeout() of Socket()", None]


@pytest.mark.parametrize(
    ("lacking", "lever"),
    [
        ({}, "limit= of Client()"),
        ({"limit": ""}, "timeout= of Client()"),
        ({"limit": "<2"}, "limit= of Client()"),
        ({"limit": ">2"}, "timeout= of Client()"),
        ({"limit": "", "timeout": ""}, None),
    ],
)
def test_what_a_constructor_lacks_is_not_named(monkeypatch: pytest.MonkeyPatch, lacking: dict[str, str], lever: str | None) -> None:
    monkeypatch.setattr("auditor.knowledge.base.lacking", lambda: {"acme.Client": lacking})
    deadline = {"argument": ["limit", "timeout"], "unit": "seconds", "default": [{"value": "absent"}]}
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": deadline}}}
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}]
    graph = build("from acme import Client\nClient().chat()", types=types, calls=calls, registrations=[], tracing=[], version="3.0")
    found: list[ModelCall] = nodes(graph, "model_call")
    assert [c.deadline.argument for c in found] == [lever]


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
    assert levers("Client().chat()", {"deadline": {"value": "absent", "unit": "seconds"}}) == [""]
    fixed = {"deadline": {"unit": "seconds", "default": [{"value": "absent"}]}}
    assert levers("Client().chat()", fixed) == [""]


def test_units_in_which_nobody_writes_a_time_and_what_can_be_called_instead() -> None:
    own: dict[str, Any] = {"argument": "options.limit", "unit": "milliseconds", "default": [{"value": "absent"}]}
    assert levers("Client().chat()", {"deadline": own}) == ["limit (in milliseconds) in options= of Client.chat()"]
    minutes = {"argument": "limit", "unit": "minutes", "default": [{"value": "absent"}]}
    assert levers("Client().chat()", {"deadline": minutes}) == ["limit= (in minutes) of Client.chat()"]
    instead = {"value": "absent", "instead": "timeout= of acme.ask()"}
    assert levers("Client().chat()", {"deadline": instead}) == ["timeout= of acme.ask() (in place of Client.chat())"]


@pytest.mark.parametrize(
    ("url", "lever"),
    [
        ("", "new_cap= of Client.chat()"),
        ("url=None", "new_cap= of Client.chat()"),
        ("url='https://api.acme.com/v1'", "new_cap= of Client.chat()"),
        ("url='https://other.example/v1'", "old_cap= of Client.chat()"),
        ("url=load()", None),
        ("url='https://other.example' if load() else 'https://api.acme.com'", None),
    ],
)
def test_what_another_service_calls_it(url: str, lever: str | None) -> None:
    elsewhere = {"url": "url", "hosts": ["api.acme.com"], "argument": "old_cap"}
    cap = {"argument": ["new_cap", "old_cap"], "unit": "tokens", "elsewhere": elsewhere, "default": [{"value": "absent"}]}
    types = {"client": {"new": ["acme.Client"], "noun": "model_client"}}
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm", "settings": {"max_output_tokens": cap}}]
    text = f"from acme import Client\nfrom place import load\nClient({url}).chat()"
    graph = build(text, types=types, calls=calls, registrations=[], tracing=[], version="3.0")
    found: list[ModelCall] = nodes(graph, "model_call")
    assert [c.max_output_tokens.argument for c in found] == [lever]


def test_old_versions_may_lack_it() -> None:
    assert levers("Client().chat()", {}, "1.0") == [""]
