"""What checks around a use leave of the objects that can reach it."""

import pytest

from tests.program.ask import check

KINDS = """from enum import Enum
class Kind(Enum):
    ONE = "one"
    TWO = "two"
    THREE = "three"
class Base:
    kind = None
class One(Base):
    kind = Kind.ONE
class Two(Base):
    kind = Kind.TWO
class Three(Base):
    def __init__(self):
        self.kind = Kind.THREE
"""
GATED = """from one import First
from two import Second
from three import third
class Base:
    def __init__(self):
        self.model = self.make()
    def make(self):
        raise NotImplementedError
    def run(self):
        if isinstance(self.model, First):
            self.with_first()
        else:
            self.with_others()
    def with_first(self):
        probe(self.model)  #= one.First() | three.third()
        probe(self.make())  #= one.First() | three.third()
    def with_others(self):
        probe(self.model)  #= two.Second() | three.third()
    def with_any(self):
        probe(self.make())  #= one.First() | two.Second() | three.third()
class A(Base):
    def make(self):
        return First()
class B(Base):
    def make(self):
        return Second()
class C(Base):
    def make(self):
        return third()
"""
CASES = {
    "an attribute that is checked where the method is called": GATED,
    "a method that is called elsewhere, too": GATED.replace("one.First() | three.third()", "one.First() | two.Second() | three.third()")
    + """def use(x):
    x.with_first()
""",
    "a class of which nothing is known": GATED.replace("from two", "from unknown")
    .replace("two.Second()", "unknown.Second()")
    .replace("one.First() | three.third()", "one.First() | unknown.Second() | three.third()"),
    "an attribute that says what it is": KINDS
    + """def use(x):
    if x.kind == Kind.ONE:
        probe(x)  #= One()
    elif x.kind in (Kind.TWO, Kind.THREE):
        probe(x)  #= Two() | Three()
    else:
        probe(x)  #= Three()
    if x.kind is not Kind.TWO:
        probe(x)  #= One() | Three()
        x = Two()
        probe(x)  #= Two()
    match x.kind:
        case Kind.ONE | Kind.TWO:
            probe(x)  #= One() | Two()
        case Kind.THREE:
            probe(x)  #= Three()
        case _:
            probe(x)  #= One() | Two() | Three()
def left(x):
    if x.kind == Kind.ONE and input():
        return
    probe(x)  #= One() | Two() | Three()
    if x.kind == Kind.ONE:
        return
    probe(x)  #= Two() | Three()
for x in (One(), Two(), Three()):
    use(x)
    left(x)
""",
    "a value": KINDS
    + """TABLE = {"b": 1, "c": 2}
GROWN = ["b"]
def use(x):
    if x == "a":
        probe(x)  #= 'a'
    elif x in ["b"]:
        probe(x)  #= 'b'
    elif x in ("c", "e"):
        probe(x)  #= 'c'
    else:
        probe(x)  #= 'd'
    if x in TABLE:
        probe(x)  #= 'b' | 'c'
    if x in GROWN:
        probe(x)  #= 'b' | 'c'
    else:
        probe(x)  #= 'a' | 'c' | 'd'
    if x in elsewhere():
        probe(x)  #= 'a' | 'b' | 'c' | 'd'
    if x not in {"a", "b"}:
        probe(x)  #= 'c' | 'd'
        for _ in range(2):
            y = x
            x = "a"
            probe(y)  #= 'a' | 'b' | 'c' | 'd'
    match x:
        case "a" | "b":
            probe(x)  #= 'a' | 'b'
        case _:
            probe(x)  #= 'a' | 'b' | 'c' | 'd'
def grow():
    GROWN.append("c")
for each in ("a", "b", "c", "d"):
    use(each)
""",
    "what the callers give with a value": """class Kind(str, Enum):
    ONE = "one"
def use(name, limit, kind=None):
    probe(limit)  #= 1 | 2 | 3
    if name == "a":
        probe(limit)  #= 1
    elif name in ["b", "z"]:
        probe(limit)  #= 2
    else:
        probe(limit)  #= 3
    if kind == "one":
        probe(limit)  #= 1 | 2 | 3
    match name:
        case "c":
            probe(limit)  #= 3
    if name.startswith("b"):
        probe(limit)  #= 2
    if other == "b":
        probe(limit)  #= 1 | 2 | 3
use("a", 1, Kind.ONE)
use("b", 2, outside())
use("c", limit=3, kind=Kind.ONE)
""",
    "a class": KINDS
    + """from typing import Protocol
class Able(Protocol):
    def go(self): ...
def use(x):
    if isinstance(x, One):
        probe(x)  #= One()
    elif isinstance(x, (Two, Able)):
        probe(x)  #= Two() | Three()
    else:
        probe(x)  #= Three()
    if not isinstance(x, Base):
        probe(x)  #= One() | Two() | Three()
    if isinstance(x, dict):
        probe(x)  #= One() | Two() | Three()
use(One())
use(Two())
use(Three())
""",
    "of an attribute": KINDS
    + """class Holder:
    def __init__(self, x):
        self.x = x
    def go(self):
        if self.x.kind == Kind.TWO:
            probe(self.x)  #= Two()
            self.x = One()
            probe(self.x)  #= One()
Holder(One())
Holder(Two())
""",
}


@pytest.mark.parametrize("name", CASES)
def test_checked(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted
