"""Handlers of callbacks that a program defines itself, where they are given, and clients that it wraps."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes

HANDLERS = [{"bases": ["acme.Handler"], "keys": ["callbacks"], "covers": ["acme"], "identity": ["run_id"]}]
HEAD = """
from acme import Client, Handler, tool
from acme.agents import Agent
from acme import trace
import acme
import os

class Meter(Handler):
    def on_end(self, response, **rest):
        self.total = response.usage

class Quiet(Handler):
    def on_end(self, response, **rest):
        print("done")

class Journal(Handler):
    def on_end(self, response, *, run_id):
        save(run_id, response.usage)

"""


def made(text: str) -> AgentGraph:
    return build(HEAD + text, handlers=HANDLERS)


def llm(graph: AgentGraph, field: str = "usage_recorded") -> Any:
    (call,) = [c for c in nodes(graph, "model_call") if c.call == "llm"]
    setting = getattr(call, field)
    return setting.value if setting.state != "unknown" else setting.why


RECORDED: dict[str, tuple[str, object]] = {
    "constructor": ("Client(callbacks=[Meter()]).chat(messages=[])", True),
    "call": ("Client().chat(messages=[], config={'callbacks': [Meter()]})", True),
    "a handler that reads no usage": ("Client(callbacks=[Quiet()]).chat(messages=[])", False),
    "made and given nowhere": ("meter = Meter()\nClient().chat(messages=[])", False),
    "key set later": ("config = {}\nconfig['callbacks'] = [Meter()]\nClient().chat(messages=[], config=config)", True),
    "appended": ("config = {'callbacks': []}\nconfig['callbacks'].append(Meter())\nClient().chat(messages=[], config=config)", True),
    "setdefault": ("config = {}\nconfig.setdefault('callbacks', []).append(Meter())\nClient().chat(messages=[], config=config)", True),
    "attribute": ("client = Client()\nclient.callbacks = [Meter()]\nclient.chat(messages=[])", True),
    "added by a callee": (
        "def prepare(config):\n    config['callbacks'] = [*(config.get('callbacks') or []), Meter()]\n"
        "config = {}\nprepare(config)\nClient().chat(messages=[], config=config)",
        True,
    ),
    "only if there are any": (
        "def ask(handlers=None):\n    config = {}\n    if handlers:\n        config['callbacks'] = handlers\n"
        "    Client().chat(messages=[], config=config)\nask([Meter()])",
        True,
    ),
    "on a condition": (
        "handlers = []\nif os.getenv('METER'):\n    handlers.append(Meter())\nClient(callbacks=handlers).chat(messages=[])",
        "it depends on the environment variable METER",
    ),
    "cannot be read": ("Client(callbacks=load()).chat(messages=[])", "the callbacks that it is given cannot be read"),
    "none": ("Client(callbacks=None).chat(messages=[])", False),
    "a counter of the library": ("Client(callbacks=[acme.UsageCounter()]).chat(messages=[])", True),
}


@pytest.mark.parametrize("case", RECORDED)
def test_usage_is_recorded_by_a_handler(case: str) -> None:
    text, expected = RECORDED[case]
    usage = {"attributes": ["usage"], "names": ["acme.UsageCounter"]}
    assert llm(build(HEAD + text, handlers=HANDLERS, usage=usage)) == expected


def test_a_handler_that_counts_is_no_tracer_and_one_that_follows_runs_may_be() -> None:
    assert llm(made("Client(callbacks=[Meter()]).chat(messages=[])"), "traced") is False
    graph = made("Client(callbacks=[Journal()]).chat(messages=[])")
    assert llm(graph, "traced") == "it depends on what Journal records of each run"
    assert llm(graph) is True


RUN = """
@tool
def look_up(key):
    return Client().chat(messages=[key])

def make(config):
    config["callbacks"] = [{handler}]
    return Agent(name="a", tools=[look_up])

