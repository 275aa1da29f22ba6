"""Classes, instances, attributes, enums and declared fields."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check

CASES = {
    "what a mixin declares, the class that it is mixed into defines": """class Mixin:
    if TYPE_CHECKING:
        _client: Callable[..., Any]
        limit: int
        other: int
    def run(self):
        probe(self._client)  #= def Service._client
        probe(self._client())  #= 1
        probe(self.limit)  #= 2
        probe(self.other)  #= any Mixin.other
class Service(Mixin):
    def __init__(self):
        self.limit = 2
    def _client(self):
        return 1
""",
    "what is made of an abstract class is one of those that derive from it": """from abc import ABC, abstractmethod
class Store(ABC):
    @abstractmethod
    def find(self): pass
class Local(Store):
    def find(self): pass
class Plain:
    @abstractmethod
    def find(self): pass
class Other(Plain):
    def find(self): pass
def instance(cls):
    cls = by_name(cls) if cls in kinds else cls
    return cls()
probe(instance(Store))  #= ? | any Store
probe(instance(Store).find)  #= ? | def Store.find | def Local.find
probe(Plain().find)  #= def Plain.find
""",
    "methods by the names that dir lists": """class Base:
    def first(self): pass
class K(Base):
    LIMIT = 3
    def second(self): pass
    def _third(self): pass
def each(cls):
    for name in dir(cls):
        probe(getattr(cls, name))  #= def K.second | def Base.first
    found = [getattr(cls, n) for n in dir(cls) if callable(getattr(cls, n))]
    for f in found:
        probe(f)  #= def K.second | def Base.first
each(K)
""",
    "attributes of which only a declaration says what they are": """class Unit:
    def ask(self): pass
class Small(Unit):
    def ask(self): pass
class A:
    unit: Unit
    def __init__(self, spec):
        self.unit = spec.unit.instantiate()
    def go(self):
        probe(self.unit.ask)  #= def Unit.ask | def Small.ask | def Wrapper.ask | param spec.unit.instantiate().ask
class B:
    def __init__(self, spec):
        self.unit: Unit = spec.unit.instantiate()
        self.none: Unit | None = None
    def go(self):
        probe(self.unit.ask)  #= def Unit.ask | def Small.ask | def Wrapper.ask | param spec.unit.instantiate().ask
        probe(self.none)  #= None
class Wrapper(Unit):
    unit: Unit
    def __init__(self, spec):
        self.unit = spec.unit.instantiate()
    def ask(self):
        probe(self.unit.ask)  #= def Small.ask | param spec.unit.instantiate().ask
""",
    "attributes set by a call of the builtin": """class K: pass
k = K()
setattr(k, "a", 3)
object.__setattr__(k, "b", 4)
def other(setattr):
    setattr(k, "c", 5)
class object: pass
def later():
    probe(k.a)  #= 3
    probe(k.b)  #= K().b
    probe(k.c)  #= K().c
""",
    "attributes set by a function of that name": """# file: own.py
def setattr(base, name, value): pass
# file: main.py
from own import setattr
class K: pass
k = K()
setattr(k, "a", 3)
object.__setattr__(k, "b", 4)
probe(k.a)  #= K().a
probe(k.b)  #= 4
""",
    "the class around a method": """class K:
    def one(): pass
    def two():
        probe(__class__.one)  #= def K.one
""",
    "attribute of an argument": """class K:
    def __init__(self, t=5):
        self.t = t
    def go(self):
        probe(self.t)  #= 7 | 5
k = K(7)
K()
probe(k.t)  #= 7
""",
    "two objects": """class K:
    def __init__(self, t):
        self.t = t
a, b = K(1), K(2)
probe(a.t)  #= 1
probe(b.t)  #= 2
""",
    "what a constructor keeps for this object": """class K:
    def __init__(self, mode="a", n=0):
        if mode == "a":
            self.t = 1
        elif n:
            self.t = 2
        else:
            self.t = 3
