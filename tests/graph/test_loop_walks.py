"""Walks from an element to the one that is looked up for it, until there is none."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import loop, shape

NEXT = """
    {before}
    class Chain:
        def f(self, client, rows):
            step = self.rows[0]
            while step is not None:
                try:
                    answer = client.create(step)
                    if answer:
                        return answer
                except ValueError as problem:
                    log(problem)
                {body}
        def after(self, rows, step):
            {after}
"""
LATER = """rest = iter(self.rows_of(step))
            for row in rest:
                if row == step:
                    return next(rest, None)
            return None"""
BY_INDEX = """at = self.rows.index(step) + 1
            return self.rows[at] if at < len(self.rows) else None"""
GIVEN = """at = rows.index(step) + 1
            if at < len(rows):
                return rows[at]"""
BY_TABLE = "found = TABLE.get(step)\n            return found"
GO_ON = "step = self.after(rows, step)"


def walk(body: str = GO_ON, after: str = LATER, before: str = "") -> tuple[object, str, bool]:
    return shape(NEXT.format(body=body, after=after, before=before))


@pytest.mark.parametrize(
    "after", [LATER, BY_INDEX, GIVEN, "return self.followers.get(step)", "found = TABLE.get(step)\n            return found"]
)
def test_a_look_up_of_what_comes_after(after: str) -> None:
    assert walk(after=after) == ("unknown", "capped", False)


def test_it_is_said_what_is_not_known() -> None:
    facts = loop("def f(client):\n    step = 1\n    while step:\n        client.create(step)\n        step = NEXT.get(step)\n")
    assert facts.times.value.why == "until nothing is found that comes after step"  # type: ignore[union-attr]


def test_the_end_may_be_asked_in_the_turn() -> None:
    text = """
    NEXT = {"plan": "write"}
    def f(client):
        step = "plan"
        while True:
            if client.create(step).done:
                break
            step = NEXT.get(step)
            if not step:
                break
    """
    assert shape(text) == ("unknown", "capped", False)


def test_an_attribute_leads_on() -> None:
    assert walk("step = step.parent") == ("unknown", "capped", False)
    assert walk("answer.last.parent = answer\n                step = step.parent")[0] == "unbounded"
    assert walk("step = answer.parent")[0] == "unbounded"


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (f"self.rows.append(answer)\n                {GO_ON}", BY_INDEX),
        (f"rows.append(answer)\n                {GO_ON}", GIVEN),
        (f"self.followers[step] = answer\n                {GO_ON}", "return self.followers.get(step)"),
        (f"if answer.again:\n                    continue\n                {GO_ON}", LATER),
        ("step = self.after(rows, answer.step)", LATER),
        ("step = self.after(answer, step)", LATER),
        (GO_ON, "return client.create(step)"),
        (GO_ON, "return make(step) if step else None"),
        (GO_ON, "return self.rows[0]"),
    ],
)
def test_what_is_added_to_or_chosen_by_a_model_is_no_walk(body: str, after: str) -> None:
    assert walk(body, after)[0] == "unbounded"


DOWN = """
class Tree:
    def f(self, client):
        node = self.root
        while True:
            answer = client.create(node)
            if answer.done:
                return node
            for child in node.children:
                if child.name == answer.name:
                    node = child
                    break
            {otherwise}
"""


@pytest.mark.parametrize(
    ("otherwise", "times"),
    [
        ("else:\n                raise ValueError", "unknown"),
        ("", "unbounded"),
        ("else:\n                node = self.root", "unbounded"),
        ("else:\n                raise ValueError\n            node.children.append(Tree())", "unbounded"),
    ],
)
def test_a_walk_down_a_tree_ends_where_it_does(otherwise: str, times: str) -> None:
    assert shape(DOWN.replace("{otherwise}", otherwise))[0] == times
