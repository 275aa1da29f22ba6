"""From where functions are reached that no resolved call leads to."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.types import ModelCall
from tests.graph.dispatch_help import build, nodes

WEB = {
    "types": {
        "client": {"new": ["acme.Client"], "noun": "model_client"},
        "app": {"new": ["acme.web.App", "acme.web.Router"], "harmless": ["*"]},
    },
    "registrations": [
        {"names": ["app.get"], "makes": "entry_point", "kind": "http", "server": True, "name": 0},
        {"names": ["acme.tool"], "makes": "tool"},
    ],
    "calls": [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}],
    "runners": {"acme.web.Depends": 0},
}
ASKS = "from acme import Client\ndef ask(x):\n    return Client().chat(messages=[x])\n"
GO = "if __name__ == '__main__':\n    go()\n"


def call(files: dict[str, str] | str, **more: object) -> ModelCall:
    texts = {"app.py": files} if isinstance(files, str) else files
    graph = analyse(build({path: dedent(text) for path, text in texts.items()}, **more))
    found: list[ModelCall] = [n for n in nodes(graph, "model_call") if n.role != "test"]
    assert len(found) == 1
    return found[0]


KEPT = {
    "a list": "TOOLS = [ask]\ndef go():\n    for t in load(TOOLS):\n        t()\n",
    "a dict": "TOOLS = {'a': ask}\ndef go():\n    run(TOOLS)\n",
    "an argument": "def go():\n    register('a', ask)\ndef register(name, f):\n    KNOWN[name] = f\nKNOWN = {}\n",
    "an argument of an object": "class Spec:\n    def __init__(self, run):\n        self.run = run\ndef go():\n    Spec(run=ask)\n",
    "a result": "def made():\n    return ask\ndef go():\n    made()\n",
    "an attribute": "class K:\n    pass\ndef go():\n    k = K()\n    k.hook = ask\n",
    "a default": "def go(f=ask):\n    keep(f)\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_function_that_is_kept_is_reached_from_there(text: str) -> None:
    assert call(ASKS + text + GO).role == "production"


SEEN = {
    "a question": "def go():\n    return callable(ask)\n",
    "nothing": "def go():\n    pass\n",
    "a name of something else": "import other\ndef go():\n    return keep(other.ask)\n",
}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_is_only_looked_at_is_not(text: str) -> None:
    found = call(ASKS + text + GO)
    assert found.role == "library"
    assert found.trace[0].what == "ask, which nothing seen here calls, tests aside"


REGISTRY = """\
KNOWN = {}
def command(name):
    def register(f):
        KNOWN[name] = f
        return f
    return register
"""
WRAPPER = """\
from functools import wraps
def command(name):
    def wrap(f):
        @wraps(f)
        def inner(*args):
            return f(*args)
        return inner
    return wrap
