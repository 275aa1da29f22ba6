"""The rules that come with the tool: their pages are tests of the whole tool, their texts and numbers are consistent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.judgement.matrix import COLUMNS
from auditor.pipeline.proving import results
from auditor.rules.load import builtin_packs, load_gates, load_packs
from auditor.rules.pages import MARK, WANTED, Example, check_example, read_page
from auditor.rules.types import Rule

RULES = load_packs(builtin_packs())
EXAMPLES = [(rule, example) for rule in RULES for example in read_page(rule.page, rule.id).examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}:{example.line}" for rule, example in EXAMPLES])
def test_the_examples_of_a_page_are_true(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert check_example(example, rule.id, lambda files: results(tmp_path, files, RULES)) == []


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}:{example.line}" for rule, example in EXAMPLES])
def test_the_examples_are_valid_code(rule: Rule, example: Example) -> None:
    for name, text in example.files.items():
        if name.endswith(".py"):
            compile(text, name, "exec", dont_inherit=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_section_shows_what_it_promises(rule: Rule) -> None:
    sections = {title: body for title, _, body in (part.partition("\n") for part in rule.page.split("\n## ")[1:])}
    assert rule.id in {r for kind, r in MARK.findall(sections["Flagged"]) if kind == "flag"}
    assert "```" in sections["Accepted"]
    assert all(kind in ("unknown", "noise") for kind, _ in MARK.findall(sections["Cannot tell"]))
    for section in ("Accepted", "Why", "Remedy"):
        assert not MARK.findall(sections[section])
    assert all(len(body.strip()) > 40 for body in sections.values())


def test_the_marks_of_pages_name_rules() -> None:
    known = {rule.id for rule in RULES}
    assert {mark[0] for _, example in EXAMPLES for mark in example.marks} <= known
    assert {mark[3] for _, example in EXAMPLES for mark in example.marks} <= {*WANTED, "miss"}


def test_the_rules_of_the_first_release_are_there() -> None:
    assert {rule.id for rule in RULES} >= {
        "blocking-call-in-async",
        "decision-point-untraced",
        "framework-loop-unbounded",
        "infinite-retry",
        "model-call-no-deadline",
        "model-call-slow-default",
        "no-run-budget",
        "output-cap-missing",
        "retry-amplification",
        "suppression-invalid",
        "timeout-inversion",
        "tool-io-no-deadline",
        "unbounded-agent-loop",
        "usage-not-recorded",
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_texts_are_ready_to_be_shown(rule: Rule) -> None:
    assert rule.column in {"", *COLUMNS}
    assert rule.references
    assert not rule.title.endswith(".")
    assert len(rule.title) < 60
    assert not rule.message.endswith(".")
    assert rule.remedy.endswith(".")
    assert rule.since
    assert rule.page.startswith(f"# {rule.title}\n")


def test_the_documents_say_what_answers_which_rule() -> None:
    rows = {
        control: row
        for row in (Path(__file__).parents[2] / "README.md").read_text("utf-8").splitlines()
        if row.startswith("| `")
        for control in re.findall(r"`([\w-]+)`", row.split("|")[1])
    }
    for rule in RULES:
        if rule.control:
            limit = f"up to {rule.params[rule.within]:g} " if rule.within else ""
            assert f"{limit}`{rule.id}`" in rows[rule.control]


def test_gates_ask_only_rules_that_may_gate() -> None:
    gates = {gate.id: gate for gate in load_gates(builtin_packs(), RULES)}
    by_id = {rule.id: rule for rule in RULES}
    assert gates.keys() >= {"G1", "G5", "G6"}
    assert set(gates["G1"].rules) == {"infinite-retry", "unbounded-agent-loop", "framework-loop-unbounded", "no-run-budget"}
    assert gates["G1"].unknown_blocks
    assert gates["G5"].only == {"deadline": "absent"}
    for gate in gates.values():
        assert all(by_id[rule].confidence != "low" for rule in gate.rules)
