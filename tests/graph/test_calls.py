"""What the program calls: full names by meaning, arguments by name, and who reaches it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from auditor import pipeline
from auditor.core.values import ABSENT, Given, OneOf, Unknown
from auditor.graph import export
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Call


def graph_of(folder: Path, files: dict[str, str] | str, *, calls: bool = True) -> AgentGraph:
    for name, text in ({"app.py": files} if isinstance(files, str) else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    return pipeline.graph_of(pipeline.read([folder]), calls=calls)


def names(folder: Path, files: dict[str, str] | str, path: str = "app.py") -> list[str]:
    """Callees of a file in source order, without those of Python itself."""
    found = [c for c in graph_of(folder, files).calls if c.at.path == path]
    return [c.callee for c in sorted(found, key=lambda c: (c.at, c.id)) if c.package not in ("builtins", "functools")]


def one(folder: Path, files: dict[str, str] | str, callee: str) -> Call:
    [call] = [c for c in graph_of(folder, files).calls if c.callee == callee]
    return call


ASK = "def ask(prompt, model='m', *, purpose=None):\n    return prompt\n"


@pytest.mark.parametrize(
    ("code", "callee"),
    [
        ("import requests as web\nweb.get('u')", "requests.get"),
        ("from requests import get as load\nload('u')", "requests.get"),
        ("import requests\nload = requests.get\nload('u')", "requests.get"),
        ("import requests\ns = requests.Session()\ns.get('u')", "requests.Session requests.Session.get"),
        (
            "from openai import OpenAI\nOpenAI(timeout=5).chat.completions.create(model='m')",
            "openai.OpenAI openai.OpenAI.chat.completions.create",
        ),
        ("import boto3\nc = boto3.client('s3')\nc.put_object()", "boto3.client boto3.client.put_object"),
        ("from requests import Session\ndef f(s: Session):\n    s.get('u')", "requests.Session.get"),
        ("import strange\nstrange.deep.thing(1)", "strange.deep.thing"),
        ("try:\n    import quick as j\nexcept ImportError:\n    import slow as j\nj.dumps(1)", "slow.dumps quick.dumps"),
        ("from functools import partial\nimport requests\nf = partial(requests.get, timeout=3)\nf('u')", "requests.get"),
    ],
)
def test_a_callee_has_its_full_name(code: str, callee: str, tmp_path: Path) -> None:
    assert names(tmp_path, code) == callee.split()


@pytest.mark.parametrize(
    "code",
    [
        "from acme.llm import ask\nask('p')",
        "import acme.llm\nacme.llm.ask('p')",
        "from acme import ask as question\nquestion('p')",
        "from acme.llm import *\nask('p')",
        "import acme\nacme.ask('p')",
    ],
)
def test_a_function_of_the_program_is_named_where_it_is_defined(code: str, tmp_path: Path) -> None:
    files = {"acme/__init__.py": "from .llm import ask\n", "acme/llm.py": ASK, "app.py": code}
    assert names(tmp_path, files) == ["acme.llm.ask"]


def test_names_are_also_those_under_which_a_package_hands_it_on(tmp_path: Path) -> None:
    files = {
        "src/acme/__init__.py": "from acme.core import *\n",
        "src/acme/core.py": "class Client:\n    def ask(self, prompt):\n        return prompt\n",
        "src/app.py": "from acme import Client\nClient().ask('p')\n",
    }
    call = one(tmp_path, files, "acme.core.Client.ask")
    assert call.names == ("acme.core.Client.ask", "acme.Client.ask")
    assert (call.package, call.packages) == ("acme", ("acme", "acme.core", "acme.core.Client", "acme.Client"))
    assert (call.in_module, call.in_packages) == ("app", ("app",))


def test_a_method_that_a_class_inherits_is_named_by_both(tmp_path: Path) -> None:
    code = """
        import requests

        class House(requests.Session):
            def load(self, url):
                return self.get(url)

        House().load("u")
    """
    call = one(tmp_path, code, "app.House.get")
    assert call.names == ("app.House.get", "requests.Session.get")
    assert "requests" not in call.packages


def test_what_a_function_gives_back_is_of_no_package(tmp_path: Path) -> None:
    code = "import requests\n\ndef load(url):\n    return requests.get(url)\n\nload('u').json()\n"
    call = one(tmp_path, code, "requests.get.json")
    assert (call.package, call.packages) == ("", ())


def test_modules_are_named_as_they_are_imported(tmp_path: Path) -> None:
    files = {
        "my-service/acme/http/client.py": "print(1)\n",
        "my-service/acme/http/__init__.py": "",
        "my-service/main.py": "import acme.http.client\n",
        "lib/tools/deep.py": "print(1)\n",
    }
    modules = {c.at.path: (c.in_module, c.in_packages) for c in graph_of(tmp_path, files).calls}
    assert modules["my-service/acme/http/client.py"] == ("acme.http.client", ("acme", "acme.http", "acme.http.client"))
    assert modules["lib/tools/deep.py"][0] == "tools.deep"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("ask('p', purpose='chat')", "chat"),
        ("ask('p')", ABSENT),
        ("ask('p', purpose=None)", ABSENT),
        ("ask('p', **{'purpose': 'chat'})", "chat"),
        ("ask('p', **{'model': 'm'})", ABSENT),
        ("ask('p', *('m',))", ABSENT),
        ("ask('p', purpose=object())", Given),
        ("ask('p', purpose=unread)", Given),
        ("ask('p', **unread)", Unknown),
        ("strange(1)", Unknown),
        ("strange(model=1)", ABSENT),
    ],
)
def test_an_argument_that_is_not_written_is_absent_or_unknown(call: str, value: object, tmp_path: Path) -> None:
    code = f"from strange import strange\n{ASK}\ndef run(unread):\n    {call}\n"
    found = next(c for c in graph_of(tmp_path, code).calls if c.callee in ("app.ask", "strange.strange")).arguments["purpose"].value
    assert type(found) is value if isinstance(value, type) else found == value


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ask('p', 'large')", {"prompt": "p", "model": "large"}),
        ("Client('a').ask('p', 'large')", {"prompt": "p", "model": "large"}),
        ("Record('a', 'b')", {"one": "a", "two": "b"}),
        ("Client('a')", {"key": "a"}),
        ("made('p')", {"prompt": "p", "model": "tiny"}),
        ("open('f', 'w')", {"file": "f", "mode": "w"}),
    ],
)
def test_positions_have_names_where_the_signature_is_known(call: str, expected: dict[str, str], tmp_path: Path) -> None:
    code = f"""
