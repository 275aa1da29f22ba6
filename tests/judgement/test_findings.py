"""One root cause is one finding, recognised again by what does not move."""

import hashlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting
from auditor.facts.python.reader import read_python
from auditor.graph.graph import Edge
from auditor.graph.traces import Layer, TraceStep
from auditor.graph.types import ExternalCall, Tool
from auditor.judgement.findings import find, fingerprint
from auditor.judgement.functions import Function, Functions, functions_of
from auditor.judgement.suppress import not_run, unknown
from auditor.rules.types import Remedies
from tests.judgement.build import at, call, client, comment, evidence, fails, nodes, passes, rule, unsure

NO_FUNCTIONS = Functions()
FACTORY = Functions([Function("app/llm.py", 1, 40, "make")])


def found(verdicts, *nouns, functions=NO_FUNCTIONS, ran=()):
    return find(verdicts, nodes(*nouns), functions, ran)[0]


def test_only_failures_become_findings():
    asked, subject = rule(), call()
    assert found([passes(asked, subject), unsure(asked, subject)], subject) == []


def test_calls_that_share_a_client_are_sites_of_one_finding():
    shared = client(3)
    calls = [call(30, clients=[shared]), call(20, clients=[shared])]
    [finding] = found([fails(rule(), c, [shared]) for c in calls], shared, *calls)
    assert finding.at == shared.at
    assert [site.at.line for site in finding.sites] == [20, 30]
    assert finding.measure is None


def test_runs_of_one_agent_object_are_sites_of_one_finding():
    asked = replace(rule(), together="runs")
    first, second, other = call(20), call(30), call(40)
    edges = [Edge(c.id, agent, "runs", "app/llm.py", 1) for c, agent in ((first, "a"), (second, "a"), (other, "b"))]
    verdicts = [fails(asked, c) for c in (first, second, other)]
    one, two = find(verdicts, nodes(first, second, other), NO_FUNCTIONS, (), edges)[0]
    assert [[site.at.line for site in f.sites] for f in (one, two)] == [[20, 30], [40]]
    assert one.at == first.at
    ignored = comment(19, asked.id)
    one, _ = find(verdicts, nodes(first, second, other, ignored), NO_FUNCTIONS, (), edges)[0]
    assert one.state == "open", "at a run a comment speaks of that run"
    assert [site.suppressed for site in one.sites] == [True, False]
    assert len(find([fails(rule(), c) for c in (first, second)], nodes(first, second), NO_FUNCTIONS, (), edges)[0]) == 2


def test_what_one_outermost_retry_layer_repeats_is_one_finding_told_by_the_worst():
    asked = replace(rule(), together="layers", measure="total_attempts")
    inner, outer, other = (Layer("loop", Setting(3), True, Location("app/llm.py", line)) for line in (1, 2, 3))
    layered = [replace(call(line), layers=layers) for line, layers in ((20, (inner, outer)), (30, (outer,)), (40, (outer, other)))]
    verdicts = [fails(asked, c, measure=m) for c, m in zip(layered, (9, 12, 9), strict=True)]
    one, two = found(verdicts, *layered)
    assert [[site.at.line for site in f.sites] for f in (one, two)] == [[20, 30], [40]]
    assert (one.at, one.measure.value) == (layered[1].at, 12)
    assert [f.message for f in (one, two)] == ["no deadline; other layers at 1 of the 2 sites", "no deadline"]


def test_the_calls_of_one_package_in_one_file_are_one_finding():
    asked = replace(rule(), together="package")
    same = [replace(call(line), framework="openai") for line in (20, 30)]
    other = replace(call(40), framework="anthropic")
    one, two = found([fails(asked, c) for c in (*same, other)], *same, other)
    assert [[site.at.line for site in f.sites] for f in (one, two)] == [[20, 30], [40]]


def test_but_not_what_is_less_severe_or_mended_in_another_way():
    asked = replace(rule(), together="package", remedies=Remedies("deadline", "Set {argument}.", "There is nothing to set."))
    levers = ("timeout= of a()", "", "timeout= of b()", "timeout= of a()")
    calls = [
        replace(call(line), framework="acme", deadline=Setting(ABSENT, argument=lever))
        for line, lever in zip((10, 20, 30, 40), levers, strict=True)
    ]
    verdicts = [replace(fails(asked, c), severity="low" if c.at.line == 40 else "high") for c in calls]
    rows = [([s.at.line for s in f.sites], f.severity, f.remedy) for f in found(verdicts, *calls)]
    assert rows == [
        ([10, 30], "high", "Set timeout= of a() and b()."),
        ([20], "high", "There is nothing to set."),
        ([40], "low", "Set timeout= of a()."),
    ]