probe(K().t)  #= 1
probe(K("b").t)  #= 3
probe(K("b", 4).t)  #= 2
def go(k: K):
    probe(k.t)  #= 1 | 2 | 3 | param k.t
""",
    "context variables": """from contextvars import ContextVar
from openai import OpenAI
CURRENT = ContextVar("current")
OTHER = ContextVar("other", default=3)
def begin():
    CURRENT.set(OpenAI())
def use():
    probe(CURRENT.get())  #= openai.OpenAI()
    probe(OTHER.get())  #= 3
""",
    "what a check leaves out": """class K:
    def __init__(self, t=None):
        self.t = t
    def go(self):
        if self.t is not None:
            probe(self.t)  #= 4
        else:
            probe(self.t)  #= None | 4
        probe(self.t)  #= None | 4
        probe(self.t if self.t is not None else 9)  #= 4 | 9
def inside(x=None, y=0):
    if x is not None and y:
        probe(x)  #= 3
        probe(y)  #= 5
    probe(x)  #= None | 3
    while x:
        probe(x)  #= 3
def left(x=None):
    if not x:
        return
    probe(x)  #= 3
def other(x=None):
    if x is None:
        x = 7
    probe(x)  #= 7 | 3
def none_again(x=0):
    if not x:
        x = None
    probe(x)  #= None | 3 | 0
def either(x=None, y=None):
    if x is None or y is None:
        raise ValueError
    probe(x)  #= 3
def given(timeout=None):
    options = {}
    if timeout is not None:
        options["timeout"] = timeout
    probe(options["timeout"])  #= 3
K()
K(4).go()
inside()
inside(3, 5)
left()
left(3)
other()
other(3)
none_again()
none_again(3)
either()
either(3, 4)
given()
given(3)
""",
    "one for all objects": """from openai import OpenAI
class K:
    client = None
    pool = None
    def __init__(self):
        if K.client is None:
            K.client = OpenAI()
        self.__class__.pool = 5
    def go(self):
        probe(self.client)  #= None | openai.OpenAI()
        probe(self.pool)  #= None | 5
class L(K):
    def go(self):
        probe(self.client)  #= None | openai.OpenAI()
probe(K.client)  #= None | openai.OpenAI()
""",
    "client kept": """from openai import OpenAI
class K:
    def __init__(self, client=None):
        self.client = client or OpenAI()
    def go(self):
        probe(self.client)  #= openai.OpenAI()
""",
    "set in another method": """class K:
    def open(self):
        self.c = 3
    def go(self):
        probe(self.c)  #= 3
""",
    "None, then set": """class K:
    def __init__(self):
        self.c = None
    def open(self):
        self.c = 3
    def go(self):
        probe(self.c)  #= None | 3
""",
    "class attribute": "class K:\n    t = 3\n    def f(self):\n        probe(self.t)  #= 3\nprobe(K.t)  #= 3\nprobe(K().t)  #= 3\n",
    "overridden class attribute": """class A:
    t = 1
    def f(self):
        probe(self.t)  #= 1 | 2
class B(A):
    t = 2
probe(B().t)  #= 2
probe(A().t)  #= 1
""",
    "property": """class K:
    def __init__(self):
        self._t = 3
    @property
    def t(self):
        return self._t
probe(K().t)  #= 3
""",
    "cached property": """from functools import cached_property
class K:
    @cached_property
    def c(self):
        return 3
    def f(self):
        probe(self.c)  #= 3
""",
    "property with a setter": """class K:
    @property
    def t(self):
        return self._t
    @t.setter
    def t(self, value):
        self._t = value
probe(K.x)  #= class K.x
""",
    "lazily made": """class K:
    _c = None
    @property
    def c(self):
        if self._c is None:
            self._c = 3
        return self._c
probe(K().c)  #= 3 | None
""",
    "inherited constructor": """class A:
    def __init__(self, t):
        self.t = t
class B(A):
    pass
probe(B(4).t)  #= 4
""",
    "super chain": """class A:
    def __init__(self, t):
        self.t = t
class B(A):
    def __init__(self, t, u):
        super().__init__(t)
        self.u = u
