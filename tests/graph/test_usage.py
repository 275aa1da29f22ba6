"""Whether the usage of a model call is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.dispatch_help import build, nodes

HEAD = "from acme import Client\nimport acme\nclient = Client()\n"


def recorded(text: str, **changes: Any) -> Any:
    (call,) = nodes(build(HEAD + text, **changes), "model_call")
    return call.usage_recorded.value if call.usage_recorded.state != "unknown" else call.usage_recorded.why


CASES: dict[str, tuple[str, object]] = {
    "attribute": ("answer = client.chat(messages=[])\nprint(answer.usage.total)", True),
    "key": ("answer = client.chat(messages=[])\nlog(answer['usage'])", True),
    "get": ("answer = client.chat(messages=[])\nlog(answer.get('usage', {}))", True),
    "getattr": ("answer = client.chat(messages=[])\nlog(getattr(answer, 'usage', None))", True),
    "cost": ("answer = client.chat(messages=[])\ncost = acme.cost_of(answer)", True),
    "stream": ("for chunk in client.chat(messages=[]):\n    if chunk.usage:\n        log(chunk.usage)", True),
    "awaited by a function": (
        "async def f(wait):\n    with client.chat(messages=[]) as stream:\n"
        "        answer = await wait(stream.final(), 5)\n    log(answer.usage)\nf(1)",
        True,
    ),
    "given to a function": (
        "async def f(wait):\n    with client.chat(messages=[]) as stream:\n"
        "        answer = await wait(await stream.final(), 5)\n    log(answer.usage)\nf(1)",
        "the answer is handed on to wait, which is not read",
    ),
    "nothing": ("answer = client.chat(messages=[])\nprint(answer.text)", False),
    "of something else": ("answer = client.chat(messages=[])\nprint(disk.usage)", False),
    "thrown away": ("client.chat(messages=[])", False),
    "returned text": ("def ask():\n    return client.chat(messages=[]).text\nprint(ask().size)", False),
    "caller": ("def ask():\n    return client.chat(messages=[])\ndef run():\n    answer = ask()\n    log(answer.usage)\nrun()", True),
    "two callers up": ("def a():\n    return client.chat(messages=[])\ndef b():\n    return a()\nlog(b().usage)", True),
    "callee": ("def note(r):\n    log(r.usage)\nnote(client.chat(messages=[]))", True),
    "keyword of a callee": ("def note(text, answer=None):\n    log(answer.usage)\nnote('x', answer=client.chat(messages=[]))", True),
    "other method": (
        "class A:\n    def ask(self):\n        self.r = client.chat(messages=[])\n    def total(self):\n        return self.r.usage\n",
        True,
    ),
    "library": ("def ask():\n    return client.chat(messages=[])\n", "the answer is returned to code that is not read"),
    "callback": (
        "def ask(notify):\n    answer = client.chat(messages=[])\n    notify(answer)\n    return answer.text\n",
        "the answer is handed on to notify, which is not read",
    ),
    "made a text": (
        "import json\ndef ask():\n    answer = client.chat(messages=[])\n    save(json.dumps(answer))\n",
        "json.dumps makes a text of the answer, and where that goes is not followed",
    ),
    "shown": ("print(client.chat(messages=[]))", True),
    "shown in a text": ("answer = client.chat(messages=[])\nprint(f'got {answer}')", True),
    "shown as a text": ("answer = client.chat(messages=[])\nprint('got ' + str(answer))", True),
    "shown in a text made before": ("answer = client.chat(messages=[])\ntext = 'got {}'.format(answer)\nprint(text)", True),
    "logged": ("import logging\nanswer = client.chat(messages=[])\nlogging.info('got %s', answer)", True),
    "logged by a logger": ("import logging\nlogger = logging.getLogger(__name__)\nlogger.debug(f'got {client.chat(messages=[])}')", True),
    "logged by a callee": (
        "import logging\nlog = logging.getLogger()\ndef note(r):\n    log.info('got %s', r)\nnote(client.chat(messages=[]))",
        True,
    ),
    "a part logged": ("import logging\nanswer = client.chat(messages=[])\nlogging.info('got %s', answer.text)", False),
    "a part logged as a text": ("import logging\nanswer = client.chat(messages=[])\ntext = str(answer.text)\nlogging.info(text)", False),
    "written to something that is no logger": ("class Log:\n    def info(self, r): pass\nLog().info(client.chat(messages=[]))", False),
    "a part shown, else the whole": (
        "answer = client.chat(messages=[])\nif answer:\n    text = answer.text\nelse:\n    text = str(answer)\nprint(text)",
        False,
    ),
    "a part shown in a text": ("answer = client.chat(messages=[])\nprint(f'got {answer.text}')", False),
    "dumped": ("import json\nanswer = client.chat(messages=[])\nprint(json.dumps(answer))", True),
    "a part dumped": ("import json\nanswer = client.chat(messages=[])\nprint(json.dumps({'text': answer.text}))", False),
    "conditional": ("r = client.chat(messages=[])\nnotify(used=r.metrics.usage if hasattr(r, 'metrics') else None)", True),
    "global counter": (
        "import acme.retry\nused = 0\n@acme.retry.twice\ndef ask(**kwargs):\n    return client.chat(**kwargs)\n"
        "def run():\n    global used\n    answer = ask(messages=[])\n    used += answer['usage']['total']\nrun()",
        True,
    ),
    "counter of the function around": (
        "def run():\n    used = 0\n    def one():\n        nonlocal used\n        used += client.chat(messages=[]).usage\n    one()\nrun()",
        True,
    ),
    "read by a generator inside": (
        "def run():\n    answer = client.chat(messages=[])\n    def parts():\n        for part in answer.parts:\n"
        "            log(part.usage)\n            yield part\n    return parts()\nrun()",
        True,
    ),
    "another variable of that name inside": (
        "def run():\n    answer = client.chat(messages=[])\n    def parts(answer):\n        log(answer.usage)\n"
        "    return answer.text\nrun()",
        False,
    ),
    "counter around": ("with acme.count_usage() as counted:\n    client.chat(messages=[])\nprint(counted)", True),
    "counter given": ("counted = acme.count_usage()\nclient.chat(messages=[], config={'callbacks': [counted]})", True),
}


@pytest.mark.parametrize("case", CASES)
def test_the_result_is_followed(case: str) -> None:
    text, expected = CASES[case]
    assert recorded(text) == expected


ASKED = """
def note(r):
    log(r.usage)
