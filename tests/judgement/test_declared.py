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


def found(verdicts, nodes, said):
    return find(verdicts, nodes, Functions(), declared=said)[0]


def cells(verdicts, nodes, said):
    return [row.cells["deadline"] for row in matrix(verdicts, {n.id: n for n in nodes}, said)]


def test_bad_and_unknown_cells_are_declared_and_others_stay():
    asked = rule(column="deadline")
    one, two, three, four = (call(line) for line in (1, 2, 3, 4))
    verdicts = [fails(asked, one), unsure(asked, two), passes(asked, three), fails(rule(id="x", column="cap"), four)]
    assert cells(verdicts, [one, two, three, four], declared()) == ["declared", "declared", "ok", "n/a"]
    assert cells(verdicts, [one, two], None) == ["bad", "unknown"]


def test_only_in_its_files_and_of_its_nouns():
    asked = rule(column="deadline")
    here, there = call(1, path="a.py"), call(1, path="b.py")
    verdicts = [fails(asked, here), fails(asked, there)]
    assert cells(verdicts, [here, there], declared(files={"a.py"})) == ["declared", "bad"]
    assert cells(verdicts, [here, there], declared(nouns=("tool",))) == ["bad", "bad"]
    assert cells(verdicts, [here, there], declared(nouns=("model_call",))) == ["declared", "declared"]


def test_a_decision_point_is_of_the_noun_of_its_node():
    asked = rule(column="trace", each=("decision_point",))
    node = call(1)
    point = DecisionPoint(id="p", name="", symbol="", at=at(), role="production", qualname="", callee="", subject=node.id)
    assert declared([node], control="trace", nouns=("model_call",)).of(fails(asked, point))
    assert not declared([node], control="trace", nouns=("tool",)).of(fails(asked, point))


def test_a_finding_stays_and_is_open_for_what_is_not_declared():
    asked = rule(column="deadline", together="package")
    here, there = call(1, path="a.py"), call(2, path="a.py")
    nodes = {n.id: n for n in (here, there)}
    verdicts = [fails(asked, here), fails(asked, there)]
    [whole] = found(verdicts, nodes, declared())
    assert (whole.state, whole.suppressed_because, whole.suppressed_sites) == ("suppressed", "declared: the gateway", 2)
    assert [finding.state for finding in found(verdicts, nodes, declared(nouns=("tool",)))] == ["open"]


def test_what_is_said_of_it():
    asked = rule(column="deadline")
    one, two = call(1), call(2)
    said = declared()
    findings = found([fails(asked, one), unsure(asked, two)], {n.id: n for n in (one, two)}, said)
    [(text, place)] = said.told([fails(asked, one), unsure(asked, two)], findings)
    assert place == HERE
    assert (
        text == "deadline of 30, not seen in the code: the gateway (2 subjects; 1 finding stays: the score counts that, the gate does not)"
    )
    [(unknown, _)] = said.told([unsure(asked, two)], [])
    assert unknown.endswith("(1 subject, none of them seen to be without)")