"""
DECORATED = "from acme import Client\nfrom registry import command\n@command('a')\ndef ask(x):\n    return Client().chat(messages=[x])\n"
MAIN = "import commands\nif __name__ == '__main__':\n    print(1)\n"


def test_a_decorator_that_keeps_its_function_hands_it_over() -> None:
    found = call({"registry.py": REGISTRY, "commands.py": DECORATED, "main.py": MAIN})
    assert found.role == "production"
    assert [step.what for step in found.trace][:2] == ["commands.py is loaded, by main for one", "hands over ask, which may run later"]


def test_an_object_that_is_only_made_may_run_its_methods() -> None:
    model = "from acme import Base, Client\nclass Model(Base):\n    def ask(self, x):\n        return Client().chat(messages=[x])\n"
    main = "from model import Model\nfrom acme import serve\nif __name__ == '__main__':\n    serve(Model())\n"
    found = call({"model.py": model, "main.py": main})
    assert [step.what for step in found.trace][:2] == ["main begins", "makes Model, whose ask may run later"]


def test_the_class_is_named_of_which_an_object_is_made() -> None:
    model = "from acme import Base, Client\nclass Model(Base):\n    def ask(self, x):\n        return Client().chat(messages=[x])\n"
    main = "from model import Model\nfrom acme import serve\nclass Mine(Model):\n    pass\nif __name__ == '__main__':\n    serve(Mine())\n"
    found = call({"model.py": model, "main.py": main})
    assert [step.what for step in found.trace][:2] == ["main begins", "makes Mine, whose ask may run later"]


def test_what_modules_hand_over_is_no_decision_of_an_entry_point() -> None:
    files = {"registry.py": REGISTRY, "commands.py": DECORATED, "main.py": f"{MAIN}    print(2)\n"}
    files["commands.py"] += "@command('b')\ndef tell(x):\n    return Client().chat(messages=[x])\n"
    found = nodes(analyse(build(files)), "decision_point")
    scope = "functions that are registered when a module is imported, and may run later"
    assert {n.unrecorded.partition(":")[0] for n in found} == {"any of the 2 decisions of the project"}
    files["other.py"] = "from acme import Client\nif __name__ == '__main__':\n    Client().chat(messages=[])\n"
    found = nodes(analyse(build(files)), "decision_point")
    assert {n.unrecorded.partition(":")[0] for n in found if n.at.path == "commands.py"} == {f"any of the 2 decisions of {scope}"}


@pytest.mark.parametrize(
    ("main", "first"),
    [
        ("import commands\n", "commands.py is loaded when the program of main.py starts"),
        ("def later():\n    import commands\n", "commands.py is loaded, by main for one"),
    ],
)
def test_a_module_is_loaded_as_its_program_starts_if_a_statement_outside_of_functions_imports_it(main: str, first: str) -> None:
    files = {"commands.py": "from acme import Client\nKNOWN = Client().chat(messages=[])\n"}
    files["main.py"] = f"{main}{ASKS}if __name__ == '__main__':\n    ask(1)\n"
    found = [n for n in nodes(analyse(build(files)), "model_call") if n.at.path == "commands.py"]
    assert [n.trace[0].what for n in found] == [first]


def test_a_decorator_that_only_wraps_it_does_not() -> None:
    assert call({"registry.py": WRAPPER, "commands.py": DECORATED, "main.py": MAIN}).role == "library"


def test_a_registry_that_nothing_imports_is_reached_by_nothing() -> None:
    found = call({"registry.py": REGISTRY, "commands.py": DECORATED, "main.py": "if __name__ == '__main__':\n    print(1)\n"})
    assert (found.role, found.trace[0].what) == ("library", "commands.py, of which no loading by an entry point was resolved")


def test_an_example_is_loaded_by_a_program_that_is_one_too() -> None:
    files = {"registry.py": REGISTRY, "demo/commands.py": DECORATED, "demo/main.py": MAIN}
    found = call(files)
    assert (found.role, found.trace[0].what) == ("example", "demo/commands.py is loaded, by main for one")
    library = call({"registry.py": REGISTRY, "commands.py": DECORATED, "demo/main.py": MAIN})
    assert (library.role, library.trace[0].what) == ("library", "commands.py, of which no loading by an entry point was resolved")


WALK = "import importlib, pkgutil\nfor m in pkgutil.iter_modules(__path__):\n    importlib.import_module(f'{__name__}.{m.name}')\n"


@pytest.mark.parametrize("loader", [WALK, "import importlib\ndef load(n):\n    return importlib.import_module(f'plugins.{n}')\n"])
def test_a_folder_of_plug_ins_is_loaded_by_whoever_imports_them_by_computed_names(loader: str) -> None:
    files = {"registry.py": REGISTRY, "plugins/__init__.py": loader, "plugins/commands.py": DECORATED}
    assert call({**files, "main.py": MAIN.replace("commands", "plugins")}).role == "production"


OBJECT = """\
from acme import Client
class Base:
    def ask(self, x):
        raise NotImplementedError
class Mine(Base):
    def ask(self, x):
        return Client().chat(messages=[x])
"""


def test_a_method_in_place_of_another_is_reached_from_where_its_object_is_made() -> None:
    assert call(OBJECT + "def go():\n    keep(Mine())\n" + GO).role == "production"
    assert call(OBJECT + "def go():\n    keep(Mine)\n" + GO).role == "production"
    found = call(OBJECT + "def go():\n    keep(Base())\n" + GO)
    assert (found.role, found.trace[0].what) == ("library", "Mine.ask, of which no call was resolved")


HOLDER = "class Holder:\n    def __init__(self):\n        self._m = Mine()\n        {}\ndef go():\n    {}\n"
PROPERTY = "pass\n    @property\n    def mine(self):\n        return self._m"
KEPT_TO_ITSELF = {
    "a variable": "def go():\n    m = Mine()\n    print(m, m.size)\n    return m is None\n",
    "an attribute": HOLDER.format("self._m.size = 3", "Holder()"),
    "an attribute of another name": HOLDER.format("self.other = self._m if self else None", "Holder().other.size"),
    "a property": HOLDER.format(PROPERTY, "print(Holder().mine.size)"),
    "an attribute of the same name elsewhere": HOLDER.format("pass\nclass Other:\n    def give(self):\n        keep(self._m)", "Holder()"),
    "a method that is not called": "class Own(Mine):\n    def add(self):\n        keep(self)\ndef go():\n    Own()\n",
}
HANDED_ON = {
    "a result": "def go():\n    m = Mine()\n    return m\n",
    "a container": "def go():\n    m = Mine()\n    return {'m': m}\n",
    "a global": "m = None\ndef go():\n    global m\n    m = Mine()\n",
    "an attribute that is handed on": HOLDER.format("keep(self._m)", "Holder()"),
    "a property that is handed on": HOLDER.format(PROPERTY, "keep(Holder().mine)"),
    "an attribute of what is not known": HOLDER.format("pass", "Holder()\ndef other(x):\n    keep(x._m)"),
    "an attribute of another object": "def go(x):\n    x.m = Mine()\n",
    "its use": HOLDER.format(PROPERTY, "Holder()\ndef other(x):\n    x.mine.ask(1)"),
    "its name": "def go():\n    m = Mine()\n    return getattr(m, 'ask')\n",
    "itself": "class Own(Mine):\n    def __init__(self):\n        keep(self)\ndef go():\n    Own()\n",
    "itself, by a method": "class Own(Mine):\n    def add(self):\n        keep(self)\ndef go():\n    m = Own()\n    m.add()\n",
}


@pytest.mark.parametrize(
    ("text", "role"),
    [*((t, "library") for t in KEPT_TO_ITSELF.values()), *((t, "production") for t in HANDED_ON.values())],
    ids=[*KEPT_TO_ITSELF, *HANDED_ON],
)
def test_an_object_hands_over_what_is_used_of_it_as_long_as_it_is_kept(text: str, role: str) -> None:
    assert call(OBJECT + text + GO).role == role


def test_an_attribute_of_the_same_name_in_another_program_says_nothing() -> None:
    files = {"app.py": OBJECT + HOLDER.format("pass", "Holder()") + GO, "other.py": "def other(x):\n    keep(x._m)\n"}
    assert call(files).role == "library"
    assert call({**files, "other.py": "import app\n" + files["other.py"]}).role == "production"


@pytest.mark.parametrize(
    ("known", "name", "role"),
    [({}, "ask", "production"), ({"acme.Data": ["after"]}, "ask", "library"), ({"acme.Data": ["after"]}, "after", "production")],
)
def test_a_class_of_data_runs_few_methods_of_those_that_derive_from_it(known: dict[str, list[str]], name: str, role: str) -> None:
    text = f"import acme\nclass K(acme.Data):\n    def {name}(self):\n        acme.Client().chat(messages=[])\n"
    assert call(text + "def go():\n    keep(K())\n" + GO, known={**WEB, "runs_only": known}).role == role


def test_what_a_class_of_data_reads_is_one_of_its_objects() -> None:
    text = "import acme\nclass K(acme.Data):\n    def ask(self):\n        acme.Client().chat(messages=[])\n"
    text += "def read(kind, text):\n    return kind.load(text)\ndef go():\n    read(K, 'a').ask()\n"
    assert call(text + GO, known={**WEB, "runs_only": {"acme.Data": []}}).role == "production"
    assert call(text.replace(".ask()\n", ".size\n") + GO, known={**WEB, "runs_only": {"acme.Data": []}}).role == "library"


def test_a_class_method_needs_no_object() -> None:
    text = OBJECT.replace("def ask(self, x)", "@classmethod\n    def ask(cls, x)")
    assert call(text + "def go():\n    keep(Mine())\n" + GO).role == "library"
    assert call(text + "def go():\n    keep(Mine)\n" + GO).role == "production"
    foreign = text.replace("class Base:", "import other\nclass Base(other.Model):")
    assert call(foreign + "def go():\n    keep(Mine())\n" + GO).role == "production", "a class from elsewhere may run it"


def test_what_the_language_calls_is_reached_from_where_its_object_is_made() -> None:
    text = "from acme import Client\nclass K:\n    def __exit__(self, *a):\n        Client().chat(messages=[])\n"
    assert call(text + "def go():\n    with K():\n        pass\n" + GO).role == "production"
    assert call(text + "def go():\n    pass\n" + GO).role == "library"


DEPENDENCY = "from acme import Client\nfrom acme.web import App, Depends, Router\nfrom typing import Annotated\napp = App()\n"
CHECK = "def check():\n    Client().chat(messages=[])\n"
CLASS = "class Check:\n    def __init__(self):\n        Client().chat(messages=[])\n"
ROUTE = "@app.get('/a')\ndef a({}):\n    pass\n"
DEPENDS = {
    "a default": CHECK + ROUTE.format("user=Depends(check)"),
    "an annotation": CHECK + ROUTE.format("user: Annotated[int, Depends(check)]"),
    "an alias": CHECK + "User = Annotated[int, Depends(check)]\n" + ROUTE.format("user: User"),
    "an alias of a dependency": CHECK
    + "User = Annotated[int, Depends(check)]\ndef outer(u: User):\n    pass\n"
    + ROUTE.format("x=Depends(outer)"),
    "a class": CLASS + ROUTE.format("x=Depends(Check)"),
    "the class of the annotation": CLASS + ROUTE.format("x: Check = Depends()"),
    "the class in an annotation": CLASS + ROUTE.format("x: Annotated[Check, Depends()]"),
    "an object": CLASS.replace("__init__", "__call__") + ROUTE.format("x=Depends(Check())"),
    "a generator": CHECK + "def session():\n    check()\n    yield 1\n" + ROUTE.format("x=Depends(session)"),
    "a decorator": CHECK + ROUTE.format("").replace("'/a'", "'/a', dependencies=[Depends(check)]"),
    "the router": CHECK + "router = Router(dependencies=[Depends(check)])\n" + ROUTE.format("").replace("app", "router"),
    "the app": CHECK
    + "router = Router()\napp.include_router(router, dependencies=[Depends(check)])\n"
    + ROUTE.format("").replace("app", "router"),
}


@pytest.mark.parametrize("text", DEPENDS.values(), ids=DEPENDS)
def test_a_dependency_runs_for_the_routes_that_declare_it(text: str) -> None:
    found = call(DEPENDENCY + text, known=WEB)
    assert next(step.what for step in found.trace) == "/a begins"
    assert found.role == "production"


def test_an_alias_of_another_file() -> None:
    deps = DEPENDENCY + CHECK + "User = Annotated[int, Depends(check)]\n"
    routes = "from acme.web import App\nfrom deps import User\nimport deps\napp = App()\n"
    for written in ("User", "deps.User", "User | None"):
        found = call({"deps.py": deps, "routes.py": routes + ROUTE.format(f"user: {written}")}, known=WEB)
        assert next(step.what for step in found.trace) == "/a begins"


def test_an_application_that_only_tests_import_is_where_a_run_begins() -> None:
    files = {"main.py": DEPENDENCY + CHECK + "check()\n", "tests/test_a.py": "from main import app\n"}
    assert call(files, known=WEB).role == "production"
    plain = {"main.py": ASKS + "ask(1)\n", "tests/test_a.py": "from main import ask\n"}
    assert call(plain, known=WEB).role == call({"main.py": plain["main.py"]}, known=WEB).role == "production"


def test_a_class_whose_function_is_called_is_not_handed_on() -> None:
    text = """
    from acme import Client
    from acme.web import App

    class Store(App):
        def ask(self, x):
            return Client().chat(messages=[x])

        @staticmethod
        def short(x):
            return x[:3]

    def go():
        {}

    if __name__ == '__main__':
        go()
    """
    assert call(text.format("Store.short('abcd')")).role == "library"
    assert call(text.format("keep(Store)")).role == "production"


WRAPPED = """from functools import wraps
from memo import keep
def cached(**options):
    def decorator(f):
        @wraps(f)
        def wrapper(*args):
            nonlocal f
            if options:
                f = keep(f)
            return f(*args)
        {}return wrapper
    return decorator
@cached(size=3)
def other(x):
    return x
"""


@pytest.mark.parametrize(
    ("kept", "calls", "role"),
    [("", "other(1)", "library"), ("", "ask(1)", "production"), ("KNOWN.append(wrapper)\n        ", "other(1)", "production")],
)
def test_a_wrapper_runs_a_function_for_those_who_call_that_by_its_name(kept: str, calls: str, role: str) -> None:
    asks = ASKS.replace("def ask", "@cached(size=3)\ndef ask")
    text = WRAPPED.format(kept) + "KNOWN = []\n" + asks + f"def go():\n    {calls}\n" + GO
    assert call(text).role == role
