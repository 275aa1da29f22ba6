"""Hand-written retries, and what only looks like one."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retries, value
from tests.graph.loop_help import retry as one


def test_the_plain_retry():
    retry = one("""
    import time
    def f(client, n=3):
        for attempt in range(n):
            try:
                return client.create()
            except TimeoutError as e:
                time.sleep(2 ** attempt)
        raise RuntimeError
    """)
    assert (value(retry.attempts), retry.mechanism, retry.on, retry.backoff) == (3, "loop", ("builtins.TimeoutError",), True)
    assert retry.attempts.unit == "attempts" and retry.line == 4


@pytest.mark.parametrize(
    "body",
    [
        "try:\n            x = call()\n            break\n        except E:\n            log()",
        "try:\n            x = call()\n        except E:\n            continue\n        break",
        "try:\n            x = call()\n        except E:\n            continue\n        else:\n            break",
        "try:\n            x = call()\n        except E:\n            pass\n        else:\n            return x",
        "try:\n            return call()\n        except E:\n            if attempt == 2: raise\n            sleep(1)",
        "try:\n            return call()\n        except E:\n            if attempt < 2:\n                sleep(1)\n            else:\n"
        "                return None",
        "with lock:\n            try:\n                return call()\n            except E:\n                pass",
        "if True:\n            try:\n                return call()\n            except E:\n                continue",
        "try:\n            return call()\n        except E:\n            if fatal():\n                break\n            continue",
        "try:\n            return call()\n        except E:\n            for x in y:\n                if x: break\n            sleep(1)",
        "try:\n            if call(): return 1\n            raise ValueError\n        except E:\n            log()",
        "with suppress(E):\n            return call()",
        "ok = False\n        try:\n            call()\n            ok = True\n        except E:\n            log()\n        if ok: break",
        "try:\n            return call()\n        except A:\n            raise\n        except E:\n            log()",
    ],
)
def test_forms_of_three_attempts(body):
    retry = one(f"from contextlib import suppress\ndef f(y, lock):\n    for attempt in range(3):\n        {body}\n")
    assert (value(retry.attempts), retry.mechanism) == (3, "loop")


@pytest.mark.parametrize(
    ("text", "attempts"),
    [
        ("n = 0\n    while n < 3:\n        try:\n            return call()\n        except E:\n            n += 1", 3),
        (
            "n = 0\n    while True:\n        try:\n"
            "            return call()\n        except E:\n            n += 1\n            if n >= 3: raise",
            3,
        ),
        (
            "n = 0\n    while True:\n        try:\n"
            "            return call()\n        except E:\n            n += 1\n            if n > 3: raise",
            4,
        ),
        (
            "n = 0\n    while True:\n        try:\n"
            "            return call()\n        except E:\n            if n >= 3: raise\n            n += 1",
            4,
        ),
        (
            "n = 3\n    while True:\n        try:\n"
            "            return call()\n        except E:\n            if n == 0: raise\n            n -= 1",
            4,
        ),
        ("n = 3\n    while n:\n        try:\n            return call()\n        except E:\n            n -= 1", 3),
        (
            "n = 0\n    while True:\n        n += 1\n        if n > 3: raise E\n"
            "        try:\n            return call()\n        except E:\n            log()",
            3,
        ),
        (
            "n, r = 0, None\n    while r is None and n < 3:\n        n += 1\n"
            "        try:\n            r = call()\n        except E:\n            log()",
            3,
        ),
        (
            "ok = False\n    n = 0\n    while not ok and n < 3:\n        n += 1\n"
            "        try:\n            call()\n            ok = True\n        except E: log()",
            3,
        ),
        ("while True:\n        try:\n            return call()\n        except E:\n            sleep(1)", "unbounded"),
        ("while True:\n        try:\n            call()\n            break\n        except E:\n            continue", "unbounded"),
        ("for delay in (1, 2, 4):\n        try:\n            return call()\n        except E:\n            sleep(delay)", 3),
        ("for delay in DELAYS:\n        try:\n            return call()\n        except E:\n            sleep(delay)", 2),
        ("for attempt in range(1, most + 1):\n        try:\n            return call()\n        except E:\n            sleep(1)", 5),
    ],
)
def test_attempts(text, attempts):
    assert value(one(f"DELAYS = [1, 5]\ndef f(most=5):\n    {text}\n").attempts) == attempts


def test_limited_by_a_clock():
    retry = one("""
    import time
    def f():
        deadline = time.time() + 60
        while time.time() < deadline:
            try:
                return call()
            except E:
                time.sleep(1)
    """)
    assert value(retry.attempts) == "unknown"
    assert retry.window is not None and value(retry.window) == 60


def test_everything_is_caught():
    assert one("for i in range(3):\n    try:\n        call()\n        break\n    except:\n        pass\n").on == ("*",)
    assert one("for i in range(3):\n    try:\n        call()\n        break\n    except (E, Exception):\n        pass\n").on == ("*",)


def test_names_of_exceptions():
    retry = one("""
    import lib
    from lib import Other as O
    for i in range(3):
        try:
            call()
            break
        except (lib.Slow, O):
            pass
    """)
    assert retry.on == ("lib.Slow", "lib.Other")


def test_only_handlers_that_go_round_count():
    retry = one("""
    for i in range(3):
        try:
            call()
            break
        except KeyError:
            raise
        except ValueError:
            continue
    """)
    assert retry.on == ("builtins.ValueError",)


def test_calls_of_the_handler_are_not_retried():
    retry = one("""
    for i in range(3):
        try:
            call()
            break
        except ValueError:
            fallback()
    """)
    assert len(retry.retried) == 1


def test_a_retry_in_a_data_loop():
    retry = one("""
    def f(batches):
        for batch in batches:
            for retry in range(3):
                try:
                    insert(batch)
                    break
                except Exception as e:
                    if retry < 2:
                        sleep(1)
                    else:
                        for row in batch:
                            try:
                                insert(row)
                            except Exception:
                                print(e)
    """)
    assert (value(retry.attempts), retry.line) == (3, 4)


# -- on a result


@pytest.mark.parametrize(
    "text",
    [
        "for attempt in range(3):\n        out = query()\n        if valid(out): return out",
        "for _ in range(3):\n        out = query()\n        if valid(out): return out",
        "for attempt in range(3):\n        out = query()\n        if out.ok: break\n        sleep(1)",
        "tries = 0\n    while tries < 3:\n        tries += 1\n        out = query()\n        if out: break",
        "for attempt in range(3):\n        out = query(prompt)\n        if valid(out): return out\n        prompt = prompt + out.error",
    ],
)
def test_retry_on_a_result(text):
    retry = one(f"def f(prompt):\n    {text}\n")
    assert (value(retry.attempts), retry.on, retry.mechanism) == (3, (), "loop")


@pytest.mark.parametrize(
    "text",
    [
        "for _ in range(10):\n        r = client.create(messages)\n        if not r.tools: break\n        messages.append(run(r))",
        "for _ in range(60):\n        s = job.status()\n        if s == 'done': break\n        sleep(1)",
        "for _ in range(9):\n        chunk = read()\n        if not chunk: break\n        out.write(chunk)",
        "for _ in range(9):\n        node = step(node)\n        if node.last: break",
        "for page in range(9):\n        rows = fetch(page)\n        if not rows: break",
        "for i in range(9):\n        if work(i): return i",
        "for _ in range(3):\n        work()",
        "while True:\n        line = read()\n        if not line: break",
        "for x in xs:\n        out = query(x)\n        if out: return out",
        "for i in range(9):\n        command = xs[i * 2 :]\n        out = run(command)\n        if out.status: return out",
        "for tries in range(3):\n        ok = apply(out)\n        if ok: break\n        mended = client.mend(out)\n        out = mended",
        "for _ in range(max_tries):\n        if 'done' in out: return out\n        out = client.ask(out)",
    ],
)
def test_no_retry_on_a_result(text):
    assert retries(f"def f(client, messages, node, xs, out, job, max_tries):\n    {text}\n") == []


# -- near misses


@pytest.mark.parametrize(
    "text",
    [
        "for url in urls:\n        try:\n            fetch(url)\n        except E:\n            continue",
        "for url in urls:\n        try:\n            return fetch(url)\n        except E:\n            continue",
        "for i in range(len(urls)):\n        try:\n            return fetch(urls[i])\n        except E:\n            continue",
        "for i in range(9):\n        try:\n            return fetch(urls[i])\n        except E:\n            continue",
        "for i in range(3):\n        try:\n            call()\n        except E:\n            break",
        "for i in range(3):\n        try:\n            return call()\n        except E:\n            raise",
        "for i in range(3):\n        try:\n            return call()\n        except E:\n            return None",
        "while True:\n        try:\n            return call()\n        except E:\n            log()\n        break",
        "for i in range(20):\n        try:\n            ideas.append(call())\n        except Exception:\n            continue",
        "while True:\n        try:\n            work()\n        except Exception:\n            log()\n        sleep(9)",
        "while True:\n        try:\n            line = input()\n"
        "            if line == 'q': break\n            call(line)\n        except Exception:\n            log()",
        "while True:\n        line = input()\n        try:\n            if call(line): break\n        except Exception:\n            log()",
        "while urls:\n        url = urls.pop()\n        try:\n            return fetch(url)\n        except E:\n            log()",
        "while True:\n        try:\n            x = next(it)\n        except StopIteration:\n            break\n        call(x)",
        "try:\n        return call()\n    except E:\n        return call()",
        "async for x in urls:\n        try:\n            return call(x)\n        except E:\n            pass",
        "for i in range(3):\n        for u in urls:\n            try:\n"
        "                fetch(u)\n            except E:\n                continue",
        "for i in range(3):\n        try:\n            return 1\n        except E:\n            continue",
        "for i in range(3):\n        def g():\n            try:\n"
        "                return call()\n            except E:\n                pass",
    ],
)
def test_no_retry(text):
    kind = "async def" if "async" in text else "def"
    assert retries(f"{kind} f(urls, ideas, it):\n    {text}\n") == []


def test_a_break_with_a_nested_continue():
    retry = one("""
    def f():
        for i in range(4):
            try:
                return call()
            except E as e:
                if e.code == 429:
                    sleep(1)
                    continue
                break
    """)
    assert value(retry.attempts) == 4


# -- agent loops


AGENT = """
def f(client, messages, most=10):
    turn = 0
    done = False
    while turn < most:
        if done:
            break
        turn += 1
        try:
            answer = client.create(messages=messages)
            messages.append(answer)
            if answer.tools:
                for tool in answer.tools:
                    result = run(tool)
                    if tool.name == "complete":
                        done = True
                    messages.append(result)
            else:
                raise ValueError("no tools")
        except {caught}:
            {handler}
