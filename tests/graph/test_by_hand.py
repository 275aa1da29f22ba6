"""What measures the agent is no part of it."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build, nodes

ASK = "from acme import Client\n{}\nClient().chat(messages=[])\n"
AGENT = {
    "agent.py": "from acme import Client\ndef ask():\n    return Client().chat(messages=[])\n",
    "main.py": "from agent import ask\nask()\n",
}
WEB = [{"names": ["acme.web.get"], "makes": "entry_point", "kind": "http", "server": True}]


def role(path: str, head: str = "", files: dict[str, str] | None = None, **changes: object) -> str:
    graph = build({**AGENT, path: ASK.format(head), **(files or {})}, **changes)
    (found,) = {n.role for n in nodes(graph, "model_call") if n.at.path == path}
    return str(found)


@pytest.mark.parametrize(
    "path",
    [
        "evals/judge.py",
        "evaluation/run_infer.py",
        "benchmarks/speed.py",
        "scripts/benchmark/run.py",
        "src/experiments/first.py",
        "auto_eval/judge.py",
    ],
)
def test_a_file_in_such_a_folder(path: str) -> None:
    assert role(path) == "example"


@pytest.mark.parametrize("path", ["run_eval.py", "eval_agent.py", "report_benchmark.py", "bench_latency.py", "evaluate.py"])
def test_a_file_of_such_a_name_that_imports_what_it_measures(path: str) -> None:
    assert role(path, "from agent import ask") == "example"
    assert role(path) == "production", "the name alone says nothing"


@pytest.mark.parametrize("path", ["evaluator.py", "agents/evaluator_agent.py", "retrieval.py", "medieval.py"])
def test_names_that_mean_something_else(path: str) -> None:
    assert role(path, "from agent import ask") == "production"


def test_what_production_imports_is_production() -> None:
    assert role("evaluation/judge.py", files={"app.py": "import evaluation.judge\n"}) == "production"
    chain = {"app.py": "import evaluation.steps\n", "evaluation/steps.py": "import evaluation.judge\n"}
    assert role("evaluation/judge.py", files=chain) == "production"
    assert role("evaluation/judge.py", files={"evaluation/run.py": "import evaluation.judge\n"}) == "example"
    assert role("evaluation/judge.py", files={"tests/test_judge.py": "import evaluation.judge\n"}) == "example"


def test_what_serves_requests_is_production() -> None:
    assert role("evals/app.py", "import acme.web\n@acme.web.get\ndef route(): ...\n", registrations=WEB) == "production"


def test_what_is_loaded_by_its_name_is_production() -> None:
    table = {"app.py": "COMMANDS = [('run.benchmarks.speed', 'measure')]\n"}
    assert role("src/run/benchmarks/speed.py", files=table) == "production"
    assert role("src/run/benchmarks/speed.py", scripts={"speed": "run.benchmarks.speed:main"}) == "production"
    assert role("src/run/benchmarks/speed.py", files={"app.py": "COMMANDS = ['other.benchmarks.speed']\n"}) == "example"


def test_the_standard_library_serves_only_by_some_modules() -> None:
    assert role("evals/judge.py", "import argparse, json") == "example"
    assert role("evals/judge.py", "from http.server import BaseHTTPRequestHandler") == "production"


def test_a_file_that_runs_an_evaluation() -> None:
    assert role("check.py", "import acme\nacme.evaluate(ask)", evaluations=["acme.evaluate"]) == "example"
    assert role("check.py", "evaluate(ask)", evaluations=["acme.evaluate"]) == "production"
