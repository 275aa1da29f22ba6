"""What a scan does grows with the code, not with the ways through it. Counted are calls of functions: the same on any machine."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor import pipeline
from auditor.program.origins.engine import MOST_STEPS

SMALL, LARGE = 6, 12


def nested_agents(size: int) -> str:
    """Layers of agents, each of which has all of the layer before as handoffs and as tools."""
    rows = ["from agents import Agent, Runner, OpenAIChatCompletionsModel", "from openai import AsyncOpenAI", "client = AsyncOpenAI()"]
    for layer in range(size):
        for n in range(3):
            inner = [f"a{layer - 1}_{m}" for m in range(3)] if layer else []
            tools = ", ".join(f"{name}.as_tool(tool_name='{name}', tool_description='')" for name in inner)
            model = "OpenAIChatCompletionsModel(model='m', openai_client=client)"
            rows.append(f"a{layer}_{n} = Agent(name='a{layer}_{n}', model={model}, handoffs=[{', '.join(inner)}], tools=[{tools}])")
    return "\n".join([*rows, "def main():", f"    Runner.run_sync(a{size - 1}_0, 'hi')", ""])


def nested_objects(size: int) -> str:
    """Objects that are each given three of the layer before."""
    rows = ["from openai import OpenAI", "class Part:", "    def __init__(self, one, two, three):"]
    rows += ["        self.one, self.two, self.three = one, two, three", "    def ask(self, text):"]
    rows += ["        return self.one.ask(self.two.ask(self.three.ask(text)))", "class Leaf:", "    def ask(self, text):"]
    rows += ["        return OpenAI().responses.create(model='m', input=text)", *(f"p0_{n} = Leaf()" for n in range(3))]
    for layer in range(1, size + 1):
        rows += [f"p{layer}_{n} = Part(p{layer - 1}_0, p{layer - 1}_1, p{layer - 1}_2)" for n in range(3)]
    return "\n".join([*rows, f"p{size}_0.ask('hi')", ""])


def calling_chain(size: int) -> str:
    """Functions that each call both of the layer before, in loops that retry."""
    rows = ["from openai import OpenAI", "def f0_0(text):", "    return OpenAI().responses.create(model='m', input=text)", "f0_1 = f0_0"]
    for layer in range(1, size + 1):
        for n in range(2):
            rows += [f"def f{layer}_{n}(text):", "    for _ in range(3):", "        try:"]
            rows += [f"            return f{layer - 1}_0(text) or f{layer - 1}_1(text)", "        except Exception:", "            pass"]
    return "\n".join([*rows, f"f{size}_0('hi')", ""])


def unsettled_calls(size: int) -> str:
    """Classes that all have a method of the same name as one that makes a request, and call it of something that takes too much to be
    followed; one such call is tried again."""
    rows = ["from openai import OpenAI", "class Store:", "    def save(self, text):"]
    rows += ["        return OpenAI().responses.create(model='m', input=text)", "def lost():", "    s0 = Store()"]
    rows += [*(f"    s{n + 1} = s{n}" for n in range(MOST_STEPS + 100)), f"    return s{MOST_STEPS + 100}"]
    rows += ["def again(text):", "    store = lost()", "    for _ in range(3):", "        try:", "            return store.save(text)"]
    rows += ["        except Exception:", "            pass", "Store().save('hi')", "again('hi')"]
    for n in range(size):
        rows += [f"class Part{n}:", "    def __init__(self, inner):", "        self.inner = inner", "    def save(self, text):"]
        rows += ["        return self.inner.save(text)", f"def use{n}(text):", f"    return Part{n}(lost()).save(text)", f"use{n}('hi')"]
    return "\n".join([*rows, ""])


def calls_of_scan(folder: Path, text: str) -> int:
    folder.mkdir()
    (folder / "app.py").write_text(text, "utf-8")
    profile = cProfile.Profile()
    profile.enable()
    pipeline.scan([folder])
    profile.disable()
    return sum(row.callcount for row in profile.getstats())


@pytest.mark.parametrize("shape", [nested_agents, nested_objects, calling_chain, unsettled_calls])
def test_twice_the_layers_take_about_twice_the_calls(tmp_path: Path, shape: Callable[[int], str]) -> None:
    calls_of_scan(tmp_path / "before", shape(SMALL))
    base = calls_of_scan(tmp_path / "empty", "")
    small, large = (calls_of_scan(tmp_path / f"of {size}", shape(size)) - base for size in (SMALL, LARGE))
    assert large < 3 * small, f"{large:,} calls in place of {small:,}"


def test_what_leads_to_calls_that_nobody_can_settle_is_no_part_of_the_flow(tmp_path: Path) -> None:
    found = []
    for size in (SMALL, LARGE):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "app.py").write_text(unsettled_calls(size), "utf-8")
        flow = pipeline.graph_of(pipeline.read([folder])).flow
        found.append((len(flow.functions), len(flow.sites), len(flow.unsettled)))
    small, large = found
    assert small == large, "what is read for the one call that is tried again grows with the code around it"
    assert small[-1] == 1
