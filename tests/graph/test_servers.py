"""What a server runs by a file of its own: entry points, and tracing that the server switches on."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import ACME, build, nodes

KNOWN: dict[str, Any] = {
    "servers": [{"file": "acme.json", "entries": "agents", "target": "path", "environment": "env", "app": "web.app", "kind": "http"}],
    "starts": ["acme run"],
    "environment": [
        {
            "variable": "ACME_KEY",
            "does": "tracing_on",
            "covers": ["acme"],
            "served": True,
            "unless": ["ACME_TRACING"],
            "records_usage": True,
        }
    ],
}
AGENT = """
from acme import Client
from acme.agents import Agent, tool

client = Client()

def search(text):
    return client.chat(messages=[text])

agent = Agent(name="finder", tools=[search])

def make():
    return agent
"""
DOUBT = "the server that runs it traces if ACME_KEY is set where it is deployed"


def served(target: object, *, path: str = "acme.json", **more: Any) -> AgentGraph:
    files = {"pkg/bot.py": AGENT, **more.pop("files", {})}
    document = {"agents": {"main": target}, **more.pop("document", {})}
    return build(files, documents={path: document}, known=KNOWN, **more)


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("./pkg/bot.py:agent", 10),
        ("pkg.bot:agent", 10),
        ({"path": "pkg/bot.py:agent", "description": "finds"}, 10),
        ("pkg/bot.py:make", 12),
    ],
)
def test_a_named_agent_is_an_entry_point(target: object, line: int) -> None:
    (entry,) = nodes(served(target), "entry_point")
    assert (entry.name, entry.entry, entry.server, entry.at.line) == ("main", "http", True, line)


def test_paths_start_at_the_file() -> None:
    assert nodes(served("./bot.py:agent", path="pkg/acme.json"), "entry_point")
    assert not nodes(served("./bot.py:agent"), "entry_point")


@pytest.mark.parametrize(
    "target", ["pkg/bot.py:client", "pkg/bot.py:missing", "elsewhere.py:agent", "agent", "", None, 3, ["pkg/bot.py:agent"]]
)
def test_what_is_no_agent_is_no_entry_point(target: object) -> None:
    assert not nodes(served(target), "entry_point")


def traced(graph: AgentGraph) -> Any:
    (call,) = nodes(graph, "model_call")
    assert call.usage_recorded.value is call.traced.value or call.usage_recorded.state == call.traced.state == "unknown"
    return call.traced.value if call.traced.state != "unknown" else call.traced.why


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, DOUBT),
        ({"ACME_KEY": ""}, DOUBT),
        ({"ACME_KEY": "${ACME_KEY}"}, True),
        ({"ACME_KEY": "secret"}, True),
        ({"ACME_KEY": "secret", "ACME_TRACING": "false"}, False),
        ({"ACME_KEY": "secret", "ACME_TRACING": "$TRACING"}, DOUBT),
    ],
)
def test_a_server_traces_with_a_key(environment: dict[str, str], expected: object) -> None:
    assert traced(served("pkg/bot.py:agent", environment=environment)) == expected


def test_the_file_of_the_server_sets_variables() -> None:
    assert traced(served("pkg/bot.py:agent", document={"env": {"ACME_KEY": "x"}})) is True
    assert traced(served("pkg/bot.py:agent", document={"env": ".env"})) == DOUBT


def test_what_the_server_does_not_run_is_not_traced() -> None:
    assert traced(served("pkg/bot.py:client", environment={"ACME_KEY": "x"})) is False
    other = {"run.py": "from pkg.bot import search\nsearch('x')\n"}
    expected = "the server traces it, and what else runs it does not"
    assert traced(served("pkg/bot.py:agent", files=other, environment={"ACME_KEY": "x"})) == expected


def test_what_another_server_runs_too_is_not_traced_there() -> None:
    deployed = {"api.py": "from acme.web import route\nfrom pkg.bot import search\n\n@route\ndef ask(text):\n    return search(text)\n"}
    web = [*ACME["registrations"], {"names": ["acme.web.route"], "makes": "entry_point", "kind": "http", "server": True}]
    assert traced(served("pkg/bot.py:agent", files=deployed, environment={"ACME_KEY": "x"}, registrations=web)) is False


FOUND: dict[str, Any] = {"served": [{"variables": ["main_agent"], "modules": ["__init__", "agent"], "kind": "http"}]}
MADE = 'from acme.agents import Agent\n\n{0} = Agent(name="finder")\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"desk/agent.py": MADE.format("main_agent"), "desk/__init__.py": "from . import agent\n"}, [("desk", "desk/agent.py")]),
        ({"desk/agent.py": MADE.format("main_agent"), "desk/__init__.py": "from .agent import main_agent\n"}, [("desk", "desk/agent.py")]),
        ({"desk/__init__.py": MADE.format("main_agent")}, [("desk", "desk/__init__.py")]),
        (
            {"desk/agent.py": MADE.format("main_agent"), "desk/parts/tax/agent.py": MADE.format("main_agent")},
            [("desk", "desk/agent.py")],
        ),
        (
            {"a/agent.py": MADE.format("main_agent"), "b/agent.py": MADE.format("main_agent")},
            [("a", "a/agent.py"), ("b", "b/agent.py")],
        ),
        ({"desk/agent.py": MADE.format("agent")}, []),
        ({"desk/other.py": MADE.format("main_agent")}, []),
        ({"desk/agent.py": "main_agent = 3\n"}, []),
        ({"desk/agent.py": "from acme.agents import Agent\n\ndef main_agent():\n    return Agent(name='finder')\n"}, []),
    ],
)
def test_agents_that_a_server_finds_by_name(files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    entries = nodes(build(files, known=FOUND), "entry_point")
    assert sorted((e.name, e.at.path) for e in entries) == expected
    assert all(e.server and e.entry == "http" for e in entries)


ROUTES = """
import pages
from acme import Client
app = pages.Pages()

