"""Calls written like a request to a model, on something that cannot be told."""

from __future__ import annotations

import pytest

from auditor.judgement.coverage import cover
from auditor.program.origins import engine as engine_module
from tests.graph.dispatch_help import build

LONG = "".join(f"def step{n}(x):\n    return step{n + 1}(x)\n" for n in range(60)) + "def step60(x):\n    return x\n"
HELPER = """
from typing import Any
from acme.types import Message

def ask(llm: Any, text):
    return llm.chat({given})

def tool(deps):
    return ask({llm}, "x")
"""


def told(text: str | dict[str, str]) -> list[tuple[str, str]]:
    return [(u.package, u.name) for u in build(text).unknowns]


@pytest.mark.parametrize("llm", ['deps["llm"]', 'deps.get("llm")', "deps.llm"])
def test_what_comes_in_by_a_lookup_and_is_given_what_a_request_takes(llm: str) -> None:
    assert told(HELPER.format(llm=llm, given="[Message(text)]")) == [("acme", "llm.chat")]
    assert told(HELPER.format(llm=llm, given="text")) == []


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ('[("user", text)]', True),
        ('[{"role": "user", "content": text}]', True),
        ('[("width", text)]', False),
        ('[{"role": "user"}]', False),
        ("[text]", False),
    ],
)
def test_a_conversation_is_what_a_request_takes(given: str, is_told: bool) -> None:
    assert told(HELPER.format(llm='deps["llm"]', given=given)) == ([("acme", "llm.chat")] if is_told else [])


def test_it_lowers_the_coverage_and_says_why() -> None:
    graph = build(HELPER.format(llm='deps["llm"]', given="[Message(text)]"))
    coverage = cover([], graph)
    assert (coverage.found, coverage.decided) == (1, 0)
    assert "cannot be told" in coverage.undecided[0].why


def test_what_is_known_is_a_call_or_none() -> None:
    graph = build(
        HELPER.format(llm="Client()", given="[Message(text)]").replace("typing import Any", "acme import Client\nfrom typing import Any")
    )
    assert [n.kind for n in graph.nodes.values() if n.kind == "model_call"] == ["model_call"]
    assert graph.unknowns == []
    own = "\nclass Room:\n    def chat(self, rows):\n        return rows\n"
    assert told(HELPER.format(llm="Room()", given="[Message(text)]") + own) == []


TOO_MUCH = """
{imports}
def make(kind):
    return step0(kind)

def ask({parameter}, text):
    return llm.chat(text)

ask(make(Thing()), "x")
"""


def long(parameter: str = "llm", imports: str = "from acme import Client", more: str = "class Thing:\n    pass\n") -> str:
    return LONG + more + TOO_MUCH.format(parameter=parameter, imports=imports)


def test_too_much_to_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    assert told(long()) == [("acme", "llm.chat")]


@pytest.mark.parametrize(
    "text",
    [
        long(imports="import json"),
        long(parameter="llm: 'Thing'", more="class Thing:\n    def chat(self, text):\n        return text\n"),
        long().replace("llm.chat", "llm.close"),
    ],
    ids=["nothing of the library is near", "declared as a class of the program", "no request"],
)
def test_what_is_no_request_is_not_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    # Another file makes the client known.
    assert told({"a.py": text, "b.py": "from acme import Client\nClient().chat('x')\n"}) == []


def test_one_caller_whose_value_is_known_makes_it_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    graph = build(long() + "ask(Client(), 'y')\n")
    assert [n.symbol for n in graph.nodes.values() if n.kind == "model_call"] == ["llm.chat"]
    assert graph.unknowns == []


def test_a_class_that_derives_from_one_of_a_library_without_a_file() -> None:
    derived = """
        import ai21
        from acme import Client

        class Cleaned({base}):
            def cleaned(self, text):
                return text

        def ask(llm, text):
            return llm.chat(llm.cleaned(text))

        ask(Cleaned(), "x")
        Client().chat("x")
        """
    assert told(derived.format(base="ai21.AI21Client")) == [("ai21", "llm.chat")]
    assert told(derived.format(base="dict")) == []
