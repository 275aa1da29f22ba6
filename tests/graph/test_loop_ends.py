"""Clocks, budgets, what ends a loop that nothing limits, and recursion."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import loop, recursion, shape, value


@pytest.mark.parametrize(
    ("before", "test", "body"),
    [
        ("start = time.time()", "True", "if time.time() - start > 30: break"),
        ("start = time.monotonic()", "time.monotonic() - start < 30", "pass"),
        ("deadline = time.time() + 30", "time.time() < deadline", "pass"),
        ("deadline = time.time() + 30", "True", "left = deadline - time.time()\n        if left <= 0: raise TimeoutError"),
        ("start = time.time()", "True", "elapsed = time.time() - start\n        if elapsed >= 30: return"),
    ],
)
def test_clocks(before, test, body):
    facts = loop(f"import time\ndef f():\n    {before}\n    while {test}:\n        model()\n        {body}\n")
    assert (value(facts.times), facts.times.unit, facts.ends_on) == (30, "seconds", "capped")


def test_budget_of_tokens():
    text = """
    def f():
        used_tokens = 0
        while used_tokens < 10000:
            answer = model()
            used_tokens += answer.usage.total
    """
    facts = loop(dedent(text))
    assert (value(facts.times), facts.times.unit) == (10000, "tokens")


# -- what ends it


def test_ends_when_the_model_stops():
    text = """
    def f(client, messages):
        while True:
            response = client.create(messages=messages)
            calls = [b for b in response.content if b.type == "tool_use"]
            messages.append(response)
            if calls:
                messages.append(run(calls))
            else:
                return response
    """
    assert shape(text) == ("unbounded", "model", False)


def test_who_is_only_asked_about_an_error_does_not_end_it():
    text = """
    def f(client, messages):
        while True:
            try:
                response = client.create(messages=messages)
            except Exception:
                if input("again?") == "n":
                    raise
                continue
            if not response.calls:
                break
    """
    assert shape(text)[1:] == ("model", False)
    assert shape(text.replace("if not response.calls:\n                break", "store(response)"))[1:] == ("error", False)


def test_ends_by_what_the_models_answer_filled():
    text = """
    async def f(client, messages):
        while True:
            raw = client.create(messages=messages)
            response = raw.parse()
            results = []
            for block in response.content:
                if block.type == "tool_use":
                    results.append(await run(block))
            if not results:
                return messages
            messages.append(results)
    """
    assert shape(text) == ("unbounded", "model", False)


def test_a_flag_set_by_the_models_answer():
    text = """
    def f(client):
        done = False
        while not done:
            answer = client.create()
            if answer.stop:
                done = True
    """
    assert shape(text)[1] == "model"


def test_the_while_test_reads_the_answer():
    text = """
    def f(client):
        answer = client.create()
        while answer.stop_reason == "tool_use":
            answer = client.create()
    """
    assert shape(text)[1] == "model"


def test_nothing_ends_it():
    assert shape("while True:\n    model()\n") == ("unbounded", "model", False)


def test_queue_that_shrinks_is_data():
    text = """
    def f(queue):
        while queue:
            item = queue.pop(0)
            model(item)
    """
    assert shape(text)[:2] == ("unbounded", "data")


def test_index_over_data_is_data():
    text = """
    def f(xs):
        i = 0
        while i < len(xs):
            model(xs[i])
            i += 1
    """
    assert shape(text)[:2] == ("unbounded", "data")


def test_scan_of_a_text_is_data():
    text = """
    def f(text):
        pos = 0
        while True:
            pos = text.find("x", pos)
            if pos == -1:
                break
            pos += 1
    """
    assert shape(text)[:2] == ("unbounded", "data")


def test_paging_is_data():
    text = """
    def f(api):
        page, total = 1, 1
        while page <= total:
            found = api.list(page)
            total = found["pages"]
            page += 1
    """
    assert shape(text)[:2] == ("unbounded", "data")


def test_console_is_gated():
    text = """
    def f():
        while True:
            line = input("> ")
            if line == "exit":
                break
            model(line)
    """
    assert shape(text) == ("unbounded", "human", True)


def test_console_in_a_helper_is_gated():
    text = """
    def read():
        return Prompt.ask("?")
    def f():
        while True:
            line = read()
            model(line)
    """
    assert shape(text) == ("unbounded", "human", True)


def test_waiting_in_the_test_is_gated():
    assert shape("def f():\n    while (line := input()) != 'q':\n        model(line)\n") == ("unbounded", "human", True)


def test_console_that_is_skipped_is_not_gated():
    text = """
    def f(client):
        read = True
        while True:
            if read:
                line = input()
            answer = client.create(line)
            read = not answer.tools
    """
    assert shape(text)[2] is False


def test_console_behind_a_continue_is_not_gated():
    text = """
    def f(client):
        while True:
            answer = client.create()
            if answer.tools:
                continue
            line = input()
            if not line:
                break
    """
    assert shape(text) == ("unbounded", "model", False)


def test_console_in_a_tool_branch_is_not_gated():
    text = """
    def f(client):
        while True:
            answer = client.create()
            if answer.tool == "ask":
                input()
            if answer.done:
                break
    """
    assert shape(text)[1:] == ("model", False)


def test_websocket_is_gated():
    text = """
    async def f(ws):
        while True:
            data = await ws.receive_json()
            await model(data)
    """
    assert shape(text) == ("unbounded", "event", True)


def test_stream_generator_is_gated():
    text = """
    async def f(queue):
        while True:
            event = await queue.get_event()
            if event is None:
                break
            yield event
    """
    assert shape(text) == ("unbounded", "event", True)


def test_server_that_sleeps_is_gated():
    text = """
    import time
    def f():
        while True:
            try:
                work()
            except Exception:
                log()
            time.sleep(60)
    """
    assert shape(text) == ("unbounded", "event", True)


def test_polling_with_an_exit_is_data():
    text = """
    def f(job):
        while True:
            if job.state() == "done":
                return
            time.sleep(1)
    """
    assert shape(text) == ("unbounded", "data", False)


def test_iter_with_a_sentinel_is_gated():
    assert shape("for line in iter(input, 'q'):\n    model(line)\n") == ("unbounded", "human", True)


def test_endless_retry_ends_on_error():
    text = """
    def f(client):
        while True:
            try:
                return client.create()
            except Exception:
                time.sleep(1)
    """
    assert shape(text) == ("unbounded", "error", False)


# -- recursion


def rec(text: str) -> tuple[object, str, bool]:
    facts = recursion(dedent(text))
    assert facts.shape == "recursion"
    return value(facts.times), facts.ends_on, facts.gated


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("x, depth=0", "if depth >= 3: return\n    f(x, depth + 1)", 3),
        ("x, depth=0", "if depth > 3: return\n    f(x, depth + 1)", 4),
        ("x, depth=0", "if depth < 3:\n        f(x, depth=depth + 1)", 3),
        ("x, left=5", "if left == 0:\n        return\n    f(x, left - 1)", 5),
        ("x, left=5", "if not left: return\n    f(x, left - 1)", 5),
        ("x, left=5", "if left > 0:\n        f(x, left=left - 1)", 5),
        ("x, depth=0", "if depth >= 3: return\n    deeper = depth + 1\n    f(x, deeper)", 3),
        ("x, depth=0", "depth += 1\n    if depth >= 3: return\n    f(x, depth)", 3),
    ],
)
def test_recursion_with_a_depth(head, body, expected):
    times, ends, _ = rec(f"def f({head}):\n    model(x)\n    {body}\n")
    assert (times, ends) == (expected, "capped")


def test_recursion_with_a_depth_from_a_caller():
    times, _, _ = rec("def f(x, left):\n    if left <= 0: return\n    f(x, left - 1)\nf(1, 6)\n")
    assert times == 6


@pytest.mark.parametrize(
    "body",
    [
        "f(x)",
        "if depth >= 3: return\n    f(x, depth)",
        "if depth >= 3: log()\n    f(x, depth + 1)",
        "if x: return\n    f(x.next, depth + 1)",
    ],
)
def test_recursion_without_a_limit(body):
    assert rec(f"def f(x, depth=0):\n    model(x)\n    {body}\n")[0] == "unbounded"


def test_recursion_over_data():
    assert rec("def f(node):\n    for child in node.children:\n        f(child)\n")[:2] == ("unbounded", "data")


def test_recursion_after_a_human():
    text = """
    async def f(state):
        answer = await model(state)
        if answer.date is None:
            state["x"] = interrupt("?")
            return await f(state)
    """
    assert rec(text) == ("unbounded", "human", True)


def test_recursion_that_the_model_decides():
    text = """
    def f(client, messages):
        answer = client.create(messages)
        if answer.tools:
            return f(client, messages)
        return answer
    """
    assert rec(text)[:2] == ("unbounded", "model")


WANTED = """
    class Lab:
        def work(self):
            for _ in range(9):
                text = model()
                if good(text):
                    retry = self.happy(text)
                    if retry: return retry
                    return False
            raise RuntimeError

        def happy(self, text):
            answer = None
            while answer not in ("y", "n"):
                answer = input(text)
                if answer == "n":
                    self.notes = input("why")
                    return True
            return False

    def run():
        again = True
        while again:
            again = Lab().work()
