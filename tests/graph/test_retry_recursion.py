"""Functions that call themselves again when they failed."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retries, retry, value


@pytest.mark.parametrize(
    ("head", "body", "attempts"),
    [
        ("retries=3", "if retries > 0:\n            return f(retries - 1)\n        raise", 4),
        ("retries=3", "if retries <= 0: raise\n        return f(retries=retries - 1)", 4),
        ("attempt=0", "if attempt < 3:\n            return f(attempt + 1)\n        raise", 4),
        ("attempt=1", "if attempt >= 3: raise\n        return f(attempt + 1)", 3),
        ("x=1", "return f(x)", "unbounded"),
    ],
)
def test_recursive_retry(head, body, attempts):
    found = retry(f"def f({head}):\n    try:\n        return call()\n    except TimeoutError:\n        {body}\n")
    assert (value(found.attempts), found.mechanism, found.on) == (attempts, "recursion", ("builtins.TimeoutError",))
    assert found.site is not None


def test_recursive_retry_with_a_check_at_the_top():
    found = retry("""
    class A:
        def f(self, x, attempt=0):
            if attempt >= 3:
                raise RuntimeError
            try:
                return call(x)
            except E:
                return self.f(x, attempt + 1)
    """)
    assert (value(found.attempts), found.mechanism) == (3, "recursion")


@pytest.mark.parametrize(
    ("check", "attempts"),
    [
        ("self.failed += 1\n                if self.failed > 3:\n                    raise", 4),
        ("if self.failed >= 3:\n                    raise\n                self.failed += 1", 4),
    ],
)
def test_an_attribute_that_is_counted_before_or_behind_its_check(check: str, attempts: int) -> None:
    found = retry(f"""
    class A:
        def __init__(self):
            self.failed = 0

        def f(self, x):
            try:
                return call(x)
            except E:
                {check}
                return self.f(x)
    """)
    assert (value(found.attempts), found.mechanism) == (attempts, "recursion")


def test_recursion_outside_a_handler_is_no_retry():
    assert retries("def f(n):\n    try:\n        return f(n - 1)\n    except E:\n        return g()\n") == []


def test_asking_a_human_again_is_no_retry():
    assert (
        retries("def f(s):\n    try:\n        return parse(s)\n    except ValueError:\n        s = interrupt('?')\n        return f(s)\n")
        == []
    )