def ask():
    return client.chat(messages=[])
def one():
    answer = ask()
    note(answer)
    return answer.text
def two():
    {}
one()
two()
"""


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("note(ask())", True),
        ("return [note(ask()) for _ in range(3)]", True),
        ("return ask().text", False),
        ("for part in ask():\n        print(part.text)", False),
        ("notify(ask())", "line 6 of app.py reads it, and of the answer that line 14 of app.py gets, the answer is handed on to notify"),
        ("return None", True),
    ],
)
def test_of_several_callers_the_worst_counts(other: str, found: object) -> None:
    told = recorded(ASKED.format(other))
    assert told.startswith(found) if isinstance(found, str) else told is found


def test_a_caller_that_nothing_runs_leaves_it_open() -> None:
    text = ASKED.format("return ask().text").replace("\ntwo()\n", "\n")
    assert "it is not followed" in recorded(text)


def test_which_caller_reads_nothing_is_said() -> None:
    (call,) = nodes(build(HEAD + ASKED.format("return ask().text")), "model_call")
    assert call.usage_recorded.why == "line 14 of app.py does not read it, other than line 6 of app.py"


def test_examples_and_tests_say_nothing_of_the_program() -> None:
    other = "from app import ask\nprint(ask().text)\n"
    text = HEAD + ASKED.format("return None")
    for path in ("tests/test_app.py", "demo/show.py"):
        (call,) = nodes(build({"app.py": text, path: other}), "model_call")
        assert call.usage_recorded.value is True


def test_instrumentation_that_records_usage_counts() -> None:
    assert recorded("from acme import trace\ntrace.instrument()\nclient.chat(messages=[])") is True
    assert recorded("from acme import trace\nacme.callbacks = [1]\nclient.chat(messages=[])") is False, "traced, but usage is not recorded"


def test_instrumentation_in_doubt_leaves_it_in_doubt() -> None:
    text = "import os\nfrom acme import trace\nif os.getenv('KEY'):\n    trace.instrument()\nclient.chat(messages=[])"
    assert recorded(text) == "it depends on the environment variable KEY"


def test_the_events_of_a_stream_are_the_whole_answer() -> None:
    text = "for event in client.chat(messages=[])['events']:\n    print(f'got {event}')"
    streaming = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm", "streams": True}]
    assert recorded(text, calls=streaming) is True
    assert recorded(text) is False, "the parts of an answer that is no stream"
    assert recorded("for event in client.chat(messages=[])['events']:\n    print(event.text)", calls=streaming) is False


def test_an_api_that_reports_no_usage_is_not_asked() -> None:
    silent = [{"names": ["client.chat"], "noun": "model_call", "kind": "llm", "usage": "none"}]
    (call,) = nodes(build(HEAD + "print(client.chat(messages=[]).text)", calls=silent), "model_call")
    assert call.usage_recorded.state == "absent"


RUN = "from acme.agents import Agent\nagent = Agent(name='a')\nagent.run('x')\n"
TYPED = "import acme.types\nclass Layer:\n    def after(self, *args, **kwargs):\n        answer: acme.types.Answer = kwargs['answer']\n"
USED = "        log(answer.usage)\n"


@pytest.mark.parametrize(
    ("layer", "known"),
    [
        (TYPED + USED, False),
        ("import acme.types\nclass Layer:\n    def after(self, answer: 'acme.types.Answer'):\n" + USED, False),
        ("class Layer:\n    def after(self, *args):\n        answer = args[0]\n" + USED, False),
        ("def make(agent):\n    def after(**given):\n        log(given['answer'].usage)\n    agent.after = after\n", False),
        (TYPED + USED + "def tell(layers, **given):\n    for each in layers:\n        each.after(**given)\ntell([Layer()])\n", False),
        (TYPED + "        log(answer.text)\n", True),
        ("import other\nclass Layer:\n    def after(self, answer: other.Answer):\n" + USED, True),
        ("class Layer:\n    def after(self, answer):\n" + USED, True),
        ("def after(*args):\n    log(args[0].usage)\n", True),
        ("import acme.types\nclass Layer:\n    def after(self, answer: acme.types.Answer):\n" + USED + "Layer().after(load())\n", True),
    ],
)
def test_what_a_layer_of_callbacks_reads_may_be_of_any_run(layer: str, known: bool) -> None:
    (call,) = nodes(build({"app.py": RUN, "layer.py": layer}), "model_call")
    assert call.usage_recorded.value is False if known else "of what it is handed" in call.usage_recorded.why


def test_what_a_layer_of_callbacks_reads_says_nothing_of_a_single_request() -> None:
    (call,) = nodes(build({"app.py": HEAD + "client.chat(messages=[])\n", "layer.py": TYPED + USED}), "model_call")
    assert call.usage_recorded.value is False


NAMED = """
class Asker:
    def ask(self, text):
        return client.chat(text)

