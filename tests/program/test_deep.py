"""Calls deeper than contexts reach: the last call is exact, and what stands around it is not mixed between callers."""

import pytest

from tests.program.ask import check

CASES = {
    "a helper called at two places, deep down": """import os
def value(name, default=None):
    found = os.getenv(name)
    return found if found is not None else default
def make():
    key = value("KEY")
    return [int(value("T", default=180)), value("R", 5), key]
def a():
    return make()
def b():
    return a()
def c():
    return b()
def d():
    return c()
probe(d()[0])  #= env T or 180
probe(d()[1])  #= env R or 5
""",
    "one value through many calls": """def f1(t):
    return t
def f2(t):
    return f1(t)
def f3(t):
    return f2(t)
def f4(t):
    return f3(t)
def f5(t):
    return f4(t)
probe(f5(7))  #= 7
""",
    "values of two callers that are too far away": """def f1(t):
    return t
def f2(t):
    return f1(t)
def f3(t):
    return f2(t)
def f4(t):
    return f3(t)
def f5(t):
    return f4(t)
probe(f5(7))  #= ?
probe(f5(8))  #= ?
""",
    "objects of two callers that are too far away": """from lib import A, B
def f1(t):
    return t
def f2(t):
    return f1(t)
def f3(t):
    return f2(t)
def f4(t):
    return f3(t)
def f5(t):
    return f4(t)
probe(f5(A()))  #= lib.A() | lib.B()
probe(f5(B()))  #= lib.A() | lib.B()
""",
    "an object made deep down": """class K:
    def __init__(self, t):
        self.t = t
def make():
    return [K(3), K(4)]
def a():
    return make()[0]
def b():
    return a()
def c():
    return b()
probe(c().t)  #= 3
""",
    "no number can be made of None": """import os
def pick(x):
    return 5 if x else None
probe(int(pick(q)))  #= 5
probe(float(os.getenv("T", None)))  #= env T
probe(int(None))  #= ?
""",
    "a default behind a test": """import os
v = os.getenv("T")
probe(v if v else 5)  #= env T or 5
probe(v if v is not None else 5)  #= env T or 5
probe(5 if v is None else v)  #= env T or 5
probe(5 if not v else v)  #= env T or 5
probe(5 if other else v)  #= env T | 5
""",
}


@pytest.mark.parametrize("name", CASES)
def test_what_reaches_it(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted
