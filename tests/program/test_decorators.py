"""Decorators of the program: what they are given, and what they keep."""

import pytest

from tests.program.ask import check

CASES = {
    "registry": """TOOLS = {}
def tool(fn):
    TOOLS[fn.__name__] = fn
    return fn
@tool
def search(q):
    return q
@tool
def write(q):
    return q
probe(TOOLS["search"])  #= def search
for f in TOOLS.values():
    probe(f)  #= def search | def write
""",
    "with a name": """TOOLS = {}
def tool(name, retries=2):
    def keep(fn):
        TOOLS[name] = fn
        return fn
    return keep
@tool("look")
def search(q):
    return q
@tool(name="put")
def write(q):
    return q
probe(TOOLS["look"])  #= def search
probe(TOOLS["put"])  #= def write
""",
    "wrapper": """import functools
TOOLS = []
def tool(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs)
    TOOLS.append(inner)
    return inner
@tool
def search(q):
    return q
for f in TOOLS:
    probe(f)  #= def search
""",
    "method of a registry": """class Registry:
    def __init__(self):
        self.tools = {}
    def register(self, fn):
        self.tools[fn.__name__] = fn
        return fn
registry = Registry()
@registry.register
def search(q):
    return q
for f in registry.tools.values():
    probe(f)  #= def search
""",
}


@pytest.mark.parametrize("name", CASES)
def test_what_reaches_it(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted
