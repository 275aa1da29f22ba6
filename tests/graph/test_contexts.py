"""What the arguments of a call, and the class of its object, rule out is on no path that goes through it."""

from __future__ import annotations

from collections import defaultdict
from textwrap import dedent

import pytest

from auditor.analyses.analyse import analyse
from auditor.analyses.paths import closure
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes

ASKS = "from acme import Client\n"
KNOWN = {
    "types": {"client": {"new": ["acme.Client"], "noun": "model_client"}},
    "calls": [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}],
}


def reached(text: str, **more: object) -> dict[str, str]:
    """qualified name around each model call -> its role."""
    graph: AgentGraph = analyse(build(ASKS + dedent(text), **{**KNOWN, **more}))
    return {n.qualname: n.role for n in nodes(graph, "model_call")}


ASK = "def ask():\n    Client().chat()\ndef main():\n    {}\nif __name__ == '__main__':\n    main()\n"
RUN = "def run(n=1, *, mode='fast', flag=False):\n{}\n"


@pytest.mark.parametrize(
    ("call", "body", "role"),
    [
        ("run()", "    if flag:\n        ask()", "library"),
        ("run(flag=True)", "    if flag:\n        ask()", "production"),
        ("run(flag=False)", "    if not flag:\n        ask()", "production"),
        ("run()", "    if n > 1:\n        ask()", "library"),
        ("run(2)", "    if n > 1:\n        ask()", "production"),
        ("run()", "    if flag:\n        pass\n    else:\n        ask()", "production"),
        ("run(flag=True)", "    if flag:\n        return\n    ask()", "library"),
        ("run(flag=True)", "    if not flag:\n        return\n    ask()", "production"),
        ("run(flag=True)", "    if not flag:\n        pass\n    else:\n        return\n    ask()", "library"),
        ("run(mode='slow')", "    if mode == 'fast':\n        ask()", "library"),
        ("run(mode='slow')", "    if mode in ('fast', 'slow'):\n        ask()", "production"),
        ("run(mode=input())", "    if mode == 'fast':\n        ask()", "production"),
        ("run(**load())", "    if flag:\n        ask()", "production"),
        ("run(*load())", "    if n > 1:\n        ask()", "production"),
        ("run()", "    flag = load()\n    if flag:\n        ask()", "production"),
        ("run(flag=True); run()", "    if flag:\n        ask()", "production"),
        ("keep(run)", "    if flag:\n        ask()", "production"),
    ],
)
def test_a_branch_that_no_call_takes(call: str, body: str, role: str) -> None:
    assert reached(RUN.format(body) + ASK.format(call)) == {"ask": role}


KEYS = """
def add(tool):
    BEFORE
    if isinstance(tool, dict) and 'servers' in tool:
        ask()
        for tool in load(tool):
            keep(tool)
def setup(tools=None):
    for tool in tools or []:
        add(tool)
def more(tools=None):
    tools = tools or []
    setup(tools=[{'name': 'a'}] + tools)
"""


@pytest.mark.parametrize(
    ("call", "before", "role"),
    [
        ("add({'name': 'a'})", "", "library"),
        ("add('plain')", "", "library"),
        ("add({'servers': 1})", "", "production"),
        ("add({'name': 'a', **load()})", "", "production"),
        ("add({load(): 'a'})", "", "production"),
        ("add(load())", "", "production"),
        ("add({'name': 'a'}); add({'servers': 1})", "", "production"),
        ("setup([{'name': 'a'}, 'plain'])", "", "library"),
        ("setup([{'name': 'a'}, {'servers': 1}])", "", "production"),
        ("setup([{'name': 'a'}, *load()])", "", "production"),
        ("setup([{'name': 'a'}, load()])", "", "production"),
        ("more()", "", "library"),
        ("more([{'name': 'b'}])", "", "library"),
        ("more([{'servers': 1}])", "", "production"),
        ("more(load())", "", "production"),
        ("tools = [{'name': 'a'}]; setup(tools)", "", "library"),
        ("tools = [{'name': 'a'}]; tools.append(load()); setup(tools)", "", "production"),
        ("tools = [{'name': 'a'}]; load(tools); setup(tools)", "", "production"),
        ("add({'name': 'a'})", "tool['servers'] = 1", "production"),
        ("add({'name': 'a'})", "tool.update(load())", "production"),
        ("add({'name': 'a'})", "load(tool)", "production"),
        ("add({'name': 'a'})", "tool = load()", "production"),
    ],
)
def test_a_key_that_no_call_gives(call: str, before: str, role: str) -> None:
    assert reached(KEYS.replace("BEFORE", before or "pass") + ASK.format(call)) == {"ask": role}


