"""Loops that end when something is given, and what always gives something."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, shape, value

ASKED = """
class First:
    def query(self, client, text):
        {first}

class Second:
    def query(self, client, text):
        answer = client.create(text)
        return {{"text": answer}}

KINDS = {{"first": First, "second": Second}}

class Agent:
    def run(self, client, kind, text):
        source = KINDS[kind]()
        found = None
        while {test}:
            {body}
        return found
"""
ALWAYS = "return client.create(text) + '.'"
ASK = "found = source.query(client, text)"
CAUGHT = "try:\n                found = source.query(client, text)\n            except ValueError:\n                "


@pytest.mark.parametrize(
    ("first", "test", "body", "once"),
    [
        (ALWAYS, "not found", ASK, True),
        (ALWAYS, "found is None", ASK, True),
        (ALWAYS, "not (found := source.query(client, text))", "pass", True),
        ("return f'{client.create(text)}.'", "not found", ASK, True),
        ("return [client.create(text), 1]", "not found", ASK, True),
        ("return client.create(text) or 'none'", "not found", ASK, True),
        ("made = client.create(text) + '.'\n        return made", "not found", ASK, True),
        ("if client.create(text): return True\n        raise ValueError", "not found", ASK, True),
        (ALWAYS, "not found", f"{CAUGHT}return None", True),
        (ALWAYS, "True", f"{ASK}\n            if found: break", True),
        # what may be empty, or is something else
        ("return client.create(text)", "not found", ASK, False),
        ("return client.create(text) + ''", "not found", ASK, False),
        ("return f'{client.create(text)}'", "not found", ASK, False),
        ("return [*client.create(text)]", "not found", ASK, False),
        ("return 2 + client.create(text)", "not found", ASK, False),
        ("if client.create(text): return True", "not found", ASK, False),
        ("if client.create(text): return 'a'\n        return ''", "not found", ASK, False),
        ("made = ''\n        if client.create(text): made = 'a'\n        return made", "not found", ASK, False),
        ("made = [client.create(text)]\n        made.pop()\n        return made", "not found", ASK, False),
        ("yield client.create(text) + '.'", "not found", ASK, False),
        (ALWAYS, "not found", f"{ASK}\n            found = client.create(found)", False),
        (ALWAYS, "not found", f"{ASK}\n            found.pop()", False),
        (ALWAYS, "not found", "found, text = source.query(client, text)", False),
        (ALWAYS, "not found", f"if text: {ASK}\n            text = client.create(text)", False),
        (ALWAYS, "found != 'done'", ASK, False),
        (ALWAYS, "not found", f"{CAUGHT}continue", False),
        (ALWAYS, "not found", f"{CAUGHT}pass", False),
        (ALWAYS, "True", f"{CAUGHT}pass\n            if found: break", False),
    ],
)
def test_what_is_always_given_ends_a_loop(first, test, body, once):
    facts = loop(ASKED.format(first=first, test=test, body=body))
    assert (value(facts.times) in (1, 2)) is once
    assert facts.ends_on == "fixed" or not once


def test_who_may_be_asked_besides_is_not_known():
    text = ASKED.format(first=ALWAYS, test="not found", body=ASK).replace("source = KINDS[kind]()", "source = kind or KINDS[kind]()")
    assert value(loop(text).times) != 1


def test_the_test_before_the_answer_takes_another_turn():
    text = """
    def query(client):
        return client.create() + "."
    def f(client):
        found = None
        while True:
            if found is not None:
                return found
            found = query(client)
    """
    assert shape(text) == (2, "fixed", False)
    assert shape(dedent(text).replace("while True", "while not False"))[0] == 2
