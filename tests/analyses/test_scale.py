"""Scripts with one model call that a person starts, and libraries that a host traces."""

import pytest

from auditor.core.values import Setting
from auditor.graph.types import DecisionPoint, Tool
from tests.analyses.flows import FlowOf


def script(**entry):
    made = FlowOf()
    made.entry("run", "main", **{"entry": "script", **entry})
    made.model("ask", traced=Setting(False))
    made.call("main", "ask")
    return made


def small(made):
    return sorted(i for i, n in made.analysed().items() if n.small)


def test_a_script_with_one_model_call_is_small():
    assert small(script()) == ["ask", "decision_point:ask", "run"]


def test_calls_of_notebooks_and_embeddings_are_no_more():
    made = script()
    made.model("try", role="notebook")
    made.model("embed", call="embedding")
    assert small(made) == ["ask", "decision_point:ask", "run"]


@pytest.mark.parametrize("entry", ["http", "worker", "cron", "websocket"])
def test_what_is_deployed_is_not(entry):
    assert small(script(entry=entry)) == []


def test_nor_is_more_than_one_call_or_one_with_a_tool():
    two, tool = script(), script()
    two.model("again")
    tool._add(Tool, "search")
    assert (small(two), small(tool)) == ([], [])


def hosted(made, *published):
    made.graph.flow.published = frozenset(published)
    return [n.hosted for n in made.analysed().values() if isinstance(n, DecisionPoint)]


def test_a_library_is_traced_by_its_host():
    assert hosted(script(role="example"), "app.py") == [True]
    assert hosted(script(role="example")) == [False]
    assert hosted(script(), "app.py") == [False]


def test_where_a_program_stands_beside_it_nothing_is_a_library() -> None:
    served, helped = script(role="example"), script(role="example")
    served.entry("serve", "handler", entry="http")
    helped.entry("release", "build", entry="script")
    assert (hosted(served, "app.py"), hosted(helped, "app.py")) == ([False], [True])


@pytest.mark.parametrize(("entry", "by_hand"), [("script", True), ("cli", True), ("notebook", True), ("http", False), ("worker", False)])
def test_what_a_person_starts_and_what_nothing_reaches_beside_it(entry, by_hand):
    made = script(entry=entry)
    made.model("aside", traced=Setting(False))
    nodes = made.analysed()
    assert (nodes["ask"].by_hand, nodes["decision_point:ask"].by_hand, nodes["aside"].by_hand) == (by_hand, by_hand, by_hand)


def test_whoever_runs_an_example_sees_what_it_does():
    for role, expected in (("example", True), ("production", False)):
        made = script(entry="http", role=role)
        found = made.analysed()["ask"]
        assert (found.role, found.by_hand) == ("production", expected)


def test_one_server_is_enough_and_a_library_starts_nothing():
    made = script()
    made.entry("serve", "handler", entry="http")
    made.call("handler", "ask")
    assert not made.analysed()["ask"].by_hand
    alone = FlowOf()
    alone.model("ask", traced=Setting(False))
    assert not alone.analysed()["ask"].by_hand


def test_what_is_a_script_is_started_by_nothing_else():
    made = script(entry="http")
    for role in ("script", "library"):
        made.external(role, role=role)
    nodes = made.analysed()
    assert (nodes["script"].by_hand, nodes["library"].by_hand) == (True, False)
