"""A method on what has a declared type is one of that type, where too much reaches it to be followed."""

from __future__ import annotations

import pytest

from auditor.facts.python import read_python
from auditor.program.origins import declared
from auditor.program.origins import engine as engine_module
from auditor.program.origins.declared import _of_attribute
from auditor.program.origins.types import Func, Place
from auditor.program.program import make_program

LONG = "".join(f"def step{n}(x):\n    return step{n + 1}(x)\n" for n in range(40)) + "def step40(x):\n    return x\n"
CLASSES = """
class Provider:
    def chat(self):
        pass

class Other(Provider):
    def chat(self):
        pass

class Runner:
    def __init__(self, provider{annotation}, more):
        self.provider = provider
        self.more = more

    def run(self):
        {call}

Runner(step0(Provider()), step0(1)).run()
"""


def called(monkeypatch: pytest.MonkeyPatch, annotation: str, call: str) -> list[str]:
    """The classes whose `chat` is called; "?" for what is not known."""
    facts, problem = read_python("a.py", LONG + CLASSES.format(annotation=annotation, call=call))
    assert facts is not None, problem
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    engine = make_program([facts])
    found = next(c for c in facts.calls if c.last == "chat")
    rows = engine.origins(found.func, Place(0, found.order))
    scopes = facts.scopes
    return sorted(scopes[scopes[o.fn[1]].parent].name if isinstance(o, Func) else "?" for o in rows)


@pytest.mark.parametrize(
    ("annotation", "call", "expected"),
    [
        (": Provider", "self.provider.chat()", ["?", "Other", "Provider"]),
        (": 'Provider | None'", "self.provider.chat()", ["?", "Other", "Provider"]),
        (": Provider", "mine = self.provider\n        mine.chat()", ["?", "Other", "Provider"]),
        ("", "self.provider.chat()", ["?"]),
        (": Provider", "self.more.chat()", ["?"]),
        (": Unknown", "self.provider.chat()", ["?"]),
    ],
)
def test_the_methods_of_a_declared_type(monkeypatch: pytest.MonkeyPatch, annotation: str, call: str, expected: list[str]) -> None:
    assert called(monkeypatch, annotation, call) == expected


def test_a_value_is_not_told_by_a_type(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CLASSES.replace("def chat(self):\n        pass\n\nclass Other", "chat = 3\n\nclass Other")
    monkeypatch.setattr("tests.program.test_declared.CLASSES", text)
    assert called(monkeypatch, ": Provider", "self.provider.chat()") == ["?"]


FURTHER = """
class Provider:
    def chat(self):
        pass

class Table:
    held: "dict[str, Provider]"

    def __init__(self, given, more):
        self.held = given
        self.named: dict[str, Provider] = more

    def get(self, name) -> Provider | None:
        return self.held[name]

    def names(self) -> list[str]:
        return self.held

class Runner:
    def __init__(self, table: Table):
        self.table = table

    def run(self, name):
        {call}

Runner(step0(Table(step0({"a": Provider()}), step0({"a": Provider()})))).run("a")
"""


@pytest.mark.parametrize(
    ("call", "known"),
    [
        ("self.table.held[name].chat()", True),
        ("self.table.named[name].chat()", True),
        ("self.table.named.get(name).chat()", True),
        ("one = self.table.get(name)\n        one.chat()", True),
        ("for one in self.table.named.values():\n            one.chat()", True),
        ("one: Provider = step0(name)\n        one.chat()", True),
        ("for one in self.table.names():\n            one.chat()", False),
        ("self.table.other.chat()", False),
    ],
)
def test_what_a_declared_type_holds(monkeypatch: pytest.MonkeyPatch, call: str, known: bool) -> None:
    monkeypatch.setattr("tests.program.test_declared.CLASSES", FURTHER.replace("{call}", call).replace("{", "{{").replace("}", "}}"))
    assert ("Provider" in called(monkeypatch, "", "")) is known


def test_it_is_the_same_whoever_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, _ = read_python("a.py", LONG + CLASSES.format(annotation=": Provider", call="self.provider.chat()"))
    assert facts is not None
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    engine = make_program([facts])
    found = next(c for c in facts.calls if c.last == "chat")
    first, second = (engine.origins(found.func, Place(0, found.order)) for _ in range(2))
    assert first == second


def test_what_is_declared_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable is set to one of two things that are made of the one before: the ways through them double with each."""
    steps = "".join(f"    v{n + 1} = v{n}.left\n    if x:\n        v{n + 1} = v{n}.right\n" for n in range(40))
    text = LONG + "class Left:\n    pass\n\ndef f(x):\n    v0 = step0(x)\n" + steps + "    v40.chat()\n"
    facts, problem = read_python("a.py", text)
    assert facts is not None, problem
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    asked = []
    monkeypatch.setattr(declared, "_of_attribute", lambda *given: asked.append(1) or iter(_of_attribute(*given)))
    engine = make_program([facts])
    found = next(c for c in facts.calls if c.last == "chat")
    declared.declared_objects(engine, found.func[1], Place(0, found.order))
    assert 40 <= len(asked) <= 200
