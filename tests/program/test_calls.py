"""Calls: results, contexts, guards, factories, parameters, callbacks, decorators and context managers."""

# ruff: noqa: E501

import pytest

from tests.program.ask import answer, check, probes, program

CASES = {
    "an object that stands for another": """from openai import OpenAI
class Lazy:
    def __init__(self, name):
        self.name = name
    def __getattr__(self, name):
        return getattr(make(self.name), name)
def client() -> OpenAI:
    return Lazy("OpenAI")
probe(client())  #= Lazy() | def client.__annotation__()
""",
    "wrappers that pass on what they are called with": """def retry_with(func, name="x", n=3):
    def wrapper(*args, **kwargs):
        for attempt in range(n + 1):
            try:
                return func(*args, **kwargs)
            except Exception:
                pass
    return wrapper
def direct(func, *args, **kwargs):
    for attempt in range(3):
        try:
            return func(*args, **kwargs)
        except Exception:
            pass
def one(a, b):
    probe(a)  #= 1
    probe(b)  #= [4]
def two(a, b, c=0):
    probe(a)  #= 2
    probe(b)  #= 5
    probe(c)  #= 9
def three(a, b):
    probe(a)  #= 7
    probe(b)  #= 8
def main():
    go = retry_with(func=one, name="one")
    go(1, [4])
    went = retry_with(two)
    went(2, 5, c=9)
    direct(three, 7, b=8)
main()
""",
    "partial that is handed out": "import ext\nfrom functools import partial\ndef f(s, t, u=3):\n    probe(t)  #= 1\n    probe(u)  #= 2\next.add(partial(f, u=2, t=1))\n",
    "partial by position that is handed out": "import ext\nfrom functools import partial\ndef f(s, t):\n    probe(s)  #= 1\next.add(partial(f, 1))\n",
    "result": "def f(x):\n    return x\nprobe(f(3))  #= 3\n",
    "keyword": "def f(x, y=2):\n    return y\nprobe(f(1, y=5))  #= 5\nprobe(f(1))  #= 2\n",
    "keyword only": "def f(*, t=2):\n    return t\nprobe(f(t=4))  #= 4\n",
    "two calls keep apart": "def f(x):\n    return x\nprobe(f(1))  #= 1\nprobe(f(2))  #= 2\n",
    "three deep": "def f(x):\n    return x\ndef g(x):\n    return f(x)\ndef h(x):\n    return g(x)\nprobe(h(3))  #= 3\n",
    "joined over callers": "def f(x):\n    probe(x)  #= 1 | 2\nf(1)\nf(2)\n",
    "default beside callers": "def f(x=3):\n    probe(x)  #= 1 | 3\nf(1)\nf()\n",
    "default without callers": "def f(x=3):\n    probe(x)  #= 3\n",
    "no caller": "def f(x):\n    probe(x)  #= param x\n",
    "annotation without a caller": "def f(x: Client):\n    probe(x)  #= param x\n",
    "annotation beside None": "def f(x: Client = None):\n    probe(x)  #= None | param x\n",
    "annotation is no setting": "def f(x: int = 3):\n    probe(x)  #= 3\n",
    "through two functions": "def f(x):\n    probe(x)  #= 3\ndef g(y):\n    f(y)\ng(3)\n",
    "recursion": "def f(n, x):\n    if n:\n        return f(n - 1, x)\n    return x\nprobe(f(2, 3))  #= 3\n",
    "mutual recursion": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x) or x\nprobe(f(3))  #= 3\n",
    "endless recursion": "def f(x):\n    return f(x)\nprobe(f(1))  #= \n",
    "if chain decided": """def make(p):
    if p == "a":
        return 1
    elif p == "b":
        return 2
    else:
        return 3
probe(make("a"))  #= 1
probe(make("b"))  #= 2
probe(make("z"))  #= 3
probe(make(q))  #= 1 | 2 | 3
""",
    "early returns": """def make(p):
    if p == "a":
        return 1
    if p in ("b", "c"):
        return 2
    raise ValueError(p)
probe(make("a"))  #= 1
probe(make("c"))  #= 2
""",
    "bound in branches": """def make(p):
    if p == "a":
        c = 1
    elif p == "b":
        c = 2
    else:
        raise ValueError
    return c
probe(make("a"))  #= 1
probe(make("b"))  #= 2
""",
    "match decided": """def make(p):
    match p:
        case "a" | "b":
            return 1
        case "c":
            return 2
        case _:
            return 3
probe(make("b"))  #= 1
probe(make("c"))  #= 2
probe(make("d"))  #= 3
""",
    "match guard": """def make(p, q):
    match p:
        case "a" if q:
            return 1
        case "a":
            return 2
probe(make("a", True))  #= 1
probe(make("a", False))  #= 2
""",
    "match of a shape": """def make(p):
    match p:
        case {"k": v}:
            return 1
        case [a, b]:
            return 2
        case Thing():
            return 3
    return 4
probe(make(q))  #= 1 | 2 | 3 | 4
""",
    "is None decided": "def f(x=None):\n    if x is None:\n        return 1\n    return x\nprobe(f())  #= 1\nprobe(f(5))  #= 5\n",
    "not decided": "def f(x=None):\n    if not x:\n        x = 3\n    return x\nprobe(f())  #= 3\nprobe(f(4))  #= 4\n",
    "enum guard": """from enum import Enum
class P(Enum):
    A = "a"
    B = "b"
def make(p):
    if p == P.A:
        return 1
    if p is P.B:
        return 2
probe(make(P.A))  #= 1
probe(make(P.B))  #= 2
""",
    "isinstance guard": """class A: pass
class B: pass
def f(x):
    if isinstance(x, A):
        return 1
    return 2
probe(f(A()))  #= 1
""",
    "whether it is a class": """import inspect
class A: pass
def a(): pass
def f(x):
    if not inspect.isclass(x):
        return 1
    return 2
def g(x):
    return 1 if isinstance(x, type) else 2
probe(f(A))  #= 2
probe(f(a))  #= 1
probe(f(A()))  #= 1
probe(f(q))  #= 1 | 2
probe(g(A))  #= 1
probe(g(a))  #= 2
""",
    "conditional expression decided": "def f(p):\n    return 1 if p == 'a' else 2\nprobe(f('a'))  #= 1\nprobe(f('b'))  #= 2\n",
    "number guard": "def f(n):\n    if n > 3:\n        return 1\n    return 2\nprobe(f(5))  #= 1\nprobe(f(1))  #= 2\n",
    "text lowered": "def f(p):\n    if p.lower() == 'a':\n        return 1\n    return 2\nprobe(f('A'))  #= 1\n",
    "dict dispatch": """def a(): return 1
def b(): return 2
TABLE = {"a": a, "b": b}
def make(p):
    return TABLE[p]()
probe(make("b"))  #= 2
probe(make(q))  #= 1 | 2
""",
    "dict dispatch with get": """TABLE = {"a": 1}
def make(p):
    return TABLE.get(p, 9)
probe(make("a"))  #= 1
probe(make("z"))  #= 9
""",
    "dict of classes": """class A:
    t = 1
class B:
    t = 2
probe({"a": A, "b": B}["b"]().t)  #= 2
""",
    "partial": "from functools import partial\ndef f(x, y, z=0):\n    return x, y, z\ng = partial(f, 1, z=3)\na, b, c = g(2)\nprobe(a)  #= 1\nprobe(b)  #= 2\nprobe(c)  #= 3\n",
    "partial's parameter": "from functools import partial\ndef f(x, y):\n    probe(x)  #= 1\n    probe(y)  #= 2\ng = partial(f, 1)\ng(2)\n",
    "keywords from a literal": 'def f(t=1):\n    return t\nprobe(f(**{"t": 5}))  #= 5\n',
    "keywords built up": """def f(t=1, u=2):
    return t, u
kw = {"t": 5}
kw["u"] = 6
a, b = f(**kw)
probe(a)  #= 5
probe(b)  #= 6
""",
    "keywords updated": 'def f(t=1):\n    return t\nkw = {}\nkw.update({"t": 5})\nprobe(f(**kw))  #= 5\n',
    "keywords updated by name": "def f(t=1):\n    return t\nkw = {}\nkw.update(t=5)\nprobe(f(**kw))  #= 5\n",
    "keywords merged": 'def f(t=1):\n    return t\na = {"t": 5}\nb = {"u": 6}\nprobe(f(**{**a, **b}))  #= 5\nprobe(f(**(a | b)))  #= 5\n',
    "keywords of dict()": "def f(t=1):\n    return t\nprobe(f(**dict(t=5)))  #= 5\n",
    "keywords passed on": "def f(**kw):\n    return g(**kw)\ndef g(t=1):\n    return t\nprobe(f(t=5))  #= 5\nprobe(f())  #= 1\n",
    "keywords read": 'def f(**kw):\n    probe(kw["t"])  #= 5\n    probe(kw.get("u", 7))  #= 7\nf(t=5)\n',
    "keywords popped": 'def f(**kw):\n    probe(kw.pop("t", 7))  #= 5\nf(t=5)\n',
    "keywords not read": "def f(t=1):\n    return t\ndef g(**kw):\n    return f(**kw)\nprobe(g(**q))  #= 1\n",
    "positional rest": "def f(*a):\n    return a\nprobe(f(1, 2)[1])  #= 2\nx, y = f(3, 4)\nprobe(x)  #= 3\n",
    "starred argument": "def f(x, y):\n    return y\nprobe(f(*[1, 2]))  #= 1 | 2\n",
    "callback called": "def run(f):\n    return f(3)\ndef cb(x):\n    return x\nprobe(run(cb))  #= 3\n",
    "callback's parameter": "def run(f):\n    return f(3)\ndef cb(x):\n    probe(x)  #= 3\nrun(cb)\n",
    "lambda passed": "def run(f):\n    return f()\nprobe(run(lambda: 4))  #= 4\n",
    "runner": "import asyncio\nasync def f(x):\n    return x\nprobe(asyncio.run(f(3)))  #= 3\n",
    "runner of a function": "import asyncio\ndef f():\n    return 3\nasync def g():\n    probe(await asyncio.to_thread(f))  #= 3\n",
    "async function": "async def f():\n    return 3\nasync def g():\n    probe(await f())  #= 3\n",
    "generator": "def f():\n    yield 1\n    yield 2\nfor x in f():\n    probe(x)  #= 1 | 2\n",
    "generator of a generator": "def f():\n    yield 1\ndef g():\n    yield from f()\nfor x in g():\n    probe(x)  #= 1\n",
    "async generator": "async def f():\n    yield 1\nasync def g():\n    async for x in f():\n        probe(x)  #= 1\n",
    "next of a generator": "def f():\n    yield 1\nprobe(next(f()))  #= 1\n",
    "next of a comprehension": "import ext\nxs = [ext.A()]\nprobe(next((x for x in xs if x.ok), None))  #= ext.A() | None\n",
    "plain decorator keeps the function": "import functools\n@functools.lru_cache(maxsize=1)\ndef f():\n    return 3\nprobe(f())  #= 3\n",
    "own decorator": """import functools
def deco(fn):
    @functools.wraps(fn)
    def inner(*a, **k):
        return fn(*a, **k)
    return inner
@deco
def f(x):
    return x
probe(f(3))  #= 3
""",
    "own decorator with arguments": """def retry(n):
    def deco(fn):
        def inner(*a):
            probe(n)  #= 5
            return fn(*a)
        return inner
    return deco
@retry(5)
def f(x):
    return x
probe(f(3))  #= 3
""",
    "contextmanager": """from contextlib import contextmanager
@contextmanager
def make(t):
    yield t
with make(3) as x:
    probe(x)  #= 3
""",
    "async contextmanager": """from contextlib import asynccontextmanager
@asynccontextmanager
async def make():
    yield 3
async def f():
    async with make() as x:
        probe(x)  #= 3
""",
    "enter gives self": "class K:\n    t = 3\n    def __enter__(self):\n        return self\n    def __exit__(self, *a): pass\nwith K() as k:\n    probe(k.t)  #= 3\n",
    "a constant is no enum": "def f(x):\n    if isinstance(x, str):\n        return x\n    return x.value\nprobe(f('a'))  #= 'a'\n",
    "enter gives two": "class K:\n    def __enter__(self):\n        return self, 5\nwith K() as (k, n):\n    probe(n)  #= 5\n",
    "enter gives another": "class K:\n    def __enter__(self):\n        return 5\nwith K() as k:\n    probe(k)  #= 5\n",
    "exit stack": "from contextlib import ExitStack\nimport ext\nwith ExitStack() as s:\n    c = s.enter_context(ext.Client())\n    probe(c)  #= ext.Client()\n",
    "two managers": "import ext\nwith ext.A() as a, ext.B() as b:\n    probe(b)  #= ext.B()\n",
    "getenv": 'import os\nprobe(os.getenv("X", "3"))  #= env X or \'3\'\nprobe(os.environ.get("Y"))  #= env Y\nprobe(os.environ["Z"])  #= env Z\n',
    "getenv imported": 'from os import environ, getenv\nprobe(getenv("X"))  #= env X\nprobe(environ.get("Y", 2))  #= env Y or 2\nprobe(environ["Z"])  #= env Z\n',
    "a variable that switches off": """import os
v = os.getenv("N", "60")
probe(int(v) if v else None)  #= env N or '60'
probe(None if not v.strip() else int(v))  #= env N or '60'
probe(int(v) if v != "" else None)  #= env N or '60'
probe(5 if os.environ.get("N", "60") != "" else None)  #= 5
probe(None if v is None else v)  #= env N or '60'
probe(None if v in ("none", "0") else v)  #= env N or '60'
probe(None if v == "60" else v)  #= None | env N or '60'
""",
    "a variable that chooses, and one without a default": """import os
mode, v, e = os.getenv("MODE", "a"), os.getenv("N"), os.getenv("E", "")
probe(5 if mode == "a" else None)  #= 5 | None
probe(int(v) if v else None)  #= env N | None
probe(int(e) if e != "" else None)  #= env E or '' | None
probe(5 if other else None)  #= 5 | None
""",
    "getenv as a number": 'import os\nprobe(int(os.getenv("X", "3")))  #= env X or \'3\'\nprobe(os.getenv("X") or 4)  #= env X or 4\n',
    "external call": "import ext\nprobe(ext.make(1))  #= ext.make()\nprobe(ext.C().run())  #= ext.C().run()\nprobe(ext.C().a.b)  #= ext.C().a.b\n",
    "fluent chain": "import ext\nprobe(ext.C().a().b())  #= ext.C().a().b()\n",
    "subscripted callee": "import ext\nprobe(ext.Agent[int](1))  #= ext.Agent()\n",
    "cast of what nothing is known of": "from typing import cast\nclass A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return 2\ndef g(x):\n    probe(cast(B, x).f)  #= param x.f | def B.f\n    probe(cast('B', x).f)  #= param x.f | def B.f\n",
    "cast of any object of a wider class": "from typing import cast\nclass A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return 2\ndef g(x: A):\n    probe(cast(B, x).f)  #= param x.f | def B.f\n",
    "cast of an object that is known": "from typing import cast\nclass A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return 2\nprobe(cast(B, A()).f)  #= def A.f\n",
    "cast to a list is no cast to what is in it": "from typing import cast\nclass A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return 2\ndef g(x):\n    probe(cast(list[B], x).f)  #= param x.f | typing.cast().f\n",
    "a field of settings may be set": "from conf import Settings\nclass C(Settings):\n    key: str = None\n    kind: str = 'a'\nc = C()\ndef make():\n    if c.key:\n        return 1\n    if c.kind == 'b':\n        return 2\n    return 3\nprobe(make())  #= 1 | 2 | 3\n",
    "a field of settings that the constructor is given": "from conf import Settings\nclass C(Settings):\n    key: str = None\n    kind: str = 'a'\nc = C(key='', kind='b')\ndef make():\n    if c.key:\n        return 1\n    if c.kind == 'b':\n        return 2\n    return 3\nprobe(make())  #= 2\n",
    "a field of another class has its default": "from other import Base\nclass C(Base):\n    key: str = None\n    kind: str = 'a'\nc = C()\ndef make():\n    if c.key:\n        return 1\n    if c.kind == 'b':\n        return 2\n    return 3\nprobe(make())  #= 3\n",
    "cast": "from typing import cast\nprobe(cast(int, 3))  #= 3\n",
    "deepcopy": "import copy\nx = [1]\nprobe(copy.deepcopy(x))  #= [1]\n",
    "called on any of two": "import ext\nc = ext.A() if q else ext.B()\nprobe(c.run())  #= ext.A().run() | ext.B().run()\n",
    "function returned": "def f():\n    def g():\n        return 3\n    return g\nprobe(f()())  #= 3\n",
    "method by receiver only": """class A:
    def run(self, x):
        probe(x)  #= 1
class B:
    def run(self, x):
        probe(x)  #= 2
A().run(1)
B().run(2)
""",
    "call in its own argument": "def f(x):\n    return x\nprobe(f(f(3)))  #= 3\n",
    "assigned in a try": "def f():\n    try:\n        return 1\n    except E:\n        return 2\nprobe(f())  #= 1 | 2\n",
    "returns nothing": "def f():\n    pass\nprobe(f())  #= \n",
    "falls off the end": "def f(a):\n    if a:\n        return 1\nprobe(f(q))  #= 1\n",
    "typed result": "def f() -> Client: ...\nprobe(f())  #= def f.__annotation__()\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_calls(text):
    found, wanted = check(text)
    assert found == wanted


