"""Defaults and numbers that depend on versions, and on what a deployment says."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from auditor.core.values import ABSENT, UNBOUNDED, Raises, Setting, alternatives
from auditor.sources.locks import Known
from tests.graph.dispatch_help import build, nodes


def deadline(text: str, condition: dict[str, Any], **changes: Any) -> Setting:
    form = {
        "unit": "seconds",
        "default": [{"value": 5, "when": {"argument": "url", "starts": ["file:"], **condition}}, {"value": "absent"}],
    }
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": form}}}
    (client,) = nodes(
        build("import os\nfrom acme import Client\n" + text, types=types, registrations=[], tracing=[], **changes), "model_client"
    )
    found: Setting = client.deadline
    return found


DEPLOYED = {"deployed": True, "sure": True}


def test_a_variable_decides_over_its_fallback() -> None:
    text = 'Client(url=os.getenv("URL", "file:a"))'
    found = deadline(text, DEPLOYED)
    assert [s.state for s in alternatives(found)] == ["default", "absent"]
    assert found.why == "the environment variable URL decides"
    assert deadline(text, {}).number == 5, "elsewhere the fallback is the value"


def test_what_is_not_read_decides() -> None:
    found = deadline("def start(settings):\n    return Client(url=settings.url)", {"deployed": True})
    assert [s.state for s in alternatives(found)] == ["default", "absent"]
    assert found.why == "what is given as url is not read"
    assert deadline('Client(url=os.environ["URL"])', {"deployed": True}).why == "what is given as url is not read"
    assert deadline('Client(url=os.getenv("URL", "db:a"))', {"deployed": True}).why is None


def test_what_needs_no_variable_is_decided() -> None:
    assert deadline('Client(url="file:a")', DEPLOYED).number == 5
    assert deadline('Client(url="db:a")', DEPLOYED).state == "absent"
    assert deadline('Client(url=os.environ["URL"])', DEPLOYED).state == "absent", "nothing says that it is a file"
    assert deadline('Client(url=os.getenv("URL", "db:a"))', DEPLOYED).state == "absent", "a server or another server"


ATTEMPTS = {
    "argument": "max_retries",
    "plus": {"<2": 0, ">=2": 1},
    "default": [{"versions": "<2", "value": 6}, {"versions": ">=2", "value": 3}],
}


@pytest.mark.parametrize(("version", "given", "default"), [("1.0", [5], [6]), ("2.0", [6], [3]), ("", [5, 6], [6, 3])])
def test_a_number_counts_the_first_try_in_some_versions(version: str, given: list[int], default: list[int]) -> None:
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"attempts": ATTEMPTS}}}
    text = "from acme import Client\nClient(max_retries=5)\nClient()"
    first, second = nodes(build(text, types=types, registrations=[], tracing=[], version=version), "model_client")
    assert [s.number for s in alternatives(first.attempts)] == given
    assert [s.number for s in alternatives(second.attempts)] == default


class Asked:
    """Versions as a requirements file asks for them."""

    def __init__(self, **ranges: str) -> None:
        self.ranges = ranges

    def get(self, package: str) -> Known | None:
        text = self.ranges.get(package)
        exact = (text.removeprefix("=="),) if text is not None and text.startswith("==") else ()
        return None if text is None else Known(package, exact, None if exact else SpecifierSet(text), "requirements.txt")


BESIDE = [
    {"versions": ">=2", "needs": {"sibling": ">=5"}},
    {"versions": "<2", "needs": {"other": "<3"}},
]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"acme": ""}, [6, 3]),
        ({"acme": "", "sibling": "<5"}, [6]),
        ({"acme": "", "sibling": "==4.1"}, [6]),
        ({"acme": "", "sibling": ">=4"}, [6, 3]),
        ({"acme": "", "other": ">=3"}, [3]),
        ({"acme": "", "sibling": "==5.0", "other": ">=3"}, [3]),
        ({"acme": "==2.0", "sibling": "<5"}, [3]),
        ({"acme": ">=2", "sibling": "<5"}, [3]),
        ({"sibling": "<5"}, [6]),
        ({}, [6, 3]),
    ],
)
def test_what_is_asked_of_siblings_rules_versions_out(asked: dict[str, str], numbers: list[int]) -> None:
    settings = {"attempts": {"argument": "max_retries", "default": ATTEMPTS["default"]}}
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": settings}}
    text = "from acme import Client\nClient()"
    (client,) = nodes(build(text, types=types, registrations=[], tracing=[], beside=BESIDE, asked=Asked(**asked)), "model_client")
    assert [s.number for s in alternatives(client.attempts)] == numbers


@pytest.mark.parametrize(("asked", "reached"), [({"acme": ">=1"}, True), ({}, False)])
def test_a_library_that_is_asked_for_is_no_file_of_a_package_by_its_name(asked: dict[str, str], reached: bool) -> None:
    files = {"p/__init__.py": "", "p/acme.py": "class Client:\n    pass\n", "p/use.py": "from acme import Client\nClient(timeout=3)\n"}
    types = {"client": {"new": ["acme.Client"], "noun": "model_client"}}
    found = nodes(build(files, types=types, registrations=[], tracing=[], asked=Asked(**asked)), "model_client")
    assert bool(found) is reached


@pytest.mark.parametrize(
    ("asked", "sent"), [({"acme": "==2.1"}, 0), ({"acme": ">=2,<3"}, 0), ({"acme": "==1.9"}, 1), ({"acme": ">=1"}, 1), ({}, 1)]
)
def test_of_what_a_version_has_no_more_nothing_can_be_told(asked: dict[str, str], sent: int) -> None:
    settings = {
        "deadline": {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]},
        "attempts": {"value": 1, "unit": "attempts"},
        "max_output_tokens": {"argument": "size", "unit": "tokens", "default": [{"value": "absent"}]},
    }
    calls = [{"names": ["acme.ask"], "noun": "model_call", "kind": "llm", "gone": {"versions": ">=2"}, "settings": settings}]
    text = """
