"""The comment on a pull request: what it says, that it stays one comment, and that it has always room."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.graph.traces import TraceStep
from auditor.judgement.types import Coverage, Finding, GateResult, Measure
from auditor.reports.markdown import document, render_markdown
from auditor.reports.report import Before, ComparedWith, Report
from tests.reports.sample import (
    CLIENT_FINDING,
    LOOP_FINDING,
    SECOND_CLIENT,
    SUPPRESSED,
    WORSE_FINDING,
    baselined,
    compared,
    hostile,
    many,
    report,
)

MARKDOWN = MarkdownIt("commonmark").enable("table")
HOSTILE = st.text(st.sampled_from("`|\\<>[]()!@#*_~$&-+.: \n\r\t\0\u202ea1名") | st.characters(codec="utf-8"), min_size=1, max_size=40)
OURS = re.compile(r"<!-- agentaudit \S+ -->|<details><summary>[^<>`]*</summary>|</details>")


def with_findings(*findings: Finding, **more: object) -> str:
    return render_markdown(replace(report(), findings=findings, compared_with=None, **more))


def without_tables(text: str) -> list[str]:
    return [row for row in text.splitlines() if not row.startswith("|")]


@pytest.mark.parametrize("made", [report, compared, baselined], ids=lambda made: made.__name__)
def test_comment(snapshot, made):
    assert render_markdown(made()) == snapshot


def test_nothing_to_audit(snapshot):
    empty = Report(root=".", verdict="not_an_agent_codebase", gate=GateResult(False, 3, ("nothing to audit",)), coverage=Coverage())
    assert render_markdown(empty) == snapshot


def test_a_package_has_a_comment_of_its_own():
    assert render_markdown(report()).splitlines()[0] == "<!-- agentaudit services/ask -->"
    assert render_markdown(replace(report(), root=".")).splitlines()[0] == "<!-- agentaudit -->"


def test_what_the_change_does_stands_on_the_first_screen():
    rows = render_markdown(compared()).splitlines()
    assert rows[2] == "### agentaudit `services/ask`: gate failed, exit 1"
    first = "\n".join(rows[:32])
    for said in (
        "**1 new, 1 worse, 3 known, 1 fixed, 1 suppressed**",
        "| Verdict | CONDITIONAL | **NOT READY** |",
        "| Score | 76 | **59 ",
        "| Coverage | 98 % of 53 subjects | 92 % of 55 subjects: it fell, and what cannot be decided is not judged |",
        "| Failed gates | `G5` | `G1` unbounded spend |",
        "- **new critical** `unbounded-agent-loop` at `app/agent.py:41` in `Researcher.run`: the model alone",
        "- **worse high** `retry-amplification` at `app/fetch.py:30` in `fetch`: ",
        "  - attempts: 12 → **60**",
        "loop on errors **× 5** (`app/ask.py:20`) → 1 step → decorator retry **× 4** (`:28`) → sdk retry **× 3** (`app/llm.py:12`)",
    ):
        assert said in first


def test_attempts_of_all_kinds():
    text = render_markdown(compared())
    assert [row.split(" | ")[1:] for row in text.splitlines() if row.startswith("| ") and " at `" in row] == [
        ["3", "**no limit** |"],
        ["12", "**60** |"],
        ["not there", "**3** |"],
        ["12", "**3** |"],
        ["3", "**unknown** |"],
        ["9", "**not there** |"],
    ]


def test_a_measure_without_a_limit_has_become_worse():
    text = render_markdown(replace(compared(), findings=(replace(WORSE_FINDING, measure=Measure("total_attempts", UNBOUNDED)),)))
    assert "  - attempts: 12 → **no limit**" in text


def test_criticals_that_the_gate_does_not_count_stand_below_the_marker():
    rows = render_markdown(replace(baselined(), findings=(*baselined().findings, replace(SUPPRESSED, severity="critical")))).splitlines()
    assert rows[1].startswith("**Baselined critical, which the gate does not count:** unbounded-agent-loop at `app/agent.py:41`; ")
    assert (
        rows[3] == "**Suppressed critical, which the gate does not count:** retry-amplification at `app/tools.py:7` (the upstream is ours)"
    )
    assert MARKDOWN.parse("\n".join(rows))[1].type == "paragraph_open"


def test_stale_entries_of_a_baseline_say_how_to_shrink_it():
    assert "`agentaudit baseline update` shrinks the file" in render_markdown(baselined())
    assert "baseline update" not in render_markdown(compared())


def test_a_baseline_knows_no_score_of_before():
    text = render_markdown(replace(report(), before=Before(failed_gates=())))
    assert "| before |" not in text
    assert "**NOT READY**, score 59 " in text
    assert "Newly failed: `G1` unbounded spend." in text


def test_a_verdict_is_not_taken_for_the_gate():
    assert "(the verdict of the score, which fails the gate only with `--fail-under N`)" in render_markdown(baselined())
    assert "(the verdict of the score; the gate counts findings, too)" in render_markdown(replace(report(), verdict="ready"))


def test_no_new_finding_is_said():
    assert "\nNo new finding.\n" in render_markdown(baselined())
    assert "No new finding." not in with_findings()


def test_without_a_base_the_worst_of_each_rule_are_told_and_the_others_folded():
    clients = [replace(CLIENT_FINDING, at=Location("app/llm.py", n + 1), fingerprint=f"{n:064}") for n in range(50)]
    text = with_findings(LOOP_FINDING, *clients)
    assert "#### Worst findings: 1 critical, 50 high" in text
    assert text.count("\n- **high** `model-call-no-deadline` at `app/llm.py:") == 42
    assert "<summary>48 more findings: 48 high</summary>" in text
    assert "\n- 8 more (`--format json` has all)\n" in text
    assert text.count("fix: ") == 2


def test_what_never_gates_is_folded_and_named_so():
    assert "<summary>These never gate: 1 high</summary>" in with_findings(LOOP_FINDING, SECOND_CLIENT)
    new = replace(compared(), findings=(replace(SECOND_CLIENT, state="new"),))
    assert "<summary>New, but these never gate: 1 high</summary>" in render_markdown(new)


def test_suppressed_sites_alone_are_said():
    assert "<summary>Suppressed: 1 site (the score counts them)</summary>" in with_findings(CLIENT_FINDING)


def test_a_long_way_keeps_its_ends_and_what_multiplies():
    steps = tuple(TraceStep(f"calls f{n}", Location("app/agent.py", n + 1), "7" if n == 6 else None) for n in range(14))
    way = "calls `f0` (`:1`) → 5 steps → calls `f6` **× 7** (`:7`) → 5 steps → calls `f12` → calls `f13`"
    assert f"  - path: {way}\n" in with_findings(replace(LOOP_FINDING, trace=steps))


def test_links_go_nowhere():
    for made in (report, compared, baselined):
        assert "](" not in render_markdown(made())


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_the_scanned_code_breaks_out_of_nothing(text):
    check(text)


@pytest.mark.parametrize(
    "text", ["</details>\n<!-- agentaudit -->", "`` ` ``|", "\n\n# x\n\n- y", "[x]: https://x.example", "a|b\\|c", "@all #1"]
)
def test_nasty_text_breaks_out_of_nothing(text):
    check(text)


def check(text: str) -> None:
    """Blocks are those of a harmless report, and nothing in them is a link, an image or HTML but ours."""
    made = render_markdown(hostile(f"x{text}"))
    tokens, benign = MARKDOWN.parse(made), MARKDOWN.parse(render_markdown(hostile("x")))
    assert [token.type for token in tokens] == [token.type for token in benign]
    for token in tokens:
        assert token.type != "html_block" or OURS.fullmatch(token.content.strip())
        assert {child.type for child in token.children or ()} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert made.count("<!--") == 1
    seen = "".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert "@" not in seen
    assert not re.search(r"#\d", seen)


def test_ten_thousand_findings_have_room_and_what_is_left_out_is_said():
    text = render_markdown(many())
    assert len(text) < 65_536
    assert len(text.encode()) < 65_536
    assert re.search(r"<summary>9,990 more findings: 9,990 high</summary>", text)
    assert "(`--format json` has all)" in text


@pytest.mark.parametrize("most", [2_500, 5_000, 10_000, 20_000])
def test_what_matters_least_is_dropped_first(most):
    text = document(many(100), most=most, full=10, lines=40)
    assert len(text.encode()) <= most
    assert "### agentaudit `services/ask`: gate failed" in text
    assert re.search(r"\n\*No room for: .+\. `agentaudit scan --format json` has all\.\*\n$", text)
    assert text.count("<details>") == text.count("</details>")


@given(st.text(st.sampled_from("名`a😀|"), min_size=300, max_size=700))
@settings(max_examples=10, deadline=None)
def test_wide_characters_have_room_too(text):
    wide = replace(
        many(60), findings=tuple(replace(f, message=text, remedy=f"{f.at.line}{text}", qualname=text) for f in many(60).findings)
    )
    assert len(render_markdown(wide).encode()) < 65_536


def test_the_name_of_the_base_is_text():
    assert "Compared with commit `` a`b ``" not in render_markdown(replace(compared(), compared_with=ComparedWith("commit", "a`b")))
    assert "Compared with commit ``a`b``: " in render_markdown(replace(compared(), compared_with=ComparedWith("commit", "a`b")))
