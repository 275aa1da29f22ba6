"""Loops and recursions of which it is not known that nothing limits them: something is stepped, and compared where that may end them."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from auditor.core.values import Unknown
from auditor.graph.build.recursions import classify_recursion
from tests.graph.dispatch_help import build, nodes
from tests.graph.loop_help import loop, model, numbers_of, program, recursion, retries, shape, value, waits
from tests.graph.test_routers import FLOW

TWO = """
class Search:
    def deep(self, question, depth=2, seen=()):
        for part in split(question):
            self.one(part, depth=depth, seen=seen)

    def one(self, part, depth, seen):
        found = model(part)
        {before}
        if {test}:
            return self.deep(found, {passed})
        return found
"""


def through_two(before: str, test: str, passed: str) -> Any:
    engine = program(TWO.format(before=before, test=test, passed=passed))
    module = engine.modules[0]
    fns = [(0, i) for i, s in enumerate(module.scopes) if s.name in ("deep", "one")]
    sites = [(0, c.index) for c in module.calls if c.last in ("deep", "one")]
    return classify_recursion(
        engine, fns[0], sites[1], numbers=numbers_of(engine), waits=waits, reaches_model=model, round_=(fns, sites)
    ).times


@pytest.mark.parametrize(
    ("before", "test", "passed", "expected"),
    [
        ("left = depth - 1", "left > 0 and found", "depth=left", "unknown"),
        ("left = depth - 1", "found", "depth=left", "unbounded"),
        ("left = max(1, depth - 1)", "left > 0", "depth=left", "unbounded"),
        ("pass", "depth > 0", "depth=depth", "unbounded"),
        ("pass", "depth == 3", "depth=f'{depth}-'", "unbounded"),
        ("rest = seen[1:]", "rest", "depth=depth, seen=rest", "unknown"),
        ("pass", "len(found) > 3 and depth", "depth=depth // 2", 1),
    ],
)
def test_a_recursion_through_others_that_passes_a_step_on(before: str, test: str, passed: str, expected: object) -> None:
    assert value(through_two(before, test, passed)) == expected


def test_the_sign_and_its_line_are_named() -> None:
    found = through_two("left = depth - 1", "left > 0 and found", "depth=left")
    assert isinstance(found.value, Unknown)
    assert found.value.why == "it may be limited by depth, compared in line 10"


STATE = """
from dataclasses import dataclass, replace

@dataclass
class Turn:
    number: int = 0

def complete(turn, messages):
    answer = model(messages)
    {count}
    return turn, answer

def run(messages, most):
    turn = Turn()
    answer = None
    while True:
        turn, answer = complete(turn, messages)
        if {test}:
            return answer
"""


@pytest.mark.parametrize(
    ("count", "test", "expected"),
    [
        ("turn = replace(turn, number=turn.number + 1)", "answer.done or turn.number >= most", "unknown"),
        ("turn = Turn(number=turn.number + 1)", "answer.done or turn.number >= most", "unknown"),
        ("turn = {'number': turn['number'] + 1}", "answer.done or turn['number'] >= most", "unknown"),
        ("turn = Turn(turn.number)", "answer.done or turn.number >= most", "unbounded"),
        ("turn = replace(turn, number=turn.number + 1)", "answer.done", "unbounded"),
        ("turn = replace(turn, number=turn.number + 1)", "answer.done and turn.number >= most", "unbounded"),
        ("turn = replace(turn, number=turn.number + 1)", "answer.number == 'last'", "unbounded"),
    ],
)
def test_what_is_built_anew_with_a_step_more(count: str, test: str, expected: str) -> None:
    assert value(loop(STATE.format(count=count, test=test)).times) == expected


KEPT = """
class Task:
    def __init__(self, most):
        self.most, self.tries, self.done = most, 0, False

    def create(self, messages):
        answer = model(messages)
        {count}
        if {test}:
            {then}

    def run(self, messages):
        while not self.done:
            self.create(messages)
"""


@pytest.mark.parametrize(
    ("count", "test", "then", "expected"),
    [
        ("self.tries += 1", "self.tries > self.most", "self.done = True", "unknown"),
        ("self.tries += 1", "self.tries % 5 == 0", "self.done = bool(answer)", "unbounded"),
        ("self.tries += 1", "self.tries > self.most", "log(answer)", "unbounded"),
        ("self.tries = 1", "self.tries > self.most", "self.done = True", "unbounded"),
        ("self.tries += '.'", "self.tries == '...'", "self.done = True", "unbounded"),
    ],
)
def test_what_a_callee_keeps_and_sets(count: str, test: str, then: str, expected: str) -> None:
    assert value(loop(KEPT.format(count=count, test=test, then=then)).times) == expected


def test_a_handler_that_comes_to_no_count_goes_round_for_ever() -> None:
    text = """
    def ask(budget):
        while True:
            try:
                return model()
            except ValueError:
                {first}
                if budget.left == 0:
                    raise
            except KeyError:
                {second}
    """
    both = "budget.left -= 1"
    (found,) = retries(dedent(text).format(first=f"{both}", second="log()"))
    assert value(found.attempts) == "unbounded"


GRAPH = """
from dataclasses import replace
from acme import Client
from acme.flows import Flow, END

def ask(state):
    draft = state.draft
    answer = Client().chat(messages=[])
    return {{"draft": {made}}}

def judge(state):
    {judged}

def router(state):
    return END if state.done else "ask"