def test_one_cause_is_at_its_worst_once():
    loop, entry = call(20), call(5, trace=(TraceStep("loop", at("app/main.py", 20)),))
    run = replace(rule(), id="run", severity="critical", behind=("loop",))
    cause = fails(replace(rule(), id="loop", severity="critical"), loop)
    assert [f.severity for f in found([fails(run, entry), cause], entry, loop)] == ["high", "critical"]
    assert [f.severity for f in found([fails(run, entry)], entry)] == ["critical"]


def test_a_factory_is_one_anchor_at_its_first_failing_constructor():
    clients = [client(line, qualname="make") for line in (9, 5, 7)]
    subject = call(clients=clients)
    verdict = fails(rule(), subject, clients[:2], failing=(0, 1))
    [finding] = found([verdict], subject, *clients, functions=FACTORY)
    assert finding.at.line == 5
    assert (finding.qualname, finding.callee, finding.symbol) == ("make", "def", "make")
    assert finding.measure.name == "failing"
    assert finding.measure.value == 2
    assert finding.message == "no deadline: 2 of the 3 clients that can reach this call"


def test_one_client_in_a_function_has_that_function_as_its_anchor():
    only = client(4, qualname="make.<lambda>")
    [finding] = found([fails(rule(), call(clients=[only]), [only])], only, functions=FACTORY)
    assert finding.fingerprint == fingerprint(rule().id, "app/llm.py", "make", "def")
    assert finding.measure.value == 1


def test_a_client_in_a_class_body_is_its_own_anchor():
    only = client(4, qualname="Config")
    [finding] = found([fails(rule(), call(clients=[only]), [only])], only, functions=FACTORY)
    assert finding.callee == "OpenAI"


def test_a_subject_that_fails_through_several_anchors_is_a_site_of_each():
    one, two, subject = client(3), client(4), call()
    findings = found([fails(rule(), subject, [one, two])], one, two, subject)
    assert [f.at.line for f in findings] == [3, 4]
    assert all(f.sites[0].subject == subject.id for f in findings)


def test_the_fingerprint_is_the_contract_of_version_1():
    subject = call()
    [finding] = found([fails(rule(), subject)], subject)
    text = "\0".join(["model-call-no-deadline", "app/main.py", "ask", "client.chat.completions.create"])
    assert finding.fingerprint == hashlib.sha256(text.encode()).hexdigest()
    assert finding.id == finding.fingerprint + ":1"


def test_equal_fingerprints_are_counted_in_source_order():
    subjects = [call(30), call(10), call(20)]
    findings = found([fails(rule(), s) for s in subjects], *subjects)
    assert [(f.at.line, f.occurrence) for f in findings] == [(10, 1), (20, 2), (30, 3)]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6, unique=True), st.integers(0, 900))
def test_fingerprints_survive_moved_lines(lines, shift):
    def identities(offset):
        subjects = [call(line + offset) for line in lines]
        return [f.id for f in found([fails(rule(), s) for s in subjects], *subjects)]

    assert identities(0) == identities(shift)


@given(st.permutations(range(5)))
def test_the_order_of_verdicts_does_not_matter(order):
    shared = client(3)
    verdicts = [fails(rule(), call(10 + i, clients=[shared]), [shared], measure=i) for i in range(4)] + [fails(rule("other"), call(50))]
    assert found([verdicts[i] for i in order], shared) == found(verdicts, shared)


def test_the_measure_is_the_largest_over_the_sites_and_unbounded_the_largest_of_all():
    asked, shared = rule(measure="total_attempts"), client()
    verdicts = [fails(asked, call(10 + i), [shared], measure=m) for i, m in enumerate([4, UNBOUNDED, 9, None])]
    assert found(verdicts, shared)[0].measure.value is UNBOUNDED
    assert found([verdicts[0], verdicts[2]], shared)[0].measure.value == 9


def test_the_role_is_the_strongest_of_its_sites():
    shared = client()
    verdicts = [fails(rule(), call(10 + i, role=role), [shared]) for i, role in enumerate(["test", "library", "example"])]
    assert found(verdicts, shared)[0].role == "library"


