"""A call that a server and a script lead to: the client that the script makes is told with the way of the script."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.core.values import OneOf, Setting
from tests.analyses.flows import FlowOf


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("page", "page_fn")
    made.entry("script", "main", entry="script", path="try.py")
    main = made.graph.flow.functions["main"]
    made.graph.flow.functions["main"] = replace(main, at=replace(main.at, path="try.py"))
    made.client("served", qualname="page_fn")
    made.client("tried", qualname="main", path="try.py")
    made.model(client=Setting(OneOf((Setting("served"), Setting("tried")))))
    made.call("page_fn", "ask")
    made.call("main", "step", path="try.py")
    made.call("step", "ask")
    made.call("ask", "model")
    return made


def told(flow):
    return [(way.client, [step.what for step in way.trace]) for way in flow.analysed()["model"].client_ways]


def test_the_way_of_the_script(flow):
    assert told(flow) == [("tried", ["script begins", "calls step", "calls ask", "model call model"])]


def test_another_program_that_a_person_starts_has_not_got_it_either(flow):
    flow.graph.nodes["page"] = replace(flow.graph.nodes["page"], entry="cli")
    assert [client for client, _ in told(flow)] == ["served", "tried"]


def test_a_server_that_makes_it_has_it(flow):
    flow.call("page_fn", "main")
    assert told(flow) == []


def test_it_may_be_kept_for_a_server_in_its_own_file(flow):
    flow.graph.nodes["page"] = replace(flow.graph.nodes["page"], at=replace(flow.graph.nodes["page"].at, path="try.py"))
    assert told(flow) == []


def test_a_file_that_the_server_loads_may_keep_it(flow):
    flow.function("body", path="try.py", symbol="<module>")
    flow.graph.flow.loaded["body"] = ("page",)
    assert told(flow) == []


def test_what_does_not_lead_to_the_call_hands_nothing_on(flow):
    flow.entry("other", "other_fn", entry="script", path="try.py")
    flow.graph.nodes["tried"] = replace(flow.graph.nodes["tried"], qualname="other_fn")
    assert told(flow) == []
