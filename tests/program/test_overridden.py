"""Methods that a base class calls on its object, of which several classes have one of their own."""

from __future__ import annotations

import pytest

from tests.program.ask import check

HEAD = """from ext import One, Two, Three
class Base:
    def __init__(self, **kwargs):
        self.begin(**kwargs)
    def begin(self, **kwargs):
        pass
class First(Base):
    def begin(self, client=None, wait=1):
        probe(client)  #= {first}
        self.client = client
    def ask(self):
        probe(self.client)  #= {first}
class Second(Base):
    def begin(self, client=None):
        probe(client)  #= {second}
        self.client = client
"""
CASES = {
    "each its own": ("ext.One()", "ext.Two()", "First(client=One())\nSecond(client=Two())\n"),
    "several of one": ("ext.One() | ext.Three()", "ext.Two()", "First(client=One())\nFirst(client=Three())\nSecond(client=Two())\n"),
    "a class below": (
        "ext.One() | ext.Three()",
        "ext.Two()",
        "class Below(First):\n    pass\nFirst(client=One())\nBelow(client=Three())\nSecond(client=Two())\n",
    ),
    "a class below with its own": (
        "ext.One()",
        "ext.Two()",
        "class Below(First):\n    def begin(self, client=None):\n        pass\n"
        "First(client=One())\nBelow(client=Three())\nSecond(client=Two())\n",
    ),
    "nothing makes one": ("?", "ext.Two()", "Second(client=Two())\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_its_own_class(name):
    first, second, rest = CASES[name]
    found, wanted = check(HEAD.format(first=first, second=second) + rest)
    assert found == wanted


CLASS_METHOD = """from ext import One, Two
class Base:
    @classmethod
    def make(cls, **kwargs):
        made = cls()
        made.start(**kwargs)
        return made
    def start(self, **kwargs):
        self.begin(**kwargs)
class First(Base):
    def begin(self, client=None):
        probe(client)  #= ext.One() | ext.Two()
class Second(Base):
    def begin(self, client=None):
        pass
First.make(client=One())
Second.make(client=Two())
"""


def test_an_object_of_any_class():
    found, wanted = check(CLASS_METHOD)
    assert found == wanted


METHODS = """
class Base:
    def run(self):
        return self.call(30)
    def run_long(self):
        return self.call(300)
class First(Base):
    def call(self, wait):
        probe(wait)  #= 30
class Second(Base):
    def call(self, wait):
        probe(wait)  #= 300
First().run()
Second().run_long()
"""


def test_each_calls_another_method_of_the_base():
    found, wanted = check(METHODS)
    assert found == wanted