@app.page("/ask")
def ask(text):
    return Client().chat(messages=[text])
"""


@pytest.mark.parametrize("target", ["./pkg/web.py:app", "pkg.web:app"])
def test_the_module_of_an_application_that_a_server_mounts_is_loaded_by_it(target: str) -> None:
    def first(document: dict[str, object]) -> str:
        found = analyse(build({"pkg/web.py": ROUTES}, documents={"acme.json": document}, known=KNOWN))
        return nodes(found, "model_call")[0].trace[0].what

    assert first({"agents": {}, "web": {"app": target}}) == "web begins"
    assert first({"agents": {}, "web": {"app": "other.py:app"}}) == "pkg/web.py, of which no loading by an entry point was resolved"
    assert first({"web": ["pkg/web.py:app"]}) == "pkg/web.py, of which no loading by an entry point was resolved"


PAGE = "from acme import Client\nimport parts\nprint(Client().chat(messages=[]))\n"


@pytest.mark.parametrize(
    ("path", "command", "served"),
    [
        ("demo/Dockerfile", "acme run demo/page.py --port=80", True),
        ("demo/Dockerfile", "acme run page.py", True),
        ("Dockerfile", "python -m acme run ./demo/page.py", True),
        ("Dockerfile", "/usr/bin/acme run --wide /app/demo/page.py", True),
        ("Dockerfile", "acme build demo/page.py", False),
        ("Dockerfile", "acme run other.py", False),
    ],
)
def test_a_command_of_a_deployment_starts_a_server_with_a_file(path: str, command: str, served: bool) -> None:
    files = {"demo/page.py": PAGE, "demo/parts.py": ""}
    (entry,) = nodes(build(files, known=KNOWN, commands=[(path, tuple(command.split()))]), "entry_point")
    assert (entry.at.path, entry.server, entry.entry) == ("demo/page.py", served, "http" if served else "script")


HANDLER = "from acme import Client\ndef handler(event, context):\n    return Client().chat(messages=[])\nother = handler\n"


@pytest.mark.parametrize(
    ("path", "command", "found"),
    [
        ("Dockerfile", "app.web.handler", ["app/web.py", "x/app/web.py"]),
        ("x/template.yaml", "app/web.handler", ["x/app/web.py"]),
        ("x/app/template.yaml", "web.handler", ["x/app/web.py"]),
        ("x/template.yaml", "app/web.other", []),
        ("x/template.yaml", "eb.handler", []),
        ("x/template.yaml", "app.web.handler --wide", []),
    ],
)
def test_a_function_that_a_service_runs_on_events(path: str, command: str, found: list[str]) -> None:
    files = {"app/web.py": HANDLER, "x/app/web.py": HANDLER, "z/app/web.py": ""}
    rows = nodes(build(files, known=KNOWN, commands=[(path, tuple(command.split()))]), "entry_point")
    assert [(e.at.path, e.name, e.entry, e.job.value) for e in rows] == [(p, "handler", "worker", 900) for p in found]


def test_a_command_that_may_mean_several_files_starts_none() -> None:
    files = {"a/page.py": PAGE, "b/page.py": PAGE}
    found = nodes(build(files, known=KNOWN, commands=[("deploy/Dockerfile", ("acme", "run", "page.py"))]), "entry_point")
    assert [entry.server for entry in found] == [False, False]


@pytest.mark.parametrize(("package", "importer", "loads"), [(False, "", False), (True, "", True), (False, "import lib.tools.serve", True)])
def test_a_file_in_a_folder_that_is_no_package_does_not_load_the_one_around_it(package: bool, importer: str, loads: bool) -> None:
    client = "from acme import Client\nClient().chat()\n"
    files = {
        "lib/__init__.py": "import lib.models\n",
        "lib/models.py": client,
        "lib/tools/serve.py": f"if __name__ == '__main__':\n    {client.replace(chr(10), '; ')}\n",
        "lib/main.py": f"{importer}\n",
        **({"lib/tools/__init__.py": ""} if package else {}),
    }
    graph = build(files)
    [entry] = [n.id for n in nodes(graph, "entry_point") if n.at.path == "lib/tools/serve.py"]
    assert any("lib/models.py" in body and entry in entries for body, entries in graph.flow.loaded.items()) is loads
