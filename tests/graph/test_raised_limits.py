"""Limits that code below a loop raises, and what becomes of the error on its way."""

from __future__ import annotations

from textwrap import indent

import pytest

from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Loop
from tests.graph.dispatch_help import build, nodes

HANDLERS = [{"bases": ["acme.Handler"], "keys": ["callbacks"], "covers": ["acme"], "identity": ["run_id"]}]
MODEL = """
import sys
from acme import Client, Handler

class Spent(Exception): ...
class BadFormat(Exception): ...

class Model:
    def __init__(self, limit=3.0):
        self.limit = limit
        self.cost = 0.0
        self.calls = 0

    def charge(self, answer):
        self.cost += answer.price
        if {test}:
            {stop}

    def ask(self, messages):
        answer = Client().chat(messages=messages)
        self.charge(answer)
        return answer

class Reply:
    def __init__(self, text="", done=False):
        self.done = done

class Agent:
    def __init__(self, model):
        self.model = model

    def step(self, messages):
        {step}

    def run(self, messages):
        {run}

Agent(Model({given})).run([])
"""
RAISES = "raise Spent(self.cost)"
PASSED = "self.cost >= self.limit"
ENDLESS = "reply = Reply()\nwhile not reply.done:\n    reply = self.step(messages)\n    messages.append(reply)"


def made(step: str, run: str = ENDLESS, test: str = PASSED, stop: str = RAISES, given: str = "") -> AgentGraph:
    def put(text: str) -> str:
        return indent(text, " " * 8).strip()

    return build(MODEL.format(step=put(step), run=put(run), test=test, stop=stop, given=given))


def times(graph: AgentGraph) -> Setting:
    (loop,) = nodes(graph, "loop")
    return loop.times


ANSWERS = "try:\n    return Reply(self.model.ask(messages))\nexcept Spent:\n    {}"


def test_what_the_handler_gives_is_not_followed() -> None:
    found = times(made(ANSWERS.format("return self.give_up(messages)")))
    assert found.state == "unknown" and found.unit == "turns"
    assert found.why == "a limit is raised at app.py:17 and handled at app.py:35"


@pytest.mark.parametrize(
    "step",
    [
        ANSWERS.format("return Reply(done=True)"),
        "return self.model.ask(messages)",
        "try:\n    return self.model.ask(messages)\nexcept Spent as e:\n    raise RuntimeError from e",
    ],
)
def test_what_the_handler_gives_ends_the_loop(step: str) -> None:
    found = times(made(step))
    assert (found.number, found.unit) == (3.0, "usd")


@pytest.mark.parametrize("leave", ["break", "return None", "reply = None\n        break"])
def test_the_loop_itself_leaves(leave: str) -> None:
    run = f"while True:\n    try:\n        messages.append(self.step(messages))\n    except Spent:\n        {leave}"
    assert times(made("return self.model.ask(messages)", run)).number == 3.0


def test_the_loop_itself_sets_its_flag() -> None:
    run = "done = False\nwhile not done:\n    try:\n        messages.append(self.step(messages))\n    except Spent:\n        done = True"
    assert times(made("return self.model.ask(messages)", run)).number == 3.0


@pytest.mark.parametrize(
    ("step", "run"),
    [
        ("return self.model.ask(messages)", "while True:\n    try:\n        self.step(messages)\n    except Spent:\n        print(1)"),
        (
            "while True:\n    try:\n        return self.model.ask(messages)\n    except Spent:\n        continue",
            "while True:\n    messages.append(self.step(messages))",
        ),
    ],
)
def test_a_handler_that_goes_round_is_no_limit(step: str, run: str) -> None:
    assert all(loop.times.state == "unbounded" for loop in nodes(made(step, run), "loop"))


@pytest.mark.parametrize("test", ["answer.price > self.limit", "len(answer.text) > 100", "self.cost <= self.limit", "self.limit > 3"])
def test_what_is_not_counted_is_no_limit(test: str) -> None:
    assert times(made(ANSWERS.format("return self.give_up()"), test=test)).state == "unbounded"