b = B(1, 2)
probe(b.t)  #= 1
probe(b.u)  #= 2
""",
    "super chain of three": """class A:
    def __init__(self, t):
        self.t = t
class B(A):
    def __init__(self, t):
        super().__init__(t)
class C(B):
    def __init__(self):
        super().__init__(9)
probe(C().t)  #= 9
""",
    "super with a keyword": """class A:
    def __init__(self, *, t=1):
        self.t = t
class B(A):
    def __init__(self, **kw):
        super().__init__(**kw)
probe(B(t=3).t)  #= 3
""",
    "base called by name": """class A:
    def __init__(self, t):
        self.t = t
class B(A):
    def __init__(self):
        A.__init__(self, 5)
probe(B().t)  #= 5
""",
    "mixin": """class M:
    def client(self):
        return self.make()
class K(M):
    def make(self):
        return 3
probe(K().client())  #= 3
""",
    "mixin asks any subclass": """class M:
    def go(self):
        probe(self.t)  #= 1 | 2
class A(M):
    t = 1
class B(M):
    t = 2
""",
    "abstract method": """from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def make(self): ...
    def run(self):
        probe(self.make())  #= 1 | 2 | None
class A(Base):
    def make(self):
        return 1
class B(Base):
    def make(self):
        return 2
""".replace(" | None", ""),
    "method resolution is depth first": """class A:
    t = 1
class B(A):
    pass
class C:
    t = 2
class D(B, C):
    pass
probe(D().t)  #= 1
""",
    "static and class methods": """class K:
    t = 3
    @staticmethod
    def s(x):
        return x
    @classmethod
    def c(cls):
        return cls.t
    @classmethod
    def make(cls):
        return cls()
probe(K.s(1))  #= 1
probe(K().s(2))  #= 2
probe(K.c())  #= 3
probe(K.make())  #= K()
""",
    "classmethod of a subclass": """class A:
    t = 1
    @classmethod
    def c(cls):
        return cls.t
class B(A):
    t = 2
probe(B.c())  #= 2
""",
    "enum member": """from enum import Enum
class P(Enum):
    A = "a"
    B = "b"
probe(P.A)  #= P.A
probe(P.A.value)  #= 'a'
probe(P.B.name)  #= 'B'
probe(P["B"])  #= P.B
""",
    "enum of a value": """from enum import StrEnum
class P(StrEnum):
    A = "a"
    B = "b"
probe(P("a"))  #= P.A
""",
    "enum elements": """import enum
class P(enum.Enum):
    A = 1
    B = 2
for p in P:
    probe(p)  #= P.A | P.B
""",
    "dataclass": """from dataclasses import dataclass
@dataclass
class C:
    t: int = 3
    u: int = 4
probe(C().t)  #= 3
probe(C(5).t)  #= 5
probe(C(u=6).u)  #= 6
def f(c: C):
    probe(c.t)  #= param c.t | 3 | 5
""",
    "dataclass field": """from dataclasses import dataclass, field
@dataclass
class C:
    t: int = field(default=3)
    items: list = field(default_factory=list)
    other: object = field(default_factory=lambda: 5)
probe(C().t)  #= 3
probe(C().other)  #= 5
probe(C(t=2).t)  #= 2
""",
    "dataclass inherited": """from dataclasses import dataclass
@dataclass
class A:
    t: int = 1
@dataclass
class B(A):
    u: int = 2
probe(B(7, 8).t)  #= 7
probe(B(7, 8).u)  #= 8
probe(B().t)  #= 1
""",
    "post init": """from dataclasses import dataclass
@dataclass
class C:
    t: int
    def __post_init__(self):
        self.double = self.t
probe(C(4).double)  #= 4
""",
    "pydantic": """from pydantic import BaseModel, Field
class C(BaseModel):
    t: int = Field(3, gt=0)
    u: float = Field(default=1.5)
    v: str = "x"
    w: int = Field(...)
