"""What ends a retry without a number: a flag that a handler sets, somebody who is asked, a count that a success sets back."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retries, value
from tests.graph.loop_help import retry as one


@pytest.mark.parametrize(
    "handler",
    [
        "more = False\n            continue",
        "if bad(e):\n                more = False\n                continue\n            raise",
        "more = False",
    ],
)
def test_a_handler_that_ends_the_loop_by_its_flag_leads_to_no_retry(handler):
    head = "def f(c):\n    more = True\n    while more:\n"
    text = f"{head}        try:\n            r = c.list()\n            more = r.more\n        except E as e:\n            {handler}\n"
    assert retries(text) == []


def test_a_flag_that_leads_on_is_a_retry():
    text = """
    def f(c):
        done = False
        while not done:
            try:
                c.create()
                done = True
            except E:
                done = False
    """
    assert value(one(text).attempts) == "unbounded"


def test_a_flag_that_is_set_again_after_the_handler_does_not_end_it():
    text = """
    def f(c):
        more = True
        while more:
            try:
                return c.create()
            except E:
                more = False
            more = True
    """
    assert value(one(text).attempts) == "unbounded"


ASKED = """
class Budget:
    def __init__(self): self.left = 3
    def allows(self, e):
        self.left -= 1
        return self.left > 0
def transient(e):
    return e.code in (429, 503)
def counted(e, n):
    return n < limit_of(e)
def f(c, recover, budget=Budget()):
    n = 0
    while True:
        n += 1
        try:
            return c.create()
        except E as e:
            {handler}
"""


@pytest.mark.parametrize(
    ("handler", "name"),
    [
        ("new = recover(e)\n            if new is None:\n                raise", "recover"),
        ("if not recover(e):\n                raise", "recover"),
        ("if recover(e):\n                continue\n            else:\n                break", "recover"),
        ("if not budget.allows(e):\n                raise", "allows"),
        ("if not counted(e, n):\n                raise", "counted"),
    ],
)
def test_whoever_is_asked_decides(handler, name):
    attempts = one(ASKED.format(handler=handler)).attempts
    assert (value(attempts), attempts.value.why) == ("unknown", f"it is tried again as long as {name}() says so, which is not known")


@pytest.mark.parametrize(
    "handler",
    [
        "if not transient(e):\n                raise",
        "if e.code != 429:\n                raise\n            sleep(1)",
        "if 'limit' not in str(e):\n                raise",
        "if not e.retryable():\n                raise",
        "text = e.body.decode()\n            if text.startswith('x'):\n                raise",
        "recover(e)",
        "if isinstance(e, Fatal):\n                raise",
    ],
)
def test_a_mere_look_at_the_exception_stops_nothing(handler):
    assert value(one(ASKED.format(handler=handler)).attempts) == "unbounded"


def test_one_handler_that_asks_nobody_is_enough():
    text = """
    def f(c, recover):
        while True:
            try:
                return c.create()
            except A as e:
                if not recover(e): raise
            except B:
                sleep(1)
    """
    assert value(one(text).attempts) == "unbounded"


def test_recursion_on_the_word_of_what_keeps_a_state():
    text = """
    class Models:
        def __init__(self): self.index = 0
        def switch(self):
            if self.index + 1 >= len(self.names): return False
            self.index += 1
            return True
        def f(self, c):
            if not self.switch():
                return None
            try:
                return c.create()
            except E:
                return self.f(c)
    """
    assert value(one(text).attempts) == "unknown"


def test_a_limit_of_none_is_one():
    text = """
    import os
    def f(c, many):
        attempts = 3 if many else 1
        for attempt in range(attempts):
            try:
                return c.create()
            except E:
                if attempt == attempts - 1:
                    raise
    """
    assert value(one(text).attempts) == "one_of" and "unbounded" not in str(one(text).attempts)


@pytest.mark.parametrize("test", ["attempt == 0", "attempt >= 0"])
def test_a_limit_of_zero_holds_at_once(test):
    head = "def f(c):\n    for attempt in range(3):\n"
    text = f"{head}        try:\n            return c.create()\n        except E:\n            if {test}: raise\n"
    assert value(one(text).attempts) == 1


CONSECUTIVE = """
class A:
    def __init__(self):
        self.attempts = 0
    def f(self):
        while self.attempts <= 3:
            try:
                {before}
                answer = self.serve()
                {after}
                if answer:
                    return answer
            except E:
                self.attempts += 1
                {handler}
