"""Rules, judgement and report on a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.core.problem import Problem
from auditor.graph.graph import AgentGraph
from auditor.graph.types import Noun
from auditor.judgement.compare import Base, as_gone
from auditor.judgement.declared import Declared
from auditor.judgement.types import Coverage, Finding, Score, VerdictName
from auditor.pipeline.building import declared, graph_of, suppressions
from auditor.pipeline.comparing import Against, against, before, filled
from auditor.pipeline.excerpts import hashes, snippets
from auditor.pipeline.options import ScanOptions
from auditor.pipeline.reading import Read

if TYPE_CHECKING:
    from auditor.knowledge.types import Knowledge
    from auditor.reports.report import Report
    from auditor.rules.types import Gate, Rule, Verdict


def catalogue(options: ScanOptions) -> tuple[list[Rule], list[Gate]]:
    """Rules and gates that are asked for: those of the tool and of packs, as the settings change and choose them."""
    from auditor.rules import selecting
    from auditor.rules.load import builtin_packs, load_gates
    from auditor.rules.packs import all_packs, rules_of
    from auditor.rules.rulesets import rule_set

    folder = builtin_packs()
    packs = all_packs(options.packs)
    known = rules_of(packs)
    rules, gates = known, load_gates(folder, known)
    selecting.check(_said(options, folder, known))
    if options.ruleset is not None:
        pin = rule_set(folder, options.ruleset)
        rules, gates = selecting.pinned(rules, pin), selecting.pinned_gates(gates, pin)
    known = selecting.changed(known, options.rules)
    rules = selecting.changed(rules, {name: o for name, o in options.rules.items() if any(rule.id == name for rule in rules)})
    return selecting.chosen(rules, known, options.select, options.ignore, options.places), gates


def _said(options: ScanOptions, folder: Path, known: list[Rule]) -> Iterator[Callable[[], object]]:
    """What is said of rules, each to be tested."""
    from auditor.rules import selecting
    from auditor.rules.rulesets import rule_set

    if options.ruleset is not None:
        yield partial(rule_set, folder, options.ruleset, options.places.get(options.ruleset))
    for name in (*options.select, *options.ignore):
        yield partial(selecting.check_selector, name, known, options.places.get(name))
    for name, override in options.rules.items():
        yield partial(selecting.changed, known, {name: override})
    for silence in options.silences:
        yield partial(selecting.check_rule, silence.rule, known, f"{silence.file}:{silence.line}:1")


def knowledge_of(folders: Sequence[Path]) -> list[Knowledge]:
    """What packs say of their own libraries."""
    from auditor.rules.packs import all_packs, knowledge_of_packs

    return knowledge_of_packs(all_packs(folders))


@dataclass(frozen=True, slots=True)
class Judged:
    """What judgement says of one tree: `nodes` are those that are judged."""

    declared: Declared
    nodes: Mapping[str, Noun]
    verdicts: Sequence[Verdict]
    findings: Sequence[Finding]
    problems: Sequence[Problem]
    coverage: Coverage
    score: Score | None
    verdict: VerdictName


def judge(
    found: Read, graph: AgentGraph, rules: Sequence[Rule], gates: Sequence[Gate], options: ScanOptions, base: Against | None = None
) -> Judged:
    """Findings, coverage, score and verdict; with a `base`, what that does not have is not told together with what it has."""
    from auditor.judgement.coverage import cover
    from auditor.judgement.findings import find
    from auditor.judgement.functions import functions_of
    from auditor.judgement.roles import all_is_example
    from auditor.judgement.score import overall, score
    from auditor.rules.evaluate import evaluate

    nodes = {**graph.nodes, **suppressions(found, options.silences, options.today)}
    said = Declared(declared(found, options.declared), nodes)

    def judged(noun: Noun) -> bool:
        info = found.files.get(noun.at.path)
        return info is None or info.judged

    verdicts = [v for v in evaluate(rules, replace(graph, nodes=nodes)) if judged(v.subject)]
    own = {k: n for k, n in nodes.items() if judged(n)}
    ran, functions = [r.id for r in rules], functions_of(found.modules)
    findings, unused = find(verdicts, nodes, functions, ran, graph.edges, base.added if base else None, said)
    findings = [finding for finding in findings if found.is_shown(finding.at.path)]
    problems = sorted([*graph.problems, *unused])
    coverage = cover(verdicts, graph, problems, examples=all_is_example(graph.nodes.values()))
    result = score(verdicts, own, gates, findings)
    return Judged(said, own, verdicts, findings, problems, coverage, result, overall(result, coverage, own, gates))


def misnamed(judged: Judged, rules: Sequence[Rule], options: ScanOptions) -> list[Problem]:
    """What comments suppress though no rule has that name. All rules are read again only where one is named that did not run."""
    from auditor.judgement.suppress import not_run, unknown
    from auditor.rules.packs import all_packs, rules_of

    named = not_run(judged.nodes.values(), {rule.id for rule in rules})
    return list(unknown(named, {rule.id for rule in rules_of(all_packs(options.packs))})) if named else []


def _unheard(
    found: Read, graph: AgentGraph, rules: Sequence[Rule], gates: Sequence[Gate], options: ScanOptions, findings: Sequence[Finding]
) -> list[Finding]:
    """What would be critical without the choice of rules that the scanned repository's own settings make."""
    asked = options.asked
    if asked is None or _choice(asked) == _choice(options):
        return []
    stock, _ = catalogue(asked)
    now = {rule.id: rule for rule in rules}
    lost = {rule.id: rule for rule in stock if rule.severity == "critical" and now.get(rule.id) != rule}
    if not lost:
        return []
    behind = {name for rule in lost.values() for name in rule.behind}
    then = judge(found, graph, [rule for rule in stock if rule.id in lost or rule.id in behind], gates, asked)
    heard = {(finding.fingerprint, finding.at) for finding in findings if finding.severity == "critical"}
    return [f for f in then.findings if f.rule in lost and f.severity == "critical" and (f.fingerprint, f.at) not in heard]