"""


def kind_of_last(text):
    facts = loop(dedent(text), 2)
    return facts.ends_on, facts.gated


def test_a_loop_that_a_person_sends_round_is_gated():
    assert kind_of_last(WANTED) == ("human", True)


def test_a_loop_that_goes_round_without_asking_anybody_is_not():
    assert not kind_of_last(WANTED.replace("raise RuntimeError", "return True"))[1]
    assert not kind_of_last(WANTED.replace("raise RuntimeError", "return text"))[1]
    silent = WANTED.replace('input("why")', "text").replace("answer = input(text)", "answer = model()")
    assert not kind_of_last(silent)[1]


# -- asked before each turn


def test_a_flag_that_only_constants_set_asks_nobody():
    text = """
    def f(client):
        again = True
        while again:
            try:
                client.create()
                again = False
            except Exception:
                sleep(30)
    """
    assert shape(text)[2] is False


def test_a_function_that_only_says_no_asks_nobody():
    text = """
    def stop():
        return False
    def f(client):
        again = True
        while again:
            client.create()
            again = stop()
    """
    assert shape(text)[2] is False


def test_a_flag_that_a_person_sets():
    text = """
    def once_more():
        answer = input("again? ")
        if answer == "y":
            return True
        return False
    def f(client):
        again = True
        while again:
            client.create()
            again = once_more()
    """
    assert shape(text)[1:] == ("human", True)


def test_a_person_is_asked_in_the_way_that_goes_round():
    facts = loop(
        dedent("""
    def f():
        while True:
            answer = model()
            if answer.done:
                break
            else:
                print(input("go on?"))
    """)
    )
    assert facts.gated


BEYOND = """
import asyncio

