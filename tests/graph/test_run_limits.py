"""Deadlines of the runs of registered functions."""

from __future__ import annotations

import pytest

from auditor.analyses.analyse import analyse
from auditor.core.values import ABSENT, alternatives
from auditor.graph.types import ModelCall
from tests.graph.dispatch_help import build, nodes

TASKS = {
    "types": {
        "client": {"new": ["acme.Client"], "noun": "model_client"},
        "app": {"new": ["acme.tasks.App"], "harmless": ["*"]},
    },
    "registrations": [
        {
            "names": ["app.task", "acme.tasks.shared"],
            "makes": "entry_point",
            "kind": "worker",
            "server": True,
            "settings": {"run_deadline": {"argument": ["soft_limit", "hard_limit"], "unit": "seconds", "unset": "absent"}},
            "run_limit": {
                "sent_by": ["send", "signature"],
                "plain": ["later", "s"],
                "set_by": "set",
                "everywhere": ["task_soft_limit", "task_hard_limit"],
                "conf": "conf",
                "read_by": "read_conf",
                "prefix": "prefix",
            },
        },
    ],
    "calls": [{"names": ["client.chat"], "noun": "model_call", "kind": "llm"}],
}
APP = "from acme import Client\nfrom acme.tasks import App, shared\napp = App()\n"
ASK = "def ask():\n    return Client().chat(messages=['x'])\n"
OTHER = "other = App()\n"
CASES = {
    "nothing": ("@app.task\n" + ASK, None),
    "nothing in brackets": ("@app.task()\n" + ASK, None),
    "the decorator": ("@app.task(soft_limit=5, hard_limit=9)\n" + ASK, 5),
    "one of the two": ("@shared(hard_limit=9)\n" + ASK, 9),
    "an attribute": ("@app.task\n" + ASK + "ask.hard_limit = 7\n", 7),
    "an attribute after the decorator": ("@app.task(soft_limit=5)\n" + ASK + "ask.soft_limit = 8\n", 8),
    "an attribute of another": ("@app.task\n" + ASK + "def other():\n    pass\nother.hard_limit = 7\n", None),
    "None at the decorator": ("@app.task(soft_limit=None)\n" + ASK, None),
    "each call": ("@app.task\n" + ASK + "ask.send((1,), hard_limit=6)\nask.s().set(soft_limit=4)\n", 6),
    "one call of two": ("@app.task\n" + ASK + "ask.send((1,), hard_limit=6)\nask.later()\n", None),
    "a longer one at a call": ("@app.task(soft_limit=5)\n" + ASK + "ask.send((1,), hard_limit=60)\n", 60),
    "all": ("app.conf.task_soft_limit = 3\n@app.task\n" + ASK, 3),
    "all, by an update": ("app.conf.update(task_hard_limit=3)\n@app.task\n" + ASK, 3),
    "all, by a mapping": ("app.conf.update({'task_hard_limit': 3, **{}})\n@shared\n" + ASK, 3),
    "all, by a module": ("app.read_conf('tasksconf')\n@app.task\n" + ASK, 44),
    "all, by a class": ("class C:\n    task_soft_limit = 2\napp.read_conf(C)\n@app.task\n" + ASK, 2),
    "all, with a prefix": ("app.read_conf('web.conf:settings', prefix='JOBS')\n@app.task\n" + ASK, 33),
    "all, of another object": (OTHER + "other.conf.task_soft_limit = 3\n@app.task\n" + ASK, None),
    "all, of each its own": (OTHER + "other.conf.update(task_hard_limit=3)\napp.conf.update(task_hard_limit=4)\n@app.task\n" + ASK, 4),
    "of something else": ("from other import conf\nconf.conf.task_soft_limit = 3\n@app.task\n" + ASK, None),
}


@pytest.mark.parametrize(("text", "seconds"), CASES.values(), ids=CASES)
def test_a_run_has_the_limit_that_is_given_for_it(text: str, seconds: float | None) -> None:
    files = {"app.py": APP + text, "tasksconf.py": "task_hard_limit = 44\n", "settings.py": "JOBS_TASK_HARD_LIMIT = 33\n"}
    graph = analyse(build(files, **TASKS))
    found: list[ModelCall] = nodes(graph, "model_call")
    limits = alternatives(found[0].run_deadline)
    assert max((s.number for s in limits if s.number is not None), default=None) == seconds
    assert (limits[0].value is ABSENT) == (seconds is None)


def test_of_several_objects_it_is_not_known_which_one_runs_what_none_registers() -> None:
    text = OTHER + "other.conf.update(x=1)\napp.conf.update(task_hard_limit=4)\n@shared\n" + ASK
    found: list[ModelCall] = nodes(analyse(build({"app.py": APP + text}, **TASKS)), "model_call")
    assert found[0].run_deadline.state == "unknown"