"""


def test_accidental_retry_of_an_agent_loop():
    retry = one(AGENT.format(caught="Exception as e", handler="log_error(e)"))
    assert (value(retry.attempts), retry.mechanism, retry.on, retry.backoff) == (10, "accidental", ("*",), False)


def test_a_deliberate_retry_in_an_agent_loop():
    retry = one(AGENT.format(caught="RateLimit", handler="time.sleep(20)"))
    assert (retry.mechanism, retry.backoff) == ("loop", True)


def test_an_error_that_is_handed_to_the_model_is_no_retry():
    assert retries(AGENT.format(caught="Exception as e", handler="messages.append(str(e))")) == []


def test_an_agent_loop_that_stops_on_error_is_no_retry():
    assert retries(AGENT.format(caught="Exception as e", handler="print(e); break")) == []


def test_consecutive_errors_limit_the_retry_not_the_loop():
    retry = one("""
    def f(client, messages):
        errors = 0
        while True:
            try:
                answer = client.create(messages)
                errors = 0
            except RateLimit:
                errors += 1
                if errors >= 5:
                    raise
                sleep(1)
                continue
            messages.append(answer)
            if answer.done:
                return
    """)
    assert value(retry.attempts) == 5


def test_a_stream_read_step_by_step_is_no_retry():
    text = """
    def f(it):
        while m := next(it, None):
            try:
                if show(m):
                    return
            except ValueError:
                pass
    """
    assert retries(text) == []


def test_a_parser_that_moves_on_is_no_retry():
    text = """
    def f(text):
        while text:
            try:
                token, text = read_token(text)
            except ParseError:
                text = text[1:]
    """
    assert retries(text) == []


@pytest.mark.parametrize("test", ["again", "again is True", "not done and again"])
def test_a_flag_that_success_switches_off(test):
    text = f"""
    def f(client, done=False):
        again = True
        while {test}:
            try:
                answer = client.create()
                again = False
            except Exception:
                sleep(30)
        return answer
    """
    assert (value(one(text).attempts), one(text).mechanism) == ("unbounded", "loop")


@pytest.mark.parametrize("test", ["tries < 3 and again", "again and tries < 3", "tries < 3 and not done"])
def test_a_counter_in_the_handler_beside_a_flag_that_success_switches_off(test: str):
    retry = one(f"""
    def f(client):
        tries, again, done = 0, True, False
        while {test}:
            try:
                answer = client.create()
                again = False
                done = True
            except Exception:
                tries += 1
        return answer
    """)
    assert value(retry.attempts) == 3


PIPE = """
def consume(stream):
    events = Queue()
    def drain():
        for event in stream:
            events.put(event)
    start({started})
    while True:
        yield events.get_event()

