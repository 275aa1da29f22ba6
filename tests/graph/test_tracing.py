"""Which model calls and tools are traced: switches in the code, variables, handlers, and what traces by default."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import Setting
from auditor.facts.config import read_config
from auditor.facts.environment import Environment
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ModelCall
from auditor.knowledge.forms import Expect
from tests.graph.dispatch_help import build, nodes
from tests.knowledge.snippets import graph_of

CALL = """
from acme import Client, trace
import acme
import os

{before}

def answer(text):
    return Client().chat(messages=[text])
"""
LAUNCHERS = [{"command": "acme-run", "package": "acme"}]
TRACES = [{"versions": ">=2", "by_default": True}]


def traced(graph: AgentGraph) -> Any:
    (call,) = nodes(graph, "model_call")
    value: Setting = call.traced
    return value.value if value.state != "unknown" else value.why


@pytest.mark.parametrize(
    ("before", "expected", "switches"),
    [
        ("", False, []),
        ("trace.instrument()", True, [True]),
        ("trace.instrument(enabled=False)", False, [False]),
        ("from acme.trace import instrument as watched\nwatched()", True, [True]),
        ("trace.disable()", False, [False]),
        ("trace.instrument(); trace.disable()", False, [True, False]),
        ("acme.callbacks = ['elsewhere']", True, [True]),
        ("acme.callbacks = []", False, []),
        ("trace.conditional()", False, []),
        ("trace.conditional(rate=1)", True, [True]),
        ("os.environ['ACME_TRACING'] = 'true'", True, [True]),
        ("os.environ.setdefault('ACME_TRACING', 'True')", True, [True]),
        ("os.environ['ACME_TRACING'] = 'false'", False, []),
        ("os.environ['ACME_TRACE'] = 'true'", False, []),
        ("os.environ['ACME_TRACING'] = os.environ['OTHER']", "the value of the environment variable ACME_TRACING is not known", [True]),
        ("print(os.getenv('ACME_TRACING'))", "it depends on the environment variable ACME_TRACING where it is deployed", []),
        ("class Settings:\n    acme_tracing: bool = False", "it depends on the environment variable ACME_TRACING where it is deployed", []),
        ("if os.getenv('KEY'):\n    trace.instrument()", "it depends on the environment variable KEY", [True]),
        ("trace.instrument(enabled=os.getenv('ON'))", "it depends on the environment variable ON", [True]),
        ("def setup():\n    trace.instrument()", "it stands in a function that nothing calls", [True]),
        ("def setup():\n    trace.instrument()\nsetup()", True, [True]),
        ("import spans\nspans.instrument_acme()", "no provider or exporter of spans is configured in the files read", [True]),
        ("import spans\nspans.set_provider(1)\nspans.instrument_acme()", True, [True, True]),
    ],
)
def test_switches(before: str, expected: object, switches: list[bool]) -> None:
    graph = build(CALL.format(before=before))
    assert traced(graph) == expected
    assert [s.on for s in nodes(graph, "tracing_switch")] == switches


def test_off_is_remembered_where_it_stands() -> None:
    graph = build(CALL.format(before="trace.instrument()\ntrace.disable()"))
    (call,) = nodes(graph, "model_call")
    assert [graph.nodes[i].at.line for i in call.untraced_at] == [7]


@pytest.mark.parametrize(
    ("variable", "text", "expected"), [("ACME_TRACING", "true", True), ("ACME_TRACING", "0", False), ("ACME_DISABLE_TRACING", "1", False)]
)
def test_variables_of_the_deployment(variable: str, text: str, expected: bool) -> None:
    assert traced(build(CALL.format(before=""), environment={variable: text})) is expected


SERVICES = "services: {api: {build: api, environment: {ACME_TRACING: 'true'}}, far: {image: far, environment: {ACME_DISABLE_TRACING: '1'}}}"
MAY = "it depends on the environment variable ACME_TRACING where it is deployed (compose.yml:1 sets it)"


def test_variables_of_a_service_hold_for_its_code() -> None:
    found = Environment()
    facts = read_config("compose.yml", SERVICES)
    found.add("compose.yml", facts.variables, facts.lines, sure=True)
    found.finish()
    text = CALL.format(before="")
    graph = build({"api/app.py": text, "web/app.py": text}, environment=found.given, mentioned=found.mentioned)
    inside, outside = nodes(graph, "model_call")
    assert (inside.traced.value, outside.traced.why) == (True, MAY)


@pytest.mark.parametrize(
    ("path", "words", "places"),
    [
        ("api/Dockerfile", "acme-run python app.py", ["api/app.py"]),
        ("api/Dockerfile", "acme-run --all python app.py", ["api/app.py"]),
        ("api/Dockerfile", "sh -c /usr/bin/acme-run python app.py", ["api/app.py"]),
        ("api/docker/Dockerfile", "acme-run python app.py", ["api/app.py"]),
        ("docker/Dockerfile", "acme-run python app.py", ["api/app.py", "web/serve/app.py"]),
        ("Procfile", "acme-run uvicorn serve.app:app", ["api/app.py", "web/serve/app.py"]),
        ("api/Dockerfile", "acme python app.py", []),
    ],
)
def test_launchers(path: str, words: str, places: list[str]) -> None:
    text = CALL.format(before="")
    commands = [(path, tuple(words.split()))]
    graph = build({"api/app.py": text, "web/serve/app.py": text}, commands=commands, launchers=LAUNCHERS)
    why = f"acme-run starts it ({path}), and traces what it is set up for there"
    assert {c.at.path: c.traced.why for c in nodes(graph, "model_call") if c.traced.state == "unknown"} == dict.fromkeys(places, why)
    assert [s.at.path for s in nodes(graph, "tracing_switch")] == [path][: len(places)]


def test_a_launcher_of_one_of_several_services() -> None:
    text = CALL.format(before="")
    commands = [("Procfile", tuple(words.split())) for words in ("acme-run uvicorn serve.app:app", "python api/app.py")]
    graph = build({"api/app.py": text, "web/serve/app.py": text}, commands=commands, launchers=LAUNCHERS)
    assert [c.at.path for c in nodes(graph, "model_call") if c.traced.state == "unknown"] == ["web/serve/app.py"]


def test_what_may_be_set_is_said() -> None:
    found = traced(build(CALL.format(before=""), mentioned={"ACME_TRACING": ".env.example:2 sets it"}))
    assert found == "it depends on the environment variable ACME_TRACING where it is deployed (.env.example:2 sets it)"


@pytest.mark.parametrize(
    ("version", "expected"), [("2.1", True), ("1.9", False), ("", "it depends on the version of acme")], ids=["new", "old", "unlocked"]
)
def test_traced_by_default(version: str, expected: object) -> None:
    assert traced(build(CALL.format(before=""), version=version, traces=TRACES)) == expected


def test_a_default_that_no_code_decides_is_in_doubt() -> None:
    rows = [{"versions": "<2"}, {"versions": ">=2", "doubt": "the server decides it"}]
    assert traced(build(CALL.format(before=""), version="2.1", traces=rows)) == "the server decides it"
    assert traced(build(CALL.format(before=""), version="1.9", traces=rows)) is True


def test_default_is_switched_off() -> None:
    graph = build(CALL.format(before="os.environ['ACME_DISABLE_TRACING'] = '1'"), version="2.1", traces=TRACES)
    (call,) = nodes(graph, "model_call")
    assert call.traced.value is False
    assert len(call.untraced_at) == 1
    graph = build(CALL.format(before="os.environ['ACME_TRACING_DISABLED'] = '1'"), version="2.1", traces=TRACES)
    assert traced(graph) is True, "a variable that nobody reads switches nothing"


PROCESSES = {
    "tracing.py": "from acme import trace\ntrace.instrument()\n",
    "model.py": "from acme import Client\ndef ask():\n    return Client().chat(messages=[])\n",
    "web.py": "import tracing\nimport model\nmodel.ask()\n",
}


def test_each_program_needs_its_own_switch() -> None:
    assert traced(build(PROCESSES)) is True
    both = {**PROCESSES, "worker.py": "import model\nmodel.ask()\n"}
    assert "only in some of the programs" in traced(build(both))
    alone = {**PROCESSES, "web.py": "import model\nmodel.ask()\n", "other.py": "import tracing\n"}
    assert traced(build(alone)) is False
    tested = {**PROCESSES, "tests/test_model.py": "import model\nmodel.ask()\n"}
    assert traced(build(tested)) is True, "a test is no program"


def test_a_handler_holds_for_what_it_is_given_to() -> None:
    graph = build("""
        from acme import Client
        from acme.trace import Handler
        client = Client()
        handler = Handler()
        client.chat(messages=[], config={"callbacks": [handler]})
        client.chat(messages=[])
        Client(callbacks=[Handler()]).chat(messages=[])
        """)
    assert [c.traced.value for c in nodes(graph, "model_call")] == [True, False, True]


def test_a_wrapped_client_is_traced_alone() -> None:
    graph = build("""
        from acme import Client
        from acme.trace import wrap
        wrap(Client()).chat(messages=[])
        Client().chat(messages=[])
        """)
    assert [c.traced.value for c in nodes(graph, "model_call")] == [True, False]


RUN = """
from acme import Client, tool
from acme.agents import Agent
from acme.trace import Handler

