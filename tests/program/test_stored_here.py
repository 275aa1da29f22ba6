"""What an attribute of the own object holds where the same function has just stored it."""

import pytest

from tests.program.ask import check

CASES = {
    "each method has its own": """class K:
    def __init__(self):
        self.s = None
    def one(self):
        self.s = 1
        probe(self.s)  #= 1
    def two(self):
        self.s = 2
        probe([self.s for _ in range(3)])  #= [2]
    def use(self):
        probe(self.s)  #= None | 1 | 2
""",
    "on some ways only": """class K:
    def __init__(self):
        self.s = 0
    def one(self, x):
        if x:
            self.s = 1
            probe(self.s)  #= 1
        probe(self.s)  #= 0 | 1 | 2 | 3 | 4
        if x:
            self.s = 2
        else:
            self.s = 3
        probe(self.s)  #= 2 | 3
        try:
            self.s = 4
        except ValueError:
            pass
        probe(self.s)  #= 2 | 3 | 4
""",
    "stored anew meanwhile": """class K:
    def one(self):
        self.s = 1
        self.other()
        probe(self.s)  #= 1
        self.through()
        probe(self.s)  #= 1 | 2 | 3
    def handed(self):
        self.s = 1
        show(self)
        probe(self.s)  #= 1 | 2 | 3
    def passed(self):
        self.s = 1
        run(self.reset)
        probe(self.s)  #= 1 | 2 | 3
    def looped(self):
        self.s = 3
        for _ in range(3):
            probe(self.s)  #= 1 | 2 | 3
            self.through()
    def through(self):
        self.reset()
    def reset(self):
        self.s = 2
    def other(self):
        self.t = 5
""",
    "while": """class K:
    def one(self):
        self.s = 1
        while probe(self.s):  #= 1 | 2
            self.reset()
    def reset(self):
        self.s = 2
""",
    "a subclass stores": """class K:
    def one(self):
        self.s = 1
        self.hook()
        probe(self.s)  #= 1 | 2 | 3
        self.s = 3
        super().setup()
        probe(self.s)  #= 3
    def hook(self):
        pass
class L(K):
    def hook(self):
        self.s = 2
""",
    "what is not followed": """class K:
    def one(self):
        self.s = 1
        self.s += 1
        probe(self.s)  #= 1 | 2 | ?
        for self.s in (3, 4):
            probe(self.s)  #= 1 | 2 | ?
    def two(self):
        self.s = 2
        (lambda: probe(self.s))()  #= 1 | 2 | ?
""",
}


@pytest.mark.parametrize("name", CASES)
def test_stored_here(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted
