"""Rules, judgement and report on a graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
    from auditor.rules.rulesets import Catalogue
    from auditor.rules.types import Rule, Verdict


def catalogue(options: ScanOptions) -> Catalogue:
    """What is asked for: rules of the tool, or of the rule set that is pinned, and of packs, as the settings change and choose them."""
    from auditor import __version__
    from auditor.rules import selecting
    from auditor.rules.load import builtin_packs, load_gates
    from auditor.rules.packs import all_packs, builtin, files_of, rules_of
    from auditor.rules.rulesets import Catalogue, names, rule_set

    folder = builtin_packs()
    pin = rule_set(folder, options.ruleset) if options.ruleset in names(folder) else None
    known = rules_of(all_packs(options.packs), pin)
    later = {path.stem for path, _, _ in files_of(builtin()).rules} - {rule.id for rule in known} if pin else set()
    options = replace(
        options,
        ignore=tuple(name for name in options.ignore if name not in later),
        rules={name: override for name, override in options.rules.items() if name not in later},
        silences=tuple(silence for silence in options.silences if silence.rule not in later),
    )
    selecting.check(_said(options, folder, known, later))
    rules = selecting.chosen(selecting.changed(known, options.rules), options.select, options.ignore, options.places)
    return replace(pin or Catalogue((), load_gates(folder, known), version=__version__), rules=rules)


def _said(options: ScanOptions, folder: Path, known: list[Rule], later: Collection[str]) -> Iterator[Callable[[], object]]:
    """What is said of rules, each to be tested. `later`: ids of rules that the rule set does not have yet."""
    from auditor.rules import selecting
    from auditor.rules.rulesets import check_name

    if options.ruleset is not None:
        yield partial(check_name, folder, options.ruleset, options.places.get(options.ruleset))
    for name in (*options.select, *options.ignore):
        yield partial(selecting.check_selector, name, known, options.places.get(name), later)
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


def judge(found: Read, graph: AgentGraph, by: Catalogue, options: ScanOptions, base: Against | None = None) -> Judged:
    """Findings, coverage, score and verdict; with a `base`, what that does not have is not told together with what it has."""
    from auditor.judgement.coverage import cover
    from auditor.judgement.findings import find
    from auditor.judgement.functions import functions_of
    from auditor.judgement.score import overall, score
    from auditor.rules.evaluate import evaluate

    nodes = {**graph.nodes, **suppressions(found, options.silences, options.today)}
    said = Declared(declared(found, options.declared), nodes)

    def judged(path: str) -> bool:
        info = found.files.get(path)
        return info is None or info.judged

    verdicts = [v for v in evaluate(by.rules, replace(graph, nodes=nodes)) if judged(v.subject.at.path)]
    own = {k: n for k, n in nodes.items() if judged(n.at.path)}
    ran, functions = [r.id for r in by.rules], functions_of(found.modules)
    findings, unused = find(verdicts, nodes, functions, ran, graph.edges, base.added if base else None, said, by.constants)
    findings = [finding for finding in findings if found.is_shown(finding.at.path)]
    problems = sorted([*graph.problems, *unused])
    coverage = cover(verdicts, replace(graph, unknowns=[call for call in graph.unknowns if judged(call.at.path)]), problems)
    result = score(verdicts, own, by.gates, findings, by.constants)
    verdict = overall(result, coverage, own, by.gates, by.constants)
    return Judged(said, own, verdicts, findings, problems, coverage, result, verdict)


def misnamed(judged: Judged, by: Catalogue, options: ScanOptions) -> list[Problem]:
    """What comments suppress though no rule has that name. The packs are looked at only where one is named that did not run."""
    from auditor.judgement.suppress import not_run, unknown
    from auditor.rules.packs import all_packs, files_of

    named = not_run(judged.nodes.values(), {rule.id for rule in by.rules})
    if not named:
        return []
    known = {path.stem for pack in all_packs(options.packs) for path, _, _ in files_of(pack).rules}
    return list(unknown(named, known | {rule.id for rule in by.rules}))


def unheard_of(found: Read, graph: AgentGraph, by: Catalogue, options: ScanOptions, findings: Sequence[Finding]) -> list[Finding]:
    """What would be critical without the choice of rules that the scanned repository's own settings make."""
    asked = options.asked
    if asked is None or _choice(asked) == _choice(options):
        return []
    stock = catalogue(asked)
    now = {rule.id: rule for rule in by.rules if by.constants == stock.constants}
    lost = {rule.id: rule for rule in stock.rules if rule.severity == "critical" and now.get(rule.id) != rule}
    if not lost:
        return []
    behind = {name for rule in lost.values() for name in rule.behind}
    then = judge(found, graph, replace(stock, rules=[rule for rule in stock.rules if rule.id in lost or rule.id in behind]), asked)
    heard = {(finding.fingerprint, finding.at) for finding in findings if finding.severity == "critical"}
    return [f for f in then.findings if f.rule in lost and f.severity == "critical" and (f.fingerprint, f.at) not in heard]


