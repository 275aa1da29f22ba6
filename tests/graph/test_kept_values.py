"""Branches on a constant that an object keeps from its constructor on."""

from __future__ import annotations

import pytest

from tests.graph.test_never import reached

START = "def ask():\n    Client().chat()\ndef other():\n    Client().chat()\n"
MAIN = "\nif __name__ == '__main__':\n    main()\n"
AGENT = """
class Agent:
    def __init__(self, mode='fast', client=None):
        self.mode = mode
        self.client = client
    def run(self):
        self.step()
    def step(self):
        if self.mode == 'slow' or self.client is not None:
            ask()
        else:
            other()
"""


def asks(text: str) -> bool:
    """Whether a path from the program's begin comes to the call in `ask`."""
    return reached(START + text + MAIN)["ask"] == "production"


@pytest.mark.parametrize(
    "main",
    [
        "Agent().run()",
        "Agent('fast').run()",
        "a = Agent(client=None, mode='fast')\n    a.run()",
        "load(AGENT)\n    AGENT.run()\nAGENT = Agent()",
        "make('fast').run()\ndef make(mode):\n    return Agent(mode)",
        "App().go()\nclass App:\n    def __init__(self):\n        self.agent = Agent('fast')\n    def go(self):\n        self.agent.run()",
        "App().go()\nclass App:\n    def __init__(self, client=None):\n        self.agent = Agent('fast', client)\n"
        "    def go(self):\n        "
        "self.agent.run()",
        "App().go()\nclass App:\n    def __init__(self, client=None):\n        self.client = client\n"
        "        self.agent = Agent('fast', self.client)"
        "\n    def go(self):\n        self.agent.run()",
        "Sub().run()\nclass Sub(Agent):\n    def __init__(self, client=None):\n        super().__init__('fast', client=client)",
        "a = Agent()\n    b = Other()\n    b.mode = 'slow'\n    setattr(b, input(), 1)\n    a.run()\nclass Other:\n    pass",
        "a = Agent()\n    print(vars(a), a.__dict__.items())\n    a.run()",
        "Sub().run()\nclass Sub(Agent):\n    def __init__(self):\n        Agent.__init__(self, 'fast')",
    ],
)
def test_a_branch_that_the_object_does_not_take(main: str) -> None:
    assert not asks(AGENT + "def main():\n    " + main)


