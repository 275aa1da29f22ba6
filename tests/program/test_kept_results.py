"""A function that keeps its results under what it is asked for."""

from __future__ import annotations

import pytest

from tests.program.ask import check

HEAD = """
kept = {{}}

class A: pass
class B: pass

def make(kind):
    {first}
    if kind == "a":
        made = A()
    elif kind == "b":
        made = B()
    else:
        raise ValueError(kind)
    kept[kind] = made
    return made

probe(make("a"))  #= {a}
probe(make("b"))  #= {b}
"""
BOTH = "A() | B()"


@pytest.mark.parametrize(
    ("first", "a", "b"),
    [
        ("if kind in kept:\n        return kept[kind]", "A()", "B()"),
        ("found = kept.get(kind)\n    if found is not None:\n        return found", "A()", "B()"),
        ("if kind in kept:\n        return kept['a']", BOTH, BOTH),
        ("if kind in kept:\n        return kept[kind]\n    kind = kind.lower()", BOTH, BOTH),
        ("kept.update(x=B())\n    if kind in kept:\n        return kept[kind]", BOTH, BOTH),
    ],
)
def test_what_is_kept_under_a_key_is_what_the_function_makes_for_it(first: str, a: str, b: str) -> None:
    found, wanted = check(HEAD.format(first=first, a=a, b=b))
    assert found == wanted


def test_where_another_function_keeps_something_there_too_it_may_be_that() -> None:
    text = HEAD.format(first="if kind in kept:\n        return kept[kind]", a=BOTH, b=BOTH)
    found, wanted = check(text + "\ndef more(kind):\n    kept[kind] = B() if kind else A()\n\nmore('a')\nmore('b')\n")
    assert found == wanted


def test_what_several_objects_share_may_be_made_by_another_one() -> None:
    text = """
class Pool:
    kept = {}
    def __init__(self, t):
        self.t = t
    def get(self, name):
        if name in self.kept:
            return self.kept[name]
        made = self.t
        self.kept[name] = made
        return made

slow, fast = Pool(900), Pool(5)
slow.get("a")
probe(fast.get("a"))  #= 5 | 900
"""
    found, wanted = check(text)
    assert found == wanted


def test_the_default_of_get_counts_too() -> None:
    text = "kept = {}\ndef get(name):\n    found = kept.get(name, 7)\n    kept[name] = 5\n    return found\nprobe(get('a'))  #= 5 | 7\n"
    found, wanted = check(text)
    assert found == wanted
