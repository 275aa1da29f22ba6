"""What tools change: by the external calls that they lead to."""

from tests.analyses.flows import FlowOf


def test_a_tool_has_the_effects_of_what_it_leads_to():
    flow = FlowOf()
    flow.entry("entry", "main", entry="cli")
    flow.function("helper")
    for name in ("cancels", "reads", "counts"):
        flow.tool(name)
    flow.external("get", effect="read")
    flow.external("drop", effect="delete")
    flow.external("sleep")
    flow.external("beside", effect="pay")
    flow.call("main", "beside")
    flow.call("cancels", "get")
    flow.call("cancels", "helper")
    flow.call("helper", "drop")
    flow.call("helper", "helper")
    flow.call("reads", "get")
    flow.call("counts", "sleep")
    found = {n.name: n.effects for n in flow.analysed().values() if n.kind == "tool"}
    assert found == {"cancels": ("delete", "read"), "reads": ("read",), "counts": ()}