@pytest.mark.parametrize(("written", "role"), [("kwargs['flag'] = SETTINGS['flag']", "production"), ("seen['flag'] = True", "library")])
def test_a_decorator_may_give_it(written: str, role: str) -> None:
    """A default that a decorator writes over rules nothing out."""
    inner = f"    def wrapper(*args, **kwargs):\n        seen = {{}}\n        {written}\n        return f(*args, **kwargs)\n"
    text = f"def filled(f):\n{inner}    return wrapper\n" + "@filled\n" + RUN.format("    if flag:\n        ask()") + ASK.format("run()")
    assert reached(text) == {"ask": role}


GIVEN = """
def send(text, client):
    {}client.chat()
def ask(text, client=None):
    send(text, client)
def serve():
    ask("hi", Client())
def main():
    {}
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("first", "call", "role"),
    [
        ("", "ask('hi')", "library"),
        ("", "ask('hi', None)", "library"),
        ("", "ask('hi', client=None)", "library"),
        ("client = client\n    ", "ask('hi')", "library"),
        ("client = client or Client()\n    ", "ask('hi')", "production"),
        ("if client is None:\n        client = Client()\n    ", "ask('hi')", "production"),
        ("", "ask('hi', Client())", "production"),
        ("", "ask('hi', **load())", "production"),
        ("", "serve()", "production"),
    ],
)
def test_nothing_asks_on_none(first: str, call: str, role: str) -> None:
    assert reached(GIVEN.format(first, call)) == {"send": role}


def test_constants_are_passed_on_by_each_call_for_itself() -> None:
    text = """
    def first():
        Client().chat()
    def second():
        Client().chat()
    def inner(kind):
        if kind == "a":
            return first()
        return second()
    def outer(kind="a"):
        inner(kind)
    def show(kind):
        inner(kind)
    if __name__ == "__main__":
        outer()
    """
    assert reached(text) == {"first": "production", "second": "library"}


PLUGINS = """
class Base:
    def run(self):
        return self.again()
    def again(self):
        return self.ask()
    def ask(self):
        raise NotImplementedError
class A(Base):
    def ask(self):
        Client().chat()
class B(Base):
    def run(self):
        {}
    def ask(self):
        Client().chat()
if __name__ == "__main__":
    {}