@pytest.mark.parametrize(
    "main",
    [
        "Agent('slow').run()",
        "Agent(client=load()).run()",
        "Agent(input()).run()",
        "Agent(*load()).run()",
        "Agent(**load()).run()",
        "Agent('fast').run()\n    Agent('slow').run()",
        "a = Agent()\n    if input():\n        a = Agent('slow')\n    a.run()",
        "a = Agent()\n    if input():\n        a = load()\n    a.run()",
        "a = Agent()\n    a.mode = input()\n    a.run()",
        "a = b = Agent()\n    b.mode = input()\n    a.run()",
        "a = Agent()\n    change(a)\n    a.run()\ndef change(it):\n    it.mode = 'slow'",
        "a = Agent()\n    a.inner = Agent()\n    load().mode = 'slow'\n    a.run()",
        "a = Agent()\n    setattr(a, 'mode', 'slow')\n    a.run()",
        "a = Agent()\n    setattr(a, input(), 'slow')\n    a.run()",
        "a = Agent()\n    setattr(*load(a))\n    a.run()",
        "a = Agent()\n    object.__setattr__(a, input(), 'slow')\n    a.run()",
        "a = Agent()\n    a.__setattr__('mode', 'slow')\n    a.run()",
        "a = Agent()\n    vars(a)['mode'] = 'slow'\n    a.run()",
        "a = Agent()\n    vars(a).update(mode='slow')\n    a.run()",
        "a = Agent()\n    a.__dict__['mode'] = 'slow'\n    a.run()",
        "a = Agent()\n    a.__dict__.update(load())\n    a.run()",
        "a = Agent()\n    a.__dict__ = load()\n    a.run()",
        "a = Agent()\n    a.__dict__ |= load()\n    a.run()",
        "a = Agent()\n    a.__dict__.__setitem__('mode', 'slow')\n    a.run()",
        "a = Agent()\n    inside = a.__dict__\n    inside['mode'] = 'slow'\n    a.run()",
        "a = Agent()\n    inside = vars(a)\n    inside.update(mode='slow')\n    a.run()",
        "a = Agent()\n    change(vars(a))\n    a.run()\ndef change(inside):\n    inside['mode'] = 'slow'",
        "a = Agent()\n    a.__class__ = load()\n    a.run()",
        "a = Agent()\n    list(map(setattr, load(a), load()))\n    a.run()",
        "a = Agent()\n    change = setattr\n    change(a, 'mode', 'slow')\n    a.run()",
        "from functools import partial\n    a = Agent()\n    partial(setattr, a)('mode', 'slow')\n    a.run()",
        "a = Agent()\n    a.__init__('slow')\n    a.run()",
        "a = Agent()\n    Agent.__init__(a, 'slow')\n    a.run()",
        "a = Agent()\n    Other(a)\n    a.run()\nclass Other:\n    def __init__(self, agent):\n        agent.__init__('slow')",
        "Sub().run()\nclass Sub(Agent):\n    def run(self):\n        self.__init__('slow')\n        super().run()",
        "Sub().run()\nclass Sub(Agent):\n    def run(self):\n        super().__init__('slow')\n        super().run()",
        "Sub().run()\nclass Sub(Agent):\n    def run(self):\n        Agent.__init__(self, 'slow')\n        super().run()",
        "Sub().run()\nclass Sub(Agent):\n    def __init__(self):\n        super().__init__('fast')\n        super().__init__('slow')",
        "make().run()\n@load()\ndef make(mode='fast'):\n    return Agent(mode)",
        "a = Agent()\n    global KEPT\n    KEPT = a\n    change()\n    a.run()\nKEPT = None\ndef change():\n    KEPT.mode = 'slow'",
        "a = Agent()\n    for a.mode in load():\n        a.run()",
        "a = Agent()\n    with load() as a.mode:\n        a.run()",
        "a = Agent()\n    a.mode, a.client = load()\n    a.run()",
        "Agent.mode = 'slow'\n    a = Agent()\n    del a.mode\n    a.run()",
        "AGENT.run()\nAGENT = Agent()\nAGENT.mode = load()",
        "go(Agent())\ndef go(agent):\n    agent.run()\n    keep(go)",
        "make('slow').run()\ndef make(mode):\n    return Agent(mode)",
        "make(input()).run()\ndef make(mode='fast'):\n    return Agent(mode)",
        "more()\ndef more(mode='fast'):\n    Agent(mode).run()\ndef much():\n    more(load())",
        "Sub().run()\nclass Sub(Agent):\n    def __init__(self, client=None):\n        super().__init__('slow', client=client)",
        "Sub(mode='slow').run()\nclass Sub(Agent):\n    def __init__(self, **more):\n        super().__init__(**more)",
        "Sub(mode='slow').run()\nclass Mid(Agent):\n    def __init__(self, **more):\n        super().__init__(**more)\n"
        "class Sub(Mid):\n    "
        "def __init__(self, **more):\n        super().__init__(**more)",
        "Sub('slow').run()\nclass Mid(Agent):\n    def __init__(self, mode='fast'):\n        super().__init__(mode)\nclass Sub(Mid):\n    "
        "def __init__(self, mode='fast'):\n        super().__init__(mode)",
        "Sub().run()\nclass Sub(Agent):\n    def run(self):\n        self.mode = input()\n        super().run()",
        "Sub().run()\nclass Sub(Agent):\n    mode = 'slow'\n    def __init__(self):\n        self.client = None",
        "Sub().run()\nclass Sub(Agent):\n    def __init__(self):\n        super().__init__()\n        def later():\n"
        "            self.mode = 'slow'\n"
        "        load(later)",
        "Sub().run()\nclass Sub(Agent):\n    def __setattr__(self, name, value):\n        load()",
        "Sub().run()\nclass Sub(Agent):\n    def __getattribute__(self, name):\n        return load()",
        "Sub().run()\nclass Sub(Agent):\n    def __new__(cls, *args):\n        return load()",
        "Sub().run()\nclass Sub(Agent, metaclass=load()):\n    pass",
        "Sub().run()\n@load\nclass Sub(Agent):\n    pass",
        "Sub().run()\nclass Sub(Agent):\n    @load\n    def __init__(self, mode='fast', client=None):\n"
        "        super().__init__(mode, client)",
        "Sub().run()\nfrom lib import Base\nclass Sub(Agent, Base):\n    pass",
        "Sub.make().run()\nclass Sub(Agent):\n    @classmethod\n    def make(cls):\n        return cls()\nclass Slow(Sub):\n"
        "    def __init__(self):\n"
        "        super().__init__('slow')\ndef much():\n    Slow.make().run()",
        "from functools import partial\n    partial(Agent, 'slow')().run()",
        "import copy\n    a = copy.copy(Agent())\n    a.mode = 'slow'\n    a.run()",
        "App().go()\nclass App:\n    def __init__(self, client=None):\n        self.agent = Agent('fast', client)\n"
        "    def go(self):\n        "
        "self.agent.run()\ndef much():\n    App(load())",
        "app.go()\nclass App:\n    def __init__(self, agent):\n        self.agent = agent\n    def go(self):\n        self.agent.run()\n"
        "app = App(load())\nmore = App(Agent())",
        "App().go()\nclass App:\n    def __init__(self):\n        self.agent = Agent('fast')\n    def go(self):\n"
        "        self.agent = load()\n"
        "        self.agent.run()",
    ],
)
def test_a_branch_that_the_object_may_take(main: str) -> None:
    if main.startswith("App().go()") and "much" in main:
        assert not asks(AGENT + "def main():\n    " + main)
        main = main.replace("App().go()", "App(load()).go()", 1)
    assert asks(AGENT + "def main():\n    " + main)


