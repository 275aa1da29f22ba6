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
        (Setting(OneOf((none("a= of A()"), none("b= of B()"), Setting(5)))), (0, 1), "Set a= of A() and b= of B()."),
        (Setting(OneOf((none("a= of A()"), none("")))), (1,), "There is nothing to set."),
        (Setting(OneOf((none("a= of A()"), none("")))), (0, 1), "mend it"),
    ],
)
def test_by_what_is_known_of_the_argument(deadline: Setting, failing: tuple[int, ...], remedy: str) -> None:
    assert remedy_of([Verdict(rule=ASKED, subject=call(deadline=deadline), state="fail", failing=failing)]) == remedy


def test_clients_with_an_argument_and_without() -> None:
    remedies = Remedies("deadline", "Set {argument}.", "There is nothing to set.", mixed="Set {argument}, and bound the others.")
    mixed = rule(remedies=remedies)

    def said(*levers: str | None) -> str:
        deadline = Setting(OneOf(tuple(none(lever) for lever in levers)))
        return remedy_of([Verdict(rule=mixed, subject=call(deadline=deadline), state="fail", failing=tuple(range(len(levers))))])

    assert said("a= of A()", "") == "Set a= of A(), and bound the others."
    assert said("a= of A()", "", None) == "mend it"
    assert said("", "") == "There is nothing to set."


def test_a_rule_with_one_remedy_has_it_for_all() -> None:
    assert remedy_of([Verdict(rule=rule(), subject=call(deadline=none("timeout= of Client()")), state="fail")]) == "mend it"


def test_what_is_mended_together_is_named_together() -> None:
    verdicts = [
        Verdict(rule=ASKED, subject=call(line, deadline=none(f"timeout= of {f}()")), state="fail") for line, f in ((1, "a"), (2, "b"))
    ]
    assert remedy_of(verdicts) == "Set timeout= of a() and b()."
    assert [way_of(v) for v in verdicts] == ["argument", "argument"]
    assert way_of(Verdict(rule=ASKED, subject=call(deadline=none("")), state="fail")) == "none"
    assert way_of(Verdict(rule=ASKED, subject=call(deadline=none(None)), state="fail")) == "any"
    assert way_of(Verdict(rule=rule(), subject=call(deadline=none("")), state="fail")) == "any"


def test_one_argument_of_many_methods_is_named_with_their_class() -> None:
    def said(*levers: str) -> str:
        return remedy_of([Verdict(rule=ASKED, subject=call(n, deadline=none(lever)), state="fail") for n, lever in enumerate(levers)])

    several = [f"timeout= of Store.{name}()" for name in ("get", "put", "drop", "list")]
    assert said(*several) == "Set timeout= of each call of Store."
    assert said(*several[:3]) == "Set timeout= of Store.get(), Store.put() and Store.drop()."
    assert said(*several[:3], "wait= of Store.list()") == "mend it"
    assert said(*several[:3], "timeout= of Queue.list()") == "mend it"


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


def test_what_blocks_is_not_to_be_awaited() -> None:
    asked = rule(remedies=Remedies("deadline", "Set {argument}.", "Wait for it.", "Run it apart, for {caller}."))
    external = ExternalCall(id="e", name="get", symbol="", at=at(), role="production", deadline=none(""))
    awaited = Verdict(rule=asked, subject=external, state="fail")
    blocking = replace(awaited, subject=replace(external, blocks=True))
    assert remedy_of([awaited]) == remedy_of([blocking, awaited]) == "Wait for it."
    assert remedy_of([blocking]) == "Run it apart, for the caller."
    assert remedy_of([replace(blocking, rule=ASKED)]) == "There is nothing to set."


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


@pytest.mark.parametrize(
    ("made", "version", "shown"),
    [
        ({"hands_on": True}, "3.0", "timeout= of Hub.client()"),
        ({"hands_on": {"versions": ">=3"}}, "3.0", "timeout= of Hub.client()"),
        ({"hands_on": {"versions": ">=3"}}, "2.0", "limit= of Client.chat()"),
        ({"hands_on": {"versions": ">=3"}}, "", "limit= of Client.chat()"),
        ({"hands_on": False}, "3.0", "limit= of Client.chat()"),
    ],
)
def test_a_method_that_makes_the_client_is_what_takes_its_arguments(made: dict[str, Any], version: str, shown: str) -> None:
    form = {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}
    types = {
        "hub": {"new": ["acme.Hub"], "methods": {"client": {"returns": "client", **made}}},
        "client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": form}},
    }
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm", "settings": {"deadline": {"argument": "limit"}}}]
    text = "from acme import Hub\ndef ask(hub: Hub):\n    hub.client().chat()\n    Hub().client(timeout=5).chat()\n"
    graph = build(text, types=types, calls=calls, registrations=[], tracing=[], version=version)
    first, second = nodes(graph, "model_call")
    assert first.deadline.argument == shown
    ignored = made["hands_on"] is False or version == "2.0"
    assert second.deadline.number == (None if ignored else 5)