def f(client):
    attempt = 0
    while True:
        try:
            for event in consume(client.create()):
                yield event
            return
        except TimeoutError:
            attempt += 1
            if attempt >= 3:
                raise
"""


def test_what_takes_from_a_queue_of_its_own_waits_for_nobody():
    text = "from acme import Queue, start" + PIPE
    assert value(one(text.replace("{started}", "drain()")).attempts) == 3
    # Whoever gets the function may fill the queue at any time.
    assert retries(text.replace("{started}", "drain")) == []
    assert retries(text.replace("events.put(event)", "print(event)").replace("{started}", "drain()")) == []


def test_the_first_item_of_what_a_turn_asks_for_is_no_new_work():
    text = """
    def f(client, rows, n=3):
        for attempt in range(n):
            try:
                {made}
                return next(rows)
            except TimeoutError:
                pass
    """
    assert value(one(text.replace("{made}", "rows = client.create()")).attempts) == 3
    assert retries(text.replace("{made}", "client.create()")) == []


PICKING = """
def f(client):
    for attempt in range(3):
        try:
            return client.create()
        except E as e:
            {handler}
            sleep(1)
"""


@pytest.mark.parametrize(
    ("handler", "picks"),
    [
        ("if not may_retry(e): raise", True),
        ("kind = classify(e)\n            if kind == 3: return", True),
        ("if attempt == 2: raise", False),
        ("log(e)", False),
    ],
)
def test_a_failure_that_decides_if_there_is_another_try(handler: str, picks: bool) -> None:
    assert one(PICKING.replace("{handler}", handler)).picks is picks


DECORATED = """
def call(f, *args, **kwargs):
    left = 4
    while left > {least}:
        try:
            return f(*args, **kwargs)
        except ValueError:
            left -= 1
    {behind}
