"""What was seen: coverage, the control matrix, and repositories in which all is example."""

from dataclasses import replace

from auditor.core.problem import Problem
from auditor.core.values import Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import NotUnderstood
from auditor.graph.types import Agent, DecisionPoint, EntryPoint, ExternalCall, Noun, Tool
from auditor.judgement.coverage import cover
from auditor.judgement.matrix import COLUMNS, matrix
from auditor.judgement.roles import all_is_example, promote_examples, weighs
from tests.judgement.build import at, call, comment, evidence, fails, nodes, passes, rule, unsure

STABLE, PREVIEW = rule("a"), rule("b", status="preview")


def noun(cls, kind_id, line=1, role="production", path="app/x.py", **more):
    return cls(id=f"{kind_id}:{path}:{line}", name=kind_id, symbol="x", at=at(path, line), role=role, **more)


def test_a_subject_is_undecided_by_one_unknown_of_a_stable_rule():
    one, two, three = call(1), call(2), call(3)
    other = rule("c")
    seen = cover([passes(STABLE, one), unsure(other, one), fails(STABLE, two), passes(STABLE, three), unsure(PREVIEW, three)], AgentGraph())
    assert (seen.found, seen.decided) == (3, 2)
    [undecided] = seen.undecided
    assert (undecided.noun, undecided.at.line, undecided.rules, undecided.why) == ("model_call", 1, ("c",), "it comes from a file")
    assert [(s.noun, s.found, s.decided) for s in seen.nouns] == [("model_call", 3, 2)]


def test_tests_examples_notebooks_and_suppressions_are_in_no_number():
    subjects = [call(i, role=role) for i, role in enumerate(["test", "example", "notebook"], 1)]
    graph = AgentGraph(unknowns=[NotUnderstood("lib", "lib.f", at("tests/test_a.py")), NotUnderstood("lib", "lib.f", at("examples/a.py"))])
    problems = [Problem("syntax-error", "docs/a.py", 1, "bad")]
    seen = cover([*(unsure(STABLE, s) for s in subjects), unsure(STABLE, comment(1))], graph, problems)
    assert (seen.found, seen.percent) == (0, 0.0)


def test_unread_files_count_once_and_calls_not_understood_each():
    graph = AgentGraph(unknowns=[NotUnderstood("lib", "lib.f", at("a.py", 1)), NotUnderstood("lib", "lib.f", at("a.py", 2))])
    problems = [Problem("x", "b.py", 1, "bad"), Problem("y", "b.py", 2, "worse"), Problem("z", "c.py", 1, "no matter", counts=False)]
    seen = cover([passes(STABLE, call(1))], graph, problems)
    assert (seen.found, seen.decided) == (4, 1)
    assert [(s.noun, s.found, s.decided) for s in seen.nouns] == [("model_call", 1, 1), ("call", 2, 0), ("file", 1, 0)]


def test_a_model_call_of_an_agent_that_was_not_found_is_none_of_the_agents():
    graph = AgentGraph(unknowns=[NotUnderstood("lib", "lib.f", at("a.py", n), "why", agent=True) for n in (1, 2, 3)])
    seen = cover([passes(STABLE, noun(Agent, "agent"))], graph)
    assert [(s.noun, s.found, s.decided) for s in seen.nouns] == [("agent", 1, 1), ("unseen_agent", 3, 0)]


def promoted(*nouns: Noun) -> AgentGraph:
    graph = AgentGraph(nodes=nodes(*nouns))
    promote_examples(graph)
    return graph


def test_where_all_is_example_examples_count():
    entry = noun(EntryPoint, "entry_point", role="example", entry="script")
    reached = call(1, role="example", reached=(entry.id,))
    unreached, test = call(2, role="notebook"), call(3, role="test")
    found = promoted(entry, reached, unreached, test)
    assert [n.role for n in found.nodes.values()] == ["production", "production", "library", "test"]
    assert all_is_example([reached, test])
    assert not all_is_example([test])
    assert not all_is_example([reached, call(4, role="library")])
    assert weighs("examples/a.py", examples=True)
    assert not weighs("tests/a.py", examples=True)


def test_calls_not_understood_in_examples_count_where_these_do():
    lost = NotUnderstood("lib", "lib.f", at("examples/a.py"))
    for role, counted in (("example", 1), ("production", 0)):
        graph = promoted(call(1, role=role))
        graph.unknowns = [lost]
        assert len(cover([], graph).undecided) == counted


def test_nothing_is_promoted_beside_production():
    given = nodes(call(1), call(2, role="example"))
    assert promoted(*given.values()).nodes == given


def test_nothing_is_promoted_beside_a_server_of_tools():
    entry = noun(EntryPoint, "entry_point", entry="script")
    shown = call(2, role="example")
    tool = noun(Tool, "tool", line=3, reached=(entry.id,))
    assert all_is_example([entry, shown])
    assert not all_is_example([entry, shown, tool])
    assert all_is_example([entry, shown, replace(tool, reached=())])


def test_cells_are_the_worst_of_the_verdicts_of_a_column():
    deadline, retry, usage = rule("d", column="deadline"), rule("r", column="retry"), rule("u", column="usage")
    one, two = call(1), call(2)
    verdicts = [
        passes(deadline, one, evidence=(evidence("deadline", 20),)),
        passes(retry, one, evidence=(evidence("attempts", 3, origin="default"),)),
        unsure(usage, one),
        passes(deadline, two),
        fails(rule("d2", column="deadline"), two),
        fails(rule("p", column="usage", status="preview"), two),
    ]
    rows = matrix(verdicts, nodes(one, two))
    assert [dict(row.cells) for row in rows] == [
        dict.fromkeys(COLUMNS, "n/a") | {"deadline": "ok", "retry": "default", "usage": "unknown"},
        dict.fromkeys(COLUMNS, "n/a") | {"deadline": "bad"},
    ]


def test_rows_are_in_order_of_kind_and_place():
    tool, entry = noun(Tool, "tool"), noun(EntryPoint, "entry_point", entry="http")
    asked, other = noun(ExternalCall, "external_call", 1), noun(ExternalCall, "external_call", 2)
    step = call(9)
    point = noun(DecisionPoint, "decision_point", subject=step.id, traced=Setting(False))
    rows = matrix(
        [fails(rule("t", column="trace"), point), passes(rule("d", column="deadline"), asked)], nodes(tool, step, asked, other, entry)
    )
    assert [row.noun for row in rows] == ["entry_point", "model_call", "tool", "external_call"]
    assert rows[1].cells["trace"] == "bad"


def test_a_call_into_a_library_for_models_or_agents_is_told_from_others():
    graph = AgentGraph(unknowns=[NotUnderstood(name, f"{name}.ask", at("a.py", n)) for n, name in enumerate(["julep", "feedparser"], 1)])
    assert [(item.name, item.talks) for item in cover([], graph).undecided] == [("julep.ask", True), ("feedparser.ask", False)]