import acme

async def ask():
    while True:
        if acme.ask('x', timeout=5) == 'done':
            break
"""
    graph = build(text, calls=calls, types={}, registrations=[], tracing=[], asked=Asked(**asked))
    (call,) = nodes(graph, "model_call")
    told = [(row.name, row.says) for row in graph.unknowns]
    assert [loop.times.value for loop in nodes(graph, "loop")] == [UNBOUNDED]
    found = [call.deadline, call.attempts, call.max_output_tokens, call.usage_recorded, call.traced]
    if sent:
        assert [s.value for s in found] == [5, 1, ABSENT, False, False]
        assert (call.blocking_in_async, told) == (True, [])
    else:
        why = "acme has it no more since version 2: the call raises an error and sends nothing"
        assert {s.value for s in (*found, call.blocking_in_async)} == {Raises(why)}
        assert [s.unit for s in found[:3]] == ["seconds", "attempts", "tokens"]
        assert told == [("acme.ask", why)]


def test_one_of_two_that_is_still_there_is_the_call() -> None:
    named = {"noun": "model_call", "kind": "llm"}
    calls = [{"names": ["acme.ask"], "gone": {"versions": ">=2"}, **named}, {"names": ["acme.chat"], "api": "chat", **named}]
    text = "import acme\nask = acme.chat if hasattr(acme, 'chat') else acme.ask\nask('x')\n"
    graph = build(text, calls=calls, types={}, registrations=[], tracing=[], asked=Asked(acme="==2.1"))
    assert [(call.api, isinstance(call.attempts.value, Raises)) for call in nodes(graph, "model_call")] == [("chat", False)]
    assert graph.unknowns == []


FILTERED = """
from acme import Client

class Chat:
    def __init__(self, timeout=None):
        self.timeout = timeout

    def client(self):
        given = {"timeout": self.timeout}
        return Client(**{k: v for k, v in given.items() if TEST})

Chat().client().chat()
Chat(5).client().chat()
"""


@pytest.mark.parametrize(("test", "deadlines"), [("v is not None", [600, 5]), ("v", [600, 5]), ("k != 'key'", [ABSENT, 5])])
def test_a_none_that_a_comprehension_leaves_out_is_not_passed_on(test: str, deadlines: list[object]) -> None:
    settings = {"deadline": {"argument": "timeout", "unit": "seconds", "unset": "absent", "default": [{"value": 600}]}}
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": settings}}
    calls = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}]
    found = [c.deadline for c in nodes(build(FILTERED.replace("TEST", test), types=types, calls=calls), "model_call")]
    assert [d.value for d in found] == deadlines
