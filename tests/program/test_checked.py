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
CASES = {
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
