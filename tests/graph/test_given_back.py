"""Work that starts when it is read: what is around the call that only makes it is not around the work."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from auditor.facts.python import read_python
from auditor.graph.build.build import build_graph
from auditor.graph.build.context import FileInfo
from auditor.graph.types import ModelCall
from auditor.knowledge.load import load
from tests.graph.dispatch_help import Unlocked

HEAD = """
import anthropic
from openai import AsyncOpenAI
from tenacity import retry, stop_after_attempt
client = anthropic.Anthropic(max_retries=0)
other = AsyncOpenAI(max_retries=0)

def one():
    yield client.messages.create(model="m", max_tokens=9, messages=[])

async def ask():
    return await other.responses.create(model="m", input="x")

def opened():
    return client.messages.stream(model="m", max_tokens=9, messages=[])

def entered(manager):
    with manager as stream:
        yield from stream

async def main():
    {main}
"""
RETRIED = "@retry(stop=stop_after_attempt(4))\n{how}def work(stream=None):\n    "
TRIED = """for attempt in range(4):
        try:
            made = {made}
            break
        except Exception:
            continue
    {read}"""


def totals(main: str, work: str = "") -> set[float | None]:
    """The attempts of the calls that `main` leads to."""
    facts, problem = read_python("app.py", HEAD.format(main=main) + work)
    assert facts is not None, problem
    graph = build_graph([facts], load(facts.imports), {"app.py": FileInfo("production")}, lambda path: Unlocked())
    begin = HEAD[: HEAD.index("async def main")].count("\n")
    calls = [n for n in analyse(graph).nodes.values() if isinstance(n, ModelCall)]
    return {n.total_attempts.number for n in calls if any(step.at.line > begin and "main" in step.what for step in n.trace)}


@pytest.mark.parametrize(
    ("body", "attempts"),
    [
        ("return one()", 1),
        ("made = one()\n    return made", 1),
        ("return list(one())", 4),
        ("return [part for part in one()]", 4),
        ("made = one()\n    for part in made:\n        print(part)\n    return 1", 4),
        ("return ask()", 1),
        ("return other.responses.create(model='m', input='x')", 1),
        ("return opened()", 1),
        ("return entered(opened())", 1),
        ("made = opened()\n    return entered(made)", 1),
        ("with opened() as stream:\n        return stream.get_final_message()", 4),
        ("return client.messages.create(model='m', max_tokens=9, messages=[])", 4),
    ],
)
def test_a_decorator_does_not_retry_what_its_function_gives_back_unread(body: str, attempts: int) -> None:
    assert totals("print(work())", RETRIED.format(how="") + body) == {attempts}


def test_a_coroutine_that_is_awaited_is_retried() -> None:
    assert totals("await work()", RETRIED.format(how="async ") + "return await ask()") == {4}


@pytest.mark.parametrize(
    ("made", "read", "attempts"),
    [
        ("one()", "for part in made:\n        print(part)", 1),
        ("one()", "print(list(made))", 1),
        ("list(one())", "print(made)", 4),
        ("opened()", "with made as stream:\n        print(stream)", 1),
        ("await ask()", "print(made)", 4),
        ("ask()", "print(await made)", 1),
    ],
)
def test_a_loop_does_not_retry_what_is_read_behind_it(made: str, read: str, attempts: int) -> None:
    assert totals(TRIED.format(made=made, read=read)) == {attempts}


def test_a_decorator_that_reads_what_it_is_given_back_retries_it() -> None:
    text = """
def again(f):
    def wrapper():
        for attempt in range(4):
            try:
                return list(f())
            except Exception:
                continue
    return wrapper

@again
def work():
    return one()
"""
    assert totals("print(work())", text) == {4}


@pytest.mark.parametrize(
    ("wrap", "attempts"),
    [
        ("    async def wrap():\n        async for part in stream:\n            yield part\n    return wrap()", 1),
        ("    async for part in stream:\n        print(part)\n    return 1", 4),
    ],
)
@pytest.mark.parametrize(
    "made",
    [
        "stream = await retry(stop=stop_after_attempt(4))(setup)()",
        "made = retry(stop=stop_after_attempt(4))(setup)\n    stream = await made()",
    ],
)
def test_a_function_inside_that_is_given_back_reads_what_is_around_it(made: str, wrap: str, attempts: int) -> None:
    """One that yields reads what its own retry gives: outside of that."""
    text = f"""
async def parts():
    yield await other.responses.create(model="m", input="x")

async def setup():
    stream = parts()
{wrap}

async def work():
    {made}
    async for part in stream:
        yield part
"""
    assert totals("async for part in work():\n        print(part)", text) == {attempts}


@pytest.mark.parametrize(
    "head",
    ["for part in retry(stop=stop_after_attempt(4))(one)():", "made = retry(stop=stop_after_attempt(4))(one)\n    for part in made():"],
)
def test_a_retry_by_hand_around_what_only_makes_a_generator_retries_nothing(head: str) -> None:
    assert totals("print(list(work()))", f"def work():\n    {head}\n        yield part\n") == {1}
