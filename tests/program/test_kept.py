"""What is put into an object and taken out again: a cache of a library, a registry of one's own, what a parameter declares."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check

CASES = {
    "a cache of a library": "import ext\ndef make():\n    return ext.Cache()\nclass K:\n    def __init__(self):\n        self.a = make()\n        self.b = make()\n    def go(self, k):\n        if k not in self.a:\n            self.a[k] = 1\n        self.b[k] = 2\n        probe(self.a[k])  #= 1\n        probe(self.b[k])  #= 2\n",
    "a cache, by constant keys": "import ext\nc = ext.Cache()\nc['a'] = 1\nc['b'] = 2\nprobe(c['a'])  #= 1\nprobe(c['z'])  #= ext.Cache()['z']\n",
    "a cache, asked": "import ext\nc = ext.Cache()\nc['a'] = 1\nprobe(c.get('a'))  #= 1 | ext.Cache().get()\n",
    "another object of the same name": "import ext\ndef f():\n    c = ext.Cache()\n    c['a'] = 1\ndef g():\n    c = ext.Cache()\n    probe(c['a'])  #= ext.Cache()['a']\n",
    "registries of one class": "class R:\n    def __init__(self):\n        self.d = {}\n    def put(self, k, v):\n        self.d[k] = v\n    def get(self, k):\n        return self.d[k]\na = R()\nb = R()\na.put(q, 1)\nb.put(q, 2)\nprobe(a.get(q))  #= 1\nprobe(b.get(q))  #= 2\n",
    "a registry that any object fills": "class R:\n    def __init__(self):\n        self.d = {}\n    def put(self, k, v):\n        self.d[k] = v\n    def both(self, k):\n        self.put(k, 1)\n        self.put(k, 2)\na = R()\na.both(q)\nprobe(a.d[q])  #= 1 | 2\n",
    "a cache whose key tells all": "import ext\n_c = {}\ndef client(name, t=None):\n    n = t if t is not None else 60\n    k = (name, n)\n    old = _c.get(k)\n    if old is not None:\n        return old\n    made = Made(n)\n    _c[k] = made\n    return made\nclass Made:\n    def __init__(self, t):\n        self.t = t\ndef f():\n    probe(client('a', 10).t)  #= 10\ndef g():\n    probe(client('a', 60).t)  #= 60\n",
    "a cache whose key does not tell all": "class Made:\n    def __init__(self, t):\n        self.t = t\n_c = {}\ndef client(name, t):\n    old = _c.get(name)\n    if old is not None:\n        return old\n    made = Made(t)\n    _c[name] = made\n    return made\ndef f():\n    probe(client('a', 10).t)  #= 10 | 60\ndef g():\n    client('b', 60)\n",
    "a declared object beside what it gives": "from one import First\ndef make(cls, prefix):\n    first: First = cls()\n    if prefix:\n        chosen = first.parts()\n        return chosen\n    return first\ndef build(registry, name):\n    probe(make(registry.get(name), name))  #= typing.cast() | typing.cast().parts() | param registry.get().__call__() | param registry.get().__call__().parts()\n",
    "a mapping of Python": "import collections\nd = collections.defaultdict(list)\nd[q] = 3\nprobe(d[q])  #= 3\n",
    "data that a function of a library gives": "import json\nd = json.load(f)\nd['a'] = 3\nprobe(d[q])  #= json.load()[None]\n",
    "a default that the closure's context gives": "def make(x):\n    return lambda y=x: y\na = make(1)\nb = make(2)\nprobe(a())  #= 1\nprobe(b())  #= 2\n",
    "a parameter with a declared default": "import pydantic\ndef f(n=pydantic.Field(3)):\n    probe(n)  #= 3\n",
    "a parameter with a declaration only": "import pydantic\nclass K:\n    n = 3\ndef f(k: K = pydantic.Field(...)):\n    probe(k.n)  #= param k.n | 3\n",
    "what the metadata of an annotation brings": "import concurrent\nfrom typing import Annotated\nclass K:\n    n = 3\ndef make():\n    return K()\nA = Annotated[K, concurrent.submit(make)]\ndef f(x: A):\n    probe(x)  #= K()\ndef g(x: Annotated[K, concurrent.submit(make)]):\n    probe(x)  #= K()\ndef h(x: A = None):\n    probe(x)  #= None | K()\ndef i(x: Annotated[K, 'a text']):\n    probe(x.n)  #= param x.n | 3\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_kept(text):
    found, wanted = check(text)
    assert found == wanted


def test_settings_that_are_kept_there_themselves_cost_no_more():
    """`settings().set("x", 1)` asks what is kept under "settings", whose answer asks each such call: its key says at once that it is none."""
    sets = "".join(f"    settings().set('other.{number}', q)\n" for number in range(40))
    text = (
        "import ext\nDEFAULT = ext.Config()\next.context['settings'] = ext.Config()\next.context['user'] = 3\n"
        "def settings():\n    try:\n        return ext.context['settings']\n    except KeyError:\n        return DEFAULT\n"
        f"def go():\n{sets}    probe(ext.context['user'])  #= 3\n"
    )
    found, wanted = check(text)
    assert found == wanted
