"""Handlers of what an earlier handler catches, and branches of an option that nobody can set, never run."""

from textwrap import indent

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from auditor.knowledge.declared import DeclaredForm
from tests.graph.dispatch_help import build, nodes
from tests.graph.test_contexts import ASKS, KNOWN

PARSER = DeclaredForm(
    parsers=["argparse.ArgumentParser"],
    parse=["parse_args"],
    default="default",
    stores={"store_true": True, "store_false": False},
    changes=["set_defaults"],
).model_dump()


def reached(text: str) -> dict[str, str]:
    graph: AgentGraph = analyse(build(ASKS + text, **{**KNOWN, "declared": [PARSER]}))
    return {n.qualname: "unused" if n.unused else n.role for n in nodes(graph, "model_call")}


ERRORS = """
import lib
class Base(Exception):
    pass
class Late(Base):
    pass
def first():
    Client().chat()
def second():
    Client().chat()
def main():
    try:
        first()
    {}
    except {}:
        second()
if __name__ == '__main__':
    main()
"""


@pytest.mark.parametrize(
    ("earlier", "later", "role"),
    [
        ("except lib.Busy:\n        pass", "lib.Busy", "unused"),
        ("except Base:\n        pass", "Late", "unused"),
        ("except (OSError, lib.Busy):\n        pass", "(ConnectionError, lib.Busy)", "unused"),
        ("except Exception:\n        pass", "Late", "unused"),
        ("except BaseException:\n        raise", "ValueError", "unused"),
        ("except lib.Busy:\n        pass", "lib.Late", "production"),
        ("except Late:\n        pass", "Base", "production"),
        ("except lib.Busy:\n        pass", "(lib.Busy, lib.Late)", "production"),
        ("except Exception:\n        pass", "KeyboardInterrupt", "production"),
        ("except lib.errors():\n        pass", "lib.errors()", "production"),
        ("except lib.Busy:\n        first()", "Exception", "production"),
    ],
)
def test_a_handler_after_one_that_catches_the_same(earlier: str, later: str, role: str) -> None:
    assert reached(ERRORS.format(earlier, later)) == {"first": "production", "second": role}


def test_no_recursion_by_it() -> None:
    """A call there does not make a function call itself."""
    asked = "    try:\n        Client().chat()\n    except lib.Busy:\n        pass\n    except {}:\n        ask()\n"
    text = f"import lib\ndef ask():\n{asked}ask()\n"
    assert not nodes(analyse(build(ASKS + text.format("lib.Busy"), **KNOWN)), "loop")
    assert nodes(analyse(build(ASKS + text.format("lib.Late"), **KNOWN)), "loop")


FLAGS = """
import argparse
def ask():
    Client().chat()
def run(cheap):
    {}
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--cheap', {})
    args = parser.parse_args()
    Client().chat()
{}
if __name__ == '__main__':
    main()
"""
ALWAYS = "action='store_true', default=True"


@pytest.mark.parametrize(
    ("option", "body", "role"),
    [
        (ALWAYS, "if not args.cheap:\n    ask()", "unused"),
        (ALWAYS, "if args.cheap:\n    pass\nelse:\n    ask()", "unused"),
        ("action='store_false', default=False", "if args.cheap:\n    ask()", "unused"),
        (ALWAYS, "run(args.cheap)", "unused"),
        (ALWAYS, "if args.cheap:\n    ask()", "production"),
        ("action='store_true'", "if args.cheap:\n    ask()", "production"),
        ("action='store_true', default=False", "if args.cheap:\n    ask()", "production"),
        ("action='store_false', default=True", "if not args.cheap:\n    ask()", "production"),
        ("action='store_true', default=False", "run(args.cheap)", "production"),
        (ALWAYS, "parser.set_defaults(cheap=False)\nif not args.cheap:\n    ask()", "production"),
        (ALWAYS, "args.cheap = ask is None\nif not args.cheap:\n    ask()", "production"),
        (ALWAYS, "setattr(args, input(), False)\nif not args.cheap:\n    ask()", "production"),
        (ALWAYS, "parser.add_argument('--dear', dest='cheap', action='store_false')\nif not args.cheap:\n    ask()", "production"),
    ],
)
def test_a_branch_of_an_option_that_is_what_it_is_anyway(option: str, body: str, role: str) -> None:
    inner = "if cheap is False:\n        ask()" if body.startswith("run") else "pass"
    assert reached(FLAGS.format(inner, option, indent(body, "    "))) == {"main": "production", "ask": role}
