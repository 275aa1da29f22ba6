"""The terminal report: snapshots of a report with something of everything, and what must hold for any report."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from auditor.core.location import Location
from auditor.graph.traces import TraceStep
from auditor.judgement.types import Coverage, Finding, GateResult, Reach, Row, Seen, Undecided
from auditor.reports.report import Report
from auditor.reports.terminal import render_terminal
from auditor.reports.terminal.matrix import _label
from auditor.reports.terminal.page import Page
from tests.reports.sample import CLIENT_FINDING, LOOP_FINDING, SECOND_CLIENT, SUPPRESSED, baselined, compared, hostile, many, report

EMPTY = Report(
    root=".", verdict="not_an_agent_codebase", gate=GateResult(False, 3, ("nothing to audit",)), coverage=Coverage(), tool_version="0.1.0"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def with_findings(*findings: Finding, snippets: dict[str, dict[tuple[int | None, int], str]] | None = None) -> str:
    return render_terminal(replace(report(), findings=findings, snippets=snippets or {}))


def excerpt_of(line: str, at: Location, message: str = "here") -> tuple[str, str]:
    """The printed line of code and the line with its carets."""
    text = with_findings(replace(LOOP_FINDING, at=at, message=message), snippets={at.path: {at.row: line}})
    rows = text.splitlines()
    number = next(i for i, row in enumerate(rows) if row.startswith(f"{at.line} | "))
    return rows[number], rows[number + 1]


def test_report(snapshot):
    assert render_terminal(report()) == snapshot


def test_report_in_colour_says_the_same(snapshot):
    coloured = render_terminal(report(), color=True)
    assert coloured == snapshot
    assert ANSI.sub("", coloured) == render_terminal(report())


def test_a_verdict_that_is_open_names_the_calls_that_may_be_the_agent():
    lost = tuple(Undecided(Location("app/a.py", n), "call", f"lib.Client.ask{n}", "?", talks=n > 1) for n in range(1, 7))
    text = " ".join(render_terminal(replace(EMPTY, verdict="incomplete", coverage=Coverage(6, 0, (), lost))).split())
    assert "INCOMPLETE fewer than 3 model calls and no agent were found" in text
    assert "lib.Client.ask2 (app/a.py:2), lib.Client.ask3 (app/a.py:3), lib.Client.ask4 (app/a.py:4) and 2 more" in text


def test_findings_of_what_is_not_counted_are_not_nothing():
    text = render_terminal(replace(EMPTY, findings=(LOOP_FINDING,)))
    assert "nothing to count: calls of other libraries, tests, examples and notebooks are in no number" in " ".join(text.split())


@pytest.mark.parametrize("made", [compared, baselined], ids=lambda made: made.__name__)
def test_what_a_change_does(snapshot, made):
    assert render_terminal(made()) == snapshot


def test_a_comparison_is_short():
    text = render_terminal(many(200))
    comparison = text[text.index("\nCompared with ") : text.index("\nGate: ")].splitlines()
    assert len(comparison) < 60
    for rest in ("190 more new or worse", "190 more whose attempts differ", "195 more fixed"):
        assert f"  {rest} (--format json has all)" in comparison


def test_what_is_known_is_not_told_in_full():
    text = render_terminal(compared())
    assert text.count("-->") == 2
    assert "critical[unbounded-agent-loop]: 1 known of this rule\n  app/old.py:9 in Old.run\n" in text
    assert render_terminal(compared(), everything=True).count("-->") == 5


def test_attempts_of_a_worse_finding_are_told_once():
    assert render_terminal(compared()).count("12 -> 60") == 2


@pytest.mark.parametrize(
    "text", ["::set-output name=x::1", "##[add-mask]x", "a " * 60 + "::error::x", "##vso[task.setvariable]x", "x\n::debug::y"]
)
@pytest.mark.parametrize("width", [60, 100])
def test_nothing_of_the_target_is_a_command_to_a_runner(text, width):
    rows = render_terminal(hostile(text), width=width, everything=True).splitlines()
    assert not [row for row in rows if row.lstrip().startswith("::") or re.search(r"##\w*\[", row)]
    assert max(map(cell_len, rows)) <= width


def test_nothing_to_audit(snapshot):
    assert render_terminal(EMPTY) == snapshot


def test_a_clean_report(snapshot):
    clean = replace(
        report(), verdict="ready", gate=GateResult(True, 0), findings=(), problems=(), matrix=(), fixed=(), compared_with=None, score=None,
        coverage=Coverage(3, 3, (Seen("model_call", 3, 3),)), declared=(), assumptions=(),
    )  # fmt: skip
    assert render_terminal(clean) == snapshot


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_row_is_wider_than_the_console(width):
    assert max(map(cell_len, render_terminal(report(), width=width).splitlines())) <= width


def test_the_reports_own_symbols_are_ascii():
    assert render_terminal(report()).isascii()


def clients(number: int, **more: object) -> list[Finding]:
    return [replace(CLIENT_FINDING, at=Location("app/llm.py", n + 1), fingerprint=f"{n:064}", **more) for n in range(number)]


def test_of_a_rule_five_are_told_in_full_twenty_in_a_line_and_the_rest_is_counted():
    text = with_findings(*clients(200))
    assert [f"app/llm.py:{n + 1}:1" in text for n in range(200)] == [True] * 5 + [False] * 195
    lines = re.findall(r"^  app/llm.py:(\d+) \(25 sites\)$", text, re.MULTILINE)
    assert lines == [str(n) for n in range(6, 26)]
    assert "high[model-call-no-deadline]: 195 more of this rule\n" in text
    assert "  175 more of this rule (--format json has all)\n" in text
    assert text.count("fix: ") == 1


def test_a_line_says_where_it_is_less_severe_than_the_first_of_its_rule():
    found = [*clients(6), *[replace(f, severity="low", at=Location("app/rare.py", 9), fingerprint=f"{7:065}") for f in clients(1)]]
    text = with_findings(*found)
    assert "high[model-call-no-deadline]: 2 more of this rule\n  app/llm.py:6 (25 sites)\n  low: app/rare.py:9 (25 sites)\n" in text


def test_what_never_gates_has_a_line_each_and_says_why():
    found = [
        LOOP_FINDING,
        *clients(7, role="test", severity="low"),
        *[replace(f, fingerprint=f"{n:065}") for n, f in enumerate(clients(1, role="library", severity="critical", qualname="ask"))],
        *[replace(f, rule="unsure", fingerprint=f"{n:066}", sites=()) for n, f in enumerate(clients(1, confidence="low"))],
        *[replace(f, rule="young", fingerprint=f"{n:067}", sites=()) for n, f in enumerate(clients(1, status="preview"))],
    ]
    text = with_findings(*found)
    assert (
        "\nAlso seen, never gates: 1 critical, 2 high, 7 low (--all tells them in full)\n"
        "  1 in library code, to which no path from an entry point was found\n"
        "  7 in notebooks, examples or tests\n  1 of rules that are not stable\n  1 of low confidence\n"
        "  critical[model-call-no-deadline] app/llm.py:1 in ask (library code) (25 sites)\n"
        "  high[unsure] app/llm.py:1 (low confidence)\n"
        "  high[young] app/llm.py:1 (preview)\n"
        "  low[model-call-no-deadline] app/llm.py:1 (test code) (25 sites)\n"
    ) in text
    assert text.count("low[model-call-no-deadline] app/llm.py") == 5
    assert "  2 more low[model-call-no-deadline] (--format json has all)\n" in text
    assert text.count("-->") == 1
    whole = render_terminal(replace(report(), findings=tuple(found), snippets={}), everything=True)
    assert whole.count("-->") + whole.count("mended by the same change") == len(found)
    assert "Also seen, never gates: 1 critical, 2 high, 7 low\n" in whole


def test_where_nothing_is_production_the_strongest_role_is_told_in_full():
    made = [*clients(1, role="library"), *[replace(f, fingerprint="e" * 64) for f in clients(1, role="example")]]
    library = render_terminal(replace(report(), findings=tuple(made), snippets={}, matrix=()))
    assert "--> app/llm.py:1" in library
    assert "Also seen, never gates: 1 high" in library
    with_production = render_terminal(replace(report(), findings=tuple(made), snippets={}))
    assert "-->" not in with_production
    assert "Also seen, never gates: 2 high" in with_production


def test_a_long_place_in_a_line_loses_its_function_then_its_first_folders():
    at = Location("very/long/folders/" * 6 + "app/a.py", 7)
    text = with_findings(replace(LOOP_FINDING, role="example", at=at), LOOP_FINDING)
    assert re.search(r"^  critical\[unbounded-agent-loop\] \.\.\./\S+/app/a\.py:7 \(new, example code\)$", text, re.MULTILINE)


def test_a_step_of_a_trace_is_one_line_where_its_file_has_room():
    at = Location("very/long/folders/" * 6 + "app/a.py", 7)
    text = with_findings(replace(LOOP_FINDING, trace=(TraceStep("calls ask", at), TraceStep("calls f", LOOP_FINDING.at, "3"))))
    assert re.search(r"^ +calls f +app/agent.py:41  x 3$", text, re.MULTILINE)
    assert re.search(r"= reached: calls ask  \.\.\./\S+/app/a\.py:7$", text, re.MULTILINE)


def test_what_multiplies_in_the_fold_of_a_long_trace_is_said():
    steps = tuple(TraceStep(f"calls f{n}", Location("a.py", n + 1), "7" if n == 6 else None) for n in range(14))
    assert "... 4 more (with x 7)" in with_findings(replace(LOOP_FINDING, trace=steps))


def test_the_way_to_a_place_is_told_once():
    retry = replace(LOOP_FINDING, rule="infinite-retry", fingerprint="f" * 64, evidence=())
    text = with_findings(LOOP_FINDING, retry)
    assert text.count("= reached: POST /ask") == 1
    assert "= reached: as in infinite-retry at app/agent.py:41 above" in text


def test_of_a_way_that_is_told_only_the_rest_is_printed():
    start = tuple(TraceStep(f"calls f{n}", Location("app/a.py", n)) for n in (1, 2, 3))
    made = [
        replace(
            LOOP_FINDING, at=Location("app/b.py", n), fingerprint=f"{n:064}", evidence=(), sites=(),
            trace=(*start, TraceStep(f"calls g{n}", Location("app/b.py", n))),
        )
        for n in (1, 2)
    ]  # fmt: skip
    text = with_findings(*made)
    assert text.count("calls f1") == 1
    assert "= reached: as in unbounded-agent-loop at app/b.py:1 above, up to: calls f3; then\n             calls g2  app/b.py:2\n" in text


def test_a_line_ends_with_a_whole_word():
    made = [replace(f, message=f"{n} " + "words " * 30, qualname="Helper.ask") for n, f in enumerate(clients(6))]
    assert re.search(r"^  app/llm.py:6 in Helper.ask \(25 sites\): 5( words)+ \.\.\.$", with_findings(*made), re.MULTILINE)


def test_another_way_to_the_same_place_is_told_itself():
    other = replace(LOOP_FINDING, rule="infinite-retry", fingerprint="f" * 64, evidence=(), trace=LOOP_FINDING.trace[1:])
    retried = replace(LOOP_FINDING, rule="retry-amplification", evidence=(), trace=tuple(replace(s, times="7") for s in LOOP_FINDING.trace))
    text = with_findings(LOOP_FINDING, other, retried)
    assert text.count("= reached: ") == 3
    assert "= reached: as in" not in text


def test_what_never_gates_is_counted_of_all_findings():
    library = replace(LOOP_FINDING, role="library", fingerprint="f" * 64)
    text = with_findings(library, *clients(2, role="test"))
    library = "1 in library code, to which no path from an entry point was found"
    note = f"of these 3: 2 in notebooks, examples or tests and {library}: these never gate"
    assert f"Findings: 1 critical, 2 high ({note})" in " ".join(text.split())


def test_long_names_of_calls_lose_parts_of_their_middle():
    name = f"library.{'.'.join(['storage'] * 12)}.from_url.as_retriever"
    text = render_terminal(replace(EMPTY, coverage=Coverage(1, 0, (), (Undecided(Location("app/a.py", 3), "call", name, "?"),))))
    assert re.search(r"1  library\.\.\.(storage\.)+from_url\.as_retriever:\n +app/a.py:3", text)


def test_what_one_change_mends_is_told_together():
    slow = replace(
        CLIENT_FINDING, rule="model-call-slow-default", severity="medium", message="one attempt may take 600 s", fingerprint="f" * 64
    )
    text = with_findings(slow, CLIENT_FINDING)
    assert "= mended by the same change: medium[model-call-slow-default]: one attempt may take 600 s" in text
    assert "Findings: 1 high, 1 medium (of these 2: 1 told with a worse one that the same change mends)" in text
    assert len(re.findall(r"^\w+\[", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("other", [{"at": Location("app/llm.py", 13)}, {"pack": "cost"}, {"state": "new"}, {"role": "test"}])
def test_other_findings_stand_for_themselves(other):
    slow = replace(CLIENT_FINDING, rule="model-call-slow-default", severity="medium", fingerprint="f" * 64, **other)
    assert "mended by the same change" not in with_findings(slow, CLIENT_FINDING)


def test_new_findings_come_before_worse_known_ones():
    text = with_findings(replace(LOOP_FINDING, state="open"), replace(CLIENT_FINDING, state="new"))
    assert text.index("high[model-call-no-deadline]") < text.index("critical[unbounded-agent-loop]")


def test_of_equal_findings_production_comes_first():
    script = replace(LOOP_FINDING, role="script", at=Location("a.py", 1), fingerprint="f" * 64)
    text = with_findings(script, LOOP_FINDING)
    assert text.index("--> app/agent.py:41") < text.index("--> a.py:1")
    assert "Nothing ends this agent loop (new, script code)" in text


def test_the_header_names_the_root_only():
    assert render_terminal(EMPTY).startswith("agentaudit 0.1.0: 0 files, 0 lines\n")
    assert render_terminal(replace(EMPTY, root="services/ask")).startswith("agentaudit 0.1.0, services/ask: ")


def test_too_few_model_calls_are_no_contradiction_to_findings():
    few = replace(EMPTY, reach=Reach(2, 1), findings=(CLIENT_FINDING,))
    text = " ".join(render_terminal(few).split())
    assert "NO SCORE 2 model calls reached by 1 entry point, and no agent: too few for a score (it takes 3, or an agent)" in text
    assert "the findings below hold all the same" in text
    assert "Fix this first 1. A model call has no deadline: app/llm.py:12 (25 sites)" in text
    assert "NO SCORE 1 model call which no entry point is seen to reach" in " ".join(
        render_terminal(replace(EMPTY, reach=Reach(1, 0))).split()
    )


def test_tools_without_a_model_are_not_nothing() -> None:
    tools = replace(EMPTY, reach=Reach(tools=8), findings=(CLIENT_FINDING,))
    text = " ".join(render_terminal(tools).split())
    assert "NO SCORE 8 tools for agents, but neither a model call nor an agent was found; the findings below hold all the same" in text
    assert "NOT AN AGENT CODEBASE" in " ".join(render_terminal(replace(EMPTY, reach=Reach())).split())


def test_an_agent_in_which_nothing_is_judged() -> None:
    alone = replace(EMPTY, verdict="incomplete", reach=Reach(agents=1, tools=2))
    text = " ".join(render_terminal(alone).split())
    assert "INCOMPLETE 1 agent found, but no model call or loop in it, nor anything else that a rule judges" in text
    assert "Seen 1 agent and 2 tools found (`agentaudit graph PATH` shows them)" in text
    asking = " ".join(render_terminal(replace(alone, reach=Reach(3, 1, agents=1))).split())
    assert "INCOMPLETE only" in asking and "Seen 1 agent found" in asking


def test_reasons_are_grouped_and_what_resolves_them_is_said():
    keys = [
        Undecided(Location("a.py", n), "model_call", "create", f"the key 'k{n}' is not in the mapping; it depends", ()) for n in range(1, 5)
    ]
    rest = [Undecided(Location("b.py", n), "tool", "t", f"because of {n}", ()) for n in range(1, 9)]
    text = render_terminal(replace(report(), coverage=Coverage(20, 8, (), (*keys, *rest))))
    assert "    4 model calls: a key that is not in the mapping\n      at a.py:1, :2, +2\n      resolve: write the keyword" in text
    assert "    2 other reasons (--format json has all)\n" in text


@pytest.mark.parametrize(
    ("place", "width", "text"),
    [
        ("app/a.py", 40, "app/a.py:7 search (tool)"),
        ("very/long/folders/app/a.py", 30, ".../folders/app/a.py:7 search"),
        ("very/long/folders/app/a.py", 24, ".../app/a.py:7 search"),
        ("very/long/folders/app/a.py", 20, ".../a.py:7 search"),
        ("very/long/folders/app/a.py", 15, "a.py:7 search"),
        ("very/long/folders/app/a.py", 12, "a.py:7 s..."),
    ],
)
def test_the_matrix_keeps_file_and_line(place, width, text):
    assert _label(Row("tool", "search", Location(place, 7), "production", {}), width) == text


def test_worst_first_and_what_never_gates_last():
    text = with_findings(replace(SECOND_CLIENT, severity="critical"), CLIENT_FINDING, LOOP_FINDING)
    heads = re.findall(r"^ *(\w+\[[\w-]+\])", text, re.MULTILINE)
    assert heads == ["critical[unbounded-agent-loop]", "high[model-call-no-deadline]", "critical[model-call-no-deadline]"]


def test_a_baselined_critical_is_named_first():
    text = with_findings(replace(LOOP_FINDING, state="baselined"))
    assert text.startswith("Baselined critical, which the gate does not count: unbounded-agent-loop at app/agent.py:41\n\nagentaudit 0.1.0")


def test_a_suppressed_critical_is_named_first_with_its_reason():
    text = with_findings(replace(SUPPRESSED, severity="critical"))
    assert text.startswith(
        "Suppressed critical, which the gate does not count: retry-amplification at app/tools.py:7 (the\n  upstream is ours)\n\nagentaudit"
    )


def test_a_suppressed_finding_is_counted_and_not_shown_in_full():
    text = with_findings(SUPPRESSED)
    assert "No findings" in text
    assert "Suppressed: 1 finding (the score counts them)" in text
    assert SUPPRESSED.message not in text


def test_exit_zero_is_said():
    text = render_terminal(replace(report(), gate=GateResult(False, 0, ("1 high finding",), "fail-on high")))
    assert text.endswith("Gate: failed (fail-on high), exit 0 by --exit-zero\n  1 high finding\n")


def test_a_passed_gate_says_what_it_has_judged_and_what_not():
    gate = GateResult(True, 0, (), "fail-on high", "no finding that is high or worse in production or script code", ("1 finding in tests",))
    text = render_terminal(replace(report(), gate=gate))
    assert text.endswith(
        "Gate: passed (fail-on high: no finding that is high or worse in production or script code)\n  not counted: 1 finding in tests\n"
        "  NOT READY is the verdict of the score: it fails the gate only with --fail-under N\n"
    )


def test_carets_stand_under_the_place():
    code, carets = excerpt_of("\tx = call(1)  # why", Location("a.py", 7, 6, 7, 13))
    assert code == "7 |     x = call(1)  # why"
    assert carets == "  |         ^^^^^^^ here"


def test_carets_stand_under_wide_characters():
    code, carets = excerpt_of("名前 = call(1)", Location("a.py", 7, 6, 7, 13))
    assert cell_len(code[: code.index("call")]) == carets.index("^")


def test_a_place_over_several_lines_is_marked_to_the_end_of_its_first():
    assert excerpt_of("x = call(", Location("a.py", 7, 5, 9, 2))[1] == "  |     ^^^^^ here"


def test_a_very_long_line_is_cut_around_the_place():
    code, carets = excerpt_of("a" * 100_000 + "call(1)" + "b" * 100_000, Location("a.py", 7, 100_001, 7, 100_008))
    assert code[carets.index("^") : carets.rindex("^") + 1] == "call(1)"
    assert cell_len(code) <= 100


def test_rows_without_a_bad_cell_are_only_counted():
    rows = tuple(Row("tool", f"t{n}", Location("a.py", n + 1), "production", {"deadline": "ok", "trace": "n/a"}) for n in range(30))
    text = render_terminal(replace(report(), matrix=rows))
    assert re.search(r"Controls of 30 nodes\n +deadline\n  ok +30\n\n  no node has a bad or an unknown cell\n", text)


def test_a_narrow_console_has_fewer_columns_and_says_so():
    cells = dict.fromkeys(("deadline", "retry", "cap", "bound", "budget", "trace", "fallback", "approval", "idempotency"), "bad")
    text = render_terminal(replace(report(), matrix=(Row("tool", "t", Location("a.py", 1), "production", cells),)), width=60)
    assert "no room for bound, budget, trace, fallback, approval, idempotency" in " ".join(text.split())


@given(st.text(max_size=200), st.integers(1, 40), st.integers(0, 60), st.integers(60, 140))
def test_nothing_of_the_target_breaks_the_report(name, column, end, width):
    at = Location(f"{name}.py", 3, column, 3, end)
    finding = replace(LOOP_FINDING, at=at, symbol=name, qualname=name, message=name, remedy=name, title=name)
    hostile = replace(
        report(),
        root=name,
        findings=(finding,),
        snippets={at.path: {(None, 3): name}},
        matrix=(Row("tool", name, at, "production", {"deadline": "bad"}),),
    )
    text = render_terminal(hostile, width=width)
    assert max(map(cell_len, text.split("\n"))) <= width
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@given(st.text(st.sampled_from("ab c名.:/-"), max_size=300), st.integers(0, 12), st.integers(30, 80))
def test_a_folded_line_loses_nothing(text, hang, width):
    page = Page(width, color=False)
    page.line(text, hang=hang)
    first, *rest = page.text().splitlines() or [""]
    assert "".join([first, *rest]).replace(" ", "") == text.replace(" ", "")
    assert all(row.startswith(" " * hang) for row in rest if row)


def test_a_place_in_a_notebook_is_its_cell_and_line():
    at = Location("n.ipynb", 90, 1, 90, 8, 3, 5)
    other = replace(LOOP_FINDING, at=replace(at, cell_line=6), fingerprint="f" * 64, trace=(), sites=())
    text = with_findings(replace(LOOP_FINDING, at=at), other, snippets={at.path: {(3, 5): "while x:", (3, 6): "while y:"}})
    assert " --> n.ipynb cell 3 line 5 in Researcher.run\n  |\n5 | while x:\n  | ^^^^^^^ " in text
    assert " --> n.ipynb cell 3 line 6 in Researcher.run\n  |\n6 | while y:\n" in text
