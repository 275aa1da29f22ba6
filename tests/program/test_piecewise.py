"""What is too much to be followed at once is followed part by part."""

from __future__ import annotations

import pytest

from auditor.facts.python import read_python
from auditor.program.origins import engine as engine_module
from auditor.program.origins.engine import TOO_MUCH
from auditor.program.origins.piecewise import piecewise
from auditor.program.origins.types import Attr, Ext, Func, Instance, New, Place
from auditor.program.program import make_program

LONG = "".join(f"def step{n}(x):\n    return step{n + 1}(x)\n" for n in range(40)) + "def step40(x):\n    return x\n"
CLASS = """
import acme

class Model:
    def __init__(self, kind):
        if kind:
            self.client = acme.Client()
        else:
            self.client = step0({other})

    def ask(self, fast):
        if fast:
            call = self.client.chat.create
        else:
            call = acme.ask
        def again():
            return self.client.chat.create()
        return call("text"), again()
"""


def found(monkeypatch, other, line):
    facts, problem = read_python("a.py", LONG + CLASS.format(other=other))
    assert facts is not None, problem
    monkeypatch.setattr(engine_module, "MOST_STEPS", 40)
    engine = make_program([facts])
    call = next(c for c in facts.calls if c.line == LONG.count("\n") + line)
    place = Place(0, call.order)
    assert engine.origins(call.func, place) == TOO_MUCH
    return piecewise(engine, call.func, place)


@pytest.mark.parametrize(("line", "others"), [(17, []), (18, ["acme.ask"])])
def test_what_a_variable_and_an_attribute_can_hold(monkeypatch, line, others):
    rows = found(monkeypatch, "acme.Other()", line)
    clients = [o for o in rows if isinstance(o, Attr) and isinstance(o.base, Attr) and isinstance(o.base.base, New)]
    assert [(o.base.base.name, o.name) for o in clients] == [("acme.Client", "create")]
    assert [o.name for o in rows if isinstance(o, Ext)] == others


def test_where_no_part_is_known_nothing_is(monkeypatch):
    monkeypatch.setattr("tests.program.test_piecewise.CLASS", CLASS.replace("acme.Client()", "step0(2)").replace("acme.ask", "step0(3)"))
    assert found(monkeypatch, "1", 17) == TOO_MUCH


CALLERS = """
import acme

class Mine(acme.Client):
    def own(self):
        return 1

def outer(model, text):
    def inner():
        return model.create(text)
    return inner()

outer(step0(1), "x")
outer(text="y", model={known})
"""


@pytest.mark.parametrize(("known", "made"), [("acme.Client()", New), ("Mine()", Instance)])
def test_what_each_caller_gives_to_a_parameter(monkeypatch, known, made):
    monkeypatch.setattr("tests.program.test_piecewise.CLASS", CALLERS.replace("{known}", known) + "#{other}")
    rows = found(monkeypatch, "", 10)
    assert [(type(o.base), o.name) for o in rows if isinstance(o, Attr)] == [(made, "create")]
    assert TOO_MUCH[0] in rows


def test_a_method_of_the_program_is_that_method(monkeypatch):
    monkeypatch.setattr(
        "tests.program.test_piecewise.CLASS", CALLERS.replace("{known}", "Mine()").replace("model.create(text)", "model.own()")
    )
    assert [type(o) for o in found(monkeypatch, "", 10) if o != TOO_MUCH[0]] == [Func]
