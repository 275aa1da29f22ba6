"""Reads of usage that record nothing."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import build, nodes

HEAD = "from acme import Client\nfrom elsewhere import note\nclient = Client()\n"
RUN = "def run():\n    answer = client.chat(messages=[])\n    {}\n    return answer.text\nprint(run())\n"
PAIR = "def ask():\n    answer = client.chat(messages=[])\n    return answer.text, answer.usage\n"
READ: dict[str, tuple[str, bool]] = {
    "a variable that nobody reads": (RUN.format("used = answer.usage"), False),
    "a part in one": (RUN.format("used = answer.usage.total"), False),
    "one of several": (RUN.format("text, used = answer.text, answer.usage"), False),
    "a variable that is read": (RUN.format("used = answer.usage\n    note(used)"), True),
    "one that a nested function reads": (RUN.format("used = answer.usage\n    def later():\n        note(used)\n    later()"), True),
    "one of the module": ("answer = client.chat(messages=[])\nused = answer.usage\n", True),
    "a global one": (RUN.format("global used\n    used = answer.usage"), True),
    "an attribute": (RUN.format("client.used = answer.usage"), True),
    "what is made of it": (RUN.format("used = note(answer.usage)"), True),
    "where all variables are seen": (RUN.format("used = answer.usage\n    note(locals())"), True),
    "in a condition, too": (RUN.format("used = answer.usage if answer.usage else 0"), True),
    "a function that ignores it": ("def record(used):\n    pass\n" + RUN.format("record(answer.usage)"), False),
    "one that ignores it by name": ("def record(text, used=None):\n    note(text)\n" + RUN.format("record('', used=answer.usage)"), False),
    "one that keeps it": ("def record(used):\n    note(used)\n" + RUN.format("record(answer.usage)"), True),
    "one that is decorated": ("@note\ndef record(used):\n    pass\n" + RUN.format("record(answer.usage)"), True),
    "another argument": ("def record(text, used):\n    note(used)\n" + RUN.format("record('', answer.usage)"), True),
    "its place in a pair, dropped": (PAIR + "def run():\n    text, _ = ask()\n    return text\nprint(run())\n", False),
    "its place in a pair, read": (PAIR + "def run():\n    text, used = ask()\n    note(used)\n    return text\nprint(run())\n", True),
    "dropped by one of two": (PAIR + "def run():\n    text, _ = ask()\n    return text\nnote(ask())\nprint(run())\n", True),
    "the pair, handed on": (PAIR + "def run():\n    pair = ask()\n    return pair\nprint(run())\n", True),
    "only where it failed": (RUN.format("try:\n        note(1)\n    except ValueError:\n        note(answer.usage)"), False),
    "where it failed, and where not": (
        RUN.format("try:\n        note(1)\n    except ValueError:\n        note(answer.usage)\n    note(answer.usage)"),
        True,
    ),
    "of the second try": (
        "def run():\n    try:\n        return note(1)\n    except ValueError:\n        answer = client.chat(messages=[])\n"
        "        note(answer.usage)\n        return answer.text\nprint(run())\n",
        True,
    ),
}


@pytest.mark.parametrize("case", READ)
def test_a_read_records_what_somebody_sees(case: str) -> None:
    text, expected = READ[case]
    (call,) = nodes(build(HEAD + text), "model_call")
    assert call.usage_recorded.value is expected


ABSTRACT = """
class Keeper:
    def record(self, used):
        pass

class Own(Keeper):
    def record(self, used):
        note(used)

def run(keeper: Keeper):
    answer = client.chat(messages=[])
    keeper.record(answer.usage)
    return answer.text
print(run(note))
"""


def test_a_method_that_others_replace_may_keep_it() -> None:
    (call,) = nodes(build(HEAD + ABSTRACT), "model_call")
    assert call.usage_recorded.value is True
