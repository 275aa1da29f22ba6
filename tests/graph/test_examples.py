"""A program that never imports an example runs nothing of it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.analyses.analyse import analyse
from auditor.facts.python import read_python
from auditor.graph.build.build import build_graph
from auditor.graph.build.context import FileInfo
from auditor.graph.types import ModelCall
from auditor.knowledge.types import Knowledge
from auditor.sources.roles import role_of
from tests.graph.dispatch_help import ACME, Unlocked

LIBRARY = """
class Flow:
    def start(self):
        return self.run()

    def run(self):
        raise NotImplementedError
"""
EXAMPLE = """
from lib.flow import Flow
from lib.models import ask

class Example(Flow):
    def run(self):
        ask()
{begin}
"""
MODELS = "from acme import Client\ndef ask():\n    Client().chat()\n"
PROGRAM = """
from lib.flow import Flow
{imports}

def main(flow: Flow):
    flow.start()

if __name__ == "__main__":
    main(load())
"""
BEGIN = "if __name__ == '__main__':\n    Example().start()"


def reached(folder: str = "examples", imports: str = "", begin: str = BEGIN) -> tuple[list[str], list[str]]:
    """The files of the entry points that reach the model call, and the files on its trace."""
    files = {
        "lib/__init__.py": "",
        "lib/flow.py": LIBRARY,
        "lib/models.py": MODELS,
        "app.py": PROGRAM.format(imports=imports),
        f"{folder}/one.py": EXAMPLE.format(begin=begin),
    }
    modules = [m for path, text in files.items() if (m := read_python(path, dedent(text))[0]) is not None]
    knowledge = [Knowledge.model_validate(ACME)]
    infos = {path: FileInfo(role_of(path)) for path in files}
    graph = analyse(build_graph(modules, knowledge, infos, lambda path: Unlocked()))
    [call] = [n for n in graph.nodes.values() if isinstance(n, ModelCall)]
    return [graph.nodes[e].at.path for e in call.reached], list(dict.fromkeys(step.at.path for step in call.trace))


def test_a_library_that_calls_back_leads_to_an_example_only_from_that_example() -> None:
    assert reached()[0] == ["examples/one.py"]


@pytest.mark.parametrize("imports", ["import examples.one", "from examples.one import Example", "from examples import one"])
def test_a_program_that_imports_it_does_run_it(imports: str) -> None:
    entries, trace = reached(imports=imports)
    assert entries == ["app.py", "examples/one.py"]
    assert trace[0] == "app.py"


def test_what_is_no_example_may_be_run_by_all() -> None:
    assert reached(folder="flows")[0] == ["app.py", "flows/one.py"]


def test_what_nothing_runs_is_told_all_the_same() -> None:
    assert reached(begin="")[0] == []