def test_tests_are_no_sites_of_what_fails_outside_of_them():
    shared, tried = client(3), call(30, role="test")
    verdicts = [fails(rule(), call(10, role="library"), [shared]), fails(rule(), tried, [shared])]
    [finding] = found(verdicts, shared)
    assert [site.at.line for site in finding.sites] == [10]
    [alone] = found(verdicts[1:], shared)
    assert [site.at.line for site in alone.sites] == [30]
    there = nodes(shared, comment(29, rule().id))
    assert find(verdicts, there, NO_FUNCTIONS, (rule().id,))[1] == [], "a comment at a test is in use"


def test_code_that_nothing_runs_is_no_site_of_what_fails_in_code_that_runs():
    shared, left = client(3), call(30, role="library", unused=True)
    verdicts = [fails(rule(), call(10), [shared]), fails(rule(), left, [shared])]
    [finding] = found(verdicts, shared)
    assert [site.at.line for site in finding.sites] == [10]
    [alone] = found(verdicts[1:], shared)
    assert [site.at.line for site in alone.sites] == [30]
    there = nodes(shared, comment(29, rule().id))
    assert find(verdicts, there, NO_FUNCTIONS, (rule().id,))[1] == [], "a comment there is in use"


def test_of_runs_of_one_agent_only_the_own_anchor_is_left():
    asked = replace(rule(), together="runs")
    run, tried = call(20, role="library"), call(30, role="test")
    edges = [Edge(c.id, "a", "runs", "app/llm.py", 1) for c in (run, tried)]
    ignored = comment(19, asked.id)
    [finding] = find([fails(asked, c) for c in (run, tried)], nodes(run, tried, ignored), NO_FUNCTIONS, (), edges)[0]
    assert ([site.at.line for site in finding.sites], finding.state) == ([20], "suppressed")


def test_the_site_that_speaks_is_of_the_strongest_role_and_the_worst_measure():
    shared = client()
    verdicts = [
        fails(rule(), call(10, role="test"), [shared], measure=99, message="a test"),
        fails(rule(), call(20), [shared], measure=3, message="small"),
        fails(rule(), call(30), [shared], measure=7, message="large"),
    ]
    assert found(verdicts, shared)[0].message == "large"


def test_of_equal_sites_what_a_tool_runs_speaks_and_what_only_a_person_starts_comes_last():
    shared = client()

    def asked(line, **more):
        return ExternalCall(id=f"at {line}", name="get", symbol="get", at=at("app/main.py", line), role="production", **more)

    rows = [asked(10, by_hand=True), asked(20), asked(30, by_agent=True), asked(40, by_agent=True, by_tool=True)]
    said = [fails(rule(), subject, [shared], message=subject.id) for subject in rows]
    assert [found(said[:n], shared)[0].message for n in (1, 2, 3, 4)] == ["at 10", "at 20", "at 30", "at 40"]


def test_evidence_says_where_a_default_comes_from():
    shared = client(3)
    subject = call(clients=[shared])
    read = evidence("deadline", 600, origin="default", at=shared.at, source="openai==2.32.0", unit="seconds")
    [finding] = found([fails(rule(), subject, [shared], evidence=(read,))], shared, subject)
    assert [line.text for line in finding.evidence] == ["600 s: default of openai 2.32.0; client made at app/llm.py:3"]


def test_evidence_shows_the_failing_alternatives_only():
    settings = (Setting(20, unit="seconds", at=at(line=2)), Setting(ABSENT, "absent", at=at(line=5), why="None was passed on"))
    read = evidence("deadline", OneOf(settings))
    [finding] = found([fails(rule(), call(), evidence=(read,), failing=(1,))])
    assert [line.text for line in finding.evidence] == ["none: not given at app/llm.py:5; None was passed on"]
    assert finding.message == "no deadline: 1 of the 2 values of deadline that can reach this call"


def test_the_trace_runs_inwards_through_the_layers_to_the_subject():
    layers = (
        Layer("sdk", Setting(3, "default"), True, None, "client"),
        Layer("decorator", Setting(UNBOUNDED), True, at(line=7), "retry"),
    )
    subject = call(layers=layers, trace=(TraceStep("POST /ask", at("app/api.py", 2)),))
    [finding] = found([fails(rule(flag="total_attempts > 6"), subject)], subject)
    assert [(s.what, s.times) for s in finding.trace] == [("POST /ask", None), ("retry", "unbounded"), ("client", "3"), ("ask", None)]
    [finding] = found([fails(rule(), subject)], subject)
    assert [s.what for s in finding.trace] == ["POST /ask", "ask"], "a rule that does not ask of attempts does not tell them"