probe(C().t)  #= 3
probe(C().u)  #= 1.5
probe(C(v="y").v)  #= 'y'
probe(C(w=2).w)  #= 2
""",
    "kept in a session": """import ext
ext.session.set("a", 3)
ext.session["b"] = 4
probe(ext.session.get("a"))  #= 3
probe(ext.session["b"])  #= 4
probe(ext.session["c"])  #= ext.session
""",
    "pydantic made in a class method": """from pydantic import BaseModel, Field
class C(BaseModel):
    t: int = Field(...)
    def show(self):
        probe(self.t)  #= 4
    @classmethod
    def of(cls, t, **more):
        return cls(t=t, **more)
C.of(4).show()
""",
    "settings object": """from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    timeout: int = 30
settings = Settings()
probe(settings.timeout)  #= 30
""",
    "settings through a cache": """from functools import lru_cache
class Settings:
    timeout: int = 30
@lru_cache
def get_settings():
    return Settings()
probe(get_settings().timeout)  #= 30
""",
    "settings in another file": """# file: app/config.py
class Settings:
    t: int = 30
settings = Settings()
# file: app/main.py
from app.config import settings
probe(settings.t)  #= 30
""",
    "assigned from outside": "class K:\n    pass\nk = K()\nk.t = 3\nprobe(k.t)  #= 3\n",
    "external assigned from outside": "import ext\nc = ext.C()\nc.t = 3\nprobe(c.t)  #= 3 | ext.C().t\n",
    "callable object": "class K:\n    def __call__(self, x):\n        return x\nk = K()\nprobe(k(3))  #= 3\n",
    "callable object's parameter": "class K:\n    def __call__(self, x):\n        probe(x)  #= 3\nk = K()\nk(3)\n",
    "function in an attribute": """def make():
    return 3
class K:
    def __init__(self, f):
        self.f = f
    def go(self):
        probe(self.f())  #= 3
K(make)
""",
    "class in an attribute": """class A:
    t = 1
class K:
    kind = A
    def go(self):
        probe(self.kind().t)  #= 1
""",
    "bound method passed on": """class K:
    def __init__(self):
        self.t = 3
    def get(self):
        return self.t
def call(f):
    return f()
probe(call(K().get))  #= 3
""",
    "instance in a list": "class K:\n    def __init__(self, t):\n        self.t = t\nfor k in [K(1), K(2)]:\n    probe(k.t)  #= 1 | 2\n",
    "instance of an instance": """class A:
    def __init__(self, t):
        self.t = t
class B:
    def __init__(self, a):
        self.a = a
probe(B(A(3)).a.t)  #= 3
""",
    "singleton": """class K:
    _one = None
    @classmethod
    def get(cls):
        if cls._one is None:
            cls._one = K()
        return cls._one
probe(K.get())  #= None | K()
""",
    "external base": "import ext\nclass K(ext.Base):\n    pass\nprobe(K().run)  #= K().run\n",
    "nested class": "class A:\n    class B:\n        t = 3\nprobe(A.B.t)  #= 3\nprobe(A.B().t)  #= 3\n",
    "named tuple": "from typing import NamedTuple\nclass P(NamedTuple):\n    t: int = 3\nprobe(P().t)  #= 3\nprobe(P(4).t)  #= 4\n",
    "typed dict is a dict": 'from typing import TypedDict\nclass D(TypedDict):\n    t: int\nd: D = {"t": 3}\nprobe(d["t"])  #= 3\n',
    "setattr by name": 'class K:\n    t = 3\nprobe(getattr(K(), "t"))  #= 3\nprobe(getattr(K(), "u", 4))  #= 4\n',
    "generic class": "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass A(Generic[T]):\n    def __init__(self, t):\n        self.t = t\nprobe(A[int](3).t)  #= 3\n",
    "cycle of bases": "class A(B):\n    pass\nclass B(A):\n    t = 1\nprobe(B.t)  #= 1\n",
    "self cycle": "class K:\n    def f(self):\n        self.x = self.x\n        probe(self.x)  #= any K.x\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_objects(text):
    found, wanted = check(text)
    assert found == wanted