def test_a_number_in_an_example_is_not_what_the_program_passes() -> None:
    files = {
        "lib.py": "def ask(n, client=None):\n    probe(n)\n    probe(client)\n\ndef main(args):\n    ask(args.n)\n",
        "examples/a.py": "import lib, sdk\nlib.ask(8, sdk.Client())\n",
    }

    def found(files: dict[str, str]) -> list[set[str]]:
        engine = program(files, shows=("examples/a.py",))
        return [answer(engine, place, index) for path, _, place, index in probes(engine) if path == "lib.py"]

    assert found(files) == [{"param args.n"}, {"None", "sdk.Client()"}]
    assert found({**files, "lib.py": files["lib.py"].split("def main")[0]})[0] == {"8"}, "who calls it else is not known"


BRANCH = """TABLE = {{"a": 1, "b": 2}}
GROWN = ["a"]
MERGED = {{"a": 1, **elsewhere()}}
GROWN.append("b")
class Kind(str, Enum):
    A = "a"
def make(p):
    if {}:
        return 1
    return 2
probe(make({}))  #= {}
"""


@pytest.mark.parametrize(
    ("test", "given", "told"),
    [
        ("p in ['a', 'b']", "'a'", "1"),
        ("p in ('a', 'b')", "'z'", "2"),
        ("p not in {'a', 'b'}", "'z'", "1"),
        ("p in frozenset(['a'])", "'z'", "2"),
        ("p in TABLE", "'b'", "1"),
        ("p in TABLE.keys()", "'z'", "2"),
        ("TABLE.get(p)", "'z'", "2"),
        ("p in ['z'] + list(TABLE)", "'a'", "1"),
        ("p in GROWN", "'a'", "1"),
        ("p in GROWN", "'b'", "1 | 2"),
        ("p in GROWN", "'z'", "2"),
        ("p in MERGED", "'z'", "1 | 2"),
        ("p in elsewhere()", "'a'", "1 | 2"),
        ("p.startswith('a')", "'ab'", "1"),
        ("p.endswith(('x', 'y'))", "'ab'", "2"),
        ("p.startswith(elsewhere())", "'ab'", "1 | 2"),
        ("p == 'a'", "Kind.A", "1 | 2"),
        ("p", "exists('a')", "1 | 2"),
        ("p", "Client('a')", "1"),
    ],
)
def test_branches_that_what_a_call_gives_leaves_out(test, given, told):
    text = "from enum import Enum\nfrom outside import Client, elsewhere, exists\n" + BRANCH.format(test, given, told)
    found, wanted = check(text)
    assert found == wanted
