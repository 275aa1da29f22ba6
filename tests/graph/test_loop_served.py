"""Loops that serve, look again and again, or are pulled: no turns of an agent, although they come to a model."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, nodes
from tests.graph.loop_help import recursion, shape, value

SERVICE = """
async def f(client, claim, messages):
    while True:
        try:
            job = await claim()
            if job is None:
                {pause}
                continue
            {work}
        except Stopped:
            raise
        except Exception:
            await sleep(1)
"""


@pytest.mark.parametrize(
    ("pause", "work", "found"),
    [
        ("await sleep(1)", "await client.create(job)", ("unbounded", "event", True)),
        ("await sleep(1)", "answer = await client.create(job)\n            await job.send(answer)", ("unbounded", "event", True)),
        ("pass", "await client.create(job)", ("unknown", "capped", False)),
        ("await sleep(1)", "messages.append(await client.create(messages))", ("unbounded", "error", False)),
    ],
)
def test_a_worker_is_no_agent(pause, work, found):
    assert shape(SERVICE.format(pause=pause, work=work)) == found


def test_a_runaway_that_sleeps_stays_one():
    text = """
    def f(client, messages):
        while True:
            answer = client.create(messages)
            messages.append(answer)
            sleep(1)
    """
    assert shape(text) == ("unbounded", "model", False)


POLL = """
def f(self, run_id, deadline=None):
    while True:
        with self.lock:
            current = {read}
            if current.over:
                return current
            current = self.model(current)
            if current.over:
                return current
        {pause}
"""


@pytest.mark.parametrize(
    ("read", "pause", "ends"),
    [
        ("self.store.get(run_id)", "sleep(1)", "data"),
        ("self.store.get(run_id)", "pass", "model"),
        ("self.model(run_id)", "sleep(1)", "model"),
        ("self.store.get(run_id)", "if deadline:\n            sleep(deadline)\n        else:\n            sleep(1)", "data"),
    ],
)
def test_who_reads_a_state_anew_and_sleeps_is_no_agent(read, pause, ends):
    assert shape(POLL.format(read=read, pause=pause))[1] == ends


def test_an_agent_that_keeps_its_state_in_a_store_is_one():
    text = """
    def f(self, key):
        while True:
            state = self.store.get(key)
            state = self.model(state)
            if state.over:
                return state
            sleep(1)
    """
    assert shape(text)[1] == "model"


def test_a_switch_and_a_nap_make_no_poll():
    text = """
    def f(client, stop, messages):
        while True:
            if stop.is_set():
                return None
            answer = client.create(messages)
            messages.append(answer)
            if not answer.calls:
                return answer
            sleep(1)
    """
    assert shape(text)[1] == "model"


def test_what_only_raises_gives_no_answer():
    text = """
    def give_up(cursor, client):
        cursor.run = client.model("why")
        raise RuntimeError(cursor.run)
    def f(cursor, store, client):
        while True:
            cursor.run = store.read()
            if cursor.run.over:
                return cursor.run
            if cursor.run.stuck:
                give_up(cursor, client)
            wait(1)
    """
    assert shape(text)[1] in ("data", "event")


def test_a_thread_that_is_made_is_no_answer():
    text = """
    import threading
    def create(task, results): results[task] = model(task)
    def f(tasks):
        threads, results = [], {}
        while True:
            before = len(threads)
            for task in tasks:
                if task.ready(results):
                    tasks.remove(task)
                    threads.append(threading.Thread(target=create, args=(task, results)))
            if before == len(threads):
                sleep(1)
            if not tasks:
                break
    """
    assert shape(text)[1] == "data"


PULLED = """
def f(client, thread):
    while True:
        answer = client.create(thread)
        thread.append(answer)
        {turn}
