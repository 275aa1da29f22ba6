"""The score moves in one direction only: what is better never lowers it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.values import ABSENT, Setting
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import NotUnderstood, TraceStep
from auditor.graph.types import Agent
from auditor.judgement.advice import advise
from auditor.judgement.compare import Base
from auditor.judgement.coverage import cover
from auditor.judgement.findings import find
from auditor.judgement.functions import Functions
from auditor.judgement.gate import GateOptions, failing
from auditor.judgement.score import is_agent_codebase, overall, score
from auditor.judgement.types import Coverage, Undecided
from auditor.rules.constants import NEWEST
from auditor.rules.types import Gate, Verdict
from tests.judgement.build import at, call, client, fails, nodes, passes, rule, unsure

RULES = [
    rule("r-a", points=3.0, pack="resilience"),
    rule("r-b", points=1.3, pack="cost"),
    rule("r-c", points=0.7, pack="cost", confidence="low"),
    rule("r-d", points=5.0, pack="observability", confidence="medium"),
    rule("r-preview", points=9.0, status="preview"),
]
GATES = [
    Gate(id="G1", title="unbounded spend", rules=("r-a",), unknown_blocks=True),
    Gate(id="G5", title="no deadline at all", rules=("r-d",), condition="all", only={"deadline": "absent"}),
    Gate(id="G6", title="blind", rules=("r-b", "r-d"), condition="all"),
]
ROLES = ["production", "script", "library", "example", "test"]
AGENT = Agent(id="agent:x", name="a", symbol="a", at=at(), role="production")
NODES = nodes(AGENT)
DEADLINES = [Setting(ABSENT, "absent"), Setting(600, "default")]

cases = st.lists(
    st.tuples(st.sampled_from(RULES), st.sampled_from(ROLES), st.sampled_from(["pass", "fail", "unknown"]), st.sampled_from(DEADLINES)),
    min_size=1,
    max_size=14,
)


def verdicts_of(rows):
    return [Verdict(rule=r, subject=call(i, role=role, deadline=d), state=state) for i, (r, role, state, d) in enumerate(rows, 1)]


def value(verdicts):
    result = score(verdicts, NODES, GATES)
    return (result.value, result.raw) if result else None


def changed(verdicts, index, state):
    index %= len(verdicts)
    if verdicts[index].state != state[0]:
        return None
    return [replace(v, state=state[1]) if i == index else v for i, v in enumerate(verdicts)]


@settings(max_examples=300)
@given(cases, st.integers(0, 99), st.sampled_from([("fail", "pass"), ("unknown", "pass"), ("fail", "unknown")]))
def test_a_better_state_never_lowers_it(rows, index, step):
    verdicts = verdicts_of(rows)
    better = changed(verdicts, index, step)
    before = value(verdicts)
    if better and before:
        after = value(better)
        assert after[0] >= before[0]
        assert after[1] >= before[1]


@settings(max_examples=200)
@given(cases, st.sampled_from(RULES), st.sampled_from(ROLES))
def test_clean_code_never_lowers_it(rows, asked, role):
    verdicts = verdicts_of(rows)
    before = value(verdicts)
    if before:
        assert value([*verdicts, passes(asked, call(500, role=role))]) >= before


@given(cases)
def test_a_repository_three_times_as_large_scores_the_same(rows):
    verdicts = verdicts_of(rows)
    tripled = [
        replace(v, subject=call(v.subject.at.line + 1000 * n, role=v.subject.role, deadline=v.subject.deadline))
        for n in range(3)
        for v in verdicts
    ]
    one, three = score(verdicts, NODES, GATES), score(tripled, NODES, GATES)
    if one:
        assert (one.value, one.low, one.high, one.raw, one.dimensions) == (three.value, three.low, three.high, three.raw, three.dimensions)
        assert [g.state for g in one.gates] == [g.state for g in three.gates]


@given(cases, st.randoms())
def test_the_order_of_verdicts_does_not_matter(rows, random):
    verdicts = verdicts_of(rows)
    shuffled = list(verdicts)
    random.shuffle(shuffled)
    assert score(verdicts, NODES, GATES) == score(shuffled, NODES, GATES)


@given(cases)
def test_the_value_lies_in_its_interval(rows):
    result = score(verdicts_of(rows), NODES, GATES)
    if result:
        assert 0 <= result.low <= result.value <= result.high <= 100
        assert result.value <= result.raw


@settings(max_examples=150)
@given(cases)
def test_advice_is_exact(rows):
    """What it promises is what the score says once the named sites are mended."""
    verdicts = verdicts_of(rows)
    findings, _ = find(verdicts, NODES, Functions())
    result = score(verdicts, NODES, GATES, findings)
    advice = advise(result, verdicts, GATES, findings, failing=findings[::2])
    if result is None:
        assert advice.steps == ()
        return
    by_id = {f.id: f for f in findings}
    mended = {(step.rule, site.subject) for step in advice.steps for site in by_id[step.finding].sites}
    after = score([replace(v, state="pass") if (v.rule.id, v.subject.id) in mended else v for v in verdicts], NODES, GATES)
    assert advice.after == pytest.approx(after.value, abs=0.11)
    assert advice.raw_after == pytest.approx(after.raw, abs=0.11)
    assert len(advice.steps) <= 3


def test_weights_by_role_and_half_for_unknown():
    asked = RULES[1]
    verdicts = [
        passes(asked, call(1)),
        fails(asked, call(2, role="library")),
        unsure(asked, call(3, role="library")),
        fails(asked, call(4, role="test")),
    ]
    result = score(verdicts, NODES, [])
    assert result.value == 62.5
    assert (result.low, result.high) == (50.0, 75.0)
    assert result.dimensions == {"cost": 62.5}
    [population] = result.rules
    assert (population.ok, population.bad, population.unknown) == (1, 1, 1)


def test_preview_rules_and_empty_populations_do_not_count():
    verdicts = [passes(RULES[0], call(1)), fails(RULES[4], call(2)), fails(RULES[1], call(3, role="test"))]
    assert score(verdicts, NODES, []).value == 100.0


def test_a_failed_gate_caps_and_the_raw_score_stays_visible():
    verdicts = [passes(RULES[0], call(i)) for i in range(1, 20)] + [fails(RULES[0], call(50))]
    findings, _ = find(verdicts, NODES, Functions())
    result = score(verdicts, NODES, GATES, findings)
    assert (result.value, result.raw) == (NEWEST.cap, 95.0)
    assert result.gates[0].state == "failed"
    assert result.gates[0].because == ("r-a at app/main.py:50",)
    assert result.gates[0].open


def test_a_gate_asks_only_of_its_roles_and_never_of_low_confidence():
    gate = Gate(id="G", title="g", rules=("r-a", "r-c"))
    verdicts = [fails(RULES[0], call(1, role="library")), fails(RULES[2], call(2))]
    assert score(verdicts, NODES, [gate]).gates[0].state == "not_applicable"


def test_a_gate_about_absence_passes_where_a_slow_default_applies():
    none, slow = call(1, deadline=DEADLINES[0]), call(2, deadline=DEADLINES[1])
    gate = [GATES[1]]
    assert score([fails(RULES[3], none)], NODES, gate).gates[0].state == "failed"
    assert score([fails(RULES[3], slow)], NODES, gate).gates[0].state == "passed"
    assert score([fails(RULES[3], none), fails(RULES[3], slow)], NODES, gate).gates[0].state == "passed"
    assert score([fails(RULES[3], none), unsure(RULES[3], call(3))], NODES, gate).gates[0].state == "unknown"


def test_a_gate_with_only_suppressed_findings_behind_it_is_failed_but_not_open():
    subject = call(9)
    findings = [replace(f, state="suppressed") for f in find([fails(RULES[0], subject)], nodes(subject), Functions())[0]]
    gate = score([fails(RULES[0], subject)], NODES, GATES, findings).gates[0]
    assert (gate.state, gate.open) == ("failed", False)


def test_what_is_an_agent_codebase():
    assert is_agent_codebase([AGENT])
    assert is_agent_codebase([call(i) for i in range(3)])
    assert is_agent_codebase([replace(call(1), call="agent_run")])
    assert not is_agent_codebase([replace(call(1, role="test"), call="agent_run")])
    assert is_agent_codebase([replace(call(1), offers_tools=True, loop_kind="model")])
    assert not is_agent_codebase([replace(call(1), offers_tools=True)])
    assert not is_agent_codebase([call(i) for i in range(2)])
    assert not is_agent_codebase([call(i, role="test") for i in range(9)])
    assert score([passes(RULES[0], call(1))], nodes(call(1)), []) is None


@pytest.mark.parametrize(
    ("verdicts", "decided", "expected"),
    [
        ([passes(RULES[0], call(1))], 100, "ready"),
        ([passes(RULES[0], call(1)), fails(RULES[0], call(2))], 100, "not_ready"),
        ([passes(RULES[0], call(1))], 49, "incomplete"),
        ([fails(RULES[0], call(1))], 10, "not_ready"),
        ([fails(RULES[1], call(1)), passes(RULES[2], call(2))], 100, "not_ready"),
        ([passes(RULES[0], call(1)), fails(RULES[1], call(2)), passes(RULES[3], call(3))], 100, "conditional"),
        ([passes(RULES[0], call(i)) for i in range(9)] + [unsure(RULES[0], call(99))], 100, "conditional"),
        ([passes(RULES[3], call(i)) for i in range(9)] + [unsure(RULES[3], call(99))], 100, "ready"),
        ([], 100, "incomplete"),
    ],
)
def test_the_verdict_is_the_first_that_holds(verdicts, decided, expected):
    gates = GATES[:2]
    coverage = Coverage(100, decided)
    assert overall(score(verdicts, NODES, gates), coverage, NODES, gates) == expected


def test_without_agents_there_is_no_other_verdict():
    assert overall(None, Coverage(), nodes(call(1)), GATES) == "not_an_agent_codebase"


def test_a_call_that_may_be_the_agent_leaves_the_verdict_open():
    lost = Undecided(call(1).at, "call", "lib.Client.ask", "nothing is known about it", talks=True)
    assert overall(None, Coverage(undecided=(lost,)), nodes(call(1)), GATES) == "incomplete"
    assert overall(None, Coverage(undecided=(replace(lost, talks=False),)), nodes(call(1)), GATES) == "not_an_agent_codebase"


@pytest.mark.parametrize(("lost", "expected"), [(3, "ready"), (4, "incomplete")])
def test_more_calls_that_may_ask_a_model_than_were_seen(lost, expected):
    found = nodes(*(call(i) for i in range(3)), call(9, role="test"))
    verdicts = [passes(RULES[0], call(i)) for i in range(3)]
    untold = tuple(Undecided(call(20 + i).at, "call", "ask", "not known", asks=True) for i in range(lost))
    assert overall(score(verdicts, found, ()), Coverage(100, 90, undecided=untold), found) == expected


@pytest.mark.parametrize(("lost", "agent", "expected"), [(2, False, "incomplete"), (1, False, "ready"), (2, True, "ready")])
def test_model_calls_with_tools_of_agents_that_were_not_found(lost, agent, expected):
    found = nodes(*(call(i) for i in range(3)), *([AGENT] if agent else []))
    verdicts = [passes(RULES[0], call(i)) for i in range(3)]
    graph = AgentGraph(unknowns=[NotUnderstood("lib", "ask", call(i).at, agent=True) for i in range(lost)])
    untold = cover([], graph).undecided
    assert overall(score(verdicts, found, ()), Coverage(100, 90, undecided=untold), found) == expected


def test_gates_come_first_in_the_advice():
    verdicts = [
        fails(RULES[0], call(1)),
        *(passes(RULES[0], call(i)) for i in range(2, 30)),
        fails(RULES[3], call(50)),
        passes(RULES[3], call(51)),
    ]
    findings, _ = find(verdicts, NODES, Functions())
    advice = advise(score(verdicts, NODES, GATES, findings), verdicts, GATES, findings)
    assert [step.rule for step in advice.steps] == ["r-a", "r-d"]
    assert advice.steps[0].gates == ("G1",)
    assert advice.after == 100.0


def test_what_fails_the_gate_is_advised_before_what_gains_more():
    few, many = rule("r-few", points=1.0), rule("r-many", points=9.0)
    verdicts = [fails(asked, call(line)) for line, asked in ((1, few), (2, few), (10, many), (20, many))]
    verdicts += [passes(few, call(3)), passes(many, call(30))]
    findings = find(verdicts, NODES, Functions())[0]
    found = score(verdicts, NODES, [], findings)
    graded = [replace(f, severity={1: "high", 2: "critical"}.get(f.at.line, "low")) for f in findings]

    def lines(options: GateOptions, base: Base | None = None) -> list[tuple[int, bool]]:
        advice = advise(found, verdicts, [], graded, failing=failing(graded, options, base))
        assert advice.gain == pytest.approx(sum(step.gain for step in advice.steps), abs=0.2)
        return [(step.at.line, step.fails) for step in advice.steps]

    assert lines(GateOptions()) == [(2, True), (1, True), (10, False)]
    assert lines(GateOptions(fail_on="critical")) == [(2, True), (10, False), (20, False)]
    assert lines(GateOptions(fail_on="never")) == [(10, False), (20, False), (1, False)]
    # Against a base only what is new fails it.
    graded[:] = [replace(f, state="new" if f.at.line == 1 else "baselined") for f in graded]
    assert lines(GateOptions(), Base("baseline", "b.json")) == [(1, True), (10, False), (20, False)]
    # What can never fail it is no more urgent for being severe.
    graded[:] = [replace(f, state="open", role="library") for f in graded]
    assert lines(GateOptions()) == [(10, False), (20, False), (1, False)]


def test_what_fails_the_gate_is_advised_though_the_score_gains_nothing_by_it_alone():
    one, two, subject = client(3), client(4), call(10)
    verdicts = [fails(RULES[1], subject, [one, two]), passes(RULES[1], call(20))]
    findings, _ = find(verdicts, nodes(one, two, subject), Functions())
    advice = advise(score(verdicts, NODES, [], findings), verdicts, [], findings, failing=findings)
    assert [step.gain for step in advice.steps] == [0.0, 50.0]
    assert advice.after == 100.0


def test_what_opens_a_gate_of_the_score_comes_before_what_is_more_severe():
    verdicts = [fails(RULES[0], call(1)), passes(RULES[0], call(2)), fails(RULES[3], call(50)), passes(RULES[3], call(51))]
    findings = [replace(f, severity="critical" if f.rule == "r-d" else "low") for f in find(verdicts, NODES, Functions())[0]]
    found = score(verdicts, NODES, GATES, findings)
    advice = advise(found, verdicts, GATES, findings, failing=failing(findings, GateOptions(), None))
    assert [(step.rule, step.gates, step.fails) for step in advice.steps] == [("r-a", ("G1",), False), ("r-d", (), True)]


def test_a_subject_behind_two_anchors_is_mended_with_the_second():
    one, two, subject = client(3), client(4), call(10)
    verdicts = [fails(RULES[1], subject, [one, two]), passes(RULES[1], call(20))]
    findings, _ = find(verdicts, nodes(one, two, subject), Functions())
    assert advise(score(verdicts, NODES, [], findings), verdicts, [], findings).steps == ()
    only = [findings[0]]
    assert advise(score(verdicts, NODES, [], only), verdicts, [], only).after == 100.0


def test_nobody_is_advised_to_fix_what_is_suppressed():
    subject = call(9)
    verdicts = [fails(RULES[1], subject), passes(RULES[1], call(10))]
    findings = [replace(f, state="suppressed") for f in find(verdicts, nodes(subject), Functions())[0]]
    assert advise(score(verdicts, NODES, [], findings), verdicts, [], findings).steps == ()


def test_findings_of_one_cause_are_one_advice():
    loop = at("app/loop.py", 7)
    subjects = [call(i, trace=(TraceStep("begins", at("app/main.py", i)), TraceStep("loop", loop, "unbounded"))) for i in (1, 2)]
    verdicts = [*(fails(RULES[1], subject) for subject in subjects), fails(RULES[1], call(3)), passes(RULES[1], call(4))]
    findings, _ = find(verdicts, nodes(*subjects), Functions())
    advice = advise(score(verdicts, NODES, [], findings), verdicts, [], findings)
    assert [(step.at.line, step.sites, step.gain) for step in advice.steps] == [(1, 2, 50.0), (3, 1, 25.0)]
    assert [len(step.also) for step in advice.steps] == [1, 0]
