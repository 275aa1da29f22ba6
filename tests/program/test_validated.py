"""Fields that the validators of a class put in, or change."""

from __future__ import annotations

import pytest

from tests.program.ask import check

HEAD = """from typing import Any
from ext import Client
from pydantic import BaseModel, Field, field_validator, model_validator, root_validator, validator
"""
CASES = {
    "a client made of other fields": """
class C(BaseModel):
    client: Any = Field(default=None, exclude=True)
    wait: float = Field(default=None, alias="timeout")
    @root_validator(allow_reuse=True)
    def make(cls, values):
        probe(values["wait"])  #= None | 7 | 8
        probe(values.get("other", 5))  #= 5
        values["client"] = Client(values["wait"]).chat
        return values
    def ask(self):
        probe(self.client)  #= ext.Client().chat
C().ask()
C(timeout=7).ask()
C(wait=8).ask()
probe(C(timeout=7).wait)  #= 7
""",
    "only where there is none": """
class C(BaseModel):
    client: Any = None
    other: Any = None
    @root_validator()
    def make(cls, values):
        if not values.get("client"):
            values["client"] = Client()
        if values["other"] is None:
            values["other"] = 3
        return values
probe(C().client)  #= ext.Client()
probe(C(client=None).other)  #= 3
probe(C(other=0).other)  #= 0
""",
    "on one way only": """
class C(BaseModel):
    wait: int = 4
    @root_validator
    def make(cls, values):
        if ext_flag():
            values["wait"] = 9
        return values
probe(C().wait)  #= 4 | 9
probe(C(wait=5).wait)  #= 5 | 9
""",
    "what it was before": """
class C(BaseModel):
    wait: int = None
    other: int = 2
    @root_validator
    def make(cls, values):
        probe(values["wait"])  #= None | 6
        values["wait"] = values["wait"] or 30
        probe(values["wait"])  #= 30 | 6
        values.update(other=values["wait"])
        return values
probe(C().wait)  #= 30
probe(C(wait=6).wait)  #= 6
probe(C(wait=6).other)  #= 6
""",
    "before there are defaults": """
class C(BaseModel):
    wait: int = 30
    client: Any = None
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        probe(values.get("wait", 10))  #= 10 | 20
        values["client"] = Client(values.get("wait", 10))
        return values
C(wait=20)
probe(C().wait)  #= 30
probe(C().client)  #= ext.Client()
""",
    "the last of the early ones runs first": """
class C(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def second(cls, values):
        probe(values["wait"])  #= 5
        values["wait"] = 6
        return values
    @model_validator(mode="before")
    @classmethod
    def first(cls, values):
        values["wait"] = 5
        return values
probe(C().wait)  #= 6
""",
    "where it is not given": """
class C(BaseModel):
    wait: int = 30
    @root_validator(pre=True)
    def make(cls, values):
        if "wait" not in values:
            values["wait"] = 5
        return values
probe(C().wait)  #= 5
probe(C(wait=None).wait)  #= None
""",
    "another mapping": """
class C(BaseModel):
    wait: int = 30
    tries: int = 1
    @model_validator(mode="before")
    @classmethod
    def make(cls, data):
        data = dict(data)
        data["tries"] = 2
        return {**data, "wait": 5}
probe(C().wait)  #= 5
probe(C(tries=7).tries)  #= 2 | 7
""",
    "the value of a field": """
class C(BaseModel):
    wait: int = None
    tries: int = None
    @validator("wait", always=True)
    def set_wait(cls, v):
        return v or 30
    @field_validator("tries")
    @classmethod
    def set_tries(cls, v):
        if v is None:
            return 3
        return v
probe(C().wait)  #= 30
probe(C(wait=4).wait)  #= 4
probe(C().tries)  #= None
probe(C(tries=None).tries)  #= 3
probe(C(tries=5).tries)  #= 5
""",
    "in a base, and replaced": """
class B(BaseModel):
    wait: int = 1
    tries: int = 1
    @root_validator
    def make(cls, values):
        values["wait"] = 2
        return values
    @root_validator
    def more(cls, values):
        values["tries"] = 2
        return values
class C(B):
    @root_validator
    def make(cls, values):
        values["wait"] = 3
        return values
probe(C().wait)  #= 3
probe(C().tries)  #= 2
probe(B().wait)  #= 2
""",
    "a helper of the class": """
class C(BaseModel):
    client: Any = None
    wait: int = 12
    @classmethod
    def _make(cls, values):
        return Client(values["wait"])
    @root_validator
    def make(cls, values):
        values["client"] = cls._make(values)
        return values
probe(C().client)  #= ext.Client()
""",
    "no field": """
class C(BaseModel):
    wait: int = 12
    @root_validator
    def make(cls, values):
        values["_client"] = Client()
        return values
probe(C()._client)  #= ext.Client()
probe(C()._other)  #= C()._other
""",
    "a decorator of the same name": """
from own import root_validator as checks
class C(BaseModel):
    wait: int = 12
    @checks
    def make(cls, values):
        values["wait"] = 3
        return values
probe(C().wait)  #= 12
""",
    "another function of the class": """
class C(BaseModel):
    wait: int = 12
    def make(self, values):
        values["wait"] = 3
        return values
    @model_validator(mode="after")
    def check(self):
        if self.wait > 3:
            self.wait = 13
        return self
probe(C().wait)  #= 12 | 13
""",
    "handed to a function that is not read": """
from ext import normalize
class C(BaseModel):
    wait: int = 30
    tries: int = 3
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        normalize(values)
        values["tries"] = 4
        return values
probe(C().wait)  #= ?
probe(C(wait=5).wait)  #= ?
probe(C().tries)  #= 4
""",
    "given back by a function that is not read": """
from ext import normalize
class C(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        return normalize(values)
probe(C().wait)  #= ?
""",
    "asked for one key by a library, and freed of what is no field": """
from ext import key_or_variable
class C(BaseModel):
    wait: int = 30
    key: str = ""
    more: dict = {}
    @model_validator(mode="before")
    @classmethod
    def rest(cls, values):
        more = values.get("more", {})
        for name in list(values):
            if name not in ("wait", "key"):
                more[name] = values.pop(name)
        return values
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        values["key"] = key_or_variable(values, "key", "KEY")
        return values
class D(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        for name in list(values):
            values.pop(name)
        return values
class E(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        values = key_or_variable(values)
        return values
probe(C().wait)  #= 30
probe(D().wait)  #= ?
probe(E().wait)  #= ?
""",
    "handed to a function of the program": """
def fix(given):
    given["wait"] = 5
def look(given):
    print(given, len(given))
    return given.get("wait")
class C(BaseModel):
    wait: int = 30
    tries: int = 3
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        fix(values)
        look(values)
        return values
class D(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        look(values)
        isinstance(values, dict)
        return values
probe(C().wait)  #= ?
probe(C().tries)  #= 3
probe(D().wait)  #= 30
probe(D(wait=4).wait)  #= 4
""",
    "handed to what only reads it, and to what cannot be told": """
import json
import logging
import operator
logger = logging.getLogger(__name__)
def spread(*given):
    given[0]["wait"] = 5
def run(given, what):
    what(given)
class C(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        logger.debug("got %s", values)
        logging.info(json.dumps(values))
        cls.look(values)
        return values
    @staticmethod
    def look(given):
        given["tries"] = 1
class D(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        spread(values)
        return values
class E(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        run(values, Client().fix)
        return values
class F(BaseModel):
    wait: int = 30
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        operator.setitem(values, "wait", 5)
        return values
probe(C().wait)  #= 30
probe(D().wait)  #= ?
probe(E().wait)  #= ?
probe(F().wait)  #= ?
""",
    "under another name": """
class C(BaseModel):
    wait: int = 30
    tries: int = 3
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        data = values
        data["wait"] = 5
        return values
probe(C().wait)  #= ?
probe(C().tries)  #= 3
""",
    "taken out, and put under another key": """
class C(BaseModel):
    wait: int = 30
    tries: int = 3
    other: int = 2
    @model_validator(mode="before")
    @classmethod
    def make(cls, values):
        if "timeout" in values:
            values["wait"] = values.pop("timeout")
        values.pop("tries", None)
        return values
probe(C(timeout=9).wait)  #= 9 | 30
probe(C(tries=9).tries)  #= ?
probe(C(other=9).other)  #= 9
""",
    "around the validation": """
class C(BaseModel):
    wait: int = 30
    @model_validator(mode="wrap")
    @classmethod
    def make(cls, values, handler):
        return handler(values)
probe(C().wait)  #= 30
""",
    "filled in when the object is made": """
class C(BaseModel):
    wait: Any = None
    zero: Any = 0
    other: Any = None
    some: Any = None
    late: Any = None
    @model_validator(mode="after")
    def fill(self):
        if self.wait is None:
            self.wait = 15
        if not self.zero:
            self.zero = 5
        if self.other is None and ext_flag():
            self.other = 25
        if ext_flag():
            return self
        if self.late is None:
            self.late = 45
        return self
    def more(self):
        if self.some is None:
            self.some = 35
probe(C().wait)  #= 15
probe(C(wait=None).wait)  #= 15
probe(C().zero)  #= 5
probe(C().other)  #= 25 | None
probe(C().some)  #= 35 | None
probe(C().late)  #= 45 | None
""",
    "filled in, but the function is replaced": """
class B(BaseModel):
    wait: Any = None
    @model_validator(mode="after")
    def fill(self):
        if self.wait is None:
            self.wait = 15
        return self
class C(B):
    def fill(self):
        return self
probe(C().wait)  #= 15 | None
""",
    "filled in after the constructor of a dataclass": """
from dataclasses import dataclass
@dataclass
class C:
    wait: Any = None
    def __post_init__(self):
        if self.wait is None:
            self.wait = 15
probe(C().wait)  #= 15
""",
}


@pytest.mark.parametrize("name", CASES)
def test_validators(name):
    found, wanted = check(HEAD + CASES[name])
    assert found == wanted
