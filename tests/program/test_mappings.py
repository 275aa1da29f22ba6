"""Objects whose fields are read as a mapping."""

import pytest

from auditor.program.origins.mappings import MODELS, Models
from tests.program.ask import answer, check, probes, program

MODEL = """from typing import ClassVar
from pydantic import BaseModel, Field
class Base(BaseModel):
    name: str = "b"
class Args(Base):
    KIND: ClassVar[int] = 1
    tokens: int = Field(default=3)
    stop: str = None
    _own: int = 4
def ask(**given):
    probe(given.get("tokens", "none"))  #= {}
    probe(given.get("_own", "none"))  #= {}
    probe(given.get("KIND", "none"))  #= {}
"""
CASES = {
    "the fields of a model": MODEL.format(3, "'none'", "'none'") + "ask(**Args().model_dump())",
    "what it is given": MODEL.format(9, "'none'", "'none'") + "ask(**Args(tokens=9).model_dump(exclude_none=True))",
    "what is left out": MODEL.format("'none'", "'none'", "'none'") + "ask(**Args().model_dump(exclude={'tokens'}))",
    "what is said otherwise": MODEL.format("'none'", "'none'", "'none'") + "ask(**Args().model_dump(exclude_unset=True))",
    "what it holds besides": MODEL.format(3, 4, "'none'") + "ask(**Args().model_dump(), **vars(Args()))",
    "a model in a model": """from pydantic import BaseModel, Field
class Args(BaseModel):
    tokens: int = Field(default=3)
    other: int = 4
class Chat(BaseModel):
    args: Args = Field(default_factory=Args)
    def __init__(self, **given):
        args = Args().model_dump()
        for key, value in args.items():
            args[key] = given.pop(key, value)
        super().__init__(args=args)
    def ask(self):
        probe(self.args.model_dump()["tokens"])  #= 3 | 7
        probe(self.args.other)  #= 4
Chat(tokens=7).ask()
Chat().ask()
""",
    "a dataclass": """import dataclasses
from dataclasses import dataclass, asdict
@dataclass
class Limits:
    tokens: int = 5
    name: str = "x"
    def more(self):
        self.later = 6
limits = Limits(8)
probe(asdict(limits)["tokens"])  #= 8
probe(dataclasses.asdict(limits).get("later", 0))  #= 0
probe(vars(limits)["later"])  #= 6
probe(limits.__dict__["name"])  #= 'x'
""",
    "any object": """class Plain:
    def __init__(self, n):
        self.n = n
probe(vars(Plain(2))["n"])  #= 2
probe(Plain(4).__dict__["n"])  #= 4
""",
    "a store under the same key": """def copied(other, *names):
    mine = {"a": 1, "b": 2}
    for key in names:
        mine[key] = other.get(key, mine[key])
    return mine
probe(copied({"a": 5}, "a", "b")["a"])  #= 5 | 1
probe(copied({"a": 5}, "a", "b")["b"])  #= 2
""",
    "what is made of that under the same key": """REGISTRY = {}
def register(name):
    def enter(cls):
        REGISTRY[name] = cls
        return cls
    return enter
@register("a")
class A: pass
@register("c")
class C: pass
class Holder:
    def __init__(self, names):
        self.made = {}
        self.other = {}
        for name in names:
            self.made[name] = REGISTRY[name](name)
            self.other[name] = REGISTRY[name.lower()](name)
        probe(self.made["c"])  #= C()
        probe(self.other["c"])  #= A() | C()
Holder(load())
""",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_fields_under_their_names(text):
    found, wanted = check(text)
    assert found == wanted


OPEN = """from pydantic import BaseModel
class Args(BaseModel):
    {}
def ask(tokens):
    probe(tokens)  #= {}
ask(**Args(tokens=3).model_dump())
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [("model_config = {'extra': 'allow'}", "?"), ("class Config: extra = 'allow'", "?"), ("other: int = 3", "param tokens")],
)
def test_a_model_that_takes_more_is_open(body, told):
    found, wanted = check(OPEN.format(body, told))
    assert found == wanted


OF_THE_CLASS = """import typing as t
from dataclasses import asdict, dataclass
from typing import Annotated, ClassVar as Shared
from pydantic import BaseModel
from own import ClassVar
@dataclass
class Limits:
    one: Shared[int] = 1
    two: "t.ClassVar[int]" = 2
    three: Annotated[Shared[int], "x"] = 3
    four: t.ClassVar = 4
    five: ClassVar[int] = 5
    six: int = 6
def ask(**given):
    probe(given.get("one", "none"))  #= 'none'
    probe(given.get("two", "none"))  #= 'none'
    probe(given.get("three", "none"))  #= 'none'
    probe(given.get("four", "none"))  #= 'none'
    probe(given.get("five", "none"))  #= 8
    probe(given.get("six", "none"))  #= 9
ask(**asdict(Limits(8, 9)))
probe(Limits(8, 9).one)  #= 1
"""


def test_what_belongs_to_the_class_is_no_field():
    found, wanted = check(OF_THE_CLASS)
    assert found == wanted


def test_the_words_of_models_are_those_that_are_known_of_their_library():
    engine = program({"main.py": OPEN.format("Config = 1", "")})
    engine.memo[MODELS] = {"pydantic.BaseModel": Models(frozenset(("model_dump",)))}
    ((_, _, place, index),) = probes(engine)
    assert answer(engine, place, index) == {"param tokens"}
