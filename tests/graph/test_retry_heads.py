"""Loops over what is to be done: whether a failure tries the same again, or goes on to the next."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retries, value

QUEUE = """
    class Work:
        def skip(self):
            self.rows.pop(0)
        def f(self, client, rows):
            i = fails = 0
            while {test}:
                {first}
                try:
                    {work}
                except E as e:
                    {handler}
                    continue
                {last}
"""
TAKEN = {"first": "row = rows.popleft()", "work": "client.create(row)", "last": "pass"}


def attempts(**changed: str) -> list[object]:
    given = {"test": "rows", "first": "pass", "work": "client.create(rows[0])", "handler": "sleep(5)", "last": "rows.pop(0)"}
    return [value(r.attempts) for r in retries(QUEUE.format(**{**given, **changed})) if r.mechanism == "loop"]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"handler": "print(rows, len(rows))"},
        {"first": "row = rows[0]", "work": "client.create(row)"},
        {"first": "row = rows[0]; text = row", "work": "client.create(row)"},
        {"last": "rows = rows[1:]"},
        {"last": "del rows[0]"},
        {"last": "self.done(rows)"},
        {"test": "len(rows) > 0"},
        {"test": "i < len(rows)", "work": "client.create(rows[i])", "last": "i += 1"},
        {"test": "i < len(rows)", "work": "client.create(rows[i])\n                    i += 1", "last": "pass"},
        {"test": "True", "first": "if not rows:\n                    break"},
        {"test": "self.rows", "work": "client.create(self.rows[0])", "last": "self.skip()"},
        {**TAKEN, "handler": "rows.append(row)"},
        {"first": "fails = 0", "handler": "fails += 1\n                    if fails > 3: raise"},
    ],
)
def test_a_failure_that_leaves_the_head_where_it_is_is_a_retry(changed: dict[str, str]) -> None:
    assert attempts(**changed) == ["unbounded"]


@pytest.mark.parametrize(
    "changed",
    [
        # The failure goes on to the next one, or may.
        {"handler": "rows.pop(0)"},
        {"handler": "rows = rows[1:]"},
        {"handler": "del rows[0]"},
        {"handler": "fails += 1\n                    if fails > 3: rows.pop(0)"},
        {"handler": "self.drop(rows)"},
        {"test": "self.rows", "work": "client.create(self.rows[0])", "handler": "self.skip()", "last": "self.skip()"},
        {"test": "i < len(rows)", "work": "client.create(rows[i])", "handler": "i += 1", "last": "i += 1"},
        # It has gone on before.
        {"first": "row = rows.pop(0)", "work": "client.create(row)", "last": "pass"},
        {"work": "row = rows.pop(0); client.create(row)", "last": "pass"},
        {"work": "client.create(rows.pop(0))", "last": "pass"},
        {"test": "i < len(rows)", "first": "i += 1", "work": "client.create(rows[i])", "last": "pass"},
        {
            "first": "row = rows.popleft()",
            "work": "client.create(row)",
            "handler": "if e.soft:\n                        rows.append(row)",
            "last": "pass",
        },
        {"first": "row = rows.popleft()", "work": "client.create(row)", "handler": "rows.append(1)", "last": "pass"},
        # Something else is worked on, nothing is taken at all, or the failure leaves.
        {"work": "print(rows[0])"},
        {"work": "client.create(self.talk)"},
        {"handler": "break"},
    ],
)
def test_a_failure_that_goes_on_to_the_next_is_none(changed: dict[str, str]) -> None:
    assert attempts(**changed) == []


def test_the_failures_may_be_counted() -> None:
    count = "fails += 1\n                    if fails > 3: raise"
    assert attempts(handler=count) == [4]
    assert attempts(test="rows and fails < 3", handler="fails += 1") == [3]
    taken = {"first": "row = rows.popleft()", "work": "client.create(row)", "last": "pass"}
    assert attempts(**taken, handler="row.n += 1\n                    if row.n > 3: raise\n                    rows.append(row)") == [
        "unknown"
    ]
