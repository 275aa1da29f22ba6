"""Runs what packs say of themselves: the examples of rule pages, and the snippets of knowledge files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from auditor.core.text import YamlPath, did_you_mean, printable
from auditor.pipeline.building import graph_of, suppressions
from auditor.pipeline.instead import instead
from auditor.pipeline.judging import report_of
from auditor.pipeline.options import ScanOptions
from auditor.pipeline.reading import read

if TYPE_CHECKING:
    from auditor.graph.types import Noun
    from auditor.knowledge.forms import Expect
    from auditor.knowledge.types import Knowledge
    from auditor.rules.checking import Checked
    from auditor.rules.pages import Example, Result
    from auditor.rules.types import Rule

TODAY = date(2026, 1, 1)
"""on which expiries in examples are judged: they must not change their answer with time"""


def results(folder: Path, files: dict[str, str], rules: Sequence[Rule]) -> set[Result]:
    """What rules say of the files of an example, which are written to an empty folder."""
    return _seen(folder, files, rules, ())[0]


def _seen(folder: Path, files: dict[str, str], rules: Sequence[Rule], knowledge: Sequence[Knowledge]) -> tuple[set[Result], Sequence[Noun]]:
    """With all that the rules could be asked of."""
    from auditor.rules.evaluate import evaluate
    from auditor.rules.rulesets import Catalogue
    from auditor.rules.subjects import calls_asked_for

    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    found = read([folder], today=TODAY)
    graph = graph_of(found, knowledge=knowledge, calls=calls_asked_for(rules))
    report = report_of(found, graph, Catalogue(rules), ScanOptions(today=TODAY))
    failed = {(f.rule, f.at.path, f.at.line, "fail") for f in report.findings}
    whole = replace(graph, nodes={**graph.nodes, **suppressions(found)})
    lost = {(v.rule.id, v.subject.at.path, v.subject.at.line, v.state) for v in evaluate(rules, whole) if v.state == "unknown"}
    return failed | lost, [*whole.nodes.values(), *whole.calls]


def differences(pack: Checked, others: Sequence[Rule]) -> Iterator[str]:
    """Each with file and line. `others`: rules that examples of the pack may name, too."""
    from auditor.rules.expect import unmade

    known = {rule.id: rule for rule in (*others, *(rule for rule, _, _ in pack.rules))}
    for rule, shown, page in pack.rules:
        if not any(mark[0] == rule.id and mark[3] == "flag" for example in page.examples for mark in example.marks):
            yield f"{shown}:1: no example shows what is flagged: a line with the mark `# flag: {rule.id}` is missing"
        for example in page.examples:
            yield from _of_example(example, rule, shown, known, pack.knowledge)
    for knowledge, reader in pack.files:
        for number, snippet in enumerate(knowledge.expect):
            hints = "".join(f"\n  {printable(said)}" for said in unmade(knowledge))
            for row, said in _of_snippet(snippet, pack.knowledge):
                where: YamlPath = ("expect", number) if row is None else ("expect", number, "gives", row)
                yield f"{reader.shown}:{reader.at(where)[0]}: {said}{hints if row is not None else ''}"


def _of_example(example: Example, rule: Rule, shown: str, known: dict[str, Rule], knowledge: Sequence[Knowledge]) -> Iterator[str]:
    from auditor.rules.pages import differences as of

    named = {rule.id, *(mark[0] for mark in example.marks)}
    for name, file, line, _ in sorted(mark for mark in example.marks if mark[0] not in known):
        near = did_you_mean(name, [rule.id, *known])
        hint = f"; did you mean {near!r}?" if near else ""
        yield f"{shown}:{example.fences.get(file, example.line) + line}: a mark names the rule {name!r}, which there is not{hint}"
    for file, text in example.files.items():
        if file.endswith(".py") and (wrong := _syntax(text)):
            yield f"{shown}:{example.fences[file] + wrong[0]}: the example is no Python: {wrong[1]}"
    asked = [known[name] for name in sorted(named & known.keys())]
    with TemporaryDirectory(prefix="agentaudit-") as folder:
        found, nouns = _seen(Path(folder), example.files, asked, knowledge)
    for name, file, line, text in of(example, rule.id, found):
        if name not in known:
            continue
        told = [f"  {said}" for said in instead(known[name], nouns, file, line)]
        yield printable("\n".join([f"{shown}:{example.fences.get(file, example.line) + line}: {text}", *told]))


def _syntax(text: str) -> tuple[int, str] | None:
    from auditor.facts.python.reader import read_python

    facts, problem = read_python("app.py", text)
    return (problem.line, problem.message) if facts is None and problem is not None else None


def _of_snippet(snippet: Expect, knowledge: Sequence[Knowledge]) -> Iterator[tuple[int | None, str]]:
    from auditor.knowledge.load import load
    from auditor.rules import expect

    try:
        yield from expect.differences(snippet, lambda imports: load(imports, knowledge))
    except expect.Unreadable as error:
        yield None, f"the snippet is no Python: {error}"