from dataclasses import dataclass
from functools import partial

{ASK}

class Client:
    def __init__(self, key):
        self.key = key

    def ask(self, prompt, model):
        return prompt

@dataclass
class Record:
    one: str
    two: str

made = partial(ask, model="tiny")

def run():
    {call}
"""
    found = max((c for c in graph_of(tmp_path, code).calls if c.qualname == "run"), key=lambda c: c.at.end_column - c.at.column)
    assert {name: found.arguments[name].value for name in expected} == expected


def test_several_values_are_alternatives(tmp_path: Path) -> None:
    code = f"{ASK}\n\ndef run(fast):\n    why = 'chat'\n    if fast:\n        why = 'batch'\n    ask('p', purpose=why)\n"
    value = one(tmp_path, code, "app.ask").arguments["purpose"].value
    assert isinstance(value, OneOf)
    assert {s.value for s in value.alternatives} == {"chat", "batch"}


def test_a_none_from_elsewhere_is_not_known_to_arrive(tmp_path: Path) -> None:
    code = f"{ASK}\n\ndef run(why=None):\n    ask('p', purpose=why)\n"
    assert isinstance(one(tmp_path, code, "app.ask").arguments["purpose"].value, Unknown)


def test_calls_are_reached_by_entry_points(tmp_path: Path) -> None:
    code = """
        import strange

        def used():
            strange.one()

        def unused():
            strange.two()

        if __name__ == "__main__":
            used()
    """
    calls = {c.callee: c for c in graph_of(tmp_path, code).calls}
    assert (calls["strange.one"].role, len(calls["strange.one"].reached)) == ("production", 1)
    assert (calls["strange.two"].role, calls["strange.two"].reached) == ("library", ())
    assert [step.at.line for step in calls["strange.one"].trace] == [10, 11]


def test_what_is_called_unknown_is_counted_and_no_call(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "def run(function, rows):\n    function()\n    rows[0].go()\n")
    assert (graph.calls, graph.unresolved) == ((), 2)


def test_the_wrapper_of_a_decorator_is_no_call_of_what_it_wraps(tmp_path: Path) -> None:
    code = """
        import functools

        def logged(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)
            return wrapper

        @logged
        def ask(prompt):
            return prompt

        ask("p")
    """
    assert [c.at.line for c in graph_of(tmp_path, code).calls if c.callee == "app.ask"] == [14]


CHAT = """
    import requests
    from openai import OpenAI
    from fastapi import FastAPI

    app = FastAPI()

    def tell(text):
        for _ in range(3):
            requests.post("https://h/x", json=text)

    @app.post("/chat")
    def chat(text):
        client = OpenAI()
        tell(text)
        return client.chat.completions.create(model="m", messages=[text])
