"""Hand-written agents: where they stand, and which functions their tools run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.analyses.analyse import analyse
from tests.graph.dispatch_help import build, has_tools, nodes, runs

HEAD = """
import json
from acme import Client
client = Client()
WEATHER = {"type": "function", "function": {"name": "get_weather", "description": "Looks up the weather.", "parameters": {}}}
TIME = {"name": "get_time", "description": "The time."}

def get_weather(city):
    return city

def get_time():
    return "now"
"""


def program(text: str) -> str:
    return dedent(HEAD) + dedent(text)


LOOP = """
def main(prompt):
    messages = [prompt]
    while True:
        answer = client.chat(messages=messages, tools=[WEATHER, TIME])
        messages.append(answer)
        if not answer.tool_calls:
            return answer.text
        for call in answer.tool_calls:
{dispatch}
            messages.append(result)
"""

DISPATCHES = {
    "chain": """
if call.name == "get_weather":
    result = get_weather(**call.args)
elif call.name == "get_time":
    result = get_time()
else:
    result = "unknown"
""",
    "reversed": """
if "get_weather" == call.name:
    result = get_weather(**call.args)
if call.name in ("get_time", "time"):
    result = get_time()
""",
    "match": """
match call.name:
    case "get_weather":
        result = get_weather(**call.args)
    case "get_time" | "time":
        result = get_time()
""",
    "table": """
result = {"get_weather": get_weather, "get_time": get_time}[call.name](**call.args)
""",
    "variable": """
table = {"get_weather": get_weather, "get_time": lambda: get_time()}
run = table.get(call.name)
result = run(**call.args) if run else None
""",
    "globals": """
result = globals()[call.name](**call.args)
""",
}


@pytest.mark.parametrize("form", DISPATCHES)
def test_dispatch_joins_schema_and_function(form: str) -> None:
    body = "\n".join(" " * 12 + line for line in DISPATCHES[form].strip().split("\n"))
    graph = build(program(LOOP.replace("{dispatch}", body)))
    (agent,) = nodes(graph, "agent")
    assert (agent.name, agent.framework, agent.callee) == ("main", "raw", "def")
    assert has_tools(graph) == {("main", "get_weather"), ("main", "get_time")}
    weather, time = nodes(graph, "tool")
    assert (weather.at.line, time.at.line) == (5, 6)
    assert [a.line for a in weather.also] == [8]
    assert weather.description.value == "Looks up the weather."
    assert runs(graph, "get_weather") == {"get_weather"}
    assert runs(graph, "get_time") == {"get_time"}


def test_agent_leads_to_its_tools_in_the_loop() -> None:
    graph = build(program(LOOP.replace("{dispatch}", "            result = globals()[call.name]()")))
    (agent,) = nodes(graph, "agent")
    into = [s for s in graph.flow.sites if s.target == agent.id]
    assert [graph.flow.functions[s.caller].symbol for s in into] == ["main"]
    assert into[0].regions and into[0].regions[0].startswith("loop:")
    assert {graph.nodes[s.target].name for s in graph.flow.sites if s.caller == agent.id} == {"get_weather", "get_time"}


def test_class_with_the_loop_in_a_method_that_calls_others() -> None:
    graph = build(
        program("""
        class Assistant:
            def __init__(self):
                self.messages = []

            def run(self, task):
                for _ in range(20):
                    if self.step().done:
                        break

            def step(self):
                answer = self.query()
                for call in answer.tool_calls:
                    self.messages.append(getattr(self, f"tool_{call.name}")(**call.args))
                return answer

            def query(self):
                return client.chat(messages=self.messages, tools=[WEATHER])

            def tool_get_weather(self, city):
                return city
        """)
    )
    (agent,) = nodes(graph, "agent")
    assert (agent.name, agent.callee, agent.max_turns.value) == ("Assistant", "class", 20)
    assert runs(graph, "get_weather") == {"Assistant.tool_get_weather"}


def test_recursion_is_a_loop() -> None:
    graph = build(
        program("""
        def chat(messages):
            answer = client.chat(messages=messages, tools=[TIME])
            if not answer.tool_calls:
                return answer
            for call in answer.tool_calls:
                if call.name == "get_time":
                    messages.append(get_time())
            return chat(messages)
        """)
    )
    assert [a.name for a in nodes(graph, "agent")] == ["chat"]
    assert has_tools(graph) == {("chat", "get_time")}


OBJECTS = """
class Tool:
    def __init__(self, name, description):
        self.name = name
        self.description = description

    def to_dict(self):
        return {"name": self.name, "description": self.description}

class Search(Tool):
    def __init__(self):
        super().__init__(name="search", description="Searches.")

    def execute(self, query):
        return query

class Fetch:
    name = "fetch"

    def schema(self):
        return {"name": self.name, "description": "Fetches."}

    def __call__(self, url):
        return url

class Agent:
    def __init__(self, tools):
        self.tools = tools
        self.by_name = {t.name: t for t in tools}

    def loop(self, text):
        messages = [text]
        while True:
            answer = client.chat(messages=messages, tools=[t.METHOD() for t in self.tools])
            if not answer.calls:
                return answer
            for call in answer.calls:
                messages.append(self.by_name[call.name]RUN(**call.args))
"""


@pytest.mark.parametrize(
    ("cls", "name", "method", "run", "function"),
    [("Search", "search", "to_dict", ".execute", "Search.execute"), ("Fetch", "fetch", "schema", "", "Fetch.__call__")],
)
def test_tool_objects_stand_at_their_class(cls: str, name: str, method: str, run: str, function: str) -> None:
    text = OBJECTS.replace("METHOD", method).replace("RUN", run) + f"\nAgent([{cls}()]).loop('x')\n"
    graph = build(program(text))
    (tool,) = nodes(graph, "tool")
    assert (tool.name, tool.callee, tool.symbol) == (name, "class", cls)
    assert has_tools(graph) == {("Agent", name)}
    assert runs(graph, name) == {function}


def test_function_objects_and_what_libraries_make_of_classes() -> None:
    graph = build(
        program("""
        from acme.types import function_tool, Tools

        class Lookup:
            pass

        def lookup(key):
            return key

        def main():
            messages = []
            for turn in range(5):
                answer = client.chat(messages, config=dict(tools=[Tools(functions=[function_tool(Lookup)]), get_time]))
                messages += [answer]
                if answer.name == "Lookup":
                    lookup(answer.key)
                elif not answer.name:
                    break
        """)
    )
    assert {(t.name, t.framework, t.callee) for t in nodes(graph, "tool")} == {
        ("Lookup", "raw", "function_tool"),
        ("get_time", "raw", "def"),
    }
    assert runs(graph, "Lookup") == {"lookup"}
    assert runs(graph, "get_time") == {"get_time"}


def test_list_built_step_by_step_and_tools_bound_to_the_client() -> None:
    graph = build(
        program("""
        tools = []
        tools.append(WEATHER)
        tools.extend([TIME])
        bound = client.bind(tools)

        def main():
            messages = []
            while True:
                answer = bound.chat(messages)
                messages.append(answer)
                if answer.stop:
                    break
        """)
    )
    assert has_tools(graph) == {("main", "get_weather"), ("main", "get_time")}
    assert runs(graph, "get_weather") == {"get_weather"}, "a function of the tool's own name, though no dispatch is seen"


def test_text_agents_have_the_functions_of_their_chain() -> None:
    graph = build(
        program("""
        def main(task):
            prompt = task
            while True:
                text = client.chat(messages=prompt).text
                action, _, argument = text.partition(" ")
                if action == "weather":
                    prompt = get_weather(argument)
                elif action == "time":
                    prompt = get_time()
                else:
                    return text
        """)
    )
    assert has_tools(graph) == {("main", "get_weather"), ("main", "get_time")}
    assert {t.callee for t in nodes(graph, "tool")} == {"def"}


NO_AGENTS = {
    "one call": "def main():\n    return client.chat(messages=[], tools=[WEATHER])\n",
    "a loop over data": "def main(rows):\n    for row in rows:\n        client.chat(messages=[row], tools=[WEATHER])\n",
    "a retry": """
import time
def main():
    for attempt in range(3):
        try:
            return client.chat(messages=[], tools=[WEATHER])
        except Exception:
            time.sleep(1)
""",
    "samples": """
def main():
    rows = []
    for i in range(5):
        rows.append(client.chat(messages=["x"], tools=[WEATHER]))
    return rows
""",
    "commands of a human": """
def main():
    while True:
        command = input()
        if command == "weather":
            get_weather("x")
        elif command == "time":
            get_time()
        else:
            print(client.chat(messages=[command]))
""",
}


@pytest.mark.parametrize("case", NO_AGENTS)
def test_what_is_no_agent(case: str) -> None:
    graph = build(program(NO_AGENTS[case]))
    assert nodes(graph, "agent") == []
    assert nodes(graph, "tool") == []


def test_loop_at_module_level() -> None:
    graph = build(
        program("""
        messages = []
        while True:
            answer = client.chat(messages=messages, tools=[TIME])
            messages.append(answer)
            if answer.name == "get_time":
                messages.append(get_time())
            else:
                break
        """)
    )
    (agent,) = nodes(graph, "agent")
    assert (agent.name, agent.symbol, agent.callee) == ("app", "<module>", "while")


def test_dispatch_in_another_module() -> None:
    files = {
        "agent.py": """
            from acme import Client
            from tools import SCHEMAS, call_tool

            def run(text):
                messages = [text]
                while True:
                    answer = Client().chat(messages=messages, tools=SCHEMAS)
                    if not answer.calls:
                        return answer
                    messages.extend(call_tool(c.name, c.args) for c in answer.calls)
            """,
        "tools.py": """
            SCHEMAS = [{"name": "read", "description": "Reads."}, {"name": "write", "description": "Writes."}]

            class Box:
                def read(self):
                    return 1

            def write(text):
                return text

            REGISTRY = {}
            REGISTRY["read"] = Box().read
            REGISTRY["write"] = write

            def call_tool(name, args):
                return REGISTRY[name](**args)
            """,
    }
    graph = build(files)
    assert has_tools(graph) == {("run", "read"), ("run", "write")}
    assert runs(graph, "read") == {"Box.read"}
    assert runs(graph, "write") == {"write"}
    assert [str(a) for t in nodes(graph, "tool") for a in t.also] == ["tools.py:5", "tools.py:8"]


def test_the_order_of_files_does_not_matter() -> None:
    first = {
        "a.py": program(LOOP.replace("{dispatch}", "            result = globals()[call.name]()")),
        "b.py": program(OBJECTS.replace("METHOD", "to_dict").replace("RUN", ".execute")),
    }
    second = dict(reversed(first.items()))
    assert build(first).nodes.keys() == build(second).nodes.keys()


def test_text_agent_with_a_table() -> None:
    graph = build(
        program("""
        import re
        ACTION = re.compile("x")

        class Bot:
            def __init__(self):
                self.messages = []

            def __call__(self, message):
                self.messages.append(message)
                return client.chat(messages=self.messages).text

        known = {"weather": get_weather, "time": get_time}

        def query(question, most=5):
            bot = Bot()
            turn = 0
            while turn < most:
                turn += 1
                answer = bot(question)
                found = [ACTION.match(a) for a in answer.split()]
                if not found:
                    return
                action, argument = found[0].groups()
                question = known[action](argument)
        """)
    )
    assert has_tools(graph) == {("query", "get_weather"), ("query", "get_time")}


def test_text_agent_that_hands_its_action_on() -> None:
    graph = build(
        program("""
        def note(text):
            print(text)

        def act(name, argument):
            if name == "weather":
                note("weather")
                return get_weather(argument)
            if name == "time":
                note("time")
                return get_time()

        def main():
            history = []
            while True:
                thought = client.chat(messages=history)
                history.append(act(thought.name, thought.argument))
        """)
    )
    assert has_tools(graph) == {("main", "get_weather"), ("main", "get_time")}


def test_schemas_made_of_functions_by_a_helper() -> None:
    graph = build(
        program("""
        def schema_of(f):
            return {"type": "function", "function": {"name": f.__name__, "description": f.__doc__}}

        def main(functions):
            messages = []
            by_name = {f.__name__: f for f in functions}
            while True:
                answer = client.chat(messages=messages, tools=[schema_of(f) for f in functions])
                messages.append(by_name[answer.name](**answer.args))

        main([get_weather, get_time])
        """)
    )
    assert {(t.name, t.callee, t.framework) for t in nodes(graph, "tool")} == {("get_weather", "def", "raw"), ("get_time", "def", "raw")}
    assert runs(graph, "get_time") == {"get_time"}


def test_the_only_tool_is_run_by_what_gets_the_answer() -> None:
    graph = build(
        program("""
        def handle(arguments):
            return {"result": arguments}

        def main(prompt):
            messages = [prompt]
            for _ in range(9):
                options = {"messages": messages, "tools": [{"name": "editor", "type": "editor_2"}]}
                answer = client.chat(**options)
                block = next(b for b in answer.content if b.type == "tool")
                if not block:
                    return
                outcome = handle(block.input)
                messages.append(outcome)
        """)
    )
    assert has_tools(graph) == {("main", "editor")}
    assert runs(graph, "editor") == {"handle"}


def test_tools_given_where_the_chat_was_made() -> None:
    graph = build(
        program("""
        def main(prompt):
            chat = client.open(tools=[WEATHER])
            answer = chat.chat(prompt)
            while answer.calls:
                for call in answer.calls:
                    answer = chat.chat({"get_weather": get_weather}[call.name](**call.args))
        """)
    )
    assert has_tools(graph) == {("main", "get_weather")}
    assert [t.callee for t in nodes(graph, "tool")] == ["{}"]


FORMS = """
from acme import tool
from acme.agents import Agent

