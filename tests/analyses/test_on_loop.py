"""Which path a blocking call is shown with: one that stays in the thread of the loop, by real calls first."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor.analyses.crossings import MOST_WAYS
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import Crossing
from auditor.graph.types import ExternalCall
from auditor.pipeline import graph_of, read

WORKER = """
import asyncio
from concurrent.futures import ThreadPoolExecutor
from fastapi import FastAPI
import requests

app = FastAPI()
pool = ThreadPoolExecutor()

async def fetch(url):
    return requests.get(url, timeout=5)

def apart(url):
    return asyncio.run(fetch(url))
"""


def graph(folder: Path, text: str) -> AgentGraph:
    (folder / "app.py").write_text(dedent(WORKER) + dedent(text))
    return graph_of(read([folder]))


def call(found: AgentGraph) -> ExternalCall:
    return next(n for n in found.nodes.values() if isinstance(n, ExternalCall))


@pytest.mark.parametrize(
    "way",
    [
        "await asyncio.to_thread(apart, url)",
        "await asyncio.get_running_loop().run_in_executor(None, apart, url)",
        "await asyncio.to_thread(lambda: apart(url))",
        "pool.submit(apart, url).result()",
    ],
)
def test_a_loop_of_its_own_in_a_thread_of_its_own_blocks_nobody(tmp_path: Path, way: str) -> None:
    found = graph(tmp_path, f'\n@app.get("/")\nasync def page(url: str):\n    return {way}\n')
    assert not call(found).blocking_in_async


HELPER = """
def plain(url):
    return requests.get(url, timeout=5)

async def apart_from(fn, *args):
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: fn(*args))

@app.get("/")
async def page(url: str):
    return {way}
"""


def helped(found: AgentGraph) -> ExternalCall:
    return next(n for n in found.nodes.values() if isinstance(n, ExternalCall) and n.qualname == "plain")


@pytest.mark.parametrize(
    "way",
    ["await apart_from(plain, url)", "await apart_from(lambda: plain(url))", "await apart_from(lambda: plain(url), url)"],
)
def test_what_a_function_of_the_program_runs_in_a_lambda_of_a_thread_blocks_nobody(tmp_path: Path, way: str) -> None:
    assert not helped(graph(tmp_path, HELPER.format(way=way))).blocking_in_async


def test_what_is_called_for_the_lambda_and_not_in_it_blocks(tmp_path: Path) -> None:
    assert helped(graph(tmp_path, HELPER.format(way="await apart_from(print, plain(url))"))).blocking_in_async


def test_the_path_that_shares_the_loop_is_shown(tmp_path: Path) -> None:
    found = graph(
        tmp_path,
        """
        @app.get("/a")
        async def apart_from_it(url: str):
            return await asyncio.to_thread(apart, url)

        async def timed(fn):
            return await fn()

        @app.get("/b")
        async def page(url: str):
            return await timed(lambda: fetch(url))
        """,
    )
    assert call(found).blocking_in_async
    assert [s.what for s in call(found).loop_trace] == ["/b begins", "calls fetch", "external call get"]


def test_a_thread_that_plain_code_starts_may_hold_the_loop_of_the_program(tmp_path: Path) -> None:
    found = graph(tmp_path, '\nimport threading\nthreading.Thread(target=apart, args=("http://x",)).start()\n')
    assert call(found).blocking_in_async


STORED = """
class Tool:
    def __init__(self, name, func):
        self.name = name
        self.job = func

@app.get("/a")
async def first():
    return Tool("fetch", func=fetch)
