"""What stops the event loop: a generator runs where it is gone through, not where it is called."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import Setting, Unknown
from tests.graph.dispatch_help import ACME, build, nodes

SERVER: dict[str, Any] = {
    "registrations": [{"names": ["acme.route"], "as": ["decorator"], "makes": "entry_point", "kind": "http", "server": True}],
}


@pytest.mark.parametrize(
    ("body", "blocks"), [("return acme.stream(parts(q))", False), ("for part in parts(q):\n        print(part)", True)]
)
def test_a_generator_runs_where_it_is_gone_through(body: str, blocks: bool) -> None:
    text = f"""
import acme
client = acme.Client()

def parts(q):
    yield client.chat(messages=[q])

@acme.route
async def handler(q):
    {body}
"""
    assert [c.blocking_in_async for c in nodes(build(text, **SERVER), "model_call")] == [blocks]


ASKED = """
import acme, asyncio, inspect
class Engine:
    {kind} speak(self, q):
        return acme.Client().chat(messages=[q])

class Manager:
    def __init__(self):
        self.engine = Engine()

    async def run(self, q):
        loop = asyncio.get_running_loop()
        waits = {question}
        if {test}:
            answer = await self.engine.speak(q)
        else:
            answer = await loop.run_in_executor(None, lambda: self.engine.speak(q))
        return answer

@acme.route
async def handler(q):
    return await Manager().run(q)
"""


@pytest.mark.parametrize(
    ("question", "test", "kind", "blocks"),
    [
        ("asyncio.iscoroutinefunction(self.engine.speak)", "waits", "def", False),
        ("inspect.iscoroutinefunction(getattr(self.engine, 'speak', None))", "waits", "def", False),
        ("None", "asyncio.iscoroutinefunction(self.engine.speak)", "def", False),
        ("asyncio.iscoroutinefunction(self.engine.speak)", "waits", "async def", True),
        ("asyncio.iscoroutinefunction(self.engine.other)", "waits", "def", True),
        ("asyncio.iscoroutinefunction(self.engine.speak)", "q", "def", True),
        ("asyncio.iscoroutinefunction(self.engine.speak)", "not waits", "def", True),
        ("isinstance(self.engine.speak, type)", "waits", "def", True),
    ],
)
def test_a_plain_function_is_not_called_where_a_coroutine_function_is_asked_for(question: str, test: str, kind: str, blocks: bool) -> None:
    text = ASKED.format(question=question, test=test, kind=kind)
    assert [c.blocking_in_async for c in nodes(build(text, **SERVER), "model_call")] == [blocks]


@pytest.mark.parametrize(("kind", "blocks"), [("async def", True), ("def", False)])
def test_a_coroutine_that_a_framework_runs_blocks_by_what_it_calls(kind: str, blocks: bool) -> None:
    text = f"""
import acme
store = acme.Client()

def save(text):
    store.chat(messages=[text])

@acme.tool
{kind} remember(text):
    save(text)

@acme.route
async def handler(q):
    await acme.agents.Agent(tools=[remember]).run(q)
"""
    assert [c.blocking_in_async for c in nodes(build(text, **SERVER), "model_call") if c.call == "llm"] == [blocks]


CHAIN = """
import acme

class Store:
    def save(self, q):
        return acme.Client().chat(messages=[q])

@acme.route
async def handler(q):
    one0 = Store()
{chain}
    return helper(one{last}, q)

def helper(store, q):
    return store.save({arguments})

def tool(q):
    return Store().save(q)
"""


@pytest.mark.parametrize(("long", "arguments", "wanted"), [(40, "q", True), (2100, "q", None), (2100, "q, q, q", False)])
def test_what_takes_too_much_to_be_followed_may_run_on_the_loop(long: int, arguments: str, wanted: bool | None) -> None:
    """Also where something else is seen to call it; but for what the arguments rule out."""
    chain = "".join(f"    one{n + 1} = one{n}\n" for n in range(long))
    text = CHAIN.format(chain=chain, last=long, arguments=arguments)
    (found,) = [c.blocking_in_async for c in nodes(build(text, **SERVER), "model_call")]
    line = text[: text.index("store.save")].count("\n") + 1
    why = f"too much reaches the call of save at app.py:{line} to be followed: it may run this on an event loop"
    assert found is wanted if wanted is not None else found.value.why == why


def test_an_element_of_a_client_is_one_whichever_it_is() -> None:
    """The key takes too much to be followed, and decides nothing."""
    chain = "".join(f"    key{n + 1} = key{n}\n" for n in range(2100))
    text = f"import acme\nparts = acme.Client()\ndef ask(key0):\n{chain}    return parts[key2100].chat(messages=[])\n"
    types = {**ACME["types"], "client": {**ACME["types"]["client"], "attributes": {"*": "self"}}}
    assert [c.name for c in nodes(build(text, types=types), "model_call")] == ["chat"]


@pytest.mark.parametrize(("blocking", "blocks"), [(True, True), (False, False)])
@pytest.mark.parametrize("helper", ["", "def run(q):\n    acme.execute(q)\n"])
def test_what_unknown_code_does_to_the_loop_is_not_known(helper: str, blocking: bool, blocks: bool) -> None:
    text = f"""