def go(thing, totals):
    answer = thing.ask({given})
    totals.append(answer.usage)

Asker().ask("b")
"""


@pytest.mark.parametrize("given", ['"a"', ""])
def test_a_call_of_its_name_is_only_taken_for_it_where_the_arguments_fit(given: str) -> None:
    found = recorded(NAMED.replace("{given}", given))
    assert isinstance(found, str) if given else found is False


MODELS = [{"names": ["shape.Model"], "dumps": ["model_dump"], "plain": ["mode"], "fills": ["model_validate"]}]
REPLY = "import shape\nclass Base(shape.Model):\n    text: str\nclass Reply(Base):\n    usage: dict\nclass Plain:\n    usage: dict\n"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("Reply.model_validate(answer.model_dump())", True),
        ("Reply.model_validate(answer.model_dump(mode='json'))", True),
        ("Reply(**answer.model_dump())", True),
        ("Reply(**{**answer.model_dump(), 'id': 1})", True),
        ("Base.model_validate(answer.model_dump())", False),
        ("Reply.model_validate(answer.model_dump(exclude={'usage'}))", False),
        ("Reply(**answer.text.model_dump())", False),
        ("Reply(text=answer.text)", False),
        ("Plain(**answer.model_dump())", False),
        ("Plain.model_validate(answer.model_dump())", False),
    ],
)
def test_a_model_with_a_field_for_it_takes_it_over(given: str, found: bool) -> None:
    known = recorded(f"{REPLY}def ask():\n    answer = client.chat(messages=[])\n    return {given}\nask().text\n", models=MODELS)
    assert (known is True) is found


MADE = """
def again(func, times=3):
    def inner(*args, **kwargs):
        for _ in range(times):
            try:
                return func(*args, **kwargs)
            except OSError:
                pass
    return inner
def ask():
    return client.chat(messages=[])
def other():
    return client.chat(messages=[], system='x')
def one():
    asking = again(ask)
    answer = asking()
    log(answer.usage)
def two():
    {}
one()
two()
"""


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("return again(func=other)().text", [True, False]),
        ("asking = again(func=other)\n    answer = asking()\n    return log(answer.usage)", [True, True]),
        ("return again(ask)().text", [False]),
    ],
)
def test_what_is_made_around_a_function_is_asked_where_it_was_made(rest: str, found: list[bool]) -> None:
    calls = nodes(build(HEAD + MADE.format(rest)), "model_call")
    assert [c.usage_recorded.value for c in sorted(calls, key=lambda c: c.at.line)][: len(found)] == found


def test_what_is_made_around_a_function_and_kept_is_not_decided_by_its_other_calls() -> None:
    calls = nodes(build(HEAD + MADE.format("kept.append(again(other))")), "model_call")
    first, second = (c.usage_recorded.value for c in sorted(calls, key=lambda c: c.at.line))
    assert first is True and second is not True


ROUND = "for turn in range(9):\n    answer = client.chat(messages=[])\n    BODY\n"
NOTED = "def note(one):\n    log(one.usage)\n"
ASKING = "answer = client.chat(messages=[])\n"
RETRY = """
done = False
while not done:
    try:
        answer = client.chat(messages=[])
        done = True
    except OSError:
        pass
