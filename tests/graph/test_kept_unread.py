"""A function that is only put into an attribute which nothing reads does not run by that."""

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from tests.graph.dispatch_help import build, nodes
from tests.graph.test_contexts import ASKS, KNOWN

KEEPS = """
import lib
class Model(BASE):
    def __init__(self):
        def ask():
            Client().chat()
        self.NAME = ask
    def run(self):
        BODY
def main():
    model = Model()
    model.run()
    Client().chat()
    AFTER
if __name__ == '__main__':
    main()
"""


def role(name: str = "_kept", body: str = "pass", after: str = "pass", base: str = "object", **more: object) -> str:
    text = KEEPS.replace("NAME", name).replace("BODY", body).replace("AFTER", after).replace("BASE", base)
    graph: AgentGraph = analyse(build({"main.py": ASKS + text}, **{**KNOWN, **more}))
    [found] = [n for n in nodes(graph, "model_call") if n.qualname != "main"]
    return "unused" if found.unused else found.role


def test_nothing_reads_it() -> None:
    assert role() == role("kept") == "unused"
    assert role(after="print(getattr(lib, 'x'), vars(lib))") == "unused", "of something else"


@pytest.mark.parametrize(
    "given",
    [
        {"body": "self._kept()"},
        {"body": "return self._kept"},
        {"after": "lib.run(model._kept)"},
        {"after": "getattr(model, '_kept')()"},
        {"after": "getattr(model, input())()"},
        {"body": "lib.show(**vars(self))"},
        {"body": "lib.show(self.__dict__)"},
        {"base": "lib.Base"},
        {"name": "kept", "distributions": {""}},
        {"name": "kept", "after": "lib.run(model)"},
    ],
)
def test_something_may_read_it(given: dict[str, object]) -> None:
    assert role(**given) != "unused"  # type: ignore[arg-type]


def test_a_private_name_is_not_published() -> None:
    assert role(distributions={""}) == "library"