"""


@pytest.mark.parametrize(
    ("turn", "found"),
    [
        ("yield answer", ("event", True)),
        ("said = yield answer\n        if answer.over: break\n        thread.append(said)", ("event", True)),
        ("yield answer\n        if not answer.calls: break", ("model", False)),
        ("if answer.calls:\n            yield answer", ("model", False)),
    ],
)
def test_who_iterates_decides(turn, found):
    assert shape(PULLED.format(turn=turn))[1:] == found


@pytest.mark.parametrize(
    ("guard", "part", "times"),
    [
        ("len(batch) > 1", "batch[:len(batch) // 2]", "unknown"),
        ("batch", "batch[1:]", "unknown"),
        ("len(batch) > 1", "batch", "unbounded"),
        ("e.code == 400", "batch[1:]", "unbounded"),
    ],
)
def test_recursion_over_parts(guard, part, times):
    head = "def f(batch):\n    try:\n        return model(batch)\n"
    text = f"{head}    except E as e:\n        if {guard}:\n            return f({part})\n        raise\n"
    assert value(recursion(text).times) == times


def test_a_helper_that_merges_what_the_model_said():
    text = """
    def merge(target, part):
        add(target, part.pop("name"), part)
    def add(target, key, part):
        target[key] += part[key]
    def f(client, history):
        while True:
            message = {"calls": ""}
            for part in client.create(history):
                merge(message, part)
            history.append(message)
            if not message["calls"]:
                break
    """
    assert shape(text)[1] == "model"


DAEMON = """
def f(self, rest):
    total, last = 0, None
    while True:
        try:
            {work}
            sleep(rest)
        except KeyboardInterrupt:
            break
        except Exception:
            sleep(rest)
"""


@pytest.mark.parametrize(
    ("work", "found"),
    [
        ("self.model()", ("unbounded", "event", True)),
        ("count = self.model()\n            total += count\n            log(total)", ("unbounded", "event", True)),
        ("last = self.model(last)", ("unbounded", "error", False)),
        ("if last != 'over':\n                last = self.model()", ("unbounded", "error", False)),
    ],
)
def test_a_service_may_leave_on_a_failure_and_count_what_it_did(work, found):
    assert shape(DAEMON.format(work=work)) == found


DRAIN = """
class Drain:
    def create(self, row):
        found = model(row.text)
        if found:
            self.store.save(row.id, found)
        else:
            self.store.fail(row.id)
    def complete(self, size):
        rows = self.store.pending(size)
        if not rows:
            return 0
        done = 0
        for row in rows:
            {work}
        return done
    def run(self):
        while True:
            if self.complete(5) == 0:
                break
"""


@pytest.mark.parametrize(
    ("work", "ends"),
    [
        ("self.create(row)\n            done += 1", "data"),
        ("done += model(row)", "model"),
        ("if model(row):\n                done += 1", "model"),
        ("try:\n                model(row)\n            except ValueError:\n                return 0", "model"),
        ("self.left = model(row)\n            if self.left:\n                break", "model"),
    ],
)
def test_what_counts_rows_is_no_answer_of_the_model(work, ends):
    assert shape(DRAIN.format(work=work), 1)[1] == ends


HOST = """
from acme import Client
from elsewhere import Host

class Bot(Host):
    async def on_note(self, note):
        return Client().chat(messages=note)

bot = Bot()

async def serve(notes):
    while not bot.is_closed():
        Client().chat(messages=await notes())

async def start():
    if await bot.run():
        print("done")
"""


def test_a_question_to_an_object_runs_none_of_its_coroutines() -> None:
    graph = analyse(build(HOST))
    assert {s.caller.rpartition(":")[2] for s in graph.flow.sites if s.target.endswith("Bot.on_note")} == {"start"}
    assert [(n.qualname, n.ends_on, n.drives_model) for n in nodes(graph, "loop")] == [("serve", "event", False)]


WATCH = """
async def f(self, client, asked):
    while True:
        {first}
        if self.closed:
            break
        {idle}
        answer = await client.create(asked)
        self.closed = answer.over
        {said}
"""
SLEEPS = "if self.quiet:\n            await asyncio.sleep(1)\n            continue"


@pytest.mark.parametrize(
    ("first", "idle", "said", "found"),
    [
        ("pass", SLEEPS, "pass", "unknown"),
        ("await asyncio.sleep(2)", "if self.quiet:\n            continue", "pass", "unknown"),
        # No turn asks nobody, or such a turn does not sleep, or the answer says whether to ask.
        ("await asyncio.sleep(2)", "pass", "pass", "unbounded"),
        ("pass", "if self.quiet:\n            continue", "pass", "unbounded"),
        ("pass", SLEEPS, "self.quiet = answer.over", "unbounded"),
        # What is asked goes on from turn to turn.
        ("pass", SLEEPS.replace("self.quiet", "self.paused"), "asked.append(answer)", "unbounded"),
    ],
)
def test_a_loop_that_looks_if_there_is_something_to_ask_is_no_agent(first, idle, said, found):
    assert shape(WATCH.format(first=first, idle=idle, said=said))[0] == found
