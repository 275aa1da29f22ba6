"""Calls that run one of several methods by the class of an object of which only a base is known, and programs that make no such object."""

from __future__ import annotations

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from auditor.graph.types import ModelCall
from tests.graph.dispatch_help import build

BASE = """
from abc import ABC, abstractmethod

class Job(ABC):
    @abstractmethod
    def work(self): ...
"""
JOB = """
from acme import Client
from base import Job

class {name}(Job):
    def work(self):
        return Client().chat(messages=["x"])
"""
LOADER = """
import importlib
import inspect
from base import Job

def load(name) -> Job:
    module = importlib.import_module(name)
    for _, found in inspect.getmembers(module, inspect.isclass):
        if Job in found.__mro__[1:]:
            return found()
"""
MAIN = """
import sys
from loader import load

def main():
    load(sys.argv[1]).work()

if __name__ == "__main__":
    main()
"""
RUNNER = """
from base import Job

class Runner:
    def __init__(self, job: Job):
        self.job = job

    def run(self):
        return self.job.work()
"""


def program(name: str) -> str:
    return (
        f'from {name} import {name.title()}\nfrom runner import Runner\n\nif __name__ == "__main__":\n    Runner({name.title()}()).run()\n'
    )


def calls(graph: AgentGraph) -> dict[str, ModelCall]:
    return {n.at.path: n for n in graph.nodes.values() if isinstance(n, ModelCall)}


def what(call: ModelCall) -> list[str]:
    return [step.what for step in call.way]


def test_an_object_of_a_class_that_is_loaded_by_a_name_may_be_any_that_fits() -> None:
    files = {"base.py": BASE, "loader.py": LOADER, "main.py": MAIN}
    graph = analyse(build({**files, "fast.py": JOB.format(name="Fast"), "slow.py": JOB.format(name="Slow")}))
    for name in ("fast", "slow"):
        call = calls(graph)[f"{name}.py"]
        assert f"may call {name.title()}.work, one of 2 that fit" in what(call) and call.possible
    sites = [s for s in graph.flow.sites if s.fits]
    assert len(sites) == 2 and all(s.strange for s in sites)


def test_the_only_class_that_fits_is_the_one() -> None:
    graph = analyse(build({"base.py": BASE, "loader.py": LOADER, "main.py": MAIN, "fast.py": JOB.format(name="Fast")}))
    call = calls(graph)["fast.py"]
    assert "calls Fast.work" in what(call) and not call.possible


def test_a_method_is_reached_from_programs_that_make_its_object() -> None:
    jobs = {f"{name}.py": JOB.format(name=name.title()) for name in ("fast", "slow")}
    graph = analyse(build({"base.py": BASE, "runner.py": RUNNER, **jobs, "one.py": program("fast"), "two.py": program("slow")}))
    found = calls(graph)
    assert [e.split(":")[1] for e in found["fast.py"].reached] == ["one.py"]
    assert [e.split(":")[1] for e in found["slow.py"].reached] == ["two.py"]
    assert found["slow.py"].way[0].at.path == found["slow.py"].trace[0].at.path == "two.py"
    assert not found["fast.py"].possible and not found["slow.py"].possible


def test_a_factory_makes_it_for_those_that_call_it() -> None:
    factories = {f"{n}.py": JOB.format(name=n.title()) + f"\ndef make_{n}():\n    return {n.title()}()\n" for n in ("fast", "slow")}
    package = "from fast import make_fast\nfrom slow import make_slow\n"
    main = 'from jobs import make_{0}\nfrom runner import Runner\n\nif __name__ == "__main__":\n    Runner(make_{0}()).run()\n'
    programs = {"one.py": main.format("fast"), "two.py": main.format("slow")}
    found = calls(analyse(build({"base.py": BASE, "jobs.py": package, "runner.py": RUNNER, **factories, **programs})))
    assert [e.split(":")[1] for e in found["slow.py"].reached] == ["two.py"]


def test_what_a_base_runs_on_itself_is_certain_where_objects_of_the_class_are_made() -> None:
    base = "class Job:\n    def run(self):\n        return self.work()\n\n    def work(self):\n        raise NotImplementedError\n"
    main = "from fast import Fast\nfrom slow import Slow\nfrom lost import Lost\nFast().run()\nSlow().run()\n"
    jobs = {f"{name}.py": JOB.format(name=name.title()) for name in ("fast", "slow", "lost")}
    found = calls(analyse(build({"base.py": base, **jobs, "main.py": main})))
    assert [found[f"{name}.py"].possible for name in ("fast", "slow")] == [False, False]
    assert "may call Lost.work, one of 3 that fit" in what(found["lost.py"])
