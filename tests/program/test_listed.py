"""Classes that a program finds by asking a class for its subclasses, or a module for its members."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check

FAMILY = """class Base:
    pass
class One(Base):
    pass
class Two(Base):
    pass
class Three(Two):
    pass
class Other:
    pass
"""
CASES = {
    "a loop": "for c in Base.__subclasses__():\n    probe(c)  #= class One | class Two\n",
    "a list": "probe(Base.__subclasses__())  #= [class One, class Two]\nprobe(list(Base.__subclasses__())[0])  #= class One | class Two\n",
    "objects": "for o in [c() for c in Base.__subclasses__()]:\n    probe(o)  #= One() | Two()\n",
    "a class method": "class Root:\n    @classmethod\n    def all(cls):\n        return cls.__subclasses__()\nclass Leaf(Root):\n    pass\n"
    "probe(Root.all())  #= [class Leaf]\n",
    "a mapping": "table = {c.__name__: c for c in Base.__subclasses__()}\nprobe(table[q])  #= class One | class Two\nprobe(table.get(q))  #= class One | class Two\n",
    "no subclass": "for c in Other.__subclasses__():\n    probe(c)  #=\n",
    "a set filled by a helper that calls itself": "def down(parent=Base):\n    rows = set()\n    for sub in parent.__subclasses__():\n"
    "        rows.add(sub)\n        rows.update(down(sub))\n    return rows\nprobe(down())  #= [class One, class Three, class Two]\n",
    "a list filled by a helper that calls itself": "def down(parent):\n    rows = []\n    for sub in parent.__subclasses__():\n"
    "        rows.append(sub)\n        rows.extend(down(sub))\n    return rows\nfor c in down(Base):\n    probe(c)  #= class One | class Three | class Two\n",
    "a list added to by a helper that calls itself": "def down(parent):\n    rows = []\n    for sub in parent.__subclasses__():\n"
    "        rows += [sub, *down(sub)]\n    return rows\nfor c in down(Base):\n    probe(c)  #= class One | class Three | class Two\n",
    "a generator": "def down(parent):\n    for sub in parent.__subclasses__():\n        yield sub\n        yield from down(sub)\n"
    "for c in down(Base):\n    probe(c)  #= class One | class Three | class Two\n",
    "members of a module that are checked": "import inspect, importlib\nfor _, c in inspect.getmembers(importlib.import_module(q), inspect.isclass):\n"
    "    if issubclass(c, Base) and c is not Base:\n        probe(c)  #= class One | class Three | class Two\n",
    "the second of a pair that is checked": "import inspect, importlib\nfor pair in inspect.getmembers(importlib.import_module(q), inspect.isclass):\n"
    "    if pair[1] is not Base and issubclass(pair[1], Base):\n        probe(pair[1])  #= class One | class Three | class Two\n",
    "a list of what a function is asked for": "import inspect, importlib\ndef load(name, base):\n    rows = []\n"
    "    for pair in reversed(inspect.getmembers(importlib.import_module(name))):\n        if issubclass(pair[1], base):\n"
    "            rows.append(pair[1])\n    return rows\nclass Root:\n    pass\nclass Leaf(Root):\n    pass\nprobe(load(q, Root)[0])  #= class Leaf\n"
    "probe(load(q, Base)[0]())  #= One() | Three() | Two()\n",
}


@pytest.mark.parametrize("case", CASES)
def test_subclasses(case: str) -> None:
    found, wanted = check(FAMILY + CASES[case])
    assert found == wanted
