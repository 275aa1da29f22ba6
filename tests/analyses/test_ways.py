"""Which of several ways to a place a trace tells: the most certain one from the strongest entry point, of these the shortest."""

from dataclasses import replace

import pytest

from auditor.graph.flow import Site
from tests.analyses.flows import FlowOf, place


@pytest.fixture
def flow():
    flow = FlowOf()
    flow.entry("page", "page_fn")
    flow.model()
    return flow


def told(flow):
    """The functions on the worst way and on the one that is told, as they are named in the steps."""
    node = flow.analysed()["model"]
    return [[s.what.removeprefix("calls ") for s in steps[1:-1]] for steps in (node.trace, node.way)]


@pytest.mark.parametrize("hop", ["given", "dispatch", "handed"])
def test_a_way_of_calls_is_told_before_a_shorter_one_that_may_not_run(flow, hop):
    flow.call("page_fn", "short", hop=hop)
    flow.call("page_fn", "long")
    flow.call("long", "longer")
    flow.call("short", "model")
    flow.call("longer", "model")
    assert told(flow) == [["long", "longer"]] * 2


@pytest.mark.parametrize("hop", ["await", "thread", "task"])
def test_of_equally_certain_ways_the_shortest_is_told(flow, hop):
    flow.call("page_fn", "long")
    flow.call("long", "longer")
    flow.call("longer", "model")
    flow.call("page_fn", "short", hop=hop)
    flow.call("short", "model")
    assert told(flow) == [["short"]] * 2


def test_a_call_that_may_run_one_of_several_functions_is_less_certain(flow):
    flow.function("a", symbol="A.run")
    flow.function("b", symbol="B.run")
    flow.call("page_fn", "a")
    at = flow.graph.flow.sites[-1].at
    flow.graph.flow.sites.append(Site("page_fn", "b", at))
    flow.call("page_fn", "long")
    flow.call("long", "longer")
    flow.call("longer", "model")
    flow.call("a", "model")
    assert told(flow) == [["long", "longer"]] * 2


def test_what_a_call_passes_on_is_as_certain_as_what_it_calls(flow):
    flow.call("page_fn", "run")
    at = flow.graph.flow.sites[-1].at
    flow.graph.flow.sites.append(Site("page_fn", "callback", at))
    flow.call("page_fn", "long")
    flow.call("long", "longer")
    flow.call("longer", "model")
    flow.call("callback", "model")
    assert told(flow) == [["callback"]] * 2


def test_of_equally_long_ways_the_one_in_fewer_branches_is_told(flow):
    for name in ("a", "b"):
        flow.call("page_fn", name)
        flow.call(name, "model")
    sites = flow.graph.flow.sites
    sites[0] = replace(sites[0], branches=1)
    assert told(flow) == [["b"]] * 2


@pytest.mark.parametrize(
    ("other", "first"),
    [
        ({"role": "example"}, "page begins"),
        ({"entry": "script"}, "page begins"),
        ({"entry": "cli", "role": "script"}, "page begins"),
        ({"repeated": True}, "page begins"),
        ({"entry": "websocket"}, "other begins"),
    ],
)
def test_a_longer_way_from_a_stronger_entry_point(flow, other, first):
    flow.call("page_fn", "long")
    flow.call("long", "model")
    flow.entry("other", "other_fn", **other)
    flow.call("other_fn", "model")
    assert flow.analysed()["model"].trace[0].what == first


def test_the_entry_point_that_speaks_for_all_is_the_one_that_is_told(flow):
    flow.entry("main", "main_fn")
    flow.call("main_fn", "inner", hop="dispatch")
    flow.model("other")
    flow.call("main_fn", "other")
    for name in ("model", "inner"):
        flow.call("page_fn" if name == "model" else "inner", "model")
    node = flow.analysed()["model"]
    assert (node.trace[0].what, node.way[0].what) == ("page begins", "main begins")


def test_what_a_program_runs_as_it_starts_waits_for_no_entry_point(flow):
    flow.function("body", path="tools.py", symbol="<module>")
    flow.call("body", "model", path="tools.py")
    flow.graph.flow.loaded["body"] = ("page",)
    assert flow.analysed()["model"].trace[0].what == "tools.py is loaded, by page for one"
    flow.graph.flow.started["body"] = ("page",)
    assert flow.analysed()["model"].trace[0].what == "tools.py is loaded when the program of app.py starts"
    flow.graph.nodes["page"] = replace(flow.graph.nodes["page"], at=place(1, "tools.py"))
    assert flow.analysed()["model"].trace[0].what == "tools.py is loaded when its program starts"


def test_what_it_only_keeps_then_is_told_of_an_entry_point(flow):
    flow.function("body", path="tools.py", symbol="<module>")
    flow.call("body", "kept", hop="handed", path="tools.py")
    flow.call("kept", "model")
    flow.graph.flow.loaded["body"] = flow.graph.flow.started["body"] = ("page",)
    assert flow.analysed()["model"].trace[0].what == "tools.py is loaded, by page for one"


def test_of_equal_ways_the_one_from_the_entry_point_that_leads_to_most(flow):
    flow.call("page_fn", "model")
    flow.entry("main", "main_fn")
    flow.call("main_fn", "model")
    assert flow.analysed()["model"].trace[0].what == "page begins"
    flow.model("other")
    flow.call("main_fn", "other")
    assert flow.analysed()["model"].trace[0].what == "main begins"


def test_a_call_that_may_mean_another_method_is_told_last_but_before_what_is_stored(flow):
    flow.call("page_fn", "fits")
    flow.graph.flow.sites[-1] = replace(flow.graph.flow.sites[-1], fits=3)
    flow.call("fits", "model")
    flow.call("page_fn", "kept", hop="handed")
    flow.call("kept", "model")
    assert told(flow) == [["may call fits, one of 3 that fit"]] * 2 and flow.analysed()["model"].possible
    flow.call("page_fn", "long")
    flow.call("long", "longer")
    flow.call("longer", "model")
    assert told(flow) == [["long", "longer"]] * 2 and not flow.analysed()["model"].possible


def test_the_way_of_another_program_is_not_told_of_a_method_that_it_has_no_object_for(flow):
    flow.entry("queue", "queue_fn")
    flow.call("page_fn", "shared")
    flow.call("queue_fn", "before")
    flow.call("before", "shared")
    flow.call("shared", "method")
    flow.call("method", "model")
    page = next(entry for entry, functions in flow.graph.flow.entries.items() if "page_fn" in functions)
    flow.graph.flow.unmade["method"] = frozenset({page})
    node = flow.analysed()["model"]
    assert told(flow) == [["before", "shared", "method"]] * 2 and len(node.reached) == 1