def test_layers_that_the_graph_has_traced_are_not_named_twice():
    layers = (Layer("decorator", Setting(6), True, at(line=7), "retry"),)
    subject = call(layers=layers, trace=(TraceStep("retry of 6", at(line=7), "6"),))
    [finding] = found([fails(rule(flag="total_attempts > 6"), subject)], subject)
    assert [s.what for s in finding.trace] == ["retry of 6", "ask"]


def test_a_suppression_on_the_line_before_or_inside_the_expression_holds():
    for line in (9, 10, 12):
        subject = replace(call(10), at=at("app/main.py", 10, 12))
        [finding] = found([fails(rule(), subject)], subject, comment(line, rule().id))
        assert finding.state == "suppressed"
        assert finding.suppressed_because == "known"


def test_a_suppression_elsewhere_of_another_rule_or_with_a_defect_does_not_hold():
    subject = call(10)
    for other in (comment(8, rule().id), comment(11, rule().id), comment(10, "other"), comment(10, rule().id, defect="it gives no reason")):
        assert found([fails(rule(), subject)], subject, other)[0].state == "open"


def test_a_suppression_on_the_def_covers_the_function():
    functions = Functions([Function("app/main.py", 5, 30, "ask")])
    subject = call(20)
    assert found([fails(rule(), subject)], subject, comment(5, rule().id), functions=functions)[0].state == "suppressed"
    assert found([fails(rule(), call(31))], comment(5, rule().id), functions=functions)[0].state == "open"


def test_a_suppression_at_a_site_leaves_the_others():
    shared = client(3)
    verdicts = [fails(rule(), call(line), [shared]) for line in (10, 20)]
    [finding] = found(verdicts, shared, comment(10, rule().id))
    assert finding.state == "open"
    assert [site.suppressed for site in finding.sites] == [True, False]
    assert finding.suppressed_sites == 1
    [finding] = found(verdicts, shared, comment(10, rule().id), comment(20, rule().id))
    assert finding.state == "suppressed"


def test_a_suppression_at_the_anchor_or_on_the_def_of_a_factory_suppresses_the_finding():
    made = client(5, qualname="make")
    for line in (1, 4, 5):
        comments = comment(line, rule().id, path="app/llm.py")
        [finding] = found([fails(rule(), call(), [made])], made, comments, functions=FACTORY)
        assert finding.state == "suppressed"


def test_a_comment_inside_a_body_does_not_silence_the_statement_around_it():
    tool = Tool(id="tool:a.py:1:1", name="t", symbol="t", at=at("a.py", 1, 30), role="production", callee="def")
    assert found([fails(rule(), tool)], tool, comment(9, rule().id, path="a.py"))[0].state == "open"
    assert found([fails(rule(), tool)], tool, comment(1, rule().id, path="a.py"))[0].state == "suppressed"


def test_a_suppression_without_use_is_a_problem_if_its_rule_ran():
    subject = call(10)
    nouns = nodes(subject, comment(10, rule().id, "other", "not-run"), comment(50, rule().id))
    _, problems = find([fails(rule(), subject)], nouns, NO_FUNCTIONS, [rule().id, "other"])
    assert [(p.code, p.line) for p in problems] == [("suppression-unused", 10), ("suppression-unused", 50)]
    assert "other" in problems[0].message
    assert not any(p.counts for p in problems)


def test_a_suppression_of_a_rule_that_there_is_not_is_a_problem():
    nouns = nodes(comment(10, rule().id, "not-run", "elsewhere"), comment(50, "not-runn"), comment(60, "bad", defect="no reason"))
    known = [rule().id, "not-run"]
    one, two = unknown(not_run(nouns.values(), [rule().id]), known)
    assert (one.code, one.line, one.counts) == ("suppression-unknown", 10, False)
    assert "'elsewhere'" in one.message
    assert "if it is one of a pack, this run was not given that" in one.message
    assert two.line == 50
    assert "did you mean not-run?" in two.message


def test_functions_are_found_in_facts():
    text = "class A:\n    @wrap\n    def make(self):\n        return [c() for _ in x]\n\nz = lambda: c()\n"
    facts, _ = read_python("a.py", text)
    functions = functions_of([facts])
    assert functions.starting("a.py", 3).qualname == "A.make"
    assert functions.around(client(4, "a.py", "A.make.<comprehension>")).qualname == "A.make"
    assert functions.around(client(6, "a.py", "<lambda>")) is None
    assert functions.around(client(2, "a.py", "A")) is None