"""


@pytest.mark.parametrize(
    ("least", "behind", "attempts"),
    [
        (1, "return f(*args, **kwargs)", 4),
        (0, "raise RuntimeError", 4),
        (1, "return g(*args, **kwargs)", 3),
        (1, "return f(*args)", 3),
    ],
)
def test_a_last_try_behind_the_loop(least: int, behind: str, attempts: int) -> None:
    assert one(DECORATED.format(least=least, behind=behind)).attempts.number == attempts


def test_what_else_is_done_in_the_try_and_behind_the_loop_is_no_try() -> None:
    text = """
def ask(question, notes):
    tried = 0
    while tried < 3:
        try:
            answer = request(question)
            text = joined(notes)
            return answer, text
        except ValueError:
            tried += 1
    text = joined(notes)
    return None, text
"""
    assert one(text).attempts.number == 3


@pytest.mark.parametrize(
    ("values", "variable", "attempts"),
    [("(1, 2)", "attempt", [3]), ("(1, 2)", "i", []), ("load()", "attempt", ["unknown"])],
)
def test_one_try_more_than_there_are_delays(values: str, variable: str, attempts: list[object]) -> None:
    found = retries(f"""
    DELAYS = {values}
    def f(x):
        for {variable} in range(len(DELAYS) + 1):
            try:
                return call(x)
            except E:
                if {variable} == len(DELAYS):
                    raise
                sleep(DELAYS[{variable}])
    """)
    assert [value(r.attempts) for r in found] == attempts