"""


def test_asking_for_calls_changes_nothing_else(tmp_path: Path) -> None:
    without, asked = graph_of(tmp_path, CHAT, calls=False), graph_of(tmp_path, CHAT)
    assert (without.calls, without.around) == ((), None)
    assert asked.calls and asked.around is None
    assert export.to_json(asked) == export.to_json(without)
    assert (asked.nodes, asked.flow) == (without.nodes, without.flow)


def test_no_order_of_the_files_changes_the_calls(tmp_path: Path) -> None:
    files = {"b.py": "from a import f\nf(1)\n", "a.py": "def f(x):\n    g(x)\n\ndef g(x):\n    f(x)\n"}
    found = [graph_of(tmp_path / str(i), dict(rows)).calls for i, rows in enumerate((files.items(), reversed(files.items())))]
    assert found[0] == found[1]


HANDED = """
import asyncio, requests, threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
pool = ThreadPoolExecutor()
"""


@pytest.mark.parametrize(
    ("code", "timeout"),
    [
        ("async def f(u):\n    await asyncio.to_thread(requests.get, u, timeout=3)", 3),
        ("async def f(u):\n    await asyncio.get_running_loop().run_in_executor(None, partial(requests.get, u, timeout=3))", 3),
        ("async def f(u):\n    await asyncio.get_running_loop().run_in_executor(None, requests.get, u)", ABSENT),
        ("def f(u):\n    pool.submit(requests.get, u, timeout=3)", 3),
        ("def f(u):\n    pool.map(requests.get, u)", ABSENT),
        ("def f(u):\n    threading.Thread(target=requests.get, args=(u,), kwargs={'timeout': 3}).start()", 3),
        ("def f(u):\n    partial(requests.get, u, timeout=3)()", 3),
        ("def f(u, get):\n    pool.submit(get, u, timeout=3)\nf('u', requests.get)", 3),
    ],
)
def test_a_function_that_is_handed_to_what_calls_it_is_a_call(code: str, timeout: object, tmp_path: Path) -> None:
    call = one(tmp_path, HANDED + code, "requests.get")
    assert call.arguments["timeout"].value == timeout
    assert call.arguments["url"].value is not ABSENT


def test_what_a_list_of_arguments_holds_is_not_known(tmp_path: Path) -> None:
    call = one(tmp_path, "from multiprocessing import Pool\nimport requests\nPool().starmap(requests.get, [])", "requests.get")
    assert isinstance(call.arguments["timeout"].value, Unknown)


def test_a_function_that_is_only_mentioned_is_no_call(tmp_path: Path) -> None:
    assert "requests.get" not in names(tmp_path, HANDED + "ways = {'get': requests.get}\nprint(requests.get)\n")


WRAPPED = """
    import functools, strange
    from tenacity import retry

    def timed(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return f(*args, timeout=5, **kwargs)
        return wrapper

    def plain(f):
        def wrapper(self, *args, **kwargs):
            return f(self, *args, **kwargs)
        return wrapper

    def filled(f):
        def wrapper(*args, **kwargs):
            kwargs.setdefault("timeout", 5)
            return f(*args, **kwargs)
        return wrapper

    def narrow(f):
        def wrapper(text, timeout):
            return f(text)
        return wrapper

    def first(f):
        def wrapper(*args, **kwargs):
            return f("session", *args, **kwargs)
        return wrapper

    def listed(f):
        return f

    {decorators}
    def ask({parameters}, timeout=None): ...

    ask({given})
"""


@pytest.mark.parametrize(
    ("decorators", "parameters", "given", "timeout"),
    [
        ("@timed", "text", "'x'", 5),
        ("@plain\n    @timed", "text", "'x'", 5),
        ("@plain", "text", "'x'", ABSENT),
        ("@plain", "text", "'x', 3", 3),
        ("@narrow", "text", "'x', 3", ABSENT),
        ("@first", "session, text", "'x', 3", 3),
        ("@listed", "text", "'x'", ABSENT),
        ("@retry", "text", "'x'", ABSENT),
        ("@functools.cache", "text", "'x'", ABSENT),
        ("@filled", "text", "'x'", "a decorator of the function may give or change it"),
        ("@strange.made", "text", "'x'", "a decorator of the function may give or change it"),
        ("@strange.made", "text", "'x', 3", 3),
        ("@timed\n    @first", "session, text", "'x'", "a decorator of the function may give or change it"),
    ],
)
def test_decorators_pass_on_give_and_take_arguments(decorators: str, parameters: str, given: str, timeout: object, tmp_path: Path) -> None:
    code = dedent(WRAPPED).format(decorators=decorators.replace("    ", ""), parameters=parameters, given=given)
    call = one(tmp_path, code, "app.ask")
    value = call.arguments["timeout"].value
    assert (value.why if isinstance(value, Unknown) else value) == timeout


def test_the_arguments_of_a_decorated_method_are_those_behind_its_object(tmp_path: Path) -> None:
    code = (
        dedent(WRAPPED).split("{decorators}")[0] + "class Desk:\n    @plain\n    def ask(self, text, timeout=None): ...\nDesk().ask('x', 3)"
    )
    call = one(tmp_path, code, "app.Desk.ask")
    assert [call.arguments[name].value for name in ("text", "timeout")] == ["x", 3]