"""


@pytest.mark.parametrize(
    ("before", "after", "handler", "times"),
    [
        ("pass", "self.attempts = 0", "sleep(1)", 3),
        ("self.attempts = 0", "pass", "sleep(1)", "unbounded"),
        ("pass", "self.attempts = 0\n                self.report()", "sleep(1)", "unbounded"),
        ("pass", "self.attempts = 0", "self.attempts = 0", "unbounded"),
    ],
)
def test_a_success_may_set_back_the_count_of_failures(before, after, handler, times):
    found = retries(CONSECUTIVE.format(before=before, after=after, handler=handler))
    assert [value(r.attempts) for r in found] == [times]


def test_who_looks_again_and_again_retries_nothing():
    text = """
    def watch(c):
        while True:
            try:
                state = c.status()
                if state.over:
                    break
                sleep(5)
            except Exception:
                sleep(5)
    """
    assert retries(text) == []


def test_a_page_that_is_asked_for_again_is_a_retry():
    text = """
    def f(c, rows):
        cursor, first = None, True
        while first or cursor:
            try:
                page = c.list(cursor=cursor)
                for row in page.rows:
                    rows.append(clean(row))
                cursor, first = page.cursor, False
                if not cursor:
                    break
            except E as e:
                if e.code == 429:
                    sleep(60)
                else:
                    raise
    """
    assert value(one(text).attempts) == "unbounded"


def test_what_a_turn_got_is_no_judge():
    text = """
    def f(c, rows):
        while True:
            page = None
            try:
                page = c.list()
            except E as e:
                sleep(60)
            if page is None:
                continue
            rows.extend(page.rows)
            if not page.get("more"):
                break
    """
    assert value(one(text).attempts) == "unbounded"


def test_two_ways_to_end_it_by_the_flag():
    text = """
    def f(c):
        more = True
        while more:
            try:
                more = c.list().more
            except E as e:
                if bad(e):
                    more = False
                    continue
                elif worse(e):
                    more = False
                    continue
                raise
    """
    assert retries(text) == []


@pytest.mark.parametrize(
    ("test", "attempts"),
    [("await self.asks(e)", "unknown"), ("e.code == 429", "unbounded")],
)
def test_whoever_is_asked_at_the_limit_decides(test, attempts):
    text = f"""
    class A:
        def __init__(self, asks=None): self.asks = asks
        async def f(self, c, most=3):
            left = most
            while True:
                if left == 0:
                    if self.asks:
                        again = {test}
                        if again:
                            left = most
                            continue
                    raise RuntimeError
                left -= 1
                try:
                    return await c.create()
                except E as e:
                    continue
    """
    assert value(one(text).attempts) == attempts


@pytest.mark.parametrize(("test", "times"), [("not ready", 10), ("slow", "unbounded")])
def test_a_count_under_the_question_of_the_loop(test, times):
    text = f"""
    def f(c, slow):
        retries, ready = 0, False
        while not ready and retries < 10:
            try:
                if c.list().ok:
                    ready = True
            except E:
                log()
            if {test}:
                sleep(1)
                retries += 1
    """
    assert value(one(text).attempts) == times


@pytest.mark.parametrize(("second", "times"), [("if n > 3: return None", 3), ("pass", "unbounded")])
def test_each_handler_asks_for_the_limit(second, times):
    text = f"""
    def f(c):
        n = 0
        while True:
            try:
                return c.create()
            except A as e:
                n += 1
                if n > 3:
                    return None
            except B as e:
                n += 1
                {second}
                sleep(n)
    """
    found = value(one(text).attempts)
    assert (found if found == "unbounded" else 3) == times


TWO_COUNTERS = """
def f(c, keys):
    tries, failures = 0, 0
    most = len(keys)
    while tries < most:
        {before}
        try:
            return c.create()
        except E as e:
            if e.rate:
                continue
            {after}
            failures += 1
            if failures > 2:
                break