"""


def test_what_is_only_stored_is_said_to_be(tmp_path: Path) -> None:
    trace = call(graph(tmp_path, STORED)).trace
    assert [s.what for s in trace][:2] == ["/a begins", "hands over fetch, which may run later"]


def test_a_real_call_is_preferred_to_what_is_stored(tmp_path: Path) -> None:
    more = (
        '\n@app.get("/b")\nasync def second(url: str):\n    return await third(url)\n\nasync def third(url):\n    return await fetch(url)\n'
    )
    found = call(graph(tmp_path, STORED + more))
    for trace in (found.trace, found.loop_trace):
        assert [s.what for s in trace][:3] == ["/b begins", "calls third", "calls fetch"]


@pytest.mark.parametrize(
    ("main", "alone"),
    [
        ("    await fetch('http://x')", True),
        ("    await asyncio.gather(fetch('http://x'), fetch('http://y'))", False),
        ("    pool.submit(print, 1)\n    await fetch('http://x')", True),
        ("    list(pool.map(print, [1]))\n    await fetch('http://x')", True),
        ("    asyncio.create_task(fetch('http://x'))\n    await fetch('http://x')", False),
        ("    async with asyncio.timeout(9):\n        await fetch('http://x')", False),
    ],
)
def test_nothing_else_runs_on_the_loop_of_a_program_without_tasks(tmp_path: Path, main: str, alone: bool) -> None:
    found = call(graph(tmp_path, f"\nasync def main():\n{main}\n\nif __name__ == '__main__':\n    asyncio.run(main())\n"))
    assert (found.blocking_in_async, found.alone) == (True, alone)


def test_a_server_is_never_alone(tmp_path: Path) -> None:
    assert not call(graph(tmp_path, '\n@app.get("/")\nasync def page(url: str):\n    return await fetch(url)\n')).alone


SHARED = '\n@app.get("/a")\ndef first():\n    return load("http://x")\n\ndef load(url):\n    return requests.get(url, timeout=5)\n'


def test_a_plain_route_runs_in_a_thread_and_is_not_shown(tmp_path: Path) -> None:
    found = call_in(graph(tmp_path, SHARED + '\n@app.get("/b")\nasync def second():\n    return load("http://y")\n'), "load")
    assert [s.what for s in found.loop_trace] == ["/b begins", "calls load", "external call get"]
    assert not call_in(graph(tmp_path, SHARED), "load").blocking_in_async


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        ("    return apart(url)", False),
        ("    tasks.add_task(fetch, url)", True),
        ("    asyncio.run_coroutine_threadsafe(fetch(url), LOOP)", True),
    ],
)
def test_a_loop_that_a_plain_route_makes_holds_up_nobody(tmp_path: Path, body: str, blocks: bool) -> None:
    route = f'\nfrom fastapi import BackgroundTasks\nLOOP = None\n\n@app.get("/a")\ndef page(url: str, tasks: BackgroundTasks):\n{body}\n'
    found = call(graph(tmp_path, route))
    assert (found.blocking_in_async and not found.alone) == blocks


def test_a_function_that_a_framework_calls_is_not_known_to_stay_in_the_thread(tmp_path: Path) -> None:
    text = """
        @app.get("/a")
        async def first(url: str):
            return load(url)

        @app.get("/b")
        async def second(url: str):
            return await asyncio.to_thread(load, url)

        def load(url):
            return requests.get(url, timeout=5)
        """
    assert call_in(graph(tmp_path, text), "load").loop_trace[0].what == "/a begins"


def call_in(found: AgentGraph, function: str) -> ExternalCall:
    return next(n for n in found.nodes.values() if isinstance(n, ExternalCall) and n.qualname == function)


def test_a_call_behind_a_switch_still_blocks(tmp_path: Path) -> None:
    switch = '    if os.getenv("USE_NEW", "true") == "true":\n        return 1\n    return load("http://x")\n'
    text = SHARED.replace("def first():\n    return", "async def first():\n" + switch + "    return").replace(
        "\n@app", "\nimport os\n\n@app", 1
    )
    found = call_in(graph(tmp_path, text), "load")
    assert found.blocking_in_async and found.off.why == "USE_NEW is 'true' unless somebody sets it"


PROCESS = """
import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor

POOL = ProcessPoolExecutor()


class Pool(ProcessPoolExecutor):
    @staticmethod
    def in_a_loop(fn, *args):
        return asyncio.get_event_loop().run_until_complete(fn(*args))

    def submit(self, fn, *args):
        return super().submit(self.in_a_loop, fn, *args)


OWN = Pool()


def work():
    asyncio.run(fetch("http://x"))


def begin():
    WAY


@app.get("/")
async def page():
    begin()