def _described_away(
    found: Read, gates: Sequence[Gate], options: ScanOptions, findings: Sequence[Finding], unheard: Sequence[Finding]
) -> list[Finding]:
    """What would be critical without what the scanned repository says of its own libraries."""
    from auditor.rules.subjects import calls_asked_for

    asked = options.asked
    if asked is None or not options.theirs:
        return []
    others = knowledge_of([pack for pack in options.packs if pack not in options.theirs])
    if len(others) == len(knowledge_of(options.packs)):
        return []
    stock, _ = catalogue(asked)
    critical = {rule.id for rule in stock if rule.severity == "critical"}
    behind = {name for rule in stock if rule.id in critical for name in rule.behind}
    rules = [rule for rule in stock if rule.id in critical or rule.id in behind]
    then = judge(found, graph_of(found, knowledge=others, calls=calls_asked_for(rules)), rules, gates, asked)
    heard = {(f.rule, f.fingerprint, f.at) for f in (*findings, *unheard) if f.severity == "critical"}
    return [f for f in then.findings if f.rule in critical and f.severity == "critical" and (f.rule, f.fingerprint, f.at) not in heard]


def _choice(options: ScanOptions) -> tuple[object, ...]:
    return options.select, options.ignore, options.rules, options.ruleset


def report_of(
    found: Read, graph: AgentGraph, rules: Sequence[Rule], gates: Sequence[Gate], options: ScanOptions, base: Base | None = None
) -> Report:
    """Judgement on a graph, as a report; compared with the base, where there is one."""
    from auditor import __version__
    from auditor.judgement.advice import advise
    from auditor.judgement.coverage import reach
    from auditor.judgement.gate import decide
    from auditor.judgement.matrix import matrix
    from auditor.pipeline.silenced import silenced
    from auditor.reports.report import ComparedWith, Report, Statement

    judged = judge(found, graph, rules, gates, options, against(base, found, rules) if base and not base.same else None)
    if base and base.same:
        base = filled(base, judged)
    compared = against(base, found, rules).compare(judged) if base else None
    findings = compared.findings if compared else tuple(judged.findings)
    unheard = _unheard(found, graph, rules, gates, options, findings)
    away = _described_away(found, gates, options, findings, unheard)
    decision = decide(
        findings, judged.score, judged.coverage, options.gate, files_read=len(found.modules), nodes=judged.nodes.values(), base=base
    )
    return Report(
        root=graph.root,
        reach=reach(judged.nodes.values()),
        verdict=judged.verdict,
        gate=decision,
        coverage=judged.coverage,
        score=judged.score,
        advice=advise(judged.score, judged.verdicts, gates, findings),
        matrix=matrix(judged.verdicts, judged.nodes, judged.declared),
        findings=findings,
        fixed=as_gone(compared.gone) if compared else (),
        undecided=as_gone(compared.undecided) if compared else (),
        problems=tuple(sorted([*judged.problems, *misnamed(judged, rules, options)])),
        silenced=silenced(found, options, findings, unheard, away, {rule.id for rule in rules}, compared=base is not None),
        declared=tuple(Statement(*told) for told in judged.declared.told(rules, judged.verdicts, findings)),
        assumptions=tuple(Statement(note) for note in base.notes) if base else (),
        tool_version=__version__,
        catalogue_version=__version__,
        versions=graph.versions,
        compared_with=ComparedWith(base.kind, base.name) if base else None,
        before=before(base, judged, found) if base else None,
        remarks=base.remarks if base else (),
        rules=tuple(rules),
        files=graph.files,
        lines=graph.lines,
        snippets=snippets(found, findings),
        line_hashes=hashes(found, findings) if options.line_hashes else {},
    )
