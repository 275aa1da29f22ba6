"""What stands in lists, dicts and comprehensions, written at once or step by step."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check

CASES = {
    "what a function gives for each element": """import ext
class K:
    def __init__(self, n): self.n = n
    def rows(self): return [self.n]
def same(x):
    return x
def f(q):
    for a in map(same, [1, 2]):
        probe(a)  #= 1 | 2
    for k in map(K, [3]):
        probe(k)  #= K()
    for r in [r for rows in map(lambda k: k.rows(), [K(1), K(2)]) for r in rows]:
        probe(r)  #= 1 | 2
    for a in map(ext.make, [1]):
        probe(a)  #= ext.make()
    for a in map(same, *q):
        probe(a)  #= builtins.map()[None]
""",
    "list": "x = [1, 2]\nprobe(x[0])  #= 1\nprobe(x[-1])  #= 2\nprobe(x[i])  #= 1 | 2\n",
    "slice": "x = [1, 2]\nfor y in x[:1]:\n    probe(y)  #= 1 | 2\n",
    "dict": 'd = {"a": 1, "b": 2}\nprobe(d["a"])  #= 1\nprobe(d.get("b"))  #= 2\nprobe(d.get("c"))  #= None\nprobe(d.get("c", 3))  #= 3\n',
    "nested dict": 'd = {"a": {"b": 1}}\nprobe(d["a"]["b"])  #= 1\n',
    "dict with a computed key": "d = {q: 1}\nprobe(d['a'])  #= 1\n",
    "dict stored into": 'd = {}\nd["a"] = 1\nprobe(d["a"])  #= 1\n',
    "dict stored later overrides nothing": 'd = {"a": 1}\nd["a"] = 2\nprobe(d["a"])  #= 1 | 2\n',
    "dict updated": 'd = {"a": 1}\nd.update({"b": 2})\nprobe(d["b"])  #= 2\n',
    "dict merged": 'a = {"t": 1}\nb = {**a, "u": 2}\nprobe(b["t"])  #= 1\nprobe(b["u"])  #= 2\n',
    "dict merged, the last wins": 'a = {"t": 1}\nb = {"t": 2, **a}\nprobe(b["t"])  #= 1\n',
    "dict set default": 'd = {"a": 1}\nprobe(d.setdefault("a", 2))  #= 1\n',
    "dict items": "for k, v in {\"a\": 1, \"b\": 2}.items():\n    probe(k)  #= 'a' | 'b'\n    probe(v)  #= 1 | 2\n",
    "dict values": 'for v in {"a": 1}.values():\n    probe(v)  #= 1\n',
    "dict keys": "for k in {'a': 1}:\n    probe(k)  #= 'a'\n",
    "dict copied, stored into": 'd = {"a": 1}\ndef f():\n    c = d.copy()\n    c["a"] = q\n    probe(c["a"])  #= 1 | ?\n    probe(d["a"])  #= 1\n',
    "dict of dict()": "d = dict(a=1)\nprobe(d['a'])  #= 1\n",
    "dict of dict(), stored into": "d = dict(a=1)\nd['b'] = 2\nprobe(d['b'])  #= 2\nprobe(d['a'])  #= 1\n",
    "copy of a dict": "a = {'t': 1}\nd = dict(a, u=2)\nd['v'] = 3\nprobe(d['t'])  #= 1\nprobe(d['u'])  #= 2\nprobe(d['v'])  #= 3\nprobe(a.get('v'))  #= None\n",
    "copy of a dict that a function gives": "def f():\n    d = dict(D)\n    d['v'] = 3\n    return d\nD = {'t': 1}\nprobe(f()['v'])  #= 3\nprobe(f()['t'])  #= 1\n",
    "entries of other dicts": """
a = {"x": 1, "y": 2}
b = {"x": 3}
d = {k: b[k] if k in b else a[k] for k in a.keys() | b.keys()}
probe(d["x"])  #= 1 | 3
probe(d["y"])  #= 2
e = {k: a.get(k, 7) for k in q}
probe(e["y"])  #= 2
probe(e["z"])  #= 7
f = {k: a[k] if k in a else None for k in q}
probe(f["x"])  #= 1 | None
h = {k: 0 if v is None else v for k, v in a.items()}
probe(h["y"])  #= 0 | 2
g = {k: a[k] for k in ("x",)}
probe(g.get("y", 5))  #= 5
""",
    "entries that a loop copies": """given = {"a": 1, "b": 2}
d = {}
for k, v in given.items():
    if q:
        d[k] = str(v)
    else:
        d[k] = v
probe(d["a"])  #= 1 | ?
probe(d.get("z", 5))  #= 5
""",
    "what a call makes of each value": """def clean(obj):
    if isinstance(obj, dict):
        return {k: clean(v) for k, v in obj.items() if v is not None}
    if isinstance(obj, list):
        return [clean(v) for v in obj]
    return obj
d = clean({"a": 1, "b": 2})
probe(d["a"])  #= 1
probe(d.get("z", 5))  #= 5
def ms(v):
    if v is None:
        return v
    return v * 1000
