"""Work that goes on beside those who wait for it: how long they wait, and what holds them all the same."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import ABSENT
from auditor.graph.build.waited import BEHIND
from tests.graph.dispatch_help import build

HEAD = """
import concurrent.futures
import queue
import threading
from concurrent.futures import ThreadPoolExecutor, TimeoutError as Late
from multiprocessing.pool import ThreadPool
from acme import Client
client = Client()
pool = ThreadPoolExecutor()

def work(text):
    return client.chat(text)
"""


def limits(text: str) -> list[Any]:
    """The deadlines that can fire around the model call, on the way into it."""
    graph = build(HEAD + text)
    rows = []
    for site in graph.flow.sites:
        for region in site.regions:
            scope: Any = graph.nodes.get(graph.flow.regions[region].noun)
            if scope is not None and scope.kind == "deadline_scope" and scope.fires is not False:
                rows.append(scope.deadline)
    return [s.value if s.scope == "total" else (s.value, s.scope) for s in rows if s.value is not ABSENT]


@pytest.mark.parametrize(
    "text",
    [
        "def ask(t):\n    return pool.submit(work, t).result(timeout=60)",
        "def ask(t):\n    future = pool.submit(client.chat, t)\n    return future.result(60)",
        "def ask(t):\n    return pool.submit(lambda: client.chat(t)).result(timeout=60)",
        "def ask(ts):\n    futures = [pool.submit(work, t) for t in ts]\n    return [f.result(timeout=60) for f in futures]",
        "def ask(ts):\n    all = []\n    for t in ts:\n        all.append(pool.submit(work, t))\n"
        "    for f in all:\n        f.result(timeout=60)",
        "def ask(ts):\n    for f in concurrent.futures.as_completed({pool.submit(work, t): t for t in ts}, timeout=60):\n"
        "        f.result()",
        "def ask(ts):\n    done, _ = concurrent.futures.wait([pool.submit(work, t) for t in ts], timeout=60)\n    return done",
        "def ask(t):\n    return ThreadPool().apply_async(work, (t,)).get(timeout=60)",
        "def ask(t):\n    thread = threading.Thread(target=work, args=(t,))\n"
        "    thread.start()\n    thread.join(timeout=60)\n    return thread.is_alive()",
        "def ask(t):\n    for _ in range(3):\n        try:\n            return pool.submit(work, t).result(timeout=60)\n"
        "        except Late:\n            continue",
        "def ask(t):\n    own = ThreadPoolExecutor()\n    try:\n        given = own.submit(work, t).result(timeout=60)\n"
        "    except Late:\n        own.shutdown(wait=False)\n        raise\n    else:\n        own.shutdown(wait=True)\n    return given",
        "def ask(t):\n    own = ThreadPoolExecutor()\n    try:\n        given = own.submit(work, t).result(timeout=60)\n"
        "    except Late:\n        return None\n    own.shutdown()\n    return given",
        "def ask(t):\n    own = ThreadPoolExecutor()\n    try:\n        return own.submit(work, t).result(timeout=60)\n"
        "    finally:\n        own.shutdown(wait=False)",
    ],
)
def test_who_waits_goes_on_when_the_time_is_up(text: str) -> None:
    assert limits(text) == [60]


MANY = """
def ask(ts):
    threads = []
    for t in ts:
        thread = threading.Thread(target=work, args=(t,))
        thread.start()
        threads.append(thread)
    BETWEEN
    for thread in threads:
        thread.join(60)