@tool
class Query:
    text: str

@tool
class Search:
    def run(self, text):
        return text

@tool
def find(text):
    return text

Agent(tools=[Query, Search, find])
"""


def test_a_class_to_fill_in_decides_nothing() -> None:
    found = analyse(build(FORMS))
    assert [n.name for n in nodes(found, "tool")] == ["Query", "Search", "find"]
    assert [n.name for n in nodes(found, "decision_point")] == ["Search", "find"]


def test_tool_objects_whose_schemas_are_wrapped_stand_where_they_are_made() -> None:
    text = OBJECTS.replace('return {"name": self.name, "description": self.description}', "return Spec(name=self.name)", 1)
    text = text.replace("t.METHOD()", '{"function": t.to_dict()}').replace("RUN", ".execute")
    text = text.replace(
        '        super().__init__(name="search", description="Searches.")\n', "        super().__init__(name, 'Does it.')\n"
    )
    text = text.replace("class Search(Tool):\n    def __init__(self):", "class Search(Tool):\n    def __init__(self, name):")
    text = (
        "from acme.types import Spec\n"
        + text
        + "\nfirst = Search(name='find')\nsecond = Search(name='look')\nAgent([first, second]).loop('x')\n"
    )
    found = nodes(build(program(text)), "tool")
    assert sorted(t.name for t in found) == ["find", "look"]
    assert len({t.at for t in found}) == 2


CARRIERS = """
from dataclasses import dataclass

@dataclass
class Tool:
    name: str
    execute: object = None

async def _exec_weather(agent, city):
    return city

async def _exec_time(agent):
    return "now"

def announce(text):
    print(text)

TOOLS = [Tool(name="weather", execute=_exec_weather), Tool(name="time", execute=_exec_time), Tool(name="ask_user")]

class Desk:
    def __init__(self):
        self.tools = list(TOOLS)
        self.by_name = {t.name: t for t in self.tools}

    async def run(self, task):
        messages = [task]
        while True:
            answer = await client.chat(messages=messages)
            messages.append(answer)
            name, args = parse(answer)
            if name == "done":
                announce(answer)
                return answer
            if name == "ask_user":
                messages.append(question(answer))
                continue
            tool = self.by_name.get(name)
            messages.append(await tool.execute(self, **args))

def question(answer):
    return answer

def parse(answer):
    return answer.text.split(" ", 1)
"""


def test_tool_objects_of_a_table_that_the_answer_picks_from() -> None:
    graph = build(program(CARRIERS))
    assert has_tools(graph) == {("Desk", "weather"), ("Desk", "time"), ("Desk", "ask_user")}
    assert runs(graph, "weather") == {"_exec_weather"}
    assert runs(graph, "ask_user") == set()
    assert {n.name: n.callee for n in nodes(graph, "tool")} == {"weather": "def", "time": "def", "ask_user": "Tool"}


def test_asking_again_with_a_constant_hint_is_no_agent() -> None:
    text = """
        def label(prompt):
            while True:
                answer = client.chat(messages=prompt)
                try:
                    name, reason = answer.text.split(";", 1)
                    if name in KNOWN:
                        return name
                    {hint}
                except ValueError:
                    prompt += "Please follow the format."
        """
    assert nodes(build(program(text.replace("{hint}", 'prompt += "Only known names."'))), "agent") == []
    (agent,) = nodes(build(program(text.replace("{hint}", "prompt += reason"))), "agent")
    assert agent.name == "label"


def test_an_object_that_names_the_one_tool_it_asks_for_is_no_tool_itself() -> None:
    graph = build(
        program("""
        class Summary:
            def __init__(self, tool):
                self.tool = tool

            @property
            def name(self):
                return "summary_step"

            def ask(self, shape):
                schema = {"type": "function", "function": {"name": self.tool, "parameters": shape}}
                answer = client.chat(messages=[], tools=[schema])
                return answer.args

        Summary("extract_summary").ask({"type": "object", "properties": {"text": {"type": "string"}}})
        """)
    )
    assert "summary_step" not in {t.name for t in nodes(graph, "tool")}
    assert "object" not in {t.name for t in nodes(graph, "tool")}


CLASSES = """
class Search:
    @staticmethod
    def invoke(text):
        return text

    @staticmethod
    def info():
        return {"type": "function", "function": {"name": "search"}}