FIELDS = """
from dataclasses import dataclass, field
@dataclass
class Agent:
    name: str = ''
    mode: str = 'fast'
    def run(self):
        if self.mode == 'slow':
            ask()
        else:
            other()
"""
LEVEL = """
class Agent:
    mode = 'fast'
    def run(self):
        if self.mode == 'slow':
            ask()
        else:
            other()
"""


@pytest.mark.parametrize(
    ("cls", "main", "may"),
    [
        (FIELDS, "Agent().run()", False),
        (FIELDS, "Agent('a').run()", False),
        (FIELDS, "Agent('a', mode='fast').run()", False),
        (FIELDS, "Agent('a', 'slow').run()", True),
        (FIELDS, "Agent(mode=input()).run()", True),
        (FIELDS, "Agent(**load()).run()", True),
        (FIELDS, "a = Agent()\n    a.mode = 'slow'\n    a.run()", True),
        (FIELDS.replace("'fast'", "field(default='slow')"), "Agent().run()", True),
        (FIELDS.replace("'fast'", "field(default_factory=load)"), "Agent().run()", True),
        (FIELDS + "    def __post_init__(self):\n        self.mode = load()\n", "Agent().run()", True),
        (LEVEL, "Agent().run()", False),
        (LEVEL, "Agent.mode = 'slow'\n    Agent().run()", True),
        (LEVEL, "Agent().run()\nfor mode in load():\n    setattr(Agent, mode, 'slow')", True),
        (LEVEL + "    if load():\n        mode = 'slow'\n", "Agent().run()", True),
        (LEVEL + "    @classmethod\n    def slow(cls):\n        cls.mode = load()\n", "Agent.slow()\n    Agent().run()", True),
        (LEVEL, "Sub().run()\nclass Sub(Agent):\n    mode = 'slow'", True),
        (LEVEL, "Sub().run()\nclass Sub(Agent):\n    @property\n    def mode(self):\n        return load()", True),
        (LEVEL, "Sub().run()\nclass Sub(Agent):\n    def __init__(self):\n        self.mode = input()", True),
    ],
)
def test_fields_and_what_a_class_says(cls: str, main: str, may: bool) -> None:
    assert asks(cls + "def main():\n    " + main) == may


def test_each_object_takes_its_own_branch() -> None:
    found = reached(START + AGENT + "def main():\n    Agent('fast').run()\ndef much():\n    Agent('slow').run()\n" + MAIN)
    assert found == {"ask": "library", "other": "production"}