@tool
def look_up(key):
    return Client().chat(messages=[key])

agent = Agent(name="a", tools=[look_up])
agent.run("x", callbacks=[Handler()])
"""


def test_a_traced_run_traces_what_runs_inside() -> None:
    graph = build(RUN)
    assert {c.call: c.traced.value for c in nodes(graph, "model_call")} == {"llm": True, "agent_run": True}
    graph = build(RUN + "agent.run('y')\n")
    inner = next(c for c in nodes(graph, "model_call") if c.call == "llm")
    assert inner.traced.why == "only some of the runs that reach it are traced"


def test_with_a_handler_around() -> None:
    graph = build("""
        from acme import Client
        from acme.trace import Handler

        def ask():
            return Client().chat(messages=[])

        with Handler():
            ask()
        """)
    assert traced(graph) is True


@pytest.mark.parametrize(("given", "expected"), [("Client()", True), ("make()", False)])
def test_what_is_put_around_a_client_asks_through_it(given: str, expected: bool) -> None:
    around = {"types": {"outer": {"new": ["around.Outer"], "follows": 0}}, "calls": [{"names": ["outer.chat"], "noun": "model_call"}]}
    graph = build(
        f"""
        from acme import Client, trace
        from around import Outer
        trace.instrument()
        Outer({given}).chat(messages=[])
        """,
        extra={"package": "around", **around},
    )
    (call,) = nodes(graph, "model_call")
    assert (call.framework, call.traced.value) == ("around", expected)


GIVEN_A_MODEL = """
from crewai import Agent, Crew, Task
from langchain_openai import ChatOpenAI
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
BatchSpanProcessor(ConsoleSpanExporter())
LangChainInstrumentor().instrument()
writer = Agent(role="writer", goal="g", backstory="b", llm=ChatOpenAI(model="m"))
Crew(agents=[writer], tasks=[Task(description="d", expected_output="o", agent=writer)]).kickoff()
"""


@pytest.mark.parametrize(("version", "expected"), [("0.41.1", True), ("0.152.0", False)])
def test_a_run_is_traced_through_the_client_that_its_agents_ask(version: str, expected: bool) -> None:
    """Later versions make a client of their own of the model that an agent is given."""
    graph = graph_of(Expect(code=GIVEN_A_MODEL, versions={"crewai": version, "langchain-openai": "0.1.25"}))
    assert [n.traced.value for n in graph.nodes.values() if isinstance(n, ModelCall)] == [expected]
