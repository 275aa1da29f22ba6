"""Loops whose end stands elsewhere: gates on one branch, limits in callees, budgets that are off, counters that are skipped."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, recursion, retries, retry, shape, value

# -- gates on one branch


@pytest.mark.parametrize(
    ("branches", "gated"),
    [
        ("if first:\n            text = first\n            first = None\n        else:\n            text = ask()", True),
        ("if first is None:\n            text = ask()\n        else:\n            text = first\n            first = None", True),
        ("if first:\n            text = first\n        else:\n            text = ask()", False),
        ("if first:\n            text = first\n            first = more\n        else:\n            text = ask()", False),
        ("if not first:\n            first = ask()\n        text, first = first, 1\n        first = None", False),
        ("if spoken:\n            text = listen()\n        else:\n            text = ask()", True),
        ("if alone:\n            text = model()\n        else:\n            text = ask()", False),
    ],
)
def test_a_wait_on_one_branch(branches, gated):
    text = f"def f(first, more, spoken, alone):\n    while True:\n        {branches}\n        if model(text).done: break\n"
    assert shape(text)[2] is gated


ROUNDS = """
def f(text):
    while True:
        answer = model(text)
        if answer.unclear:
            print(answer)
            {unclear}
        if answer.wrong:
            {wrong}
        return answer
"""


@pytest.mark.parametrize(
    ("unclear", "wrong", "gated"),
    [
        ("text = ask()\n            continue", "return None", True),
        ("text = ask()\n            continue", "text = recv()\n            continue", True),
        ("text = ask()\n            continue", "continue", False),
        ("continue", "return None", False),
        ("while True:\n                if ask(): break\n            continue", "return None", True),
        ("for part in answer.parts:\n                text = ask(part)\n            continue", "return None", False),
    ],
)
def test_a_wait_on_all_ways_round(unclear, wrong, gated):
    """Each way that begins another turn waits at a place of its own."""
    assert shape(ROUNDS.format(unclear=unclear, wrong=wrong))[2] is gated


# -- limits in callees


HIDDEN = """
def prepare(store, answer):
    state = store.read()
    if {test}:
        return None
    store.write(int(state.get("used", 0)) + 1)
    return state

def f(store):
    answer = None
    while True:
        answer = model(answer)
        goal = prepare(store, answer)
        if goal is None or answer.done:
            break
"""


@pytest.mark.parametrize(
    ("test", "times"),
    [
        ('int(state.get("used", 0)) >= int(state.get("most", 8))', "unknown"),
        ('state["used"] >= 8', "unknown"),
        ("answer.score >= 8", "unbounded"),
        ("not state", "unbounded"),
        ("len(state) > 5", "unbounded"),
        ('state["left"] > 0', "unbounded"),
    ],
)
def test_a_limit_in_the_function_whose_answer_ends_it(test, times):
    facts = loop(dedent(HIDDEN.format(test=test)))
    assert value(facts.times) == times
    if times == "unknown":
        assert "prepare" in (facts.times.why or "") and facts.ends_on == "capped"
    else:
        assert facts.ends_on == "model"


# -- budgets


def test_a_budget_that_is_off_by_default():
    text = """
    class Llm:
        def __init__(self, cap=None):
            self.cap, self.total = cap, 0
        def fits(self, more):
            return self.cap is None or self.total + more <= self.cap
        def ask(self):
            if not self.fits(10):
                raise RuntimeError
            answer = model()
            self.total += answer.usage.tokens
            return answer
    def f():
        llm = Llm()
        while True:
            if llm.ask().done:
                break
    """
    facts = loop(dedent(text))
    assert (value(facts.times), facts.times.unit) == ("unknown", "tokens")
    assert "off by default" in (facts.times.why or "")


def test_what_is_metered_counts_where_it_is_reported():
    text = """
    def f():
        tokens = 0
        while True:
            answer = model()
            if hasattr(answer, "usage") and answer.usage:
                tokens += answer.usage.total
            if tokens >= 5000 or answer.done:
                break
    """
    facts = loop(dedent(text))
    assert (value(facts.times), facts.times.unit) == (5000, "tokens")


def test_a_recursion_with_a_budget_of_tokens():
    text = """
    class A:
        def __init__(self):
            self.tokens = 0
        def f(self):
            answer = model()
            if answer.usage:
                self.tokens += answer.usage.total
            if self.tokens >= 5000:
                return "used up"
            if answer.calls:
                return self.f()
            return answer
    """
    facts = recursion(dedent(text))
    assert (value(facts.times), facts.times.unit) == (5000, "tokens")


@pytest.mark.parametrize(("test", "times"), [("n >= most", "unknown"), ("most is not None and n >= most", "unbounded")])
def test_a_bound_of_none_is_off_only_where_it_is_asked_for(test, times):
    text = f"def f(most=None):\n    n = 0\n    while True:\n        n += 1\n        if {test}: break\n        model()\n"
    assert value(loop(text).times) == times


# -- counters


@pytest.mark.parametrize(
    ("skip", "count", "why"),
    [
        ("if not answer: continue", "n += 1", "the `continue` in line 5 skips the counter in line 7"),
        ("print(answer)", "if answer: n += 1", "not every turn comes to the counter in line 7"),
    ],
)
def test_a_counter_that_some_turns_skip(skip, count, why):
    body = f"answer = model()\n        {skip}\n        done = good(answer)\n        {count}"
    facts = loop(f"def f(done=False):\n    n = 1\n    while not done and n <= 3:\n        {body}\n")
    assert value(facts.times) == "unbounded"
    assert why in (facts.times.why or "")


ERRORS = """
def f(most=25):
    n = errors = 0
    while n < most:
        try:
            answer = model()
            {after}
        except Exception:
            errors += 1
            if errors >= 3:
                break
            continue
        n += 1