"""


def test_where_the_counter_of_the_loop_counts_each_turn_a_narrower_one_that_is_left_out_says_nothing():
    found = one(TWO_COUNTERS.format(before="tries += 1", after="pass")).attempts
    assert (value(found), found.value.why) == ("unknown", "it may be limited by tries, compared in line 5")


def test_where_the_counter_of_the_loop_is_left_out_as_well_nothing_limits_it():
    found = one(TWO_COUNTERS.format(before="pass", after="tries += 1")).attempts
    assert value(found) == "unbounded"
    assert "skips the counter" in (found.why or "")


APART = """
def f(c):
    fixed = False
    stale = lost = 0
    while True:
        try:
            return c.load()
        except Pending:
            FIRST
        except Stale:
            stale += 1
            if stale < 2:
                continue
            raise
"""


@pytest.mark.parametrize(
    ("first", "times"),
    [
        ("raise", 2),
        ("if fixed:\n                raise\n            fixed = True\n            continue", 3),
        ("lost += 1\n            if lost > 3:\n                raise\n            continue", 5),
        ("continue", "unbounded"),
        ("fixed = True\n            continue", "unbounded"),
        ("lost += 1\n            continue", "unbounded"),
    ],
)
def test_failures_of_several_kinds_are_counted_apart(first, times):
    assert value(one(APART.replace("FIRST", first)).attempts) == times


def test_what_ends_the_loop_itself_is_no_try_more():
    text = APART.replace("while True", "while not fixed").replace("FIRST", "fixed = True\n            continue")
    assert value(one(text).attempts) == 2


OTHER_HALF = """
def f(c):
    out, n = None, 3
    while out is None and n > 0:
        try:
            out = c.create()
        except E:
            n -= 1
        except F as e:
            {branch}
"""


@pytest.mark.parametrize("made", ["{'text': str(e)}", "[]", "f'{e}'", "0"])
def test_a_branch_that_ends_the_loop_by_the_other_half_of_its_test_need_not_count(made):
    found = one(OTHER_HALF.replace("{branch}", f"if e.final:\n                out = {made}\n            else:\n                n -= 1"))
    assert (value(found.attempts), len(found.handlers)) == (3, 2)
    alone = one(OTHER_HALF.replace("{branch}", f"out = {made}"))
    assert (value(alone.attempts), len(alone.handlers)) == (3, 1)


@pytest.mark.parametrize("made", ["None", "e.answer", "{}\n            out = None", "other"])
def test_a_branch_that_may_leave_the_test_as_it_was_has_to_count(made):
    assert value(one(OTHER_HALF.replace("{branch}", f"out = {made}")).attempts) == "unbounded"


@pytest.mark.parametrize("made,ends", [("[]", False), ("[1]", True), ("[*rows]", False), ("{'a': 1}", True), ("{**rows}", False)])
def test_a_test_for_something_true_needs_a_value_with_something_in_it(made, ends):
    text = "def f(c, rows):\n    out = None\n    while not out:\n        try:\n            out = c.create()\n        except E:\n"
    assert (retries(f"{text}            out = {made}\n") == []) is ends


@pytest.mark.parametrize(("operator", "attempts"), [(">", 6), (">=", 5)])
def test_handlers_that_count_together_each_ask_behind_their_own_count(operator, attempts):
    text = f"""
    def f(c, most=5):
        n = 0
        while True:
            try:
                return c.create()
            except First:
                n += 1
                if n {operator} most:
                    raise
            except Second:
                n += 1
                if n {operator} most:
                    raise

    f(1)
    """
    assert value(one(text).attempts) == attempts


@pytest.mark.parametrize(
    ("head", "ask", "attempts"),
    [
        ("n <= most", "n == most", 0),
        ("n < most", "n == most", 0),
        ("True", "n >= most", 1),
        ("True", "n == most", "unknown"),
        ("True", "most > 0 and n >= most", "unknown"),
    ],
)
def test_a_limit_below_zero_is_none_only_where_nothing_is_beyond_it(head, ask, attempts):
    text = f"""
    def f(c, most=-1):
        n = 0
        while {head}:
            try:
                return c.create()
            except E:
                if {ask}:
                    raise
                n += 1

    f(1)
    """
    assert value(one(text).attempts) == attempts