log(answer.usage)
"""
AROUND = """
for job in jobs:
    for turn in range(9):
        answer = client.chat(messages=[])
        break
    log(answer.usage)
"""
GIVEN = """
def ask():
    for turn in range(9):
        answer = client.chat(messages=[])
    return answer
log(ask().usage)
"""
BEFORE = """
answer = None
while True:
    if answer:
        log(answer.usage)
    answer = client.chat(messages=[])
"""
BRANCHES = "if flag:\n    answer = client.chat(messages=[])\nelse:\n    answer = other()\n"
AGENT = """
messages = []
while True:
    answer = client.chat(messages=messages)
    if not answer.tool_calls:
        break
    messages.append([run(call) for call in answer.tool_calls])
log(answer.usage)
"""
LAST = "but the last one"
REACHED: dict[str, tuple[str, object]] = {
    "read in the loop": (ROUND.replace("BODY", "log(answer.usage)"), True),
    "read behind the loop": (ROUND.replace("BODY", "log(answer.text)") + "log(answer.usage)", LAST),
    "written out behind the loop": (ROUND.replace("BODY", "log(answer.text)") + "print(answer)", LAST),
    "a loop that ends with the first": (ROUND.replace("BODY", "break") + "log(answer.usage)", True),
    "a loop that tries again": (RETRY.replace("done = True", "break").replace("not done", "True"), True),
    "a loop that tries again, by a flag": (RETRY, True),
    "a loop that tries again what was no good": (ROUND.replace("BODY", "if answer.text:\n        break") + "log(answer.usage)", True),
    "an agent's loop": (AGENT, LAST),
    "a loop around both": (AROUND, True),
    "kept in a list": ("kept = []\n" + ROUND.replace("BODY", "kept.append(answer)") + "for one in kept:\n    log(one.usage)", True),
    "handed on behind the loop": (NOTED + ROUND.replace("BODY", "pass") + "note(answer)", LAST),
    "handed on in the loop, too": (NOTED + ROUND.replace("BODY", "note(answer)") + "note(answer)", True),
    "given back behind the loop": (GIVEN, LAST),
    "the chunks of a stream": ("for chunk in client.chat(messages=[]):\n    last = chunk\nlog(last.usage)", True),
    "set anew": (ASKING + "log(answer.text)\nanswer = other()\nlog(answer.usage)", False),
    "set anew before it": ("answer = other()\nlog(answer.usage)\n" + ASKING + "log(answer.text)", False),
    "set anew in a branch": (ASKING + "if answer.text == '':\n    answer = other()\nlog(answer.usage)", True),
    "made of itself, and given back": (f"def ask():\n    {ASKING}    answer = other(answer)\n    return answer\nlog(ask().usage)", True),
    "made of itself, and handed on": (NOTED + ASKING + "answer = other(answer)\nnote(answer)", True),
    "in the other branch": (BRANCHES + "    log(answer.usage)\nprint(answer.text)", False),
    "behind both branches": (BRANCHES + "log(answer.usage)", True),
    "under another name": ("first = " + ASKING + "answer = other()\nlog(first.usage)", True),
    "its part": (ASKING + "part = answer.more\nanswer = other()\nlog(part.usage)", True),
    "of the turn before": (BEFORE, True),
    "where it failed": ("try:\n    " + ASKING + "except OSError:\n    answer = None\nlog(answer.usage)", True),
    "by a function inside": (ASKING + "note = lambda: log(answer.usage)\nnote()", True),
    "handed on after it was set anew": (NOTED + ASKING + "answer = answer.text\nanswer = other()\nnote(answer)", False),
}


@pytest.mark.parametrize("case", REACHED)
def test_what_is_read_is_the_answer_there(case: str) -> None:
    text, expected = REACHED[case]
    (call,) = nodes(build(f"from elsewhere import flag, jobs, other\n{HEAD}{text}"), "model_call")
    told = call.usage_recorded
    assert (LAST if told.at == call.at else told.value) == expected


def test_an_answer_that_a_model_is_asked_with_is_not_that_answer() -> None:
    text = ASKING + "answer = client.chat(messages=[answer.text])\nlog(answer.usage)\n"
    assert [call.usage_recorded.value for call in nodes(build(HEAD + text), "model_call")] == [False, True]