import acme
{helper}
@acme.route
async def handler(q):
    {"run" if helper else "acme.execute"}(q)
"""

    def found(blocking: object) -> object:
        calls = [{"names": ["acme.execute"], "kind": "process", "blocking": blocking}]
        [call] = nodes(build(text, **SERVER, calls=calls), "external_call")
        return call.blocking_in_async

    assert found(blocking) is blocks
    unknown = found("unknown")
    assert isinstance(unknown, Setting)
    assert isinstance(unknown.value, Unknown)


ENTERED = """
import acme, contextlib
client = acme.Client()

class Base:
    {kind} __{letter}enter__(self):
        self.answer = client.chat(messages=[])
        return self
    {kind} __{letter}exit__(self, *failed):
        return None

class Session(Base):
    pass

class Other:
    {kind} __{letter}enter__(self):
        return self
    {kind} __{letter}exit__(self, *failed):
        return None

kept = Session()

def plain():
    {plain}

@acme.route
async def handler(q):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        ("with Session() as s:\n        return s.answer", True),
        ("with Session():\n        pass", True),
        ("with kept as s:\n        return s.answer", True),
        ("with open('a') as f, Session() as s:\n        return s.answer", True),
        ("with contextlib.ExitStack() as stack:\n        return stack.enter_context(Session())", True),
        ("with Other() as o:\n        return Session", False),
        ("return Session()", False),
    ],
)
def test_what_a_with_runs_as_it_is_entered_runs_there(body: str, blocks: bool) -> None:
    text = ENTERED.format(kind="def", letter="", plain="return None", body=body)
    assert [c.blocking_in_async for c in nodes(build(text, **SERVER), "model_call")] == [blocks]


def test_what_a_with_of_plain_code_runs_stops_no_loop() -> None:
    text = ENTERED.format(kind="def", letter="", plain="with Session() as s:\n        return s.answer", body="return None")
    graph = build(text, **SERVER)
    assert [c.blocking_in_async for c in nodes(graph, "model_call")] == [False]
    (site,) = [s for s in graph.flow.sites if s.target.endswith("__enter__") and s.hop != "handed"]
    assert (site.hop, graph.flow.functions[site.caller].symbol) == ("call", "plain")


@pytest.mark.parametrize(("word", "hop"), [("async with", "await"), ("with", None)])
def test_an_asynchronous_one_is_entered_by_its_own_with(word: str, hop: str | None) -> None:
    text = ENTERED.format(kind="async def", letter="a", plain="return None", body=f"{word} Session() as s:\n        return s.answer")
    found = [s.hop for s in build(text, **SERVER).flow.sites if s.target.endswith("__aenter__")]
    assert [h for h in found if h != "handed"] == ([hop] if hop else [])


MAPPED = """
import acme, asyncio, functools
client = acme.Client()

def ask(q):
    return client.chat(messages=[q])

@acme.route
async def handler(qs):
    return {}
"""


@pytest.mark.parametrize(
    ("way", "blocks"),
    [
        ("list(map(ask, qs))", True),
        ("[a for a in filter(ask, qs)]", True),
        ("sorted(qs, key=ask)", True),
        ("max(qs, key=lambda q: ask(q))", True),
        ("functools.reduce(ask, qs)", True),
        ("list(map(lambda q: ask(q), qs))", True),
        ("sorted(qs, key=lambda q: client.chat(messages=[q]))", True),
        ("await asyncio.to_thread(lambda: list(map(ask, qs)))", False),
        ("await asyncio.to_thread(lambda: list(map(lambda q: ask(q), qs)))", False),
        ("await asyncio.to_thread(lambda: list(map(lambda q: client.chat(messages=[q]), qs)))", False),
        ("print(ask)", False),
        ("sorted(qs, key=print)", False),
    ],
)
def test_what_python_itself_calls_with_each_element_runs_there(way: str, blocks: bool) -> None:
    regions = [{"names": ["asyncio.to_thread"], "makes": "thread", "body": 0, "callable": True, "hands": "rest"}]
    graph = build(MAPPED.format(way), regions=regions, **SERVER)
    assert any(c.blocking_in_async is True for c in nodes(graph, "model_call")) is blocks