@pytest.mark.parametrize(
    ("unread", "version", "shown", "number"),
    [
        ({"versions": "<2"}, "2.0", "timeout= of Client()", 5),
        ({"versions": "<2"}, "1.0", "limit= of Client.chat()", None),
        ({"versions": "<2", "instead": "bind"}, "1.0", "timeout= of Client(...).bind()", None),
        ({"versions": "<2", "instead": "bind"}, "", "timeout= of Client(...).bind()", 5),
        ({"attribute": True}, "1.0", "the attribute timeout of what Client() gives", None),
    ],
)
def test_an_argument_that_no_request_reads_sets_nothing(unread: dict[str, Any], version: str, shown: str, number: int | None) -> None:
    form = {"argument": "timeout", "unit": "seconds", "unread": unread, "default": [{"value": "absent"}]}
    types = {
        "client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": form}, "methods": {"bind": {"sets": True}}}
    }
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm", "settings": {"deadline": {"argument": "limit"}}}]
    text = "from acme import Client\nClient().chat()\nClient(timeout=5).chat()\nClient().bind(timeout=7).chat()\n"
    plain, given, bound = nodes(build(text, types=types, calls=calls, registrations=[], tracing=[], version=version), "model_call")
    assert (plain.deadline.argument, given.deadline.number, bound.deadline.number) == (shown, number, 7)


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


def test_what_a_call_is_given_does_not_reach_a_model_inside_of_what_is_called() -> None:
    client = {"is": ["runnable"], "new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": TIMEOUT}}
    types = {"runnable": {}, "chain": {"is": ["runnable"], "new": ["acme.Chain"], "parts": ["*"]}, "client": client}
    own = {"deadline": {"argument": "limit", "unit": "seconds"}}
    calls = [{"names": ["runnable.run"], "noun": "model_call", "kind": "llm", "needs": "client", "settings": own}]
    text = "from acme import Chain, Client\nClient().run()\nChain(read, Client()).run()\n"
    graph = build(text, types=types, calls=calls, registrations=[], tracing=[], version="1.0")
    assert [c.deadline.argument for c in nodes(graph, "model_call")] == ["limit= of Client.run()", ""]


@pytest.mark.parametrize(
    ("text", "lever"),
    [
        ("from acme.models import make\nmake().chat()", "timeout= of make()"),
        ("from acme.models import make as m\nm().chat()", "timeout= of m()"),
        ("from acme import models as m\nm.make().chat()", "timeout= of m.make()"),
        ("import acme.models\nacme.models.make().chat()", "timeout= of models.make()"),
        ("import acme\nacme.Client().chat()", "timeout= of Client()"),
        ("from acme import Client as C\nC().chat()", "timeout= of C()"),
        ("from acme import Client\nfrom functools import partial\nnew = partial(Client)\nnew().chat()", "timeout= of Client()"),
        ("class Own(Client):\n    pass\nOwn().chat()", "timeout= of Own()"),
        ("class Own(Client):\n    def __init__(self):\n        super().__init__()\nOwn().chat()", "timeout= of super().__init__() in Own"),
        ("class Own(Client):\n    def __init__(self, **kw):\n        super().__init__(**kw)\nOwn().chat()", "timeout= of Own()"),
    ],
)
def test_a_callable_is_named_as_the_code_writes_it(text: str, lever: str) -> None:
    types = {"client": {"new": ["acme.Client", "acme.models.make"], "noun": "model_client", "settings": {"deadline": TIMEOUT}}}
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}]
    graph = build("from acme import Client\n" + text, types=types, calls=calls, registrations=[], tracing=[], version="3.0")
    assert [c.deadline.argument for c in nodes(graph, "model_call")] == [lever]


def test_a_method_of_what_a_function_made_is_named_alone() -> None:
    types = {"client": {"new": ["acme.connect"], "noun": "model_client"}}
    own = {"deadline": {"argument": "limit", "unit": "seconds", "default": [{"value": "absent"}]}}
    calls = [{"names": ["client.chat", "client.chats.create"], "noun": "model_call", "kind": "llm", "settings": own}]
    text = "import acme\nclient = acme.connect()\nclient.chat()\nclient.chats.create()"
    graph = build(text, types=types, calls=calls, registrations=[], tracing=[], version="3.0")
    assert [c.deadline.argument for c in nodes(graph, "model_call")] == ["limit= of chat()", "limit= of chats.create()"]


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


def test_what_is_written_in_it_and_what_sets_it_where_that_is_no_argument() -> None:
    own = {"deadline": {"argument": "options", "written": '"-c wait=..."', "unit": "seconds", "default": [{"value": "absent"}]}}
    assert levers("Client().chat()", own) == ['options="-c wait=..." of Client.chat()']
    by = {"deadline": {"argument": "driver.limit", "unit": "seconds", "default": [{"value": "absent", "by": "the driver's limit"}]}}
    assert levers("Client().chat()", by) == ["the driver's limit"]


def test_what_has_no_argument_has_the_remedy_of_the_rule_where_that_says_nothing_else() -> None:
    asked = rule(remedies=Remedies("deadline", "Set {argument}."))
    subjects = call(deadline=none("")), ExternalCall(id="e", name="get", symbol="", at=at(), role="production", deadline=none(""))
    assert [remedy_of([Verdict(rule=asked, subject=subject, state="fail")]) for subject in subjects] == ["mend it", "mend it"]
