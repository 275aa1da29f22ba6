"""Budgets that a package is given for all its calls."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import Setting
from tests.graph.dispatch_help import build, nodes

BUDGETS = [{"attribute": "acme.max_budget", "unit": "usd", "proof": {"package": "acme==1", "file": "acme.py", "text": "max_budget"}}]
OTHER: dict[str, Any] = {"package": "other", "calls": [{"names": ["other.ask"], "noun": "model_call", "kind": "llm"}]}
TEXT = """
import acme
import other
import settings
from acme import Client

client = Client()
{head}

def turn(messages):
    {before}
    return {ask}

def run():
    messages = []
    while True:
        answer = turn(messages)
        messages.append(answer)
        if not answer.calls:
            return

run()
"""
ASK = "client.chat(messages=messages)"


def budget(head: str = "", before: str = "pass", ask: str = ASK) -> Setting:
    text = TEXT.format(head=head, before=before, ask=ask)
    (entry,) = nodes(analyse(build(text, budgets=BUDGETS, extra=OTHER)), "entry_point")
    assert entry.over_limit.state == "unbounded"
    found: Setting = entry.budget
    return found


def test_a_number_is_a_budget() -> None:
    found = budget("acme.max_budget = 5")
    assert (found.number, found.unit) == (5, "usd")


@pytest.mark.parametrize(("head", "before"), [("acme.max_budget = settings.MOST", "pass"), ("", "acme.max_budget = 5")])
def test_what_is_assigned_is_not_known(head: str, before: str) -> None:
    assert budget(head, before).state == "unknown"


@pytest.mark.parametrize("head", ["", "acme.max_budget = None", "acme.max_budget = 0", "settings.max_budget = 5"])
def test_there_is_none(head: str) -> None:
    assert budget(head).state == "absent"


def test_the_calls_of_another_package_are_not_covered() -> None:
    assert budget("acme.max_budget = 5", ask="other.ask(client.chat(messages=messages))").state == "absent"
