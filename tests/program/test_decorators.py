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
    "classes": """from typing import Any
class Workers:
    _known: dict[str, type] = {}
    @classmethod
    def register(cls, name: str, tier: str | None = None):
        def keep(worker: type):
            cls._known[name] = worker
            return worker
        return keep
    @classmethod
    def find(cls, name: str) -> type | None:
        found = cls._known.get(name)
        return found
class Other:
    _known = {}
@Workers.register("red", tier="a")
class Red:
    def run(self):
        return 1
@Workers.register(name="blue")
class Blue:
    def run(self):
        return 2
class Unlisted:
    def run(self):
        return 3
worker = Workers.find("red")
if not worker:
    raise RuntimeError()
probe(worker)  #= class Red
probe(worker().run)  #= def Red.run
probe(Workers.find("green"))  #= None
def any_of(name):
    probe(Workers.find(name)())  #= Red() | Blue()
    probe(Other._known[name])  #=
""",
    "the name of the class": """KINDS = {}
def kind(cls):
    KINDS[cls.__name__] = cls
    return cls
@kind
class Red:
    pass
@kind
class Blue:
    pass
probe(KINDS["Blue"])  #= class Blue
""",
    "two registries": """class Registry:
    def __init__(self):
        self.items = {}
    def register(self, name):
        def keep(cls):
            self.items[name] = cls
            return cls
        return keep
    def make(self, name):
        return self.items[name]()
first, second = Registry(), Registry()
fore = Registry()
back = Registry()
@fore.register("a")
class Red:
    pass
@back.register("a")
class Blue:
    pass
probe(fore.make("a"))  #= Red()
for cls in back.items.values():
    probe(cls)  #= class Blue
""",
    "a decorator that calls what keeps": """KINDS = {}
def add(name, cls):
    KINDS[name] = cls
def kind(name):
    def keep(cls):
        add(name, cls)
        return cls
    return keep
@kind("red")
class Red:
    pass
@kind("blue")
class Blue:
    pass
add("r", Red)
probe(KINDS["red"])  #= class Red
probe(KINDS["r"])  #= class Red
""",
    "an object that decorates": """KINDS = {}
class kind:
    def __init__(self, name):
        self.name = name
    def __call__(self, cls):
        KINDS[self.name] = cls
        return cls
@kind("red")
class Red:
    pass
@kind("blue")
class Blue:
    pass
probe(KINDS["red"])  #= class Red
""",
    "with and without parentheses": """KINDS = {}
def kind(cls=None, *, name=None):
    def keep(made):
        KINDS[name or made.__name__] = made
        return made
    if cls is not None:
        return keep(cls)
    return keep
@kind
class Red:
    pass
@kind(name="sky")
class Blue:
    pass
class Green:
    pass
kind(Green)
probe(KINDS["Red"])  #= class Red
probe(KINDS["sky"])  #= class Blue
probe(KINDS["Green"])  #= class Green
""",
}


@pytest.mark.parametrize("name", CASES)
def test_what_reaches_it(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted


def test_many_are_registered() -> None:
    """Each is found by its key, however many there are; all together are too many, and no few of them stand for all."""
    classes = "".join(f"@kind('k{n}')\nclass Kind{n}:\n    def run(self):\n        return {n}\n" for n in range(300))
    registry = (
        CASES["a decorator that calls what keeps"]
        .split("@kind")[0]
        .replace("add(name, cls)\n        return", "KINDS[name] = cls\n        return")
    )
    uses = 'probe(KINDS["k17"]().run)  #= def Kind17.run\ndef f(name):\n    probe(KINDS[name])  #= ?\n    probe(KINDS[name]().run)  #= ?\n'
    found, wanted = check(registry + classes + uses)
    assert found == wanted
