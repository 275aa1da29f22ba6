"""Constant texts that are taken apart, defaults under unread mappings, objects that are called, and checks that say what a name is."""

import pytest

from tests.program.ask import answer, check, probes, program

CASES = {
    "split": """provider, model = "acme/small".split("/", maxsplit=1)
probe(provider)  #= 'acme'
probe(model)  #= 'small'
""",
    "split in the branch that is taken": """def load(full):
    if "/" in full:
        provider, model = full.split("/", maxsplit=1)
    else:
        provider, model = "", full
    return provider
probe(load("acme/small"))  #= 'acme'
probe(load("small"))  #= ''
""",
    "partition": """probe("a:b".partition(":")[2])  #= 'b'
""",
    "prefix": """probe("acme/small".removeprefix("acme/").upper())  #= 'SMALL'
""",
    "a field under a mapping from outside": """from dataclasses import dataclass
from runtime import settings
@dataclass
class Config:
    model: str = "small"
    @classmethod
    def of(cls):
        given = settings()
        return cls(**{k: v for k, v in given.items() if k})
probe(Config.of().model)  #= 'small'
""",
    "an object that is called": """class Base:
    pass
class Ask(Base):
    def __call__(self, session):
        probe(session)  #= 5
def apply(fn: Base):
    return fn(5)
apply(Ask())
""",
    "a text with unknown parts in another one": """import os
KEY = os.environ["KEY"]
HOST = f"https://acme.test/{KEY}"
probe(f"{HOST}/ask?key={KEY}")  #= text https://acme.test/{}/ask?key={}
""",
    "checked as an instance": """from runtime import load
class K:
    t = 3
def go():
    thing = load()[0]
    if isinstance(thing, K):
        probe(thing.t)  #= 3
def other(thing):
    if thing and isinstance(thing, K):
        probe(thing.t)  #= 3
""",
    "checked as a class": """import inspect
class Base:
    pass
class A(Base):
    t = 1
class B(Base):
    t = 2
def go(modules):
    for name, obj in modules:
        if issubclass(obj, Base) and obj != Base:
            probe(obj().t)  #= 1 | 2
""",
}


@pytest.mark.parametrize("name", CASES)
def test_what_reaches_it(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted


def test_texts_in_texts_do_not_grow_without_end() -> None:
    doubled = [f't{n + 1} = f"{{t{n}}}{{t{n}}}"' for n in range(60)]
    engine = program({"main.py": "\n".join(["import os", "t0 = f\"{os.environ['A']}a\"", *doubled, "probe(t60)"])})
    ((_, _, place, index),) = probes(engine)
    (found,) = answer(engine, place, index)
    assert len(found) < 20_000