flow = Flow()
flow.add_node("ask", ask)
flow.add_node("judge", judge)
flow.add_branch("ask", lambda state: "judge")
flow.add_branch("judge", router)
app = flow.compile()
"""


@pytest.mark.parametrize(
    ("made", "judged", "expected"),
    [
        ("Draft(text=answer, round=draft.round + 1)", "return {'done': state.draft.round >= state.most}", True),
        ("replace(draft, round=draft.round + 1)", "return {'done': state.draft.round >= state.most}", True),
        ("{'text': answer, 'round': draft['round'] + 1}", "return {'done': state.draft['round'] >= 3}", True),
        ("Draft(text=answer, round=draft.round)", "return {'done': state.draft.round >= state.most}", False),
        ("Draft(text=answer, round=draft.round + 1)", "return {'done': state.draft.text == 'ok'}", False),
    ],
)
def test_a_step_of_a_cycle_compares_what_another_one_steps(made: str, judged: str, expected: bool) -> None:
    (found,) = nodes(build(GRAPH.format(made=made, judged=judged), **FLOW), "loop")
    assert bool(found.compares) is expected


def test_an_edge_from_one_of_several_names_is_no_step_to_itself() -> None:
    flow = {**FLOW, "builders": [{**FLOW["builders"][0], "edges": [{"method": "add_edge", "from": 0, "to": 1}]}]}
    text = """
from acme.flows import Flow

def ask(state):
    return {}

def wire(flow, entry):
    if entry != "ask":
        flow.add_edge(entry, "ask")

def app(entry):
    flow = Flow()
    flow.add_node("ask", ask)
    flow.add_node("read", ask)
    wire(flow, entry)
    return flow.compile()

app("ask")
app("read")
"""
    assert nodes(build(text, **flow), "loop") == []


@pytest.mark.parametrize(
    ("passed", "expected"),
    [("question, None, tries + 1", "unknown"), ("question, tries + 1", "unbounded")],
    ids=["the count goes on", "another parameter gets it"],
)
def test_the_parameter_that_gets_the_step_is_the_one_that_counts(passed: str, expected: str) -> None:
    text = f"""
    def ask(question, key=None, tries=0, most=None):
        if tries >= limit(most):
            return None
        try:
            return model(question)
        except ValueError:
            return ask({passed})
    """
    (found,) = retries(dedent(text))
    assert value(found.attempts) == expected


@pytest.mark.parametrize(("before", "after", "state"), [("n += 1", "pass", "unknown"), ("pass", "n += 1", "unbounded")])
def test_a_narrower_counter_that_a_turn_leaves_out_does_not_hide_the_one_that_counts_each_turn(before, after, state):
    text = f"""
def f(keys):
    n, bad = 0, 0
    while n < len(keys):
        {before}
        answer = model(n)
        if answer.tool:
            continue
        if answer.done:
            break
        {after}
        bad += 1
        if bad > 3:
            break
"""
    assert value(loop(text).times) == state


ADVANCED = """
def advanced(state, entry):
    following = max(state["turn"], {step})
    updated = dict(state)
    updated["turn"] = following
    return updated

def f(state, most):
    while inner(state)["turn"] < most:
        answer = model(state)
        if not answer.more:
            return state
{calls}
        state = advanced(state, answer)

def inner(state):
    return state
"""


@pytest.mark.parametrize(("step", "state"), [("entry['turn'] + 1", "unknown"), ("entry['turn']", "unbounded")])
def test_a_counter_in_a_copy_that_a_function_gives_back_is_a_sign_however_many_others_are_called_before(step, state):
    others = "".join(f"def g{i}(x):\n    return h{i}(x)\n\ndef h{i}(x):\n    return x.part{i}\n\n" for i in range(30))
    calls = "\n".join(f"        g{i}(answer)" for i in range(30))
    assert value(loop(others + ADVANCED.format(step=step, calls=calls)).times) == state


MADE = """
import math
class Meta:
    def __init__(self, iteration):
        self.iteration = iteration
class Runner:
    def __init__(self, most):
        self.rows = []
        self.most = most
    def complete(self, client):
        meta = Meta(iteration=len(self.rows) + 1)
        most = self.most if self.most else math.inf
        if meta.iteration > most:
            raise ValueError("no")
        answer = client.create(meta)
        {kept}
        return answer
def f(client, runner: Runner):
    final = None
    while not final:
        {turn}
        final = answer.final
"""
TURN = "answer = runner.complete(client)"


@pytest.mark.parametrize(
    ("kept", "turn", "times"),
    [
        ("self.rows.append(answer)", TURN, "unknown"),
        ("pass", TURN, "unbounded"),
        ("self.others.append(answer)", TURN, "unbounded"),
        ("self.rows.append(answer)", f"try:\n            {TURN}\n        except ValueError:\n            continue", "unbounded"),
    ],
)
def test_a_callee_may_raise_at_what_it_counts_and_hands_to_what_it_makes(kept: str, turn: str, times: str) -> None:
    assert shape(MADE.format(kept=kept, turn=turn))[0] == times


SPENT = """
class Counter:
    def __init__(self, most):
        self.left = most
    def use(self, error):
        {counts}
        if self.left < 0:
            raise error
class Agent:
    def __init__(self):
        self.errors = Counter(3)
    def f(self, asked):
        answer = model(asked)
        if not answer.good:
            {before}
            return self.f(asked)
        return answer
"""


@pytest.mark.parametrize(
    ("counts", "before", "times"),
    [
        ("self.left -= 1", "self.errors.use(answer)", "unknown"),
        ("pass", "self.errors.use(answer)", "unbounded"),
        ("self.left -= 1", "if answer.bad:\n                self.errors.use(answer)", "unbounded"),
        ("self.left -= 1", "pass", "unbounded"),
    ],
)
def test_what_is_spent_before_a_recursion_may_end_it(counts: str, before: str, times: str) -> None:
    assert value(recursion(SPENT.format(counts=counts, before=before)).times) == times