def described_away(found: Read, options: ScanOptions, findings: Sequence[Finding], unheard: Sequence[Finding]) -> list[Finding]:
    """What would be critical without what the scanned repository says of its own libraries."""
    from auditor.rules.subjects import calls_asked_for

    asked = options.asked
    if asked is None or not options.theirs:
        return []
    others = knowledge_of([pack for pack in options.packs if pack not in options.theirs])
    if len(others) == len(knowledge_of(options.packs)):
        return []
    stock = catalogue(asked)
    critical = {rule.id for rule in stock.rules if rule.severity == "critical"}
    behind = {name for rule in stock.rules if rule.id in critical for name in rule.behind}
    rules = [rule for rule in stock.rules if rule.id in critical or rule.id in behind]
    then = judge(found, graph_of(found, knowledge=others, calls=calls_asked_for(rules)), replace(stock, rules=rules), asked)
    heard = {(f.rule, f.fingerprint, f.at) for f in (*findings, *unheard) if f.severity == "critical"}
    return [f for f in then.findings if f.rule in critical and f.severity == "critical" and (f.rule, f.fingerprint, f.at) not in heard]


def _choice(options: ScanOptions) -> tuple[object, ...]:
    return options.select, options.ignore, options.rules, options.ruleset


def report_of(found: Read, graph: AgentGraph, by: Catalogue, options: ScanOptions, base: Base | None = None) -> Report:
    """Judgement on a graph, as a report; compared with the base, where there is one."""
    from auditor import __version__
    from auditor.judgement.advice import advise
    from auditor.judgement.coverage import reach
    from auditor.judgement.gate import decide, failing
    from auditor.judgement.matrix import matrix
    from auditor.pipeline.silenced import silenced
    from auditor.reports.report import ComparedWith, Report, Statement

    judged = judge(found, graph, by, options, against(base, found, by.rules) if base and not base.same else None)
    if base and base.same:
        base = filled(base, judged)
    compared = against(base, found, by.rules).compare(judged) if base else None
    findings = compared.findings if compared else tuple(judged.findings)
    unheard = unheard_of(found, graph, by, options, findings)
    away = described_away(found, options, findings, unheard)
    pinned = [f"the rules, and what the score reckons with, are those of the set {by.version}"] if options.ruleset else []
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
        advice=advise(judged.score, judged.verdicts, by.gates, findings, by.constants, failing=failing(findings, options.gate, base)),
        matrix=matrix(judged.verdicts, judged.nodes, judged.declared),
        findings=findings,
        fixed=as_gone(compared.gone) if compared else (),
        undecided=as_gone(compared.undecided) if compared else (),
        problems=tuple(sorted([*judged.problems, *misnamed(judged, by, options)])),
        silenced=silenced(found, options, findings, unheard, away, {rule.id for rule in by.rules}, compared=base is not None),
        declared=tuple(Statement(*told) for told in judged.declared.told(by.rules, judged.verdicts, findings)),
        assumptions=tuple(Statement(note) for note in (*pinned, *(base.notes if base else ()))),
        tool_version=__version__,
        catalogue_version=by.version,
        versions=graph.versions,
        compared_with=ComparedWith(base.kind, base.name) if base else None,
        before=before(base, judged, found) if base else None,
        remarks=base.remarks if base else (),
        rules=tuple(by.rules),
        files=graph.files,
        lines=graph.lines,
        snippets=snippets(found, findings),
        line_hashes=hashes(found, findings) if options.line_hashes else {},
    )