"""


@pytest.mark.parametrize(("between", "found"), [("print(len(ts))", [60]), ("other.set()", []), ("pool.shutdown()", [])])
def test_a_wait_that_just_returns_may_be_for_the_end_of_what_runs_on(between: str, found: list[object]) -> None:
    assert limits(MANY.replace("BETWEEN", between)) == found


def test_a_wait_elsewhere_may_be_for_anything() -> None:
    text = "class Pump:\n    def start(self):\n        self.future = pool.submit(work, 1)\n"
    assert limits(text + "    def stop(self):\n        self.future.result(timeout=2)\n") == []


def test_of_several_waits_the_longest_holds() -> None:
    text = "def ask(t):\n    future = pool.submit(work, t)\n    concurrent.futures.wait([future], 5)\n    return future.result(timeout=1)"
    assert limits(text) == [5]


@pytest.mark.parametrize(
    "text",
    [
        "def ask(t):\n    return pool.submit(work, t).result()",
        "def ask(t):\n    with ThreadPoolExecutor() as own:\n        return own.submit(work, t).result(timeout=60)",
        "def ask(t):\n    with ThreadPoolExecutor() as own:\n        future = own.submit(work, t)\n    return future.result(timeout=60)",
        "def ask(t):\n    own = ThreadPoolExecutor()\n    try:\n        return own.submit(work, t).result(timeout=60)\n"
        "    finally:\n        own.shutdown()",
        "def ask(t):\n    own = ThreadPoolExecutor()\n    try:\n        given = own.submit(work, t).result(timeout=60)\n"
        "    except Late:\n        given = None\n    own.shutdown(wait=True)\n    return given",
        "def ask(t):\n    future = pool.submit(work, t)\n    while True:\n        try:\n            return future.result(timeout=1)\n"
        "        except Late:\n            print('still there')",
        "def ask(t):\n    thread = threading.Thread(target=work, args=(t,))\n    thread.start()\n"
        "    while thread.is_alive():\n        thread.join(timeout=1)",
        "def ask(t):\n    thread = threading.Thread(target=work, args=(t,))\n"
        "    thread.start()\n    thread.join(5)\n    print('late')\n    thread.join()",
        "def ask(ts):\n    open = {pool.submit(work, t) for t in ts}\n    while open:\n"
        "        _, open = concurrent.futures.wait(open, timeout=1)",
    ],
)
def test_what_holds_them_all_the_same(text: str) -> None:
    assert limits(text) == []


READ = """
def ask(text):
    parts = queue.Queue()
    def fill():
        parts.put(client.chat(text))
    threading.Thread(target=fill, daemon=True).start()
    while True:
        try:
            part = parts.get(GET)
        except queue.Empty:
            LATE
        if part is None:
            return
        yield part
"""


@pytest.mark.parametrize(
    ("get", "late", "found"),
    [
        ("timeout=9", "raise TimeoutError('no part came')", [(9, "per_read")]),
        ("True, 9", "return", [(9, "per_read")]),
        ("timeout=9", "continue", []),
        ("", "return", []),
    ],
)
def test_who_reads_what_a_thread_puts_into_a_queue(get: str, late: str, found: list[object]) -> None:
    assert limits(READ.replace("GET", get).replace("LATE", late)) == found


def test_another_queue_says_nothing() -> None:
    text = READ.replace("GET", "timeout=9").replace("LATE", "return").replace("part = parts.get", "part = other.get")
    assert limits("other = queue.Queue()\n" + text) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "with ThreadPoolExecutor() as own:\n        return own.submit(work, t).result(timeout=60)",
            "leaving the `with` waits for the work",
        ),
        (
            "own = ThreadPoolExecutor()\n    try:\n        return own.submit(work, t).result(60)\n    finally:\n        own.shutdown()",
            BEHIND,
        ),
        ("return pool.submit(work, t).result(timeout=60)", ""),
    ],
)
def test_what_holds_them_is_said(body: str, why: str) -> None:
    (scope,) = (n for n in build(HEAD + f"def ask(t):\n    {body}").nodes.values() if n.kind == "deadline_scope")
    assert (scope.instead, scope.fires) == (why, not why)  # type: ignore[attr-defined]


def test_what_it_means_is_said() -> None:
    graph = build(HEAD + "def ask(t):\n    return pool.submit(work, t).result(timeout=60)")
    (scope,) = (n for n in graph.nodes.values() if n.kind == "deadline_scope")
    assert scope.deadline.why == "who waits for it goes on then; the work itself is not ended"  # type: ignore[attr-defined]


def test_a_wait_that_ends_nothing_is_no_deadline_of_the_call() -> None:
    head = "from concurrent.futures import ThreadPoolExecutor\nimport subprocess\n"
    held = "def ask():\n    with ThreadPoolExecutor() as own:\n        return own.submit(subprocess.run, ['make']).result(timeout=5)"
    free = "def ask():\n    return ThreadPoolExecutor().submit(subprocess.run, ['make']).result(timeout=5)"
    found = [n.deadline for text in (held, free) for n in build(head + text).nodes.values() if n.kind == "external_call"]  # type: ignore[attr-defined]
    assert [s.number for s in found] == [None, 5]