"""


@pytest.mark.parametrize(
    ("body", "start", "roles"),
    [
        ("return 1", "A().run()", ("production", "library")),
        ("return 1", "B().run()", ("library", "library")),
        ("return super().run()", "B().run()", ("library", "production")),
        ("return self.ask()", "B().run()", ("library", "production")),
        ("return 1", "B().again()", ("library", "production")),
    ],
)
def test_a_method_runs_the_overrides_of_its_own_object(body: str, start: str, roles: tuple[str, str]) -> None:
    found = reached(PLUGINS.format(body, start))
    assert (found["A.ask"], found["B.ask"]) == roles


def test_an_object_of_a_declared_class_may_be_of_each_that_does_not_replace_the_method() -> None:
    text = PLUGINS.format("return 1", "main(load())") + "def main(go: Base):\n    go.run()\n"
    assert reached(text) == {"A.ask": "production", "B.ask": "library"}


def test_a_function_may_be_its_own_caller() -> None:
    text = """
    def walk(depth=0, ask=False):
        if ask:
            Client().chat()
        walk(depth + 1, ask)
    if __name__ == "__main__":
        walk(0, True)
    """
    assert reached(text) == {"walk": "production"}


def test_many_contexts_share_the_function_as_it_is() -> None:
    calls = "\n".join(f"    run({n})" for n in range(40))
    text = f"def run(n):\n    if n == 39:\n        Client().chat()\nif __name__ == '__main__':\n{calls}\n"
    assert reached(text) == {"run": "production"}


def test_a_trace_says_that_no_call_leads_on() -> None:
    from auditor.analyses.paths import make_paths
    from auditor.analyses.steps import _begin

    graph = build(ASKS + RUN.format("    if flag:\n        Client().chat()") + "if __name__ == '__main__':\n    run()\n", **KNOWN)
    (split,) = graph.flow.split
    assert [s.what for s in _begin(graph, make_paths(graph), split)] == ["run, whose calls resolved here do not lead on to this"]


def test_what_all_calls_rule_out_is_unused_in_an_application() -> None:
    text = RUN.format("    if flag:\n        Client().chat()\n    return Client().chat()") + "if __name__ == '__main__':\n    run()\n"
    calls = nodes(analyse(build(ASKS + text, **KNOWN)), "model_call")
    assert [(c.at.line, c.unused) for c in calls] == [(4, True), (5, False)]


MODELS = """
class Base:
    def embed(self):
        raise NotImplementedError
class First(Base):
    def embed(self):
        Client().chat()
class Second(Base):
    def embed(self):
        Client().chat()
"""

KEEPING = (
    MODELS
    + """\
class Classifier:
    def __init__(self, model: Base):
        self.model = model
    def classify(self):
        return self.inner()
    def inner(self):
        return self.model.embed()
class ByFirst(Classifier):
    def __init__(self):
        super().__init__(First())
class BySecond(Classifier):
    def __init__(self):
        super().__init__(model=Second())
def main():
    {}
if __name__ == '__main__':
    main()
"""
)


@pytest.mark.parametrize(
    ("call", "first", "second"),
    [
        ("ByFirst().classify()", "production", "library"),
        ("BySecond().classify()", "library", "production"),
        ("Classifier(First()).classify()", "production", "library"),
        ("Classifier(load()).classify()", "production", "production"),
        ("load(ByFirst).classify()", "production", "production"),
        ("c = ByFirst()\n    c.model = Second()\n    c.classify()", "production", "production"),
        ("ByFirst().classify()\n    BySecond().inner()", "production", "production"),
    ],
)
def test_what_the_constructor_keeps_in_an_attribute(call: str, first: str, second: str) -> None:
    assert reached(KEEPING.format(call)) == {"First.embed": first, "Second.embed": second}


PASSED_ON = """
class Shell:
    def run(self, language, code="", stream=False):
        if language == "shell":
            Client().chat()
class Computer:
    def __init__(self):
        self.shell = Shell()
    def run(self, *args, **kwargs):
        {more}
        return self.shell.run({passed})
def main():
    Computer().run({given})
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("given", "passed", "more", "role"),
    [
        ("'python'", "*args, **kwargs", "", "library"),
        ("'shell'", "*args, **kwargs", "", "production"),
        ("language='python'", "*args, **kwargs", "", "library"),
        ("language='shell'", "*args, **kwargs", "", "production"),
        ("input()", "*args, **kwargs", "", "production"),
        ("*load()", "*args, **kwargs", "", "production"),
        ("'python'", "*args", "", "library"),
        ("language='python'", "**kwargs", "", "library"),
        ("language='python'", "**kwargs", "kwargs['language'] = 'shell'", "production"),
        ("language='python'", "**kwargs", "kwargs.update(load())", "production"),
        ("language='python'", "**kwargs", "print(kwargs.get('code'))", "library"),
        ("'python'", "*args", "args = load()", "production"),
        ("'a', 'python'", "*args[1:]", "", "production"),
        ("'shell'", "'python', *args", "", "library"),
    ],
)
def test_arguments_that_a_function_only_passes_on(given: str, passed: str, more: str, role: str) -> None:
    assert reached(PASSED_ON.format(given=given, passed=passed, more=more)) == {"Shell.run": role}