"""


def test_errors_in_a_row_and_turns_multiply():
    text = ERRORS.format(after="errors = 0")
    assert shape(text)[:2] == (75, "capped")
    again = retry(text)
    assert (again.mechanism, value(again.attempts)) == ("accidental", 3)


def test_what_fails_after_the_reset_may_go_on_for_ever():
    assert shape(ERRORS.format(after="errors = 0\n            log(answer)"))[0] == "unbounded"


# -- retries


def test_a_consumer_is_no_retry():
    text = """
    def f(self):
        while self.running:
            try:
                got = fetch()
                if got["code"] == 14:
                    self.running = False
                    break
                for message in got["messages"]:
                    handle(message)
            except Exception:
                sleep(5)
    """
    assert retries(text) == []


def test_a_poll_that_gives_its_result_is_a_retry():
    text = """
    def f():
        while True:
            try:
                got = fetch()
                check(got)
                if got.ready:
                    return got
            except Exception:
                sleep(5)
    """
    assert value(retry(text).attempts) == "unbounded"


def test_until_there_is_a_result():
    text = """
    def f():
        got, retries = [], 0
        while len(got) < 1:
            try:
                got = fetch()
                if isinstance(got, str):
                    got = [got]
            except Exception:
                retries += 1
                if retries > 20:
                    return None
                continue
        return got
    """
    assert value(retry(text).attempts) == 21


@pytest.mark.parametrize(
    ("guard", "passed", "attempts"),
    [
        ("again", "again=False", 2),
        ("not second", "second=True", 2),
        ("again and e.code == 429", "again=False", 2),
        ("second is None", "second=1", 2),
        ("again or second", "again=False", "unbounded"),
        ("again", "again=True", "unbounded"),
        ("again", "again=again", "unbounded"),
        ("again", "", "unbounded"),
    ],
)
def test_a_flag_that_the_recursive_call_passes(guard, passed, attempts):
    text = f"""
    def f(again=True, second=None):
        try:
            return fetch()
        except OSError as e:
            if {guard}:
                return f({passed})
            return None
    """
    assert value(retry(text).attempts) == attempts


def test_an_attribute_that_is_set_before_the_recursive_call():
    text = """
    class A:
        def f(self):
            try:
                return fetch()
            except PermissionError:
                if self.renewed:
                    raise
                self.renewed = True
                return self.f()
    """
    assert value(retry(text).attempts) == 2


def test_attempts_that_wait_for_a_person():
    text = """
    def f(n=3):
        for attempt in range(n):
            try:
                return understand(ask())
            except ValueError:
                sleep(1)
    """
    assert value(retry(text).attempts) == 3


# -- work lists


REFILLED = """
def f(task, most=5):
    plan = model(task)
    used = 0
    while plan and used < most:
        step = plan.pop(0)
        if step == "skip":
            continue
        out = model(step)
        {refill}
