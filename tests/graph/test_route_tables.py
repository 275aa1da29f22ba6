"""Routes that a loop over a table adds: each function of the table is an entry point, and what is made of a class is one, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.pipeline import build_graph

ROUTES = """
import inspect
from fastapi import APIRouter, Request

class Route:
    def __init__(self, path, endpoint):
        self.path = path
        self.endpoint = endpoint

    def as_view(self):
        if not inspect.isclass(self.endpoint):
            return self.endpoint
        return made_of(self.endpoint)

def made_of(view):
    async def answer(request: Request):
        made = await view.create(request)
        return await made(request)

    return answer

class View:
    @classmethod
    async def create(cls, request):
        return cls()

def register(router: APIRouter, routes):
    for route in routes:
        router.add_api_route(route.path, endpoint=route.as_view())
"""
APP = """
import openai
from fastapi import APIRouter
from routes import Route, View, register

client = openai.OpenAI()

def ask():
    client.chat.completions.create(model="m", messages=[])

class Ask(View):
    async def __call__(self, request):
        ask()

def left_out():
    ask()

{functions}
router = APIRouter()
register(router, [Route("/ask", Ask){routes}])
"""


@pytest.fixture
def entries(tmp_path: Path):
    def call(*tables: int) -> dict[str, bool]:
        """Tables with so many functions each -> the entry points, and whether they reach a model call."""
        (tmp_path / "routes.py").write_text(ROUTES)
        for number, count in enumerate(tables):
            names = [f"f{number}_{i}" for i in range(count)]
            functions = "".join(f"def {name}():\n    ask()\n" for name in names)
            routes = "".join(f", Route('/{name}', {name})" for name in names)
            (tmp_path / f"app{number}.py").write_text(APP.format(functions=functions, routes=routes))
        graph = build_graph([tmp_path])
        reached = {entry for node in graph.nodes.values() if node.kind == "model_call" for entry in node.reached}
        return {n.name: n.id in reached for n in graph.nodes.values() if n.kind == "entry_point" and n.entry == "http"}

    return call


@pytest.mark.parametrize("tables", [(2,), (40,), (40, 40)])
def test_each_function_of_a_table_is_an_entry_point(entries, tables):
    names = [f"f{number}_{i}" for number, count in enumerate(tables) for i in range(count)]
    found = entries(*tables)
    assert found.keys() == {"answer", *names}
    assert all(found[name] for name in names)


def test_a_view_of_a_class_runs_its_object(entries):
    assert entries(2)["answer"]
