"""Retries that a client is wrapped in."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.graph.types import ModelCall, Retry
from tests.analyses.flows import shown

HEAD = "from langchain_openai import ChatOpenAI\n"
CHOSEN = """
from langchain_openai import ChatOpenAI

def make(name, number):
    if name == "a":
        return ChatOpenAI(model="a", {a}
    if name == "b":
        return ChatOpenAI(model="b", {b}
    return ChatOpenAI(model="c", max_retries=0)

def ask(name):
    {around}return make(name, int(open("number").read())).invoke("hi")
"""
LOOP = """for _ in range(3):
        try:
            return make(name, 0).invoke("hi")
        except Exception:
            pass
    """
WRAP = """
def wrap(llm, number):
    return llm.with_retry(stop_after_attempt=number)
"""


def calls(folder: Path, text: str) -> list[ModelCall]:
    (folder / "app.py").write_text(text, "utf-8")
    (folder / "requirements.txt").write_text("langchain-core==0.3.80\nlangchain-openai==0.3.35\n", "utf-8")
    graph = pipeline.graph_of(pipeline.read([folder]))
    return [n for n in graph.nodes.values() if isinstance(n, ModelCall)]


def layers(call: ModelCall) -> list[tuple[str, object]]:
    return [(layer.mechanism, shown(layer.attempts)) for layer in call.layers]


@pytest.mark.parametrize(
    ("a", "b", "attempts", "counted"),
    [
        ("max_retries=0).with_retry(stop_after_attempt=4)", "max_retries=0).with_retry(stop_after_attempt=5)", [1, 4, 5], [5]),
        ("max_retries=0)", "max_retries=0).with_retry(stop_after_attempt=5)", [1, 5], [5]),
        ("max_retries=0)", "max_retries=0)", [1], []),
        # The SDK's attempts of one are not multiplied with the wrapper of another.
        ("max_retries=3)", "max_retries=0).with_retry(stop_after_attempt=5)", [1, 4, 5], [5]),
        ("max_retries=6)", "max_retries=0).with_retry(stop_after_attempt=5)", [1, 5, 7], [7]),
        ("max_retries=3)", "max_retries=1).with_retry(stop_after_attempt=5)", [1, 4, 10], [2, 5]),
        # Of equal ones the one with more layers is told.
        ("max_retries=5)", "max_retries=1).with_retry(stop_after_attempt=3)", [1, 6], [2, 3]),
    ],
)
def test_of_several_clients_one_makes_the_request_and_only_its_layers_multiply(
    tmp_path: Path, a: str, b: str, attempts: list[int], counted: list[int]
) -> None:
    [call] = calls(tmp_path, CHOSEN.format(a=a, b=b, around=""))
    assert set(numbers(call)) == set(attempts)
    assert [number for _, number in layers(call)] == counted
    assert [step.times for step in call.trace if "retry" in step.what] == [str(n) for n in reversed(counted)]


def numbers(call: ModelCall) -> list[object]:
    found = shown(call.total_attempts)
    return found if isinstance(found, list) else [found]


def test_what_is_around_all_clients_multiplies_with_each(tmp_path: Path) -> None:
    a, b = "max_retries=3)", "max_retries=0).with_retry(stop_after_attempt=5)"
    call, _ = calls(tmp_path, CHOSEN.format(a=a, b=b, around=LOOP))
    assert set(numbers(call)) == {3, 12, 15}
    assert layers(call) == [("framework", 5), ("loop", 3)]


def test_what_is_put_into_a_wrapped_client_is_not_wrapped_with_it(tmp_path: Path) -> None:
    main, other = "ChatOpenAI(model='a', max_retries=0)", "ChatOpenAI(model='b', max_retries=1)"
    retry = ".with_retry(stop_after_attempt={})".format
    made = [
        f"{main}{retry(3)}.with_fallbacks([{other}{retry(4)}])",
        f"{main}.with_fallbacks([{other}]){retry(3)}",
        f"{main}{retry(3)}.with_fallbacks([{other}]){retry(5)}",
        f"{main}{retry(3)}.pipe(str) | {other}",
    ]
    found = calls(tmp_path, "\n".join([HEAD, *(f"({one}).invoke('hi')" for one in made), ""]))
    assert [numbers(call) for call in found] == [[3, 8], [3, 6], [15, 10], [3, 2]]


@pytest.mark.parametrize("others", ["max_retries=0).with_retry(stop_after_attempt=5)", "max_retries=0)"])
def test_a_client_whose_attempts_are_not_known_leaves_the_whole_open(tmp_path: Path, others: str) -> None:
    [call] = calls(tmp_path, CHOSEN.format(a=others, b="max_retries=0).with_retry(stop_after_attempt=number)", around=""))
    assert "unknown" in numbers(call) and len(set(numbers(call))) > 1
    assert call.total_attempts.number is None


CHAINED = [
    ("ChatOpenAI(model='a', max_retries=0).with_retry(stop_after_attempt=3).with_retry(stop_after_attempt=4)", 12),
    ("ChatOpenAI(model='a', max_retries=1).with_retry().with_config({}).with_retry().with_retry()", 54),
    ("wrap(wrap(ChatOpenAI(model='a', max_retries=0), 3), 4)", 12),
    ("(ChatOpenAI(model='a', max_retries=0).with_retry(stop_after_attempt=2) | str).with_retry(stop_after_attempt=3)", 6),
    ("(ChatOpenAI(model='a', max_retries=0) | str).with_retry(stop_after_attempt=3) | str", 3),
    ("(ChatOpenAI(model='a', max_retries=0).with_retry(stop_after_attempt=2) | str).with_retry(stop_after_attempt=3) | str", 6),
    ("ChatOpenAI(model='a', max_retries=0).with_retry(stop_after_attempt=3)", 3),
]


def test_a_client_may_be_wrapped_in_more_than_one_retry(tmp_path: Path) -> None:
    found = calls(tmp_path, "\n".join([HEAD, WRAP, *(f"({made}).invoke('hi')" for made, _ in CHAINED), ""]))
    assert [(made, shown(call.total_attempts)) for (made, _), call in zip(CHAINED, found, strict=True)] == CHAINED


def test_one_wrapping_function_has_a_number_for_each_of_its_calls(tmp_path: Path) -> None:
    made = "wrap(ChatOpenAI(model='a', max_retries=0), {}).invoke('hi')\n"
    first, second = calls(tmp_path, f"{HEAD}{WRAP}\n{made.format(7)}{made.format(2)}")
    assert [shown(call.total_attempts) for call in (first, second)] == [7, 2]
    graph = pipeline.graph_of(pipeline.read([tmp_path]))
    [retry] = [n for n in graph.nodes.values() if isinstance(n, Retry)]
    assert shown(retry.attempts) == [7, 2]
