"""Tools whose functions are looked up by names that are written down, in modules that are named in the same way."""

from __future__ import annotations

from tests.graph.dispatch_help import build, has_tools, nodes, runs

TOOL = {"registrations": [{"names": ["acme.tool"], "as": ["call"], "makes": "tool", "function": ["func", 0], "name": "name"}]}
FILES = {
    "kit/described/__init__.py": "",
    "kit/described/books.py": 'entries = [{"name": "find_book"}, {"name": "lend"}, {"name": "gone"}]\n',
    "kit/described/maps.py": 'entries = [{"name": "find_way"}]\n',
    "kit/__init__.py": "",
    "kit/books.py": "def find_book(title):\n    return helper(title)\n\ndef lend(title):\n    return title\n\ndef helper(x):\n    pass\n",
    "kit/maps.py": "def find_way(a, b):\n    return a\n\n\ndef unlisted():\n    return 1\n",
}
LOADER = """
import importlib
from acme import tool
from acme.agents import Agent

FIELDS = ["books", "maps"]

def described():
    table = {}
    for field in FIELDS:
        module = importlib.import_module(f"kit.described.{field}")
        table[f"kit.{field}"] = module.entries
    return table

def safely(f):
    def call(*args):
        try:
            return f(*args)
        except ValueError:
            return None
    return call

def load(entry, module_name=None):
    module = importlib.import_module(module_name)
    function = getattr(module, entry["name"])
    function = safely(function)
    return tool(func=function, name=entry["name"])

def make():
    tools = []
    for name, entries in described().items():
        tools += [load(entry, module_name=name) for entry in entries]
    return Agent(name="desk", tools=tools)
"""


def test_each_function_that_is_described_is_a_tool() -> None:
    graph = build({**FILES, "app.py": LOADER}, known=TOOL)
    assert has_tools(graph) == {("desk", "find_book"), ("desk", "lend"), ("desk", "find_way")}
    assert {(n.at.path, n.name) for n in nodes(graph, "tool")} == {
        ("kit/books.py", "find_book"),
        ("kit/books.py", "lend"),
        ("kit/maps.py", "find_way"),
    }
    assert runs(graph, "find_book") == {"find_book"}


def test_more_names_than_a_query_follows() -> None:
    count = 100
    entries = ", ".join(f'{{"name": "f{n}"}}' for n in range(count))
    many = {
        "kit/described/maps.py": f"entries = [{entries}]\n",
        "kit/maps.py": "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(count)),
    }
    graph = build({**FILES, **many, "app.py": LOADER}, known=TOOL)
    assert len(nodes(graph, "tool")) == count + 2


def test_names_that_come_from_elsewhere_are_not_guessed() -> None:
    text = LOADER.replace('FIELDS = ["books", "maps"]', "import sys\nFIELDS = sys.argv[1:]")
    graph = build({**FILES, "app.py": text}, known=TOOL)
    assert {n.at.path for n in nodes(graph, "tool")} == {"app.py"}
