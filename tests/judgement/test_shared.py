"""A site that fails through several clients is one of each finding, which says so."""

from auditor.judgement.findings import find
from auditor.judgement.functions import Function, Functions
from auditor.reports.words import read
from tests.judgement.build import call, client, comment, fails, nodes, rule

NO_FUNCTIONS = Functions()
FACTORY = Functions([Function("app/llm.py", 1, 40, "make")])


def said(verdicts, *nouns, functions=NO_FUNCTIONS):
    return [[line.text for line in f.evidence if line.setting == "shared_sites"] for f in find(verdicts, nodes(*nouns), functions)[0]]


def test_each_finding_says_how_many_of_its_sites_are_told_elsewhere():
    one, two = client(3), client(4)
    alone, both = fails(rule(), call(10), [one]), [fails(rule(), call(line), [one, two]) for line in (20, 30)]
    assert said([alone, *both], one, two) == [["2 of 3: also told at app/llm.py:4"], ["2 of 2: also told at app/llm.py:3"]]
    assert said([alone, both[0]], one, two) == [["1 of 2: also told at app/llm.py:4"], ["1 of 1: also told at app/llm.py:3"]]


def test_some_places_are_named_and_the_others_counted():
    clients = [client(line) for line in (3, 4, 5, 6, 7)]
    first, *_ = said([fails(rule(), call(10), clients)], *clients)
    assert first == ["1 of 1: also told at app/llm.py:4, :5, :6, +1"]


def test_sites_of_one_finding_of_another_rule_or_of_a_suppressed_one_are_not_shared():
    one, two, quiet = client(3), client(14), comment(14, "model-call-no-deadline", path="app/llm.py")
    assert said([fails(rule(), call(10), [one]), fails(rule(), call(20), [two])], one, two) == [[], []]
    assert said([fails(rule(), call(10), [one]), fails(rule("other"), call(10), [two])], one, two) == [[], []]
    assert said([fails(rule(), call(10), [one, two])], one, two, quiet)[0] == []
    made = [client(line, qualname="make") for line in (3, 4)]
    assert said([fails(rule(), call(10), made)], *made, functions=FACTORY) == [[]]


def test_reports_show_it():
    one, two = client(3), client(4)
    first, _ = find([fails(rule(), call(10), [one, two])], nodes(one, two), NO_FUNCTIONS)[0]
    assert read(first) == ["shared sites: 1 of 1, also told at app/llm.py:4"]
