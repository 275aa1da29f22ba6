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


@pytest.mark.parametrize(
    ("test", "change", "attempts"),
    [
        ("'no such field' in str(error)", "query.field = 'time'", "unknown"),
        ("'no such field' in str(error)", "x = 'time'", "unknown"),
        ("query.again", "query.field = 'time'", "unbounded"),
        ("'no such field' in str(error)", "query.field = better(error)", "unbounded"),
        ("'no such field' in str(error)", "other.field = 'time'", "unbounded"),
        ("'no such field' in str(error)", "pass", "unbounded"),
    ],
)
def test_a_request_that_is_mended_for_one_certain_failure(test: str, change: str, attempts: str) -> None:
    found = retry(f"""
    def f(query, x):
        try:
            return call(query, x)
        except E as error:
            if {test}:
                {change}
                return f(query, x)
            raise
    """)
    assert value(found.attempts) == attempts
    assert attempts != "unknown" or "line 7 for one certain failure" in str(found.attempts.value.why)


def test_recursion_outside_a_handler_is_no_retry():
    assert retries("def f(n):\n    try:\n        return f(n - 1)\n    except E:\n        return g()\n") == []


def test_asking_a_human_again_is_no_retry():
    assert (
        retries("def f(s):\n    try:\n        return parse(s)\n    except ValueError:\n        s = interrupt('?')\n        return f(s)\n")
        == []
    )


SEVERAL = """
class A:
    async def f(self, url, mode="a", attempt=0):
        if not self.session:
            return None
        try:
            async with self.session.get(url) as answer:
                if answer.status == 200:
                    return await answer.text()
                if answer.status < 500:
                    return None
            if attempt < {first} - 1:
                await self.pause(attempt)
                return await self.f(url, mode, attempt + 1)
            return None
        except TimeoutError:
            if attempt < {second} - 1:
                return await self.f(url, mode, attempt + 1)
            return None
        except {error}:
            if attempt < {third} - 1:
                return await self.f(url, mode, attempt + 1)
            return None
"""


@pytest.mark.parametrize(
    ("error", "on", "limits", "attempts"),
    [
        ("ValueError", ("builtins.TimeoutError", "builtins.ValueError"), (3, 3, 3), 3),
        ("Exception", ("*",), (3, 3, 3), 3),
        ("Exception", ("*",), (3, 5, 2), 5),
    ],
)
def test_several_handlers_and_an_answer_are_one_retry(error, on, limits, attempts):
    first, second, third = limits
    found = retry(SEVERAL.format(error=error, first=first, second=second, third=third))
    assert (value(found.attempts), found.on, found.line) == (attempts, on, 14)
    assert len(found.also) == 2


@pytest.mark.parametrize(("nth", "line"), [(1, 17), (2, 21)])
def test_a_handler_that_goes_on_for_ever_is_the_one_that_counts_and_is_told(nth, line):
    *head, last = SEVERAL.format(error="Exception", first=3, second=3, third=3).split("if attempt < 3 - 1:\n                return", nth)
    found = retry("if attempt < 3 - 1:\n                return".join(head) + "return" + last)
    assert (value(found.attempts), found.line) == ("unbounded", line)


def test_a_call_that_is_given_something_else_counts_for_itself():
    found = retry("""
    def f(node, attempt=0):
        try:
            for child in node.children:
                f(child, 0)
            return call(node)
        except E:
            if attempt >= 3:
                raise
            return f(node, attempt + 1)
    """)
    assert (value(found.attempts), found.line, found.also) == (4, 10, ())


ANSWERED = """
def f(url, {param}=0):
    {before}
    answer = call(url{used})
    {between}
    if answer.status == 200:
        return answer
    if {param} < 3:
        sleep(2 ** {param})
        return f({passed}, {param} + 1)
    return None
"""


def answered(before="pass", param="attempt", used="", between="pass", passed="url"):
    return retries(ANSWERED.format(before=before, param=param, used=used, between=between, passed=passed))


def test_a_function_that_asks_again_for_a_better_answer():
    (found,) = answered()
    assert (value(found.attempts), found.mechanism, found.on) == (4, "recursion", ())


@pytest.mark.parametrize("check", ["if attempt >= 3:\n        return None", "log(url)\n    if attempt >= 3:\n        return None"])
def test_a_check_before_the_request_lets_one_less_through(check):
    text = ANSWERED.format(before=check, param="attempt", used="", between="pass", passed="url").replace("if attempt < 3:", "if True:")
    assert value(retry(text).attempts) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"param": "page", "used": ", page"},
        {"param": "depth"},
        {"passed": "answer.url"},
        {"between": "url = answer.next"},
        {"between": "url.append(answer)"},
        {"between": "history.append(answer)"},
    ],
)
def test_a_function_that_goes_on_with_something_else_is_no_retry(changes):
    assert answered(**changes) == []


def test_a_count_that_no_answer_decides_about_is_no_retry():
    assert retries("def f(x, attempt=0):\n    if attempt > 3:\n        return x\n    return f(x, attempt + 1)\n") == []