ENTRIES = """
def run(call):
    {change}
    if call["name"] == "ask":
        Client().chat()
def outer(call):
    run(call)
def main(name="other"):
    {body}
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("body", "change", "role"),
    [
        ("run({'id': 1, 'name': 'other'})", "pass", "library"),
        ("run({'id': 1, 'name': 'ask'})", "pass", "production"),
        ("run({'name': 'other', 'name': 'ask'})", "pass", "production"),
        ("run({'name': 'other', **load()})", "pass", "production"),
        ("run({**load(), 'name': 'other'})", "pass", "library"),
        ("run({'name': name})", "pass", "library"),
        ("run({'name': input()})", "pass", "production"),
        ("call = {'name': 'other'}\n    run(call)", "pass", "library"),
        ("call = {'name': 'other'}\n    outer(call)", "pass", "library"),
        ("call = {'name': 'other'}\n    call['name'] = input()\n    run(call)", "pass", "production"),
        ("call = {'name': 'other'}\n    load(call)\n    run(call)", "pass", "production"),
        ("call = {'name': 'other'}\n    call = load()\n    run(call)", "pass", "production"),
        ("run({'name': 'other'})", "call['name'] = input()", "production"),
        ("run({'name': 'other'})", "call.update(load())", "production"),
        ("run({'name': 'other'})", "load(call)", "production"),
        ("run({'name': 'other'})", "print(call['id'], call.get('x'))", "library"),
        ("for call in load():\n        run(call)", "pass", "production"),
        ("run({'name': 'other'})\n    run(load())", "pass", "production"),
    ],
)
def test_the_entries_of_a_dict_that_a_call_hands_over(body: str, change: str, role: str) -> None:
    assert reached(ENTRIES.format(body=body, change=change)) == {"run": role}


GIVING = (
    MODELS
    + """\
def show(model: Base):
    {way}
def inner(kind: type[Base]):
    kind().embed()
def outer(model: Base):
    show(model)
def other():
    show(Second()); inner(Second); outer(Second())
def main():
    {call}
if __name__ == "__main__":
    main()
"""
)


@pytest.mark.parametrize(
    ("call", "way", "second"),
    [
        ("show(First())", "model.embed()", "library"),
        ("show(model=First())", "model.embed()", "library"),
        ("outer(First())", "model.embed()", "library"),
        ("inner(First)", "pass", "library"),
        ("show(First() if load() else Second())", "model.embed()", "production"),
        ("show(load())", "model.embed()", "production"),
        ("show(First())", "model = model or Second(); model.embed()", "production"),
        ("show(First()); other()", "model.embed()", "production"),
    ],
)
def test_what_a_call_gives_to_be_used(call: str, way: str, second: str) -> None:
    assert reached(GIVING.format(call=call, way=way)) == {"First.embed": "production", "Second.embed": second}


HANDED = (
    MODELS
    + """
from acme import load
class Third:
    def __getattr__(self, name):
        return getattr(Second(), name)
class Holder:
    def __init__(self, model):
        self.model = model
    def go(self):
        work(self.model)
def work(model: Base, turns=1):
    return deeper(turns, model)
def deeper(turns, it: Base):
    return it.embed()
def other():
    work(First())
    work(Second())
    Holder(First()).go()
    Holder(Second()).go()
    work(Third())
def main(fast):
    {}
if __name__ == '__main__':
    main(input())
