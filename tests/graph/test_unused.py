"""Which functions of an application are called unused, and who may use the others."""

from __future__ import annotations

from auditor.facts.config import read_config
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build

OLD = "from acme import Client\ndef old():\n    return Client().chat(messages=[])\n\ndef used():\n    return Client().chat(messages=[])\n"
MAIN = "from pkg.llm import used\nif __name__ == '__main__':\n    used()\n"


def unused(files: dict[str, str], **more: object) -> set[str]:
    graph = build({"main.py": MAIN, "pkg/llm.py": OLD, **files}, **more)
    return {graph.flow.functions[f].symbol for f in graph.flow.unused}


def test_what_the_application_does_not_use() -> None:
    assert unused({}) == {"old"}
    assert unused({}, words={"old"}) == set()


def test_whoever_installs_a_distribution_may_use_it() -> None:
    assert unused({}, distributions={""}) == set(), "no command: it is there to be imported"
    assert unused({}, distributions={""}, scripts={"run": "main:main"}) == {"old"}
    giving = {"pkg/__init__.py": "from pkg.llm import used\n"}
    assert unused(giving, distributions={""}, scripts={"run": "main:main"}) == set()
    assert unused(giving) == {"old"}, "nobody installs it"


TESTS = {"tests/conftest.py": "from pkg.llm import old\nold()\n"}


def of(graph: AgentGraph, ids: frozenset[str]) -> set[str]:
    return {graph.flow.functions[f].symbol for f in ids}


def test_what_only_tests_use() -> None:
    graph = build({"main.py": MAIN, "pkg/llm.py": OLD, **TESTS})
    assert (of(graph, graph.flow.tested), of(graph, graph.flow.unused)) == ({"old"}, set())
    named = build({"main.py": MAIN + "JOBS = ['old']\n", "pkg/llm.py": OLD, **TESTS})
    assert named.flow.tested == frozenset(), "a word of the program may lead to it"
    assert build({"main.py": MAIN, "pkg/llm.py": OLD, **TESTS}, distributions={""}).flow.tested == frozenset(), "it is there to be imported"


def test_a_call_by_the_name_of_which_the_receiver_is_not_known() -> None:
    text = OLD.replace("def old():", "class Crew:\n  def old(self):")
    graph = build({"main.py": MAIN + "import state\nstate.crews[0].old()\n\ndef go(crew):\n    crew.old()\n", "pkg/llm.py": text})
    assert of(graph, graph.flow.asked) == {"Crew.old"}
    graph = build({"main.py": MAIN + "import other\nother.old()\n", "pkg/llm.py": text})
    assert of(graph, graph.flow.asked) == set(), "that one is of another package"


def test_what_configuration_says_of_it() -> None:
    facts = read_config("langgraph.json", '{"graphs": {"agent": "./app/graph.py:make_graph"}}')
    assert "make_graph" in facts.words
    assert facts.packaged is None
    assert read_config("pyproject.toml", '[build-system]\nrequires = ["hatchling"]\n').packaged is True
    assert read_config("pyproject.toml", '[project]\nname = "x"\n').packaged is False
    assert read_config("setup.py", "from setuptools import setup\nsetup(name='x')\n").packaged is True
    assert read_config("uv.lock", "[[package]]\nname = 'old'\n").words == frozenset()


def test_what_no_code_names() -> None:
    loading = "import importlib\nimport sys\nimportlib.import_module(sys.argv[1])\n"
    graph = build({"main.py": MAIN + loading, "pkg/llm.py": OLD})
    assert (of(graph, graph.flow.unnamed), of(graph, graph.flow.unused)) == ({"old"}, set())
    assert build({"main.py": MAIN + loading + "JOBS = ['old']\n", "pkg/llm.py": OLD}).flow.unnamed == frozenset()


PLUGIN = """
from acme import Client
from acme.hooks import chat

class Plugin:
    \"\"\"Plugin of a kind.\"\"\"

    @chat("Plugin of plugins")
    def ask(self):
        return Client().chat(messages=[])
"""


def test_what_runs_when_a_module_is_loaded_that_nothing_loads() -> None:
    loading = "import importlib\nimport sys\nimportlib.import_module(sys.argv[1])\n"
    files = {"main.py": MAIN + loading, "pkg/llm.py": OLD, "pkg/plugins.py": PLUGIN}
    assert of(build(files), build(files).flow.unnamed) == {"old", "Plugin.ask", "<module>"}
    for change in (
        {"main.py": MAIN + loading + "import pkg.plugins\n"},
        {"main.py": MAIN + loading + "LOADED = ['pkg.plugins']\n"},
        {"pkg/load.py": "import importlib\nimport os\nfor name in os.listdir('.'):\n    importlib.import_module(name)\n"},
    ):
        graph = build({**files, **change})
        assert of(graph, graph.flow.unnamed) == {"old", "Plugin.ask"}
    graph = build(files, words={"plugins"})
    assert "<module>" not in of(graph, graph.flow.unnamed)


def test_a_call_on_what_a_function_gives_that_is_not_followed() -> None:
    text = OLD.replace("def old():", "class Crew:\n  def old(self):")
    given = "class Crews:\n  def pick(self, kind):\n    return self.known[kind]['made']\n\ndef go(crews: Crews):\n    crews.pick(1).old()\n"
    graph = build({"main.py": MAIN + given, "pkg/llm.py": text})
    assert of(graph, graph.flow.asked) == {"Crew.old"}
    (at,) = graph.flow.asked.values()
    assert at is not None
    assert at.path == "main.py"


DEEP = """
from acme import Client

class Crew:
    def old(self, deep=False):
        if deep:
            return self.ask()
        return 1

    def ask(self):
        return Client().chat(messages=[])

def used():
    return Crew().old(deep=False)
"""


def test_a_computed_name_may_mean_what_all_calls_rule_out_no_more_than_what_nothing_names() -> None:
    def unnamed(more: str, **given: object) -> set[str]:
        graph = build({"main.py": MAIN + more, "pkg/llm.py": DEEP}, **given)
        return of(graph, graph.flow.unnamed & graph.flow.split)

    computed = "\nimport sys\n\ndef go(crew):\n    return getattr(crew, sys.argv[1])()\n"
    assert unnamed(computed) == {"Crew.old"}
    assert unnamed(computed + "\ndef on(crew):\n    return crew.old()\n") == set(), "that one may be it"
    assert unnamed(computed, distributions={""}) == set(), "whoever installs it may call it"