async def run(client, most=100):
    turn = 0
    while True:
        if turn >= most:
            go = False
            async for answer in may_go_on():
                go = answer
            if not go:
                return
            turn = 0
            continue
        turn += 1
        await client.create()

async def may_go_on():
    {made}
    yield future.set_result
    answer = await future
    yield answer == "yes"
"""


@pytest.mark.parametrize(
    ("made", "times"),
    [
        ("future = asyncio.get_running_loop().create_future()", 100),
        ("future = asyncio.Future()", 100),
        ("future = client.later()", "unbounded"),
    ],
)
def test_a_limit_that_begins_anew_after_somebody_was_waited_for(made, times):
    assert shape(BEYOND.replace("{made}", made))[0] == times


# -- what a turn's work comes from

TAKEN = """
def f(source):
    answers = []
    while True:
        try:
            {get}
        except {error}:
            break
        try:
            answers.append(model(item, answers))
        except Exception:
            pass
"""


@pytest.mark.parametrize(
    ("get", "error", "times", "ends"),
    [
        ("item = source.take()", "Exception", "it ends when take() in line 6 fails, and when that is, is not known", "capped"),
        ("item = source.take()", "LookupError", "unbounded", "data"),
        ("item = next(source)", "StopIteration", "unbounded", "data"),
        ("item = model('what next?')", "StopIteration", "unbounded", "error"),
        ("other = source.take(); item = 'go on'", "Exception", "unbounded", "error"),
    ],
)
def test_what_gets_the_work_of_a_turn_runs_dry(get, error, times, ends):
    facts = loop(dedent(TAKEN.format(get=get, error=error)))
    assert (facts.times.value.why if times.startswith("it ends") else value(facts.times), facts.ends_on) == (times, ends)