{rest}
"""


def test_settings_that_a_run_gets() -> None:
    graph = made(RUN.format(handler="trace.Handler(), Meter()", rest="config = {}\nmake(config).run('x', config=config)"))
    assert (llm(graph), llm(graph, "traced")) == (True, True)
    (tool,) = nodes(graph, "tool")
    assert tool.traced.value is True, "a tool inside a traced run"
    (run,) = [c for c in nodes(graph, "model_call") if c.call == "agent_run"]
    assert run.usage_recorded.value is True


def test_settings_of_which_nobody_knows_who_runs_with_them() -> None:
    graph = made(RUN.format(handler="trace.Handler()", rest=""))
    assert "callbacks are added in make" in llm(graph, "traced")
    (tool,) = nodes(graph, "tool")
    assert "callbacks are given to some" in tool.traced.why or "callbacks are added in make" in tool.traced.why


def test_a_tool_has_the_answer_of_its_framework() -> None:
    text = "@tool\ndef look_up(key):\n    return key\nAgent(name='a', tools=[look_up]).run('x')\nprint(os.getenv('ACME_TRACING'))"
    (tool,) = nodes(made(text), "tool")
    assert tool.traced.why == "it depends on the environment variable ACME_TRACING where it is deployed"
    (tool,) = nodes(made("trace.instrument()\n" + text), "tool")
    assert tool.traced.value is True


WRAPPED: dict[str, tuple[str, object]] = {
    "on a condition": (
        "def ask(tracer):\n    sdk = Client()\n    lib = tracer.wrap(sdk) if tracer else sdk\n    lib.chat(messages=[])\n",
        "it may be called through what tracer.wrap makes of its client, which is not read",
    ),
    "known wrapper": ("client = trace.wrap(Client())\nclient.chat(messages=[])", True),
    "given back": (
        "def same(c):\n    return c\ndef ask(x):\n    c = Client()\n    d = same(c) if x else c\n    d.chat(messages=[])",
        False,
    ),
    "something else": ("def ask(x):\n    c = Client()\n    d = other(x) if x else c\n    d.chat(messages=[])", False),
}


@pytest.mark.parametrize("case", WRAPPED)
def test_a_client_that_may_be_wrapped(case: str) -> None:
    text, expected = WRAPPED[case]
    assert llm(made(text), "traced") == expected


SPAN = """
import spans

def begin(name):
    {}return spans.start(name)

with begin("run"):
    Client().chat(messages=[])
"""


def test_spans_of_own_functions() -> None:
    assert llm(made(SPAN.format("")), "traced") is True
    own = "if not os.getenv('SPANS'):\n        return Meter()\n    "
    assert llm(made(SPAN.format(own)), "traced") == "it depends on which tracer begin uses"


@pytest.mark.parametrize(
    "lines",
    [
        ["config = {'callbacks': [meter]}"],
        ["config = {'callbacks': []}", "config['callbacks'].append(meter)"],
        ["callbacks = []", "callbacks.append(meter)", "config = {}", "config['callbacks'] = callbacks"],
        ["config = load()", "if 'callbacks' not in config:", "    config['callbacks'] = []", "config['callbacks'].append(meter)"],
    ],
)
def test_callbacks_in_settings_that_a_function_returns(lines: list[str]) -> None:
    body = "\n    ".join(["meter = Meter()", *lines, "return meter, config"])
    graph = made(f"def init():\n    {body}\n\ndef ask():\n    meter, config = init()\n    return Client().chat('x', config).text\n\nask()")
    assert llm(graph) is True


def test_a_call_that_is_made_inside_and_outside_of_a_run() -> None:
    graph = made("""
@tool
def expert(question):
    return ask(question)

def ask(question):
    return Client().chat(question).text

Agent(tools=[expert]).run("x", callbacks=[Meter()])
ask("y")
""")
    assert "only some of the runs" in llm(graph)


BY_HAND = """
from acme import Client, Manager
import acme

class Own(Manager):
    pass

class Search:
    def run(self, text):
        {told}
        return text

def main(prompt, client=Client()):
    messages = [prompt]
    while True:
        answer = client.chat(messages=messages, tools=[{{"name": "search", "parameters": {{}}}}])
        if not answer.tool_calls:
            return answer.text
        for call in answer.tool_calls:
            if call.name == "search":
                messages.append(Search().run(call.args))
"""


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Manager.configure(text).started(text)", True),
        ("Own.configure(text).started(text)", True),
        ("manager = Own()\n        manager.started(text)", True),
        ("print(text)", False),
        ("Client().started(text)", False),
    ],
)
def test_a_tool_that_tells_the_handlers_itself(told: str, expected: bool) -> None:
    handlers = [{**HANDLERS[0], "managers": ["acme.Manager"]}]
    graph = build(BY_HAND.format(told=told), handlers=handlers, environment={"ACME_TRACING": "true"})
    assert [(t.name, t.framework, t.traced.value) for t in nodes(graph, "tool")] == [("search", "raw", expected)]