class Book:
    @staticmethod
    def invoke(day):
        return day

    @staticmethod
    def info():
        return {"type": "function", "function": {"name": "book"}}

class World:
    def __init__(self):
        tools = [Search, Book]
        self.by_name = {t.info()["function"]["name"]: t for t in tools}
        self.schemas = [t.info() for t in tools]

    def step(self, action):
        return self.by_name[action.name].invoke(**action.arguments)

def main(world):
    messages = []
    for _ in range(9):
        answer = client.chat(messages=messages, tools=world.schemas)
        messages.append(world.step(answer.action))

def by_text(world):
    messages = []
    for _ in range(9):
        answer = client.chat(messages=messages)
        messages.append(world.step(answer.action))

main(World())
by_text(World())
"""


def test_a_class_with_a_schema_and_what_it_runs_is_one_tool() -> None:
    graph = build(program(CLASSES))
    assert sorted(t.name for t in nodes(graph, "tool")) == ["book", "search"]
    assert runs(graph, "search") == {"Search.invoke"}
    assert has_tools(graph) == {("main", "search"), ("main", "book"), ("by_text", "search"), ("by_text", "book")}


RECORDS = """
import json
from acme import Client

client = Client()

class Assistant:
    def __init__(self, functions=()):
        self.functions = {}
        for function in functions:
            self.add(function)

    def add(self, function):
        schema = json.loads(function.__doc__)
        self.functions[schema["name"]] = RECORD

    def run(self, messages):
        while True:
            answer = client.chat(messages=messages, tools=[{"function": f["schema"]} for f in self.functions.values()])
            if not answer.tool_calls:
                return answer
            for call in answer.tool_calls:
                messages.append(self.make(call))

    def make(self, call):
        picked = self.functions[call.name]
        return CALL(**json.loads(call.arguments))

class Debugger:
    def ask(self, messages):
        functions = [self.look]
        if messages:
            functions += [self.step]
        return Assistant(functions=functions).run(messages)

    def look(self, where):
        return where

    def step(self, count):
        return count

    def quit(self):
        return None

Debugger().ask([])
"""


@pytest.mark.parametrize(
    ("record", "call", "tools"),
    [
        ('{"function": function, "schema": schema}', 'picked["function"]', {"look", "step"}),
        ('{"function": function, "schema": schema}', 'self.functions[call.name]["function"]', {"look", "step"}),
        ('{"schema": schema}', 'json.loads(picked["schema"])["function"]', set()),
    ],
)
def test_functions_in_the_records_of_a_table_are_the_tools(record: str, call: str, tools: set[str]) -> None:
    graph = build(RECORDS.replace("RECORD", record).replace("CALL", call))
    assert has_tools(graph) == {("Assistant", tool) for tool in tools}


def test_functions_in_the_records_of_a_table_are_the_tools_further_down() -> None:
    here = "            for call in answer.tool_calls:\n                messages.append(self.make(call))\n"
    assert here in RECORDS
    each = "\n    def each(self, answer, messages):\n        for call in answer.tool_calls:\n            messages.append(self.make(call))\n"
    each += "\n    def make("
    text = RECORDS.replace(here, "            self.each(answer, messages)\n").replace("\n    def make(", each)
    graph = build(text.replace("RECORD", '{"function": function, "schema": schema}').replace("CALL", 'picked["function"]'))
    assert has_tools(graph) == {("Assistant", "look"), ("Assistant", "step")}
