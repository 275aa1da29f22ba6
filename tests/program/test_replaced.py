"""What `self` cannot be inside a method: an object of a subclass that has another method in its place."""

import pytest

from tests.program.ask import check

CASES = {
    "a replaced method": """class Base:
    def open(self):
        raise NotImplementedError
    def run(self):
        probe(self.open())  #= 1
        probe((lambda: self.open())())  #= 1
    def other(self):
        probe(self.open())  #= 1 | 2
class Plain(Base):
    def open(self):
        return 1
class Own(Base):
    def open(self):
        return 2
    def run(self):
        probe(self.open())  #= 2
""",
    "one that comes back": """class Base:
    def open(self):
        return 0
    def run(self):
        probe(self.open())  #= 0 | 1 | 2 | 3
class First(Base):
    def open(self):
        return 1
    def run(self):
        return super().run()
class Second(Base):
    def open(self):
        return 2
    def run(self):
        return 5
    def again(self):
        return Base.run(self)
class Third(First):
    def open(self):
        return 3
""",
    "of a subclass of what replaces it": """class Base:
    def __init__(self):
        probe(self.kind)  #= 'base'
    kind = "base"
class Own(Base):
    kind = "own"
    def __init__(self):
        self.x = 1
class Inner(Own):
    kind = "inner"
""",
}


@pytest.mark.parametrize("name", CASES)
def test_replaced(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted


@pytest.mark.parametrize(
    ("put", "wanted"),
    [("obj.run = inner", "1"), ("setattr(obj, 'run', inner)", "1"), ("other.run = inner", "1 | def wrap.inner")],
)
def test_a_wrapper_that_is_put_in_the_place_of_what_it_calls_does_not_call_itself(put: str, wanted: str) -> None:
    text = f"""
class A:
    def __init__(self):
        self.run = 1

def wrap(obj, other):
    run = obj.run
    def inner():
        probe(run)  #= {wanted}
    {put}

a = A()
wrap(a, a)
"""
    found, expected = check(text)
    assert found == expected
