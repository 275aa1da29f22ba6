"""Entry points that are one program."""

import pytest

from auditor.graph.flow import FlowFunction
from auditor.graph.types import EntryPoint
from tests.analyses.flows import FlowOf, place


def repeated(made):
    return sorted(n.id for n in made.analysed().values() if isinstance(n, EntryPoint) and n.repeated)


@pytest.fixture
def made():
    """A function that calls a model, and the guard of its module, which calls only that function."""
    flow = FlowOf()
    flow.model()
    flow.graph.flow.functions["main"] = FlowFunction("main", "main", place(5, "pkg/run.py"))
    flow.call("main", "model")
    flow.entry("guard", "body", entry="script", callee="if", symbol="<module>", at=place(9, "pkg/run.py"))
    flow.call("body", "main")
    return flow


def test_one_way_in_is_a_program_of_its_own(made):
    assert repeated(made) == []


def test_the_console_script_stands_for_the_guards_that_call_its_function(made):
    made.entry("tool", "main", entry="cli", callee="def", at=place(5, "pkg/run.py"))
    made.entry("module", "run", entry="script", callee="if", symbol="<module>", at=place(1, "pkg/__main__.py"))
    made.call("run", "main")
    assert repeated(made) == ["guard", "module"]


def test_the_guard_stands_for_the_module_that_is_run_by_name(made):
    made.entry("module", "run", entry="script", callee="<module>", symbol="<module>", at=place(1, "pkg/__main__.py"))
    made.call("run", "main")
    assert repeated(made) == ["module"]


def test_a_module_that_asks_a_model_itself_is_another_program(made):
    made.entry("tool", "main", entry="cli", callee="def", at=place(5, "pkg/run.py"))
    made.model("second")
    made.call("body", "second")
    assert repeated(made) == []


def test_another_script_that_calls_the_function_is_another_program(made):
    made.entry("other", "run", entry="script", callee="if", symbol="<module>", at=place(1, "pkg/other.py"))
    made.call("run", "main")
    assert repeated(made) == []


def test_a_route_is_no_command(made):
    made.entry("route", "main", entry="http", callee="def", at=place(5, "pkg/run.py"))
    assert repeated(made) == []
