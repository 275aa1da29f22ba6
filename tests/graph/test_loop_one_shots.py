"""Loops that a flag lets go round once more."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import retry, shape, value

ASKS = """
    recovered = False

    def is_spent(error, *, done, kind):
        return done or kind != 0 or not known(error)

    class Turns:
        def __init__(self):
            self.done = False

        def turn(self):
            self.done = True

        def perhaps(self, error):
            if error.late:
                self.done = True

        def back(self):
            self.done = False

        def other(self, error):
            {other}

        def f(self, client, recover, agent):
            {before}
            while True:
                try:
                    return client.create(agent)
                except ValueError as error:
                    {body}

    def run(client, agent):
        done, many = False, 0

        {kind} recover(error):
            nonlocal done
            {guard}
            {set}
            if error.lasting:
                return None
            return make(error)

        def again(error):
            nonlocal done
            done = {again}
            return make(error)

        return Turns().f(client, {given}, agent)

    def all_over():
        global recovered
        if recovered:
            return False
        recovered = True
        return True
"""
GUARD = "if done:\n                return None"
ANSWERED = "new = recover(error)\n                    if new is None:\n                        raise\n                    agent = new"
AWAITED = "new = await recover(error)\n                    if not new:\n                        raise\n                    agent = new"
OWN = "if self.done:\n                        raise"


def written(body: str = ANSWERED, **parts: str) -> str:
    given = {"before": "pass", "other": "pass", "kind": "def", "guard": GUARD, "set": "done = True", "again": "True", "given": "recover"}
    return ASKS.format(body=body, **{**given, **parts})


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (f"{OWN}\n                    self.done = True", {}),
        (f"{OWN}\n                    self.turn()", {}),
        ("if agent.state['done']:\n                        raise\n                    agent.state['done'] = True", {}),
        (
            "if not self.other(error):\n                        raise",
            {"other": "if self.done:\n                return\n            self.done = True\n            return 1"},
        ),
        ("if not all_over():\n                        raise", {}),
        (ANSWERED, {}),
        (AWAITED, {"kind": "async def"}),
        (ANSWERED, {"guard": "if is_spent(error, done=done, kind=error.kind):\n                return None"}),
        (ANSWERED, {"guard": "if not error.kind or done:\n                return None\n            make(error)"}),
    ],
)
def test_a_flag_lets_it_go_round_once(body: str, parts: dict[str, str]) -> None:
    assert shape(written(body, **parts)) == (2, "fixed", False)


@pytest.mark.parametrize("body", [ANSWERED, f"{OWN}\n                    self.turn()"])
def test_it_is_two_attempts(body: str) -> None:
    assert value(retry(written(body)).attempts) == 2


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("self.done = True", {}),
        (f"{OWN}\n                    self.perhaps(error)", {}),
        (f"{OWN}\n                    self.turn()\n                    self.back()", {}),
        (f"{OWN}\n                    self.done = error.late", {}),
        (f"{OWN}\n                    self.done = True\n                    self = Turns()", {}),
        (f"if error.late:\n                        {OWN.replace('    ' * 5, '    ' * 6)}\n                    self.turn()", {}),
        (ANSWERED, {"set": "done = error.late"}),
        (ANSWERED, {"set": "if error.late:\n                done = True"}),
        (ANSWERED, {"set": "many = True"}),
        (ANSWERED, {"guard": "if done and error.late:\n                return None"}),
        (ANSWERED, {"guard": "if done:\n                return make(error)"}),
        (ANSWERED, {"guard": "if is_spent(error, done=many, kind=0):\n                return None"}),
        (ANSWERED, {"again": "False"}),
        (ANSWERED, {"given": "again"}),
        (ANSWERED, {"kind": "async def"}),
        (ANSWERED.replace("is None", "is not None"), {}),
        (f"if error.late:\n                        continue\n                    {ANSWERED}", {}),
        (ANSWERED.replace("new = recover", "agent.recover = recover\n                    new = agent.recover"), {}),
        (ANSWERED.replace("new = recover", "recover = make(error)\n                    new = recover"), {}),
    ],
)
def test_no_such_flag(body: str, parts: dict[str, str]) -> None:
    assert shape(written(body, **parts))[0] != 2


@pytest.mark.parametrize(
    "body",
    [
        "while not self.done:\n            client.create()\n            self.turn()",
        "while True:\n            client.create()\n            self.turn()\n            if self.done:\n                break",
    ],
)
def test_what_is_set_before_it_is_asked_for_lets_none_follow(body: str) -> None:
    text = f"class Run:\n    def turn(self):\n        self.done = True\n\n    def f(self, client):\n        {body}\n"
    assert shape(text) == (1, "fixed", False)


def test_a_flag_that_only_the_model_sets_is_none() -> None:
    text = """
        class Run:
            def f(self, client):
                while not self.done:
                    answer = client.create(self.text)
                    if answer.stop:
                        self.done = True
    """
    assert shape(dedent(text))[0] == "unbounded"