"""
)


@pytest.mark.parametrize(
    ("call", "first", "second"),
    [
        ("work(First())", "production", "library"),
        ("work(model=Second())", "library", "production"),
        ("it = First()\n    work(it, turns=2)", "production", "library"),
        ("work(First() if fast else Second())", "production", "production"),
        ("work(load())", "production", "production"),
        ("work(*[First()])", "production", "production"),
        ("Holder(First()).go()", "production", "library"),
        ("Holder(load()).go()", "production", "production"),
    ],
)
def test_an_object_that_a_call_hands_over(call: str, first: str, second: str) -> None:
    found = reached(HANDED.format(call))
    assert (found["First.embed"], found["Second.embed"]) == (first, second)


def test_a_call_of_its_name_on_something_unknown_may_take_what_the_others_rule_out() -> None:
    text = """
    class Provider:
        def run(self, stream=False):
            if stream:
                Client().chat()
    def main(others):
        Provider().run()
        {}
    if __name__ == '__main__':
        Client().chat()
        main([])
    """
    for call, unused in (("others[0].run(stream=True)", False), ("print(others)", True)):
        graph: AgentGraph = analyse(build(ASKS + dedent(text.format(call)), **KNOWN))
        found = next(n for n in nodes(graph, "model_call") if n.qualname == "Provider.run")
        assert (found.role, found.unused) == ("library", unused)
        known = "Provider.run, whose calls resolved here do not lead on to this"
        assert found.trace[0].what == (known if unused else f"{known}; app.py:9 calls `run` of something unknown")


TOOLS = """
from acme import Client

class Tool:
    def run(self, given):
        return self.begin(given)
    def begin(self, given):
        return self.done(self.work(given))
    def work(self, given):
        raise NotImplementedError
    def param(self):
        return {{"name": self.name, "description": "", "parameters": {{}}}}

{tools}

class Agent:
    def __init__(self, tools):
        self.tools = {{tool.name: tool for tool in tools}}
    def ask(self, messages):
        for _ in range(9):
            answer = Client().chat(messages=messages, tools=[tool.param() for tool in self.tools.values()])
            if not answer.tool_calls:
                return answer
            for call in answer.tool_calls:
                messages.append(self.tools[call.name].run(call.arguments))

Agent([{made}]).ask([])
"""
TOOL = """
class T{0}(Tool):
    name = "t{0}"
    def __init__(self, done):
        self.done = done
    def work(self, given):
        return Client().chat(messages=given{0})
"""


def test_a_tool_that_inherits_what_it_runs_does_the_work_of_its_own_class() -> None:
    tools = range(30)
    text = TOOLS.format(tools="".join(TOOL.format(n) for n in tools), made=", ".join(f"T{n}(print)" for n in tools))
    graph = build(text)
    onward = defaultdict(set)
    for site in graph.flow.sites:
        onward[site.caller].add(site.target)
    found = {n.name: {t for t in closure([n.id], lambda place: onward[place]) if t.endswith(".work")} for n in nodes(graph, "tool")}
    assert {name: {t.rpartition(":")[2] for t in targets} for name, targets in found.items()} == {f"t{n}": {f"T{n}.work"} for n in tools}


def test_a_function_that_the_own_object_keeps_is_no_method_of_another_class() -> None:
    text = """
    def first():
        Client().chat()
    def second():
        Client().chat()
    class Note:
        def __init__(self, loud):
            self.load = first if loud else second
        def open(self):
            self.load()
    if __name__ == "__main__":
        Note(input()).open()
    """
    assert reached(text) == {"first": "production", "second": "production"}


LOOPING = """
def ask(item):
    return Client().chat(item)

def look(item, deep=True):
    while True:
        found = item.read()
        if deep and found.more:
            found = ask(found)
        if found.good:
            return found

def short():
    look(1{short})

def longer():
    full()

def full():
    look(2{full})

if __name__ == "__main__":
    short()
    longer()
"""


@pytest.mark.parametrize(
    ("short", "full", "way"),
    [
        (", deep=False", "", ["longer", "full", "look"]),
        ("", ", deep=False", ["short", "look"]),
        ("", "", ["short", "look"]),
    ],
)
def test_the_way_to_a_loop_around_a_model_is_one_on_which_it_comes_to_the_model(short: str, full: str, way: list[str]) -> None:
    graph = analyse(build(ASKS + LOOPING.format(short=short, full=full), **KNOWN))
    [loop] = [n for n in nodes(graph, "loop") if n.drives_model]
    assert [step.what.removeprefix("calls ") for step in loop.way[1:-1]] == way