"""


@pytest.mark.parametrize(
    ("refill", "times"),
    [
        ("if task.again and plan:\n            used += 1\n            plan = model(out)", "unknown"),
        ("if task.again:\n            plan = model(out)\n        used += 1", 5),
        ("if task.again:\n            plan = model(out)\n        else:\n            used += 1", "unbounded"),
        ("plan.extend(out)\n        used += 1", 5),
        ("if out:\n            used += 1\n        plan.append(out)", "unbounded"),
    ],
)
def test_a_list_that_is_filled_again_where_it_is_counted(refill, times):
    assert value(loop(REFILLED.format(refill=refill)).times) == times


POLL = """
    async def f(self, task):
        while {test}:
            try:
                self.seen.append(self.state())
                if self.stopped:
                    break
            except Exception:
                log()
            await sleep(1)
    """


def test_a_poll_until_a_task_is_done_is_no_retry():
    assert retries(POLL.format(test="not task.done()")) == []
    assert [r.mechanism for r in retries(POLL.format(test="True"))] == ["accidental"]


@pytest.mark.parametrize(
    ("test", "inside", "gated"),
    [
        ("len(r.asked) > 0", "ok = input()", True),
        ("r.asked", "ok = to_thread(input, 'ok?')", True),
        ("r.asked and not done", "if each.call is None:\n                continue\n            ok = input()", True),
        ("r.asked", "if each.call:\n                continue\n            ok = input()", False),
        ("r.asked", "ok = True", False),
        ("len(r.asked) < 5", "ok = input()", False),
        ("r.others", "ok = input()", False),
    ],
)
def test_a_loop_that_asks_somebody_about_each_request_that_it_goes_on_for(test, inside, gated):
    text = f"def f(r, done):\n    while {test}:\n        for each in r.asked:\n            {inside}\n        r = model(r)\n"
    assert loop(text).gated is gated


# -- tests that nothing changes

RUN = """
class Run:
    def __init__(self, status, calls):
        self.status, self.calls = status, calls
    def waits(self):
        return self.status == "action"
{more}
def f(q):
    run = Run(model(q).status, [])
    going = True
    while {test}:
        {turn}
"""


def kind(test: str, turn: str = "answer = model(run.calls)", more: str = "") -> str:
    return loop(RUN.format(test=test, turn=turn, more=more)).ends_on


@pytest.mark.parametrize(
    "test", ["run.waits()", "going and run.waits()", "run.status == 'action'", "going", "not (going and run.status in ('a', 'b'))"]
)
def test_a_test_that_nothing_changes_ends_no_loop(test):
    assert kind(test) == "model", "nothing ends it, and what it asks is a model"


@pytest.mark.parametrize(
    ("test", "turn", "more"),
    [
        ("run.waits()", "answer = model(run.calls)", "def stop(run):\n    run.status = 'done'"),
        ("q.waits()", "answer = model(q.calls)", ""),
        ("q", "answer = model(run.calls)", ""),
        ("run.calls", "answer = model(run.calls)", ""),
        ("run.running()", "answer = model(run.calls)", "    def running(self):\n        return self.status.left()"),
    ],
)
def test_a_test_that_others_may_change_is_an_event(test, turn, more):
    assert kind(test, turn, more) == "event"


def test_a_test_that_the_turn_changes_is_asked_as_before():
    assert kind("run.waits()", "run = Run(model(q).status, [])") == "model"
    assert kind("going", "model(q)\n        going = q.left") == "data"


def test_a_function_inside_may_change_the_variable():
    text = "def f(q):\n    going = True\n    def stop():\n        nonlocal going\n        going = False\n    q.on(stop)\n"
    assert loop(f"{text}    while going:\n        model(q)\n").ends_on == "event"
