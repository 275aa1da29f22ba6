"""Declared controls: shown as such, heard by no gate, and never a pass."""

from pathlib import Path

from auditor.core.location import Location
from auditor.graph.types import DecisionPoint
from auditor.judgement.declared import Covered, Declared
from auditor.judgement.findings import find
from auditor.judgement.functions import Functions
from auditor.judgement.matrix import matrix
from auditor.settings import Declaration
from tests.judgement.build import at, call, fails, passes, rule, unsure

FILE = Path("/agentaudit.toml")
HERE = Location("agentaudit.toml", 3)


def declared(nodes=(), files=None, **more):
    said = {"control": "deadline", "reason": "the gateway", "value": 30, "paths": (), "nouns": (), **more}
    return Declared([Covered(Declaration(**said, file=FILE, line=3, base=FILE.parent), HERE, files)], {n.id: n for n in nodes})


def asks(column, **more):
    return rule(column=column, control=column, **more)


def found(verdicts, nodes, said):
    return find(verdicts, nodes, Functions(), declared=said)[0]


def cells(verdicts, nodes, said):
    return [row.cells["deadline"] for row in matrix(verdicts, {n.id: n for n in nodes}, said)]


def test_bad_and_unknown_cells_are_declared_and_others_stay():
    asked = asks("deadline")
    one, two, three, four = (call(line) for line in (1, 2, 3, 4))
    verdicts = [fails(asked, one), unsure(asked, two), passes(asked, three), fails(asks("cap", id="x"), four)]
    assert cells(verdicts, [one, two, three, four], declared()) == ["declared", "declared", "ok", "n/a"]
    assert cells(verdicts, [one, two], None) == ["bad", "unknown"]


def test_only_in_its_files_and_of_its_nouns():
    asked = asks("deadline")
    here, there = call(1, path="a.py"), call(1, path="b.py")
    verdicts = [fails(asked, here), fails(asked, there)]
    assert cells(verdicts, [here, there], declared(files={"a.py"})) == ["declared", "bad"]
    assert cells(verdicts, [here, there], declared(nouns=("tool",))) == ["bad", "bad"]
    assert cells(verdicts, [here, there], declared(nouns=("model_call",))) == ["declared", "declared"]


def test_a_decision_point_is_of_the_noun_of_its_node():
    asked = asks("trace", each=("decision_point",))
    node = call(1)
    point = DecisionPoint(id="p", name="", symbol="", at=at(), role="production", qualname="", callee="", subject=node.id)
    assert declared([node], control="trace", nouns=("model_call",)).of(fails(asked, point))
    assert declared([node], control="trace", nouns=("decision_point",)).of(fails(asked, point))
    assert not declared([node], control="trace", nouns=("tool",)).of(fails(asked, point))


def test_a_finding_stays_and_is_open_for_what_is_not_declared():
    asked = asks("deadline", together="package")
    here, there = call(1, path="a.py"), call(2, path="a.py")
    nodes = {n.id: n for n in (here, there)}
    verdicts = [fails(asked, here), fails(asked, there)]
    [whole] = found(verdicts, nodes, declared())
    assert (whole.state, whole.suppressed_because, whole.suppressed_sites) == ("suppressed", "declared: the gateway", 2)
    assert [finding.state for finding in found(verdicts, nodes, declared(nouns=("tool",)))] == ["open"]


def test_what_is_said_of_it():
    asked = asks("deadline")
    one, two = call(1), call(2)
    said = declared()
    findings = found([fails(asked, one), unsure(asked, two)], {n.id: n for n in (one, two)}, said)
    [(text, place)] = said.told([asked], [fails(asked, one), unsure(asked, two)], findings)
    assert place == HERE
    first = "deadline of 30 seconds, not seen in the code: the gateway"
    assert text == f"{first} (2 subjects; 1 finding stays: the score counts that, the gate does not)"
    assert told([unsure(asked, two)], said) == "1 subject, none of them seen to be without"


def told(verdicts, said, rules=()):
    [(text, _)] = said.told(rules or [v.rule for v in verdicts], verdicts, [])
    return text.rpartition("(")[2].removesuffix(")")


def test_what_covers_nothing_says_why():
    asked, subject = asks("deadline"), call(1)
    missed = [fails(asked, subject)]
    assert told([passes(asked, subject)], declared()) == "no rule found it to be missing"
    assert told(missed, declared(control="evals")) == "no rule asks for it"
    assert told(missed, declared(), [asks("deadline", status="preview")]) == "no rule asks for it"
    assert told(missed, declared(files=frozenset())) == "its paths name no file that was read"
    assert told(missed, declared(nouns=("tool",))) == "rules ask for it of model_call only"
    point = DecisionPoint(id="p", name="", symbol="", at=at(), role="production", qualname="", callee="", subject=subject.id)
    traces = asks("trace", each=("decision_point",))
    assert told([fails(traces, point)], declared([subject], control="trace", nouns=("tool",))) == "no rule found it to be missing"


def test_a_value_above_what_the_rule_takes_is_no_answer():
    slow, plain, subject = rule("slow", control="deadline", within="limit", params={"limit": 120}), asks("deadline"), call(1)
    for value, answers in ((120, True), (121, False), (None, False)):
        said = declared(value=value)
        assert bool(said.of(fails(slow, subject))) == answers
        assert said.of(fails(plain, subject))
    assert told([fails(slow, subject)], declared(value=3600)) == "slow takes a value of 120 seconds at most"