def test_a_count_that_each_turn_begins_anew_is_no_limit() -> None:
    step = "self.model.cost = 0\ntry:\n    return self.model.ask(messages)\nexcept Spent:\n    return self.give_up()"
    text = MODEL.format(step=indent(step, " " * 8).strip(), run=indent(ENDLESS, " " * 8).strip(), test=PASSED, stop=RAISES, given="")
    again = text.replace("answer = Client()", "self.cost = 0\n        answer = Client()")
    assert times(build(again)).state == "unbounded"


def test_a_limit_that_is_off_by_default() -> None:
    found = times(made(ANSWERS.format("return self.give_up()"), test="self.limit and self.cost >= self.limit", given="0"))
    assert found.state == "unknown" and "off by default (app.py:" in str(found.why)


def test_the_process_ends() -> None:
    swallowed = "try:\n    return self.model.ask(messages)\nexcept Exception:\n    return self.give_up()"
    assert times(made(swallowed, stop="sys.exit(1)")).state == "unknown"


def test_what_the_caller_of_a_tool_catches_goes_back_to_the_model() -> None:
    text = """
    from acme import Client

    class Tool:
        def __init__(self):
            self.calls = 0
        def run(self):
            self.calls += 1
            if self.calls > 5:
                raise ValueError("too often")

    tool = Tool()

    def dispatch():
        try:
            return tool.run()
        except ValueError as e:
            return str(e)

    def agent(messages):
        while True:
            answer = Client().chat(messages=messages)
            if not answer.calls:
                return answer
            messages.append(dispatch())

    agent([])
    """
    assert times(build(text)).state == "unbounded"


def test_what_is_added_up_and_compared_with_nothing_is_said() -> None:
    (found,) = nodes(made("return self.model.ask(messages)", test="False"), "loop")
    assert (found.times.state, found.counts) == ("unbounded", "costs are added up at app.py:15")
    (silent,) = nodes(build("from acme import Client\nwhile True:\n    Client().chat(messages=[])\n"), "loop")
    assert silent.counts == ""


METER = """
class Meter(Handler):
    def __init__(self, most):
        self.most = most
        self.tokens = 0

    def over(self):
        if self.most is not None and self.tokens >= self.most:
            return ("tokens", self.most)
        return None

    def on_end(self, response, **rest):
        self.tokens += response.usage
        found = self.over()
        if found:
            print(found)
            sys.exit(0)

def agent(messages, most=None):
    client = Client(callbacks=[Meter(most)])
    while True:
        answer = client.chat(messages=messages)
        if not answer.calls:
            return answer
        messages.append(answer)

agent([])
"""


def test_a_handler_of_callbacks_that_checks_a_limit() -> None:
    found = times(build("import sys\nfrom acme import Client, Handler\n" + METER, handlers=HANDLERS))
    assert found.state == "unknown" and found.why == "a limit in tokens is checked at app.py:10, and off by default (app.py:21)"


def test_a_handler_that_only_counts() -> None:
    text = METER.replace("sys.exit(0)", "print(1)")
    assert times(build("import sys\nfrom acme import Client, Handler\n" + text, handlers=HANDLERS)).state == "unbounded"


def test_a_call_of_the_base_is_not_where_it_comes_back():
    graph = build("""
from acme import Client

class Base:
    strict = True

    def answer(self, message):
        if self.strict:
            self.strict = False
            return self.answer(message + " again")
        return Client().chat(messages=message)

class Own(Base):
    def answer(self, message):
        return super().answer(message)

Own().answer("a")
""")
    found = [n for n in graph.nodes.values() if isinstance(n, Loop)]
    assert [(n.at.line, n.times.number) for n in found] == [(10, 1)]


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (ENDLESS, "set"),
        ("reply = Reply()\nwhile not reply.done:\n    reply = Model().ask(messages)\n    messages.append(reply)", "unbounded"),
        (
            "reply = Reply()\nwhile not reply.done:\n    model = Model()\n    reply = model.ask(messages)\n    messages.append(reply)",
            "unbounded",
        ),
    ],
)
def test_a_limit_of_an_object_that_each_turn_makes_is_none(run: str, state: str) -> None:
    assert times(made("return Reply(self.model.ask(messages))", run=run)).state == state
