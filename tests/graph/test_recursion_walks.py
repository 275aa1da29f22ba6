"""Recursions from an object to the one that it is linked to."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import recursion, value

PARENT = "self.parent = parent"
UP = """
    class Node:
        UP = "up"
        DOWN = "down"

        def __init__(self, parent: "Node | None" = None, older: "Node | None" = None):
            {born}
            self.links = {{}}
            self.text = ""

        def set(self, key, value):
            self.links[key] = value

        def make(self):
            {make}

        def tell(self, client):
            self.text = client.create(self.text)
            return self.text

    class Runner:
        def f(self, node: Node, said: str):
            said = node.tell(self.client) + said
            {step}

    def start(client):
        {start}
"""
BY_NAME = "above = node.parent\n            if above:\n                said = self.f(above, said)\n            return said"
DIRECTLY = "if node.parent is None:\n                return said\n            return self.f(node.parent, said)"
BY_KEY = "above = node.links.get(Node.UP, None)\n            if above is not None:\n                said = self.f(above, said)"
BY_ENTRY = 'if node.links["up"]:\n                said = self.f(node.links["up"], said)'
BY_GETATTR = 'above = getattr(node, "parent", None)\n            if above:\n                return self.f(above, said)'
LINKED = "child = Node()\n            child.set(Node.UP, self)\n            self.set(Node.DOWN, child)"


def climb(step: str, born: str = PARENT, make: str = "pass", start: str = "pass") -> tuple[object, str]:
    facts = recursion(dedent(UP.format(born=born, step=step, make=make, start=start)))
    return value(facts.times), facts.ends_on


@pytest.mark.parametrize("step", [BY_NAME, DIRECTLY, BY_GETATTR])
def test_a_link_that_is_set_as_the_object_is_made_ends(step: str) -> None:
    assert climb(step) == ("unknown", "data")


@pytest.mark.parametrize("start", ["first = Node()\n        second = Node()\n        first.parent = second", "Node().parent = Node()"])
def test_that_a_link_set_later_ends_is_not_known(start: str) -> None:
    assert climb(BY_NAME, start=start) == ("unknown", "capped")


@pytest.mark.parametrize(
    "born",
    ["self.parent = older.parent", "self.parent = self", "self.parent = parent or self", "parent = self\n            self.parent = parent"],
)
def test_nor_of_one_that_is_set_to_something_else(born: str) -> None:
    assert climb(BY_NAME, born=born) == ("unknown", "capped")


@pytest.mark.parametrize("step", [BY_KEY, BY_ENTRY])
@pytest.mark.parametrize("make", ["pass", LINKED, "self.set(Node.DOWN, Node())", "self.links = {}"])
def test_that_an_entry_ends_is_not_known(step: str, make: str) -> None:
    assert climb(step, make=make) == ("unknown", "capped")


@pytest.mark.parametrize(
    ("step", "change"),
    [
        (BY_NAME, "node.parent = self.client.create(node)"),
        (DIRECTLY, "node.parent = Node(said)"),
        (BY_KEY, "node.set(Node.UP, Node())"),
        (BY_KEY, "node.links[said] = Node()"),
        (BY_KEY, "node.links.update({Node.UP: Node()})"),
        (BY_KEY, "node.links = self.client.create(node)"),
    ],
)
def test_what_each_turn_links_anew_has_no_end_of_its_own(step: str, change: str) -> None:
    assert climb(f"{change}\n            {step}")[0] == "unbounded"


@pytest.mark.parametrize("make", ["self.parent = Node()", "self.parent = self.parent or Node()"])
def test_what_a_callee_links_anew(make: str) -> None:
    assert climb(f"node.make()\n            {BY_NAME}", make=make)[0] == "unbounded"


@pytest.mark.parametrize(
    "step",
    [
        "if said:\n                said = self.f(node.parent, said)",
        "if node.parent:\n                said = self.f(node, said)",
        "node = node.tell(self.client)\n            if node.parent:\n                said = self.f(node.parent, said)",
        "above = self.client.create(node)\n            if above:\n                said = self.f(above, said)",
    ],
)
def test_no_walk(step: str) -> None:
    assert climb(step)[0] == "unbounded"


def test_a_property_may_make_a_new_one_each_time() -> None:
    assert climb(BY_NAME, make="pass\n\n        @property\n        def parent(self):\n            return Node()")[0] == "unbounded"


def test_a_method_of_what_is_linked() -> None:
    text = """
        class Node:
            def __init__(self, parent=None):
                self.parent = parent

            def f(self, client):
                said = client.create(self)
                if self.parent:
                    said += self.parent.f(client)
                return said
    """
    facts = recursion(dedent(text))
    assert (value(facts.times), facts.ends_on) == ("unknown", "data")
