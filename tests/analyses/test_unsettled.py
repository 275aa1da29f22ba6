"""Calls of which it takes too much to tell what they call: what is tried inside may be tried more often than what is seen."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import Unknown, alternatives
from tests.graph.dispatch_help import build, nodes

CHAIN = """
from acme import Client

class Store:
    def save(self, q):
        return self.sent(q)

    def sent(self, q):
        return Client().chat(messages=[q])

def once(q):
    return Store().save(q)

def twice(q):
    for _ in range(2):
        try:
            return Store().save(q)
        except ValueError:
            pass

def more(q):
    one0 = Store()
{chain}
    return helper(one{last}, q)

def helper(store, q):
    for _ in range({tries}):
        try:
            return store.save({arguments})
        except ValueError:
            pass

once(1)
twice(1)
{run}
"""


@pytest.mark.parametrize(
    ("long", "tries", "arguments", "run", "known", "doubted"),
    [
        (40, 5, "q", "more(1)", 5, False),
        (2100, 5, "q", "more(1)", 2, True),
        # Such a call with no more tries around it, one that the arguments rule out, and one that nothing runs say nothing.
        (2100, 1, "q", "more(1)", 2, False),
        (2100, 2, "q", "more(1)", 2, False),
        (2100, 5, "q, q, q", "more(1)", 2, False),
        (2100, 5, "q", "pass", 2, False),
    ],
)
def test_what_takes_too_much_to_be_followed_may_try_again(
    long: int, tries: int, arguments: str, run: str, known: float, doubted: bool
) -> None:
    chain = "".join(f"    one{n + 1} = one{n}\n" for n in range(long))
    text = CHAIN.format(chain=chain, last=long, tries=tries, arguments=arguments, run=run)
    (call,) = nodes(analyse(build(text)), "model_call")
    rows = alternatives(call.total_attempts)
    line = text[: text.index("store.save")].count("\n") + 1
    whys = [f"too much reaches the call at app.py:{line} to be followed: it may run this inside more retries"] if doubted else []
    assert [row.number for row in rows if row.number is not None] == [known]
    assert [row.value.why for row in rows if isinstance(row.value, Unknown)] == whys
