"""A loop of turns whose answer names what is run: taken from a mapping, here or further down, that may come from elsewhere."""

from __future__ import annotations

import pytest

from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, has_tools, nodes

PROGRAM = """
import asyncio
import json
from acme import Client
from acme.types import Parsed

client = Client()

class Worker:
    def __init__(self, tools, most=8):
        self.tools = {tool.name: tool for tool in tools}
        self.context = {"plans": [], "results": []}
        self.most = most
        self.lines = []

    async def plan(self, context):
        answer = await client.chat(messages=[{"content": json.dumps(context)}])
        return Parsed(json.loads(answer.text)), answer.usage

    async def go(self):
        for number in range(self.most):
            plan, usage = await self.plan(self.context)
            self.context["plans"].append(plan)
            BODY
        return self.context

    async def all(self, wanted):
        tasks = []
        for one in wanted:
            if one.name in self.tools:
                tool = self.tools[one.name]
                tasks.append(asyncio.create_task(self.safely(tool, one)))
        return await asyncio.gather(*tasks)

    async def each(self, wanted):
        return [await self.safely(self.tools.get(one.name), one) for one in wanted]

    async def safely(self, tool, one):
        try:
            return await tool(**one.arguments)
        except ValueError as error:
            return str(error)

    async def tell(self, plan):
        print(plan.text)

    def read(self, text):
        return text.partition(":")[0]

    async def meet(self, plan):
        return await getattr(self, f"on_{plan.kind}")(plan)
"""


def program(body: str, text: str = PROGRAM) -> AgentGraph:
    return build(text.replace("BODY", body.strip().replace("\n", "\n            ")))


AGENTS = {
    "one after another": "self.context['results'].extend(await self.each(plan.tools))",
    "all at once": "self.context['results'].extend(await self.all(plan.tools))",
    "one of both ways": """
if plan.tools:
    if plan.at_once:
        found = await self.all(plan.tools)
    else:
        found = await self.each(plan.tools)
    self.context['results'].extend(found)
""",
    "in the loop itself": "self.context['results'].append(self.tools[plan.name](plan.text))",
    "a method of what is found": "self.context['results'].append(await self.tools[plan.name].execute(plan.text))",
    "by what is made of the answer": """
name = self.read(plan.text)
self.context['results'].append(self.tools[name](plan.text))
""",
    "in a thread": "self.context['results'].append(await asyncio.to_thread(self.tools[plan.name], plan.text))",
    "a method by its name": "self.context['results'].append(await self.meet(plan))",
    "what decides the end as well": """
self.context['results'].extend(await self.each(plan.tools))
if plan.done:
    break
""",
    "the end alone": """
if plan.done:
    break
""",
}


@pytest.mark.parametrize("body", AGENTS)
def test_the_agent_is_there_whatever_the_table_holds(body: str) -> None:
    graph = program(AGENTS[body])
    (agent,) = nodes(graph, "agent")
    assert (agent.name, agent.framework, agent.max_turns.number) == ("Worker", "raw", 8)
    assert nodes(graph, "tool") == []


OTHERS = {
    "nothing is run": "await self.tell(plan)",
    "what is run comes from the data": "self.context['results'].append(self.tools[self.lines[number]](number))",
    "data is looked up": "self.context['results'].append(self.tools[plan.name])",
    "data is added to": "self.tools[plan.name].append(plan.text)",
    "its own attribute is called": "self.context['results'].append(plan.render())",
    "an entry of the answer is called": "self.context['results'].append(plan.tools[plan.name]())",
}


@pytest.mark.parametrize("body", OTHERS)
def test_what_is_no_agent(body: str) -> None:
    assert nodes(program(OTHERS[body]), "agent") == []


ALONE = {
    "each is a row of its own": """
import json
from acme import Client
client = Client()
def main(rows, handlers):
    results = []
    for number in range(len(rows)):
        answer = client.chat(messages=[rows[number]])
        results.append(handlers[answer.label](rows[number]))
    return results
""",
    "one request": """
from acme import Client
client = Client()
def main(history, handlers):
    answer = client.chat(messages=history)
    history.append(handlers[answer.label](history))
    return history
""",
    "a handler for each state of the program": """
from acme import Client
client = Client()
def main(history, handlers, state):
    for number in range(5):
        answer = client.chat(messages=history)
        history.append(answer)
        state = handlers[state](history)
    return history
""",
    "only something else of the object is part of the request": """
from acme import Client
client = Client()
def main(state, handlers):
    for number in range(5):
        answer = client.chat(messages=state["question"])
        state["answers"].append(handlers[answer.label](number))
    return state
""",
}


@pytest.mark.parametrize("text", ALONE)
def test_what_no_turn_leads_on_from_is_no_agent(text: str) -> None:
    assert nodes(build(ALONE[text]), "agent") == []


def test_functions_of_a_table_further_down_are_the_tools() -> None:
    text = PROGRAM + (
        "\ndef look(text):\n    return text\n\ndef write(text):\n    return text\n\n"
        "class Other(Worker):\n    def __init__(self):\n        super().__init__([])\n        self.tools = {'look': look, 'write': write}\n"
    )
    graph = program("self.context['results'].extend(await self.each(plan.tools))", text)
    assert has_tools(graph) == {("Worker", "look"), ("Worker", "write")}


def test_objects_of_a_table_that_carry_a_name_are_the_tools() -> None:
    text = PROGRAM + (
        "\nclass Tool:\n    def __init__(self, name, run):\n        self.name = name\n        self.run = run\n\n"
        "    def __call__(self, **given):\n        return self.run(**given)\n\n"
        "def main():\n    return Worker([Tool('look', print), Tool('write', input)])\n"
    )
    graph = program("self.context['results'].extend(await self.all(plan.tools))", text)
    assert has_tools(graph) == {("Worker", "look"), ("Worker", "write")}