"""


@pytest.mark.parametrize(
    "way",
    [
        "multiprocessing.Process(target=work).start()",
        "POOL.submit(work)",
        "OWN.submit(fetch, 'http://x')",
        "asyncio.get_event_loop().run_in_executor(POOL, work)",
    ],
)
def test_another_process_has_a_loop_of_its_own(tmp_path: Path, way: str) -> None:
    found = call(graph(tmp_path, PROCESS.replace("WAY", way)))
    assert found.alone
    assert [s.what for s in found.loop_trace if "process" in s.what] in (
        ["runs work in another process"],
        ["runs fetch in another process"],
    )


def test_tasks_of_another_process_share_its_loop(tmp_path: Path) -> None:
    text = PROCESS.replace("WAY", "POOL.submit(work)").replace('asyncio.run(fetch("http://x"))', "asyncio.run(several())")
    found = call(graph(tmp_path, text + '\nasync def several():\n    await asyncio.gather(fetch("http://x"), fetch("http://y"))\n'))
    assert found.blocking_in_async and not found.alone


@pytest.mark.parametrize(("otherwise", "unpooled"), [("else:\n        ", True), ("", False)])
def test_what_a_pool_runs_where_there_is_one(tmp_path: Path, otherwise: str, unpooled: bool) -> None:
    start = f"\nasync def start(pool: Executor | None):\n    if pool:\n        pool.submit(fetch, 'http://x')\n    {otherwise}await fetch('http://x')\n"
    text = PROCESS.replace("def begin():\n    WAY\n", start).replace(
        "page():\n    begin()", "page(request):\n    await start(request.state.pool)"
    )
    found = call(graph(tmp_path, text))
    assert found.blocking_in_async and not found.alone
    assert (found.unpooled.value is True) is unpooled


@pytest.mark.parametrize(("way", "unseen"), [("await Keeper().run(url)", False), ("kept.append(Keeper())", True)])
def test_where_no_entry_point_leads_there_on_a_loop(tmp_path: Path, way: str, unseen: bool) -> None:
    keeper = "kept = []\n\nclass Keeper:\n    async def run(self, url):\n        return await fetch(url)\n"
    found = call(graph(tmp_path, f'\n{keeper}\n@app.get("/")\nasync def page(url: str):\n    {way}\n'))
    assert found.blocking_in_async and (found.unpooled.value is True) is unseen


@pytest.mark.parametrize(
    ("view", "blocks"),
    [
        ('app.add_url_rule("/p", "p", page)', False),
        ('app.get("/p")(page)', False),
        ('other.get("/p")(page)', True),
    ],
)
def test_a_coroutine_of_a_flask_view_has_a_loop_of_its_own(tmp_path: Path, view: str, blocks: bool) -> None:
    begin = "import flask, fastapi, requests\napp = flask.Flask('a')\nother = fastapi.FastAPI()\n"
    (tmp_path / "app.py").write_text(f"{begin}async def page():\n    return requests.get('http://a')\n{view}\n")
    found = call(graph_of(read([tmp_path])))
    assert (found.blocking_in_async and not found.alone) is blocks


@pytest.mark.parametrize(
    ("body", "own"),
    [
        # Only its own tasks wait, in each request.
        ("return asyncio.run(twice(url))", True),
        ("loop = asyncio.new_event_loop()\n    return loop.run_until_complete(twice(url))", True),
        # What it starts there runs on a loop that others need.
        ("return asyncio.run_coroutine_threadsafe(twice(url), shared).result()", False),
        ("asyncio.run_coroutine_threadsafe(fetch(url), shared)\n    return asyncio.run(twice(url))", False),
    ],
)
def test_on_the_loop_of_a_request_only_its_own_tasks_wait(tmp_path: Path, body: str, own: bool) -> None:
    text = f"""
shared = asyncio.new_event_loop()

async def twice(url):
    return await asyncio.gather(fetch(url), fetch(url))

@app.get("/")
def page(url: str):
    {body}
"""
    found = call(graph(tmp_path, text))
    assert found.blocking_in_async is True and not found.alone
    assert (found.unpooled.value is True) is own


def test_the_loop_of_a_server_is_needed_by_other_requests(tmp_path: Path) -> None:
    text = """
    async def twice(url):
        return await asyncio.gather(fetch(url), fetch(url))

    @app.get("/a")
    def one(url: str):
        return asyncio.run(twice(url))

    @app.get("/b")
    async def two(url: str):
        return await twice(url)
    """
    found = call(graph(tmp_path, text))
    assert found.blocking_in_async is True and found.unpooled.value is not True


ENTERED = """
def page_of(url):
    return deeper(url)

