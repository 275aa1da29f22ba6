"""External calls that an agent reaches, and those that a program makes beside its agents."""

from tests.analyses.flows import FlowOf


def by_agent(flow: FlowOf) -> set[str]:
    return {n.name for n in flow.analysed().values() if n.kind == "external_call" and n.by_agent}


def test_what_a_tool_a_step_and_an_agent_lead_to():
    flow = FlowOf()
    flow.entry("entry", "main", entry="cli")
    flow.agent("raw", symbol="Agent")
    flow.function("run", path="app.py", symbol="Agent.run")
    flow.tool("tool")
    flow.step("step")
    for name in ("start-up", "of the agent", "of the tool", "of the step"):
        flow.external(name)
    flow.call("main", "start-up")
    flow.call("main", "run")
    flow.call("run", "of the agent")
    flow.call("tool", "of the tool")
    flow.call("step", "of the step")
    assert by_agent(flow) == {"of the agent", "of the tool", "of the step"}
    assert {n.name for n in flow.analysed().values() if n.kind == "external_call" and n.by_tool} == {"of the tool"}


def loop(symbol: str) -> FlowOf:
    flow = FlowOf()
    flow.entry("entry", "main", entry="script")
    flow.function("ask", symbol=symbol)
    flow.loop("loop", qualname=symbol, drives_model=True)
    flow.model()
    for name in ("before", "inside"):
        flow.external(name)
    flow.call("main", "ask")
    flow.call("ask", "before")
    flow.call("ask", "model", "loop")
    flow.call("ask", "inside", "loop")
    return flow


def test_a_loop_that_a_model_drives_is_the_agent_and_so_is_the_class_around_it():
    assert by_agent(loop("ask")) == {"inside"}
    assert by_agent(loop("Agent.ask")) == {"before", "inside"}
