"""House rules about any library: rules that ask for `call`, as a team would write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.rules.evaluate import evaluate
from auditor.rules.load import load_packs
from auditor.rules.pages import Example, Result, check_example, read_page
from auditor.rules.types import Rule, ask_for_calls

HOUSE = load_packs(Path(__file__).parent / "house")
EXAMPLES = [(rule, example) for rule in HOUSE for example in read_page(rule.page, rule.id).examples]


def scan(folder: Path, files: dict[str, str]) -> set[Result]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    found = pipeline.read([folder])
    graph = pipeline.graph_of(found, calls=ask_for_calls(HOUSE))
    report = pipeline.report_of(found, graph, HOUSE, [], pipeline.ScanOptions())
    unknown = {(v.rule.id, v.subject.at.path, v.subject.at.line, v.state) for v in evaluate(HOUSE, graph) if v.state == "unknown"}
    return unknown | {(f.rule, f.at.path, f.at.line, "fail") for f in report.findings}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}:{example.line}" for rule, example in EXAMPLES])
def test_the_examples_of_a_page_are_true(rule: Rule, example: Example, tmp_path: Path) -> None:
    assert check_example(example, rule.id, lambda files: scan(tmp_path, files)) == []