def deeper(url):
    return requests.post(url, timeout=5)

@app.get("/a")
async def first(url: str):
    {first}

@app.get("/b")
async def second(url: str):
    {second}
"""


def posted(found: AgentGraph) -> ExternalCall:
    return next(n for n in found.nodes.values() if isinstance(n, ExternalCall) and n.callee == "requests.post")


def test_the_call_in_a_coroutine_that_enters_plain_code_is_known(tmp_path: Path) -> None:
    found = graph(tmp_path, ENTERED.format(first="return page_of(url)", second="return None"))
    crossing = posted(found).crossing
    assert crossing is not None
    line = (tmp_path / "app.py").read_text().splitlines().index("    return page_of(url)") + 1
    assert (crossing.at.line, crossing.inside, crossing.written, crossing.role) == (line, "first", "page_of", "production")
    assert crossing.others == () and not crossing.later
    assert (crossing.at.path, crossing.at.line) in [(s.at.path, s.at.line) for s in posted(found).loop_trace]


def test_what_stands_in_a_coroutine_is_entered_by_none(tmp_path: Path) -> None:
    text = '@app.get("/a")\nasync def first(url: str):\n    return plain(url)\n\ndef plain(url):\n    return fetch(url)\n'
    assert call(graph(tmp_path, text)).blocking_in_async
    assert call(graph(tmp_path, text)).crossing is None, "the coroutine that plain code makes runs on the loop itself"


def test_of_several_calls_that_lead_to_it_the_others_are_known(tmp_path: Path) -> None:
    found = graph(tmp_path, ENTERED.format(first="return page_of(url)", second="return deeper(url)"))
    crossing = posted(found).crossing
    assert crossing is not None and crossing.inside == "second", "that of the way that is told, here the shorter one"
    lines = (tmp_path / "app.py").read_text().splitlines()
    assert [lines[at.line - 1].strip() for at in crossing.others] == ["return page_of(url)"]
    away = graph(tmp_path, ENTERED.format(first="return await asyncio.to_thread(page_of, url)", second="return deeper(url)"))
    assert posted(away).crossing is not None and posted(away).crossing.others == ()  # type: ignore[union-attr]


def test_a_call_that_gives_a_generator_alone_runs_nothing(tmp_path: Path) -> None:
    text = ENTERED.replace("return requests.post(url, timeout=5)", "yield requests.post(url, timeout=5)")
    found = graph(tmp_path, text.format(first="return [row for row in deeper(url)]", second="return None"))
    crossing = posted(found).crossing
    assert crossing is not None and crossing.later


@pytest.mark.parametrize(("second", "role"), [("return None", "example"), ("return page_of(url)", "production")])
def test_only_what_no_other_code_leads_to_is_mended_in_an_example(tmp_path: Path, second: str, role: str) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "show.py").write_text(
        "from fastapi import FastAPI\nfrom app import page_of\n\nshown = FastAPI()\n\n"
        '@shown.get("/")\nasync def show(url: str):\n    return page_of(url)\n'
    )
    (tmp_path / "app.py").write_text(dedent(WORKER) + dedent(ENTERED.format(first="return None", second=second)))
    found = graph_of(read([tmp_path]))
    crossing = posted(found).crossing
    assert crossing is not None and crossing.role == role
    assert not any(at.path.startswith("examples/") for at in crossing.others), "beside other code no example is to be mended"


def crossing(found: AgentGraph) -> Crossing:
    site = next(n for n in found.nodes.values() if isinstance(n, ExternalCall) and n.qualname == "plain")
    assert site.crossing is not None
    return site.crossing


@pytest.mark.parametrize(("pages", "more"), [(MOST_WAYS, False), (MOST_WAYS + 1, True)])
def test_what_is_cut_is_known_to_be(tmp_path: Path, pages: int, more: bool) -> None:
    page = '\n@app.get("/{0}")\nasync def page{0}(url: str):\n    return between(url)\n'
    text = "\ndef plain(url):\n    return requests.get(url, timeout=5)\n\ndef between(url):\n    return plain(url)\n"
    found = crossing(graph(tmp_path, text + "".join(page.format(n) for n in range(pages))))
    assert (len(found.others), found.more) == (MOST_WAYS - 1, more)