f = {k: ms(v) for k, v in {"a": 1, "b": 2}.items()}
probe(f["a"])  #= ?
e = {k: str(v) for k, v in {"a": 1, "b": 2}.items()}
probe(e["a"])  #= ?
probe(e.get("z", 5))  #= 5
""",
    "dict comprehension": "d = {k: 3 for k in q}\nprobe(d['a'])  #= 3\n",
    "enumerate": "for i, x in enumerate([1, 2]):\n    probe(x)  #= 1 | 2\n",
    "filter": "for x in filter(q, [1, 2]):\n    probe(x)  #= 1 | 2\n",
    "a list of what a filter leaves": "x = list(filter(lambda y: y, [1, 2]))\nfor y in x:\n    probe(y)  #= 1 | 2\n",
    "chain": "import itertools\nfor x in itertools.chain([1], [2], *[[3], [4]]):\n    probe(x)  #= 1 | 2 | 3 | 4\n",
    "chain of lists in a list": "from itertools import chain\nfor x in chain.from_iterable([[1], [2]]):\n    probe(x)  #= 1 | 2\n",
    "some of a list": "from itertools import islice\nfor x in islice([1, 2], n):\n    probe(x)  #= 1 | 2\n",
    "one of several objects": "import random\nclass A: pass\nclass B: pass\nprobe(random.choice([A(), B()]))  #= A() | B()\nprobe(max([A(), B()], key=q))  #= A() | B()\n",
    "one of several numbers": "probe(max([1, 2]))  #= builtins.max()\n",
    "zip": "for a, b in zip([1], [2]):\n    probe(a)  #= 1\n    probe(b)  #= 2\n",
    "sorted": "for x in sorted([1, 2]):\n    probe(x)  #= 1 | 2\n",
    "range": "for i in range(3):\n    probe(i)  #= ?\n",
    "appended": "x = []\nx.append(1)\nx.append(2)\nfor y in x:\n    probe(y)  #= 1 | 2\n",
    "inserted": "x = [1]\nx.insert(0, 2)\nfor y in x:\n    probe(y)  #= 1 | 2\n",
    "extended": "x = [1]\nx.extend([2, 3])\nfor y in x:\n    probe(y)  #= 1 | 2 | 3\n",
    "added": "x = [1]\nx += [2]\nfor y in x:\n    probe(y)  #= 1 | 2\n",
    "a sum of lists is one list": """base = [1]
def more(): return load()
both = base + [2, 3]
both.append(4)
probe(both)  #= [1, 2, 3, 4]
probe(base)  #= [1]
probe(both[0])  #= 1 | 2 | 3 | 4
first = [5] + base + [6]
probe(first[0])  #= 5
probe(first[1])  #= 1 | 5 | 6
probe(first[-1])  #= 6
a, b = (7,) + (8,)
probe(b)  #= 8
x = [9]
x += more()
for y in x:
    probe(y)  #= 9 | ?[None]
""",
    "lists of two branches are not summed": """if unknown():
    x = [1]
else:
    x = [2]
probe(x)  #= [1] | [2]
probe(x + [3])  #= [1, 2, 3]
""",
    "plus": "x = [1] + [2]\nfor y in x:\n    probe(y)  #= 1 | 2\n",
    "starred": "a = [1]\nfor y in [*a, 2]:\n    probe(y)  #= 1 | 2\n",
    "appended through an attribute": "class K:\n    def __init__(self):\n        self.x = []\n    def add(self):\n        self.x.append(3)\n    def go(self):\n        for y in self.x:\n            probe(y)  #= 3\n",
    "appended in a function": "x = []\ndef f():\n    x.append(3)\nfor y in x:\n    probe(y)  #= 3\n",
    "set": "x = {1}\nx.add(2)\nfor y in x:\n    probe(y)  #= 1 | 2\n",
    "comprehension": "for y in [z for z in [1, 2]]:\n    probe(y)  #= 1 | 2\n",
    "comprehension of two": "for y in [(a, b) for a in [1] for b in [2]]:\n    probe(y)  #= [1, 2]\n",
    "comprehension with a call": "def f(x):\n    return x\nfor y in [f(z) for z in [1, 2]]:\n    probe(y)  #= 1 | 2\n",
    "generator expression": "for y in (z for z in [1]):\n    probe(y)  #= 1\n",
    "tuple": "x = (1, 2)\na, b = x\nprobe(a)  #= 1\n",
    "list of tuples": "for a, b in [(1, 2), (3, 4)]:\n    probe(b)  #= 2 | 4\n",
    "star unpacking": "a, *b = [1, 2, 3]\nprobe(a)  #= 1\n",
    "popped": "x = [1, 2]\nprobe(x.pop())  #= 1 | 2\n",
    "deque": "from collections import deque\nx = deque([1])\nprobe(x)  #= collections.deque()\n",
    "copied": "x = [1]\ny = x.copy()\nprobe(y[0])  #= 1\nprobe(list(x)[0])  #= 1\n",
    "in a dict of lists": 'd = {"a": [1], "b": [2]}\nfor x in d["a"]:\n    probe(x)  #= 1\n',
    "list multiplied": "probe([1] * 3)  #= op *\n",
    "module constant": "# file: a.py\nT = {'x': 3}\n# file: b.py\nfrom a import T\nprobe(T['x'])  #= 3\n",
    "stored in another file": "# file: a.py\nT = {}\n# file: b.py\nfrom a import T\nT['x'] = 3\nprobe(T['x'])  #= 3\n",
    "external element": "import ext\nfor x in ext.items():\n    probe(x)  #= ext.items()[None]\nprobe(ext.items()[0])  #= ext.items()[0]\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_containers(text):
    found, wanted = check(text)
    assert found == wanted


def test_what_a_function_adds_to_the_list_that_it_is_given() -> None:
    found, wanted = check(
        """# file: factory.py
def make(tools, more=None):
    if "extra" not in tools:
        tools.append("extra")
    tools.extend(more or [])

# file: main.py
from factory import make

def first():
    own = ["a"]
    make(own)
    probe(own)  #= ['a', 'extra']

def second():
    own = ["b"]
    make(tools=own, more=["c"])
    probe(own)  #= ['b', 'c', 'extra']

def third():
    own = ["d"]
    probe(own)  #= ['d']
"""
    )
    assert found == wanted
